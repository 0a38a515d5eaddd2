"""The period that a new pair is usually made for."""

from datetime import date

from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.web.current import CurrentSchool


def usual(today: date, year: CurrentSchool, *sides: Mentee | Mentor | None) -> tuple[date, date]:
    """From today (or the later of the two hire dates) to 31 May, when lessons end; in summer to the year's end."""
    hired = [side.person.hire_date for side in sides if side is not None and side.person.hire_date is not None]
    begins = min(max([today, year.year_begins, *hired]), year.year_ends)
    lessons_end = date(year.year_ends.year, 5, 31)
    return begins, lessons_end if begins <= lessons_end else year.year_ends
