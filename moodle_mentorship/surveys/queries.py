"""Questions about questionnaires, rounds and answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ClosedWhy
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.needs import Day
from moodle_mentorship.consents.queries import open_ground, people_with_ground
from moodle_mentorship.core.db import SchoolId, fixed
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.paging import CHUNK, Page, SortKey, page
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import ready
from moodle_mentorship.surveys.enums import PURPOSES, Kind, VersionState
from moodle_mentorship.surveys.errors import NotAsked, NothingPublished
from moodle_mentorship.surveys.models import AnswerBox, Participant, Questionnaire, Response, Round, Theme, Version

PAGE_SIZE = 50
#: Rounds that a person sees on «My questionnaires», newest first.
RECENT = 30


def themes(session: Session, school_id: int) -> Sequence[Theme]:
    """The school's themes in their order; the ready-made ones, not stored yet, where it has none of its own."""
    found = session.scalars(select(Theme).where(Theme.school_id == school_id).order_by(Theme.place, Theme.id)).all()
    return found or [
        Theme(school_id=school_id, code=code, title=title, place=place)
        for place, (code, title) in enumerate(ready.THEMES)
    ]


def theme_titles(session: Session, school_id: int) -> dict[str, str]:
    """What the school calls each of its themes, by code."""
    return {theme.code: theme.title for theme in themes(session, school_id)}


@dataclass(frozen=True)
class Listed:
    """A questionnaire of the list; `version` is the number of the newest published one, None before the first;
    `draft`: whether the next one is being written."""

    questionnaire: Questionnaire
    version: int | None
    draft: bool


def questionnaires(session: Session, school_id: int) -> list[Listed]:
    """All of the school, by title."""
    published = Version.state == VersionState.PUBLISHED
    newest = (
        select(
            Version.questionnaire_id,
            func.max(case((published, Version.number))).label("number"),
            func.count(case((not_(published), 1))).label("drafts"),
        )
        .where(Version.school_id == school_id)
        .group_by(Version.questionnaire_id)
        .subquery()
    )
    rows = session.execute(
        select(Questionnaire, newest.c.number, newest.c.drafts)
        .outerjoin(newest, newest.c.questionnaire_id == Questionnaire.id)
        .where(Questionnaire.school_id == school_id)
        .order_by(Questionnaire.title, Questionnaire.id)
    )
    return [Listed(questionnaire, number, bool(drafts)) for questionnaire, number, drafts in rows]


def questionnaire_of(session: Session, school_id: int, questionnaire_id: int) -> Questionnaire:
    """One of this school's. Raises `NotFound`, also for another school's."""
    found = session.scalar(
        select(Questionnaire).where(Questionnaire.school_id == school_id, Questionnaire.id == questionnaire_id)
    )
    if found is None:
        raise NotFound(f"questionnaire {questionnaire_id}")
    return found


def by_code(session: Session, school_id: int, code: str) -> Questionnaire | None:
    """The school's questionnaire of this code."""
    return session.scalar(select(Questionnaire).where(Questionnaire.school_id == school_id, Questionnaire.code == code))


def published(session: Session, school_id: int, questionnaire_id: int, number: int | None = None) -> Version:
    """The newest published version, or the one of that number. Raises `NothingPublished`."""
    statement = select(Version).where(
        Version.school_id == school_id,
        Version.questionnaire_id == questionnaire_id,
        Version.state == VersionState.PUBLISHED,
    )
    if number is not None:
        statement = statement.where(Version.number == number)
    found = session.scalar(statement.order_by(Version.number.desc()).limit(1))
    if found is None:
        raise NothingPublished()
    return found


