"""Staff of a school, roles granted in it, and differences between what its sources say."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import Base, BigId, SchoolScoped, same_school, stored_enum
from moodle_mentorship.people.enums import Category, PersonField, Sex, Source, StaffStatus

_MISSING = text("missing_since_pass IS NOT NULL")

NBSP = "\u00a0"


class Person(SchoolScoped, Base):
    """A member of staff. Joined with Moodle by (platform, Moodle id), never by e-mail.

    People who left stay, with their history; only their status changes.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "moodle_user_id"),
        same_school("line_manager_id", "person"),
        Index("ix_person_name", "school_id", "last_name", "first_name", "id"),
        # The staff list in its order; of one status, and how many these are.
        Index("ix_person_search", "school_id", "search_name", "id"),
        Index("ix_person_status", "school_id", "status", "search_name", "id"),
        # Who is new, and in what: what a mentor may be offered for (`banks.candidates`).
        Index("ix_person_hired", "school_id", "hire_date"),
        *(
            Index(
                f"ix_person_{column}",
                "school_id",
                column,
                sqlite_where=text(f"{column} IS NOT NULL"),
                postgresql_where=text(f"{column} IS NOT NULL"),
            )
            for column in ("teaching_since", "post_since", "break_until")
        ),
        Index(
            "ix_person_missing",
            "school_id",
            "missing_since_pass",
            sqlite_where=_MISSING,
            postgresql_where=_MISSING,
        ),
        Index(
            "ix_person_suspended",
            "school_id",
            "suspended",
            "search_name",
            "id",
            sqlite_where=text("suspended IS 1"),
            postgresql_where=text("suspended IS true"),
        ),
    )

    # Without the index of its own that `SchoolScoped` makes: the ones above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))

    # The school has one Moodle (moodle_site), so school and Moodle id together are the join key.
    moodle_user_id: Mapped[int]
    last_name: Mapped[str] = mapped_column(String(200))
    first_name: Mapped[str] = mapped_column(String(200))
    middle_name: Mapped[str | None] = mapped_column(String(200))
    sex: Mapped[Sex | None] = mapped_column(stored_enum(Sex, "sex"))
    position: Mapped[str | None] = mapped_column(String(300))
    subjects: Mapped[str | None] = mapped_column(Text)
    hire_date: Mapped[date | None]
    email: Mapped[str | None] = mapped_column(String(320))
    teaching_since: Mapped[date | None]
    category: Mapped[Category | None] = mapped_column(stored_enum(Category, "category"))
    building: Mapped[str | None] = mapped_column(String(200))
    line_manager_id: Mapped[int | None]
    post_since: Mapped[date | None]
    break_from: Mapped[date | None]
    break_until: Mapped[date | None]
    free_slots: Mapped[str | None] = mapped_column(Text)
    # Suspended in Moodle: can't log in there, still a member of staff.
    suspended: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[StaffStatus] = mapped_column(stored_enum(StaffStatus, "status"), default=StaffStatus.ACTIVE)
    status_since: Mapped[datetime]
    deleted_in_moodle: Mapped[bool] = mapped_column(Boolean, default=False)
    # Field name -> where its value comes from, e.g. {"position": {"source": "profile_field", "name": "post"}}.
    sources: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Lower-cased full name for the search field: SQLite and PostgreSQL agree on it, and it can be indexed.
    search_name: Mapped[str] = mapped_column(String(620))
    # The first pass that did not find this person in Moodle's staff list, while none has seen them since.
    missing_since_pass: Mapped[int | None]
    # «Остаётся»: the curator keeps a person whom Moodle's cohort no longer names; null again once Moodle names them.
    kept_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    # What was known of the person is erased, and what Moodle says of this number is not taken in again.
    erased_at: Mapped[datetime | None]

    @property
    def full_name(self) -> str:
        return full_name_of(self.last_name, self.first_name, self.middle_name)

    @property
    def short_name(self) -> str:
        return short_name_of(self.last_name, self.first_name, self.middle_name)

    @hybrid_property
    def employed(self) -> bool:
        """May take part and log in: not left, not suspended (a departure that awaits confirmation still counts)."""
        return self.status is not StaffStatus.LEFT and not self.suspended and not self.deleted_in_moodle

    @employed.inplace.expression
    @classmethod
    def _employed(cls) -> ColumnElement[bool]:
        return (cls.status != StaffStatus.LEFT) & cls.suspended.is_(False) & cls.deleted_in_moodle.is_(False)


def full_name_of(last_name: str, first_name: str, middle_name: str | None) -> str:
    """«Иванова Мария Петровна»; what is missing is left out."""
    return " ".join(part for part in (last_name, first_name, middle_name) if part)


def short_name_of(last_name: str, first_name: str, middle_name: str | None) -> str:
    """«Иванова М. П.» with non-breaking spaces; without a patronymic «Ким В.»."""
    initials = NBSP.join(f"{part[0]}." for part in (first_name, middle_name) if part)
    return f"{last_name}{NBSP}{initials}" if initials else last_name


def search_name_of(last_name: str, first_name: str, middle_name: str | None) -> str:
    """What the search field compares with: lower case, ё as е (people type either)."""
    return " ".join(part for part in (last_name, first_name, middle_name) if part).lower().replace("ё", "е")


class PersonDifference(SchoolScoped, Base):
    """Another source than the one that a field follows says otherwise: kept until somebody decides.

    Moodle has one opinion about a field, and so has the newest file.
    """

    __tablename__ = "person_difference"
    __table_args__ = (
        same_school("person_id", "person"),
        UniqueConstraint("school_id", "person_id", "field", "source"),
    )

    person_id: Mapped[int]
    field: Mapped[PersonField] = mapped_column(stored_enum(PersonField, "field"))
    # What is said otherwise, as text; a date in ISO 8601, a line manager as the source calls them.
    moodle_value: Mapped[str | None] = mapped_column(Text)
    source: Mapped[Source] = mapped_column(stored_enum(Source, "source"))
    noticed_at: Mapped[datetime]


class PersonChange(SchoolScoped, Base):
    """What stood in a field of the employment before, what has stood there since, who said so. Rows are only added."""

    __tablename__ = "person_change"
    __table_args__ = (
        same_school("person_id", "person"),
        ForeignKeyConstraint(["school_id", "by_person_id"], ["person.school_id", "person.id"]),
        Index("ix_person_change_person", "school_id", "person_id", "id"),
        Index("ix_person_change_field", "school_id", "field", "at"),
    )

    # Without the index of its own that `SchoolScoped` makes: the one above begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    field: Mapped[PersonField] = mapped_column(stored_enum(PersonField, "field"))
    # As text: a day in ISO 8601, a person by id; null is empty.
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    source: Mapped[Source] = mapped_column(stored_enum(Source, "source"))
    at: Mapped[datetime]
    # Null: a pass, or somebody who stands in no directory.
    by_person_id: Mapped[int | None]


class RoleGrant(SchoolScoped, Base):
    """A role given to a person, from when, by whom, until when."""

    __tablename__ = "role_grant"
    __table_args__ = (
        same_school("person_id", "person"),
        ForeignKeyConstraint(["school_id", "granted_by"], ["person.school_id", "person.id"]),
        Index(
            "uq_role_grant_current",
            "school_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
            sqlite_where=text("revoked_at IS NULL"),
        ),
    )

    person_id: Mapped[int]
    role: Mapped[Role] = mapped_column(stored_enum(Role, "role"))
    granted_at: Mapped[datetime]
    # Null: named by the plugin's set-up command or by a site administrator who doesn't stand in the directory.
    granted_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None]
