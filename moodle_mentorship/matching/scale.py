"""The scale of scores, apart from what needs the numeric libraries."""

#: A score of 1: everything fits.
FULL = 10_000
