"""A group has one place in Moodle's course: whoever is ordered comes into it, whoever ends leaves it."""

from sqlalchemy import func, select

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs import jobs
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import EndReason
from moodle_mentorship.pairs.groups import service
from moodle_mentorship.pairs.models import Pair, Space
from tests.conftest import NOW
from tests.factories import make_papers
from tests.pairs.conftest import Two
from tests.pairs.groups.conftest import Several
from tests.pairs.test_jobs import Course


def test_all_pairs_of_a_group_share_one_place(runtime: Runtime, several: Several) -> None:
    session = several.session
    course = Course(runtime, Two(session, several.school, several.mentor, several.mentees[0]))
    for person in several.mentees[1:]:
        course.account(person)
    group = several.ordered()
    late = service.add_member(session, several.curator, group.id, mentee_person_id=several.mentees[4].id, now=NOW)
    members = several.members(group)
    assert len({pair.space_id for pair in members}) == 1
    course.deliver(jobs.keep_space, members[0])
    (made,) = course.groups()
    mentor = several.mentor.moodle_user_id
    assert made.members == {mentor, *(person.moodle_user_id for person in several.mentees[:4])}
    # Who joins later comes into the same; who leaves goes, the mentor stays for the others.
    make_papers(session, several.mentor, late.mentee, NOW)
    several.say(late)
    several.answer(group)
    several.order(group)
    pairs.end(session, Jobs(), several.curator, members[0].id, EndReason.AGREEMENT, NOW)
    course.deliver(jobs.keep_space, members[0])
    assert made.members == {mentor, *(person.moodle_user_id for person in several.mentees[1:])}
    service.end_group(session, Jobs(), several.curator, group.id, EndReason.COMPLETED, NOW)
    course.deliver(jobs.keep_space, members[0])
    assert (len(course.groups()), made.members) == (1, set())


def test_who_leaves_for_another_mentor_gets_a_place_of_their_own(several: Several) -> None:
    other = several.another_mentor()
    group = several.ordered()
    pair = several.members(group)[0]
    pairs.end(several.session, Jobs(), several.curator, pair.id, EndReason.MENTEE_REFUSED, NOW)
    alone = pairs.replace(several.session, Jobs(), several.curator, pair.id, mentor_person_id=other.id, now=NOW)
    assert alone.space_id not in {member.space_id for member in several.members(group)}
    assert several.session.scalar(select(func.count()).select_from(Space)) == 2
    assert several.session.scalar(select(func.count()).select_from(Pair)) == 5
