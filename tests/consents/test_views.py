"""Pages of consents: recording with a scan, printing, the person's two clicks, the right sentences, REST beside."""

import html
import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from docx import Document
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.consents import service
from moodle_mentorship.consents.enums import ConsentForm, ConsentKind, DutyKind, EndedWhy, GroundKind
from moodle_mentorship.consents.models import Consent, ConsentText, Duty, Permit, PublicAddress
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.files.models import Scan
from moodle_mentorship.files.scans import LARGEST
from moodle_mentorship.people.models import Person
from tests.conftest import NOW, SignIn
from tests.factories import BOX, PDF, TestSchool, make_consent, make_ground, make_mentee, make_mentor
from tests.files.test_scans import PNG

Csrf = Callable[[FlaskClient], str]
Send = Callable[..., TestResponse]


def words(response: TestResponse) -> str:
    """What a page says, without markup."""
    text = re.sub(r"<[^>]+>", " ", response.text.partition("<main")[2])
    return " ".join(html.unescape(text).split())


def paper_lines(response: TestResponse) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(response.data)).paragraphs]


@pytest.fixture
def send(csrf: Csrf) -> Send:
    def post(client: FlaskClient, path: str, **form: object) -> TestResponse:
        return client.post(path, data=form | {"csrf_token": csrf(client)}, content_type="multipart/form-data")

    return post


PAPER = {"document": "processing_mentee", "number": "5-С", "given_on": "2026-11-24", "valid_until": "2027-08-31"}


def test_a_signed_paper_is_recorded_with_its_scan(
    sign_in: SignIn, send: Send, session: Session, school: TestSchool
) -> None:
    person, client = school.teachers[0], sign_in(school, school.curator)
    answer = send(client, f"/consents/people/{person.id}/record", **PAPER, scan=(io.BytesIO(PDF), "Скан согласия.pdf"))
    assert (answer.status_code, answer.location) == (303, f"/consents/people/{person.id}?done=consent_recorded")
    consent = session.scalars(select(Consent)).one()
    scan = client.get(f"/consents/{consent.id}/scan")
    assert (scan.data, scan.mimetype, scan.headers["Content-Disposition"]) == (
        PDF,
        "application/pdf",
        f'attachment; filename="consent-{consent.id}.pdf"',
    )
    assert scan.headers["X-Content-Type-Options"] == "nosniff"
    assert f'href="/consents/{consent.id}/scan"' in client.get("/consents/").text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"number": ""}, "Заполните это поле"),
        ({"given_on": "2026-11-25"}, "Этот день ещё не наступил"),
        ({"valid_until": "2026-11-01"}, "Срок заканчивается раньше, чем дано согласие"),
        ({"scan": (io.BytesIO(b"<html>"), "scan.pdf")}, "не скан"),
        ({"scan": (io.BytesIO(PDF), "scan.jpg")}, "не соответствует содержанию"),
    ],
)
def test_wrong_input_is_kept_beside_its_message(
    sign_in: SignIn, send: Send, session: Session, school: TestSchool, changed: dict[str, object], message: str
) -> None:
    client = sign_in(school, school.curator)
    form = PAPER | {"number": "77-Особый"} | changed
    answer = send(client, f"/consents/people/{school.teachers[0].id}/record", **form)
    assert answer.status_code == 422
    assert message in words(answer).replace("\u00a0", " ")
    assert ("77-Особый" in answer.text) is ("number" not in changed)
    assert session.scalars(select(Consent)).all() == []


