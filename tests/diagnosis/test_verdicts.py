"""What a verdict makes of facts that a demonstration Moodle can't have: certificates, Moodles without our plugin."""

import re
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import trustme
from werkzeug.wrappers import Request, Response

from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.diagnosis import facts, installation, verdicts, words
from moodle_mentorship.diagnosis.checks import Check
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.diagnosis.facts import Facts, Glimpse
from moodle_mentorship.diagnosis.verdicts import Ours
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.functions import PLUGIN_VERSION, Function
from moodle_mentorship.moodle.results import SiteInfo, SiteState, WebhookState
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]
OURS = Ours("https://mentor.example", "client", PLUGIN_VERSION, "https://mentor.example/api/v1/webhooks/moodle/1", NOW)
TOOL = {"product": "moodle-mentorship", "tool_url": "https://mentor.example/"}
SEEN = Glimpse(200, theirs=NOW, ours=NOW, certified_until=NOW + timedelta(days=80), document={"keys": []})
SELF = replace(SEEN, document=TOOL)
INFO = SiteInfo(
    "School", "https://moodle.example", "4.5.6 (Build: 1)", "2024100706", 3, "svc", False, frozenset(Function)
)


def found(given: Facts, ours: Ours = OURS) -> dict[str, str]:
    return {check.code: check.reason for check in verdicts.judge(given, ours) if check.state in {State.BAD, State.WARN}}


@pytest.mark.parametrize(
    ("days", "state"), [(80, State.OK), (14, State.OK), (13, State.WARN), (2, State.BAD), (-1, State.BAD)]
)
def test_a_certificate_that_ends(days: int, state: State) -> None:
    keys = replace(SEEN, certified_until=NOW + timedelta(days=days))
    checks = verdicts.judge(Facts(keys, SELF, INFO), OURS)
    assert [check.state for check in checks if check.code == "certificate"] == [state]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.CertificateRefused("f"), "certificate"),
        (errors.AddressPrivate("f"), "private_address"),
        (errors.TimedOut("f"), "slow"),
        (errors.ConnectionBroken("f"), "no_connection"),
        (errors.UnexpectedStatus("f", 404), "foreign"),
        (errors.UnexpectedStatus("f", 429), "firewall"),
        (errors.ServerFailed("f", 502), "failed"),
        (errors.AnswerTooLarge("f", 5), "unreadable"),
        (errors.UnexpectedAnswer("f", "", "x"), "unreadable"),
    ],
)
def test_what_answers_instead_of_moodle(error: errors.MoodleError, reason: str) -> None:
    assert found(Facts(SEEN, SELF, error=error)) == {"moodle": reason}


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (202, "", "ok"),
        (401, "signature_invalid", "secret"),
        (401, "signature_outdated", "outdated"),
        (401, "timestamp_out_of_window", "clock"),
        (429, "too_many_requests", "busy"),
        (500, "fault", "refused"),
        (0, "Connection refused", "no_connection"),
    ],
)
def test_what_became_of_the_plugins_message(status: int, said: str, reason: str) -> None:
    hook = WebhookState(OURS.webhook_url, False, 0, 0, 0, status, said)
    check = verdicts._webhook(cast(SiteState, SimpleNamespace(webhook=hook)), OURS)
    assert (check.code, check.reason) == ("webhook", reason)
    assert words.text_of("webhook", reason)


@pytest.mark.parametrize(
    ("errorcode", "reason"),
    [
        ("wsaccessuserdeleted", "deleted"),
        ("wsaccessuserunconfirmed", "unconfirmed"),
        ("wsaccessuserexpired", "expired"),
        ("wsaccessusernologin", "nologin"),
        ("somethingnew", "other"),
    ],
)
def test_an_account_that_may_not_come_in(errorcode: str, reason: str) -> None:
    assert found(Facts(SEEN, SELF, error=errors.MoodleRefused("f", errorcode))) == {"token": reason}


def test_a_token_of_an_administrator_may_too_much() -> None:
    assert found(Facts(SEEN, SELF, replace(INFO, is_site_admin=True)))["token"] == "administrator"


def test_a_moodle_without_our_plugin() -> None:
    core = frozenset(name for name in Function if not name.startswith("local_mentorship"))
    bare = replace(OURS, plugin=None)
    assert found(Facts(SEEN, SELF, replace(INFO, functions=core)), bare) == {"plugin": "none"}
    less = core - {Function.GET_COHORT_MEMBERS}
    assert found(Facts(SEEN, SELF, replace(INFO, functions=less)), bare) == {"plugin": "none", "functions": "missing"}


@pytest.mark.parametrize(
    ("grant", "state", "reason"),
    [
        (True, State.OK, "ok"),
        (errors.RosterNotAllowed("t", "invalid_scope"), State.OK, "ok"),
        (errors.KeysUnreadable("t", "jwks_unreadable"), State.WARN, "unreadable"),
        (errors.TimedOut("t"), State.UNKNOWN, "not_told"),
        (None, State.UNKNOWN, "not_asked"),
    ],
)
def test_whether_moodle_reads_our_keys(grant: errors.MoodleError | bool | None, state: State, reason: str) -> None:
    checks = verdicts.judge(Facts(SEEN, SELF, INFO, grant=grant), OURS)
    assert [(check.state, check.reason) for check in checks if check.code == "keyset"] == [(state, reason)]


