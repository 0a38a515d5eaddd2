"""Names, addresses and tokens are fed in at every door, and none of them comes out in a log line.

Every line is JSON and says to which request or job it belongs.
"""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from huey import MemoryHuey
from sqlalchemy import insert
from sqlalchemy.orm import Session
from waitress.server import create_server

from moodle_mentorship.app import create_app
from moodle_mentorship.banks import service as banks
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.logging import configure_logging
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import service as lti
from moodle_mentorship.lti.sessions import Carrier, open_session
from moodle_mentorship.moodle.signing import INVITATION, signed_headers
from moodle_mentorship.people.models import Person
from moodle_mentorship.sync.service import RUN
from moodle_mentorship.web.access import any_role
from tests.conftest import BASE_URL, NOW, SignIn
from tests.factories import WEBHOOK_SECRET, TestSchool, grant, make_launch
from tests.guards.test_hostile import FIELDS, PARAMETERS, SOUND, routes
from tests.lti.platform import KEYSET, make_browser, make_claims, make_token, serve
from tests.sync.conftest import Syncing, connect, demo_moodle

# Each stands for one kind of what belongs in no log; no word of ours contains them.
NAME, LATIN, TOKEN = "Ъжегова", "Qzhegova", "qzt0ken" + "5" * 25
MAIL = f"{LATIN}@qzschool.example".lower()
EVERYTHING = f"{NAME} {LATIN} <{MAIL}> {TOKEN}"
# Messages of exceptions quote what they choke on; of what stands there bare, only English words are let through.
MESSAGE = f"{NAME} '{LATIN}' {MAIL} {TOKEN}"
SECRETS = (NAME, LATIN, "qzschool", TOKEN)


