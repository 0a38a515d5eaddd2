"""Pages of the groups and the REST twins: the whole way by clicks, who sees whom, and the other school beside."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.board.enums import MarkKind
from moodle_mentorship.pairs.board.models import Mark
from moodle_mentorship.pairs.enums import Answer, EndReason, Side
from moodle_mentorship.pairs.groups import service
from moodle_mentorship.pairs.models import MentoringGroup
from moodle_mentorship.people.models import Person
from tests.banks.test_views import sheet_of, statements
from tests.conftest import NOW, SignIn
from tests.factories import BOX, make_mentee, make_papers, make_person
from tests.pairs.board.test_views import text_of
from tests.pairs.conftest import ORDER as PAIR_ORDER
from tests.pairs.groups.conftest import Several

Csrf = Callable[[FlaskClient], str]
ORDER = {"order_date": "2026-11-24", "order_number": "143-ОД"}


@pytest.fixture
def come(sign_in: SignIn, csrf: Csrf) -> Callable[[Several, Person], "Visitor"]:
    """Somebody's browser; the newest session's token is theirs."""

    def visit(several: Several, person: Person) -> Visitor:
        client = sign_in(several.school, person)
        return Visitor(client, csrf(client))

    return visit


@dataclass
class Visitor:
    """A signed-in browser and its CSRF token."""

    client: FlaskClient
    token: str

    def text(self, path: str) -> str:
        return text_of(self.client.get(path).text)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token} | fields)

    def leads(self, path: str, **fields: Any) -> str | None:
        """Where a form leads."""
        return self.post(path, **fields).location

    def ask(self, path: str, **body: Any) -> TestResponse:
        return self.client.post(f"/api/v1/groups{path}", json=body, headers={"X-CSRF-Token": self.token})


Come = Callable[[Several, Person], Visitor]


def test_the_whole_way_by_clicks(come: Come, session: Session, several: Several) -> None:
    for person in several.mentees:
        make_papers(session, several.mentor, person, NOW)
    session.commit()
    curator = come(several, several.school.curator)
    page = curator.text("/pairs/groups/new")
    assert "Дисциплина на уроке помощь нужна 0 из ожидающих" in page
    page = curator.client.get(f"/pairs/groups/new?theme=discipline&mentor={several.mentor.id}").text
    offered = re.findall(r'name="mentee_person_ids" value="(\d+)"', page)
    assert {int(one) for one in offered} == {person.id for person in several.mentees}
    proposed = curator.leads(
        "/pairs/groups/new",
        theme="discipline",
        mentor_person_id=several.mentor.id,
        mentee_person_ids=offered[:3],
        starts_on="2026-12-01",
        ends_on="2027-05-31",
    )
    group = session.scalars(select(MentoringGroup)).one()
    path = f"/pairs/groups/{group.id}"
    assert proposed == f"{path}?done=group_proposed"
    # The mentor is asked once.
    mentor = come(several, several.mentor)
    today = mentor.text("/")
    assert today.count("Вам предложена группа «Дисциплина на уроке»: 3 наставляемых") == 1
    assert mentor.leads(f"{path}/answer", answer="yes", back="/") == "/?done=group_accepted"
    assert "Вам предложена группа" not in mentor.text("/")
    first, second, _third = several.members(group)
    for pair in (first, second):
        mentee = come(several, pair.mentee)
        today = mentee.text("/")
        assert "Группа «Дисциплина на уроке». Вы и ещё 2 коллеги." in today
        mentee.leads(f"/pairs/{pair.id}/answer", side="mentee", answer="yes", back="/")
    page = curator.text(path)
    assert "Ещё 1 участник не ответил и в приказ не войдёт" in page
    assert curator.leads(f"{path}/order", **ORDER) == f"{path}?done=group_ordered"
    assert several.states(group) == ["ordered", "ordered", "proposed"]
    # Another is proposed, the mentor is asked about the one alone.
    added = curator.leads(f"{path}/members", mentee_person_id=several.mentees[3].id)
    assert added == f"{path}?done=group_member_proposed"
    assert "Вам предложен наставляемый в группу «Дисциплина на уроке»" in mentor.text("/")
    assert curator.leads(f"{path}/withdraw") == f"{path}?done=group_withdrawn"
    extended = curator.leads(f"{path}/extend", ends_on="2027-06-30", **ORDER)
    assert extended == f"{path}?done=group_extended"
    shorter = curator.post(f"{path}/extend", ends_on="2027-06-01", **ORDER)
    assert (shorter.status_code, "Так пара не продлится" in text_of(shorter.text)) == (422, True)
    assert curator.leads(f"{path}/notice", warned_on="2026-11-24") == f"{path}?done=group_warned"
    assert "школа может завершить группу 28 ноября" in curator.text(path)
    assert curator.leads(f"{path}/end", reason="agreement") == f"{path}?done=group_ended"
    page = curator.text(path)
    assert "Все участники вышли из группы" in page
    assert several.counted(group) == (0, 0)


def test_a_form_that_is_refused_keeps_what_was_ticked_and_names_who(
    come: Come, session: Session, several: Several
) -> None:
    several.mentees[2].hire_date = several.school.school.year_ends
    session.commit()
    client = come(several, several.school.curator)
    data: dict[str, Any] = {
        "theme": "discipline",
        "mentor_person_id": several.mentor.id,
        "mentee_person_ids": [person.id for person in several.mentees[:3]],
        "starts_on": "2026-12-01",
        "ends_on": "2027-05-31",
    }
    answer = client.post("/pairs/groups/new", **data)
    assert answer.status_code == 409
    assert "Громова И. Ю." in text_of(answer.text)
    ticked = re.findall(r'value="(\d+)" checked', answer.text)
    assert {int(one) for one in ticked} >= set(data["mentee_person_ids"])
    assert client.post("/pairs/groups/new", **(data | {"mentee_person_ids": []})).status_code == 422
    assert "Такой темы нет" in client.post("/pairs/groups/new", **(data | {"theme": "x"})).text.replace("\u00a0", " ")
    assert session.scalars(select(MentoringGroup)).all() == []


def test_the_page_says_whose_papers_are_missing(come: Come, session: Session, several: Several) -> None:
    group = several.propose()
    several.answer(group)
    for pair in several.members(group)[:2]:
        several.say(pair)
    session.commit()
    client = come(several, several.school.curator)
    page = client.text(f"/pairs/groups/{group.id}")
    assert "Каких документов не хватает" in page
    assert (page.count("Обработка данных наставляемого"), "Внести приказ" in page) == (6, False)
    refused = client.post(f"/pairs/groups/{group.id}/order", **ORDER)
    assert (refused.status_code, several.states(group)[0]) == (409, "agreed")


def test_members_know_each_other_from_the_order_on(come: Come, several: Several) -> None:
    group = several.agreed()
    first, second, *_ = several.members(group)
    client = come(several, first.mentee)
    before = client.text("/pairs/my-mentor")
    assert "Дисциплина на уроке. Вы и ещё 3 коллеги" in before
    assert second.mentee.short_name.replace("\u00a0", " ") not in before
    # Not even one who has an order is named to somebody who has none.
    pairs.order(several.session, Jobs(), several.curator, second.id, now=NOW, **PAIR_ORDER)
    several.session.commit()
    assert client.text("/pairs/my-mentor").count("С вами работают") == 0
    assert come(several, second.mentee).text("/pairs/my-mentor").count("С вами работают") == 0
    several.order(group)
    several.session.commit()
    after = client.text("/pairs/my-mentor")
    assert "Вы и ещё 3 коллеги. С вами работают: Волков Я. Ю., Громова И. Ю., Дроздов Л. Ю." in after


def test_the_mentor_sees_the_group_as_one(come: Come, several: Several) -> None:
    group = several.ordered()
    several.session.commit()
    client = come(several, several.mentor)
    page = client.client.get("/pairs/my-mentees").text
    assert (page.count("<article"), page.count("Белкина Яна Юрьевна")) == (1, 1)
    assert client.leads(f"/pairs/groups/{group.id}/refuse") == "/pairs/my-mentees?done=group_refused"
    assert several.states(group) == ["ended"] * 4


def test_a_group_with_few_left_is_told_to_the_curator_alone(come: Come, several: Several) -> None:
    group = several.ordered()
    for pair in several.members(group)[:2]:
        pairs.end(several.session, Jobs(), several.curator, pair.id, EndReason.MENTEE_REFUSED, NOW)
    several.session.commit()
    client = come(several, several.school.curator)
    today = client.text("/")
    assert "В 1 группе осталось мало наставляемых" in today
    assert "Дисциплина на уроке, Белова М. П.: 2 наставляемых" in today
    assert "Осталось меньше трёх наставляемых" in client.text(f"/pairs/groups/{group.id}")
    mentor = come(several, several.mentor)
    assert "осталось мало" not in mentor.text("/")


def test_the_list_of_pairs_names_the_group(come: Come, several: Several) -> None:
    group = several.propose()
    other = several.another_mentor()
    alone = pairs.propose(
        several.session,
        several.curator,
        mentor_person_id=other.id,
        mentee_person_id=several.mentees[4].id,
        starts_on=group.starts_on,
        ends_on=group.ends_on,
        now=NOW,
    )
    several.session.commit()
    client = come(several, several.school.curator)
    page = client.client.get("/pairs/").text
    assert page.count(f'href="/pairs/groups/{group.id}"') == 4
    of_theme = client.client.get("/pairs/?theme=discipline").text
    assert (of_theme.count("/pairs/groups/"), "Ежова" in of_theme) == (5, False)
    assert "Пар не нашлось" in client.text("/pairs/?theme=parents")
    rows = sheet_of(client.client, "/pairs/export.xlsx?state=all")
    column = rows[0].index("Тема группы")
    assert sorted(str(row[column] or "") for row in rows[1:]) == ["", *["Дисциплина на уроке"] * 4]
    assert f'href="/pairs/groups/{group.id}"' in client.client.get(f"/pairs/{several.members(group)[0].id}").text
    assert "/pairs/groups/" not in client.client.get(f"/pairs/{alone.id}").text


def test_a_ban_of_the_board_is_told_to_the_curator(come: Come, several: Several) -> None:
    banned = several.mentees[0]
    several.session.add(
        Mark(
            school_id=several.school.id,
            mentee_person_id=banned.id,
            mentor_person_id=several.mentor.id,
            kind=MarkKind.FORBID,
            sealed_because=BOX.seal('"judgement"'),
            made_at=NOW,
        )
    )
    several.session.commit()
    client = come(several, several.school.curator)
    page = client.text(f"/pairs/groups/new?theme=discipline&mentor={several.mentor.id}")
    assert re.findall(r"(\w+) \w+ Юрь\w+ [^·]*на доске подбора стоит запрет", page) == ["Белкина"]


def test_a_page_costs_the_same_for_every_size(come: Come, runtime: Runtime, several: Several) -> None:
    """Counted on the group's page, the mentor's own and the member's."""
    more = make_person(several.session, several.school.id, 600, "Яшин Ян Янович", now=NOW)
    make_mentee(several.session, more, NOW)
    group = several.propose(*several.mentees[:3])
    several.session.commit()
    visits = [
        (come(several, several.school.curator), f"/pairs/groups/{group.id}"),
        (come(several, several.mentor), "/pairs/my-mentees"),
        (come(several, several.mentees[0]), "/pairs/my-mentor"),
    ]
    costs = []
    for person in (None, several.mentees[3], several.mentees[4]):
        if person is not None:
            service.add_member(several.session, several.curator, group.id, mentee_person_id=person.id, now=NOW)
            several.session.commit()
        for client, path in visits:
            client.client.get(path)
        costs.append([statements(runtime, partial(client.client.get, path)) for client, path in visits])
    assert costs[0] == costs[1] == costs[2]


