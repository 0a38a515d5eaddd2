"""Verbs of the board: calculate a draft of pairs or of groups, stop it, pin and forbid, undo, weigh, send off."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.board import errors, queries
from moodle_mentorship.pairs.board.enums import Because, Cause, DraftKind, DraftState, Keep, MarkKind
from moodle_mentorship.pairs.board.grouping import Asked, Group
from moodle_mentorship.pairs.board.models import UNFINISHED, Board, Draft, Mark
from moodle_mentorship.pairs.groups.errors import GroupNotPossible
from moodle_mentorship.pairs.groups.service import propose_group
from moodle_mentorship.pairs.models import MentoringGroup, Pair
from moodle_mentorship.school.models import School
from moodle_mentorship.surveys.queries import themes

# The job that calculates a draft (see jobs.py).
RUN = "board.run"


def calculate(
    session: Session,
    jobs: Jobs,
    actor: Actor,
    now: datetime,
    cause: Cause = Cause.ASKED,
    mark: Mark | None = None,
    *,
    keep: Keep | None = None,
    draft_id: int | None = None,
) -> Draft:
    """Ask for a draft from what is known now; one that is still being calculated is stopped for it.

    It follows the draft `draft_id`, or the newest one, and keeps its pairs as much as `keep` says. Unless it is said, a
    change keeps them as much as the draft that it is made on, so that it moves nobody else; otherwise the school's
    choice holds. Returns the new draft, queued; a worker is woken after the commit. Raises `NotFound`.
    """
    board = _locked_board(session, actor.school_id)
    if draft_id is not None:
        before: Draft | None = queries.draft_of(session, actor.school_id, draft_id)
    else:
        before = next(iter(queries.recent(session, actor.school_id)), None)
    if keep is None:
        keep = before.keep if mark is not None and before is not None else board.keep
    _stop_unfinished(session, actor.school_id, now, DraftKind.PAIRS)
    kept_id = before.id if before is not None else None
    draft = Draft(cause=cause, mark_id=mark.id if mark is not None else None, keep=keep, kept_draft_id=kept_id)
    # Why, and in a mark whom it is about, stays out of the journal, which others may read: a ban may be a veto.
    return _queue(session, jobs, actor, draft, DraftKind.PAIRS, "board.calculate", now)


def form(
    session: Session, jobs: Jobs, box: SecretBox, actor: Actor, asked: Asked, *, after: int | None, now: datetime
) -> Draft:
    """Ask for the best groups out of who waits now; a calculation of groups under way is stopped for it.

    `after` is the newest draft of groups when the page was drawn, None when there was none: so two curators notice each
    other. The same asked twice in a row is one draft. Raises `BoardChanged`, and `Invalid` for a theme that is not the
    school's.
    """
    board = _locked_board(session, actor.school_id)
    if not set(asked.themes) <= {theme.code for theme in themes(session, board.school_id)}:
        raise Invalid({"themes": [NOT_OFFERED]})
    before = queries.newest(session, board.school_id, DraftKind.GROUPS)
    if before is not None and before.id != after:
        if before.finished_at is None and queries.asked_of(before, box) == asked:
            return before
        raise errors.BoardChanged()
    _stop_unfinished(session, board.school_id, now, DraftKind.GROUPS)
    draft = Draft(cause=Cause.ASKED, sealed_asked=box.seal(asked.dump()))
    return _queue(session, jobs, actor, draft, DraftKind.GROUPS, "board.form_groups", now)


def _queue(session: Session, jobs: Jobs, actor: Actor, draft: Draft, kind: DraftKind, act: str, now: datetime) -> Draft:
    of_its_kind = select(func.max(Draft.number)).where(Draft.school_id == actor.school_id, Draft.kind == kind)
    draft.school_id, draft.kind, draft.number = actor.school_id, kind, (session.scalar(of_its_kind) or 0) + 1
    draft.state, draft.asked_by, draft.created_at = DraftState.QUEUED, actor.person_id, now
    session.add(draft)
    session.flush()
    record(session, actor, act, "board_draft", draft.id, now)
    jobs.enqueue(session, RUN, draft.id)
    return draft


def stop(session: Session, actor: Actor, draft_id: int, now: datetime, kind: DraftKind = DraftKind.PAIRS) -> Draft:
    """Stop a calculation; its worker notices at its next step. A finished draft stays what it is."""
    draft = queries.draft_of(session, actor.school_id, draft_id, kind)
    if _stop_unfinished(session, actor.school_id, now, kind, draft_id):
        record(session, actor, "board.stop", "board_draft", draft_id, now)
    session.refresh(draft)
    return draft


def mark(
    session: Session,
    jobs: Jobs,
    box: SecretBox,
    actor: Actor,
    *,
    revision: int,
    mentee_person_id: int,
    mentor_person_id: int,
    kind: MarkKind,
    because: Because,
    now: datetime,
    words: str | None = None,
    keep: Keep | None = None,
    draft: int | None = None,
) -> Mark:
    """Pin or forbid a pair for this and every later draft, and calculate anew. `words` are the curator's own, for
    curators to remember by.

    What was said before of the same two, and another pin of the mentee, is undone by it: so pinning another mentor
    moves the mentee. `revision` and `draft` are those of the page on which the change was made; `keep` says how much
    the draft's other pairs are kept for it (see `calculate`). Raises `BoardChanged`, `NotThisPair`, `NotFound`.
    """
    _changed(session, actor.school_id, revision)
    if mentee_person_id not in queries.waiting_ids(session, actor.school_id) or mentor_person_id not in queries.entries(
        session, actor.school_id
    ):
        raise errors.NotThisPair()
    for other in queries.marks(session, actor.school_id):
        same = other.mentee_person_id == mentee_person_id
        two_pins = kind is MarkKind.PIN and other.kind is MarkKind.PIN
        if same and (two_pins or other.mentor_person_id == mentor_person_id):
            other.undone_at, other.undone_by = now, actor.person_id
    session.flush()
    made = Mark(
        school_id=actor.school_id,
        mentee_person_id=mentee_person_id,
        mentor_person_id=mentor_person_id,
        kind=kind,
        sealed_because=box.seal(json.dumps(because.value)),
        sealed_words=box.seal(words) if words is not None else None,
        made_by=actor.person_id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    record(session, actor, "board.mark", "board_mark", made.id, now)
    cause = Cause.PINNED if kind is MarkKind.PIN else Cause.FORBIDDEN
    calculate(session, jobs, actor, now, cause, made, keep=keep, draft_id=draft)
    return made


def undo(session: Session, jobs: Jobs, actor: Actor, mark_id: int, *, revision: int, now: datetime) -> Mark:
    """Take a mark back and calculate anew; one that is undone stays so. When it was the last change, everybody is where
    they were before it. Raises `NotFound`, `BoardChanged`."""
    undone = session.scalar(select(Mark).where(Mark.school_id == actor.school_id, Mark.id == mark_id))
    if undone is None:
        raise NotFound(f"mark {mark_id}")
    if undone.undone_at is not None:
        return undone
    _changed(session, actor.school_id, revision)
    undone.undone_at, undone.undone_by = now, actor.person_id
    record(session, actor, "board.undo", "board_mark", mark_id, now)
    last = next(iter(queries.recent(session, actor.school_id)), None)
    before = last.kept_draft_id if last is not None and last.mark_id == mark_id else None
    calculate(session, jobs, actor, now, Cause.UNDONE, undone, draft_id=before)
    return undone


def weigh(
    session: Session, jobs: Jobs, actor: Actor, *, revision: int, weights: Mapping[str, int], keep: Keep, now: datetime
) -> Board:
    """Set what each factor weighs in this school, how much earlier pairs are kept, and calculate anew.
    Raises `BoardChanged`."""
    board = _changed(session, actor.school_id, revision)
    board.weights, board.keep = dict(weights), keep
    record(session, actor, "board.weigh", "board", board.id, now, weights=dict(weights), keep=keep.value)
    calculate(session, jobs, actor, now, Cause.WEIGHTS)
    return board


@dataclass(frozen=True)
class Refusal:
    """A pair of the draft that can't be proposed any more, and why."""

    mentee: int
    mentor: int
    error: DomainError


