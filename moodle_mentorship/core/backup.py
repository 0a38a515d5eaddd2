"""The whole database as one file, and back from it, on SQLite and PostgreSQL alike (docs/decisions/0013).

A ZIP holds one JSON Lines file for each table and a manifest that tells the product's version, the revision of the
tables' shape, and count and SHA-256 of each file. The tables are read as the database describes itself, not by the
models, so a backup needs no list of rooms and works at any revision.
"""

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from alembic import command
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    TableClause,
    Text,
    cast,
    column,
    func,
    insert,
    inspect,
    literal,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine, UserDefinedType

from moodle_mentorship import __version__
from moodle_mentorship.core.db import READ_ONLY, Database, UtcDateTime
from moodle_mentorship.core.migrations import BrokenReferences, alembic_config, revision_of, revisions, schema_change
from moodle_mentorship.core.secrets import SealUnreadable, SecretBox

PRODUCT, FORMAT = "moodle-mentorship", 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
LARGEST_MANIFEST = 4 * 1024 * 1024

# A browser session that ended after the backup must not come to life again; packs are copies of documents that are
# destroyed within a day, and would live on in backups; Alembic's own table is the manifest's `revision`.
LEFT_OUT = frozenset({"browser_session", "document_pack", "document_pack_item", "alembic_version"})

# Rows held in memory at once.
BATCH = 500
CHUNK = 1024 * 1024


class BackupError(Exception):
    """A backup was not made or not restored; the message, in English, is for the person at the shell."""


class _JsonText(UserDefinedType[str]):
    """A JSON column filled with text as it stands: SQL's NULL and JSON's null stay two things."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "JSON"


# What a column of each kind is when rows are written.
_TYPES: dict[str, TypeEngine[Any]] = {
    "integer": BigInteger(),
    "number": Float(),
    "text": Text(),
    "boolean": Boolean(),
    "date": Date(),
    "moment": UtcDateTime(),
    "json": _JsonText(),
}
# What the database says of itself, in this order: JSON and BOOLEAN first, in case a dialect derives them from others.
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (JSON, "json"),
    (Boolean, "boolean"),
    (DateTime, "moment"),
    (Date, "date"),
    (Integer, "integer"),
    (Float, "number"),
    (String, "text"),
)


@dataclass(frozen=True)
class TableNote:
    """One file of the archive: its columns in the order of a line's values, by kind; `size` in bytes, unpacked."""

    name: str
    columns: dict[str, str]
    rows: int
    size: int
    sha256: str

    @property
    def file(self) -> str:
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `keys` are the fingerprints of the encryption keys that its secrets need."""

    product: str
    format: int
    version: str
    revision: str
    created_at: str
    keys: list[str]
    tables: list[TableNote]

    @property
    def rows(self) -> int:
        return sum(note.rows for note in self.tables)


def write_backup(database: Database, box: SecretBox, target: Path, now: datetime) -> Manifest:
    """Write everything that stands in the database at this moment to `target`, while others go on writing to it.

    The file appears under its name (mode 0600) only when it is complete. Raises `BackupError` and leaves nothing
    when there is a file of that name, the database is empty or the disk full.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Nothing was written.")
    try:
        with _appearing(target) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive, _snapshot(database) as connection:
            manifest = _write(connection, box, archive, now)
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
            archive.writestr(_entry(MANIFEST, now), text)
            archive.writestr(_entry(SEAL, now), box.seal(hashlib.sha256(text).hexdigest()))
    except OSError as error:
        raise BackupError(f"{target} can't be written: {error.strerror}. Nothing was kept.") from error
    return manifest


