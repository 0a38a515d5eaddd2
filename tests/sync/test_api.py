"""The plugin's webhook, and passes over REST."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.models import MoodleSite, WebhookDelivery
from moodle_mentorship.moodle.signing import DELIVERY, SIGNATURE, TIMESTAMP, signed_headers
from moodle_mentorship.sync import jobs
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import NOW, SignIn, make_settings
from tests.factories import BOX, WEBHOOK_SECRET, TestSchool, make_school

CHANGED = json.dumps({"event": "staff_changed", "sequence": 12}).encode()
ID = "01234567-89ab-cdef-0123-456789abcdef"


def passes(session: Session) -> list[tuple[int, PassKind, PassState]]:
    session.commit()
    session.expire_all()
    rows = session.execute(select(SyncPass.school_id, SyncPass.kind, SyncPass.state).order_by(SyncPass.id))
    return [(row.school_id, row.kind, row.state) for row in rows]


def deliveries(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(select(WebhookDelivery.school_id, WebhookDelivery.delivery).order_by(WebhookDelivery.id))
    return [(row.school_id, row.delivery) for row in rows]


Send = Callable[..., TestResponse]


@pytest.fixture
def client(school: TestSchool, other_school: TestSchool, app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def send(client: FlaskClient, school: TestSchool) -> Send:
    """A message of the plugin, good unless the test says otherwise."""

    def post(
        body: bytes = CHANGED,
        *,
        connection: int | None = None,
        secret: str = WEBHOOK_SECRET,
        age: int = 0,
        **headers: str,
    ) -> TestResponse:
        signed = signed_headers(secret, body, delivery=ID, now=NOW - timedelta(seconds=age))
        signed |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"/api/v1/webhooks/moodle/{school.site.id if connection is None else connection}"
        return client.post(url, data=body, headers=signed, content_type="application/json")

    return post


def test_a_signed_message_asks_for_the_changes(send: Send, session: Session, school: TestSchool) -> None:
    answer = send()
    assert (answer.status_code, answer.json) == (202, {"status": "accepted"})
    assert passes(session) == [(school.id, PassKind.DELTA, PassState.QUEUED)]
    assert deliveries(session) == [(school.id, ID)]


def test_a_replay_is_answered_alike_and_does_nothing(send: Send, session: Session, school: TestSchool) -> None:
    first = send()
    session.get_one(SyncPass, session.scalars(select(SyncPass.id)).one()).state = PassState.DONE
    session.commit()
    second = send()
    assert (second.status_code, second.json) == (first.status_code, first.json)
    assert passes(session) == [(school.id, PassKind.DELTA, PassState.DONE)]


def test_a_ping_is_accepted_and_asks_for_nothing(send: Send, session: Session) -> None:
    assert send(b'{"event": "ping"}').status_code == 202
    assert passes(session) == []


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"secret": "00" * 32}, "signature_invalid"),
        ({SIGNATURE.replace("-", "_"): ""}, "signature_invalid"),
        ({SIGNATURE.replace("-", "_"): "v2=" + "0" * 64}, "signature_invalid"),
        ({SIGNATURE.replace("-", "_"): "v1=" + "0" * 64}, "signature_outdated"),
        ({DELIVERY.replace("-", "_"): ID.replace("0", "1", 1)}, "signature_invalid"),
        ({DELIVERY.replace("-", "_"): "1"}, "signature_invalid"),
        ({"connection": 999999}, "signature_invalid"),
        ({"age": 301}, "timestamp_out_of_window"),
        ({"age": -301}, "timestamp_out_of_window"),
        ({TIMESTAMP.replace("-", "_"): "soon"}, "timestamp_out_of_window"),
        ({"connection": 999999, "age": 301}, "timestamp_out_of_window"),
    ],
)
def test_what_is_not_signed_well_is_refused(send: Send, session: Session, how: dict[str, object], code: str) -> None:
    answer = send(**how)
    assert (answer.status_code, answer.json["code"] if answer.json else None) == (401, code)
    assert (passes(session), deliveries(session)) == ([], [])


def test_the_edge_of_the_window_is_inside(send: Send) -> None:
    assert send(age=300).status_code == 202


def test_an_unknown_connection_looks_like_a_wrong_signature(send: Send) -> None:
    unknown, wrong = send(connection=999999), send(secret="00" * 32)
    bodies = [dict(answer.json or {}) | {"reference": ""} for answer in (unknown, wrong)]
    assert (unknown.status_code, bodies[0]) == (wrong.status_code, bodies[1])


def test_a_message_to_another_schools_connection_is_refused(
    send: Send, session: Session, other_school: TestSchool
) -> None:
    theirs = session.get_one(MoodleSite, other_school.site.id)
    theirs.sealed_webhook_secret = BOX.seal("6f" * 32)
    session.commit()
    assert send(connection=other_school.site.id).status_code == 401
    assert passes(session) == []


def test_a_forged_message_does_not_wait_for_the_only_writer(fresh_url: str, tmp_path: Path, clock: FixedClock) -> None:
    """Whoever knows the address can send; on SQLite each of them would hold up the school's own work."""
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=clock, jobs=Jobs())
    with runtime.db.unit_of_work() as session:
        connection_id = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW).site.id
    client = create_app(runtime).test_client()
    statements: list[str] = []
    event.listen(runtime.db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    with runtime.db.unit_of_work() as writer:
        writer.execute(update(MoodleSite).values(name="Лицей"))
        statements.clear()
        headers = signed_headers("00" * 32, CHANGED, delivery=ID, now=NOW)
        answers = [
            client.post(f"/api/v1/webhooks/moodle/{number}", data=CHANGED, headers=headers)
            for number in (connection_id, 99)
        ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert [statement for statement in statements if not statement.startswith(("SELECT", "BEGIN"))] == []
    assert "BEGIN IMMEDIATE" not in statements
    runtime.db.engine.dispose()


def test_a_connection_that_is_switched_off_ends_retries(send: Send, session: Session, school: TestSchool) -> None:
    session.get_one(MoodleSite, school.site.id).disabled_at = NOW
    session.commit()
    answer = send()
    assert (answer.status_code, answer.json and answer.json["code"]) == (410, "connection_disabled")
    assert send(secret="00" * 32).status_code == 401


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"event": 1}', b"\xff"])
def test_a_signed_message_that_says_nothing_is_named(send: Send, session: Session, body: bytes) -> None:
    answer = send(body)
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "invalid")
    assert deliveries(session) == []


