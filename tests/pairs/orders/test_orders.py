"""The order that fixes pairs: begun by one click, its gate, what becomes of its pairs when it is registered."""

import io
from collections.abc import Callable
from datetime import date
from threading import Barrier, Thread

import pytest
from docx import Document as Word
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import Conflict, NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import errors
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.service.signing import Evidence
from moodle_mentorship.moodle.to_people import PLUGIN_FROM
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, PairState, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.orders import queries, service, wording
from moodle_mentorship.pairs.orders.errors import PairsTaken
from moodle_mentorship.pairs.orders.kind import pairs_order
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys.ready import THEMES
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.documents.conftest import TODAY, check_url
from tests.factories import (
    BOX,
    PDF,
    TestSchool,
    grant,
    make_mentee,
    make_mentor,
    make_order,
    make_papers,
    make_person,
    make_school,
)
from tests.pairs.conftest import ORDER, Two, make_two
from tests.pairs.groups.conftest import make_several
from tests.roadmap.test_acts import put

Csrf = Callable[[FlaskClient], str]

KINDS = Kinds()
KINDS.add(pairs_order(lambda _document: ""))


def another(two: Two, number: int, names: tuple[str, str], *, with_papers: bool = True) -> Pair:
    """One pair more on whom both have agreed."""
    mentor, mentee = (
        make_person(two.session, two.school.id, 100 + 2 * number + side, name, now=NOW, position="учитель физики")
        for side, name in enumerate(names)
    )
    make_mentor(two.session, mentor, NOW, 1)
    make_mentee(two.session, mentee, NOW)
    if with_papers:
        make_papers(two.session, mentor, mentee, NOW)
    return agree(two, mentor, mentee)


def agree(two: Two, mentor: Person, mentee: Person) -> Pair:
    pair = two.propose(mentor_person_id=mentor.id, mentee_person_id=mentee.id)
    for side, person in ((Side.MENTOR, mentor), (Side.MENTEE, mentee)):
        pairs.answer(two.session, two.school.actor(person), pair.id, side, Answer.YES, NOW)
    two.session.commit()
    return pair


def moment(two: Two) -> Moment:
    return Moment(two.session, Jobs(), two.curator, TODAY, NOW)


def prepared(two: Two) -> Document:
    draft = service.prepare(two.session, KINDS, two.curator, NOW)
    two.session.commit()
    return draft


def laid(two: Two, draft: Document | None = None) -> Document:
    draft = prepared(two) if draft is None else draft
    return documents.lay(KINDS, BOX, moment(two), draft.id)


def registered(two: Two, document: Document | None = None) -> Document:
    document = laid(two) if document is None else document
    documents.sign(BOX, moment(two), document.id, TODAY, Evidence(scan=(PDF, "order.pdf")))
    return documents.register(KINDS, BOX, moment(two), document.id, "143-ОД", check_url)