@dataclass(frozen=True)
class Sent:
    """What became of a draft's pairs."""

    pairs: list[Pair]
    refused: list[Refusal]

    @property
    def proposed(self) -> list[int]:
        return [pair.id for pair in self.pairs]


def send(
    session: Session, box: SecretBox, actor: Actor, draft_id: int, *, ends_on: date, today: date, now: datetime
) -> Sent:
    """Propose all pairs of a draft to both sides; each holds its place from now on.

    What has changed since the calculation (somebody left, a place is taken, the pair was forbidden) refuses its own
    pair and no other; those mentees wait on. A draft is sent once. Raises `NotFound`, `DraftNotReady`.
    """
    draft = queries.draft_of(session, actor.school_id, draft_id)
    opened = queries.opened(draft, box)
    _send_once(session, draft, now)
    if opened is None:
        raise errors.DraftNotReady()
    sent, refused = [], []
    year_begins = session.scalars(select(School).where(School.id == actor.school_id)).one().year_begins
    forbidden = queries.forbidden(session, box, actor.school_id)
    # Mentors in one order, so that two who send at once can't wait for each other in a ring.
    chosen = sorted((mentor, mentee) for mentee, mentor in opened.result.assignment.items() if mentor is not None)
    for mentor, mentee in chosen:
        if (mentee, mentor) in forbidden:
            refused.append(Refusal(mentee, mentor, errors.ForbiddenSince()))
            continue
        hired = [side.hired_on for side in (opened.snapshot.mentees[mentee], opened.snapshot.mentors[mentor])]
        starts_on = max([today, year_begins, *(day for day in hired if day is not None)])
        try:
            with session.begin_nested():
                sent.append(
                    pairs.propose(
                        session,
                        actor,
                        mentor_person_id=mentor,
                        mentee_person_id=mentee,
                        starts_on=starts_on,
                        ends_on=max(ends_on, starts_on),
                        now=now,
                    )
                )
        except DomainError as error:
            refused.append(Refusal(mentee, mentor, error))
    record(session, actor, "board.send", "board_draft", draft_id, now, proposed=len(sent), refused=len(refused))
    session.flush()
    return Sent(sent, refused)