class Log:
    """What the test wrote to standard error, line by line."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        # What this test alone made: handles, signed tokens.
        self.more: tuple[str, ...] = ()

    def read(self) -> list[dict[str, Any]]:
        """The lines so far; fails when one of them is no JSON, or holds what belongs in no log."""
        out, err = self._capfd.readouterr()
        assert out == ""
        lines = [json.loads(line) for line in err.splitlines()]
        assert lines != []
        # Written out anew: what JSON escapes in a line is read as well.
        text = err.lower() + json.dumps(lines, ensure_ascii=False).lower()
        assert [(secret, line) for line in lines for secret in (*SECRETS, *self.more) if secret in str(line)] == []
        assert [secret for secret in (*SECRETS, *self.more) if secret.lower() in text] == []
        return lines


@pytest.fixture
def log(runtime: Runtime, capfd: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """Everything that is logged from here on, at the talkative level."""
    configure_logging(debug=True)
    capfd.readouterr()
    yield Log(capfd)
    configure_logging(debug=False)


@pytest.fixture
def people(session: Session, school: TestSchool) -> TestSchool:
    """A school whose every text is one of those."""
    school.school.full_name, school.school.short_name = f"Лицей {NAME}", NAME
    for number, person in enumerate((school.curator, school.director, *school.teachers)):
        person.last_name, person.first_name, person.middle_name = f"{NAME}{number}", LATIN, NAME
        person.email, person.position, person.search_name = MAIL, f"учитель {NAME}", NAME.lower()
    session.commit()
    return school


def test_every_route_with_names_in_its_form_and_address(
    app: Flask,
    people: TestSchool,
    session: Session,
    sign_in: SignIn,
    csrf: Callable[[FlaskClient], str],
    log: Log,
) -> None:
    for role in (Role.DIRECTOR, Role.CLERK, Role.PSYCHOLOGIST):
        grant(session, people.curator, role, NOW)
    known = sign_in(people, people.curator, site_administrator=True)
    stranger = app.test_client()
    headers = {"Origin": BASE_URL, "X-CSRF-Token": csrf(known), "User-Agent": LATIN, "Referer": f"{BASE_URL}/{LATIN}"}
    form = dict.fromkeys(FIELDS, EVERYTHING)
    for method, address in routes(app, str(people.teachers[0].id)):
        for client in (known, stranger):
            client.open(address, method=method, query_string=dict.fromkeys(PARAMETERS, EVERYTHING), headers=headers)
            if method != "GET":
                for values in (form, form | SOUND):
                    client.open(address, method=method, data=values, headers=headers)
                    client.open(address, method=method, json=values, headers=headers)
    known.get(f"/{EVERYTHING}")
    lines = log.read()
    assert {line["status"] for line in lines if line["event"] == "request"} >= {200, 303, 401, 404, 422}
    assert [line for line in lines if "request" not in line] == []


def test_launches_that_are_let_in_and_refused(app: Flask, people: TestSchool, session: Session, log: Log) -> None:
    people.platform.jwks, people.platform.jwks_fetched_at, people.platform.jwks_tried_at = KEYSET, NOW, NOW
    session.commit()
    named = {"given_name": NAME, "family_name": LATIN, "name": NAME, "email": MAIL}
    tokens, states = [], []
    for changes in ({}, {"sub": "4711"}, {"aud": LATIN}, {"nonce": NAME}, {"deployment_id": EVERYTHING}, {"exp": NAME}):
        browser = make_browser(app)
        browser.login(login_hint=TOKEN, lti_message_hint=EVERYTHING)
        claims = make_claims(NOW, **{"nonce": browser.nonce} | changes) | named
        tokens.append(make_token(claims))
        states.append(browser.state)
        browser.launch(tokens[-1])
    browser = make_browser(app)
    browser.login(iss=f"https://{MAIL}", client_id=NAME)
    browser.login()
    browser.launch(f"{TOKEN}.{TOKEN}.{TOKEN}")
    browser.launch(tokens[0][:-6] + "AAAAAA", state=EVERYTHING)
    # Neither a token as a whole nor its signature, neither a login state nor what of it is stored.
    log.more = (*tokens, *(token.rpartition(".")[2] for token in tokens), *(state for state in states if state))
    statuses = {line["status"] for line in log.read() if line["event"] == "request" and line["method"] == "POST"}
    assert statuses >= {303, 400, 403}


def test_a_session_s_handle(app: Flask, people: TestSchool, session: Session, log: Log) -> None:
    """In a cookie, and in the path where there are no cookies; known and unknown ones, and one that breaks a view."""
    launch = make_launch(session, people, people.curator, now=NOW)
    handle = open_session(session, launch, "https://moodle.example", NOW, Carrier.PATH)
    session.commit()
    client = app.test_client()
    app.view_functions["people.staff"] = any_role(cast(Callable[..., str], _break))
    unknown = "Q" * 43
    for each in (handle, unknown):
        for path in ("/", "/staff/", "/pairs/", "/no/such/page"):
            client.get(f"/~{each}{path}", base_url=BASE_URL)
    log.more = (handle, unknown)
    statuses = {line["status"] for line in log.read() if "status" in line}
    assert statuses == {200, 401, 404, 500}


def _break(*args: object, **options: object) -> None:
    """A fault that carries names in its message, its locals, its notes and its cause."""
    name = MESSAGE
    try:
        int(name)
    except ValueError as error:
        error.add_note(name)
        raise KeyError(name, {"name": name}) from error


def test_faults_in_views_in_sql_and_after_the_view(
    app: Flask,
    people: TestSchool,
    sign_in: SignIn,
    csrf: Callable[[FlaskClient], str],
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = sign_in(people, people.curator)

    def refused_row(session: Session, *args: object, **options: object) -> None:
        session.execute(insert(Person).values(last_name=EVERYTHING, email=MAIL, school_id=people.id, status_since=NOW))

    def no_such_column(session: Session, *args: object, **options: object) -> None:
        session.connection().exec_driver_sql(f"SELECT {NAME} FROM person WHERE last_name = '{LATIN}'")

    headers = {"Origin": BASE_URL, "X-CSRF-Token": csrf(client)}
    for broken in (refused_row, no_such_column, _break):
        monkeypatch.setattr(banks, "add_mentee", broken)
        answer = client.post("/api/v1/mentees", json={"person_id": people.teachers[0].id}, headers=headers)
        assert answer.status_code == 500
    lines = [line for line in log.read() if "exception" in line]
    kinds = [line["exception"][0]["exc_type"] for line in lines]
    assert kinds[0] == "IntegrityError"
    assert kinds[2] == "KeyError"
    assert len(kinds) == 3


def test_passes_over_odd_names_and_a_moodle_that_quotes_them(
    runtime: Runtime, session: Session, people: TestSchool, other_school: TestSchool, clock: FixedClock, log: Log
) -> None:
    create_app(runtime)
    with demo_moodle(token=TOKEN) as moodle, serve() as quoting:
        moodle.profile_fields.update(position="text", hired="datetime")
        for number, name in enumerate((NAME, f"{NAME}\u2028{LATIN}", f"{LATIN}\x07", "𝒜" + LATIN, " ", NAME * 60)):
            moodle.add_user(f"{LATIN}{number}", name, LATIN, NAME, profile={"position": EVERYTHING}, staff=True)
        connect(session, people, moodle)
        syncing = Syncing(runtime, people, moodle, session, clock)
        first = syncing.ask()
        runtime.jobs.run(runtime, RUN, first)
        assert syncing.row(first).seen > 0
        people.site.rest_url = f"{quoting.url}/rest"
        session.commit()
        refusal = {
            "exception": "dml_exception",
            "errorcode": "dmlreadexception",
            "message": EVERYTHING,
            "debuginfo": EVERYTHING,
        }
        for number, said in enumerate((json.dumps(refusal), f"<html>{EVERYTHING}</html>", f'{{"users": "{NAME}')):
            raw = said.encode()
            quoting.routes["/rest"] = lambda *_, raw=raw: (200, {"Content-Type": "application/json"}, raw)
            clock.move_to(NOW + timedelta(hours=1 + number))
            runtime.jobs.run(runtime, RUN, syncing.ask())
            runtime.jobs.run_sweeps(runtime)
            runtime.jobs.run_nightly(runtime)
        assert quoting.requests != []
    lines = log.read()
    assert "pass_failed" in {line["event"] for line in lines}
    assert [line for line in lines if not {"job", "sync_pass"} & line.keys()] == []


def test_jobs_that_break(runtime: Runtime, log: Log) -> None:
    """By our own hands, and where the queue itself can't be read."""

    class BrokenQueue(MemoryHuey):  # type: ignore[misc]  # huey has no types
        def enqueue(self, task: object) -> None:
            raise ConnectionError(MESSAGE)

    jobs = Jobs(BrokenQueue("broken", results=False))
    jobs.handler("break", lambda _runtime, _row: _break())
    jobs.sweep("break", lambda _runtime: _break())
    jobs.bind(runtime)
    jobs.wake("break", 7)
    jobs.run(runtime, "break", 7)
    jobs.run_sweeps(runtime)
    runtime.jobs.bind(runtime)
    runtime.jobs.huey.task(name="outside")(_break)()
    while len(runtime.jobs.huey):
        runtime.jobs.huey.execute(runtime.jobs.huey.dequeue())
    lines = log.read()
    events = [line["event"] for line in lines]
    assert events[:3] == ["queue_unavailable", "job_failed", "sweep_failed"]
    assert [line["logger"] for line in lines[3:]] == ["huey"]
    assert [(line["job"], "run" in line) for line in lines[1:3]] == [("break", True), ("break", True)]


