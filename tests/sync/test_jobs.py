"""Passes over the staff directory, against the demonstration Moodle."""

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.app import create_runtime
from moodle_mentorship.core.actor import Role, system_actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs, SomeFailed
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.people.enums import PersonField, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference, RoleGrant
from moodle_mentorship.people.service import directory
from moodle_mentorship.people.service.roles import appoint
from moodle_mentorship.sync import jobs, readers, runner, service
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.errors import QuestionGone
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import NOW, make_settings
from tests.factories import TestSchool
from tests.sync.conftest import Syncing, connect, counts, demo_moodle, hire, own_database, state_of


def site_of(syncing: Syncing) -> MoodleSite:
    syncing.session.commit()
    syncing.session.expire_all()
    return syncing.session.scalars(select(MoodleSite).where(MoodleSite.school_id == syncing.school.id)).one()


def test_a_full_pass_brings_everybody_with_patronymic_and_mapped_fields(syncing: Syncing) -> None:
    first, second = hire(syncing.moodle, 2)
    pupil = syncing.moodle.add_user("pupil", "Ученик", "Вася").id

    row = syncing.run()

    assert (row.state, row.source, row.total, counts(row)) == (
        PassState.DONE,
        PassSource.PLUGIN,
        2,
        {"seen": 2, "created": 2},
    )
    assert [person.moodle_user_id for person in syncing.people()] == [first, second]
    assert pupil not in (first, second)
    person = syncing.person(first)
    assert (person.full_name, person.position, person.hire_date, person.email) == (
        "Фамилия0001 Анна Петровна",
        "учитель",
        date(2024, 9, 1),
        "t1@school.example",
    )
    at = syncing.clock.now().isoformat()
    assert person.sources == {
        "last_name": {"source": "moodle", "name": "lastname", "at": at},
        "first_name": {"source": "moodle", "name": "firstname", "at": at},
        "middle_name": {"source": "moodle", "name": "middlename", "at": at},
        "email": {"source": "moodle", "name": "email", "at": at},
        "position": {"source": "profile_field", "name": "position", "at": at},
        "hire_date": {"source": "profile_field", "name": "hired", "at": at},
    }
    assert (site_of(syncing).sequence, site_of(syncing).journal) == (2, syncing.moodle.journal_id)


def test_a_line_manager_is_found_when_the_pass_has_read_everybody(syncing: Syncing) -> None:
    site_of(syncing).field_map = {"line_manager_id": "subject"}
    syncing.session.commit()
    first, second = (
        syncing.moodle.add_user(name, last, "Анна", "", profile={"subject": boss}, staff=True).id
        for name, last, boss in (("one", "Сосна", "Ель А."), ("two", "Ель", "Бук Пётр"))
    )
    assert counts(syncing.run()) == {"seen": 2, "created": 2, "differences": 1}
    assert syncing.person(first).line_manager_id == syncing.person(second).id
    # The changes alone bring the colleague who was missing.
    third = syncing.moodle.add_user("three", "Бук", "Пётр", "", staff=True).id
    assert counts(syncing.run(PassKind.DELTA)) == {"seen": 1, "created": 1}
    assert syncing.person(second).line_manager_id == syncing.person(third).id


def test_running_twice_changes_nothing(syncing: Syncing, statements: list[str]) -> None:
    hire(syncing.moodle, 12)
    syncing.run()
    before = [
        (person.id, person.updated_at, *state)
        for person, state in zip(syncing.people(), state_of(syncing.people()), strict=True)
    ]
    syncing.later(hours=1)
    statements.clear()

    row = syncing.run()

    writes = [statement for statement in statements if statement.startswith(("UPDATE person", "INSERT INTO person"))]
    assert counts(row) == {"seen": 12}
    # The question whom the page missed, and nobody is missing.
    assert len(writes) == 1
    assert writes[0].startswith("UPDATE person SET missing_since_pass")
    assert before == [
        (person.id, person.updated_at, *state)
        for person, state in zip(syncing.people(), state_of(syncing.people()), strict=True)
    ]


def test_a_page_costs_the_same_number_of_statements_whatever_its_size(syncing: Syncing, statements: list[str]) -> None:
    ids = hire(syncing.moodle, 300)
    syncing.run()
    costs = []
    for first, new, changed in ((1000, 2, 3), (2000, 198, 200)):
        hire(syncing.moodle, new, first=first)
        for moodle_id in ids[:changed]:
            syncing.moodle.rename(moodle_id, lastname=f"Новая{first}")
        statements.clear()
        row = syncing.run()
        costs.append(len(statements))
        assert (row.created, row.updated) == (new, changed)
    assert costs[0] == costs[1]


