"""What each document of the year says: the right people in the right case, days and sums as typed, blanks for the pen
where nobody has said anything."""

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from docx import Document

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import fields
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.kinds import DocumentKind, Kinds
from moodle_mentorship.documents.models import Document as Row
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.files import docx
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, EndReason, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import kinds as office_kinds
from moodle_mentorship.roadmap import acts
from tests.conftest import NOW
from tests.factories import BOX, grant, make_mentor, make_papers, make_person
from tests.pairs.conftest import Two
from tests.roadmap.test_acts import RIGHT, put

KINDS = Kinds()
DAY = date(2026, 11, 24)
KINDS.add(*office_kinds.KINDS)


@pytest.fixture
def office(two: Two) -> Two:
    """A school with a clerk, and posts that everybody has."""
    clerk = make_person(
        two.session, two.school.id, 90, "Миронова Ольга Ильинична", now=NOW, position="Специалист по кадрам"
    )
    grant(two.session, clerk, Role.CLERK, NOW)
    return two


def written(two: Two, code: str, sent: Mapping[str, Any], school_id: int | None = None) -> list[str]:
    """The paragraphs and cells of a document for which a form has sent this."""
    kind = KINDS.of(code)
    school_id = school_id or two.school.id
    params = fields.load(two.session, school_id, kind.fields, sent)
    return texts(kind, kind.compose(two.session, school_id, params, DAY).values)


def texts(kind: DocumentKind, values: Mapping[str, Any]) -> list[str]:
    document = Document(io.BytesIO(render(docx.layout(kind.layout), values, Stamp())))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    found = [text.replace("\N{NO-BREAK SPACE}", " ") for text in [*(p.text for p in document.paragraphs), *cells]]
    assert not any("{" in text for text in found)
    return found


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.code)
def test_a_sample_has_every_name_that_a_layout_uses(kind: DocumentKind) -> None:
    assert texts(kind, kind.sample())


def test_the_curator_and_the_council(office: Two) -> None:
    members = office.school.teachers[:2]
    found = written(
        office,
        "curator_order",
        {
            "curator": str(office.school.curator.id),
            "council": [str(person.id) for person in members],
            "chair": str(members[0].id),
            "report_until": "2027-05-31",
        },
    )
    assert "О назначении куратора наставничества и создании совета наставников на 2026/27 учебный год" in found
    assert "1. Назначить куратором наставничества Соколову Елену Викторовну, заместителя директора." in found
    assert any(text.startswith("2. Соколовой Елене Викторовне, заместителю директора, вести банки") for text in found)
    assert any(text.endswith("аналитический отчёт по итогам учебного года в срок до 31 мая 2027 г.") for text in found)
    assert "– Белова Марина Павловна, учитель – председатель совета;" in found
    assert any(text.startswith("4. Соколовой Елене Викторовне, заместителю директора, ознакомить") for text in found)
    assert found.index("ПРИКАЗЫВАЮ:") < found.index("Лист ознакомления")
    alone = written(office, "curator_order", {"curator": str(office.school.curator.id)})
    assert "О назначении куратора наставничества на 2026/27 учебный год" in alone
    assert not any("совет наставников" in text for text in alone)


def replaced(two: Two) -> Pair:
    """A pair whose mentor is replaced by another one, both sides agreed."""
    old = two.ordered()
    new = make_person(two.session, two.school.id, 91, "Ткач Пётр Ильич", now=NOW, position="Учитель физики")
    make_mentor(two.session, new, NOW, 1)
    make_papers(two.session, new, two.mentee, NOW)
    pairs.end(two.session, Jobs(), two.curator, old.id, EndReason.MENTOR_REFUSED, NOW)
    pair = pairs.replace(two.session, Jobs(), two.curator, old.id, mentor_person_id=new.id, now=NOW)
    for side, person in ((Side.MENTOR, new), (Side.MENTEE, two.mentee)):
        pairs.answer(two.session, two.school.actor(person), pair.id, side, Answer.YES, NOW)
    return pair


def test_another_mentor(office: Two) -> None:
    pair = replaced(office)
    found = written(office, "replacement_order", {"pair": str(pair.id), "programmes_until": "2026-12-10"})
    assert (
        "1. Освободить Белову Марину Павловну, учителя, от выполнения работы по наставничеству с 24 ноября 2026 г. "
        "в отношении Зайцева Павла Андреевича, учителя (приказ от 24 ноября 2026 г. № 143-ОД)." in found
    )
    assert any(
        text.startswith("2. Назначить Ткача Петра Ильича, учителя физики, наставником Зайцева Павла Андреевича")
        for text in found
    )
    assert any(
        text.startswith("3. Ткачу Петру Ильичу, учителю физики, внести изменения")
        and text.endswith("в срок до 10 декабря 2026 г.")
        for text in found
    )
    assert any(text.startswith("4. Мироновой Ольге Ильиничне, специалисту по кадрам, оформить") for text in found)


