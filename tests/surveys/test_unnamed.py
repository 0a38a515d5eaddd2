"""Anonymous rounds: who has answered is known, what was answered is known, and nothing leads from one to the other."""

import itertools
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.backup import write_backup
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.db import Base, Database
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.schemas import NOT_OFFERED, REQUIRED
from moodle_mentorship.lti.completions import tick_unnamed
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import PLUGIN_FROM
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import arranging, building, errors, queries, ready, service, unnamed
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import AnswerBox, Participant, Response, Round
from moodle_mentorship.surveys.told import listeners
from moodle_mentorship.surveys.unnamed import NAMES_SOMEBODY
from moodle_mentorship.surveys.views import MOST_TEXTS
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_launch, make_person, make_round, make_school

Csrf = Callable[[FlaskClient], str]
TODAY = NOW.date()
OVER = TODAY + timedelta(days=30)
NIGHT = NOW.replace(hour=2, minute=30) + timedelta(days=1)
FINISH = {"levels": {ready.THEMES[0][0]: "1"}}
WORDS = ("Урок коллеги", "Разбор", "Ничего", "Расписание", "Собрание", "Журнал")


def begin(session: Session, school: TestSchool, people: Sequence[Person], code: str = "pulse") -> Round:
    service.take_ready_made(session, school.actor(), NOW)
    questionnaire = queries.by_code(session, school.id, code)
    assert questionnaire is not None
    return service.start_round(
        session,
        school.actor(),
        questionnaire_id=questionnaire.id,
        people=select(Person.id).where(Person.id.in_([person.id for person in people])),
        opens_on=TODAY,
        closes_on=TODAY + timedelta(days=14),
        anonymous=True,
        now=NOW,
    )


def said(number: int) -> dict[str, Any]:
    return {"met": "yes", "useful": number % 5 + 1, "decided": WORDS[number], "support": "no"}


def answer(session: Session, actor: Actor, round_id: int, what: dict[str, Any], **changes: Any) -> service.Sheet:
    values: dict[str, Any] = {"version": 1, "revision": 0, "listeners": Submitted(), "today": TODAY, "now": NOW}
    return service.submit(session, BOX, actor, round_id, said=what, **(values | changes))


def staff(session: Session, school: TestSchool, number: int = len(WORDS)) -> list[Person]:
    return [make_person(session, school.id, 700 + place, f"Учитель {place}", now=NOW) for place in range(number)]


def state(session: Session) -> dict[str, Any]:
    """Every row of every table but the sealed box, and what lies in the box as it lies there."""
    session.flush()
    session.expire_all()
    rows: dict[str, Any] = {
        name: session.execute(select(table).order_by(table.c.id)).all()
        for name, table in Base.metadata.tables.items()
        if name != "survey_answer_box"
    }
    # In their order: PostgreSQL's own numbers go on after what was rolled back.
    rows["outbox_item"] = [
        {name: value for name, value in row._mapping.items() if name != "id"} for row in rows["outbox_item"]
    ]
    box = session.scalars(select(AnswerBox)).one()
    return rows | {"box": (box.id, BOX.open(box.sealed_answers or ""))}


def test_nothing_in_the_database_tells_who_answered_what(session: Session, school: TestSchool, app: Flask) -> None:
    """The same people give each other's answers in another order and at another time of day, with all that listens in
    the application and the night after: the database is the same to the last row."""
    school.site.plugin_version = PLUGIN_FROM
    people = staff(session, school)
    asked = begin(session, school, people)
    launches = {person.id: make_launch(session, school, person, now=NOW).id for person in reversed(people)}
    with app.app_context():
        listening = listeners()
    states = []
    for shift in (0, 1, 4):
        savepoint = session.begin_nested()
        turned = people[shift:] + people[:shift]
        given = list(zip(turned, reversed(range(len(people))), strict=True))
        for hour, (person, number) in enumerate(given[shift:] + given[:shift]):
            at = NOW + timedelta(hours=hour * (shift + 1) / 10)
            actor = replace(school.actor(person), launch_id=launches[person.id])
            answer(session, actor, asked.id, said(number), now=at, listeners=listening)
        assert session.scalars(select(OutboxItem)).all() == []
        for night in (NIGHT, NIGHT + timedelta(days=1)):
            tick_unnamed(session, Jobs(), school.id, night.date(), night)
        states.append(state(session))
        savepoint.rollback()
        session.expire_all()
    assert states[0] == states[1] == states[2]
    assert [row.answered for row in states[0]["survey_participant"]] == [True] * len(people)
    assert states[0]["survey_response"] == []
    ticks = [(row["created_at"], row["payload"]["moodle_user_id"]) for row in states[0]["outbox_item"]]
    assert ticks == [(NIGHT, person.moodle_user_id) for person in people]


