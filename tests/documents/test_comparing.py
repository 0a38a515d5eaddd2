"""What differs in a draft that came back from what the director had."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import service
from moodle_mentorship.documents.comparing import Change, changes
from moodle_mentorship.documents.forgetting import KEPT
from moodle_mentorship.documents.views import KINDS as REGISTRY
from moodle_mentorship.files import docx
from tests.conftest import NOW, SignIn
from tests.documents.conftest import Life
from tests.factories import BOX
from tests.files.test_docx import written
from tests.personal_data.conftest import subject

HEADING = "Что изменилось с тех пор, как документ был у директора"


@pytest.fixture
def client(app: Flask, life: Life, sign_in: SignIn) -> FlaskClient:
    app.extensions[REGISTRY].add(*life.kinds)
    return sign_in(life.school, life.school.curator)


def said(client: FlaskClient, life: Life, document_id: int) -> str:
    life.session.commit()
    answer = client.get(f"/documents/{document_id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_paragraphs_in_the_place_of_others() -> None:
    before = written("Приказ", "1. Назначить Ким.", "2. Контроль за собой.")
    after = written("Приказ", "1. Назначить Цой.", "1.1. До мая.", "2. Контроль за собой.", "Приложение")
    assert changes(before, after) == [
        Change(["1. Назначить Ким."], ["1. Назначить Цой.", "1.1. До мая."]),
        Change([], ["Приложение"]),
    ]
    assert changes(before, before) == []


@pytest.mark.parametrize("way", ["send back", "take back"])
def test_the_page_of_what_came_back_says_what_differs(client: FlaskClient, life: Life, way: str) -> None:
    draft = life.begin()
    assert HEADING not in said(client, life, draft.id)
    life.lay(draft)
    assert HEADING not in said(client, life, draft.id)
    if way == "send back":
        service.send_back(life.kinds, life.moment, draft.id, "Не та фамилия")
    else:
        service.take_back(life.kinds, life.moment, draft.id)
    page = said(client, life, draft.id)
    assert HEADING in page
    assert "Пока ничего" in page
    person = life.school.teachers[0]
    former, person.last_name = person.full_name, "Голубева"
    page = said(client, life, draft.id)
    assert "Пока ничего" not in page
    assert f"{former} · учитель</del>" in page
    assert f"{person.full_name} · учитель</ins>" in page
    life.lay(draft)
    life.session.commit()
    assert HEADING not in said(client, life, draft.id)
    assert draft.sealed_seen is None


def test_another_template_is_seen_too(client: FlaskClient, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = life.lay()
    service.take_back(life.kinds, life.moment, draft.id)
    monkeypatch.setattr(docx, "layout", lambda _name: written("Приказ № {{ doc.number }}"))
    page = said(client, life, draft.id)
    assert "<ins>Приказ № ______________</ins>" in page
    seen = service.seen_of(life.session, BOX, draft)
    assert seen is not None
    assert life.school.teachers[0].full_name.encode() not in (draft.sealed_seen or "").encode()


@pytest.mark.parametrize("way", ["send back", "take back"])
def test_what_the_director_had_is_kept_for_a_month(
    app: Flask, runtime: Runtime, clock: FixedClock, life: Life, way: str
) -> None:
    draft = life.begin()
    life.now += KEPT
    life.lay(draft)
    if way == "send back":
        service.send_back(life.kinds, life.moment, draft.id, "Не та фамилия")
    else:
        service.take_back(life.kinds, life.moment, draft.id)
    life.session.commit()
    kept = []
    for late in (timedelta(), timedelta(seconds=1)):
        clock.move_to(life.now + KEPT + late)
        runtime.jobs.run_nightly(runtime)
        life.session.expire_all()
        kept.append(service.seen_of(life.session, BOX, draft) is not None)
    assert kept == [True, False]
    assert draft.seen_template_id is None


def test_an_erasure_reaches_what_the_director_had(app: Flask, runtime: Runtime, life: Life, other_life: Life) -> None:
    drafts = []
    for hand in (life, other_life):
        drafts.append(hand.lay())
        service.take_back(hand.kinds, hand.moment, drafts[-1].id)
    person = life.school.teachers[0]
    runtime.holdings.erase(life.session, life.actor, subject(person), NOW, employed=False)
    life.session.commit()
    assert [draft.sealed_seen is None for draft in drafts] == [True, False]


def test_what_was_never_laid_has_no_earlier_one(life: Life) -> None:
    assert service.seen_of(life.session, BOX, life.begin()) is None
