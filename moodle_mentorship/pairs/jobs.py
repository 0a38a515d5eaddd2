"""What the outbox delivers for a space, the place of one pair or of several in Moodle's course: a group with their
people in it from the order on, emptied of them by the end.

The handler looks at the pairs' present state and at Moodle before it writes, so it may be repeated after any cut.
Each night the groups are looked over: Moodle itself empties them when people drop out of the staff list for an hour.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import count, groupby
from typing import Self

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import each_school
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.errors import IdNumberTaken, MembersNotAdded, ParameterInvalid, RecordMissing
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.moodle.outbox import DELIVER, Delivery, put
from moodle_mentorship.moodle.results import Group
from moodle_mentorship.pairs.enums import FIXED_STATES, PairState
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.pairs.service import KEEP_SPACE, LOOK_OVER, stream_of
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.school.models import School

#: Moodle's `groups.name` holds 254 characters.
LONGEST_NAME = 254

NAME = N_("Pair: %(mentor)s — %(mentee)s")
NAME_OF_SEVERAL = N_("Group: %(mentor)s")
DESCRIPTION = N_("The place of a mentor and a mentee in the course. It is kept by the mentoring service.")


@dataclass(frozen=True)
class Kept:
    """A space with its pairs, read-only and detached; pairs without an order are no part of it."""

    space: Space
    at_work: Sequence[Pair]
    ended: Sequence[Pair]

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Self:
        """The space of these pairs."""
        sharing = list(pairs)
        at_work = [pair for pair in sharing if pair.state in FIXED_STATES]
        return cls(sharing[0].space, at_work, [pair for pair in sharing if pair.state is PairState.ENDED])

    @property
    def wanted(self) -> set[int]:
        """Who belongs into the group now, by Moodle's ids; Moodle enrols no suspended account."""

        def here(person: Person) -> bool:
            return person.status is StaffStatus.ACTIVE and person.employed

        return {person.moodle_user_id for person in _people(self.at_work) if here(person)}

    @property
    def unwanted(self) -> set[int]:
        """Whose pairs have ended, by Moodle's ids."""
        return {person.moodle_user_id for person in set(_people(self.ended)) - set(_people(self.at_work))}


def keep_space(delivery: Delivery) -> None:
    """Bring the group into step with the pairs that share it: made when the first is ordered, with all as members.

    Whose pairs have ended leaves. The group stays with what was written in it, and whoever people have added.

    Who is not on the staff list now is left out: Moodle took them out of the course, and whether they leave is not
    decided yet. When they are back, the next look over the groups puts them in.
    """
    kept, locale = _load(delivery)

    def work() -> None:
        group = delivery.client.group_by_idnumber(delivery.course_id, kept.space.moodle_idnumber)
        if group is None:
            if not kept.at_work:
                return
            group = _create(delivery, kept, locale)
        _keep(delivery, kept.space, group)
        members = set(delivery.client.group_members(group.id))
        if gone := kept.unwanted & members:
            delivery.client.remove_group_members(group.id, gone)
        if missing := kept.wanted - members:
            _add_members(delivery, group, missing)

    _again_if_gone(work)


def look_over(delivery: Delivery) -> None:
    """Ask anew for the group of each space with pairs at work that has none, or lacks a member.

    A teacher may have deleted the group; and a person who drops out of the staff list, by mistake and for an hour, is
    taken out of the course and its groups by Moodle, which doesn't put them back in.
    """
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        pairs = session.scalars(
            select(Pair)
            .where(Pair.school_id == delivery.school_id, Pair.state.in_(FIXED_STATES))
            .order_by(Pair.space_id, Pair.id)
        )
        spaces = [Kept.of(rows) for _, rows in groupby(pairs, key=lambda pair: pair.space_id)]
    groups = {group.idnumber: group for group in delivery.client.course_groups(delivery.course_id)}
    lacking = [kept for kept in spaces if not _stands(delivery, kept, groups.get(kept.space.moodle_idnumber))]
    if not lacking:
        return
    now = delivery.runtime.clock.now()
    with delivery.runtime.db.unit_of_work() as session:
        on_the_way = set(
            session.scalars(
                select(OutboxItem.stream).where(
                    OutboxItem.school_id == delivery.school_id, OutboxItem.state != OutboxState.DELIVERED
                )
            )
        )
        for kept in lacking:
            stream = stream_of(kept.space.id)
            if stream not in on_the_way:
                put(
                    session,
                    delivery.runtime.jobs,
                    school_id=delivery.school_id,
                    stream=stream,
                    kind=KEEP_SPACE,
                    payload={"space_id": kept.space.id},
                    now=now,
                )


def ask_look_over(runtime: Runtime) -> None:
    """Each night: the groups of each connected school with ordered pairs are to be looked over.

    A school has one such item for ever. One that waits or is under way is enough; one that got stuck tries anew.
    """
    with runtime.db.unit_of_work(read_only=True) as session:
        schools = session.scalars(
            select(Pair.school_id)
            .join(MoodleSite, MoodleSite.school_id == Pair.school_id)
            .where(Pair.state.in_(FIXED_STATES), MoodleSite.disabled_at.is_(None))
            .distinct()
            .order_by(Pair.school_id)
        ).all()
    each_school(runtime, schools, partial(_ask_look_over, runtime))


