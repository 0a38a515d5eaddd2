"""Names and Roles: the client against answers of a real Moodle 4.5.6, against hostile ones, and the demonstration."""

import io
import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from requests.adapters import BaseAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session
from urllib3 import HTTPResponse

from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig, DemoTool
from moodle_mentorship.demo.moodle.state import EDITING_TEACHER, DemoMoodle
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.keys import public_keys, rotate
from moodle_mentorship.moodle.line import Line, Retries
from moodle_mentorship.moodle.models import Platform, RosterAddress
from moodle_mentorship.moodle.results import RosterPerson, RosterRole
from moodle_mentorship.moodle.roster import RosterClient, RosterSource, next_page, remember_address, roster_source
from moodle_mentorship.moodle.service_tokens import MEMBERSHIPS, Client, ServiceTokens, TokenStore, teach_key
from tests.conftest import NOW
from tests.factories import TestSchool
from tests.moodle.test_client import Answer, Replay
from tests.outside import LOCAL

RECORDINGS = Path(__file__).parent / "recordings" / "lti"
HOST = "http://localhost:8085"
TOKEN_URL = f"{HOST}/mod/lti/token.php"
MEMBERS = f"{HOST}/mod/lti/services.php/CourseSection/2/bindings/1/memberships"
CLIENT = Client("ZwwG3nUMVwnR32C", TOKEN_URL)
SOURCE = RosterSource("2", MEMBERS, CLIENT)
SECRET = "a-service-token-that-no-log-shows"


def recorded(name: str) -> Answer:
    kept = json.loads((RECORDINGS / "services.json").read_text("utf-8"))[name]
    headers = dict(kept["headers"])
    return Answer(kept["body"], kept["status"], headers.pop("Content-Type"), headers)


def granted(seconds: int = 3600) -> Answer:
    return Answer(
        {"access_token": SECRET, "token_type": "Bearer", "expires_in": seconds, "scope": MEMBERSHIPS},
        content_type="text/html; charset=utf-8",
    )


def members(*rows: dict[str, Any], **headers: str) -> Answer:
    return Answer({"id": MEMBERS, "context": {"id": "2"}, "members": list(rows)}, headers=headers)


class Seconds:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A client whose network is a queue of answers."""

    def __init__(self, runtime: Runtime, *answers: Answer | Exception, role: RosterRole | None = None) -> None:
        self.seconds = Seconds()
        self.replay = Replay(granted(), *answers)
        self.line = Line(
            guard=LOCAL,
            retries=Retries(attempts=3),
            adapter=self.replay,
            sleep=lambda _: None,
            uniform=lambda low, high: 0.0,
            max_bytes=200_000,
        )
        self.store = TokenStore(self.seconds)
        self.client = RosterClient(SOURCE, ServiceTokens(runtime, self.line, CLIENT, self.store), self.line, role=role)

    @property
    def addresses(self) -> list[str]:
        return [str(request.url) for request in self.replay.requests]


# Pages ------------------------------------------------------------------------------------------------------------


def test_a_recorded_page(runtime: Runtime) -> None:
    bench = Bench(runtime, recorded("nrps_limit"))
    page = bench.client.page()
    assert page.people == (
        RosterPerson(32, "Васильева", "Анна", None, "teacher30@school.example", frozenset({RosterRole.LEARNER}), True),
        RosterPerson(44, "Васильева", "Елена", None, "teacher42@school.example", frozenset({RosterRole.LEARNER}), True),
    )
    assert (page.context_id, page.next) == ("2", f"{MEMBERS}?limit=2&from=2")
    asked = bench.replay.requests[1]
    assert asked.url == f"{MEMBERS}?limit=500"
    assert asked.headers["Accept"] == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    assert asked.headers["Authorization"] == f"Bearer {SECRET}"


def test_the_next_page_is_asked_with_its_own_limit_and_the_last_one_names_none(runtime: Runtime) -> None:
    bench = Bench(runtime, recorded("nrps_limit_from"))
    page = bench.client.page(f"{MEMBERS}?limit=2&from=48")
    assert [person.id for person in page.people] == [36, 48]
    assert page.next is None
    assert bench.addresses[1] == f"{MEMBERS}?limit=2&from=48"


def test_a_filter_goes_along_to_every_page(runtime: Runtime) -> None:
    """Moodle's Link header loses it (recorded in nrps_role_learner_short)."""
    bench = Bench(runtime, recorded("nrps_role_learner_short"), members(), role=RosterRole.LEARNER)
    following = bench.client.page().next
    assert following == f"{MEMBERS}?limit=3&from=3"
    bench.client.page(following)
    assert bench.addresses[1:] == [f"{MEMBERS}?limit=500&role=Learner", f"{MEMBERS}?limit=3&from=3&role=Learner"]


