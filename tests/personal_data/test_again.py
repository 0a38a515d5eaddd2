"""A backup that is older than an erasure brings the person back; the list beside the database sends them away again."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from moodle_mentorship.core.db import Database
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.moodle.results import StaffPerson
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service.directory import Rules, take_page
from moodle_mentorship.personal_data import ledger
from tests.backup.test_commands import mentorship
from tests.conftest import NOW
from tests.factories import TestSchool, make_school
from tests.personal_data.test_erasing import everywhere


def _school(url: str) -> TestSchool:
    upgrade(url)
    database = Database(url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        school.teachers[0].status = StaffStatus.LEFT
    database.engine.dispose()
    return school


def _named(url: str, name: str) -> list[str]:
    database = Database(url)
    with database.unit_of_work(read_only=True) as session:
        found = everywhere(session, name)
    database.engine.dispose()
    return found


def test_restore_erases_again(tmp_path: Path) -> None:
    here, there = f"sqlite:///{tmp_path / 'here.sqlite3'}", f"sqlite:///{tmp_path / 'there.sqlite3'}"
    school = _school(here)
    gone, other = school.teachers[0].id, school.teachers[1].id
    file = tmp_path / "backup.zip"
    assert mentorship(here, tmp_path, "backup", str(file)).returncode == 0
    since = school.school.created_at.isoformat()
    later = (NOW + timedelta(days=3650)).isoformat()
    folder = tmp_path / "var"
    ledger.append(folder, ledger.Entry(school.id, since, gone, False, later))
    # Erased before the backup was made: it was rightly taken in anew since.
    ledger.append(folder, ledger.Entry(school.id, since, other, False, (NOW - timedelta(days=1)).isoformat()))
    # Of another installation with the same numbers.
    ledger.append(folder, ledger.Entry(school.id, later, other, False, later))

    restored = mentorship(there, tmp_path, "restore", str(file))
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "1 people erased again, 1 not here." in restored.stdout
    assert _named(there, "Белова") == []
    assert _named(there, "Зайцев") == ["person"]
    again = mentorship(there, tmp_path, "erase-again", "--since", "2026-11-24T00:00:00+0000")
    assert (again.returncode, again.stderr) == (0, "")
    database = Database(there)
    with database.unit_of_work(read_only=True) as session:
        assert session.get_one(Person, gone).full_name == f"№ {gone}"
    database.engine.dispose()


def test_a_restore_leaves_alone_who_was_hired_again_as_somebody_new(tmp_path: Path) -> None:
    here, there = f"sqlite:///{tmp_path / 'here.sqlite3'}", f"sqlite:///{tmp_path / 'there.sqlite3'}"
    school = _school(here)
    gone, other = school.teachers[0], school.teachers[1]
    database = Database(here)
    with database.unit_of_work() as session:
        # Erased and hired again: the row has let go of Moodle's number, which somebody new has now.
        session.execute(update(Person).where(Person.id == gone.id).values(moodle_user_id=-gone.id, last_name="№"))
        told = StaffPerson(gone.moodle_user_id, "Белова", "Марина", "", "", suspended=False, profile={})
        take_page(session, school.id, [told], Rules({}, "Europe/Moscow", NOW))
    database.engine.dispose()
    file = tmp_path / "backup.zip"
    assert mentorship(here, tmp_path, "backup", str(file)).returncode == 0
    since, later = school.school.created_at.isoformat(), (NOW + timedelta(days=3650)).isoformat()
    folder = tmp_path / "var"
    ledger.append(folder, ledger.Entry(school.id, since, gone.id, False, later, gone.moodle_user_id))
    # A number that was given anew after the backup: another Moodle number stands behind it.
    ledger.append(folder, ledger.Entry(school.id, since, other.id, False, later, 9_999))
    restored = mentorship(there, tmp_path, "restore", str(file))
    assert "1 people erased again, 1 not here." in restored.stdout
    assert (_named(there, "Белова"), _named(there, "Зайцев")) == (["person"], ["person"])


def test_without_a_list_the_restore_says_what_to_do(tmp_path: Path) -> None:
    here, there = f"sqlite:///{tmp_path / 'here.sqlite3'}", f"sqlite:///{tmp_path / 'there.sqlite3'}"
    _school(here)
    file = tmp_path / "backup.zip"
    assert mentorship(here, tmp_path, "backup", str(file)).returncode == 0
    restored = mentorship(there, tmp_path, "restore", str(file))
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "There is no list of erasures" in restored.stdout
    assert "mentorship erase-again FILE --since" in restored.stdout
