"""The start page of each role."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from moodle_mentorship.banks.candidates import DEFAULTS, Rule
from moodle_mentorship.banks.choosing import put_off, save_rules
from moodle_mentorship.banks.enums import MenteeState
from moodle_mentorship.core.actor import Role
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, grant, make_consent, make_mentee, make_mentor, make_papers, make_person
from tests.pairs.conftest import Two, make_two


@pytest.fixture(autouse=True)
def nobody_is_looked_for(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    """Candidates of the bank of mentees would wait in each test; they have one of their own."""
    off = {why: Rule(active=False, number=rule.number) for why, rule in DEFAULTS.items()}
    for each in (school, other_school):
        save_rules(session, each.actor(), off, NOW)


def test_candidates_wait_until_they_are_asked_or_put_off(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    save_rules(session, school.actor(), DEFAULTS, NOW)
    client = sign_in(school, school.curator)
    assert (tasks(client), count(client)) == ([("4 кандидата в банк наставляемых", ["!Посмотреть"])], "1")
    first, *others = school.teachers
    make_mentee(session, first, NOW, MenteeState.WITHDRAWN)
    for person in others:
        put_off(session, school.actor(), person.id, 2026, NOW)
    assert (tasks(client), count(client)) == ([], None)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.replace("\u00a0", " "))).strip()


def tasks(client: FlaskClient) -> list[tuple[str, list[str]]]:
    """The titles of what waits, each with its buttons; the primary one is marked with !."""
    html = client.get("/").text
    listed = re.search(r'<ul class="k-tasks">(.*?)</ul>', html, re.S)
    if listed is None:
        return []
    found = []
    for row in re.findall(r"<li>(.*?)</li>", listed[1], re.S):
        buttons = re.findall(r'<(?:a|button) class="btn (btn-primary|k-btn)"[^>]*>([^<]+)<', row)
        title = re.search(r"<b>([^<]+)</b>", row)
        assert title is not None
        found.append(
            (plain(title[1]), [("!" if look == "btn-primary" else "") + plain(label) for look, label in buttons])
        )
    return found


def count(client: FlaskClient) -> str | None:
    found = re.search(
        r'aria-current="page">[^<]+<span class="k-count"><span aria-hidden="true">(\d+)', client.get("/").text
    )
    return found[1] if found else None


def test_the_curator_sees_what_waits_nearest_first(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    two = make_two(session, school)
    two.agreed()
    mentor, mentee = school.teachers[2:]
    make_mentor(session, mentor, NOW, capacity=2)
    make_mentee(session, mentee, NOW)
    Two(session, school, mentor, mentee).propose()
    make_mentee(session, school.director, NOW)
    client = sign_in(school, school.curator)
    assert tasks(client) == [
        ("1 согласованная пара ждёт приказа", ["!Подготовить приказ"]),
        ("1 предложение ждёт ответа", ["Кто не ответил"]),
        ("1 наставляемый ждёт наставника", ["Подобрать пары"]),
        ("Не хватает 4 подписанных согласий", ["Кто не подписал"]),
    ]
    assert count(client) == "4"


def test_the_tab_of_every_page_counts_what_the_list_shows(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    def counted(client: FlaskClient) -> int:
        found = re.search(
            r'Сегодня\s*<span class="k-count"><span aria-hidden="true">(\d+)', client.get("/school/").text
        )
        return int(found[1]) if found else 0

    first, second, third, fourth = school.teachers
    client = sign_in(school, school.curator)
    seen = [(counted(client), len(tasks(client)))]
    for happens in (
        lambda: make_mentee(session, third, NOW),
        lambda: make_mentor(session, fourth, NOW, capacity=2),
        lambda: Two(session, school, fourth, third).propose(),
        lambda: make_two(session, school).agreed(),
        lambda: make_mentee(session, school.director, NOW),
        lambda: setattr(school.director, "status", StaffStatus.LEAVING),
        lambda: differ(session, school, first),
        lambda: setattr(first, "status", StaffStatus.LEFT),
        lambda: differ(session, school, second),
    ):
        happens()
        session.flush()
        seen.append((counted(client), len(tasks(client))))
    assert seen == [(0, 0), (2, 2), (2, 2), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (5, 5), (6, 6)]
    stranger = sign_in(other_school, other_school.curator)
    assert (counted(stranger), tasks(stranger)) == (0, [])


def signed(session: Session, two: Two) -> None:
    """All consents of both: what is missing would wait, too."""
    make_papers(session, two.mentor, two.mentee, NOW)


def differ(session: Session, school: TestSchool, person: Person) -> None:
    session.add(
        PersonDifference(
            school_id=school.id,
            person_id=person.id,
            field=PersonField.POSITION,
            moodle_value="завуч",
            source=Source.MOODLE,
            noticed_at=NOW,
        )
    )


def test_the_tiles_count_this_school_alone(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    make_two(session, school, capacity=3).ordered()
    make_mentee(session, school.teachers[2], NOW)
    make_two(session, other_school).propose()
    html = sign_in(school, school.curator).get("/").text
    figures = [plain(figure) for figure in re.findall(r'<div class="k-fig">(.*?)</div>', html, re.S)]
    assert figures == ["1 из 2", "2 свободно из 3", "1 1 работает"]


def test_a_new_curator_is_told_where_to_begin(sign_in: SignIn, school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    html = client.get("/").text
    steps = html[html.index("С\u00a0чего начать год") :]
    assert re.findall(r'<li><a href="([^"]+)">', steps[: steps.index("</ol>")]) == [
        "/surveys/manage",
        "/consents/rules",
        "/banks/candidates/",
    ]
    assert count(client) is None


def test_without_free_places_mentors_are_sought(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    make_mentee(session, school.teachers[0], NOW)
    assert tasks(sign_in(school, school.curator)) == [
        ("1 наставляемый ждёт наставника", ["!Найти наставников"]),
        ("Не хватает 1 подписанного согласия", ["Кто не подписал"]),
    ]


def test_a_proposal_is_answered_right_there(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    two = make_two(session, school)
    two.propose()
    signed(session, two)
    buttons = ["!Согласиться", "Отказаться"]
    assert tasks(sign_in(school, two.mentor)) == [("Вам предлагают наставляемого: Зайцев Павел Андреевич", buttons)]
    assert tasks(sign_in(school, two.mentee)) == [("Вам предлагают наставника: Белова Марина Павловна", buttons)]
    assert tasks(sign_in(school, school.director)) == []


def test_nothing_to_do_says_what_comes_next(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    two = make_two(session, school)
    signed(session, two)
    grant(session, school.teachers[2], Role.CLERK, NOW)
    for person, words in (
        (two.mentor, "Вы в банке наставников. Когда куратор предложит вам наставляемого, предложение появится здесь."),
        (two.mentee, "Вам подбирают наставника. Когда у куратора будет предложение, оно появится здесь."),
        (school.teachers[2], "Как только в этой роли от вас что-то потребуется, оно появится здесь."),
    ):
        page = plain(sign_in(school, person).get("/").text)
        assert ("Новых дел нет" in page, words in page) == (True, True)


def test_the_director_sees_numbers(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    make_two(session, school).ordered()
    html = sign_in(school, school.director).get("/").text
    assert ("<h1>Обзор</h1>" in html, html.count('class="k-fig"'), "/banks/" in html) == (True, 3, False)


def test_the_administrator_is_led_to_the_connection(sign_in: SignIn, school: TestSchool) -> None:
    answer = sign_in(school, None, site_administrator=True).get("/")
    assert (answer.status_code, answer.location.startswith("/")) == (303, True)


def test_what_waits_for_the_administrator_stands_above_the_verdict(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    for here, count in ((school, 2), (other_school, 1)):
        for number in range(count):
            session.add(
                OutboxItem(
                    school_id=here.id,
                    stream=f"space:{number}",
                    kind="pair.keep_space",
                    payload={},
                    state=OutboxState.STUCK,
                    error_code="moodle_permission_missing",
                    created_at=NOW,
                    due_at=NOW,
                )
            )
    session.commit()
    html = sign_in(school, None, site_administrator=True).get("/connection").text.replace("\u00a0", " ")
    listed = html.index("2 изменения не дошли до Moodle")
    assert listed < html.index('id="verdict"')
    assert html.count('id="h-wait"') == 1
    # In the role of a curator the page is the administrator's all the same.
    both = sign_in(school, school.curator, site_administrator=True).get("/connection").text
    assert "2 изменения не дошли до Moodle" in both.replace("\u00a0", " ")
    session.execute(update(OutboxItem).values(state=OutboxState.DELIVERED))
    session.commit()
    assert "h-wait" not in sign_in(school, None, site_administrator=True).get("/connection").text


def test_who_has_no_role_reads_a_kind_word(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    page = sign_in(school, school.teachers[3]).get("/")
    text = plain(page.text)
    seen = [
        page.status_code,
        "Сейчас от вас ничего не требуется" in text,
        "Обратитесь к куратору наставничества: Соколова Елена Викторовна." in text,
        "k-tabs" in page.text,
    ]
    assert seen == [200, True, True, False]
    two_curators = make_person(session, school.id, 500, "Белов Олег", now=NOW)
    grant(session, two_curators, Role.CURATOR, NOW)
    session.commit()
    text = plain(sign_in(school, school.teachers[3]).get("/").text)
    assert "к кураторам наставничества: Соколова Елена Викторовна, Белов Олег." in text


def test_who_is_invited_finds_the_consent_that_is_awaited(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    person = school.teachers[3]
    make_mentee(session, person, NOW, MenteeState.INVITED)
    session.commit()
    client = sign_in(school, person)
    assert tasks(client) == [("Ждём вашего согласия на обработку персональных данных", ["!Прочитать и напечатать"])]
    assert 'href="/consents/mine/"' in client.get("/participation/").text
    assert "Обработка данных наставляемого" in plain(client.get("/consents/mine/").text)
    make_consent(session, person, NOW)
    session.commit()
    assert tasks(client) == []
    assert tasks(sign_in(other_school, other_school.teachers[3])) == []


def test_the_page_shows_the_role_that_was_chosen(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    """A curator who is a mentor too sees the curator's page first, and only the curator's tasks."""
    make_mentor(session, school.curator, NOW)
    make_mentee(session, school.teachers[1], NOW)
    Two(session, school, school.curator, school.teachers[1]).propose()
    assert tasks(sign_in(school, school.curator)) == [
        ("1 предложение ждёт ответа", ["!Кто не ответил"]),
        ("Не хватает 3 подписанных согласий", ["Кто не подписал"]),
    ]


def test_an_order_takes_the_task_away(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    two = make_two(session, school)
    two.ordered()
    signed(session, two)
    assert tasks(sign_in(school, school.curator)) == [
        ("У 1 наставника не хватает дополнительного соглашения", ["!Дополнительные соглашения"]),
    ]
