"""Rules of the staff directory for one person: what Moodle says, what people wrote, departures."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from marshmallow import ValidationError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Departures, Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import Conflict, NotFound
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.models import BrowserSession
from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.people.enums import PersonField, Sex, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference, RoleGrant
from moodle_mentorship.people.schemas import PersonEditSchema
from moodle_mentorship.people.service import directory
from moodle_mentorship.people.service.directory import Rules
from moodle_mentorship.people.service.values import clean, clean_profile, day_of, sex_of
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool

MOSCOW = ZoneInfo("Europe/Moscow")
RULES = Rules(
    {"position": "post", "middle_name": "patronymic", "sex": "sex", "hire_date": "hired"}, "Europe/Moscow", NOW
)


def told(moodle_id: int = 900, profile: dict[str, str] | None = None, **changes: Any) -> StaffPerson:
    values: dict[str, Any] = {
        "id": moodle_id,
        "last_name": "Ёлкина",
        "first_name": "Алёна",
        "middle_name": "",
        "email": "a@school.example",
        "suspended": False,
        "profile": profile or {},
    }
    return StaffPerson(**(values | changes))


def take(session: Session, school: TestSchool, *people: StaffPerson) -> directory.Taken:
    taken = directory.take_page(session, school.id, people, RULES)
    session.flush()
    session.expire_all()
    return taken


def person_of(session: Session, school: TestSchool, moodle_id: int = 900) -> Person:
    return session.scalars(
        select(Person).where(Person.school_id == school.id, Person.moodle_user_id == moodle_id)
    ).one()


def differences(session: Session) -> list[tuple[PersonField, str | None, Source]]:
    rows = session.scalars(select(PersonDifference).order_by(PersonDifference.id))
    return [(row.field, row.moodle_value, row.source) for row in rows]


@pytest.mark.parametrize(
    ("word", "sex"),
    [
        ("ж", Sex.FEMALE),
        ("Ж.", Sex.FEMALE),
        ("Женский", Sex.FEMALE),
        ("female", Sex.FEMALE),
        ("м", Sex.MALE),
        (" МУЖ. ", Sex.MALE),
        ("m", Sex.MALE),
        ("", None),
        ("не указан", None),
    ],
)
def test_sex_in_words(word: str, sex: Sex | None) -> None:
    assert sex_of(word) is sex


@pytest.mark.parametrize(
    ("written", "day"),
    [
        # 31 August 21:00 UTC is 1 September where the school is.
        ("1725138000", date(2024, 9, 1)),
        ("-157766400", date(1965, 1, 1)),
        ("2024-09-01", date(2024, 9, 1)),
        ("2024-09-01T00:00:00", date(2024, 9, 1)),
        ("01.09.2024", date(2024, 9, 1)),
        ("1.9.2024 г.", date(2024, 9, 1)),
        ("", None),
        ("0", None),
        ("2024", None),
        ("31.02.2024", None),
        ("99999999999999", None),
        ("999999999999", None),
        ("давно", None),
    ],
)
def test_a_date_in_three_shapes(written: str, day: date | None) -> None:
    assert day_of(written, MOSCOW) == day


@pytest.mark.parametrize(
    ("raw", "tame"),
    [
        ("  Анна\n Мария\t", "Анна Мария"),
        ("Анна\u202e\u200b\ufeff", "Анна"),
        ("И\u0306", "Й"),
        ("а\x00б\x07", "а б"),
        ("\ud800", None),
        ("   ", None),
        ("Я" * 300, "Я" * 200),
        ("<script>", "<script>"),
    ],
)
def test_texts_are_tamed(raw: str, tame: str | None) -> None:
    assert clean(raw, 200) == tame


def test_of_a_formatted_profile_field_the_words_are_kept() -> None:
    assert clean_profile("<p>Физика&nbsp;и <b>химия</b></p>", 100) == "Физика и химия"


def test_a_custom_patronymic_wins_where_it_is_filled(session: Session, school: TestSchool) -> None:
    take(
        session,
        school,
        told(901, {"patronymic": "Ильинична"}, middle_name="И."),
        told(902, {"patronymic": ""}, middle_name="Петровна"),
        told(903, {}, middle_name="Олеговна"),
    )
    people = [person_of(session, school, moodle_id) for moodle_id in (901, 902, 903)]
    assert [(person.middle_name, person.sources["middle_name"]["source"]) for person in people] == [
        ("Ильинична", "profile_field"),
        ("Петровна", "moodle"),
        ("Олеговна", "moodle"),
    ]
    assert people[0].search_name == "елкина алена ильинична"


def test_a_field_that_moodle_no_longer_delivers_stays(session: Session, school: TestSchool) -> None:
    take(session, school, told(profile={"post": "завуч", "sex": "ж", "hired": "01.09.2020"}))
    take(session, school, told(profile={"sex": "", "hired": "01.09.2020"}))
    person = person_of(session, school)
    assert (person.position, person.sex, person.hire_date) == ("завуч", None, date(2020, 9, 1))


def test_core_leaves_patronymic_and_email_as_they_are(session: Session, school: TestSchool) -> None:
    take(session, school, told(middle_name="Ильинична"))
    taken = take(session, school, told(middle_name=None, email=""))
    person = person_of(session, school)
    assert (person.middle_name, person.email, taken.counts.updated) == ("Ильинична", "a@school.example", 0)


def test_an_account_with_an_md5_for_its_email_is_a_deleted_one(session: Session, school: TestSchool) -> None:
    take(session, school, told())
    taken = take(session, school, told(email="0" * 32))
    person = person_of(session, school)
    assert (person.deleted_in_moodle, person.email, person.status, person.employed) == (
        True,
        None,
        StaffStatus.LEAVING,
        False,
    )
    assert (taken.counts.leaving, "email" in person.sources) == (1, False)


def edit(session: Session, school: TestSchool, values: dict[str, Any], moodle_id: int = 900) -> Person:
    person = person_of(session, school, moodle_id)
    return directory.edit_person(session, school.actor(), person.id, values, NOW + timedelta(hours=1))


def test_an_edit_marks_only_what_changes(session: Session, school: TestSchool) -> None:
    take(session, school, told(profile={"post": "учитель"}))
    edit(session, school, {"last_name": "Соснина", "first_name": "Алёна", "position": "учитель"})
    person = person_of(session, school)
    by_hand = [name for name, source in sorted(person.sources.items()) if source["source"] == "by_hand"]
    assert (by_hand, person.search_name) == (["last_name"], "соснина алена")
    events = session.execute(select(AuditEvent.action, AuditEvent.details)).all()
    assert [tuple(event) for event in events] == [("person.edit", {"fields": ["last_name"]})]


def test_what_moodle_lacks_is_no_difference(session: Session, school: TestSchool) -> None:
    take(session, school, told(profile={"post": ""}))
    edit(session, school, {"position": "учитель", "email": None})
    take(session, school, told(profile={"post": ""}))
    assert (person_of(session, school).position, differences(session)) == (
        "учитель",
        [(PersonField.EMAIL, "a@school.example", Source.MOODLE)],
    )


def test_a_difference_goes_when_the_edit_settles_it(session: Session, school: TestSchool) -> None:
    take(session, school, told(profile={"post": "учитель"}))
    edit(session, school, {"position": "завуч"})
    take(session, school, told(profile={"post": "учитель"}))
    assert differences(session) == [(PersonField.POSITION, "учитель", Source.PROFILE_FIELD)]
    edit(session, school, {"position": "учитель"})
    assert differences(session) == []


def test_taking_moodles_value_follows_moodle_again(session: Session, school: TestSchool) -> None:
    school.site.field_map = dict(RULES.field_map)
    take(session, school, told(profile={"hired": "01.09.2020"}))
    edit(session, school, {"hire_date": date(2019, 9, 1)})
    take(session, school, told(profile={"hired": "01.09.2020"}))
    assert differences(session) == [(PersonField.HIRE_DATE, "2020-09-01", Source.PROFILE_FIELD)]

    person = person_of(session, school)
    directory.resolve_difference(session, school.actor(), person.id, PersonField.HIRE_DATE, "moodle", NOW)
    assert (person.hire_date, person.sources["hire_date"]["name"], differences(session)) == (
        date(2020, 9, 1),
        "hired",
        [],
    )
    take(session, school, told(profile={"hired": "01.09.2021"}))
    assert person_of(session, school).hire_date == date(2021, 9, 1)


def test_a_kept_value_is_not_questioned_again_for_the_same_reason(session: Session, school: TestSchool) -> None:
    take(session, school, told(profile={"post": "учитель"}))
    edit(session, school, {"position": "завуч"})
    take(session, school, told(profile={"post": "учитель"}))
    person = person_of(session, school)
    directory.resolve_difference(session, school.actor(), person.id, PersonField.POSITION, "keep", NOW)

    take(session, school, told(profile={"post": "учитель"}))
    assert (person_of(session, school).position, differences(session)) == ("завуч", [])
    take(session, school, told(profile={"post": "методист"}))
    assert differences(session) == [(PersonField.POSITION, "методист", Source.PROFILE_FIELD)]


def test_a_difference_that_is_not_there_is_not_found(session: Session, school: TestSchool) -> None:
    with pytest.raises(NotFound):
        directory.resolve_difference(session, school.actor(), school.teachers[0].id, PersonField.POSITION, "keep", NOW)


def test_a_confirmed_departure_ends_roles_and_tells_the_rooms_above(session: Session, school: TestSchool) -> None:
    told_of: list[tuple[int, int]] = []
    departures = Departures()
    departures.add(lambda _, actor, person_id, now: told_of.append((actor.school_id, person_id)))

    school.director.status = StaffStatus.LEAVING
    for _ in range(2):
        directory.confirm_departure(session, school.actor(), school.director.id, NOW, departures)

    grants = select(RoleGrant.role).where(RoleGrant.school_id == school.id, RoleGrant.revoked_at.is_(None))
    assert (school.director.status, session.scalars(grants).all(), told_of) == (
        StaffStatus.LEFT,
        [Role.CURATOR],
        [(school.id, school.director.id)],
    )


def test_a_confirmed_departure_ends_browser_sessions(
    session: Session, sign_in: SignIn, runtime: Runtime, school: TestSchool
) -> None:
    for person in (school.teachers[0], school.teachers[1]):
        sign_in(school, person)
    school.teachers[0].status = StaffStatus.LEAVING
    directory.confirm_departure(session, school.actor(), school.teachers[0].id, NOW, runtime.departures)
    assert session.scalars(select(BrowserSession.person_id)).all() == [school.teachers[1].id]


def test_a_departure_that_moodle_took_back_is_not_confirmed(session: Session, school: TestSchool) -> None:
    """The curator's page is older than the pass that saw the person again."""
    with pytest.raises(Conflict):
        directory.confirm_departure(session, school.actor(), school.director.id, NOW, Departures())
    grants = select(RoleGrant.role).where(RoleGrant.school_id == school.id, RoleGrant.revoked_at.is_(None))
    assert (school.director.status, sorted(session.scalars(grants))) == (
        StaffStatus.ACTIVE,
        [Role.CURATOR, Role.DIRECTOR],
    )


