"""Themes, questionnaires with their versions, rounds, and what people answered."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.consents.models import profile_ground
from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys.enums import Kind, VersionState


class Theme(SchoolScoped, Base):
    """A difficulty of a mentee and a strength of a mentor, by the same name: needs and offers meet in it."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("school_id", "code"),)

    # Without the index of its own that `SchoolScoped` makes: the one above begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[int]


class Questionnaire(SchoolScoped, Base):
    """A questionnaire through the years; what it asks stands in its versions."""

    __tablename__ = "questionnaire"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "id", "kind"),
        UniqueConstraint("school_id", "code"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[Kind] = mapped_column(stored_enum(Kind, "kind"))
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Version(SchoolScoped, Base):
    """What a questionnaire asks. A published version never changes: answers stay with the version they answered."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "questionnaire_id", "kind"],
            ["questionnaire.school_id", "questionnaire.id", "questionnaire.kind"],
        ),
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "id", "kind"),
        UniqueConstraint("school_id", "questionnaire_id", "number"),
        Index(
            "uq_questionnaire_version_draft",
            "school_id",
            "questionnaire_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    questionnaire_id: Mapped[int]
    # The questionnaire's, carried along down to each response.
    kind: Mapped[Kind] = mapped_column(stored_enum(Kind, "kind"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(stored_enum(VersionState, "state"))
    # `content.Content` as JSON.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Of a draft: what it was before its last change, and how many changes it has had, so that two who edit it notice.
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    revision: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]


class Round(SchoolScoped, Base):
    """People are asked, from the first day to the last, both included."""

    __tablename__ = "survey_round"
    __table_args__ = (
        same_school("questionnaire_id", "questionnaire"),
        UniqueConstraint("school_id", "id"),
        CheckConstraint("closes_on >= opens_on", name="days"),
        CheckConstraint("remind_after > 0", name="remind_after"),
        # The list, newest first; and a questionnaire's rounds.
        Index("ix_survey_round_newest", "school_id", "opens_on", "id"),
        Index("ix_survey_round_questionnaire", "school_id", "questionnaire_id", "opens_on", "id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    questionnaire_id: Mapped[int]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    started_at: Mapped[datetime]
    # Ended by hand before its last day.
    closed_at: Mapped[datetime | None]
    # Days after the first one on which those who have not answered are reminded by themselves, and then again on the
    # day before the last (`reminds_on`). Null: never.
    remind_after: Mapped[int | None]
    # The answers lie in an `AnswerBox`, and nobody has a response.
    anonymous: Mapped[bool] = mapped_column(default=False)

    questionnaire: Mapped[Questionnaire] = relationship(lazy="joined", innerjoin=True, overlaps="school_id")

    def takes_answers(self, today: date) -> bool:
        return self.closed_at is None and self.opens_on <= today <= self.closes_on

    def reminds_on(self, today: date, working_days: int) -> bool:
        """Nobody is written to on a day off: the first reminder waits for the next working day, the last one comes on
        the one before. `working_days`: the school's, in a week that begins on Monday."""
        if self.remind_after is None or not self.takes_answers(today):
            return False
        first, last = self.opens_on + timedelta(days=self.remind_after), self.closes_on - timedelta(days=1)
        while first.weekday() >= working_days:
            first += timedelta(days=1)
        while last.weekday() >= working_days:
            last -= timedelta(days=1)
        return today in (first, last)


class Participant(SchoolScoped, Base):
    """Somebody who is asked in a round."""

    __tablename__ = "survey_participant"
    __table_args__ = (
        same_school("round_id", "survey_round"),
        same_school("person_id", "person"),
        UniqueConstraint("school_id", "round_id", "person_id"),
        Index("ix_survey_participant_person", "school_id", "person_id", "round_id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    round_id: Mapped[int]
    person_id: Mapped[int]
    # The last day on which Moodle was to write to them about it: never twice a day.
    written_on: Mapped[date | None]
    # In an anonymous round: they have answered. When, is written down nowhere.
    answered: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, overlaps="school_id")


class Response(SchoolScoped, Base):
    """One person's answers in a round: a draft until it is sent off. Only who is asked can answer (foreign key).

    Needs and offers are a profile: without a legal ground of this person the database takes no row (152-ФЗ ст. 6).
    """

    __tablename__ = "survey_response"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "round_id", "person_id"],
            ["survey_participant.school_id", "survey_participant.round_id", "survey_participant.person_id"],
        ),
        ForeignKeyConstraint(
            ["school_id", "version_id", "kind"],
            ["questionnaire_version.school_id", "questionnaire_version.id", "questionnaire_version.kind"],
        ),
        profile_ground(),
        CheckConstraint("kind NOT IN ('need', 'offer') OR ground_id IS NOT NULL", name="ground"),
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "round_id", "person_id"),
        # The newest that a person has sent off.
        Index("ix_survey_response_person", "school_id", "person_id", "submitted_at", "id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    round_id: Mapped[int]
    person_id: Mapped[int]
    version_id: Mapped[int]
    kind: Mapped[Kind] = mapped_column(stored_enum(Kind, "kind"))
    # The ground on which the profile was last written; null for what is no profile.
    ground_id: Mapped[int | None]
    # Item code -> value (`answers`); the private ones stand sealed, as JSON.
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed_private: Mapped[str | None] = mapped_column(SealedText)
    # What was sent is being corrected: the whole of it anew, in force once it is sent off.
    correction: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sealed_correction: Mapped[str | None] = mapped_column(SealedText)
    # Counts the changes, so that a window can tell that another one was faster.
    revision: Mapped[int]
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]

    # No inner join: rounds are asked for together with the answer that a person may not have given yet.
    version: Mapped[Version] = relationship(lazy="joined", overlaps="school_id")


class AttachedFile(SchoolScoped, Base):
    """A file that somebody has attached to an answer. In the database, so that a backup holds it. Its name stands in
    the answer, sealed where that is private; while a correction is written there may be a second one of one item."""

    __tablename__ = "survey_file"
    __table_args__ = (
        same_school("response_id", "survey_response"),
        Index("ix_survey_file_response", "school_id", "response_id"),
    )

    # Without the index of its own that `SchoolScoped` makes: the one above begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    response_id: Mapped[int]
    # Bytes.
    size: Mapped[int]
    # The content in base64, sealed.
    sealed_content: Mapped[str] = mapped_column(SealedText, deferred=True)
    attached_at: Mapped[datetime]


class AnswerBox(SchoolScoped, Base):
    """All answers of an anonymous round, sealed together: one row, however many have answered, and no word of whom."""

    __tablename__ = "survey_answer_box"
    __table_args__ = (
        same_school("round_id", "survey_round"),
        same_school("version_id", "questionnaire_version"),
        UniqueConstraint("school_id", "round_id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    round_id: Mapped[int]
    # Everybody answers the same one: who answered after a change would be known by it.
    version_id: Mapped[int]
    sealed_answers: Mapped[str | None] = mapped_column(SealedText)

    version: Mapped[Version] = relationship(lazy="joined", innerjoin=True, overlaps="school_id")
