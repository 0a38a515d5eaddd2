"""Orders on what changes in a pair: another mentor, an early end."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Field, FieldType, Offer
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.obstacles import Help, Obstacle
from moodle_mentorship.documents.rendering import BLANK_DATE, in_words
from moodle_mentorship.documents.wording import (
    CONTROL,
    Namer,
    Sentence,
    acquaint,
    comma,
    letterhead,
    officials,
    order,
    say,
    until,
)
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.grammar.numbers import NBSP
from moodle_mentorship.pairs.enums import FIXED_STATES, EndReason, PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import queries
from moodle_mentorship.pairs.office.carried_out import END
from moodle_mentorship.pairs.office.orders import ACQUAINT_UNTIL
from moodle_mentorship.pairs.office.samples import sample_order
from moodle_mentorship.pairs.orders import service as orders
from moodle_mentorship.pairs.orders.kind import ends
from moodle_mentorship.pairs.orders.wording import grounds_of, preamble
from moodle_mentorship.pairs.papers import lacking, obstacles
from moodle_mentorship.pairs.words import FORMS
from moodle_mentorship.pairs.words import KINDS as KINDS_OF_WORK
from moodle_mentorship.people.models import Person
from moodle_mentorship.roadmap.acts import cited
from moodle_mentorship.school.queries import school_of

ARTICLE = f"статья{NBSP}351.8 Трудового кодекса Российской Федерации"
#: Working days for the programme and for the agreement, unless the order names a day.
PROGRAMME_DAYS, AGREEMENT_DAYS = 10, 3

# On what an early end rests, as the order says it; the school's own will needs the notice besides.
_GROUNDS = {
    EndReason.MENTOR_REFUSED: "На основании заявления наставника о досрочном отказе от выполнения работы",
    EndReason.CANCELLED: "В связи с досрочной отменой поручения о выполнении работы по наставничеству",
    EndReason.MENTEE_REFUSED: "На основании обращения наставляемого о досрочном прекращении наставничества",
    EndReason.AGREEMENT: "По взаимному согласию наставника и наставляемого",
    EndReason.MENTOR_LEFT: "В связи с увольнением наставника",
    EndReason.MENTEE_LEFT: "В связи с увольнением наставляемого",
}
# What ст. 351.8 rules of work by assignment.
_BY_THE_ARTICLE = {EndReason.MENTOR_REFUSED, EndReason.CANCELLED}
_GROUND_WORDS = {
    EndReason.MENTOR_REFUSED: N_("the mentor refuses to go on"),
    EndReason.CANCELLED: N_("the school ends it early"),
    EndReason.MENTEE_REFUSED: N_("the mentee refuses to go on"),
    EndReason.AGREEMENT: N_("both agreed to stop"),
    EndReason.MENTOR_LEFT: N_("the mentor leaves the school"),
    EndReason.MENTEE_LEFT: N_("the mentee leaves the school"),
}
_MAY_END = (*FIXED_STATES, PairState.ENDED)


def follows(
    session: Session, namer: Namer, school_id: int, mentor: Person, params: Params, *, programmes: int
) -> Iterator[Sentence]:
    """What a change in a mentor's pairs asks for: other programmes, and of who works by assignment a new agreement."""
    which = "персонализированную программу" if programmes == 1 else "персонализированные программы"
    yield namer.task(
        mentor, f"внести изменения в {which} наставничества " + until(params, "programmes_until", PROGRAMME_DAYS)
    )
    if queries.is_by_assignment(session, school_id, mentor.id):
        yield namer.task(
            officials(session, school_id).clerk,
            f"оформить дополнительное соглашение к трудовому договору ({ARTICLE}) "
            + until(params, "agreements_until", AGREEMENT_DAYS),
        )


