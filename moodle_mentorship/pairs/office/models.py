"""Which pairs an additional agreement covers, and until when."""

from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, same_school


class AgreementPair(SchoolScoped, Base):
    """An agreement that was laid before the director names this pair, with this last day of its term.

    ТК РФ, ст. 351.8: content and term of the work are agreed in writing. A pair that came later, and a term that was
    put off since, need another agreement.
    """

    __tablename__ = "agreement_pair"
    __table_args__ = (
        UniqueConstraint("school_id", "document_id", "pair_id"),
        same_school("document_id", "document"),
        same_school("pair_id", "pair"),
        Index("ix_agreement_pair_pair", "school_id", "pair_id"),
    )

    # Without the index of its own that `SchoolScoped` makes: those above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    document_id: Mapped[int]
    pair_id: Mapped[int]
    ends_on: Mapped[date]