@dataclass(frozen=True)
class GroupRefusal:
    """A group of the draft that can't be proposed any more, and why: of each mentee, or of the whole."""

    group: Group
    errors: Sequence[DomainError]

    @property
    def codes(self) -> list[str]:
        return [error.code for error in self.errors]


@dataclass(frozen=True)
class SentGroups:
    """What became of the chosen groups of a draft."""

    groups: list[MentoringGroup]
    refused: list[GroupRefusal]

    @property
    def proposed(self) -> list[int]:
        return [group.id for group in self.groups]


def send_groups(
    session: Session,
    box: SecretBox,
    actor: Actor,
    draft_id: int,
    keys: Collection[str],
    *,
    ends_on: date,
    today: date,
    now: datetime,
) -> SentGroups:
    """Propose the chosen groups of a draft (`grouping.Group.key`) to their mentors and mentees, who wait no longer.

    What has changed since the calculation refuses its own group and no other. A draft is sent once; who is in no group
    that was sent waits on. Raises `NotFound`, `DraftNotReady`, and `Invalid` for a group that is not the draft's.
    """
    draft = queries.draft_of(session, actor.school_id, draft_id, DraftKind.GROUPS)
    opened = queries.opened_groups(draft, box)
    _send_once(session, draft, now)
    if opened is None:
        raise errors.DraftNotReady()
    if not set(keys) <= {group.key for group in opened.formed.groups}:
        raise Invalid({"groups": [NOT_OFFERED]})
    sent, refused, keys_sent = [], [], []
    snapshot = opened.snapshot
    year_begins = session.scalars(select(School).where(School.id == actor.school_id)).one().year_begins
    forbidden = queries.forbidden(session, box, actor.school_id)
    pinned = {mark.mentee_person_id for mark in queries.marks(session, actor.school_id) if mark.kind is MarkKind.PIN}
    # Mentors in one order, so that two who send at once can't wait for each other in a ring.
    for group in sorted(opened.formed.groups, key=lambda group: (group.mentor, group.theme)):
        if group.key not in keys:
            continue
        if any(id_ in pinned or (id_, group.mentor) in forbidden for id_ in group.members):
            refused.append(GroupRefusal(group, [errors.GroupDecidedSince()]))
            continue
        mentees = (snapshot.mentees[id_] for id_ in group.members)
        hired = [side.hired_on for side in (snapshot.mentors[group.mentor], *mentees)]
        starts_on = max([today, year_begins, *(day for day in hired if day is not None)])
        try:
            with session.begin_nested():
                sent.append(
                    propose_group(
                        session,
                        actor,
                        mentor_person_id=group.mentor,
                        mentee_person_ids=group.members,
                        theme=group.theme,
                        starts_on=starts_on,
                        ends_on=max(ends_on, starts_on),
                        now=now,
                    )
                )
            keys_sent.append(group.key)
        except GroupNotPossible as error:
            refused.append(GroupRefusal(group, error.refusals))
        except DomainError as error:
            refused.append(GroupRefusal(group, [error]))
    draft.sealed_result = box.seal(replace(opened.formed, sent=tuple(keys_sent)).dump())
    record(session, actor, "board.send_groups", "board_draft", draft_id, now, proposed=len(sent), refused=len(refused))
    session.flush()
    return SentGroups(sent, refused)


