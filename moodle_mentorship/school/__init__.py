"""School owns the organisation's details, its sites, the school year and the working week."""