def test_the_form_names_the_version_that_was_signed(
    sign_in: SignIn, send: Send, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    """Not asked where there is one; then by the day of signature, or as the paper says; register and file show it."""
    client, (first, second, *_rest) = sign_in(school, school.curator), school.teachers
    pages = [f"/consents/people/{person.id}/record" for person in (first, second)]
    form = f"{pages[0]}?document=processing_mentee"
    assert 'name="version"' not in client.get(form).text
    text = {"document": "processing_mentee", "title": "Согласие", "body": "Я, {ФИО}.", "in_force_from": "2026-11-24"}
    assert send(client, "/consents/text", **text).status_code == 303
    asked = words(client.get(form)).replace("\u00a0", " ")
    assert "та, что действовала в день подписания редакция 2, действует с 24 ноября 2026 г. редакция 1" in asked
    signed = PAPER | {"given_on": "2026-11-20"}
    for page, wrong in ((pages[0], "2"), (pages[0], "9"), (pages[0], "два")):
        refused = send(client, page, **signed | {"version": wrong})
        assert (refused.status_code, 'id="e-version"' in refused.text) == (422, True)
        assert 'value="2026-11-20"' in refused.text
    assert send(client, pages[0], **signed | {"version": ""}).status_code == 303
    assert send(client, pages[1], **PAPER | {"number": "6-С", "version": "1"}).status_code == 303
    assert words(client.get("/consents/")).count("текст: редакция 1") == 2
    assert words(client.get(f"/consents/people/{first.id}")).count("текст: редакция 1") == 1
    rows = client.get("/consents/export.csv").get_data().decode("utf-8-sig").splitlines()[1:]
    assert [row.split(";")[5] for row in rows] == ["1", "1"]
    headers, rest = {"X-CSRF-Token": csrf(client)}, f"/api/v1/staff/{school.teachers[2].id}/consents"
    for version, status in ((3, 422), ("1", 201), (None, 201)):
        answer = client.post(rest, json=PAPER | {"number": "7-С", "version": version}, headers=headers)
        assert answer.status_code == status
    assert answer.get_json()["version"] == 2


def test_dissemination_is_recorded_by_address_and_category(
    sign_in: SignIn, send: Send, session: Session, school: TestSchool
) -> None:
    client, person = sign_in(school, school.curator), school.teachers[0]
    send(client, "/consents/rules/addresses", url="https://school.example/m/", name="Сайт школы")
    address = session.scalars(select(PublicAddress)).one()
    form = PAPER | {"document": "dissemination", "permit": [f"{address.id}:name", f"{address.id}:photo"]}
    assert send(client, f"/consents/people/{person.id}/record", **form).status_code == 303
    assert [permit.category for permit in session.scalars(select(Permit).order_by(Permit.id))] == ["name", "photo"]
    assert "https://school.example/m/ : фамилия, имя, отчество, фотографии" in words(
        client.get(f"/consents/people/{person.id}")
    )
    for wrong in ("x", f"{address.id}", f"{address.id}:soul", "9999999:name"):
        answer = send(client, f"/consents/people/{person.id}/record", **form | {"permit": wrong})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "url", ["school.example", "javascript:alert(1)", "https://", "https://u@h.example/", "http://[x"]
)
def test_an_address_is_named_whole(sign_in: SignIn, send: Send, session: Session, school: TestSchool, url: str) -> None:
    answer = send(sign_in(school, school.curator), "/consents/rules/addresses", url=url, name="Сайт")
    assert (answer.status_code, session.scalars(select(PublicAddress)).all()) == (422, [])


