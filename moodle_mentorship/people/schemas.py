"""What may be written about a person by hand; the page and the REST API use the same schema."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, Day, Line
from moodle_mentorship.people.enums import PersonField, Sex
from moodle_mentorship.people.service.values import LONGEST, clean

NOT_AN_EMAIL = N_("Write an e-mail address, such as name@school.example")


class CleanLine(Line):
    """A line without invisible characters, as passes take it from Moodle."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        if isinstance(value, str):
            value = clean(value, len(value)) or ""
        return super()._deserialize(value, attr, data, **options)


class SexField(fields.Enum[Sex]):
    """`f`, `m`, or empty where it is not known."""

    default_error_messages = {"unknown": NOT_OFFERED}

    def __init__(self) -> None:
        super().__init__(Sex, by_value=True, allow_none=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return None if value == "" else super()._deserialize(value, attr, data, **options)


class PersonEditSchema(Schema):
    """Fields that are sent are edited, the others stay; an empty optional field is cleared."""

    class Meta:
        unknown = EXCLUDE

    last_name = CleanLine(LONGEST[PersonField.LAST_NAME], required=False)
    first_name = CleanLine(LONGEST[PersonField.FIRST_NAME], required=False)
    middle_name = CleanLine(LONGEST[PersonField.MIDDLE_NAME], allow_none=True)
    sex = SexField()
    position = CleanLine(LONGEST[PersonField.POSITION], allow_none=True)
    subjects = CleanLine(LONGEST[PersonField.SUBJECTS], allow_none=True)
    hire_date = Day(allow_none=True)
    email = CleanLine(LONGEST[PersonField.EMAIL], allow_none=True)

    @validates("email")
    def _email(self, value: str | None, data_key: str) -> None:
        if value is not None:
            try:
                validate.Email()(value)
            except ValidationError as error:
                raise ValidationError(NOT_AN_EMAIL) from error
