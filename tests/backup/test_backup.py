"""A backup holds every row as it stood at one moment, and comes back as it was, on either database."""

import hashlib
import json
import stat
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, MetaData, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core import audit, backup
from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.backup import BackupError, restore, verify, write_backup
from moodle_mentorship.core.db import Base, Database, SealedText, make_engine
from moodle_mentorship.core.migrations import downgrade, revision_of, revisions, schema_change, upgrade
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import BOX, TEST_KEY, make_mentee, make_mentor, make_person, make_school
from tests.guards.test_migrations import Content, content

# Sessions must not come to life again, nor copies of documents that are destroyed within a day.
LEFT_OUT = {"browser_session", "document_pack", "document_pack_item"}


def kept(found: Content) -> Content:
    """What a backup carries of it."""
    return {table: columns for table, columns in found.items() if table not in LEFT_OUT}


def test_row_by_row_into_a_place_without_tables(filled: Database, nothing_url: str, tmp_path: Path) -> None:
    before = content(str(filled.engine.url.render_as_string(hide_password=False)))
    made = write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    assert restore(nothing_url, BOX, tmp_path / "school.zip") == made
    after = content(nothing_url)
    assert kept(after) == kept(before)
    for table in LEFT_OUT:
        assert after[table]["id"] == []
        assert before[table]["id"] != []
    assert made.rows == sum(len(columns["id"]) for columns in kept(before).values())


def test_every_table_of_the_models_is_in_it(filled: Database, tmp_path: Path) -> None:
    made = write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    assert [note.name for note in made.tables] == sorted(set(Base.metadata.tables) - LEFT_OUT)
    assert [note.name for note in made.tables if note.rows == 0] == []


