"""A file completes the people whom Moodle named: who is meant by a row, and what becomes of each field."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.people.enums import PersonField, RowOutcome, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference
from moodle_mentorship.people.service import completing, directory
from moodle_mentorship.people.service.completing import Change, Entry, Plan
from moodle_mentorship.people.service.directory import Rules
from tests.conftest import NOW
from tests.factories import TestSchool, make_person

FIELDS = {
    "position": PersonField.POSITION,
    "hired": PersonField.HIRE_DATE,
    "middle": PersonField.MIDDLE_NAME,
    "subjects": PersonField.SUBJECTS,
}


def row(name: str, line: int = 2, email: str | None = None, **values: Any) -> Entry:
    last, first, *middle = name.split(" ")
    told = {FIELDS[key]: value for key, value in values.items()}
    if middle:
        told = {PersonField.MIDDLE_NAME: " ".join(middle), **told}
    return Entry(line, last, first, " ".join(middle) or None, email, told)


def planned(session: Session, school: TestSchool, *rows: Entry) -> list[tuple[int, RowOutcome, str | None]]:
    session.flush()
    done = completing.plan(session, school.id, rows)
    return [(each.line, each.outcome, each.reason) for each in done.rows]


def carry_out(session: Session, school: TestSchool, *rows: Entry, days: int = 0) -> Plan:
    session.flush()
    todo = completing.plan(session, school.id, rows, lock=True)
    completing.carry_out(session, school.id, todo, NOW + timedelta(days=days), school.curator.id)
    session.flush()
    session.expire_all()
    return todo


def differences(session: Session) -> list[tuple[PersonField, str | None, Source]]:
    found = session.scalars(select(PersonDifference).order_by(PersonDifference.field, PersonDifference.source))
    return [(each.field, each.moodle_value, each.source) for each in found]


@pytest.fixture
def anna(session: Session, school: TestSchool, other_school: TestSchool) -> Person:
    """Somebody of whom Moodle's core functions tell only two names, and who works in both schools."""
    make_person(session, other_school.id, 50, "Ёлкина Анна", now=NOW)
    return make_person(session, school.id, 50, "Ёлкина Анна", now=NOW, email="anna@school.example")


@pytest.mark.parametrize(
    "name",
    [
        "Ёлкина Анна",
        "ЕЛКИНА анна",
        "Елкина Анна Ильинична",
        # NFD, as some exports write й and ё.
        "Е\u0308лкина Анна",
    ],
)
def test_a_name_is_recognised_however_it_is_written(
    session: Session, school: TestSchool, anna: Person, name: str
) -> None:
    (done,) = completing.plan(session, school.id, [row(name, position="учитель")]).rows
    assert (done.person_id, done.outcome) == (anna.id, RowOutcome.CHANGED)


@pytest.mark.parametrize("name", ["Римский–Корсаков Н’Гомо", "Римский - Корсаков Н'Гомо"])
def test_dashes_and_apostrophes_of_all_kinds_are_one(session: Session, school: TestSchool, name: str) -> None:
    person = make_person(session, school.id, 60, "Римский-Корсаков Н'Гомо", now=NOW)
    last, first = name.rsplit(" ", 1)
    (done,) = completing.plan(session, school.id, [Entry(2, last, first, values={})]).rows
    assert done.person_id == person.id


def test_namesakes_are_listed_and_never_guessed(session: Session, school: TestSchool, anna: Person) -> None:
    make_person(session, school.id, 51, "Ёлкина Анна", now=NOW)
    assert planned(session, school, row("Ёлкина Анна Ильинична", position="учитель"), row("Ёлкина Анна", line=3)) == [
        (2, RowOutcome.AMBIGUOUS, completing.NAMESAKES),
        (3, RowOutcome.AMBIGUOUS, completing.NAMESAKES),
    ]


