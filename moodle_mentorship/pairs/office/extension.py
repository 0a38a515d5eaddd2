"""The order that changes the one on a pair or a group: another, later last day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Field, FieldType, Offer
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Moment, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.obstacles import Obstacle
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.documents.wording import (
    CONTROL,
    Named,
    Namer,
    Sentence,
    acquaint,
    comma,
    letterhead,
    order,
    say,
)
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.grammar.numbers import NBSP
from moodle_mentorship.pairs import errors
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.groups import queries as group_queries
from moodle_mentorship.pairs.groups import service as groups
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import queries
from moodle_mentorship.pairs.office.carried_out import EXTENSION, GROUP, PAIR
from moodle_mentorship.pairs.office.changes import follows, ordered
from moodle_mentorship.pairs.office.orders import ACQUAINT_UNTIL
from moodle_mentorship.pairs.office.samples import sample_order
from moodle_mentorship.pairs.orders.queries import order_of
from moodle_mentorship.pairs.orders.wording import grounds_of, preamble
from moodle_mentorship.pairs.papers import lacking_of, obstacles
from moodle_mentorship.pairs.queries import pair_of
from moodle_mentorship.pairs.words import theme_of
from moodle_mentorship.roadmap.acts import cited
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys.queries import theme_titles


def extension(session: Session, school_id: int, params: Params, today: date) -> Composed:
    """The mentor's work with one mentee, or with all of a group whom an order has fixed, ends later than it was to."""
    members = _longer(session, school_id, params)
    if not members:
        raise NothingToSay("no pair ends before that day")
    mentor = members[0].mentor
    namer, head = Namer(session, school_id), letterhead(session, school_id)
    changed, heading = _changed(session, members)
    said = [
        _term(namer, members, changed, date.fromisoformat(params["ends_on"])),
        *follows(session, namer, school_id, mentor, params, programmes=len(members)),
    ]
    return order(
        head,
        heading,
        preamble(grounds_of(session, school_id, [mentor.id], cited(session, school_id, today))),
        [*said, acquaint(session, school_id, namer, params), CONTROL],
        [mentor, *(pair.mentee for pair in members)],
        namer,
    )


def _term(namer: Namer, members: Sequence[Pair], changed: str, ends_on: date) -> Sentence:
    mentor = members[0].mentor
    begins: Sequence[str | Named] = (
        f"Внести в{NBSP}{changed} изменение, продлив по{NBSP}{in_words(ends_on)} срок наставничества ",
        namer.named(mentor, Case.GENITIVE),
        f"{comma(mentor)} в{NBSP}отношении",
    )
    mentees = [
        (namer.named(pair.mentee, Case.GENITIVE), f" (ранее – по{NBSP}{in_words(pair.ends_on)})") for pair in members
    ]
    if len(members) == 1:
        return say(*begins, " ", *mentees[0], ".")
    return say(*begins, ":", items=[say(*mentee) for mentee in mentees])


def _changed(session: Session, members: Sequence[Pair]) -> tuple[str, str]:
    """The order that is changed («приказ от … № …»; of a group perhaps several), and the heading that it gives."""
    fixed = sorted({(pair.order_date, pair.order_number): pair for pair in members}.items(), key=lambda one: one[0])
    named = ", ".join(f"от{NBSP}{ordered(pair)}" for _number, pair in fixed)
    changed = f"приказ {named}" if len(fixed) == 1 else f"приказы {named}"
    about = "о закреплении наставнических пар и групп"
    if len(fixed) == 1:
        pair = members[0]
        standing = order_of(session, pair.school_id, pair.id)
        if standing is not None and standing.number == pair.order_number:
            about = standing.heading[0].lower() + standing.heading[1:]
    return changed, f"О внесении изменений в {changed} {about}"


def _longer(session: Session, school_id: int, params: Params) -> Sequence[Pair]:
    """Who of those that a draft was begun with works, and ends before the new last day."""
    ends_on = date.fromisoformat(params["ends_on"])
    return [pair for pair in _members(session, school_id, params) if pair.ends_on < ends_on]


def _members(session: Session, school_id: int, params: Params) -> Sequence[Pair]:
    what, number = _whom(params)
    if what == GROUP:
        return group_queries.members(session, school_id, number, FIXED_STATES)
    try:
        pair = pair_of(session, school_id, number)
    except NotFound:
        return ()
    return [pair] if pair.state in FIXED_STATES else ()


