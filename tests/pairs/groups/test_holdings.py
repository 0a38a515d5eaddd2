"""What the school tells of a group to its mentor and its members, and what an erasure leaves of it."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs.enums import EndReason
from moodle_mentorship.pairs.groups import service
from moodle_mentorship.pairs.models import MentoringGroup, Pair
from tests.conftest import NOW, SignIn
from tests.pairs.board.test_views import text_of
from tests.pairs.groups.conftest import Several
from tests.personal_data.conftest import subject


def test_mentor_and_member_read_of_their_group_and_of_nobody_else_in_it(
    sign_in: SignIn, session: Session, several: Several
) -> None:
    several.ordered()
    session.commit()
    member = several.mentees[0]
    page = text_of(sign_in(several.school, member).get("/my-data/").text)
    assert "Тема группы Дисциплина на уроке" in page
    assert several.mentees[1].short_name.replace("\u00a0", " ") not in page
    assert "Группы, которые вы ведёте" in text_of(sign_in(several.school, several.mentor).get("/my-data/").text)


@pytest.mark.parametrize("ordered", [False, True])
def test_a_group_goes_with_its_mentor_unless_an_order_names_its_members(
    app: Flask, runtime: Runtime, session: Session, several: Several, ordered: bool
) -> None:
    if ordered:
        group = several.ordered()
        service.end_group(session, Jobs(), several.curator, group.id, EndReason.COMPLETED, NOW)
    else:
        group = several.propose()
        service.withdraw_group(session, several.curator, group.id, NOW)
    session.commit()
    member = several.mentees[0]
    runtime.holdings.erase(session, several.curator, subject(member), NOW, employed=False)
    # A member's erasure takes nothing of the others' group.
    left = session.scalars(select(Pair.mentee_person_id).order_by(Pair.id)).all()
    assert left == [person.id for person in several.mentees[:4] if ordered or person is not member]
    assert session.scalars(select(MentoringGroup.id)).all() == [group.id]
    runtime.holdings.erase(session, several.curator, subject(several.mentor), NOW, employed=False)
    assert session.scalars(select(MentoringGroup.id)).all() == ([group.id] if ordered else [])
