"""The operator's switch: a school's Moodle stopped at once, and brought back as it was."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import commands, service
from moodle_mentorship.lti.errors import InvitationInvalid
from moodle_mentorship.lti.models import BrowserSession
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.school.models import School
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.service import request_pass
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool
from tests.lti.platform import Browser, make_claims, make_token


def run(runtime: Runtime, verb: str, school_id: int) -> Result:
    return CliRunner().invoke(commands.site, [verb, "--school", str(school_id)], obj=runtime)


def working(session: Session, school: TestSchool) -> tuple[bool, bool]:
    """Whether the school's site and registration work."""
    session.expire_all()
    platform = session.get_one(Platform, school.platform.id)
    return site_of(session, school.id) is not None, platform.disabled_at is None


def launched(browser: Browser) -> int:
    browser.login()
    return browser.launch(make_token(make_claims(NOW, nonce=browser.nonce))).status_code


def test_everything_stops_at_once_and_no_other_school_notices(
    app: Flask,
    runtime: Runtime,
    session: Session,
    connected: TestSchool,
    other_school: TestSchool,
    browser: Browser,
    sign_in: SignIn,
) -> None:
    curator, other = sign_in(connected, connected.curator), sign_in(other_school, other_school.curator)
    codes = [service.invite(session, each.id, NOW) for each in (connected, other_school)]
    passes = [
        request_pass(session, runtime.jobs, school_id=each.id, kind=PassKind.FULL, now=NOW).id
        for each in (connected, other_school)
    ]
    session.commit()
    assert launched(browser) == 303

    answer = run(runtime, "disable", connected.id)

    assert (answer.exit_code, answer.output) == (0, f"school {connected.id}: its Moodle is switched off\n")
    assert [working(session, each) for each in (connected, other_school)] == [(False, False), (True, True)]
    assert [client.get("/").status_code for client in (curator, other)] == [401, 200]
    assert session.scalar(select(func.count(BrowserSession.id))) == 1
    browser.login()
    assert browser.launch(make_token(make_claims(NOW, nonce=browser.nonce))).status_code == 400
    states = [session.get_one(SyncPass, pass_id).state for pass_id in passes]
    assert states == [PassState.CANCELLED, PassState.QUEUED]
    with pytest.raises(InvitationInvalid):
        service.invited_school(session, codes[0], NOW)
    assert service.invited_school(session, codes[1], NOW).id == other_school.id
    acts = session.execute(
        select(AuditEvent.school_id, AuditEvent.actor_kind, AuditEvent.details).where(
            AuditEvent.action == "site.disable"
        )
    ).all()
    assert [tuple(act) for act in acts] == [(connected.id, "cli", {"platforms": [connected.platform.id]})]


def test_a_running_pass_stops_at_its_next_page(runtime: Runtime, session: Session, school: TestSchool) -> None:
    running = request_pass(session, runtime.jobs, school_id=school.id, kind=PassKind.FULL, now=NOW)
    running.state, running.heartbeat_at = PassState.RUNNING, NOW
    session.commit()
    assert run(runtime, "disable", school.id).exit_code == 0
    session.expire_all()
    assert (running.state, running.cancel_asked) == (PassState.RUNNING, True)


def test_it_comes_back_as_it_was(
    runtime: Runtime, session: Session, connected: TestSchool, browser: Browser, clock: FixedClock
) -> None:
    """What had been disabled by itself stays so; twice is like once."""
    old = Platform(
        school_id=connected.id,
        issuer="https://moodle.example",
        client_id="old",
        deployment_id="1",
        auth_url="https://moodle.example/a",
        token_url="https://moodle.example/t",
        jwks_url="https://moodle.example/j",
        created_at=NOW,
        disabled_at=NOW - timedelta(days=9),
    )
    session.add(old)
    session.commit()
    run(runtime, "disable", connected.id)
    clock.move_to(NOW + timedelta(seconds=5))
    run(runtime, "disable", connected.id)
    assert session.scalars(select(MoodleSite.disabled_at).where(MoodleSite.school_id == connected.id)).one() == NOW
    for _ in range(2):
        answer = run(runtime, "enable", connected.id)
        assert (answer.exit_code, answer.output) == (0, f"school {connected.id}: its Moodle works\n")
    assert working(session, connected) == (True, True)
    assert old.disabled_at == NOW - timedelta(days=9)
    assert launched(browser) == 303
    asked = session.scalars(select(SyncPass.kind).where(SyncPass.school_id == connected.id))
    assert list(asked) == [PassKind.FULL]
    acts = select(AuditEvent.action).where(AuditEvent.action.startswith("site.")).order_by(AuditEvent.id)
    assert list(session.scalars(acts)) == ["site.disable", "site.enable"]


def test_a_school_that_only_logs_in_is_switched_too(runtime: Runtime, session: Session, school: TestSchool) -> None:
    session.delete(school.site)
    session.commit()
    assert run(runtime, "disable", school.id).exit_code == 0
    assert working(session, school) == (False, False)
    assert run(runtime, "enable", school.id).exit_code == 0
    assert working(session, school) == (False, True)


def test_schools_are_listed_and_one_without_a_moodle_is_told_so(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    run(runtime, "disable", school.id)
    listed = CliRunner().invoke(commands.site, ["list"], obj=runtime)
    assert listed.output.splitlines() == [
        f"school {school.id}\thttps://moodle.example\t4.5.6\tdisabled",
        f"school {other_school.id}\thttps://moodle.other\t4.5.6\tworks",
    ]
    lonely = School(full_name="МБОУ «Школа № 12»", short_name="Школа № 12", year_start=2026, created_at=NOW)
    session.add(lonely)
    session.commit()
    for school_id in (lonely.id, 999_999):
        for verb in ("disable", "enable"):
            refused = run(runtime, verb, school_id)
            assert (refused.exit_code, refused.output.startswith("Error: not_found")) == (1, True)
