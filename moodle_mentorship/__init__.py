"""Moodle Mentorship: a school's teacher-mentoring year inside the Moodle it already has."""

__version__ = "0.1.0"
