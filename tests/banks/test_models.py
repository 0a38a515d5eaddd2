"""Each constraint of the two banks bites."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks.models import Mentee
from tests.conftest import NOW
from tests.factories import TestSchool, make_mentee, make_mentor


def test_a_person_stands_in_each_bank_once(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    make_mentee(session, person, NOW)
    make_mentor(session, person, NOW)
    with pytest.raises(IntegrityError, match=r"mentee\.school_id|uq_mentee"), session.begin_nested():
        make_mentee(session, person, NOW)
    with pytest.raises(IntegrityError, match=r"mentor\.school_id|uq_mentor"), session.begin_nested():
        make_mentor(session, person, NOW)


@pytest.mark.parametrize(
    ("capacity", "held", "constraint"),
    [(4, 0, "ck_mentor_capacity"), (-1, -1, "ck_mentor_"), (1, 2, "ck_mentor_places"), (1, -1, "ck_mentor_places")],
)
def test_places_stay_between_nothing_and_capacity(
    session: Session, school: TestSchool, capacity: int, held: int, constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), session.begin_nested():
        make_mentor(session, school.teachers[0], NOW, capacity, held)


def test_an_entry_cannot_point_into_another_school(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    stranger = other_school.teachers[0]
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Mentee(school_id=school.id, person_id=stranger.id, state_since=NOW, entered_at=NOW))
