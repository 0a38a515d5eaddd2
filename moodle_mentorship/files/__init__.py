"""Files owns the DOCX engine, its layouts, scans of signed papers and the reading of what people send in."""
