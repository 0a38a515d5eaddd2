"""REST: the journal of passes, asking for one; the plugin's webhook."""

import json
from collections.abc import Sequence
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import ValidationError

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import new_handle
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.moodle.platforms import ConnectionDisabled
from moodle_mentorship.moodle.signing import SignatureInvalid, verify_signature
from moodle_mentorship.sync import queries, service
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.schemas import (
    AcceptedSchema,
    JournalQuerySchema,
    MessageSchema,
    PassRequestSchema,
    PassSchema,
)
from moodle_mentorship.web import current, limits
from moodle_mentorship.web.access import roles, signed

blp = Blueprint("sync_api", __name__, url_prefix="/api/v1", description="Synchronisation with Moodle")

NOT_JSON = N_("The body is not JSON")


@blp.route("/sync/passes", methods=["GET"])
@roles(Role.ADMINISTRATOR)
@blp.arguments(JournalQuerySchema, location="query")
@blp.response(200, PassSchema(many=True))
def read_passes(query: dict[str, Any]) -> Sequence[SyncPass]:
    """The journal of passes, newest first, twenty at a time."""
    passes = queries.journal(current.session(), current.school().id, query["before"])
    return passes[: queries.JOURNAL]


@blp.route("/sync/passes", methods=["POST"])
@roles(Role.ADMINISTRATOR)
@blp.arguments(PassRequestSchema)
@blp.response(202, PassSchema)
def ask_for_pass(asked: dict[str, Any]) -> SyncPass:
    """Ask for a pass. If one is queued or running, that one is the answer."""
    return service.request_pass(
        current.session(),
        current.runtime().jobs,
        school_id=current.school().id,
        kind=asked["kind"],
        now=current.now(),
        asked_by=current.actor(),
    )


@blp.route("/webhooks/moodle/<int:connection_id>", methods=["POST"])
@signed
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": MessageSchema}}},
    description="Signed by the plugin (docs/plugin-protocol.md, section 5).",
)
@blp.response(202, AcceptedSchema)
def webhook(connection_id: int) -> dict[str, str]:
    """Moodle's plugin says that something changed."""
    limits.count(limits.WEBHOOK, str(connection_id))
    body = request.get_data()
    # Read apart from the request's own transaction, which writes: a stranger's message must not wait for SQLite's
    # only writer, let alone be it.
    with current.runtime().db.unit_of_work(read_only=True) as reading:
        site = queries.connection(reading, connection_id)
    message = verify_signature(dict(request.headers), body, _secret(site), current.now())
    if site is None:
        raise SignatureInvalid("no such connection")
    if site.disabled_at is not None:
        raise ConnectionDisabled()
    service.take_message(
        current.session(),
        current.runtime().jobs,
        school_id=site.school_id,
        event=_event(body),
        delivery=message.delivery,
        now=current.now(),
    )
    return {"status": "accepted"}


def _secret(site: MoodleSite | None) -> str:
    """The secret of the connection. A stranger's message is checked as well, against a secret that nobody has: from
    outside a connection that doesn't exist looks like a wrong signature.
    """
    if site is None or site.sealed_webhook_secret is None:
        return new_handle()
    return current.runtime().box.open(site.sealed_webhook_secret)


def _event(body: bytes) -> str:
    try:
        event: str = MessageSchema().load(json.loads(body))["event"]
    except ValidationError as error:
        raise Invalid(error.messages_dict) from error
    except (ValueError, RecursionError) as error:
        raise Invalid({"_schema": [NOT_JSON]}) from error
    return event
