"""Whom a line waits for: what is late or due soon, whose it is, and the message that Moodle sends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.sites import site_of
from moodle_mentorship.moodle.to_people import LONGEST_TEXT, queue_messages, reaches_people
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import holders
from moodle_mentorship.roadmap import queries
from moodle_mentorship.roadmap.enums import Standing
from moodle_mentorship.roadmap.frozen import numbers
from moodle_mentorship.roadmap.models import Line, RoadMap
from moodle_mentorship.roadmap.progress import Progress, asks
from moodle_mentorship.school.queries import school_of

#: So long before the last day Moodle writes.
BEFORE = timedelta(days=7)
#: Roles that are appointed; a line of the mentors, or of somebody who is only described, is the curator's to see to.
APPOINTED = (Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK)

SUBJECT = N_("The road map: what is due")
OPENING = N_("You are named as responsible in the school's road map of mentoring.")
LATE = N_("Late since %(day)s: %(number)s %(content)s")
SOON = N_("Due until %(day)s: %(number)s %(content)s")
CLOSING = N_("Open the course and click the mentoring link there: the page “Today” leads to the line.")


@dataclass(frozen=True)
class Waiting:
    """A line that is late or due soon."""

    line: Line
    number: str
    progress: Progress
    due: date


def waiting(marked: queries.Marked, today: date) -> list[Waiting]:
    """Lines of the year that are late or due within two weeks, by what is marked."""
    number = numbers(marked.lines)
    found = []
    for line in marked.lines:
        stands = marked.progress_of(line, today)
        if stands.due is not None and asks(stands, today):
            found.append(Waiting(line, number[line.id], stands, stands.due))
    return found


def concerns(line: Line, role: Role, person_id: int | None) -> bool:
    """Whether somebody who looks at this role's «Сегодня» is to see to the line."""
    if line.responsible_person_id is not None:
        return line.responsible_person_id == person_id
    return role is _role_of(line)


def shortened(content: str, most: int = 90) -> str:
    """The beginning of a line, up to a word."""
    if len(content) <= most:
        return content
    return content[:most].rsplit(" ", 1)[0].rstrip(" ,;:–-«(") + "…"


def write_to_responsible(session: Session, jobs: Jobs, actor: Actor, today: date, now: datetime) -> int:
    """Have Moodle write to whom a line waits for: a week before its last day, and once when it is late. How many people
    it writes to; none where the school has switched that off, or Moodle can't. Never twice a day.
    """
    school = school_of(session, actor.school_id)
    site = site_of(session, actor.school_id)
    if site is None or not reaches_people(session, actor.school_id):
        return 0
    road_map = session.scalars(
        select(RoadMap)
        .where(RoadMap.school_id == actor.school_id, RoadMap.year_start == school.year_start)
        .with_for_update(of=RoadMap)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if road_map is None or not road_map.reminds or road_map.written_on == today:
        return 0
    lines = queries.lines_of(session, actor.school_id, road_map.id)
    rows = waiting(queries.Marked(road_map, lines, queries.ticks_of(session, actor.school_id, road_map.id)), today)
    by_role = holders(session, actor.school_id)
    texts: dict[int, list[str]] = {}
    for one in rows:
        late = one.progress.standing is Standing.LATE
        told = one.line.late_told if late else one.line.soon_told
        if told == one.due or not (late or one.due <= today + BEFORE):
            continue
        sentence = translate(
            school.locale,
            LATE if late else SOON,
            day=f"{one.due:%d.%m.%Y}",
            number=one.number,
            content=shortened(one.line.content, 200),
        )
        for person in _people(one.line, by_role):
            texts.setdefault(person.moodle_user_id, []).append(sentence)
        if late:
            one.line.late_told = one.due
        else:
            one.line.soon_told = one.due
    if not texts:
        session.flush()
        return 0
    opening, closing = translate(school.locale, OPENING), translate(school.locale, CLOSING)
    messages = [(number, _message(opening, said, closing)) for number, said in texts.items()]
    key = f"road_map:{road_map.id}:{today.isoformat()}"
    subject = translate(school.locale, SUBJECT)
    queue_messages(session, jobs, actor.school_id, messages, key, subject, site.course_url, now)
    road_map.written_on = today
    record(session, actor, "road_map.write", "road_map", road_map.id, now, written=len(messages))
    session.flush()
    return len(messages)


def _role_of(line: Line) -> Role:
    return line.responsible_role if line.responsible_role in APPOINTED else Role.CURATOR


def _people(line: Line, by_role: dict[Role, list[Person]]) -> list[Person]:
    if line.responsible_person_id is not None:
        named = line.responsible_person
        return [named] if named is not None and named.employed else []
    return [person for person in by_role.get(_role_of(line), []) if person.employed]


def _message(opening: str, said: list[str], closing: str) -> str:
    """As many sentences as a message holds; the page shows them all."""
    fits = LONGEST_TEXT - len(opening) - len(closing) - 10
    body = ""
    for sentence in said:
        if len(body) + len(sentence) > fits:
            break
        body += f"{sentence}\n"
    return f"{opening}\n\n{body}\n{closing}"
