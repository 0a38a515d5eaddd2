"""Files that a school keeps."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, stored_enum
from moodle_mentorship.files.enums import ScanKind


class Scan(SchoolScoped, Base):
    """A signed paper as it was scanned. In the database, so that a backup holds it; sealed, because passport data are
    written on it by pen. The room that keeps the paper's row points here.
    """

    __tablename__ = "scan"
    __table_args__ = (UniqueConstraint("school_id", "id"),)

    # Without the index of its own that `SchoolScoped` makes: the unique key begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[ScanKind] = mapped_column(stored_enum(ScanKind, "kind"))
    size: Mapped[int]
    # SHA-256 of the content, in hexadecimal: what a later dispute asks about.
    sha256: Mapped[str] = mapped_column(String(64))
    # The content in base64, sealed.
    sealed_content: Mapped[str] = mapped_column(SealedText, deferred=True)
    kept_at: Mapped[datetime]
    # Null: kept by a command or a job.
    kept_by: Mapped[int | None]
