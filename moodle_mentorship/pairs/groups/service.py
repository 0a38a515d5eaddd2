"""Verbs of a group: what is said, ordered or ended for all its members at once. Each member stays a pair of their own.

Every verb that touches several pairs does it to all of them or, when it raises, to none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import queries as bank_of_mentors
from moodle_mentorship.banks import service as banks
from moodle_mentorship.banks.errors import AlreadyInPair, NotEmployed, NotInMenteeBank, NotInMentorBank
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.pairs import errors as pair_errors
from moodle_mentorship.pairs import papers
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import (
    FIXED_STATES,
    LEAST_MEMBERS,
    MOST_MEMBERS,
    OPEN_STATES,
    USUAL_FORM,
    Answer,
    EndReason,
    MentoringForm,
    MentoringKind,
    PairState,
    Side,
)
from moodle_mentorship.pairs.groups import errors, queries
from moodle_mentorship.pairs.models import MentoringGroup, Pair
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys.queries import themes

# Why one mentee can't be a member; anything else concerns the whole group.
_OF_ONE = (pair_errors.Oneself, pair_errors.BeforeHireDate, NotEmployed, AlreadyInPair, errors.NotWaiting)


def propose_group(
    session: Session,
    actor: Actor,
    *,
    mentor_person_id: int,
    mentee_person_ids: Sequence[int],
    theme: str,
    starts_on: date,
    ends_on: date,
    now: datetime,
    form: MentoringForm = USUAL_FORM,
    kinds: Sequence[MentoringKind] = (MentoringKind.GROUP,),
) -> MentoringGroup:
    """Propose a group to its mentor and to three to six mentees. From now on it holds one place of the mentor, and each
    mentee. «В группе» is always one of the kinds.

    All or nothing: raises `GroupNotPossible` with everybody who can't be a member, `GroupSize`, `ThemeUnknown`,
    `NotFound`, and of `pairs.propose` what concerns the mentor or the period.
    """
    chosen = sorted(set(mentee_person_ids))
    if not LEAST_MEMBERS <= len(chosen) <= MOST_MEMBERS:
        raise errors.GroupSize()
    if theme not in {known.code for known in themes(session, actor.school_id)}:
        raise errors.ThemeUnknown()
    if ends_on < starts_on:
        raise pair_errors.PeriodReversed()
    with session.begin_nested():
        group = _begin(session, actor, mentor_person_id, theme, (starts_on, ends_on), form, kinds, now)
        refusals: dict[str, DomainError] = {}
        for person_id in chosen:
            try:
                with session.begin_nested():
                    _propose(session, actor, group, person_id, (starts_on, ends_on), now)
            except _OF_ONE as refusal:
                # What is wrong with the mentor is said once, not for each member.
                refusals[f"{refusal.code} {refusal.params}"] = refusal
        if refusals:
            raise errors.GroupNotPossible(refusals.values())
    session.refresh(group)
    return group


def add_member(session: Session, actor: Actor, group_id: int, *, mentee_person_id: int, now: datetime) -> Pair:
    """Propose one mentee more to a group that has open pairs, for what is left of its period. The mentee and the mentor
    answer.

    Raises `GroupMovedOn`, `GroupFull`, `NothingLeft`, `GroupNotPossible` with the reason, and what `pairs.propose`
    raises of the mentor.
    """
    group = queries.group_of(session, actor.school_id, group_id)
    school = school_of(session, actor.school_id)
    mentee = session.scalar(select(Person).where(Person.school_id == school.id, Person.id == mentee_person_id))
    if mentee is None:
        raise NotFound(f"person {mentee_person_id}")
    hired = mentee.hire_date or group.starts_on
    starts_on = max(group.starts_on, local_date(now, school.timezone), hired)
    if starts_on > group.ends_on:
        raise pair_errors.NothingLeft()
    with session.begin_nested():
        try:
            pair = _propose(session, actor, group, mentee_person_id, (starts_on, group.ends_on), now)
        except _OF_ONE as refusal:
            raise errors.GroupNotPossible([refusal], "mentee_person_id") from refusal
        session.refresh(group)
        if group.members_open == 1:
            # All others have gone: the group is over, and its mentor was not asked for a new place.
            raise errors.GroupMovedOn(f"add to group {group_id} without members")
    record(session, actor, "group.add", "group", group.id, now, mentee=mentee_person_id)
    session.flush()
    return pair


def answer_group(session: Session, actor: Actor, group_id: int, said: Answer, now: datetime) -> MentoringGroup:
    """Answer as the group's mentor, once for all its mentees who are proposed. The same again changes nothing.

    Raises `NotYourAnswer`, `AnswerTooLate`.
    """
    group = _locked(session, actor.school_id, group_id)
    if actor.person_id != group.mentor_person_id:
        raise pair_errors.NotYourAnswer()
    members = queries.members(session, group.school_id, group.id)
    asked = [pair for pair in members if pair.state is PairState.PROPOSED]
    if not asked and all(pair.mentor_answer is not said for pair in members):
        raise pair_errors.AnswerTooLate()
    with session.begin_nested():
        for pair in asked:
            pairs.answer(session, actor, pair.id, Side.MENTOR, said, now)
    session.refresh(group)
    return group


@dataclass(frozen=True)
class Ordered:
    """Who is fixed by the group's order, and whose proposals still await an answer."""

    fixed: Sequence[Pair]
    left: Sequence[Pair]


