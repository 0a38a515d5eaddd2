"""Settings: all problems named at once, production strict."""

import pytest
from cryptography.fernet import Fernet

from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY, Settings, SettingsError, is_loopback

KEY = Fernet.generate_key().decode()
GOOD = {
    "MENTORSHIP_BASE_URL": "https://mentor.example",
    "MENTORSHIP_DATABASE_URL": "sqlite:///x.sqlite3",
    "MENTORSHIP_ENCRYPTION_KEYS": KEY,
}


def problems(**changes: str) -> list[str]:
    try:
        Settings.from_env(GOOD | changes)
    except SettingsError as error:
        return [problem.split(" ")[0].rstrip(":") for problem in error.problems]
    return []


def test_every_missing_key_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"MENTORSHIP_DEBUG": "1", "MENTORSHIP_TRUSTED_PROXIES": "one"})
    assert caught.value.problems == [
        "MENTORSHIP_BASE_URL is not set",
        "MENTORSHIP_ENCRYPTION_KEYS is not set",
        "MENTORSHIP_DEBUG must be off in production",
        "MENTORSHIP_TRUSTED_PROXIES must be a number, such as 1",
        "MENTORSHIP_DATABASE_URL is not set",
    ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, []),
        ({"MENTORSHIP_BASE_URL": "http://mentor.example"}, ["MENTORSHIP_BASE_URL"]),
        ({"MENTORSHIP_BASE_URL": "http://localhost:8000"}, ["MENTORSHIP_BASE_URL"]),
        ({"MENTORSHIP_BASE_URL": "https://mentor.example/path"}, ["MENTORSHIP_BASE_URL"]),
        ({"MENTORSHIP_BASE_URL": "mentor.example"}, ["MENTORSHIP_BASE_URL"]),
        ({"MENTORSHIP_ENCRYPTION_KEYS": f"{KEY},{DEMO_ENCRYPTION_KEY}"}, ["MENTORSHIP_ENCRYPTION_KEYS"]),
        ({"MENTORSHIP_ENCRYPTION_KEYS": "short"}, ["MENTORSHIP_ENCRYPTION_KEYS"]),
        ({"MENTORSHIP_DEBUG": "1"}, ["MENTORSHIP_DEBUG"]),
        ({"MENTORSHIP_ENV": "party"}, ["MENTORSHIP_ENV"]),
        ({"MENTORSHIP_TRUSTED_PROXIES": "²"}, ["MENTORSHIP_TRUSTED_PROXIES"]),
        ({"MENTORSHIP_LOCALE": "de"}, ["MENTORSHIP_LOCALE"]),
        ({"MENTORSHIP_TIMEZONE": "Moscow"}, ["MENTORSHIP_TIMEZONE"]),
        ({"MENTORSHIP_ENV": "demo", "MENTORSHIP_BASE_URL": "http://mentor.example"}, ["MENTORSHIP_BASE_URL"]),
        (
            {
                "MENTORSHIP_ENV": "demo",
                "MENTORSHIP_BASE_URL": "http://127.0.0.1:8000",
                "MENTORSHIP_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEY,
                "MENTORSHIP_DEBUG": "1",
            },
            [],
        ),
    ],
)
def test_what_start_up_refuses(changes: dict[str, str], named: list[str]) -> None:
    assert problems(**changes) == named


def test_no_secret_in_the_representation() -> None:
    settings = Settings.from_env(GOOD)
    assert repr(settings) == "<Settings production https://mentor.example>"
    assert settings.origin == "https://mentor.example"
    assert settings.embedded_cookies


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("::1", True), ("notlocalhost", False)],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
