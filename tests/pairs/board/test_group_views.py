"""The page «Группы» by plain forms, as without scripts: from themes to proposals, changes, refusals, and other eyes."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MentorState
from moodle_mentorship.banks.queries import mentor_of
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.board import jobs, queries
from moodle_mentorship.pairs.board.enums import DraftKind
from moodle_mentorship.pairs.models import MentoringGroup
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, grant
from tests.pairs.board.conftest import BoardSchool, add_mentee, answer, need
from tests.pairs.board.test_groups import ask
from tests.pairs.board.test_views import text_of

Csrf = Callable[[FlaskClient], str]
PAGE = "/pairs/board/groups/"


@pytest.fixture
def curator(sign_in: SignIn, crowd: BoardSchool) -> FlaskClient:
    return sign_in(crowd.school, crowd.school.curator)


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send of the form that asks for groups."""
    form = re.search(r'<form[^>]*id="again".*?</form>', html, re.DOTALL)
    assert form is not None
    found: dict[str, Any] = {"themes": [], "without": []}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = re.findall(r'(?:name|value)="([^"]*)"', tag)
        if "checkbox" in tag and "checked" not in tag:
            continue
        if isinstance(found.get(name), list):
            found[name].append(value)
        else:
            found[name] = value
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        found[name] = re.findall(r'value="(\d)" selected', options)[0]
    return found


def submit(client: FlaskClient, **pressed: Any) -> Any:
    return client.post(f"{PAGE}form", data=fields_of(client.get(PAGE).text) | pressed)


def run(board: BoardSchool) -> None:
    draft = queries.newest(board.session, board.school.id, DraftKind.GROUPS)
    assert draft is not None
    jobs.run(board.runtime, draft.id)
    board.session.expire_all()


def test_from_questionnaires_to_proposed_groups(crowd: BoardSchool, curator: FlaskClient, csrf: Csrf) -> None:
    page = curator.get(PAGE).text
    assert "Собрать группы" in page
    # What is a real difficulty of somebody is chosen beforehand.
    assert fields_of(page)["themes"] == ["planning", "discipline", "parents", "documents", "digital"]
    assert "Дисциплина на уроке · 4 наставляемых, 2 наставника" in text_of(page)
    assert submit(curator).status_code == 303
    assert "Собираем группы" in text_of(curator.get(PAGE).text)
    assert curator.get(f"{PAGE}progress").headers.get("HX-Refresh") is None
    run(crowd)
    assert curator.get(f"{PAGE}progress").headers["HX-Refresh"] == "true"
    page = curator.get(PAGE).text
    said = text_of(page)
    assert "7 из 8 наставляемых в группах" in said
    assert "Доказано: при этих данных, темах, правилах и весах лучше собрать группы нельзя." in said
    assert "Тихонова Е. С. · наставник, сила по теме 3 из 3" in said
    assert "Свободны все: пн после уроков, ср 2 урок" in said
    assert "Лебедева А. И. трудность 3 из 3; 2 общих часа в неделю" in said
    assert "Мурадова А. Э. к одному наставнику с той же трудностью набирается меньше 3 человек" in said
    keys = re.findall(r'name="groups" value="([^"]+)" checked', page)
    action = re.findall(r'id="send" method="post" action="([^"]+)"', page)[0]
    nothing = curator.post(action, data={"csrf_token": csrf(curator)})
    assert (nothing.status_code, "Выберите хотя бы одну группу" in text_of(nothing.text)) == (422, True)
    sent = curator.post(action, data={"csrf_token": csrf(curator), "groups": keys})
    assert sent.headers["Location"] == "/pairs/?state=proposed&done=board_groups_sent"
    assert len(crowd.session.scalars(select(MentoringGroup)).all()) == 2
    page = curator.get(PAGE).text
    assert ("Отправлено" in text_of(page), text_of(page).count(" отправлена ")) == (True, 2)
    assert 'form="send"' not in page
    again = curator.post(action, data={"csrf_token": csrf(curator), "groups": keys})
    assert again.status_code == 409
    assert "Этот черновик нельзя отправить" in text_of(again.text)


