"""A mentor with one place and a mentee who waits, in both schools; and a demonstration Moodle with the same people."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.pairs import service
from moodle_mentorship.pairs.enums import Answer, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import TestSchool, make_mentee, make_mentor, make_papers

STARTS, ENDS = date(2026, 12, 1), date(2027, 5, 31)
ORDER: dict[str, Any] = {"order_date": date(2026, 11, 24), "order_number": "143-ОД", "today": date(2026, 11, 24)}


@dataclass
class Two:
    """The people of a pair, and shortcuts to its verbs."""

    session: Session
    school: TestSchool
    mentor: Person
    mentee: Person

    @property
    def curator(self) -> Actor:
        return self.school.actor()

    def as_(self, side: Side) -> Actor:
        person = self.mentor if side is Side.MENTOR else self.mentee
        return self.school.actor(person, Role(side.value))

    def propose(self, **changes: Any) -> Pair:
        values: dict[str, Any] = {
            "mentor_person_id": self.mentor.id,
            "mentee_person_id": self.mentee.id,
            "starts_on": STARTS,
            "ends_on": ENDS,
            "now": NOW,
        }
        return service.propose(self.session, self.curator, **(values | changes))

    def answer(self, pair: Pair, side: Side, said: Answer = Answer.YES) -> Pair:
        return service.answer(self.session, self.as_(side), pair.id, side, said, NOW)

    def agreed(self) -> Pair:
        make_papers(self.session, self.mentor, self.mentee, NOW)
        pair = self.propose()
        self.answer(pair, Side.MENTEE)
        return self.answer(pair, Side.MENTOR)

    def ordered(self) -> Pair:
        pair = self.agreed()
        return service.order(self.session, Jobs(), self.curator, pair.id, now=NOW, **ORDER)


def make_two(session: Session, school: TestSchool, capacity: int = 1) -> Two:
    mentor, mentee = school.teachers[:2]
    make_mentor(session, mentor, NOW, capacity)
    make_mentee(session, mentee, NOW)
    session.commit()
    return Two(session, school, mentor, mentee)


@pytest.fixture
def two(session: Session, school: TestSchool) -> Two:
    return make_two(session, school)


@pytest.fixture
def other_two(session: Session, other_school: TestSchool) -> Two:
    return make_two(session, other_school)
