"""The verbs of the staff directory and of roles, split by noun."""
