"""The page behind a QR code: what whoever holds the paper may know, and nothing else."""

from flask import Flask

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import service
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.views import check_url
from moodle_mentorship.web.limits import CHECK
from tests.documents.conftest import Life


def asked(app: Flask, life: Life, document: Document) -> str:
    life.session.commit()
    answer = app.test_client().get(f"/documents/check/{document.check_code}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_number_date_and_hash_and_no_names(app: Flask, life: Life) -> None:
    document = life.register()
    page = asked(app, life, document)
    assert document.sha256 is not None
    assert all(text in page for text in ("143-ОД", "24 ноября 2026", document.sha256, "зарегистрирован"))
    people = [*life.school.teachers, life.school.curator, life.school.director]
    assert not any(person.last_name in page for person in people)
    assert document.heading not in page
    assert life.school.school.short_name not in page


def test_before_the_number_and_after_the_end(app: Flask, life: Life) -> None:
    document = life.lay()
    assert "ещё не зарегистрирован" in asked(app, life, document)
    life.register(life.sign(document))
    service.cancel(life.kinds, life.moment, document.id, life.another("144-ОД").id)
    page = asked(app, life, document)
    assert "утратил силу" in page
    assert "144-ОД" in page


def test_an_unknown_code_gets_a_calm_page(app: Flask) -> None:
    answer = app.test_client().get("/documents/check/unknown")
    assert (answer.status_code, "нет документа" in answer.text) == (404, True)


def test_the_address_in_the_files_is_the_pages(app: Flask, runtime: Runtime) -> None:
    with app.test_request_context():
        assert check_url("a-code") == f"{runtime.settings.base_url}/documents/check/a-code"
    assert app.url_map.bind("localhost").match("/documents/check/a-code")[0] == "check.show"


def test_guessing_is_slowed_down(app: Flask) -> None:
    client = app.test_client()
    answers = [client.get("/documents/check/unknown").status_code for _ in range(CHECK.steps[0] + 1)]
    assert (answers[0], answers[-1]) == (404, 429)
