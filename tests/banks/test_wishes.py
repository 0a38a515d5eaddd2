"""Wishes: who may name whom, what is kept, and that nobody who is named can tell."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from moodle_mentorship.banks import errors, wishes
from moodle_mentorship.banks.enums import Bank, MenteeState, MentorState, Wish
from moodle_mentorship.banks.models import Wishes
from moodle_mentorship.consents.errors import NoGround
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.people.models import Person
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_ground, make_mentee, make_mentor, make_person

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def young(session: Session, school: TestSchool) -> Person:
    """Белова waits for a mentor; Зайцев takes mentees, Ким too but without a ground, Тихонов has a break."""
    mentee, *mentors = school.teachers
    make_mentee(session, mentee, NOW)
    make_ground(session, mentee, NOW)
    for person in (mentors[0], mentors[2]):
        make_ground(session, person, NOW, Purpose.MENTOR_PROFILE)
    make_mentor(session, mentors[0], NOW)
    make_mentor(session, mentors[1], NOW)
    make_mentor(session, mentors[2], NOW, state=MentorState.PAUSED)
    session.commit()
    return mentee


def say(
    session: Session, actor: Actor, author: Person, of: Person, wish: Wish | None, bank: Bank = Bank.MENTEES
) -> dict[int, Wish]:
    return dict(wishes.say(session, BOX, actor, author.id, bank, of.id, wish, NOW))


def test_a_mentee_chooses_among_those_who_offered_themselves(
    session: Session, school: TestSchool, young: Person
) -> None:
    offered = wishes.offered(session, school.id, young.id, Bank.MENTEES, "", 20, {})
    assert [person.last_name for person in offered] == ["Зайцев"]
    for other in (*school.teachers[2:], young, school.director):
        with pytest.raises(errors.NotOffered):
            say(session, school.actor(young, Role.MENTEE), young, other, Wish.GLADLY)


def test_a_mentor_chooses_among_all_colleagues_so_that_no_mentee_is_given_away(
    session: Session, school: TestSchool, young: Person
) -> None:
    mentor = school.teachers[1]
    before = wishes.offered(session, school.id, mentor.id, Bank.MENTORS, "", 20, {})
    assert {person.last_name for person in before} == {"Соколова", "Орлов", "Белова", "Ким", "Тихонов"}
    session.execute(text("UPDATE mentee SET state = 'withdrawn'"))
    assert wishes.offered(session, school.id, mentor.id, Bank.MENTORS, "", 20, {}) == before
    assert say(session, school.actor(mentor), mentor, school.director, Wish.NOT, Bank.MENTORS) == {
        school.director.id: Wish.NOT
    }


def test_what_is_said_is_changed_and_taken_back(session: Session, school: TestSchool, young: Person) -> None:
    actor, mentor = school.actor(young, Role.MENTEE), school.teachers[1]
    assert say(session, actor, young, mentor, Wish.GLADLY) == {mentor.id: Wish.GLADLY}
    assert say(session, actor, young, mentor, Wish.NOT) == {mentor.id: Wish.NOT}
    assert wishes.all_said(session, BOX, school.id) == {
        Bank.MENTEES: {young.id: {mentor.id: Wish.NOT}},
        Bank.MENTORS: {},
    }
    assert say(session, actor, young, mentor, None) == {}
    assert say(session, actor, young, mentor, None) == {}


def test_nobody_is_named_without_a_ground_or_outside_the_bank(
    session: Session, school: TestSchool, young: Person
) -> None:
    mentor = school.teachers[1]
    with pytest.raises(NoGround):
        say(session, school.actor(), school.teachers[2], mentor, Wish.GLADLY, Bank.MENTORS)
    with pytest.raises(errors.NotInMenteeBank):
        say(session, school.actor(), mentor, school.director, Wish.GLADLY)
    session.execute(text(f"UPDATE mentee SET state = '{MenteeState.WITHDRAWN}'"))
    session.expire_all()
    with pytest.raises(errors.NotInMenteeBank):
        say(session, school.actor(), young, mentor, Wish.GLADLY)


def test_more_than_anybody_means_is_refused(session: Session, school: TestSchool, young: Person) -> None:
    mentor = school.teachers[1]
    for number in range(wishes.MOST):
        other = make_person(session, school.id, 500 + number, f"Яшин{number} Олег", now=NOW)
        say(session, school.actor(), mentor, other, Wish.NOT, Bank.MENTORS)
    with pytest.raises(errors.TooManyWishes):
        say(session, school.actor(), mentor, young, Wish.NOT, Bank.MENTORS)


def test_the_row_shows_neither_whom_nor_what(session: Session, school: TestSchool, young: Person) -> None:
    say(session, school.actor(young), young, school.teachers[1], Wish.NOT)
    (row,) = session.scalars(select(Wishes)).all()
    assert "not" not in row.sealed_said
    journal = session.execute(text("SELECT action, object_id, details FROM audit_event ORDER BY id DESC")).first()
    assert journal is not None
    assert (journal.action, journal.object_id, journal.details) == ("wishes.change", young.id, "{}") or (
        journal.details == {}
    )


def test_wishes_go_with_the_profile(session: Session, school: TestSchool, young: Person) -> None:
    say(session, school.actor(young), young, school.teachers[1], Wish.NOT)
    wishes.destroy(session, school.actor(), young.id, Purpose.MENTOR_PROFILE, NOW)
    assert len(session.scalars(select(Wishes)).all()) == 1
    wishes.destroy(session, school.actor(), young.id, Purpose.MENTEE_PROFILE, NOW)
    assert session.scalars(select(Wishes)).all() == []


def test_a_person_says_it_on_their_own_page(
    session: Session, school: TestSchool, young: Person, sign_in: SignIn, csrf: Csrf
) -> None:
    client, mentor = sign_in(school, young), school.teachers[1]
    assert "Кого я хочу в\u00a0наставники" in client.get("/participation/").text
    page = client.get("/participation/wishes").text
    assert ("Зайцев Павел Андреевич" in page, "Ким Вера" in page, "Кому помогать" in page) == (True, False, False)
    form = {"csrf_token": csrf(client), "bank": "mentees", "colleague_id": mentor.id, "wish": "not"}
    assert client.post("/participation/wishes", data=form).location == "/participation/wishes?done=wishes_saved"
    assert "не\u00a0в\u00a0паре, знает только куратор" in client.get("/participation/wishes").text
    assert client.post("/participation/wishes", data=form | {"wish": ""}).status_code == 303
    assert wishes.said(session, BOX, school.id, young.id, Bank.MENTEES) == {}
    assert client.post("/participation/wishes", data=form | {"wish": "often"}).status_code == 422
    assert client.post("/participation/wishes", data=form | {"colleague_id": school.director.id}).status_code == 409


def test_the_curator_writes_down_what_they_are_told(
    session: Session, school: TestSchool, young: Person, sign_in: SignIn, csrf: Csrf
) -> None:
    client, mentor, address = sign_in(school, school.curator), school.teachers[1], f"/banks/{young.id}/wishes"
    assert address in client.get(f"/banks/{young.id}").text
    form = {"csrf_token": csrf(client), "bank": "mentees", "colleague_id": mentor.id, "wish": "not"}
    assert client.post(address, data=form).location == f"{address}?done=wishes_saved"
    assert wishes.said(session, BOX, school.id, young.id, Bank.MENTEES) == {mentor.id: Wish.NOT}
    for other in (school.director, mentor, young):
        assert sign_in(school, other).get(address).status_code == 403


def test_another_schools_people_are_not_there(
    session: Session, school: TestSchool, other_school: TestSchool, young: Person, sign_in: SignIn, csrf: Csrf
) -> None:
    stranger = other_school.teachers[1]
    make_mentor(session, stranger, NOW)
    make_ground(session, stranger, NOW, Purpose.MENTOR_PROFILE)
    session.commit()
    with pytest.raises(errors.NotOffered):
        say(session, school.actor(young), young, stranger, Wish.GLADLY)
    say(session, school.actor(young), young, school.teachers[1], Wish.NOT)
    session.commit()
    assert wishes.all_said(session, BOX, other_school.id) == {Bank.MENTEES: {}, Bank.MENTORS: {}}
    curator = sign_in(other_school, other_school.curator)
    assert curator.get(f"/banks/{young.id}/wishes").status_code == 404
    form = {"csrf_token": csrf(curator), "bank": "mentees", "colleague_id": stranger.id, "wish": "not"}
    assert curator.post(f"/banks/{young.id}/wishes", data=form).status_code == 404
