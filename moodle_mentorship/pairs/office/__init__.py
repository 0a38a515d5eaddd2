"""The other documents of the mentoring year: each a wording, a few typed fields, and a place among the kinds."""