def test_a_tick_of_the_night_is_for_who_is_done_in_each_activity_they_came_by(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    school.site.plugin_version = other_school.site.plugin_version = PLUGIN_FROM
    done, half, silent = school.teachers[:3]
    asked = begin(session, school, [done, half, silent])
    named = make_round(session, school, [half], NOW, "finish_mentee")
    make_launch(session, school, done, now=NOW - timedelta(days=3))
    for person, link in ((done, "7"), (done, "7"), (done, "3"), (half, "3"), (silent, "3")):
        make_launch(session, school, person, now=NOW).resource_link_id = link
    for person in (done, half):
        answer(session, school.actor(person), asked.id, said(0))

    def ticked(night: datetime) -> list[tuple[int, int]]:
        session.execute(delete(OutboxItem).where(OutboxItem.created_at < NIGHT))
        for whose in (school, other_school):
            tick_unnamed(session, Jobs(), whose.id, night.date(), night)
        rows = session.scalars(select(OutboxItem).where(OutboxItem.created_at == night).order_by(OutboxItem.id))
        return [(row.payload["link_id"], row.payload["moodle_user_id"]) for row in rows]

    assert ticked(NIGHT) == [(3, done.moodle_user_id), (7, done.moodle_user_id)]
    assert ticked(NIGHT + timedelta(days=1)) == []
    service.close_round(session, school.actor(), named.id, NOW)
    assert ticked(NIGHT + timedelta(days=2)) == [(3, half.moodle_user_id)]
    # Long after the round, nothing of it is looked for any more.
    assert ticked(NIGHT + timedelta(days=40)) == []


def test_answers_leave_no_row_in_the_journal_and_no_word_in_log_or_backup(
    fresh_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        people = staff(session, school)
        asked = begin(session, school, people)
    journal = []
    for number, person in enumerate(people):
        with database.unit_of_work() as session:
            answer(session, school.actor(person), asked.id, said(number))
            journal.append(len(session.scalars(select(AuditEvent.id)).all()))
    assert len(set(journal)) == 1
    write_backup(database, BOX, tmp_path / "school.zip", NOW)
    with zipfile.ZipFile(tmp_path / "school.zip") as archive:
        written = "".join(archive.read(name).decode() for name in archive.namelist())
    log = "".join(capfd.readouterr())
    assert [word for word in WORDS if word in written or word.encode("unicode_escape").decode() in written] == []
    assert [word for word in WORDS if word in log] == []
    # Whoever keeps a backup of each evening sees the box change, but its size only by whole blocks.
    with database.unit_of_work(read_only=True) as session:
        held = session.scalars(select(AnswerBox)).one()
        assert len(BOX.open(held.sealed_answers or "")) == unnamed.BLOCK
    database.engine.dispose()


def test_a_second_click_adds_nothing_and_another_window_neither(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = begin(session, school, [teacher])
    told: list[int | None] = []
    listening = Submitted()
    listening.add(lambda _session, actor, _response, _now: told.append(actor.person_id))
    for what in (said(0), said(0), said(1)):
        sheet = answer(session, school.actor(teacher), asked.id, what, listeners=listening)
        assert (sheet.sent, sheet.values, sheet.response) == (True, {}, None)
    assert told == []
    assert state(session)["box"][1].strip().count('"met"') == 1
    with pytest.raises(errors.KeptInTheBrowser):
        service.save(session, BOX, school.actor(teacher), asked.id, version=1, said={"met": "no"}, today=TODAY, now=NOW)
    assert session.scalars(select(Response)).all() == []


def test_answers_that_do_not_fit_are_told_and_the_box_stays_closed(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = begin(session, school, [teacher])
    for what, told in (
        ({"met": "dance", "support": "no"}, {"met": [NOT_OFFERED]}),
        ({"met": "no"}, {"support": [REQUIRED]}),
    ):
        with pytest.raises(Invalid) as refused:
            answer(session, school.actor(teacher), asked.id, what)
        assert refused.value.errors == {"answers": told}
    with pytest.raises(errors.NotAsked):
        answer(session, school.actor(school.teachers[1]), asked.id, said(0))
    with pytest.raises(errors.RoundClosed):
        answer(session, school.actor(teacher), asked.id, said(0), today=OVER)
    assert session.scalars(select(Participant.answered)).all() == [False]


def test_results_come_when_the_round_is_over_and_from_five_answers_on(session: Session, school: TestSchool) -> None:
    people = staff(session, school)
    asked = begin(session, school, people)
    shown = {}
    for number, person in enumerate(people[:5]):
        shown[number] = unnamed.results(session, BOX, asked, OVER) is not None
        answer(session, school.actor(person), asked.id, said(number))
        # Not between two answers: the difference would be one person's.
        assert unnamed.results(session, BOX, asked, TODAY) is None
    assert not any(shown.values())
    found = unnamed.results(session, BOX, asked, OVER)
    assert found is not None
    (written,) = [tally for tally in found.tallies if tally.item.code == "decided"]
    assert (found.answered, [text for _nobody, text in written.texts]) == (5, sorted(WORDS[:5]))
    service.close_round(session, school.actor(), asked.id, NOW)
    assert unnamed.results(session, BOX, asked, TODAY) is not None


@pytest.mark.parametrize("code", ["need", "offer"])
def test_a_profile_can_not_be_anonymous(session: Session, school: TestSchool, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        begin(session, school, school.teachers, code)
    assert refused.value.errors == {"anonymous": [NAMES_SOMEBODY]}


def test_everybody_answers_the_version_of_the_first_day(session: Session, school: TestSchool) -> None:
    teacher = school.teachers[0]
    asked = begin(session, school, [teacher])
    state = {"number": 2, "revision": 0}
    building.change(
        session,
        school.actor(),
        asked.questionnaire_id,
        lambda asks: arranging.without_item(asks, "decided"),
        now=NOW,
        **state,
    )
    building.publish(session, school.actor(), asked.questionnaire_id, number=2, revision=1, now=NOW)
    sheet = service.sheet(session, BOX, school.id, asked.id, teacher.id)
    assert (sheet.version.number, sheet.newer) == (1, False)
    assert answer(session, school.actor(teacher), asked.id, said(0)).sent


def test_reminders_shares_and_lists_know_who_has_answered(session: Session, school: TestSchool) -> None:
    done, waits = school.teachers[:2]
    asked = begin(session, school, [done, waits])
    answer(session, school.actor(done), asked.id, said(0))
    assert queries.shares(session, school.id, [asked.id])[asked.id] == queries.Share(2, 1)
    assert queries.count_unwritten(session, school.id, asked.id, TODAY) == 1
    assert [len(queries.waiting(session, school.id, person.id, TODAY)) for person in (done, waits)] == [0, 1]
    with pytest.raises(NotFound):
        queries.answer_box(session, school.id + 1, asked.id)


def test_the_pages(
    sign_in: SignIn,
    csrf: Csrf,
    session: Session,
    school: TestSchool,
    clock: FixedClock,
    other_school: TestSchool,
    capfd: pytest.CaptureFixture[str],
) -> None:
    people = staff(session, school)
    service.take_ready_made(session, school.actor(), NOW)
    numbers = {row.questionnaire.code: row.questionnaire.id for row in queries.questionnaires(session, school.id)}
    session.commit()
    curator = sign_in(school, school.curator)
    form = {"csrf_token": csrf(curator), "audience": "staff", "opens_on": "2026-11-24", "closes_on": "2026-12-01"}
    form |= {"anonymous": "on", "remind_after": ""}
    refused = curator.post("/surveys/rounds/new", data=form | {"questionnaire_id": str(numbers["need"])})
    assert (refused.status_code, "Анонимной она быть не" in refused.text.replace("\u00a0", " ")) == (422, True)
    assert 'name="anonymous" checked' in refused.text
    begun = curator.post("/surveys/rounds/new", data=form | {"questionnaire_id": str(numbers["pulse"])})
    number = re.search(r"/rounds/(\d+)", begun.location)
    assert number is not None
    path = f"/surveys/rounds/{number[1]}"
    for place, person in enumerate(people):
        client = sign_in(school, person)
        page = client.get(f"{path}/answer").text
        assert ("data-save=" not in page, "никто не\u00a0узнает" in page) == (True, True)
        typed = {"a.met": "yes", "a.useful": "4", "a.decided": WORDS[place], "a.support": "no"}
        data = {"csrf_token": csrf(client), "version": "1", "revision": "0"} | typed
        wrong = client.post(f"{path}/answer", data=data | {"a.met": ""})
        assert (wrong.status_code, WORDS[place] in wrong.text) == (422, True)
        sent = client.post(f"{path}/answer", data=data)
        read = client.get(sent.location).text
        assert (sent.status_code, WORDS[place] in read, "сказать никто не\u00a0может" in read) == (303, False, True)
        assert WORDS[place] not in str(client.get(f"/api/v1{path}/response").json)
    # The log tells that somebody has answered, and not who came.
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if '"surveys.submit"' in line]
    assert (len(lines), [line for line in lines if "launch" in line]) == (2 * len(people), [])
    during = [curator.get(f"{path}{page}") for page in ("", "/results", "/export.csv", f"/people/{people[0].id}")]
    assert [page.status_code for page in during] == [200, 200, 404, 404]
    assert [word for word, page in itertools.product(WORDS, during) if word in page.text] == []
    assert "Опрос ещё идёт" in during[1].text
    clock.move_to(NOW + timedelta(days=10))
    curator = sign_in(school, school.curator)
    after = curator.get(f"{path}/results").text
    assert sorted(WORDS) == [word for word in sorted(WORDS) if word in after]
    assert ("Учитель" in after, curator.get(f"{path}/export.xlsx").status_code) == (False, 404)
    assert sign_in(other_school, other_school.curator).get(f"{path}/results").status_code == 404


def test_no_two_answers_of_one_person_stand_in_the_same_place(
    sign_in: SignIn, session: Session, school: TestSchool, clock: FixedClock
) -> None:
    """Two free texts and a choice: the texts of each question stand in the order of its own words, all of them."""
    people = staff(session, school, MOST_TEXTS + 5)
    asked = begin(session, school, people, ready.FINISH_MENTEE)
    for number, person in enumerate(people):
        helped, formality = f"Помощь {number:03}", f"Форма {len(people) - number:03}"
        what = FINISH | {"helped": helped, "formality": formality, "again": "no" if number == 60 else "yes"}
        answer(session, school.actor(person), asked.id, what)
    session.commit()
    clock.move_to(NOW + timedelta(days=20))
    page = sign_in(school, school.curator).get(f"/surveys/rounds/{asked.id}/results").text
    for word in ("Помощь", "Форма"):
        shown = re.findall(rf"{word} \d+", page)
        assert (len(shown), shown) == (len(people), sorted(shown))


def test_a_question_that_few_have_answered_stays_hidden(
    sign_in: SignIn, session: Session, school: TestSchool, clock: FixedClock
) -> None:
    people = staff(session, school)
    asked = begin(session, school, people)
    for number, person in enumerate(people):
        what = said(number) if number < 4 else {"met": "no", "support": "no"}
        answer(session, school.actor(person), asked.id, what)
    session.commit()
    clock.move_to(NOW + timedelta(days=20))
    page = sign_in(school, school.curator).get(f"/surveys/rounds/{asked.id}/results").text
    assert ("Встреча состоялась?" in page, [word for word in WORDS if word in page]) == (True, [])
    assert page.count("ответили меньше") == 2
