"""Road maps by school year, their lines, what was marked as done, approved versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.documents.models import Document
from moodle_mentorship.people.models import Person
from moodle_mentorship.roadmap.enums import ActKind, How, Timing

STAGES = range(1, 8)

#: Characters.
LONGEST_CONTENT, LONGEST_WORDS, LONGEST_NOTE = 2000, 300, 1000


class RoadMap(SchoolScoped, Base):
    """The road map of a school year (2026: 2026/27): lines that may change at any time, and versions that were
    approved."""

    __tablename__ = "road_map"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "year_start"))

    # Without the index of its own that `SchoolScoped` makes: the unique keys begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    year_start: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None]
    # Whether Moodle writes to the responsible by itself.
    reminds: Mapped[bool]
    # The last day on which it did: never twice a day.
    written_on: Mapped[date | None]


class Line(SchoolScoped, Base):
    """One line of the plan as it stands now."""

    __tablename__ = "road_map_line"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        same_school("road_map_id", "road_map"),
        same_school("responsible_person_id", "person"),
        CheckConstraint("stage BETWEEN 1 AND 7", name="stage"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint(
            "(responsible_role IS NULL OR responsible_person_id IS NULL)"
            " AND (responsible_role IS NULL OR responsible_words IS NULL)"
            " AND (responsible_person_id IS NULL OR responsible_words IS NULL)",
            name="responsible",
        ),
        Index("ix_road_map_line_map", "school_id", "road_map_id", "stage", "place", "id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    road_map_id: Mapped[int]
    stage: Mapped[int]
    # Its order within the stage; the number that people read (1.1) is counted.
    place: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    timing: Mapped[Timing] = mapped_column(stored_enum(Timing, "timing"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    # A role, a person, or words («руководители методических объединений»): one of them, or nobody is named.
    responsible_role: Mapped[Role | None] = mapped_column(stored_enum(Role, "responsible_role"))
    responsible_person_id: Mapped[int | None]
    responsible_words: Mapped[str | None] = mapped_column(String(LONGEST_WORDS))
    # What comes of it.
    product: Mapped[str | None] = mapped_column(String(500))
    # Codes of `evidence.Source`: the line is done when all of them are. Empty: it is marked by hand.
    evidence: Mapped[list[str]] = mapped_column(JSON)
    # Parts (as in `Tick`) of which the curator took back what evidence had marked: it marks them no more.
    held_parts: Mapped[list[int]] = mapped_column(JSON)
    # Copied from the year before, where it was not done.
    left_over: Mapped[bool]
    # The last days for which the responsible were written to: a week before, and once late.
    soon_told: Mapped[date | None]
    late_told: Mapped[date | None]

    responsible_person: Mapped[Person | None] = relationship(
        primaryjoin="and_(Line.school_id == Person.school_id, foreign(Line.responsible_person_id) == Person.id)",
        lazy="joined",
        viewonly=True,
    )


class Tick(SchoolScoped, Base):
    """A line, or one month of it, is done. It stays with its day and proof, whatever becomes of the data."""

    __tablename__ = "road_map_tick"
    __table_args__ = (
        same_school("line_id", "road_map_line"),
        UniqueConstraint("school_id", "line_id", "part"),
        CheckConstraint("part BETWEEN 0 AND 24", name="part"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    line_id: Mapped[int]
    # 0: the whole line. Of a monthly one the month, counted from the January before the school year (9: September).
    part: Mapped[int]
    done_on: Mapped[date]
    how: Mapped[How] = mapped_column(stored_enum(How, "how"))
    # What the evidence said: [{"source": code, "values": {…}}].
    proof: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]
    by_person_id: Mapped[int | None]


class MapVersion(SchoolScoped, Base):
    """The lines as they were laid before the director. Approved by its order: the first approves the road map, each
    later one changes it («внесение изменений»)."""

    __tablename__ = "road_map_version"
    __table_args__ = (
        same_school("road_map_id", "road_map"),
        same_school("document_id", "document"),
        UniqueConstraint("school_id", "road_map_id", "number"),
        CheckConstraint("(approved_at IS NULL) = (order_number IS NULL)", name="approved"),
        CheckConstraint("(order_number IS NULL) = (order_date IS NULL)", name="ordered"),
        CheckConstraint("document_id IS NOT NULL OR approved_at IS NOT NULL", name="ground"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    road_map_id: Mapped[int]
    number: Mapped[int]
    # As `frozen.frozen` writes them; people by their number.
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    frozen_at: Mapped[datetime]
    # The order of this house; null: it was made elsewhere, and only its date and number are known.
    document_id: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None]
    order_date: Mapped[date | None]
    order_number: Mapped[str | None] = mapped_column(String(40))
    # Its order was cancelled by another.
    cancelled_at: Mapped[datetime | None]

    document: Mapped[Document | None] = relationship(
        primaryjoin="and_(MapVersion.school_id == Document.school_id, foreign(MapVersion.document_id) == Document.id)",
        viewonly=True,
    )


class SchoolAct(SchoolScoped, Base):
    """A local act of the school (273-ФЗ ст. 30), whatever edition is in force."""

    __tablename__ = "school_act"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("school_id", "kind", "title"))

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[ActKind] = mapped_column(stored_enum(ActKind, "kind"))
    title: Mapped[str] = mapped_column(String(300))
    added_at: Mapped[datetime]
    added_by: Mapped[int | None]


class ActEdition(SchoolScoped, Base):
    """An edition of a local act with its file. A new one leaves those before as they were, but for their last day."""

    __tablename__ = "school_act_edition"
    __table_args__ = (
        same_school("act_id", "school_act"),
        UniqueConstraint("school_id", "act_id", "edition"),
        CheckConstraint("in_force_until IS NULL OR in_force_until >= in_force_from", name="period"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    act_id: Mapped[int]
    edition: Mapped[int]
    number: Mapped[str | None] = mapped_column(String(60))
    dated: Mapped[date]
    in_force_from: Mapped[date]
    # The last day; null: until further notice.
    in_force_until: Mapped[date | None]
    # The file in base64, and its name as it came; its paragraphs as JSON, for the check of its references.
    file_name: Mapped[str] = mapped_column(String(200))
    sealed_content: Mapped[str] = mapped_column(SealedText, deferred=True)
    sealed_text: Mapped[str] = mapped_column(SealedText, deferred=True)
    # References that had to be corrected when the file was put in; the page checks anew.
    findings: Mapped[int]
    added_at: Mapped[datetime]
    added_by: Mapped[int | None]
