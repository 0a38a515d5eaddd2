"""The board of a school: its weights, drafts with the data they came from, and the curators' marks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.pairs.board.enums import Cause, DraftKind, DraftState, Keep, MarkKind, Step

UNFINISHED = text("state IN ('queued', 'running')")
_HOLDS = text("undone_at IS NULL")
_PINS = text("undone_at IS NULL AND kind = 'pin'")


class Board(SchoolScoped, Base):
    """What a school's drafts have in common. `revision` counts the changes, so that two curators notice each other."""

    __tablename__ = "board"
    __table_args__ = (UniqueConstraint("school_id"),)

    # Without the index of its own that `SchoolScoped` makes: the constraint above is one.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    revision: Mapped[int] = mapped_column(default=0)
    # `matching.scoring.Factor` → 0 … 100.
    weights: Mapped[dict[str, int]] = mapped_column(JSON)
    keep: Mapped[Keep] = mapped_column(stored_enum(Keep, "keep"), default=Keep.NONE)


class Mark(SchoolScoped, Base):
    """A pair that a curator fixed or forbade; it holds for every draft until it is undone. Rows are never deleted."""

    __tablename__ = "board_mark"
    __table_args__ = (
        same_school("mentor_person_id", "mentor", "person_id"),
        same_school("mentee_person_id", "mentee", "person_id"),
        same_school("made_by", "person"),
        same_school("undone_by", "person"),
        UniqueConstraint("school_id", "id"),
        CheckConstraint("mentor_person_id <> mentee_person_id", name="not_oneself"),
        Index(
            "uq_board_mark_pair",
            *("school_id", "mentee_person_id", "mentor_person_id"),
            unique=True,
            postgresql_where=_HOLDS,
            sqlite_where=_HOLDS,
        ),
        Index(
            "uq_board_mark_pin",
            *("school_id", "mentee_person_id"),
            unique=True,
            postgresql_where=_PINS,
            sqlite_where=_PINS,
        ),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    mentee_person_id: Mapped[int]
    mentor_person_id: Mapped[int]
    kind: Mapped[MarkKind] = mapped_column(stored_enum(MarkKind, "kind"))
    # A `Because`; sealed, because it may say that somebody doesn't want somebody.
    sealed_because: Mapped[str] = mapped_column(SealedText)
    # What the curator wants to remember of it, in their own words; sealed for the same reason.
    sealed_words: Mapped[str | None] = mapped_column(SealedText)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime]
    undone_by: Mapped[int | None]
    undone_at: Mapped[datetime | None]


class Draft(SchoolScoped, Base):
    """One calculation, of pairs or of groups; an unfinished one is its own job row. A school calculates one of each
    kind at a time (a unique index).

    Input and result are kept sealed, because vetoes stand in them; they go when a person's profile has to go, and
    the totals stay.
    """

    __tablename__ = "board_draft"
    __table_args__ = (
        same_school("mark_id", "board_mark"),
        same_school("kept_draft_id", "board_draft"),
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "kind", "number"),
        Index(
            "uq_board_draft_unfinished",
            *("school_id", "kind"),
            unique=True,
            postgresql_where=UNFINISHED,
            sqlite_where=UNFINISHED,
        ),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[DraftKind] = mapped_column(stored_enum(DraftKind, "kind"), default=DraftKind.PAIRS)
    # Of the school and the kind: 1, 2, 3 …
    number: Mapped[int]
    cause: Mapped[Cause] = mapped_column(stored_enum(Cause, "cause"))
    # The mark that was made or undone.
    mark_id: Mapped[int | None]
    # How much the pairs of an earlier draft, and of last year, count.
    keep: Mapped[Keep] = mapped_column(stored_enum(Keep, "keep"), default=Keep.NONE)
    kept_draft_id: Mapped[int | None]
    state: Mapped[DraftState] = mapped_column(stored_enum(DraftState, "state"), default=DraftState.QUEUED)
    step: Mapped[Step | None] = mapped_column(stored_enum(Step, "step"))
    # Mentees scored so far, of how many; of groups: searches that are done.
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    asked_by: Mapped[int | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    # Moved with every step; a running draft whose worker went silent is taken over.
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # How often a worker took it up; also the worker's proof that it is still its own.
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(60))
    # Versions of the product and its solver.
    versions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # `snapshot.Totals`, or `grouping.Totals`.
    totals: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # The check of the certificate found nothing wrong; of groups: the searches came to their end.
    proved: Mapped[bool] = mapped_column(Boolean, default=False)
    # What groups were asked for, a `grouping.Asked` as JSON; sealed, because it names people.
    sealed_asked: Mapped[str | None] = mapped_column(SealedText)
    # `snapshot.Snapshot`, and `snapshot.Result` or `grouping.Formed`, as JSON.
    sealed_input: Mapped[str | None] = mapped_column(SealedText)
    sealed_result: Mapped[str | None] = mapped_column(SealedText)
    # When it was sent to both sides of its pairs, or to those of its groups that were chosen.
    sent_at: Mapped[datetime | None]
