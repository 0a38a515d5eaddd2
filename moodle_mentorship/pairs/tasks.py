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
from moodle_mentorship.pairs.groups import queries as groups
from moodle_mentorship.pairs.groups import words as group_words
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import carried_out
from moodle_mentorship.pairs.office import queries as office
from moodle_mentorship.pairs.orders import queries as orders
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web import current
from moodle_mentorship.web.formats import long_date
from moodle_mentorship.web.tasks import UNWORDED, Asked, Step, Task

# So many pairs are named in a task's detail; the rest stands on the list behind its button.
NAMED = 3


def mentor_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Proposals that await the mentor's answer: of each pair, and of all members of a group together."""
    waiting = [
        pair
        for pair in open_pairs(session, asked.actor, Side.MENTOR)
        if pair.state is PairState.PROPOSED and pair.mentor_answer is None
    ]
    for pairs in queries.together(waiting):
        first = pairs[0]
        if first.group is None:
            title = _("A mentee is proposed to you: %(name)s", name=first.mentee.full_name)
            yield _question(title, _said_of(first.mentee, first), "pairs.answer", first, side=Side.MENTOR.value)
            continue
        theme = words.theme(first, _titles(session, asked))
        title = ngettext(
            "A mentee for your group on “%(theme)s” is proposed to you",
            "A group of %(num)d mentees on “%(theme)s” is proposed to you",
            len(pairs),
            theme=theme,
        )
        # Newest first on the list; people are named in the order in which they were chosen.
        names = "; ".join(pair.mentee.short_name for pair in reversed(pairs))
        yield _question(title, f"{names}, {words.period(first)}", "groups.answer", first)


def mentee_tasks(session: Session, asked: Asked) -> Iterable[Task]:
    """Proposals that await the mentee's answer."""
    for pair in open_pairs(session, asked.actor, Side.MENTEE):
        if pair.state is not PairState.PROPOSED or pair.mentee_answer is not None:
            continue
        title = _("A mentor is proposed to you: %(name)s", name=pair.mentor.full_name)
        detail = _said_of(pair.mentor, pair)
        if pair.group is not None:
            theme = words.theme(pair, _titles(session, asked))
            detail = _("Group on “%(theme)s”", theme=theme) + f". {group_words.others(pair.group)}. {detail}"
        yield _question(title, detail, "pairs.answer", pair, side=Side.MENTEE.value)


def open_pairs(session: Session, actor: Actor, side: Side) -> list[Pair]:
    """The person's open pairs on one side, newest first, asked once in a request."""
    person_id = actor.person_id
    if person_id is None:
        return []
    return current.once(
        f"pairs.open_pairs.{side}",
        lambda: queries.pairs_of_person(session, actor.school_id, person_id, side, OPEN_STATES),
    )


def _titles(session: Session, asked: Asked) -> dict[str, str]:
    return current.once("pairs.theme_titles", lambda: theme_titles(session, asked.actor.school_id))


def _said_of(other: Person, pair: Pair) -> str:
    return ", ".join(part for part in (other.position, other.subjects, words.period(pair)) if part)


