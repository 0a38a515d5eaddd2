"""A school with five mentees who wait and three mentors with four places, all with questionnaires; and its board."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import wishes
from moodle_mentorship.banks.enums import Bank, Wish
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.board import jobs, queries, service
from moodle_mentorship.pairs.board.enums import Because, Keep, MarkKind
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.board.queries import Opened
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Round
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_mentee, make_mentor, make_person, make_round

THEMES = ("planning", "discipline", "assessment", "diversity", "parents", "documents", "digital", "homeroom")

# Name, subjects, whole years of work, needs.
MENTEES = {
    "Лебедева Анна Игоревна": ("математика", 0, {"discipline": 3, "planning": 2}),
    "Мурадова Алина Эльдаровна": ("начальные классы", 0, {"parents": 3}),
    "Никитин Егор Глебович": ("физкультура", 0, {"discipline": 3, "documents": 2}),
    "Гайдай Тамара Юрьевна": ("история", 2, {"digital": 3}),
    "Орлова Софья Марковна": ("математика", 5, {"digital": 2}),
}
MORE_MENTEES = {
    "Белкина Яна Юрьевна": ("химия", 0, {"discipline": 2}),
    "Волков Ян Юрьевич": ("химия", 1, {"digital": 3}),
    "Громова Ия Юрьевна": ("химия", 0, {"discipline": 3}),
}
# Name, subjects, years, places, strengths.
MENTORS = {
    "Тихонова Елена Сергеевна": ("математика", 17, 2, {"discipline": 3, "planning": 3}),
    "Абрамова Галина Львовна": ("начальные классы", 24, 1, {"parents": 3, "documents": 2}),
    "Юсупов Руслан Тимурович": ("физкультура", 9, 1, {"discipline": 2, "digital": 3}),
}


@dataclass
class BoardSchool:
    """The people by surname, and shortcuts to the board's verbs."""

    session: Session
    runtime: Runtime
    school: TestSchool
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def curator(self) -> Actor:
        return self.school.actor()

    def id(self, surname: str) -> int:
        return self.people[surname].id

    def calculate(self) -> Opened:
        """A new draft, calculated to its end."""
        return self.run(service.calculate(self.session, Jobs(), self.curator, NOW))

    def run(self, draft: Draft) -> Opened:
        self.session.commit()
        jobs.run(self.runtime, draft.id)
        self.session.expire_all()
        opened = queries.opened(draft, BOX)
        assert opened is not None, (draft.state, draft.error_code)
        return opened

    def newest(self) -> Draft:
        draft = queries.newest(self.session, self.school.id)
        assert draft is not None
        return draft

    @property
    def revision(self) -> int:
        return queries.board_of(self.session, self.school.id).revision

    def mark(
        self,
        mentee: str,
        mentor: str,
        kind: MarkKind = MarkKind.PIN,
        because: Because = Because.JUDGEMENT,
        *,
        keep: Keep | None = None,
        draft: int | None = None,
    ) -> Mark:
        return service.mark(
            self.session,
            Jobs(),
            BOX,
            self.curator,
            revision=self.revision,
            mentee_person_id=self.id(mentee),
            mentor_person_id=self.id(mentor),
            kind=kind,
            because=because,
            now=NOW,
            keep=keep,
            draft=draft,
        )

    def wish(self, author: str, of: str, wish: Wish | None) -> None:
        """What a mentee or a mentor says of a colleague."""
        bank = Bank.MENTORS if any(name.startswith(author) for name in MENTORS) else Bank.MENTEES
        who = self.people[author]
        wishes.say(self.session, BOX, self.school.actor(who), who.id, bank, self.id(of), wish, NOW)

    def by_surname(self, opened: Opened) -> dict[str, str | None]:
        """The draft's pairs as surnames."""
        names = {person.id: surname for surname, person in self.people.items()}
        return {
            names[mentee]: names[mentor] if mentor is not None else None
            for mentee, mentor in opened.result.assignment.items()
        }


def make_board_school(session: Session, runtime: Runtime, school: TestSchool) -> BoardSchool:
    made = BoardSchool(session, runtime, school)
    begun = date(2026, 9, 1)

    def person(number: int, name: str, subjects: str, years: int) -> Person:
        hired = begun - timedelta(days=years * 366)
        found = make_person(session, school.id, number, name, now=NOW, subjects=subjects, hire_date=hired)
        made.people[found.last_name] = found
        return found

    for number, (name, (subjects, years, _needs)) in enumerate(MENTEES.items(), 200):
        make_mentee(session, person(number, name, subjects, years), NOW)
    for number, (name, (subjects, years, places, _strengths)) in enumerate(MENTORS.items(), 300):
        make_mentor(session, person(number, name, subjects, years), NOW, places)
    for name, (_subjects, _years, levels) in MENTEES.items():
        answer(session, school, made.people[name.split()[0]], "need", need(levels))
    for name, (_subjects, _years, _places, strengths) in MENTORS.items():
        answer(session, school, made.people[name.split()[0]], "offer", offer(strengths))
    session.commit()
    return made


def need(levels: Mapping[str, int]) -> dict[str, Any]:
    return {
        "hardest": list(levels)[:1],
        "levels": {theme: str(levels.get(theme, 0)) for theme in THEMES},
        "help": ["talk"],
        "free": ["1-after", "3-2"],
    }


def offer(strengths: Mapping[str, int]) -> dict[str, Any]:
    return {
        "strengths": {theme: str(strengths.get(theme, 0)) for theme in THEMES},
        "experience": "no",
        "capacity": "1",
        "hours": "upto4",
        "free": ["1-after", "3-2", "5-1"],
    }


def answer(session: Session, school: TestSchool, person: Person, code: str, said: dict[str, Any]) -> None:
    """A questionnaire asked and sent off, also by somebody who has answered one before."""
    rounds = session.scalars(select(func.count()).select_from(Round)).one()
    asked = make_round(session, school, [person], NOW, code, days=14 + rounds)
    surveys.submit(
        session,
        BOX,
        school.actor(person, Role.MENTEE if code == "need" else Role.MENTOR),
        asked.id,
        version=1,
        revision=0,
        said=said,
        listeners=Submitted(),
        today=NOW.date(),
        now=NOW,
    )


@pytest.fixture
def board(session: Session, runtime: Runtime, school: TestSchool) -> BoardSchool:
    return make_board_school(session, runtime, school)


@pytest.fixture
def crowd(board: BoardSchool) -> BoardSchool:
    """The same with three more who wait: four have the first difficulty, three another one."""
    for number, (name, (subjects, years, levels)) in enumerate(MORE_MENTEES.items(), 400):
        add_mentee(board, number, name, subjects, years)
        answer(board.session, board.school, board.people[name.split()[0]], "need", need(levels))
    board.session.commit()
    return board


def add_mentee(board: BoardSchool, number: int, name: str, subjects: str = "химия", years: int = 0) -> Person:
    hired = date(2026, 9, 1) - timedelta(days=years * 366)
    person = make_person(board.session, board.school.id, number, name, now=NOW, subjects=subjects, hire_date=hired)
    make_mentee(board.session, person, NOW)
    board.people[person.last_name] = person
    return person


@pytest.fixture
def other_board(session: Session, runtime: Runtime, other_school: TestSchool) -> BoardSchool:
    return make_board_school(session, runtime, other_school)
