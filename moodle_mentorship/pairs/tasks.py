"""What pairs ask of each role on «Сегодня»."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.banks import queries as banks
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.pairs import papers, queries, words
from moodle_mentorship.pairs.enums import OPEN_STATES, Answer, PairState, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.web import current
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task

# So many pairs are named in a task's detail; the rest stands on the list behind its button.
NAMED = 3


def mentor_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Proposals that await the mentor's answer."""
    return _proposals(session, asked, Side.MENTOR)


def mentee_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Proposals that await the mentee's answer."""
    return _proposals(session, asked, Side.MENTEE)


def open_pairs(session: Session, actor: Actor, side: Side) -> list[Pair]:
    """The person's open pairs on one side, newest first, asked once in a request."""
    person_id = actor.person_id
    if person_id is None:
        return []
    return current.once(
        f"pairs.open_pairs.{side}",
        lambda: queries.pairs_of_person(session, actor.school_id, person_id, side, OPEN_STATES),
    )


def _proposals(session: Session, asked: Asked, side: Side) -> Iterable[Task]:
    for pair in open_pairs(session, asked.actor, side):
        if pair.state is not PairState.PROPOSED:
            continue
        mine, other = (pair.mentor_answer, pair.mentee) if side is Side.MENTOR else (pair.mentee_answer, pair.mentor)
        if mine is not None:
            continue
        title = (
            _("A mentee is proposed to you: %(name)s")
            if side is Side.MENTOR
            else _("A mentor is proposed to you: %(name)s")
        )
        url = url_for("pairs.answer", pair_id=pair.id)
        fields = {"side": side.value, "back": url_for("dashboard.home")}
        yield Task(
            title=title % {"name": other.full_name},
            detail=", ".join(part for part in (other.position, other.subjects, words.period(pair)) if part),
            steps=(
                Step(_("I agree"), url, fields | {"answer": Answer.YES.value}),
                Step(_("I decline"), url, fields | {"answer": Answer.NO.value}),
            ),
            since=_day_of(pair),
        )


def open_counts(session: Session, school_id: int) -> dict[PairState, int]:
    """How many pairs stand in each open state, asked once in a request."""
    return current.once("pairs.open_counts", lambda: queries.counts(session, school_id, OPEN_STATES))


def bank_counts(session: Session, school_id: int) -> banks.Counts:
    """Both banks in numbers, asked once in a request."""
    return current.once("pairs.bank_counts", lambda: banks.counts(session, school_id))


def curator_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Pairs at work without papers, agreed ones without an order, mentees without a pair, proposals without an answer:
    one task of each kind."""
    school_id = asked.actor.school_id
    if asked.briefly:
        others = (papers.ids_without(school_id), banks.waiting_ids(school_id))
        standing = queries.any_in_state(session, school_id, (PairState.PROPOSED, PairState.AGREED), *others)
        yield from [UNWORDED] * standing
        return
    if without := papers.working_without(session, school_id):
        yield Task(
            title=ngettext(
                "%(num)d pair works without its papers", "%(num)d pairs work without their papers", len(without)
            ),
            detail=_named(without[:NAMED], len(without)),
            steps=(Step(_("Decide"), url_for("pairs.show", pair_id=without[0].id)),),
        )
    states = open_counts(session, school_id)
    if states[PairState.AGREED]:
        oldest = queries.oldest_in_state(session, school_id, PairState.AGREED, NAMED)
        yield Task(
            title=ngettext(
                "%(num)d pair has agreed and awaits the order",
                "%(num)d pairs have agreed and await the order",
                states[PairState.AGREED],
            ),
            detail=_named(oldest, states[PairState.AGREED]),
            steps=(Step(_("Enter the order"), _address(oldest, PairState.AGREED)),),
            due=asked.today,
            since=_day_of(oldest[0]),
        )
    entries = bank_counts(session, school_id)
    if entries.waiting:
        yield Task(
            title=ngettext("%(num)d mentee waits for a mentor", "%(num)d mentees wait for a mentor", entries.waiting),
            detail=ngettext(
                "%(num)d place is free with the mentors",
                "%(num)d places are free with the mentors",
                entries.places_free,
            ),
            steps=(
                Step(_("Find pairs"), url_for("board.index"))
                if entries.places_free
                else Step(_("Find mentors"), url_for("people.staff")),
            ),
        )
    if states[PairState.PROPOSED]:
        oldest = queries.oldest_in_state(session, school_id, PairState.PROPOSED, NAMED)
        yield Task(
            title=ngettext(
                "%(num)d proposal awaits an answer", "%(num)d proposals await an answer", states[PairState.PROPOSED]
            ),
            detail=_named(oldest, states[PairState.PROPOSED]),
            steps=(Step(_("See who has not answered"), _address(oldest, PairState.PROPOSED)),),
            since=_day_of(oldest[0]),
        )


def _named(pairs: Sequence[Pair], total: int) -> str:
    names = "; ".join(f"{pair.mentor.short_name} — {pair.mentee.short_name}" for pair in pairs)
    if total > len(pairs):
        names += " " + ngettext("and %(num)d more", "and %(num)d more", total - len(pairs))
    return names


def _address(pairs: list[Pair], state: PairState) -> str:
    if len(pairs) == 1:
        return url_for("pairs.show", pair_id=pairs[0].id)
    return url_for("pairs.index", state=state.value)


def _day_of(pair: Pair) -> date:
    return local_date(pair.proposed_at, current.school().timezone)
