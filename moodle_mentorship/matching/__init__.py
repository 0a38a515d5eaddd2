"""Who mentors whom: the best assignment, its proof and its price in detail. Pure functions: no database, no web."""
