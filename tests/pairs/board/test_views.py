"""The page «Подбор» and its REST twin: the way by clicks, what a refusal shows, and whose eyes it is for."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MenteeState, Wish
from moodle_mentorship.banks.queries import mentee_of, mentor_of
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.board import jobs, queries, service
from moodle_mentorship.pairs.board.enums import Because, DraftState, Keep, MarkKind
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, grant
from tests.pairs.board.conftest import MENTEES, BoardSchool, answer, need, offer

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def curator(sign_in: SignIn, board: BoardSchool) -> FlaskClient:
    return sign_in(board.school, board.school.curator)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("\u00a0", " ")))


def marked(board: BoardSchool, token: str, mentee: str, mentor: str, **changes: Any) -> dict[str, Any]:
    return {
        "csrf_token": token,
        "revision": board.revision,
        "mentee_person_id": board.id(mentee),
        "mentor_person_id": board.id(mentor),
        "mark": "pin",
    } | changes


def test_from_questionnaires_to_proposals_in_three_clicks(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, runtime: Runtime, session: Session
) -> None:
    """«Подбор», «Подобрать пары», «Отправить парам на согласие»; then both sides have it on «Сегодня»."""
    token = {"csrf_token": csrf(curator)}
    assert "Подобрать пары" in curator.get("/pairs/board/").text
    assert curator.post("/pairs/board/calculate", data=token).location == "/pairs/board/"
    waiting = curator.get("/pairs/board/").text
    assert "Считаем черновик 1" in text_of(waiting)
    assert "HX-Refresh" not in curator.get("/pairs/board/progress").headers
    jobs.run(runtime, board.newest().id)
    assert curator.get("/pairs/board/progress").headers["HX-Refresh"] == "true"
    page = text_of(curator.get("/pairs/board/").text)
    assert "Орлова С. М. без пары" in page
    assert "Доказано: при этих данных, правилах и весах лучшего набора пар нет" in page
    sent = curator.post(f"/pairs/board/drafts/{board.newest().id}/send", data=token)
    assert sent.location == "/pairs/?state=proposed&done=board_sent"
    assert len(session.scalars(select(Pair)).all()) == 4
    assert "Черновик отправлен" in text_of(curator.get("/pairs/board/").text)


def test_an_opened_pair_tells_its_factors_and_the_price_of_others(board: BoardSchool, curator: FlaskClient) -> None:
    draft = board.calculate().draft
    query = f"draft={draft.id}&mentee={board.id('Лебедева')}"
    inside = text_of(curator.get(f"/pairs/board/pair?{query}").text)
    assert "2 из 2 трудностей — сильные стороны наставника: дисциплина на уроке, планирование урока" in inside
    assert "2 общих часа в неделю: пн после уроков, ср 2 урок" in inside
    assert re.search(r"Юсупов Р\. Т\. : −\d+ % качества, наставника сменит ещё 1 педагог", inside)
    # Without a script the same stands in the page.
    page = text_of(curator.get(f"/pairs/board/?{query}").text)
    assert inside.strip() in page
    assert curator.get(f"/pairs/board/pair?draft={draft.id}&mentee={board.id('Тихонова')}").status_code == 404


def test_beside_the_best_pairs_stands_the_change_that_moves_fewer(
    board: BoardSchool,
    curator: FlaskClient,
    csrf: Csrf,
    runtime: Runtime,
    session: Session,
    other_school: TestSchool,
    sign_in: SignIn,
) -> None:
    """Лебедева to Юсупов: the best pairs move two others; the one whose place it is may also go to Тихонова."""
    themes = "planning", "discipline", "assessment"
    given = {"Тихонова": (3, 2, 3), "Юсупов": (2, 3, 0), "Абрамова": (0, 3, 3)}
    for surname, theme in zip(("Лебедева", "Гайдай", "Никитин"), themes, strict=True):
        answer(session, board.school, board.people[surname], "need", need({theme: 3}))
    for surname, strengths in given.items():
        said = offer(dict(zip(themes, strengths, strict=True)))
        answer(session, board.school, board.people[surname], "offer", said)
        entry = mentor_of(session, board.school.id, board.id(surname))
        assert entry is not None
        entry.capacity = 1
    for surname in ("Мурадова", "Орлова"):
        waits = mentee_of(session, board.school.id, board.id(surname))
        assert waits is not None
        waits.state = MenteeState.WITHDRAWN
    only_needs = dict.fromkeys(queries.board_of(session, board.school.id).weights, 0) | {"needs": 100}
    token = csrf(curator)
    form = {"csrf_token": token, "revision": 0, "keep": "none", **only_needs}
    assert curator.post("/pairs/board/rules", data=form).status_code == 303
    draft = board.run(board.newest())
    before = {"Лебедева": "Тихонова", "Гайдай": "Юсупов", "Никитин": "Абрамова"}
    assert board.by_surname(draft) == before
    query = f"draft={draft.draft.id}&mentee={board.id('Лебедева')}"
    inside = text_of(curator.get(f"/pairs/board/pair?{query}").text)
    assert (
        "Юсупов Р. Т. : лучшее распределение: −11 % качества, наставника сменят ещё 2 педагога "
        "Гайдай Т. Ю. → Абрамова Г. Л.; Никитин Е. Г. → Тихонова Е. С."
    ) in inside
    assert (
        "Юсупов Р. Т. : меньше перестановок: −22 % качества, наставника сменит ещё 1 педагог "
        "Гайдай Т. Ю. → Тихонова Е. С."
    ) in inside
    asked = marked(board, token, "Лебедева", "Юсупов", keep="few", draft=str(draft.draft.id))
    stranger = sign_in(other_school, other_school.curator)
    theirs = stranger.post("/pairs/board/marks", data=asked | {"csrf_token": csrf(stranger), "revision": 0})
    assert theirs.status_code == 409
    moved = curator.post("/pairs/board/marks", data=asked)
    assert board.by_surname(board.run(board.newest())) == before | {"Лебедева": "Юсупов", "Гайдай": "Тихонова"}
    page = text_of(curator.get(moved.location).text)
    assert "2. закреплена пара Лебедева А. И. — Юсупов Р. Т., меньше перестановок" in page
    assert "кнопка «Пересчитать» найдёт лучшие пары для всех" in page
    # The best pairs are offered on, with what they gain now.
    there = text_of(curator.get(f"/pairs/board/pair?mentee={board.id('Гайдай')}").text)
    assert "Абрамова Г. Л. : +11 % качества, наставника сменит ещё 1 педагог Никитин Е. Г. → Тихонова Е. С." in there
    assert curator.post("/pairs/board/calculate", data={"csrf_token": token}).status_code == 303
    assert board.by_surname(board.run(board.newest())) == {
        "Лебедева": "Юсупов",
        "Гайдай": "Абрамова",
        "Никитин": "Тихонова",
    }


def test_a_change_is_made_shown_and_undone(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, runtime: Runtime, session: Session
) -> None:
    board.calculate()
    token = csrf(curator)
    moved = curator.post("/pairs/board/marks", data=marked(board, token, "Лебедева", "Юсупов"))
    (mark,) = queries.marks(session, board.school.id)
    assert moved.location == f"/pairs/board/?mark={mark.id}"
    jobs.run(runtime, board.newest().id)
    page = text_of(curator.get(moved.location).text)
    assert "Пара «Лебедева А. И. — Юсупов Р. Т.» закреплена" in page
    assert "2. закреплена пара Лебедева А. И. — Юсупов Р. Т." in page
    undo = {"csrf_token": token, "revision": board.revision}
    assert curator.post(f"/pairs/board/marks/{mark.id}/undo", data=undo).status_code == 303
    assert queries.marks(session, board.school.id) == []


def test_a_curator_remembers_why_in_their_own_words(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session
) -> None:
    board.calculate()
    form = marked(board, csrf(curator), "Лебедева", "Тихонова", mark="forbid", words="  Вместе ведут  секцию ")
    assert curator.post("/pairs/board/marks", data=form).status_code == 303
    (mark,) = queries.marks(session, board.school.id)
    assert "секцию" not in str(mark.sealed_words)
    assert ": Вместе ведут секцию" in text_of(curator.get("/pairs/board/").text)


def test_another_curators_change_is_told_and_the_board_shown_as_it_is(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session
) -> None:
    board.calculate()
    token, stale = csrf(curator), board.revision
    board.mark("Гайдай", "Юсупов")
    session.commit()
    refused = curator.post("/pairs/board/marks", data=marked(board, token, "Лебедева", "Юсупов", revision=stale))
    assert refused.status_code == 409
    assert "Доска за это время изменилась" in text_of(refused.text)
    assert "Считаем черновик 2" in text_of(refused.text)
    assert len(queries.marks(session, board.school.id)) == 1


def test_weights_are_checked_and_nothing_typed_is_lost(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session
) -> None:
    usual = {"needs": 35, "subject": 20, "time": 15, "experience": 10, "wishes": 10, "building": 5, "last_year": 5}
    form = {"csrf_token": csrf(curator), "revision": 0, "keep": "some", **usual}
    wrong = curator.post("/pairs/board/rules", data=form | {"needs": "700", "time": "40"})
    assert (wrong.status_code, 'id="e-needs"' in wrong.text) == (422, True)
    assert re.search(r'name="time" value="40"', wrong.text)
    saved = curator.post("/pairs/board/rules", data=form | {"time": "40"})
    assert saved.location == "/pairs/board/?done=board_weighed"
    kept = queries.board_of(session, board.school.id)
    assert (kept.weights, kept.keep) == (usual | {"time": 40}, Keep.SOME)
    assert re.search(r'value="some" checked', curator.get("/pairs/board/rules").text)
    # Few moves are for one change, and no habit of a school.
    assert curator.post("/pairs/board/rules", data=form | {"revision": 1, "keep": "few"}).status_code == 422
    assert curator.post("/pairs/board/rules", data=form).status_code == 409


def test_pairs_that_can_not_be_sent_are_named_with_their_reason(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session
) -> None:
    draft = board.calculate().draft
    board.people["Юсупов"].status = StaffStatus.LEFT
    session.commit()
    sent = curator.post(f"/pairs/board/drafts/{draft.id}/send", data={"csrf_token": csrf(curator)})
    page = text_of(sent.text)
    assert sent.status_code == 200
    assert "3 пары предложены обеим сторонам" in page
    assert "Гайдай Т. Ю. — Юсупов Р. Т." in page


def test_a_person_who_left_is_told_on_the_board(board: BoardSchool, curator: FlaskClient, session: Session) -> None:
    board.calculate()
    entry = mentee_of(session, board.school.id, board.id("Гайдай"))
    assert entry is not None
    entry.state = MenteeState.WITHDRAWN
    session.commit()
    assert "закреплённые пары сохранятся: Гайдай Т. Ю." in text_of(curator.get("/pairs/board/").text)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MENTOR, Role.MENTEE, Role.CLERK, Role.PSYCHOLOGIST, None])
def test_a_veto_reaches_no_other_eyes(sign_in: SignIn, board: BoardSchool, session: Session, role: Role | None) -> None:
    """Neither the board nor any page or list of these people differs by whether there is a veto."""
    people = {
        Role.DIRECTOR: board.school.director,
        Role.MENTOR: board.people["Тихонова"],
        Role.MENTEE: board.people["Лебедева"],
        Role.CLERK: board.school.teachers[2],
        Role.PSYCHOLOGIST: board.school.teachers[3],
    }
    if role in (Role.CLERK, Role.PSYCHOLOGIST):
        grant(session, people[role], role, NOW)
    person = people[role] if role is not None else None
    client = sign_in(board.school, person, site_administrator=role is None)
    draft = board.calculate().draft
    own = [rule.rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    addresses = [address for address in own if "<" not in address and not address.startswith("/static")]

    def looked() -> dict[str, str]:
        answers = {address: client.get(address) for address in addresses}
        return {
            address: answer.text
            for address, answer in answers.items()
            if answer.status_code == 200
            and answer.mimetype in {"text/html", "application/json"}
            and "journal" not in address
            and "metrics" not in address
        }

    before = looked()
    board.mark("Лебедева", "Тихонова", MarkKind.FORBID, Because.VETO)
    # Of two who are neither of these people; one's own wishes are one's own to see.
    board.wish("Никитин", "Тихонова", Wish.NOT)
    board.wish("Абрамова", "Лебедева", Wish.NOT)
    board.calculate()
    assert looked() == before
    for address in ("", "pair", "progress", "rules"):
        assert client.get(f"/pairs/board/{address}").status_code == 403
    assert client.get("/api/v1/board").status_code == 403
    assert client.get(f"/api/v1/board/drafts/{draft.id}").status_code == 403


def test_what_would_help_somebody_without_a_mentor(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session
) -> None:
    """One more place, or one rule less; a rule that the school can't lift, and a veto least of all, is no help."""
    mentees = [name.split()[0] for name in MENTEES]
    heading, untrained = "Что поможет", "Абрамова Г. Л. : когда отмечено обучение наставника"

    def page() -> str:
        board.calculate()
        return text_of(curator.get("/pairs/board/").text)

    for mentor in ("Тихонова", "Юсупов"):
        found = mentor_of(session, board.school.id, board.id(mentor))
        assert found is not None
        found.trained_on = NOW.date()
    full = page()
    assert (heading in full, untrained in full, "Ещё одно место: Абрамова" in full) == (True, False, True)
    session.get_one(School, board.school.id).training_required = True
    session.commit()
    barred = page()
    # The places of the two trained are no longer enough: both a place of theirs and the third mentor's training help.
    assert (untrained in barred, "Ещё одно место: Тихонова" in barred) == (True, True)
    assert "Ещё одно место: Абрамова" not in barred
    # Whoever is barred by more than one rule is not helped by lifting one.
    for mentee in mentees:
        board.wish(mentee, "Абрамова", Wish.NOT)
    assert untrained not in page()
    session.get_one(School, board.school.id).training_required = False
    session.commit()
    vetoed = page()
    assert (heading in vetoed, "— Абрамова Г. Л. :" in vetoed, "Составить пару вручную" in vetoed) == (
        True,
        False,
        False,
    )
    for mentee in mentees:
        board.wish(mentee, "Абрамова", None)
        board.mark(mentee, "Абрамова", MarkKind.FORBID)
    assert "Абрамова Г. Л. : пару запретил куратор; запрет можно снять Снять запрет" in page()
    undone = queries.marks(session, board.school.id)[-1]
    form = {"csrf_token": csrf(curator), "revision": board.revision}
    before = queries.recent(session, board.school.id)[0].totals
    assert curator.post(f"/pairs/board/marks/{undone.id}/undo", data=form).status_code == 303
    after = board.run(board.newest()).draft.totals
    assert before is not None
    assert after is not None
    assert after["matched"] == before["matched"] + 1