def replacement(session: Session, school_id: int, params: Params, today: date) -> Composed:
    """One mentor goes, another comes, for what is left of the period."""
    pair = queries.chosen(session, school_id, params, (PairState.AGREED,))
    before = _replaced(session, pair)
    namer, head = Namer(session, school_id), letterhead(session, school_id)
    work = ", ".join(translate("ru", KINDS_OF_WORK[kind]) for kind in pair.kinds)
    said = [
        say(
            "Освободить ",
            namer.named(before.mentor, Case.ACCUSATIVE),
            comma(before.mentor),
            f" от выполнения работы по наставничеству с{NBSP}{_closed(session, before)} в отношении ",
            namer.named(before.mentee, Case.GENITIVE),
            f" (приказ от {ordered(before)}).",
        ),
        say(
            "Назначить ",
            namer.named(pair.mentor, Case.ACCUSATIVE),
            f"{comma(pair.mentor)} наставником ",
            namer.named(pair.mentee, Case.GENITIVE),
            f"{comma(pair.mentee)} на срок с{NBSP}{in_words(pair.starts_on)} по{NBSP}{in_words(pair.ends_on)} "
            f"(форма наставничества: {translate('ru', FORMS[pair.form])}; вид: {work}).",
        ),
        *follows(session, namer, school_id, pair.mentor, params, programmes=1),
    ]
    mentors = [before.mentor_person_id, pair.mentor_person_id]
    return order(
        head,
        "О замене наставника",
        preamble(grounds_of(session, school_id, mentors, cited(session, school_id, today))),
        [*said, acquaint(session, school_id, namer, params), CONTROL],
        [before.mentor, pair.mentor, pair.mentee],
        namer,
    )


def early_end(session: Session, school_id: int, params: Params, today: date) -> Composed:
    """A pair's work ends before its time, and on what ground. A day that nobody typed is left for the pen."""
    pair = queries.chosen(session, school_id, params, _MAY_END)
    reason = EndReason(params["ground"])
    namer, head = Namer(session, school_id), letterhead(session, school_id)
    ground = _GROUNDS[reason]
    if reason in _BY_THE_ARTICLE and queries.is_by_assignment(session, school_id, pair.mentor_person_id):
        ground += f" ({ARTICLE})"
    if reason is EndReason.CANCELLED and pair.warned_on is not None:
        ground += f", о{NBSP}которой работник предупреждён {in_words(pair.warned_on)},"
    if regulation := cited(session, school_id, today):
        ground += f" и в соответствии с{NBSP}{regulation}"
    day = in_words(date.fromisoformat(params["ends_on"])) if params["ends_on"] else BLANK_DATE
    said = [
        say(
            f"Прекратить досрочно с{NBSP}{day} наставничество ",
            namer.named(pair.mentor, Case.GENITIVE),
            f"{comma(pair.mentor)} в отношении ",
            namer.named(pair.mentee, Case.GENITIVE),
            f" (приказ от {ordered(pair)}).",
        ),
        acquaint(session, school_id, namer, params),
        CONTROL,
    ]
    return order(head, "О досрочном прекращении наставничества", say(ground), said, [pair.mentor, pair.mentee], namer)


def _replaced(session: Session, pair: Pair) -> Pair:
    found = session.scalars(
        select(Pair).where(Pair.school_id == pair.school_id, Pair.id == pair.replaces_pair_id)
    ).one_or_none()
    if found is None:
        raise NothingToSay("the pair replaces none")
    return found


def _closed(session: Session, pair: Pair) -> str:
    assert pair.closed_at is not None
    return in_words(local_date(pair.closed_at, school_of(session, pair.school_id).timezone))


def ordered(pair: Pair) -> str:
    """«24 ноября 2026 г. № 143-ОД»: the order that has fixed the pair."""
    assert pair.order_date is not None
    return f"{in_words(pair.order_date)} №{NBSP}{pair.order_number}"


def _in_place_of_another(session: Session, school_id: int) -> Sequence[Offer]:
    pairs = queries.in_states(session, school_id, PairState.AGREED)
    return queries.offers([pair for pair in pairs if pair.replaces_pair_id is not None])


