"""What the order's form sends."""

from marshmallow import fields, validate

from moodle_mentorship.core.schemas import Whole
from moodle_mentorship.pairs.schemas import OrderSchema


class OrderPairsSchema(OrderSchema):
    """The signed order, and the pairs that stand in it."""

    # More pairs than that no school has at work.
    pair_ids = fields.List(Whole(), required=True, validate=validate.Length(1, 2000))
