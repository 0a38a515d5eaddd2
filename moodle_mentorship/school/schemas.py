"""The school's border: one schema for the page and the REST API."""

import re
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, REQUIRED, Line, Whole

INN_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)
LOCALES = ("ru", "en")


def check_inn(value: str | None) -> None:
    """An organisation's ИНН: ten digits, the last one checks the others (order ММВ-7-6/435@ of the tax service)."""
    if value is None:
        return
    if not re.fullmatch(r"[0-9]{10}", value):
        raise ValidationError(N_("An organisation's INN has 10 digits"))
    if sum(weight * int(digit) for weight, digit in zip(INN_WEIGHTS, value, strict=False)) % 11 % 10 != int(value[9]):
        raise ValidationError(N_("There is a typing error in this INN: the check digit does not match"))


def check_ogrn(value: str | None) -> None:
    """An organisation's ОГРН: 13 digits, the last one is the remainder of the first twelve divided by eleven."""
    if value is None:
        return
    if not re.fullmatch(r"[0-9]{13}", value):
        raise ValidationError(N_("An OGRN has 13 digits"))
    if int(value[:12]) % 11 % 10 != int(value[12]):
        raise ValidationError(N_("There is a typing error in this OGRN: the check digit does not match"))


class SiteSchema(Schema):
    """A building."""

    id = fields.Integer(dump_only=True)
    name = Line(200, required=True)
    address = Line(1000, allow_none=True, load_default=None)


class SchoolDetailsSchema(Schema):
    """The organisation's details. The school year is named by the calendar year in which it begins."""

    id = fields.Integer(dump_only=True)
    full_name = Line(500, required=True)
    short_name = Line(200, required=True)
    inn = Line(20, allow_none=True, load_default=None, validate=check_inn)
    ogrn = Line(20, allow_none=True, load_default=None, validate=check_ogrn)
    address = Line(1000, allow_none=True, load_default=None)
    place = Line(200, allow_none=True, load_default=None)
    processor_name = Line(500, allow_none=True, load_default=None)
    processor_address = Line(1000, allow_none=True, load_default=None)
    working_days = Whole(required=True, validate=validate.OneOf((5, 6), error=NOT_OFFERED))
    year_start = Whole(
        required=True,
        validate=validate.Range(2000, 2100, error=N_("Write the year in which the school year begins, such as 2026")),
    )
    year_label = fields.String(dump_only=True)
    locale = Line(5, required=True, validate=validate.OneOf(LOCALES, error=NOT_OFFERED))
    timezone = Line(40, required=True, validate=validate.OneOf(sorted(available_timezones()), error=NOT_OFFERED))

    @validates_schema(skip_on_field_errors=False)
    def _processor(self, values: dict[str, Any], **options: Any) -> None:
        """A consent names both (152-ФЗ ст. 9 ч. 4 п. 6), or nobody processes for the school."""
        for field, other in (("processor_name", "processor_address"), ("processor_address", "processor_name")):
            if values.get(other) is not None and values.get(field) is None:
                raise ValidationError(REQUIRED, field)