def order_group(
    session: Session,
    jobs: Jobs,
    actor: Actor,
    group_id: int,
    *,
    order_date: date,
    order_number: str,
    today: date,
    now: datetime,
) -> Ordered:
    """Put down the order that fixes all members on whom both sides have agreed. Who has not answered is left; the same
    order fixes them later. The same again changes nothing.

    Raises `PapersMissing` with everybody whose papers are missing, `GroupMovedOn` where nobody has agreed, and what
    `pairs.order` raises.
    """
    group = _locked(session, actor.school_id, group_id)
    members = queries.members(session, group.school_id, group.id, OPEN_STATES)
    agreed = [pair for pair in members if pair.state is PairState.AGREED]
    fixed = [pair for pair in members if (pair.order_date, pair.order_number) == (order_date, order_number)]
    if not agreed and not fixed:
        raise errors.GroupMovedOn(f"order of group {group_id} without agreement")
    if lacks := papers.lacking_of(session, group.school_id, agreed):
        raise pair_errors.PapersMissing(papers.told_by_name(lacks))
    with session.begin_nested():
        for pair in agreed:
            pairs.order(
                *(session, jobs, actor, pair.id),
                order_date=order_date,
                order_number=order_number,
                today=today,
                now=now,
            )
    return Ordered([*fixed, *agreed], [pair for pair in members if pair.state is PairState.PROPOSED])


def extend_group(
    session: Session,
    actor: Actor,
    group_id: int,
    *,
    ends_on: date,
    order_date: date,
    order_number: str,
    today: date,
    now: datetime,
    named: Collection[int] | None = None,
) -> MentoringGroup:
    """Put off the end of every member whom an order has fixed (of pairs that are `named`, these alone), by one more
    order; who goes on longer already is left. New members are proposed until then, too. The same again changes nothing.

    Raises `GroupMovedOn`, `NotLonger`, and what `pairs.extend` raises.
    """
    group, members = _fixed(session, actor, group_id, "extend")
    concerned = [pair for pair in members if named is None or pair.id in named]
    shorter = [pair for pair in concerned if pair.ends_on <= ends_on]
    if not shorter:
        raise pair_errors.NotLonger()
    with session.begin_nested():
        for pair in shorter:
            pairs.extend(
                *(session, actor, pair.id),
                ends_on=ends_on,
                order_date=order_date,
                order_number=order_number,
                today=today,
                now=now,
            )
        group.ends_on = max(group.ends_on, ends_on)
    session.flush()
    return group


