"""What the room holds about a person. What the other side answered, and why a pair ended, is theirs as well: a person
sees their own answer alone."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.holdings import NOTHING, About, Fact, Holding, Holdings, Reading, Told, column, columns
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs import queries, words
from moodle_mentorship.pairs.enums import Answer
from moodle_mentorship.pairs.models import Extension, MentoringGroup, Pair, Pause, Space, SpaceMember, YearGrouping
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.web.nav import ROLE_NAMES

ANSWERS = {Answer.YES: N_("yes"), Answer.NO: N_("no")}

_ORDERED = N_("An order names the pair, and orders are kept unchanged")

_TOLD: dict[type[Extension | Pause], Told] = {
    Extension: columns(
        column("earlier_ends_on", N_("Was to end on")),
        column("ends_on", N_("Until")),
        column("order_number", N_("Number of the order")),
        column("order_date", N_("Date of the order")),
    ),
    Pause: columns(
        column("reason", N_("Reason"), words.PAUSES),
        column("from_on", N_("From")),
        column("until_on", N_("Until")),
        column("resumed_on", N_("At work again")),
    ),
}


def _of_pairs(model: type[Extension | Pause]) -> About:
    """Rows that hang on a pair of the person's."""
    return lambda who: model.pair_id.in_(
        select(Pair.id).where(
            Pair.school_id == who.school_id,
            or_(Pair.mentor_person_id == who.person_id, Pair.mentee_person_id == who.person_id),
        )
    )


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            Pair,
            N_("Mentoring pairs"),
            about=lambda who: or_(Pair.mentor_person_id == who.person_id, Pair.mentee_person_id == who.person_id),
            told=_pair,
            goes=Pair.order_number.is_(None),
            stays=_ORDERED,
        )
    )
    holdings.add(
        Holding(
            MentoringGroup,
            N_("Mentoring groups that you lead"),
            about=lambda who: MentoringGroup.mentor_person_id == who.person_id,
            told=_group,
        )
    )
    for model, title in ((Extension, N_("Extensions of pairs")), (Pause, N_("Pauses of pairs"))):
        holdings.add(Holding(model, title, about=_of_pairs(model), told=_TOLD[model], goes=NOTHING, stays=_ORDERED))
    holdings.add(
        Holding(
            SpaceMember,
            N_("Groups of pairs in the Moodle course"),
            about=lambda who: SpaceMember.person_id == who.person_id,
            told=columns(column("mark", N_("How it stands"), words.MARKS)),
        )
    )
    holdings.add(
        Holding(
            Space,
            N_("Names of groups of pairs in the Moodle course"),
            about=lambda who: Space.id.in_(
                # A pair without an order, which goes, has no group.
                select(Pair.space_id).where(
                    Pair.school_id == who.school_id,
                    Pair.order_number.is_not(None),
                    or_(Pair.mentor_person_id == who.person_id, Pair.mentee_person_id == who.person_id),
                )
            ),
            told=columns(column("moodle_name", N_("Name"))),
            goes=NOTHING,
            blanks=lambda who, now: {"moodle_name": None, "found_name": None},
            stays=N_("The group in Moodle stays with what was written in it"),
        )
    )
    holdings.nothing(YearGrouping)
    holdings.add_obstacle(_open_pairs)


def _open_pairs(session: Session, school_id: int, person_id: int) -> str | None:
    if not queries.count_open(session, school_id, person_id):
        return None
    return N_("The person is in an open pair. End it first: another person is concerned")


def _pair(row: Pair, reading: Reading) -> Iterable[Fact]:
    mentors = row.mentor_person_id == reading.subject.person_id
    role = Role.MENTOR if mentors else Role.MENTEE
    other, answer = (row.mentee, row.mentor_answer) if mentors else (row.mentor, row.mentee_answer)
    yield Fact("role", N_("You are"), role, (_(ROLE_NAMES[role]),))
    yield Fact("with", N_("With"), other.short_name)
    if row.group is not None:
        yield _theme(row.group.theme, reading)
    yield Fact("form", N_("Form of mentoring"), row.form, (_(words.FORMS[row.form]),))
    yield Fact("kinds", N_("Kinds of mentoring"), row.kinds, [_(words.KINDS[kind]) for kind in row.kinds])
    yield Fact("starts_on", N_("From"), row.starts_on)
    yield Fact("ends_on", N_("Until"), row.ends_on)
    yield Fact("state", N_("State"), row.state, (_(words.STATES[row.state]),))
    yield Fact("answer", N_("Your answer"), answer, None if answer is None else (_(ANSWERS[answer]),))
    if row.order_number is not None:
        yield Fact("order_number", N_("Number of the order"), row.order_number)
        yield Fact("order_date", N_("Date of the order"), row.order_date)


def _group(row: MentoringGroup, reading: Reading) -> Iterable[Fact]:
    yield _theme(row.theme, reading)
    yield Fact("form", N_("Form of mentoring"), row.form, (_(words.FORMS[row.form]),))
    yield Fact("kinds", N_("Kinds of mentoring"), row.kinds, [_(words.KINDS[kind]) for kind in row.kinds])
    yield Fact("starts_on", N_("From"), row.starts_on)
    yield Fact("ends_on", N_("Until"), row.ends_on)


def _theme(code: str, reading: Reading) -> Fact:
    titles = theme_titles(reading.session, reading.subject.school_id)
    return Fact("theme", N_("Theme of the group"), code, (titles.get(code, code),))
