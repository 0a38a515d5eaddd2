"""What the forms of an order send."""

from marshmallow import Schema

from moodle_mentorship.core.schemas import Whole


class SeenSchema(Schema):
    """The version of the draft that was looked at."""

    version = Whole(required=True)
