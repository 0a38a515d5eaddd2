"""People owns the staff of a school and who holds which role."""
