"""The plugin's connection: first call, repeats, cuts half-way, and every refusal of docs/plugin-protocol.md."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from moodle_mentorship import __version__
from moodle_mentorship.core.actor import Role, system_actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.app import create_demo_moodle
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.lti import service
from moodle_mentorship.lti.models import Invitation
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.moodle.signing import INVITATION, signed_headers
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import RoleGrant
from moodle_mentorship.school.models import School
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import NOW
from tests.factories import TestSchool, make_person

SECRET = "ab" * 32
TOKEN = "0123456789abcdef0123456789abcdef"

Body = dict[str, Any]


@pytest.fixture
def moodle() -> Iterator[DemoMoodleConfig]:
    """The demonstration Moodle on a real socket."""
    port = free_port()
    config = DemoMoodleConfig(base_url=f"http://127.0.0.1:{port}", token=TOKEN)
    with serving(create_demo_moodle(config), port):
        yield config


@pytest.fixture
def new_school(session: Session) -> School:
    """A school that is not connected to anything yet."""
    school = School(full_name="МБОУ «Школа № 12»", short_name="Школа № 12", year_start=2026, created_at=NOW)
    session.add(school)
    session.commit()
    return school


@pytest.fixture
def code(session: Session, new_school: School) -> str:
    code = service.invite(session, new_school.id, NOW)
    session.commit()
    return code


@pytest.fixture
def body(moodle: DemoMoodleConfig) -> Body:
    base = moodle.base_url
    return {
        "protocol": 2,
        "site": {"url": base, "name": "Школа № 12", "moodle_version": "4.5.6", "plugin_version": "2026112200"},
        "lti": {
            "issuer": base,
            "client_id": "ZwwG3nUMVwnR32C",
            "deployment_id": "3",
            "auth_url": f"{base}/mod/lti/auth.php",
            "token_url": f"{base}/mod/lti/token.php",
            "jwks_url": f"{base}/mod/lti/certs.php",
        },
        "webservice": {"token": TOKEN, "url": moodle.rest_url},
        "webhook": {"secret": SECRET},
        "course": {"id": 2, "shortname": "mentorship", "url": moodle.course_url, "cmid": 7},
        "cohort": {"id": 1, "idnumber": "staff", "name": "Педагоги", "members": 64},
        "student_role_id": 5,
        "profile_fields": [{"shortname": "position", "name": "Должность", "datatype": "text"}],
        "curator": {"user_id": 12},
        "warnings": ["curl_security_blocks_sidecar"],
    }


Send = Callable[..., Any]


@pytest.fixture
def send(app: Flask, clock: FixedClock) -> Send:
    client: FlaskClient = app.test_client()

    def post(
        body: Body | bytes,
        *,
        code: str | None = None,
        secret: str = SECRET,
        at: datetime | None = None,
        delivery: str | None = None,
    ) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        headers = signed_headers(secret, raw, delivery=delivery or str(uuid4()), now=at or clock.now())
        if code is not None:
            headers[INVITATION] = code
        return client.post("/api/v1/connect", data=raw, headers=headers, content_type="application/json")

    return post


def problem(response: Any) -> tuple[int, str, str]:
    return response.status_code, response.content_type, response.json["code"]


def refused(status: int, code: str) -> tuple[int, str, str]:
    return status, "application/problem+json", code


def count(session: Session, model: type[Any]) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_tool_says_who_it_is(app: Flask) -> None:
    assert app.test_client().get("/api/v1/tool").json == {
        "product": "moodle-mentorship",
        "protocol": 2,
        "version": __version__,
        "tool_url": "https://mentor.example/",
        "login_url": "https://mentor.example/lti/login",
        "launch_url": "https://mentor.example/lti/launch",
        "jwks_url": "https://mentor.example/lti/jwks",
        "icon_url": "https://mentor.example/static/icon.svg",
    }


def test_the_interface_is_described(app: Flask) -> None:
    described = app.test_client().get("/api/v1/openapi.json").json
    assert described is not None
    schema = described["paths"]["/api/v1/connect"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Connect"}


def test_a_first_call_binds_the_school(
    session: Session, other_school: TestSchool, new_school: School, code: str, body: Body, send: Send, runtime: Runtime
) -> None:
    response = send(body, code=code)
    assert response.status_code == 200
    site = session.scalars(select(MoodleSite).where(MoodleSite.school_id == new_school.id)).one()
    assert response.json == {
        "connection": site.id,
        "school": {"id": new_school.id, "name": "Школа № 12"},
        "webhook_url": f"https://mentor.example/api/v1/webhooks/moodle/{site.id}",
        "frame_origin": "https://mentor.example",
        "webservice": "ok",
        "webservice_detail": "4.5.6 (Build: 20250811)",
        "warnings": [],
    }
    base = body["site"]["url"]
    assert (site.issuer, site.url, site.rest_url) == (base, base, body["webservice"]["url"])
    assert (site.course_id, site.cohort_id, site.cohort_name, site.student_role_id) == (2, 1, "Педагоги", 5)
    assert (site.profile_fields, site.warnings) == (body["profile_fields"], body["warnings"])
    assert (site.connected_at, site.first_curator_moodle_id) == (NOW, 12)
    assert runtime.box.open(site.sealed_token) == TOKEN
    assert runtime.box.open(site.sealed_webhook_secret or "") == SECRET
    platform = session.scalars(select(Platform).where(Platform.school_id == new_school.id)).one()
    assert (platform.issuer, platform.client_id, platform.deployment_id) == (base, "ZwwG3nUMVwnR32C", "3")
    assert session.scalars(select(Invitation.used_at)).one() == NOW
    asked = session.scalars(select(SyncPass)).one()
    assert (asked.school_id, asked.kind.value, asked.asked_by) == (new_school.id, "full", None)
    acts = session.scalars(select(AuditEvent.action).where(AuditEvent.actor_kind == "plugin").order_by(AuditEvent.id))
    assert list(acts) == ["platform.add", "site.connect"]


def test_secrets_stand_sealed_in_the_database(session: Session, code: str, body: Body, send: Send) -> None:
    assert send(body, code=code).status_code == 200
    for table in ("moodle_site", "platform", "invitation", "audit_event"):
        for row in session.execute(text(f"SELECT * FROM {table}")):
            stored = " ".join(str(value) for value in row)
            for secret in (TOKEN, SECRET, code):
                assert secret not in stored


def test_a_repeat_brings_the_connection_up_to_date(
    session: Session, new_school: School, code: str, body: Body, send: Send, clock: FixedClock, runtime: Runtime
) -> None:
    first = send(body, code=code).json
    clock.move_to(NOW + timedelta(days=30))
    body["course"]["id"], body["cohort"]["name"], body["warnings"] = 9, "Учителя", []
    body["webservice"]["token"] = "f" * 32
    # With the former, used invitation in its configuration, or with none: the known secret is what counts.
    for invitation in (code, None):
        response = send(body, code=invitation)
        assert response.status_code == 200
        assert response.json == first | {
            "webservice": "moodle_token_invalid",
            "webservice_detail": "core_webservice_get_site_info: refused with invalidtoken",
        }
    session.expire_all()
    site = session.scalars(select(MoodleSite)).one()
    assert (site.course_id, site.cohort_name, site.warnings, site.connected_at) == (9, "Учителя", [], NOW)
    assert runtime.box.open(site.sealed_token) == "f" * 32
    assert [count(session, model) for model in (MoodleSite, Platform, Invitation)] == [1, 1, 1]


def test_a_command_whose_answer_got_lost_is_run_again(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    """The same message once more (Moodle's retry), and a new one with the same invitation (the person's)."""
    delivery = str(uuid4())
    first = send(body, code=code, delivery=delivery)
    for again in (send(body, code=code, delivery=delivery), send(body, code=code)):
        assert (again.status_code, again.json) == (200, first.json)
    assert [count(session, model) for model in (MoodleSite, Platform, SyncPass)] == [1, 1, 1]


def test_an_older_message_does_not_undo_a_newer_one(
    session: Session, code: str, body: Body, send: Send, clock: FixedClock
) -> None:
    """Somebody captured the first message and sends it again within the window."""
    delivery, old = str(uuid4()), copy.deepcopy(body)
    send(body, code=code, delivery=delivery)
    clock.move_to(NOW + timedelta(seconds=60))
    body["course"]["id"] = 9
    assert send(body).status_code == 200
    assert send(old, delivery=delivery, at=NOW).status_code == 200
    session.expire_all()
    assert session.scalars(select(MoodleSite.course_id)).one() == 9


def test_a_half_made_connection_is_repaired(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    """The registration was disabled meanwhile: running the command repairs it."""
    send(body, code=code)
    session.scalars(select(Platform)).one().disabled_at = NOW
    session.commit()
    assert send(body).status_code == 200
    session.expire_all()
    assert session.scalars(select(Platform)).one().disabled_at is None


@pytest.mark.parametrize("proof", ["secret", "invitation", "both"])
def test_what_the_operator_switched_off_no_message_brings_back(
    session: Session, new_school: School, code: str, body: Body, send: Send, runtime: Runtime, proof: str
) -> None:
    send(body, code=code)
    service.switch_off(session, runtime.jobs, system_actor(new_school.id, "cli"), NOW)
    fresh = service.invite(session, new_school.id, NOW) if proof != "secret" else None
    session.commit()
    secret = "cd" * 32 if proof == "invitation" else SECRET
    body["webhook"]["secret"] = secret
    assert problem(send(body, secret=secret, code=fresh)) == refused(410, "connection_disabled")
    session.expire_all()
    assert session.scalars(select(Platform)).one().disabled_at == NOW
    assert session.scalars(select(MoodleSite)).one().disabled_at == NOW
    if fresh is not None:
        assert service.invited_school(session, fresh, NOW).id == new_school.id


def test_a_moodle_makes_us_ask_it_six_times_a_minute(code: str, body: Body, send: Send, app: Flask) -> None:
    """A slow one would otherwise hold all threads; strangers who only name it use nothing of its share."""
    for _ in range(9):
        assert send(body, secret="cd" * 32, code=code).status_code == 401
    assert [send(body, code=code).status_code for _ in range(8)] == [200] * 6 + [429] * 2


def test_a_message_of_a_stranger_takes_no_write_lock(
    session: Session, code: str, body: Body, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite there is one, and everybody waits for it."""
    begun: list[bool] = []
    unit_of_work = Database.unit_of_work

    def noted(database: Database, *, read_only: bool = False) -> Any:
        begun.append(read_only)
        return unit_of_work(database, read_only=read_only)

    monkeypatch.setattr(Database, "unit_of_work", noted)
    for refusal in (send(body), send(body, code="f" * 40), send(body, code=code, secret="cd" * 32)):
        assert refusal.status_code == 401
    assert begun == [True] * 3
    assert send(body, code=code).status_code == 200
    assert begun == [True] * 4 + [False]


