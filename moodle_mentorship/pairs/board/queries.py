"""Questions about the board: what a draft is calculated from, drafts, marks, and who the people on it are."""

import json
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from moodle_mentorship.banks import wishes
from moodle_mentorship.banks.enums import Bank, MenteeState, MentorState, Wish
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.consents.queries import people_with_ground
from moodle_mentorship.core.db import among
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.matching import scoring
from moodle_mentorship.matching.scale import FULL
from moodle_mentorship.matching.scoring import Factor, Known, Rule
from moodle_mentorship.pairs.board.enums import Because, Cause, DraftKind, DraftState, Keep, MarkKind
from moodle_mentorship.pairs.board.grouping import Asked, Formed, load_asked, load_formed
from moodle_mentorship.pairs.board.models import Board, Draft, Mark
from moodle_mentorship.pairs.board.snapshot import BONUS, Couple, Result, Snapshot, load, load_result
from moodle_mentorship.pairs.enums import EndReason, PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.enums import Category, StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.models import School
from moodle_mentorship.school.week import parts_of
from moodle_mentorship.surveys.queries import latest_of
from moodle_mentorship.surveys.ready import STAGES

#: Drafts that stand side by side.
RECENT = 4

#: Pairs that one of the two or the school broke off: they worked together, and are not to again for that reason.
BROKEN = (EndReason.REPLACED, EndReason.CANCELLED, EndReason.MENTOR_REFUSED, EndReason.MENTEE_REFUSED)

_YEAR = timedelta(days=365)
# How much of the factor a category is; nobody's is not known.
_CATEGORIES: dict[Category | None, int] = {
    Category.NONE: 3_000,
    Category.FIRST: 7_000,
    Category.HIGHEST: FULL,
    Category.METHODIST: FULL,
    Category.MENTOR: FULL,
}


def board_of(session: Session, school_id: int) -> Board:
    """The school's board; before the first draft one that is not stored yet, with the usual weights."""
    found = session.scalar(select(Board).where(Board.school_id == school_id))
    return found or Board(school_id=school_id, revision=0, weights=dict(scoring.WEIGHTS), keep=Keep.NONE)


def draft_of(session: Session, school_id: int, draft_id: int, kind: DraftKind = DraftKind.PAIRS) -> Draft:
    """Raises `NotFound`."""
    draft = session.scalar(select(Draft).where(Draft.school_id == school_id, Draft.id == draft_id, Draft.kind == kind))
    if draft is None:
        raise NotFound(f"draft {draft_id}")
    return draft


def recent(session: Session, school_id: int, kind: DraftKind = DraftKind.PAIRS) -> list[Draft]:
    """The newest drafts that are calculated and may still be read, the newest first."""
    return list(
        session.scalars(
            select(Draft)
            .where(
                Draft.school_id == school_id,
                Draft.kind == kind,
                Draft.state == DraftState.DONE,
                Draft.sealed_result.is_not(None),
            )
            .order_by(Draft.number.desc())
            .limit(RECENT)
        )
    )


def newest(session: Session, school_id: int, kind: DraftKind = DraftKind.PAIRS) -> Draft | None:
    """The draft that was asked for last, whatever became of it."""
    return session.scalar(
        select(Draft).where(Draft.school_id == school_id, Draft.kind == kind).order_by(Draft.number.desc()).limit(1)
    )


def at_work(session: Session, school_id: int, kind: DraftKind = DraftKind.PAIRS) -> Draft | None:
    """The draft that is being calculated, or waits for a worker."""
    unfinished = Draft.state.in_((DraftState.QUEUED, DraftState.RUNNING))
    return session.scalar(select(Draft).where(Draft.school_id == school_id, Draft.kind == kind, unfinished))


def marks(session: Session, school_id: int) -> list[Mark]:
    """The marks that hold, oldest first."""
    return list(
        session.scalars(select(Mark).where(Mark.school_id == school_id, Mark.undone_at.is_(None)).order_by(Mark.id))
    )


