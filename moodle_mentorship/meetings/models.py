"""Meetings that the curator calls, and who is invited to each."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.people.models import Person

#: Characters.
LONGEST_THEME, LONGEST_PLACE, LONGEST_WHY, LONGEST_MINUTES = 200, 200, 500, 20_000

_STANDS = text("state <> 'cancelled'")


class Meeting(SchoolScoped, Base):
    """A meeting on a day of the school's calendar. A second click on «call» finds the first one (unique index)."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        CheckConstraint("(state = 'cancelled') = (cancelled_why IS NOT NULL)", name="cancelled"),
        CheckConstraint("(state = 'held') = (held_at IS NOT NULL)", name="held"),
        CheckConstraint("state = 'held' OR sealed_minutes IS NULL", name="minutes"),
        Index(
            "uq_meeting_once",
            "school_id",
            "kind",
            "day",
            "theme",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_meeting_day", "school_id", "state", "day", "id"),
    )

    # Without the index of its own that `SchoolScoped` makes: the ones above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[MeetingKind] = mapped_column(stored_enum(MeetingKind, "kind"))
    audience: Mapped[Audience] = mapped_column(stored_enum(Audience, "audience"))
    theme: Mapped[str] = mapped_column(String(LONGEST_THEME))
    day: Mapped[date]
    # «15:30» of the school's clock; null: not said.
    starts_at: Mapped[str | None] = mapped_column(String(5))
    place: Mapped[str | None] = mapped_column(String(LONGEST_PLACE))
    state: Mapped[MeetingState] = mapped_column(stored_enum(MeetingState, "state"))
    called_at: Mapped[datetime]
    called_by: Mapped[int | None]
    # When it was marked as held; the day itself is `day`.
    held_at: Mapped[datetime | None]
    cancelled_why: Mapped[str | None] = mapped_column(String(LONGEST_WHY))
    # What was spoken of and decided. It may name colleagues and their difficulties.
    sealed_minutes: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    # Counts the changes, so that a window can tell that another one was faster.
    revision: Mapped[int] = mapped_column(default=0)


class MeetingPerson(SchoolScoped, Base):
    """Somebody who is invited, frozen when the meeting was called; the curator adds people and takes them away."""

    __tablename__ = "meeting_person"
    __table_args__ = (
        same_school("meeting_id", "meeting"),
        same_school("person_id", "person"),
        UniqueConstraint("school_id", "meeting_id", "person_id"),
        Index("ix_meeting_person_person", "school_id", "person_id", "meeting_id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    meeting_id: Mapped[int]
    person_id: Mapped[int]
    # Null: not marked yet.
    present: Mapped[bool | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id")
