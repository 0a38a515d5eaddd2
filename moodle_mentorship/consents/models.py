"""Legal grounds of processing, consents with their texts, and what is to be done after one ended."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.consents.enums import (
    Category,
    ClosedWhy,
    ConsentForm,
    ConsentKind,
    DutyKind,
    DutyOutcome,
    EndedWhy,
    GroundKind,
)
from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.people.models import Person

_OPEN = text("closed_at IS NULL")
_IN_FORCE = text("ended_at IS NULL")
_TO_DO = text("done_at IS NULL")


def profile_ground(person: str = "person_id", ground: str = "ground_id") -> ForeignKeyConstraint:
    """The key of every table that keeps profile data: without a ground of this very person there is no row.

    The column `ground` must not be null. That the ground is open is asked by `consents.service.require_ground`.
    """
    return ForeignKeyConstraint(
        ["school_id", person, ground],
        ["processing_ground.school_id", "processing_ground.person_id", "processing_ground.id"],
        name=None,
    )


class ProcessingGround(SchoolScoped, Base):
    """From when until when a profile of a person may be processed for a purpose, and on what ground.

    Grounds of several kinds may be open at once (the mark, and then the paper); there is one open of each kind.
    """

    __tablename__ = "processing_ground"
    __table_args__ = (
        same_school("person_id", "person"),
        # What `profile_ground` points to.
        UniqueConstraint("school_id", "person_id", "id"),
        CheckConstraint("(closed_at IS NULL) = (closed_why IS NULL)", name="closed"),
        CheckConstraint("closed_at >= opened_at", name="period"),
        Index(
            "uq_processing_ground_open",
            "school_id",
            "purpose",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    # Without the index of its own that `SchoolScoped` makes: the unique key begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(stored_enum(Purpose, "purpose"))
    kind: Mapped[GroundKind] = mapped_column(stored_enum(GroundKind, "kind"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[ClosedWhy | None] = mapped_column(stored_enum(ClosedWhy, "closed_why"))


class ConsentText(SchoolScoped, Base):
    """The wording of a document as the school has it, in versions: a given consent stays with the version it gave.

    The wording that comes with the product becomes version 1 with the first consent or the first change.
    """

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "kind", "version"))

    # Without the index of its own that `SchoolScoped` makes: the unique keys begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[ConsentKind] = mapped_column(stored_enum(ConsentKind, "kind"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    # Paragraphs, one a line, with the names of `wording.BLANKS` in braces.
    body: Mapped[str] = mapped_column(Text)
    # In force from this day until a higher version is.
    in_force_from: Mapped[date]
    written_at: Mapped[datetime]
    # Null: the wording that comes with the product.
    written_by: Mapped[int | None]


class LocalAct(SchoolScoped, Base):
    """The school's local act that allows «ознакомлен, согласен» in Moodle; one at a time. Former ones stay, because
    marks rest on them."""

    __tablename__ = "local_act"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        Index("uq_local_act_now", "school_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(60))
    act_date: Mapped[date]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Consent(SchoolScoped, Base):
    """A consent that a person gave: on paper with number, date and scan, or by the mark in Moodle.

    Of each kind and form a person has one in force. Passport and address stand on the paper alone, written by pen.
    """

    __tablename__ = "consent"
    __table_args__ = (
        same_school("person_id", "person"),
        same_school("text_id", "consent_text"),
        same_school("scan_id", "scan"),
        same_school("act_id", "local_act"),
        UniqueConstraint("school_id", "id"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
        CheckConstraint("valid_until >= given_on", name="term"),
        CheckConstraint("(form = 'paper') = (number IS NOT NULL)", name="numbered"),
        # A mark rests on the local act and on the launch that it came from.
        CheckConstraint(
            "form = 'paper' AND act_id IS NULL OR form = 'mark' AND act_id IS NOT NULL AND launch_id IS NOT NULL "
            "AND kind IN ('processing_mentee', 'processing_mentor') AND scan_id IS NULL",
            name="evidence",
        ),
        Index(
            "uq_consent_in_force",
            "school_id",
            "kind",
            "form",
            "person_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        # Sending the form twice makes no second paper. A correction replaces the row that it corrects.
        Index(
            "uq_consent_number",
            "school_id",
            "kind",
            "number",
            "given_on",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        # The nightly look for terms that are over, and the list of those that end soon.
        Index("ix_consent_term", "school_id", "valid_until", "id", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        Index("ix_consent_person", "school_id", "person_id", "id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    kind: Mapped[ConsentKind] = mapped_column(stored_enum(ConsentKind, "kind"))
    form: Mapped[ConsentForm] = mapped_column(stored_enum(ConsentForm, "form"))
    text_id: Mapped[int]
    # The paper's number in the school's own register; null for a mark.
    number: Mapped[str | None] = mapped_column(String(60))
    given_on: Mapped[date]
    # The last day of its term; null: none is named.
    valid_until: Mapped[date | None]
    scan_id: Mapped[int | None]
    # A mark's evidence: the local act that allowed it, and the launch that it came from.
    act_id: Mapped[int | None]
    launch_id: Mapped[int | None]
    # What was agreed to by the mark, as it read then (`wording.Agreed`); sealed, because it names the person. Null: a
    # paper, or a mark from before words were kept.
    sealed_words: Mapped[str | None] = mapped_column(SealedText)
    # Dissemination: what the person allowed only on conditions, or forbade to pass on (152-ФЗ ст. 10.1 ч. 9).
    conditions: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[EndedWhy | None] = mapped_column(stored_enum(EndedWhy, "ended_why"))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id", viewonly=True)
    text: Mapped[ConsentText] = relationship(lazy="joined", innerjoin=True, overlaps="school_id", viewonly=True)
    act: Mapped[LocalAct | None] = relationship(lazy="joined", overlaps="school_id", viewonly=True)

    @property
    def version(self) -> int:
        """Of the text that was agreed to."""
        return self.text.version


class PublicAddress(SchoolScoped, Base):
    """An exact address on the web where the school shows something to everybody (приказ Роскомнадзора № 18)."""

    __tablename__ = "public_address"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "url"))

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    url: Mapped[str] = mapped_column(String(500))
    name: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    # No longer offered; former consents still name it.
    removed_at: Mapped[datetime | None]


class Permit(SchoolScoped, Base):
    """One category of data that a consent to dissemination allows at one address. What has no row is forbidden:
    silence is never a consent (152-ФЗ ст. 10.1 ч. 8)."""

    __tablename__ = "dissemination_permit"
    __table_args__ = (
        same_school("consent_id", "consent"),
        same_school("address_id", "public_address"),
        UniqueConstraint("school_id", "consent_id", "address_id", "category", name="uq_dissemination_permit"),
        Index("ix_dissemination_permit_address", "school_id", "address_id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    consent_id: Mapped[int]
    address_id: Mapped[int]
    category: Mapped[Category] = mapped_column(stored_enum(Category, "category"))

    address: Mapped[PublicAddress] = relationship(lazy="joined", innerjoin=True, overlaps="school_id", viewonly=True)


class Duty(SchoolScoped, Base):
    """What the school has to do after a consent ended, and until when."""

    __tablename__ = "consent_duty"
    __table_args__ = (
        same_school("person_id", "person"),
        same_school("consent_id", "consent"),
        CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="outcome_known"),
        Index("ix_consent_duty_open", "school_id", "due_on", "id", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    consent_id: Mapped[int]
    kind: Mapped[DutyKind] = mapped_column(stored_enum(DutyKind, "kind"))
    # Of a take-down: [{"url": …, "categories": [codes]}].
    places: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    done_at: Mapped[datetime | None]
    # Null of what lapsed by itself.
    done_by: Mapped[int | None]
    outcome: Mapped[DutyOutcome | None] = mapped_column(stored_enum(DutyOutcome, "outcome"))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id", viewonly=True)


class Reminder(SchoolScoped, Base):
    """The day on which Moodle last wrote to a person about papers that they have not signed."""

    __tablename__ = "consent_reminder"
    __table_args__ = (same_school("person_id", "person"), UniqueConstraint("school_id", "person_id"))

    # Without the index of its own that `SchoolScoped` makes: the unique key begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    # By the school's calendar.
    written_on: Mapped[date]
