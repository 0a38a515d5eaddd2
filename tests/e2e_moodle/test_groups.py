"""A mentoring group on a running Moodle: all its pairs share one place in the course, from the order to the archive.

Run with `make e2e-moodle` (docs/operations.md names the environment).
"""

from typing import Any

from sqlalchemy import select

from moodle_mentorship.core.actor import Actor, Role, system_actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, EndReason, PairState, Side
from moodle_mentorship.pairs.groups import queries
from moodle_mentorship.pairs.groups import service as groups
from moodle_mentorship.pairs.models import Space
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School
from moodle_mentorship.sync.outbox import deliver_due
from tests.e2e_moodle.running import Moodle, Sidecar, course_groups
from tests.factories import make_mentee, make_mentor, make_papers

SCHOOL = 1
CURATOR = system_actor(SCHOOL)


def test_one_place_in_the_course_for_all_members(
    moodle: Moodle, sidecar: Sidecar, runtime: Runtime, connected: int
) -> None:
    def place() -> dict[str, Any]:
        deliver_due(runtime)
        sidecar.wait("SELECT count(*) FROM outbox_item WHERE state <> 'delivered'", 0, seconds=90)
        ours = sidecar.value("SELECT moodle_idnumber FROM pair_space")
        [found] = [group for group in course_groups(moodle, connected) if group["idnumber"] == ours]
        return found

    with runtime.db.unit_of_work() as session:
        now = runtime.clock.now()
        school = session.scalars(select(School)).one()
        here = Person.school_id == SCHOOL, Person.status == StaffStatus.ACTIVE
        mentor, *mentees = session.scalars(select(Person).where(*here).order_by(Person.id).limit(4)).all()
        make_mentor(session, mentor, now)
        for person in mentees:
            make_mentee(session, person, now)
            make_papers(session, mentor, person, now)
        group = groups.propose_group(
            *(session, CURATOR),
            mentor_person_id=mentor.id,
            mentee_person_ids=[person.id for person in mentees],
            theme="discipline",
            starts_on=local_date(now, school.timezone),
            ends_on=school.year_ends,
            now=now,
        )
        groups.answer_group(session, acting(mentor, Role.MENTOR), group.id, Answer.YES, now)
        members = queries.members(session, SCHOOL, group.id)
        for pair in members:
            pairs.answer(session, acting(pair.mentee, Role.MENTEE), pair.id, Side.MENTEE, Answer.YES, now)
        today = local_date(now, school.timezone)
        ordered: dict[str, Any] = {"order_date": today, "order_number": "143-ОД", "today": today, "now": now}
        groups.order_group(session, runtime.jobs, CURATOR, group.id, **ordered)
        group_id, first = group.id, members[0].id
    stands = place()
    assert stands["name"].startswith("Группа: ")
    assert len(stands["members"]) == len(stands["conversation"]) == 4
    assert len(stands["groupings"]) == 1

    with runtime.db.unit_of_work() as session:
        pairs.end(session, runtime.jobs, CURATOR, first, EndReason.AGREEMENT, runtime.clock.now())
    assert len(place()["members"]) == 3

    with runtime.db.unit_of_work() as session:
        groups.end_group(session, runtime.jobs, CURATOR, group_id, EndReason.COMPLETED, runtime.clock.now())
        states = {pair.state for pair in queries.members(session, SCHOOL, group_id)}
    assert states == {PairState.ENDED}
    over = place()
    assert (over["members"], over["conversation"]) == ([], [])
    assert over["name"] == f"Архив. {stands['name']}"
    with runtime.db.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Space.archived_at)).one() is not None


def acting(person: Person, role: Role) -> Actor:
    return Actor(school_id=SCHOOL, person_id=person.id, roles=frozenset({role}))