@pytest.mark.parametrize(
    ("tool", "reason"),
    [
        (Glimpse(failed="certificate"), "certificate"),
        (Glimpse(failed="no_connection"), "unreachable"),
        (replace(SELF, document=None, status=502), "foreign"),
        (replace(SELF, document={"product": "other"}), "foreign"),
        (replace(SELF, document=TOOL | {"tool_url": "https://old.example/"}), "another"),
        (replace(SELF, certified_until=NOW + timedelta(days=2)), "ends"),
    ],
)
def test_the_service_as_it_is_seen_from_outside(tool: Glimpse, reason: str) -> None:
    assert found(Facts(SEEN, tool, INFO)) == {"public_address": reason}


def test_the_clock_is_read_from_any_answer() -> None:
    ahead = replace(SEEN, theirs=NOW + timedelta(seconds=90))
    assert found(Facts(ahead, SELF, INFO)) == {"clock": "ahead"}
    silent = verdicts.judge(Facts(replace(SEEN, theirs=None), SELF, INFO), OURS)
    assert [check.state for check in silent if check.code == "clock"] == [State.UNKNOWN]


# A look at an address ---------------------------------------------------------------------------------------------


@Request.application
def a_page(request: Request) -> Response:
    if request.path == "/page":
        return Response("<html></html>", 502)
    return Response('{"keys": []}', headers={"Date": "Tue, 24 Nov 2026 09:00:30 GMT"})


@pytest.fixture
def certified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """An https server whose certificate ends in nine days."""
    authority = trustme.CA()
    ends = datetime.now(UTC) + timedelta(days=9, hours=1)
    certificate = authority.issue_cert("localhost", not_after=ends)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    port = free_port()
    with serving(a_page, port, tls=context):
        yield f"https://localhost:{port}"


def look(url: str) -> Glimpse:
    return facts.glimpse(url, AddressGuard(Environment.DEVELOPMENT), lambda: NOW, 5.0)


def test_a_look_sees_certificate_and_clock(certified: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    seen = look(f"{certified}/certs.php")
    assert seen.certified_until is not None
    assert (seen.certified_until - datetime.now(UTC)).days == 9
    assert (seen.theirs, seen.ours) == (NOW + timedelta(seconds=30), NOW)
    assert (seen.status, seen.document, seen.failed) == (200, {"keys": []}, "")
    page = look(f"{certified}/page")
    assert (page.status, page.document) == (502, None)


def test_a_certificate_that_nobody_trusts_is_refused(certified: str) -> None:
    assert look(certified).failed == "certificate"


def test_a_look_that_leads_nowhere() -> None:
    assert look("http://127.0.0.1:9/").failed == "no_connection"
    assert look("http://nowhere.invalid/").failed == "unknown_host"
    inside = facts.glimpse("http://10.0.0.1/", AddressGuard(Environment.PRODUCTION), lambda: NOW, 2.0)
    assert inside.failed == "private_address"


# Words --------------------------------------------------------------------------------------------------------------


def test_every_finding_that_the_code_can_make_has_its_sentences() -> None:
    made: set[tuple[str, str]] = set()
    for source in (ROOT / "moodle_mentorship" / "diagnosis").glob("*.py"):
        made |= set(
            re.findall(
                r'\b(?:warn|bad|unknown|judge|Check)\)?\(\s*"(\w+)", "(\w+)"', source.read_text(encoding="utf-8")
            )
        )
    assert len(made) > 60
    assert [pair for pair in sorted(made) if not _has_words(*pair)] == []
    for code in {*installation.CODES, *verdicts.BEHIND_THE_TOKEN}:
        assert words.TITLES[code]


def _has_words(code: str, reason: str) -> bool:
    try:
        return code in words.TITLES and bool(words.text_of(code, reason))
    except KeyError:
        return False


def test_what_is_broken_has_a_fix() -> None:
    """A finding without a way out is no help; only what is unknown or fine may go without."""
    lacking = {f"{code} {reason}" for (code, reason), text in words.TEXTS.items() if not text.fix and reason != "ok"}
    assert lacking == {
        "capabilities some",
        "directory coming",
        "keyset address",
        "keyset not_told",
        "version not_told",
        "webhook busy",
        "webhook clock",
    }
    assert not any(text.page.startswith("/") for text in words.TEXTS.values())


def test_sentences_are_filled_and_translated() -> None:
    told = words.told(Check("directory", State.BAD, "failing", {"count": 3, "error": "moodle_token_invalid"}), "ru")
    assert told.detail.replace("\u00a0", " ").startswith("Чтение не удалось подряд: 3. Moodle ")
    assert told.title == "Справочник сотрудников"
    with pytest.raises(KeyError):
        words.text_of("directory", "unheard_of")


def test_the_plugins_release_is_the_one_that_belongs_here() -> None:
    version = (ROOT / "plugin_php_stub" / "version.php").read_text(encoding="utf-8")
    assert f"$plugin->version   = {PLUGIN_VERSION};" in version
