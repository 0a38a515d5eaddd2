"""Candidates of the bank of mentees: whom each rule catches, who is left in peace, trying out, asking, putting off."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import candidates, choosing, service
from moodle_mentorship.banks.candidates import DEFAULTS, Finding, Rule
from moodle_mentorship.banks.enums import MenteeState, Why
from moodle_mentorship.banks.models import BankStep, Dismissal, Mentee
from moodle_mentorship.consents.enums import ClosedWhy
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service import directory
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_mentee, make_mentor, make_round

TODAY = date(2026, 11, 24)
LONG_AGO = date(2001, 9, 1)


@pytest.fixture(autouse=True)
def settled(school: TestSchool, other_school: TestSchool, session: Session) -> None:
    """Nobody is a candidate before a test makes them one; the other school has one by each rule."""
    for teacher in school.teachers:
        teacher.hire_date = LONG_AGO
    for teacher in other_school.teachers:
        teacher.hire_date = teacher.teaching_since = teacher.post_since = TODAY
        teacher.break_until = TODAY - timedelta(days=1)
    session.flush()


def look(session: Session, school: TestSchool, **changed: Rule) -> Finding:
    rules = {**DEFAULTS, **{Why(name): rule for name, rule in changed.items()}}
    return candidates.finding(
        session,
        school.id,
        year_begins=school.school.year_begins,
        timezone="Europe/Moscow",
        today=TODAY,
        rules=rules if changed else None,
    )


def found(session: Session, school: TestSchool, **changed: Rule) -> dict[str, list[Why]]:
    """Surname → reasons, as the list shows them."""
    session.flush()
    looking = look(session, school, **changed)
    page = candidates.candidates(session, looking, search="", why=None, dismissed=False, sort="name", cursor=None)
    assert candidates.count(session, looking) == len(page.rows)
    assert candidates.anybody(session, looking) is bool(page.rows)
    reasons = {person.id: list(person.reasons) for person in page.rows}
    assert candidates.reasons(session, looking, list(reasons)) == reasons
    return {person.last_name: reasons[person.id] for person in page.rows}


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({"hire_date": TODAY - timedelta(days=365)}, [Why.HIRED_RECENTLY]),
        ({"hire_date": TODAY - timedelta(days=366)}, []),
        # In the list already, begins in a week.
        ({"hire_date": TODAY + timedelta(days=7)}, [Why.HIRED_RECENTLY]),
        ({"teaching_since": date(2023, 11, 24)}, [Why.FIRST_YEARS]),
        ({"teaching_since": date(2023, 11, 23)}, []),
        ({"hire_date": None}, []),
        ({"break_until": TODAY - timedelta(days=1)}, [Why.AFTER_BREAK]),
        ({"break_until": TODAY}, []),
        ({"break_until": TODAY - timedelta(days=181)}, []),
        ({"post_since": TODAY - timedelta(days=180)}, [Why.NEW_POST]),
        ({"post_since": TODAY - timedelta(days=181)}, []),
        (
            {"hire_date": TODAY, "teaching_since": TODAY, "post_since": TODAY},
            [Why.HIRED_RECENTLY, Why.FIRST_YEARS, Why.NEW_POST],
        ),
    ],
)
def test_whom_each_rule_catches(
    session: Session, school: TestSchool, values: dict[str, Any], reasons: list[Why]
) -> None:
    for name, value in values.items():
        setattr(school.teachers[0], name, value)
    assert found(session, school) == ({"Белова": reasons} if reasons else {})


def test_on_the_twenty_ninth_of_february_years_are_counted_too(session: Session, school: TestSchool) -> None:
    school.teachers[0].teaching_since = date(2025, 3, 1)
    session.flush()
    looking = candidates.finding(
        session,
        school.id,
        year_begins=date(2027, 9, 1),
        timezone="Europe/Moscow",
        today=date(2028, 2, 29),
    )
    assert list(candidates.reasons(session, looking, [school.teachers[0].id]).values()) == [[Why.FIRST_YEARS]]


def test_another_post_in_the_directory_is_a_new_post_and_a_first_one_is_not(
    session: Session, school: TestSchool
) -> None:
    first, second, *_ = school.teachers
    second.subjects = None
    directory.edit_person(session, school.actor(), first.id, {"position": "учитель-логопед"}, NOW)
    directory.edit_person(session, school.actor(), second.id, {"subjects": "Физика"}, NOW)
    assert found(session, school) == {"Белова": [Why.NEW_POST]}
    assert found(session, school, new_post=Rule(False, 180)) == {}
    # No day stands on the card: it is that of the change.
    assert candidates.known_since(session, look(session, school), [first.id]) == {(first.id, Why.NEW_POST): NOW}


def test_a_low_score_counts_where_it_is_switched_on_and_the_profile_may_be_read(
    session: Session, school: TestSchool
) -> None:
    first, second, third, _ = school.teachers
    asked = make_round(session, school, [first, second, third], NOW)
    for person, levels in ((first, "3221"), (second, "2211"), (third, "3333")):
        answer_needs(session, school, person, asked.id, levels)
    assert found(session, school) == {}
    on = Rule(True, 3)
    assert found(session, school, low_score=on) == {"Белова": [Why.LOW_SCORE], "Ким": [Why.LOW_SCORE]}
    looking = look(session, school, low_score=on)
    assert candidates.known_since(session, looking, []) == {(who.id, Why.LOW_SCORE): NOW for who in (first, third)}
    close_ground(session, third)
    assert found(session, school, low_score=on) == {"Белова": [Why.LOW_SCORE]}


def answer_needs(session: Session, school: TestSchool, person: Person, round_id: int, levels: str) -> None:
    themes = ("planning", "discipline", "assessment", "diversity")
    said = {"hardest": ["planning"], "levels": dict(zip(themes, levels, strict=True)), "help": ["talk"]}
    surveys.submit(
        session,
        BOX,
        school.actor(person),
        round_id,
        version=1,
        revision=0,
        said=said,
        listeners=Submitted(),
        today=TODAY,
        now=NOW,
    )


def close_ground(session: Session, person: Person) -> None:
    for ground in session.scalars(select(ProcessingGround).where(ProcessingGround.person_id == person.id)):
        ground.closed_at, ground.closed_why = NOW, ClosedWhy.WITHDRAWN
    session.flush()


@pytest.mark.parametrize(
    ("happens", "stays"),
    [
        (lambda session, school, person: None, True),
        (lambda session, school, person: make_mentee(session, person, NOW, MenteeState.INVITED), False),
        (lambda session, school, person: make_mentee(session, person, NOW), False),
        (lambda session, school, person: make_mentee(session, person, NOW, MenteeState.PAIRED), False),
        # Ended this school year, or in an earlier one.
        (lambda session, school, person: make_mentee(session, person, NOW, MenteeState.COMPLETED), False),
        (
            lambda session, school, person: make_mentee(
                session, person, NOW - timedelta(days=365), MenteeState.COMPLETED
            ),
            True,
        ),
        (lambda session, school, person: refuse(session, school, person), False),
        (lambda session, school, person: make_mentor(session, person, NOW), False),
        (lambda session, school, person: setattr(person, "suspended", True), False),
        (lambda session, school, person: setattr(person, "status", StaffStatus.LEAVING), False),
        (lambda session, school, person: setattr(person, "status", StaffStatus.LEFT), False),
        (lambda session, school, person: choosing.put_off(session, school.actor(), person.id, 2026, NOW), False),
        (lambda session, school, person: choosing.put_off(session, school.actor(), person.id, 2025, NOW), True),
    ],
)
def test_who_is_asked_already_or_not_to_be_asked_is_left_in_peace(
    session: Session, school: TestSchool, happens: Callable[[Session, TestSchool, Person], object], stays: bool
) -> None:
    person = school.teachers[0]
    person.hire_date = TODAY
    happens(session, school, person)
    assert ("Белова" in found(session, school)) is stays


def refuse(session: Session, school: TestSchool, person: Person) -> None:
    service.invite_mentee(session, school.actor(), person.id, NOW)
    service.withdraw_mentee(session, school.actor(person), person.id, NOW)


def test_candidates_are_asked_for_their_first_reason_and_nobody_twice(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    first, second, third, fourth = school.teachers
    first.hire_date = first.teaching_since = TODAY
    second.break_until = TODAY - timedelta(days=3)
    third.hire_date = TODAY
    refuse(session, school, third)
    ids = [second.id, first.id, first.id, third.id, fourth.id, other_school.teachers[0].id]
    asked = choosing.invite(session, runtime.jobs, school.actor(), look(session, school), ids, NOW)
    assert [(row.person_id, row.state) for row in asked] == [
        (second.id, MenteeState.INVITED),
        (first.id, MenteeState.INVITED),
    ]
    steps = session.execute(select(BankStep.person_id, BankStep.why).order_by(BankStep.id)).all()
    assert [tuple(step) for step in steps][-2:] == [(second.id, Why.AFTER_BREAK), (first.id, Why.HIRED_RECENTLY)]
    assert choosing.invite(session, runtime.jobs, school.actor(), look(session, school), ids, NOW) == []
    assert session.scalars(select(Mentee).where(Mentee.school_id == other_school.id)).all() == []


def test_not_this_year_is_taken_back(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    person.hire_date = TODAY
    for _ in range(2):
        choosing.put_off(session, school.actor(), person.id, 2026, NOW)
    looking = look(session, school)
    put_off = candidates.candidates(session, looking, search="", why=None, dismissed=True, sort="hired", cursor=None)
    assert ([row.id for row in put_off.rows], found(session, school)) == ([person.id], {})
    for _ in range(2):
        choosing.bring_back(session, school.actor(), person.id, 2026, NOW)
    assert found(session, school) == {"Белова": [Why.HIRED_RECENTLY]}
    assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all() == [
        "candidate.put_off",
        "candidate.bring_back",
    ]


def test_a_preview_counts_whom_unsaved_rules_catch(session: Session, school: TestSchool) -> None:
    first, second, *_ = school.teachers
    first.hire_date = first.teaching_since = TODAY
    second.break_until = TODAY - timedelta(days=3)
    session.flush()
    told = candidates.caught(session, look(session, school, after_break=Rule(False, 180)))
    assert (told.total, told.by_rule, [person.last_name for person in told.page.rows]) == (
        1,
        {Why.HIRED_RECENTLY: 1, Why.FIRST_YEARS: 1, Why.NEW_POST: 0},
        ["Белова"],
    )
    assert (told.staff, told.experience_known) == (6, 1)
    off = {why.value: Rule(False, rule.number) for why, rule in DEFAULTS.items()}
    assert candidates.caught(session, look(session, school, **off)).total == 0


def test_a_preview_names_everybody_page_by_page_and_costs_the_same(
    sign_in: SignIn,
    csrf: Callable[[FlaskClient], str],
    session: Session,
    school: TestSchool,
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for teacher in school.teachers:
        teacher.hire_date = TODAY
    session.commit()
    client = sign_in(school, school.curator)
    form = NUMBERS | {"csrf_token": csrf(client), "hired_recently": "1"}

    def preview(cursor: str) -> str:
        return client.post("/banks/candidates/rules/preview", data=form | {"cursor": cursor}).text

    texts: list[str] = []

    def tell(cursor: str) -> None:
        texts.append(preview(cursor))

    whole = statements(runtime, partial(tell, ""))
    monkeypatch.setattr(candidates, "NAMED", 3)
    seen: list[str] = []
    cursor = ""
    for _ in range(2):
        assert statements(runtime, partial(tell, cursor)) == whole
        seen += re.findall(r"<li>([^<,]+)", texts[-1])
        cursor = (re.findall(r'name="cursor" value="([^"]+)"[^>]*>Дальше', texts[-1]) or [""])[0]
    assert (seen, cursor) == ([teacher.full_name for teacher in school.teachers], "")
    assert client.post("/banks/candidates/rules/preview", data=form | {"cursor": "чужой"}).status_code == 422
    headers = {"X-CSRF-Token": csrf(client)}
    said = NUMBERS | {"hired_recently": True}
    told = client.post("/api/v1/candidate-rules/preview", json=said, headers=headers).get_json()
    again = client.post("/api/v1/candidate-rules/preview", json=said | {"cursor": told["next"]}, headers=headers)
    names = [person["full_name"] for person in told["names"] + again.get_json()["names"]]
    assert (names, again.get_json()["next"]) == (seen, None)


def test_rules_are_the_schools_own(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    rules = {**DEFAULTS, Why.HIRED_RECENTLY: Rule(True, 30)}
    for _ in range(2):
        choosing.save_rules(session, school.actor(), rules, NOW)
    assert candidates.rules_of(session, school.id)[Why.HIRED_RECENTLY] == Rule(True, 30)
    assert candidates.rules_of(session, other_school.id) == DEFAULTS
    events = session.scalars(select(AuditEvent.details).where(AuditEvent.action == "candidates.set_rules")).all()
    assert len(events) == 1


def test_the_list_with_reasons_and_the_buttons(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    first, second, third, _ = school.teachers
    first.hire_date, first.teaching_since = date(2026, 9, 1), date(2025, 9, 1)
    second.break_until = date(2026, 11, 1)
    third.post_since = date(2026, 11, 2)
    session.commit()
    client = sign_in(school, school.curator)
    text = plain(client.get("/banks/candidates/").text)
    assert "3 человека" in text
    for reason in (
        "в школе с 1 сентября 2026 г.",
        "преподаёт с 1 сентября 2025 г.",
        "отпуск закончился 1 ноября 2026 г.",
        "в этой должности или с этим предметом с 2 ноября 2026 г.",
    ):
        assert reason in text
    assert "1 человек" in plain(client.get("/banks/candidates/?state=after_break").text)
    assert "Никого не нашлось" in plain(client.get("/banks/candidates/?q=Ниоткуда").text)
    assert plain(client.get("/").text).count("3 кандидата в банк наставляемых") == 1

    token = csrf(client)
    empty = client.post("/banks/candidates/invite", data={"csrf_token": token})
    assert (empty.status_code, "Отметьте от 1 до 200 человек" in plain(empty.text)) == (422, True)
    both = {"csrf_token": token, "person_ids": [first.id, second.id]}
    assert client.post("/banks/candidates/invite", data=both).location == "/banks/candidates/?done=candidates_invited"
    gone = client.post(f"/banks/candidates/{third.id}/put-off", data={"csrf_token": token})
    assert gone.location == "/banks/candidates/?done=candidate_put_off"
    assert "Сейчас кандидатов нет" in plain(client.get("/banks/candidates/").text)
    assert "Вернуть в кандидаты" in plain(client.get("/banks/candidates/?state=put_off").text)
    back = client.post(f"/banks/candidates/{third.id}/bring-back", data={"csrf_token": token})
    assert back.location == "/banks/candidates/?state=put_off&done=candidate_back"
    table = client.get("/banks/candidates/export.csv").get_data(as_text=True).splitlines()
    assert [line.split(";")[0].strip("\ufeff") for line in table] == ["Фамилия, имя, отчество", "Ким Вера"]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.replace("\u00a0", " "))).strip()


NUMBERS: dict[str, object] = {f"{why}_number": rule.number for why, rule in DEFAULTS.items()}


def test_rules_are_tried_out_and_saved(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    school.teachers[0].hire_date = TODAY - timedelta(days=20)
    session.commit()
    client = sign_in(school, school.curator)
    token = csrf(client)
    assert "Белова Марина Павловна" in client.get("/banks/candidates/rules").text
    form = NUMBERS | {"csrf_token": token, "hired_recently": "1", "hired_recently_number": "10"}
    tried = client.post("/banks/candidates/rules/preview", data=form)
    assert (tried.status_code, "Белова" in tried.text, 'value="10"' in tried.text) == (200, False, True)
    assert candidates.rules_of(session, school.id) == DEFAULTS
    for address in ("/banks/candidates/rules/preview", "/banks/candidates/rules"):
        wrong = client.post(address, data=form | {"hired_recently_number": "0"})
        assert (wrong.status_code, 'id="e-hired_recently_number"' in wrong.text) == (422, True)
    saved = client.post("/banks/candidates/rules", data=form)
    assert saved.location == "/banks/candidates/?done=candidate_rules_saved"
    session.expire_all()
    stored = candidates.rules_of(session, school.id)
    assert [why for why, rule in stored.items() if rule.active] == [Why.HIRED_RECENTLY]
    assert stored[Why.HIRED_RECENTLY].number == 10


def test_candidates_for_programs(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    first, second, *_ = school.teachers
    first.hire_date = second.hire_date = TODAY
    session.commit()
    client = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(client)}
    told = client.get("/api/v1/candidates").get_json()
    assert [(row["person"]["id"], row["reasons"]) for row in told["rows"]] == [
        (first.id, ["hired_recently"]),
        (second.id, ["hired_recently"]),
    ]
    assert (told["total"], told["next"]) == (2, None)
    # A PUT says all of it: one without its numbers is no rules, and switches nothing off.
    assert client.put("/api/v1/candidate-rules", json={"hired_recently": True}, headers=headers).status_code == 422
    said = NUMBERS | {"first_years": True}
    tried = client.post("/api/v1/candidate-rules/preview", json=said, headers=headers).get_json()
    assert (tried["total"], tried["by_rule"]) == (0, {"first_years": 0})
    said = NUMBERS | {"hired_recently": True}
    rules = client.put("/api/v1/candidate-rules", json=said, headers=headers).get_json()
    assert rules == client.get("/api/v1/candidate-rules").get_json()
    assert (rules["hired_recently"], rules["hired_recently_number"], rules["new_post"]) == (True, 365, False)
    asked = client.post("/api/v1/candidates/invite", json={"person_ids": [first.id]}, headers=headers).get_json()
    assert [(row["person"]["id"], row["state"]) for row in asked] == [(first.id, "invited")]
    assert client.post(f"/api/v1/candidates/{second.id}/put-off", headers=headers).status_code == 204
    assert client.get("/api/v1/candidates").get_json()["rows"] == []
    assert client.post(f"/api/v1/candidates/{second.id}/bring-back", headers=headers).status_code == 204
    foreign = client.post(f"/api/v1/candidates/{other_school.teachers[0].id}/put-off", headers=headers)
    assert (foreign.status_code, session.scalars(select(Dismissal)).all()) == (404, [])
    assert sign_in(school, school.director).get("/api/v1/candidates").status_code == 403
