"""What the database itself refuses: profile data without a ground of this very person, two open grounds of a kind."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.models import ProcessingGround, profile_ground
from moodle_mentorship.core.db import Base
from moodle_mentorship.core.grounds import Purpose
from tests.conftest import NOW
from tests.factories import TestSchool, make_ground


@pytest.fixture
def profile(session: Session) -> Table:
    """A table as a higher room makes it."""
    metadata = MetaData()
    ground = Base.metadata.tables["processing_ground"].to_metadata(metadata)
    for name in ("school", "person"):
        Base.metadata.tables[name].to_metadata(metadata)
    table = Table(
        "profile_of_a_test",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("school_id", Integer, nullable=False),
        Column("person_id", Integer, nullable=False),
        Column("ground_id", Integer, nullable=False),
        profile_ground(),
    )
    assert ground.name == "processing_ground"
    table.create(session.connection())
    return table


def test_profile_data_need_a_ground_of_this_person_and_school(
    session: Session, school: TestSchool, other_school: TestSchool, profile: Table
) -> None:
    person, colleague = school.teachers[:2]
    ground = make_ground(session, person, NOW)
    wrong = [
        (school.id, person.id, ground.id + 1000),
        (school.id, colleague.id, ground.id),
        (other_school.id, other_school.teachers[0].id, ground.id),
    ]
    for school_id, person_id, ground_id in wrong:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(profile).values(school_id=school_id, person_id=person_id, ground_id=ground_id))
    session.execute(insert(profile).values(school_id=school.id, person_id=person.id, ground_id=ground.id))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(delete(ProcessingGround).where(ProcessingGround.id == ground.id))


def test_a_ground_cannot_point_into_another_school(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    stranger = other_school.teachers[0]
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(
            ProcessingGround(
                school_id=school.id,
                person_id=stranger.id,
                purpose=Purpose.MENTEE_PROFILE,
                kind=GroundKind.PAPER_CONSENT,
                opened_at=NOW,
            )
        )


def test_of_each_kind_one_ground_is_open(session: Session, school: TestSchool) -> None:
    person = school.teachers[0]
    paper = make_ground(session, person, NOW)
    make_ground(session, person, NOW, kind=GroundKind.ELECTRONIC_MARK)
    make_ground(session, person, NOW, Purpose.MENTOR_PROFILE)
    twice = r"uq_processing_ground_open|processing_ground\.school_id"
    with pytest.raises(IntegrityError, match=twice), session.begin_nested():
        make_ground(session, person, NOW)
    paper.closed_at, paper.closed_why = NOW, ClosedWhy.WITHDRAWN
    session.flush()
    make_ground(session, person, NOW)


@pytest.mark.parametrize("half", [{"closed_at": NOW}, {"closed_why": ClosedWhy.ENDED}])
def test_a_closed_ground_says_when_and_why(session: Session, school: TestSchool, half: dict[str, object]) -> None:
    ground = make_ground(session, school.teachers[0], NOW)
    with pytest.raises(IntegrityError, match="ck_processing_ground_closed"), session.begin_nested():
        session.execute(update(ProcessingGround).where(ProcessingGround.id == ground.id).values(half))
