"""Pages of the pairs: the whole way by clicks, who sees what, and the cost of lists."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.consents.enums import ClosedWhy, ConsentKind, EndedWhy
from moodle_mentorship.consents.models import Consent, ProcessingGround
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs import service
from moodle_mentorship.pairs.enums import Answer, EndReason, MentoringForm, MentoringKind, PairState, Side
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.ready import NEED, OFFER
from tests.banks.test_views import sheet_of, statements
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool, make_mentee, make_mentor, make_papers, make_person, make_round
from tests.pairs.conftest import Two

Csrf = Callable[[FlaskClient], str]


def proposal(two: Two, token: str, **changes: object) -> dict[str, object]:
    return {
        "csrf_token": token,
        "mentor_person_id": two.mentor.id,
        "mentee_person_id": two.mentee.id,
        "starts_on": "2026-12-01",
        "ends_on": "2027-05-31",
    } | changes


def steps(html: str) -> list[str]:
    """What stands on the state line; the present step is marked with >, done ones with +."""
    found = []
    for attributes, body in re.findall(
        r"<li ([^>]*)>\s*(<i class=\"bi bi-(?:check-c|record|circle|x-c).*?)</li>", html, re.S
    ):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.replace("\u00a0", " "))).strip()
        found.append((">" if "aria-current" in attributes else "+" if "done" in attributes else "") + text)
    return found


def test_the_whole_way_by_clicks(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    """The curator proposes, both agree on «Сегодня», the curator writes down the order, and ends the pair."""
    make_papers(two.session, two.mentor, two.mentee, NOW)
    two.session.commit()
    curator = sign_in(two.school, two.school.curator)
    page = curator.get(f"/pairs/new?mentee={two.mentee.id}&mentor={two.mentor.id}").text
    assert re.findall(r'name="(?:starts|ends)_on" type="date" value="([^"]+)"', page) == ["2026-11-24", "2027-05-31"]
    token = csrf(curator)
    proposed = curator.post("/pairs/new", data=proposal(two, token))
    pair = session.scalars(select(Pair)).one()
    assert (proposed.status_code, proposed.location) == (303, f"/pairs/{pair.id}?done=pair_proposed")
    for person, side in ((two.mentee, "mentee"), (two.mentor, "mentor")):
        client = sign_in(two.school, person)
        data = {"csrf_token": csrf(client), "side": side, "answer": "yes", "back": "/"}
        assert 'value="yes"' in client.get("/").text
        assert client.post(f"/pairs/{pair.id}/answer", data=data).location == "/?done=pair_accepted"
        assert 'value="yes"' not in client.get("/").text
    ordered = curator.post(
        f"/pairs/{pair.id}/order",
        data={"csrf_token": token, "order_date": "2026-11-24", "order_number": " № 143-ОД "},
    )
    assert ordered.location == f"/pairs/{pair.id}?done=pair_ordered"
    session.expire_all()
    assert (pair.state, pair.order_number) == (PairState.ORDERED, "143-ОД")
    assert [item.kind for item in session.scalars(select(OutboxItem))] == ["pair.keep_space"]
    ended = curator.post(f"/pairs/{pair.id}/end", data={"csrf_token": token, "reason": "agreement"})
    assert ended.location == f"/pairs/{pair.id}?done=pair_ended"
    session.expire_all()
    assert pair.state is PairState.ENDED


def test_the_state_line_names_days_and_people(sign_in: SignIn, session: Session, two: Two) -> None:
    pair = two.propose()
    two.answer(pair, Side.MENTEE)
    client = sign_in(two.school, two.school.curator)
    assert steps(client.get(f"/pairs/{pair.id}").text) == [
        "+Готово: Предложена 24 ноября, Соколова Е. В.",
        ">Ответ наставника Белова М. П., ответа пока нет",
        "+Готово: Ответ наставляемого Зайцев П. А., согласие, 24 ноября",
        "Приказ после согласия обоих",
        "Группа в Moodle появится после приказа",
        "Окончание по плану 31 мая 2027 г.",
    ]
    two.answer(pair, Side.MENTOR, Answer.NO)
    session.commit()
    assert steps(client.get(f"/pairs/{pair.id}").text)[-1] == "Готово: Отклонена 24 ноября"


@pytest.mark.parametrize(
    ("state", "attempts", "words"),
    [
        (OutboxState.WAITING, 0, "группа создаётся"),
        (OutboxState.SENDING, 1, "группа создаётся"),
        (OutboxState.WAITING, 2, "ждём Moodle, попытка 2"),
        (OutboxState.STUCK, 8, "Moodle не принял запись, причину видит администратор Moodle"),
        (OutboxState.DELIVERED, 1, "группа в курсе создана"),
    ],
)
def test_the_group_in_moodle_is_told_in_words(
    sign_in: SignIn, session: Session, two: Two, state: OutboxState, attempts: int, words: str
) -> None:
    pair = two.ordered()
    item = session.scalars(select(OutboxItem)).one()
    item.state, item.attempts = state, attempts
    session.commit()
    html = sign_in(two.school, two.school.curator).get(f"/pairs/{pair.id}").text.replace("\u00a0", " ")
    assert f"<small>{words}</small>" in html


def test_the_curator_is_led_to_the_papers_that_the_order_waits_for(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two
) -> None:
    pair = two.agreed()
    session.execute(update(Mentor).where(Mentor.person_id == two.mentor.id).values(basis=None))
    consent = session.scalars(select(Consent).where(Consent.person_id == two.mentee.id)).one()
    consent.ended_at, consent.ended_why = NOW, EndedWhy.WITHDRAWN
    session.commit()
    client = sign_in(two.school, two.school.curator)
    data = {"csrf_token": csrf(client), "order_date": "2026-11-24", "order_number": "77"}
    refused = client.post(f"/pairs/{pair.id}/order", data=data)
    assert refused.status_code == 409
    for answer in (refused, client.get(f"/pairs/{pair.id}")):
        assert f"/consents/people/{two.mentee.id}/record?document=processing_mentee" in answer.text
        assert f"/consents/people/{two.mentee.id}/paper.docx?document=processing_mentee" in answer.text
        assert f'href="/banks/{two.mentor.id}"' in answer.text
        assert 'name="order_number"' not in answer.text
    # The director reads, and enters nothing.
    assert "/record" not in sign_in(two.school, two.school.director).get(f"/pairs/{pair.id}").text
    problem = client.post(
        f"/api/v1/pairs/{pair.id}/order",
        json={"order_date": "2026-11-24", "order_number": "77"},
        headers={"X-CSRF-Token": str(data["csrf_token"])},
    )
    assert problem.json is not None
    assert (problem.status_code, problem.json["code"], sorted(problem.json["errors"])) == (
        409,
        "papers_missing",
        ["mentee", "mentor"],
    )


def test_a_pair_whose_paper_has_ended_waits_for_the_curator(
    sign_in: SignIn, session: Session, two: Two, other_two: Two
) -> None:
    pair = two.ordered()
    other_two.ordered()
    work = session.scalars(
        select(Consent).where(Consent.person_id == two.mentor.id, Consent.kind == ConsentKind.MENTOR_WORK)
    ).one()
    work.ended_at, work.ended_why = NOW, EndedWhy.WITHDRAWN
    session.commit()
    today = sign_in(two.school, two.school.curator).get("/")
    assert f'href="/pairs/{pair.id}"' in today.text
    assert "Без\u00a0нужных документов" in today.text
    shown = sign_in(two.school, two.school.curator).get(f"/pairs/{pair.id}").text
    assert f"/consents/people/{two.mentor.id}/record?document=mentor_work" in shown
    assert "Без\u00a0нужных документов" not in sign_in(other_two.school, other_two.school.curator).get("/").text


def test_a_wrong_order_keeps_what_was_typed(sign_in: SignIn, csrf: Csrf, two: Two) -> None:
    pair = two.agreed()
    client = sign_in(two.school, two.school.curator)
    data = {"csrf_token": csrf(client), "order_date": "2031-01-01", "order_number": "77"}
    answer = client.post(f"/pairs/{pair.id}/order", data=data)
    assert (answer.status_code, 'value="77"' in answer.text, 'id="e-order_date"' in answer.text) == (422, True, True)
    empty = client.post(f"/pairs/{pair.id}/order", data=data | {"order_number": " "})
    assert (empty.status_code, 'id="e-order_number"' in empty.text) == (422, True)


def test_a_refused_proposal_keeps_what_was_typed(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    client = sign_in(two.school, two.school.curator)
    token = csrf(client)
    early = client.post("/pairs/new", data=proposal(two, token, starts_on="2026-09-01"))
    assert (early.status_code, 'value="2026-09-01"' in early.text, 'id="e-starts_on"' in early.text) == (
        422,
        True,
        True,
    )
    two.propose()
    session.commit()
    taken = client.post("/pairs/new", data=proposal(two, token))
    assert (taken.status_code, "Белова\u00a0М.\u00a0П.: мест нет" in taken.text) == (409, True)


def test_lists_of_people_are_searched(sign_in: SignIn, session: Session, two: Two) -> None:
    make_mentee(session, two.school.teachers[2], NOW)
    client = sign_in(two.school, two.school.curator)
    choices = re.compile(r'class="k-person k-choose"[^>]*><b>([^<]+)')
    assert choices.findall(client.get("/pairs/new").text) == [
        "Зайцев Павел Андреевич",
        "Ким Вера",
        "Белова Марина Павловна",
    ]
    found = client.get(f"/pairs/new?mentor={two.mentor.id}&find_mentee=ким").text
    assert choices.findall(found) == ["Ким Вера"]


def test_the_list_is_filtered_and_searched(sign_in: SignIn, session: Session, two: Two, other_two: Two) -> None:
    two.answer(two.propose(), Side.MENTOR, Answer.NO)
    two.propose()
    other_two.propose()
    client = sign_in(two.school, two.school.curator)
    listed = [
        len(re.findall(r'<th scope="row">', client.get(f"/pairs/{query}").text))
        for query in (
            *("", "?state=declined", "?state=all", "?state=ordered"),
            # Words of the mentor's name and of the mentee's, in any order.
            *("?q=белов", "?q=марина зайцев белова", "?q=марина нет", "?q=нет", "?sort=mentor"),
        )
    ]
    assert listed == [1, 1, 2, 0, 1, 1, 0, 0, 1]


def test_form_and_kinds_are_chosen_changed_and_looked_for(
    sign_in: SignIn, csrf: Csrf, session: Session, two: Two, other_two: Two
) -> None:
    client = sign_in(two.school, two.school.curator)
    token = csrf(client)
    client.post("/pairs/new", data=proposal(two, token, form="head", kinds=["remote", "group"]))
    pair = session.scalars(select(Pair)).one()
    assert (pair.form, pair.kinds) == (MentoringForm.HEAD, (MentoringKind.REMOTE, MentoringKind.GROUP))
    queries = (
        "form=head",
        "form=teachers",
        "of_kind=group",
        "of_kind=traditional",
        "form=head&of_kind=remote",
        "form=",
    )
    found = [client.get(f"/pairs/?{query}").text.count('<th scope="row">') for query in queries]
    assert found == [1, 0, 1, 0, 1, 1]
    assert len(client.get("/api/v1/pairs?of_kind=group").json["rows"]) == 1  # type: ignore[index]
    assert client.get("/api/v1/pairs?form=x").status_code == 422
    head, row = sheet_of(client, "/pairs/export.xlsx?form=head")
    assert row[head.index("Форма наставничества")] == "руководитель образовательной организации – педагог"
    assert row[head.index("Виды наставничества")] == "виртуальное (дистанционное), в группе"
    untold = client.post(f"/pairs/{pair.id}/form", data={"csrf_token": token, "form": "teachers"})
    assert (untold.status_code, 'id="e-kinds"' in untold.text) == (422, True)
    data = {"csrf_token": token, "form": "teachers", "kinds": ["reverse"]}
    assert client.post(f"/pairs/{pair.id}/form", data=data).location == f"/pairs/{pair.id}?done=pair_described"
    theirs = other_two.propose()
    session.commit()
    assert client.post(f"/pairs/{theirs.id}/form", data=data).status_code == 404
    session.expire_all()
    assert (pair.kinds, theirs.kinds) == ((MentoringKind.REVERSE,), (MentoringKind.TRADITIONAL,))


def test_mentor_and_mentee_see_each_other_and_nobody_else(sign_in: SignIn, session: Session, two: Two) -> None:
    two.mentor.email, two.mentee.email = "mentor@school.example", "mentee@school.example"
    two.ordered()
    other_mentor, other_mentee = two.school.teachers[2:]
    make_mentor(session, other_mentor, NOW)
    make_mentee(session, other_mentee, NOW)
    Two(session, two.school, other_mentor, other_mentee).propose()
    for person, path, other, mail in (
        (two.mentor, "/pairs/my-mentees", two.mentee, "mentee@school.example"),
        (two.mentee, "/pairs/my-mentor", two.mentor, "mentor@school.example"),
    ):
        client = sign_in(two.school, person)
        for page in (client.get(path).text, client.get("/").text):
            seen = [
                other.full_name in page,
                mail in page,
                "№\u00a0143-ОД от\u00a024\u00a0ноября\u00a02026" in page,
                other_mentor.last_name in page,
                other_mentee.last_name in page,
            ]
            assert seen == [True, True, True, False, False]


def test_an_email_is_shown_when_both_have_agreed(sign_in: SignIn, session: Session, two: Two) -> None:
    two.mentor.email = "mentor@school.example"
    two.propose()
    assert "mentor@school.example" not in sign_in(two.school, two.mentee).get("/pairs/my-mentor").text


def test_nobody_answers_for_another(sign_in: SignIn, csrf: Csrf, session: Session, two: Two, other_two: Two) -> None:
    pair = two.propose()
    make_mentor(session, two.school.curator, NOW)
    statuses = []
    for school, person in (
        (two.school, two.mentee),
        (two.school, two.school.curator),
        (two.school, two.school.director),
        (other_two.school, other_two.mentor),
    ):
        client = sign_in(school, person)
        data = {"csrf_token": csrf(client), "side": "mentor", "answer": "yes"}
        statuses.append(client.post(f"/pairs/{pair.id}/answer", data=data).status_code)
    session.expire_all()
    assert (statuses, pair.mentor_answer) == ([403, 403, 403, 404], None)


def test_the_director_reads_and_others_stay_out(sign_in: SignIn, two: Two) -> None:
    pair = two.agreed()
    director = sign_in(two.school, two.school.director)
    page = director.get(f"/pairs/{pair.id}")
    assert (page.status_code, "<form" in page.text) == (200, False)
    assert director.get("/pairs/new").status_code == 403
    mentor = sign_in(two.school, two.mentor)
    paths = ("/pairs/", f"/pairs/{pair.id}", "/pairs/new", "/pairs/my-mentor")
    assert [mentor.get(path).status_code for path in paths] == [403, 403, 403, 403]


def test_another_schools_pair_is_not_found(sign_in: SignIn, csrf: Csrf, two: Two, other_two: Two) -> None:
    theirs = other_two.agreed()
    client = sign_in(two.school, two.school.curator)
    data = {
        "csrf_token": csrf(client),
        "order_date": "2026-11-24",
        "order_number": "1",
        "reason": "completed",
    }
    statuses = [client.get(f"/pairs/{theirs.id}").status_code]
    statuses += [
        client.post(f"/pairs/{theirs.id}/{act}", data=data).status_code for act in ("order", "end", "withdraw")
    ]
    assert statuses == [404] * 4
    stranger = proposal(two, str(data["csrf_token"]), mentor_person_id=other_two.mentor.id)
    assert client.post("/pairs/new", data=stranger).status_code == 404


def test_a_proposal_is_withdrawn_by_a_click(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    pair = two.propose()
    client = sign_in(two.school, two.school.curator)
    answer = client.post(f"/pairs/{pair.id}/withdraw", data={"csrf_token": csrf(client)})
    session.expire_all()
    assert (answer.location, pair.state) == (f"/pairs/{pair.id}?done=pair_withdrawn", PairState.WITHDRAWN)


@pytest.mark.parametrize("path", ["/pairs/", "/pairs/new", "/"])
def test_thirty_pairs_cost_as_many_statements_as_one(
    runtime: Runtime, sign_in: SignIn, session: Session, two: Two, path: str
) -> None:
    def another(number: int) -> None:
        mentor = make_person(session, two.school.id, 1000 + number, now=NOW)
        mentee = make_person(session, two.school.id, 2000 + number, now=NOW)
        waiting = make_person(session, two.school.id, 3000 + number, now=NOW)
        make_mentor(session, mentor, NOW, capacity=2)
        make_mentee(session, mentee, NOW)
        make_mentee(session, waiting, NOW)
        pair = Two(session, two.school, mentor, mentee)
        (pair.ordered, pair.agreed, pair.propose)[number % 3]()

    for number in range(6):
        another(number)
    client = sign_in(two.school, two.school.curator)
    few = statements(runtime, lambda: client.get(path))
    for number in range(6, 30):
        another(number)
    session.commit()
    assert statements(runtime, lambda: client.get(path)) == few


def test_a_mentors_page_costs_the_same_for_one_and_three(
    runtime: Runtime, sign_in: SignIn, session: Session, two: Two
) -> None:
    person = two.school.teachers[3]
    make_mentor(session, person, NOW, capacity=3)
    pairs = Two(session, two.school, person, two.mentee)
    pairs.ordered()
    client = sign_in(two.school, person)
    one = [statements(runtime, lambda path=path: client.get(path)) for path in ("/pairs/my-mentees", "/")]  # type: ignore[misc]
    for mentee in (two.school.teachers[0], two.school.teachers[2]):
        make_mentee(session, mentee, NOW)
        Two(session, two.school, person, mentee).ordered()
    session.commit()
    assert [statements(runtime, lambda path=path: client.get(path)) for path in ("/pairs/my-mentees", "/")] == one  # type: ignore[misc]


def test_the_file_holds_what_the_list_shows(
    sign_in: SignIn, session: Session, two: Two, other_school: TestSchool
) -> None:
    pair = Pair(
        school_id=two.school.id,
        space=Space(school_id=two.school.id),
        mentor_person_id=two.mentor.id,
        mentee_person_id=two.mentee.id,
        state=PairState.ENDED,
        starts_on=date(2026, 12, 1),
        ends_on=date(2027, 5, 31),
        proposed_at=NOW,
        order_date=date(2026, 11, 30),
        order_number="=143-ОД",
        end_reason=EndReason.COMPLETED,
        closed_at=NOW,
    )
    session.add(pair)
    session.commit()
    client = sign_in(two.school, two.school.director)
    assert sheet_of(client, "/pairs/export.xlsx")[1:] == []
    day = datetime(2026, 11, 24)  # noqa: DTZ001 — a spreadsheet knows no zone
    dates = [day.replace(month=12, day=1), day.replace(year=2027, month=5, day=31), day.replace(day=30)]
    assert sheet_of(client, "/pairs/export.xlsx?state=ended")[1:] == [
        [
            *(two.mentee.full_name, "учитель", two.mentor.full_name, "учитель", "завершена", *dates[:2]),
            *("педагог – педагог", "традиционное («один на один»)", None, dates[2], "=143-ОД", day),
        ]
    ]
    assert sheet_of(sign_in(other_school, other_school.curator), "/pairs/export.xlsx?state=all")[1:] == []


NEEDS = {
    "hardest": ["discipline"],
    "levels": {"discipline": "3"},
    "urgent": "Последние уроки в 7 «В»",
    "help": ["talk"],
    "free": ["2-after"],
    "vetoes": "Только не с соседкой",
}
STRENGTHS = {
    "strengths": {"discipline": "3"},
    "experience": "no",
    "capacity": "2",
    "hours": "upto2",
    "free": ["2-after"],
    "conditions": ["pay"],
    "doubts": "Мало времени",
}


def tell(runtime: Runtime, session: Session, two: Two, code: str, said: Mapping[str, object]) -> None:
    """One of the pair answers the questionnaire of this code."""
    person = two.mentee if code == NEED else two.mentor
    asked = make_round(session, two.school, [person], NOW, code)
    surveys.submit(
        session,
        runtime.box,
        two.school.actor(person, Role.MENTEE),
        asked.id,
        version=1,
        revision=0,
        said=said,
        listeners=Submitted(),
        today=NOW.date(),
        now=NOW,
    )


def test_before_a_meeting_each_reads_of_the_other_what_is_meant_for_them(
    runtime: Runtime, sign_in: SignIn, session: Session, two: Two, other_two: Two
) -> None:
    tell(runtime, session, two, NEED, NEEDS)
    tell(runtime, session, two, OFFER, STRENGTHS)
    pair = two.propose()
    address = f"/pairs/{pair.id}/other-side"
    mentor, mentee = sign_in(two.school, two.mentor), sign_in(two.school, two.mentee)
    # Nothing is told before both have agreed.
    assert [who.get(address).status_code for who in (mentor, mentee)] == [404, 404]
    assert address not in mentor.get("/").text
    for side in Side:
        two.answer(pair, side)
    assert address in mentor.get("/").text
    assert address in mentee.get("/pairs/my-mentor").text
    read = mentor.get(address).text
    wanted = (
        "Последние уроки в 7 «В»",
        "Дисциплина на уроке: 3",
        "Поговорить и посоветоваться",
        "Вт после уроков",
        "соседк",
    )
    assert [text in read for text in wanted] == [True, True, True, True, False]
    # The questionnaire promises a mentor that the mentee learns no more than this.
    read = mentee.get(address).text
    wanted = ("Дисциплина на уроке: 3", "Вт после уроков", "Доплата", "Мало времени", "До 2")
    assert [text in read for text in wanted] == [True, True, False, False, False]
    answered = mentor.get(f"/api/v1{address}").get_json()
    assert (answered["person"]["id"], sorted(answered["told"]["answers"])) == (
        two.mentee.id,
        ["hardest", "help", "levels", "urgent"],
    )
    assert answered["free_slots"] == ["2-after"]
    told = mentee.get(f"/api/v1{address}").get_json()["told"]
    codes = [item["code"] for section in told["content"]["sections"] for item in section["items"]]
    assert (sorted(told["answers"]), codes) == (["strengths"], ["strengths"])
    strangers = (sign_in(other_two.school, other_two.mentor), sign_in(two.school, two.school.curator))
    assert [who.get(address).status_code for who in strangers] == [404, 403]
    another = two.school.teachers[2]
    make_mentor(session, another, NOW)
    session.commit()
    assert sign_in(two.school, another).get(address).status_code == 404
    # A withdrawn consent closes it, and the end of the pair too.
    ground = session.scalars(select(ProcessingGround).where(ProcessingGround.person_id == two.mentee.id)).one()
    ground.closed_at, ground.closed_why = NOW, ClosedWhy.WITHDRAWN
    session.commit()
    assert "Ответов пока нет" in mentor.get(address).text
    assert mentor.get(f"/api/v1{address}").get_json()["told"] is None
    service.withdraw(session, two.curator, pair.id, NOW)
    session.commit()
    assert [who.get(address).status_code for who in (mentor, mentee)] == [404, 404]


def test_the_card_in_the_banks_tells_of_the_years(
    runtime: Runtime, sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    """With whom and when, on both cards, in as many statements for three years as for one."""
    mentor, later, mentee, _other = school.teachers
    for person in (mentor, later):
        make_mentor(session, person, NOW, capacity=3)
    make_mentee(session, mentee, NOW)
    theirs = other_school.teachers
    make_mentor(session, theirs[0], NOW)
    make_mentee(session, theirs[1], NOW)
    Two(session, other_school, theirs[0], theirs[1]).propose()

    def ended(by: Person, year: int) -> None:
        session.add(
            Pair(
                school_id=school.id,
                space=Space(school_id=school.id),
                mentor_person_id=by.id,
                mentee_person_id=mentee.id,
                state=PairState.ENDED,
                starts_on=date(year, 9, 1),
                ends_on=date(year + 1, 5, 31),
                proposed_at=NOW.replace(year=year),
                order_date=date(year, 9, 1),
                order_number="1-ОД",
                closed_at=NOW.replace(year=year + 1, month=4),
                end_reason=EndReason.AGREEMENT,
            )
        )
        session.commit()

    client = sign_in(school, school.curator)

    def card(person: Person) -> str:
        return client.get(f"/banks/{person.id}").text.replace("\u00a0", " ").replace("\u202f", " ")

    assert "Пары по годам" not in card(mentee)
    ended(mentor, 2023)
    one = statements(runtime, lambda: card(mentee))
    ended(mentor, 2024)
    ended(later, 2025)
    assert statements(runtime, lambda: card(mentee)) == one
    assert re.findall(r'Наставник: <a href="/pairs/\d+">([^<]+)</a></span>\s*<small>([^<]+)</small>', card(mentee)) == [
        (later.full_name, "1 сентября 2025 г. – 31 мая 2026 г."),
        (mentor.full_name, "1 сентября 2024 г. – 31 мая 2025 г."),
        (mentor.full_name, "1 сентября 2023 г. – 31 мая 2024 г."),
    ]
    assert "завершена 24 апреля 2026 г.: по соглашению сторон" in card(later)
    assert card(mentor).count(f">{mentee.full_name}</a></span>") == 2
