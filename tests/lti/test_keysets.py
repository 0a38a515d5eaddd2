"""Platforms' keys: when they are asked for, when not, and what is believed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.errors import LaunchRefused
from moodle_mentorship.lti.keysets import keyset_for
from moodle_mentorship.moodle.platforms import Registration, find_registrations
from tests.conftest import NOW
from tests.factories import TestSchool
from tests.lti.platform import KEY, OTHER_KEY, Server, public

KEYS = {"keys": [public(KEY)]}


@pytest.fixture
def platform(session: Session, school: TestSchool, other_school: TestSchool, server: Server) -> TestSchool:
    school.platform.jwks_url = f"{server.url}/certs"
    session.commit()
    server.json("/certs", KEYS)
    return school


def registration(session: Session) -> Registration:
    """As a launch reads it: anew from the database."""
    session.rollback()
    session.expire_all()
    (found,) = find_registrations(session, "https://moodle.example", "client", "1")
    session.rollback()
    return found


def test_the_first_launch_fetches_and_the_next_do_not(
    session: Session, runtime: Runtime, platform: TestSchool, server: Server
) -> None:
    assert keyset_for(runtime, registration(session), "moodle-key", NOW) == KEYS
    for minutes in (1, 30, 60):
        at = NOW + timedelta(minutes=minutes)
        assert keyset_for(runtime, registration(session), "moodle-key", at) == KEYS
    ((method, path, headers, _),) = server.requests
    assert (method, path) == ("GET", "/certs")
    assert headers["User-Agent"].startswith("moodle-mentorship/")
    assert "Cookie" not in headers


def test_only_what_verifying_needs_is_kept(
    session: Session, runtime: Runtime, platform: TestSchool, server: Server
) -> None:
    server.json("/certs", {"keys": [KEY.as_dict(private=True) | {"x5u": "https://evil"}, {"kty": "oct", "k": "a"}, 7]})
    kept = keyset_for(runtime, registration(session), "moodle-key", NOW)
    assert [sorted(key) for key in kept["keys"]] == [["e", "kid", "kty", "n"]]


def test_an_unknown_kid_asks_once_in_thirty_seconds(
    session: Session, runtime: Runtime, platform: TestSchool, server: Server
) -> None:
    keyset_for(runtime, registration(session), "moodle-key", NOW)
    for seconds in range(0, 30, 3):
        at = NOW + timedelta(seconds=seconds)
        assert keyset_for(runtime, registration(session), f"forged-{seconds}", at) == KEYS
    assert len(server.requests) == 1
    # Moodle has changed its key: the first token with it is accepted as soon as we may ask.
    server.json("/certs", {"keys": [public(OTHER_KEY)]})
    changed = keyset_for(runtime, registration(session), "other-key", NOW + timedelta(seconds=30))
    assert changed == {"keys": [public(OTHER_KEY)]}
    assert len(server.requests) == 2


def test_of_two_processes_one_asks(session: Session, runtime: Runtime, platform: TestSchool, server: Server) -> None:
    """Both read the row before either asked."""
    stale = registration(session)
    assert keyset_for(runtime, stale, "moodle-key", NOW) == KEYS
    with pytest.raises(LaunchRefused):
        keyset_for(runtime, stale, "moodle-key", NOW)
    assert len(server.requests) == 1


def test_a_withdrawn_key_is_gone_after_an_hour(
    session: Session, runtime: Runtime, platform: TestSchool, server: Server
) -> None:
    keyset_for(runtime, registration(session), "moodle-key", NOW)
    server.json("/certs", {"keys": [public(OTHER_KEY)]})
    at = NOW + timedelta(minutes=61)
    assert keyset_for(runtime, registration(session), "moodle-key", at) == {"keys": [public(OTHER_KEY)]}


def _endless(server: Server) -> None:
    server.routes["/certs"] = lambda *_: (200, {}, b"x" * 300_000)


def _redirect(server: Server) -> None:
    server.routes["/certs"] = lambda *_: (302, {"Location": f"{server.url}/elsewhere"}, b"")
    server.json("/elsewhere", {"keys": [public(OTHER_KEY)]})


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda server: server.json("/certs", {"keys": []}), id="no keys"),
        pytest.param(lambda server: server.json("/certs", {"keys": "none"}), id="keys are text"),
        pytest.param(lambda server: server.json("/certs", [1]), id="a list"),
        pytest.param(lambda server: server.json("/certs", {}, 503), id="maintenance"),
        pytest.param(_endless, id="endless answer"),
        pytest.param(_redirect, id="redirect"),
    ],
)
def test_when_the_keys_are_down_the_cached_ones_go_on(
    session: Session, runtime: Runtime, platform: TestSchool, server: Server, break_it: Any
) -> None:
    keyset_for(runtime, registration(session), "moodle-key", NOW)
    break_it(server)
    at = NOW + timedelta(hours=2)
    assert keyset_for(runtime, registration(session), "moodle-key", at) == KEYS
    assert registration(session).jwks_fetched_at == NOW
    assert "/elsewhere" not in [path for _, path, _, _ in server.requests]


def test_without_any_keys_the_page_says_try_again(
    session: Session, runtime: Runtime, platform: TestSchool, server: Server
) -> None:
    server.json("/certs", {}, 500)
    for _ in range(2):
        with pytest.raises(LaunchRefused) as refused:
            keyset_for(runtime, registration(session), "moodle-key", NOW)
        assert (refused.value.code, refused.value.status) == ("keys_unavailable", 503)
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(session: Session, runtime: Runtime, school: TestSchool) -> None:
    school.platform.jwks_url = "http://127.0.0.1:9/certs"
    session.commit()
    with pytest.raises(LaunchRefused) as refused:
        keyset_for(runtime, registration(session), "moodle-key", NOW)
    assert refused.value.code == "keys_unavailable"
