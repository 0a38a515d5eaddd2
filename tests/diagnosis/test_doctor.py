"""Each fault is broken on purpose, on a running pair of sidecar and Moodle, and is the one thing that is found."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from huey import MemoryHuey
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from moodle_mentorship import cli
from moodle_mentorship.core import metrics
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import PeriodicJob
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY, Environment
from moodle_mentorship.demo.moodle.config import COURSE_CAPABILITIES, SITE_CAPABILITIES
from moodle_mentorship.demo.moodle.state import Fault
from moodle_mentorship.demo.moodle.transport import free_port
from moodle_mentorship.diagnosis import facts, installation, service
from moodle_mentorship.diagnosis.checks import Check
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.diagnosis.models import Examination
from moodle_mentorship.lti.models import Launch
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem, Platform, ToolKey, WebhookDelivery
from moodle_mentorship.moodle.to_people import COMPLETION
from moodle_mentorship.people.models import RoleGrant
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import TEST_KEY
from tests.diagnosis.conftest import Well

HOUR = timedelta(hours=1)


def test_in_working_order_nothing_is_found(well: Well) -> None:
    checks = well.checks()
    assert {check.code: check.reason for check in checks if check.state is not State.OK and check.code != "disk"} == {
        "settings": "demo_key"
    }
    codes = {check.code for check in checks}
    assert codes == {
        *("settings", "disk", "database", "writing", "secrets", "tool_key", "queue", "database_clock"),
        *("connection", "login", "directory", "outbox", "curator"),
        *("moodle", "web_services", "token", "clock", "version", "plugin", "functions", "keyset"),
        *("capabilities", "course", "cohort", "tool", "webhook", "cron", "public_address"),
    }


# What an administrator of Moodle may break ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"token": "0" * 32}, {"token": "invalid"}),
        ({"address_allowed": False}, {"token": "refused"}),
        ({"web_services_enabled": False}, {"web_services": "disabled"}),
        ({"in_maintenance": True}, {"moodle": "maintenance"}),
        ({"release": "4.1.9 (Build: 20240101)"}, {"version": "old"}),
        ({"release": "6.0 (Build: 20280101)"}, {"version": "new"}),
        ({"plugin_version": "2026010100"}, {"plugin": "older"}),
        ({"plugin_version": "2030010100"}, {"plugin": "newer"}),
        ({"withheld_functions": {Function.CREATE_GROUPS.value}}, {"functions": "missing"}),
        ({"withheld_functions": {Function.DIAGNOSE.value}}, {"functions": "missing"}),
        ({"withheld_functions": {Function.SEND_MESSAGE.value}}, {"functions": "missing"}),
        ({"withheld_functions": {Function.SET_COMPLETION.value}}, {"functions": "missing"}),
        ({"assignable_roles": set[int]()}, {"capabilities": "student"}),
        ({"course_exists": False}, {"course": "gone"}),
        ({"course_visible": False}, {"course": "hidden"}),
        ({"activity_exists": False}, {"course": "no_activity"}),
        ({"activity_visible": False}, {"course": "activity_hidden"}),
        ({"manual_enrolment": False}, {"course": "no_enrolment"}),
        ({"cohort_exists": False}, {"cohort": "gone"}),
        ({"cohort": set[int]()}, {"cohort": "empty"}),
        ({"clock_off": 45}, {"clock": "ahead"}),
        ({"clock_off": -45}, {"clock": "behind"}),
        ({"clock_off": 120}, {"clock": "ahead"}),
        ({"clock_off": -400}, {"clock": "behind"}),
        ({"curl_blocks_host": True}, {"keyset": "host"}),
        ({"curl_blocks_port": True}, {"keyset": "port"}),
        ({"curl_blocks_host": True, "curl_blocks_port": True}, {"keyset": "host_and_port"}),
        ({"webhook_stopped": True}, {"webhook": "stopped"}),
        ({"webhook_reachable": False}, {"webhook": "no_connection"}),
        ({"webhook_secret": "0" * 64}, {"webhook": "secret"}),
        ({"webhook_failing": 3}, {"webhook": "failing"}),
        ({"cron_enabled": False}, {"cron": "disabled"}),
        ({"cron_silent": 20 * 60}, {"cron": "late"}),
        ({"cron_silent": 5 * 3600}, {"cron": "dead"}),
    ],
    ids=lambda value: "-".join(f"{name}={said}" for name, said in value.items())[:50],
)
def test_what_moodles_side_may_break(well: Well, change: dict[str, Any], found: dict[str, str]) -> None:
    with well.with_(**change):
        assert well.findings() == found
    assert well.findings() == {}


@pytest.mark.parametrize("name", sorted((SITE_CAPABILITIES | COURSE_CAPABILITIES) - {"webservice/rest:use"}))
def test_each_capability_that_is_missing_is_named(well: Well, name: str) -> None:
    well.moodle.revoke(name)
    try:
        checks = {check.code: check for check in well.checks()}
    finally:
        well.moodle.grant(name)
    assert (checks["capabilities"].reason, checks["capabilities"].params) == ("missing", {"names": name})
    assert {code for code, check in checks.items() if check.state in {State.BAD, State.WARN}} <= {
        "capabilities",
        "settings",
        "disk",
    }


def test_without_the_right_to_rest_the_token_is_refused(well: Well) -> None:
    well.moodle.revoke("webservice/rest:use")
    try:
        assert well.findings() == {"token": "refused"}
    finally:
        well.moodle.grant("webservice/rest:use")


def test_an_expired_token_is_refused_and_then_unknown(well: Well) -> None:
    with well.with_(token_expired=True, token=well.moodle.token):
        assert well.findings() == {"token": "refused"}
        assert well.findings() == {"token": "invalid"}
    assert well.findings() == {}


def test_a_suspended_service_user_is_told_from_a_bad_token(well: Well) -> None:
    well.moodle.service_user.suspended = True
    try:
        assert well.findings() == {"token": "suspended"}
    finally:
        well.moodle.service_user.suspended = False


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.HTTP_500, "failed"),
        (Fault.NOT_JSON, "unreadable"),
        (Fault.CUT_JSON, "unreadable"),
        (Fault.MAINTENANCE_PAGE, "maintenance"),
        (Fault.LOGIN_REDIRECT, "login"),
        (Fault.MOVED, "redirected"),
        (Fault.FORBIDDEN_PAGE, "firewall"),
        (Fault.ANSWER_THEN_DROP, "no_connection"),
    ],
)
def test_what_stands_before_moodle_is_told_apart(well: Well, fault: Fault, reason: str) -> None:
    well.moodle.fail_next(fault, function=Function.SITE_INFO.value)
    try:
        assert well.findings() == {"moodle": reason}
    finally:
        well.moodle.clear_faults()


def test_a_moodle_that_hangs_costs_little_time(well: Well, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "QUESTION", 1.0)
    with well.moodle.stalled(Function.SITE_INFO.value):
        assert well.findings() == {"moodle": "slow"}
    assert well.state_of("token") is State.OK


@pytest.mark.parametrize(
    ("address", "reason"),
    [("http://127.0.0.1:9", "no_connection"), ("http://moodle.nowhere.localhost.invalid", "unknown_host")],
)
def test_a_moodle_that_is_not_there(well: Well, address: str, reason: str) -> None:
    def move(session: Session, to: str) -> None:
        session.execute(update(MoodleSite).values(rest_url=f"{to}/webservice/rest/server.php"))
        session.execute(update(Platform).values(jwks_url=f"{to}/mod/lti/certs.php"))

    home = well.moodle.config.base_url
    with well.with_row(lambda session: move(session, address), lambda session: move(session, home)):
        assert well.findings() == {"moodle": reason}


@pytest.mark.parametrize(
    ("change", "reason", "names"),
    [
        ({"login_url": "https://old.example/lti/login"}, "addresses", "Initiate login URL"),
        ({"redirect_uris": ("https://old.example/lti/launch",)}, "addresses", "Redirection URI(s)"),
        ({"jwks_url": "https://old.example/lti/jwks"}, "addresses", "Public keyset"),
        ({"active": False}, "inactive", None),
        ({"client_id": "another"}, "unknown", None),
    ],
)
def test_the_tool_in_moodle_is_held_against_our_addresses(
    well: Well, change: dict[str, Any], reason: str, names: str | None
) -> None:
    (number, tool), *_ = well.moodle.tools.items()
    with well.with_(tools={number: replace(tool, **change)}):
        check = next(check for check in well.checks() if check.code == "tool")
        found = well.findings()
    assert (check.reason, check.params.get("names")) == (reason, names)
    # A tool that Moodle knows by another client id can have no token either: that stays unknown, not bad.
    assert found == {"tool": reason}
    with well.with_(activity_tool=None):
        assert well.findings() == {"tool": "gone"}


def test_without_the_plugins_word_the_famous_404_is_recognised(well: Well) -> None:
    """cURL security, and an older plugin that can't be asked: Moodle's own 404 page is what tells."""
    older = update(MoodleSite).values(plugin_version="2026112200")
    newer = update(MoodleSite).values(plugin_version=well.moodle.plugin_version)
    with (
        well.with_(withheld_functions={Function.DIAGNOSE.value}, curl_blocks_host=True),
        well.with_row(lambda session: session.execute(older), lambda session: session.execute(newer)),
    ):
        checks = {check.code: check for check in well.checks()}
        assert well.findings() == {"plugin": "older", "keyset": "unreadable"}
    assert [code for code, check in checks.items() if check.state is State.UNKNOWN] == [
        *("capabilities", "cohort", "tool", "webhook", "cron")
    ]
    assert checks["course"].state is State.OK


@pytest.mark.parametrize(
    ("capability", "found"),
    [
        ("local/mentorship:readstaff", {"capabilities": "refused"}),
        ("moodle/course:managegroups", {"capabilities": "refused"}),
        ("moodle/course:view", {"course": "closed"}),
    ],
)
def test_an_older_plugin_leaves_two_harmless_calls(well: Well, capability: str, found: dict[str, str]) -> None:
    well.moodle.revoke(capability)
    try:
        with well.with_(withheld_functions={Function.DIAGNOSE.value}):
            assert well.findings() == {"functions": "missing", **found}
    finally:
        well.moodle.grant(capability)


# What stands in our own rows --------------------------------------------------------------------------------------


def a_pass(well: Well, state: PassState, **values: Any) -> dict[str, Any]:
    now = well.runtime.clock.now()
    return {
        "school_id": well.school_id,
        "kind": PassKind.FULL,
        "source": PassSource.PLUGIN,
        "state": state,
        "created_at": now,
        "finished_at": now,
        **values,
    }


@contextmanager
def extra(well: Well, model: Any, *rows: dict[str, Any]) -> Iterator[None]:
    """Rows that stand while the block runs."""
    with well.runtime.db.unit_of_work(read_only=True) as session:
        newest = session.scalar(select(func.max(model.id))) or 0
    with well.with_row(
        lambda session: session.add_all([model(**row) for row in rows]),
        lambda session: session.execute(delete(model).where(model.id > newest)),
    ):
        yield


@pytest.mark.parametrize(("count", "state"), [(1, State.WARN), (2, State.WARN), (3, State.BAD)])
def test_passes_that_fail_in_a_row(well: Well, count: int, state: State) -> None:
    failed = [a_pass(well, PassState.FAILED, error_code="moodle_token_invalid") for _ in range(count)]
    with extra(well, SyncPass, *failed):
        check = next(check for check in well.checks(ask=False) if check.code == "directory")
    assert (check.state, check.reason, check.params) == (
        state,
        "failing",
        {"count": count, "error": "moodle_token_invalid"},
    )
    with extra(well, SyncPass, *failed, a_pass(well, PassState.DONE)):
        assert well.findings() == {}
    with extra(well, SyncPass, a_pass(well, PassState.FAILED, dry_run=True)):
        assert well.findings() == {}


def test_a_question_waits(well: Well) -> None:
    with extra(well, SyncPass, a_pass(well, PassState.ASKING)):
        assert well.findings() == {"directory": "question"}


@pytest.mark.parametrize(("hours", "state"), [(30, None), (40, State.WARN), (100, State.BAD)])
def test_a_directory_that_was_not_read_for_long(well: Well, hours: int, state: State | None) -> None:
    now = well.runtime.clock.now()

    def set_back(session: Session, moment: Any) -> None:
        session.execute(update(SyncPass).where(SyncPass.finished_at.is_not(None)).values(finished_at=moment))
        session.execute(update(MoodleSite).values(connected_at=moment))

    with well.with_row(lambda s: set_back(s, now - hours * HOUR), lambda s: set_back(s, now)):
        check = next(check for check in well.checks() if check.code == "directory")
        assert well.findings() == ({"directory": "old"} if state else {})
    assert check.state is (state or State.OK)


def an_item(well: Well, state: OutboxState, due: timedelta, stream: str = "pair:900") -> dict[str, Any]:
    now = well.runtime.clock.now()
    return {
        "school_id": well.school_id,
        "stream": stream,
        "kind": "pair.group",
        "payload": {},
        "state": state,
        "created_at": now - HOUR,
        "due_at": now + due,
    }


@pytest.mark.parametrize(
    ("items", "reason", "state"),
    [
        ([(OutboxState.STUCK, -HOUR, "a")], "stuck", State.BAD),
        # What waits behind a stuck item is no second finding.
        ([(OutboxState.STUCK, -HOUR, "a"), (OutboxState.WAITING, -2 * HOUR, "a")], "stuck", State.BAD),
        ([(OutboxState.WAITING, -HOUR / 2, "a")], "late", State.WARN),
        ([(OutboxState.WAITING, -2 * HOUR, "a")], "late", State.BAD),
        ([(OutboxState.WAITING, -HOUR / 10, "a")], "ok", State.OK),
        # A next attempt that is still to come is not late.
        ([(OutboxState.WAITING, 2 * HOUR, "a")], "ok", State.OK),
        ([(OutboxState.DELIVERED, -9 * HOUR, "a")], "ok", State.OK),
    ],
)
def test_changes_that_do_not_reach_moodle(well: Well, items: list[Any], reason: str, state: State) -> None:
    with extra(well, OutboxItem, *(an_item(well, *item) for item in items)):
        check = next(check for check in well.checks() if check.code == "outbox")
        found = well.findings()
    assert (check.reason, check.state) == (reason, state)
    assert found == ({"outbox": reason} if state is not State.OK else {})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"disabled_at": True}, "disabled"),
        ({"jwks": None, "jwks_fetched_at": None, "jwks_tried_at": True}, "no_keys"),
        ({"jwks": {"keys": []}, "jwks_fetched_at": -1, "jwks_tried_at": True}, "old_keys"),
    ],
)
def test_a_registration_through_which_nobody_comes(well: Well, values: dict[str, Any], reason: str) -> None:
    now = well.runtime.clock.now()
    moments = {True: now, -1: now - HOUR}
    changed = {name: moments.get(value, value) if value.__hash__ else value for name, value in values.items()}
    undone = dict.fromkeys(("disabled_at", "jwks", "jwks_fetched_at", "jwks_tried_at"))
    with well.with_row(
        lambda session: session.execute(update(Platform).values(**changed)),
        lambda session: session.execute(update(Platform).values(**undone)),
    ):
        found = well.findings()
    # With the registration goes the client id that Moodle's tool is held against.
    assert found.pop("login") == reason
    assert found == ({"tool": "unknown"} if reason == "disabled" else {})


def test_launches_of_the_last_day(well: Well) -> None:
    now = well.runtime.clock.now()
    with well.runtime.db.unit_of_work(read_only=True) as session:
        platform_id = session.scalars(select(Platform.id)).one()

    def launch(refused: str | None, ago: timedelta) -> dict[str, Any]:
        who = {"moodle_user_id": 3, "site_administrator": False, "roles": [], "resource_link_id": "1"}
        return {"school_id": well.school_id, "platform_id": platform_id, "at": now - ago, "refused": refused, **who}

    def login() -> Check:
        return next(check for check in well.checks(ask=False) if check.code == "login")

    with extra(well, Launch, launch("not_in_directory", HOUR), launch("access_ended", HOUR), launch(None, 30 * HOUR)):
        assert (login().reason, login().params) == ("nobody", {"refused": 2, "codes": "access_ended, not_in_directory"})
    with extra(well, Launch, launch("not_in_directory", HOUR), launch(None, HOUR)):
        assert (login().reason, login().params) == ("ok", {"let_in": 1, "refused": 1})


def test_a_school_without_curator(well: Well) -> None:
    now = well.runtime.clock.now()
    with well.with_row(
        lambda session: session.execute(update(RoleGrant).values(revoked_at=now)),
        lambda session: session.execute(update(RoleGrant).values(revoked_at=None)),
    ):
        assert well.findings() == {"curator": "none"}
        with well.with_row(
            lambda session: session.execute(update(MoodleSite).values(first_curator_moodle_id=4711)),
            lambda session: session.execute(update(MoodleSite).values(first_curator_moodle_id=None)),
        ):
            assert well.findings() == {"curator": "awaited"}


@pytest.mark.parametrize("outcome", ["off", "automatic", "missing", "set"])
def test_why_activities_are_not_marked_as_done_is_told(well: Well, outcome: str) -> None:
    def item(session: Any) -> None:
        now = well.runtime.clock.now()
        session.add(
            OutboxItem(
                school_id=well.school_id,
                stream="person:1",
                kind=COMPLETION,
                payload={"outcome": outcome},
                state=OutboxState.DELIVERED,
                created_at=now,
                due_at=now,
                delivered_at=now,
            )
        )

    with well.with_row(item, lambda session: session.execute(delete(OutboxItem).where(OutboxItem.kind == COMPLETION))):
        assert well.findings() == ({} if outcome == "set" else {"completion": outcome})


def test_a_connection_that_is_switched_off_is_asked_nothing_and_is_no_fault(
    well: Well, environment: dict[str, str]
) -> None:
    calls = sum(well.moodle.calls.values())
    now = well.runtime.clock.now()

    def switch(session: Any, moment: datetime | None) -> None:
        for model in (MoodleSite, Platform):
            session.execute(update(model).values(disabled_at=moment))

    with well.with_row(lambda session: switch(session, now), lambda session: switch(session, None)):
        assert well.findings() == {"connection": "disabled"}
        told = CliRunner().invoke(cli.cli, ["doctor", "--school", str(well.school_id)], env=environment)
        assert (told.exit_code, "отключена" in told.stdout) == (0, True)
    assert sum(well.moodle.calls.values()) == calls


def test_the_plugins_remarks_stand_until_moodle_was_asked(well: Well) -> None:
    remarks = ["curl_security_blocks_sidecar", "cohort_empty", "curator_not_in_cohort", "something_new"]
    with well.with_row(
        lambda session: session.execute(update(MoodleSite).values(warnings=remarks)),
        lambda session: session.execute(update(MoodleSite).values(warnings=[])),
    ):
        assert well.findings() == {"set_up": "unknown"}
        with well.runtime.db.unit_of_work() as session:
            session.execute(delete(Examination))
            report = service.report(session, well.school_id, well.runtime.clock.now())
        # Whether somebody is curator needs no asking.
        found = [check.reason for check in report.checks if check.code == "set_up"]
        assert found == ["curl_security_blocks_sidecar", "cohort_empty", "unknown"]


def test_messages_that_did_not_come_are_missed_by_the_night(well: Well) -> None:
    """An older plugin can't be asked for a test message; a nightly pass that finds changes nobody told of tells."""
    now = well.runtime.clock.now()

    def done(hours: int, **values: Any) -> dict[str, Any]:
        moment = now - hours * HOUR
        return a_pass(well, PassState.DONE, **{"created_at": moment, "finished_at": moment, **values})

    def found(*passes: dict[str, Any]) -> str | None:
        with extra(well, SyncPass, *passes):
            return well.findings().get("webhook")

    assert found(done(26), done(2, updated=3)) is None
    with well.with_(withheld_functions={Function.DIAGNOSE.value}):
        with well.runtime.db.unit_of_work() as session:
            session.execute(delete(WebhookDelivery))
        assert found(done(26), done(2, updated=3)) == "silent"
        assert found(done(26), done(2, leaving=1)) == "silent"
        for harmless in (
            (done(26), done(2)),
            (done(26), done(2, updated=3, asked_by=1)),
            (done(26), done(2, updated=3, dry_run=True)),
            # Asked for on the same day, or after a stay: not the night's.
            (done(4), done(2, updated=3)),
            (done(70), done(2, updated=3)),
            (done(60), done(36, updated=3)),
        ):
            assert found(*harmless) is None
        told = {"school_id": well.school_id, "delivery": "d", "received_at": now - 5 * HOUR}
        with extra(well, WebhookDelivery, told):
            assert found(done(26), done(2, updated=3)) is None


