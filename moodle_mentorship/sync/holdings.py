"""What the room holds about a person, and the rows of `moodle`, which has no wiring of its own."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_

from moodle_mentorship.core.holdings import Fact, Holding, Holdings, Reading, Subject
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.moodle.models import (
    MoodleSite,
    OutboxItem,
    Platform,
    RosterAddress,
    ToolKey,
    WebhookDelivery,
)
from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.sync.models import FileColumns, StaffFile, SyncPass


def register(holdings: Holdings, outbox: Handlers) -> None:
    def sent(row: OutboxItem, _reading: Reading) -> Iterable[Fact]:
        yield Fact("kind", N_("What"), row.kind, (_(outbox.label_of(row.kind)),))
        if "subject" in row.payload:
            yield Fact("subject", N_("Subject"), row.payload["subject"])
            yield Fact("text", N_("Text"), row.payload["text"])
        yield Fact("created_at", N_("Asked for on"), row.created_at)
        yield Fact("delivered_at", N_("Sent on"), row.delivered_at)

    holdings.add(Holding(OutboxItem, N_("Messages and marks through Moodle"), about=_to, told=sent))
    holdings.nothing(SyncPass, "asked_by")
    # A day at the most, and sealed: whose rows are in it is not known before somebody looks.
    holdings.nothing(StaffFile, "uploaded_by")
    holdings.nothing(FileColumns)
    holdings.nothing(MoodleSite, "first_curator_moodle_id")
    for model in (Platform, RosterAddress, ToolKey, WebhookDelivery):
        holdings.nothing(model)


def _to(who: Subject) -> ColumnElement[bool]:
    """Streams to one person (`moodle.to_people`); those of a pair hold numbers of ours alone."""
    return or_(
        OutboxItem.stream.startswith(f"message:{who.moodle_user_id}:"),
        OutboxItem.stream.like(f"completion:%:{who.moodle_user_id}"),
    )
