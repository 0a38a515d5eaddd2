"""Requests: asked by the person, or by a curator who holds a letter; answered by a curator."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.personal_data.enums import Outcome, RequestKind
from moodle_mentorship.personal_data.errors import AlreadyAnswered, AlreadyAsked, OwnRequest
from moodle_mentorship.personal_data.models import DataRequest

#: Working days for an answer (152-ФЗ ст. 20 ч. 3).
TIME = 7


def ask(
    session: Session,
    box: SecretBox,
    actor: Actor,
    person_id: int,
    kind: RequestKind,
    text: str | None,
    working_days: int,
    today: date,
    now: datetime,
) -> DataRequest:
    """Put a request down; it appears on the curators' «Сегодня». Raises `NotFound`, `AlreadyAsked`."""
    person_of(session, actor.school_id, person_id)
    request = DataRequest(
        school_id=actor.school_id,
        person_id=person_id,
        kind=kind,
        sealed_text=box.seal(text) if text else None,
        asked_at=now,
        asked_by=actor.person_id,
        due_on=working_days_later(today, TIME, working_days),
    )
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        raise AlreadyAsked(f"person {person_id}, {kind}") from None
    record(session, actor, "data.ask", "data_request", request.id, now, kind=kind.value)
    return request


def answer(
    session: Session, box: SecretBox, actor: Actor, request_id: int, outcome: Outcome, remark: str, now: datetime
) -> DataRequest:
    """Say what was done, or why it is refused; the person reads it. An erasure is carried out by `erasing.erase`, here
    it can only be refused. Raises `NotFound`, `AlreadyAnswered`, `OwnRequest`."""
    request = unanswered(session, actor, request_id)
    if request.kind is RequestKind.ERASURE and outcome is Outcome.DONE:
        raise NotFound(f"request {request_id} is an erasure")
    request.answered_at, request.answered_by, request.outcome = now, actor.person_id, outcome
    request.sealed_remark = box.seal(remark)
    record(session, actor, "data.answer", "data_request", request_id, now, outcome=outcome.value)
    session.flush()
    return request


def unanswered(session: Session, actor: Actor, request_id: int) -> DataRequest:
    """The request, held until the commit, for whoever decides about it. Raises `NotFound`, `AlreadyAnswered`,
    `OwnRequest`."""
    request = session.scalars(
        select(DataRequest)
        .where(DataRequest.school_id == actor.school_id, DataRequest.id == request_id)
        .with_for_update(of=DataRequest)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if request is None:
        raise NotFound(f"request {request_id}")
    if request.answered_at is not None:
        raise AlreadyAnswered(f"request {request_id}")
    if request.person_id == actor.person_id:
        raise OwnRequest(f"request {request_id}")
    return request


def working_days_later(day: date, number: int, in_week: int) -> date:
    """The `number`-th working day after `day`; `in_week`: 5 or 6. Holidays count as working days, so the term is never
    later than the law's."""
    while number:
        day += timedelta(days=1)
        number -= day.isoweekday() <= in_week
    return day
