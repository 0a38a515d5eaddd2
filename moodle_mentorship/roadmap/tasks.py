"""Lines that wait for their responsible, on «Сегодня»."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.roadmap import queries, reminding
from moodle_mentorship.roadmap.enums import Standing
from moodle_mentorship.web import current
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task

#: Lines that a task names by their words; of more it says how many.
NAMED = 3


def marked_lines() -> queries.Marked | None:
    """The lines of this year, which the tasks and the line of the year on «Сегодня» both read."""
    year = current.school().year_begins.year
    return current.once("roadmap.marked", lambda: queries.marked(current.session(), current.school().id, year))


def road_map_tasks(_session: Session, asked: Asked) -> Iterable[Task]:
    """What is late, and what is due within two weeks: a task each, however many lines there are."""
    marked = marked_lines()
    waiting = reminding.waiting(marked, asked.today) if marked is not None else []
    mine = [one for one in waiting if reminding.concerns(one.line, asked.role, asked.actor.person_id)]
    for standing in (Standing.LATE, Standing.NEXT):
        rows = [one for one in mine if (one.progress.standing is Standing.LATE) is (standing is Standing.LATE)]
        if not rows:
            continue
        if asked.briefly:
            yield UNWORDED
            continue
        named = "; ".join(f"{one.number} {reminding.shortened(one.line.content)}" for one in rows[:NAMED])
        yield Task(
            title=ngettext("%(num)d line of the road map is late", "%(num)d lines of the road map are late", len(rows))
            if standing is Standing.LATE
            else ngettext(
                "%(num)d line of the road map is due within two weeks",
                "%(num)d lines of the road map are due within two weeks",
                len(rows),
            ),
            detail=named if len(rows) <= NAMED else _("%(lines)s and others", lines=named),
            steps=(
                Step(_("Open the line"), url_for("roadmap.line", line_id=rows[0].line.id))
                if len(rows) == 1
                else Step(_("Open the road map"), url_for("roadmap.index", show=standing.value)),
            ),
            due=min(one.due for one in rows),
        )