AIM = "В целях реализации системы (целевой модели) наставничества педагогических работников"
SIGNED = "и на основании письменных согласий работников"
REFUSED = "На основании заявления наставника о досрочном отказе от выполнения работы"
CANCELLED = "В связи с досрочной отменой поручения о выполнении работы по наставничеству"
ARTICLE = "351.8 Трудового кодекса Российской Федерации"
KNOWN = "положением о наставничестве от 30 августа 2026 г. № 17"


def test_a_preamble_cites_what_applies_to_the_mentors_and_the_regulation_in_force(office: Two, other_two: Two) -> None:
    """ст. 351.8 applies to an assignment alone (Роструд, 02.10.2025 № ТЗ/7300-6-1)."""
    pair = replaced(office)

    def of(basis: Basis, old: Basis | None = None) -> list[str]:
        for mentor in office.session.query(Mentor):
            mentor.basis = old if old and mentor.person_id == office.mentor.id else basis
        sent = {"pair": str(pair.replaces_pair_id)}
        found = [
            *written(office, "replacement_order", {"pair": str(pair.id)}),
            *written(office, "end_order", sent | {"ground": "mentor_refused"}),
            *written(office, "end_order", sent | {"ground": "cancelled"}),
        ]
        return [text for text in found if text.startswith((AIM, REFUSED, CANCELLED))]

    by_article = [f"{REFUSED} (статья {ARTICLE})", f"{CANCELLED} (статья {ARTICLE})"]
    assert of(Basis.ASSIGNMENT) == [f"{AIM}, в соответствии со статьёй {ARTICLE} {SIGNED}", *by_article]
    assert of(Basis.JOB_DUTY, Basis.EXTERNAL_CONTRACT) == [
        f"{AIM}, в соответствии с трудовым договором наставника, договором с наставником {SIGNED}",
        REFUSED,
        CANCELLED,
    ]
    # Another school's register, another act, what is not yet in force or no longer: none of these.
    put(office.session, other_two.school, title="Положение о наставничестве")
    put(office.session, office.school, title="Положение о доплатах")
    act = put(office.session, office.school, title="Положение о наставничестве", number="9", dated=date(2025, 8, 30))
    (edition,) = acts.editions(office.session, office.school.id, act.id)
    edition.in_force_from, edition.in_force_until = date(2025, 9, 1), date(2026, 11, 23)
    put(office.session, office.school, title="Положение о наставничестве 2027", in_force_from=date(2026, 11, 25))
    assert of(Basis.ASSIGNMENT)[1:] == by_article
    said_of = {"in_force_from": DAY, "number": "17", "dated": date(2026, 8, 30), "in_force_until": None}
    acts.renew(office.session, BOX, office.curator, act.id, said_of, RIGHT, "2.txt", NOW)
    assert of(Basis.ASSIGNMENT) == [
        f"{AIM}, в соответствии со статьёй {ARTICLE}, {KNOWN} {SIGNED}",
        *(f"{text} и в соответствии с {KNOWN}" for text in by_article),
    ]
    assert of(Basis.JOB_DUTY)[0] == f"{AIM}, в соответствии с трудовыми договорами наставников, {KNOWN} {SIGNED}"
    curator = written(office, "curator_order", {"curator": str(office.school.curator.id)})
    assert f"{AIM} и в соответствии с {KNOWN}" in curator


def test_a_pair_that_replaces_none_is_not_offered(office: Two) -> None:
    pair = office.agreed()
    with pytest.raises(Invalid):
        written(office, "replacement_order", {"pair": str(pair.id)})


def test_an_early_end(office: Two) -> None:
    pair = office.ordered()
    sent = {"pair": str(pair.id), "ground": "mentor_refused"}
    found = written(office, "end_order", sent)
    assert any(text.startswith("На основании заявления наставника о досрочном отказе") for text in found)
    # Nobody said from which day on.
    assert (
        "1. Прекратить досрочно с «____» ______________ 20____ г. наставничество Беловой Марины Павловны, учителя, "
        "в отношении Зайцева Павла Андреевича, учителя (приказ от 24 ноября 2026 г. № 143-ОД)." in found
    )
    assert any(
        "с 1 декабря 2026 г. наставничество" in text
        for text in written(office, "end_order", sent | {"ends_on": "2026-12-01"})
    )


def test_the_schools_own_will_needs_a_notice(office: Two) -> None:
    pair = office.ordered()
    kind, day = KINDS.of("end_order"), date(2026, 11, 24)

    def missing(said: Mapping[str, Any]) -> list[str]:
        draft = Row(school_id=office.school.id, kind=kind.code, params=dict(said))
        return [one.who for one in kind.obstacles(office.session, draft, day)]

    params = {"pair": str(pair.id), "ground": "cancelled", "ends_on": None, "acquaint_until": None}
    assert missing(params) == ["Белова\xa0М.\xa0П."]
    pairs.warn(*(office.session, office.curator, pair.id), warned_on=day, may_end_on=None, today=day, now=NOW)
    assert not missing(params)
    # Wednesday, Thursday, Friday: the 28th is the first day that may be.
    early = params | {"ends_on": "2026-11-27"}
    assert len(missing(early)) == 1
    assert not missing(params | {"ends_on": "2026-11-28"})
    # A refusal of the mentor's own waits for nothing.
    assert not missing(early | {"ground": "mentor_refused"})