def warn_group(
    session: Session,
    actor: Actor,
    group_id: int,
    *,
    warned_on: date,
    may_end_on: date | None,
    today: date,
    now: datetime,
) -> MentoringGroup:
    """Put down the school's written notice to the mentor that the work with the group ends early (ст. 351.8 ТК РФ): one
    notice, of every member whom an order has fixed. Raises `GroupMovedOn` and what `pairs.warn` raises."""
    group, members = _fixed(session, actor, group_id, "warn")
    with session.begin_nested():
        for pair in members:
            pairs.warn(session, actor, pair.id, warned_on=warned_on, may_end_on=may_end_on, today=today, now=now)
    return group


def end_group(
    session: Session, jobs: Jobs, actor: Actor, group_id: int, reason: EndReason, now: datetime
) -> MentoringGroup:
    """End the group: the pair of every member whom an order has fixed, for one reason; who is only proposed is
    withdrawn. The mentor's place is free, the mentees wait again. Doing it again changes nothing.

    Raises `GroupMovedOn` where no order has fixed anybody, `NoticeNeeded`, `NoticeRuns`.
    """
    group = _locked(session, actor.school_id, group_id)
    if not group.members_open and queries.members(session, group.school_id, group.id, [PairState.ENDED]):
        return group
    group, members = _fixed(session, actor, group_id, "end")
    with session.begin_nested():
        for pair in members:
            pairs.end(session, jobs, actor, pair.id, reason, now)
        _withdraw(session, actor, group, now)
        record(session, actor, "group.end", "group", group.id, now, reason=reason.value)
    session.refresh(group)
    return group


def refuse_group(session: Session, jobs: Jobs, actor: Actor, group_id: int, now: datetime) -> MentoringGroup:
    """The mentor goes on with the group no longer: their right at any time, without a reason (ст. 351.8 ТК РФ).

    Raises `NotYourAnswer`, `GroupMovedOn`.
    """
    group = queries.group_of(session, actor.school_id, group_id)
    if actor.person_id != group.mentor_person_id:
        raise pair_errors.NotYourAnswer()
    return end_group(session, jobs, actor, group_id, EndReason.MENTOR_REFUSED, now)


def withdraw_group(session: Session, actor: Actor, group_id: int, now: datetime) -> MentoringGroup:
    """Take back every proposal of the group that no order has fixed; members with an order stay. Doing it again changes
    nothing. Raises `GroupMovedOn` where all members have their order."""
    group = _locked(session, actor.school_id, group_id)
    if not group.members_open:
        return group
    with session.begin_nested():
        if not _withdraw(session, actor, group, now):
            raise errors.GroupMovedOn(f"withdraw of group {group_id} in work")
        record(session, actor, "group.withdraw", "group", group.id, now)
    session.refresh(group)
    return group


