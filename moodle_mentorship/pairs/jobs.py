"""What the outbox delivers for a space, the place of one pair or of several in Moodle's course: a group with their
people in it from the order on, in the year's grouping, with a conversation of its own; archived when all have ended.

The handler looks at the pairs' present state and at Moodle before it writes, so it may be repeated after any cut.
Each night the groups are looked over: what Moodle itself has undone is made good, what a human did is noted and left.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape
from itertools import count, groupby

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import among
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import each_school
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.errors import IdNumberTaken, MembersNotAdded, ParameterInvalid, RecordMissing
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.moodle.outbox import DELIVER, Delivery, put
from moodle_mentorship.moodle.results import Group, GroupStates
from moodle_mentorship.pairs.enums import FIXED_STATES, Mark, PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair, Space, SpaceMember, YearGrouping
from moodle_mentorship.pairs.service import KEEP_SPACE, LOOK_OVER, stream_of
from moodle_mentorship.pairs.spaces import Difference, Kept, Seen, compare, is_named, numbered
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School, SchoolYear
from moodle_mentorship.surveys.queries import theme_titles

DESCRIPTION = N_("The place of a mentor and a mentee in the course. It is kept by the mentoring service.")
YEAR = N_("Mentoring %(year)s")
YEAR_DESCRIPTION = N_("The groups of pairs of one school year. It is kept by the mentoring service.")


def keep_space(delivery: Delivery) -> None:
    """Bring the group into step with the pairs that share it: made when the first is ordered, with all as members;
    whose pairs have ended leaves; archived when nobody's goes on.

    What people have changed by hand stays, unless the item asks to `restore` it. Who is not on the staff list now is
    left out: Moodle took them out of the course, and whether they leave is not decided yet.
    """
    work = _bring_into_step if _load(delivery).at_work else _archive
    try:
        work(delivery)
    except RecordMissing:
        # The group, or an account, was deleted since we looked.
        work(delivery)


def look_over(delivery: Delivery) -> None:
    """Compare each group of pairs at work with what it should be: note what people have changed, ask for what is ours
    to do. What has an item on its way is left to it.
    """
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        on_the_way = _on_the_way(session, delivery.school_id)
        spaces = [kept for kept in _at_work(session, delivery.school_id) if _stream(kept) not in on_the_way]
        groupings = _idnumbers(session, delivery.school_id)
    if not spaces:
        return
    client, course_id = delivery.client, delivery.course_id
    groups = {group.idnumber: group for group in client.course_groups(course_id)}
    found = {kept.space.id: groups.get(kept.space.moodle_idnumber) for kept in spaces}
    people = sorted({id_ for kept in spaces for id_ in kept.wanted})
    # Before the members: who is put in between is none whom we miss.
    states = client.group_states([group.id for group in found.values() if group], people)
    ids = {} if states is None else _grouping_ids(delivery, groupings)
    for kept in spaces:
        group, grouping_id = found[kept.space.id], ids.get(kept.year.start)
        try:
            members = frozenset(client.group_members(group.id)) if group else frozenset()
        except RecordMissing:
            # Deleted since we listed the groups.
            group, members = None, frozenset()
        seen = Seen(course_id, group, members, states, grouping_id)
        difference = compare(kept, seen)
        with delivery.runtime.db.unit_of_work() as session:
            if _stream(kept) in _on_the_way(session, delivery.school_id):
                continue
            _note(session, delivery, kept, seen, difference)
            if difference.to_do:
                put(
                    session,
                    delivery.runtime.jobs,
                    school_id=delivery.school_id,
                    stream=_stream(kept),
                    kind=KEEP_SPACE,
                    payload={"space_id": kept.space.id},
                    now=delivery.runtime.clock.now(),
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


# What is -----------------------------------------------------------------------------------------------------------


def _load(delivery: Delivery) -> Kept:
    """The space as it is now."""
    space_id = delivery.payload["space_id"]
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        pairs = session.scalars(
            select(Pair)
            .where(
                Pair.school_id == delivery.school_id,
                Pair.space_id == space_id,
                Pair.state.in_((*FIXED_STATES, PairState.ENDED)),
            )
            .order_by(Pair.id)
        ).all()
        [kept] = _spaces(session, delivery.school_id, pairs)
        return kept


def _at_work(session: Session, school_id: int) -> Sequence[Kept]:
    """The spaces of a school with pairs at work."""
    busy = select(Pair.space_id).where(Pair.school_id == school_id, Pair.state.in_(FIXED_STATES))
    pairs = session.scalars(
        select(Pair)
        .where(
            Pair.school_id == school_id,
            Pair.space_id.in_(busy),
            Pair.state.in_((*FIXED_STATES, PairState.ENDED)),
        )
        .order_by(Pair.space_id, Pair.id)
    ).all()
    return list(_spaces(session, school_id, pairs))


def _spaces(session: Session, school_id: int, pairs: Sequence[Pair]) -> Iterator[Kept]:
    """Pairs that come in the order of their spaces."""
    locale = session.scalars(select(School.locale).where(School.id == school_id)).one()
    marks: dict[int, dict[int, Mark]] = {}
    members = select(SpaceMember).where(SpaceMember.school_id == school_id)
    for row in session.scalars(members.where(among(SpaceMember.space_id, {pair.space_id for pair in pairs}))):
        marks.setdefault(row.space_id, {})[row.person_id] = row.mark
    titles = theme_titles(session, school_id)
    groups = session.execute(
        select(MentoringGroup.id, MentoringGroup.theme).where(
            MentoringGroup.school_id == school_id, among(MentoringGroup.id, {pair.group_id or 0 for pair in pairs})
        )
    )
    themes = {group_id: titles.get(theme, theme) for group_id, theme in groups}
    for space_id, rows in groupby(pairs, key=lambda pair: pair.space_id):
        sharing = list(rows)
        yield Kept.of(sharing, marks.get(space_id, {}), themes.get(sharing[0].group_id or 0), locale)


def _on_the_way(session: Session, school_id: int) -> set[str]:
    """The streams in which something waits to be delivered."""
    return set(
        session.scalars(
            select(OutboxItem.stream).where(
                OutboxItem.school_id == school_id, OutboxItem.state != OutboxState.DELIVERED
            )
        )
    )


def _stream(kept: Kept) -> str:
    return stream_of(kept.space.id)


def _see(delivery: Delivery, kept: Kept) -> Seen:
    client, course_id = delivery.client, delivery.course_id
    group = client.group_by_idnumber(course_id, kept.space.moodle_idnumber)
    if group is None:
        return Seen(course_id, None)
    # Before the members: who is put in between is none whom we miss.
    states = client.group_states([group.id], sorted(kept.wanted))
    ids = {} if states is None else _grouping_ids(delivery, _load_idnumbers(delivery))
    members = frozenset(client.group_members(group.id))
    return Seen(course_id, group, members, states, ids.get(kept.year.start))


def _note(session: Session, delivery: Delivery, kept: Kept, seen: Seen, difference: Difference) -> None:
    """Keep what stands as ours, and what people have changed; the moment is that of the first look that found it so."""
    rows = {
        row.person_id: row
        for row in session.scalars(
            select(SpaceMember).where(
                SpaceMember.school_id == delivery.school_id, SpaceMember.space_id == kept.space.id
            )
        )
    }
    guests = {
        person.moodle_user_id: person.id
        for person in session.scalars(
            select(Person).where(
                Person.school_id == delivery.school_id, Person.moodle_user_id.in_(sorted(difference.guests))
            )
        )
    }
    marks: dict[int, Mark] = {person.id: Mark.PLACED for id_, person in kept.ours.items() if id_ in seen.members}
    marks |= {kept.ours[id_].id: Mark.TAKEN_OUT for id_ in difference.taken_out}
    marks |= dict.fromkeys(guests.values(), Mark.GUEST)
    space = session.scalars(
        select(Space).where(Space.school_id == delivery.school_id, Space.id == kept.space.id).with_for_update()
    ).one()
    before = (set(space.noticed), space.found_name, space.strangers, _by_hand(rows))
    if seen.group is not None:
        _note_ours(space, kept, seen)
        if not difference.missing:
            space.settled_at = _moment(delivery, seen.states)
        for person_id, mark in marks.items():
            if person_id in rows:
                rows[person_id].mark = mark
            else:
                session.add(SpaceMember(school_id=space.school_id, space_id=space.id, person_id=person_id, mark=mark))
        for person_id in rows.keys() - marks.keys():
            session.delete(rows.pop(person_id))
    space.noticed = [code.value for code in difference.noticed]
    space.found_name, space.strangers = difference.found_name, len(difference.guests) - len(guests)
    theirs = {person_id: mark for person_id, mark in marks.items() if mark is not Mark.PLACED}
    if not space.noticed:
        space.noticed_at = space.left_at = None
    elif before != (set(space.noticed), space.found_name, space.strangers, theirs):
        space.noticed_at, space.left_at = delivery.runtime.clock.now(), None


def _note_ours(space: Space, kept: Kept, seen: Seen) -> None:
    assert seen.group is not None
    if space.moodle_course_id != seen.course_id:
        space.grouped = space.conversing = False
    space.moodle_group_id, space.moodle_course_id, space.archived_at = seen.group.id, seen.course_id, None
    if is_named(seen.group.name, kept.name):
        space.moodle_name = seen.group.name
    if seen.state is not None:
        space.grouped = space.grouped or seen.grouping_id in seen.state.groupings
        space.conversing = space.conversing or seen.state.conversation


def _by_hand(rows: Mapping[int, SpaceMember]) -> dict[int, Mark]:
    return {person_id: row.mark for person_id, row in rows.items() if row.mark is not Mark.PLACED}


def _moment(delivery: Delivery, states: GroupStates | None) -> datetime:
    return delivery.runtime.clock.now() if states is None else datetime.fromtimestamp(states.time, UTC)


# What is done ------------------------------------------------------------------------------------------------------


def _bring_into_step(delivery: Delivery) -> None:
    kept = _load(delivery)
    restore = bool(delivery.payload.get("restore"))
    seen = _see(delivery, kept)
    difference = compare(kept, seen)
    if difference.make or (restore and difference.gone):
        _make(delivery, kept)
        kept = _load(delivery)
        seen = _see(delivery, kept)
        difference = compare(kept, seen)
    if seen.group is not None and (difference.to_do or (restore and difference.noticed)):
        _change(delivery, kept, seen.group, seen, difference, restore=restore)
        kept = _load(delivery)
        seen = _see(delivery, kept)
        difference = compare(kept, seen)
    with delivery.runtime.db.unit_of_work() as session:
        _note(session, delivery, kept, seen, difference)


def _change(delivery: Delivery, kept: Kept, group: Group, seen: Seen, difference: Difference, *, restore: bool) -> None:
    """Do what is ours; with `restore` also undo what people have done."""
    client = delivery.client
    if gone := difference.leaving | (difference.guests if restore else frozenset()):
        client.remove_group_members(group.id, gone)
    if missing := difference.missing | (difference.taken_out if restore else frozenset()):
        _add_members(delivery, group, missing)
    renamed = difference.rename or (restore and difference.found_name is not None)
    if renamed:
        _rename(delivery, group, kept.name)
    if difference.group_it or (restore and difference.ungrouped):
        client.assign_grouping(_year_grouping(delivery, kept), group.id)
    silent = difference.converse or (restore and difference.silenced)
    if silent or (renamed and seen.state is not None and seen.state.conversation):
        client.set_conversation(group.id, enabled=True)


def _archive(delivery: Delivery) -> None:
    """Take out whom we put in, say in the name that it is over, switch the conversation off. The group stays with what
    was written in it, and whoever people have added. Done once: they may put the two back in to read."""
    kept = _load(delivery)
    if kept.space.archived_at is not None:
        return
    seen = _see(delivery, kept)
    name = kept.space.moodle_name
    if seen.group is not None:
        if present := kept.leaving & seen.members:
            delivery.client.remove_group_members(seen.group.id, present)
        if is_named(seen.group.name, kept.name):
            name = seen.group.name
        elif kept.space.moodle_name in (None, seen.group.name):
            name = _rename(delivery, seen.group, kept.name)
        if seen.state is not None and seen.state.conversation:
            delivery.client.set_conversation(seen.group.id, enabled=False)
    with delivery.runtime.db.unit_of_work() as session:
        space = session.scalars(
            select(Space).where(Space.school_id == delivery.school_id, Space.id == kept.space.id)
        ).one()
        if seen.group is not None:
            space.moodle_group_id, space.moodle_course_id = seen.group.id, seen.course_id
        space.moodle_name, space.conversing, space.archived_at = name, False, delivery.runtime.clock.now()
        space.noticed, space.found_name, space.strangers = [], None, 0
        space.noticed_at = space.left_at = None
        session.execute(
            delete(SpaceMember).where(
                SpaceMember.school_id == delivery.school_id, SpaceMember.space_id == kept.space.id
            )
        )


def _make(delivery: Delivery, kept: Kept) -> None:
    description = f"<p>{escape(translate(kept.locale, DESCRIPTION))}</p>"
    try:
        group = _create_or_adopt(delivery, kept.space, _free_name(delivery, kept.name), description)
    except ParameterInvalid:
        # Moodle doesn't say what it disliked: somebody may have taken the name since we looked.
        group = _create_or_adopt(delivery, kept.space, _free_name(delivery, kept.name), description)
    _keep(delivery, kept.space, group)


def _keep(delivery: Delivery, space: Space, group: Group) -> None:
    """A group that was made now knows nothing of an earlier one."""
    school_id = delivery.school_id
    with delivery.runtime.db.unit_of_work() as session:
        session.execute(
            update(Space)
            .where(Space.school_id == school_id, Space.id == space.id)
            .values(
                moodle_group_id=group.id,
                moodle_course_id=delivery.course_id,
                moodle_name=group.name,
                grouped=False,
                conversing=False,
                settled_at=None,
            )
        )
        session.execute(delete(SpaceMember).where(SpaceMember.school_id == school_id, SpaceMember.space_id == space.id))


def _create_or_adopt(delivery: Delivery, space: Space, name: str, description: str) -> Group:
    try:
        return delivery.client.create_group(delivery.course_id, name, description, space.moodle_idnumber)
    except IdNumberTaken:
        group = delivery.client.group_by_idnumber(delivery.course_id, space.moodle_idnumber)
        if group is None:
            raise
        return group


def _rename(delivery: Delivery, group: Group, plain: str) -> str:
    name = _free_name(delivery, plain)
    delivery.client.update_group(group.id, name)
    return name


def _free_name(delivery: Delivery, plain: str) -> str:
    """Moodle wants a group's name to be unique in its course, and the same two may have had a pair before."""
    return _free(plain, (group.name for group in delivery.client.course_groups(delivery.course_id)))


