"""Verbs of the pair from proposal to its end; and what follows when somebody leaves the school."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks import queries as bank_of_mentors
from moodle_mentorship.banks import service as banks
from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.errors import AlreadyInPair, NotEmployed
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.law.workdays import YearUnknown, after_working_days
from moodle_mentorship.moodle import outbox
from moodle_mentorship.pairs import errors, queries
from moodle_mentorship.pairs.enums import (
    AFTER_NOTICE,
    FIXED_STATES,
    MOST_MEMBERS,
    OPEN_STATES,
    USUAL_FORM,
    USUAL_KINDS,
    Answer,
    EndReason,
    MentoringForm,
    MentoringKind,
    PairState,
    PauseReason,
    Side,
)
from moodle_mentorship.pairs.models import Extension, MentoringGroup, Pair, Pause, Space
from moodle_mentorship.pairs.papers import lacking, told
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School
from moodle_mentorship.surveys.ready import FOR_THE_MENTEE, NEED, OFFER
from moodle_mentorship.surveys.service import Shared, destroy_answers_about, shared

KEEP_SPACE = "pair.keep_space"
#: Of a school, not of a space; the stream has the same name.
LOOK_OVER = "pair.look_over"

# An order is typed in when it is signed; a date further ahead is a slip of the finger.
LONGEST_AHEAD = timedelta(days=31)

# Working days from the notice to the end (ст. 351.8 ТК РФ).
NOTICE_DAYS = 3


def stream_of(space_id: int) -> str:
    """The outbox stream in which a space's items are delivered in order."""
    return f"space:{space_id}"


def ordered_kinds(kinds: Iterable[MentoringKind], *, in_group: bool) -> tuple[MentoringKind, ...]:
    """The kinds in their one order, however they were ticked; of a member of a group with «в группе»."""
    ticked = {*kinds, MentoringKind.GROUP} if in_group else set(kinds)
    return tuple(kind for kind in MentoringKind if kind in ticked)


