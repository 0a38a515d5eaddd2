"""Pages of a pack: asked for from a list, watched, stopped, taken along."""

import errno
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.looks import Look
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import packs, queries, service
from moodle_mentorship.documents.enums import PackState
from moodle_mentorship.documents.models import Document, Pack
from moodle_mentorship.documents.views import KINDS
from tests.conftest import NOW, SignIn
from tests.documents.conftest import Life, Told, kind_of
from tests.factories import BOX, TestSchool, grant, make_order

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def drafts(app: Flask, session: Session, school: TestSchool, life: Life) -> list[Document]:
    """A registered order and two drafts."""
    app.extensions[KINDS].add(kind_of(Told()))
    order = make_order(session, BOX, school.id, school.director, school.teachers[0], NOW)
    found = [order, life.begin(turn="а"), life.begin(turn="б")]
    session.commit()
    return found


@pytest.fixture
def client(drafts: list[Document], sign_in: SignIn, school: TestSchool) -> FlaskClient:
    return sign_in(school, school.curator)


def pack_of(session: Session) -> Pack:
    session.expire_all()
    return session.scalars(select(Pack).order_by(Pack.id.desc())).first() or pytest.fail("no pack")


def make(runtime: Runtime, session: Session) -> None:
    runtime.jobs.run(runtime, service.packing.RUN, pack_of(session).id)


def test_from_the_list_to_the_files(
    client: FlaskClient, csrf: Csrf, session: Session, runtime: Runtime, drafts: list[Document]
) -> None:
    assert "Собрать пакет" in client.get("/documents/").text
    asked = client.post("/documents/packs/", data={"csrf_token": csrf(client), "sort": "heading", "q": ""})
    pack = pack_of(session)
    home = f"/documents/packs/{pack.id}"
    assert (asked.status_code, asked.location) == (303, home)
    page = client.get(home).text
    assert 'hx-get="' + home + '/progress"' in page
    assert ("Ждёт очереди" in page, "Скачать" in page) == (True, False)
    pack.state, pack.done = PackState.RUNNING, 1
    session.commit()
    fragment = client.get(f"{home}/progress")
    assert ("HX-Refresh" in fragment.headers, "Готово 1 из 3" in fragment.text) == (False, True)
    assert "Сейчас: О сверке" in " ".join(fragment.text.split())
    pack.state, pack.done = PackState.QUEUED, 0
    session.commit()
    early = client.post(f"{home}/pack.zip", data={"csrf_token": csrf(client)})
    assert (early.status_code, "Скачать этот пакет нельзя" in early.text) == (409, True)
    assert "готово 0 из 3" in client.get("/documents/").text
    make(runtime, session)
    fragment = client.get(f"{home}/progress")
    assert (fragment.headers["HX-Refresh"], fragment.text.strip()) == ("true", "")
    assert "Пакет готов" in client.get(home).text
    assert "Ваш пакет документов готов" in client.get("/documents/").text

    token = csrf(client)
    archive = client.post(f"{home}/pack.zip", data={"csrf_token": token})
    assert (archive.mimetype, archive.headers["Cache-Control"]) == ("application/zip", "no-store")
    with zipfile.ZipFile(io.BytesIO(archive.data)) as opened:
        names = opened.namelist()
        sheet = load_workbook(io.BytesIO(opened.read(packs.LIST_NAME))).active
    assert names[1].startswith("1 № 143-ОД от ")
    assert len(names) == 4
    assert sheet is not None
    told = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in told] == ["Файл", *names[1:]]
    assert [row[5] for row in told] == ["Состояние", "зарегистрирован", "черновик", "черновик"]
    prints = [
        PdfReader(io.BytesIO(client.post(f"{home}/pack.{what}", data={"csrf_token": token}).data))
        for what in ("pdf", "duplex.pdf")
    ]
    assert len(prints[0].pages) <= len(prints[1].pages)
    assert len(prints[1].pages) % 2 == 0
    details = select(AuditEvent.details).where(AuditEvent.action == "pack.take").order_by(AuditEvent.id)
    assert session.scalars(details).all() == [{"what": what} for what in ("zip", "pdf", "duplex.pdf")]
    looked = session.scalars(select(Look).where(Look.what == "packs.take")).one()
    assert (looked.times, looked.person_id) == (3, None)


def test_what_the_filter_hides_stays_out(
    client: FlaskClient, csrf: Csrf, session: Session, drafts: list[Document]
) -> None:
    client.post("/documents/packs/", data={"csrf_token": csrf(client), "state": "registered"})
    assert pack_of(session).total == 1
    # Asked for once more meanwhile, with another filter: the same pack.
    again = client.post("/documents/packs/", data={"csrf_token": csrf(client), "state": "draft"})
    assert again.location == f"/documents/packs/{pack_of(session).id}"


