"""The journal of passes; an unfinished pass is its own job row."""

from datetime import datetime

from sqlalchemy import Boolean, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, SchoolScoped, stored_enum
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState

_UNFINISHED = text("state IN ('queued', 'running')")


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
            postgresql_where=_UNFINISHED,
            sqlite_where=_UNFINISHED,
        ),
    )

    kind: Mapped[PassKind] = mapped_column(stored_enum(PassKind, "kind"))
    source: Mapped[PassSource] = mapped_column(stored_enum(PassSource, "source"))
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
    error_code: Mapped[str | None] = mapped_column(String(60))
