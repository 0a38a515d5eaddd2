"""A mentor with one place, and five mentees who wait, four of whom are usually taken into a group."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import OPEN_STATES, Answer, Side
from moodle_mentorship.pairs.groups import queries, service
from moodle_mentorship.pairs.models import MentoringGroup, Pair
from moodle_mentorship.people.models import Person
from tests.conftest import NOW
from tests.factories import TestSchool, make_mentee, make_mentor, make_papers, make_person
from tests.pairs.conftest import ENDS, ORDER, STARTS

NAMES = ("Белкина Яна Юрьевна", "Волков Ян Юрьевич", "Громова Ия Юрьевна", "Дроздов Лев Юрьевич", "Ежова Ада Юрьевна")


@dataclass
class Several:
    """The people of a group, and shortcuts to its verbs."""

    session: Session
    school: TestSchool
    mentor: Person
    mentees: list[Person]

    @property
    def curator(self) -> Actor:
        return self.school.actor()

    @property
    def leader(self) -> Actor:
        return self.school.actor(self.mentor, Role.MENTOR)

    def propose(self, *mentees: Person, **changes: Any) -> MentoringGroup:
        values: dict[str, Any] = {
            "mentor_person_id": self.mentor.id,
            "mentee_person_ids": [person.id for person in mentees or self.mentees[:4]],
            "theme": "discipline",
            "starts_on": STARTS,
            "ends_on": ENDS,
            "now": NOW,
        }
        return service.propose_group(self.session, self.curator, **(values | changes))

    def members(self, group: MentoringGroup) -> list[Pair]:
        return list(queries.members(self.session, self.school.id, group.id))

    def say(self, pair: Pair, said: Answer = Answer.YES) -> Pair:
        """The answer of a member."""
        who = self.school.actor(pair.mentee, Role.MENTEE)
        return pairs.answer(self.session, who, pair.id, Side.MENTEE, said, NOW)

    def answer(self, group: MentoringGroup, said: Answer = Answer.YES) -> MentoringGroup:
        return service.answer_group(self.session, self.leader, group.id, said, NOW)

    def agreed(self) -> MentoringGroup:
        group = self.propose()
        for pair in self.members(group):
            make_papers(self.session, self.mentor, pair.mentee, NOW)
            self.say(pair)
        return self.answer(group)

    def order(self, group: MentoringGroup, **changes: Any) -> service.Ordered:
        return service.order_group(self.session, Jobs(), self.curator, group.id, now=NOW, **(ORDER | changes))

    def ordered(self) -> MentoringGroup:
        group = self.agreed()
        self.order(group)
        return group

    def another_mentor(self, capacity: int = 1) -> Person:
        person = self.school.teachers[1]
        make_mentor(self.session, person, NOW, capacity)
        self.session.commit()
        return person

    def counted(self, group: MentoringGroup) -> tuple[int, int]:
        """The group's open members and the mentor's places, each as the counter has it; both agree with the pairs."""
        self.session.expire_all()
        held = self.session.scalars(select(Mentor.places_held).where(Mentor.person_id == group.mentor_person_id)).one()
        opened = sum(pair.state in OPEN_STATES for pair in self.members(group))
        assert (group.members_open, held) == (opened, int(opened > 0))
        return group.members_open, held

    def states(self, group: MentoringGroup) -> list[str]:
        self.session.expire_all()
        return [pair.state.value for pair in self.members(group)]

    def waiting(self) -> list[str]:
        self.session.expire_all()
        ids = [person.id for person in self.mentees]
        rows = self.session.scalars(select(Mentee).where(Mentee.person_id.in_(ids)).order_by(Mentee.person_id))
        return [row.state.value for row in rows]


def make_several(session: Session, school: TestSchool, capacity: int = 1) -> Several:
    mentor = school.teachers[0]
    make_mentor(session, mentor, NOW, capacity)
    mentees = [
        make_person(session, school.id, 500 + number, name, now=NOW, hire_date=date(2026, 9, 1))
        for number, name in enumerate(NAMES)
    ]
    for person in mentees:
        make_mentee(session, person, NOW)
    session.commit()
    return Several(session, school, mentor, mentees)


@pytest.fixture
def several(session: Session, school: TestSchool) -> Several:
    return make_several(session, school)


@pytest.fixture
def other_several(session: Session, other_school: TestSchool) -> Several:
    return make_several(session, other_school)