def verify(source: Path, box: SecretBox) -> Manifest:
    """Read the whole file and change nothing. Raises `BackupError` unless it could be restored here and now."""
    with _reading(source) as archive:
        text = _bounded(archive, MANIFEST)
        stated = json.loads(text)
        if stated["product"] != PRODUCT or stated["format"] != FORMAT:
            raise BackupError(f"{source} is not a backup that this version reads.")
        missing = sorted(set(stated["keys"]) - set(box.fingerprints))
        if missing:
            raise BackupError(
                f"The backup needs the encryption key with the fingerprint {', '.join(missing)}; "
                f"MENTORSHIP_ENCRYPTION_KEYS holds {', '.join(box.fingerprints)}. Add the earlier key at its end."
            )
        if box.open(_bounded(archive, SEAL).decode()) != hashlib.sha256(text).hexdigest():
            raise BackupError(f"{source} was changed after it was made. Nothing was restored.")
        manifest = Manifest(**stated | {"tables": [TableNote(**note) for note in stated["tables"]]})
        if manifest.revision not in revisions():
            raise BackupError(
                f"The backup was made by version {manifest.version}, which is newer than this one ({__version__}). "
                "Install that version first."
            )
        for note in manifest.tables:
            with archive.open(note.file) as file:
                if _digest(_chunks(file, note.size)) != note.sha256:
                    raise BackupError(f"{source} is damaged: {note.file}. Nothing was restored.")
    return manifest


def restore(database_url: str, box: SecretBox, source: Path) -> Manifest:
    """Fill an empty database from a backup and bring it to this version's shape, in one transaction.

    What was written is read again and compared with the backup before it is kept. Raises `BackupError`, and then
    the database is as it was.
    """
    manifest = verify(source, box)
    try:
        with schema_change(database_url) as connection:
            _refuse_unless_empty(connection)
            _shape(connection, manifest.revision)
            with ZipFile(source) as archive, _references_wait(connection):
                for note in manifest.tables:
                    with archive.open(note.file) as file:
                        _load(connection, note, file)
            _count_on(connection, manifest.tables)
            for note in manifest.tables:
                if _digest(_lines(connection, note.name, note.columns)) != note.sha256:
                    raise BackupError(f"The database did not keep the rows of {note.name} as they are in the backup.")
            command.upgrade(alembic_config(connection), "head")
    except (DBAPIError, BrokenReferences) as error:
        reason = str(error).partition("\n")[0]
        raise BackupError(f"The database refused the backup's rows; nothing was restored. {reason}") from error
    return manifest


def _write(connection: Connection, box: SecretBox, archive: ZipFile, now: datetime) -> Manifest:
    revision = revision_of(connection)
    if revision is None:
        raise BackupError("The database is empty: there is nothing to back up.")
    metadata = MetaData()
    metadata.reflect(connection)
    notes = []
    # The key that seals the manifest is always needed.
    keys = {box.fingerprints[0]}
    for name in sorted(metadata.tables.keys() - LEFT_OUT):
        reflected = metadata.tables[name]
        columns = {each.name: _kind_of(each) for each in reflected.columns}
        digest, rows, size = hashlib.sha256(), 0, 0
        with archive.open(_entry(TableNote(name, columns, 0, 0, "").file, now), "w", force_zip64=True) as file:
            for line in _lines(connection, name, columns):
                digest.update(line)
                rows, size = rows + 1, size + len(line)
                file.write(line)
        notes.append(TableNote(name, columns, rows, size, digest.hexdigest()))
        keys |= _keys_of(connection, box, reflected)
    return Manifest(PRODUCT, FORMAT, __version__, revision, now.isoformat(), sorted(keys), notes)


def _keys_of(connection: Connection, box: SecretBox, reflected: Table) -> set[str]:
    """The keys that open the table's secrets. A value that none opens is lost already and asks for none."""
    sealed = [each for each in reflected.columns if each.name.startswith("sealed_")]
    values = (value for each in sealed for value in connection.scalars(select(each).where(each.is_not(None))))
    return {key for value in values if (key := box.opened_by(value)) is not None}


def _kind_of(described: Column[Any]) -> str:
    for type_class, kind in _KINDS:
        if isinstance(described.type, type_class):
            return kind
    raise BackupError(f"{described.table.name}.{described.name}: backups don't know the type {described.type!r}.")


def _light(name: str, columns: dict[str, str]) -> TableClause:
    return table(name, *(column(each, _TYPES[kind]) for each, kind in columns.items()))


