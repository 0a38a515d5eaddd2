"""The order on a longer term: what it says, its gate, what follows its number; and «Сегодня» on what didn't follow."""

import io
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from docx import Document as Word
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.consents.models import Consent
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.service.registering import file_of
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.documents.views import KINDS
from moodle_mentorship.pairs import queries
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import EndReason
from moodle_mentorship.pairs.office.carried_out import END, EXTENSION
from moodle_mentorship.school.models import School
from tests.conftest import NOW, SignIn
from tests.factories import BOX, PDF, TestSchool, grant, make_person
from tests.pairs.conftest import ENDS, ORDER, Two
from tests.pairs.groups.conftest import make_several
from tests.pairs.office.test_texts import DAY, written

Csrf = Callable[[FlaskClient], str]
LATER = date(2027, 6, 30)
NOTHING_TYPED = dict.fromkeys(("programmes_until", "agreements_until", "acquaint_until"))


@pytest.fixture
def kinds(app: Flask) -> Kinds:
    found: Kinds = app.extensions[KINDS]
    return found


def extended(whom: str, ends_on: date = LATER) -> dict[str, Any]:
    return {"whom": whom, "ends_on": ends_on.isoformat(), **NOTHING_TYPED}


def url(code: str) -> str:
    return f"https://school.example/{code}"


def laid(session: Session, kinds: Kinds, school: TestSchool, kind: str, params: Mapping[str, Any]) -> Document:
    draft = documents.begin(session, kinds, school.actor(), kind, params, NOW)
    return documents.lay(kinds, BOX, Moment(session, Jobs(), school.actor(), DAY, NOW), draft.id)


def numbered(session: Session, kinds: Kinds, school: TestSchool, document: Document, number: str) -> Document:
    moment = Moment(session, Jobs(), school.actor(), DAY, NOW)
    documents.sign(BOX, moment, document.id, DAY, Evidence(scan=(PDF, "scan.pdf")))
    documents.register(kinds, BOX, moment, document.id, number, url)
    session.commit()
    return document


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_what_it_says_of_a_pair_and_of_a_group(two: Two, other_school: TestSchool) -> None:
    pair = two.ordered()
    clerk = make_person(
        two.session, two.school.id, 90, "Миронова Ольга Ильинична", now=NOW, position="Специалист по кадрам"
    )
    grant(two.session, clerk, Role.CLERK, NOW)
    sent = extended(f"pair-{pair.id}") | {"programmes_until": "2026-12-10"}
    found = written(two, EXTENSION, sent)
    assert (
        "О внесении изменений в приказ от 24 ноября 2026 г. № 143-ОД о закреплении наставнических пар и групп" in found
    )
    assert (
        "1. Внести в приказ от 24 ноября 2026 г. № 143-ОД изменение, продлив по 30 июня 2027 г. срок наставничества "
        "Беловой Марины Павловны, учителя, в отношении Зайцева Павла Андреевича, учителя (ранее – по 31 мая 2027 г.)."
        in found
    )
    assert (
        "2. Беловой Марине Павловне, учителю, внести изменения в персонализированную программу наставничества "
        "в срок до 10 декабря 2026 г." in found
    )
    assert any(text.startswith("3. Мироновой Ольге Ильиничне, специалисту по кадрам, оформить") for text in found)
    assert any("351.8" in text for text in found if text.startswith("В целях"))
    assert {"Белова Марина Павловна", "Зайцев Павел Андреевич", "Лист ознакомления"} <= set(found)
    two.session.query(Mentor).update({"basis": Basis.JOB_DUTY})
    assert not any("351.8" in text for text in written(two, EXTENSION, sent))
    several = make_several(two.session, other_school)
    group = several.agreed()
    first = several.members(group)[0]
    pairs.order(two.session, Jobs(), several.curator, first.id, now=NOW, **(ORDER | {"order_number": "140-ОД"}))
    several.order(group)
    found = written(two, EXTENSION, extended(f"group-{group.id}"), other_school.id)
    assert (
        "О внесении изменений в приказы от 24 ноября 2026 г. № 140-ОД, от 24 ноября 2026 г. № 143-ОД "
        "о закреплении наставнических пар и групп" in found
    )
    (listed,) = [text for text in found if text.startswith("– Белкиной Яны Юрьевны")]
    assert listed.endswith("(ранее – по 31 мая 2027 г.);")
    assert any("внести изменения в персонализированные программы" in text for text in found)