def test_a_course_without_members(runtime: Runtime) -> None:
    page = Bench(runtime, members()).client.page()
    assert (page.people, page.next) == ((), None)


ROLES = [
    (["Learner"], {RosterRole.LEARNER}),
    (["Instructor"], {RosterRole.INSTRUCTOR}),
    (
        ["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"],
        {RosterRole.INSTRUCTOR, RosterRole.ADMINISTRATOR},
    ),
    (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], {RosterRole.ADMINISTRATOR}),
    (["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"], {RosterRole.LEARNER}),
    (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], set()),
    (["https://evil.example/#Instructor", "instructor", "INSTRUCTOR", "Instructor "], set()),
    ([], set()),
]


@pytest.mark.parametrize(("sent", "meant"), ROLES)
def test_roles_are_compared_whole(runtime: Runtime, sent: list[str], meant: set[RosterRole]) -> None:
    (person,) = Bench(runtime, members({"user_id": "7", "roles": sent})).client.page().people
    assert person.roles == meant


@pytest.mark.parametrize(
    ("status", "active"), [("Active", True), (None, True), ("Inactive", False), ("Deleted", False)]
)
def test_who_is_not_active_is_told_apart(runtime: Runtime, status: str | None, active: bool) -> None:
    row = {"user_id": "7", "roles": []} | ({"status": status} if status else {})
    (person,) = Bench(runtime, members(row)).client.page().people
    assert person.active is active


def test_what_privacy_settings_withhold_is_empty(runtime: Runtime) -> None:
    bench = Bench(runtime, members({"status": "Active", "roles": ["Learner"], "user_id": "7"}))
    assert bench.client.page().people == (RosterPerson(7, "", "", None, "", frozenset({RosterRole.LEARNER}), True),)


def test_a_patronymic_that_a_platform_sends_is_taken(runtime: Runtime) -> None:
    row = {"user_id": "7", "roles": [], "given_name": "Вера", "family_name": "Ким", "middle_name": "Юрьевна"}
    (person,) = Bench(runtime, members(row)).client.page().people
    assert (person.last_name, person.first_name, person.middle_name) == ("Ким", "Вера", "Юрьевна")


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"roles": []}, "members[0].user_id"),
        ({"user_id": 7, "roles": []}, "members[0].user_id"),
        ({"user_id": "0", "roles": []}, "members[0].user_id"),
        ({"user_id": "7\n", "roles": []}, "members[0].user_id"),
        ({"user_id": "9" * 19, "roles": []}, "members[0].user_id"),
        ({"user_id": "7"}, "members[0].roles"),
        ({"user_id": "7", "roles": [None]}, "members[0].roles[0]"),
        ({"user_id": "7", "roles": [], "status": "Odd"}, "members[0].status"),
        ({"user_id": "7", "roles": [], "family_name": {"a": 1}}, "members[0].family_name"),
    ],
)
def test_a_member_of_another_shape_is_named(runtime: Runtime, row: dict[str, Any], path: str) -> None:
    with pytest.raises(errors.UnexpectedAnswer) as refused:
        Bench(runtime, members(row)).client.page()
    assert refused.value.path == path


# The next page stays at home -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f'<{MEMBERS}?from=2>; rel="next"', f"{MEMBERS}?from=2"),
        (f"<{MEMBERS}?from=2>; rel=next", f"{MEMBERS}?from=2"),
        (
            f'<{MEMBERS}?a=1>; rel="differences", <{MEMBERS}?from=2>; title="x, y"; REL="prefetch Next"',
            f"{MEMBERS}?from=2",
        ),
        (f'<{MEMBERS}?from=2>; rel="nextish"', None),
        (f'<{MEMBERS}?from=2>; title="rel=next"', None),
        (f"{MEMBERS}; rel=next", None),
        ("", None),
        ("<" * 50_000, None),
    ],
)
def test_the_link_header(header: str, found: str | None) -> None:
    assert next_page(header) == found


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/members?from=2",
        "http://localhost:8086/mod/lti/services.php",
        "https://localhost:8085/mod/lti/services.php",
        "http://localhost:8085@evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        MEMBERS + "?limit=500",
    ],
    ids=["host", "port", "scheme", "credentials", "relative", "script", "itself"],
)
def test_a_next_page_elsewhere_is_refused(runtime: Runtime, address: str) -> None:
    bench = Bench(runtime, members(Link=f'<{address}>; rel="next"'))
    with pytest.raises(errors.UnexpectedAnswer) as refused:
        bench.client.page()
    assert refused.value.path == "Link"
    assert "evil" not in str(refused.value)