def test_a_plugin_installed_anew_needs_a_new_invitation(
    session: Session, new_school: School, code: str, body: Body, send: Send, runtime: Runtime
) -> None:
    send(body, code=code)
    body["webhook"]["secret"] = "cd" * 32
    assert problem(send(body, secret="cd" * 32)) == refused(401, "signature_invalid")
    assert problem(send(body, secret="cd" * 32, code=code)) == refused(401, "invitation_used")
    fresh = service.invite(session, new_school.id, NOW)
    session.commit()
    assert send(body, secret="cd" * 32, code=fresh).status_code == 200
    session.expire_all()
    assert runtime.box.open(session.scalars(select(MoodleSite)).one().sealed_webhook_secret or "") == "cd" * 32


def test_refusals_change_nothing(
    session: Session, school: TestSchool, new_school: School, code: str, body: Body, send: Send, clock: FixedClock
) -> None:
    before = [count(session, model) for model in (MoodleSite, Platform, SyncPass)]
    assert problem(send(body)) == refused(401, "invitation_invalid")
    assert problem(send(body, code="made-up")) == refused(401, "invitation_invalid")
    assert problem(send(body, code=code, secret="cd" * 32)) == refused(401, "signature_invalid")
    for minutes in (-6, 6):
        late = send(body, code=code, at=NOW + timedelta(minutes=minutes))
        assert problem(late) == refused(401, "timestamp_out_of_window")
    clock.move_to(NOW + timedelta(days=7))
    assert problem(send(body, code=code)) == refused(401, "invitation_invalid")
    clock.move_to(NOW)
    assert [count(session, model) for model in (MoodleSite, Platform, SyncPass)] == before
    assert session.scalars(select(Invitation.used_at)).one() is None


