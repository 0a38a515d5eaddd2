"""Pages of the staff list, of a person and of roles."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people import queries
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.lists import months_between
from moodle_mentorship.people.models import Person, PersonDifference
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_person

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def curator(sign_in: SignIn, school: TestSchool, other_school: TestSchool) -> FlaskClient:
    return sign_in(school, school.curator)


@pytest.fixture
def post(curator: FlaskClient, csrf: Csrf) -> Callable[..., TestResponse]:
    def send(address: str, **values: object) -> TestResponse:
        return curator.post(address, data=values | {"csrf_token": csrf(curator)})

    return send


def fresh(session: Session, person: Person) -> Person:
    return session.scalars(select(Person).where(Person.id == person.id).execution_options(populate_existing=True)).one()


def statements(runtime: Runtime, session: Session, ask: Callable[[], object]) -> int:
    seen: list[str] = []
    connection = session.connection()

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(connection, "before_cursor_execute", note)
    ask()
    event.remove(connection, "before_cursor_execute", note)
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_list(
    curator: FlaskClient, runtime: Runtime, session: Session, school: TestSchool
) -> None:
    few = statements(runtime, session, lambda: curator.get("/staff/"))
    for number in range(120):
        make_person(session, school.id, 100 + number, now=NOW)
    session.commit()
    assert statements(runtime, session, lambda: curator.get("/staff/")) == few
    assert few < 24


def test_the_address_keeps_the_filters_on_every_page(
    curator: FlaskClient, session: Session, school: TestSchool
) -> None:
    for number in range(60):
        make_person(session, school.id, 100 + number, f"Петрова Анна{number:02d}", now=NOW, position="учитель")
    session.commit()
    page = curator.get("/staff/?search=петрова&position=учитель&sort=newest").get_data(as_text=True)
    following = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "<caption>60\u00a0человек</caption>" in page
    second = curator.get(following).get_data(as_text=True)
    assert "Анна59" in second
    assert "Анна09" not in second
    assert 'value="петрова"' in second
    assert '<option value="newest" selected>' in second
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


def test_nonsense_in_the_address_is_left_aside(curator: FlaskClient) -> None:
    page = curator.get("/staff/?status=nobody&sort=&new=maybe&bank=unknown&search=орлов")
    assert page.status_code == 200
    assert "Орлов Пётр Ильич" in page.get_data(as_text=True)
    assert curator.get("/staff/?cursor=nonsense").status_code == 422


def test_the_export_is_what_is_shown_on_all_pages(curator: FlaskClient, session: Session, school: TestSchool) -> None:
    for number in range(55):
        make_person(session, school.id, 100 + number, f"Петрова Анна{number:02d}", now=NOW, position="=1+1")
    session.commit()
    file = curator.get("/staff/export.csv?search=петрова")
    lines = file.get_data().decode("utf-8-sig").split("\r\n")
    assert file.content_type == "text/csv; charset=utf-8"
    assert len(lines) == 1 + 55 + 1
    assert lines[1] == "Петрова Анна00;'=1+1;;;;"
    assert [line.split(";")[0] for line in lines[1:-1]] == [f"Петрова Анна{number:02d}" for number in range(55)]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-09-01", "2026-09-30", 0),
        ("2026-09-01", "2026-10-01", 1),
        ("2026-01-31", "2026-02-28", 0),
        ("2021-09-01", "2026-09-01", 60),
        ("2027-01-01", "2026-09-01", 0),
    ],
)
def test_whole_months(start: str, end: str, months: int) -> None:
    assert months_between(date.fromisoformat(start), date.fromisoformat(end)) == months


def test_a_card_tells_values_and_their_sources(curator: FlaskClient, session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    person.sources = {
        "last_name": {"source": "moodle", "name": "lastname"},
        "position": {"source": "by_hand", "at": NOW.isoformat()},
        "hire_date": {"source": "profile_field", "name": "hired"},
    }
    session.commit()
    text = curator.get(f"/staff/{person.id}").get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ")
    assert "Белова Марина Павловна" in text
    assert "внесено вручную 24 ноября 2026 г." in text
    assert "из Moodle, поле профиля «hired»" in text
    assert "1 сентября 2026 г." in text


def test_editing_by_hand_marks_the_source(
    post: Callable[..., TestResponse], session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    answer = post(
        f"/staff/{person.id}/edit",
        last_name="Белова",
        first_name="Марина",
        middle_name="",
        position="учитель физики",
        subjects="",
        hire_date="2026-09-01",
        sex="f",
        email="",
    )
    assert (answer.status_code, answer.location) == (303, f"/staff/{person.id}?done=person_saved")
    changed = fresh(session, person)
    assert (changed.position, changed.middle_name) == ("учитель физики", None)
    assert changed.sources["position"]["source"] == Source.BY_HAND
    assert "hire_date" not in changed.sources


def test_a_wrong_form_keeps_what_was_typed(
    post: Callable[..., TestResponse], session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    answer = post(f"/staff/{person.id}/edit", last_name="", first_name="Мария", hire_date="вчера", email="не почта")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert [f'id="e-{name}"' in text for name in ("last_name", "hire_date", "email", "first_name")] == [
        True,
        True,
        True,
        False,
    ]
    assert 'value="Мария"' in text
    assert 'value="не почта"' in text
    assert fresh(session, person).first_name == "Марина"


@pytest.mark.parametrize(("take", "position"), [("moodle", "методист"), ("keep", "учитель")])
def test_a_difference_is_decided_either_way(
    post: Callable[..., TestResponse], session: Session, school: TestSchool, take: str, position: str
) -> None:
    person = school.teachers[0]
    session.add(
        PersonDifference(
            school_id=school.id,
            person_id=person.id,
            field=PersonField.POSITION,
            moodle_value="методист",
            source=Source.PROFILE_FIELD,
            noticed_at=NOW,
        )
    )
    session.commit()
    answer = post(f"/staff/{person.id}/differences/position", take=take)
    assert answer.status_code == 303
    assert fresh(session, person).position == position
    assert queries.differences_of(session, school.id, person.id) == []
    assert post(f"/staff/{person.id}/differences/shoe_size", take=take).status_code == 404


def test_a_departure_says_in_numbers_what_will_happen(
    curator: FlaskClient, post: Callable[..., TestResponse], session: Session, school: TestSchool
) -> None:
    school.director.status = StaffStatus.LEAVING
    session.commit()
    text = curator.get(f"/staff/{school.director.id}").get_data(as_text=True).replace("\u00a0", " ")
    assert "будет снята 1 роль" in text
    assert post(f"/staff/{school.director.id}/left").status_code == 303
    assert fresh(session, school.director).status is StaffStatus.LEFT
    assert queries.granted_roles(session, school.id, school.director.id) == []
    assert post(f"/staff/{school.director.id}/keep").status_code == 303
    assert fresh(session, school.director).status is StaffStatus.ACTIVE


def test_appointing_and_dismissing_on_the_pages(
    curator: FlaskClient, post: Callable[..., TestResponse], session: Session, school: TestSchool
) -> None:
    page = curator.get("/staff/roles/director?search=ким").get_data(as_text=True)
    assert "Орлов\u00a0П.\u00a0И." in page
    assert "Ким Вера" in page
    assert "Белова" not in page
    # The visitor is curator; the page leads to the role that it is about.
    assert set(re.findall(r'action="(/staff/[^"]*)"', page)) == {"/staff/roles/director"}
    answer = post("/staff/roles/director", person_id=school.teachers[2].id)
    assert (answer.status_code, answer.location) == (303, "/school/?done=role_given")
    assert "Ким Вера" in curator.get("/school/").get_data(as_text=True)
    assert post("/staff/roles/director/dismiss", person_id=school.teachers[2].id).status_code == 303
    assert queries.holders(session, school.id).get(Role.DIRECTOR) is None
    last = post("/staff/roles/curator/dismiss", person_id=school.curator.id)
    assert last.status_code == 409
    assert "last_curator" in last.get_data(as_text=True)
    assert curator.get("/staff/roles/mentor").status_code == 404


def test_the_director_reads_and_is_offered_no_button(sign_in: SignIn, school: TestSchool) -> None:
    director = sign_in(school, school.director)
    for address in ("/staff/", f"/staff/{school.teachers[0].id}", "/school/"):
        page = director.get(address)
        assert page.status_code == 200
        assert 'method="post"' not in page.get_data(as_text=True).split("<main")[1]