def _ask_look_over(runtime: Runtime, session: Session, school_id: int) -> None:
    now = runtime.clock.now()
    item = session.scalars(
        select(OutboxItem).where(OutboxItem.school_id == school_id, OutboxItem.stream == LOOK_OVER).with_for_update()
    ).one_or_none()
    if item is None:
        put(
            session,
            runtime.jobs,
            school_id=school_id,
            stream=LOOK_OVER,
            kind=LOOK_OVER,
            payload={},
            now=now,
        )
    elif item.state in (OutboxState.DELIVERED, OutboxState.STUCK):
        item.state, item.attempts, item.due_at, item.delivered_at = OutboxState.WAITING, 0, now, None
        runtime.jobs.enqueue(session, DELIVER, item.id)


def _stands(delivery: Delivery, kept: Kept, group: Group | None) -> bool:
    if group is None:
        return False
    try:
        return kept.wanted <= set(delivery.client.group_members(group.id))
    except RecordMissing:
        # Deleted since we listed the groups.
        return False


def _people(pairs: Iterable[Pair]) -> Iterable[Person]:
    return (person for pair in pairs for person in (pair.mentor, pair.mentee))


def _again_if_gone(work: Callable[[], None]) -> None:
    """Look and write; once more when the group, or an account, was deleted between the two."""
    try:
        work()
    except RecordMissing:
        work()


def _load(delivery: Delivery) -> tuple[Kept, str]:
    """The space as it is now, and the school's language."""
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        pairs = session.scalars(
            select(Pair)
            .where(
                Pair.school_id == delivery.school_id,
                Pair.space_id == delivery.payload["space_id"],
                Pair.state.in_((*FIXED_STATES, PairState.ENDED)),
            )
            .order_by(Pair.id)
        ).all()
        locale = session.scalars(select(School.locale).where(School.id == delivery.school_id)).one()
    return Kept.of(pairs), locale


def _create(delivery: Delivery, kept: Kept, locale: str) -> Group:
    plain = _name(kept.at_work, locale)
    description = f"<p>{escape(translate(locale, DESCRIPTION))}</p>"
    try:
        return _create_or_adopt(delivery, kept.space, _free_name(delivery, plain), description)
    except ParameterInvalid:
        # Moodle doesn't say what it disliked: somebody may have taken the name since we looked.
        return _create_or_adopt(delivery, kept.space, _free_name(delivery, plain), description)


def _name(pairs: Sequence[Pair], locale: str) -> str:
    """What the group of these pairs is called."""
    first = pairs[0]
    mentor, mentee = (person.short_name.replace(NBSP, " ") for person in (first.mentor, first.mentee))
    if len(pairs) > 1:
        return translate(locale, NAME_OF_SEVERAL, mentor=mentor)
    return translate(locale, NAME, mentor=mentor, mentee=mentee)


def _free_name(delivery: Delivery, plain: str) -> str:
    """Moodle wants a group's name to be unique in its course, and the same two may have had a pair before."""
    taken = {group.name.casefold() for group in delivery.client.course_groups(delivery.course_id)}
    names = (_numbered(plain, number) for number in count(1))
    return next(name for name in names if name.casefold() not in taken)


def _numbered(plain: str, number: int) -> str:
    suffix = f" ({number})" if number > 1 else ""
    return plain[: LONGEST_NAME - len(suffix)] + suffix


def _create_or_adopt(delivery: Delivery, space: Space, name: str, description: str) -> Group:
    try:
        return delivery.client.create_group(delivery.course_id, name, description, space.moodle_idnumber)
    except IdNumberTaken:
        group = delivery.client.group_by_idnumber(delivery.course_id, space.moodle_idnumber)
        if group is None:
            raise
        return group


def _keep(delivery: Delivery, space: Space, group: Group) -> None:
    if space.moodle_group_id == group.id:
        return
    with delivery.runtime.db.unit_of_work() as session:
        session.execute(
            update(Space)
            .where(Space.school_id == delivery.school_id, Space.id == space.id)
            .values(moodle_group_id=group.id)
        )


def _add_members(delivery: Delivery, group: Group, missing: Collection[int]) -> None:
    try:
        delivery.client.add_group_members(group.id, missing)
    except (ParameterInvalid, MembersNotAdded):
        # Only who is enrolled can be a member; the cohort's enrolment may not have reached them yet.
        enrolled = {person.id for person in delivery.client.users_in_course(delivery.course_id)}
        strangers = set(missing) - enrolled
        if not strangers:
            raise
        delivery.client.enrol(delivery.course_id, delivery.student_role_id, strangers)
        delivery.client.add_group_members(group.id, missing)
