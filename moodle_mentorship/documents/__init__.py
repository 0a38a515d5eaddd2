"""Documents owns the DOCX engine and the scans of signed papers; rooms above word their own documents."""
