"""The journal of passes; an unfinished pass is its own job row. A staff list in a file, while somebody looks at it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, SchoolScoped, SealedText, stored_enum
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState

# Conditions of indexes. A question that repeats them word for word is answered from the index.
ASKING = text("state = 'asking'")
UNFINISHED = text("state IN ('queued', 'running')")


class SyncPass(SchoolScoped, Base):
    """One pass over the staff directory.

    `cursor` is written in the transaction of the page it closes, so a crash at any row resumes there. Counts are
    of people. At most one pass of a school is queued or running (a unique index sees to it).
    """

    __tablename__ = "sync_pass"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        Index(
            "uq_sync_pass_unfinished",
            "school_id",
            unique=True,
            postgresql_where=UNFINISHED,
            sqlite_where=UNFINISHED,
        ),
        Index("ix_sync_pass_finished", "finished_at"),
        Index("ix_sync_pass_asking", "school_id", "id", postgresql_where=ASKING, sqlite_where=ASKING),
    )

    kind: Mapped[PassKind] = mapped_column(stored_enum(PassKind, "kind"))
    source: Mapped[PassSource] = mapped_column(stored_enum(PassSource, "source"))
    # Sources that were asked before this one and couldn't tell: [{"source": "plugin", "code": "moodle_…"}].
    skipped: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list, server_default="[]")
    state: Mapped[PassState] = mapped_column(stored_enum(PassState, "state"), default=PassState.QUEUED)
    dry_run: Mapped[bool] = mapped_column(Boolean, default=False)
    # Something changed that this running pass may have read already: a pass of this kind follows it.
    then: Mapped[PassKind | None] = mapped_column(stored_enum(PassKind, "then"))
    # The person who asked for it; null: nightly, webhook or command.
    asked_by: Mapped[int | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    # Moved with every page; a running pass whose worker went silent is taken over.
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_asked: Mapped[bool] = mapped_column(Boolean, default=False)
    cursor: Mapped[int | None]
    # Journal number noted at the first page of a full pass: where the delta continues afterwards.
    sequence: Mapped[int | None]
    # Which journal that number belongs to.
    journal: Mapped[str | None] = mapped_column(String(64))
    # How often a worker took this pass up since its last page: a page that kills every worker must end some day.
    attempts: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    seen: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    differences: Mapped[int] = mapped_column(default=0)
    leaving: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    # While it asks: how many active people it no longer saw, and later passes neither.
    missing: Mapped[int] = mapped_column(default=0, server_default="0")
    # People of the course's roster whom the directory doesn't know, and who were too many to be staff.
    strangers: Mapped[int] = mapped_column(default=0, server_default="0")
    error_code: Mapped[str | None] = mapped_column(String(60))


class StaffFile(SchoolScoped, Base):
    """A staff list that somebody is about to read in: one of a school at a time, and a day at the most.

    It may hold more than we need (1C exports do), so it is sealed, and gone once it was applied or put aside.
    """

    __tablename__ = "staff_file"
    __table_args__ = (UniqueConstraint("school_id"),)

    name: Mapped[str] = mapped_column(String(200))
    # The file's bytes in base64.
    sealed_content: Mapped[str] = mapped_column(SealedText)
    # Null: a site administrator who doesn't stand in the directory.
    uploaded_by: Mapped[int | None]
    uploaded_at: Mapped[datetime]


class FileColumns(SchoolScoped, Base):
    """What the columns of a file with these headings mean in this school, as somebody said."""

    __tablename__ = "file_columns"
    __table_args__ = (UniqueConstraint("school_id", "signature"),)

    # `Table.signature`.
    signature: Mapped[str] = mapped_column(String(64))
    # Place of the column, as text -> a `Column`.
    meanings: Mapped[dict[str, Any]] = mapped_column(JSON)
    said_at: Mapped[datetime]