def test_somebody_is_taken_out_brought_back_and_kept_from_a_mentor(
    crowd: BoardSchool, curator: FlaskClient, session: Session
) -> None:
    submit(curator)
    run(crowd)
    assert submit(curator, take_out=crowd.id("Громова")).status_code == 303
    run(crowd)
    assert "Громова И. Ю. куратор оставил вне групп" in text_of(curator.get(PAGE).text)
    # Whoever is out stays out, whatever else is changed.
    assert submit(curator, most="4").status_code == 303
    run(crowd)
    assert "Громова И. Ю. куратор оставил вне групп" in text_of(curator.get(PAGE).text)
    submit(curator, bring_back=crowd.id("Громова"))
    run(crowd)
    assert "Громова И. Ю. трудность 3 из 3" in text_of(curator.get(PAGE).text)
    couple = f"{crowd.id('Громова')}-{crowd.id('Тихонова')}"
    assert submit(curator, couple=couple).status_code == 303
    run(crowd)
    opened = queries.opened_groups(queries.recent(session, crowd.school.id, DraftKind.GROUPS)[0], crowd.runtime.box)
    assert opened is not None
    assert {(crowd.id("Громова"), crowd.id("Тихонова"))} == set(opened.snapshot.known.forbidden)
    # It is the board's own mark, and stands there to be taken back.
    crowd.run(crowd.newest())
    assert "Громова И. Ю. — Тихонова Е. С." in text_of(curator.get("/pairs/board/").text)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(crowd: BoardSchool, curator: FlaskClient) -> None:
    answered = submit(curator, themes=["parents"], least="5", most="4")
    assert answered.status_code == 422
    assert "не может быть меньше наименьшей" in text_of(answered.text)
    assert {name: fields_of(answered.text)[name] for name in ("themes", "least", "most")} == {
        "themes": ["parents"],
        "least": "5",
        "most": "4",
    }
    none = submit(curator, themes=[])
    assert (none.status_code, "Выберите хотя бы одну тему" in text_of(none.text)) == (422, True)
    for wrong in ({"least": "2"}, {"themes": ["astrology"]}, {"couple": "x"}, {"without": ["x"]}):
        assert submit(curator, **wrong).status_code == 422, wrong
    assert queries.newest(crowd.session, crowd.school.id, DraftKind.GROUPS) is None


def test_another_curators_groups_are_told(crowd: BoardSchool, curator: FlaskClient) -> None:
    mine = fields_of(curator.get(PAGE).text)
    submit(curator)
    run(crowd)
    refused = curator.post(f"{PAGE}form", data=mine | {"themes": ["digital"]})
    assert refused.status_code == 409
    said = text_of(refused.text)
    assert "Доска за это время изменилась" in said
    assert "7 из 8 наставляемых в группах" in said
    # A couple that is forbidden on a page that is old is no mark either.
    old = fields_of(curator.get(PAGE).text)
    crowd.mark("Мурадова", "Юсупов")
    crowd.session.commit()
    couple = f"{crowd.id('Громова')}-{crowd.id('Тихонова')}"
    assert curator.post(f"{PAGE}form", data=old | {"couple": couple}).status_code == 409
    assert len(queries.marks(crowd.session, crowd.school.id)) == 1


def test_groups_that_can_not_be_sent_are_named_with_their_reason(
    crowd: BoardSchool, curator: FlaskClient, csrf: Csrf, session: Session
) -> None:
    submit(curator)
    run(crowd)
    page = curator.get(PAGE).text
    gone = mentor_of(session, crowd.school.id, crowd.id("Тихонова"))
    assert gone is not None
    gone.state = MentorState.LEFT
    session.commit()
    assert "После подбора что-то изменилось, соберите группы заново: Тихонова Е. С." in text_of(curator.get(PAGE).text)
    action = re.findall(r'id="send" method="post" action="([^"]+)"', page)[0]
    keys = re.findall(r'name="groups" value="([^"]+)" checked', page)
    sent = curator.post(action, data={"csrf_token": csrf(curator), "groups": keys})
    said = text_of(sent.text)
    assert "Не все группы удалось отправить" in said
    assert "Предложена обеим сторонам 1 группа." in said
    assert "Дисциплина на уроке, Тихонова Е. С." in said


