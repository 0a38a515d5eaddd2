"""The pair's group in Moodle, against the demonstration Moodle: once as Moodle sees it, whatever is cut or repeated."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.state import STUDENT, DemoGroup, DemoMoodle, Fault
from moodle_mentorship.demo.moodle.transport import InProcessAdapter
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.outbox import Delivery
from moodle_mentorship.pairs import jobs, service
from moodle_mentorship.pairs.enums import EndReason
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import make_mentee
from tests.pairs.conftest import ORDER, Two

TOKEN = "5f0c0ffee5f0c0ffee5f0c0ffee00001"


class Course:
    """The course of the school: its Moodle, a client, and the pair's people with accounts in it."""

    def __init__(self, runtime: Runtime, two: Two) -> None:
        # The demonstration's clock: who is enrolled and who was seen when is told apart by it.
        self.time = NOW.timestamp()
        config = DemoMoodleConfig("http://moodle.test", school=False, token=TOKEN, clock=lambda: self.time)
        app: Flask = create_demo_moodle(config)
        self.moodle: DemoMoodle = demo_state(app)
        self.client = MoodleClient(
            self.moodle.config.rest_url, TOKEN, adapter=InProcessAdapter(app), sleep=lambda _: None
        )
        self.runtime, self.two = runtime, two
        for person in (two.mentor, two.mentee):
            self.account(person)
        two.session.commit()

    def account(self, person: Person) -> None:
        """The person's account, in a range of ids that the factories' people don't use."""
        while len(self.moodle.users) < 50:
            self.moodle.add_user(f"pupil{len(self.moodle.users)}", "Школьник", "Вася")
        user = self.moodle.add_user(f"u{person.id}", person.last_name, person.first_name, staff=True)
        person.moodle_user_id = user.id

    def deliver(self, handler: Callable[[Delivery], None], pair: Pair, **payload: bool) -> None:
        """An hour later."""
        self.two.session.commit()
        self.time += 3600
        config = self.moodle.config
        handler(
            Delivery(
                runtime=self.runtime,
                client=self.client,
                school_id=self.two.school.id,
                course_id=config.course_id,
                student_role_id=STUDENT,
                item_id=1,
                payload={"space_id": pair.space_id} | payload,
            )
        )
        self.two.session.expire_all()

    @property
    def both(self) -> set[int]:
        return {self.two.mentor.moodle_user_id, self.two.mentee.moodle_user_id}

    def groups(self) -> list[DemoGroup]:
        return list(self.moodle.groups.values())


@pytest.fixture
def course(runtime: Runtime, two: Two) -> Course:
    return Course(runtime, two)


def end(two: Two, pair: Pair) -> None:
    service.end(two.session, Jobs(), two.curator, pair.id, EndReason.COMPLETED, NOW)


def test_an_ordered_pair_gets_its_group(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.name, group.idnumber, group.visibility, group.members) == (
        "Пара: Белова М. П. — Зайцев П. А.",
        pair.space.moodle_idnumber,
        1,
        course.both,
    )
    assert group.description == (
        "<p>Место наставника и\u00a0наставляемого в\u00a0курсе. Группу ведёт сервис «Наставничество».</p>"
    )
    assert pair.moodle_group_id == group.id


def test_a_repeat_changes_nothing(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    writes = (Function.CREATE_GROUPS, Function.ADD_GROUP_MEMBERS, Function.ENROL_USERS)
    before = [course.moodle.calls[function.value] for function in writes]
    course.deliver(jobs.keep_space, pair)
    assert [course.moodle.calls[function.value] for function in writes] == before == [1, 1, 0]
    assert [group.members for group in course.groups()] == [course.both]


@pytest.mark.parametrize("function", [Function.CREATE_GROUPS, Function.ADD_GROUP_MEMBERS])
def test_a_lost_answer_is_made_good_by_the_repeat(course: Course, two: Two, function: Function) -> None:
    """Moodle did the work, its answer never came: the repeat finds the group by our idnumber and adopts it."""
    pair = two.ordered()
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=function.value, times=4)
    with pytest.raises(errors.NoAnswer):
        course.deliver(jobs.keep_space, pair)
    course.moodle.clear_faults()
    assert len(course.groups()) == 1
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.members, pair.moodle_group_id) == (course.both, group.id)