def test_a_patronymic_tells_namesakes_apart(session: Session, school: TestSchool, anna: Person) -> None:
    anna.middle_name = "Ильинична"
    other = make_person(session, school.id, 51, "Ёлкина Анна Олеговна", now=NOW)
    done = completing.plan(session, school.id, [row("Елкина Анна Ильинична"), row("Елкина Анна Олеговна", line=3)]).rows
    assert [each.person_id for each in done] == [anna.id, other.id]
    assert planned(session, school, row("Ёлкина Анна"), row("Ёлкина Анна Петровна", line=3)) == [
        (2, RowOutcome.AMBIGUOUS, completing.NAMESAKES),
        (3, RowOutcome.UNKNOWN, completing.OTHER_PATRONYMIC),
    ]


def test_an_exact_name_wins_over_one_without_a_patronymic(session: Session, school: TestSchool, anna: Person) -> None:
    exact = make_person(session, school.id, 51, "Ёлкина Анна Олеговна", now=NOW)
    (done,) = completing.plan(session, school.id, [row("Ёлкина Анна Олеговна", position="учитель")]).rows
    assert done.person_id == exact.id


def test_an_email_that_is_one_persons_alone_comes_before_the_name(
    session: Session, school: TestSchool, anna: Person
) -> None:
    make_person(session, school.id, 51, "Сосна Анна", now=NOW)
    renamed = row("Сосна Анна Ильинична", email="ANNA@school.example", position="учитель")
    (done,) = completing.plan(session, school.id, [renamed]).rows
    assert (done.person_id, done.known_as) == (anna.id, "Ёлкина Анна")
    stranger = row("Берёза Пётр", email="anna@school.example")
    assert planned(session, school, stranger) == [(2, RowOutcome.AMBIGUOUS, completing.EMAIL_OF_ANOTHER)]


def test_an_email_of_several_tells_nothing(session: Session, school: TestSchool, anna: Person) -> None:
    """The office's address stands beside everybody in some lists."""
    rows = [row("Ёлкина Анна", email="anna@school.example"), row("Ким Вера", line=3, email="anna@school.example")]
    assert [each.person_id for each in completing.plan(session, school.id, rows).rows] == [
        anna.id,
        school.teachers[2].id,
    ]


def test_who_left_and_who_works_elsewhere_are_nobody(
    session: Session, school: TestSchool, other_school: TestSchool, anna: Person
) -> None:
    anna.status = StaffStatus.LEFT
    make_person(session, other_school.id, 70, "Сосна Мария", now=NOW)
    assert planned(session, school, row("Ёлкина Анна"), row("Сосна Мария", line=3)) == [
        (2, RowOutcome.UNKNOWN, completing.NOBODY),
        (3, RowOutcome.UNKNOWN, completing.NOBODY),
    ]


def test_two_rows_for_one_person(session: Session, school: TestSchool, anna: Person) -> None:
    """The same said twice is said once; of two posts none is chosen."""
    same = [row("Ёлкина Анна", line, position="учитель") for line in (2, 3)]
    assert planned(session, school, *same) == [
        (2, RowOutcome.CHANGED, None),
        (3, RowOutcome.REPEATED, completing.REPETITION),
    ]
    todo = completing.plan(session, school.id, [*same, row("Ёлкина Анна", 9, position="методист")])
    assert [(each.outcome, each.others) for each in todo.rows] == [
        (RowOutcome.AMBIGUOUS, (3, 9)),
        (RowOutcome.AMBIGUOUS, (2, 9)),
        (RowOutcome.AMBIGUOUS, (2, 3)),
    ]


def test_empty_fields_are_filled_and_say_where_from(session: Session, school: TestSchool, anna: Person) -> None:
    carry_out(session, school, row("Ёлкина Анна Ильинична", position="учитель", hired=date(2019, 9, 1)))
    assert (anna.middle_name, anna.position, anna.hire_date) == ("Ильинична", "учитель", date(2019, 9, 1))
    assert anna.search_name == "елкина анна ильинична"
    source = {"source": "file", "name": "", "at": NOW.isoformat()}
    assert anna.sources == {"middle_name": source, "position": source, "hire_date": source}
    assert differences(session) == []