def test_an_empty_and_a_large_list_are_refused_in_words(
    client: FlaskClient, csrf: Csrf, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = client.post("/documents/packs/", data={"csrf_token": csrf(client), "q": "нет такого"})
    assert (empty.status_code, "Собирать нечего" in empty.text) == (422, True)
    assert "Собрать пакет" not in client.get("/documents/?q=zzzzzz").text
    monkeypatch.setattr(service.packing, "MOST", 2)
    assert "не больше 2 документов: сузьте" in client.get("/documents/").text
    large = client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    assert (large.status_code, "не больше 2 документов" in large.text) == (422, True)
    wrong = client.post("/documents/packs/", data={"csrf_token": csrf(client), "state": "nonsense"})
    assert wrong.status_code == 422
    assert session.scalars(select(Pack)).all() == []


def test_stopped_it_says_so(client: FlaskClient, csrf: Csrf, session: Session, runtime: Runtime) -> None:
    client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    home = f"/documents/packs/{pack_of(session).id}"
    stopped = client.post(f"{home}/stop", data={"csrf_token": csrf(client)})
    assert stopped.location == f"{home}?done=pack_stopped"
    assert "Сбор пакета остановлен" in client.get(home).text
    make(runtime, session)
    assert pack_of(session).state is PackState.CANCELLED
    assert client.post(f"{home}/pack.zip", data={"csrf_token": csrf(client)}).status_code == 409


def test_after_its_day_nothing_is_given_out(
    client: FlaskClient, csrf: Csrf, session: Session, runtime: Runtime
) -> None:
    client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    make(runtime, session)
    pack = pack_of(session)
    pack.expires_at = NOW - timedelta(seconds=1)
    session.commit()
    # Before the hour's job, and after it.
    for _ in range(2):
        assert "Файлы этого пакета уничтожены" in client.get(f"/documents/packs/{pack.id}").text
        assert "Ваш пакет документов готов" not in client.get("/documents/").text
        late = client.post(f"/documents/packs/{pack.id}/pack.pdf", data={"csrf_token": csrf(client)})
        assert late.status_code == 409
        runtime.jobs.run_hourly(runtime)
        assert pack_of(session).state is PackState.EXPIRED


def test_a_full_disk_is_told_and_the_pack_stays(
    client: FlaskClient, csrf: Csrf, session: Session, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    make(runtime, session)

    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(packs, "write_archive", full)
        answer = client.post(f"/documents/packs/{pack_of(session).id}/pack.zip", data={"csrf_token": csrf(client)})
    assert (answer.status_code, "не хватает места" in answer.text) == (507, True)
    answer = client.post(f"/documents/packs/{pack_of(session).id}/pack.zip", data={"csrf_token": csrf(client)})
    assert answer.status_code == 200


@pytest.mark.parametrize(("writer", "what"), [("write_archive", "zip"), ("write_print", "pdf")])
def test_while_the_file_is_written_nobody_waits_to_write(
    client: FlaskClient,
    csrf: Csrf,
    session: Session,
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    writer: str,
    what: str,
) -> None:
    """The trace is kept, and its unit of work over, before the first byte."""
    client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    make(runtime, session)
    write, seen = getattr(packs, writer), []

    def watched(*arguments: Any, **more: Any) -> None:
        seen.append((g.db_session.in_transaction(), g.db_session in arguments))
        write(*arguments, **more)

    monkeypatch.setattr(packs, writer, watched)
    answer = client.post(f"/documents/packs/{pack_of(session).id}/pack.{what}", data={"csrf_token": csrf(client)})
    assert (answer.status_code, seen) == (200, [(False, False)])
    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "pack.take")).one()


@pytest.mark.parametrize("what", ["zip", "pdf", "duplex.pdf"])
@pytest.mark.parametrize("after", [0, 1])
def test_destroyed_in_the_middle_of_a_download_it_says_so(
    client: FlaskClient,
    csrf: Csrf,
    session: Session,
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    after: int,
) -> None:
    """By the hour's job: before the first document is read, or `after` so many."""
    client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    make(runtime, session)
    pack = pack_of(session)
    home = f"/documents/packs/{pack.id}"
    token = csrf(client)
    left = [None] * after

    def destroyed_meanwhile(one: Callable[..., Any]) -> Callable[..., Any]:
        def work(*arguments: Any) -> Any:
            if left:
                left.pop()
            else:
                service.packing.destroy(arguments[0], pack, PackState.EXPIRED, PackState.DONE)
            return one(*arguments)

        return work

    if after:
        for reader in ("_files_of", "_piece_of"):
            monkeypatch.setattr(packs, reader, destroyed_meanwhile(getattr(packs, reader)))
    else:
        monkeypatch.setattr(queries, "packed", destroyed_meanwhile(queries.packed))
    answer = client.post(f"{home}/pack.{what}", data={"csrf_token": token})
    assert (answer.status_code, "Скачать этот пакет нельзя" in answer.text) == (409, True)


def test_a_pack_is_for_who_asked_for_it_as_long_as_they_read_documents(
    client: FlaskClient,
    csrf: Csrf,
    session: Session,
    runtime: Runtime,
    school: TestSchool,
    other_school: TestSchool,
    sign_in: SignIn,
) -> None:
    client.post("/documents/packs/", data={"csrf_token": csrf(client)})
    make(runtime, session)
    home = f"/documents/packs/{pack_of(session).id}"
    clerk = school.teachers[3]
    grant(session, clerk, Role.CLERK, NOW)
    session.commit()
    for place, person, code in (
        (school, clerk, 404),
        (other_school, other_school.curator, 404),
        (school, school.teachers[2], 403),
    ):
        visitor = sign_in(place, person)
        assert visitor.get(home).status_code == code
        assert visitor.get(f"{home}/progress").status_code == code
        for act in ("stop", "pack.zip", "pack.pdf"):
            assert visitor.post(f"{home}/{act}", data={"csrf_token": csrf(visitor)}).status_code == code
    assert pack_of(session).state is PackState.DONE
    assert sign_in(school, school.curator).get(home).status_code == 200
