"""What has to lie with the curator before a pair's order, and while it works (152-ФЗ ст. 9, ст. 351.8 ТК)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.queries import has_given, reminded_on
from moodle_mentorship.consents.words import KINDS
from moodle_mentorship.core.db import among
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.obstacles import Help, Obstacle, Reminding
from moodle_mentorship.pairs.enums import PairState, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import Person

_NO_BASIS = N_("Ground of the mentor's work")


@dataclass(frozen=True)
class Lack:
    """What is missing of whom; no document: nobody has said yet on what ground the mentor does this work."""

    side: Side
    person: Person
    document: ConsentKind | None


_MENTOR_OF_PAIR = and_(Mentor.school_id == Pair.school_id, Mentor.person_id == Pair.mentor_person_id)


def lacking(session: Session, pair: Pair) -> list[Lack]:
    """What this pair lacks for its order, in one statement. A mark in Moodle is no paper; of who mentors by a duty of
    the post or by a contract no consent under ст. 351.8 ТК is needed."""
    return lacking_by_pair(session, pair.school_id, [pair])[pair.id]


def lacking_of(session: Session, school_id: int, pairs: Sequence[Pair]) -> list[Lack]:
    """The same of several pairs together. What is missing of a mentor is named once."""
    lacks = lacking_by_pair(session, school_id, pairs)
    return list(dict.fromkeys(lack for pair in pairs for lack in lacks[pair.id]))


def lacking_by_pair(session: Session, school_id: int, pairs: Sequence[Pair]) -> dict[int, list[Lack]]:
    """The same of several pairs, each by itself: by the pair's id, in one statement."""
    if not pairs:
        return {}
    conditions = _conditions(school_id)
    found = session.execute(
        select(Pair.id, *conditions.values())
        .select_from(Pair)
        .join(Mentor, _MENTOR_OF_PAIR)
        .where(Pair.school_id == school_id, among(Pair.id, [pair.id for pair in pairs]))
    )
    missing = {pair_id: dict(zip(conditions, answers, strict=True)) for pair_id, *answers in found}
    return {
        pair.id: [
            Lack(side, pair.mentor if side is Side.MENTOR else pair.mentee, document)
            for (side, document), is_missing in missing[pair.id].items()
            if is_missing
        ]
        for pair in pairs
    }


def told(lacks: Sequence[Lack]) -> dict[str, list[str]]:
    """The same for a refusal: side → words."""
    return {
        side.value: [KINDS[lack.document] if lack.document else _NO_BASIS for lack in lacks if lack.side is side]
        for side in Side
        if any(lack.side is side for lack in lacks)
    }


def told_by_name(lacks: Sequence[Lack]) -> dict[str, list[str]]:
    """The same where several people of one side may lack something: name → words."""
    found: dict[str, list[str]] = {}
    for lack in lacks:
        found.setdefault(lack.person.short_name, []).append(KINDS[lack.document] if lack.document else _NO_BASIS)
    return found


def obstacles(session: Session, school_id: int, lacks: Sequence[Lack]) -> list[Obstacle]:
    """The same as what keeps a document in the draft, with what helps over each."""
    reminded = reminded_on(session, school_id, [lack.person.id for lack in lacks])
    return [_obstacle(lack, reminded.get(lack.person.id)) for lack in lacks]


def _obstacle(lack: Lack, reminded: date | None) -> Obstacle:
    person_id = lack.person.id
    if lack.document is None:
        # The school's own to say: there is nothing that the mentor could bring.
        enter = Help(N_("Enter"), "banks.card", {"person_id": person_id})
        return Obstacle(lack.person.short_name, _NO_BASIS, (enter,))
    about = {"person_id": person_id, "document": lack.document.value}
    to_sign = Help(N_("Print"), "consents.paper", about), Help(N_("Record"), "consents.record", about)
    reminding = Reminding("consents.remind", person_id, reminded)
    return Obstacle(lack.person.short_name, KINDS[lack.document], to_sign, reminding)


def working_without(session: Session, school_id: int) -> Sequence[Pair]:
    """Pairs at work whose papers have ended or were never recorded, those that end soonest first. The curator decides
    what becomes of each: a pair is never ended silently."""
    ids = ids_without(school_id)
    return session.scalars(
        select(Pair).where(Pair.school_id == school_id, Pair.id.in_(ids)).order_by(Pair.ends_on, Pair.id)
    ).all()


def ids_without(school_id: int) -> Select[int]:
    """Ids of the pairs of `working_without`."""
    lacks_any = or_(*_conditions(school_id).values())
    return (
        select(Pair.id)
        .join(Mentor, _MENTOR_OF_PAIR)
        .where(Pair.school_id == school_id, Pair.state == PairState.ORDERED, lacks_any)
    )


def _conditions(school_id: int) -> dict[tuple[Side, ConsentKind | None], ColumnElement[bool]]:
    """Each thing that may be missing, as a condition on a pair and its mentor's entry."""
    mentor, mentee = Pair.mentor_person_id.expression, Pair.mentee_person_id.expression
    return {
        (Side.MENTOR, None): Mentor.basis.is_(None),
        (Side.MENTOR, ConsentKind.MENTOR_WORK): and_(
            Mentor.basis == Basis.ASSIGNMENT, ~has_given(school_id, mentor, ConsentKind.MENTOR_WORK)
        ),
        (Side.MENTOR, ConsentKind.PROCESSING_MENTOR): ~has_given(school_id, mentor, ConsentKind.PROCESSING_MENTOR),
        (Side.MENTEE, ConsentKind.PROCESSING_MENTEE): ~has_given(school_id, mentee, ConsentKind.PROCESSING_MENTEE),
    }
