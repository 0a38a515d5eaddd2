"""Reminders, the exported register, and what documents ask of each role on «Сегодня», over HTTP."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.documents import service
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.views import KINDS as REGISTRY
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import MESSAGE, PLUGIN_FROM
from moodle_mentorship.people.enums import StaffStatus
from tests.conftest import NOW, SignIn
from tests.documents.conftest import TODAY, Life
from tests.factories import grant, make_mentee, make_mentor
from tests.guards.test_routes import code_of

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def office(app: Flask, life: Life) -> Life:
    """The two whom a document names are a mentor and a mentee; the fourth teacher is the clerk."""
    app.extensions[REGISTRY].add(*life.kinds)
    life.school.site.plugin_version = PLUGIN_FROM
    mentor, mentee, psychologist, clerk = life.school.teachers
    make_mentor(life.session, mentor, NOW)
    make_mentee(life.session, mentee, NOW)
    grant(life.session, psychologist, Role.PSYCHOLOGIST, NOW)
    grant(life.session, clerk, Role.CLERK, NOW)
    life.session.commit()
    return life


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("&nbsp;", " ").split())


# Reminders


def written(life: Life) -> list[int]:
    """Moodle ids of those to whom messages wait to be sent, in their order."""
    life.session.expire_all()
    items = life.session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE).order_by(OutboxItem.id))
    return [int(item.payload["moodle_user_id"]) for item in items]


def test_who_has_not_signed_gets_one_message_a_day(
    office: Life, sign_in: SignIn, csrf: Csrf, clock: FixedClock
) -> None:
    first, second = office.school.teachers[:2]
    document = office.register()
    office.session.commit()
    client = sign_in(office.school, office.school.teachers[3])
    token, path = {"csrf_token": csrf(client)}, f"/documents/{document.id}/remind"
    assert client.post(path, data=token).location == f"/documents/{document.id}?done=document_reminded"
    assert written(office) == [first.moodle_user_id, second.moodle_user_id]
    item = office.session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE)).first()
    assert item is not None
    assert "143-ОД" in item.payload["text"]
    assert "напомнили 24 ноября" in plain(client.get(f"/documents/{document.id}").text)
    # A second click on the same day writes to nobody.

    def again() -> object:
        # A session lives for a day.
        client = sign_in(office.school, office.school.teachers[3])
        return client.post(f"/api/v1{path}", headers={"X-CSRF-Token": csrf(client)}).get_json()

    assert again() == {"written": 0}
    assert len(written(office)) == 2
    # The next day: who has signed and who works here no more is left in peace.
    service.acquaint(office.moment, document.id, [first.id], TODAY)
    clock.move_to(NOW + timedelta(days=1))
    office.session.commit()
    assert again() == {"written": 1}
    second.status = StaffStatus.LEFT
    clock.move_to(NOW + timedelta(days=2))
    office.session.commit()
    assert again() == {"written": 0}
    assert written(office) == [first.moodle_user_id, second.moodle_user_id, second.moodle_user_id]


def test_without_a_moodle_that_can_write_the_page_says_so(office: Life, sign_in: SignIn, csrf: Csrf) -> None:
    document = office.register()
    office.school.site.plugin_version = "2026112700"
    office.session.commit()
    client = sign_in(office.school, office.school.curator)
    answer = client.post(f"/documents/{document.id}/remind", data={"csrf_token": csrf(client)})
    assert (answer.status_code, code_of(answer)) == (409, "moodle_can_not_write")
    assert written(office) == []


# The exported register


def test_the_file_is_exactly_the_list(office: Life, other_life: Life, sign_in: SignIn) -> None:
    office.register(acquaint_until=date(2026, 11, 27))
    office.another("144-ОД")
    draft = office.begin(turn="draft")
    draft.heading = "=HYPERLINK(1)"
    other_life.another("999-ОД")
    office.session.commit()
    client = sign_in(office.school, office.school.director)
    answer = client.get("/documents/export.csv?sort=date")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Номер", "Дата", "Вид", "Заголовок", "Состояние", "Ознакомить до"]
    assert rows[1] == ["", "", "Примечание", "'=HYPERLINK(1)", "черновик", ""]
    assert rows[2:] == [
        ["144-ОД", "24.11.2026", "Примечание", "О сверке", "зарегистрирован", ""],
        ["143-ОД", "24.11.2026", "Примечание", "О сверке", "зарегистрирован", "27.11.2026"],
    ]
    found = client.get("/documents/export.csv?q=144").data.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in found[1:]] == ["144-ОД"]
    book = load_workbook(io.BytesIO(client.get("/documents/export.xlsx?state=registered&sort=date").data))
    cells = [[cell.value for cell in row[:1]] for row in book.worksheets[0].iter_rows()]
    assert [value for [value] in cells if value in ("143-ОД", "144-ОД", "999-ОД")] == ["144-ОД", "143-ОД"]
    assert client.get("/documents/export.csv?state=burnt").status_code == 200


# «Сегодня»


def test_what_waits_for_whom_as_a_document_goes_on(office: Life, sign_in: SignIn, clock: FixedClock) -> None:
    mentor, _mentee, psychologist, clerk = office.school.teachers
    people = {
        "curator": office.school.curator,
        "director": office.school.director,
        "clerk": clerk,
        "mentor": mentor,
        "psychologist": psychologist,
    }
    lines = {
        "sign": "Вашей подписи ждёт 1 документ",
        "returned": "Возвращён: О сверке",
        "number": "1 подписанный документ ещё без номера",
        "read": "Ознакомьтесь с документом № 143-ОД от 24 ноября 2026 г.",
        "late": "2 человека не ознакомлены с документом в срок",
    }

    def today_of(who: str) -> str:
        return sign_in(office.school, people[who]).get("/").text.replace("\u202f", " ")

    def told() -> dict[str, set[str]]:
        office.session.commit()
        pages = {who: plain(today_of(who)) for who in people}
        found = {who: {name for name, line in lines.items() if line in page} for who, page in pages.items()}
        return {who: names for who, names in found.items() if names}

    document: Document = office.begin()
    assert told() == {}
    office.lay(document)
    assert told() == {"director": {"sign"}}
    service.send_back(office.kinds, office.moment, document.id, "Нет срока")
    assert told() == {"curator": {"returned"}}
    assert "Нет срока" in today_of("curator")
    office.sign(office.lay(document))
    assert told() == {"curator": {"number"}, "clerk": {"number"}}
    office.register(document, acquaint_until=date(2026, 11, 25))
    assert told() == {"mentor": {"read"}}
    assert f'href="/documents/mine/{document.id}"' in today_of("mentor")
    clock.move_to(NOW + timedelta(days=2))
    assert told() == {"curator": {"late"}, "clerk": {"late"}, "mentor": {"read"}}
    service.acquaint(office.moment, document.id, [mentor.id], TODAY)
    lines["late"] = "1 человек не ознакомлен с документом в срок"
    assert told() == {"curator": {"late"}, "clerk": {"late"}}
    service.cancel(office.kinds, office.moment, document.id, office.another("144-ОД").id)
    lines["read"] = "Ознакомьтесь с документом № 143-ОД"
    assert told() == {}
