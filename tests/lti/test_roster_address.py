"""A launch tells where its course's members are to be read."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.lti.verifier import NRPS_CLAIM
from moodle_mentorship.moodle.models import RosterAddress
from tests.factories import TestSchool
from tests.lti.platform import REMOVE, Browser
from tests.lti.test_views import enter

MEMBERS = "https://moodle.example/mod/lti/services.php/CourseSection/2/bindings/1/memberships"


def named(url: Any) -> dict[str, Any]:
    return {NRPS_CLAIM: {"context_memberships_url": url, "service_versions": ["1.0", "2.0"]}}


def kept(session: Session) -> list[tuple[int, int, str, str]]:
    session.expire_all()
    return [
        (row.school_id, row.platform_id, row.context_id, row.memberships_url)
        for row in session.scalars(select(RosterAddress).order_by(RosterAddress.id))
    ]


def test_the_address_of_a_course_is_kept_once_and_brought_up_to_date(
    connected: TestSchool, browser: Browser, session: Session
) -> None:
    for url in (MEMBERS, MEMBERS, MEMBERS + "?v=2"):
        assert enter(browser, **named(url)).status_code == 303
    assert kept(session) == [(connected.id, connected.platform.id, "2", MEMBERS + "?v=2")]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/members",
        "http://moodle.example/members",
        "https://moodle.example:444/members",
        "https://moodle.example@evil.example/",
        "https://moodle.example/members\r\nX: y",
        "https://moodle.example/" + "x" * 1000,
        "https://moodle.example/члены",
        "/members",
        None,
        7,
    ],
)
def test_an_address_elsewhere_is_not_kept(connected: TestSchool, browser: Browser, session: Session, url: Any) -> None:
    assert enter(browser, **named(url)).status_code == 303
    assert kept(session) == []


@pytest.mark.parametrize("claims", [{}, {NRPS_CLAIM: "text"}, {"context": REMOVE, **named(MEMBERS)}])
def test_a_launch_without_the_service_is_a_launch(
    connected: TestSchool, browser: Browser, session: Session, claims: dict[str, Any]
) -> None:
    assert enter(browser, **claims).status_code == 303
    assert kept(session) == []