def test_from_one_kind_of_database_to_the_other_and_back(
    filled: Database, empty_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    """The three backups hold the same bytes for each table, so nothing was rounded, reordered or retyped."""
    first = write_backup(filled, BOX, tmp_path / "1.zip", NOW)
    restore(sqlite_url, BOX, tmp_path / "1.zip")
    between = Database(sqlite_url)
    second = write_backup(between, BOX, tmp_path / "2.zip", NOW)
    between.engine.dispose()
    restore(empty_url, BOX, tmp_path / "2.zip")
    last = Database(empty_url)
    third = write_backup(last, BOX, tmp_path / "3.zip", NOW)
    last.engine.dispose()
    assert first == second == third


def test_json_null_and_no_value_stay_two_things(filled: Database, empty_url: str, tmp_path: Path) -> None:
    with filled.engine.begin() as connection:
        connection.execute(text("UPDATE platform SET jwks = 'null' WHERE id = (SELECT min(id) FROM platform)"))
    ask = text("SELECT jwks IS NULL FROM platform ORDER BY id")
    with filled.engine.connect() as connection:
        before = connection.scalars(ask).all()
    assert sorted(map(bool, before)) == [False, True]
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    restore(empty_url, BOX, tmp_path / "school.zip")
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        assert connection.scalars(ask).all() == before
    engine.dispose()


def test_new_rows_continue_after_the_restored_ones(filled: Database, empty_url: str, tmp_path: Path) -> None:
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    restore(empty_url, BOX, tmp_path / "school.zip")
    database = Database(empty_url)
    with database.unit_of_work() as session:
        highest = {table: session.scalar(select(func.max(table.c.id))) or 0 for table in Base.metadata.sorted_tables}
        school = make_school(session, "Третья школа", issuer="https://moodle3.example", now=NOW)
        assert school.id == highest[Base.metadata.tables["school"]] + 1
        assert school.curator.id == highest[Base.metadata.tables["person"]] + 1
    database.engine.dispose()


def test_the_journal_stays_append_only_and_references_hold(filled: Database, empty_url: str, tmp_path: Path) -> None:
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    restore(empty_url, BOX, tmp_path / "school.zip")
    engine = make_engine(empty_url)
    for forbidden in (
        "DELETE FROM audit_event",
        "UPDATE audit_event SET action = 'forged'",
        "INSERT INTO site (school_id, name) VALUES (4711, 'Нигде')",
    ):
        with engine.connect() as connection, pytest.raises(DBAPIError):
            connection.exec_driver_sql(forbidden)
    with engine.connect() as connection:
        assert revision_of(connection) == revisions()[-1]
    engine.dispose()


def test_an_older_backup_is_brought_to_this_version(filled: Database, empty_url: str, tmp_path: Path) -> None:
    """As far back as the tables can be taken, to the first revision."""
    url = filled.engine.url.render_as_string(hide_password=False)
    filled.engine.dispose()
    downgrade(url, revisions()[0])
    made = write_backup(filled, BOX, tmp_path / "old.zip", NOW)
    assert made.revision == revisions()[0]
    filled.engine.dispose()
    upgrade(url)
    restore(empty_url, BOX, tmp_path / "old.zip")
    assert kept(content(empty_url)) == kept(content(url))


def test_tables_that_point_at_each_other_and_at_later_rows(fresh_url: str, empty_url: str) -> None:
    """No room does so today; the way in doesn't depend on it."""
    notes = {
        "chicken": (backup.TableNote("chicken", {"id": "integer", "egg": "integer", "boss": "integer"}, 2, 0, "")),
        "egg": (backup.TableNote("egg", {"id": "integer", "chicken": "integer"}, 1, 0, "")),
    }
    with schema_change(empty_url) as connection:
        connection.exec_driver_sql("CREATE TABLE egg (id BIGINT PRIMARY KEY, chicken BIGINT)")
        connection.exec_driver_sql(
            "CREATE TABLE chicken (id BIGINT PRIMARY KEY, egg BIGINT REFERENCES egg, boss BIGINT REFERENCES chicken)"
        )
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE egg ADD FOREIGN KEY (chicken) REFERENCES chicken")
    with schema_change(empty_url) as connection, backup._references_wait(connection):
        backup._load(connection, notes["chicken"], [b"[1,1,2]\n", b"[2,null,null]\n"])
        backup._load(connection, notes["egg"], [b"[1,1]\n"])
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM chicken").scalar() == 2
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql("INSERT INTO chicken VALUES (3, 99, NULL)")
    engine.dispose()


# --- while the server is serving


def test_a_backup_under_writes_is_one_moment(
    fresh_url: str, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer proposes pairs beside the copy: place, pair and journal entry in one commit. The copy has all or none.

    After each table two more pairs stand, so a reader without a snapshot would fail here.
    """
    number_of_pairs = 1 + 2 * (len(Base.metadata.tables) - len(LEFT_OUT))
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        mentors = [make_person(session, school.id, 1000 + n, f"Наставник Н{n}", now=NOW) for n in range(100)]
        mentees = [make_person(session, school.id, 2000 + n, f"Молодой М{n}", now=NOW) for n in range(number_of_pairs)]
        for mentor in mentors:
            make_mentor(session, mentor, NOW, capacity=3)
        for mentee in mentees:
            make_mentee(session, mentee, NOW)
    wanted, written = threading.Semaphore(1), threading.Semaphore(0)
    faults: list[BaseException] = []

    def write() -> None:
        try:
            for number, mentee in enumerate(mentees):
                assert wanted.acquire(timeout=60)
                _propose(database, school.id, mentors[number // 3].id, mentee.id)
                written.release()
        except BaseException as error:
            faults.append(error)

    whole = backup._lines

    def with_writes_between(connection: Connection, name: str, columns: dict[str, str]) -> Iterator[bytes]:
        yield from whole(connection, name, columns)
        for _ in range(2):
            wanted.release()
            assert written.acquire(timeout=60)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.acquire(timeout=60)
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_lines", with_writes_between)
        made = write_backup(database, BOX, tmp_path / "school.zip", NOW)
    writer.join()
    with database.unit_of_work(read_only=True) as session:
        in_the_end = session.scalar(select(func.count()).select_from(Pair)) or 0
    database.engine.dispose()
    assert faults == []
    assert in_the_end == number_of_pairs == 1 + 2 * len(made.tables)
    restore(empty_url, BOX, tmp_path / "school.zip")
    copy = Database(empty_url)
    with copy.unit_of_work(read_only=True) as session:
        held = session.scalar(select(func.sum(Mentor.places_held)))
        pairs = session.scalars(select(Pair.id).order_by(Pair.id)).all()
        told = session.scalars(select(AuditEvent.object_id).order_by(AuditEvent.object_id)).all()
    copy.engine.dispose()
    assert held == len(pairs) == next(note.rows for note in made.tables if note.name == "pair")
    assert told == pairs
    assert 1 <= len(pairs) < in_the_end - len(made.tables)


def _propose(database: Database, school_id: int, mentor: int, mentee: int) -> None:
    with database.unit_of_work() as session:
        pair = Pair(
            school_id=school_id,
            space=Space(school_id=school_id),
            mentor_person_id=mentor,
            mentee_person_id=mentee,
            state=PairState.PROPOSED,
            starts_on=NOW.date(),
            ends_on=NOW.date() + timedelta(days=90),
            proposed_at=NOW,
        )
        session.add(pair)
        session.flush()
        entry = session.scalars(select(Mentor).where(Mentor.person_id == mentor)).one()
        entry.places_held += 1
        audit.record(session, system_actor(school_id), "pair.propose", "pair", pair.id, NOW)


def test_memory_stays_flat(fresh_url: str, sqlite_url: str, tmp_path: Path) -> None:
    """Seven times the people, the same memory: rows go through in batches, both ways."""
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school_id = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW).id
    peaks = []
    for number, people in enumerate((1_000, 7_000)):
        with database.unit_of_work() as session:
            session.execute(insert(Person), [_person(school_id, number, n) for n in range(people)])
        tracemalloc.start()
        write_backup(database, BOX, tmp_path / f"{number}.zip", NOW)
        restore(sqlite_url + str(number), BOX, tmp_path / f"{number}.zip")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    database.engine.dispose()
    assert peaks[1] < peaks[0] * 1.25


def _person(school_id: int, batch: int, number: int) -> dict[str, object]:
    return {
        "school_id": school_id,
        "moodle_user_id": 100_000 * (batch + 1) + number,
        "last_name": f"Фамилия{number}",
        "first_name": "Имя",
        "status_since": NOW,
        "updated_at": NOW,
        "search_name": f"фамилия{number} имя",
        "sources": {"position": {"source": "profile_field", "name": "post"}},
    }


# --- the file


def test_the_file_is_for_its_owner_and_holds_no_key(filled: Database, tmp_path: Path) -> None:
    target = tmp_path / "school.zip"
    write_backup(filled, BOX, target, NOW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with ZipFile(target) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert TEST_KEY.encode() not in everything
    assert b"token-of" not in everything


def test_a_file_of_that_name_is_left_alone(filled: Database, tmp_path: Path) -> None:
    target = tmp_path / "school.zip"
    target.write_bytes(b"yesterday's")
    with pytest.raises(BackupError, match="exists already"):
        write_backup(filled, BOX, target, NOW)
    assert target.read_bytes() == b"yesterday's"


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device"), RuntimeError("broken")])
def test_an_interrupted_backup_leaves_nothing(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    seen: list[list[str]] = []
    whole = backup._lines

    def cut(*args: object) -> object:
        yield from whole(*args)  # type: ignore[arg-type]
        if args[1] == "person":
            seen.append([path.name for path in folder.iterdir()])
            raise fault

    monkeypatch.setattr(backup, "_lines", cut)
    with pytest.raises(BackupError if isinstance(fault, OSError) else type(fault)):
        write_backup(filled, BOX, folder / "school.zip", NOW)
    assert [(len(names), names[0].endswith(".part")) for names in seen] == [(1, True)]
    assert list(folder.iterdir()) == []


def test_nothing_to_back_up_and_nowhere_to_write(nothing_url: str, filled: Database, tmp_path: Path) -> None:
    empty = Database(nothing_url)
    with pytest.raises(BackupError, match="nothing to back up"):
        write_backup(empty, BOX, tmp_path / "school.zip", NOW)
    empty.engine.dispose()
    with pytest.raises(BackupError, match="can't be written"):
        write_backup(filled, BOX, tmp_path / "no" / "folder" / "school.zip", NOW)
    assert not (tmp_path / "school.zip").exists()


def test_sealed_columns_are_known_by_their_names() -> None:
    """A backup finds the secrets in tables of any age, so it goes by the name alone."""
    by_type = {str(c) for t in Base.metadata.tables.values() for c in t.columns if isinstance(c.type, SealedText)}
    by_name = {str(c) for t in Base.metadata.tables.values() for c in t.columns if c.name.startswith("sealed_")}
    assert by_type == by_name != set()


# --- keys


def test_the_keys_that_its_secrets_need_are_named(filled: Database, empty_url: str, tmp_path: Path) -> None:
    target, new, foreign = tmp_path / "school.zip", Fernet.generate_key().decode(), Fernet.generate_key().decode()
    both = SecretBox([new, TEST_KEY])
    made = write_backup(filled, both, target, NOW)
    assert made.keys == sorted(both.fingerprints)
    for keys in ([new], [TEST_KEY], [foreign]):
        with pytest.raises(BackupError, match="needs the encryption key with the fingerprint"):
            restore(empty_url, SecretBox(keys), target)
    assert kept(content(empty_url))["school"]["id"] == []
    assert verify(target, SecretBox([foreign, TEST_KEY, new])) == made


def test_a_key_that_nothing_needs_any_more_is_not_asked_for(filled: Database, tmp_path: Path) -> None:
    old = Fernet.generate_key().decode()
    assert write_backup(filled, SecretBox([TEST_KEY, old]), tmp_path / "school.zip", NOW).keys == BOX.fingerprints


# --- what is refused


def test_a_place_with_rows_is_refused(filled: Database, tmp_path: Path) -> None:
    url = filled.engine.url.render_as_string(hide_password=False)
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    before = content(url)
    with pytest.raises(BackupError, match=r"not empty .*person"):
        restore(url, BOX, tmp_path / "school.zip")
    assert content(url) == before


def test_a_place_of_something_else_or_of_a_newer_version_is_refused(
    filled: Database, nothing_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    with schema_change(nothing_url) as connection:
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
    with pytest.raises(BackupError, match="newer version"):
        restore(nothing_url, BOX, tmp_path / "school.zip")
    with schema_change(sqlite_url) as connection:
        connection.exec_driver_sql("CREATE TABLE mdl_user (id INTEGER)")
    with pytest.raises(BackupError, match="something else"):
        restore(sqlite_url, BOX, tmp_path / "school.zip")


Change = Callable[[dict[str, bytes]], object]


def _rewrite(source: Path, target: Path, change: Change) -> Path:
    with ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, value in entries.items():
            archive.writestr(name, value)
    return target


def _claim(**values: object) -> Change:
    def change(entries: dict[str, bytes]) -> None:
        entries["manifest.json"] = json.dumps(json.loads(entries["manifest.json"]) | values).encode()

    return change


def _forge_consistently(entries: dict[str, bytes]) -> None:
    """Somebody who can write to the backups makes themselves curator, and mends every checksum."""
    manifest = json.loads(entries["manifest.json"])
    lines = entries["tables/role_grant.jsonl"] + entries["tables/role_grant.jsonl"].splitlines(keepends=True)[0]
    entries["tables/role_grant.jsonl"] = lines
    for note in manifest["tables"]:
        if note["name"] == "role_grant":
            note.update(sha256=hashlib.sha256(lines).hexdigest(), size=len(lines), rows=note["rows"] + 1)
    entries["manifest.json"] = json.dumps(manifest).encode()


def _seal_again(entries: dict[str, bytes]) -> None:
    entries["manifest.seal"] = BOX.seal(hashlib.sha256(entries["manifest.json"]).hexdigest()).encode()


def _of_the_future(entries: dict[str, bytes]) -> None:
    _claim(revision="9999", version="99.0")(entries)
    _seal_again(entries)


def _rename_somebody(entries: dict[str, bytes]) -> None:
    entries["tables/person.jsonl"] = entries["tables/person.jsonl"].replace("Орлов".encode(), "Козлов".encode())


REFUSED: dict[str, tuple[Change, str]] = {
    "another product": (_claim(product="moodle"), "not a backup that this version reads"),
    "a later format": (_claim(format=2), "not a backup that this version reads"),
    "a newer version": (_of_the_future, "newer than this one"),
    "a changed manifest": (_claim(version="0"), "changed after it was made"),
    "a forger": (_forge_consistently, "changed after it was made"),
    "a foreign seal": (
        lambda entries: entries.update({"manifest.seal": Fernet(Fernet.generate_key()).encrypt(b"x")}),
        "cut off, damaged or not a backup",
    ),
    "a changed row": (_rename_somebody, "is damaged: tables/person.jsonl"),
    "a row more": (
        lambda entries: entries.update({"tables/person.jsonl": entries["tables/person.jsonl"] * 2}),
        "is damaged: tables/person.jsonl",
    ),
    "a table gone": (lambda entries: entries.pop("tables/person.jsonl"), "cut off, damaged or not a backup"),
    "no manifest": (lambda entries: entries.pop("manifest.json"), "cut off, damaged or not a backup"),
    "a manifest of nothing": (lambda entries: entries.update({"manifest.json": b"[]"}), "cut off, damaged"),
    "a manifest of no JSON": (lambda entries: entries.update({"manifest.json": b"{"}), "cut off, damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_changed_file_is_refused(filled: Database, sqlite_url: str, tmp_path: Path, name: str) -> None:
    change, words = REFUSED[name]
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    changed = _rewrite(tmp_path / "school.zip", tmp_path / "changed.zip", change)
    with pytest.raises(BackupError, match=words):
        verify(changed, BOX)
    with pytest.raises(BackupError, match=words):
        restore(sqlite_url, BOX, changed)
    assert not Path(sqlite_url.removeprefix("sqlite:///")).exists()


def test_a_cut_file_is_refused_wherever_it_is_cut(filled: Database, tmp_path: Path) -> None:
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    whole = (tmp_path / "school.zip").read_bytes()
    for length in [0, 1, 100, len(whole) // 2, len(whole) - 25, len(whole) - 1]:
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        with pytest.raises(BackupError, match="cut off, damaged"):
            verify(tmp_path / "cut.zip", BOX)
    with pytest.raises(BackupError, match="can't be read"):
        verify(tmp_path / "nowhere.zip", BOX)


def test_a_flipped_byte_is_refused_or_means_nothing(filled: Database, tmp_path: Path) -> None:
    """Each part of the archive is covered: a byte changed anywhere is found, or changes nothing that is restored."""
    made = write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    whole = (tmp_path / "school.zip").read_bytes()
    refused = 0
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        (tmp_path / "flipped.zip").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert verify(tmp_path / "flipped.zip", BOX) == made
        except BackupError:
            refused += 1
    assert refused > 75


def test_a_fault_in_the_middle_leaves_the_place_as_it_was(
    filled: Database, nothing_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    load = backup._load

    def cut(connection: object, note: backup.TableNote, lines: object) -> None:
        if note.name == "role_grant":
            raise KeyboardInterrupt
        load(connection, note, lines)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "_load", cut)
    with pytest.raises(KeyboardInterrupt):
        restore(nothing_url, BOX, tmp_path / "school.zip")
    engine, metadata = make_engine(nothing_url), MetaData()
    metadata.reflect(engine)
    engine.dispose()
    assert list(metadata.tables) == ["alembic_version"]
    monkeypatch.undo()
    restore(nothing_url, BOX, tmp_path / "school.zip")


def test_a_database_that_keeps_other_rows_is_noticed(
    filled: Database, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison after the load is real: a value that arrives changed stops the restore."""
    write_backup(filled, BOX, tmp_path / "school.zip", NOW)
    heard = backup._heard
    monkeypatch.setattr(backup, "_heard", lambda kind, value: "x" if value == "Ким" else heard(kind, value))
    with pytest.raises(BackupError, match="did not keep the rows of person"):
        restore(empty_url, BOX, tmp_path / "school.zip")
    assert content(empty_url)["person"]["id"] == []
