"""What people asked of the school about their data."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.people.models import Person
from moodle_mentorship.personal_data.enums import Outcome, RequestKind

_OPEN = text("answered_at IS NULL")


class DataRequest(SchoolScoped, Base):
    """A request and its answer; of each kind a person has one open. The row stays as proof, the words go with the
    person."""

    __tablename__ = "data_request"
    __table_args__ = (
        same_school("person_id", "person"),
        CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name="answered"),
        Index(
            "uq_data_request_open",
            "school_id",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_data_request_due", "school_id", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_data_request_person", "school_id", "person_id", "id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    kind: Mapped[RequestKind] = mapped_column(stored_enum(RequestKind, "kind"))
    # The person's own words; null: none, or gone with the person.
    sealed_text: Mapped[str | None] = mapped_column(SealedText)
    asked_at: Mapped[datetime]
    # Another person than whom it is about: a curator who was handed a letter. Null: a command.
    asked_by: Mapped[int | None]
    due_on: Mapped[date]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None]
    outcome: Mapped[Outcome | None] = mapped_column(stored_enum(Outcome, "outcome"))
    sealed_remark: Mapped[str | None] = mapped_column(SealedText)
    # Of an erasure: table -> rows deleted or written over.
    erased: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id", viewonly=True)
