"""Files attached to answers: what is taken, who gets them, and when they are gone."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.service import withdraw
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.core.holdings import Subject
from moodle_mentorship.core.looks import ANSWERS, Look
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.files.scans import LARGEST
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import files, queries, service
from moodle_mentorship.surveys.answers import Unfit
from moodle_mentorship.surveys.content import Content, File, Section, Text
from moodle_mentorship.surveys.models import AttachedFile, Response, Round
from moodle_mentorship.surveys.unnamed import NAMES_SOMEBODY
from tests.conftest import NOW, SignIn
from tests.factories import BOX, PDF, TestSchool, make_consent, make_round
from tests.files.test_reading import packed, word

Csrf = Callable[[FlaskClient], str]
TODAY = NOW.date()
OTHER_PDF = PDF.replace(b"1 0 obj", b"2 0 obj")
ITEMS = (
    Text(code="why", title="Чему хотите научиться?"),
    File(code="plan", title="План урока", required=True),
    File(code="note", title="Справка", private=True),
)


def ask(session: Session, school: TestSchool, people: list[Person], code: str = "need") -> Round:
    """A round whose questionnaire asks for two files, one of them for the curator alone."""
    asked = make_round(session, school, people, NOW, code)
    version = queries.published(session, school.id, asked.questionnaire_id)
    version.content = Content("", (Section("Вопросы", ITEMS),)).dump()
    session.flush()
    return asked


class Answerer:
    """A person before the page, and what they press there."""

    def __init__(self, client: FlaskClient, token: str, asked: Round) -> None:
        self.client, self.token = client, token
        self.path = f"/surveys/rounds/{asked.id}/answer"
        self.api = f"/api/v1/surveys/rounds/{asked.id}/response"

    def press(
        self, button: str, file: tuple[bytes, str] | None = None, item: str = "plan", **form: str
    ) -> TestResponse:
        fields = {"csrf_token": self.token, "version": "1", "revision": "0", "a.why": "", **form}
        # Written out: werkzeug's test client keeps a large body in a file that it doesn't close.
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        if file is not None:
            parts.append(f'name="a.{item}"; filename="{file[1]}"\r\n\r\n'.encode() + file[0])
        body = b"".join(b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--x--\r\n"
        return self.client.post(self.path + button, data=body, content_type="multipart/form-data; boundary=x")

    def attach(self, file: tuple[bytes, str], item: str = "plan", **form: str) -> TestResponse:
        return self.press(f"/files/{item}", file, item, **form)


@pytest.fixture
def answerer(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> Answerer:
    teacher = school.teachers[0]
    make_consent(session, teacher, NOW)
    asked = ask(session, school, [teacher])
    session.commit()
    client = sign_in(school, teacher)
    return Answerer(client, csrf(client), asked)


def kept(session: Session) -> list[bytes]:
    session.expire_all()
    responses = session.scalars(select(Response).order_by(Response.id)).all()
    rows = session.scalars(select(AttachedFile).order_by(AttachedFile.id)).all()
    assert {row.response_id for row in rows} <= {one.id for one in responses}
    return [
        files.content_of(session, BOX, one, row.id) for one in responses for row in rows if row.response_id == one.id
    ]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "план.pdf", files.EMPTY),
        (PDF + b" " * LARGEST, "план.pdf", files.TOO_LARGE),
        (b"MZ\x90\x00" * 100, "план.pdf", files.ANOTHER_KIND),
        (b"<html><script>", "план.docx", files.ANOTHER_KIND),
        (packed(xl__workbook_xml="<x/>"), "план.docx", files.ANOTHER_KIND),
        (packed(word__document_xml="<w/>", word__vbaProject_bin="x"), "план.docx", files.ANOTHER_KIND),
        (PDF, "план.docx", files.MISNAMED),
        (word("План"), "план.pdf", files.MISNAMED),
        (PDF[:20], "план.pdf", files.DAMAGED),
        (word("План")[:60], "план.docx", files.DAMAGED),
        (PDF, "п" * 300 + ".pdf", files.UNUSUAL_NAME),
        (PDF, "", files.NO_FILE),
    ],
    # A packed document holds the moment of its packing, an id of bytes would differ between workers.
    ids=lambda part: "file" if isinstance(part, bytes) else None,
)
def test_what_is_no_file_of_these_kinds_is_refused(content: bytes, name: str, said: str) -> None:
    with pytest.raises(Unfit, match=f"^{re.escape(said)}$"):
        files.checked(content, name)


def test_folders_are_no_part_of_a_name() -> None:
    assert files.checked(word("План"), "C:\\Документы\\План урока.DOCX") == "План урока.DOCX"
    assert f"than {files.MEGABYTES} MB" in files.TOO_LARGE


def test_a_file_is_attached_replaced_and_removed_and_nothing_typed_is_lost(
    answerer: Answerer, session: Session
) -> None:
    page = answerer.client.get(answerer.path).text
    assert "Прикрепить" in page
    done = answerer.attach((PDF, "План.pdf"), **{"a.why": "Вести урок"})
    assert (done.status_code, done.location) == (303, f"{answerer.path}?done=file_attached#f-plan")
    page = answerer.client.get(done.location).text
    assert ("План.pdf, 1\u00a0КБ" in page, "Вести урок" in page, kept(session)) == (True, True, [PDF])
    # A double click sends the same once more; another file takes its place.
    again = {"a.why": "Вести урок", "revision": "2"}
    assert answerer.attach((PDF, "План.pdf"), **again).status_code == 303
    assert kept(session) == [PDF]
    assert answerer.attach((OTHER_PDF, "Новый.pdf"), **again).status_code == 303
    assert kept(session) == [OTHER_PDF]
    assert answerer.press("/files/plan/remove", None, "plan", **again).status_code == 303
    assert (kept(session), "Новый.pdf" in answerer.client.get(answerer.path).text) == ([], False)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ((b"MZ\x90\x00", "План.pdf"), "По\u00a0содержанию это не\u00a0PDF"),
        ((b"", "План.pdf"), "Этот файл пуст"),
        ((PDF + b" " * LARGEST, "План.pdf"), "Файл больше 5\u00a0МБ"),
        ((b"", ""), "Сначала выберите файл"),
    ],
)
def test_a_refusal_stands_beside_the_question(
    answerer: Answerer, session: Session, file: tuple[bytes, str], said: str
) -> None:
    assert answerer.attach((PDF, "Прежний.pdf")).status_code == 303
    answer = answerer.attach(file, revision="2", **{"a.why": "Вести урок"})
    beside = answer.text.split('id="e-plan"')[1].split("</p>")[0]
    assert (answer.status_code, said in beside) == (422, True)
    assert ("Вести урок" in answer.text, "Прежний.pdf" in answer.text, kept(session)) == (True, True, [PDF])


def test_another_windows_answers_are_not_written_over(answerer: Answerer, session: Session) -> None:
    assert answerer.attach((PDF, "План.pdf"), **{"a.why": "Вести урок"}).status_code == 303
    late = answerer.attach((OTHER_PDF, "План.pdf"), **{"a.why": "Иное"})
    assert (late.status_code, "Вести урок" in late.text, kept(session)) == (409, True, [PDF])


def test_a_chosen_file_that_is_not_attached_is_not_lost_in_silence(answerer: Answerer) -> None:
    # A browser sends of it, without its own button, the name alone.
    sent = answerer.press("", None, "plan", **{"a.plan": "План.pdf"})
    assert (sent.status_code, "Файл ещё не\u00a0прикреплён" in sent.text) == (422, True)
    assert answerer.press("").status_code == 422


def test_the_curator_and_the_person_get_it_and_nobody_else(
    answerer: Answerer, sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    person = school.teachers[0]
    answerer.attach((PDF, "План.pdf"))
    assert answerer.attach((OTHER_PDF, "Справка.pdf"), "note", revision="2").status_code == 303
    curator = sign_in(school, school.curator)
    theirs = answerer.path.replace("answer", f"people/{person.id}")
    assert curator.get(f"{theirs}/files/plan").status_code == 404
    assert answerer.press("", revision="4").status_code == 303
    # Sealed: neither the content nor, of the private one, the name stands open.
    response = session.scalars(select(Response)).one()
    assert ("Справка" in str(response.answers), list(response.answers)) == (False, ["plan"])
    assert b"PDF" not in b"".join(text.encode() for text in session.scalars(select(AttachedFile.sealed_content)))
    for page in (theirs, f"/banks/{person.id}"):
        assert f"{theirs}/files/note" in curator.get(page).text, page
    for client, place in ((curator, f"{theirs}/files"), (answerer.client, f"{answerer.path}/files")):
        for item, said in (("plan", PDF), ("note", OTHER_PDF)):
            got = client.get(f"{place}/{item}")
            assert (got.status_code, got.data, got.mimetype) == (200, said, "application/octet-stream")
            assert got.headers["Content-Disposition"].startswith("attachment; filename")
            assert (got.headers["X-Content-Type-Options"], got.headers["Cache-Control"]) == ("nosniff", "no-store")
        assert client.get(f"{place}/why").status_code == 404
    assert answerer.client.get(f"{theirs}/files/plan").status_code == 403
    assert sign_in(school, school.director).get(f"{theirs}/files/plan").status_code == 403
    assert sign_in(other_school, other_school.curator).get(f"{theirs}/files/plan").status_code == 404
    assert sign_in(school, school.teachers[1]).get(f"{answerer.path}/files/plan").status_code == 404
    looks = session.scalars(select(Look).where(Look.what == ANSWERS)).all()
    assert [(look.person_id, look.reader_id, look.times) for look in looks] == [(person.id, school.curator.id, 3)]
    shared = service.shared(session, school.id, person.id, "need")
    assert shared is not None
    assert shared.values == {}


def test_results_count_files_and_the_workbook_names_them(
    answerer: Answerer, sign_in: SignIn, school: TestSchool
) -> None:
    answerer.attach((PDF, "План.pdf"))
    answerer.press("", revision="2")
    curator, place = sign_in(school, school.curator), answerer.path.removesuffix("/answer")
    page = curator.get(f"{place}/results").text
    assert ("приложено: 1" in page, "Справка" in page) == (True, False)
    rule = next(rule for rule in curator.application.url_map.iter_rules() if rule.endpoint == "surveys.export")
    with curator.application.test_request_context():
        address = rule.build({"round_id": int(place.rsplit("/", 1)[1]), "kind": "xlsx"})
    assert address is not None
    book = openpyxl.load_workbook(io.BytesIO(curator.get(address[1]).data))
    assert [row[-1] for row in book.worksheets[0].iter_rows(values_only=True)] == ["План урока", "План.pdf"]


def test_in_a_correction_the_sent_file_stays_until_it_is_sent(answerer: Answerer, session: Session) -> None:
    answerer.attach((PDF, "План.pdf"))
    answerer.press("", revision="2")
    again = {"correcting": "yes"}
    changed = answerer.attach((OTHER_PDF, "Новый.pdf"), revision="3", **again)
    assert changed.location == f"{answerer.path}?correcting=yes&done=file_attached#f-plan"
    assert kept(session) == [PDF, OTHER_PDF]
    assert answerer.client.get(f"{answerer.path}/files/plan").data == PDF
    assert answerer.client.get(f"{answerer.path}/files/plan?correcting=yes").data == OTHER_PDF
    assert answerer.press("", None, "plan", revision="5", **again).status_code == 303
    assert kept(session) == [OTHER_PDF]


def test_a_consent_withdrawn_in_mid_form_is_said_and_destruction_takes_the_file(
    answerer: Answerer, session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    answerer.attach((PDF, "План.pdf"))
    withdraw(session, Grounds(), school.actor(person), person.id, ConsentKind.PROCESSING_MENTEE, TODAY, NOW)
    session.commit()
    refused = answerer.attach((OTHER_PDF, "Новый.pdf"), revision="2")
    assert "Согласие больше не\u00a0действует" in refused.text
    assert (refused.status_code, kept(session)) == (409, [PDF])
    service.destroy_answers(session, school.actor(), person.id, Purpose.MENTEE_PROFILE, NOW)
    assert kept(session) == []


def test_an_erasure_takes_only_this_persons_files(
    app: Flask, runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    mine, other, foreign = school.teachers[0], school.teachers[1], other_school.teachers[0]
    rounds = {school.id: ask(session, school, [mine, other]), other_school.id: ask(session, other_school, [foreign])}
    theirs = word("План")
    for person, file in ((mine, PDF), (other, OTHER_PDF), (foreign, theirs)):
        where = school if person.school_id == school.id else other_school
        name = "План.docx" if person is foreign else "План.pdf"
        how: dict[str, Any] = {"version": 1, "today": TODAY, "now": NOW}
        asked = rounds[where.id]
        service.attach(session, BOX, where.actor(person), asked.id, "plan", file=file, name=name, **how)
    subject = Subject(school.id, mine.id, mine.moodle_user_id)
    runtime.holdings.erase(session, school.actor(), subject, NOW, employed=False)
    assert kept(session) == [OTHER_PDF, theirs]


def test_an_anonymous_round_asks_for_no_file(session: Session, school: TestSchool) -> None:
    asked = ask(session, school, [school.teachers[0]], "pulse")
    version = queries.published(session, school.id, asked.questionnaire_id)
    version.content = Content("", (Section("Вопросы", (ITEMS[1],)),)).dump()
    session.flush()
    with pytest.raises(Invalid) as refused:
        service.start_round(
            session,
            school.actor(),
            questionnaire_id=asked.questionnaire_id,
            people=select(Person.id).where(Person.id == school.teachers[0].id),
            opens_on=TODAY,
            closes_on=TODAY + timedelta(days=7),
            anonymous=True,
            now=NOW,
        )
    assert refused.value.errors == {"anonymous": [NAMES_SOMEBODY]}


def test_ones_own_file_over_rest(answerer: Answerer, session: Session) -> None:
    headers, place = {"X-CSRF-Token": answerer.token}, f"{answerer.api}/files/plan?version=1"
    put = answerer.client.put(place, data={"file": (io.BytesIO(PDF), "План.pdf")}, headers=headers)
    assert (put.status_code, kept(session)) == (200, [PDF])
    assert put.json is not None
    assert {"name": "План.pdf", "size": len(PDF)}.items() <= put.json["answers"]["plan"].items()
    assert answerer.client.get(f"{answerer.api}/files/plan").data == PDF
    lies = answerer.client.put(place, data={"file": (io.BytesIO(b"MZ"), "План.pdf")}, headers=headers)
    nothing = answerer.client.put(place, headers=headers)
    assert [one.status_code for one in (lies, nothing)] == [422, 422]
    # Nobody names a row of somebody else's.
    forged = {"version": 1, "answers": {"note": {"file": 1, "name": "Чужая.pdf", "size": 1}}}
    patched = answerer.client.patch(answerer.api, json=forged, headers=headers)
    assert patched.status_code == 422
    assert patched.json is not None
    assert list(patched.json["errors"]["answers"]) == ["note"]
    removed = answerer.client.delete(place, headers=headers)
    assert (removed.status_code, removed.json["answers"], kept(session)) == (200, {}, [])  # type: ignore[index]
    text = answerer.client.delete(f"{answerer.api}/files/why?version=1", headers=headers)
    assert text.status_code == 404