def _free(plain: str, names: Iterable[str]) -> str:
    taken = {name.casefold() for name in names}
    return next(name for name in map(partial(numbered, plain), count(1)) if name.casefold() not in taken)


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


# The year's grouping -----------------------------------------------------------------------------------------------


def _idnumbers(session: Session, school_id: int) -> dict[int, str]:
    """Our handles on the groupings, by the years' beginnings."""
    rows = session.scalars(select(YearGrouping).where(YearGrouping.school_id == school_id))
    return {row.year_start: row.moodle_idnumber for row in rows}


def _load_idnumbers(delivery: Delivery) -> dict[int, str]:
    with delivery.runtime.db.unit_of_work(read_only=True) as session:
        return _idnumbers(session, delivery.school_id)


def _grouping_ids(delivery: Delivery, idnumbers: Mapping[int, str]) -> dict[int, int]:
    """Those of the groupings that stand in Moodle."""
    if not idnumbers:
        return {}
    found = {row.idnumber: row.id for row in delivery.client.course_groupings(delivery.course_id)}
    return {start: found[idnumber] for start, idnumber in idnumbers.items() if idnumber in found}


def _year_grouping(delivery: Delivery, kept: Kept) -> int:
    """The grouping of the pairs' year, made if it doesn't stand (any more)."""
    idnumber = _idnumber(delivery, kept.year)
    try:
        return _create_or_adopt_grouping(delivery, kept, idnumber)
    except (ParameterInvalid, IdNumberTaken):
        # Somebody may have taken the name, or another worker made it, since we looked.
        return _create_or_adopt_grouping(delivery, kept, idnumber)


def _create_or_adopt_grouping(delivery: Delivery, kept: Kept, idnumber: str) -> int:
    there = delivery.client.course_groupings(delivery.course_id)
    for grouping in there:
        if grouping.idnumber == idnumber:
            return grouping.id
    name = _free(translate(kept.locale, YEAR, year=kept.year.label), (grouping.name for grouping in there))
    description = f"<p>{escape(translate(kept.locale, YEAR_DESCRIPTION))}</p>"
    return delivery.client.create_grouping(delivery.course_id, name, description, idnumber).id


def _idnumber(delivery: Delivery, year: SchoolYear) -> str:
    """Our handle on the grouping of a year, from now on."""
    with delivery.runtime.db.unit_of_work() as session:
        try:
            with session.begin_nested():
                session.add(YearGrouping(school_id=delivery.school_id, year_start=year.start))
        except IntegrityError:
            pass
        return _idnumbers(session, delivery.school_id)[year.start]
