"""The border of meetings: what the pages' forms send, and what the REST API gives."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, Day, Line, Prose, Whole
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import LONGEST_MINUTES, LONGEST_PLACE, LONGEST_THEME, LONGEST_WHY

OFFERED: dict[str, Any] = {"unknown": NOT_OFFERED, "required": NOT_OFFERED, "null": NOT_OFFERED}

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Clock(fields.String):
    """A time of the day, «15:30», as a browser's time field sends it; empty is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        if text == "":
            return None
        if _CLOCK.fullmatch(text) is None:
            raise ValidationError(N_("Write a time, such as 15:30"))
        return text


class ChangeSchema(Schema):
    """What a planned meeting says."""

    theme = Line(LONGEST_THEME, required=True)
    day = Day(required=True)
    starts_at = Clock(allow_none=True, load_default=None)
    place = Line(LONGEST_PLACE, allow_none=True, load_default=None)
    revision = Whole(required=True)


class CallSchema(ChangeSchema):
    """A meeting that is called."""

    class Meta:
        exclude = ("revision",)

    kind = fields.Enum(MeetingKind, by_value=True, required=True, error_messages=OFFERED)
    audience = fields.Enum(Audience, by_value=True, required=True, error_messages=OFFERED)


class Minutes(Prose):
    """What was spoken of and decided; empty is None."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return super()._deserialize(value, attr, data, **options) or None


class PutDownSchema(CallSchema):
    """A meeting that was held already."""

    minutes = Minutes(LONGEST_MINUTES, load_default=None)


class HoldSchema(Schema):
    """Who was there, and the minutes."""

    present = fields.List(Whole(), load_default=list)
    minutes = Minutes(LONGEST_MINUTES, load_default=None)
    revision = Whole(required=True)


class CancelSchema(Schema):
    """Why a meeting is called off."""

    why = Line(LONGEST_WHY, required=True)


class PersonSchema(Schema):
    """Who is invited, or not any more."""

    person_id = Whole(required=True)


class ListSchema(Schema):
    """What the list is asked for."""

    cursor = fields.String(load_default=None)


class MeetingSchema(Schema):
    """A meeting as the REST API gives it; `present` of the `invited` were there."""

    id = fields.Integer(attribute="meeting.id")
    kind = fields.Enum(MeetingKind, by_value=True, attribute="meeting.kind")
    theme = fields.String(attribute="meeting.theme")
    day = fields.Date(attribute="meeting.day")
    starts_at = fields.String(attribute="meeting.starts_at", allow_none=True)
    place = fields.String(attribute="meeting.place", allow_none=True)
    state = fields.Enum(MeetingState, by_value=True, attribute="meeting.state")
    cancelled_why = fields.String(attribute="meeting.cancelled_why", allow_none=True)
    invited = fields.Integer(attribute="count.invited")
    present = fields.Integer(attribute="count.present")


class MeetingPageSchema(Schema):
    """A page of meetings and the cursors of its neighbours."""

    rows = fields.List(fields.Nested(MeetingSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class InvitedSchema(Schema):
    """Somebody who is invited; `present` is null while nobody has said."""

    person_id = fields.Integer()
    name = fields.String(attribute="person.full_name")
    present = fields.Boolean(allow_none=True)


class MeetingInFullSchema(MeetingSchema):
    """A meeting with who is invited and the minutes."""

    people = fields.List(fields.Nested(InvitedSchema))
    minutes = fields.String(allow_none=True)