# REST ---------------------------------------------------------------------------------------------------------------


def test_the_whole_way_over_rest(come: Come, several: Several) -> None:
    for person in several.mentees:
        make_papers(several.session, several.mentor, person, NOW)
    several.session.commit()
    curator = come(several, several.school.curator)
    body = {
        "mentor_person_id": several.mentor.id,
        "mentee_person_ids": [person.id for person in several.mentees[:4]],
        "theme": "parents",
        "starts_on": "2026-12-01",
        "ends_on": "2027-05-31",
        "kinds": ["remote"],
    }
    made = curator.ask("", **body)
    assert made.json is not None
    told = made.json
    assert (made.status_code, told["theme"], told["members_open"], told["kinds"]) == (
        201,
        "parents",
        4,
        ["remote", "group"],
    )
    assert [member["group_id"] for member in told["members"]] == [told["id"]] * 4
    path = f"/{told['id']}"
    again = curator.ask("", **body)
    assert again.json is not None
    assert (again.status_code, again.json["code"]) == (409, "no_free_place")
    mentor = come(several, several.mentor)
    answered = mentor.ask(f"{path}/answer", answer="yes")
    assert answered.status_code == 200
    for member in told["members"][:3]:
        person = next(one for one in several.mentees if one.id == member["mentee"]["id"])
        pairs.answer(several.session, several.school.actor(person), member["id"], Side.MENTEE, Answer.YES, NOW)
    several.session.commit()
    ordered = curator.ask(f"{path}/order", **ORDER)
    assert ordered.json is not None
    assert (len(ordered.json["fixed"]), [one["id"] for one in ordered.json["left"]]) == (3, [told["members"][3]["id"]])
    joined = curator.ask(f"{path}/members", mentee_person_id=several.mentees[4].id)
    assert joined.json is not None
    assert (joined.status_code, joined.json["state"]) == (201, "proposed")
    refused = curator.ask(f"{path}/members", mentee_person_id=several.mentees[4].id)
    assert refused.json is not None
    assert refused.json["errors"] == {"mentee_person_id": ["Ежова\u00a0А.\u00a0Ю.: наставник уже подобран"]}
    listed = curator.client.get("/api/v1/groups").json
    assert listed is not None
    assert [(row["id"], row["members_open"], "members" in row) for row in listed["rows"]] == [(told["id"], 5, False)]
    assert curator.ask(f"{path}/extend", ends_on="2027-08-31", **ORDER).status_code == 200
    assert curator.ask(f"{path}/notice", warned_on="2026-11-24").status_code == 200
    assert curator.ask(f"{path}/withdraw").status_code == 200
    assert curator.ask(f"{path}/end", reason="completed").status_code == 200
    seen = come(several, several.school.director).client.get(f"/api/v1/groups{path}").json
    assert seen is not None
    assert [member["state"] for member in seen["members"]] == ["ended"] * 3 + ["withdrawn"] * 2


