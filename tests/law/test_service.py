"""The table with a school's own rows beside and over the product's; a second school sees none of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.law import queries, references, service
from moodle_mentorship.law.enums import Standing
from moodle_mentorship.law.references import Reference, shipped
from tests.conftest import NOW
from tests.factories import TestSchool

ROW: dict[str, Any] = {
    "number": "44-ОЗ",
    "act": "Областной закон об образовании",
    "article": None,
    "edition": None,
    "issuer": None,
    "dated": date(2020, 3, 1),
    "in_force_from": date(2020, 4, 1),
    "in_force_until": None,
    "standing": Standing.VALID,
    "instead": None,
    "note": None,
    "source": "Сайт правительства области",
}
LABOUR = next(row for row in shipped() if row.key == "tk-351.8")


def over(**changes: Any) -> dict[str, Any]:
    return {name: getattr(LABOUR, name) for name in ROW} | changes


def keys(session: Session, school: TestSchool) -> list[str]:
    return [entry.reference.key for entry in queries.entries(session, school.id)]


def test_a_row_of_the_schools_own(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    written = service.write(session, school.actor(), None, ROW, NOW)
    assert keys(session, school) == [*(row.key for row in shipped()), written.key]
    assert keys(session, other_school) == [row.key for row in shipped()]
    for act in (
        lambda: service.write(session, other_school.actor(), written.key, ROW, NOW),
        lambda: service.take_back(session, other_school.actor(), written.key, NOW),
    ):
        with pytest.raises(NotFound):
            act()
    service.take_back(session, school.actor(), written.key, NOW)
    assert keys(session, school) == [row.key for row in shipped()]


def test_the_product_goes_on_beneath_what_a_school_wrote(
    session: Session, school: TestSchool, other_school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.write(session, school.actor(), LABOUR.key, over(note="Читать вместе с отраслевым соглашением"), NOW)
    entry = queries.entry_of(session, school.id, LABOUR.key)
    assert (entry.own, entry.beneath, entry.outdated) == (True, LABOUR, False)
    assert queries.entry_of(session, other_school.id, LABOUR.key).reference == LABOUR
    # The next release says something else: the school's row still counts, and somebody is told to compare.
    newer = [Reference(**{**vars(row), "note": "Новое"}) if row is LABOUR else row for row in shipped()]
    for module in (references, queries, service):
        monkeypatch.setattr(module, "shipped", lambda: newer)
    entry = queries.entry_of(session, school.id, LABOUR.key)
    assert (entry.reference.note, entry.outdated) == ("Читать вместе с отраслевым соглашением", True)
    # Looked at and kept: the same words once more are a new version over the new row.
    service.write(session, school.actor(), LABOUR.key, over(note="Читать вместе с отраслевым соглашением"), NOW)
    assert queries.entry_of(session, school.id, LABOUR.key).outdated is False
    service.take_back(session, school.actor(), LABOUR.key, NOW)
    assert queries.entry_of(session, school.id, LABOUR.key).reference.note == "Новое"
    assert [(row.version, row.dropped) for row in queries.history(session, school.id, LABOUR.key)] == [
        (3, True),
        (2, False),
        (1, False),
    ]


def test_the_same_words_make_no_version(session: Session, school: TestSchool) -> None:
    service.write(session, school.actor(), LABOUR.key, over(), NOW)
    assert queries.history(session, school.id, LABOUR.key) == []
    written = service.write(session, school.actor(), None, ROW, NOW)
    service.write(session, school.actor(), written.key, ROW, NOW)
    assert len(queries.history(session, school.id, written.key)) == 1


def test_two_rows_never_speak_of_one_act_on_the_same_day(session: Session, school: TestSchool) -> None:
    twin = over(in_force_from=date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        service.write(session, school.actor(), None, twin, NOW)
    assert list(refused.value.errors) == ["in_force_from"]
    ends = date(2025, 12, 31)
    service.write(session, school.actor(), LABOUR.key, over(in_force_until=ends), NOW)
    second = service.write(session, school.actor(), None, over(in_force_from=ends + timedelta(days=1)), NOW)
    # The product's row has no end: it can't come back while the second one stands.
    with pytest.raises(Invalid):
        service.take_back(session, school.actor(), LABOUR.key, NOW)
    service.take_back(session, school.actor(), second.key, NOW)
    service.take_back(session, school.actor(), LABOUR.key, NOW)
    assert queries.entry_of(session, school.id, LABOUR.key).own is False


def test_who_wrote_stands_in_the_history(session: Session, school: TestSchool) -> None:
    administrator = Actor(school.id, None, frozenset())
    written = service.write(session, administrator, None, ROW, NOW)
    (row,) = queries.history(session, school.id, written.key)
    assert (row.written_by, row.written_at, queries.reference_of(row)) == (None, NOW, written)