def test_the_same_file_again_changes_nothing(session: Session, school: TestSchool, anna: Person) -> None:
    school.teachers[0].sources = {"position": {"source": "by_hand"}}
    rows = [row("Ёлкина Анна", position="учитель"), row("Белова Марина", 3, position="завуч")]
    assert carry_out(session, school, *rows).counts == {RowOutcome.CHANGED: 2}
    before = (anna.updated_at, differences(session))
    assert carry_out(session, school, *rows, days=1).counts == {RowOutcome.UNCHANGED: 2}
    assert (anna.updated_at, differences(session)) == before


def test_a_newer_file_writes_over_an_older_one(session: Session, school: TestSchool, anna: Person) -> None:
    carry_out(session, school, row("Ёлкина Анна", position="учитель"))
    carry_out(session, school, row("Ёлкина Анна", position="Учитель"), days=1)
    assert (anna.position, anna.sources["position"]["at"]) == ("Учитель", (NOW + timedelta(days=1)).isoformat())


@pytest.mark.parametrize("source", ["moodle", "profile_field", "by_hand", None])
def test_what_stands_from_elsewhere_is_not_written_over(
    session: Session, school: TestSchool, anna: Person, source: str | None
) -> None:
    anna.position = "учитель"
    anna.sources = {"position": {"source": source}} if source else {}
    todo = carry_out(session, school, row("Ёлкина Анна", position="методист"))
    assert todo.rows[0].changes == (Change(PersonField.POSITION, "учитель", "методист", open=True),)
    assert todo.open == 1
    assert (anna.position, differences(session)) == (
        "учитель",
        [(PersonField.POSITION, "методист", Source.FILE)],
    )


def test_what_somebody_emptied_is_not_filled_again(session: Session, school: TestSchool, anna: Person) -> None:
    anna.sources = {"position": {"source": "by_hand"}}
    carry_out(session, school, row("Ёлкина Анна", position="методист"))
    assert (anna.position, differences(session)) == (None, [(PersonField.POSITION, "методист", Source.FILE)])


def test_another_spelling_is_no_difference_to_decide_about(session: Session, school: TestSchool, anna: Person) -> None:
    anna.position = "Учитель физики"
    assert carry_out(session, school, row("Ёлкина Анна", position="учитель  Физики")).counts == {
        RowOutcome.UNCHANGED: 1
    }


def test_a_later_file_has_the_last_word_about_what_files_say(
    session: Session, school: TestSchool, anna: Person
) -> None:
    anna.position = "учитель"
    carry_out(session, school, row("Ёлкина Анна", position="методист"))
    carry_out(session, school, row("Ёлкина Анна", position="завуч"))
    assert differences(session) == [(PersonField.POSITION, "завуч", Source.FILE)]
    todo = carry_out(session, school, row("Ёлкина Анна", position="учитель"))
    assert (todo.counts, differences(session)) == ({RowOutcome.UNCHANGED: 1}, [])


def moodle_says(session: Session, school: TestSchool, post: str) -> None:
    person = StaffPerson(50, "Ёлкина", "Анна", None, "anna@school.example", False, {"post": post})
    rules = Rules({"position": "post"}, "Europe/Moscow", NOW)
    directory.take_page(session, school.id, [person], rules)
    session.flush()
    session.expire_all()


def test_moodle_and_a_file_each_have_an_opinion(session: Session, school: TestSchool, anna: Person) -> None:
    anna.position, anna.sources = "учитель", {"position": {"source": "by_hand"}}
    moodle_says(session, school, "методист")
    carry_out(session, school, row("Ёлкина Анна", position="завуч"))
    # A pass that changes nothing leaves the file's opinion where it is, and is not counted again.
    moodle_says(session, school, "методист")
    assert differences(session) == [
        (PersonField.POSITION, "завуч", Source.FILE),
        (PersonField.POSITION, "методист", Source.PROFILE_FIELD),
    ]


