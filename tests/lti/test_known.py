"""What a login knows of registrations without asking the database, and for how long."""

from datetime import timedelta

from sqlalchemy.orm import Session

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.known import KEPT, KnownRegistrations
from tests.conftest import NOW
from tests.factories import TestSchool


def test_what_was_found_is_known_for_a_while_and_what_was_not_is_asked_anew(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    known = KnownRegistrations()
    issuer = school.platform.issuer

    def clients(client_id: str, later: timedelta = timedelta()) -> list[int]:
        return [found.school_id for found in known.find(runtime.db, issuer, client_id, "1", NOW + later)]

    assert (clients("client"), clients("another")) == ([school.id], [])
    school.platform.client_id = "another"
    session.commit()
    assert (clients("client"), clients("another")) == ([school.id], [school.id])
    assert (clients("client", KEPT - timedelta(seconds=1)), clients("client", KEPT)) == ([school.id], [])


def test_a_clock_that_went_back_asks_anew(runtime: Runtime, session: Session, school: TestSchool) -> None:
    known = KnownRegistrations()
    asked = (runtime.db, school.platform.issuer, "client", "1")
    assert len(known.find(*asked, NOW)) == 1
    school.platform.disabled_at = NOW
    session.commit()
    assert known.find(*asked, NOW - timedelta(days=1)) == []


def test_what_a_launch_finds_no_more_is_forgotten(runtime: Runtime, session: Session, school: TestSchool) -> None:
    known = KnownRegistrations()
    asked = (school.platform.issuer, "client", "1")
    assert len(known.find(runtime.db, *asked, NOW)) == 1
    school.platform.disabled_at = NOW
    session.commit()
    known.forget(*asked)
    assert known.find(runtime.db, *asked, NOW) == []
