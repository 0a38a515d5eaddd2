"""Moodle Mentorship: a school's teacher-mentoring year inside the Moodle it already has."""

import os

__version__ = "0.1.0"

# Where openpyxl finds lxml (python-docx brings it), it reads workbooks with it and silently leaves defusedxml out. Said
# here, because openpyxl asks when it is imported, and this runs before any room.
os.environ["OPENPYXL_LXML"] = "False"