def test_a_persons_own_veto_stands_on_the_board(board: BoardSchool, curator: FlaskClient) -> None:
    board.wish("Тихонова", "Лебедева", Wish.NOT)
    draft = board.calculate().draft
    page = text_of(curator.get("/pairs/board/").text)
    assert "Лебедева А. И. — Тихонова Е. С. так просил один из двоих сам; это видят только кураторы" in page
    inside = text_of(curator.get(f"/pairs/board/pair?draft={draft.id}&mentee={board.id('Лебедева')}").text)
    assert "Тихонова Е. С. : нельзя запрет одной из сторон; причину видите только вы" in inside


def test_a_new_pair_that_is_barred_is_warned_of(
    board: BoardSchool, curator: FlaskClient, sign_in: SignIn, session: Session
) -> None:
    """On the page of a new pair; not to a curator who is one of the two."""
    said, marked = "Один из двоих просил не ставить их в пару", "этим двоим в паре не работать"
    mentee, mentor = board.id("Лебедева"), board.id("Тихонова")
    address = f"/pairs/new?mentee={mentee}&mentor={mentor}"
    before = text_of(curator.get(address).text)
    assert (said in before, marked in before) == (False, False)
    mark = board.mark("Лебедева", "Тихонова", MarkKind.FORBID)
    assert marked in text_of(curator.get(address).text)
    assert marked not in text_of(curator.get(f"/pairs/new?mentee={board.id('Орлова')}&mentor={mentor}").text)
    service.undo(session, Jobs(), board.curator, mark.id, revision=board.revision, now=NOW)
    board.wish("Лебедева", "Тихонова", Wish.NOT)
    session.commit()
    assert said in text_of(curator.get(address).text)
    teacher = session.get_one(Person, mentor)
    grant(session, teacher, Role.CURATOR, NOW)
    session.commit()
    assert said not in text_of(sign_in(board.school, teacher).get(address).text)


