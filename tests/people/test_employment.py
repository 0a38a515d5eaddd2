"""What is known of a person's work beyond Moodle's own fields: who says it, what stood there before, who decides."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.people import queries
from moodle_mentorship.people.enums import Category, PersonField, Source
from moodle_mentorship.people.models import Person, PersonChange, PersonDifference
from moodle_mentorship.people.service import directory
from moodle_mentorship.people.service.directory import Rules
from moodle_mentorship.people.service.values import category_of
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_person

RULES = Rules(
    {"category": "cat", "teaching_since": "years", "building": "house", "position": "post", "free_slots": "week"},
    "Europe/Moscow",
    NOW,
)


def take(session: Session, school: TestSchool, **profile: str) -> Person:
    """Moodle names one person with this profile."""
    told = StaffPerson(900, "Ёлкина", "Алёна", "", "a@school.example", suspended=False, profile=profile)
    directory.take_page(session, school.id, [told], RULES)
    session.flush()
    session.expire_all()
    return session.scalars(select(Person).where(Person.school_id == school.id, Person.moodle_user_id == 900)).one()


def changes(session: Session) -> list[tuple[str, str | None, str | None, Source, int | None]]:
    rows = session.scalars(select(PersonChange).order_by(PersonChange.id))
    return [(row.field.value, row.before, row.after, row.source, row.by_person_id) for row in rows]


def edit(session: Session, school: TestSchool, person: Person, **values: Any) -> Person:
    return directory.edit_person(session, school.actor(), person.id, values, NOW)


def answer(session: Session, school: TestSchool, person: Person, **said: str) -> None:
    texts = {PersonField(name): text for name, text in said.items()}
    directory.take_answers(session, school.actor(person), person.id, texts, NOW.date(), NOW)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("высшая", Category.HIGHEST),
        ("<p>Первая квалификационная категория</p>", Category.FIRST),
        ("Педагог-методист", Category.METHODIST),
        ("педагог‑наставник", Category.MENTOR),
        ("СЗД", Category.NONE),
        ("вторая", None),
        ("", None),
    ],
)
def test_a_category_in_words(words: str, category: Category | None) -> None:
    assert category_of(words) is category


def test_a_profile_field_tells_and_what_stood_before_is_kept(session: Session, school: TestSchool) -> None:
    person = take(session, school, cat="первая", years="12 лет", house="Корпус 2", post="учитель")
    assert (person.category, person.teaching_since, person.building) == (Category.FIRST, date(2014, 9, 1), "Корпус 2")
    assert (person.sources["category"]["source"], changes(session)) == ("profile_field", [])
    take(session, school, cat="высшая", years="12", house="Корпус 2", post="")
    assert changes(session) == [
        ("position", "учитель", None, Source.MOODLE, None),
        ("category", "first", "highest", Source.PROFILE_FIELD, None),
    ]


def test_names_and_addresses_leave_no_history(session: Session, school: TestSchool) -> None:
    edit(session, school, take(session, school), last_name="Соснина", email="s@school.example")
    assert changes(session) == []


def test_what_was_entered_by_hand_is_not_written_over(session: Session, school: TestSchool) -> None:
    person = take(session, school, cat="первая")
    edit(session, school, person, category=Category.HIGHEST)
    take(session, school, cat="первая")
    assert person.category is Category.HIGHEST
    answer(session, school, person, category="Без категории", building="Корпус 1")
    assert (person.category, person.building) == (Category.HIGHEST, "Корпус 1")
    standing = session.scalars(select(PersonDifference).order_by(PersonDifference.id)).all()
    assert [(row.source, row.moodle_value) for row in standing] == [
        (Source.PROFILE_FIELD, "first"),
        (Source.QUESTIONNAIRE, "none"),
    ]
    directory.resolve_difference(session, school.actor(), person.id, PersonField.CATEGORY, "answer", NOW)
    assert (person.category, changes(session)[-1]) == (
        Category.NONE,
        ("category", "highest", "none", Source.QUESTIONNAIRE, school.curator.id),
    )
    # Both were decided about: neither comes up again.
    take(session, school, cat="первая")
    answer(session, school, person, category="без категории")
    assert session.scalars(select(PersonDifference)).all() == []


def test_an_answer_follows_the_newest_one_and_moodle_does_not_write_over_it(
    session: Session, school: TestSchool
) -> None:
    person = take(session, school)
    answer(session, school, person, teaching_since="3", category="не знаю")
    answer(session, school, person, teaching_since="4")
    assert (person.teaching_since, person.category) == (date(2022, 9, 1), None)
    take(session, school, years="10")
    assert person.teaching_since == date(2022, 9, 1)
    (standing,) = session.scalars(select(PersonDifference))
    assert (standing.source, standing.moodle_value) == (Source.PROFILE_FIELD, "2016-09-01")


def test_the_free_week_follows_its_sources_and_what_was_entered_by_hand_stays(
    session: Session, school: TestSchool
) -> None:
    person = take(session, school, week="пн 1-2; ср 3")
    assert (person.free_slots, person.sources["free_slots"]["source"]) == ("1-1,1-2,3-3", "profile_field")
    assert take(session, school, week="когда-нибудь").free_slots is None
    answer(session, school, person, free_slots="2-4")
    take(session, school, week="пн 1")
    assert (person.free_slots, person.sources["free_slots"]["source"]) == ("2-4", "questionnaire")
    edit(session, school, person, free_slots="5-after")
    answer(session, school, person, free_slots="2-5")
    assert person.free_slots == "5-after"
    standing = session.scalars(select(PersonDifference).order_by(PersonDifference.id)).all()
    assert [(row.source, row.moodle_value) for row in standing] == [
        (Source.PROFILE_FIELD, "1-1"),
        (Source.QUESTIONNAIRE, "2-5"),
    ]
    assert [row[1:3] for row in changes(session)] == [("1-1,1-2,3-3", None), (None, "2-4"), ("2-4", "5-after")]
    directory.resolve_difference(session, school.actor(), person.id, PersonField.FREE_SLOTS, "answer", NOW)
    assert person.free_slots == "2-5"


def test_the_free_week_is_marked_on_the_card_by_a_grid(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    client = sign_in(school, school.curator)
    names = {"csrf_token": csrf(client), "last_name": person.last_name, "first_name": person.first_name}
    address = f"/staff/{person.id}/edit"
    client.post(address, data=names | {"free_slots": ["", "3-2", "1-1", "1-2"]})
    session.expire_all()
    assert (person.free_slots, person.sources["free_slots"]["source"]) == ("1-1,1-2,3-2", "by_hand")
    assert "Пн 1–2; Ср 2" in client.get(f"/staff/{person.id}").text
    assert client.get(address).text.count(" checked") == 3
    wrong = client.post(address, data=names | {"free_slots": ["", "9-9", "2-1"]})
    assert (wrong.status_code, re.findall(r'value="([^"]+)" aria-label="[^"]+" checked', wrong.text)) == (422, ["2-1"])
    # A form without the grid leaves it alone, one with nothing marked clears it.
    client.post(address, data=names)
    session.expire_all()
    assert person.free_slots == "1-1,1-2,3-2"
    client.post(address, data=names | {"free_slots": [""]})
    assert session.scalar(select(Person.free_slots).where(Person.id == person.id)) is None
    headers = {"X-CSRF-Token": csrf(client)}
    said = client.patch(f"/api/v1/staff/{person.id}", json={"free_slots": ["2-after"]}, headers=headers).get_json()
    assert said["free_slots"] == ["2-after"]
    refused = client.patch(f"/api/v1/staff/{person.id}", json={"free_slots": "2-1"}, headers=headers)
    assert refused.status_code == 422


def test_a_line_manager_is_one_colleague_by_name(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    edit(session, school, person, line_manager="орлов пётр")
    assert person.line_manager_id == school.director.id
    edit(session, school, person, line_manager=None)
    assert [row[1:3] for row in changes(session)] == [(None, str(school.director.id)), (str(school.director.id), None)]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Ким Вера", None),
        ("Ким", directory.SEVERAL_COLLEAGUES),
        ("Белова", directory.THEMSELVES),
        ("Чужая Анна", directory.NO_SUCH_COLLEAGUE),
    ],
)
def test_a_name_that_means_nobody_for_sure_is_refused(
    session: Session, school: TestSchool, other_school: TestSchool, name: str, problem: str | None
) -> None:
    make_person(session, school.id, 70, "Ким Вера Сергеевна", now=NOW)
    make_person(session, other_school.id, 71, "Чужая Анна", now=NOW)
    if problem is None:
        assert edit(session, school, school.teachers[0], line_manager=name).line_manager_id == school.teachers[2].id
    else:
        with pytest.raises(Invalid) as refused:
            edit(session, school, school.teachers[0], line_manager=name)
        assert refused.value.errors == {"line_manager": [problem]}


def test_a_break_ends_after_it_begins(session: Session, school: TestSchool) -> None:
    edit(session, school, school.teachers[0], break_from=date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        edit(session, school, school.teachers[0], break_until=date(2025, 12, 31))
    assert refused.value.errors == {"break_until": [directory.BREAK_BACKWARDS]}


def test_what_is_known_comes_in_one_statement_and_from_one_school(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    first, second, *_ = school.teachers
    edit(session, school, first, category=Category.FIRST, line_manager="Орлов", building="Корпус 1")
    everybody = [first.id, second.id, other_school.teachers[0].id]
    asked: list[str] = []
    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *args: asked.append(args[2]))
    known = queries.employment_of(session, school.id, everybody)
    assert (len(asked), sorted(known)) == (1, sorted([first.id, second.id]))
    assert (known[first.id].category, known[first.id].line_manager_id, known[first.id].building) == (
        Category.FIRST,
        school.director.id,
        "Корпус 1",
    )
    assert known[second.id].category is None


def test_the_card_shows_what_is_known_and_what_stood_before(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], school: TestSchool
) -> None:
    person, client = school.teachers[0], sign_in(school, school.curator)

    def post(path: str, **values: str) -> TestResponse:
        return client.post(path, data=values | {"csrf_token": csrf(client)})

    told = {"last_name": "Белова", "first_name": "Марина", "position": "учитель"}
    assert post(f"/staff/{person.id}/edit", **told, category="first", line_manager="Орлов").status_code == 303
    wrong = post(f"/staff/{person.id}/edit", **told, category="first", line_manager="Ниоткуда")
    assert (wrong.status_code, 'value="Ниоткуда"' in wrong.get_data(as_text=True)) == (422, True)
    text = client.get(f"/staff/{person.id}").get_data(as_text=True).replace("\u00a0", " ")
    assert "Непосредственный руководитель" in text
    assert "пусто → первая" in text
    assert "пусто → Орлов Пётр Ильич" in text
    assert 'value="Орлов Пётр Ильич"' in client.get(f"/staff/{person.id}/edit").get_data(as_text=True)


def test_earlier_values_for_programs(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    edit(session, school, school.teachers[0], building="Корпус 1")
    directory.edit_person(
        session, school.actor(), school.teachers[0].id, {"building": "Корпус 2"}, NOW + timedelta(days=1)
    )
    session.commit()
    client = sign_in(school, school.curator)
    told = client.get(f"/api/v1/staff/{school.teachers[0].id}/changes").get_json()
    assert [(row["before"], row["after"], row["source"], row["by_person_id"]) for row in told] == [
        ("Корпус 1", "Корпус 2", "by_hand", school.curator.id),
        (None, "Корпус 1", "by_hand", school.curator.id),
    ]
    assert client.get(f"/api/v1/staff/{other_school.teachers[0].id}/changes").status_code == 404


def test_the_person_reads_who_was_their_line_manager(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    edit(session, school, person, line_manager="Орлов")
    session.commit()
    text = sign_in(school, person).get("/my-data/").text.replace("\u00a0", " ")
    assert text.count("Орлов Пётр Ильич") == 2
