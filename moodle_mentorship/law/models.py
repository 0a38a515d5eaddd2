"""What a school has written into the table of legal references, beside and over the rows of the product."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, stored_enum
from moodle_mentorship.law.enums import Standing


class LegalReference(SchoolScoped, Base):
    """One version of a row; the highest of its key counts, former ones are its history. Rows are only added."""

    __tablename__ = "legal_reference"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "key", "version"),
        CheckConstraint("in_force_until >= in_force_from", name="period"),
    )

    # Without the index of its own that `SchoolScoped` makes: the unique keys begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    number: Mapped[str] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(300))
    article: Mapped[str | None] = mapped_column(String(20))
    edition: Mapped[str | None] = mapped_column(String(200))
    issuer: Mapped[str | None] = mapped_column(String(200))
    dated: Mapped[date | None]
    in_force_from: Mapped[date | None]
    in_force_until: Mapped[date | None]
    standing: Mapped[Standing] = mapped_column(stored_enum(Standing, "standing"))
    instead: Mapped[str | None] = mapped_column(String(300))
    note: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(String(300))
    # What the product's row said when this one was put over it (`Reference.digest`); null: the school's own row.
    over: Mapped[str | None] = mapped_column(String(16))
    # Taken back: the product's row counts again, or there is none.
    dropped: Mapped[bool]
    written_at: Mapped[datetime]
    # Null: a Moodle administrator outside of the directory.
    written_by: Mapped[int | None]