def marks_by_id(session: Session, school_id: int, ids: Iterable[int]) -> dict[int, Mark]:
    """Marks by id, undone ones too."""
    found = session.scalars(select(Mark).where(Mark.school_id == school_id, among(Mark.id, ids)))
    return {mark.id: mark for mark in found}


def because_of(mark: Mark, box: SecretBox) -> Because:
    """Why it was made; for curators alone."""
    return Because(json.loads(box.open(mark.sealed_because)))


def words_of(mark: Mark, box: SecretBox) -> str | None:
    """What the curator wrote beside it; for curators alone."""
    return box.open(mark.sealed_words) if mark.sealed_words is not None else None


def people(session: Session, school_id: int, ids: Iterable[int]) -> dict[int, Person]:
    """People by id."""
    found = session.scalars(select(Person).where(Person.school_id == school_id, among(Person.id, ids)))
    return {person.id: person for person in found}


def waiting_ids(session: Session, school_id: int) -> set[int]:
    """Mentees who wait for a mentor now."""
    return set(session.scalars(_waiting(school_id).with_only_columns(Mentee.person_id)))


def entries(session: Session, school_id: int) -> dict[int, Mentor]:
    """Mentors who take mentees now, by person."""
    return {mentor.person_id: mentor for mentor in session.scalars(_available(school_id))}


@dataclass(frozen=True)
class Opened:
    """A draft with its sealed parts opened."""

    draft: Draft
    snapshot: Snapshot
    result: Result


def opened(draft: Draft, box: SecretBox) -> Opened | None:
    """None where the draft is not calculated, or its data were deleted."""
    if draft.sealed_input is None or draft.sealed_result is None:
        return None
    return Opened(draft, load(box.open(draft.sealed_input)), load_result(box.open(draft.sealed_result)))


def snapshot_of(draft: Draft, box: SecretBox) -> Snapshot | None:
    """What a draft of either kind was calculated from, as long as it is kept."""
    return load(box.open(draft.sealed_input)) if draft.sealed_input is not None else None


@dataclass(frozen=True)
class OpenedGroups:
    """A draft of groups with its sealed parts opened."""

    draft: Draft
    asked: Asked
    snapshot: Snapshot
    formed: Formed


def opened_groups(draft: Draft, box: SecretBox) -> OpenedGroups | None:
    """None where the draft is not calculated, or its data were deleted."""
    if draft.sealed_input is None or draft.sealed_result is None:
        return None
    formed = load_formed(box.open(draft.sealed_result))
    return OpenedGroups(draft, asked_of(draft, box), load(box.open(draft.sealed_input)), formed)


def asked_of(draft: Draft, box: SecretBox) -> Asked:
    """What groups were asked for."""
    if draft.sealed_asked is None:
        raise ValueError(f"draft {draft.id} is of pairs")
    return load_asked(box.open(draft.sealed_asked))


def refused(session: Session, school_id: int, year_begins: date, limit: int) -> list[Pair]:
    """Pairs declined in this school year whose mentee waits, and has had no proposal since; the oldest first."""
    later = aliased(Pair)
    return list(
        session.scalars(
            select(Pair)
            .join(Mentee, and_(Mentee.school_id == Pair.school_id, Mentee.person_id == Pair.mentee_person_id))
            .where(
                Pair.school_id == school_id,
                Pair.state == PairState.DECLINED,
                Pair.starts_on >= year_begins,
                Mentee.state == MenteeState.WAITING,
                ~exists().where(
                    later.school_id == Pair.school_id,
                    later.mentee_person_id == Pair.mentee_person_id,
                    later.id > Pair.id,
                ),
            )
            .order_by(Pair.closed_at, Pair.id)
            .limit(limit)
        )
    )


