"""What the rows say of a school's connection, and of the installation's work: no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from moodle_mentorship.diagnosis.models import Examination
from moodle_mentorship.lti.models import Launch
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem, Platform, WebhookDelivery
from moodle_mentorship.moodle.results import Ticked
from moodle_mentorship.moodle.to_people import COMPLETION
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import SyncPass

#: Passes that a verdict looks back on.
_LOOK_BACK = 20


def school_ids(session: Session) -> Sequence[int]:
    """Schools that a Moodle was ever connected to or registered for."""
    return sorted({*session.scalars(select(MoodleSite.school_id)), *session.scalars(select(Platform.school_id))})


def site(session: Session, school_id: int) -> MoodleSite | None:
    """The school's connection, switched off or not."""
    return session.scalars(select(MoodleSite).where(MoodleSite.school_id == school_id)).one_or_none()


def working_platform(session: Session, school_id: int, issuer: str | None) -> Platform | None:
    """The registration through which people come in: the newest working one (of the connected Moodle)."""
    query = select(Platform).where(Platform.school_id == school_id, Platform.disabled_at.is_(None))
    if issuer is not None:
        query = query.where(Platform.issuer == issuer)
    return session.scalars(query.order_by(Platform.id.desc()).limit(1)).one_or_none()


def has_platform(session: Session, school_id: int) -> bool:
    """Whether there is any registration, working or not."""
    return session.scalars(select(Platform.id).where(Platform.school_id == school_id).limit(1)).first() is not None


def launches(session: Session, school_id: int, since: datetime) -> dict[str, int]:
    """Launches since then by how they ended: "" let in, otherwise the code of the page shown instead."""
    rows = session.execute(
        select(Launch.refused, func.count())
        .where(Launch.school_id == school_id, Launch.at >= since)
        .group_by(Launch.refused)
    )
    return {refused or "": count for refused, count in rows}


@dataclass(frozen=True)
class Passes:
    """How the passes over the directory go. `failing`: failed ones in a row, with the newest one's code."""

    last_full: datetime | None
    failing: int
    error_code: str | None
    question: bool


def passes(session: Session, school_id: int) -> Passes:
    """The newest passes; dry runs tell nothing."""
    real = (SyncPass.school_id == school_id, SyncPass.dry_run.is_(False))
    ended = session.execute(
        select(SyncPass.state, SyncPass.error_code)
        .where(*real, SyncPass.state.in_((PassState.DONE, PassState.FAILED)))
        .order_by(SyncPass.id.desc())
        .limit(_LOOK_BACK)
    ).all()
    failing = next((number for number, row in enumerate(ended) if row.state is PassState.DONE), len(ended))
    return Passes(
        last_full=session.scalar(
            select(func.max(SyncPass.finished_at)).where(
                *real, SyncPass.kind == PassKind.FULL, SyncPass.state == PassState.DONE
            )
        ),
        failing=failing,
        error_code=ended[0].error_code if failing else None,
        question=session.scalars(select(SyncPass.id).where(*real, SyncPass.state == PassState.ASKING).limit(1)).first()
        is not None,
    )


@dataclass(frozen=True)
class Outbox:
    """What did not reach Moodle: items that wait for a human, and since when the oldest due one has been due."""

    stuck: int
    due_since: datetime | None


def outbox(session: Session, school_id: int, now: datetime) -> Outbox:
    """An item that waits for its next attempt is not late."""
    stuck = select(func.count()).where(OutboxItem.school_id == school_id, OutboxItem.state == OutboxState.STUCK)
    return Outbox(session.scalars(stuck).one(), oldest_due(session, now, OutboxItem.school_id == school_id))


def completion_hindrance(session: Session, school_id: int) -> str | None:
    """Why Moodle did not mark an activity as done when it was last asked to; None: it did, or was never asked."""
    last = select(OutboxItem.payload).where(
        OutboxItem.school_id == school_id, OutboxItem.kind == COMPLETION, OutboxItem.state == OutboxState.DELIVERED
    )
    payload = session.scalars(last.order_by(OutboxItem.id.desc()).limit(1)).first()
    outcome = payload.get("outcome") if payload is not None else None
    return outcome if outcome in (Ticked.OFF, Ticked.AUTOMATIC, Ticked.MISSING) else None


def oldest_due(session: Session, now: datetime, *where: ColumnElement[bool]) -> datetime | None:
    """Since when the oldest due item has been due. Items behind a stuck one are due too, and no fault of the queue."""
    ahead = aliased(OutboxItem)
    held = exists().where(
        ahead.school_id == OutboxItem.school_id, ahead.stream == OutboxItem.stream, ahead.state == OutboxState.STUCK
    )
    return session.scalar(
        select(func.min(OutboxItem.due_at)).where(
            *where, OutboxItem.state == OutboxState.WAITING, OutboxItem.due_at <= now, ~held
        )
    )


def missed_changes(session: Session, school_id: int, now: datetime, window: timedelta) -> bool:
    """Whether the last nightly pass found changes of which no message had come in the `window` before it.

    Any other full pass (after a connection, after fields were mapped) may find what no message could have told. A
    nightly one follows the last full pass by about a day.
    """
    done = (
        SyncPass.school_id == school_id,
        SyncPass.dry_run.is_(False),
        SyncPass.kind == PassKind.FULL,
        SyncPass.state == PassState.DONE,
    )
    newest = session.scalars(select(SyncPass).where(*done).order_by(SyncPass.id.desc()).limit(2)).all()
    if len(newest) < 2 or newest[0].asked_by is not None or newest[0].created_at < now - window:
        return False
    last, before = newest
    if not timedelta(hours=18) < last.created_at - before.created_at < timedelta(hours=30):
        return False
    if not (last.created or last.updated or last.leaving or last.returned):
        return False
    told = select(WebhookDelivery.id).where(
        WebhookDelivery.school_id == school_id,
        WebhookDelivery.received_at > last.created_at - window,
        WebhookDelivery.received_at <= last.created_at,
    )
    return session.scalars(told.limit(1)).first() is None


def examination(session: Session, school_id: int) -> Examination | None:
    """What the school's Moodle was last found to be like."""
    return session.scalars(select(Examination).where(Examination.school_id == school_id)).one_or_none()


# Of the whole installation, for the gauges: counts alone leave these ---------------------------------------------


def outbox_counts(session: Session) -> dict[str, int]:
    """Items that have not reached Moodle, by state."""
    rows = session.execute(
        select(OutboxItem.state, func.count())
        .where(OutboxItem.state.in_((OutboxState.WAITING, OutboxState.SENDING, OutboxState.STUCK)))
        .group_by(OutboxItem.state)
    )
    return {state.value: count for state, count in rows}


def recent_passes(session: Session, since: datetime) -> dict[tuple[str, str], int]:
    """Passes that ended since then, by kind and state."""
    rows = session.execute(
        select(SyncPass.kind, SyncPass.state, func.count())
        .where(SyncPass.finished_at >= since)
        .group_by(SyncPass.kind, SyncPass.state)
    )
    return {(kind.value, state.value): count for kind, state, count in rows}


def schools_behind(session: Session, since: datetime) -> int:
    """Connected schools of which no full pass has come to its end since then."""
    fresh = select(SyncPass.school_id).where(
        SyncPass.finished_at >= since, SyncPass.kind == PassKind.FULL, SyncPass.state == PassState.DONE
    )
    return session.scalars(
        select(func.count())
        .select_from(MoodleSite)
        .where(
            MoodleSite.disabled_at.is_(None),
            MoodleSite.connected_at < since,
            MoodleSite.school_id.not_in(fresh),
        )
    ).one()
