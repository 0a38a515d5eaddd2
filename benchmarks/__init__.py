"""Measurements, separate from the tests: ratios within one run, printed as they come out (`make bench`)."""
