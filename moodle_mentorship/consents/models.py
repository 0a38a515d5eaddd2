"""Legal grounds of processing, as rows that the tables of profile data must point to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.core.db import Base, BigId, SchoolScoped, same_school, stored_enum
from moodle_mentorship.core.grounds import Purpose

_OPEN = text("closed_at IS NULL")


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
