"""The page «Новый документ», the one form of all kinds, and the additional agreements."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.documents.views import KINDS
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.office import queries, service
from tests.conftest import NOW, SignIn
from tests.factories import BOX, PDF, make_mentee
from tests.pairs.conftest import Two
from tests.pairs.office.test_texts import replaced

Csrf = Callable[[FlaskClient], str]


@pytest.fixture
def kinds(app: Flask) -> Kinds:
    found: Kinds = app.extensions[KINDS]
    return found


def drafts(session: Session) -> list[Document]:
    session.expire_all()
    return list(session.scalars(select(Document).order_by(Document.id)))


def test_all_kinds_stand_on_one_page_by_stage(sign_in: SignIn, two: Two) -> None:
    page = sign_in(two.school, two.school.curator).get("/documents/new").text.replace("\N{NO-BREAK SPACE}", " ")
    assert page.index("Приказ о кураторе и совете наставников") < page.index("Дополнительное соглашение с наставником")
    assert page.index("Персонализированная программа") < page.index("Приказ об итоговом мероприятии")
    assert 'href="/documents/new/curator_order"' in page
    # The order on pairs begins on its own page.
    assert 'href="/pairs/order/"' in page


def test_people_are_found_by_name_and_nothing_typed_is_lost(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    client = sign_in(two.school, two.school.curator)
    typed = {"csrf_token": csrf(client), "report_until": "2027-05-31", "council": [str(two.mentor.id)]}
    found = client.post(
        "/documents/new/curator_order", data=typed | {"step": "find", "find-curator": two.school.curator.last_name}
    )
    assert found.status_code == 200
    assert 'value="2027-05-31"' in found.text
    assert f'name="council" value="{two.mentor.id}" checked' in found.text
    assert f'name="curator" value="{two.school.curator.id}"' in found.text
    missing = client.post("/documents/new/curator_order", data=typed)
    assert missing.status_code == 422
    assert 'value="2027-05-31"' in missing.text
    assert not drafts(session)


def test_the_chair_is_one_of_the_council(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    client = sign_in(two.school, two.school.curator)
    sent = {"csrf_token": csrf(client), "curator": str(two.school.curator.id), "chair": str(two.mentee.id)}
    for council in ([], [str(two.mentor.id)]):
        refused = client.post("/documents/new/curator_order", data=sent | {"council": council})
        assert (refused.status_code, drafts(session)) == (422, [])
        assert "Выберите одного из членов совета" in refused.text
    begun = client.post("/documents/new/curator_order", data=sent | {"council": [str(two.mentor.id), sent["chair"]]})
    assert begun.status_code == 303
    assert "председатель совета" in client.get(begun.location).text


def test_a_draft_is_begun_and_changed(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    client = sign_in(two.school, two.school.curator)
    typed = {"csrf_token": csrf(client), "to": str(two.mentor.id), "about": "О приглашении", "text": "Приглашаем."}
    begun = client.post("/documents/new/invitation", data=typed)
    (draft,) = drafts(session)
    assert (begun.status_code, begun.location) == (303, f"/documents/{draft.id}")
    page = client.get(begun.location).text
    assert "Беловой Марине Павловне" in page
    assert f'href="/documents/{draft.id}/edit"' in page
    form = client.get(f"/documents/{draft.id}/edit").text
    assert 'value="О приглашении"' in form
    wrong = client.post(f"/documents/{draft.id}/edit", data=typed | {"version": "1", "day": "вчера"})
    assert wrong.status_code == 422
    assert "Приглашаем." in wrong.text
    changed = client.post(f"/documents/{draft.id}/edit", data=typed | {"version": "1", "about": "О конкурсе"})
    assert changed.status_code == 303
    assert drafts(session)[0].heading == "О конкурсе"
    # Somebody has changed it meanwhile.
    assert client.post(f"/documents/{draft.id}/edit", data=typed | {"version": "1"}).status_code == 409


def test_a_link_fills_the_form(sign_in: SignIn, session: Session, two: Two) -> None:
    pair = two.ordered()
    session.commit()
    client = sign_in(two.school, two.school.curator)
    address = f"/documents/new/programme?pair={pair.id}"
    assert address in client.get(f"/pairs/{pair.id}").text
    assert f'<option value="{pair.id}" selected>' in client.get(address).text


def test_another_school_finds_nothing(sign_in: SignIn, csrf: Csrf, session: Session, two: Two, other_two: Two) -> None:
    two.agreed()
    session.commit()
    client = sign_in(other_two.school, other_two.school.curator)
    token = csrf(client)
    assert client.get(f"/documents/new/invitation?to={two.mentor.id}").text.count(two.mentor.middle_name or "—") == 0
    sent = {"csrf_token": token, "to": str(two.mentor.id), "about": "О", "text": "Т"}
    assert client.post("/documents/new/invitation", data=sent).status_code == 422
    assert "Белова" not in client.get("/pairs/agreements/").text
    assert not drafts(session)
    assert sign_in(two.school, two.school.director).get("/documents/new").status_code == 403


def test_agreements_are_prepared_for_all_and_followed_to_their_date(
    sign_in: SignIn, csrf: Csrf, session: Session, kinds: Kinds, two: Two
) -> None:
    two.ordered()
    session.commit()
    client = sign_in(two.school, two.school.curator)
    assert "соглашения ещё нет" in client.get("/pairs/agreements/").text
    assert 'href="/pairs/agreements/"' in client.get("/documents/").text
    waits = "У 1 наставника не хватает дополнительного соглашения"
    assert waits in client.get("/").text.replace("\N{NO-BREAK SPACE}", " ")
    for _ in range(2):
        assert client.post("/pairs/agreements/", data={"csrf_token": csrf(client)}).status_code == 303
    (draft,) = drafts(session)
    assert draft.kind == queries.AGREEMENT
    moment = Moment(session, Jobs(), two.curator, date(2026, 11, 24), NOW)
    documents.lay(kinds, BOX, moment, draft.id)
    documents.sign(BOX, moment, draft.id, date(2026, 11, 24), Evidence(scan=(PDF, "scan.pdf")))
    documents.register(kinds, BOX, moment, draft.id, "12", lambda code: f"https://school.example/{code}")
    session.commit()
    page = client.get("/pairs/agreements/").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "№ 12 от 24 ноября 2026" in page
    assert waits not in client.get("/").text.replace("\N{NO-BREAK SPACE}", " ")
    assert service.prepare_agreements(session, kinds, two.curator, NOW) == []
    # Next year each needs another.
    two.school.school.year_start += 1
    session.flush()
    (row,) = queries.agreements(session, two.school.id, *queries.CONCERNED)
    assert (row.documents, len(row.uncovered)) == ([], 1)


def test_an_agreement_covers_the_pairs_and_terms_that_it_names(
    sign_in: SignIn, csrf: Csrf, session: Session, kinds: Kinds, two: Two, other_two: Two
) -> None:
    """A second mentee, and a term that is put off, need another one (ст. 351.8 ТК РФ: content and term in writing)."""
    entry = session.scalars(select(Mentor).where(Mentor.person_id == two.mentor.id)).one()
    entry.capacity = 2
    pair = two.ordered()
    moment = Moment(session, Jobs(), two.curator, date(2026, 11, 24), NOW)
    client = sign_in(two.school, two.school.curator)
    task = "У 1 наставника не хватает дополнительного соглашения"

    def plain(address: str) -> str:
        session.commit()
        return client.get(address).text.replace("\N{NO-BREAK SPACE}", " ")

    def name(of: Two) -> str:
        return of.mentee.short_name.replace("\N{NO-BREAK SPACE}", " ")

    def agree(draft: Document, number: str) -> None:
        documents.lay(kinds, BOX, moment, draft.id)
        documents.take_back(kinds, moment, draft.id)
        documents.lay(kinds, BOX, moment, draft.id)
        documents.sign(BOX, moment, draft.id, date(2026, 11, 24), Evidence(scan=(PDF, "scan.pdf")))
        documents.register(kinds, BOX, moment, draft.id, number, lambda code: f"https://school.example/{code}")

    (draft,) = service.prepare_agreements(session, kinds, two.curator, NOW)
    draft.params = {**draft.params, "contract_number": "7-Т"}
    agree(draft, "12")
    assert "не охвачено" not in plain("/pairs/agreements/")
    assert task not in plain("/")

    second = Two(session, two.school, two.mentor, two.school.teachers[2])
    make_mentee(session, second.mentee, NOW)
    second.ordered()
    page = plain("/pairs/agreements/")
    assert f"не охвачено: {name(second)} (срок до 31 мая 2027" in page
    assert name(two) not in page
    assert task in plain("/")
    (another,) = service.prepare_agreements(session, kinds, two.curator, NOW)
    # What was typed once stands there again.
    assert another.params["contract_number"] == "7-Т"
    assert service.prepare_agreements(session, kinds, two.curator, NOW) == []
    agree(another, "13")
    assert "не охвачено" not in plain("/pairs/agreements/")
    assert task not in plain("/")

    order: dict[str, Any] = {
        "order_date": date(2026, 11, 24),
        "order_number": "160-ОД",
        "today": date(2026, 11, 24),
        "now": NOW,
    }
    pairs.extend(session, two.curator, pair.id, ends_on=date(2027, 6, 30), **order)
    page = plain("/pairs/agreements/")
    assert f"не охвачено: {name(two)} (срок до 30 июня 2027" in page
    assert name(second) not in page
    assert "№ 13 от 24 ноября 2026" in page
    assert "Подготовить 1 недостающее соглашение" in page
    assert task in plain("/")
    assert queries.agreements(session, other_two.school.id, *queries.CONCERNED) == []


def test_the_registered_order_on_another_mentor_brings_the_pair_to_work(
    session: Session, kinds: Kinds, two: Two
) -> None:
    pair = replaced(two)
    params = {"pair": str(pair.id), "programmes_until": None, "agreements_until": None, "acquaint_until": None}
    draft = documents.begin(session, kinds, two.curator, "replacement_order", params, NOW)
    moment = Moment(session, Jobs(), two.curator, date(2026, 11, 24), NOW)
    documents.lay(kinds, BOX, moment, draft.id)
    documents.sign(BOX, moment, draft.id, date(2026, 11, 24), Evidence(scan=(PDF, "scan.pdf")))
    documents.register(kinds, BOX, moment, draft.id, "150-ОД", lambda code: f"https://school.example/{code}")
    assert (pair.state, pair.order_number) == (PairState.ORDERED, "150-ОД")
    assert draft.state is DocumentState.REGISTERED