@pytest.mark.parametrize("verb", ["edit_person", "confirm_departure", "keep_person", "resolve_difference"])
def test_nobody_touches_another_schools_person(
    session: Session, school: TestSchool, other_school: TestSchool, verb: str
) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "edit_person": ({"position": "x"}, NOW),
        "confirm_departure": (NOW, Departures()),
        "keep_person": (NOW,),
        "resolve_difference": (PersonField.POSITION, "keep", NOW),
    }
    actor: Actor = school.actor()
    with pytest.raises(NotFound):
        getattr(directory, verb)(session, actor, other_school.teachers[0].id, *arguments[verb])


def test_a_page_touches_its_own_school_only(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    session.commit()
    rows = text("SELECT * FROM person WHERE school_id = :school ORDER BY id")
    before = session.execute(rows, {"school": other_school.id}).all()
    take(session, school, told(10), told(11), told(12))
    directory.take_departures(session, school.id, [10, 11, 12, 13], NOW, deleted=True)
    assert session.execute(rows, {"school": other_school.id}).all() == before


def test_the_form_reads_empty_fields_as_none() -> None:
    loaded = PersonEditSchema().load(
        {"last_name": " Ив\u202eанова ", "sex": "", "hire_date": "", "email": "", "middle_name": " ", "csrf_token": "x"}
    )
    assert loaded == {"last_name": "Иванова", "sex": None, "hire_date": None, "email": None, "middle_name": None}


def test_the_form_names_each_mistake() -> None:
    with pytest.raises(ValidationError) as caught:
        PersonEditSchema().load({"last_name": "", "sex": "x", "hire_date": "вчера", "email": "нет"})
    assert caught.value.messages_dict == {
        "last_name": ["Fill this in"],
        "sex": ["Choose one of the values offered"],
        "hire_date": ["Write a date, such as 2026-09-01"],
        "email": ["Write an e-mail address, such as name@school.example"],
    }
