"""The staff list as its address describes it: read, narrowed, written back into links."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from moodle_mentorship.people.enums import StaffSort, StaffView
from moodle_mentorship.people.queries import StaffFilter
from moodle_mentorship.people.schemas import StaffQuerySchema
from moodle_mentorship.web.marks import Marks

IN_NO_REGISTER = "none"


def narrow(query: Mapping[str, Any], marks: Marks, school_id: int, year_begins: date) -> StaffFilter:
    """The filter that `query` describes."""
    registers = {code: register.ids(school_id) for code, register in marks.registers.items()}
    bank = query["bank"]
    return StaffFilter(
        search=query["search"] or "",
        view=query["status"],
        position=query["position"] or "",
        hired_since=year_begins if query["new"] else None,
        within=(registers[bank],) if bank in registers else (),
        outside=tuple(registers.values()) if bank == IN_NO_REGISTER else (),
    )


def address(query: Mapping[str, Any]) -> dict[str, str]:
    """`query` as arguments of a link, without what is the default anyway, and without the cursor."""
    defaults: dict[str, Any] = StaffQuerySchema().load({})
    written = {"new": "1"} if query["new"] else {}
    for name in ("search", "status", "bank", "position", "sort"):
        if query[name] != defaults[name]:
            value = query[name]
            written[name] = value.value if isinstance(value, StaffView | StaffSort) else value
    return written


def narrowed_by_hand(query: Mapping[str, Any]) -> bool:
    """Whether anything but the order was chosen (an empty list then has another reason)."""
    return bool(address(query).keys() - {"sort"})


def months_between(start: date, end: date) -> int:
    """Whole months from `start` to `end`; 0 when `start` is not past yet."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(0, months - (end.day < start.day))
