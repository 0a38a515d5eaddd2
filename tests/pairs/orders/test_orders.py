"""The order that fixes pairs: its draft, its gate, and its date and number for all of them at once."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs import errors
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, PairState, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.orders import service, wording
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys.ready import THEMES
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, grant, make_mentee, make_mentor, make_papers, make_person
from tests.pairs.conftest import ORDER, Two
from tests.pairs.groups.conftest import make_several

Csrf = Callable[[FlaskClient], str]


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


def texts(response: TestResponse) -> list[str]:
    document = Document(io.BytesIO(response.get_data()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in [*(p.text for p in document.paragraphs), *cells]]


def highlighted(response: TestResponse) -> list[str]:
    document = Document(io.BytesIO(response.get_data()))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    return [run.text for run in runs if run.font.highlight_color is not None and run.text]


def test_the_draft_names_everybody_in_the_right_case(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    another(two, 2, ("Заяц Олег Ильич", "Ким Анна Львовна"))
    client = sign_in(two.school, two.school.director)
    response = client.get("/pairs/order.docx")
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
    page = client.get("/pairs/order").text
    assert "Зайца Олега Ильича" in page
    assert "Ткача" not in page


def test_each_point_says_who_does_what_until_when(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    clerk = make_person(
        two.session, two.school.id, 90, "Миронова Ольга Ильинична", now=NOW, position="Специалист по кадрам"
    )
    grant(two.session, clerk, Role.CLERK, NOW)
    two.session.commit()
    found = texts(sign_in(two.school, two.school.director).get("/pairs/order.docx"))
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
    composed = wording.order_on(session, two.school.id, [pair], {}, days)
    told = ["".join(run["text"] for run in point["runs"]) for point in composed.values["points"]]
    assert any(text.endswith("в срок до\xa012\xa0января\xa02027\xa0г.") for text in told)


def test_of_a_duty_of_the_post_no_agreement_is_ordered(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    two.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    two.session.commit()
    found = texts(sign_in(two.school, two.school.curator).get("/pairs/order.docx"))
    assert not any("дополнительные соглашения" in text for text in found)


def test_members_of_a_group_stand_in_the_annex_with_its_theme(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    several = make_several(session, school)
    group = several.agreed()
    session.commit()
    client = sign_in(school, school.curator)
    found = texts(client.get("/pairs/order.docx"))
    title = dict(THEMES)[group.theme]
    assert sum(f"группа по теме «{title}»" in text for text in found) == group.members_open
    assert f"Группа «{title}»" in client.get("/pairs/order").text.replace("\N{NO-BREAK SPACE}", " ")


def test_who_lacks_a_paper_stays_out_and_the_page_says_whose(sign_in: SignIn, two: Two) -> None:
    two.agreed()
    another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"), with_papers=False)
    client = sign_in(two.school, two.school.curator)
    page = client.get("/pairs/order").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "В приказе: 1 пара" in page
    assert "Ещё не в приказе: 1 пара" in page
    assert not any("Ткач" in text for text in texts(client.get("/pairs/order.docx")))


def test_one_order_fixes_all(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    first, second = two.agreed(), another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"))
    client = sign_in(two.school, two.school.curator)
    data = {
        "csrf_token": csrf(client),
        "pair_ids": [first.id, second.id],
        "order_date": "2026-11-24",
        "order_number": "№ 143-ОД",
    }
    for _ in range(2):
        saved = client.post("/pairs/order", data=data)
        assert (saved.status_code, saved.location) == (303, "/pairs/?done=pairs_ordered")
    session.expire_all()
    assert {pair.state for pair in (first, second)} == {PairState.ORDERED}
    assert {pair.order_number for pair in (first, second)} == {"143-ОД"}
    assert "Пока нет пар для приказа" in client.get("/pairs/order").text


def test_all_or_none(session: Session, two: Two) -> None:
    first = two.agreed()
    second = another(two, 1, ("Ткач Пётр Ильич", "Цой Вера Ильинична"), with_papers=False)
    with pytest.raises(errors.PapersMissing):
        service.order_pairs(session, Jobs(), two.curator, [first.id, second.id], now=NOW, **ORDER)
    assert first.state is PairState.AGREED


def test_a_wrong_date_is_told_beside_the_field(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    pair = two.agreed()
    client = sign_in(two.school, two.school.curator)
    data = {"csrf_token": csrf(client), "pair_ids": [pair.id], "order_date": "2020-01-01", "order_number": "143-ОД"}
    response = client.post("/pairs/order", data=data)
    assert response.status_code == 422
    assert 'value="143-ОД"' in response.text
    assert "Перенесите дату из подписанного приказа" in response.text.replace("\N{NO-BREAK SPACE}", " ")
    session.expire_all()
    assert pair.state is PairState.AGREED


def test_no_pairs_no_draft(sign_in: SignIn, two: Two) -> None:
    client = sign_in(two.school, two.school.curator)
    assert "Пока нет пар для приказа" in client.get("/pairs/order").text
    assert client.get("/pairs/order.docx").status_code == 409


def test_the_director_reads_and_enters_nothing(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    pair = two.agreed()
    client = sign_in(two.school, two.school.director)
    assert 'name="order_number"' not in client.get("/pairs/order").text
    data = {"csrf_token": csrf(client), "pair_ids": [pair.id], "order_date": "2026-11-24", "order_number": "1"}
    assert client.post("/pairs/order", data=data).status_code == 403


def test_another_school_neither_reads_nor_orders(sign_in: SignIn, two: Two, other_two: Two) -> None:
    pair = two.agreed()
    assert pair.mentor.last_name not in sign_in(other_two.school, other_two.school.curator).get("/pairs/order").text
    with pytest.raises(NotFound):
        service.order_pairs(two.session, Jobs(), other_two.curator, [pair.id], now=NOW, **ORDER)
    assert pair.state is PairState.AGREED


def test_the_page_costs_the_same_for_many(sign_in: SignIn, runtime: Runtime, two: Two) -> None:
    two.agreed()
    client = sign_in(two.school, two.school.curator)
    one = statements(runtime, lambda: client.get("/pairs/order"))
    for number in range(1, 5):
        another(two, number, ("Ткач Пётр Ильич", "Цой Вера Ильинична"), with_papers=number % 2 == 0)
    assert statements(runtime, lambda: client.get("/pairs/order")) == one