def test_old_delivery_ids_are_forgotten_at_night(
    send: Send, session: Session, clock: FixedClock, runtime: Runtime
) -> None:
    send()
    jobs.forget_deliveries(runtime)
    session.commit()
    assert len(deliveries(session)) == 1
    clock.move_to(NOW + timedelta(days=1, seconds=1))
    jobs.forget_deliveries(runtime)
    session.commit()
    assert deliveries(session) == []


def test_passes_over_rest(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    session.add(
        SyncPass(school_id=other_school.id, kind=PassKind.FULL, source="plugin", state=PassState.DONE, created_at=NOW)
    )
    session.commit()
    client = sign_in(school, site_administrator=True)
    headers = {"X-CSRF-Token": csrf(client)}

    first = client.post("/api/v1/sync/passes", json={"kind": "full"}, headers=headers)
    second = client.post("/api/v1/sync/passes", json={"kind": "delta"}, headers=headers)
    wrong = client.post("/api/v1/sync/passes", json={"kind": "all"}, headers=headers)
    listed = client.get("/api/v1/sync/passes")

    assert (first.status_code, second.status_code, wrong.status_code, listed.status_code) == (202, 202, 422, 200)
    assert first.json == second.json
    assert listed.json == [first.json]
    assert first.json is not None
    assert (first.json["kind"], first.json["state"], first.json["total"]) == ("full", "queued", None)


@pytest.mark.parametrize("who", ["curator", "director"])
def test_passes_are_the_administrators(sign_in: SignIn, school: TestSchool, who: str) -> None:
    client = sign_in(school, getattr(school, who))
    assert client.get("/api/v1/sync/passes").status_code == 403
