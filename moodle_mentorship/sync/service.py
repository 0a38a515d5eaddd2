"""Asking for a pass, cancelling it, answering its question; the mapping of custom fields; retrying what is stuck."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor, system_actor
from moodle_mentorship.core.errors import Conflict, Invalid, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem, WebhookDelivery
from moodle_mentorship.moodle.outbox import DELIVER
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.people.service.directory import MAPPABLE, count_unseen, mark_leaving, unseen
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.errors import NotConnected, QuestionGone
from moodle_mentorship.sync.models import ASKING, UNFINISHED, SyncPass

# The job that runs a pass (see sync/jobs.py).
RUN = "sync.run"

_AT_WORK = (PassState.QUEUED, PassState.RUNNING)


def request_pass(
    session: Session,
    jobs: Jobs,
    *,
    school_id: int,
    kind: PassKind,
    now: datetime,
    asked_by: Actor | None = None,
    dry_run: bool = False,
    again: bool = False,
    at_leisure: bool = False,
) -> SyncPass:
    """Ask for a pass and wake a worker after the commit; `at_leisure` leaves the waking to the sweep, in its turn.

    A school runs one pass at a time: if one is queued or running, that one is returned and no other is made. A queued
    delta becomes full when a full one is asked for. `again` is for whoever knows of a change that the running pass
    may have read past already (a webhook, a new mapping): another pass follows it then. A dry run brings nothing in,
    so whoever asks for a pass meanwhile gets one behind it.

    Raises `NotConnected`.
    """
    site = site_of(session, school_id)
    if site is None:
        raise NotConnected()
    at_work = _at_work(session, school_id)
    if at_work is None:
        asked = SyncPass(
            school_id=school_id,
            kind=kind,
            source=PassSource.PLUGIN if site.plugin_version else PassSource.COHORT,
            state=PassState.QUEUED,
            dry_run=dry_run,
            asked_by=asked_by.person_id if asked_by is not None else None,
            created_at=now,
        )
        try:
            with session.begin_nested():
                session.add(asked)
        except IntegrityError:
            # Somebody asked in the same moment: the unique index let one through.
            at_work = _at_work(session, school_id)
            if at_work is None:
                raise
        else:
            actor = asked_by or system_actor(school_id)
            audit.record(session, actor, "sync.ask", "sync_pass", asked.id, now, kind=kind.value, dry_run=dry_run)
            session.flush()
            if not at_leisure:
                jobs.enqueue(session, RUN, asked.id)
            return asked
    follows = (at_work.dry_run and not dry_run) or (at_work.state is PassState.RUNNING and again)
    if follows:
        at_work.then = PassKind.FULL if at_work.then is PassKind.FULL else kind
    elif at_work.state is PassState.QUEUED and kind is PassKind.FULL:
        at_work.kind = PassKind.FULL
    session.flush()
    if not at_leisure:
        jobs.enqueue(session, RUN, at_work.id)
    return at_work


def _at_work(session: Session, school_id: int) -> SyncPass | None:
    return session.scalars(
        select(SyncPass).where(SyncPass.school_id == school_id, UNFINISHED).with_for_update()
    ).one_or_none()


def _pass(session: Session, school_id: int, pass_id: int) -> SyncPass:
    found = session.scalars(
        select(SyncPass)
        .where(SyncPass.school_id == school_id, SyncPass.id == pass_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def finish(
    session: Session, jobs: Jobs, done: SyncPass, state: PassState, now: datetime, code: str | None = None
) -> None:
    """Put a pass into a state in which no worker touches it any more; what was to follow it is asked for."""
    done.state, done.error_code, done.heartbeat_at = state, code, now
    done.finished_at = None if state is PassState.ASKING else now
    counts = {
        name: getattr(done, name) for name in ("seen", "created", "updated", "differences", "leaving", "returned")
    }
    audit.record(
        session,
        system_actor(done.school_id),
        f"sync.{state.value}",
        "sync_pass",
        done.id,
        now,
        code=code,
        dry_run=done.dry_run,
        **counts,
    )
    session.flush()
    _recount_questions(session, done.school_id)
    if done.then is not None and site_of(session, done.school_id) is not None:
        request_pass(session, jobs, school_id=done.school_id, kind=done.then, now=now)


def _recount_questions(session: Session, school_id: int) -> None:
    """Whom this pass saw is missing no more, however it ended; so pages needn't count among all people."""
    for asking in session.scalars(select(SyncPass).where(SyncPass.school_id == school_id, ASKING)):
        asking.missing = count_unseen(session, school_id, asking.id)
    session.flush()


def cancel_pass(session: Session, jobs: Jobs, actor: Actor, pass_id: int, now: datetime) -> SyncPass:
    """Stop a pass: at once when it is queued, at its next page when it runs. What it has taken in stays; nobody is
    marked as leaving. A finished pass stays what it is. Raises `NotFound`.
    """
    stopped = _pass(session, actor.school_id, pass_id)
    if stopped.state in _AT_WORK and not stopped.cancel_asked:
        stopped.cancel_asked = True
        audit.record(session, actor, "sync.cancel", "sync_pass", stopped.id, now)
        if stopped.state is PassState.QUEUED:
            finish(session, jobs, stopped, PassState.CANCELLED, now)
    session.flush()
    return stopped


