"""What consents ask of each role on «Сегодня»."""

from collections.abc import Callable, Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries, words
from moodle_mentorship.consents.enums import PURPOSES, ConsentKind, DutyKind, Shown
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task


def curator_tasks(needs: Needs) -> Callable[[Session, Asked], Iterable[Task]]:
    """What has to be done after withdrawals, papers that are missing, terms that end soon."""

    def tasks(session: Session, asked: Asked) -> Iterable[Task]:
        school_id = asked.actor.school_id
        if asked.briefly:
            yield from [UNWORDED] * queries.waiting(session, needs, school_id, asked.today)
            return
        duties = queries.open_duties(session, school_id)
        for kind in DutyKind:
            these = [duty for duty in duties if duty.kind is kind]
            if these:
                yield Task(
                    title=ngettext(
                        "%(what)s: %(num)d person", "%(what)s: %(num)d people", len(these), what=_(words.DUTIES[kind])
                    ),
                    detail=_("A consent was withdrawn, or its term is over."),
                    steps=(Step(_("See what to do"), url_for("consents.duties")),),
                    due=these[0].due_on,
                )
        lacking = {
            kind: queries.missing_count(session, needs, school_id, kind, today=asked.today) for kind in needs.kinds
        }
        if any(lacking.values()):
            yield Task(
                title=ngettext(
                    "%(num)d signed consent is missing",
                    "%(num)d signed consents are missing",
                    sum(lacking.values()),
                ),
                detail="; ".join(f"{_(words.KINDS[kind])}: {number}" for kind, number in lacking.items() if number),
                steps=(
                    Step(
                        _("Who has not signed"),
                        url_for("consents.missing", document=max(lacking, key=lambda kind: lacking[kind]).value),
                    ),
                ),
            )
        ending = queries.register_count(
            session, school_id, search="", shown=Shown.EXPIRING, kind=None, form=None, today=asked.today
        )
        if ending:
            yield Task(
                title=ngettext(
                    "The term of %(num)d consent ends within 30 days",
                    "The terms of %(num)d consents end within 30 days",
                    ending,
                ),
                detail=_("Have a new one signed, otherwise processing stops on the day after the term."),
                steps=(Step(_("Show"), url_for("consents.index", shown=Shown.EXPIRING.value, sort="term")),),
            )

    return tasks


def own_tasks(needs: Needs, kind: ConsentKind) -> Callable[[Session, Asked], Iterable[Task]]:
    """The consent to processing that is awaited from the person themselves."""

    def tasks(session: Session, asked: Asked) -> Iterable[Task]:
        school_id, person_id = asked.actor.school_id, asked.actor.person_id
        if person_id is None or not queries.is_needed(session, needs, school_id, person_id, kind, asked.today):
            return
        if queries.open_ground(session, school_id, person_id, PURPOSES[kind]) is not None:
            return
        marked = queries.local_act(session, school_id) is not None
        yield Task(
            title=_("Your consent to the processing of your data is awaited"),
            detail=_("Read it and agree here in Moodle; the paper can wait until the order.")
            if marked
            else _("Print it, sign it and hand it to the curator."),
            steps=(
                Step(
                    _("Read and agree") if marked else _("Read and print"),
                    url_for("my_consents.text", document=kind.value),
                ),
            ),
        )

    return tasks