# The installation -------------------------------------------------------------------------------------------------


def looked(runtime: Any) -> dict[str, tuple[State, str]]:
    """What the doctor sees of an installation, without what is fine and without this machine's disk."""
    return {
        check.code: (check.state, check.reason)
        for check in installation.look(runtime)
        if check.state is not State.OK and check.code != "disk"
    }


def test_settings_that_production_would_refuse(well: Well) -> None:
    settings = well.runtime.settings
    good = replace(settings, environment=Environment.PRODUCTION, encryption_keys=(TEST_KEY,), debug=False)
    assert [check.reason for check in installation.settings(good)] == ["ok"]
    for changes, reason in (
        ({"environment": Environment.DEVELOPMENT}, "not_production"),
        ({"encryption_keys": (DEMO_ENCRYPTION_KEY,)}, "demo_key"),
        ({"debug": True}, "debug"),
        ({"redis_url": "redis://127.0.0.1:6379/9"}, "sqlite_shared"),
    ):
        assert [check.reason for check in installation.settings(replace(good, **changes))] == [reason]
    shared = replace(good, redis_url="redis://127.0.0.1:6379/9", database_url="postgresql+psycopg://x@127.0.0.1/x")
    assert [check.reason for check in installation.settings(shared)] == ["ok"]


@pytest.mark.parametrize(("free", "reason"), [(10 * 1024**3, "ok"), (1024**3, "low"), (1024**2, "full")])
def test_a_disk_that_fills_up(well: Well, monkeypatch: pytest.MonkeyPatch, free: int, reason: str) -> None:
    class Usage:
        pass

    Usage.free = free  # type: ignore[attr-defined]
    monkeypatch.setattr(installation.shutil, "disk_usage", lambda place: Usage)  # type: ignore[attr-defined]
    assert installation.disk(well.runtime.settings).reason == reason


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(0, None), (5, (State.WARN, "late")), (60, (State.BAD, "dead"))],
)
def test_workers_that_went_silent(well: Well, minutes: int, found: tuple[State, str] | None) -> None:
    now = well.runtime.clock.now()
    with well.with_row(
        lambda session: session.execute(
            update(PeriodicJob)
            .where(PeriodicJob.name == well.runtime.jobs.periodic[0])
            .values(due_at=now - timedelta(minutes=minutes))
        ),
        lambda session: session.execute(update(PeriodicJob).values(due_at=now + HOUR)),
    ):
        assert looked(well.runtime).get("queue") == found
        busy = {"claimed_until": now + HOUR}
        with well.with_row(
            lambda session: session.execute(update(PeriodicJob).values(**busy)),
            lambda session: session.execute(update(PeriodicJob).values(claimed_until=None)),
        ):
            assert "queue" not in looked(well.runtime)