def test_an_invitation_connects_one_moodle(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    assert send(body, code=code).status_code == 200
    other = json.loads(json.dumps(body).replace("127.0.0.1", "other.localhost"))
    assert problem(send(other, code=code)) == refused(401, "invitation_used")


def test_another_schools_site_is_not_taken_over(
    session: Session, other_school: TestSchool, code: str, body: Body, send: Send, runtime: Runtime
) -> None:
    """Neither by a stranger's secret with a good invitation, nor by the site's own plugin with a foreign one."""
    body = json.loads(json.dumps(body).replace(body["lti"]["issuer"], "https://moodle.other"))
    assert problem(send(body, code=code)) == refused(409, "site_belongs_to_another_school")
    body["webhook"]["secret"] = "5e" * 32
    assert problem(send(body, code=code, secret="5e" * 32)) == refused(409, "site_belongs_to_another_school")
    session.expire_all()
    assert session.scalars(select(Invitation.used_at)).one() is None
    site = session.scalars(select(MoodleSite)).one()
    assert (site.school_id, runtime.box.open(site.sealed_token)) == (other_school.id, "token-of-Гимназия № 2")


def test_a_school_has_one_moodle(session: Session, school: TestSchool, body: Body, send: Send) -> None:
    code = service.invite(session, school.id, NOW)
    session.commit()
    assert problem(send(body, code=code)) == refused(409, "school_has_another_moodle")
    session.expire_all()
    assert session.scalars(select(Invitation.used_at)).one() is None


BASE = "http://127.0.0.1"


@pytest.mark.parametrize(
    ("path", "value", "wrong"),
    [
        pytest.param(("lti", "issuer"), "http://moodle.example", "lti.issuer", id="issuer on plain http"),
        pytest.param(("lti", "jwks_url"), "https://evil.example/jwks", "lti.jwks_url", id="keys on another host"),
        pytest.param(("webservice", "url"), "https://evil.example/rest", "webservice.url", id="service elsewhere"),
        pytest.param(("course", "url"), "javascript:alert(1)", "course.url", id="course address is a script"),
        pytest.param(("lti", "client_id"), "", "lti.client_id", id="no client id"),
        pytest.param(("webhook", "secret"), "AB" * 32, "webhook.secret", id="secret in capitals"),
        pytest.param(("webhook", "secret"), "ab" * 31, "webhook.secret", id="short secret"),
        pytest.param(("course", "id"), "2", "course.id", id="course id is a string"),
        pytest.param(("cohort", "id"), 0, "cohort.id", id="cohort id is zero"),
        pytest.param(("curator",), {"user_id": -1}, "curator.user_id", id="curator id is negative"),
        pytest.param(
            ("profile_fields",), [{"shortname": "x", "name": "X"}], "profile_fields.0.datatype", id="profile field"
        ),
    ],
)
def test_a_wrong_body_is_refused_by_field_path(
    code: str, body: Body, send: Send, path: tuple[str, ...], value: Any, wrong: str
) -> None:
    part = body
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    response = send(body, code=code)
    assert problem(response) == refused(422, "body_invalid")
    assert wrong in response.json["errors"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"no json", b"\xff", b"[" * 100_000], ids=str)
