"""Reading leaves a trace: who looked at what about whom, and when. Shown to the person on the page «Мои данные»."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, delete, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, same_school

#: Looks of one reader at one thing within so long are one row.
MERGED = timedelta(hours=1)
#: How long a look is remembered.
KEPT = timedelta(days=366)

#: What is looked at; a list that somebody took along as a file is named by its endpoint.
CARD, ANSWERS, SCAN = "card", "answers", "scan"


class Look(SchoolScoped, Base):
    """Somebody looked at data of a person (null: at a list, such as the staff's, that names many)."""

    __tablename__ = "look"
    __table_args__ = (
        same_school("person_id", "person"),
        same_school("reader_id", "person"),
        Index("ix_look_person", "school_id", "person_id", "id"),
        Index("ix_look_reader", "school_id", "reader_id", "what", "began_at"),
        Index("ix_look_began", "began_at"),
    )

    # Without the index of its own that `SchoolScoped` makes: the ones above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int | None]
    reader_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)


def note(session: Session, school_id: int, reader_id: int, what: str, person_id: int | None, now: datetime) -> None:
    """One look more. Looks that follow within `MERGED` are counted in the same row."""
    again = session.execute(
        update(Look)
        .where(
            Look.school_id == school_id,
            Look.reader_id == reader_id,
            Look.what == what,
            Look.person_id.is_not_distinct_from(person_id),
            Look.began_at > now - MERGED,
        )
        .values(last_at=now, times=Look.times + 1)
        .returning(Look.id)
    ).first()
    if again is None:
        session.add(
            Look(
                school_id=school_id,
                person_id=person_id,
                reader_id=reader_id,
                what=what,
                began_at=now,
                last_at=now,
                times=1,
            )
        )


def forget_old(session: Session, now: datetime) -> None:
    """Delete what is older than `KEPT`, for all schools."""
    session.execute(delete(Look).where(Look.began_at < now - KEPT))
