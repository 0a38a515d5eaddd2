"""Banks owns the registers of mentees and mentors (stages 2 and 3 of the road map)."""