def test_nothing_of_another_schools_group(come: Come, several: Several, other_several: Several) -> None:
    theirs = other_several.ordered()
    other_several.session.commit()
    curator, mentor = come(several, several.school.curator), come(several, several.mentor)
    data = {"ends_on": "2027-08-31", "reason": "completed", "answer": "yes", "warned_on": "2026-11-24", **ORDER} | {
        "mentee_person_id": several.mentees[0].id,
        "mentor_person_id": several.mentor.id,
    }
    found = [curator.client.get(f"/pairs/groups/{theirs.id}{path}").status_code for path in ("", "/replace")]
    for act in ("members", "order", "extend", "notice", "withdraw", "end", "replace", "answer", "refuse"):
        client = mentor if act in ("answer", "refuse") else curator
        found.append(client.post(f"/pairs/groups/{theirs.id}/{act}", **data).status_code)
        fields = {
            "answer": ["answer"],
            "order": [*ORDER],
            "extend": ["ends_on", *ORDER],
            "notice": ["warned_on"],
            "end": ["reason"],
        }.get(act, [])
        fields += {"members": ["mentee_person_id"], "replace": ["mentor_person_id"]}.get(act, [])
        found.append(client.ask(f"/{theirs.id}/{act}", **{name: data[name] for name in fields}).status_code)
    assert found == [404] * 20
    assert curator.client.get("/api/v1/groups").json == {"rows": [], "next": None, "previous": None}
    assert other_several.states(theirs) == ["ordered"] * 4