def confirm_losses(session: Session, jobs: Jobs, actor: Actor, pass_id: int, now: datetime) -> SyncPass:
    """Yes, that many people left the cohort: each of them now awaits the curator's confirmation of the departure.

    Whom a later pass saw again meanwhile is not among them. Raises `NotFound`, `QuestionGone`.
    """
    asking = _asking(session, actor, pass_id)
    asking.leaving += mark_leaving(session, unseen(session, actor.school_id, asking.id), now)
    audit.record(session, actor, "sync.confirm_losses", "sync_pass", asking.id, now, leaving=asking.leaving)
    finish(session, jobs, asking, PassState.DONE, now)
    return asking


def discard_losses(session: Session, jobs: Jobs, actor: Actor, pass_id: int, now: datetime) -> SyncPass:
    """No, the cohort in Moodle is wrong: nobody is marked, everything else that the pass took in stays.

    The next full pass asks again as long as they are missing. Raises `NotFound`, `QuestionGone`.
    """
    asking = _asking(session, actor, pass_id)
    audit.record(session, actor, "sync.discard_losses", "sync_pass", asking.id, now)
    finish(session, jobs, asking, PassState.CANCELLED, now)
    return asking


def _asking(session: Session, actor: Actor, pass_id: int) -> SyncPass:
    asking = _pass(session, actor.school_id, pass_id)
    if asking.state is not PassState.ASKING:
        raise QuestionGone()
    return asking


def supersede_questions(session: Session, school_id: int, pass_id: int, now: datetime) -> None:
    """A newer full pass knows better: what older ones still ask is not asked any more."""
    superseded = session.scalars(
        update(SyncPass)
        .where(SyncPass.school_id == school_id, ASKING, SyncPass.id < pass_id)
        .values(state=PassState.CANCELLED, finished_at=now)
        .returning(SyncPass.id),
        execution_options={"synchronize_session": False},
    ).all()
    for old in superseded:
        audit.record(session, system_actor(school_id), "sync.cancelled", "sync_pass", old, now, superseded_by=pass_id)


def map_fields(
    session: Session, jobs: Jobs, actor: Actor, field_map: Mapping[str, str | None], now: datetime
) -> MoodleSite:
    """Say which custom profile field of Moodle's fills which field of ours; a full pass then reads them.

    A field that is mapped no longer keeps the value it has. The same mapping again asks for no pass. Raises
    `NotConnected`, `Invalid` (a field that this Moodle doesn't have).
    """
    site = site_of(session, actor.school_id)
    if site is None:
        raise NotConnected()
    chosen = {target.value: name for target in MAPPABLE if (name := field_map.get(target.value))}
    offered = {row["shortname"] for row in site.profile_fields}
    wrong = {target: [NOT_OFFERED] for target, name in chosen.items() if name not in offered}
    if wrong:
        raise Invalid(wrong)
    if chosen != site.field_map:
        site.field_map = chosen
        audit.record(session, actor, "sync.map_fields", "moodle_site", site.id, now, field_map=chosen)
        request_pass(session, jobs, school_id=actor.school_id, kind=PassKind.FULL, now=now, asked_by=actor, again=True)
    session.flush()
    return site


def take_message(session: Session, jobs: Jobs, *, school_id: int, event: str, delivery: str, now: datetime) -> bool:
    """The plugin says that something changed; False when this very message was taken before (then nothing happens).

    The signature is the caller's to check.
    """
    try:
        with session.begin_nested():
            session.add(WebhookDelivery(school_id=school_id, delivery=delivery, received_at=now))
    except IntegrityError:
        return False
    if event == "staff_changed":
        request_pass(session, jobs, school_id=school_id, kind=PassKind.DELTA, now=now, again=True)
    return True


def retry_item(session: Session, jobs: Jobs, actor: Actor, item_id: int, now: datetime) -> OutboxItem:
    """Try a stuck item again from the first attempt; those behind it in its stream follow.

    Raises `NotFound`, `Conflict` (it isn't stuck any more).
    """
    item = session.scalars(
        select(OutboxItem)
        .where(OutboxItem.school_id == actor.school_id, OutboxItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if item is None:
        raise NotFound()
    if item.state is not OutboxState.STUCK:
        raise Conflict()
    item.state, item.attempts, item.due_at, item.claimed_until = OutboxState.WAITING, 0, now, None
    audit.record(session, actor, "outbox.retry", "outbox_item", item.id, now, kind=item.kind, code=item.error_code)
    session.flush()
    jobs.enqueue(session, DELIVER, item.id)
    return item


def retry_all(session: Session, jobs: Jobs, actor: Actor, now: datetime) -> int:
    """Try everything that is stuck again (after the token was renewed, say); how many items that were."""
    stuck = session.scalars(
        select(OutboxItem.id)
        .where(OutboxItem.school_id == actor.school_id, OutboxItem.state == OutboxState.STUCK)
        .order_by(OutboxItem.id)
    ).all()
    for item_id in stuck:
        retry_item(session, jobs, actor, item_id, now)
    return len(stuck)
