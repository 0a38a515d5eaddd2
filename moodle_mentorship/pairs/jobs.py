"""What the outbox delivers for a pair: its group in Moodle's course, opened by the order and emptied by the end.

Both handlers look at the pair's present state and at Moodle before they write, so they may be repeated after any cut.
Each night the groups are looked over: Moodle itself empties them when people drop out of the staff list for an hour.
"""

from collections.abc import Callable
from functools import partial
from html import escape
from itertools import count

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
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.service import LOOK_OVER, OPEN_SPACE, stream_of
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import NBSP, Person
from moodle_mentorship.school.models import School

#: Moodle's `groups.name` holds 254 characters.
LONGEST_NAME = 254

NAME = N_("Pair: %(mentor)s — %(mentee)s")
DESCRIPTION = N_("The place of a mentor and a mentee in the course. It is kept by the mentoring service.")


def open_space(delivery: Delivery) -> None:
    """Let the ordered pair have its group with both as members. A pair that ended meanwhile gets nothing.

    Who is not on the staff list now is left out: Moodle took them out of the course, and whether they leave is not
    decided yet. When they are back, the next look over the groups puts them in.
    """
    pair, locale = _load(delivery)
    if pair.state not in FIXED_STATES:
        return

    def work() -> None:
        group = delivery.client.group_by_idnumber(delivery.course_id, pair.moodle_idnumber)
        if group is None:
            group = _create(delivery, pair, locale)
        _keep(delivery, pair, group)
        _add_members(delivery, group, _wanted(pair))

    _again_if_gone(work)


def close_space(delivery: Delivery) -> None:
    """Take both out of the group. The group stays with what was written in it, and whoever people have added."""
    pair, _ = _load(delivery)
    if pair.state not in FIXED_STATES:
        _again_if_gone(lambda: _empty(delivery, pair))


def _empty(delivery: Delivery, pair: Pair) -> None:
    group = delivery.client.group_by_idnumber(delivery.course_id, pair.moodle_idnumber)
    if group is None:
        return
    ours = {pair.mentor.moodle_user_id, pair.mentee.moodle_user_id}
    present = ours & set(delivery.client.group_members(group.id))
    if present:
        delivery.client.remove_group_members(group.id, present)


def look_over(delivery: Delivery) -> None:
    """Ask anew for the group of each ordered pair that has none, or lacks a member.

    A teacher may have deleted the group; and a person who drops out of the staff list, by mistake and for an hour, is
    taken out of the course and its groups by Moodle, which doesn't put them back in.
    """
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        pairs = session.scalars(
            select(Pair).where(Pair.school_id == delivery.school_id, Pair.state.in_(FIXED_STATES)).order_by(Pair.id)
        ).all()
    groups = {group.idnumber: group for group in delivery.client.course_groups(delivery.course_id)}
    lacking = [pair.id for pair in pairs if not _stands(delivery, pair, groups.get(pair.moodle_idnumber))]
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
        for pair_id in lacking:
            if stream_of(pair_id) not in on_the_way:
                put(
                    session,
                    delivery.runtime.jobs,
                    school_id=delivery.school_id,
                    stream=stream_of(pair_id),
                    kind=OPEN_SPACE,
                    payload={"pair_id": pair_id},
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


def _stands(delivery: Delivery, pair: Pair, group: Group | None) -> bool:
    if group is None:
        return False
    try:
        return _wanted(pair) <= set(delivery.client.group_members(group.id))
    except RecordMissing:
        # Deleted since we listed the groups.
        return False


def _wanted(pair: Pair) -> set[int]:
    """Who of the two belongs into the group now; Moodle enrols no suspended account."""

    def here(person: Person) -> bool:
        return person.status is StaffStatus.ACTIVE and person.employed

    return {person.moodle_user_id for person in (pair.mentor, pair.mentee) if here(person)}


def _again_if_gone(work: Callable[[], None]) -> None:
    """Look and write; once more when the group, or an account, was deleted between the two."""
    try:
        work()
    except RecordMissing:
        work()


def _load(delivery: Delivery) -> tuple[Pair, str]:
    """The pair as it is now, and the school's language; both read-only, detached."""
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        pair, locale = session.execute(
            select(Pair, School.locale)
            .join(School, School.id == Pair.school_id)
            .where(Pair.school_id == delivery.school_id, Pair.id == delivery.payload["pair_id"])
        ).one()
    return pair, locale


def _create(delivery: Delivery, pair: Pair, locale: str) -> Group:
    names = {
        "mentor": pair.mentor.short_name.replace(NBSP, " "),
        "mentee": pair.mentee.short_name.replace(NBSP, " "),
    }
    plain = translate(locale, NAME, **names)
    description = f"<p>{escape(translate(locale, DESCRIPTION))}</p>"
    try:
        return _create_or_adopt(delivery, pair, _free_name(delivery, plain), description)
    except ParameterInvalid:
        # Moodle doesn't say what it disliked: somebody may have taken the name since we looked.
        return _create_or_adopt(delivery, pair, _free_name(delivery, plain), description)


def _free_name(delivery: Delivery, plain: str) -> str:
    """Moodle wants a group's name to be unique in its course, and the same two may have had a pair before."""
    taken = {group.name.casefold() for group in delivery.client.course_groups(delivery.course_id)}
    names = (_numbered(plain, number) for number in count(1))
    return next(name for name in names if name.casefold() not in taken)


def _numbered(plain: str, number: int) -> str:
    suffix = f" ({number})" if number > 1 else ""
    return plain[: LONGEST_NAME - len(suffix)] + suffix


def _create_or_adopt(delivery: Delivery, pair: Pair, name: str, description: str) -> Group:
    try:
        return delivery.client.create_group(delivery.course_id, name, description, pair.moodle_idnumber)
    except IdNumberTaken:
        group = delivery.client.group_by_idnumber(delivery.course_id, pair.moodle_idnumber)
        if group is None:
            raise
        return group


def _keep(delivery: Delivery, pair: Pair, group: Group) -> None:
    if pair.moodle_group_id == group.id:
        return
    with delivery.runtime.db.unit_of_work() as session:
        session.execute(
            update(Pair)
            .where(Pair.school_id == delivery.school_id, Pair.id == pair.id)
            .values(moodle_group_id=group.id)
        )


def _add_members(delivery: Delivery, group: Group, wanted: set[int]) -> None:
    missing = wanted - set(delivery.client.group_members(group.id))
    if not missing:
        return
    try:
        delivery.client.add_group_members(group.id, missing)
    except (ParameterInvalid, MembersNotAdded):
        # Only who is enrolled can be a member; the cohort's enrolment may not have reached them yet.
        enrolled = {person.id for person in delivery.client.users_in_course(delivery.course_id)}
        strangers = wanted - enrolled
        if not strangers:
            raise
        delivery.client.enrol(delivery.course_id, delivery.student_role_id, strangers)
        delivery.client.add_group_members(group.id, missing)
