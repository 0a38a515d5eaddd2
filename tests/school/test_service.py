"""The organisation's details and sites."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.school import service
from moodle_mentorship.school.errors import SiteExists
from moodle_mentorship.school.queries import sites_of
from tests.conftest import NOW
from tests.factories import TestSchool


def journal(session: Session, school_id: int) -> list[tuple[str, object]]:
    events = session.scalars(select(AuditEvent).where(AuditEvent.school_id == school_id).order_by(AuditEvent.id))
    return [(event.action, event.details) for event in events]


@pytest.mark.parametrize(
    ("day", "year"),
    [((2026, 6, 30), "2025/26"), ((2026, 7, 1), "2026/27"), ((2026, 9, 1), "2026/27"), ((2027, 1, 10), "2026/27")],
)
def test_a_new_school_is_in_the_year_that_runs_or_comes(session: Session, day: tuple[int, int, int], year: str) -> None:
    school = service.create_school(session, "МБОУ «Школа № 1»", "Школа № 1", datetime(*day, tzinfo=UTC))
    assert (school.year_label, school.working_days, school.locale, school.timezone) == (year, 5, "ru", "Europe/Moscow")
    assert journal(session, school.id) == [("school.create", {})]


def test_only_what_changes_is_written_down(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    service.update_school(session, school.actor(), {"inn": "7707083893", "short_name": school.school.short_name}, NOW)
    service.update_school(session, school.actor(), {"inn": "7707083893"}, NOW)
    assert journal(session, school.id) == [("school.update", {"fields": ["inn"]})]
    assert other_school.school.inn is None


def test_sites(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    actor = school.actor()
    main = service.add_site(session, actor, "Главный корпус", None, NOW)
    primary = service.add_site(session, actor, "Начальная школа", "ул. Садовая, 5", NOW)
    service.add_site(session, other_school.actor(), "Главный корпус", None, NOW)
    with pytest.raises(SiteExists):
        service.add_site(session, actor, "Главный корпус", None, NOW)
    with pytest.raises(SiteExists):
        service.rename_site(session, actor, primary.id, "Главный корпус", None, NOW)
    service.rename_site(session, actor, main.id, "Главный корпус", "пл. Мира, 1", NOW)
    service.remove_site(session, actor, primary.id, NOW)
    assert [(site.name, site.address) for site in sites_of(session, school.id)] == [("Главный корпус", "пл. Мира, 1")]
    assert [site.name for site in sites_of(session, other_school.id)] == ["Главный корпус"]
    foreign = sites_of(session, other_school.id)[0].id
    with pytest.raises(NotFound):
        service.remove_site(session, actor, foreign, NOW)
