"""The request for another mentor."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school

_OPEN = text("closed_at IS NULL")


class Rematch(SchoolScoped, Base):
    """The mentee of an ordered pair, suspended or not, asks for another mentor; one open request for a pair. Closed
    without an answer: the mentee has taken it back."""

    __tablename__ = "rematch"
    __table_args__ = (
        same_school("pair_id", "pair"),
        same_school("answered_by", "person"),
        Index("ix_rematch_pair", "school_id", "pair_id", "id"),
        Index("uq_rematch_open", "school_id", "pair_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    # Without the index of its own that `SchoolScoped` makes: the ones above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    pair_id: Mapped[int]
    asked_at: Mapped[datetime]
    # Nobody has to give one.
    sealed_reason: Mapped[str | None] = mapped_column(SealedText)
    closed_at: Mapped[datetime | None]
    answered_by: Mapped[int | None]
    sealed_answer: Mapped[str | None] = mapped_column(SealedText)
    # The mentee has read the answer.
    read_at: Mapped[datetime | None]
