"""The administrator's page, its fragment, the question about losses."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service.directory import MAPPABLE
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.texts import REASONS, UNKNOWN, reason
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool

Csrf = Callable[[FlaskClient], str]


def make_pass(session: Session, school: TestSchool, state: PassState = PassState.DONE, **values: object) -> SyncPass:
    row = SyncPass(
        school_id=school.id, kind=PassKind.FULL, source=PassSource.PLUGIN, state=state, created_at=NOW, started_at=NOW
    )
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.commit()
    return row


def make_stuck(session: Session, school: TestSchool, code: str = "moodle_permission_missing") -> OutboxItem:
    item = OutboxItem(
        school_id=school.id,
        stream="pair:7",
        kind="pair.group",
        payload={},
        state=OutboxState.STUCK,
        attempts=8,
        created_at=NOW,
        due_at=NOW,
        error_code=code,
    )
    session.add(item)
    session.commit()
    return item


def all_errors(kind: type[errors.MoodleError] = errors.MoodleError) -> set[str]:
    return {kind.code}.union(*(all_errors(child) for child in kind.__subclasses__()))


def test_every_code_has_a_sentence() -> None:
    assert all_errors() - REASONS.keys() == set()
    assert reason(None) == UNKNOWN


def test_the_page_shows_passes_of_its_own_school(
    sign_in: SignIn, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    make_pass(session, school, seen=64, total=64, created=3)
    make_pass(session, other_school, PassState.FAILED, error_code="moodle_token_invalid")
    page = sign_in(school, site_administrator=True).get("/sync/").text
    assert page.count("<tr>") == 2
    assert "moodle_token_invalid" not in page


def test_without_a_moodle_the_page_says_what_to_do(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    session.get_one(MoodleSite, school.site.id).disabled_at = NOW
    session.commit()
    client = sign_in(school, site_administrator=True)
    page = client.get("/sync/")
    assert (page.status_code, "bi-plug" in page.text, 'name="kind"' in page.text) == (200, True, False)


def test_a_pass_is_asked_for_and_cancelled(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> None:
    client = sign_in(school, site_administrator=True)
    token = csrf(client)
    asked = client.post("/sync/run", data={"kind": "full", "csrf_token": token})
    assert (asked.status_code, asked.location) == (303, "/sync/")
    row = session.scalars(select(SyncPass)).one()
    assert "<progress" in client.get("/sync/").text

    client.post(f"/sync/passes/{row.id}/cancel", data={"csrf_token": token})
    session.commit()
    session.expire_all()
    assert row.state is PassState.CANCELLED


def test_the_fragment_shows_how_far_it_is_and_then_reloads_the_page(
    sign_in: SignIn, session: Session, school: TestSchool
) -> None:
    row = make_pass(session, school, PassState.RUNNING, seen=500, total=2000)
    client = sign_in(school, site_administrator=True)
    running = client.get("/sync/progress")
    assert ('max="2000" value="500"' in running.text, "HX-Refresh" in running.headers) == (True, False)
    row.state = PassState.DONE
    session.commit()
    done = client.get("/sync/progress")
    assert ("<progress" in done.text, done.headers["HX-Refresh"]) == (False, "true")


@pytest.mark.parametrize("who", ["administrator", "curator"])
@pytest.mark.parametrize(("answer", "status"), [("confirm", StaffStatus.LEAVING), ("discard", StaffStatus.ACTIVE)])
def test_the_question_is_answered_by_administrator_or_curator(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, who: str, answer: str, status: StaffStatus
) -> None:
    row = make_pass(session, school, PassState.ASKING)
    for person in session.scalars(select(Person).where(Person.school_id == school.id)):
        person.missing_since_pass = row.id if person is school.teachers[0] else None
    session.commit()
    client = sign_in(school, site_administrator=True) if who == "administrator" else sign_in(school, school.curator)

    page = client.get(f"/sync/passes/{row.id}/losses").text
    # The staff list is the curator's; whoever administers Moodle finds the same people there, by their accounts.
    assert ("Белова Марина Павловна" in page, "Зайцев Павел Андреевич" in page) == (who == "curator", False)
    assert ("/user/profile.php?id=10" in page, "/user/profile.php?id=11" in page) == (who == "administrator", False)
    assert any(person.last_name in page for person in school.teachers) == (who == "curator")
    client.post(f"/sync/passes/{row.id}/losses", data={"answer": answer, "csrf_token": csrf(client)})

    session.commit()
    session.expire_all()
    assert school.teachers[0].status is status
    assert client.get(f"/sync/passes/{row.id}/losses").status_code == 404


def test_another_schools_question_is_not_found(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    row = make_pass(session, other_school, PassState.ASKING)
    client = sign_in(school, site_administrator=True)
    data = {"answer": "confirm", "csrf_token": csrf(client)}
    assert client.get(f"/sync/passes/{row.id}/losses").status_code == 404
    assert client.post(f"/sync/passes/{row.id}/losses", data=data).status_code == 404
    assert client.post(f"/sync/passes/{row.id}/cancel", data=data).status_code == 404


def test_what_is_stuck_is_explained_and_retried(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    mine, also, theirs = (
        make_stuck(session, school),
        make_stuck(session, school, "fault"),
        make_stuck(session, other_school),
    )
    client = sign_in(school, site_administrator=True)
    token = {"csrf_token": csrf(client)}
    page = client.get("/sync/").text
    assert page.count("/retry") == 3
    assert client.post(f"/sync/outbox/{theirs.id}/retry", data=token).status_code == 404
    client.post(f"/sync/outbox/{mine.id}/retry", data=token)
    session.commit()
    session.expire_all()
    assert [item.state for item in (mine, also, theirs)] == [OutboxState.WAITING, OutboxState.STUCK, OutboxState.STUCK]
    client.post("/sync/outbox/retry", data=token)
    session.commit()
    session.expire_all()
    assert [item.state for item in (mine, also, theirs)] == [
        OutboxState.WAITING,
        OutboxState.WAITING,
        OutboxState.STUCK,
    ]


def test_fields_are_mapped_and_a_full_pass_follows(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    client = sign_in(school, site_administrator=True)
    token = csrf(client)
    for _ in range(2):
        data = {"subjects": "position", "position": "", "csrf_token": token}
        assert client.post("/sync/fields", data=data).status_code == 303
    session.commit()
    session.expire_all()
    site = session.get_one(MoodleSite, school.site.id)
    kinds = session.scalars(select(SyncPass.kind)).all()
    assert (site.field_map, kinds) == ({"subjects": "position"}, [PassKind.FULL])


def test_each_field_of_the_form_can_be_mapped(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    client = sign_in(school, site_administrator=True)
    client.post("/sync/fields", data={target.value: "position" for target in MAPPABLE} | {"csrf_token": csrf(client)})
    session.commit()
    session.expire_all()
    assert set(session.get_one(MoodleSite, school.site.id).field_map) == {target.value for target in MAPPABLE}
    page = client.get("/sync/").text
    assert page.count('<option value="position" selected>') == len(MAPPABLE)


def test_a_field_that_moodle_does_not_have_is_named(
    sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool
) -> None:
    client = sign_in(school, site_administrator=True)
    answer = client.post("/sync/fields", data={"subjects": "nowhere", "csrf_token": csrf(client)})
    assert (answer.status_code, 'id="e-subjects"' in answer.text) == (422, True)
    assert session.scalars(select(SyncPass.id)).all() == []


def test_the_journal_is_read_in_pages(sign_in: SignIn, session: Session, school: TestSchool) -> None:
    rows = [make_pass(session, school, started_at=NOW + timedelta(minutes=number)) for number in range(45)]
    client = sign_in(school, site_administrator=True)
    sizes = [client.get(f"/sync/?before={before}").text.count("<tr>") - 1 for before in (rows[-1].id + 1, rows[5].id)]
    assert sizes == [20, 5]
    assert client.get("/sync/?before=x").status_code == 404
