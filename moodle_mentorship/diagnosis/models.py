"""What a school's Moodle was last found to be like."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, SchoolScoped


class Examination(SchoolScoped, Base):
    """The newest examination of a school's Moodle: only what had to be asked over the network is kept."""

    __tablename__ = "examination"
    __table_args__ = (UniqueConstraint("school_id"),)

    # An examination that is under way keeps others away for a while.
    started_at: Mapped[datetime]
    # Null: the first one has not come to its end.
    finished_at: Mapped[datetime | None]
    # `Check.stored()` each: codes and counts, never a name or a secret.
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