def _lines(connection: Connection, name: str, columns: dict[str, str]) -> Iterator[bytes]:
    """The rows of a table in the order of their ids, each as one line of JSON; both databases give the same bytes."""
    light = _light(name, columns)
    read = [cast(light.c[each], Text) if kind == "json" else light.c[each] for each, kind in columns.items()]
    statement = select(*read).order_by(light.c.id).execution_options(yield_per=BATCH)
    for row in connection.execute(statement):
        yield json.dumps([_told(value) for value in row], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _load(connection: Connection, note: TableNote, lines: Iterable[bytes]) -> None:
    statement = insert(_light(note.name, note.columns))
    rows = iter(lines)
    while batch := list(islice(rows, BATCH)):
        connection.execute(statement, [_row(note.columns, json.loads(line)) for line in batch])


def _row(columns: dict[str, str], values: list[Any]) -> dict[str, Any]:
    return {each: _heard(kind, value) for (each, kind), value in zip(columns.items(), values, strict=True)}


def _heard(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "moment":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind == "date" else value


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """The file's bytes, but not more than `size` and one: a file that unpacks without end is damaged as well."""
    left = size + 1
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        yield chunk


def _bounded(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(LARGEST_MANIFEST)


@contextmanager
def _reading(source: Path) -> Iterator[ZipFile]:
    """The archive, opened; whatever a cut, changed or foreign file does to its readers is one clear refusal."""
    try:
        with ZipFile(source) as archive:
            yield archive
    except OSError as error:
        raise BackupError(f"{source} can't be read: {error.strerror or error}.") from error
    except (BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, RuntimeError, SealUnreadable) as error:
        raise BackupError(f"{source} is cut off, damaged or not a backup. Nothing was restored.") from error


def _entry(name: str, now: datetime) -> ZipInfo:
    entry = ZipInfo(name, date_time=now.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


@contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """A file beside `target` that takes its name when all of it is on the disk, and else goes."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """A transaction that sees the database as it was at its beginning, and stops no writer."""
    sqlite = database.engine.dialect.name == "sqlite"
    options = {READ_ONLY: True} if sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def _refuse_unless_empty(connection: Connection) -> None:
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    revision = revision_of(connection)
    if revision is None and names:
        raise BackupError("The database holds tables of something else. Restore into an empty one.")
    if revision is not None and revision not in revisions():
        raise BackupError("The database was made by a newer version. Restore into an empty one.")
    filled = sorted(each for each in names if connection.scalar(select(literal(1)).select_from(table(each)).limit(1)))
    if filled:
        raise BackupError(f"The database is not empty ({', '.join(filled)}). Restore into an empty one.")


def _shape(connection: Connection, revision: str) -> None:
    """The empty tables as they were when the backup was made."""
    config = alembic_config(connection)
    if revision_of(connection) not in (None, revision):
        command.downgrade(config, "base")
    command.upgrade(config, revision)


@contextmanager
def _references_wait(connection: Connection) -> Iterator[None]:
    """Foreign keys are checked when all rows stand: tables may point at each other, and rows at later ones.

    On SQLite they sleep already (`schema_change`).
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    quote = connection.dialect.identifier_preparer.quote
    inspector = inspect(connection)
    keys = [
        f"ALTER TABLE {quote(name)} ALTER CONSTRAINT {quote(key['name'] or '')}"
        for name in inspector.get_table_names()
        for key in inspector.get_foreign_keys(name)
    ]
    for key in keys:
        connection.exec_driver_sql(f"{key} DEFERRABLE INITIALLY DEFERRED")
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for key in keys:
        connection.exec_driver_sql(f"{key} NOT DEFERRABLE")


def _count_on(connection: Connection, notes: Iterable[TableNote]) -> None:
    """New rows continue after the highest id; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    quote = connection.dialect.identifier_preparer.quote
    for note in notes:
        highest = select(func.max(column("id"))).select_from(table(note.name)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence(quote(note.name), "id"), highest)))