def test_the_additional_agreement(office: Two) -> None:
    office.agreed()
    found = written(office, "mentor_agreement", {"mentor": str(office.mentor.id), "contract_number": "12"})
    assert "К трудовому договору от «____» ______________ 20____ г. № 12" in found
    assert any("(далее – Работодатель) в лице директора Орлова Петра Ильича, действующего" in text for text in found)
    assert "– Зайцева Павла Андреевича, учителя, на срок с 1 декабря 2026 г. по 31 мая 2027 г." in found
    assert any("не менее чем за 3 (три) рабочих дня." in text for text in found)
    assert any(text.startswith("4. Размер и условия оплаты: _____") for text in found)
    paid = written(office, "mentor_agreement", {"mentor": str(office.mentor.id), "payment": "3 000 рублей в месяц"})
    assert "4. Размер и условия оплаты: 3 000 рублей в месяц." in paid


def test_only_an_assignment_has_an_agreement(office: Two) -> None:
    office.agreed()
    kind = KINDS.of("mentor_agreement")
    (field,) = [field for field in kind.fields if field.name == "mentor"]
    assert field.offered is not None
    assert [offer.value for offer in field.offered(office.session, office.school.id)] == [str(office.mentor.id)]
    office.session.query(Mentor).update({"basis": Basis.JOB_DUTY})
    assert not field.offered(office.session, office.school.id)


EVENT = {
    "title": "конкурс наставнических практик «Вместе»",
    "day": "2027-05-20",
    "time": "14:00",
    "place": "актовый зал",
    "programme": "Открытие\nПрактики\nПодведение итогов",
}


def test_the_closing_event(office: Two) -> None:
    judge = office.school.teachers[0]
    sent = EVENT | {"responsible": str(office.school.curator.id), "jury": [str(judge.id)]}
    found = written(office, "closing_event_order", sent)
    assert (
        "1. Провести 20 мая 2027 г. в 14:00 конкурс наставнических практик «Вместе». Место проведения: актовый зал."
        in found
    )
    assert any(text.endswith("мероприятия Соколову Елену Викторовну, заместителя директора.") for text in found)
    assert [
        text
        for text in found
        if text in {"Программа мероприятия", "1. Открытие", "2. Практики", "3. Подведение итогов"}
    ] == ["Программа мероприятия", "1. Открытие", "2. Практики", "3. Подведение итогов"]
    assert "– Белова Марина Павловна, учитель." in found


def test_payments(office: Two) -> None:
    office.ordered()
    sent = {"period": "за декабрь 2026 года", "ground": "положением об оплате труда"}
    mentor = str(office.mentor.id)
    found = written(office, "payments_order", sent | {"sums": {mentor: "3 000"}})
    assert "О выплатах за наставничество за декабрь 2026 года" in found
    assert "– Беловой Марине Павловне, учителю, – 3 000 (три тысячи) рублей." in found
    blank = written(office, "payments_order", sent | {"sums": {}})
    assert "– Беловой Марине Павловне, учителю, – ________________ рублей." in blank
    with pytest.raises(Invalid):
        written(office, "payments_order", sent | {"sums": {mentor: "много"}})


def test_the_programme(office: Two) -> None:
    pair = office.agreed()
    found = written(office, "programme", {"pair": str(pair.id), "tasks": "Первая\nВторая"})
    assert "Наставник: Белова Марина Павловна, учитель" in found
    assert "Срок реализации: с 1 декабря 2026 г. по 31 мая 2027 г." in found
    assert {"– Первая", "– Вторая", "УТВЕРЖДАЮ", "Работа с родителями"} <= set(found)


def test_a_letter_has_a_page_for_each(office: Two) -> None:
    people = [str(person.id) for person in office.school.teachers[:2]]
    sent = {"to": people, "about": "О приглашении на конкурс", "text": "Приглашаем Вас.", "day": "2027-05-20"}
    found = written(office, "invitation", sent)
    assert "Беловой Марине Павловне, учителю" in found
    assert {"Уважаемая Марина Павловна!", "Уважаемый Павел Андреевич!"} <= set(found)
    assert found.count("Дата: 20 мая 2027 г.") == 2
    there = written(office, "invitation", sent | {"place": "актовый зал"})
    assert there.count("Дата: 20 мая 2027 г. Место: актовый зал.") == 2
    timed = written(office, "invitation", sent | {"place": "актовый зал", "time": "14:00"})
    assert timed.count("Дата: 20 мая 2027 г. в 14:00. Место: актовый зал.") == 2


def test_nobody_of_another_school_and_no_pair_of_theirs(office: Two, other_two: Two) -> None:
    theirs = other_two.agreed()
    with pytest.raises(Invalid):
        written(office, "curator_order", {"curator": str(other_two.mentor.id)})
    with pytest.raises(Invalid):
        written(office, "programme", {"pair": str(theirs.id)})
    kind = KINDS.of("programme")
    with pytest.raises(NothingToSay):
        kind.compose(office.session, office.school.id, {"pair": str(theirs.id), "aim": None, "tasks": ""}, DAY)
