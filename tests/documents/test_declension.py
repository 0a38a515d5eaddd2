"""What the curator has checked stands over the grammar, in each document from then on."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.documents.service import declining
from moodle_mentorship.documents.wording import Namer
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.grammar.numbers import NBSP
from moodle_mentorship.people.enums import Sex
from moodle_mentorship.people.models import Person
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_person

Csrf = Callable[[FlaskClient], str]

FORMS = [
    "Заяца Олега Ильича",
    "Заяцу Олегу Ильичу",
    "Заяца Олега Ильича",
    "Заяцем Олегом Ильичом",
    "Заяце Олеге Ильиче",
]
POST = ["массажиста", "массажисту", "массажиста", "массажистом", "массажисте"]


def doubtful(session: Session, school: TestSchool) -> Person:
    """«Зайца» or «Заяца»: only the family can tell."""
    return make_person(session, school.id, 70, "Заяц Олег Ильич", now=NOW, position="Массажист")


def named(session: Session, school: TestSchool, person: Person) -> tuple[str, bool]:
    found = Namer(session, school.id).named(person, Case.DATIVE)
    return found.text, found.sure


def test_what_was_checked_wins_and_a_changed_name_drops_it(session: Session, school: TestSchool) -> None:
    person = doubtful(session, school)
    assert named(session, school, person) == ("Зайцу Олегу Ильичу, массажисту", False)
    declining.check_name(session, school.actor(), person.id, FORMS, NOW)
    assert named(session, school, person) == ("Заяцу Олегу Ильичу, массажисту", False)
    declining.check_post(session, school.actor(), "массажист", POST, NOW)
    assert named(session, school, person) == ("Заяцу Олегу Ильичу, массажисту", True)
    short = Namer(session, school.id).shortly(person, Case.DATIVE)
    assert (short.text, short.sure) == (f"Заяцу{NBSP}О.{NBSP}И., массажисту", True)
    person.last_name = "Волк"
    assert named(session, school, person) == ("Волку Олегу Ильичу, массажисту", True)


def test_a_checked_post_counts_for_everybody_who_has_it(session: Session, school: TestSchool) -> None:
    declining.check_post(session, school.actor(), "массажист", POST, NOW)
    other = make_person(session, school.id, 71, "Иванов Пётр Ильич", now=NOW, position="массажист")
    assert named(session, school, other) == ("Иванову Петру Ильичу, массажисту", True)


def test_an_abbreviation_is_small_in_the_middle_of_a_sentence(session: Session, school: TestSchool) -> None:
    acting = make_person(session, school.id, 72, "Иванов Пётр Ильич", now=NOW, position="И. о. директора")
    assert named(session, school, acting) == ("Иванову Петру Ильичу, и. о. директора", True)


def test_of_another_school_nothing_counts(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    declining.check_post(session, school.actor(), "массажист", POST, NOW)
    theirs = make_person(session, other_school.id, 71, "Иванов Пётр Ильич", now=NOW, position="массажист")
    assert not named(session, other_school, theirs)[1]


def test_the_sex_of_the_directory_counts_before_the_patronymic(session: Session, school: TestSchool) -> None:
    person = make_person(session, school.id, 72, "Ли Саша", now=NOW)
    assert not named(session, school, person)[1]
    person.sex = Sex.FEMALE
    assert named(session, school, person) == ("Ли Саше", True)


def test_the_page_shows_the_forms_and_keeps_what_was_put_right(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    person = doubtful(session, school)
    session.commit()
    client = sign_in(school, school.curator)
    address = f"/documents/declension/{person.id}"
    assert address in client.get(f"/staff/{person.id}").text
    page = client.get(address).text
    assert 'value="Зайцу Олегу Ильичу"' in page
    assert "прочитайте" in page
    cases = [case.value for case in Case][1:]
    token = csrf(client)
    typed = dict(zip(cases, FORMS, strict=True)) | {"csrf_token": token}
    wrong = client.post(f"{address}/name", data=typed | {"dative": " "})
    assert wrong.status_code == 422
    assert 'value="Заяцем Олегом Ильичом"' in wrong.text
    saved = client.post(f"{address}/name", data=typed)
    assert (saved.status_code, saved.location) == (303, f"{address}?done=name_forms_checked")
    client.post(f"{address}/post", data=dict(zip(cases, POST, strict=True)) | {"csrf_token": token})
    page = client.get(address).text
    assert 'value="Заяцу Олегу Ильичу"' in page
    assert page.count("проверено") == 2
    session.expire_all()
    assert named(session, school, person) == ("Заяцу Олегу Ильичу, массажисту", True)


def test_nobody_else_reads_or_writes_them(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    person = doubtful(session, school)
    session.commit()
    address = f"/documents/declension/{person.id}"
    assert sign_in(other_school, other_school.curator).get(address).status_code == 404
    assert sign_in(school, school.director).get(address).status_code == 403
