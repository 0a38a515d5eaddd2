"""The room's border: what the file and the REST API tell of a person (docs/my-data.md)."""

from marshmallow import Schema, fields

from moodle_mentorship.core.holdings import plain
from moodle_mentorship.personal_data import words

FORMAT = 1


class FactSchema(Schema):
    """One thing that is known: `code` and `value` for programs, `label` and `told` for people."""

    code = fields.String()
    label = fields.Function(lambda fact: words.text(fact.label), metadata={"type": "string"})
    value = fields.Function(lambda fact: plain(fact.value))
    told = fields.Function(words.lines, metadata={"type": "array", "items": {"type": "string"}})
    source = fields.String()


class HeldSectionSchema(Schema):
    """What one table tells, newest first."""

    code = fields.String()
    title = fields.Function(lambda section: words.text(section.title), metadata={"type": "string"})
    # Of each row its facts.
    records = fields.List(fields.List(fields.Nested(FactSchema)))


class LookSchema(Schema):
    """Somebody looked at data of the person."""

    what = fields.String(attribute="look.what")
    told = fields.Function(lambda looked: words.seen(looked.look.what), metadata={"type": "string"})
    reader = fields.String()
    began_at = fields.AwareDateTime(attribute="look.began_at")
    last_at = fields.AwareDateTime(attribute="look.last_at")
    times = fields.Integer(attribute="look.times")
    list = fields.Function(lambda looked: looked.look.person_id is None, metadata={"type": "boolean"})


class DataSchema(Schema):
    """Everything that is held of a person."""

    format = fields.Constant(FORMAT)
    sections = fields.List(fields.Nested(HeldSectionSchema))
    looks = fields.List(fields.Nested(LookSchema))
