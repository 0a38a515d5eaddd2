"""What people change by hand in a pair's group is noticed and shown, not fought; the group follows its pairs."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.state import DemoGroup, DemoGrouping, Fault
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.pairs import jobs, service, spaces
from moodle_mentorship.pairs.enums import Mark
from moodle_mentorship.pairs.models import Pair, Space, SpaceMember, YearGrouping
from moodle_mentorship.people.enums import StaffStatus
from tests.conftest import NOW
from tests.factories import make_mentee, make_person
from tests.pairs.conftest import Two
from tests.pairs.groups.conftest import Several
from tests.pairs.test_jobs import Course, end, settled, several, waiting

NAME = "Пара: Белова М. П. — Зайцев П. А."


@pytest.fixture
def course(runtime: Runtime, two: Two) -> Course:
    return Course(runtime, two)


@pytest.fixture
def pair(course: Course, two: Two) -> Pair:
    """At work, with its group, all of whose people are where they belong."""
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    settled(two)
    return pair


@pytest.fixture
def group(course: Course, pair: Pair) -> DemoGroup:
    [group] = course.groups()
    return group


def grouping_of(course: Course) -> DemoGrouping:
    [grouping] = course.moodle.groupings.values()
    return grouping


def look(course: Course, pair: Pair) -> list[str]:
    """What the next look over the groups notices."""
    course.deliver(jobs.look_over, pair)
    return list(pair.space.noticed)


def marks(two: Two) -> dict[int, Mark]:
    return {row.person_id: row.mark for row in two.session.scalars(select(SpaceMember))}


def writes(course: Course) -> dict[str, int]:
    reading = ("core_group_get", "local_mentorship_get", "core_enrol_get")
    return {name: number for name, number in course.moodle.calls.items() if not name.startswith(reading)}


# The year's grouping, the conversation ---------------------------------------------------------------------------


def test_the_group_stands_in_the_grouping_of_its_year_and_has_a_conversation(
    course: Course, two: Two, pair: Pair, group: DemoGroup
) -> None:
    grouping = grouping_of(course)
    row = two.session.scalars(select(YearGrouping)).one()
    assert (grouping.name, grouping.idnumber, grouping.groups) == (
        "Наставничество 2026/27",
        row.moodle_idnumber,
        {group.id},
    )
    assert row.year_start == 2026
    assert group.conversation
    space = pair.space
    assert (space.moodle_name, space.grouped, space.conversing, space.noticed) == (NAME, True, True, [])
    assert marks(two) == {two.mentor.id: Mark.PLACED, two.mentee.id: Mark.PLACED}


def test_all_groups_of_a_year_stand_in_one_grouping(course: Course, two: Two, pair: Pair) -> None:
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    course.deliver(jobs.keep_space, two.ordered())
    assert grouping_of(course).groups == {group.id for group in course.groups()}
    assert len(course.groups()) == 2


def test_a_stranger_s_grouping_of_that_name_is_not_adopted(course: Course, two: Two) -> None:
    course.moodle.add_grouping("Наставничество 2026/27", "teachers-own")
    course.deliver(jobs.keep_space, two.ordered())
    theirs, ours = course.moodle.groupings.values()
    assert (theirs.groups, ours.name) == (set(), "Наставничество 2026/27 (2)")


WRITES = [
    Function.CREATE_GROUPS,
    Function.ADD_GROUP_MEMBERS,
    Function.CREATE_GROUPINGS,
    Function.ASSIGN_GROUPING,
    Function.SET_GROUP_CONVERSATION,
]


@pytest.mark.parametrize("function", WRITES)
def test_each_lost_answer_is_made_good_by_the_repeat(course: Course, two: Two, function: Function) -> None:
    pair = two.ordered()
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=function.value, times=4)
    with pytest.raises(errors.NoAnswer):
        course.deliver(jobs.keep_space, pair)
    course.moodle.clear_faults()
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.name, group.members, group.conversation) == (NAME, course.both, True)
    assert grouping_of(course).groups == {group.id}
    settled(two)
    before = writes(course)
    assert look(course, pair) == []
    assert (writes(course), waiting_only(two)) == (before, [])


def waiting_only(two: Two) -> list[str]:
    return [item.stream for item in waiting(two, service.KEEP_SPACE) if item.state.value == "waiting"]


def test_a_site_without_messages_has_groups_without_conversations(course: Course, two: Two) -> None:
    course.moodle.messaging = False
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.members, group.conversation, pair.space.conversing) == (course.both, False, False)
    settled(two)
    assert look(course, pair) == []
    # Switched on, the conversation is ours to open.
    course.moodle.messaging = True
    assert look(course, pair) == []
    course.deliver(jobs.keep_space, pair)
    assert group.conversation


def test_an_older_plugin_gives_the_group_alone(course: Course, two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course.client, "group_states", lambda *_: None)
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.members, group.conversation, course.moodle.groupings) == (course.both, False, {})
    settled(two)
    # Nobody can tell a hand from Moodle's own doing: it is made good, as ever.
    group.members.discard(two.mentee.moodle_user_id)
    assert look(course, pair) == []
    course.deliver(jobs.keep_space, pair)
    assert group.members == course.both


# Names -------------------------------------------------------------------------------------------------------------


def test_the_group_follows_the_people_s_names(course: Course, two: Two, pair: Pair, group: DemoGroup) -> None:
    two.mentee.last_name = "Орлов"
    assert look(course, pair) == []
    course.deliver(jobs.keep_space, pair)
    assert (group.name, pair.space.moodle_name) == ("Пара: Белова М. П. — Орлов П. А.",) * 2
    assert group.conversation
    settled(two)
    assert (look(course, pair), waiting_only(two)) == ([], [])


def test_a_rename_whose_answer_was_lost_is_still_ours(course: Course, two: Two, pair: Pair, group: DemoGroup) -> None:
    two.mentee.last_name = "Орлов"
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=Function.UPDATE_GROUPS.value, times=4)
    with pytest.raises(errors.NoAnswer):
        course.deliver(jobs.keep_space, pair)
    course.moodle.clear_faults()
    settled(two)
    assert look(course, pair) == []
    assert pair.space.moodle_name == group.name == "Пара: Белова М. П. — Орлов П. А."


def test_a_name_that_somebody_gave_stays(course: Course, two: Two, pair: Pair, group: DemoGroup) -> None:
    group.name = "Наша пара"
    two.mentee.last_name = "Орлов"
    assert look(course, pair) == ["renamed"]
    assert (pair.space.found_name, waiting_only(two)) == ("Наша пара", [])
    course.deliver(jobs.keep_space, pair)
    assert (group.name, pair.space.noticed) == ("Наша пара", ["renamed"])

    course.deliver(jobs.keep_space, pair, restore=True)
    assert group.name == "Пара: Белова М. П. — Орлов П. А."
    assert (pair.space.noticed, pair.space.noticed_at, pair.space.found_name) == ([], None, None)


def test_a_number_behind_the_name_is_no_other_name() -> None:
    assert spaces.is_named("Пара: А — Б (2)", "Пара: А — Б")
    assert not spaces.is_named("Пара: А — Б (новая)", "Пара: А — Б")
    assert not spaces.is_named("Пара: А — В (2)", "Пара: А — Б")
    long = "ы" * 300
    assert all(spaces.is_named(spaces.numbered(long, number), long) for number in (1, 2, 10))


# Members -----------------------------------------------------------------------------------------------------------


def test_a_member_whom_somebody_took_out_is_shown_and_not_put_back(
    course: Course, two: Two, pair: Pair, group: DemoGroup
) -> None:
    group.members.discard(two.mentee.moodle_user_id)
    for _ in range(2):
        assert look(course, pair) == ["taken_out"]
        course.deliver(jobs.keep_space, pair)
        assert group.members == {two.mentor.moodle_user_id}
    assert marks(two)[two.mentee.id] is Mark.TAKEN_OUT
    assert waiting_only(two) == []
    course.deliver(jobs.keep_space, pair, restore=True)
    assert (group.members, pair.space.noticed) == (course.both, [])
    assert marks(two)[two.mentee.id] is Mark.PLACED


def test_who_was_taken_out_and_then_left_the_staff_list_for_an_hour_is_put_in_again(
    course: Course, two: Two, pair: Pair, group: DemoGroup
) -> None:
    """Their enrolment is younger than our last look: Moodle itself has emptied their groups."""
    for _ in range(2):
        course.time += 3600
        course.moodle.remove_from_cohort(two.mentee.moodle_user_id)
        course.moodle.add_to_cohort(two.mentee.moodle_user_id)
        assert look(course, pair) == []
        course.deliver(jobs.keep_space, pair)
        assert group.members == course.both
        settled(two)


def test_whose_departure_waits_is_neither_missed_nor_shown(
    course: Course, two: Two, pair: Pair, group: DemoGroup
) -> None:
    course.moodle.remove_from_cohort(two.mentee.moodle_user_id)
    course.moodle.add_to_cohort(two.mentee.moodle_user_id)
    two.mentee.status = StaffStatus.LEAVING
    assert (look(course, pair), waiting_only(two)) == ([], [])
    # Enrolled before that look, and known to us as back after it.
    two.mentee.status = StaffStatus.ACTIVE
    assert look(course, pair) == []
    course.deliver(jobs.keep_space, pair)
    assert group.members == course.both


def test_guests_are_shown_and_stay(course: Course, two: Two, pair: Pair, group: DemoGroup) -> None:
    colleague = two.school.teachers[2]
    course.account(colleague)
    pupil = course.moodle.add_user("pupil", "Школьник", "Вася")
    group.members |= {colleague.moodle_user_id, pupil.id}
    assert look(course, pair) == ["guests"]
    assert (marks(two)[colleague.id], pair.space.strangers) == (Mark.GUEST, 1)
    course.deliver(jobs.keep_space, pair)
    assert group.members == course.both | {colleague.moodle_user_id, pupil.id}
    group.members -= {colleague.moodle_user_id, pupil.id}
    assert (look(course, pair), pair.space.strangers) == ([], 0)
    assert set(marks(two).values()) == {Mark.PLACED}
    group.members |= {pupil.id}
    course.deliver(jobs.keep_space, pair, restore=True)
    assert group.members == course.both


# The group, its grouping, its conversation -------------------------------------------------------------------------


def remove(course: Course, group: DemoGroup) -> None:
    del course.moodle.groups[group.id]
    grouping_of(course).groups.discard(group.id)


def drop_grouping(course: Course, group: DemoGroup) -> None:
    course.moodle.groupings.clear()


def ungroup(course: Course, group: DemoGroup) -> None:
    grouping_of(course).groups.discard(group.id)


def silence(course: Course, group: DemoGroup) -> None:
    group.conversation = False


@pytest.mark.parametrize(
    ("act", "code"),
    [(remove, "gone"), (ungroup, "ungrouped"), (drop_grouping, "ungrouped"), (silence, "silenced")],
)
def test_what_somebody_undid_is_shown_until_it_is_restored(
    course: Course, two: Two, pair: Pair, group: DemoGroup, act: Callable[[Course, DemoGroup], None], code: str
) -> None:
    act(course, group)
    before = writes(course)
    for _ in range(2):
        assert look(course, pair) == [code]
        course.deliver(jobs.keep_space, pair)
        assert pair.space.noticed == [code]
    assert (writes(course), waiting_only(two)) == (before, [])
    course.deliver(jobs.keep_space, pair, restore=True)
    [again] = course.groups()
    assert (again.name, again.members, again.conversation) == (NAME, course.both, True)
    assert grouping_of(course).groups == {again.id}
    assert (pair.space.noticed, pair.space.moodle_group_id) == ([], again.id)
    settled(two)
    assert (look(course, pair), waiting_only(two)) == ([], [])


@pytest.mark.parametrize("function", WRITES)
def test_a_restoring_that_was_cut_is_repeated(
    course: Course, two: Two, pair: Pair, group: DemoGroup, function: Function
) -> None:
    del course.moodle.groups[group.id]
    course.moodle.groupings.clear()
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=function.value, times=4)
    with pytest.raises(errors.NoAnswer):
        course.deliver(jobs.keep_space, pair, restore=True)
    course.moodle.clear_faults()
    course.deliver(jobs.keep_space, pair, restore=True)
    [again] = course.groups()
    assert (again.name, again.members, again.conversation) == (NAME, course.both, True)
    assert grouping_of(course).groups == {again.id}
    assert pair.space.noticed == []


def test_what_is_noticed_keeps_its_moment_until_it_changes(
    course: Course, two: Two, pair: Pair, group: DemoGroup, clock: FixedClock
) -> None:
    group.name = "Наша пара"
    look(course, pair)
    assert pair.space.noticed_at == NOW
    pair.space.left_at = NOW
    clock.move_to(NOW + timedelta(days=1))
    look(course, pair)
    assert {pair.space.noticed_at, pair.space.left_at} == {NOW}
    group.members.discard(two.mentee.moodle_user_id)
    assert look(course, pair) == ["renamed", "taken_out"]
    assert two.session.execute(select(Space.noticed_at, Space.left_at)).one() == (NOW + timedelta(days=1), None)


@pytest.mark.parametrize("function", [Function.GET_GROUP_MEMBERS, Function.ADD_GROUP_MEMBERS])
def test_a_group_that_is_deleted_while_we_fill_it_is_gone(
    course: Course, two: Two, monkeypatch: pytest.MonkeyPatch, function: Function
) -> None:
    pair = two.ordered()
    call, deletions = course.client.call, 0

    def after_somebody(asked: Function, parameters: Mapping[str, object]) -> object:
        nonlocal deletions
        if asked is function and not deletions:
            deletions = 1
            course.moodle.groups.clear()
        return call(asked, parameters)

    monkeypatch.setattr(course.client, "call", after_somebody)
    course.deliver(jobs.keep_space, pair)
    assert (deletions, course.groups(), pair.space.noticed) == (1, [], ["gone"])


def test_groups_that_stand_cost_four_reads_and_no_item(course: Course, two: Two, pair: Pair) -> None:
    course.moodle.calls.clear()
    assert look(course, pair) == []
    assert waiting_only(two) == []
    assert dict(course.moodle.calls) == {
        Function.GET_COURSE_GROUPS.value: 1,
        Function.GET_GROUPS.value: 1,
        Function.GET_COURSE_GROUPINGS.value: 1,
        Function.GET_GROUP_MEMBERS.value: 1,
    }


def test_another_course_gets_groups_of_its_own(course: Course, two: Two, pair: Pair) -> None:
    """The school was connected anew with another course: there nobody has deleted anything."""
    pair.space.moodle_course_id = 77
    course.moodle.groups.clear()
    course.moodle.groupings.clear()
    assert look(course, pair) == []
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.members, group.conversation, pair.space.noticed) == (course.both, True, [])
    assert grouping_of(course).groups == {group.id}


# The end -----------------------------------------------------------------------------------------------------------


def test_the_end_archives_the_group(course: Course, two: Two, pair: Pair, group: DemoGroup) -> None:
    guest = course.moodle.add_user("guest", "Гость", "Пётр", staff=True)
    group.members.add(guest.id)
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    assert (group.name, group.members, group.conversation) == (f"Архив. {NAME}", {guest.id}, False)
    assert (pair.space.archived_at, pair.space.moodle_name, marks(two)) == (NOW, group.name, {})
    assert grouping_of(course).groups == {group.id}
    # They may be put back in, to read what was written.
    group.members |= course.both
    before = writes(course)
    course.deliver(jobs.keep_space, pair)
    course.deliver(jobs.look_over, pair)
    assert (writes(course), group.members, pair.space.noticed) == (before, course.both | {guest.id}, [])


ENDING = [Function.DELETE_GROUP_MEMBERS, Function.UPDATE_GROUPS, Function.SET_GROUP_CONVERSATION]


@pytest.mark.parametrize("function", ENDING)
def test_an_archiving_that_was_cut_is_repeated(
    course: Course, two: Two, pair: Pair, group: DemoGroup, function: Function
) -> None:
    end(two, pair)
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=function.value, times=4)
    with pytest.raises(errors.NoAnswer):
        course.deliver(jobs.keep_space, pair)
    course.moodle.clear_faults()
    course.deliver(jobs.keep_space, pair)
    assert (group.name, group.members, group.conversation) == (f"Архив. {NAME}", set(), False)
    assert pair.space.moodle_name == group.name


def test_the_end_leaves_a_name_that_somebody_gave(course: Course, two: Two, pair: Pair, group: DemoGroup) -> None:
    group.name = "Наша пара"
    look(course, pair)
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    assert (group.name, group.members, pair.space.noticed) == ("Наша пара", set(), [])


def test_the_last_pair_of_several_archives_their_group(course: Course, two: Two) -> None:
    course.account(two.school.teachers[2])
    first, second = several(two, 2)
    course.deliver(jobs.keep_space, second)
    [group] = course.groups()
    third = two.school.teachers[2].moodle_user_id
    end(two, first)
    course.deliver(jobs.keep_space, first)
    assert (group.members, group.conversation) == ({two.mentor.moodle_user_id, third}, True)
    # Put back by somebody who wants them to read along, they are a guest.
    settled(two)
    group.members.add(two.mentee.moodle_user_id)
    first.closed_at = datetime.fromtimestamp(course.time - 1800, UTC)
    first.space.settled_at = datetime.fromtimestamp(course.time, UTC)
    assert look(course, second) == ["guests"]
    assert marks(two)[two.mentee.id] is Mark.GUEST
    end(two, second)
    course.deliver(jobs.keep_space, first)
    assert (group.members, group.conversation) == ({two.mentee.moodle_user_id}, False)
    assert group.name.startswith("Архив. ")


def test_a_pair_that_joins_an_archived_group_opens_it_again(course: Course, two: Two, pair: Pair) -> None:
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    again = two.ordered()
    again.space = pair.space
    course.deliver(jobs.keep_space, again)
    [group] = course.groups()
    assert (group.name, group.members, group.conversation) == (NAME, course.both, True)
    assert pair.space.archived_at is None


def test_a_mentoring_group_has_one_group_named_by_its_theme(course: Course, two: Two) -> None:
    names = ("Белкина Яна Юрьевна", "Волков Ян Юрьевич", "Громова Ия Юрьевна")
    mentees = [
        make_person(two.session, two.school.id, 500 + number, name, now=NOW, hire_date=date(2026, 9, 1))
        for number, name in enumerate(names)
    ]
    for person in mentees:
        make_mentee(two.session, person, NOW)
        course.account(person)
    several = Several(two.session, two.school, two.mentor, mentees)
    group = several.ordered()
    first, *others = several.members(group)
    course.deliver(jobs.keep_space, first)
    [found] = course.groups()
    everybody = {two.mentor.moodle_user_id, *(person.moodle_user_id for person in mentees)}
    assert (found.name, found.members) == ("Группа: Дисциплина на уроке — Белова М. П.", everybody)
    settled(two)
    assert (look(course, first), waiting_only(two)) == ([], [])
    # One member's end is not the group's.
    end(two, first)
    course.deliver(jobs.keep_space, first)
    assert found.members == everybody - {first.mentee.moodle_user_id}
    for pair in others:
        end(two, pair)
    course.deliver(jobs.keep_space, first)
    assert (found.name, found.members) == ("Архив. Группа: Дисциплина на уроке — Белова М. П.", set())