def test_a_delta_brings_a_change_a_departure_and_a_deletion(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 40)
    syncing.run()
    syncing.moodle.rename(ids[0], lastname="Замужняя")
    syncing.moodle.suspend(ids[1])
    syncing.moodle.remove_from_cohort(ids[2])
    syncing.moodle.delete_user(ids[3])
    newcomer = hire(syncing.moodle, 1, first=41)[0]
    syncing.later(minutes=5)

    row = syncing.run(PassKind.DELTA)

    assert (row.state, row.kind) == (PassState.DONE, PassKind.DELTA)
    assert counts(row) == {"seen": 3, "created": 1, "updated": 2, "leaving": 2}
    assert syncing.person(ids[0]).last_name == "Замужняя"
    assert (syncing.person(ids[1]).suspended, syncing.person(ids[1]).status) == (True, StaffStatus.ACTIVE)
    assert (syncing.person(ids[2]).status, syncing.person(ids[2]).email) == (StaffStatus.LEAVING, "t3@school.example")
    gone = syncing.person(ids[3])
    assert (gone.status, gone.deleted_in_moodle, gone.email, gone.full_name) == (
        StaffStatus.LEAVING,
        True,
        None,
        "Фамилия0004 Анна Петровна",
    )
    assert syncing.person(newcomer).status is StaffStatus.ACTIVE
    assert site_of(syncing).sequence == syncing.moodle.sequence
    assert counts(syncing.run(PassKind.DELTA)) == {}


def test_a_deleted_account_is_recognised_by_a_full_pass_too(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 20)
    syncing.run()
    syncing.moodle.delete_user(ids[5])

    row = syncing.run()

    assert (row.state, counts(row)) == (PassState.DONE, {"seen": 19, "leaving": 1})
    assert (syncing.person(ids[5]).deleted_in_moodle, syncing.person(ids[5]).status) == (True, StaffStatus.LEAVING)


@pytest.mark.parametrize("lose", ["trim_journal", "new_journal"])
def test_a_lost_journal_turns_a_delta_into_a_full_pass(syncing: Syncing, lose: str) -> None:
    ids = hire(syncing.moodle, 20)
    syncing.run()
    syncing.moodle.rename(ids[0], lastname="Другая")
    getattr(syncing.moodle, lose)()

    row = syncing.run(PassKind.DELTA)

    assert (row.kind, row.state, counts(row)) == (PassKind.FULL, PassState.DONE, {"seen": 20, "updated": 1})
    assert (site_of(syncing).sequence, site_of(syncing).journal) == (syncing.moodle.sequence, syncing.moodle.journal_id)


def test_who_left_and_comes_back_is_active_again(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 30)
    syncing.run()
    for moodle_id in ids[:2]:
        syncing.moodle.remove_from_cohort(moodle_id)
    syncing.run()
    with syncing.runtime.db.unit_of_work() as session:
        directory.confirm_departure(
            session,
            system_actor(syncing.school.id),
            syncing.person(ids[0]).id,
            syncing.clock.now(),
            syncing.runtime.departures,
        )
    assert [syncing.person(id_).status for id_ in ids[:2]] == [StaffStatus.LEFT, StaffStatus.LEAVING]
    left_id = syncing.person(ids[0]).id
    for moodle_id in ids[:2]:
        syncing.moodle.add_to_cohort(moodle_id)

    row = syncing.run(PassKind.DELTA)

    assert counts(row) == {"seen": 2, "returned": 2}
    assert [syncing.person(id_).status for id_ in ids[:2]] == [StaffStatus.ACTIVE, StaffStatus.ACTIVE]
    assert syncing.person(ids[0]).id == left_id


def test_a_kept_person_is_left_alone_until_moodle_drops_them_anew(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 20)
    syncing.run()
    syncing.moodle.remove_from_cohort(ids[0])
    syncing.run()
    with syncing.runtime.db.unit_of_work() as session:
        directory.keep_person(session, system_actor(syncing.school.id), syncing.person(ids[0]).id, syncing.clock.now())

    assert counts(syncing.run()) == {"seen": 19}
    assert syncing.person(ids[0]).status is StaffStatus.ACTIVE

    syncing.moodle.add_to_cohort(ids[0])
    syncing.run()
    syncing.moodle.remove_from_cohort(ids[0])
    assert counts(syncing.run()) == {"seen": 19, "leaving": 1}


