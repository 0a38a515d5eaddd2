"""Dashboard owns the role home pages: what is mine to do today."""
