"""Erasure reaches every table, keeps what must stay, and nothing brings the person back."""

from datetime import date

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MenteeState
from moodle_mentorship.consents import service as consents
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.models import Consent
from moodle_mentorship.consents.queries import agreed
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.db import Base
from moodle_mentorship.core.grounds import Grounds
from moodle_mentorship.core.holdings import table_of
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.moodle.to_people import queue_messages
from moodle_mentorship.pairs.board.enums import Cause, DraftState, MarkKind
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.enums import EndReason, PairState
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference
from moodle_mentorship.people.service.directory import Rules, note_missing, take_departures, take_page
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_launch, make_mentee, make_mentor
from tests.personal_data.conftest import Answers, held, subject


@pytest.fixture
def gone(session: Session, school: TestSchool, answers: Answers, runtime: Runtime) -> Person:
    """Somebody with a year behind them who has left."""
    person, mentor = school.teachers[0], school.teachers[1]
    make_mentee(session, person, NOW, MenteeState.COMPLETED)
    make_mentor(session, mentor, NOW)
    answers(person)
    make_launch(session, school, person, now=NOW)
    school.site.plugin_version = "2026112800"
    text = "Здравствуйте, Марина Павловна Белова!"
    texts = [(person.moodle_user_id, text)]
    assert queue_messages(session, runtime.jobs, school.id, texts, "k", "Анкета", "https://a/", NOW)
    person.status, person.email = StaffStatus.LEFT, "belova@school.example"
    session.commit()
    return person


def _pair(session: Session, school: TestSchool, state: PairState, number: str | None) -> None:
    mentee, mentor = school.teachers[0], school.teachers[1]
    session.add(
        Pair(
            school_id=school.id,
            space=Space(school_id=school.id),
            mentor_person_id=mentor.id,
            mentee_person_id=mentee.id,
            state=state,
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 5, 28),
            proposed_at=NOW,
            order_number=number,
            order_date=date(2026, 9, 1) if number else None,
            end_reason=EndReason.COMPLETED if state is PairState.ENDED else None,
            closed_at=NOW,
        )
    )
    session.commit()


def _mark(session: Session, school: TestSchool, person: Person) -> int:
    consents.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)
    actor, kind = Actor(school.id, person.id, frozenset(), launch_id=7), ConsentKind.PROCESSING_MENTEE
    return consents.give_mark(session, Grounds(), BOX, actor, kind, 1, NOW.date(), NOW).id


def everywhere(session: Session, word: str) -> list[str]:
    """Tables in which a word stands, in whatever column."""
    return [
        name
        for name, table in Base.metadata.tables.items()
        if any(word in str(value) for row in session.execute(select(table)) for value in row)
    ]


def test_nobody_stands_behind_the_number_any_more(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    mark = _mark(session, school, gone)
    assert sorted(everywhere(session, "Белова")) == ["outbox_item", "person"]
    before = held(runtime, session, gone)
    assert {"survey_response", "survey_participant", "mentee", "launch", "outbox_item", "consent"} <= before.keys()
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    for word in ("Белова", "Марина", "белова", "belova", "7 «В»"):
        assert everywhere(session, word) == [], word
    # What was agreed to by the mark stays as proof; whose words they were, a number says.
    words = agreed(session.get_one(Consent, mark), BOX)
    assert words is not None
    assert list(words.paragraphs) == ["Я, (удалено)"]
    kept = held(runtime, session, gone)
    assert kept.keys() <= {"person", "consent", "processing_ground", "scan", "consent_duty", "audit_event"}
    session.refresh(gone)
    assert (gone.full_name, gone.erased_at) == (f"№ {gone.id}", NOW)


def test_their_name_goes_from_what_is_said_of_others_line_managers(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool, gone: Person
) -> None:
    def differ(at: TestSchool, number: int, said: str, source: Source = Source.PROFILE_FIELD) -> None:
        person_id, field = at.teachers[number].id, PersonField.LINE_MANAGER
        session.add(
            PersonDifference(
                school_id=at.id, person_id=person_id, field=field, moodle_value=said, source=source, noticed_at=NOW
            )
        )

    differ(school, 1, "Белова Марина Павловна")
    differ(school, 2, "Белова М.П.")
    differ(school, 2, "belova@school.example", Source.FILE)
    differ(school, 3, f"https://moodle.example/user/profile.php?id={gone.moodle_user_id}")
    differ(school, 3, "Беловарова М. П.", Source.FILE)
    differ(other_school, 1, "Белова М. П.")
    session.commit()
    # Who works here is named in the staff list as well.
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=True)
    assert len(session.scalars(select(PersonDifference)).all()) == 6
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    left = session.execute(select(PersonDifference.school_id, PersonDifference.moodle_value)).all()
    assert sorted(map(tuple, left)) == sorted([(school.id, "Беловарова М. П."), (other_school.id, "Белова М. П.")])