def test_moodle_does_not_write_over_a_file_either(session: Session, school: TestSchool, anna: Person) -> None:
    carry_out(session, school, row("Ёлкина Анна Ильинична", position="завуч"))
    moodle_says(session, school, "методист")
    assert (anna.position, anna.middle_name, differences(session)) == (
        "завуч",
        "Ильинична",
        [(PersonField.POSITION, "методист", Source.PROFILE_FIELD)],
    )
    moodle_says(session, school, "")
    assert (anna.position, differences(session)) == ("завуч", [])


@pytest.mark.parametrize(
    ("take", "position", "source"),
    [("moodle", "методист", "profile_field"), ("file", "завуч", "file"), ("keep", "учитель", "by_hand")],
)
def test_one_decision_settles_a_field(
    session: Session, school: TestSchool, anna: Person, take: Any, position: str, source: str
) -> None:
    """Whom nobody chose is not asked again for the same value; another value is brought up."""
    anna.position, anna.sources = "учитель", {"position": {"source": "by_hand"}}
    moodle_says(session, school, "методист")
    carry_out(session, school, row("Ёлкина Анна", position="завуч"))
    directory.resolve_difference(session, school.actor(), anna.id, PersonField.POSITION, take, NOW)
    session.expire_all()
    assert (anna.position, anna.sources["position"]["source"], differences(session)) == (position, source, [])

    moodle_says(session, school, "методист")
    carry_out(session, school, row("Ёлкина Анна", position="завуч"))
    assert (anna.position, differences(session)) == (position, [])
    carry_out(session, school, row("Ёлкина Анна", position="директор"))
    said = [] if take == "file" else [(PersonField.POSITION, "директор", Source.FILE)]
    assert (anna.position, differences(session)) == ("директор" if take == "file" else position, said)


def test_an_edit_by_hand_settles_what_a_file_says_as_well(session: Session, school: TestSchool, anna: Person) -> None:
    anna.position = "учитель"
    carry_out(session, school, row("Ёлкина Анна", position="завуч"))
    directory.edit_person(session, school.actor(), anna.id, {"position": "завуч"}, NOW)
    assert differences(session) == []


def test_who_is_missing_in_the_file_is_counted_and_left_alone(
    session: Session, school: TestSchool, anna: Person
) -> None:
    before = {person.id: person.status for person in session.scalars(select(Person))}
    school.teachers[0].status = StaffStatus.LEAVING
    before[school.teachers[0].id] = StaffStatus.LEAVING
    todo = carry_out(session, school, row("Ёлкина Анна", position="учитель"))
    assert todo.absent == 5
    assert {person.id: person.status for person in session.scalars(select(Person))} == before


def test_a_plan_has_a_digest_of_its_own(session: Session, school: TestSchool, anna: Person) -> None:
    rows = [row("Ёлкина Анна", position="учитель")]
    first = completing.plan(session, school.id, rows)
    assert completing.plan(session, school.id, rows, lock=True).digest == first.digest
    others = [
        [row("Ёлкина Анна", position="завуч")],
        [row("Ёлкина Анна", line=3, position="учитель")],
        [*rows, row("Ким Вера", 3)],
    ]
    digests = {completing.plan(session, school.id, other).digest for other in others}
    anna.position = "методист"
    session.flush()
    digests.add(completing.plan(session, school.id, rows).digest)
    assert len(digests | {first.digest}) == 5


@pytest.fixture
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_a_plan_costs_two_statements_however_many_rows(
    session: Session, school: TestSchool, anna: Person, statements: list[str]
) -> None:
    for number in (1, 40):
        rows = [row("Ёлкина Анна", line, position="учитель") for line in range(number)]
        statements.clear()
        completing.plan(session, school.id, rows)
        assert len(statements) == 2