@pytest.mark.parametrize(
    ("lost", "state", "leaving"),
    [(9, PassState.DONE, 9), (10, PassState.DONE, 10), (11, PassState.ASKING, 0), (100, PassState.ASKING, 0)],
)
def test_more_than_a_tenth_asks(syncing: Syncing, lost: int, state: PassState, leaving: int) -> None:
    ids = hire(syncing.moodle, 100)
    syncing.run()
    for moodle_id in ids[:lost]:
        syncing.moodle.remove_from_cohort(moodle_id)

    row = syncing.run()

    statuses = [person.status for person in syncing.people()]
    assert (row.state, row.leaving, statuses.count(StaffStatus.LEAVING)) == (state, leaving, leaving)


def test_newcomers_do_not_hide_losses(syncing: Syncing) -> None:
    """Another cohort was chosen by mistake: everybody is new, and everybody is lost."""
    ids = hire(syncing.moodle, 30)
    syncing.run()
    for moodle_id in ids[:4]:
        syncing.moodle.remove_from_cohort(moodle_id)
    hire(syncing.moodle, 200, first=100)

    row = syncing.run()

    assert (row.state, counts(row)) == (PassState.ASKING, {"seen": 226, "created": 200})


def test_a_delta_with_many_leavers_turns_into_a_full_pass_that_asks(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 20)
    syncing.run()
    for moodle_id in ids[:3]:
        syncing.moodle.remove_from_cohort(moodle_id)

    row = syncing.run(PassKind.DELTA)

    assert (row.kind, row.state) == (PassKind.FULL, PassState.ASKING)
    assert {person.status for person in syncing.people()} == {StaffStatus.ACTIVE}


def test_the_question_is_answered_with_yes(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 10)
    syncing.run()
    for moodle_id in ids[:3]:
        syncing.moodle.remove_from_cohort(moodle_id)
    row = syncing.run()
    # One of them came back before anybody answered.
    syncing.moodle.add_to_cohort(ids[0])
    syncing.run(PassKind.DELTA)
    actor = system_actor(syncing.school.id)

    with syncing.runtime.db.unit_of_work() as session:
        service.confirm_losses(session, syncing.runtime.jobs, actor, row.id, syncing.clock.now())

    assert (syncing.row(row.id).state, syncing.row(row.id).leaving) == (PassState.DONE, 2)
    assert [syncing.person(id_).status for id_ in ids[:3]] == [
        StaffStatus.ACTIVE,
        StaffStatus.LEAVING,
        StaffStatus.LEAVING,
    ]
    with syncing.runtime.db.unit_of_work() as session, pytest.raises(QuestionGone):
        service.confirm_losses(session, syncing.runtime.jobs, actor, row.id, syncing.clock.now())


def test_the_question_is_answered_with_no_and_asked_again(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 10)
    syncing.run()
    for moodle_id in ids[:3]:
        syncing.moodle.remove_from_cohort(moodle_id)
    row = syncing.run()
    with syncing.runtime.db.unit_of_work() as session:
        actor = system_actor(syncing.school.id)
        service.discard_losses(session, syncing.runtime.jobs, actor, row.id, syncing.clock.now())
    assert syncing.row(row.id).state is PassState.CANCELLED
    assert {person.status for person in syncing.people()} == {StaffStatus.ACTIVE}

    second, third = syncing.run(), syncing.run()

    assert [syncing.row(it.id).state for it in (second, third)] == [PassState.CANCELLED, PassState.ASKING]