def test_a_pages_statements_do_not_grow(board: BoardSchool, curator: FlaskClient, runtime: Runtime) -> None:
    board.calculate()
    few = statements(runtime, lambda: curator.get(f"/pairs/board/?mentee={board.id('Лебедева')}"))
    board.mark("Лебедева", "Тихонова")
    board.run(board.newest())
    board.mark("Орлова", "Тихонова", MarkKind.FORBID, Because.VETO)
    board.run(board.newest())
    board.wish("Гайдай", "Юсупов", Wish.NOT)
    board.wish("Орлова", "Юсупов", Wish.GLADLY)
    board.calculate()
    assert statements(runtime, lambda: curator.get(f"/pairs/board/?mentee={board.id('Лебедева')}")) == few


def test_a_missing_training_is_a_warning_or_a_rule_by_the_schools_choice(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session, other_school: TestSchool
) -> None:
    trained = mentor_of(session, board.school.id, board.id("Тихонова"))
    assert trained is not None
    trained.trained_on = NOW.date()
    session.commit()
    assert (board.calculate().draft.totals or {})["matched"] == 4
    assert text_of(curator.get("/pairs/board/").text).count("обучение не отмечено") == 2
    data = {"csrf_token": csrf(curator), "required": "1"}
    saved = curator.post("/pairs/board/rules/training", data=data)
    assert saved.location == "/pairs/board/rules?done=training_rule_saved"
    draft = board.calculate()
    assert {mentor for mentor in draft.result.assignment.values() if mentor is not None} == {board.id("Тихонова")}
    page = text_of(curator.get("/pairs/board/").text)
    assert "обучение наставника не отмечено, а школа его требует" in page
    # By hand neither.
    couple = {"mentor_person_id": board.id("Юсупов"), "mentee_person_id": board.id("Гайдай")}
    period = {"starts_on": "2026-11-24", "ends_on": "2027-05-28", "form": "teachers", "kinds": "traditional"}
    refused = curator.post("/pairs/new", data=data | couple | period)
    assert (refused.status_code, "Юсупов Р. Т.: обучение ещё не отмечено" in text_of(refused.text)) == (409, True)
    headers = {"X-CSRF-Token": data["csrf_token"]}
    assert curator.get("/api/v1/board").get_json()["training_required"] is True
    off = curator.put("/api/v1/board/training", json={"required": False}, headers=headers)
    assert (off.status_code, curator.get("/api/v1/board").get_json()["training_required"]) == (200, False)
    session.expire_all()
    assert other_school.school.training_required is False
    assert (board.calculate().draft.totals or {})["matched"] == 4