def _may_end(session: Session, school_id: int) -> Sequence[Offer]:
    return queries.offers(queries.in_states(session, school_id, *_MAY_END))


def _grounds(_session: Session, _school_id: int) -> Sequence[Offer]:
    return [Offer(reason.value, _(words)) for reason, words in _GROUND_WORDS.items()]


def _missing_of_the_new(session: Session, draft: Document, _today: date) -> Sequence[Obstacle]:
    """As for any order on a pair: consents, the ground of the mentor's work."""
    try:
        pair = queries.chosen(session, draft.school_id, draft.params, (PairState.AGREED,))
    except NothingToSay:
        return ()
    return obstacles(session, draft.school_id, lacking(session, pair))


def _missing_of_the_end(session: Session, draft: Document, _today: date) -> Sequence[Obstacle]:
    """Where the school ends an assignment by its own will: the notice, three whole working days before (ст. 351.8)."""
    school_id, params = draft.school_id, draft.params
    try:
        pair = queries.chosen(session, school_id, params, _MAY_END)
    except NothingToSay:
        return ()
    if params["ground"] != EndReason.CANCELLED or pair.state is PairState.ENDED:
        return ()
    if not queries.is_by_assignment(session, school_id, pair.mentor_person_id):
        return ()
    to_pair = (Help(N_("To the pair"), "pairs.show", {"pair_id": pair.id}),)
    if pair.may_end_on is None:
        return [Obstacle(pair.mentor.short_name, N_("The school's written notice to the mentor"), to_pair)]
    if params["ends_on"] and date.fromisoformat(params["ends_on"]) < pair.may_end_on:
        return [Obstacle(pair.mentor.short_name, N_("Three working days between the notice and the end"), to_pair)]
    return ()


def _hold(session: Session, draft: Document) -> None:
    """The new pair stands in this order and in no other one."""
    orders.hold_pairs(session, draft, [int(draft.params["pair"])])


KINDS = (
    DocumentKind(
        code="replacement_order",
        title=N_("Order on another mentor"),
        about=N_("One mentor goes, another comes for what is left of the period; both sides have agreed already."),
        layout="order",
        register=RegisterCode.ORDERS,
        compose=replacement,
        sample=sample_order,
        obstacles=_missing_of_the_new,
        drafted=_hold,
        discarded=orders.let_go,
        registered=orders.registered,
        cancelled=orders.cancelled,
        ends=ends,
        consequences=(N_("Registered, the order brings the new pair to work."),),
        stage=5,
        fields=(
            Field(
                "pair",
                N_("The new pair"),
                FieldType.CHOICE,
                required=True,
                offered=_in_place_of_another,
                none=N_("No pair with another mentor waits for its order. Another mentor is given on the pair's page."),
            ),
            Field(
                "programmes_until",
                N_("The programme is changed by"),
                FieldType.DAY,
                hint=N_("Empty: ten working days."),
            ),
            Field(
                "agreements_until",
                N_("The additional agreement is made by"),
                FieldType.DAY,
                hint=N_("Empty: three working days."),
            ),
            ACQUAINT_UNTIL,
        ),
    ),
    DocumentKind(
        code=END,
        title=N_("Order on an early end"),
        about=N_(
            "A pair stops before its time. The pair itself is ended on its page; the order changes nothing there."
        ),
        layout="order",
        register=RegisterCode.ORDERS,
        compose=early_end,
        sample=sample_order,
        obstacles=_missing_of_the_end,
        stage=5,
        fields=(
            Field(
                "pair",
                N_("Pair"),
                FieldType.CHOICE,
                required=True,
                offered=_may_end,
                none=N_("There is no pair that an order has fixed."),
            ),
            Field("ground", N_("Why it ends"), FieldType.CHOICE, required=True, offered=_grounds),
            Field("ends_on", N_("From which day on"), FieldType.DAY, hint=N_("Empty: a blank for the pen.")),
            ACQUAINT_UNTIL,
        ),
    ),
)
