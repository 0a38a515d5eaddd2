"""A school in which a mentee has answered, with a word about a mentor that is the curator's alone."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.holdings import Subject
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Round
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_consent, make_round

SAID: dict[str, Any] = {
    "hardest": ["discipline"],
    "levels": {"discipline": 3},
    "urgent": "Последние уроки в 7 «В»",
    "help": ["visit"],
    "free": ["2-after"],
}

Answers = Callable[..., Round]


@pytest.fixture
def answers(app: object, session: Session, school: TestSchool) -> Answers:
    """Have a person answer the questionnaire for mentees; `vetoes` is for the curator's eyes."""

    def answer(person: Person, vetoes: str = "Не с соседом по кабинету") -> Round:
        make_consent(session, person, NOW, ConsentKind.PROCESSING_MENTEE, scan=True)
        asked = make_round(session, school, [person], NOW)
        surveys.submit(
            session,
            BOX,
            Actor(school.id, person.id, frozenset()),
            asked.id,
            version=1,
            revision=0,
            said=SAID | {"vetoes": vetoes},
            listeners=Submitted(),
            today=date(2026, 11, 24),
            now=NOW,
        )
        session.commit()
        return asked

    return answer


def subject(person: Person) -> Subject:
    return Subject(person.school_id, person.id, person.moodle_user_id)


def held(runtime: Runtime, session: Session, person: Person) -> dict[str, int]:
    """Rows about a person, by table."""
    counted = {
        one.model.__tablename__: runtime.holdings.count(session, one, subject(person)) for one in runtime.holdings.held
    }
    return {name: number for name, number in counted.items() if number}