def propose(
    session: Session,
    actor: Actor,
    *,
    mentor_person_id: int,
    mentee_person_id: int,
    starts_on: date,
    ends_on: date,
    now: datetime,
    form: MentoringForm = USUAL_FORM,
    kinds: Sequence[MentoringKind] = USUAL_KINDS,
    group: MentoringGroup | None = None,
) -> Pair:
    """Propose a pair to both sides. From now on it holds a place of the mentor, and the mentee; as a member of a group
    of the mentor's, the place is the group's.

    Raises `Oneself`, `NotEmployed`, `PeriodReversed`, `PeriodOutsideYear`, `BeforeHireDate`, `NotInMentorBank`,
    `NotTrained`, `NotInMenteeBank`, `NoFreePlace`, `AlreadyInPair`, `GroupFull`.
    """
    if mentor_person_id == mentee_person_id:
        raise errors.Oneself()
    mentor = _active_person(session, actor.school_id, mentor_person_id)
    mentee = _active_person(session, actor.school_id, mentee_person_id)
    _check_period(session, actor.school_id, starts_on, ends_on, (mentor, mentee))
    first = group is None or _join(session, group)
    banks.hold_place(session, actor.school_id, mentor_person_id, 1 if first else 0)
    banks.take_mentee(session, actor, mentee_person_id, now)
    pair = Pair(
        school_id=actor.school_id,
        space=_space(session, actor.school_id, group),
        mentor_person_id=mentor_person_id,
        mentee_person_id=mentee_person_id,
        state=PairState.PROPOSED,
        starts_on=starts_on,
        ends_on=ends_on,
        form=form,
        kinds=ordered_kinds(kinds, in_group=group is not None),
        group_id=None if group is None else group.id,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(pair)
    except IntegrityError as error:
        # The unique index over open pairs has the last word, should the mentee's state ever disagree with it.
        raise AlreadyInPair(name=mentee.short_name) from error
    record(session, actor, "pair.propose", "pair", pair.id, now, mentor=mentor_person_id, mentee=mentee_person_id)
    session.flush()
    return pair


def describe(
    session: Session,
    actor: Actor,
    pair_id: int,
    *,
    form: MentoringForm,
    kinds: Sequence[MentoringKind],
    now: datetime,
) -> Pair:
    """Say in which form and kinds the two work, as long as no order names them; who is in a group works «в группе» at
    any rate. The same again changes nothing.

    Raises `NotFound`, `PairMovedOn`.
    """
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state not in (PairState.PROPOSED, PairState.AGREED):
        raise errors.PairMovedOn(f"describe in state {pair.state}")
    ordered = ordered_kinds(kinds, in_group=pair.group_id is not None)
    if (pair.form, pair.kinds) == (form, ordered):
        return pair
    pair.form, pair.kinds = form, ordered
    record(session, actor, "pair.describe", "pair", pair.id, now, form=form.value, kinds=list(pair.kinds))
    session.flush()
    return pair


def answer(session: Session, actor: Actor, pair_id: int, side: Side, said: Answer, now: datetime) -> Pair:
    """Answer a proposal for one's own side; either side may be first.

    Two times yes: agreed. One no: declined, and the place is free again. The same answer again changes nothing; a
    yes may become a no until the other side has decided, after that it is `AnswerTooLate`.
    """
    pair = _locked(session, actor.school_id, pair_id)
    sides = {Side.MENTOR: pair.mentor_person_id, Side.MENTEE: pair.mentee_person_id}
    if actor.person_id != sides[side]:
        raise errors.NotYourAnswer()
    if said is (pair.mentor_answer if side is Side.MENTOR else pair.mentee_answer):
        return pair
    if pair.state is not PairState.PROPOSED:
        raise errors.AnswerTooLate()
    if side is Side.MENTOR:
        pair.mentor_answer, pair.mentor_answered_at = said, now
    else:
        pair.mentee_answer, pair.mentee_answered_at = said, now
    if said is Answer.NO:
        _close(session, actor, pair, PairState.DECLINED, now)
    elif pair.mentor_answer is Answer.YES and pair.mentee_answer is Answer.YES:
        pair.state = PairState.AGREED
    record(session, actor, "pair.answer", "pair", pair.id, now, side=side.value, answer=said.value)
    session.flush()
    return pair


def other_side(session: Session, actor: Actor, pair_id: int) -> tuple[Person, Shared | None]:
    """Whom the actor works with in this pair, and what they told in their questionnaire: a mentor reads what is hard,
    a mentee what the mentor is strong in and when they are free. None: nothing was told, or it may not be read.

    From the agreement of both on. Raises `NotFound` for a pair that is not the actor's, or not agreed.
    """
    pair = queries.pair_of(session, actor.school_id, pair_id)
    if pair.state not in (PairState.AGREED, *FIXED_STATES):
        raise NotFound(f"pair {pair_id}")
    if actor.person_id == pair.mentor_person_id:
        return pair.mentee, shared(session, actor.school_id, pair.mentee_person_id, NEED)
    if actor.person_id == pair.mentee_person_id:
        return pair.mentor, shared(session, actor.school_id, pair.mentor_person_id, OFFER, FOR_THE_MENTEE)
    raise NotFound(f"pair {pair_id}")


def withdraw(session: Session, actor: Actor, pair_id: int, now: datetime) -> Pair:
    """Take a proposal back before the order; the place is free again. Doing it again changes nothing."""
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state is PairState.WITHDRAWN:
        return pair
    if pair.state not in (PairState.PROPOSED, PairState.AGREED):
        raise errors.PairMovedOn(f"withdraw in state {pair.state}")
    _close(session, actor, pair, PairState.WITHDRAWN, now)
    record(session, actor, "pair.withdraw", "pair", pair.id, now)
    session.flush()
    return pair


def order(
    session: Session,
    jobs: Jobs,
    actor: Actor,
    pair_id: int,
    *,
    order_date: date,
    order_number: str,
    today: date,
    now: datetime,
) -> Pair:
    """Put down the order that fixes an agreed pair; its group in Moodle's course follows by the outbox.

    One order may fix several pairs, so its number may stand at many. The same order again changes nothing. Raises
    `PapersMissing` while a consent on paper or the ground of the mentor's work is missing, `PairMovedOn`,
    `OrderDateUnlikely`, `NotEmployed`.
    """
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state is PairState.ORDERED and (pair.order_date, pair.order_number) == (order_date, order_number):
        return pair
    if pair.state is not PairState.AGREED:
        raise errors.PairMovedOn(f"order in state {pair.state}")
    _check_order(_school(session, actor.school_id), pair, order_date, today)
    if lacks := lacking(session, pair):
        raise errors.PapersMissing(told(lacks))
    pair.state, pair.ordered_at = PairState.ORDERED, now
    pair.order_date, pair.order_number = order_date, order_number
    _keep_space(session, jobs, pair, now)
    record(session, actor, "pair.order", "pair", pair.id, now, order_date=order_date.isoformat())
    session.flush()
    return pair


def extend(
    session: Session,
    actor: Actor,
    pair_id: int,
    *,
    ends_on: date,
    order_date: date,
    order_number: str,
    today: date,
    now: datetime,
) -> Pair:
    """Put off a pair's end by another order of the school; the earlier end and each order stay known.

    The same again changes nothing. Raises `PairMovedOn`, `NotLonger`, `PeriodOutsideYear`, `OrderDateUnlikely`,
    `NotEmployed`.
    """
    pair = _fixed(session, actor, pair_id, "extend")
    last = queries.extensions(session, pair.school_id, pair.id)[-1:]
    if [(row.ends_on, row.order_date, row.order_number) for row in last] == [(ends_on, order_date, order_number)]:
        return pair
    school = _school(session, actor.school_id)
    if ends_on <= pair.ends_on:
        raise errors.NotLonger()
    if ends_on > school.year_ends:
        raise errors.PeriodOutsideYear("ends_on", school.year_label)
    _check_order(school, pair, order_date, today)
    session.add(
        Extension(
            school_id=pair.school_id,
            pair_id=pair.id,
            earlier_ends_on=pair.ends_on,
            ends_on=ends_on,
            order_date=order_date,
            order_number=order_number,
            recorded_at=now,
        )
    )
    pair.ends_on = ends_on
    record(session, actor, "pair.extend", "pair", pair.id, now, ends_on=ends_on.isoformat())
    session.flush()
    return pair


def suspend(
    session: Session,
    actor: Actor,
    pair_id: int,
    *,
    reason: PauseReason,
    from_on: date,
    until_on: date | None,
    today: date,
    now: datetime,
) -> Pair:
    """Note that an ordered pair doesn't work for a time. It keeps its place, its mentee and its group in Moodle.

    Raises `PairMovedOn`, `PauseUnlikely`, `PeriodReversed`.
    """
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state is not PairState.ORDERED:
        raise errors.PairMovedOn(f"suspend in state {pair.state}")
    if not pair.starts_on <= from_on <= today:
        raise errors.PauseUnlikely()
    if until_on is not None and until_on < from_on:
        raise errors.PeriodReversed(field="until_on")
    session.add(
        Pause(
            school_id=pair.school_id,
            pair_id=pair.id,
            reason=reason,
            from_on=from_on,
            until_on=until_on,
            recorded_at=now,
        )
    )
    pair.state = PairState.SUSPENDED
    record(session, actor, "pair.suspend", "pair", pair.id, now, reason=reason.value)
    session.flush()
    return pair


def resume(session: Session, actor: Actor, pair_id: int, *, today: date, now: datetime) -> Pair:
    """The two work again, from today on. Of a pair that is not suspended (any more) nothing changes."""
    pair = _fixed(session, actor, pair_id, "resume")
    if pair.state is PairState.SUSPENDED:
        _end_pause(session, pair, today)
        pair.state = PairState.ORDERED
        record(session, actor, "pair.resume", "pair", pair.id, now)
        session.flush()
    return pair


def warn(
    session: Session,
    actor: Actor,
    pair_id: int,
    *,
    warned_on: date,
    may_end_on: date | None,
    today: date,
    now: datetime,
) -> Pair:
    """Put down that the mentor got the school's written notice that their work ends early, and from when it may end:
    after three whole working days (ст. 351.8 ТК РФ) of the school's week and the production calendar.

    Another day corrects the first. `may_end_on` is counted here; only where a year's calendar is not known, the
    curator counts. Raises `PairMovedOn`, `NoticeUnlikely`, `CalendarUnknown`, `NoticeTooShort`.
    """
    pair = _fixed(session, actor, pair_id, "warn")
    school = _school(session, actor.school_id)
    ordered_on = pair.ordered_at and local_date(pair.ordered_at, school.timezone)
    if warned_on > today or (ordered_on and warned_on < ordered_on):
        raise errors.NoticeUnlikely()
    try:
        counted = after_working_days(warned_on, NOTICE_DAYS, school.working_days)
    except YearUnknown as unknown:
        if may_end_on is None:
            raise errors.CalendarUnknown(year=str(unknown.year)) from unknown
        if (may_end_on - warned_on).days <= NOTICE_DAYS:
            raise errors.NoticeTooShort() from unknown
        counted = may_end_on
    if (pair.warned_on, pair.may_end_on) != (warned_on, counted):
        pair.warned_on, pair.may_end_on = warned_on, counted
        record(session, actor, "pair.warn", "pair", pair.id, now, warned_on=str(warned_on), may_end_on=str(counted))
        session.flush()
    return pair


def end(session: Session, jobs: Jobs, actor: Actor, pair_id: int, reason: EndReason, now: datetime) -> Pair:
    """End an ordered pair: the mentor's place is free, the mentee waits again, both leave the group in Moodle.

    The pair stays in the list with its history. Doing it again changes nothing, the first reason stays. Where the
    school ends the mentor's work of its own will, raises `NoticeNeeded` or `NoticeRuns`; a person's own refusal never
    does.
    """
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state is PairState.ENDED:
        return pair
    if pair.state not in FIXED_STATES:
        raise errors.PairMovedOn(f"end in state {pair.state}")
    _end(session, jobs, actor, pair, reason, now)
    return pair


def refuse(session: Session, jobs: Jobs, actor: Actor, pair_id: int, now: datetime) -> Pair:
    """The mentor goes on no longer: their right at any time, without a reason (ст. 351.8 ТК РФ). Nothing blocks it.

    Raises `NotYourAnswer`, `PairMovedOn`.
    """
    pair = _locked(session, actor.school_id, pair_id)
    if actor.person_id != pair.mentor_person_id:
        raise errors.NotYourAnswer()
    return end(session, jobs, actor, pair_id, EndReason.MENTOR_REFUSED, now)


def replace(session: Session, jobs: Jobs, actor: Actor, pair_id: int, *, mentor_person_id: int, now: datetime) -> Pair:
    """Give a mentee another mentor for what is left of the period: the pair ends (unless it has ended), and the new one
    is proposed in its place, in the same form and kinds. It needs both answers and an order of its own. A member leaves
    their group by it.

    Returns the new pair. Raises what `end` and `propose` raise, `SameMentor`, `NothingLeft`; then nothing is changed.
    """
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state not in (*FIXED_STATES, PairState.ENDED):
        raise errors.PairMovedOn(f"replace in state {pair.state}")
    if mentor_person_id == pair.mentor_person_id:
        raise errors.SameMentor()
    today = local_date(now, _school(session, actor.school_id).timezone)
    mentor = _active_person(session, actor.school_id, mentor_person_id)
    starts_on = max(day for day in (today, pair.starts_on, mentor.hire_date) if day is not None)
    if starts_on > pair.ends_on:
        raise errors.NothingLeft()
    banks.hold_mentors(session, actor.school_id, pair.mentor_person_id, mentor_person_id)
    if pair.state is not PairState.ENDED:
        _end(session, jobs, actor, pair, EndReason.REPLACED, now)
    proposed = propose(
        session,
        actor,
        mentor_person_id=mentor_person_id,
        mentee_person_id=pair.mentee_person_id,
        starts_on=starts_on,
        ends_on=pair.ends_on,
        form=pair.form,
        kinds=pair.kinds if pair.group_id is None else _kinds_alone(pair.kinds),
        now=now,
    )
    proposed.replaces_pair_id = pair.id
    record(session, actor, "pair.replace", "pair", pair.id, now, by=proposed.id)
    session.flush()
    return proposed


def restore_space(session: Session, jobs: Jobs, actor: Actor, pair_id: int, now: datetime) -> Pair:
    """Have what people changed by hand in the pair's group in Moodle put back as it was; whom they put in leaves it.

    Where nothing was changed, or it is on its way already, nothing is done. Raises `NotFound`, `PairMovedOn`.
    """
    pair = _fixed(session, actor, pair_id, "restore_space")
    stream = stream_of(pair.space_id)
    if not pair.space.noticed or queries.restoring(session, pair.school_id, stream):
        return pair
    payload = {"space_id": pair.space_id, "restore": True}
    outbox.put(session, jobs, school_id=pair.school_id, stream=stream, kind=KEEP_SPACE, payload=payload, now=now)
    pair.space.left_at = now
    record(session, actor, "pair.restore_space", "pair", pair.id, now, noticed=pair.space.noticed)
    session.flush()
    return pair


def leave_space(session: Session, actor: Actor, pair_id: int, now: datetime) -> Pair:
    """Leave what people changed by hand in the pair's group in Moodle as it is: it is no task any more, until something
    else is changed. Raises `NotFound`, `PairMovedOn`."""
    pair = _fixed(session, actor, pair_id, "leave_space")
    if pair.space.noticed and pair.space.left_at is None:
        pair.space.left_at = now
        record(session, actor, "pair.leave_space", "pair", pair.id, now, noticed=pair.space.noticed)
        session.flush()
    return pair


def end_because_left(session: Session, jobs: Jobs, actor: Actor, person_id: int, now: datetime) -> list[Pair]:
    """A person left the school: proposals are withdrawn, ordered pairs ended, the bank entries withdrawn.

    Returns the pairs that were open. Called in the unit of work that confirms the departure.
    """
    theirs = or_(Pair.mentor_person_id == person_id, Pair.mentee_person_id == person_id)
    _hold_groups(session, actor.school_id, theirs, Pair.state.in_(OPEN_STATES))
    pairs = list(
        session.scalars(
            select(Pair)
            .where(
                Pair.school_id == actor.school_id,
                Pair.state.in_(OPEN_STATES),
                theirs,
            )
            .order_by(Pair.id)
            .with_for_update(of=Pair)
            .execution_options(populate_existing=True)
        )
    )
    for pair in pairs:
        reason = EndReason.MENTOR_LEFT if pair.mentor_person_id == person_id else EndReason.MENTEE_LEFT
        if pair.state in FIXED_STATES:
            _end(session, jobs, actor, pair, reason, now)
        else:
            pair.end_reason = reason
            _close(session, actor, pair, PairState.WITHDRAWN, now)
            record(session, actor, "pair.withdraw", "pair", pair.id, now, reason=reason.value)
    session.flush()
    banks.leave_school(session, actor, person_id, now)
    return pairs


def destroy_what_mentors_said(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
    """Of a mentee whose profile is destroyed, also what their mentors have answered about them. For `core.grounds`."""
    if purpose is Purpose.MENTEE_PROFILE:
        rows = session.execute(
            select(Pair.mentor_person_id, Pair.starts_on).where(
                Pair.school_id == actor.school_id,
                Pair.mentee_person_id == person_id,
                Pair.state.in_([*FIXED_STATES, PairState.ENDED]),
            )
        )
        destroy_answers_about(session, actor, person_id, [(mentor_id, begun) for mentor_id, begun in rows], now)


def _check_order(school: School, pair: Pair, order_date: date, today: date) -> None:
    if not date(school.year_start, 1, 1) <= order_date <= today + LONGEST_AHEAD:
        raise errors.OrderDateUnlikely()
    for person in (pair.mentor, pair.mentee):
        if not person.employed:
            raise NotEmployed(name=person.short_name)


def _fixed(session: Session, actor: Actor, pair_id: int, act: str) -> Pair:
    pair = _locked(session, actor.school_id, pair_id)
    if pair.state not in FIXED_STATES:
        raise errors.PairMovedOn(f"{act} in state {pair.state}")
    return pair


def _check_notice(session: Session, pair: Pair, today: date) -> None:
    """Of work by assignment alone: a duty of the post or an outside contract has its own rules."""
    mentor = bank_of_mentors.mentor_of(session, pair.school_id, pair.mentor_person_id)
    if mentor is None or mentor.basis is not Basis.ASSIGNMENT:
        return
    if pair.warned_on is None or pair.may_end_on is None:
        raise errors.NoticeNeeded()
    if today < pair.may_end_on:
        raise errors.NoticeRuns(warned=f"{pair.warned_on:%d.%m.%Y}", day=f"{pair.may_end_on:%d.%m.%Y}")


def _end_pause(session: Session, pair: Pair, day: date) -> None:
    pause = session.scalars(
        select(Pause).where(Pause.school_id == pair.school_id, Pause.pair_id == pair.id, Pause.resumed_on.is_(None))
    ).one()
    pause.resumed_on = max(day, pause.from_on)


def _end(session: Session, jobs: Jobs, actor: Actor, pair: Pair, reason: EndReason, now: datetime) -> None:
    today = local_date(now, _school(session, pair.school_id).timezone)
    if reason in AFTER_NOTICE:
        _check_notice(session, pair, today)
    if pair.state is PairState.SUSPENDED:
        _end_pause(session, pair, today)
    pair.end_reason = reason
    _close(session, actor, pair, PairState.ENDED, now)
    _keep_space(session, jobs, pair, now)
    record(session, actor, "pair.end", "pair", pair.id, now, reason=reason.value)
    session.flush()


def _close(session: Session, actor: Actor, pair: Pair, state: PairState, now: datetime) -> None:
    pair.state, pair.closed_at = state, now
    session.flush()
    if pair.group_id is None or _leave(session, pair):
        banks.free_place(session, pair.school_id, pair.mentor_person_id)
    banks.free_mentee(session, actor, pair.mentee_person_id, now)


def _space(session: Session, school_id: int, group: MentoringGroup | None) -> Space:
    """A place of its own; of a group's member, the one that its first has."""
    shared = group and session.scalar(
        select(Space)
        .join(Pair, (Pair.school_id == Space.school_id) & (Pair.space_id == Space.id))
        .where(Pair.school_id == school_id, Pair.group_id == group.id)
        .limit(1)
    )
    return shared or Space(school_id=school_id)


def _kinds_alone(kinds: Sequence[MentoringKind]) -> Sequence[MentoringKind]:
    """Of who leaves a group, how they work from then on."""
    return [kind for kind in kinds if kind is not MentoringKind.GROUP] or USUAL_KINDS


def _join(session: Session, group: MentoringGroup) -> bool:
    """Count one member more; whether it is the only one. Raises `GroupFull`."""
    members = _counted(session, group.school_id, group.id, 1, MentoringGroup.members_open < MOST_MEMBERS)
    if members is None:
        raise errors.GroupFull()
    return members == 1


def _leave(session: Session, pair: Pair) -> bool:
    """Count one member less; whether it was the last one."""
    return _counted(session, pair.school_id, pair.group_id, -1, true()) == 0


def _counted(
    session: Session, school_id: int, group_id: int | None, change: int, condition: ColumnElement[bool]
) -> int | None:
    return session.scalar(
        update(MentoringGroup)
        .where(MentoringGroup.school_id == school_id, MentoringGroup.id == group_id, condition)
        .values(members_open=MentoringGroup.members_open + change)
        .returning(MentoringGroup.members_open)
        .execution_options(synchronize_session=False)
    )


def _hold_groups(session: Session, school_id: int, *pairs: ColumnElement[bool]) -> None:
    """Lock the groups of these pairs before the pairs themselves, as whoever acts on a whole group does: two who act at
    once can't wait for each other in a ring."""
    session.execute(
        select(MentoringGroup.id)
        .where(
            MentoringGroup.school_id == school_id,
            MentoringGroup.id.in_(select(Pair.group_id).where(Pair.school_id == school_id, *pairs)),
        )
        .order_by(MentoringGroup.id)
        .with_for_update()
    ).all()


def _keep_space(session: Session, jobs: Jobs, pair: Pair, now: datetime) -> None:
    outbox.put(
        session,
        jobs,
        school_id=pair.school_id,
        stream=stream_of(pair.space_id),
        kind=KEEP_SPACE,
        payload={"space_id": pair.space_id},
        now=now,
    )


def _locked(session: Session, school_id: int, pair_id: int) -> Pair:
    """The pair, locked: two answers at the same moment must see each other, or the pair would never be agreed."""
    _hold_groups(session, school_id, Pair.id == pair_id)
    pair = session.scalar(
        select(Pair)
        .where(Pair.school_id == school_id, Pair.id == pair_id)
        .with_for_update(of=Pair)
        .execution_options(populate_existing=True)
    )
    if pair is None:
        raise NotFound(f"pair {pair_id}")
    return pair


def _school(session: Session, school_id: int) -> School:
    return session.scalars(select(School).where(School.id == school_id)).one()


def _active_person(session: Session, school_id: int, person_id: int) -> Person:
    # Shared lock: a departure that is confirmed at this moment comes before or after the proposal, not into it.
    person = session.scalar(
        select(Person).where(Person.school_id == school_id, Person.id == person_id).with_for_update(read=True)
    )
    if person is None:
        raise NotFound(f"person {person_id}")
    if not person.employed or person.status is not StaffStatus.ACTIVE:
        raise NotEmployed(name=person.short_name)
    return person


def _check_period(
    session: Session, school_id: int, starts_on: date, ends_on: date, people: tuple[Person, Person]
) -> None:
    school = _school(session, school_id)
    if ends_on < starts_on:
        raise errors.PeriodReversed()
    if not school.year_begins <= starts_on <= school.year_ends:
        raise errors.PeriodOutsideYear("starts_on", school.year_label)
    if ends_on > school.year_ends:
        raise errors.PeriodOutsideYear("ends_on", school.year_label)
    for person in people:
        if person.hire_date is not None and starts_on < person.hire_date:
            raise errors.BeforeHireDate(name=person.short_name)