def newest_version(session: Session, school_id: int, questionnaire_id: int) -> Version:
    """The draft, or without one the newest published version, as the database has it now. Raises `NotFound`."""
    found = session.scalar(
        select(Version)
        .where(Version.school_id == school_id, Version.questionnaire_id == questionnaire_id)
        .order_by(Version.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"questionnaire {questionnaire_id}")
    return found


@dataclass(frozen=True)
class Share:
    """Of a round: how many are asked, and how many have sent their answers."""

    asked: int
    submitted: int

    @property
    def percent(self) -> int:
        return round(100 * self.submitted / self.asked) if self.asked else 0


def rounds(session: Session, school_id: int, cursor: str | None, limit: int = PAGE_SIZE) -> Page[Round]:
    """The school's rounds, newest first."""
    opened = SortKey[Round](
        Round.opens_on.expression,
        lambda row: row.opens_on,
        descending=True,
        load=date.fromisoformat,
        dump=date.isoformat,
    )
    last = SortKey[Round](Round.id.expression, lambda row: row.id, descending=True, load=int)
    return page(session, select(Round).where(Round.school_id == school_id), [opened, last], cursor, limit)


def round_of(session: Session, school_id: int, round_id: int) -> Round:
    """One of this school's. Raises `NotFound`."""
    found = session.scalar(select(Round).where(Round.school_id == school_id, Round.id == round_id))
    if found is None:
        raise NotFound(f"round {round_id}")
    return found


def shares(session: Session, school_id: int, round_ids: Sequence[int]) -> dict[int, Share]:
    """Asked and submitted of each of these rounds."""
    rows = session.execute(
        select(Participant.round_id, func.count(), func.count(case((_done(), 1))))
        .outerjoin(Response, _answer())
        .where(Participant.school_id == school_id, Participant.round_id.in_(round_ids))
        .group_by(Participant.round_id)
    )
    found = {round_id: Share(asked, submitted) for round_id, asked, submitted in rows}
    return {round_id: found.get(round_id, Share(0, 0)) for round_id in round_ids}


@dataclass(frozen=True)
class Asked:
    """A participant of a round, with what they have answered so far; `lawful`: whether it may be read."""

    participant: Participant
    response: Response | None
    lawful: bool

    @property
    def id(self) -> int:
        return self.participant.id

    @property
    def person(self) -> Person:
        return self.participant.person


def people_asked(session: Session, school_id: int, round_id: int, cursor: str | None) -> Page[Asked]:
    """Who is asked in a round, by name, a page at a time."""
    name = SortKey[Participant](Person.search_name, lambda row: row.person.search_name, load=str)
    last = SortKey[Participant](Participant.id.expression, lambda row: row.id, load=int)
    found = page(
        session,
        select(Participant)
        .join(Participant.person)
        .where(Participant.school_id == school_id, Participant.round_id == round_id),
        [name, last],
        cursor,
        PAGE_SIZE,
    )
    answers = session.execute(
        select(Response, _lawful(school_id)).where(
            Response.school_id == school_id,
            Response.round_id == round_id,
            Response.person_id.in_([row.person_id for row in found.rows]),
        )
    )
    given = {response.person_id: (response, lawful) for response, lawful in answers}
    rows = [Asked(row, *given.get(row.person_id, (None, False))) for row in found.rows]
    return Page(rows, found.next, found.previous)


def unwritten(school_id: int, round_id: int, today: date) -> Select[Any]:
    """Participants who have sent no answers, can log in, and were not written to today; joined with their person."""
    return (
        select(Participant)
        .join(Participant.person)
        .outerjoin(Response, _answer())
        .where(
            Participant.school_id == school_id,
            Participant.round_id == round_id,
            not_(_done()),
            or_(Participant.written_on.is_(None), Participant.written_on < today),
            Person.status != StaffStatus.LEFT,
            Person.suspended == false(),
            Person.deleted_in_moodle == false(),
        )
    )


def count_unwritten(session: Session, school_id: int, round_id: int, today: date) -> int:
    """How many people `inviting.write_to_waiting` would write to."""
    listed = unwritten(school_id, round_id, today).with_only_columns(Participant.id).subquery()
    return session.scalar(select(func.count()).select_from(listed)) or 0


@dataclass(frozen=True)
class Sent:
    """One person's answers of a round, without the private ones."""

    person_id: int
    name: str
    position: str | None
    version_id: int
    submitted_at: datetime
    values: Mapping[str, Any]


def sent(session: Session, school_id: int, round_id: int) -> Iterator[Sent]:
    """All answers that were sent in a round, by name; a profile without an open legal ground is left out."""
    rows = session.execute(
        select(
            Response.person_id,
            Person.last_name,
            Person.first_name,
            Person.middle_name,
            Person.position,
            Response.version_id,
            Response.submitted_at,
            Response.answers,
        )
        .join(Person, and_(Person.school_id == Response.school_id, Person.id == Response.person_id))
        .where(
            Response.school_id == school_id,
            Response.round_id == round_id,
            Response.submitted_at.is_not(None),
            _lawful(school_id),
        )
        .order_by(Person.search_name, Person.id),
        execution_options={"yield_per": CHUNK},
    )
    for person_id, last, first, middle, *rest in rows:
        yield Sent(person_id, " ".join(part for part in (last, first, middle) if part), *rest)


def versions_of(session: Session, school_id: int, questionnaire_id: int) -> Sequence[Version]:
    """The published versions of a questionnaire, the newest first."""
    return session.scalars(
        select(Version)
        .where(
            Version.school_id == school_id,
            Version.questionnaire_id == questionnaire_id,
            Version.state == VersionState.PUBLISHED,
        )
        .order_by(Version.number.desc())
    ).all()


@dataclass(frozen=True)
class Mine:
    """A round that asks this person, with what they have answered."""

    round: Round
    response: Response | None
    # In an anonymous round.
    answered: bool

    @property
    def sent(self) -> bool:
        return self.answered or (self.response is not None and self.response.submitted_at is not None)


def mine(session: Session, school_id: int, person_id: int) -> list[Mine]:
    """The newest rounds that ask a person, those whose last day is nearest first."""
    rows = session.execute(
        select(Round, Response, Participant.answered)
        .select_from(Participant)
        .join(Round, and_(Round.school_id == Participant.school_id, Round.id == Participant.round_id))
        .outerjoin(Response, _answer())
        .where(Participant.school_id == school_id, Participant.person_id == person_id)
        .order_by(Round.id.desc())
        .limit(RECENT)
    )
    return sorted(
        (Mine(asked, response, answered) for asked, response, answered in rows),
        key=lambda row: (row.round.closes_on, row.round.id),
    )


def waiting(session: Session, school_id: int, person_id: int, today: date) -> list[Mine]:
    """Of these, the ones that take answers today and have none sent."""
    return [row for row in mine(session, school_id, person_id) if row.round.takes_answers(today) and not row.sent]


def done_unnamed(session: Session, school_id: int, since: date, today: date) -> list[tuple[int, datetime]]:
    """Who has answered in an anonymous round whose last day is not before `since`, and has nothing left to answer
    today: their ids, in order, each with the moment at which the last such round began."""
    rows = session.execute(
        select(Participant.person_id, func.max(Round.started_at))
        .join(Round, and_(Round.school_id == Participant.school_id, Round.id == Participant.round_id))
        .where(
            Participant.school_id == school_id,
            Participant.answered,
            Round.closes_on >= since,
            Participant.person_id.not_in(_waiting_people(school_id, today)),
        )
        .group_by(Participant.person_id)
        .order_by(Participant.person_id)
    )
    return [(person_id, begun_at) for person_id, begun_at in rows]


def _waiting_people(school_id: int, today: date) -> Select[int]:
    return (
        select(Participant.person_id)
        .join(Round, and_(Round.school_id == Participant.school_id, Round.id == Participant.round_id))
        .outerjoin(Response, _answer())
        .where(
            Participant.school_id == school_id,
            Round.closed_at.is_(None),
            Round.opens_on <= today,
            Round.closes_on >= today,
            not_(_done()),
        )
    )


def asked_of(session: Session, school_id: int, round_id: int, person_id: int | None) -> Mine:
    """The round as it stands for this person. Raises `NotFound`, `NotAsked`."""
    asked = round_of(session, school_id, round_id)
    answered = session.scalar(
        select(Participant.answered).where(
            Participant.school_id == school_id, Participant.round_id == round_id, Participant.person_id == person_id
        )
    )
    if person_id is None or answered is None:
        raise NotAsked()
    return Mine(asked, response_of(session, school_id, round_id, person_id), answered)


def answer_box(session: Session, school_id: int, round_id: int, *, locked: bool = False) -> AnswerBox:
    """The box of an anonymous round, held until the end of the unit of work if `locked`. Raises `NotFound`."""
    statement = select(AnswerBox).where(AnswerBox.school_id == school_id, AnswerBox.round_id == round_id)
    if locked:
        statement = statement.with_for_update(of=AnswerBox).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound(f"answers of round {round_id}")
    return found


def response_of(session: Session, school_id: int, round_id: int, person_id: int) -> Response | None:
    """What a person has answered in a round, sent or not."""
    return session.scalar(
        select(Response).where(
            Response.school_id == school_id, Response.round_id == round_id, Response.person_id == person_id
        )
    )


def values_of(response: Response, box: SecretBox) -> dict[str, Any]:
    """All answers of a response, sent or drafted, the private ones too: for the person themself and for the curator."""
    private = json.loads(box.open(response.sealed_private)) if response.sealed_private is not None else {}
    return response.answers | private


def typed_of(response: Response, box: SecretBox) -> dict[str, Any]:
    """What stands in the person's own form: the correction where they have begun one, else the same as `values_of`."""
    if response.correction is None:
        return values_of(response, box)
    sealed = response.sealed_correction
    return response.correction | (json.loads(box.open(sealed)) if sealed is not None else {})


@dataclass(frozen=True)
class Answers:
    """What a person has sent off, without the private items."""

    response_id: int
    round_id: int
    person_id: int
    version: int
    submitted_at: datetime
    values: Mapping[str, Any]


def latest_of(session: Session, school_id: int, person_ids: Sequence[int], code: str) -> dict[int, Answers]:
    """The newest answers that each of these people has sent to the questionnaire of this code; one statement.

    A profile without an open legal ground is not read any more.
    """
    place = func.row_number().over(
        partition_by=Response.person_id, order_by=(Response.submitted_at.desc(), Response.id.desc())
    )
    newest = (
        select(Response.id, Version.number, place.label("place"))
        .join(Version, and_(Version.school_id == Response.school_id, Version.id == Response.version_id))
        .join(
            Questionnaire,
            and_(Questionnaire.school_id == Version.school_id, Questionnaire.id == Version.questionnaire_id),
        )
        .where(
            Response.school_id == school_id,
            Response.person_id.in_(person_ids),
            Response.submitted_at.is_not(None),
            Questionnaire.code == code,
            _lawful(school_id),
        )
        .subquery()
    )
    rows = session.execute(
        select(
            Response.id, Response.round_id, Response.person_id, newest.c.number, Response.submitted_at, Response.answers
        )
        .join(newest, newest.c.id == Response.id)
        .where(newest.c.place == 1)
    )
    return {row.person_id: Answers(*row) for row in rows}


def latest_answers(session: Session, school_id: int, person_id: int, code: str) -> Answers | None:
    """The newest answers that a person has sent to the questionnaire of this code (`ready`)."""
    return latest_of(session, school_id, [person_id], code).get(person_id)


@dataclass(frozen=True)
class Handed:
    """A questionnaire that a person has answered: in which round, what it is called, when it was sent off."""

    round_id: int
    title: str
    submitted_at: datetime


def handed_in(session: Session, school_id: int, person_id: int) -> list[Handed]:
    """What a person has sent off over the years under their name, newest first; the monthly questions about a pair are
    left out, and a profile without an open legal ground."""
    rows = session.execute(
        select(Response.round_id, Questionnaire.title, Response.submitted_at)
        .join(Round, and_(Round.school_id == Response.school_id, Round.id == Response.round_id))
        .join(
            Questionnaire, and_(Questionnaire.school_id == Round.school_id, Questionnaire.id == Round.questionnaire_id)
        )
        .where(
            Response.school_id == school_id,
            Response.person_id == person_id,
            Response.submitted_at.is_not(None),
            Response.kind != Kind.PULSE,
            _lawful(school_id),
        )
        .order_by(Response.submitted_at.desc(), Response.id.desc())
    )
    return [Handed(round_id, title, sent_at) for round_id, title, sent_at in rows if sent_at is not None]


def may_be_kept(session: Session, school_id: int, person_id: int, kind: Kind) -> bool:
    """Whether a person's answers to questionnaires of this kind may be written and read now."""
    purpose = PURPOSES.get(kind)
    return purpose is None or open_ground(session, school_id, person_id, purpose) is not None


def awaiting_consent(purpose: Purpose, school_id: SchoolId, day: Day) -> Select[int]:
    """Ids of the people whom an open round asks for a profile that may not be kept yet: their consent is needed. Who
    has withdrawn it since the round began has said no, and is not asked again."""
    kinds = [kind for kind, its in PURPOSES.items() if its is purpose]
    settled = exists().where(
        ProcessingGround.school_id == school_id,
        ProcessingGround.purpose == purpose,
        ProcessingGround.person_id == Participant.person_id,
        or_(
            ProcessingGround.closed_at.is_(None),
            and_(ProcessingGround.closed_why == ClosedWhy.WITHDRAWN, ProcessingGround.closed_at >= Round.started_at),
        ),
    )
    return (
        select(Participant.person_id)
        .join(Round, and_(Round.school_id == Participant.school_id, Round.id == Participant.round_id))
        .join(
            Questionnaire,
            and_(Questionnaire.school_id == Round.school_id, Questionnaire.id == Round.questionnaire_id),
        )
        .where(
            Participant.school_id == school_id,
            Questionnaire.kind.in_(fixed(*kinds)),
            Round.closed_at.is_(None),
            Round.opens_on <= day,
            Round.closes_on >= day,
            ~settled,
        )
    )


def _lawful(school_id: int) -> ColumnElement[bool]:
    """Of a response: it is no profile, or its person's profile may be processed now."""
    profiles = [
        and_(Response.kind == kind, Response.person_id.in_(people_with_ground(school_id, purpose)))
        for kind, purpose in PURPOSES.items()
    ]
    return or_(Response.kind.not_in(list(PURPOSES)), *profiles)


def _done() -> ColumnElement[bool]:
    """Of a participant and their response: they have answered."""
    return or_(Response.submitted_at.is_not(None), Participant.answered)


def _answer() -> ColumnElement[bool]:
    """The response of a participant."""
    return and_(
        Response.school_id == Participant.school_id,
        Response.round_id == Participant.round_id,
        Response.person_id == Participant.person_id,
    )