def test_what_was_said_beforehand_is_what_is_done(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    _pair(session, school, PairState.DECLINED, None)
    parts = runtime.holdings.plan(session, subject(gone), employed=False)
    said = {table_of(part.holding).name: part.gone + part.blanked for part in parts}
    assert all(part.why for part in parts if part.kept)
    done = runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    assert done == {name: number for name, number in said.items() if number}


def test_an_ordered_pair_stays_and_what_it_rests_on(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    _pair(session, school, PairState.ENDED, "143-ОД")
    _pair(session, school, PairState.DECLINED, None)
    parts = {
        table_of(part.holding).name: part for part in runtime.holdings.plan(session, subject(gone), employed=False)
    }
    assert (parts["pair"].gone, parts["pair"].kept) == (1, 1)
    assert (parts["mentee"].gone, parts["mentee"].kept) == (0, 1)
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    assert held(runtime, session, gone)["pair"] == 1
    assert held(runtime, session, gone)["mentee"] == 1


def test_a_mark_of_the_board_goes_and_its_draft_lets_go(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    mark = Mark(
        school_id=school.id,
        mentee_person_id=gone.id,
        mentor_person_id=school.teachers[1].id,
        kind=MarkKind.FORBID,
        sealed_because=BOX.seal("Белова просила другого"),
        made_at=NOW,
    )
    session.add(mark)
    session.flush()
    draft = Draft(school_id=school.id, number=1, cause=Cause.FORBIDDEN, state=DraftState.DONE, mark_id=mark.id)
    draft.created_at = NOW
    session.add(draft)
    session.commit()
    parts = runtime.holdings.plan(session, subject(gone), employed=False)
    said = {table_of(part.holding).name: (part.gone, part.blanked, part.kept) for part in parts}
    assert (said["board_mark"], said["board_draft"], said["mentee"]) == ((1, 0, 0), (0, 1, 0), (1, 0, 0))
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    assert not {"board_mark", "board_draft", "mentee"} & held(runtime, session, gone).keys()
    assert session.scalars(select(Draft.mark_id)).all() == [None]


def test_who_works_here_stays_in_the_staff_list(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    gone.status = StaffStatus.ACTIVE
    session.commit()
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=True)
    session.commit()
    session.refresh(gone)
    assert (gone.last_name, gone.erased_at) == ("Белова", None)
    assert not {"survey_response", "mentee", "outbox_item"} & held(runtime, session, gone).keys()


def test_a_second_time_changes_nothing_more(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    again = runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    assert again == {"person": 1}


def test_nobody_else_is_touched(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool, gone: Person, answers: Answers
) -> None:
    other = school.teachers[2]
    answers(other)
    twin = other_school.teachers[0]
    before = held(runtime, session, other), held(runtime, session, twin)
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    assert (held(runtime, session, other), held(runtime, session, twin)) == before
    session.refresh(twin)
    assert twin.last_name == "Белова"


def test_a_pass_does_not_bring_them_back(runtime: Runtime, session: Session, school: TestSchool, gone: Person) -> None:
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    told = StaffPerson(
        id=gone.moodle_user_id,
        last_name="Белова",
        first_name="Марина",
        middle_name="Павловна",
        email="belova@school.example",
        suspended=False,
        profile={},
    )
    rules = Rules({}, "Europe/Moscow", NOW)
    taken = take_page(session, school.id, [told], rules)
    taken_away = take_departures(session, school.id, [gone.moodle_user_id], NOW, deleted=True)
    session.commit()
    assert (taken.lines, taken_away.lines) == ([], [])
    assert everywhere(session, "Белова") == []
    session.refresh(gone)
    assert gone.status is StaffStatus.LEFT


def test_who_is_hired_again_after_an_erasure_is_somebody_new(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool, gone: Person
) -> None:
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    number, others = gone.moodle_user_id, [person.id for person in other_school.teachers]
    told = StaffPerson(number, "Белова", "Марина", "Павловна", "belova@school.example", suspended=False, profile={})
    rules = Rules({}, "Europe/Moscow", NOW)
    # Moodle drops them at last; a course that still names them is no word about the staff.
    note_missing(session, school.id, 1, 0, None, [])
    assert take_page(session, school.id, [told], rules, listed=False).lines == []
    assert take_page(session, school.id, [told], rules, write=False).counts.created == 1
    taken = take_page(session, school.id, [told], rules)
    session.commit()
    session.expire_all()
    new = session.scalars(select(Person).where(Person.school_id == school.id, Person.moodle_user_id == number)).one()
    assert (taken.counts.created, new.id != gone.id, new.status) == (1, True, StaffStatus.ACTIVE)
    assert (gone.full_name, gone.email, gone.moodle_user_id, gone.status) == (
        *(f"№ {gone.id}", None, -gone.id),
        StaffStatus.LEFT,
    )
    # Nothing of the earlier year hangs on them, and the next pass knows the new one alone.
    assert held(runtime, session, new) == {"person": 1}
    assert take_page(session, school.id, [told], rules).lines == []
    assert [session.get_one(Person, id_).moodle_user_id > 0 for id_ in others] == [True] * len(others)


def test_the_journal_too_may_say_that_moodle_has_dropped_them(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    session.commit()
    told = StaffPerson(gone.moodle_user_id, "Белова", "Марина", "", "", suspended=False, profile={})
    rules = Rules({}, "Europe/Moscow", NOW)
    assert take_page(session, school.id, [told], rules).counts.created == 0
    take_departures(session, school.id, [gone.moodle_user_id], NOW, deleted=False)
    assert take_page(session, school.id, [told], rules).counts.created == 1


def test_a_new_account_with_the_address_of_an_erased_person_is_somebody_new(
    runtime: Runtime, session: Session, school: TestSchool, gone: Person
) -> None:
    gone.email = "belova@school.example"
    runtime.holdings.erase(session, school.actor(), subject(gone), NOW, employed=False)
    told = StaffPerson(7_000, "Белова", "Марина", "Павловна", "belova@school.example", suspended=False, profile={})
    assert take_page(session, school.id, [told], Rules({}, "Europe/Moscow", NOW)).counts.created == 1
    assert session.scalars(select(Person.id).where(Person.email == told.email)).one() != gone.id


def test_every_row_of_a_person_is_found_by_its_number(runtime: Runtime, app: object) -> None:
    """Rows are found in the database by (school, …): whoever registers a table can't forget the school."""
    for one in runtime.holdings.held:
        assert "school_id" in inspect(one.model).local_table.columns
