"""Documents owns a document's life, from the draft to the one that cancels it; rooms above word their own."""