def test_a_page_elsewhere_is_not_asked_for(runtime: Runtime) -> None:
    bench = Bench(runtime)
    with pytest.raises(errors.UnexpectedAnswer):
        bench.client.page("https://evil.example/members")
    assert bench.replay.requests == []


# Tokens -----------------------------------------------------------------------------------------------------------


def test_the_assertion(runtime: Runtime, session: Session) -> None:
    bench = Bench(runtime, members(), members())
    bench.client.page()
    form = parse_qs(str(bench.replay.requests[0].body))
    assert (bench.replay.requests[0].method, bench.addresses[0]) == ("POST", TOKEN_URL)
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], [MEMBERSHIPS])
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    keys = KeySet.import_key_set({"keys": public_keys(session, runtime.box, NOW)})
    claims = jwt.decode(form["client_assertion"][0], keys, algorithms=["RS256"]).claims
    now = int(NOW.timestamp())
    assert len(claims.pop("jti")) == 43
    # Moodle grants no leeway: an `iat` of its future is refused.
    assert claims == {
        "iss": CLIENT.client_id,
        "sub": CLIENT.client_id,
        "aud": TOKEN_URL,
        "iat": now - 30,
        "exp": now + 60,
    }


def test_a_token_is_used_until_it_ends(runtime: Runtime) -> None:
    bench = Bench(runtime, members(), members(), granted(), members())
    bench.client.page()
    bench.seconds.now += 3539
    bench.client.page()
    bench.seconds.now += 1
    bench.client.page()
    assert [address == TOKEN_URL for address in bench.addresses] == [True, False, False, True, False]


def test_two_registrations_do_not_share_tokens(runtime: Runtime) -> None:
    store = TokenStore(Seconds())
    store.put(CLIENT, MEMBERSHIPS, "one", 3600)
    assert store.get(CLIENT, MEMBERSHIPS) == "one"
    assert store.get(replace(CLIENT, client_id="other"), MEMBERSHIPS) is None
    assert store.get(replace(CLIENT, token_url="https://other.example/token"), MEMBERSHIPS) is None
    assert store.get(CLIENT, "another scope") is None
    assert "one" not in repr(store)


def test_a_token_that_moodle_forgot_is_renewed_once(runtime: Runtime) -> None:
    bench = Bench(runtime, recorded("nrps_notoken"), granted(), members({"user_id": "7", "roles": []}))
    assert [person.id for person in bench.client.page().people] == [7]
    again = Bench(runtime, recorded("nrps_notoken"), granted(), recorded("nrps_notoken"))
    with pytest.raises(errors.AccessRefused) as refused:
        again.client.page()
    assert (refused.value.errorcode, len(again.replay.requests)) == ("http_401", 4)


REFUSALS: list[tuple[Answer, str]] = [
    (recorded("token_unknown_client"), "moodle_registration_unknown"),
    (recorded("token_bad_scope"), "moodle_roster_not_allowed"),
    (recorded("token_future_iat"), "moodle_clocks_differ"),
    (recorded("token_expired"), "moodle_clocks_differ"),
    (Answer({"error": "Signature verification failed"}, 400), "moodle_assertion_refused"),
    # Not JSON: Moodle puts the sentence in as it is.
    (Answer(b'{\n  "error" : "\xe2\x80\x9ckid" empty,\nunable"\n}', 400, "text/html"), "moodle_assertion_refused"),
    (
        Answer(b"<html>Exception - mod_lti\\jwks_helper::fix_jwks_alg(): Argument #1 ($jwks)", 404, "text/html"),
        "moodle_keys_unreadable",
    ),
    (Answer(b"<html>Not found", 404, "text/html"), "moodle_unexpected_status"),
    (Answer(b"<html>", 200, "text/html"), "moodle_answer_unreadable"),
    (Answer({"access_token": "", "token_type": "Bearer", "expires_in": 1}), "moodle_unexpected_answer"),
    (Answer({"access_token": "x", "token_type": "mac", "expires_in": 1}), "moodle_unexpected_answer"),
    (Answer({"access_token": "x", "token_type": "bearer", "expires_in": -1}), "moodle_unexpected_answer"),
    (Answer([], 200), "moodle_unexpected_answer"),
    (Answer(b"", 302, headers={"Location": "https://evil.example/?a=b"}), "moodle_redirected"),
    (Answer(b"<html>Site under maintenance", 503, "text/html"), "moodle_maintenance"),
]


