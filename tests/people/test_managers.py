"""A line manager whom Moodle or a file names in words: who is meant, and what becomes of a name that means nobody."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange, PersonDifference
from moodle_mentorship.people.service import colleagues, completing, directory, managers
from moodle_mentorship.people.service.colleagues import Colleagues
from moodle_mentorship.people.service.completing import Change, Entry, Plan
from moodle_mentorship.people.service.directory import Rules
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_person

MANAGER = PersonField.LINE_MANAGER
RULES = Rules({"line_manager_id": "boss"}, "Europe/Moscow", NOW)
NOBODY = "Сидорова Ольга"


def told(number: int, name: str, boss: str) -> StaffPerson:
    last, first, *middle = name.split()
    return StaffPerson(number, last, first, " ".join(middle), "", suspended=False, profile={"boss": boss})


def read(session: Session, school: TestSchool, *people: StaffPerson, days: int = 0) -> int:
    """A pass over one page; how many opinions it left to be decided."""
    rules = replace(RULES, now=NOW + timedelta(days=days))
    directory.take_page(session, school.id, people, rules)
    left = managers.settle(session, school.id, rules, rules.now)
    session.flush()
    session.expire_all()
    return left


def fill_in(session: Session, school: TestSchool, person: Person, boss: str) -> Plan:
    entry = Entry(2, person.last_name, person.first_name, person.middle_name, values={MANAGER: boss})
    session.flush()
    todo = completing.plan(session, school.id, [entry], lock=True)
    completing.carry_out(session, school.id, todo, NOW, school.curator.id)
    session.expire_all()
    return todo


def open_names(session: Session) -> list[tuple[str | None, Source]]:
    rows = session.scalars(select(PersonDifference).order_by(PersonDifference.id))
    return [(row.moodle_value, row.source) for row in rows if row.field is MANAGER]


@pytest.fixture
def boss(session: Session, school: TestSchool, other_school: TestSchool) -> Person:
    """Somebody who has a namesake in another school, with the same address."""
    for each in (other_school, school):
        made = make_person(session, each.id, 50, "Ёлкина Анна-Мария Олеговна", now=NOW, email="anna@school.example")
    return made


@pytest.fixture
def person(session: Session, school: TestSchool) -> Person:
    return make_person(session, school.id, 51, "Сосна Вера Ильинична", now=NOW)


@pytest.mark.parametrize(
    "name",
    [
        "Ёлкина Анна-Мария Олеговна",
        "ЕЛКИНА анна–мария",
        "Елкина А. О.",
        "Ёлкина А.О.",
        "Ёлкина А.",
        "Ёлкина Анна-Мария О.",
        "ANNA@school.example",
        "https://moodle.school.example/user/profile.php?id=50",
        "https://moodle.school.example/user/view.php?course=2&id=50&lang=ru",
    ],
)
def test_each_way_of_naming(session: Session, school: TestSchool, boss: Person, person: Person, name: str) -> None:
    assert Colleagues(session, school.id).meant(name, person.id).id == boss.id
    assert read(session, school, told(51, person.full_name, name)) == 0
    assert (person.line_manager_id, person.sources[MANAGER]["source"], open_names(session)) == (
        boss.id,
        "profile_field",
        [],
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Ёлкина", colleagues.NOT_ON_THE_STAFF),
        ("Ёлкина Б. О.", colleagues.NOT_ON_THE_STAFF),
        ("Ёлкина А. П.", colleagues.NOT_ON_THE_STAFF),
        ("Ёлкина Анна", colleagues.NOT_ON_THE_STAFF),
        # A personnel number is nobody's number in Moodle.
        ("50", colleagues.NOT_ON_THE_STAFF),
        ("nobody@school.example", colleagues.NOT_ON_THE_STAFF),
        ("Чужая Анна", colleagues.NOT_ON_THE_STAFF),
        ("Ким В.", colleagues.SEVERAL),
        ("Сосна Вера Ильинична", colleagues.ONESELF),
    ],
)
def test_a_name_that_means_nobody_for_sure_is_kept_and_said(
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    boss: Person,
    person: Person,
    name: str,
    problem: str,
) -> None:
    make_person(session, other_school.id, 70, "Чужая Анна", now=NOW)
    make_person(session, school.id, 71, "Ким Виктор", now=NOW)
    assert read(session, school, told(51, person.full_name, name)) == 1
    assert (person.line_manager_id, open_names(session)) == (None, [(name, Source.PROFILE_FIELD)])
    assert Colleagues(session, school.id).meant(name, person.id).problem == problem
    # Said again it is nothing new.
    assert read(session, school, told(51, person.full_name, name), days=1) == 0
    (row,) = fill_in(session, school, person, name).rows
    assert row.changes == (Change(MANAGER, None, None, open=True, said=name, problem=problem),)
    assert open_names(session) == [(name, Source.PROFILE_FIELD), (name, Source.FILE)]


def test_a_patronymic_that_is_not_known_here_gives_way_to_the_very_one(
    session: Session, school: TestSchool, person: Person
) -> None:
    core = make_person(session, school.id, 60, "Бук Инна", now=NOW)
    asked = "Бук Инна Львовна"
    assert Colleagues(session, school.id).meant(asked, person.id).id == core.id
    exact = make_person(session, school.id, 61, asked, now=NOW)
    assert Colleagues(session, school.id).meant(asked, person.id).id == exact.id
    exact.status = StaffStatus.LEFT
    session.flush()
    assert Colleagues(session, school.id).meant(asked, person.id).id == core.id


def test_newcomers_managers_may_stand_on_a_later_page(session: Session, school: TestSchool) -> None:
    directory.take_page(session, school.id, [told(80, "Бук Инна", NOBODY), told(81, "Вяз Яна", "Вяз Яна")], RULES)
    directory.take_page(session, school.id, [told(82, NOBODY, "—")], RULES)
    assert managers.settle(session, school.id, RULES, NOW) == 1
    found = {row.moodle_user_id: row for row in session.scalars(select(Person).where(Person.moodle_user_id >= 80))}
    session.expire_all()
    assert (found[80].line_manager_id, found[81].line_manager_id) == (found[82].id, None)
    assert open_names(session) == [("Вяз Яна", Source.PROFILE_FIELD)]


def test_a_file_waits_for_the_colleague_too(session: Session, school: TestSchool, person: Person) -> None:
    todo = fill_in(session, school, person, NOBODY)
    assert (todo.unclear, todo.open, person.line_manager_id) == (1, 0, None)
    read(session, school, told(90, NOBODY, ""), days=1)
    manager = session.scalars(select(Person).where(Person.moodle_user_id == 90)).one()
    assert (person.line_manager_id, person.sources[MANAGER]["source"], open_names(session)) == (manager.id, "file", [])
    (change,) = session.scalars(select(PersonChange))
    assert (change.after, change.source, change.by_person_id) == (str(manager.id), Source.FILE, None)


def test_by_hand_is_not_written_over_and_the_curator_decides_by_name(
    session: Session, school: TestSchool, boss: Person, person: Person
) -> None:
    directory.edit_person(session, school.actor(), person.id, {"line_manager": "Орлов"}, NOW)
    assert read(session, school, told(51, person.full_name, "Ёлкина А. О.")) == 1
    assert (person.line_manager_id, open_names(session)) == (
        school.director.id,
        [("Ёлкина А. О.", Source.PROFILE_FIELD)],
    )
    directory.resolve_difference(session, school.actor(), person.id, MANAGER, "moodle", NOW)
    assert (person.line_manager_id, open_names(session)) == (boss.id, [])


def test_a_name_that_cannot_be_found_leaves_what_stands_here(
    session: Session, school: TestSchool, boss: Person, person: Person
) -> None:
    read(session, school, told(51, person.full_name, "Ёлкина А."))
    read(session, school, told(51, person.full_name, NOBODY))
    assert (person.line_manager_id, open_names(session)) == (boss.id, [(NOBODY, Source.PROFILE_FIELD)])
    with pytest.raises(Conflict):
        directory.resolve_difference(session, school.actor(), person.id, MANAGER, "moodle", NOW)
    # An edit of something else leaves the question open.
    directory.edit_person(session, school.actor(), person.id, {"position": "завуч"}, NOW)
    assert len(open_names(session)) == 1
    directory.resolve_difference(session, school.actor(), person.id, MANAGER, "keep", NOW)
    # Kept against the source that it came from, it stands by hand.
    read(session, school, told(51, person.full_name, NOBODY), told(90, NOBODY, ""), days=1)
    read(session, school, told(51, person.full_name, NOBODY), days=2)
    assert (person.line_manager_id, person.sources[MANAGER]["source"], open_names(session)) == (boss.id, "by_hand", [])


def test_moodle_empties_what_it_has_filled(session: Session, school: TestSchool, boss: Person, person: Person) -> None:
    read(session, school, told(51, person.full_name, "Ёлкина А."))
    read(session, school, told(51, person.full_name, ""))
    assert (person.line_manager_id, MANAGER in person.sources) == (None, False)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_as_many_statements_for_two_as_for_many(
    session: Session, school: TestSchool, boss: Person, person: Person, statements: list[str]
) -> None:
    def cost(numbers: range) -> list[int]:
        spent = []
        names = [("Ёлкина А. О.", NOBODY, "Ким Вера")[number % 3] for number in numbers]
        page = [told(number, f"Бук{number} Инна", name) for number, name in zip(numbers, names, strict=True)]
        entries = [Entry(n, f"Бук{n}", "Инна", values={MANAGER: name}) for n, name in zip(numbers, names, strict=True)]
        for act in (
            lambda: directory.take_page(session, school.id, page, RULES),
            lambda: managers.settle(session, school.id, RULES, NOW),
            lambda: directory.take_page(session, school.id, page, RULES),
            lambda: managers.settle(session, school.id, RULES, NOW),
            lambda: completing.plan(session, school.id, entries),
        ):
            session.flush()
            statements.clear()
            act()
            spent.append(len(statements))
        return spent

    few = cost(range(100, 103))
    assert cost(range(200, 320)) == few
    assert max(few) <= 7


def test_the_card_says_what_keeps_a_name_open(
    sign_in: SignIn,
    csrf: Callable[[FlaskClient], str],
    session: Session,
    school: TestSchool,
    boss: Person,
    person: Person,
) -> None:
    read(session, school, told(51, person.full_name, NOBODY))
    fill_in(session, school, person, "Ким В.")
    make_person(session, school.id, 71, "Ким Виктор", now=NOW)
    session.commit()
    client = sign_in(school, school.curator)
    text = client.get(f"/staff/{person.id}").text.replace("\u00a0", " ")
    assert f"руководитель «{NOBODY}» не найден в списке сотрудников" in text
    assert 'value="moodle"' not in text
    client.post(f"/staff/{person.id}/differences/{MANAGER}", data={"take": "moodle", "csrf_token": csrf(client)})
    assert len(open_names(session)) == 1
