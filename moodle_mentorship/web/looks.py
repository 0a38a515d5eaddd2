"""Views that show what is private of somebody say so here (`core.looks`); the edge keeps it before an answer leaves."""

from flask import g

from moodle_mentorship.core.looks import note
from moodle_mentorship.web import current


def noted(what: str, person_id: int | None = None) -> None:
    """The visitor looks at this of a person, or (None) takes along a list of many. One's own leaves no trace."""
    if current.actor().person_id not in (None, person_id):
        g.setdefault("looks", []).append((what, person_id))


def keep() -> None:
    """Write down what was looked at in this request, which itself only read and is over; where that can't be kept,
    nothing is shown."""
    actor = current.actor()
    if actor.person_id is None:
        return
    with current.runtime().db.unit_of_work() as session:
        for what, person_id in g.looks:
            note(session, actor.school_id, actor.person_id, what, person_id, current.now())
