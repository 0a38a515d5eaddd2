"""Consents owns the legal grounds on which the data of people in the banks are processed."""