def test_messages_of_the_plugin(
    app: Flask, people: TestSchool, session: Session, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, url = app.test_client(), f"/api/v1/webhooks/moodle/{people.site.id}"
    for body in (json.dumps({"event": EVERYTHING}).encode(), EVERYTHING.encode(), b'{"event":"ping"}', b"\xff\xfe"):
        for secret in (WEBHOOK_SECRET, TOKEN):
            headers = signed_headers(secret, body, delivery=str(uuid.uuid4()), now=NOW)
            client.post(url, data=body, headers={**headers, "Content-Type": "application/json"})
    code = lti.invite(session, people.id, NOW)
    session.commit()
    handover = {"protocol": 2, "webservice": {"token": TOKEN, "url": f"https://{MAIL}/"}, "site": {"name": NAME}}
    for body in (json.dumps(handover).encode(), EVERYTHING.encode()):
        headers = signed_headers(WEBHOOK_SECRET, body, delivery=str(uuid.uuid4()), now=NOW)
        client.post("/api/v1/connect", data=body, headers={**headers, INVITATION: code})
    log.more = (code, WEBHOOK_SECRET)
    assert {line["status"] for line in log.read() if line["event"] == "request"} >= {202, 401, 422}


def test_what_the_server_itself_says(log: Log) -> None:
    """An answer that breaks while it is sent is past our error pages: waitress tells of it, with the address."""

    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"so far"
        _break()

    server: Any = create_server(application, host="127.0.0.1", port=0, threads=1)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with pytest.raises(requests.RequestException):
        requests.get(
            f"http://127.0.0.1:{server.effective_port}/~{TOKEN}/{LATIN}?q={NAME}", timeout=5
        ).raise_for_status()
    server.close()
    thread.join(5)
    lines = log.read()
    said = [(line["logger"], line["event"]) for line in lines]
    # On a busy machine the request waits for its thread, and waitress says that, too.
    said = [line for line in said if line != ("waitress.queue", "Task queue depth is 1")]
    assert said == [("waitress", "Exception while serving …")]