def test_the_missing_are_printed_in_one_file(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    signed, *missing = school.teachers[:3]
    for person in school.teachers[:3]:
        make_mentee(session, person, NOW)
    make_mentee(session, other_school.teachers[0], NOW)
    make_consent(session, signed, NOW)
    school.school.inn = "7707083893"
    session.commit()
    client = sign_in(school, school.curator)
    page = client.get("/consents/missing")
    assert re.findall(r'<th scope="row"><a [^>]+>([^<]+)<', page.text) == [person.full_name for person in missing]
    assert "Напечатать 2 согласия" in words(page).replace("\u00a0", " ")
    book = load_workbook(io.BytesIO(client.get("/consents/missing/export.xlsx").data)).worksheets[0]
    assert [row[0] for row in book.iter_rows(min_row=2, values_only=True)] == [person.full_name for person in missing]
    lines = paper_lines(client.get("/consents/missing.docx?document=processing_mentee"))
    assert [line.partition(",")[2].partition(",")[0].strip() for line in lines if line.startswith("Я, ")] == [
        person.full_name for person in missing
    ]


def test_who_mentors_by_the_duty_of_the_post_signs_no_consent_to_the_work(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    """Rostrud, 02.10.2025, No. TZ/7300-6-1."""
    assigned, by_post, unsaid = (make_mentor(session, person, NOW) for person in school.teachers[:3])
    assigned.basis, by_post.basis, unsaid.basis = Basis.ASSIGNMENT, Basis.JOB_DUTY, None
    session.commit()
    page = sign_in(school, school.curator).get("/api/v1/consents/missing?document=mentor_work").get_json()
    assert [row["id"] for row in page["rows"]] == [assigned.person_id, unsaid.person_id]


def test_a_paper_has_every_element_of_the_law_and_asks_for_the_passport_by_pen(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    """152-ФЗ ст. 9 ч. 4; ст. 10.1; ст. 351.8 ТК."""
    person = school.teachers[0]
    school.school.address, school.school.inn, school.school.ogrn = "г. Пример, ул. Садовая, 5", "7707083893", None
    session.add(PublicAddress(school_id=school.id, url="https://school.example/m/", name="Сайт", added_at=NOW))
    session.commit()
    client = sign_in(school, school.curator)

    def text(kind: ConsentKind) -> str:
        lines = paper_lines(client.get(f"/consents/people/{person.id}/paper.docx?document={kind.value}"))
        return "\n".join(lines)

    processing = text(ConsentKind.PROCESSING_MENTOR)
    for element in (
        f"Я, {person.full_name}",
        "документ, удостоверяющий личность: ____",
        "адрес: ____",
        school.school.full_name,
        "г. Пример, ул. Садовая, 5",
        "ИНН 7707083893, ОГРН ____",
        "Цель обработки:",
        "Перечень персональных данных:",
        "Перечень действий:",
        "Способ обработки:",
        "по 31\u00a0августа\u00a02027\u202fг. включительно",
        "отозвать",
        "____ / ",
    ):
        assert element in processing
    dissemination = text(ConsentKind.DISSEMINATION)
    assert "не\u00a0разрешаю: https://school.example/m/" in dissemination
    assert dissemination.count("☐\u00a0разрешаю") == 7
    assert "351.8" in text(ConsentKind.MENTOR_WORK)
    for one in (processing, dissemination, text(ConsentKind.MENTOR_WORK)):
        assert "{" not in one


def test_the_person_agrees_in_moodle_where_the_school_allows_it(
    sign_in: SignIn, send: Send, session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    make_mentee(session, person, NOW)
    session.commit()
    client = sign_in(school, person)
    assert "Напечатайте его, подпишите и передайте куратору" in words(client.get("/"))
    assert "Ознакомлен(а)" not in client.get("/consents/mine/text").text
    curator = sign_in(school, school.curator)
    act = {"name": "Положение о наставничестве", "number": "7", "act_date": "2026-09-01"}
    assert send(curator, "/consents/rules/mark", **act).status_code == 303
    client = sign_in(school, person)
    assert "Ждём вашего согласия" in words(client.get("/"))
    page = client.get("/consents/mine/text?document=processing_mentee")
    assert "Это не подпись" in words(page)
    answer = send(client, "/consents/mine/mark", document="processing_mentee", version="1")
    assert (answer.status_code, answer.location) == (303, "/?done=consent_marked")
    consent = session.scalars(select(Consent)).one()
    assert (consent.form, consent.person_id, consent.launch_id is not None) == (ConsentForm.MARK, person.id, True)
    assert "Ждём вашего согласия" not in words(client.get("/"))
    curator = sign_in(school, school.curator)
    assert "Подтверждение: запуск" in words(curator.get(f"/consents/people/{person.id}"))


def test_what_was_agreed_to_is_shown_to_the_person_and_the_curator(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """After a new text and another processor, too; of a mark without kept words the page says so."""
    person, colleague = school.teachers[:2]
    service.allow_mark(session, school.actor(), "Положение", "7", date(2026, 9, 1), NOW)

    def marked(one: Person) -> Consent:
        actor = Actor(school.id, one.id, frozenset(), launch_id=7)
        return service.give_mark(session, Grounds(), BOX, actor, ConsentKind.PROCESSING_MENTEE, 1, NOW.date(), NOW)

    consent, old, paper = marked(person), marked(colleague), make_consent(session, school.teachers[2], NOW)
    old.sealed_words = None
    foreign = make_consent(session, other_school.teachers[0], NOW)
    kind = ConsentKind.PROCESSING_MENTEE
    service.write_text(session, school.actor(), kind, "Новое", "Я, {ФИО}. {поручение обработки}", NOW.date(), NOW)
    school.school.processor_name, school.school.processor_address = "ГАУ «Центр»", "г. Энск, ул. Лесная, 2"
    session.commit()
    client, curator = sign_in(school, person), sign_in(school, school.curator)
    agreed = f"Я, {person.full_name}, "
    pages = [
        client.get(f"/consents/mine/{consent.id}/words"),
        curator.get(f"/consents/{consent.id}/words"),
        client.get("/consents/mine/text?document=processing_mentee"),
        client.get("/my-data/"),
    ]
    for page in pages:
        said = words(page)
        assert (agreed in said, "Обработка другому лицу не поручается." in said) == (True, True)
    assert ["ГАУ «Центр»" in words(page) for page in pages[:3]] == [False, False, True]
    assert f"/consents/mine/{consent.id}/words" in client.get("/consents/mine/").text
    assert f"/consents/{consent.id}/words" in curator.get(f"/consents/people/{person.id}").text
    exported = next(one for one in client.get("/api/v1/me/data").get_json()["sections"] if one["code"] == "consent")
    assert agreed in str(exported)
    for reader, address in ((client, "/api/v1/me/consents"), (curator, "/api/v1/consents")):
        read = reader.get(f"{address}/{consent.id}/words").get_json()
        assert (read["version"], read["kept"], read["paragraphs"][0].startswith(agreed)) == (1, True, True)
        for other in (foreign.id, *((old.id,) if reader is client else ())):
            assert reader.get(f"{address}/{other}/words").status_code == 404
            shown = address.replace("/api/v1/me/consents", "/consents/mine").replace("/api/v1", "")
            assert reader.get(f"{shown}/{other}/words").status_code == 404
    read = curator.get(f"/api/v1/consents/{old.id}/words").get_json()
    assert (read["version"], read["kept"], "{ФИО}" in read["paragraphs"][0]) == (1, False, True)
    for one in (curator.get(f"/consents/{old.id}/words"), sign_in(school, colleague).get("/consents/mine/text")):
        assert "Заполненный текст с этой отметкой не сохранён" in words(one)
    assert "не сохранено: отметка поставлена раньше" in words(sign_in(school, colleague).get("/my-data/"))
    assert "Подписанное — на бумаге." in words(curator.get(f"/consents/{paper.id}/words"))
    # The versions of a text can be read.
    texts = words(curator.get("/consents/text?document=processing_mentee"))
    assert ("Я, {ФИО}, {должность}," in texts, "Новое Я, {ФИО}." in texts) == (True, True)


def test_a_person_withdraws_in_two_clicks_and_the_curator_is_told(
    sign_in: SignIn, send: Send, session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    make_mentee(session, person, NOW)
    make_consent(session, person, NOW)
    session.commit()
    client = sign_in(school, person)
    assert "/consents/mine/withdraw?document=processing_mentee" in client.get("/consents/mine/").text
    asked = words(client.get("/consents/mine/withdraw?document=processing_mentee"))
    assert "обработка вашего профиля прекратится сегодня" in asked
    assert "другое основание" not in asked
    answer = send(client, "/consents/mine/withdraw", document="processing_mentee")
    assert answer.location == "/consents/mine/?done=consent_withdrawn"
    curator = sign_in(school, school.curator)
    assert "Уничтожить данные: 1 человек" in words(curator.get("/")).replace("\u00a0", " ")
    duty = session.scalars(select(Duty)).one()
    assert (duty.kind, duty.due_on) == (DutyKind.DESTROY, date(2026, 12, 24))
    assert person.full_name in curator.get("/consents/duties").text
    assert send(curator, f"/consents/duties/{duty.id}/done").status_code == 303
    assert person.full_name not in curator.get("/consents/duties").text
    assert send(client, "/consents/mine/withdraw", document="processing_mentee").status_code in {403, 409}


def test_another_ground_is_named_when_a_consent_is_withdrawn(
    sign_in: SignIn, send: Send, session: Session, school: TestSchool
) -> None:
    person = school.teachers[0]
    make_mentor(session, person, NOW)
    make_consent(session, person, NOW, ConsentKind.PROCESSING_MENTOR)
    make_ground(session, person, NOW, Purpose.MENTOR_PROFILE, GroundKind.LABOUR_DUTY)
    session.commit()
    client = sign_in(school, person)
    asked = words(client.get("/consents/mine/withdraw?document=processing_mentor")).replace("\u00a0", " ")
    assert (
        "обработка продолжится, потому что остаётся другое основание: обязанность по трудовому законодательству"
        in asked
    )
    assert "прекратится" not in asked
    answer = send(client, "/consents/mine/withdraw", document="processing_mentor")
    assert answer.location == "/consents/mine/?done=consent_withdrawn_goes_on"
    assert session.scalars(select(Duty)).all() == []
    assert "Ваши данные обрабатываются без согласия" in words(client.get("/consents/mine/"))


def test_texts_are_edited_in_versions(sign_in: SignIn, send: Send, session: Session, school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    form = {
        "document": "mentor_work",
        "title": "Согласие",
        "body": "Я, {ФИО}.\r\n\r\n Согласна. ",
        "in_force_from": "2026-11-24",
    }
    assert send(client, "/consents/text", **form).status_code == 303
    newest = session.scalars(select(ConsentText).order_by(ConsentText.version.desc()).limit(1)).one()
    assert (newest.version, newest.body) == (2, "Я, {ФИО}.\nСогласна.")
    refused = send(client, "/consents/text", **form | {"body": "Я, {паспорт}"})
    assert refused.status_code == 422
    assert "Неизвестно: паспорт" in words(refused)
    assert send(client, "/consents/text", **form | {"in_force_from": "2026-11-23"}).status_code == 422


def test_the_register_as_a_file(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    make_consent(session, school.teachers[0], NOW, scan=True)
    session.commit()
    content = sign_in(school, school.curator).get("/consents/export.csv").get_data().decode("utf-8-sig")
    assert content.splitlines()[1:] == [
        f"{school.teachers[0].full_name};Обработка данных наставляемого;на бумаге;{school.teachers[0].id}-ПС;"
        "24.11.2026;1;31.08.2027;да;действует"
    ]


def test_rest_does_what_the_pages_do(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    person = school.teachers[0]
    make_mentee(session, person, NOW)
    make_consent(session, other_school.teachers[0], NOW)
    session.commit()
    curator = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(curator)}
    missing = curator.get("/api/v1/consents/missing").get_json()
    assert [row["id"] for row in missing["rows"]] == [person.id]
    made = curator.post(f"/api/v1/staff/{person.id}/consents", json=PAPER | {"permits": []}, headers=headers)
    assert made.status_code == 201
    assert made.get_json() == {
        "id": session.scalars(select(Consent.id).where(Consent.school_id == school.id)).one(),
        "person": {"id": person.id, "full_name": person.full_name, "position": person.position},
        "document": "processing_mentee",
        "form": "paper",
        "version": 1,
        "number": "5-С",
        "given_on": "2026-11-24",
        "valid_until": "2027-08-31",
        "has_scan": False,
        "ended_at": None,
        "ended_why": None,
    }
    assert curator.get("/api/v1/consents").get_json()["rows"] == [made.get_json()]
    assert curator.get(f"/api/v1/staff/{person.id}/consents").get_json() == [made.get_json()]
    mentee = sign_in(school, person)
    assert mentee.get("/api/v1/me/consents").get_json() == [made.get_json()]
    ended = mentee.post(
        "/api/v1/me/consents/withdraw",
        json={"document": "processing_mentee"},
        headers={"X-CSRF-Token": csrf(mentee)},
    )
    assert ended.get_json() == {"processing_goes_on": False, "due_on": "2026-12-24"}
    whys = session.scalars(select(Consent.ended_why).where(Consent.school_id == school.id)).all()
    assert whys == [EndedWhy.WITHDRAWN]


def test_a_text_of_the_schools_own_that_hides_the_processor_is_told(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    note = '/consents/text?document=processing_mentee">Обработка'
    client = sign_in(school, school.curator)
    school.school.processor_name, school.school.processor_address = "ГАУ «Центр»", "г. Энск, ул. Лесная, 2"
    session.commit()
    assert note not in client.get("/consents/rules").text
    make_consent(session, school.teachers[0], NOW)
    session.commit()
    assert note in client.get("/consents/rules").text


def test_duties_and_rules_through_rest(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    person = school.teachers[0]
    make_consent(session, person, NOW, ConsentKind.PROCESSING_MENTEE)
    session.commit()
    stranger = sign_in(other_school, other_school.curator)
    headers = {"X-CSRF-Token": csrf(stranger)}
    base = "/api/v1/consents"
    foreign = stranger.post(f"{base}/addresses", json={"url": "https://b.example/", "name": "Сайт"}, headers=headers)
    curator = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(curator)}
    withdrawn = {"document": "processing_mentee"}
    curator.post(f"/api/v1/staff/{person.id}/consents/withdraw", json=withdrawn, headers=headers)
    (duty,) = curator.get(f"{base}/duties").get_json()
    assert (duty["kind"], duty["person"]["id"], duty["due_on"], duty["outcome"]) == (
        "destroy",
        person.id,
        "2026-12-24",
        None,
    )
    assert stranger.get(f"{base}/duties").get_json() == []
    done = curator.post(f"{base}/duties/{duty['id']}/done", headers=headers).get_json()
    assert (done["outcome"], curator.get(f"{base}/duties").get_json()) == ("done", [])

    text = {"document": "mentor_work", "title": "Согласие", "body": "Я, {ФИО}.", "in_force_from": "2026-11-24"}
    assert curator.post(f"{base}/texts", json=text, headers=headers).get_json() == {**text, "version": 2}
    past = curator.post(f"{base}/texts", json=text | {"in_force_from": "2026-11-23"}, headers=headers)
    assert (past.status_code, list(past.get_json()["errors"])) == (422, ["in_force_from"])
    assert text | {"version": 2} in curator.get(f"{base}/texts").get_json()

    act = {"name": "Положение о наставничестве", "number": "7", "act_date": "2026-09-01"}
    assert curator.get(f"{base}/local-act").status_code == 404
    assert curator.post(f"{base}/local-act", json=act, headers=headers).get_json() == act
    assert curator.get(f"{base}/local-act").get_json() == act
    assert curator.delete(f"{base}/local-act", headers=headers).status_code == 204
    assert curator.get(f"{base}/local-act").status_code == 404

    address = {"url": "https://school.example/", "name": "Сайт школы"}
    added = curator.post(f"{base}/addresses", json=address, headers=headers).get_json()
    assert curator.get(f"{base}/addresses").get_json() == [added]
    assert curator.delete(f"{base}/addresses/{foreign.get_json()['id']}", headers=headers).status_code == 404
    assert curator.delete(f"{base}/addresses/{added['id']}", headers=headers).status_code == 204
    assert curator.get(f"{base}/addresses").get_json() == []


def test_a_scan_over_rest(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """Put, read, replaced; refused as on the page, and nothing of another school's."""
    consent = make_consent(session, school.teachers[0], NOW)
    foreign = make_consent(session, other_school.teachers[0], NOW, scan=True)
    session.commit()
    curator = sign_in(school, school.curator)
    headers = {"X-CSRF-Token": csrf(curator)}

    def put(consent_id: int, **form: object) -> TestResponse:
        return curator.put(f"/api/v1/consents/{consent_id}/scan", data=form, headers=headers)

    path = f"/api/v1/consents/{consent.id}/scan"
    assert curator.get(path).status_code == 404
    for content in (PDF, PNG):
        put_in = put(consent.id, scan=(io.BytesIO(content), "скан.pdf" if content is PDF else "скан.png"))
        assert (put_in.status_code, (put_in.json or {})["has_scan"]) == (200, True)
        read = curator.get(path)
        assert (read.data, read.mimetype) == (content, "application/pdf" if content is PDF else "image/png")
        assert read.headers["Content-Disposition"].startswith("attachment;")
    # The former one is destroyed.
    assert session.scalar(select(func.count()).select_from(Scan).where(Scan.school_id == school.id)) == 1
    refusals: list[tuple[dict[str, object], int, str]] = [
        ({}, 422, "invalid"),
        ({"scan": (io.BytesIO(b"<html>"), "скан.pdf")}, 422, "scan_refused"),
        ({"scan": (io.BytesIO(PDF), "скан.jpg")}, 422, "scan_misnamed"),
        ({"scan": (io.BytesIO(PDF + b"0" * LARGEST), "скан.pdf")}, 413, "scan_too_large"),
    ]
    for form, status, code in refusals:
        refused = put(consent.id, **form)
        assert (refused.status_code, (refused.json or {})["code"]) == (status, code)
    assert curator.get(path).data == PNG
    sent = (io.BytesIO(PDF), "скан.pdf")
    assert [
        put(foreign.id, scan=sent).status_code,
        curator.get(path.replace(str(consent.id), str(foreign.id))).status_code,
    ] == [404, 404]
