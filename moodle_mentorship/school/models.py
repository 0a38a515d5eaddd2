"""The school (organisation) and its sites."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, SchoolScoped


@dataclass(frozen=True)
class SchoolYear:
    """The school year that starts in a calendar year: 2026 means 2026/27, 1 September to 31 August."""

    start: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The year in which a day lies."""
        return cls(day.year if day.month >= 9 else day.year - 1)

    @property
    def label(self) -> str:
        return f"{self.start}/{(self.start + 1) % 100:02d}"

    @property
    def begins(self) -> date:
        return date(self.start, 9, 1)

    @property
    def ends(self) -> date:
        return date(self.start + 1, 8, 31)


class School(Base):
    """An organisation that runs a mentoring year: the tenant on which every other row hangs."""

    __tablename__ = "school"
    __table_args__ = (
        CheckConstraint("working_days IN (5, 6)", name="working_days"),
        CheckConstraint("(processor_name IS NULL) = (processor_address IS NULL)", name="processor"),
    )

    full_name: Mapped[str] = mapped_column(String(500))
    short_name: Mapped[str] = mapped_column(String(200))
    inn: Mapped[str | None] = mapped_column(String(12))
    ogrn: Mapped[str | None] = mapped_column(String(15))
    address: Mapped[str | None] = mapped_column(Text)
    # «г. Светлоозёрск»: where its documents are made out (место составления, ГОСТ Р 7.0.97-2025).
    place: Mapped[str | None] = mapped_column(String(200))
    # Who processes personal data by the school's assignment, where the service runs with somebody else (152-ФЗ ст. 6
    # ч. 3, ст. 9 ч. 4 п. 6); null: nobody does.
    processor_name: Mapped[str | None] = mapped_column(String(500))
    processor_address: Mapped[str | None] = mapped_column(Text)
    # Working days in a week: five or six (Saturday lessons), for terms counted in working days, and for what Moodle
    # writes by itself.
    working_days: Mapped[int] = mapped_column(default=5)
    # Only trained mentors get a pair; otherwise that nobody has trained them is a warning.
    training_required: Mapped[bool] = mapped_column(default=False)
    # Of the current school year.
    year_start: Mapped[int]
    locale: Mapped[str] = mapped_column(String(5), default="ru")
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Moscow")
    created_at: Mapped[datetime]

    @property
    def year_label(self) -> str:
        return SchoolYear(self.year_start).label

    @property
    def year_begins(self) -> date:
        return SchoolYear(self.year_start).begins

    @property
    def year_ends(self) -> date:
        return SchoolYear(self.year_start).ends


@dataclass(frozen=True)
class ShownSchool:
    """A school as every page needs it, read with the visit."""

    id: int
    full_name: str
    short_name: str
    working_days: int
    year_start: int
    locale: str
    timezone: str

    @property
    def year_label(self) -> str:
        return SchoolYear(self.year_start).label

    @property
    def year_begins(self) -> date:
        return SchoolYear(self.year_start).begins

    @property
    def year_ends(self) -> date:
        return SchoolYear(self.year_start).ends


class Site(SchoolScoped, Base):
    """A building of the school."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(Text)