def test_fewer_than_three_who_wait_and_no_known_difficulty(
    sign_in: SignIn, school: TestSchool, runtime: Runtime, session: Session
) -> None:
    empty = BoardSchool(session, runtime, school)
    for number, name in enumerate(("Белкина Яна Юрьевна", "Волков Ян Юрьевич"), 400):
        add_mentee(empty, number, name)
    session.commit()
    curator = sign_in(school, school.curator)
    few = curator.get(PAGE).text
    assert ("Для группы ждут слишком немногие" in text_of(few), 'id="again"' in few) == (True, False)
    add_mentee(empty, 402, "Громова Ия Юрьевна")
    session.commit()
    silent = curator.get(PAGE).text
    assert ("Пока неизвестно, кому что трудно" in text_of(silent), 'id="again"' in silent) == (True, False)
    # Whoever asks all the same, on an old page, is answered: nobody can be in a group.
    ask(empty)
    run(empty)
    assert "Ни одной группы не собрать" in text_of(curator.get(PAGE).text)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MENTOR, Role.MENTEE, None])
def test_nobody_but_curators_of_the_school(
    crowd: BoardSchool, other_board: BoardSchool, sign_in: SignIn, csrf: Csrf, session: Session, role: Role | None
) -> None:
    curator = sign_in(crowd.school, crowd.school.curator)
    submit(curator)
    run(crowd)
    draft = queries.newest(crowd.session, crowd.school.id, DraftKind.GROUPS)
    assert draft is not None
    stranger = sign_in(other_board.school, other_board.school.curator)
    assert "Тихонова Е. С. · наставник" not in text_of(stranger.get(PAGE).text)
    for act in ("send", "stop"):
        data = {"csrf_token": csrf(stranger), "groups": ["1-parents"]}
        assert stranger.post(f"{PAGE}{draft.id}/{act}", data=data).status_code == 404
    if role is not None:
        who = {Role.DIRECTOR: crowd.school.director}.get(role, crowd.people["Тихонова"])
        if role is not Role.DIRECTOR:
            grant(session, who, role, NOW)
            session.commit()
        assert sign_in(crowd.school, who).get(PAGE).status_code == 403


def test_the_pages_statements_do_not_grow(crowd: BoardSchool, curator: FlaskClient, runtime: Runtime) -> None:
    submit(curator)
    run(crowd)
    before = statements(runtime, lambda: curator.get(PAGE))
    for number in range(600, 606):
        person = add_mentee(crowd, number, f"Петрова{number} Вера Львовна")
        answer(crowd.session, crowd.school, person, "need", need({"parents": 3}))
    crowd.session.commit()
    submit(curator)
    run(crowd)
    assert statements(runtime, lambda: curator.get(PAGE)) == before


def test_the_same_over_rest(crowd: BoardSchool, curator: FlaskClient, csrf: Csrf) -> None:
    headers, address = {"X-CSRF-Token": csrf(curator)}, "/api/v1/board/groups"
    asked = {"themes": ["discipline", "digital"], "most": 4, "without": [crowd.id("Громова")]}
    made = curator.post(address, json=asked, headers=headers)
    assert (made.status_code, made.get_json()["state"]) == (202, "queued")
    stale = curator.post(address, json=asked | {"most": 5}, headers=headers)
    assert (stale.status_code, stale.get_json()["code"]) == (409, "board_changed")
    number = made.get_json()["id"]
    assert curator.get(f"{address}/{number}").get_json()["groups"] == []
    run(crowd)
    opened = curator.get(f"{address}/{number}").get_json()
    assert {name: opened[name] for name in ("least", "most", "without", "proved")} == {
        "least": 3,
        "most": 4,
        "without": [crowd.id("Громова")],
        "proved": True,
    }
    assert {(group["theme"], len(group["mentee_person_ids"])) for group in opened["groups"]} == {
        ("discipline", 3),
        ("digital", 3),
    }
    assert [draft["totals"]["grouped"] for draft in curator.get(address).get_json()] == [6]
    keys = [group["key"] for group in opened["groups"]]
    sent = curator.post(f"{address}/{number}/send", json={"groups": keys[:1]}, headers=headers).get_json()
    assert (len(sent["proposed"]), sent["refused"]) == (1, [])
    assert curator.get(f"{address}/{number}").get_json()["sent"] == keys[:1]
    again = curator.post(f"{address}/{number}/send", json={"groups": keys}, headers=headers)
    assert (again.status_code, again.get_json()["code"]) == (409, "draft_not_ready")
    following = curator.post(address, json=asked | {"after": number}, headers=headers).get_json()
    assert curator.post(f"{address}/{following['id']}/stop", headers=headers).get_json()["state"] == "cancelled"