def _send_once(session: Session, draft: Draft, now: datetime) -> None:
    """Raises `DraftNotReady` when it is not calculated, or was sent before."""
    mine = session.scalar(
        update(Draft)
        .where(
            Draft.school_id == draft.school_id,
            Draft.id == draft.id,
            Draft.state == DraftState.DONE,
            Draft.sent_at.is_(None),
        )
        .values(sent_at=now)
        .returning(Draft.id)
    )
    if mine is None:
        raise errors.DraftNotReady()


def forget(session: Session, box: SecretBox, actor: Actor, person_id: int, now: datetime) -> None:
    """Delete the data of every draft in which a person stands whose profile may not be processed any more.

    The drafts' totals stay. A draft that is being calculated begins anew, without them.
    """
    holding = or_(Draft.sealed_input.is_not(None), Draft.sealed_asked.is_not(None))
    gone = []
    for draft in session.scalars(select(Draft).where(Draft.school_id == actor.school_id, holding)):
        snapshot = queries.snapshot_of(draft, box)
        if snapshot is not None and person_id in {*snapshot.mentees, *snapshot.mentors}:
            draft.sealed_input = draft.sealed_result = None
            gone.append(draft.id)
        if draft.kind is DraftKind.GROUPS:
            draft.sealed_asked = box.seal(queries.asked_of(draft, box).without_one(person_id).dump())
    restarted = session.scalars(
        update(Draft)
        .where(Draft.school_id == actor.school_id, Draft.state == DraftState.RUNNING)
        .values(state=DraftState.QUEUED)
        .returning(Draft.id)
    ).all()
    # No draft hinders that marks of theirs are deleted as well.
    theirs = select(Mark.id).where(
        Mark.school_id == actor.school_id,
        or_(Mark.mentee_person_id == person_id, Mark.mentor_person_id == person_id),
    )
    session.execute(
        update(Draft).where(Draft.school_id == actor.school_id, Draft.mark_id.in_(theirs)).values(mark_id=None)
    )
    if gone or restarted:
        record(session, actor, "board.forget", "person", person_id, now, drafts=len(gone))
    session.flush()


def _locked_board(session: Session, school_id: int) -> Board:
    """The board, stored and locked: two who calculate at once come one after the other."""
    locked = select(Board).where(Board.school_id == school_id).with_for_update()
    board = session.scalar(locked)
    if board is None:
        try:
            with session.begin_nested():
                session.add(queries.board_of(session, school_id))
        except IntegrityError:
            # The other one was a moment faster.
            pass
        board = session.scalars(locked).one()
    return board


def _changed(session: Session, school_id: int, revision: int) -> Board:
    """Count a change that was made on a page of this revision."""
    board = _locked_board(session, school_id)
    counted = session.scalar(
        update(Board)
        .where(Board.school_id == school_id, Board.revision == revision)
        .values(revision=Board.revision + 1)
        .returning(Board.id)
    )
    if counted is None:
        raise errors.BoardChanged()
    session.refresh(board)
    return board


def _stop_unfinished(
    session: Session, school_id: int, now: datetime, kind: DraftKind, draft_id: int | None = None
) -> bool:
    unfinished = update(Draft).where(Draft.school_id == school_id, Draft.kind == kind, UNFINISHED)
    if draft_id is not None:
        unfinished = unfinished.where(Draft.id == draft_id)
    stopped = session.scalars(unfinished.values(state=DraftState.CANCELLED, finished_at=now).returning(Draft.id)).all()
    return bool(stopped)
