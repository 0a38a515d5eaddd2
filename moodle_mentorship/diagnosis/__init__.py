"""Diagnosis owns what is seen from outside: checks of the installation and of each school's connection, and metrics."""
