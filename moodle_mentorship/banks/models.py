"""Entries of the two banks, and every step of theirs.

A person stands in each bank at most once and keeps the entry when leaving it.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.banks.enums import Bank, Basis, MenteeState, MentorState, Why
from moodle_mentorship.consents.models import profile_ground
from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.people.models import Person

MAX_CAPACITY = 3


class Mentee(SchoolScoped, Base):
    """A person in the bank of mentees."""

    __tablename__ = "mentee"
    __table_args__ = (
        same_school("person_id", "person"),
        UniqueConstraint("school_id", "person_id"),
        Index("ix_mentee_state", "school_id", "state", "state_since", "id"),
    )

    person_id: Mapped[int]
    state: Mapped[MenteeState] = mapped_column(stored_enum(MenteeState, "state"), default=MenteeState.WAITING)
    state_since: Mapped[datetime]
    entered_at: Mapped[datetime]
    # The school year (2026: 2026/27) in which the person said no: they are not asked again in it.
    refused_year: Mapped[int | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id")


class Mentor(SchoolScoped, Base):
    """A person in the bank of mentors, with the number of mentees they can carry at once.

    `places_held` counts the pairs that hold a place (from the proposal on), and a group once (ADR 0030). It is changed
    in one statement together with the pair's row, and the CHECK makes the capacity hard: two simultaneous proposals
    for the last place can't both be kept.
    """

    __tablename__ = "mentor"
    __table_args__ = (
        same_school("person_id", "person"),
        UniqueConstraint("school_id", "person_id"),
        CheckConstraint(f"capacity BETWEEN 0 AND {MAX_CAPACITY}", name="capacity"),
        CheckConstraint("places_held BETWEEN 0 AND capacity", name="places"),
        # The numbers of places are added up from the index alone.
        Index("ix_mentor_places", "school_id", "state", "capacity", "places_held"),
    )

    person_id: Mapped[int]
    state: Mapped[MentorState] = mapped_column(stored_enum(MentorState, "state"), default=MentorState.AVAILABLE)
    state_since: Mapped[datetime]
    entered_at: Mapped[datetime]
    capacity: Mapped[int]
    places_held: Mapped[int] = mapped_column(default=0)
    # Null: not said yet.
    basis: Mapped[Basis | None] = mapped_column(stored_enum(Basis, "basis"))
    # Null: no training is known of.
    trained_on: Mapped[date | None]
    # As a mentee's.
    refused_year: Mapped[int | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id")

    @property
    def places_free(self) -> int:
        return self.capacity - self.places_held

    @property
    def takes_mentees(self) -> bool:
        """Whether another mentee can be given to this mentor now."""
        return self.state is MentorState.AVAILABLE and self.places_free > 0


class BankStep(SchoolScoped, Base):
    """A step of an entry: from where to where, when, by whom, why. Rows are only added."""

    __tablename__ = "bank_step"
    __table_args__ = (
        same_school("person_id", "person"),
        ForeignKeyConstraint(["school_id", "by_person_id"], ["person.school_id", "person.id"]),
        Index("ix_bank_step_person", "school_id", "person_id", "id"),
    )

    person_id: Mapped[int]
    bank: Mapped[Bank] = mapped_column(stored_enum(Bank, "bank"))
    # A `MenteeState` or `MentorState`; null: there was no entry.
    before: Mapped[str | None] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40))
    why: Mapped[Why] = mapped_column(stored_enum(Why, "why"))
    at: Mapped[datetime]
    # Null: an act of the system or of somebody without an entry in the directory.
    by_person_id: Mapped[int | None]


class CandidateRule(SchoolScoped, Base):
    """A rule by which the school finds people who may need a mentor; where it has none, `candidates.DEFAULTS` holds."""

    __tablename__ = "candidate_rule"
    __table_args__ = (UniqueConstraint("school_id", "why"),)

    # Without the index of its own that `SchoolScoped` makes: the one above begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    why: Mapped[Why] = mapped_column(stored_enum(Why, "why"))
    active: Mapped[bool]
    # Days, years or themes.
    number: Mapped[int]


class Dismissal(SchoolScoped, Base):
    """The curator has put a candidate off for a school year (2026: 2026/27)."""

    __tablename__ = "candidate_dismissal"
    __table_args__ = (
        same_school("person_id", "person"),
        ForeignKeyConstraint(["school_id", "by_person_id"], ["person.school_id", "person.id"]),
        UniqueConstraint("school_id", "person_id", "year"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    year: Mapped[int]
    at: Mapped[datetime]
    by_person_id: Mapped[int | None]


class Wishes(SchoolScoped, Base):
    """Whom a person would gladly work with and whom not, as a mentee or as a mentor (`bank`). A part of the profile, so
    without a legal ground the database takes no row (152-ФЗ ст. 6).

    Everything that is said lies in one sealed text: neither whom it names nor whether a veto is in it shows in the row.
    """

    __tablename__ = "wishes"
    __table_args__ = (profile_ground(), UniqueConstraint("school_id", "person_id", "bank"))

    # Without the index of its own that `SchoolScoped` makes: the one above begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    bank: Mapped[Bank] = mapped_column(stored_enum(Bank, "bank"))
    ground_id: Mapped[int]
    # The number of a colleague -> a `Wish`, as JSON.
    sealed_said: Mapped[str] = mapped_column(SealedText)
    changed_at: Mapped[datetime]