def snapshot(session: Session, box: SecretBox, school_id: int, starts_on: date, also: Collection[int] = ()) -> Snapshot:
    """Everything that a draft is calculated from, in a number of statements that doesn't grow with the school. `also`
    are mentees who don't wait, and are asked about all the same.

    Of a person without a legal ground nothing is read but their place in the bank.
    """
    school = session.scalars(select(School).where(School.id == school_id)).one()
    starts_on = max(starts_on, school.year_begins)
    asked = select(Mentee).where(
        Mentee.school_id == school_id, (Mentee.state == MenteeState.WAITING) | among(Mentee.person_id, also)
    )
    mentees = session.scalars(asked.order_by(Mentee.person_id)).all()
    mentors = session.scalars(_available(school_id).order_by(Mentor.person_id)).all()
    young = _sides(session, school_id, starts_on, mentees, Purpose.MENTEE_PROFILE)
    old = _sides(session, school_id, starts_on, mentors, Purpose.MENTOR_PROFILE)
    needs = latest_of(session, school_id, list(young), "need")
    offers = latest_of(session, school_id, list(old), "offer")
    trained = {mentor.person_id for mentor in mentors if mentor.trained_on is not None}
    held = marks(session, school_id)
    return Snapshot(
        starts_on=starts_on,
        weights={Factor(name): weight for name, weight in board_of(session, school_id).weights.items()},
        mentees={
            id_: scoring.Mentee(
                **side,
                needs=said.get("levels", {}),
                hardest=frozenset(said.get("hardest", ())),
                stages=frozenset(said.get(STAGES, ())),
            )
            for id_, side in young.items()
            for said in [needs[id_].values if id_ in needs else {}]
        },
        mentors={
            id_: scoring.Mentor(
                **side,
                strengths=said.get("strengths", {}),
                stages=frozenset(said.get(STAGES, ())),
                trained=id_ in trained,
            )
            for id_, side in old.items()
            for said in [offers[id_].values if id_ in offers else {}]
        },
        places={mentor.person_id: mentor.places_free for mentor in mentors},
        known=_known(session, box, school, held, young, old),
        pins=frozenset((mark.mentee_person_id, mark.mentor_person_id) for mark in held if mark.kind is MarkKind.PIN),
    )


def keeping(session: Session, box: SecretBox, draft: Draft, snapshot: Snapshot) -> Snapshot:
    """The same with the pairs that the draft is to keep: of the draft before it, as far as that may still be read, and
    of last year.

    The pair of a mark that is undone is free to go.
    """
    if draft.keep is Keep.NONE:
        return snapshot
    before = draft_of(session, draft.school_id, draft.kept_draft_id) if draft.kept_draft_id is not None else None
    undone = None
    if draft.cause is Cause.UNDONE and draft.mark_id is not None:
        mark = marks_by_id(session, draft.school_id, [draft.mark_id])[draft.mark_id]
        undone = (mark.mentee_person_id, mark.mentor_person_id)
    return _keeping(snapshot, box, draft.keep, before, undone)


def keeping_as_next(session: Session, box: SecretBox, school_id: int, snapshot: Snapshot) -> Snapshot:
    """The same with the pairs that the next draft will keep, when nothing is changed on the board."""
    keep = board_of(session, school_id).keep
    if keep is Keep.NONE:
        return snapshot
    return _keeping(snapshot, box, keep, next(iter(recent(session, school_id)), None))


def _keeping(
    snapshot: Snapshot, box: SecretBox, keep: Keep, before: Draft | None, undone: Couple | None = None
) -> Snapshot:
    """Where few are to be moved for one change, last year has had its say in the draft before."""
    stood = opened(before, box) if before is not None else None
    kept = {(mentee, mentor) for mentee, mentor in stood.result.assignment.items() if mentor} if stood else set()
    kept -= {undone}
    if keep is not Keep.FEW:
        kept |= set(snapshot.known.last_year)
    here = {couple for couple in kept if couple[0] in snapshot.mentees and couple[1] in snapshot.mentors}
    return replace(snapshot, previous=frozenset(here), stability=BONUS[keep])


def _waiting(school_id: int) -> Select[Mentee]:
    return select(Mentee).where(Mentee.school_id == school_id, Mentee.state == MenteeState.WAITING)


def _available(school_id: int) -> Select[Mentor]:
    return select(Mentor).where(Mentor.school_id == school_id, Mentor.state == MentorState.AVAILABLE)


