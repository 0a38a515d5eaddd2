"""The room's border: one schema for the page and the REST API."""

import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from moodle_mentorship.consents.enums import Category, ConsentForm, ConsentKind, DutyKind, DutyOutcome, Order, Shown
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_A_DATE, NOT_OFFERED, NOT_TEXT, REQUIRED, TOO_LONG, Day, Line, Whole

LONGEST_TEXT = 20_000
PAPER, ANY = "paper", "any"
#: People who are reminded at once: more than an order names.
MOST_PEOPLE = 500


class Paragraphs(fields.String):
    """A text of several lines; empty ones go, and so do outer spaces. Control characters are refused."""

    default_error_messages = {"required": REQUIRED, "null": REQUIRED, "invalid": NOT_TEXT, "invalid_utf8": NOT_TEXT}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        raw = super()._deserialize(value, attr, data, **options)
        if len(raw) > LONGEST_TEXT:
            raise ValidationError(TOO_LONG)
        lines = [line.strip() for line in raw.splitlines()]
        text = "\n".join(line for line in lines if line)
        if not text:
            if self.required or not self.allow_none:
                raise ValidationError(REQUIRED)
            return None
        if any(unicodedata.category(character) in {"Cc", "Cs"} and character != "\n" for character in text):
            raise ValidationError(NOT_TEXT)
        return text


def check_url(value: str) -> None:
    """An exact address: protocol, server and path, as the consent names it (приказ Роскомнадзора № 18)."""
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or " " in value or parts.username is not None or parts.fragment:
        raise ValidationError(N_("Write the whole address, such as https://school.example/mentoring/"))


class RegisterSchema(Schema):
    """What the register is asked for."""

    q = Line(200, allow_none=True, load_default=None)
    shown = fields.Enum(Shown, by_value=True, load_default=Shown.IN_FORCE)
    document = fields.Enum(ConsentKind, by_value=True, allow_none=True, load_default=None)
    form = fields.Enum(ConsentForm, by_value=True, allow_none=True, load_default=None)
    sort = fields.Enum(Order, by_value=True, load_default=Order.NEWEST)
    cursor = fields.String(load_default=None)


class MissingSchema(Schema):
    """Whose consent is missing; `count`: whether a mark is enough."""

    q = Line(200, allow_none=True, load_default=None)
    document = fields.Enum(ConsentKind, by_value=True, load_default=ConsentKind.PROCESSING_MENTEE)
    count = fields.String(load_default=PAPER, validate=validate.OneOf((PAPER, ANY), error=NOT_OFFERED))
    cursor = fields.String(load_default=None)


class RemindSchema(Schema):
    """Who is reminded of the papers that they lack."""

    person_ids = fields.List(Whole(), required=True, validate=validate.Length(1, MOST_PEOPLE))


class RemindedSchema(Schema):
    """How many messages were put down."""

    written = fields.Integer()


class KindSchema(Schema):
    """Which document."""

    document = fields.Enum(ConsentKind, by_value=True, load_default=ConsentKind.PROCESSING_MENTEE)


class MarkSchema(Schema):
    """What is agreed to: the document and the version that was read."""

    document = fields.Enum(ConsentKind, by_value=True, required=True)
    version = Whole(required=True)


class PermitSchema(Schema):
    """One category of data at one address."""

    address_id = Whole(required=True)
    category = fields.Enum(Category, by_value=True, required=True)


class WithdrawSchema(Schema):
    """Which consents are withdrawn."""

    document = fields.Enum(ConsentKind, by_value=True, required=True)


class PaperCommonSchema(Schema):
    """What stands on a signed paper, apart from its term."""

    document = fields.Enum(ConsentKind, by_value=True, required=True)
    number = Line(60, required=True)
    given_on = Day(required=True)
    conditions = Line(1000, allow_none=True, load_default=None)
    # Of the text; none is named: the one that was in force on the day of signature.
    version = Whole(allow_none=True, load_default=None)

    @validates_schema
    def _term(self, values: dict[str, Any], **options: Any) -> None:
        if (
            values.get("valid_until") is not None
            and "given_on" in values
            and values["valid_until"] < values["given_on"]
        ):
            raise ValidationError(N_("The term ends before the consent was given"), "valid_until")


