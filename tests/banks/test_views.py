"""Pages of the banks: who may, what they show, and that a list costs the same for one row and for thirty."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import service
from moodle_mentorship.banks.enums import Basis, MenteeState, MentorState, Why
from moodle_mentorship.banks.models import BankStep, Mentee, Mentor
from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.service import close_processing
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import MESSAGE, PLUGIN_FROM
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_mentee, make_mentor, make_person, make_round

Csrf = Callable[[FlaskClient], str]


def names(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]+>([^<]+)</a>', html)


def statements(runtime: Runtime, act: Callable[[], object]) -> int:
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    connection = runtime.db.session().get_bind()
    event.listen(connection.engine, "before_cursor_execute", counted)
    act()
    event.remove(connection.engine, "before_cursor_execute", counted)
    return count


@pytest.mark.parametrize("path", ["/banks/mentees", "/banks/mentors"])
def test_pages_are_the_curators(sign_in: SignIn, school: TestSchool, path: str) -> None:
    assert sign_in(school, school.curator).get(path).status_code == 200
    assert sign_in(school, school.director).get(path).status_code == 403
    assert sign_in(school, school.teachers[0]).get(path).status_code == 403


def test_empty_banks_lead_to_the_staff_list(sign_in: SignIn, school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    for path, title in (
        ("/banks/mentees", "В\u00a0банке наставляемых пока никого нет"),
        ("/banks/mentors", "В\u00a0банке наставников пока никого нет"),
    ):
        html = client.get(path).text
        assert (title in html, 'class="btn btn-primary" href="/staff/' in html) == (True, True)


def test_the_list_is_searched_filtered_and_sorted(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    for number, person in enumerate(school.teachers):
        make_mentee(session, person, NOW, MenteeState.WITHDRAWN if number == 3 else MenteeState.WAITING)
    make_mentee(session, other_school.teachers[0], NOW)
    client = sign_in(school, school.curator)
    assert names(client.get("/banks/mentees").text) == [
        "Белова Марина Павловна",
        "Зайцев Павел Андреевич",
        "Ким Вера",
    ]
    for search in ("ЗАЙЦ", "павел зайцев", "Зайцев П. А."):
        assert names(client.get("/banks/mentees", query_string={"q": search}).text) == ["Зайцев Павел Андреевич"]
    assert names(client.get("/banks/mentees?state=withdrawn").text) == ["Тихонов Игорь Сергеевич"]
    school.teachers[2].hire_date = school.teachers[0].hire_date.replace(year=2001)  # type: ignore[union-attr]
    session.commit()
    assert names(client.get("/banks/mentees?sort=experience").text) == [
        "Ким Вера",
        "Белова Марина Павловна",
        "Зайцев Павел Андреевич",
    ]
    assert names(client.get("/banks/mentees?sort=nonsense&state=x").text)[0] == "Белова Марина Павловна"


def test_places_stand_beside_their_drawing(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    make_mentor(session, school.teachers[0], NOW, capacity=2, places_held=1)
    html = sign_in(school, school.curator).get("/banks/mentors").text
    assert (html.count('class="on"'), html.count('class="free"'), "1 из\u00a02" in html) == (1, 1, True)


def test_fifty_stand_on_a_page(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    for number in range(51):
        person = make_person(session, school.id, 1000 + number, f"Петров{number:02d} Пётр", now=NOW)
        make_mentee(session, person, NOW)
    client = sign_in(school, school.curator)
    first = client.get("/banks/mentees").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&")).text
    assert (len(names(first)), names(second)) == (50, ["Петров50 Пётр"])


def test_a_person_is_added_and_the_browser_returns(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    client = sign_in(school, school.curator)
    token = csrf(client)
    answer = client.post(
        "/banks/mentees",
        data={"csrf_token": token, "person_id": school.teachers[0].id, "back": "/staff/?search=Бел&done=old"},
    )
    assert (answer.status_code, answer.location) == (
        303,
        "/staff/?search=%D0%91%D0%B5%D0%BB&done=mentee_added",
    )
    answer = client.post(
        "/banks/mentors", data={"csrf_token": token, "person_id": school.teachers[1].id, "capacity": "3"}
    )
    assert (answer.status_code, answer.location) == (303, "/banks/mentors?done=mentor_added")
    session.expire_all()
    assert session.scalars(select(Mentee.person_id)).all() == [school.teachers[0].id]
    assert [(row.person_id, row.capacity) for row in session.scalars(select(Mentor))] == [(school.teachers[1].id, 3)]


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "x"],
)
def test_the_browser_is_never_sent_elsewhere(sign_in: SignIn, csrf: Csrf, school: TestSchool, back: str) -> None:
    client = sign_in(school, school.curator)
    data = {"csrf_token": csrf(client), "person_id": school.teachers[0].id, "back": back}
    assert client.post("/banks/mentees", data=data).location == "/banks/mentees?done=mentee_added"


def test_places_change_and_people_leave_the_banks(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    mentor, mentee = school.teachers[:2]
    make_mentor(session, mentor, NOW)
    make_mentee(session, mentee, NOW)
    client = sign_in(school, school.curator)
    data = {"csrf_token": csrf(client)}
    answers = [
        client.post(f"/banks/mentors/{mentor.id}/capacity", data=data | {"capacity": "2"}).location,
        client.post(f"/banks/mentors/{mentor.id}/step", data=data | {"act": "withdraw"}).location,
        client.post(f"/banks/mentees/{mentee.id}/step", data=data | {"act": "withdraw"}).location,
    ]
    assert answers == [
        "/banks/mentors?done=capacity_changed",
        "/banks/mentors?done=mentor_withdraw",
        "/banks/mentees?done=mentee_withdraw",
    ]
    assert client.post(f"/banks/mentors/{mentor.id}/capacity", data=data | {"capacity": "9"}).status_code == 422


def test_another_schools_people_are_not_found(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    stranger = other_school.teachers[0]
    make_mentor(session, stranger, NOW)
    make_mentee(session, stranger, NOW)
    client = sign_in(school, school.curator)
    data = {"csrf_token": csrf(client), "person_id": stranger.id, "capacity": "2", "act": "withdraw"}
    paths = [
        "/banks/mentees",
        "/banks/mentors",
        f"/banks/mentors/{stranger.id}/capacity",
        f"/banks/mentors/{stranger.id}/step",
        f"/banks/mentees/{stranger.id}/step",
    ]
    assert [client.post(path, data=data).status_code for path in paths] == [404] * 5


@pytest.mark.parametrize("path", ["/banks/mentees", "/banks/mentors"])
def test_thirty_rows_cost_as_many_statements_as_one(
    runtime: Runtime, sign_in: SignIn, session: Session, school: TestSchool, path: str
) -> None:
    make_mentee(session, school.teachers[0], NOW)
    make_mentor(session, school.teachers[0], NOW)
    client = sign_in(school, school.curator)
    one = statements(runtime, lambda: client.get(path))
    for number in range(29):
        person = make_person(session, school.id, 1000 + number, now=NOW)
        make_mentee(session, person, NOW)
        make_mentor(session, person, NOW)
    session.commit()
    assert statements(runtime, lambda: client.get(path)) == one


def sheet_of(client: FlaskClient, address: str) -> list[list[object]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    (sheet,) = load_workbook(io.BytesIO(answer.data)).worksheets
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_files_hold_what_the_lists_show(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    for number, person in enumerate(school.teachers):
        make_mentee(session, person, NOW, MenteeState.WITHDRAWN if number == 3 else MenteeState.WAITING)
        make_mentee(session, other_school.teachers[number], NOW)
    make_mentor(session, school.director, NOW, capacity=3, places_held=1)
    make_mentor(session, other_school.director, NOW)
    session.commit()
    client = sign_in(school, school.curator)
    day, experience = datetime(2026, 11, 24), "2\xa0месяца"  # noqa: DTZ001 — a spreadsheet knows no zone
    assert sheet_of(client, "/banks/mentees/export.xlsx?sort=experience&q=па") == [
        [
            "Фамилия, имя, отчество",
            "Должность",
            "Предметы",
            "Дата приёма на\xa0работу",
            "В\xa0школе",
            "Состояние",
            "С\xa0какого дня",
        ],
        *(
            [name, "учитель", None, datetime(2026, 9, hired), experience, "ждёт наставника", day]  # noqa: DTZ001
            for name, hired in (("Белова Марина Павловна", 1), ("Зайцев Павел Андреевич", 2))
        ),
    ]
    assert sheet_of(client, "/banks/mentors/export.xlsx")[1:] == [
        ["Орлов Пётр Ильич", "директор", None, None, None, 3, 1, None, None, "берёт наставляемых", day]
    ]
    withdrawn = client.get("/banks/mentees/export.csv?state=withdrawn").data.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in withdrawn[1:]] == ["Тихонов Игорь Сергеевич"]


def test_the_page_offers_the_files_of_what_it_shows(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    make_mentee(session, school.teachers[0], NOW)
    session.commit()
    page = sign_in(school, school.curator).get("/banks/mentees?sort=since&q=бел").text
    assert re.findall(r'href="(/banks/mentees/export[^"]+)"', page) == [
        f"/banks/mentees/export.{kind}?q=%D0%B1%D0%B5%D0%BB&amp;state=present&amp;sort=since"
        for kind in ("xlsx", "csv")
    ]


def test_a_person_says_for_themselves_what_they_want(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    """A teacher whom nobody has asked: asks for a mentor, changes their mind, applies as a mentor, takes a break."""
    client = sign_in(school, school.teachers[0])
    assert 'href="/participation/"' in client.get("/").text
    data = {"csrf_token": csrf(client)}
    acts = [
        ("mentee", {"act": "ask"}),
        ("mentee", {"act": "withdraw"}),
        ("mentor", {"act": "apply"}),
        ("mentor", {"act": "withdraw"}),
    ]
    answers = [client.post(f"/participation/{side}", data=data | values) for side, values in acts]
    assert [answer.location for answer in answers] == [
        f"/participation/?done=own_{side}_{values['act']}" for side, values in acts
    ]
    page = client.get(answers[1].location).text
    assert "В\u00a0этом учебном году вам больше не\u00a0предложат" in page
    assert "больше вам не\u00a0предложат, но передумать можно" in page
    curator = sign_in(school, school.curator)
    card = curator.get(f"/banks/{school.teachers[0].id}").text
    assert re.findall(r"<b>(Настав[^<]+)</b>", card) == [
        "Наставляемый: приглашён",
        "Наставляемый: не\xa0участвует",
        "Наставник: подал заявку",
        "Наставник: не\xa0участвует",
    ]
    assert "Предложить наставника" not in card
    assert client.get(f"/banks/{school.teachers[0].id}").status_code == 403


def test_the_curator_leads_an_applicant_into_the_bank(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    make_mentor(session, school.teachers[0], NOW, state=MentorState.APPLIED)
    session.commit()
    client = sign_in(school, school.curator)
    path, data = f"/banks/mentors/{school.teachers[0].id}", {"csrf_token": csrf(client)}
    acts = ("check", "train", "open", "pause", "resume")
    assert [client.post(f"{path}/step", data=data | {"act": act}).status_code for act in acts] == [303] * 5
    assert client.post(f"{path}/basis", data=data | {"basis": "assignment"}).status_code == 303
    assert client.post(f"{path}/step", data=data | {"act": "check"}).status_code == 409
    session.expire_all()
    row = session.scalars(select(Mentor)).one()
    assert (row.state, row.basis, row.trained_on) == (MentorState.AVAILABLE, Basis.ASSIGNMENT, NOW.date())
    assert "поручение работодателя" in client.get(f"/banks/{school.teachers[0].id}").text


def test_an_invitation_keeps_why(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    client, person = sign_in(school, school.curator), school.teachers[0]
    data = {"csrf_token": csrf(client), "person_id": person.id, "why": "first_years"}
    assert client.post("/banks/mentees/invite", data=data).location == "/banks/mentees?done=mentee_invited"
    assert client.post("/banks/mentees/invite", data=data | {"why": "departure"}).status_code == 422
    assert [(row.after, row.why) for row in session.scalars(select(BankStep))] == [("invited", Why.FIRST_YEARS)]
    # Not a mentee yet: no tabs, no role.
    assert "Мой наставник" not in sign_in(school, person).get("/").text
    assert "приглашён в\u00a0наставляемые" in client.get("/staff/").text
    assert "Школа предлагает вам наставника" in sign_in(school, person).get("/participation/").text


def test_a_card_shows_what_was_answered_while_the_consent_stands(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    teacher, other = school.teachers[:2]
    asked = make_round(session, school, [teacher, other], NOW)
    said = {"hardest": ["discipline"], "levels": {"discipline": 3}, "help": ["visit"], "free": ["1-3", "1-after"]}
    surveys.submit(
        session,
        BOX,
        school.actor(teacher),
        asked.id,
        version=1,
        revision=0,
        said=said | {"vetoes": "Не с Зайцевым"},
        listeners=Submitted(),
        today=NOW.date(),
        now=NOW,
    )
    session.commit()
    curator = sign_in(school, school.curator)
    card = curator.get(f"/banks/{teacher.id}").text
    assert "Что нужно наставляемому" in card
    assert "Дисциплина на уроке: 3 — срочно" in card
    assert "Понедельник: 3 урок, после уроков" in card
    assert "Не с Зайцевым" in card
    assert "Чем готов помочь" not in card
    assert "Что нужно наставляемому" not in curator.get(f"/banks/{other.id}").text
    assert "Другие анкеты" not in card
    later = NOW + timedelta(days=400)
    again = make_round(session, school, [teacher], later)
    surveys.submit(
        session,
        BOX,
        school.actor(teacher),
        again.id,
        version=1,
        revision=0,
        said=said,
        listeners=Submitted(),
        today=later.date(),
        now=later,
    )
    session.commit()
    # Last year's stay a link away.
    earlier = f"/surveys/rounds/{asked.id}/people/{teacher.id}"
    assert re.findall(r'<li><a href="([^"]+)">', curator.get(f"/banks/{teacher.id}").text) == [earlier]
    assert "Не с Зайцевым" in curator.get(earlier).text
    assert sign_in(school, school.director).get(f"/banks/{teacher.id}").status_code == 403
    close_processing(
        session,
        Grounds(),
        school.actor(),
        teacher.id,
        Purpose.MENTEE_PROFILE,
        set(GroundKind),
        ClosedWhy.WITHDRAWN,
        NOW,
    )
    session.commit()
    card = sign_in(school, school.curator).get(f"/banks/{teacher.id}").text
    assert "Что нужно наставляемому" not in card
    assert earlier not in card


def test_who_asked_themselves_is_not_told_that_the_school_offers(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    first, second, *_ = school.teachers
    service.invite_mentee(session, school.actor(), second.id, NOW)
    session.commit()
    client = sign_in(school, first)
    client.post("/participation/mentee", data={"act": "ask", "csrf_token": csrf(client)})
    texts = [sign_in(school, person).get("/participation/").text.replace("\u00a0", " ") for person in (first, second)]
    assert [("Вы попросили наставника" in text, "Школа предлагает вам наставника" in text) for text in texts] == [
        (True, False),
        (False, True),
    ]


def test_teachers_are_invited_to_mentor_and_answer_on_today(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """Two are marked in the staff list; Moodle writes to both, once; one agrees, the other does not."""
    school.site.plugin_version = PLUGIN_FROM
    first, second, third, _fourth = school.teachers
    make_mentor(session, third, NOW)
    session.commit()
    curator = sign_in(school, school.curator)
    data = {"csrf_token": csrf(curator), "person_ids": [first.id, second.id], "back": "/staff/"}
    for _again in range(2):
        assert curator.post("/banks/mentors/invite", data=data).location == "/staff/?done=mentor_invited"
    assert curator.post("/banks/mentors/invite", data=data | {"person_ids": []}).status_code == 422
    stranger = other_school.teachers[0]
    assert curator.post("/banks/mentors/invite", data=data | {"person_ids": [stranger.id]}).status_code == 404
    written = session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE)).all()
    assert [item.payload["moodle_user_id"] for item in written] == [first.moodle_user_id, second.moodle_user_id]
    assert {item.payload["subject"] for item in written} == {"Наставничество: вас приглашают стать наставником"}
    assert "отказ не требует причины" in written[0].payload["text"].replace("\u00a0", " ")
    # Who is invited or in the bank already is not offered.
    staff = curator.get("/staff/").text
    markable = re.findall(r'name="person_ids" value="(\d+)" form="f-mentors_invited"', staff)
    assert {str(first.id), str(second.id), str(third.id)}.isdisjoint(markable)
    assert len(markable) == 3

    answers = (("apply", first, "куратор видит вашу заявку"), ("withdraw", second, "передумать можно"))
    for act, person, told in answers:
        client = sign_in(school, person)
        today = client.get("/").text
        assert "Школа приглашает вас стать наставником" in today
        assert [word in today for word in ("Согласиться", "Нет, спасибо")] == [True, True]
        # Not a mentor yet: no tabs, no role, no consent asked for.
        assert [word in today for word in ("Мои наставляемые", "согласие на")] == [False, False]
        assert "Согласиться" in client.get("/participation/").text
        answer = client.post("/participation/mentor", data={"csrf_token": csrf(client), "act": act})
        assert "Согласиться" not in client.get(answer.location).text
        assert told in client.get(answer.location).text.replace("\u00a0", " ")
        assert "Школа приглашает" not in client.get("/").text
    assert "Отказ в этом учебном году" in curator.get(f"/banks/{second.id}").text.replace("\u00a0", " ")
    assert curator.post("/banks/mentors/invite", data=data | {"person_ids": [second.id]}).status_code == 409
    step = curator.post(f"/banks/mentors/{first.id}/step", data={"csrf_token": data["csrf_token"], "act": "check"})
    assert step.status_code == 303
    assert session.scalars(select(Mentor.state).order_by(Mentor.person_id)).all() == [
        MentorState.CHECKED,
        MentorState.LEFT,
        MentorState.AVAILABLE,
    ]