def _sides(
    session: Session, school_id: int, starts_on: date, found: Sequence[Mentee] | Sequence[Mentor], purpose: Purpose
) -> dict[int, dict[str, Any]]:
    lawful = set(session.scalars(people_with_ground(school_id, purpose)))
    return {entry.person_id: _side(entry.person, starts_on, lawful=entry.person_id in lawful) for entry in found}


def _side(person: Person, starts_on: date, *, lawful: bool) -> dict[str, Any]:
    """What the staff list knows of somebody's work; where nobody has said how long they teach, the years here count."""
    begun = person.teaching_since or person.hire_date
    away = person.break_from is not None and person.break_from <= starts_on
    return {
        "id": person.id,
        "subjects": _subjects(person),
        "years": max((starts_on - begun) // _YEAR, 0) if begun is not None else None,
        "category": _CATEGORIES.get(person.category),
        "building": person.building,
        "hired_on": person.hire_date,
        "line_manager": person.line_manager_id,
        "away": away and (person.break_until is None or person.break_until >= starts_on),
        "leaves": person.status is not StaffStatus.ACTIVE or not person.employed,
        "lawful": lawful,
        "free": frozenset(parts_of(person.free_slots) if lawful else ()),
    }


def _subjects(person: Person) -> frozenset[str]:
    """Subjects as they are written, by commas; teachers of primary classes have their classes for a subject."""
    given = {part.strip().lower() for part in (person.subjects or "").replace(";", ",").split(",")}
    if "начальных классов" in (person.position or "").lower():
        given.add("начальные классы")
    return frozenset(given - {""})


def forbidden(session: Session, box: SecretBox, school_id: int) -> dict[Couple, Rule]:
    """Couples that may not be, by a curator's mark or because one of the two said so; for curators alone."""
    return _forbidden(marks(session, school_id), box, wishes.all_said(session, box, school_id))


def _forbidden(
    held: Sequence[Mark], box: SecretBox, said: Mapping[Bank, Mapping[int, wishes.Said]]
) -> dict[Couple, Rule]:
    found = {
        (mark.mentee_person_id, mark.mentor_person_id): Rule.VETO
        if because_of(mark, box) is Because.VETO
        else Rule.CURATOR
        for mark in held
        if mark.kind is MarkKind.FORBID
    }
    return found | {couple: Rule.VETO for couple, wish in _wishes(said) if wish is Wish.NOT}


def _wishes(said: Mapping[Bank, Mapping[int, wishes.Said]]) -> Iterator[tuple[Couple, Wish]]:
    """Each wish with the couple it is about, of one side or the other."""
    for author, of in said[Bank.MENTEES].items():
        yield from (((author, colleague), wish) for colleague, wish in of.items())
    for author, of in said[Bank.MENTORS].items():
        yield from (((colleague, author), wish) for colleague, wish in of.items())


def _known(
    session: Session,
    box: SecretBox,
    school: School,
    held: Sequence[Mark],
    mentees: Container[int],
    mentors: Container[int],
) -> Known:
    """What is known of couples; wishes and bans only of those who stand in the draft, nothing else of them is its
    business."""
    couple = Pair.mentee_person_id, Pair.mentor_person_id
    past = session.execute(
        select(*couple, Pair.state).where(
            Pair.school_id == school.id,
            (and_(Pair.state == PairState.DECLINED, Pair.starts_on >= school.year_begins))
            | (
                and_(
                    Pair.state == PairState.ENDED,
                    Pair.starts_on < school.year_begins,
                    Pair.ends_on >= school.year_begins - _YEAR,
                    Pair.end_reason.not_in(BROKEN),
                )
            ),
        )
    ).all()
    said = wishes.all_said(session, box, school.id)

    def in_state(state: PairState) -> frozenset[Couple]:
        return frozenset((mentee, mentor) for mentee, mentor, was in past if was is state)

    def here(of: Couple) -> bool:
        return of[0] in mentees and of[1] in mentors

    return Known(
        wished=Counter(of for of, wish in _wishes(said) if wish is Wish.GLADLY and here(of)),
        last_year=in_state(PairState.ENDED),
        refused=in_state(PairState.DECLINED),
        forbidden={of: rule for of, rule in _forbidden(held, box, said).items() if here(of)},
        training_required=school.training_required,
    )