def _question(title: str, detail: str, endpoint: str, pair: Pair, **fields: str) -> Task:
    """One question with its two answers."""
    values = {"group_id": pair.group_id} if endpoint == "groups.answer" else {"pair_id": pair.id}
    url, sent = url_for(endpoint, **values), fields | {"back": url_for("dashboard.home")}
    return Task(
        title=title,
        detail=detail,
        steps=(
            Step(_("I agree"), url, sent | {"answer": Answer.YES.value}),
            Step(_("I decline"), url, sent | {"answer": Answer.NO.value}),
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
    """Pairs at work without papers, groups with few left, groups in Moodle that were changed by hand, agreed pairs
    that stand in no order, mentees without a pair, proposals without an answer, mentors without their additional
    agreement, pairs that do otherwise than a registered order says: one task of each kind; and each signed order that
    names pairs which it could not bring to work."""
    school_id = asked.actor.school_id
    if asked.briefly:
        others = (
            orders.free_ids(school_id),
            papers.ids_without(school_id),
            groups.few_ids(school_id),
            banks.waiting_ids(school_id),
            queries.changed_by_hand(school_id),
            office.lacking_ids(school_id, current.school().year_begins.year),
            *carried_out.left_ids(school_id, asked.today),
        )
        standing = queries.any_in_state(
            session, school_id, (PairState.PROPOSED,), *others, counted=orders.unfixed_ids(school_id)
        )
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
    if few := groups.with_few(session, school_id):
        yield Task(
            title=ngettext("%(num)d group has few mentees left", "%(num)d groups have few mentees left", len(few)),
            detail="; ".join(
                f"{words.theme_of(group, _titles(session, asked))}, {group.mentor.short_name}: "
                f"{group_words.number(group.members_open)}"
                for group in few[:NAMED]
            ),
            steps=(Step(_("Decide"), url_for("groups.show", group_id=few[0].id)),),
        )
    if changed := queries.pairs_changed_by_hand(session, school_id):
        yield Task(
            title=ngettext(
                "%(num)d group in Moodle was changed by hand",
                "%(num)d groups in Moodle were changed by hand",
                len(changed),
            ),
            detail=_named(changed[:NAMED], len(changed)),
            steps=(Step(_("Look at it"), url_for("pairs.show", pair_id=changed[0].id)),),
        )
    states = open_counts(session, school_id)
    if agreed := orders.oldest_free(session, school_id):
        yield Task(
            title=ngettext(
                "%(num)d pair has agreed and awaits the order",
                "%(num)d pairs have agreed and await the order",
                len(agreed),
            ),
            detail=_named(agreed[:NAMED], len(agreed)),
            steps=(Step(_("Prepare the order"), url_for("orders.show")),),
            due=asked.today,
            since=_day_of(agreed[0]),
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
    if lacking := office.lacking(session, school_id, current.school().year_begins.year):
        yield Task(
            title=ngettext(
                "%(num)d mentor lacks an additional agreement",
                "%(num)d mentors lack additional agreements",
                len(lacking),
            ),
            detail=_listed([mentor.short_name for mentor in lacking[:NAMED]], len(lacking)),
            steps=(Step(_("Additional agreements"), url_for("office.agreements")),),
        )
    left = carried_out.left(session, school_id, asked.today)
    if ending := left[carried_out.END]:
        yield Task(
            title=ngettext(
                "%(num)d pair is still at work, though the order on its early end is registered",
                "%(num)d pairs are still at work, though the orders on their early end are registered",
                len(ending),
            ),
            detail=_by_order(ending),
            steps=(Step(_("End the pair"), url_for("pairs.show", pair_id=ending[0][0].id)),),
            due=asked.today,
        )
    if longer := left[carried_out.EXTENSION]:
        yield Task(
            title=ngettext(
                "%(num)d pair ends earlier than the registered order says",
                "%(num)d pairs end earlier than the registered orders say",
                len(longer),
            ),
            detail=_by_order(longer),
            steps=(Step(_("Extend"), url_for("pairs.show", pair_id=longer[0][0].id)),),
            due=asked.today,
        )
    for document, number in orders.unfixed(session, school_id):
        yield Task(
            title=ngettext(
                "%(num)d pair of a signed order is not at work",
                "%(num)d pairs of a signed order are not at work",
                number,
            ),
            detail=_("Order No. %(number)s: %(heading)s", number=document.number, heading=document.heading),
            steps=(Step(_("Decide"), url_for("documents.show", document_id=document.id)),),
            due=asked.today,
        )


def _named(pairs: Sequence[Pair], total: int) -> str:
    return _listed([f"{pair.mentor.short_name} — {pair.mentee.short_name}" for pair in pairs], total)


def _by_order(left: carried_out.Left) -> str:
    """Pairs with the orders that they don't follow yet."""
    named = [
        f"{pair.mentor.short_name} — {pair.mentee.short_name}, "
        + _("order No. %(number)s of %(day)s", number=document.number, day=long_date(document.signed_on))
        for pair, document in left[:NAMED]
    ]
    return _listed(named, len(left))


def _listed(names: Sequence[str], total: int) -> str:
    listed = "; ".join(names)
    if total > len(names):
        listed += " " + ngettext("and %(num)d more", "and %(num)d more", total - len(names))
    return listed


def _address(pairs: list[Pair], state: PairState) -> str:
    if len(pairs) == 1:
        return url_for("pairs.show", pair_id=pairs[0].id)
    return url_for("pairs.index", state=state.value)


def _day_of(pair: Pair) -> date:
    return local_date(pair.proposed_at, current.school().timezone)
