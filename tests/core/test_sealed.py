"""An encryption key is exchanged: everything that the old one sealed is found, and sealed anew."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Text, update
from sqlalchemy.orm import Session

from moodle_mentorship.core import sealed
from moodle_mentorship.core.db import Base, SealedText
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.sealed import Seals, reseal, survey
from moodle_mentorship.core.secrets import SealUnreadable, SecretBox
from moodle_mentorship.moodle.keys import ensure_key, sign
from moodle_mentorship.moodle.models import MoodleSite
from tests.conftest import NOW
from tests.factories import TEST_KEY, WEBHOOK_SECRET, TestSchool

NEW = Fernet.generate_key().decode()


def test_every_sealed_column_is_known_by_its_type() -> None:
    """Guard: a column called `sealed_…` of another type would be forgotten by the exchange of keys."""
    by_name = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.startswith("sealed_")
    }
    by_type = {f"{column.table.name}.{column.name}" for column in sealed.sealed_columns()}
    assert by_name == by_type
    assert {"tool_key.sealed_private_key", "moodle_site.sealed_token", "moodle_site.sealed_webhook_secret"} <= by_type
    assert isinstance(SealedText().impl, Text)


def test_what_an_older_key_sealed_is_sealed_anew(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    ensure_key(session, runtime.box, NOW)
    session.commit()
    # Two schools with two secrets each, and the tool's key.
    assert survey(runtime.db, runtime.box) == Seals(5, 0, ())
    both = SecretBox([NEW, TEST_KEY])
    assert survey(runtime.db, both) == Seals(0, 5, ())
    assert survey(runtime.db, both) == Seals(0, 5, ())
    assert reseal(runtime.db, both) == Seals(0, 5, ())
    assert reseal(runtime.db, both) == Seals(5, 0, ())
    alone = SecretBox([NEW])
    session.refresh(school.site)
    assert alone.open(school.site.sealed_token) == "token-of-Лицей № 7"
    assert alone.open(school.site.sealed_webhook_secret or "") == WEBHOOK_SECRET
    assert sign(session, alone, {"iss": "client"}, NOW).count(".") == 2
    with pytest.raises(SealUnreadable):
        runtime.box.open(school.site.sealed_token)


def test_what_is_cut_in_the_middle_is_finished_by_the_next_run(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "BATCH", 1)
    both, sealings = SecretBox([NEW, TEST_KEY]), 0

    def cut(plain: str) -> str:
        nonlocal sealings
        sealings += 1
        if sealings == 3:
            raise KeyboardInterrupt
        return SecretBox([NEW]).seal(plain)

    monkeypatch.setattr(both, "seal", cut)
    with pytest.raises(KeyboardInterrupt):
        reseal(runtime.db, both)
    assert survey(runtime.db, both) == Seals(2, 2, ())
    assert reseal(runtime.db, both) == Seals(2, 2, ())
    assert survey(runtime.db, SecretBox([NEW])) == Seals(4, 0, ())


def test_a_value_that_somebody_writes_meanwhile_stays_theirs(
    runtime: Runtime, session: Session, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL a school may connect anew between our reading a row and our writing it."""
    both, theirs = SecretBox([NEW, TEST_KEY]), SecretBox([NEW]).seal("their token")
    # Not through the session: the test's one connection is inside the savepoint of the unit of work under way.
    connection = session.get_bind()
    assert isinstance(connection, Connection)

    def meanwhile(plain: str) -> str:
        if plain.startswith("token-of-"):
            connection.execute(update(MoodleSite).values(sealed_token=theirs))
        return SecretBox([NEW]).seal(plain)

    monkeypatch.setattr(both, "seal", meanwhile)
    reseal(runtime.db, both)
    session.refresh(school.site)
    assert both.open(school.site.sealed_token) == "their token"


def test_what_no_key_opens_is_named_and_stops_nothing(
    runtime: Runtime, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    lost = SecretBox([Fernet.generate_key().decode()]).seal("lost")
    session.execute(update(MoodleSite).where(MoodleSite.id == school.site.id).values(sealed_token=lost))
    session.commit()
    named = (f"moodle_site.sealed_token {school.site.id}",)
    assert reseal(runtime.db, SecretBox([NEW, TEST_KEY])) == Seals(0, 3, named)
    session.refresh(school.site)
    assert school.site.sealed_token == lost


def test_a_value_without_text_is_passed_by(runtime: Runtime, session: Session, school: TestSchool) -> None:
    school.site.sealed_webhook_secret = None
    session.commit()
    assert survey(runtime.db, runtime.box) == Seals(1, 0, ())


def test_a_secret_that_nothing_opens_is_a_refusal_with_advice(runtime: Runtime, school: TestSchool) -> None:
    other = replace(runtime, box=SecretBox([NEW]))
    with pytest.raises(SealUnreadable) as refused:
        other.box.open(school.site.sealed_token)
    assert (refused.value.code, refused.value.status) == ("seal_unreadable", 500)
    assert "keys reseal" in refused.value.advice
