"""Pages and REST of the room: who reads, who writes, a check by text and by file."""

import io
import zipfile
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.law import queries
from tests.conftest import SignIn
from tests.factories import TestSchool
from tests.files.test_reading import pdf, word

Csrf = Callable[[FlaskClient], str]

FORM = {
    "number": "44-ОЗ",
    "act": "Областной закон об образовании",
    "article": "",
    "issuer": " ",
    "in_force_from": "2020-04-01",
    "in_force_until": "",
    "standing": "valid",
    "source": "Сайт правительства области",
}
# JSON says nothing where a form sends an empty field.
JSON = {name: value for name, value in FORM.items() if value.strip()}
WRONG = "Положение о наставничестве разработано на основании ст. 358.1 ТК РФ и ст. 72 ТК РФ."


def plain(html: str) -> str:
    return html.replace("\u00a0", " ")


@pytest.fixture
def administrator(sign_in: SignIn, school: TestSchool) -> FlaskClient:
    return sign_in(school, None, site_administrator=True)


def test_the_administrator_writes_and_takes_back(
    administrator: FlaskClient, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    token = csrf(administrator)
    saved = administrator.post("/law/new", data=FORM | {"csrf_token": token})
    assert saved.location == "/law/?done=reference_saved"
    key = queries.entries(session, school.id)[-1].reference.key
    assert "44-ОЗ" in administrator.get("/law/").text
    assert 'value="44-ОЗ"' in administrator.get(f"/law/rows/{key}").text
    assert len(queries.entries(session, other_school.id)) == len(queries.entries(session, school.id)) - 1
    administrator.post(f"/law/rows/{key}/take-back", data={"csrf_token": token})
    assert "44-ОЗ" not in administrator.get("/law/").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"in_force_until": "2019-01-01"}, "in_force_until"),
        ({"article": "ст. 5"}, "article"),
        ({"standing": "unfit"}, "instead"),
        ({"number": "196"}, "issuer"),
        ({"number": "ТК РФ", "article": "351.8"}, "in_force_from"),
        ({"dated": "вчера"}, "dated"),
        ({"source": ""}, "source"),
    ],
)
def test_wrong_input_stands_at_its_field_and_nothing_is_lost(
    administrator: FlaskClient, csrf: Csrf, changes: dict[str, str], field: str
) -> None:
    answer = administrator.post("/law/new", data=FORM | changes | {"csrf_token": csrf(administrator)})
    assert (answer.status_code, f'href="#f-{field}"' in answer.text) == (422, True)
    assert "Областной закон об образовании" in answer.text


def test_the_curator_reads_and_checks_and_changes_nothing(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    curator = sign_in(school, school.curator)
    assert "/law/check" in curator.get("/school/").text
    assert "/law/rows/" not in curator.get("/law/").text
    assert curator.get("/law/rows/tk-351.8").status_code == 403
    assert curator.get("/law/rows/nothing").status_code == 403
    data = {"csrf_token": csrf(curator), "text": WRONG, "on": "2026-11-24"}
    page = plain(curator.post("/law/check", data=data).text)
    assert "1 ссылку нужно исправить" in page
    assert "Напишите: ст. 351.8 ТК РФ" in page
    assert page.index("Не удалось проверить") < page.index("<b>ст. 72</b>")
    assert WRONG in page


def test_a_file_is_checked_and_a_hostile_one_is_told(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    clerk = sign_in(school, school.director)
    token = csrf(clerk)

    def send(content: bytes, name: str = "положение.docx") -> tuple[int, str]:
        data = {"csrf_token": token, "on": "2026-11-24", "text": "", "document": (io.BytesIO(content), name)}
        answer = clerk.post("/law/check", data=data, content_type="multipart/form-data")
        return answer.status_code, plain(answer.text)

    status, page = send(word("Положение", WRONG))
    assert (status, "абзац 2" in page) == (200, True)
    assert send(WRONG.encode("cp1251"), "положение.txt")[0] == 200
    status, page = send(pdf(["Положение\n" + WRONG.replace("358.1", "\n358.1")]), "положение.pdf")
    assert (status, "Напишите: ст. 351.8 ТК РФ" in page) == (200, True)
    status, page = send(pdf([""]), "скан.pdf")
    assert (status, "нет текста, только изображения" in page) == (422, True)
    for content, code in ((b"GIF89a\0", "document_kind"), (b"PK\x03\x04nothing", "document_damaged")):
        status, page = send(content)
        assert (status, code in page) == (422, True)
    empty = clerk.post("/law/check", data={"csrf_token": token, "on": "", "text": "текст"})
    assert (empty.status_code, "текст</textarea>" in empty.text) == (422, True)


def test_rest_does_the_same(administrator: FlaskClient, csrf: Csrf, other_school: TestSchool, sign_in: SignIn) -> None:
    headers = {"X-CSRF-Token": csrf(administrator)}
    added = administrator.post("/api/v1/law/references", json=JSON, headers=headers)
    assert added.json is not None
    assert (added.status_code, added.json["own"], added.json["number"]) == (201, True, "44-ОЗ")
    path = f"/api/v1/law/references/{added.json['key']}"
    changed = administrator.put(path, json=JSON | {"note": "Глава 3"}, headers=headers)
    assert changed.json == added.json | {"note": "Глава 3"}
    found = administrator.post("/api/v1/law/check", json={"text": WRONG, "on": "2026-11-24"}, headers=headers)
    assert [(row["verdict"], row["instead"], row["key"]) for row in found.json or []] == [
        ("misprint", "ст. 351.8 ТК РФ", "tk-358.1"),
        ("unchecked", None, None),
    ]
    assert administrator.post(f"{path}/take-back", headers=headers).status_code == 204
    assert added.json["key"] not in administrator.get("/api/v1/law/references").text
    empty = administrator.post("/api/v1/law/check", json={"text": " ", "on": "2026-11-24"}, headers=headers)
    assert empty.status_code == 422
    stranger = sign_in(other_school, None, site_administrator=True)
    assert stranger.put(path, json=JSON, headers={"X-CSRF-Token": csrf(stranger)}).status_code == 404


def test_a_consents_text_is_compared_with_the_table(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    curator = sign_in(school, school.curator)
    for kind in ("processing_mentee", "processing_mentor", "mentor_work", "dissemination"):
        assert "Сверьте ссылки" not in plain(curator.get(f"/consents/text?document={kind}").text)
    data = {
        "csrf_token": csrf(curator),
        "document": "mentor_work",
        "title": "Согласие",
        "body": "Я, {ФИО}, согласен (статья 358.1 Трудового кодекса).",
        "in_force_from": "2026-11-24",
    }
    assert curator.post("/consents/text", data=data).status_code == 303
    page = plain(curator.get("/consents/text?document=mentor_work").text)
    assert "Напишите: ст. 351.8 ТК РФ" in page


def test_a_zip_that_unpacks_to_too_much_is_refused(sign_in: SignIn, csrf: Csrf, school: TestSchool) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (21 * 1024 * 1024))
    curator = sign_in(school, school.curator)
    data = {"csrf_token": csrf(curator), "on": "2026-11-24", "document": (io.BytesIO(packed.getvalue()), "a.docx")}
    answer = curator.post("/law/check", data=data, content_type="multipart/form-data")
    assert (answer.status_code, "document_too_large" in answer.text) == (413, True)
