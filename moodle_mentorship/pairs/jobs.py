"""What the outbox delivers for a pair: its group in Moodle's course, opened by the order and emptied by the end.

Both handlers look at the pair's present state and at Moodle before they write, so they may be repeated after any cut.
"""

from html import escape
from itertools import count

from sqlalchemy import select, update

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.moodle.errors import IdNumberTaken, MembersNotAdded, ParameterInvalid
from moodle_mentorship.moodle.outbox import Delivery
from moodle_mentorship.moodle.results import Group
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import NBSP
from moodle_mentorship.school.models import School

#: Moodle's `groups.name` holds 254 characters.
LONGEST_NAME = 254

NAME = N_("Pair: %(mentor)s — %(mentee)s")
DESCRIPTION = N_("The place of a mentor and a mentee in the course. It is kept by the mentoring service.")


def open_space(delivery: Delivery) -> None:
    """Let the ordered pair have its group with both as members. A pair that ended meanwhile gets nothing."""
    pair, locale = _load(delivery)
    if pair.state is not PairState.ORDERED:
        return
    group = delivery.client.group_by_idnumber(delivery.course_id, pair.moodle_idnumber)
    if group is None:
        group = _create(delivery, pair, locale)
    _keep(delivery, pair, group)
    _add_members(delivery, group, {pair.mentor.moodle_user_id, pair.mentee.moodle_user_id})


def close_space(delivery: Delivery) -> None:
    """Take both out of the group. The group stays with what was written in it, and whoever people have added."""
    pair, _ = _load(delivery)
    if pair.state is PairState.ORDERED:
        return
    group = delivery.client.group_by_idnumber(delivery.course_id, pair.moodle_idnumber)
    if group is None:
        return
    ours = {pair.mentor.moodle_user_id, pair.mentee.moodle_user_id}
    present = ours & set(delivery.client.group_members(group.id))
    if present:
        delivery.client.remove_group_members(group.id, present)


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
