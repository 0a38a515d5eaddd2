"""A confidential request for another mentor: asked, taken back, answered, and read by nobody else."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.holdings import Subject, table_of
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import EndReason, PauseReason, Side
from moodle_mentorship.pairs.errors import PairMovedOn
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.rematch import queries, service
from moodle_mentorship.pairs.rematch.errors import RequestClosed
from moodle_mentorship.pairs.rematch.models import Rematch
from tests.conftest import NOW, SignIn
from tests.factories import BOX, grant, make_consent, make_mentor
from tests.pairs.board.test_views import text_of
from tests.pairs.conftest import ORDER, Two

Csrf = Callable[[FlaskClient], str]
REASON = "Нам трудно говорить друг с другом"


def ask(two: Two, pair: Pair, reason: str | None = REASON) -> Rematch:
    return service.ask(two.session, BOX, two.as_(Side.MENTEE), pair.id, reason, NOW)


def test_a_mentee_asks_changes_the_reason_and_takes_it_back(two: Two, session: Session) -> None:
    pair = two.ordered()
    request = ask(two, pair)
    assert request.sealed_reason is not None
    assert (REASON in request.sealed_reason, BOX.open(request.sealed_reason)) == (False, REASON)
    assert ask(two, pair, None) is request
    assert request.sealed_reason is None
    service.take_back(session, two.as_(Side.MENTEE), pair.id, NOW)
    with pytest.raises(RequestClosed):
        service.take_back(session, two.as_(Side.MENTEE), pair.id, NOW)
    with pytest.raises(RequestClosed):
        service.answer(session, BOX, two.curator, pair.id, "Поговорим", NOW)
    assert ask(two, pair).id != request.id


def test_only_the_mentee_of_a_pair_at_work_asks(two: Two, other_two: Two) -> None:
    pair = two.agreed()
    with pytest.raises(PairMovedOn):
        ask(two, pair)
    for actor in (two.as_(Side.MENTOR), two.curator, other_two.as_(Side.MENTEE)):
        with pytest.raises(NotFound):
            service.ask(two.session, BOX, actor, pair.id, None, NOW)


def test_the_answer_is_the_mentees_to_read(two: Two, other_two: Two, session: Session) -> None:
    pair = two.ordered()
    ask(two, pair)
    with pytest.raises(NotFound):
        service.answer(session, BOX, other_two.curator, pair.id, "Поговорим", NOW)
    request = service.answer(session, BOX, two.curator, pair.id, "Поговорим", NOW)
    assert request.answered_by == two.school.curator.id
    assert [found.id for found, _pair in queries.unread(session, two.school.id, two.mentee.id, 5)] == [request.id]
    service.read(session, two.as_(Side.MENTEE), pair.id, NOW)
    assert queries.unread(session, two.school.id, two.mentee.id, 5) == []


def test_a_request_of_an_ended_pair_waits_for_nobody(two: Two, session: Session) -> None:
    pair = two.ordered()
    ask(two, pair)
    assert len(queries.open_pairs(session, two.school.id, two.school.curator.id, 5)) == 1
    pairs.end(session, Jobs(), two.curator, pair.id, EndReason.AGREEMENT, NOW)
    assert queries.open_pairs(session, two.school.id, two.school.curator.id, 5) == []


def test_the_mentee_of_a_suspended_pair_asks_too(two: Two, sign_in: SignIn, session: Session) -> None:
    pair = two.ordered()
    day = ORDER["today"]
    pair.starts_on = day
    leave = PauseReason.LEAVE
    pairs.suspend(session, two.curator, pair.id, reason=leave, from_on=day, until_on=None, today=day, now=NOW)
    ask(two, pair)
    session.commit()
    assert f"/pairs/{pair.id}/another-mentor" in sign_in(two.school, two.mentee).get("/pairs/my-mentor").text
    curator = sign_in(two.school, two.school.curator)
    assert f"/pairs/{pair.id}/request" in curator.get("/").text
    assert f"/pairs/{pair.id}/request" in curator.get(f"/pairs/{pair.id}").text
    assert 'name="reply"' in curator.get(f"/pairs/{pair.id}/request").text


def test_where_nobody_else_would_read_it_the_mentee_is_led_to_the_director(
    two: Two, sign_in: SignIn, csrf: Csrf, session: Session
) -> None:
    pair = two.ordered()
    grant(session, two.mentor, Role.CURATOR, NOW)
    session.commit()
    mentee = sign_in(two.school, two.mentee)
    address = f"/pairs/{pair.id}/another-mentor"
    assert 'name="reason"' in mentee.get(address).text
    two.school.curator.suspended = True
    session.commit()
    page = text_of(mentee.get(address).text)
    assert f"обратитесь к директору: {two.school.director.full_name}" in page
    assert 'name="reason"' not in mentee.get(address).text
    refused = mentee.post(address, data={"csrf_token": csrf(mentee), "reason": REASON})
    assert (refused.status_code, queries.of_pair(session, two.school.id, pair.id)) == (409, None)


def test_the_curator_replaces_the_mentor_by_the_alternative(
    two: Two, other_two: Two, sign_in: SignIn, csrf: Csrf, session: Session
) -> None:
    pair = two.ordered()
    third = two.school.teachers[2]
    make_mentor(session, third, NOW)
    make_consent(session, third, NOW, ConsentKind.PROCESSING_MENTOR)
    ask(two, pair)
    session.commit()
    curator = sign_in(two.school, two.school.curator)
    address = f"/pairs/{pair.id}/replace?mentor={third.id}"
    assert f'href="{address}"' in curator.get(f"/pairs/{pair.id}/request").text
    chosen = curator.get(address).text
    assert re.findall(r'name="mentor_person_id" value="(\d+)"', chosen) == [str(third.id)]
    assert "Выбрать другого" in chosen
    # Somebody of this very pair, or of another school, is no choice: the list stands there.
    for nobody in (two.mentor.id, other_two.mentor.id):
        assert "Выбрать другого" not in curator.get(f"/pairs/{pair.id}/replace?mentor={nobody}").text
    early = curator.post(address, data={"csrf_token": csrf(curator), "mentor_person_id": third.id})
    assert (early.status_code, "Выбрать другого" in early.text) == (409, True)


def test_by_clicks(two: Two, sign_in: SignIn, csrf: Csrf, session: Session) -> None:
    pair = two.ordered()
    third = two.school.teachers[2]
    make_mentor(session, third, NOW)
    session.commit()
    mentee = sign_in(two.school, two.mentee)
    address = f"/pairs/{pair.id}/another-mentor"
    assert address in mentee.get("/pairs/my-mentor").text
    assert "Видит её только куратор" not in mentee.get(address).text
    token = {"csrf_token": csrf(mentee)}
    long = mentee.post(address, data=token | {"reason": "а" * 1001})
    assert (long.status_code, 'id="e-reason"' in long.text) == (422, True)
    assert mentee.post(address, data=token | {"reason": REASON}).location == f"{address}?done=rematch_asked"
    assert REASON in mentee.get(address).text

    curator = sign_in(two.school, two.school.curator)
    today = text_of(curator.get("/").text)
    assert f"{two.mentee.short_name}: просьба о другом наставнике".replace("\u00a0", " ") in today
    shown = f"/pairs/{pair.id}/request"
    assert shown in curator.get(f"/pairs/{pair.id}").text
    page = text_of(curator.get(shown).text)
    assert REASON in page
    token = {"csrf_token": csrf(curator)}
    assert curator.post(shown, data=token | {"reply": " "}).status_code == 422
    assert curator.post(shown, data=token | {"reply": "Поговорим завтра"}).status_code == 303
    assert curator.post(shown, data=token | {"reply": "Ещё раз"}).status_code == 409

    mentee = sign_in(two.school, two.mentee)
    assert "Куратор ответил вам" in mentee.get("/").text
    assert mentee.post(f"{address}/read", data={"csrf_token": csrf(mentee)}).location == address
    assert "Поговорим завтра" in mentee.get(address).text
    assert "Куратор ответил вам" not in mentee.get("/").text


@pytest.mark.parametrize(
    "role", [Role.MENTOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK, "curator and mentor", None]
)
def test_nobody_else_can_tell(two: Two, sign_in: SignIn, session: Session, role: Role | str | None) -> None:
    """No page, list, file to take along or line of the journal differs, the mentor's least of all; a curator who is
    the mentor reads nothing of it either."""
    pair = two.ordered()
    person = (
        {
            Role.MENTOR: two.mentor,
            Role.DIRECTOR: two.school.director,
            Role.PSYCHOLOGIST: two.school.teachers[2],
            Role.CLERK: two.school.teachers[3],
            "curator and mentor": two.mentor,
        }.get(role)
        if role is not None
        else None
    )
    if role in (Role.PSYCHOLOGIST, Role.CLERK):
        assert isinstance(role, Role)
        assert person is not None
        grant(session, person, role, NOW)
    if role == "curator and mentor":
        grant(session, two.mentor, Role.CURATOR, NOW)
    client = sign_in(two.school, person, site_administrator=role is None)
    rules = [rule.rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    addresses = [rule for rule in rules if "<" not in rule and not rule.startswith("/static") and "metrics" not in rule]
    addresses += [f"/pairs/{pair.id}", f"/pairs/{pair.id}/other-side", f"/api/v1/pairs/{pair.id}"]

    def looked() -> dict[str, str]:
        answers = {address: client.get(address) for address in addresses}
        return {
            address: answer.text
            for address, answer in answers.items()
            if answer.mimetype in {"text/html", "application/json"} and answer.status_code == 200
        }

    before = looked()
    ask(two, pair)
    session.commit()
    assert looked() == before
    for address in (f"/pairs/{pair.id}/request", f"/pairs/{pair.id}/another-mentor"):
        assert client.get(address).status_code in (403, 404)


def test_what_is_held_of_the_mentor_does_not_know_it(app: Flask, two: Two, runtime: Runtime, session: Session) -> None:
    pair = two.ordered()
    ask(two, pair)
    service.answer(session, BOX, two.curator, pair.id, "Поговорим", NOW)
    (holding,) = [held for held in runtime.holdings.held if table_of(held).name == "rematch"]

    def rows(person_id: int) -> int:
        return runtime.holdings.count(session, holding, Subject(two.school.id, person_id, 0))

    assert (rows(two.mentee.id), rows(two.mentor.id), rows(two.school.curator.id)) == (1, 0, 0)


def test_the_journal_says_nothing(two: Two, session: Session) -> None:
    pair = two.ordered()
    before = len(session.scalars(select(AuditEvent)).all())
    ask(two, pair)
    service.answer(session, BOX, two.curator, pair.id, "Поговорим", NOW)
    assert len(session.scalars(select(AuditEvent)).all()) == before
