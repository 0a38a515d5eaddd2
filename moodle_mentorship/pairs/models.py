"""The pair: a dated period of one mentor and one mentee; and the group, whose members are pairs of one mentor."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
    type_coerce,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, same_school, stored_enum
from moodle_mentorship.pairs.enums import (
    MOST_MEMBERS,
    USUAL_FORM,
    USUAL_KINDS,
    Answer,
    EndReason,
    Mark,
    MentoringForm,
    MentoringKind,
    PairState,
    PauseReason,
)
from moodle_mentorship.people.models import Person

_OPEN = text("state IN ('proposed', 'agreed', 'ordered', 'suspended')")
_STILL = text("resumed_on IS NULL")


class StoredKinds(TypeDecorator[tuple[MentoringKind, ...]]):
    """Several kinds in one column, «,traditional,remote,»: both databases find one of them by the commas around it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Collection[MentoringKind] | str | None, dialect: Dialect) -> str | None:
        if value is None or isinstance(value, str):
            return value
        return f",{','.join(kind for kind in MentoringKind if kind in value)}," if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[MentoringKind, ...] | None:
        return None if value is None else tuple(map(MentoringKind, value.strip(",").split(",")))


class MentoringGroup(SchoolScoped, Base):
    """One mentor and several mentees on one theme. Each member is a `Pair` with this group's number, so all that holds
    of a pair holds of them; the period, the form and the kinds are those that new members are proposed with.

    `members_open` counts the open pairs. It is changed in one statement together with the pair's row, and the CHECK
    makes the upper bound hard. As long as it is not 0, the group holds one place of its mentor.
    """

    __tablename__ = "mentoring_group"
    __table_args__ = (
        UniqueConstraint("school_id", "id", "mentor_person_id"),
        same_school("mentor_person_id", "mentor", "person_id"),
        CheckConstraint(f"members_open BETWEEN 0 AND {MOST_MEMBERS}", name="members"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("kinds LIKE '%,group,%'", name="kind"),
        Index("ix_mentoring_group_mentor", "school_id", "mentor_person_id"),
    )

    # Without the index of its own that `SchoolScoped` makes: those above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    mentor_person_id: Mapped[int]
    # The code of a `surveys.models.Theme`: what needs and strengths meet in.
    theme: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    form: Mapped[MentoringForm] = mapped_column(stored_enum(MentoringForm, "form"))
    kinds: Mapped[tuple[MentoringKind, ...]] = mapped_column(StoredKinds(100))
    created_at: Mapped[datetime]
    members_open: Mapped[int] = mapped_column(default=0)

    mentor: Mapped[Person] = relationship(
        primaryjoin="and_(MentoringGroup.school_id == Person.school_id,"
        " foreign(MentoringGroup.mentor_person_id) == Person.id)",
        lazy="joined",
        innerjoin=True,
        viewonly=True,
    )


class Space(SchoolScoped, Base):
    """The place of one pair, or of several that work as a group, in Moodle's course: a course group of its own.

    Whose pairs are fixed by an order, and not ended, are its members.
    """

    __tablename__ = "pair_space"
    __table_args__ = (UniqueConstraint("school_id", "id"), UniqueConstraint("moodle_idnumber"))

    # Our handle on the group in Moodle. Random, so that a sidecar installed anew never adopts the group of a pair
    # whose number merely repeats.
    moodle_idnumber: Mapped[str] = mapped_column(String(60), default=lambda: f"mentorship-{uuid4().hex}")
    # Moodle's group once it stands, and in which course; written by the outbox, after Moodle said so.
    moodle_group_id: Mapped[int | None]
    moodle_course_id: Mapped[int | None]
    # What we did last, so that a hand in Moodle can be told from us: the name we gave, the year's grouping, the
    # conversation switched on, and the moment of Moodle's clock at which everybody who belongs there was seen to.
    moodle_name: Mapped[str | None] = mapped_column(String(254))
    grouped: Mapped[bool] = mapped_column(default=False)
    conversing: Mapped[bool] = mapped_column(default=False)
    settled_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    # What people have changed in Moodle by hand, as the last look found it (codes of `Noticed`), and since when it is
    # so; the name they gave, and how many they put in who are not in our directory.
    noticed: Mapped[list[str]] = mapped_column(JSON, default=list)
    noticed_at: Mapped[datetime | None]
    found_name: Mapped[str | None] = mapped_column(String(254))
    strangers: Mapped[int] = mapped_column(default=0)
    # A curator has seen to it: said that it may stay so, or had it put back.
    left_at: Mapped[datetime | None]


class SpaceMember(SchoolScoped, Base):
    """Somebody of our directory in a space's group, as the last look found them."""

    __tablename__ = "pair_space_member"
    __table_args__ = (
        UniqueConstraint("school_id", "space_id", "person_id"),
        same_school("space_id", "pair_space"),
        same_school("person_id", "person"),
        Index("ix_pair_space_member_person", "school_id", "person_id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    space_id: Mapped[int]
    person_id: Mapped[int]
    mark: Mapped[Mark] = mapped_column(stored_enum(Mark, "mark"))


class YearGrouping(SchoolScoped, Base):
    """The grouping in Moodle's course that holds the groups of a school year."""

    __tablename__ = "pair_grouping"
    __table_args__ = (UniqueConstraint("school_id", "year_start"), UniqueConstraint("moodle_idnumber"))

    year_start: Mapped[int]
    # Our handle on it, random as a space's.
    moodle_idnumber: Mapped[str] = mapped_column(String(60), default=lambda: f"mentorship-{uuid4().hex}")


class Pair(SchoolScoped, Base):
    """One mentor and one mentee, from the proposal to the end.

    The database keeps what must never be broken: nobody mentors themselves, both stand in their banks, a mentee
    has one open pair at a time (so the same two never overlap), an ordered pair has its order's date and number.
    The mentor's capacity is kept by `Mentor.places_held`. A pair of a group has the group's mentor, for good.
    """

    __tablename__ = "pair"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        same_school("mentor_person_id", "mentor", "person_id"),
        same_school("mentee_person_id", "mentee", "person_id"),
        CheckConstraint("mentor_person_id <> mentee_person_id", name="not_oneself"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("kinds <> ''", name="some_kind"),
        CheckConstraint("group_id IS NULL OR kinds LIKE '%,group,%'", name="group_kind"),
        ForeignKeyConstraint(
            ["school_id", "group_id", "mentor_person_id"],
            ["mentoring_group.school_id", "mentoring_group.id", "mentoring_group.mentor_person_id"],
        ),
        CheckConstraint(
            "state NOT IN ('ordered', 'suspended', 'ended') OR (order_number IS NOT NULL AND order_date IS NOT NULL)",
            name="order",
        ),
        CheckConstraint("(state IN ('ended', 'declined', 'withdrawn')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(warned_on IS NULL) = (may_end_on IS NULL)", name="notice"),
        CheckConstraint("may_end_on > warned_on", name="notice_term"),
        CheckConstraint("replaces_pair_id <> id", name="replaces_another"),
        same_school("replaces_pair_id", "pair"),
        same_school("space_id", "pair_space"),
        CheckConstraint("state <> 'ended' OR end_reason IS NOT NULL", name="reason"),
        Index(
            "uq_pair_open_mentee",
            "school_id",
            "mentee_person_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index("ix_pair_mentor", "school_id", "mentor_person_id", "proposed_at", "id"),
        Index("ix_pair_mentee", "school_id", "mentee_person_id", "proposed_at", "id"),
        Index("ix_pair_state", "school_id", "state", "proposed_at", "id"),
        Index("ix_pair_proposed", "school_id", "proposed_at", "id"),
        Index("ix_pair_ends", "school_id", "ends_on", "id"),
        Index("ix_pair_replaces", "school_id", "replaces_pair_id"),
        Index("ix_pair_group", "school_id", "group_id"),
        Index("ix_pair_space", "school_id", "space_id"),
    )

    mentor_person_id: Mapped[int]
    mentee_person_id: Mapped[int]
    state: Mapped[PairState] = mapped_column(stored_enum(PairState, "state"), default=PairState.PROPOSED)
    form: Mapped[MentoringForm] = mapped_column(stored_enum(MentoringForm, "form"), default=USUAL_FORM)
    kinds: Mapped[tuple[MentoringKind, ...]] = mapped_column(StoredKinds(100), default=USUAL_KINDS)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    proposed_at: Mapped[datetime]
    mentor_answer: Mapped[Answer | None] = mapped_column(stored_enum(Answer, "mentor_answer"))
    mentor_answered_at: Mapped[datetime | None]
    mentee_answer: Mapped[Answer | None] = mapped_column(stored_enum(Answer, "mentee_answer"))
    mentee_answered_at: Mapped[datetime | None]
    order_date: Mapped[date | None]
    # The number as the school's own journal has it, e.g. «143-ОД».
    order_number: Mapped[str | None] = mapped_column(String(40))
    ordered_at: Mapped[datetime | None]
    # Ended, declined or withdrawn: from then on the pair holds no place.
    closed_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(stored_enum(EndReason, "end_reason"))
    # The school warns the mentor before it ends their work early (ст. 351.8 ТК РФ): the day of the notice, and the
    # first day on which the pair may end by it.
    warned_on: Mapped[date | None]
    may_end_on: Mapped[date | None]
    # The pair in whose place this one was proposed, with another mentor.
    replaces_pair_id: Mapped[int | None]
    # The group whose member the mentee is; never changed.
    group_id: Mapped[int | None]
    space_id: Mapped[int]

    space: Mapped[Space] = relationship(lazy="joined", innerjoin=True)
    mentor: Mapped[Person] = relationship(
        primaryjoin="and_(Pair.school_id == Person.school_id, foreign(Pair.mentor_person_id) == Person.id)",
        lazy="joined",
        innerjoin=True,
        viewonly=True,
    )
    mentee: Mapped[Person] = relationship(
        primaryjoin="and_(Pair.school_id == Person.school_id, foreign(Pair.mentee_person_id) == Person.id)",
        lazy="joined",
        innerjoin=True,
        viewonly=True,
    )
    # Lists ask for it by name (`joinedload`); most pairs have none.
    group: Mapped[MentoringGroup | None] = relationship(
        primaryjoin="and_(Pair.school_id == MentoringGroup.school_id, foreign(Pair.group_id) == MentoringGroup.id)",
        viewonly=True,
    )

    @property
    def moodle_group_id(self) -> int | None:
        """The group in Moodle in which the two are, or were; None before their order, though others may share it."""
        return self.space.moodle_group_id if self.order_number is not None else None


class Extension(SchoolScoped, Base):
    """A pair's end was put off by another order. Rows are only added: the earlier end stays known."""

    __tablename__ = "pair_extension"
    __table_args__ = (
        same_school("pair_id", "pair"),
        CheckConstraint("ends_on >= earlier_ends_on", name="period"),
        Index("ix_pair_extension_pair", "school_id", "pair_id", "id"),
    )

    # Without the index of its own that `SchoolScoped` makes: the one above begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    pair_id: Mapped[int]
    earlier_ends_on: Mapped[date]
    ends_on: Mapped[date]
    order_date: Mapped[date]
    order_number: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime]


class Pause(SchoolScoped, Base):
    """A time in which an ordered pair doesn't work, and keeps its place."""

    __tablename__ = "pair_pause"
    __table_args__ = (
        same_school("pair_id", "pair"),
        CheckConstraint("until_on >= from_on", name="period"),
        CheckConstraint("resumed_on >= from_on", name="resumed"),
        Index("ix_pair_pause_pair", "school_id", "pair_id", "id"),
        Index("uq_pair_pause_still", "school_id", "pair_id", unique=True, sqlite_where=_STILL, postgresql_where=_STILL),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    pair_id: Mapped[int]
    reason: Mapped[PauseReason] = mapped_column(stored_enum(PauseReason, "reason"))
    from_on: Mapped[date]
    # As far as it is known.
    until_on: Mapped[date | None]
    # The first day of work again, or the pair's last day.
    resumed_on: Mapped[date | None]
    recorded_at: Mapped[datetime]


def is_of_kind(kind: MentoringKind) -> ColumnElement[bool]:
    """Whether a pair has this kind among its kinds."""
    return type_coerce(Pair.kinds, String()).contains(f",{kind},")
