"""Law owns the dated table of legal references, and the checker of local acts that cite them."""