def replace_mentor(
    session: Session, jobs: Jobs, actor: Actor, group_id: int, *, mentor_person_id: int, now: datetime
) -> MentoringGroup:
    """Give the group another mentor for what is left of its period: its pairs end (or are withdrawn), and all members
    are proposed in a new group on the same theme. It needs all answers and an order of its own.

    Returns the new group. Raises what `end_group` and `propose_group` raise, `SameMentor`, `NothingLeft`; then nothing
    is changed.
    """
    group = _locked(session, actor.school_id, group_id)
    members = queries.members(session, group.school_id, group.id, OPEN_STATES)
    if not members:
        raise errors.GroupMovedOn(f"replace the mentor of group {group_id} without members")
    if mentor_person_id == group.mentor_person_id:
        raise pair_errors.SameMentor()
    school = school_of(session, actor.school_id)
    mentor = session.scalar(select(Person).where(Person.school_id == school.id, Person.id == mentor_person_id))
    if mentor is None:
        raise NotFound(f"person {mentor_person_id}")
    hired = mentor.hire_date or group.starts_on
    starts_on = max(group.starts_on, local_date(now, school.timezone), hired)
    if starts_on > group.ends_on:
        raise pair_errors.NothingLeft()
    banks.hold_mentors(session, group.school_id, group.mentor_person_id, mentor_person_id)
    with session.begin_nested():
        for pair in members:
            if pair.state in FIXED_STATES:
                pairs.end(session, jobs, actor, pair.id, EndReason.REPLACED, now)
        _withdraw(session, actor, group, now)
        new = _begin(
            *(session, actor, mentor_person_id, group.theme, (starts_on, group.ends_on), group.form, group.kinds, now)
        )
        refusals = []
        for pair in members:
            try:
                with session.begin_nested():
                    period = max(starts_on, pair.starts_on), pair.ends_on
                    proposed = _propose(session, actor, new, pair.mentee_person_id, period, now)
                    proposed.replaces_pair_id = pair.id
            except _OF_ONE as refusal:
                refusals.append(refusal)
        if refusals:
            raise errors.GroupNotPossible(refusals, "mentor_person_id")
        record(session, actor, "group.replace", "group", group.id, now, by=new.id)
    session.refresh(new)
    return new


def _begin(
    session: Session,
    actor: Actor,
    mentor_person_id: int,
    theme: str,
    period: tuple[date, date],
    form: MentoringForm,
    kinds: Sequence[MentoringKind],
    now: datetime,
) -> MentoringGroup:
    if bank_of_mentors.mentor_of(session, actor.school_id, mentor_person_id) is None:
        raise NotInMentorBank()
    group = MentoringGroup(
        school_id=actor.school_id,
        mentor_person_id=mentor_person_id,
        theme=theme,
        starts_on=period[0],
        ends_on=period[1],
        form=form,
        kinds=pairs.ordered_kinds(kinds, in_group=True),
        created_at=now,
        members_open=0,
    )
    session.add(group)
    session.flush()
    record(session, actor, "group.propose", "group", group.id, now, mentor=mentor_person_id, theme=theme)
    return group


def _propose(
    session: Session, actor: Actor, group: MentoringGroup, person_id: int, period: tuple[date, date], now: datetime
) -> Pair:
    try:
        return pairs.propose(
            session,
            actor,
            mentor_person_id=group.mentor_person_id,
            mentee_person_id=person_id,
            starts_on=period[0],
            ends_on=period[1],
            form=group.form,
            kinds=group.kinds,
            group=group,
            now=now,
        )
    except NotInMenteeBank as error:
        name = session.scalars(select(Person).where(Person.school_id == actor.school_id, Person.id == person_id)).one()
        raise errors.NotWaiting(name=name.short_name) from error


def _fixed(session: Session, actor: Actor, group_id: int, act: str) -> tuple[MentoringGroup, Sequence[Pair]]:
    """The group, locked, and the members whom an order has fixed."""
    group = _locked(session, actor.school_id, group_id)
    members = queries.members(session, group.school_id, group.id, FIXED_STATES)
    if not members:
        raise errors.GroupMovedOn(f"{act} of group {group_id} without an order")
    return group, members


def _withdraw(session: Session, actor: Actor, group: MentoringGroup, now: datetime) -> bool:
    """Withdraw the proposals that have no order; whether there were any."""
    members = queries.members(session, group.school_id, group.id, [PairState.PROPOSED, PairState.AGREED])
    for pair in members:
        pairs.withdraw(session, actor, pair.id, now)
    return bool(members)


def _locked(session: Session, school_id: int, group_id: int) -> MentoringGroup:
    """The group, locked: so long nobody joins or leaves it."""
    group = session.scalar(
        select(MentoringGroup)
        .where(MentoringGroup.school_id == school_id, MentoringGroup.id == group_id)
        .with_for_update(of=MentoringGroup)
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound(f"group {group_id}")
    return group
