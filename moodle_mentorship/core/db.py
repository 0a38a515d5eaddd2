"""The database: engine, typed base of all models, one unit of work for each request, job or command."""

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ColumnExpressionArgument,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Text,
    bindparam,
    create_engine,
    event,
    literal_column,
    type_coerce,
)
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Bundle, DeclarativeBase, Mapped, Session, declared_attr, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

# SQLite makes only `INTEGER PRIMARY KEY` count up by itself.
BigId = BigInteger().with_variant(Integer(), "sqlite")

# The school of a statement: its id, or the parameter of one that is put together once.
SchoolId = int | ColumnElement[int]

READ_ONLY = "mentorship_read_only"

# What a BIGINT holds; both databases answer a larger number with an error instead of "no such row".
LARGEST_NUMBER = 2**63 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC on both databases (SQLite keeps no zone). A naive moment is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SealedText(TypeDecorator[str]):
    """A text sealed by `core.secrets.SecretBox`. The type changes nothing: it is how `core.sealed` finds every column
    that has to be sealed anew when the encryption key is exchanged."""

    impl = Text
    cache_ok = True


def stored_enum(enum_class: type[enum.StrEnum], name: str) -> Enum:
    """An enum column stored by value, with a named CHECK (readable in SQL, renamed in Python at will)."""
    return Enum(
        enum_class,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of all models; every constraint gets a predictable name, so that migrations can find it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, int: BigId}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class SchoolScoped:
    """Mixin of every table that holds a school's data: each row hangs on one school."""

    @declared_attr
    @classmethod
    def school_id(cls) -> Mapped[int]:
        return mapped_column(BigId, ForeignKey("school.id"), index=True)


def same_school(column: str, target: str, target_column: str = "id") -> ForeignKeyConstraint:
    """A foreign key that carries the school along, so that no row can point into another school.

    `target` needs a unique constraint over (school_id, `target_column`).
    """
    return ForeignKeyConstraint(["school_id", column], [f"{target}.school_id", f"{target}.{target_column}"], name=None)


def among(column: ColumnExpressionArgument[int], numbers: Iterable[int]) -> ColumnElement[bool]:
    """Whether `column` holds one of many numbers. They are written into the statement: a page's five hundred as
    parameters, each named, bound and counted, cost more than finding the rows.
    """
    listed = bindparam("numbers", list(numbers), BigInteger(), expanding=True, literal_execute=True, unique=True)
    return type_coerce(column, BigInteger()).in_(listed)


def among_given(column: ColumnExpressionArgument[int], name: str) -> ColumnElement[bool]:
    """`among` the numbers that the parameter `name` brings, for a statement that is put together once."""
    listed = bindparam(name, type_=BigInteger(), expanding=True, literal_execute=True)
    return type_coerce(column, BigInteger()).in_(listed)


def fixed(*words: enum.StrEnum) -> list[ColumnElement[str]]:
    """Codes as constants of a statement, for `in_`.

    Of a parameter PostgreSQL's general plan, made once a connection has asked the same for the sixth time, knows
    nothing: it took «not left» for rare, joined row by row, and twelve milliseconds became two hundred.
    """
    return [literal_column(f"'{word.value}'", String()) for word in words]


class Columns(Bundle[Any]):
    """Columns of a list, of each row of which `make` builds a plain object: entities with all that they are watched for
    cost several times what finding the rows does. The `name` tells one list from another.
    """

    def __init__(self, name: str, make: Callable[..., Any], *columns: ColumnExpressionArgument[Any]) -> None:
        super().__init__(name, *columns, single_entity=True)
        self._make = make

    def create_row_processor(
        self, query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], Any]:
        make = self._make
        return lambda row: make(*[read(row) for read in procs])


class Database:
    """Engine and sessions.

    On SQLite a writing unit of work starts with BEGIN IMMEDIATE: a deferred transaction that turns into a
    writer half-way fails at once with "database is locked" instead of waiting its turn.

    A read-only unit of work can't write: the database refuses it, on both kinds and without a further round trip.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        readers = self.engine.execution_options(**{READ_ONLY: True}, postgresql_readonly=True)
        self._writing = sessionmaker(self.engine, expire_on_commit=False, autoflush=True)
        self._reading = sessionmaker(readers, expire_on_commit=False, autoflush=True)

    def bind(self, connection: Connection) -> None:
        """Tests only: run every unit of work inside this connection's outer transaction (which may write)."""
        for sessions in (self._writing, self._reading):
            sessions.configure(bind=connection, join_transaction_mode="create_savepoint")

    def session(self, *, read_only: bool = False) -> Session:
        """A session whose transaction begins at its first statement; the caller ends it."""
        return self._reading() if read_only else self._writing()

    @contextmanager
    def unit_of_work(self, *, read_only: bool = False) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error; then what waited for the commit runs."""
        session = self.session(read_only=read_only)
        try:
            yield session
            finish(session)
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()


# The beginnings of SQLite's names of errors (https://sqlite.org/rescode.html): locked, full, or not to be read.
_AWAY_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
# PostgreSQL's classes of errors (appendix A): connection, resources, an operator's hand; and a lock that was not free.
_AWAY_POSTGRESQL = ("08", "53", "57", "55P03")


def is_away(error: BaseException) -> bool:
    """Whether the database could not be used at all: locked, full, gone, or all connections taken. Waiting may help;
    for a statement that is wrong, which drivers raise the same classes for, it doesn't.
    """
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    sqlite_name: str | None = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        return sqlite_name.startswith(_AWAY_SQLITE)
    # A connection that broke off brings no code.
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_AWAY_POSTGRESQL)


def make_engine(url: str) -> Engine:
    """An engine with the settings that both databases need to be safe under concurrent use."""
    # The parameters of a failed statement are names, e-mails and sealed secrets: they must not reach the log.
    if url.startswith("sqlite"):
        # The driver keeps 128 statements prepared for each connection, with us more than it gains: a pass's long lists
        # of ids come once each, and held 8 MB.
        options = {"timeout": 30, "check_same_thread": False, "cached_statements": 64}
        engine = create_engine(url, hide_parameters=True, connect_args=options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _writable_again)
        return engine
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=20)


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` does, with the right kind of BEGIN.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    # SQLite's own LOWER() knows only ASCII; people's names are Cyrillic.
    connection.create_function("lower", 1, _lower, deterministic=True)
    cursor.close()


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
    if read_only:
        connection.connection.cursor().execute("PRAGMA query_only=ON")


def _writable_again(connection: Any, record: object) -> None:
    # A connection that broke comes back as None.
    if connection is not None:
        connection.execute("PRAGMA query_only=OFF")


def after_commit(session: Session, effect: Callable[[], object]) -> None:
    """Keep a side effect (a queue message) until the unit of work is committed; a rollback forgets it."""
    session.info.setdefault("after_commit", []).append(effect)


def finish(session: Session) -> None:
    """Commit, then release the side effects in the order in which they were asked for."""
    session.commit()
    for effect in session.info.pop("after_commit", []):
        effect()
