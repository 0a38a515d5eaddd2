"""Pages of templates: a file is checked, what is wrong is named, versions are taken into use and put away."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.actor import Role
from moodle_mentorship.documents import queries, service
from moodle_mentorship.documents.views import KINDS as REGISTRY
from moodle_mentorship.files import docx
from tests.conftest import NOW, SignIn
from tests.documents.test_templates import KIND, WHOLE
from tests.factories import TestSchool, grant
from tests.files.test_checking import HOSTILE
from tests.files.test_docx import written

Csrf = Callable[[FlaskClient], str]
Send = Callable[[bytes], TestResponse]
HOME = "/documents/templates/check"


@pytest.fixture
def client(app: Flask, sign_in: SignIn, school: TestSchool) -> FlaskClient:
    app.extensions[REGISTRY].add(KIND)
    return sign_in(school, school.curator)


@pytest.fixture
def send(client: FlaskClient, csrf: Csrf) -> Send:
    def post(content: bytes, name: str = "приказ.docx") -> TestResponse:
        return client.post(HOME, data={"csrf_token": csrf(client), "template": (io.BytesIO(content), name)})

    return post


def test_from_the_shipped_template_to_the_schools_own_and_back(
    client: FlaskClient, csrf: Csrf, send: Send, session: Session, school: TestSchool
) -> None:
    assert client.get(f"{HOME}/template.docx").data == docx.layout(KIND.layout)
    kept = send(written(WHOLE + " {% for one in rows %}{{ one.name }}{% endfor %}"))
    (version,) = queries.own_templates(session, school.id, KIND.code)
    assert kept.location == f"/documents/templates/versions/{version.id}?done=template_added"
    page = client.get(kept.location).text
    assert "О сверке 28" in page.replace("\u00a0", " ")
    assert "возможно, так и задумано" not in page
    token = csrf(client)
    used = client.post(f"/documents/templates/versions/{version.id}/use", data={"csrf_token": token})
    assert used.location == f"{HOME}?done=template_used"
    session.expire_all()
    assert service.template_of(session, school.id, KIND) != docx.layout(KIND.layout)
    assert "Шаблон школы, версия 1" in client.get("/documents/templates/").text.replace("\u00a0", " ")
    client.post(f"{HOME}/use-shipped", data={"csrf_token": token})
    session.expire_all()
    assert service.template_of(session, school.id, KIND) == docx.layout(KIND.layout)


def test_what_is_lacking_warns_and_what_is_wrong_is_named(client: FlaskClient, send: Send) -> None:
    lacking = send(written("{{ heading }}"))
    assert lacking.status_code == 303
    assert "регистрационный номер" in client.get(lacking.location).text
    wrong = send(written("Школа", "Приказ {{ doc.nubmer }} по школе"))
    assert wrong.status_code == 422
    told = " ".join(wrong.text.replace("</b>", "").split())
    assert "нет данных с именем doc.nubmer. Возможно, имелось в виду doc.number." in told
    assert "Абзац 2: «Приказ {{ doc.nubmer }} по школе»" in told
    assert send(b"").status_code == 422
    nothing = client.post(HOME, data={"csrf_token": "x"})
    assert nothing.status_code in (400, 403)


@pytest.mark.parametrize("name", ["a macro", "a formula", "a template from outside", "an entity"])
def test_a_hostile_file_gets_a_clear_answer(send: Send, session: Session, school: TestSchool, name: str) -> None:
    answer = send(HOSTILE[name][0]())
    assert answer.status_code == 422
    assert 'class="k-errors' in answer.text
    assert queries.own_templates(session, school.id, KIND.code) == []


def test_files_of_a_version(client: FlaskClient, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    content = written(WHOLE)
    address = send(content).location.partition("?")[0]
    assert "не установлен LibreOffice" in client.get(address).text
    assert client.get(f"{address}/template.docx").data == content
    drawn = PdfReader(io.BytesIO(client.get(f"{address}/template.pdf").data))
    assert "О сверке" in drawn.pages[0].extract_text()


def test_where_libreoffice_gives_up_no_plainer_pdf_is_passed_off(
    client: FlaskClient, send: Send, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = send(written(WHOLE)).location.partition("?")[0]
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    answer = client.get(f"{address}/template.pdf")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "скачайте файл Word" in answer.text


def test_another_schools_version_and_other_roles(
    client: FlaskClient, csrf: Csrf, sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    foreign = service.add_template(session, other_school.actor(), KIND, written(WHOLE), "a.docx", NOW)
    session.commit()
    for path in ("", "/template.docx", "/template.pdf"):
        assert client.get(f"/documents/templates/versions/{foreign.id}{path}").status_code == 404
    used = client.post(f"/documents/templates/versions/{foreign.id}/use", data={"csrf_token": csrf(client)})
    assert used.status_code == 404
    assert client.get("/documents/templates/nothing").status_code == 404
    grant(session, school.teachers[3], Role.CLERK, NOW)
    assert sign_in(school, school.teachers[3]).get(HOME).status_code == 403