def texts(response: TestResponse) -> list[str]:
    document = Word(io.BytesIO(response.get_data()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in [*(p.text for p in document.paragraphs), *cells]]


def highlighted(response: TestResponse) -> list[str]:
    document = Word(io.BytesIO(response.get_data()))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    return [run.text for run in runs if run.font.highlight_color is not None and run.text]


def plain(response: TestResponse) -> str:
    return response.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_draft_names_everybody_in_the_right_case(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    another(two, 2, ("Заяц Олег Ильич", "Ким Анна Львовна"))
    address = f"/documents/{prepared(two).id}"
    client = sign_in(two.school, two.school.director)
    response = client.get(f"{address}/document.docx")
    found = texts(response)
    assert "– Ткача Петра Ильича, учителя физики." in found
    assert "– Белову Марину Павловну, учителя;" in found
    assert "Ткач Пётр Ильич, учитель физики" in found
    assert "Цой Вера Ильинична, учитель физики" in found
    assert "01.12.2026 – 31.05.2027" in found
    assert two.school.school.full_name in found
    assert "г. Светлоозёрск" in found
    # All six stand in the acquaintance sheet.
    assert (
        sum(text in {"Ткач Пётр Ильич", "Цой Вера Ильинична", "Заяц Олег Ильич", "Ким Анна Львовна"} for text in found)
        == 4
    )
    assert not any("{" in text for text in found)
    # What nobody can be sure of is marked, and only that.
    assert highlighted(response) == ["Зайца Олега Ильича, учителя физики"]
    warned, _, paper = client.get(address).text.partition("k-desk")
    assert "Зайца Олега Ильича" in warned
    assert "Ткача" not in warned
    assert "<mark>Зайца Олега Ильича, учителя физики</mark>" in paper


def test_a_name_of_any_kind_stands_on_each_sheet_as_it_is_read(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    marked, long = "<w:br/>{{doc.number}}&amp; \u202eВера\u0007 {%if", f"{'Ы' * 200} Анна {'Ю' * 94}"
    assert len(long) == 300
    another(two, 1, (marked, long))
    address = f"/documents/{prepared(two).id}"
    client = sign_in(two.school, two.school.director)
    word = client.get(f"{address}/document.docx")
    pdf = PdfReader(io.BytesIO(client.get(f"{address}/document.pdf").get_data()))
    # Lines end within a name that is longer than they are.
    drawn = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    for seen in (marked.replace("\u202e", "").replace("\u0007", ""), long):
        # In the annex and in the acquaintance sheet.
        assert sum(seen in text for text in texts(word)) >= 2
        assert drawn.count("".join(seen.split())) >= 2
    assert "\u202e" not in "".join([*texts(word), drawn])
    page = client.get(address)
    assert page.status_code == 200
    assert "&lt;w:br/&gt;{{doc.number}}&amp;amp;" in page.text
    assert "<w:br/>" not in page.text


def draft_of(two: Two, sign_in: SignIn) -> list[str]:
    """The texts of the draft on all pairs that are agreed."""
    client = sign_in(two.school, two.school.curator)
    return texts(client.get(f"/documents/{prepared(two).id}/document.docx"))


def test_each_point_says_who_does_what_until_when(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    clerk = make_person(
        two.session, two.school.id, 90, "Миронова Ольга Ильинична", now=NOW, position="Специалист по кадрам"
    )
    grant(two.session, clerk, Role.CLERK, NOW)
    found = draft_of(two, sign_in)
    (curator,) = [text for text in found if "ознакомить работников" in text]
    assert "в течение 3 (трёх) рабочих дней со дня подписания настоящего приказа." in curator
    assert (
        "5. Мироновой Ольге Ильиничне, специалисту по кадрам, оформить с наставниками дополнительные соглашения "
        "к трудовым договорам (статья 351.8 Трудового кодекса Российской Федерации) "
        "в течение 3 (трёх) рабочих дней со дня подписания настоящего приказа." in found
    )
    assert "6. Контроль за исполнением настоящего приказа оставляю за собой." in found
    # Her visa is asked for as well.
    assert "О. И. Миронова" in found


def test_deadlines_are_working_days(session: Session, two: Two) -> None:
    pair = two.agreed()
    days = wording.usual_deadlines(session, two.school.id, date(2026, 12, 29))
    # The 30th is worked, the 31st and ten days of January are not.
    assert days["acquaint_until"] == "2027-01-12"
    composed = wording.order_on(session, two.school.id, [pair], {}, days, TODAY)
    told = ["".join(run["text"] for run in point["runs"]) for point in composed.values["points"]]
    assert any(text.endswith("в срок до\xa012\xa0января\xa02027\xa0г.") for text in told)


def test_deadlines_and_who_is_in_control_are_typed_before_the_order_is_laid(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two, other_school: TestSchool
) -> None:
    pair = two.agreed()
    draft = prepared(two)
    address = f"/documents/{draft.id}"
    client = sign_in(two.school, two.school.curator)
    assert f'href="{address}/edit"' in client.get(address).text
    # What is usual is proposed, and comes into the order only when it is saved.
    form = client.get(f"{address}/edit").text
    usual = wording.usual_deadlines(session, two.school.id, TODAY)
    assert all(f'value="{day}"' in form for day in usual.values())
    assert "в течение 10 (десяти) рабочих дней" in " ".join(texts(client.get(f"{address}/document.docx")))
    typed = {
        "csrf_token": csrf(client),
        "version": "1",
        "programmes_until": "2026-12-14",
        "agreements_until": "2026-12-01",
        "acquaint_until": "2026-11-30",
        "in_control": str(two.school.curator.id),
    }

    def refused(**changes: str) -> str:
        answer = client.post(f"{address}/edit", data=typed | changes)
        assert answer.status_code == 422
        return plain(answer)

    assert "Это выходной или праздничный день" in refused(programmes_until="2026-12-13")
    assert "Этот день уже прошёл" in refused(agreements_until="2026-11-23")
    assert "Это раньше дня, до которого все знакомятся с приказом" in refused(acquaint_until="2026-12-02")
    assert refused(in_control=str(other_school.curator.id))
    assert client.post(f"{address}/edit", data=typed).location == address
    session.expire_all()
    assert draft.params["pair_ids"] == [pair.id]
    found = texts(client.get(f"{address}/document.docx"))
    told = " ".join(found)
    assert "в срок до 14 декабря 2026 г." in told
    assert "возложить на Соколову Е. В., заместителя директора." in told
    # Who is in control reads the order, too.
    assert two.school.curator.full_name in found
    # Saved empty it counts from its own date again; the form proposes nothing any more.
    emptied = dict.fromkeys((*usual, "in_control"), "")
    client.post(f"{address}/edit", data=typed | emptied | {"version": "2"})
    assert "оставляю за собой" in " ".join(texts(client.get(f"{address}/document.docx")))
    assert usual["programmes_until"] not in client.get(f"{address}/edit").text


def test_the_order_is_begun_on_its_own_page_alone(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    two.agreed()
    client = sign_in(two.school, two.school.curator)
    assert 'href="/pairs/order/"' in client.get("/documents/new").text.partition("<main")[2]
    assert client.post("/documents/new/pairs_order", data={"csrf_token": csrf(client)}).status_code == 404


def test_of_a_duty_of_the_post_no_agreement_is_ordered(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    two.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    found = draft_of(two, sign_in)
    assert not any("дополнительные соглашения" in text for text in found)
    # Nor does the order rest on the article about assignments.
    assert not any("351.8" in text for text in found)
    (preamble,) = [text for text in found if text.startswith("В целях реализации")]
    assert "с трудовым договором наставника, положением о системе наставничества" in preamble


def test_the_order_names_the_article_and_the_regulation_in_force(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    put(two.session, two.school, title="Положение «О наставничестве»")
    client = sign_in(two.school, two.school.curator)
    document = Word(io.BytesIO(client.get(f"/documents/{prepared(two).id}/document.docx").get_data()))
    (preamble,) = [p.text for p in document.paragraphs if p.text.startswith("В целях реализации")]
    # What belongs together isn't torn at the end of a line.
    assert "со\xa0статьёй\xa0351.8 Трудового кодекса" in preamble
    assert "положением «О наставничестве» от\xa030\xa0августа\xa02026\xa0г. №\xa017 и на основании" in preamble


def test_members_of_a_group_stand_in_the_annex_with_its_theme(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    several = make_several(session, school)
    group = several.agreed()
    session.commit()
    client = sign_in(school, school.curator)
    title = dict(THEMES)[group.theme]
    assert f"Группа «{title}»" in plain(client.get("/pairs/order/"))
    draft = service.prepare(session, KINDS, school.actor(), NOW)
    session.commit()
    found = texts(client.get(f"/documents/{draft.id}/document.docx"))
    assert sum(f"группа по теме «{title}»" in text for text in found) == group.members_open


def test_one_click_begins_the_draft_and_a_second_finds_it(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    pair = two.agreed()
    session.commit()
    client = sign_in(two.school, two.school.curator)
    sent = {"csrf_token": csrf(client)}
    first = client.post("/pairs/order/prepare", data=sent)
    draft = session.scalars(select(Document)).one()
    assert (first.status_code, first.location) == (303, f"/documents/{draft.id}?done=order_begun")
    assert draft.params == {"pair_ids": [pair.id]}
    # They stand in one already.
    again = client.post("/pairs/order/prepare", data=sent)
    assert (again.status_code, "nothing_to_say" in again.text) == (409, True)
    page = plain(client.get("/pairs/order/"))
    assert f'href="/documents/{draft.id}"' in page
    assert "Подготовить приказ" not in page


def test_the_gate_names_whose_paper_is_missing_and_a_pair_may_be_taken_out(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    good, lacking = two.agreed(), another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"), with_papers=False)
    draft = prepared(two)
    client = sign_in(two.school, two.school.curator)
    sent = {"csrf_token": csrf(client), "version": "1"}
    page = plain(client.get(f"/documents/{draft.id}"))
    assert "До передачи на подпись не хватает: 3" in page
    assert f"/consents/people/{lacking.mentee_person_id}/record?document=processing_mentee" in page
    assert "Передать на подпись" not in page
    refused = client.post(f"/documents/{draft.id}/lay", data=sent)
    assert (refused.status_code, "не хватает: 3" in plain(refused)) == (409, True)
    out = client.post(f"/pairs/order/{draft.id}/take-out/{lacking.id}", data=sent)
    assert out.status_code == 303
    # Two who change it at once: the second is told.
    assert client.post(f"/pairs/order/{draft.id}/take-out/{good.id}", data=sent).status_code == 409
    assert client.post(f"/documents/{draft.id}/lay", data=sent).status_code == 303
    session.expire_all()
    assert draft.state is DocumentState.FOR_SIGNATURE
    assert [pair.id for pair in queries.of_order(session, two.school.id, draft.id)] == [good.id]
    assert [pair.id for pair in queries.free(session, two.school.id)] == [lacking.id]


def test_what_has_gone_out_of_date_since_it_was_typed_holds_the_draft(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    two.agreed()
    draft = prepared(two)
    address = f"/documents/{draft.id}"
    client = sign_in(two.school, two.school.curator)
    controller = make_person(session, two.school.id, 300, "Орлова Анна Ильинична", now=NOW, position="завуч")
    days = {"programmes_until": TODAY, "agreements_until": TODAY, "acquaint_until": TODAY}
    draft.params = {
        **draft.params,
        **{name: day.isoformat() for name, day in days.items()},
        "in_control": controller.id,
    }
    session.commit()
    assert "Передать на подпись" in plain(client.get(address))
    # The draft lay over the day, and a person left meanwhile.
    draft.params = {**draft.params, "acquaint_until": "2026-11-23", "agreements_until": "2026-11-20"}
    controller.status = StaffStatus.LEFT
    session.commit()
    page = plain(client.get(address))
    assert "До передачи на подпись не хватает: 3" in page
    assert "Другой срок ознакомления" in page
    assert "Другой срок дополнительных соглашений" in page
    assert "Другой срок программ" not in page
    assert "Другой ответственный за контроль" in page
    assert "Орлова А. И." in page
    assert page.count(f'href="{address}/edit"') == 4
    refused = client.post(f"{address}/lay", data={"csrf_token": csrf(client)})
    assert (refused.status_code, "не хватает: 3" in plain(refused)) == (409, True)
    emptied = dict.fromkeys((*days, "in_control"), "")
    client.post(f"{address}/edit", data={"csrf_token": csrf(client), "version": "1", **emptied})
    assert client.post(f"{address}/lay", data={"csrf_token": csrf(client)}).status_code == 303


def test_whoever_lacks_a_paper_is_reminded_from_the_drafts_page(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    two.school.site.plugin_version = PLUGIN_FROM
    pair = another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"), with_papers=False)
    address = f"/documents/{prepared(two).id}"
    client = sign_in(two.school, two.school.curator)
    # Each missing paper is printed by itself, ready for its own pen.
    for person, document in (
        (pair.mentor, "processing_mentor"),
        (pair.mentee, "processing_mentee"),
    ):
        link = f"/consents/people/{person.id}/paper.docx?document={document}"
        assert link in client.get(address).text
        assert any(person.full_name in text for text in texts(client.get(link)))
    sent = {"csrf_token": csrf(client), "back": address}
    ids = [str(pair.mentor_person_id), str(pair.mentee_person_id)]
    page = plain(client.get(address))
    assert all(f'name="person_ids" value="{number}"' in page for number in ids)
    assert "Напомнить 2 людям в Moodle" in page
    # One for each of the two, whatever they lack, and one for both.
    assert page.count('action="/consents/remind"') == 3
    asked = client.post("/consents/remind", data=sent | {"person_ids": ids})
    assert (asked.status_code, asked.location) == (303, f"{address}?done=consent_reminded")
    page = plain(client.get(address))
    # The ground of a mentor's work is the school's own to say.
    assert page.count("напомнили 24 ноября") == page.count("/record?document=")
    assert 'name="person_ids"' not in page
    # The director reads what is missing and is offered nothing that only the curator may do.
    page = plain(sign_in(two.school, two.school.director).get(address))
    assert "напомнили 24 ноября" in page
    assert "/consents/" not in page.partition("<main")[2]


def test_who_agrees_later_is_put_in_by_one_click(session: Session, two: Two) -> None:
    first = two.agreed()
    draft = prepared(two)
    second = another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    service.put_in(session, KINDS, two.curator, draft.id, draft.version, NOW)
    assert draft.params["pair_ids"] == sorted([first.id, second.id])
    with pytest.raises(errors.NothingToSay):
        service.prepare(session, KINDS, two.curator, NOW)


def test_a_pair_stands_in_one_order(session: Session, two: Two) -> None:
    pair = two.agreed()
    draft = prepared(two)
    with pytest.raises(PairsTaken):
        documents.begin(session, KINDS, two.curator, queries.KIND, {"pair_ids": [pair.id, 0]}, NOW)
    session.rollback()
    documents.discard(session, KINDS, two.curator, draft.id, NOW)
    assert prepared(two).params == {"pair_ids": [pair.id]}


def test_of_two_curators_at_once_one_begins_the_order(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        two = make_two(session, make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW))
        two.agreed()
    start, said = Barrier(2), list[str]()

    def curator() -> None:
        start.wait()
        try:
            with database.unit_of_work() as session:
                service.prepare(session, KINDS, two.curator, NOW)
            said.append("begun")
        except (Conflict, errors.NothingToSay):
            said.append("late")

    threads = [Thread(target=curator) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["begun", "late"]
    with database.unit_of_work(read_only=True) as session:
        assert len(session.scalars(select(Document)).all()) == 1
    database.engine.dispose()


def test_registered_the_order_brings_its_pairs_to_work(session: Session, two: Two) -> None:
    both = [two.agreed(), another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))]
    order = registered(two)
    assert {(pair.state, pair.order_number, pair.order_date) for pair in both} == {(PairState.ORDERED, "143-ОД", TODAY)}
    assert queries.unfixed(session, two.school.id) == []
    assert queries.order_of(session, two.school.id, both[0].id) is order


def test_a_signed_paper_is_a_fact_whatever_has_become_of_a_pair(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    good = two.agreed()
    withdrawn = another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    without_paper = another(two, 2, ("Заяц Олег Ильич", "Ким Анна Львовна"))
    document = laid(two)
    pairs.withdraw(session, two.curator, withdrawn.id, NOW)
    session.scalars(select(Mentor).where(Mentor.person_id == without_paper.mentor_person_id)).one().basis = None
    order = registered(two, document)
    session.commit()
    assert [pair.state for pair in (good, withdrawn, without_paper)] == [
        PairState.ORDERED,
        PairState.WITHDRAWN,
        PairState.AGREED,
    ]
    assert queries.unfixed(session, two.school.id) == [(order, 2)]
    client = sign_in(two.school, two.school.curator)
    token = {"csrf_token": csrf(client)}
    assert "2 пары из подписанного приказа не начали работу" in plain(client.get("/"))
    assert plain(client.get(f"/documents/{order.id}")).count("Учтено<") == 2
    assert client.post(f"/pairs/order/{order.id}/settle/{good.id}", data=token).status_code == 404
    assert client.post(f"/pairs/order/{order.id}/settle/{withdrawn.id}", data=token).status_code == 303
    # The paper is there again: the curator enters the order by hand, and it is no task any more.
    make_papers(session, without_paper.mentor, without_paper.mentee, NOW)
    pairs.order(session, Jobs(), two.curator, without_paper.id, now=NOW, **ORDER)
    assert queries.unfixed(session, two.school.id) == []


def test_a_cancelled_order_keeps_what_it_fixed_and_lets_the_others_go(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    good = two.agreed()
    left = another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    document = laid(two)
    session.scalars(select(Mentor).where(Mentor.person_id == left.mentor_person_id)).one().basis = None
    order = registered(two, document)
    make_order(session, BOX, two.school.id, two.school.director, two.school.teachers[0], NOW, "144-ОД")
    session.commit()
    by = session.scalars(select(Document.id).where(Document.number == "144-ОД")).one()
    client = sign_in(two.school, two.school.curator)
    page = plain(client.get(f"/documents/{order.id}/cancel"))
    assert "1 пара из приказа продолжит работу" in page
    assert "1 пару, которую приказ закрепить не смог, можно будет включить в другой" in page
    answer = client.post(f"/documents/{order.id}/cancel", data={"csrf_token": csrf(client), "by_id": by})
    assert answer.status_code == 303
    session.expire_all()
    assert (good.state, good.order_number) == (PairState.ORDERED, "143-ОД")
    assert [pair.id for pair in queries.of_order(session, two.school.id, order.id)] == [good.id]
    assert [pair.id for pair in queries.free(session, two.school.id)] == [left.id]


def test_who_is_not_agreed_any_more_falls_out_of_the_draft(sign_in: SignIn, session: Session, two: Two) -> None:
    pair = two.agreed()
    draft = prepared(two)
    pairs.withdraw(session, two.curator, pair.id, NOW)
    session.commit()
    page = plain(sign_in(two.school, two.school.curator).get(f"/documents/{draft.id}"))
    assert "больше нет оснований" in page
    with pytest.raises(errors.NothingToSay):
        laid(two, draft)


def test_a_pair_withdrawn_before_the_laying_is_not_the_orders_any_more(session: Session, two: Two) -> None:
    two.agreed()
    gone = another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    draft = prepared(two)
    pairs.withdraw(session, two.curator, gone.id, NOW)
    registered(two, laid(two, draft))
    assert queries.unfixed(session, two.school.id) == []


def test_nothing_to_order_teaches(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    client = sign_in(two.school, two.school.curator)
    assert "Пока нет пар для приказа" in plain(client.get("/pairs/order/"))
    assert client.post("/pairs/order/prepare", data={"csrf_token": csrf(client)}).status_code == 409


def test_the_director_reads_and_prepares_nothing(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    two.agreed()
    client = sign_in(two.school, two.school.director)
    assert "/pairs/order/prepare" not in client.get("/pairs/order/").text
    assert client.post("/pairs/order/prepare", data={"csrf_token": csrf(client)}).status_code == 403


def test_another_school_neither_reads_nor_changes(sign_in: SignIn, csrf: Csrf, two: Two, other_two: Two) -> None:
    pair, draft = two.agreed(), prepared(two)
    client = sign_in(other_two.school, other_two.school.curator)
    sent = {"csrf_token": csrf(client), "version": "1"}
    assert pair.mentor.last_name not in client.get("/pairs/order/").text
    for act in (f"take-out/{pair.id}", "put-in", f"settle/{pair.id}"):
        assert client.post(f"/pairs/order/{draft.id}/{act}", data=sent).status_code == 404
    with pytest.raises(NotFound):
        service.take_out(two.session, KINDS, other_two.curator, draft.id, 1, pair.id, NOW)


def test_pages_cost_the_same_for_many(sign_in: SignIn, runtime: Runtime, two: Two) -> None:
    two.agreed()
    draft = prepared(two)
    client = sign_in(two.school, two.school.curator)
    addresses = ("/pairs/order/", f"/documents/{draft.id}")
    few = [statements(runtime, lambda: client.get(address)) for address in addresses]  # noqa: B023 — called at once
    for number in range(1, 5):
        another(two, number, ("Ткач Пётр Ильич", "Цой Вера Ильинична"), with_papers=number % 2 == 0)
    service.put_in(two.session, KINDS, two.curator, draft.id, draft.version, NOW)
    two.session.commit()
    assert [statements(runtime, lambda: client.get(address)) for address in addresses] == few  # noqa: B023
