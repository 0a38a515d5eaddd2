"""Meetings of the school."""
