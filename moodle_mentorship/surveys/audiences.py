"""Circles of people whom a round can ask: the whole staff, and the registers that rooms above know."""

from sqlalchemy import Select, select

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.people.models import Person
from moodle_mentorship.web import current

STAFF = "staff"


def audiences() -> dict[str, str]:
    """Code and msgid of each circle."""
    return {code: register.label for code, register in current.marks().registers.items()} | {
        STAFF: N_("The whole staff")
    }


def people_of(code: str) -> Select[int]:
    """The people of a circle. Raises `Invalid` for one that is not offered."""
    school_id = current.school().id
    if code == STAFF:
        return select(Person.id).where(Person.school_id == school_id)
    register = current.marks().registers.get(code)
    if register is None:
        raise Invalid({"audience": [NOT_OFFERED]})
    return register.ids(school_id)