def test_a_crash_between_moodle_and_our_commit_is_made_good(
    course: Course, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = two.ordered()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_keep", crash)
        with pytest.raises(KeyboardInterrupt):
            course.deliver(jobs.keep_space, pair)
    two.session.expire_all()
    assert (len(course.groups()), pair.moodle_group_id) == (1, None)
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    assert (group.members, pair.moodle_group_id) == (course.both, group.id)


def test_a_taken_name_gets_the_pairs_number(course: Course, two: Two) -> None:
    course.moodle.add_group("Пара: Белова М. П. — Зайцев П. А.", idnumber="somebody-else")
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    assert [group.name for group in course.groups()] == [
        "Пара: Белова М. П. — Зайцев П. А.",
        "Пара: Белова М. П. — Зайцев П. А. (2)",
    ]


def test_a_name_taken_while_we_looked_gets_the_number_too(
    course: Course, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = two.ordered()
    listed = course.client.course_groups
    looks = 0

    def stale(course_id: int) -> object:
        """What the second look saw before somebody made a group of that name."""
        nonlocal looks
        looks += 1
        found = listed(course_id)
        if looks == 2:
            course.moodle.add_group("Пара: Белова М. П. — Зайцев П. А.")
        return found

    monkeypatch.setattr(course.client, "course_groups", stale)
    course.deliver(jobs.keep_space, pair)
    assert [group.name for group in course.groups()][1:] == ["Пара: Белова М. П. — Зайцев П. А. (2)"]


def test_who_is_not_enrolled_is_enrolled(course: Course, two: Two) -> None:
    course.moodle.unenrol(two.mentee.moodle_user_id)
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    assert [group.members for group in course.groups()] == [course.both]
    assert course.moodle.enrolments[two.mentee.moodle_user_id] == {STUDENT}
    assert course.moodle.calls[Function.ENROL_USERS.value] == 1


def test_the_end_empties_the_group_of_the_two_alone(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    guest = course.moodle.add_user("guest", "Гость", "Пётр", staff=True)
    group.members.add(guest.id)
    end(two, pair)
    for _ in range(2):
        course.deliver(jobs.keep_space, pair)
        assert [row.members for row in course.groups()] == [{guest.id}]
    assert course.moodle.calls[Function.DELETE_GROUP_MEMBERS.value] == 1
    assert pair.moodle_group_id == group.id


def test_a_lost_answer_of_the_removal_is_made_good(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    end(two, pair)
    # The client itself repeats what is safe to repeat.
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=Function.DELETE_GROUP_MEMBERS.value)
    course.deliver(jobs.keep_space, pair)
    assert [group.members for group in course.groups()] == [set()]


def test_a_pair_that_ended_first_leaves_nothing_behind(course: Course, two: Two) -> None:
    pair = two.ordered()
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    course.deliver(jobs.keep_space, pair)
    assert course.groups() == []


def test_a_pair_that_ended_while_its_group_was_made_is_emptied(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.moodle.fail_next(Fault.ANSWER_THEN_DROP, function=Function.CREATE_GROUPS.value)
    with pytest.raises(errors.NoAnswer):
        course.deliver(jobs.keep_space, pair)
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    course.deliver(jobs.keep_space, pair)
    assert [group.members for group in course.groups()] == [set()]


def test_a_late_closing_does_not_empty_a_working_pair(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    course.deliver(jobs.keep_space, pair)
    assert [group.members for group in course.groups()] == [course.both]


def test_a_person_deleted_in_moodle_does_not_stop_the_end(course: Course, two: Two) -> None:
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    course.moodle.delete_user(two.mentee.moodle_user_id)
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    assert [group.members for group in course.groups()] == [set()]


def test_the_same_two_get_a_second_group_of_their_own(course: Course, two: Two) -> None:
    first = two.ordered()
    course.deliver(jobs.keep_space, first)
    end(two, first)
    course.deliver(jobs.keep_space, first)
    second = two.ordered()
    course.deliver(jobs.keep_space, second)
    assert [(group.idnumber, group.members) for group in course.groups()] == [
        (first.space.moodle_idnumber, set()),
        (second.space.moodle_idnumber, course.both),
    ]


def test_another_schools_pair_is_never_delivered_here(course: Course, two: Two, other_two: Two) -> None:
    theirs = other_two.ordered()
    with pytest.raises(ValueError, match="expected 1, got 0"):
        course.deliver(jobs.keep_space, theirs)
    assert course.groups() == []


def test_the_items_name_the_handlers(session: Session, two: Two) -> None:
    pair = two.ordered()
    end(two, pair)
    kinds = [item.kind for item in session.scalars(select(OutboxItem).order_by(OutboxItem.id))]
    assert kinds == [service.KEEP_SPACE, service.KEEP_SPACE]


def test_who_dropped_out_of_the_staff_list_for_an_hour_is_back_in_the_group_in_the_morning(
    course: Course, two: Two
) -> None:
    """Moodle takes them out of the course and its groups, and doesn't put them back into the groups."""
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    [group] = course.groups()
    course.time += 3600
    course.moodle.remove_from_cohort(two.mentee.moodle_user_id)
    course.moodle.add_to_cohort(two.mentee.moodle_user_id)
    assert group.members == {two.mentor.moodle_user_id}
    settled(two)

    course.deliver(jobs.look_over, pair)

    [_, item] = waiting(two, service.KEEP_SPACE)
    assert (item.stream, item.payload) == (service.stream_of(pair.space_id), {"space_id": pair.space_id})
    course.deliver(jobs.keep_space, pair)
    assert group.members == course.both


def waiting(two: Two, kind: str) -> list[OutboxItem]:
    two.session.commit()
    return list(two.session.scalars(select(OutboxItem).where(OutboxItem.kind == kind).order_by(OutboxItem.id)))


def settled(two: Two) -> None:
    """All that stands in the outbox has been delivered."""
    two.session.execute(update(OutboxItem).values(state=OutboxState.DELIVERED))
    two.session.commit()


def test_an_ended_pairs_group_is_left_alone(course: Course, two: Two) -> None:
    """Somebody may have put them back to read what was written there."""
    pair = two.ordered()
    course.deliver(jobs.keep_space, pair)
    end(two, pair)
    course.deliver(jobs.keep_space, pair)
    settled(two)
    course.deliver(jobs.look_over, pair)
    assert len(waiting(two, service.KEEP_SPACE)) == 2


def test_who_leaves_is_not_enrolled_by_us(course: Course, two: Two) -> None:
    """The departure waits for the curator; Moodle has taken the person out of the course already."""
    pair = two.ordered()
    course.moodle.remove_from_cohort(two.mentee.moodle_user_id)
    two.mentee.status = StaffStatus.LEAVING
    course.deliver(jobs.keep_space, pair)
    assert [group.members for group in course.groups()] == [{two.mentor.moodle_user_id}]
    assert two.mentee.moodle_user_id not in course.moodle.enrolments


def several(two: Two, number: int) -> list[Pair]:
    """Ordered pairs of the mentor with this many mentees, in one space."""
    two.session.scalars(select(Mentor).where(Mentor.person_id == two.mentor.id)).one().capacity = number
    pairs = [two.ordered()]
    for mentee in two.school.teachers[2 : number + 1]:
        make_mentee(two.session, mentee, NOW)
        other = Two(two.session, two.school, two.mentor, mentee).agreed()
        other.space = pairs[0].space
        service.order(two.session, Jobs(), two.curator, other.id, now=NOW, **ORDER)
        pairs.append(other)
    return pairs


def test_several_pairs_share_one_group(course: Course, two: Two) -> None:
    course.account(two.school.teachers[2])
    pairs = several(two, 2)
    course.deliver(jobs.keep_space, pairs[1])
    third = two.school.teachers[2].moodle_user_id
    [group] = course.groups()
    assert (group.name, group.members) == ("Пара: Белова М. П. — Зайцев П. А.", course.both | {third})
    assert {pair.moodle_group_id for pair in pairs} == {group.id}

    end(two, pairs[0])
    course.deliver(jobs.keep_space, pairs[0])
    assert group.members == {two.mentor.moodle_user_id, third}
    settled(two)
    course.deliver(jobs.look_over, pairs[0])
    assert all(item.state is OutboxState.DELIVERED for item in waiting(two, service.KEEP_SPACE))

    end(two, pairs[1])
    course.deliver(jobs.keep_space, pairs[0])
    assert group.members == set()


def test_a_pair_without_an_order_has_no_part_in_the_group(course: Course, two: Two) -> None:
    course.account(two.school.teachers[2])
    first = two.ordered()
    course.deliver(jobs.keep_space, first)
    two.session.scalars(select(Mentor).where(Mentor.person_id == two.mentor.id)).one().capacity = 2
    make_mentee(two.session, two.school.teachers[2], NOW)
    agreed = Two(two.session, two.school, two.mentor, two.school.teachers[2]).agreed()
    agreed.space = first.space
    course.deliver(jobs.keep_space, first)
    assert [group.members for group in course.groups()] == [course.both]
    assert (first.moodle_group_id is not None, agreed.moodle_group_id) == (True, None)


def test_each_night_a_school_with_ordered_pairs_has_one_look_over_its_groups(
    runtime: Runtime, clock: FixedClock, two: Two, other_two: Two
) -> None:
    two.ordered()
    other_two.propose()
    two.session.commit()
    for _ in range(2):
        jobs.ask_look_over(runtime)
    [item] = waiting(two, service.LOOK_OVER)
    assert (item.school_id, item.state, item.due_at) == (two.school.id, OutboxState.WAITING, NOW)

    item.state, item.attempts, item.delivered_at = OutboxState.DELIVERED, 3, NOW
    two.session.commit()
    clock.move_to(NOW + timedelta(days=1))
    jobs.ask_look_over(runtime)
    two.session.expire_all()
    [again] = waiting(two, service.LOOK_OVER)
    assert (again.id, again.state, again.attempts, again.due_at, again.delivered_at) == (
        item.id,
        OutboxState.WAITING,
        0,
        NOW + timedelta(days=1),
        None,
    )