def test_who_may_look(come: Come, several: Several) -> None:
    group = several.propose()
    several.session.commit()
    for person, status in ((several.school.director, 200), (several.mentor, 403), (several.mentees[0], 403)):
        client = come(several, person)
        assert client.client.get(f"/pairs/groups/{group.id}").status_code == status
        assert client.client.get(f"/api/v1/groups/{group.id}").status_code == status
    assert "Добавить наставляемого" not in come(several, several.school.director).client.get(
        f"/pairs/groups/{group.id}"
    ).text.replace("\u00a0", " ")


def test_what_people_changed_in_moodle_stands_on_the_groups_page(
    sign_in: SignIn, csrf: Csrf, session: Session, several: Several
) -> None:
    group = several.ordered()
    space = several.members(group)[0].space
    space.moodle_group_id, space.noticed, space.noticed_at, space.found_name = 7, ["renamed"], NOW, "Наша группа"
    session.commit()
    curator = sign_in(several.school, several.school.curator)
    page = curator.get(f"/pairs/groups/{group.id}").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Группа теперь называется «Наша группа»" in page
    address = re.findall(r'action="([^"]+/space/leave)"', page)[0]
    back = re.findall(r'name="back" value="([^"]+)"', page)[0]
    answer = curator.post(address, data={"csrf_token": csrf(curator), "back": back})
    assert answer.location == f"/pairs/groups/{group.id}?done=space_left"
    assert "Оставить так" not in curator.get(f"/pairs/groups/{group.id}").text