def test_the_same_over_rest(
    board: BoardSchool, curator: FlaskClient, csrf: Csrf, runtime: Runtime, session: Session
) -> None:
    headers = {"X-CSRF-Token": csrf(curator)}
    asked = curator.post("/api/v1/board/drafts", headers=headers)
    assert (asked.status_code, asked.get_json()["state"]) == (202, "queued")
    assert (
        curator.post(f"/api/v1/board/drafts/{asked.get_json()['id']}/stop", headers=headers).get_json()["state"]
        == "cancelled"
    )
    mark = {name: value for name, value in marked(board, "", "Лебедева", "Юсупов").items() if name != "csrf_token"}
    made = curator.post("/api/v1/board/marks", json=mark, headers=headers)
    assert (made.status_code, made.get_json()["mark"]) == (201, "pin")
    jobs.run(runtime, board.newest().id)
    draft = curator.get(f"/api/v1/board/drafts/{board.newest().id}").get_json()
    assert (draft["state"], draft["faults"], draft["totals"]["matched"]) == (DraftState.DONE, [], 4)
    given = {pair["mentee_person_id"]: pair["mentor_person_id"] for pair in draft["pairs"]}
    assert given[board.id("Лебедева")] == board.id("Юсупов")
    told = curator.get("/api/v1/board").get_json()
    assert (told["revision"], len(told["marks"]), len(told["drafts"])) == (1, 1, 1)
    stale = curator.put(
        "/api/v1/board/weights", json={"revision": 0, "keep": "none", **told["weights"]}, headers=headers
    )
    assert (stale.status_code, stale.get_json()["code"]) == (409, "board_changed")
    assert (
        curator.put(
            "/api/v1/board/weights", json={"revision": 1, "keep": "none", **told["weights"], "time": 0}, headers=headers
        ).get_json()["weights"]["time"]
        == 0
    )
    undone = curator.post(f"/api/v1/board/marks/{made.get_json()['id']}/undo", json={"revision": 2}, headers=headers)
    assert undone.get_json()["undone_at"] is not None
    sent = curator.post(f"/api/v1/board/drafts/{draft['id']}/send", headers=headers)
    assert (len(sent.get_json()["proposed"]), sent.get_json()["refused"]) == (4, [])
