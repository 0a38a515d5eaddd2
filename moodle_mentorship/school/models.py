"""The school (organisation) and its sites."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, SchoolScoped


class School(Base):
    """An organisation that runs a mentoring year: the tenant on which every other row hangs."""

    __tablename__ = "school"
    __table_args__ = (CheckConstraint("working_days IN (5, 6)", name="working_days"),)

    full_name: Mapped[str] = mapped_column(String(500))
    short_name: Mapped[str] = mapped_column(String(200))
    inn: Mapped[str | None] = mapped_column(String(12))
    ogrn: Mapped[str | None] = mapped_column(String(15))
    address: Mapped[str | None] = mapped_column(Text)
    # Working days in a week: five or six (Saturday lessons), for terms counted in working days.
    working_days: Mapped[int] = mapped_column(default=5)
    # First calendar year of the current school year: 2026 means 2026/27, 1 September to 31 August.
    year_start: Mapped[int]
    locale: Mapped[str] = mapped_column(String(5), default="ru")
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Moscow")
    created_at: Mapped[datetime]

    @property
    def year_label(self) -> str:
        return f"{self.year_start}/{(self.year_start + 1) % 100:02d}"

    @property
    def year_begins(self) -> date:
        return date(self.year_start, 9, 1)

    @property
    def year_ends(self) -> date:
        return date(self.year_start + 1, 8, 31)


class Site(SchoolScoped, Base):
    """A building of the school."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(Text)