def _whom(params: Params) -> tuple[str, int]:
    what, _dash, number = str(params["whom"]).partition("-")
    return f"{what}-", row_id(number) or 0


def _may_go_on(session: Session, school_id: int) -> Sequence[Offer]:
    """Pairs and groups at work whose year isn't over with their work."""
    last = school_of(session, school_id).year_ends
    found = [pair for pair in queries.in_states(session, school_id, *FIXED_STATES) if pair.ends_on < last]
    titles = theme_titles(session, school_id)
    offers: dict[str, Offer] = {}
    for pair in found:
        if pair.group is None:
            couple = f"{pair.mentor.short_name} – {pair.mentee.short_name}"
            value = f"{PAIR}{pair.id}"
        else:
            couple = f"{pair.mentor.short_name} – {_('Group on “%(theme)s”', theme=theme_of(pair.group, titles))}"
            value = f"{GROUP}{pair.group_id}"
        offers.setdefault(value, Offer(value, f"{couple}, {_('until %(day)s', day=f'{pair.ends_on:%d.%m.%Y}')}"))
    return list(offers.values())


def _check(session: Session, school_id: int, _today: date, params: Params) -> None:
    school = school_of(session, school_id)
    if date.fromisoformat(params["ends_on"]) > school.year_ends:
        raise errors.PeriodOutsideYear("ends_on", school.year_label)
    if not _longer(session, school_id, params):
        raise errors.NotLonger()


def _missing(session: Session, draft: Document, _today: date) -> Sequence[Obstacle]:
    """As for the order that it changes: consents, the ground of the mentor's work."""
    members = _longer(session, draft.school_id, draft.params)
    return obstacles(session, draft.school_id, lacking_of(session, draft.school_id, members))


def _laid(moment: Moment, document: Document) -> None:
    """From the laying on the order extends those whom it names, and nobody else."""
    named = [pair.id for pair in _longer(moment.session, document.school_id, document.params)]
    document.params = {**document.params, "pair_ids": named}


def _registered(moment: Moment, document: Document) -> None:
    """That it was signed is a fact: what can't be extended any more is told on the curator's «Сегодня»."""
    assert document.signed_on is not None
    assert document.number is not None
    what, number = _whom(document.params)
    said: dict[str, Any] = {
        "ends_on": date.fromisoformat(document.params["ends_on"]),
        "order_date": document.signed_on,
        "order_number": document.number,
        "today": moment.today,
        "now": moment.now,
    }
    try:
        if what == GROUP:
            named = document.params["pair_ids"]
            groups.extend_group(moment.session, moment.actor, number, named=named, **said)
        else:
            pairs.extend(moment.session, moment.actor, number, **said)
    except DomainError as refusal:
        details = {"document": document.id, "why": refusal.code}
        for pair_id in document.params["pair_ids"]:
            record(moment.session, moment.actor, "order.miss", "pair", pair_id, moment.now, **details)


def _ends(_session: Session, _document: Document) -> Sequence[str]:
    return [_("The term stays as the order has set it. Where the work ends earlier, end the pair on its page.")]


KIND = DocumentKind(
    code=EXTENSION,
    title=N_("Order on a longer term"),
    about=N_(
        "Changes the order on a pair or a group that goes on longer than it says; both sides have agreed already."
    ),
    layout="order",
    register=RegisterCode.ORDERS,
    compose=extension,
    sample=sample_order,
    obstacles=_missing,
    laid=_laid,
    registered=_registered,
    ends=_ends,
    consequences=(N_("Registered, the order puts off the last day of its pairs."),),
    stage=5,
    check=_check,
    fields=(
        Field(
            "whom",
            N_("Pair or group"),
            FieldType.CHOICE,
            required=True,
            offered=_may_go_on,
            none=N_("No pair at work ends before the school year does."),
        ),
        Field("ends_on", N_("New last day"), FieldType.DAY, required=True),
        Field(
            "programmes_until", N_("The programme is changed by"), FieldType.DAY, hint=N_("Empty: ten working days.")
        ),
        Field(
            "agreements_until",
            N_("The additional agreement is made by"),
            FieldType.DAY,
            hint=N_("Empty: three working days."),
        ),
        ACQUAINT_UNTIL,
    ),
)