@pytest.mark.parametrize(("answer", "code"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_token_refused(runtime: Runtime, answer: Answer, code: str) -> None:
    bench = Bench(runtime)
    bench.replay.answers = [answer] * 3
    with pytest.raises(errors.MoodleError) as refused:
        bench.client.page()
    assert refused.value.code == code
    assert "evil.example/?" not in str(refused.value)


PAGES: list[tuple[Answer | Exception, str, int]] = [
    (recorded("nrps_course404"), "moodle_record_missing", 1),
    (recorded("nrps_wrong_accept"), "moodle_unexpected_status", 1),
    (Answer(b"", 403), "moodle_access_refused", 1),
    (Answer(b"", 500), "moodle_server_failed", 3),
    (Answer(b'{"members": [', 200), "moodle_answer_unreadable", 3),
    (Answer({"members": []}), "moodle_unexpected_answer", 1),
    (Answer(b"[" * 100_000, 200), "moodle_answer_unreadable", 3),
    (Answer(b" " * 200_001, 200), "moodle_answer_too_large", 1),
    (Answer(b"", 303, headers={"Location": f"{HOST}/login/index.php"}), "moodle_login_demanded", 1),
    (requests.exceptions.ReadTimeout(), "moodle_timed_out", 3),
    (requests.exceptions.SSLError(), "moodle_certificate_refused", 1),
    (requests.exceptions.ChunkedEncodingError(), "moodle_connection_broken", 3),
]


@pytest.mark.parametrize(("answer", "code", "times"), PAGES, ids=[code for _, code, _ in PAGES])
def test_a_page_that_does_not_come(runtime: Runtime, answer: Answer | Exception, code: str, times: int) -> None:
    bench = Bench(runtime, answer, answer, answer)
    with pytest.raises(errors.MoodleError) as refused:
        bench.client.page()
    assert (refused.value.code, bench.addresses.count(f"{MEMBERS}?limit=500")) == (code, times)


def test_no_token_and_no_name_reaches_a_log_or_an_error(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = Answer({"reason": f"{SECRET} of Анна Васильева"}, 500)
    bench = Bench(runtime, answer, answer, answer)
    with pytest.raises(errors.ServerFailed) as refused:
        bench.client.page()
    said = "".join(traceback.format_exception(refused.value)) + caplog.text + "".join(capfd.readouterr())
    said += repr(bench.client) + repr(bench.store)
    assertion = parse_qs(str(bench.replay.requests[0].body))["client_assertion"][0]
    assert [secret for secret in (SECRET, assertion, "Васильева") if secret in said] == []


# Which course -----------------------------------------------------------------------------------------------------


def test_the_course_of_the_plugin_is_read(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    assert roster_source(session, school.id) is None
    remember_address(session, school.id, school.platform.id, "9", f"{HOST}/nine")
    assert roster_source(session, school.id) is None
    remember_address(session, school.id, school.platform.id, "2", f"{HOST}/old")
    remember_address(session, school.id, school.platform.id, "2", f"{HOST}/two")
    source = roster_source(session, school.id)
    assert source == RosterSource("2", f"{HOST}/two", Client("client", "https://moodle.example/mod/lti/token.php"))
    assert roster_source(session, other_school.id) is None


def test_without_the_plugin_the_first_course_stays(session: Session, school: TestSchool) -> None:
    school.site.disabled_at = NOW
    for context in ("9", "2"):
        remember_address(session, school.id, school.platform.id, context, f"{HOST}/{context}")
    source = roster_source(session, school.id)
    assert source is not None
    assert source.context_id == "9"
    school.platform.disabled_at = NOW
    session.flush()
    assert roster_source(session, school.id) is None


def test_of_two_registrations_the_newer_one_reads(session: Session, school: TestSchool) -> None:
    newer = Platform(
        school_id=school.id,
        issuer=school.platform.issuer,
        client_id="newer",
        deployment_id="2",
        auth_url="https://moodle.example/a",
        token_url="https://moodle.example/t",
        jwks_url="https://moodle.example/j",
        created_at=NOW,
    )
    session.add(newer)
    session.flush()
    remember_address(session, school.id, newer.id, "2", f"{HOST}/newer")
    remember_address(session, school.id, school.platform.id, "2", f"{HOST}/older")
    assert session.scalars(select(RosterAddress.memberships_url).order_by(RosterAddress.id)).all() == [
        f"{HOST}/newer",
        f"{HOST}/older",
    ]
    source = roster_source(session, school.id)
    assert source is not None
    assert source.client.client_id == "newer"


# The demonstration Moodle, which the other tests stand on ---------------------------------------------------------


class ToApp(BaseAdapter):
    """A requests transport into a WSGI application."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        answer = self._app.test_client().open(
            path=url.path,
            query_string=url.query,
            method=str(request.method),
            data=request.body,
            headers=dict(request.headers),
            base_url=f"{url.scheme}://{url.netloc}",
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(dict(answer.headers))
        response.raw = HTTPResponse(body=io.BytesIO(answer.data), preload_content=False)
        response.url = str(request.url)
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is open."""


Demo = Callable[..., tuple[DemoMoodle, RosterClient]]


@pytest.fixture
def demo(runtime: Runtime, session: Session) -> Demo:
    def make(**tool: Any) -> tuple[DemoMoodle, RosterClient]:
        def jwks(_: str) -> Any:
            with runtime.db.unit_of_work(read_only=True) as reading:
                return {"keys": public_keys(reading, runtime.box, runtime.clock.now())}

        registered = DemoTool(
            login_url="https://mentor.example/lti/login",
            launch_url="https://mentor.example/lti/launch",
            jwks_url="https://mentor.example/lti/jwks",
            **tool,
        )
        app = create_demo_moodle(
            DemoMoodleConfig(
                HOST, tool=registered, school=False, clock=lambda: runtime.clock.now().timestamp(), fetch_json=jwks
            )
        )
        state = demo_state(app)
        for number in range(5):
            state.add_user(f"t{number}", f"Фамилия{number}", "Имя", "Отчество", staff=True)
        state.enrolments[state.by_username("t0").id] = {EDITING_TEACHER}
        state.enrolments[state.admin.id] = {EDITING_TEACHER}
        state.by_username("t4").suspended = True
        line = Line(guard=LOCAL, retries=Retries(attempts=1), adapter=ToApp(app))
        source = replace(SOURCE, client=Client(registered.client_id, TOKEN_URL))
        return state, RosterClient(source, ServiceTokens(runtime, line, source.client, TokenStore()), line)

    return make


def test_the_demonstration_answers_as_moodle_does(demo: Demo) -> None:
    _, client = demo()
    people = {person.last_name: person for person in client.page().people}
    assert list(people) == ["Климов", "Фамилия0", "Фамилия1", "Фамилия2", "Фамилия3"]
    assert people["Климов"].roles == {RosterRole.INSTRUCTOR, RosterRole.ADMINISTRATOR}
    assert people["Фамилия0"].roles == {RosterRole.INSTRUCTOR}
    assert people["Фамилия1"].roles == {RosterRole.LEARNER}
    assert (people["Фамилия1"].middle_name, people["Фамилия1"].email) == (None, "t1@school.example")
    first = client.page(f"{MEMBERS}?limit=2")
    second = client.page(first.next)
    third = client.page(second.next)
    assert [len(page.people) for page in (first, second, third)] == [2, 2, 1]
    assert third.next is None


def test_the_demonstration_keeps_privacy_settings_and_services(demo: Demo) -> None:
    _, client = demo(send_names=False, send_email=False)
    assert {(person.last_name, person.first_name, person.email) for person in client.page().people} == {("", "", "")}
    _, shut = demo(memberships=False)
    with pytest.raises(errors.RosterNotAllowed):
        shut.page()


def test_the_demonstration_forgets_tokens(demo: Demo) -> None:
    state, client = demo()
    client.page()
    state.forget_tokens()
    assert len(client.page().people) == 5


def test_a_rotated_key_is_learnt_by_its_first_use(demo: Demo, runtime: Runtime, session: Session) -> None:
    state, client = demo()
    client.page()
    rotate(session, runtime.box, NOW)
    session.commit()
    clock = runtime.clock
    assert isinstance(clock, FixedClock)
    for later in (timedelta(minutes=59), timedelta(minutes=61), timedelta(days=8)):
        clock.move_to(NOW + later)
        state.forget_tokens()
        assert len(client.page().people) == 5


# A leaked key -----------------------------------------------------------------------------------------------------


def test_every_moodle_that_works_is_made_to_forget_a_leaked_key(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(self: ServiceTokens, scope: str) -> str | errors.MoodleError:
        asked.append(self._client.token_url)
        if "other" in self._client.token_url:
            return errors.Unreachable("lti_token")
        # The signature is verified before what we may read is judged.
        return errors.RosterNotAllowed("lti_token", "invalid_scope")

    monkeypatch.setattr(ServiceTokens, "_ask", ask)
    assert teach_key(runtime) == [("https://moodle.other", "moodle_unreachable")]
    assert sorted(asked) == ["https://moodle.example/mod/lti/token.php", "https://moodle.other/mod/lti/token.php"]
    other_school.platform.disabled_at = NOW
    session.commit()
    assert teach_key(runtime) == []
