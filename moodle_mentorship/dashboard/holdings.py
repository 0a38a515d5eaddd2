"""What the journal holds about a person. The table is `core`'s; the words of its acts are the journal page's."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import and_, or_

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.holdings import NOTHING, Fact, Holding, Holdings, Reading
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.dashboard.journal import ACTIONS


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            AuditEvent,
            N_("Journal"),
            about=lambda who: or_(
                AuditEvent.actor_person_id == who.person_id,
                and_(AuditEvent.object_type == "person", AuditEvent.object_id == who.person_id),
            ),
            by=("actor_person_id",),
            told=_told,
            goes=NOTHING,
            stays=N_("The journal can't be changed; it holds numbers and codes, never a name"),
        )
    )


def _told(row: AuditEvent, reading: Reading) -> Iterable[Fact]:
    own = row.actor_person_id == reading.subject.person_id
    yield Fact("at", N_("When"), row.at)
    yield Fact("action", N_("What"), row.action, (_(ACTIONS[row.action]),) if row.action in ACTIONS else None)
    yield Fact("by_you", N_("By you"), own)
