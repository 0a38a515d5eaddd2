"""What the board asks of the curator on «Сегодня»: after a refusal, whom to propose next."""

from collections.abc import Iterable, Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.pairs import periods
from moodle_mentorship.pairs.board import queries
from moodle_mentorship.pairs.board.next_best import Next, next_best
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.web import current
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task

# Refusals that are told one by one, the oldest first; the others wait with all who wait for a mentor.
TOLD = 3


def refusals(session: Session, asked: Asked) -> Iterable[Task]:
    """Mentees whose last proposal was declined, each with the next best mentor and one click to propose them."""
    school = current.school()
    refused = queries.refused(session, school.id, school.year_begins, TOLD)
    if asked.briefly or not refused:
        return [UNWORDED] * len(refused)
    ids = [pair.mentee_person_id for pair in refused]
    found = next_best(session, current.runtime().box, school.id, asked.today, ids) or {}
    return [_task(pair, found.get(pair.mentee_person_id, ())) for pair in refused]


def _task(pair: Pair, found: Sequence[Next]) -> Task:
    page = url_for("pairs.show", pair_id=pair.id)
    since = local_date(pair.closed_at, current.school().timezone) if pair.closed_at is not None else None
    title = _("After a refusal, a mentor is sought: %(mentee)s", mentee=pair.mentee.short_name)
    if not found or found[0].takes_from_others:
        detail = _("No free place can be given without taking it from somebody else who waits.")
        return Task(title, detail, (Step(_("Look at it"), page),), since=since)
    best = found[0]
    places = ngettext("%(num)d place free", "%(num)d places free", best.places)
    detail = _("Next best: %(mentor)s, fits by %(percent)s %%", mentor=best.mentor.short_name, percent=best.percent)
    return Task(
        title,
        f"{detail}, {places}",
        (Step(_("Propose"), url_for("pairs.propose"), proposal(pair, best)), Step(_("Others"), page)),
        since=since,
    )


def proposal(pair: Pair, of: Next) -> dict[str, str]:
    """The fields of a proposal of this mentor to the mentee of a pair, for the usual period."""
    school = current.school()
    begins, ends = periods.usual(current.today(), school)
    hired = [person.hire_date for person in (pair.mentee, of.mentor) if person.hire_date is not None]
    return {
        "mentee_person_id": str(pair.mentee_person_id),
        "mentor_person_id": str(of.mentor.id),
        "starts_on": max([begins, *hired]).isoformat(),
        "ends_on": ends.isoformat(),
    }