def test_a_pass_that_fails_adds_nobody_to_a_question_and_takes_nobody_away(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = hire(syncing.moodle, 20)
    syncing.run()
    for moodle_id in (ids[0], ids[7], ids[19]):
        syncing.moodle.remove_from_cohort(moodle_id)
    asking = syncing.run()
    syncing.moodle.add_to_cohort(ids[7])
    original = MoodleClient.get_staff

    def shortened(self: Any, *arguments: Any) -> Any:
        page = original(self, *arguments)
        return type(page)(page.people[:-5], page.next, page.total, page.sequence, page.warnings)

    with monkeypatch.context() as patched:
        patched.setattr(MoodleClient, "get_staff", shortened)
        assert syncing.run().state is PassState.FAILED
    assert (syncing.row(asking.id).state, syncing.row(asking.id).missing) == (PassState.ASKING, 2)

    with syncing.runtime.db.unit_of_work() as session:
        actor = system_actor(syncing.school.id)
        service.confirm_losses(session, syncing.runtime.jobs, actor, asking.id, syncing.clock.now())

    left = [person.moodle_user_id for person in syncing.people() if person.status is not StaffStatus.ACTIVE]
    assert left == [ids[0], ids[19]]
    # Whom the failed pass overlooked, a whole one finds again.
    whole = syncing.run()
    assert (whole.state, counts(whole)) == (PassState.DONE, {"seen": 18})
    assert [person.moodle_user_id for person in syncing.people() if person.missing_since_pass] == [ids[0], ids[19]]


def test_an_answer_that_does_not_add_up_marks_nobody(syncing: Syncing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Moodle that drops people on its way (here: from the page, not from the total)."""
    ids = hire(syncing.moodle, 100)
    syncing.run()
    syncing.moodle.remove_from_cohort(ids[0])
    original = MoodleClient.get_staff

    def shortened(self: Any, *arguments: Any) -> Any:
        page = original(self, *arguments)
        return type(page)(page.people[:-5], page.next, page.total, page.sequence, page.warnings)

    monkeypatch.setattr(MoodleClient, "get_staff", shortened)

    row = syncing.run()

    assert (row.state, row.error_code, row.seen, row.total) == (PassState.FAILED, "incomplete_answer", 94, 99)
    assert {person.status for person in syncing.people()} == {StaffStatus.ACTIVE}


def test_a_change_of_the_cohort_while_it_is_read_marks_nobody(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PAGE", 5)
    ids = hire(syncing.moodle, 12)
    syncing.run()
    pass_id = syncing.ask()

    def watch(seen: int, total: int | None) -> None:
        if seen == 5:
            syncing.moodle.remove_from_cohort(ids[0])

    runner.run_pass(syncing.runtime, pass_id, watch)

    row = syncing.row(pass_id)
    assert (row.state, row.error_code) == (PassState.FAILED, "changed_meanwhile")
    assert {person.status for person in syncing.people()} == {StaffStatus.ACTIVE}


def test_a_refusal_ends_the_pass_with_its_code(syncing: Syncing) -> None:
    hire(syncing.moodle, 3)
    syncing.run()
    syncing.moodle.token = None

    row = syncing.run()

    assert (row.state, row.error_code, counts(row)) == (PassState.FAILED, "moodle_token_invalid", {})
    assert {person.status for person in syncing.people()} == {StaffStatus.ACTIVE}


class Crash(BaseException):
    """The machine went away."""


@pytest.mark.parametrize("change", ["first", "second"])
def test_a_crash_at_any_page_resumes_to_the_same_end(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """For every page, before and after its commit: kill the worker there, let the sweep's heir finish the pass."""
    monkeypatch.setattr(readers, "PAGE", 10)
    ids = hire(syncing.moodle, 45)
    if change == "second":
        syncing.run()
        for moodle_id in ids[3:6]:
            syncing.moodle.remove_from_cohort(moodle_id)
        syncing.moodle.rename(ids[20], lastname="Иная")
    start = [
        {column.name: getattr(person, column.name) for column in Person.__table__.columns}
        for person in syncing.people()
    ]
    expected: list[Any] = []
    take = runner._take_people

    for point in range(11):
        syncing.session.execute(delete(Person).where(Person.school_id == syncing.school.id))
        if start:
            syncing.session.execute(insert(Person), start)
        syncing.session.commit()
        steps = {"left": point}

        def step(steps: dict[str, int] = steps) -> None:
            steps["left"] -= 1
            if steps["left"] == 0:
                raise Crash

        def broken(*arguments: Any, step: Any = step) -> None:
            take(*arguments)
            step()

        monkeypatch.setattr(runner, "_take_people", broken)
        pass_id = syncing.ask()
        try:
            runner.run_pass(syncing.runtime, pass_id, lambda *_: step())
        except Crash:
            syncing.later(minutes=1)
            runner.run_pass(syncing.runtime, pass_id)
            assert syncing.row(pass_id).state is (PassState.DONE if point == 10 else PassState.RUNNING)
            syncing.later(minutes=2)
            runner.run_pass(syncing.runtime, pass_id)
        monkeypatch.setattr(runner, "_take_people", take)
        row = syncing.row(pass_id)
        expected = expected or [row.state, counts(row), state_of(syncing.people())]
        assert [row.state, counts(row), state_of(syncing.people())] == expected, point
    assert expected[0] is PassState.DONE


def test_a_pass_that_kills_every_worker_is_given_up(syncing: Syncing, monkeypatch: pytest.MonkeyPatch) -> None:
    hire(syncing.moodle, 3)
    pass_id = syncing.ask()

    def broken(*_: Any) -> None:
        raise Crash

    monkeypatch.setattr(runner, "_take_people", broken)
    for _ in range(runner.ATTEMPTS):
        with pytest.raises(Crash):
            runner.run_pass(syncing.runtime, pass_id)
        syncing.later(minutes=3)
    runner.run_pass(syncing.runtime, pass_id)

    assert (syncing.row(pass_id).state, syncing.row(pass_id).error_code) == (PassState.FAILED, "crashed")


def test_cancel_stops_at_the_next_page_and_marks_nobody(syncing: Syncing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PAGE", 5)
    hire(syncing.moodle, 12)
    pass_id = syncing.ask()

    def watch(seen: int, total: int | None) -> None:
        with syncing.runtime.db.unit_of_work() as session:
            actor = system_actor(syncing.school.id)
            service.cancel_pass(session, syncing.runtime.jobs, actor, pass_id, syncing.clock.now())

    runner.run_pass(syncing.runtime, pass_id, watch)

    row = syncing.row(pass_id)
    assert (row.state, counts(row), len(syncing.people())) == (PassState.CANCELLED, {"seen": 5, "created": 5}, 5)


def test_a_queued_pass_is_cancelled_at_once(syncing: Syncing) -> None:
    pass_id = syncing.ask()
    with syncing.runtime.db.unit_of_work() as session:
        actor = system_actor(syncing.school.id)
        service.cancel_pass(session, syncing.runtime.jobs, actor, pass_id, syncing.clock.now())
    assert syncing.row(pass_id).state is PassState.CANCELLED


def test_a_school_runs_one_pass_at_a_time(syncing: Syncing) -> None:
    first = syncing.ask(PassKind.DELTA)
    assert syncing.ask(PassKind.FULL) == first
    assert syncing.row(first).kind is PassKind.FULL


def test_what_changes_behind_a_running_pass_is_read_by_another(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire(syncing.moodle, 3)
    take = runner._take_people

    def with_webhook(session: Session, *arguments: Any) -> None:
        take(session, *arguments)
        service.request_pass(
            session,
            syncing.runtime.jobs,
            school_id=syncing.school.id,
            kind=PassKind.DELTA,
            now=syncing.clock.now(),
            again=True,
        )

    monkeypatch.setattr(runner, "_take_people", with_webhook)
    row = syncing.run()

    states = syncing.session.execute(select(SyncPass.kind, SyncPass.state).order_by(SyncPass.id)).all()
    assert row.state is PassState.DONE
    assert [tuple(state) for state in states] == [
        (PassKind.FULL, PassState.DONE),
        (PassKind.DELTA, PassState.QUEUED),
    ]


def test_a_dry_run_writes_nobody(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 10)
    syncing.run()
    syncing.moodle.rename(ids[0], lastname="Иная")
    syncing.moodle.remove_from_cohort(ids[1])
    newcomer = hire(syncing.moodle, 1, first=20)[0]
    before = state_of(syncing.people())

    row = syncing.run(dry_run=True)

    assert (row.state, counts(row)) == (PassState.DONE, {"seen": 10, "created": 1, "updated": 1, "leaving": 1})
    assert state_of(syncing.people()) == before
    assert [(line.what, line.moodle_user_id) for line in syncing.outcome.lines] == [
        ("updated", ids[0]),
        ("created", newcomer),
        ("leaving", ids[1]),
    ]
    assert syncing.outcome.lines[0].fields == ("last_name",)


def test_another_school_with_the_same_moodle_ids_is_untouched(syncing: Syncing, other_school: TestSchool) -> None:
    hire(syncing.moodle, 20)
    mine = select(Person).where(Person.school_id == other_school.id).order_by(Person.id)
    before = state_of(list(syncing.session.scalars(mine)))

    syncing.run()

    syncing.session.expire_all()
    assert state_of(list(syncing.session.scalars(mine))) == before


def test_what_was_written_by_hand_is_kept_and_the_difference_shown(syncing: Syncing) -> None:
    (moodle_id,) = hire(syncing.moodle, 1)
    syncing.run()
    with syncing.runtime.db.unit_of_work() as session:
        directory.edit_person(
            session,
            system_actor(syncing.school.id),
            syncing.person(moodle_id).id,
            {"position": "завуч"},
            syncing.clock.now(),
        )
    differences = select(PersonDifference.field, PersonDifference.moodle_value)

    assert counts(syncing.run()) == {"seen": 1, "differences": 1}
    assert syncing.person(moodle_id).position == "завуч"
    assert [tuple(row) for row in syncing.session.execute(differences)] == [(PersonField.POSITION, "учитель")]

    assert counts(syncing.run()) == {"seen": 1}

    syncing.moodle.set_profile_field(moodle_id, "position", "методист")
    assert counts(syncing.run(PassKind.DELTA)) == {"seen": 1, "differences": 1}
    assert [tuple(row) for row in syncing.session.execute(differences)] == [(PersonField.POSITION, "методист")]

    syncing.moodle.set_profile_field(moodle_id, "position", "завуч")
    assert counts(syncing.run(PassKind.DELTA)) == {"seen": 1}
    assert syncing.session.execute(differences).all() == []


def test_the_first_curator_gets_the_role_once(syncing: Syncing) -> None:
    ids = hire(syncing.moodle, 3)
    site_of(syncing).first_curator_moodle_id = ids[1]
    syncing.session.commit()

    syncing.run()
    syncing.run()

    grants = syncing.session.execute(
        select(RoleGrant.person_id, RoleGrant.role).where(RoleGrant.school_id == syncing.school.id)
    ).all()
    assert [tuple(grant) for grant in grants] == [(syncing.person(ids[1]).id, Role.CURATOR)]
    assert site_of(syncing).first_curator_moodle_id is None


@pytest.mark.parametrize("then", ["works", "dismissed"])
def test_a_curator_named_long_ago_makes_no_second_one(syncing: Syncing, then: str) -> None:
    """The set-up named somebody who did not come; another one became curator; a year later the first one comes."""
    [known] = hire(syncing.moodle, 1)
    site_of(syncing).first_curator_moodle_id = known + 1
    syncing.session.commit()
    syncing.run()
    administrator = system_actor(syncing.school.id)
    appoint(syncing.session, administrator, syncing.person(known).id, Role.CURATOR, NOW)
    if then == "dismissed":
        syncing.session.execute(update(RoleGrant).values(revoked_at=NOW))
    syncing.session.commit()
    assert site_of(syncing).first_curator_moodle_id is None
    # As an earlier version of ours left it.
    site_of(syncing).first_curator_moodle_id = known + 1
    syncing.session.commit()
    assert hire(syncing.moodle, 1, first=2) == [known + 1]
    syncing.later(days=300)
    syncing.run()
    grants = syncing.session.scalars(select(RoleGrant.person_id).where(RoleGrant.school_id == syncing.school.id))
    assert list(grants) == [syncing.person(known).id]


def test_the_first_curator_stands_in_the_journal(syncing: Syncing) -> None:
    [named] = hire(syncing.moodle, 1)
    site_of(syncing).first_curator_moodle_id = named
    syncing.session.commit()
    syncing.run()
    acts = syncing.session.execute(
        select(AuditEvent.actor_kind, AuditEvent.object_id).where(AuditEvent.action == "role.appoint")
    ).all()
    assert [tuple(act) for act in acts] == [("plugin", syncing.person(named).id)]


def test_without_the_plugin_core_functions_are_read(syncing: Syncing) -> None:
    with demo_moodle(plugin=False) as plain:
        plain.profile_fields.update(position="text")
        connect(syncing.session, syncing.school, plain)
        ids = hire(plain, 250)
        first = syncing.run(PassKind.DELTA)
        with syncing.runtime.db.unit_of_work() as session:
            directory.edit_person(
                session,
                system_actor(syncing.school.id),
                syncing.person(ids[0]).id,
                {"middle_name": "Ивановна"},
                syncing.clock.now(),
            )
        plain.remove_from_cohort(ids[1])
        second = syncing.run()
        plain.revoke("moodle/user:viewalldetails")
        third = syncing.run()

    assert (first.kind, first.source, first.state) == (PassKind.FULL, PassSource.COHORT, PassState.DONE)
    assert counts(first) == {"seen": 250, "created": 250}
    assert counts(second) == {"seen": 249, "leaving": 1}
    assert (third.state, third.error_code) == (PassState.FAILED, "incomplete_answer")
    assert syncing.person(ids[0]).full_name == "Фамилия0001 Анна Ивановна"
    assert syncing.person(ids[2]).position == "учитель"


def test_names_that_would_break_something_are_tamed(syncing: Syncing) -> None:
    long = syncing.moodle.add_user("long", "Ы" * 300, "А\nн\tна\u202e", "<b>П</b>", staff=True).id
    empty = syncing.moodle.add_user("empty", "\u200b", " ", "", staff=True).id
    null = syncing.moodle.add_user("null", "Й\x00".replace("Й", "Й"), "Ё", staff=True).id

    row = syncing.run()

    assert (row.state, row.created) == (PassState.DONE, 3)
    assert [(it.last_name, it.first_name, it.middle_name) for it in map(syncing.person, (long, empty, null))] == [
        ("Ы" * 200, "А н на", "<b>П</b>"),
        (f"№ {empty}", "", None),
        ("Й", "Ё", None),
    ]


def test_sweeps_find_what_the_queue_lost(syncing: Syncing) -> None:
    woken: list[tuple[str, int]] = []
    syncing.runtime.jobs._wake = lambda name, row: woken.append((name, row))
    hire(syncing.moodle, 2)
    pass_id = syncing.ask()
    woken.clear()

    jobs.wake_passes(syncing.runtime)
    assert woken == [("sync.run", pass_id)]

    row = syncing.row(pass_id)
    row.state, row.heartbeat_at = PassState.RUNNING, syncing.clock.now()
    syncing.session.commit()
    woken.clear()
    jobs.wake_passes(syncing.runtime)
    assert woken == []
    syncing.later(seconds=121)
    jobs.wake_passes(syncing.runtime)
    assert woken == [("sync.run", pass_id)]


def test_each_connected_school_is_read_at_night(syncing: Syncing, other_school: TestSchool) -> None:
    other = syncing.session.get_one(MoodleSite, other_school.site.id)
    other.disabled_at = syncing.clock.now()
    syncing.session.commit()

    jobs.ask_nightly(syncing.runtime)

    rows = syncing.session.execute(select(SyncPass.school_id, SyncPass.kind)).all()
    assert [tuple(row) for row in rows] == [(syncing.school.id, PassKind.FULL)]
    assert timedelta(minutes=2) == runner.STALE


def test_a_fault_at_one_school_keeps_no_other_waiting(
    syncing: Syncing, other_school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = service.request_pass

    def broken(session: Session, queue: Jobs, *, school_id: int, **options: Any) -> SyncPass:
        if school_id == syncing.school.id:
            raise RuntimeError("a row of this school")
        return real(session, queue, school_id=school_id, **options)

    monkeypatch.setattr(jobs, "request_pass", broken)
    with pytest.raises(SomeFailed, match="1 schools"):
        jobs.ask_nightly(syncing.runtime)
    assert list(syncing.session.scalars(select(SyncPass.school_id))) == [other_school.id]

    for school in (syncing.school, other_school):
        failed = SyncPass(
            school_id=school.id,
            kind=PassKind.DELTA,
            source=PassSource.PLUGIN,
            state=PassState.FAILED,
            created_at=syncing.clock.now(),
            finished_at=syncing.clock.now(),
            error_code="moodle_timed_out",
        )
        syncing.session.execute(update(SyncPass).values(state=PassState.CANCELLED))
        syncing.session.add(failed)
        syncing.session.commit()
    syncing.session.execute(update(SyncPass).where(SyncPass.error_code.is_not(None)).values(state=PassState.FAILED))
    syncing.session.commit()
    syncing.later(minutes=6)
    with pytest.raises(SomeFailed):
        jobs.ask_again(syncing.runtime)
    queued = select(SyncPass.school_id).where(SyncPass.state == PassState.QUEUED)
    assert list(syncing.session.scalars(queued)) == [other_school.id]


def test_a_list_without_an_end_is_left(syncing: Syncing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile Moodle names people for ever: the pass fails, its worker is free, and nobody is thought missing."""
    monkeypatch.setattr(readers, "PAGE", 2)
    monkeypatch.setattr(runner, "MOST_PAGES", 3)
    hire(syncing.moodle, 8)
    row = syncing.run()
    assert (row.state, row.error_code, row.seen, row.leaving) == (PassState.FAILED, "incomplete_answer", 6, 0)


def test_the_passes_of_a_night_are_woken_in_portions(
    syncing: Syncing, other_school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[str, int]] = []
    monkeypatch.setattr(syncing.runtime.jobs, "wake", lambda name, row_id: woken.append((name, row_id)))
    monkeypatch.setattr(jobs, "A_MINUTE", 1)

    jobs.ask_nightly(syncing.runtime)
    assert woken == []

    first, second = syncing.session.scalars(select(SyncPass.id).order_by(SyncPass.id)).all()
    jobs.wake_passes(syncing.runtime)
    assert woken == [("sync.run", first)]
    # Whoever asks for the second one meanwhile doesn't wait for its turn.
    with syncing.runtime.db.unit_of_work() as session:
        service.request_pass(
            session, syncing.runtime.jobs, school_id=other_school.id, kind=PassKind.FULL, now=syncing.clock.now()
        )
    assert woken[1:] == [("sync.run", second)]
    syncing.session.get_one(SyncPass, first).state = PassState.DONE
    syncing.session.commit()
    jobs.wake_passes(syncing.runtime)
    assert woken[2:] == [("sync.run", second)]


@pytest.fixture
def crowd(fresh_url: str, tmp_path: Path, moodle: DemoMoodle, clock: FixedClock) -> Iterator[Syncing]:
    settings = make_settings(fresh_url, tmp_path)
    with own_database(lambda: create_runtime(settings, clock=clock, jobs=Jobs()), moodle, clock) as syncing:
        yield syncing


def at_once(count: int, work: Callable[[], object]) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_asked_for_by_many_at_once_there_is_one_pass_and_one_worker(
    crowd: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PAGE", 10)
    hire(crowd.moodle, 40)
    asked: list[int] = []

    at_once(8, lambda: asked.append(crowd.ask()))
    assert asked == [asked[0]] * 8
    at_once(4, lambda: runner.run_pass(crowd.runtime, asked[0]))

    assert (crowd.row(asked[0]).state, counts(crowd.row(asked[0]))) == (PassState.DONE, {"seen": 40, "created": 40})
    assert crowd.moodle.calls["local_mentorship_get_staff"] == 4


def test_a_worker_that_was_thought_dead_stops_at_its_next_page(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PAGE", 10)
    hire(syncing.moodle, 40)
    pass_id = syncing.ask()
    heirs: list[int] = []

    def watch(seen: int, total: int | None) -> None:
        if not heirs:
            heirs.append(seen)
            syncing.later(minutes=3)
            runner.run_pass(syncing.runtime, pass_id)

    runner.run_pass(syncing.runtime, pass_id, watch)

    assert counts(syncing.row(pass_id)) == {"seen": 40, "created": 40}
    # The heir read three pages; the first worker had the second page in hand and the third one asked for.
    assert syncing.moodle.calls["local_mentorship_get_staff"] == 6


def test_the_next_page_is_asked_for_while_one_is_written_and_no_other(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PAGE", 10)
    hire(syncing.moodle, 40)
    asked: queue.Queue[int] = queue.Queue()
    read = readers.PluginReader.read
    take_page = directory.take_page
    before_writing: list[list[int]] = []

    def noting_read(self: readers.PluginReader, cursor: int) -> readers.Page:
        page = read(self, cursor)
        asked.put(len(page.people))
        return page

    def waiting_take(*arguments: Any, **options: Any) -> Any:
        # Without a reader ahead the second page would come only after the first was written: the wait would end empty.
        written = len(before_writing) + 1
        before_writing.append([asked.get(timeout=10) for _ in range(2 if written == 1 else 1 if written < 4 else 0)])
        assert asked.empty()
        return take_page(*arguments, **options)

    monkeypatch.setattr(readers.PluginReader, "read", noting_read)
    monkeypatch.setattr(directory, "take_page", waiting_take)

    row = syncing.run()

    assert (row.state, counts(row)) == (PassState.DONE, {"seen": 40, "created": 40})
    assert before_writing == [[10, 10], [10], [10], []]
