"""Pages of questionnaires: who may, what they show, what an error keeps."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ClosedWhy, ConsentKind
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.queries import missing_people
from moodle_mentorship.consents.service import Given, allow_mark, record_paper, withdraw
from moodle_mentorship.consents.views import NEEDS
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.grounds import Grounds
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import queries, service
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Questionnaire, Response, Round
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_consent, make_mentee, make_person, make_round

Csrf = Callable[[FlaskClient], str]
TODAY = NOW.date()
NBSP = "\u00a0"
CLOSED = {"closed_at": NOW, "closed_why": ClosedWhy.WITHDRAWN}
FORM = {"version": "1", "revision": "0", "a.hardest": "discipline", "a.levels.discipline": "2", "a.help": "talk"}


def checked(html: str) -> list[str]:
    """Name and value of each marked field."""
    return [
        f"{name}={value}"
        for name, value in re.findall(r'name="(a\.[\w.]+)" value="([\w-]+)"(?: aria-label="[^"]*")? checked', html)
    ]


@pytest.mark.parametrize("path", ["/surveys/manage", "/surveys/rounds/new"])
def test_the_curators_pages_are_theirs(sign_in: SignIn, school: TestSchool, path: str) -> None:
    assert [sign_in(school, who).get(path).status_code for who in (school.curator, school.director)] == [200, 403]
    assert sign_in(school, school.teachers[0]).get(path).status_code == 403


def test_one_button_brings_the_ready_made_questionnaires(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    client = sign_in(school, school.curator)
    assert "Взять готовые анкеты" in client.get("/surveys/manage").text
    answer = client.post("/surveys/manage/ready-made", data={"csrf_token": csrf(client)})
    assert (answer.status_code, answer.location) == (303, "/surveys/manage?done=ready_made_taken")
    html = client.get("/surveys/manage").text
    assert ("Взять готовые анкеты" in html, len(re.findall(r'/questionnaires/\d+"', html))) == (False, 5)
    preview = client.get(re.findall(r"/surveys/questionnaires/\d+", html)[0]).text
    assert "Отмеченное здесь не\u00a0сохраняется" in preview


def test_a_round_begins_from_the_page(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    make_mentee(session, school.teachers[0], NOW)
    service.take_ready_made(session, school.actor(), NOW)
    session.commit()
    client = sign_in(school, school.curator)
    need = session.scalars(select(Questionnaire.id).where(Questionnaire.code == "need")).one()
    data = {"csrf_token": csrf(client), "questionnaire_id": str(need), "audience": "mentees", "opens_on": "2026-11-24"}
    wrong = client.post("/surveys/rounds/new", data=data | {"closes_on": "2026-11-01"})
    assert (wrong.status_code, "Последний день раньше первого" in wrong.text) == (422, True)
    assert '<option value="mentees" selected>' in wrong.text
    empty = client.post("/surveys/rounds/new", data=data | {"closes_on": "2026-12-01", "audience": "mentors"})
    assert (empty.status_code, "Спросить некого" in empty.text) == (409, True)
    assert session.scalar(select(func.count()).select_from(Round)) == 0
    begun = client.post("/surveys/rounds/new", data=data | {"closes_on": "2026-12-01"})
    number = session.scalars(select(Round.id)).one()
    assert (begun.status_code, begun.location) == (303, f"/surveys/rounds/{number}?done=round_started")
    page = client.get(begun.location).text
    assert ("Белова Марина Павловна" in page, f"из{NBSP}1, 0&nbsp;%" in page) == (True, True)
    closed = client.post(f"/surveys/rounds/{number}/close", data={"csrf_token": csrf(client)})
    assert closed.location == f"/surveys/rounds/{number}?done=round_closed"
    assert "Завершить опрос" not in client.get(closed.location).text


def test_a_teacher_without_a_role_answers_too(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    session.commit()
    client = sign_in(school, teacher)
    assert f"/surveys/rounds/{asked.id}/answer" in client.get("/surveys/").text
    # Who has no role has no page «Сегодня», but finds it on the first page all the same.
    assert f"/surveys/rounds/{asked.id}/answer" in client.get("/").text
    page = client.get(f"/surveys/rounds/{asked.id}/answer")
    assert (page.status_code, "осталось около" in page.text) == (200, True)
    assert session.scalar(select(func.count()).select_from(Response)) == 0
    sent = client.post(f"/surveys/rounds/{asked.id}/answer", data=FORM | {"csrf_token": csrf(client)})
    assert (sent.status_code, sent.location) == (303, f"/surveys/rounds/{asked.id}/answer?done=survey_sent")
    read = client.get(sent.location).text
    assert ("Спасибо, ответы отправлены" in read, "Дисциплина на уроке: 2 — нужна помощь" in read) == (True, True)
    assert "<textarea" not in read
    again = client.post(f"/surveys/rounds/{asked.id}/answer", data=FORM | {"csrf_token": csrf(client)})
    assert again.status_code == 303
    assert "Анкет для вас сейчас нет" in client.get("/surveys/").text.replace(NBSP, " ")


def test_an_error_stands_beside_its_question_and_nothing_typed_is_lost(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    session.commit()
    client = sign_in(school, teacher)
    form = {
        "csrf_token": csrf(client),
        "version": "1",
        "revision": "0",
        "a.hardest": ["discipline", "parents", "digital", "homeroom"],
        "a.levels.parents": "3",
        "a.urgent": "Собрание " * 10,
        "a.free": ["1-3", "5-after"],
        "a.teach": "д" * 1001,
    }
    answer = client.post(f"/surveys/rounds/{asked.id}/answer", data=form)
    html = answer.text
    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#f-(\w+)">', html) == ["hardest", "teach"]
    assert checked(html) == [
        *("a.hardest=discipline", "a.hardest=parents", "a.hardest=digital", "a.hardest=homeroom"),
        *("a.levels.parents=3", "a.free=1-3", "a.free=5-after"),
    ]
    assert ("Собрание " * 10 in html, "д" * 1001 in html) == (True, True)


def test_another_windows_answers_are_shown_beside_ones_own(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    service.save(
        session,
        BOX,
        school.actor(teacher),
        asked.id,
        version=1,
        said={"help": ["visit"], "teach": "Доска"},
        today=NOW.date(),
        now=NOW,
    )
    session.commit()
    client = sign_in(school, teacher)
    data = FORM | {"csrf_token": csrf(client)}
    answer = client.post(f"/surveys/rounds/{asked.id}/answer", data=data)
    assert answer.status_code == 409
    assert re.findall(r'<li><a href="#f-(\w+)">', answer.text) == ["hardest", "levels", "help", "teach"]
    assert ("Посетить урок коллеги" in answer.text, 'name="revision" value="1"' in answer.text) == (True, True)
    again = client.post(f"/surveys/rounds/{asked.id}/answer", data=data | {"revision": "1"})
    assert again.status_code == 303
    assert queries.latest_answers(session, school.id, teacher.id, "need") is not None


def test_twenty_megabytes_are_refused_and_the_draft_stays(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    service.save(
        session, BOX, school.actor(teacher), asked.id, version=1, said={"teach": "Доска"}, today=NOW.date(), now=NOW
    )
    session.commit()
    client = sign_in(school, teacher)
    huge = "д" * 10_000_000
    page = client.post(f"/surveys/rounds/{asked.id}/answer", data=FORM | {"csrf_token": csrf(client), "a.teach": huge})
    rest = client.patch(
        f"/api/v1/surveys/rounds/{asked.id}/response",
        json={"version": 1, "answers": {"teach": huge}},
        headers={"X-CSRF-Token": csrf(client)},
    )
    assert (page.status_code, "Слишком много данных" in page.text) == (413, True)
    assert (rest.status_code, rest.json["code"] if rest.json else "") == (413, "too_large")
    assert service.sheet(session, BOX, school.id, asked.id, teacher.id).values == {"teach": "Доска"}


def test_the_curator_reads_what_was_sent_but_no_draft(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher, school.teachers[1]], NOW)
    me, path = school.actor(teacher), f"/surveys/rounds/{asked.id}/people/{teacher.id}"
    said = {"hardest": ["discipline"], "levels": {"discipline": 1}, "help": ["talk"], "vetoes": "Не с соседом"}
    service.save(session, BOX, me, asked.id, version=1, said=said, today=NOW.date(), now=NOW)
    session.commit()
    client = sign_in(school, school.curator)
    assert client.get(path).status_code == 404
    service.submit(
        session,
        BOX,
        me,
        asked.id,
        version=1,
        revision=1,
        said=said,
        listeners=Submitted(),
        today=NOW.date(),
        now=NOW,
    )
    session.commit()
    assert "Не с соседом" in client.get(path).text
    assert [sign_in(school, who).get(path).status_code for who in (school.director, teacher)] == [403, 403]


def test_a_round_that_is_over_keeps_the_draft_and_says_so(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, clock: FixedClock
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW, days=1)
    session.commit()
    client = sign_in(school, teacher)
    clock.move_to(NOW + timedelta(days=2))
    client = sign_in(school, teacher)
    assert "Сейчас эта анкета не" in client.get(f"/surveys/rounds/{asked.id}/answer").text.replace(NBSP, " ")
    late = client.post(f"/surveys/rounds/{asked.id}/answer", data=FORM | {"csrf_token": csrf(client)})
    assert late.status_code == 409


@pytest.mark.parametrize("mark", [False, True])
def test_who_stands_in_no_bank_gets_to_the_questionnaire(
    sign_in: SignIn, csrf: Csrf, session: Session, app: Flask, school: TestSchool, other_school: TestSchool, mark: bool
) -> None:
    """The whole staff is asked what it could offer: the consent that this needs is awaited of each of them, printed and
    reminded of, and the questionnaire leads straight to its text."""
    teacher, other = school.teachers[:2]
    asked = make_round(session, school, [teacher, other], NOW, "offer")
    make_round(session, other_school, other_school.teachers, NOW, "offer")
    session.execute(delete(ProcessingGround))
    if mark:
        allow_mark(session, school.actor(), "Положение", "7", NOW.date(), NOW)
    session.commit()
    needs, kind = app.extensions[NEEDS], ConsentKind.PROCESSING_MENTOR

    def lacking(day: date = TODAY) -> set[int]:
        session.expire_all()
        return set(session.scalars(missing_people(needs, school.id, kind, day).with_only_columns(Person.id)))

    assert lacking() == {teacher.id, other.id}
    assert lacking(asked.closes_on + timedelta(days=1)) == lacking(asked.opens_on - timedelta(days=1)) == set()
    curator = sign_in(school, school.curator)
    assert teacher.last_name in curator.get("/consents/missing?document=processing_mentor").text
    client, path = sign_in(school, teacher), f"/surveys/rounds/{asked.id}/answer"
    html = client.get(path).text
    assert ("Сначала нужно ваше согласие" in html, "<form" in html) == (True, False)
    text = "/consents/mine/text?document=processing_mentor"
    assert (f'href="{text}"' in html, "Напечатайте текст" in html) == (True, not mark)
    buttons = [word in html.replace(NBSP, " ") for word in ("Прочитать и согласиться", "Прочитать и напечатать")]
    assert buttons == [mark, not mark]
    sent = client.post(path, data=FORM | {"csrf_token": csrf(client)})
    # Withdrawn while the form was open: said, and nothing of it is stored.
    assert (sent.status_code, "набрали, не\u00a0сохранено" in sent.text) == (409, True)
    assert session.scalar(select(func.count()).select_from(Response)) == 0
    assert "Согласий от вас не ждут" not in client.get("/consents/mine/").text
    if mark:
        agreed = client.post(
            "/consents/mine/mark", data={"csrf_token": csrf(client), "document": kind.value, "version": "1"}
        )
        assert (agreed.status_code, "<form" in client.get(path).text, lacking()) == (303, True, {other.id})
        # Who says no again is not asked for it any more in this round.
        client.post("/consents/mine/withdraw", data={"csrf_token": csrf(client), "document": kind.value})
        assert lacking() == {other.id}
        assert text in client.get(path).text
    else:
        make_consent(session, teacher, NOW, kind)
        session.commit()
        assert lacking() == {other.id}
    service.close_round(session, school.actor(), asked.id, NOW)
    assert lacking() == set()


def test_it_waits_on_today_until_it_is_sent(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    make_mentee(session, teacher, NOW)
    asked = make_round(session, school, [teacher], NOW)
    session.commit()
    client = sign_in(school, teacher)
    link = f"/surveys/rounds/{asked.id}/answer"
    assert (link in client.get("/").text, "Заполнить" in client.get("/").text) == (True, True)
    service.save(
        session, BOX, school.actor(teacher), asked.id, version=1, said={"teach": "Доска"}, today=NOW.date(), now=NOW
    )
    session.commit()
    assert "Продолжить" in client.get("/").text


def test_another_schools_round_is_not_found(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    foreign = make_round(session, other_school, other_school.teachers, NOW)
    session.commit()
    client = sign_in(school, school.curator)
    data = {"csrf_token": csrf(client)} | FORM
    person = other_school.teachers[0].id
    seen = [
        client.get(path).status_code
        for path in (
            f"/surveys/rounds/{foreign.id}",
            f"/surveys/rounds/{foreign.id}/answer",
            f"/surveys/rounds/{foreign.id}/people/{person}",
            f"/surveys/questionnaires/{foreign.questionnaire_id}",
        )
    ]
    written = [
        client.post(f"/surveys/rounds/{foreign.id}/{verb}", data=data).status_code for verb in ("answer", "close")
    ]
    assert (seen, written) == ([404] * 4, [404] * 2)


def test_fifty_people_cost_as_many_statements_as_one(
    runtime: Runtime, sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    session.commit()
    client, path = sign_in(school, school.curator), f"/surveys/rounds/{asked.id}"
    client.get(path)
    one = statements(runtime, lambda: client.get(path))
    people = [make_person(session, school.id, 1000 + number, now=NOW).id for number in range(49)]
    service.ask(session, school.actor(), "need", people, NOW.date(), NOW.date(), NOW)
    session.commit()
    assert statements(runtime, lambda: client.get(path)) == one


def test_results_add_up_and_leave_as_a_file(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    one, two, silent = school.teachers[:3]
    asked = make_round(session, school, [one, two, silent], NOW)
    said = {
        "hardest": ["discipline"],
        "levels": {"discipline": 3},
        "help": ["talk"],
        "urgent": "=1+1",
        "vetoes": "Тайна",
        "free": ["1-before", "3-2"],
    }
    for person in (one, two):
        service.submit(
            session,
            BOX,
            school.actor(person),
            asked.id,
            version=1,
            revision=0,
            said=said,
            listeners=Submitted(),
            today=NOW.date(),
            now=NOW,
        )
    session.commit()
    client = sign_in(school, school.curator)
    html = client.get(f"/surveys/rounds/{asked.id}/results").text
    assert ("ответили 2 из\u00a03" in html, "среднее" in html, "Тайна" in html) == (True, False, False)
    assert '<td class="k-num">3,0</td>' in html
    assert re.findall(r'<th scope="row">Дисциплина на уроке</th>.*?</tr>', html)[0].count('class="v" width="100%"') == 1
    file = client.get(f"/surveys/rounds/{asked.id}/export.csv").data.decode("utf-8-sig").splitlines()
    assert [line.split(";")[:3] for line in file[1:]] == [
        ["Белова Марина Павловна", "учитель", "24.11.2026"],
        ["Зайцев Павел Андреевич", "учитель", "24.11.2026"],
    ]
    assert ("'=1+1" in file[1], "Тайна" in "".join(file)) == (True, False)
    assert '"Понедельник: до уроков; Среда: 2 урок"' in file[1].replace("\u00a0", " ")
    # Whose consent is withdrawn is left out, of the page and of the file.
    session.execute(update(ProcessingGround).where(ProcessingGround.person_id == two.id).values(CLOSED))
    session.commit()
    assert "Ответы 1 человека не\u00a0учтены" in client.get(f"/surveys/rounds/{asked.id}/results").text
    assert len(client.get(f"/surveys/rounds/{asked.id}/export.csv").data.splitlines()) == 2
    html = client.get(f"/surveys/rounds/{asked.id}").text
    assert re.findall(rf"/surveys/rounds/{asked.id}/people/(\d+)", html) == [str(one.id)]
    assert html.count("действующего согласия нет") == 1


def test_results_are_the_curators(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers, NOW)
    foreign = make_round(session, other_school, other_school.teachers, NOW)
    session.commit()
    client = sign_in(school, school.curator)
    pages = ("results", "export.xlsx")
    assert [client.get(f"/surveys/rounds/{asked.id}/{page}").status_code for page in pages] == [200, 200]
    assert [client.get(f"/surveys/rounds/{foreign.id}/{page}").status_code for page in pages] == [404, 404]
    director = sign_in(school, school.director)
    assert [director.get(f"/surveys/rounds/{asked.id}/{page}").status_code for page in pages] == [403, 403]


def test_what_was_answered_is_destroyed_with_the_curators_papers(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """Of two who have withdrawn, one has consented anew before the curator clicked."""
    gone, back, other = school.teachers[:3]
    stranger = other_school.teachers[0]
    for person in (gone, back, other, stranger):
        make_consent(session, person, NOW)
    rounds = [make_round(session, school, [gone, back, other], NOW), make_round(session, other_school, [stranger], NOW)]
    for person in (gone, back, other, stranger):
        asked = rounds[person.school_id == other_school.id]
        actor = other_school.actor(person) if person is stranger else school.actor(person)
        said = {"teach": "Доска", "vetoes": "Тайна"}
        service.save(session, BOX, actor, asked.id, version=1, said=said, today=NOW.date(), now=NOW)
    duties = []
    for person in (gone, back):
        kind = ConsentKind.PROCESSING_MENTEE
        ended = withdraw(session, Grounds(), school.actor(person), person.id, kind, NOW.date(), NOW)
        assert ended.duty is not None
        duties.append(ended.duty.id)
    anew = Given(ConsentKind.PROCESSING_MENTEE, "7-С", NOW.date(), None)
    record_paper(session, Grounds(), BOX, school.actor(), back.id, anew, NOW.date(), NOW)
    session.commit()
    client = sign_in(school, school.curator)
    assert "удаляются, когда вы\u00a0нажмёте «Уничтожено»" in client.get("/consents/duties").text
    for _ in range(2):
        for duty in duties:
            done = client.post(f"/consents/duties/{duty}/done", data={"csrf_token": csrf(client)})
            assert done.status_code == 303
    kept = session.scalars(select(Response.person_id).order_by(Response.person_id)).all()
    assert kept == sorted([back.id, other.id, stranger.id])
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "survey.destroy")).all()
    assert [(row.object_id, row.details) for row in noted] == [(gone.id, {"purpose": "mentee_profile", "answers": 1})]


def test_answers_are_corrected_while_the_round_is_open(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, clock: FixedClock
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW, days=1)
    session.commit()
    client, path = sign_in(school, teacher), f"/surveys/rounds/{asked.id}/answer"
    data = FORM | {"csrf_token": csrf(client)}
    client.post(path, data=data)
    link = re.search(rf'href="({path}[^"]+)">Исправить ответы', client.get(path).text)
    assert link is not None
    page = client.get(link[1]).text
    assert ('name="correcting" value="yes"' in page, "a.help=talk" in checked(page)) == (True, True)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision is not None
    changed = data | {"correcting": "yes", "revision": revision[1], "a.help": "visit"}
    wrong = client.post(path, data=changed | {"a.help": "dance"})
    assert (wrong.status_code, 'name="correcting" value="yes"' in wrong.text) == (422, True)
    assert client.post(path, data=changed).status_code == 303
    assert "Посетить урок коллеги" in client.get(path).text
    clock.move_to(NOW + timedelta(days=2))
    late = sign_in(school, teacher)
    assert ("Исправить ответы" in late.get(path).text, "скажите куратору" in late.get(path).text) == (False, True)
