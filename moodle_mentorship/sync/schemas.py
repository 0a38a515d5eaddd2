"""What goes in and out of synchronisation: asking for a pass, a pass, the mapping, the plugin's message."""

from marshmallow import EXCLUDE, Schema, fields, validate

from moodle_mentorship.core.schemas import NOT_OFFERED, Line, Whole
from moodle_mentorship.people.service.directory import MAPPABLE
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState


class PassRequestSchema(Schema):
    """Which pass is asked for: `delta` (changes only) or `full`."""

    kind = fields.Enum(PassKind, by_value=True, required=True, error_messages={"unknown": NOT_OFFERED})


class SkippedSchema(Schema):
    """A source that couldn't tell, and the code of the reason."""

    source = fields.String(validate=validate.OneOf([source.value for source in PassSource]))
    code = fields.String()


class PassSchema(Schema):
    """A pass. Counts are of people, `differences` of fields. `error_code` is set when it failed.

    `source` is what was read, `skipped` what was to be read before it. `strangers`: members of the course who were not
    added, because they are too many to be new staff.
    """

    id = fields.Integer()
    kind = fields.Enum(PassKind, by_value=True)
    source = fields.Enum(PassSource, by_value=True)
    state = fields.Enum(PassState, by_value=True)
    dry_run = fields.Boolean()
    created_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    total = fields.Integer(allow_none=True)
    seen = fields.Integer()
    created = fields.Integer()
    updated = fields.Integer()
    differences = fields.Integer()
    leaving = fields.Integer()
    returned = fields.Integer()
    skipped = fields.List(fields.Nested(SkippedSchema))
    strangers = fields.Integer()
    error_code = fields.String(allow_none=True)


class JournalQuerySchema(Schema):
    """`before`: the id of the last pass that was read; the next page begins after it."""

    before = Whole(load_default=None)


# Short name of Moodle's custom profile field for each of our fields; empty: not mapped.
FieldMapSchema = Schema.from_dict(
    {target.value: Line(100, load_default=None, allow_none=True) for target in MAPPABLE}, name="FieldMapSchema"
)


class MessageSchema(Schema):
    """The plugin's message (docs/plugin-protocol.md, section 5). Later versions may say more."""

    class Meta:
        unknown = EXCLUDE

    event = fields.String(required=True)


class AcceptedSchema(Schema):
    """The answer to a message: also for one that was taken before."""

    status = fields.String()