def test_a_body_that_is_no_object_is_refused(send: Send, raw: bytes) -> None:
    assert problem(send(raw)) == refused(422, "body_invalid")


def test_another_protocol_is_refused_before_all_else(send: Send) -> None:
    assert problem(send({"protocol": 1})) == refused(422, "protocol_unsupported")


def test_a_newer_plugin_may_say_more(code: str, body: Body, send: Send) -> None:
    body["later"] = body["site"]["later"] = 1
    assert send(body, code=code).status_code == 200


# The first curator ------------------------------------------------------------------------------------------------


def curators(session: Session, school_id: int) -> list[tuple[int, int | None]]:
    rows = session.execute(
        select(RoleGrant.person_id, RoleGrant.granted_by).where(
            RoleGrant.school_id == school_id, RoleGrant.role == Role.CURATOR
        )
    )
    return [(person_id, granted_by) for person_id, granted_by in rows]


def test_a_named_curator_who_stands_in_the_directory_is_one_at_once(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    person = make_person(session, new_school.id, 12, now=NOW)
    session.commit()
    send(body, code=code)
    assert curators(session, new_school.id) == [(person.id, None)]
    assert session.scalars(select(MoodleSite.first_curator_moodle_id)).one() is None


def test_a_repeat_with_another_name_does_not_make_a_second_curator(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    first, second = (make_person(session, new_school.id, number, now=NOW) for number in (12, 13))
    session.commit()
    send(body, code=code)
    send(body | {"curator": {"user_id": 13}})
    assert curators(session, new_school.id) == [(first.id, None)]
    assert second.id != first.id


@pytest.mark.parametrize("away", ["suspended", "left"])
def test_a_word_said_again_while_the_curator_is_away_makes_no_second_one(
    session: Session, new_school: School, code: str, body: Body, send: Send, away: str
) -> None:
    first, _ = (make_person(session, new_school.id, number, now=NOW) for number in (12, 13))
    session.commit()
    send(body, code=code)
    if away == "suspended":
        first.suspended = True
    else:
        first.status = StaffStatus.LEFT
        session.execute(update(RoleGrant).values(revoked_at=NOW))
    session.commit()
    assert send(body | {"curator": {"user_id": 13}}).status_code == 200
    assert curators(session, new_school.id) == [(first.id, None)]
    session.expire_all()
    assert session.scalars(select(MoodleSite.first_curator_moodle_id)).one() is None


def test_a_curator_who_is_suspended_when_named_becomes_one_when_back(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    make_person(session, new_school.id, 12, now=NOW, suspended=True)
    session.commit()
    send(body, code=code)
    assert curators(session, new_school.id) == []
    assert session.scalars(select(MoodleSite.first_curator_moodle_id)).one() == 12


def test_no_curator_named(session: Session, new_school: School, code: str, body: Body, send: Send) -> None:
    assert send(body | {"curator": None}, code=code).status_code == 200
    assert curators(session, new_school.id) == []
    assert session.scalars(select(MoodleSite.first_curator_moodle_id)).one() is None


# The call back ----------------------------------------------------------------------------------------------------


def test_a_service_that_lacks_functions_is_named(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    port = free_port()
    config = DemoMoodleConfig(base_url=f"http://127.0.0.1:{port}", token=TOKEN, plugin=False)
    body = json.loads(json.dumps(body).replace(body["lti"]["issuer"], config.base_url))
    with serving(create_demo_moodle(config), port):
        answer = send(body, code=code).json
    assert answer["webservice"] == "functions_missing"
    assert "local_mentorship_get_staff" in answer["webservice_detail"]


def test_a_moodle_that_does_not_answer_is_connected_all_the_same(
    session: Session, new_school: School, code: str, body: Body, send: Send
) -> None:
    body = json.loads(json.dumps(body).replace(body["lti"]["issuer"], f"http://127.0.0.1:{free_port()}"))
    response = send(body, code=code)
    assert (response.status_code, response.json["webservice"]) == (200, "moodle_unreachable")
    assert TOKEN not in response.text
    assert count(session, MoodleSite) == 1