def test_no_worker_ever_came_and_names_of_another_version_count_for_nothing(well: Well) -> None:
    now = well.runtime.clock.now()
    with well.runtime.db.unit_of_work() as session:
        kept = [(row.name, row.due_at) for row in session.scalars(select(PeriodicJob))]
        session.execute(delete(PeriodicJob))
        session.execute(insert(PeriodicJob).values(name="gone.with.a.version", due_at=now))
    try:
        assert looked(well.runtime)["queue"] == (State.BAD, "never")
    finally:
        with well.runtime.db.unit_of_work() as session:
            session.execute(delete(PeriodicJob))
            session.add_all([PeriodicJob(name=name, due_at=due_at) for name, due_at in kept])


class DownQueue(MemoryHuey):  # type: ignore[misc]  # huey has no types
    def pending_count(self) -> int:
        raise ConnectionError("no queue")


def test_a_queue_that_is_down(well: Well, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(well.runtime.jobs, "huey", DownQueue("down", results=False))
    assert looked(well.runtime)["queue"] == (State.BAD, "unreachable")
    assert installation.unready(well.runtime) == ["queue"]


def test_a_database_of_another_version(well: Well) -> None:
    with well.runtime.db.unit_of_work(read_only=True) as session:
        head = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    for revision, reason in (("0001", "behind"), ("9999", "ahead")):
        with ExitStack() as stack:
            stack.enter_context(
                well.with_row(
                    lambda session, to=revision: session.execute(  # type: ignore[misc]
                        text("UPDATE alembic_version SET version_num = :to"), {"to": to}
                    ),
                    lambda session: session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": head}),
                )
            )
            found = looked(well.runtime)
            assert found["database"] == (State.BAD, reason)
            # What can't be looked at is unknown, not broken.
            assert {state for code, (state, _) in found.items() if code not in {"database", "settings"}} == {
                State.UNKNOWN
            }
            assert installation.unready(well.runtime) == ["migrations"]
    assert installation.unready(well.runtime) == []


def test_secrets_that_no_key_opens(well: Well, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(well.demo.runtime.box, "__dict__", dict(vars(SecretBox([TEST_KEY]))))
    assert looked(well.runtime)["secrets"] == (State.BAD, "unreadable")
    calls = sum(well.moodle.calls.values())
    assert well.findings()["token"] == "sealed"
    assert sum(well.moodle.calls.values()) == calls


def test_secrets_of_an_earlier_key(well: Well, monkeypatch: pytest.MonkeyPatch) -> None:
    both = SecretBox([TEST_KEY, DEMO_ENCRYPTION_KEY])
    monkeypatch.setattr(well.demo.runtime.box, "__dict__", dict(vars(both)))
    assert looked(well.runtime)["secrets"] == (State.WARN, "older")


def test_an_old_signing_key(well: Well) -> None:
    now = well.runtime.clock.now()
    with well.with_row(
        lambda session: session.execute(update(ToolKey).values(signs_from=now - timedelta(days=500))),
        lambda session: session.execute(update(ToolKey).values(signs_from=now)),
    ):
        assert looked(well.runtime)["tool_key"] == (State.WARN, "old")


@pytest.mark.parametrize(("seconds", "found"), [(10, None), (45, State.WARN), (90, State.BAD)])
def test_the_clock_of_the_database(well: Well, seconds: int, found: State | None) -> None:
    late = FixedClock(well.runtime.clock.now() - timedelta(seconds=seconds))
    check = installation.database_clock(replace(well.runtime, clock=late))
    assert (check.state, check.reason) == ((found, "ahead") if found else (State.OK, "ok"))


def test_a_database_that_takes_no_write(well: Well) -> None:
    """As on a standby: reading goes on, a write is refused."""
    path = well.runtime.settings.database_url.removeprefix("sqlite:///")
    standby = replace(well.runtime, db=Database(f"sqlite:///file:{path}?mode=ro&uri=true"))
    assert installation.writing(standby).reason == "refused"
    assert installation.database(standby).reason == "ok"
    assert installation.writing(well.runtime).reason == "ok"
    standby.db.engine.dispose()


def test_a_database_that_is_not_there(well: Well) -> None:
    nowhere = replace(well.runtime, db=Database("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    assert looked(nowhere)["database"] == (State.BAD, "unreachable")
    assert installation.unready(nowhere) == ["database"]


# One examination at a time ----------------------------------------------------------------------------------------


def test_of_two_who_press_one_asks(well: Well) -> None:
    now = well.runtime.clock.now()

    def begin(moment: Any) -> bool:
        with well.runtime.db.unit_of_work() as session:
            return service.begin(session, well.school_id, moment)

    with well.runtime.db.unit_of_work() as session:
        session.execute(delete(Examination))
    earlier = now - timedelta(seconds=40)
    assert (begin(earlier), begin(earlier)) == (True, False)
    assert begin(earlier + timedelta(seconds=29)) is False
    # Whoever was at it may have died.
    assert (begin(now), begin(now)) == (True, False)
    service.examine(well.runtime, well.school_id)
    assert begin(well.runtime.clock.now()) is True


# The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(well: Well) -> dict[str, str]:
    settings = well.runtime.settings
    return {
        "MENTORSHIP_ENV": settings.environment.value,
        "MENTORSHIP_BASE_URL": settings.base_url,
        "MENTORSHIP_DATABASE_URL": settings.database_url,
        "MENTORSHIP_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEY,
        "MENTORSHIP_DATA_DIR": str(settings.data_dir),
    }


def test_the_command_tells_people_and_programs(well: Well, environment: dict[str, str]) -> None:
    good = CliRunner().invoke(cli.cli, ["doctor"], env=environment)
    assert good.exit_code == 0, good.stdout
    assert "✓ Moodle отвечает" in good.stdout
    assert "✗" not in good.stdout
    with well.with_(cron_enabled=False):
        told = CliRunner().invoke(cli.cli, ["doctor", "--school", str(well.school_id)], env=environment)
        listed = CliRunner().invoke(cli.cli, ["doctor", "--json"], env=environment)
    assert (told.exit_code, listed.exit_code) == (1, 1)
    lines = told.stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if "✗ Cron в Moodle" in line)
    assert "Обработка задач" in lines[place + 1]
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    broken = [row for row in rows if row["state"] == "bad"]
    assert [(row["school"], row["code"], row["reason"]) for row in broken] == [(well.school_id, "cron", "disabled")]
    assert broken[0]["page"] == "admin/settings.php?section=taskprocessing"
    assert {row["school"] for row in rows} == {None, well.school_id}


def test_the_command_names_no_secret_and_nobody(well: Well, environment: dict[str, str]) -> None:
    with well.with_(cron_enabled=False, webhook_secret="0" * 64, curl_blocks_host=True):
        output = CliRunner().invoke(cli.cli, ["doctor", "--json"], env=environment).stdout
    people = {user.lastname for user in well.moodle.users.values()}
    assert [name for name in people if name in output] == []
    assert well.moodle.config.token not in output
    assert well.demo.state.webhook_secret not in output


def test_a_school_that_does_not_exist(environment: dict[str, str]) -> None:
    result = CliRunner().invoke(cli.cli, ["doctor", "--school", "4711"], env=environment)
    assert result.exit_code != 0
    assert getattr(result.exception, "code", None) == "not_found"


# A worker's own metrics -------------------------------------------------------------------------------------------


def test_a_worker_answers_prometheus_on_an_address_of_its_own() -> None:
    port = free_port()
    server, thread = metrics.serve_alone("127.0.0.1", port)
    try:
        text_ = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "mentorship_jobs_total" in text_


@pytest.mark.parametrize("given", ["9100", ":9100", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:٩"])
def test_a_worker_s_address_must_be_one(environment: dict[str, str], given: str) -> None:
    result = CliRunner().invoke(cli.cli, ["worker", "--metrics", given], env=environment)
    assert (result.exit_code, "127.0.0.1:9100" in result.stderr) == (2, True)
