"""What the forms ask for."""

from marshmallow import Schema, validate

from moodle_mentorship.core.schemas import REQUIRED, Prose

LONGEST = 1000


class AskSchema(Schema):
    """A request; the reason may be left empty."""

    reason = Prose(LONGEST, load_default="")


class ReplySchema(Schema):
    """The curator's answer."""

    reply = Prose(LONGEST, required=True, validate=validate.Length(min=1, error=REQUIRED))