class PaperSchema(PaperCommonSchema):
    """A signed paper as the form sends it."""

    valid_until = Day(allow_none=True, load_default=None)

    @pre_load
    def _unnamed(self, values: Mapping[str, Any], **options: Any) -> Mapping[str, Any]:
        """A form sends an empty text for the version that it leaves open."""
        return {**values, "version": None} if values.get("version") == "" else values


class PaperApiSchema(PaperCommonSchema):
    """The same over REST, with what a consent to dissemination allows."""

    # A form sends an empty text for no day, JSON says null.
    valid_until = fields.Date(allow_none=True, load_default=None, error_messages={"invalid": NOT_A_DATE})
    permits = fields.List(fields.Nested(PermitSchema), load_default=list, validate=validate.Length(max=600))


class ActSchema(Schema):
    """The school's local act that allows the mark."""

    name = Line(300, required=True)
    number = Line(60, required=True)
    act_date = Day(required=True)


class AddressSchema(Schema):
    """An exact address on the web, and what people call it."""

    url = Line(500, required=True, validate=check_url)
    name = Line(200, required=True)


class TextSchema(Schema):
    """A new version of a text."""

    title = Line(300, required=True)
    body = Paragraphs(required=True)
    in_force_from = Day(required=True)


class TextApiSchema(TextSchema):
    """The same over REST, with the document that it is the text of."""

    document = fields.Enum(ConsentKind, by_value=True, required=True)


class WordingSchema(Schema):
    """A text that holds. `in_force_from` is null for the product's own that nobody has used yet."""

    document = fields.Enum(ConsentKind, by_value=True, attribute="kind")
    version = fields.Integer()
    title = fields.String()
    body = fields.String()
    in_force_from = fields.Date(allow_none=True)


class AddressApiSchema(AddressSchema):
    """An address with the number that permits name it by."""

    id = fields.Integer(dump_only=True)


class ConsentPersonSchema(Schema):
    """Whose consent it is."""

    id = fields.Integer()
    full_name = fields.String()
    position = fields.String(allow_none=True)


class ConsentSchema(Schema):
    """A consent as the REST API gives it."""

    id = fields.Integer()
    person = fields.Nested(ConsentPersonSchema)
    document = fields.Enum(ConsentKind, by_value=True, attribute="kind")
    form = fields.Enum(ConsentForm, by_value=True)
    version = fields.Integer()
    number = fields.String(allow_none=True)
    given_on = fields.Date()
    valid_until = fields.Date(allow_none=True)
    has_scan = fields.Function(lambda consent: consent.scan_id is not None, metadata={"type": "boolean"})
    ended_at = fields.AwareDateTime(allow_none=True)
    ended_why = fields.String(allow_none=True)


class WordsSchema(Schema):
    """What somebody agreed to. `kept`: as it read at the moment of the mark."""

    version = fields.Integer()
    kept = fields.Boolean()
    title = fields.String()
    paragraphs = fields.List(fields.String())


class ConsentPageSchema(Schema):
    """A page of the register."""

    rows = fields.List(fields.Nested(ConsentSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class MissingPageSchema(Schema):
    """A page of people whose consent is missing."""

    rows = fields.List(fields.Nested(ConsentPersonSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class WithdrawnSchema(Schema):
    """What followed a withdrawal: whether processing goes on, and until when something has to be done."""

    processing_goes_on = fields.Function(lambda ended: ended.remaining is not None, metadata={"type": "boolean"})
    due_on = fields.Date(attribute="duty.due_on", dump_default=None, allow_none=True)


class PlaceSchema(Schema):
    """What has to go from an address."""

    url = fields.String()
    categories = fields.List(fields.String())


class DutySchema(Schema):
    """What has to be done after a consent ended, and until when."""

    id = fields.Integer()
    person = fields.Nested(ConsentPersonSchema)
    kind = fields.Enum(DutyKind, by_value=True)
    places = fields.List(fields.Nested(PlaceSchema))
    due_on = fields.Date()
    done_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.Enum(DutyOutcome, by_value=True, allow_none=True)