def test_registered_it_extends_whom_it_names(
    session: Session, kinds: Kinds, two: Two, other_school: TestSchool
) -> None:
    pair = two.ordered()
    several = make_several(session, other_school)
    group = several.agreed()
    *first, last = several.members(group)
    for member in first:
        pairs.order(session, Jobs(), several.curator, member.id, now=NOW, **ORDER)
    one, all_of_it = f"pair-{pair.id}", f"group-{group.id}"
    schools = (two.school, other_school)
    waiting = [
        laid(session, kinds, school, EXTENSION, extended(whom))
        for school, whom in zip(schools, (one, all_of_it), strict=True)
    ]
    # Who comes to the group behind the laying isn't named; nor does a new name reach the paper.
    pairs.order(session, Jobs(), several.curator, last.id, now=NOW, **ORDER)
    pair.mentee.last_name = "Волкова"
    session.flush()
    registered = [
        numbered(session, kinds, school, document, "200-ОД") for school, document in zip(schools, waiting, strict=True)
    ]
    word = Word(io.BytesIO(file_of(session, BOX, registered[0], url)))
    told = " ".join(paragraph.text for paragraph in word.paragraphs)
    assert ("Зайцева" in told, "Волкова" in told) == (True, False)
    assert (pair.ends_on, [member.ends_on for member in first], last.ends_on) == (LATER, [LATER] * len(first), ENDS)
    (row,) = queries.extensions(session, two.school.id, pair.id)
    assert (row.earlier_ends_on, row.order_date, row.order_number) == (ENDS, DAY, "200-ОД")
    session.refresh(group)
    assert group.ends_on == LATER
    with pytest.raises(NothingToSay):
        documents.begin(session, kinds, two.curator, EXTENSION, extended(one), NOW)


def test_the_form_offers_refuses_and_keeps_what_was_typed(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two, other_two: Two
) -> None:
    pair, theirs = two.ordered(), other_two.ordered()
    session.commit()
    client = sign_in(two.school, two.school.curator)
    address = f"/documents/new/{EXTENSION}?whom=pair-{pair.id}"
    assert f'href="{address}"' in client.get(f"/pairs/{pair.id}").text
    assert f'href="/documents/new/{EXTENSION}"' in client.get("/documents/new").text
    form = plain(client.get(address).text)
    assert f'value="pair-{pair.id}" selected' in form
    assert "Белова М. П. – Зайцев П. А., по 31.05.2027" in form
    assert f"pair-{theirs.id}" not in form
    sent = {"csrf_token": csrf(client), "whom": f"pair-{pair.id}", "ends_on": LATER.isoformat()}

    def refused(**changes: str) -> str:
        answer = client.post(f"/documents/new/{EXTENSION}", data=sent | changes)
        assert answer.status_code == 422
        return plain(answer.text)

    assert "Выберите дату позже нынешнего окончания" in refused(ends_on=ENDS.isoformat())
    outside = refused(ends_on="2027-09-01")
    assert "выходит за пределы учебного года" in outside
    assert 'value="2027-09-01"' in outside
    for whom in (f"pair-{theirs.id}", "group-1", "pair-x", str(pair.id), ""):
        assert refused(whom=whom)
    begun = client.post(f"/documents/new/{EXTENSION}", data=sent)
    assert begun.status_code == 303
    # The gate of the order on pairs.
    assert "Передать на подпись" in plain(client.get(begun.location).text)
    session.query(Consent).filter_by(person_id=two.mentee.id).delete()
    session.commit()
    page = plain(client.get(begun.location).text)
    assert "До передачи на подпись не хватает: 1" in page
    assert client.post(f"{begun.location}/lay", data=sent | {"version": "1"}).status_code == 409


def test_today_tells_of_a_registered_order_that_nothing_followed(
    sign_in: SignIn, session: Session, kinds: Kinds, two: Two, other_two: Two
) -> None:
    pair = two.ordered()
    other_two.ordered()
    client, others = (sign_in(one.school, one.school.curator) for one in (two, other_two))
    works, shorter = "1 пара ещё работает, хотя приказ", "1 пара завершается раньше, чем сказано"

    def today(who: FlaskClient = client) -> str:
        return plain(who.get("/").text)

    def ending(day: date | None) -> dict[str, Any]:
        told = day.isoformat() if day else None
        return {"pair": str(pair.id), "ground": "mentor_refused", "ends_on": told, "acquaint_until": None}

    waits = laid(session, kinds, two.school, END, ending(None))
    assert works not in today()
    numbered(session, kinds, two.school, waits, "205-ОД")
    page = today()
    assert works in page
    assert "Белова М. П. — Зайцев П. А., приказ № 205-ОД от 24 ноября 2026 г." in page
    assert f'href="/pairs/{pair.id}"' in page
    assert works not in today(others)
    # With a day that lies ahead it says nothing yet.
    waits.params = ending(DAY + timedelta(days=1))
    session.commit()
    assert works not in today()
    waits.params = ending(DAY)
    session.commit()
    assert works in today()
    # An extension that could not be entered: meanwhile the school's year has become another.
    longer = laid(session, kinds, two.school, EXTENSION, extended(f"pair-{pair.id}"))
    school = session.get_one(School, two.school.id)
    school.year_start -= 1
    session.flush()
    numbered(session, kinds, two.school, longer, "206-ОД")
    school.year_start += 1
    session.commit()
    page = today()
    assert shorter in page
    assert shorter not in today(others)
    said = {"ends_on": LATER, "order_date": DAY, "order_number": "206-ОД", "today": DAY, "now": NOW}
    pairs.extend(session, two.curator, pair.id, **said)  # type: ignore[arg-type]
    session.commit()
    assert shorter not in today()
    pairs.end(session, Jobs(), two.curator, pair.id, EndReason.MENTOR_REFUSED, NOW)
    session.commit()
    assert works not in today()
