"""Groups: one mentor, three to six mentees, one theme; what is done to all of them at once."""
