"""How often strangers may knock: a school at half past eight passes, a flood doesn't, and a lost Redis stops nobody."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis
import structlog
from flask import Flask
from sqlalchemy import select

from moodle_mentorship.app import create_app
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Settings, SettingsError
from moodle_mentorship.demo.moodle.transport import free_port
from moodle_mentorship.school.models import School
from moodle_mentorship.web.limits import BLIND, CONNECT, JWKS, LAUNCH, LOGIN, WEBHOOK, Ladder, Limits, TooManyRequests
from tests.conftest import make_settings
from tests.factories import TestSchool
from tests.lti.platform import Browser, make_browser

SCHOOL, STRANGER = "203.0.113.7", "203.0.113.8"
MOODLE = "https://moodle.example"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings("sqlite://", tmp_path)


@pytest.fixture
def limits(settings: Settings) -> Limits:
    return Limits(settings)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The clock that the windows go by stands still until it is moved on."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


def stopped(limits: Limits, ladder: Ladder, address: str, *words: str) -> str | None:
    """The step that stops a request; None when it passes."""
    try:
        limits.count(ladder, address, *words)
    except TooManyRequests as refused:
        return str(refused)
    return None


# Whom it stops ----------------------------------------------------------------------------------------------------


def test_a_school_at_half_past_eight_passes(limits: Limits, moment: Callable[[float], None]) -> None:
    """Two hundred teachers come from one address within a minute; each browser asks twice, some click again."""
    for teacher in range(200):
        for _ in range(5):
            assert stopped(limits, LOGIN, SCHOOL, MOODLE, str(teacher)) is None
        assert stopped(limits, LAUNCH, SCHOOL, MOODLE) is None


def test_a_region_behind_one_address_passes(limits: Limits, moment: Callable[[float], None]) -> None:
    """A hundred schools of sixty teachers, each with a Moodle of its own."""
    for number in range(100):
        for teacher in range(60):
            assert stopped(limits, LOGIN, SCHOOL, f"https://moodle{number}.example", str(teacher)) is None


@pytest.mark.parametrize(
    ("ladder", "words", "allowed", "step"),
    [
        pytest.param(LOGIN, lambda n: (MOODLE, "3"), 60, "login.2", id="one person's logins"),
        pytest.param(LOGIN, lambda n: (MOODLE, str(n)), 1200, "login.1", id="invented people of one Moodle"),
        pytest.param(LOGIN, lambda n: (f"https://{n}.example", "3"), 12_000, "login.0", id="invented Moodles"),
        pytest.param(LAUNCH, lambda n: (MOODLE,), 1200, "launch.1", id="launches"),
        pytest.param(LAUNCH, lambda n: (str(n),), 12_000, "launch.0", id="launches of invented origins"),
        pytest.param(WEBHOOK, lambda n: ("1",), 120, "webhook.1", id="messages to one connection"),
        pytest.param(WEBHOOK, lambda n: (str(n),), 6000, "webhook.0", id="messages to invented connections"),
        pytest.param(CONNECT, lambda n: (), 60, "connect.0", id="connections"),
        pytest.param(JWKS, lambda n: (), 1200, "jwks.0", id="keys"),
    ],
)
def test_a_flood_is_stopped_for_a_minute_and_for_its_sender_alone(
    limits: Limits,
    moment: Callable[[float], None],
    ladder: Ladder,
    words: Callable[[int], tuple[str, ...]],
    allowed: int,
    step: str,
) -> None:
    assert {stopped(limits, ladder, STRANGER, *words(number)) for number in range(allowed)} == {None}
    assert stopped(limits, ladder, STRANGER, *words(allowed)) == step
    assert stopped(limits, ladder, SCHOOL, *words(0)) is None
    moment(59)
    assert stopped(limits, ladder, STRANGER, *words(allowed)) == step
    moment(2)
    assert stopped(limits, ladder, STRANGER, *words(allowed)) is None


def test_who_waits_is_told_how_long(limits: Limits, moment: Callable[[float], None]) -> None:
    for _ in range(60):
        limits.count(CONNECT, STRANGER)
    for passed, left in ((0, 60), (20, 41)):
        moment(passed)
        with pytest.raises(TooManyRequests) as refused:
            limits.count(CONNECT, STRANGER)
        assert abs(refused.value.seconds - left) <= 1


def test_a_person_who_is_stopped_uses_up_nobody_elses_share(limits: Limits, moment: Callable[[float], None]) -> None:
    for _ in range(5000):
        stopped(limits, LOGIN, SCHOOL, MOODLE, "3")
    assert stopped(limits, LOGIN, SCHOOL, MOODLE, "4") is None


def test_a_household_of_ipv6_is_one_sender(limits: Limits, moment: Callable[[float], None]) -> None:
    for number in range(60):
        limits.count(CONNECT, f"2a02:6b8:0:1::{number:x}")
    assert stopped(limits, CONNECT, "2a02:6b8:0:1:ffff::1") == "connect.0"
    assert stopped(limits, CONNECT, "2a02:6b8:0:2::1") is None


def test_addresses_that_are_none_are_counted_too(limits: Limits, moment: Callable[[float], None]) -> None:
    """A socket file has no address; and a word may hold half a character."""
    for _ in range(60):
        limits.count(CONNECT, "")
    assert stopped(limits, CONNECT, "") == "connect.0"
    assert stopped(limits, LOGIN, "unix", "\ud800", "\0") is None


@pytest.mark.parametrize(("factor", "passed"), [("2", 120), ("0", 1000)])
def test_the_setting_multiplies_or_switches_off(
    tmp_path: Path, moment: Callable[[float], None], factor: str, passed: int
) -> None:
    limits = Limits(make_settings("sqlite://", tmp_path, MENTORSHIP_RATE_LIMITS=factor))
    assert {stopped(limits, CONNECT, STRANGER) for _ in range(passed)} == {None}
    assert (stopped(limits, CONNECT, STRANGER) is None) is (factor == "0")


@pytest.mark.parametrize("factor", ["many", "-1", "1.5", "٣"])
def test_a_setting_that_is_no_number_is_named(tmp_path: Path, factor: str) -> None:
    with pytest.raises(SettingsError, match="MENTORSHIP_RATE_LIMITS"):
        make_settings("sqlite://", tmp_path, MENTORSHIP_RATE_LIMITS=factor)


def test_counting_costs_less_than_one_statement(runtime: Runtime, limits: Limits) -> None:
    """The dearest ladder against the cheapest question to the database; the best of several rounds of each."""

    def best(act: Callable[[int], object]) -> float:
        rounds = []
        for start in range(0, 1000, 100):
            begun = time.perf_counter()
            for number in range(start, start + 100):
                act(number)
            rounds.append(time.perf_counter() - begun)
        return min(rounds)

    def ask(number: int) -> None:
        with runtime.db.unit_of_work(read_only=True) as session:
            session.execute(select(School.id).where(School.id == number)).all()

    assert best(lambda number: limits.count(LOGIN, SCHOOL, MOODLE, str(number))) < best(ask)


# What is answered -------------------------------------------------------------------------------------------------


@pytest.fixture
def used_up(app: Flask, moment: Callable[[float], None]) -> Limits:
    """This address has used its minute up everywhere."""
    limits: Limits = app.extensions["mentorship.limits"]
    for ladder in (CONNECT, Ladder("register", (60,))):
        for _ in range(60):
            limits.count(ladder, STRANGER)
    for _ in range(60):
        limits.count(LOGIN, STRANGER, MOODLE, "3")
    for _ in range(120):
        limits.count(WEBHOOK, STRANGER, "1")
    return limits


@pytest.fixture
def stranger(app: Flask) -> Browser:
    browser = make_browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = STRANGER
    return browser


def test_a_person_reads_a_page_in_the_frame(used_up: Limits, school: TestSchool, stranger: Browser) -> None:
    with structlog.testing.capture_logs() as lines:
        response = stranger.login()
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert "Слишком много" in response.text
    assert "too_many_requests" in response.text
    assert response.headers["Content-Security-Policy"].endswith(f"frame-ancestors {MOODLE}")
    refused = next(line for line in lines if line["event"] == "refused")
    assert (refused["code"], refused["reason"], refused["status"]) == ("too_many_requests", "login.2", 429)
    assert STRANGER not in str(lines)


@pytest.mark.parametrize("address", ["/api/v1/connect", "/api/v1/webhooks/moodle/1"])
def test_a_program_reads_a_problem(used_up: Limits, stranger: Browser, address: str) -> None:
    response = stranger.client.post(address, data=b"{}")
    assert (response.status_code, response.content_type) == (429, "application/problem+json")
    assert response.json is not None
    assert response.json["code"] == "too_many_requests"
    assert 1 <= int(response.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_registration_is_limited(used_up: Limits, stranger: Browser, method: str) -> None:
    values = {"openid_configuration": f"{MOODLE}/c", "invitation": "x"}
    form, query = (values, None) if method == "POST" else (None, values)
    response = stranger.client.open("/lti/register", method=method, data=form, query_string=query)
    assert response.status_code == 429
    assert response.headers["Content-Security-Policy"].endswith(f"frame-ancestors {MOODLE}")


@pytest.mark.parametrize(
    ("hops", "status"), [(0, [401] * 60 + [429]), (1, [401] * 61)], ids=["nobody is trusted", "one proxy is trusted"]
)
def test_the_clients_address_is_what_trusted_proxies_say(
    runtime: Runtime, moment: Callable[[float], None], hops: int, status: list[int]
) -> None:
    """Without a trusted proxy a header changes nothing: a flood can't invent senders."""
    client = create_app(replace(runtime, settings=replace(runtime.settings, trusted_proxies=hops))).test_client()
    answers = [
        client.post("/api/v1/connect", data=b"{}", headers={"X-Forwarded-For": f"10.9.8.7, 198.51.100.{number}"})
        for number in range(61)
    ]
    assert [answer.status_code if answer.status_code == 429 else 401 for answer in answers] == status


