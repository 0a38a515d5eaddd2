"""Which pairs stand in which order."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, same_school


class OrderPair(SchoolScoped, Base):
    """A pair stands in an order that is to fix it, or has: in one order, never in two.

    As long as the order is a draft, the row goes when the pair is taken out of it. It also goes when a curator has
    settled what becomes of a pair that the signed order could not fix any more.
    """

    __tablename__ = "order_pair"
    __table_args__ = (
        UniqueConstraint("school_id", "pair_id"),
        same_school("document_id", "document"),
        same_school("pair_id", "pair"),
        Index("ix_order_pair_document", "school_id", "document_id"),
    )

    # Without the index of its own that `SchoolScoped` makes: those above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    document_id: Mapped[int]
    pair_id: Mapped[int]
