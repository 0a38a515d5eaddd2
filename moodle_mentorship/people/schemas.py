"""A person at the border: what may be written by hand, what is shown; the page and the REST API use the same."""

import enum
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.core.schemas import NOT_OFFERED, Day, Line, Whole
from moodle_mentorship.people.enums import Category, PersonField, Sex, Source, StaffSort, StaffStatus, StaffView
from moodle_mentorship.people.service.values import LONGEST, clean
from moodle_mentorship.school.week import WEEK, line, parts_of

WEEK_PARTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string", "enum": list(WEEK)}}
NOT_AN_EMAIL = N_("Write an e-mail address, such as name@school.example")


class CleanLine(Line):
    """A line without invisible characters, as passes take it from Moodle."""

    strict = False

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if isinstance(value, str):
            value = clean(value, len(value)) or ""
        return super()._deserialize(value, attr, data, **options)


class Coded(fields.Enum[Any]):
    """One of the codes of an enum, or empty where it is not known."""

    default_error_messages = {"unknown": NOT_OFFERED}

    def __init__(self, codes: type[enum.StrEnum]) -> None:
        super().__init__(codes, by_value=True, allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return None if value == "" else super()._deserialize(value, attr, data, **options)


class WeekParts(fields.Field[str | None]):
    """Free parts of the week: a list of «<day 1..6>-<part>» (`school.week`), empty where it is not known."""

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **options: Any) -> list[str]:
        return parts_of(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str | None:
        if not isinstance(value, list) or not all(isinstance(part, str) and part in WEEK for part in value):
            raise ValidationError(NOT_OFFERED)
        return line(value)


class PersonEditSchema(Schema):
    """Fields that are sent are edited, the others stay; an empty optional field is cleared."""

    class Meta:
        unknown = EXCLUDE

    last_name = CleanLine(LONGEST[PersonField.LAST_NAME], required=False)
    first_name = CleanLine(LONGEST[PersonField.FIRST_NAME], required=False)
    middle_name = CleanLine(LONGEST[PersonField.MIDDLE_NAME], allow_none=True)
    sex = Coded(Sex)
    position = CleanLine(LONGEST[PersonField.POSITION], allow_none=True)
    subjects = CleanLine(LONGEST[PersonField.SUBJECTS], allow_none=True)
    hire_date = Day(allow_none=True)
    email = CleanLine(LONGEST[PersonField.EMAIL], allow_none=True)
    teaching_since = Day(allow_none=True)
    category = Coded(Category)
    building = CleanLine(LONGEST[PersonField.BUILDING], allow_none=True)
    # A colleague's name, as the search finds one person by it.
    line_manager = CleanLine(LONGEST[PersonField.LINE_MANAGER], allow_none=True)
    post_since = Day(allow_none=True)
    break_from = Day(allow_none=True)
    break_until = Day(allow_none=True)
    free_slots = WeekParts(metadata=WEEK_PARTS)

    @validates("email")
    def _email(self, value: str | None, data_key: str) -> None:
        if value is not None:
            try:
                validate.Email()(value)
            except ValidationError as error:
                raise ValidationError(NOT_AN_EMAIL) from error


class StaffQuerySchema(Schema):
    """What stands in the address of the staff list."""

    class Meta:
        unknown = EXCLUDE

    search = Line(200, allow_none=True, load_default=None)
    status = fields.Enum(
        StaffView, by_value=True, load_default=StaffView.PRESENT, error_messages={"unknown": NOT_OFFERED}
    )
    # A register's code, or "none": in no register.
    bank = Line(40, allow_none=True, load_default=None)
    position = Line(200, allow_none=True, load_default=None)
    new = fields.Boolean(load_default=False)
    sort = fields.Enum(StaffSort, by_value=True, load_default=StaffSort.NAME, error_messages={"unknown": NOT_OFFERED})
    cursor = Line(2000, load_default=None, allow_none=True)


class StaffApiQuerySchema(StaffQuerySchema):
    """The same for programs, which choose the size of a page."""

    limit = Whole(load_default=50, validate=validate.Range(1, 200, error=N_("Choose a limit from 1 to 200")))


class PersonSchema(Schema):
    """A member of staff. `sources` says of each field where its value comes from."""

    id = fields.Integer()
    last_name = fields.String()
    first_name = fields.String()
    middle_name = fields.String(allow_none=True)
    sex = fields.Enum(Sex, by_value=True, allow_none=True)
    position = fields.String(allow_none=True)
    subjects = fields.String(allow_none=True)
    hire_date = fields.Date(allow_none=True)
    email = fields.String(allow_none=True)
    teaching_since = fields.Date(allow_none=True)
    category = fields.Enum(Category, by_value=True, allow_none=True)
    building = fields.String(allow_none=True)
    line_manager_id = fields.Integer(allow_none=True)
    post_since = fields.Date(allow_none=True)
    break_from = fields.Date(allow_none=True)
    break_until = fields.Date(allow_none=True)
    free_slots = WeekParts(metadata=WEEK_PARTS)
    status = fields.Enum(StaffStatus, by_value=True)
    status_since = fields.AwareDateTime()
    suspended = fields.Boolean()
    deleted_in_moodle = fields.Boolean()
    sources = fields.Dict()


class ChangeSchema(Schema):
    """A change of what is known of somebody's work. Values as text: days in ISO 8601, people by id; null is empty."""

    field = fields.Enum(PersonField, by_value=True)
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)
    source = fields.Enum(Source, by_value=True)
    at = fields.AwareDateTime()
    by_person_id = fields.Integer(allow_none=True)


class StaffPageSchema(Schema):
    """One page of the list; `next` and `previous` are cursors, null at the ends."""

    items = fields.List(fields.Nested(PersonSchema))
    total = fields.Integer(metadata={"description": f"Counted up to {COUNTED}; {COUNTED + 1} stands for all beyond"})
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)
