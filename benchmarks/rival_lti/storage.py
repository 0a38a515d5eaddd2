"""Launch data, nonces and public keys of pylti1p3next in a table of the same database."""

import json
import time
from typing import Any

from pylti1p3.launch_data_storage.base import LaunchDataStorage
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

metadata = MetaData()
VALUES = Table(
    "rival_value",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
)


# Put together once, as in ours.
_KEPT = select(VALUES.c.value).where(VALUES.c.key == bindparam("key"), VALUES.c.expires > bindparam("now"))


def _upsert(insert: Any) -> Any:
    statement = insert(VALUES)
    return statement.on_conflict_do_update(
        index_elements=["key"], set_={"value": statement.excluded.value, "expires": statement.excluded.expires}
    )


_UPSERTS = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}


def rival_engine(url: str) -> Engine:
    """The same database with the same settings. Each statement commits by itself: the library never needs two at once,
    so nothing is faster."""
    if url.startswith("sqlite"):
        engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": 30})

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, record: object) -> None:
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=NORMAL"):
                connection.execute(f"PRAGMA {pragma}")

    else:
        engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, pool_size=10, max_overflow=20)
    metadata.create_all(engine)
    return engine


class DatabaseStorage(LaunchDataStorage[Any]):
    """The documented storage interface, on one connection for a request."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._upsert = _UPSERTS[engine.dialect.name]

    def can_set_keys_expiration(self) -> bool:
        return True

    def get_value(self, key: str) -> Any:
        asked = {"key": self._prepare_key(key), "now": int(time.time())}
        with self._engine.connect() as connection:
            row = connection.execute(_KEPT, asked).first()
        return None if row is None else json.loads(row.value)

    def set_value(self, key: str, value: Any, exp: int | None = None) -> None:
        row = {
            "key": self._prepare_key(key),
            "value": json.dumps(value),
            "expires": int(time.time()) + (exp or 86400),
        }
        with self._engine.connect() as connection:
            connection.execute(self._upsert, row)

    def check_value(self, key: str) -> bool:
        return self.get_value(key) is not None