# Redis ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed on this machine")
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.02)
    try:
        yield url
    finally:
        server.terminate()
        server.wait()


def test_processes_count_together_in_redis_and_leave_no_address_there(settings: Settings, redis_url: str) -> None:
    shared = replace(settings, redis_url=redis_url)
    one, other = Limits(shared), Limits(shared)
    for _ in range(30):
        one.count(CONNECT, STRANGER)
        other.count(CONNECT, STRANGER)
    assert [stopped(limits, CONNECT, STRANGER) for limits in (one, other)] == ["connect.0"] * 2
    assert stopped(one, LOGIN, STRANGER, MOODLE, "4711") is None
    with redis.Redis.from_url(redis_url) as client:
        keys = [key.decode() for key in client.scan_iter("*")]
        assert len(keys) == 4
        assert all(0 < client.ttl(key) <= 60 for key in keys)
    for told in (STRANGER, "moodle.example", "4711"):
        assert told not in " ".join(keys)


def test_without_redis_everybody_goes_on_and_one_line_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    now = [100.0]
    monkeypatch.setattr("moodle_mentorship.web.limits.time.monotonic", lambda: now[0])
    with structlog.testing.capture_logs() as lines:
        assert {stopped(limits, CONNECT, STRANGER) for _ in range(200)} == {None}
        assert [line["event"] for line in lines] == ["limits_unavailable"]
        now[0] += BLIND
        assert stopped(limits, CONNECT, STRANGER) is None
    assert len(lines) == 2


def test_a_redis_that_does_not_answer_holds_nobody_up(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limits = Limits(replace(settings, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        begun = time.monotonic()
        assert {stopped(limits, LOGIN, STRANGER, MOODLE, "3") for _ in range(50)} == {None}
    assert time.monotonic() - begun < 4
