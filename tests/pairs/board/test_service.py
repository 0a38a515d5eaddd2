"""Drafts, marks and sending: the best pairs are found, what people know better holds, nobody overwrites anybody."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MentorState, Wish
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.consents.enums import ClosedWhy
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.matching.scoring import Factor, Rule
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.board import queries, service
from moodle_mentorship.pairs.board.enums import Because, Cause, DraftState, Keep, MarkKind
from moodle_mentorship.pairs.board.errors import BoardChanged, DraftNotReady, NotThisPair
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.board.snapshot import load, load_result
from moodle_mentorship.pairs.board.solving import checked
from moodle_mentorship.pairs.enums import Answer, EndReason, PairState, Side
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.people.enums import Category, Sex, StaffStatus
from tests.conftest import NOW
from tests.factories import BOX
from tests.pairs.board.conftest import BoardSchool, answer, need, offer

ENDS = date(2027, 5, 31)

BEST = {
    "Лебедева": "Тихонова",
    "Мурадова": "Абрамова",
    "Никитин": "Тихонова",
    "Гайдай": "Юсупов",
    "Орлова": None,
}


def send(board: BoardSchool, draft_id: int) -> service.Sent:
    return service.send(board.session, BOX, board.curator, draft_id, ends_on=ENDS, today=NOW.date(), now=NOW)


def test_the_best_pairs_of_the_school_are_found_and_proved(board: BoardSchool, other_board: BoardSchool) -> None:
    """Four places for five: whoever has worked longest stays without; another school's people have no part in it."""
    other_board.calculate()
    opened = board.calculate()
    assert board.by_surname(opened) == BEST
    draft = opened.draft
    assert (draft.number, draft.state, draft.proved, draft.cause) == (1, DraftState.DONE, True, Cause.ASKED)
    assert draft.totals is not None
    assert (draft.totals["matched"], draft.totals["mentees"], draft.totals["full"]) == (4, 5, 3)
    assert draft.versions.keys() == {"product", "ortools"}


def test_a_past_answer_is_checked_again_from_what_was_kept(board: BoardSchool) -> None:
    opened = board.calculate()
    assert checked(opened.snapshot, opened.result) == []
    assert load(opened.snapshot.dump()) == opened.snapshot
    assert load_result(opened.result.dump()) == opened.result
    worse = {**opened.result.assignment, board.id("Лебедева"): None}
    assert (
        checked(
            opened.snapshot, type(opened.result)(worse, opened.result.mentee_prices, {**opened.result.mentor_prices})
        )
        != []
    )


def test_who_somebody_is_changes_nothing(board: BoardSchool, session: Session) -> None:
    """Sex, names and e-mails of all are exchanged: the very same input, and so the same answer."""
    before = board.calculate()
    for number, person in enumerate(board.people.values()):
        person.sex = Sex.MALE if number % 2 else Sex.FEMALE
        person.first_name, person.middle_name, person.email = f"Имя{number}", None, f"{number}@school.example"
        person.last_name = "Ёлкин"
    session.commit()
    after = board.calculate()
    assert (after.snapshot, after.result) == (before.snapshot, before.result)


def test_a_pin_moves_a_mentee_and_is_kept_by_later_drafts(board: BoardSchool) -> None:
    board.calculate()
    board.mark("Лебедева", "Тихонова")
    board.mark("Лебедева", "Юсупов")
    pinned = board.run(board.newest())
    assert pinned.draft.cause is Cause.PINNED
    assert board.by_surname(pinned)["Лебедева"] == "Юсупов"
    assert board.by_surname(board.calculate())["Лебедева"] == "Юсупов"
    assert [mark.mentor_person_id for mark in queries.marks(board.session, board.school.id)] == [board.id("Юсупов")]


def test_a_forbidden_pair_never_comes_and_may_come_again_once_it_is_allowed(board: BoardSchool) -> None:
    forbidden = board.mark("Лебедева", "Тихонова", MarkKind.FORBID, Because.VETO)
    opened = board.run(board.newest())
    assert board.by_surname(opened)["Лебедева"] != "Тихонова"
    assert opened.snapshot.rules(board.id("Лебедева"), board.id("Тихонова")) == [Rule.VETO]
    service.undo(board.session, Jobs(), board.curator, forbidden.id, revision=board.revision, now=NOW)
    again = board.run(board.newest())
    assert (again.draft.cause, board.by_surname(again)) == (Cause.UNDONE, BEST)
    # Undone twice: nothing more happens.
    number = board.newest().number
    service.undo(board.session, Jobs(), board.curator, forbidden.id, revision=0, now=NOW)
    assert board.newest().number == number


def test_classes_and_categories_of_both_sides_come_from_what_they_said(board: BoardSchool, session: Session) -> None:
    for surname, code, said in (
        ("Орлова", "need", need({"digital": 2})),
        ("Тихонова", "offer", offer({"discipline": 3})),
    ):
        answer(session, board.school, board.people[surname], code, said | {"stages": ["upper"]})
    board.people["Орлова"].category = Category.HIGHEST
    session.commit()
    snapshot = board.calculate().snapshot
    mentee, mentor = snapshot.mentees[board.id("Орлова")], snapshot.mentors[board.id("Тихонова")]
    assert (mentee.stages, mentee.category, mentor.stages) == (frozenset({"upper"}), 10_000, frozenset({"upper"}))


def test_a_wish_counts_once_for_each_side(board: BoardSchool) -> None:
    couple = board.id("Орлова"), board.id("Юсупов")

    def wished() -> tuple[int, int]:
        snapshot = board.calculate().snapshot
        parts = {part.factor: part for part in snapshot.fit(*couple).parts}
        return snapshot.known.wished.get(couple, 0), parts[Factor.WISHES].value

    assert wished() == (0, 5_000)
    board.wish("Орлова", "Юсупов", Wish.GLADLY)
    assert wished() == (1, 7_500)
    board.wish("Юсупов", "Орлова", Wish.GLADLY)
    assert wished() == (2, 10_000)


@pytest.mark.parametrize(("author", "of"), [("Лебедева", "Тихонова"), ("Тихонова", "Лебедева")])
def test_either_sides_own_veto_is_a_rule(board: BoardSchool, other_board: BoardSchool, author: str, of: str) -> None:
    board.wish(author, of, Wish.NOT)
    opened = board.calculate()
    assert opened.snapshot.rules(board.id("Лебедева"), board.id("Тихонова")) == [Rule.VETO]
    assert board.by_surname(opened)["Лебедева"] != "Тихонова"
    assert other_board.by_surname(other_board.calculate()) == BEST
    board.wish(author, of, None)
    assert board.by_surname(board.calculate()) == BEST


def test_a_mark_undone_does_not_undo_what_one_of_them_said(board: BoardSchool) -> None:
    mark = board.mark("Лебедева", "Тихонова", MarkKind.FORBID)
    board.wish("Лебедева", "Тихонова", Wish.NOT)
    service.undo(board.session, Jobs(), board.curator, mark.id, revision=board.revision, now=NOW)
    opened = board.run(board.newest())
    assert opened.snapshot.rules(board.id("Лебедева"), board.id("Тихонова")) == [Rule.VETO]


def test_what_was_forbidden_after_the_calculation_is_not_sent(board: BoardSchool, session: Session) -> None:
    draft = board.calculate().draft
    board.wish("Тихонова", "Лебедева", Wish.NOT)
    board.mark("Гайдай", "Юсупов", MarkKind.FORBID)
    sent = send(board, draft.id)
    assert {(one.mentee, one.error.code) for one in sent.refused} == {
        (board.id("Лебедева"), "forbidden_since"),
        (board.id("Гайдай"), "forbidden_since"),
    }
    assert len(sent.pairs) == 2


def test_two_curators_notice_each_other_and_nothing_is_lost(board: BoardSchool, session: Session) -> None:
    seen = board.revision
    board.mark("Лебедева", "Тихонова")
    session.commit()
    with pytest.raises(BoardChanged):
        service.mark(
            session,
            Jobs(),
            BOX,
            board.curator,
            revision=seen,
            mentee_person_id=board.id("Гайдай"),
            mentor_person_id=board.id("Юсупов"),
            kind=MarkKind.PIN,
            because=Because.JUDGEMENT,
            now=NOW,
        )
    session.rollback()
    assert [mark.mentee_person_id for mark in queries.marks(session, board.school.id)] == [board.id("Лебедева")]
    with pytest.raises(BoardChanged):
        service.weigh(session, Jobs(), board.curator, revision=seen, weights={"needs": 1}, keep=Keep.NONE, now=NOW)


def test_only_who_waits_and_who_takes_mentees_is_marked(board: BoardSchool, other_board: BoardSchool) -> None:
    with pytest.raises(NotThisPair):
        board.mark("Тихонова", "Лебедева")
    board.people["Лебедева"] = other_board.people["Лебедева"]
    with pytest.raises(NotThisPair):
        board.mark("Лебедева", "Тихонова")


def test_weights_of_the_school_decide(board: BoardSchool) -> None:
    only_subject = dict.fromkeys(("needs", "time", "experience", "wishes", "building", "last_year"), 0) | {
        "subject": 100
    }
    service.weigh(board.session, Jobs(), board.curator, revision=0, weights=only_subject, keep=Keep.NONE, now=NOW)
    opened = board.run(board.newest())
    assert opened.snapshot.fit(board.id("Лебедева"), board.id("Тихонова")).score == 10_000
    assert opened.snapshot.fit(board.id("Лебедева"), board.id("Абрамова")).score == 0


def test_without_a_ground_nothing_is_read_and_nobody_is_paired(board: BoardSchool, session: Session) -> None:
    for ground in session.scalars(select(ProcessingGround).where(ProcessingGround.person_id == board.id("Никитин"))):
        ground.closed_at, ground.closed_why = NOW, ClosedWhy.WITHDRAWN
    opened = board.calculate()
    silent = opened.snapshot.mentees[board.id("Никитин")]
    assert (silent.needs, silent.free, silent.lawful) == ({}, frozenset(), False)
    assert board.by_surname(opened)["Никитин"] is None


def test_what_the_staff_list_knows_of_their_work_counts(board: BoardSchool, session: Session) -> None:
    mentor, mentee = board.people["Тихонова"], board.people["Лебедева"]
    mentor.category, mentor.building, mentor.teaching_since = Category.FIRST, "Садовая", date(1990, 9, 1)
    mentee.building, mentee.line_manager_id = "Садовая", board.id("Абрамова")
    board.people["Юсупов"].break_from = date(2026, 10, 1)
    session.commit()
    snapshot = board.calculate().snapshot
    known = snapshot.mentors[mentor.id]
    assert (known.category, known.building, known.years) == (7000, "Садовая", 36)
    assert snapshot.mentees[mentee.id].building == "Садовая"
    assert snapshot.rules(mentee.id, board.id("Абрамова")) == [Rule.LINE_MANAGER]
    assert snapshot.rules(mentee.id, board.id("Юсупов")) == [Rule.AWAY]


def test_a_pair_that_one_of_them_declined_this_year_is_not_proposed_again(board: BoardSchool) -> None:
    pair = pairs.propose(
        board.session,
        board.curator,
        mentor_person_id=board.id("Тихонова"),
        mentee_person_id=board.id("Лебедева"),
        starts_on=date(2026, 12, 1),
        ends_on=ENDS,
        now=NOW,
    )
    mentee = board.school.actor(board.people["Лебедева"])
    pairs.answer(board.session, mentee, pair.id, Side.MENTEE, Answer.NO, NOW)
    opened = board.calculate()
    assert opened.snapshot.rules(board.id("Лебедева"), board.id("Тихонова")) == [Rule.REFUSED]
    assert board.by_surname(opened)["Лебедева"] not in (None, "Тихонова")


def test_few_are_moved_for_one_change_and_it_can_be_undone(board: BoardSchool, other_board: BoardSchool) -> None:
    first = board.calculate()
    others = other_board.calculate()
    weights = {factor.value: weight for factor, weight in first.snapshot.weights.items()}
    mark = board.mark("Лебедева", "Юсупов", keep=Keep.FEW, draft=first.draft.id)
    few = board.run(board.newest())
    assert (few.draft.keep, few.draft.kept_draft_id, few.snapshot.stability) == (Keep.FEW, first.draft.id, 10_000)
    assert few.snapshot.previous == {
        (mentee, mentor) for mentee, mentor in first.result.assignment.items() if mentor is not None
    }
    # One pair gives way, the others stand; the answer is checked again with what was kept.
    assert board.by_surname(few) == BEST | {"Лебедева": "Юсупов", "Гайдай": "Тихонова"}
    assert (few.draft.proved, checked(few.snapshot, few.result)) == (True, [])
    # What stood before a change of few moves is there again, and a new calculation begins anew.
    service.undo(board.session, Jobs(), board.curator, mark.id, revision=board.revision, now=NOW)
    back = board.run(board.newest())
    assert (board.by_surname(back), back.draft.keep) == (BEST, Keep.NONE)
    with pytest.raises(NotFound):
        board.mark("Лебедева", "Юсупов", keep=Keep.FEW, draft=others.draft.id)
    board.session.rollback()
    service.weigh(
        board.session, Jobs(), board.curator, revision=board.revision, weights=weights, keep=Keep.SOME, now=NOW
    )
    kept = board.run(board.newest())
    assert (board.by_surname(kept), kept.draft.keep, kept.snapshot.stability) == (BEST, Keep.SOME, 500)
    assert other_board.by_surname(other_board.calculate()) == BEST


def test_earlier_pairs_are_kept_as_the_school_wants_it(board: BoardSchool, session: Session) -> None:
    """Two who are as good for one mentor: last year decides, and no pair that was broken off counts."""
    for surname, ended in (("Орлова", EndReason.COMPLETED), ("Гайдай", EndReason.MENTEE_REFUSED)):
        session.add(
            Pair(
                school_id=board.school.id,
                space=Space(school_id=board.school.id),
                mentor_person_id=board.id("Абрамова"),
                mentee_person_id=board.id(surname),
                state=PairState.ENDED,
                starts_on=date(2025, 10, 1),
                ends_on=date(2026, 5, 28),
                proposed_at=NOW,
                closed_at=NOW,
                end_reason=ended,
                order_date=date(2025, 10, 1),
                order_number="1",
            )
        )
    session.commit()
    couple = board.id("Орлова"), board.id("Абрамова")
    plain = board.calculate()
    assert (plain.snapshot.known.last_year, plain.snapshot.previous) == (frozenset({couple}), frozenset())
    weights = {factor.value: weight for factor, weight in plain.snapshot.weights.items()}
    service.weigh(
        board.session, Jobs(), board.curator, revision=board.revision, weights=weights, keep=Keep.STRONGLY, now=NOW
    )
    kept = board.run(board.newest())
    stood = {(mentee, mentor) for mentee, mentor in plain.result.assignment.items() if mentor is not None}
    assert (kept.snapshot.previous, kept.snapshot.stability) == (frozenset(stood | {couple}), 1_000)
    assert load(kept.snapshot.dump()) == kept.snapshot
    # A change keeps as much as the draft on which it is made.
    board.mark("Лебедева", "Юсупов")
    assert board.run(board.newest()).draft.keep is Keep.STRONGLY


def test_sending_proposes_every_pair_once(board: BoardSchool, session: Session) -> None:
    draft = board.calculate().draft
    sent = send(board, draft.id)
    assert (len(sent.pairs), sent.refused) == (4, [])
    kept = {(pair.mentee.last_name, pair.mentor.last_name, pair.state) for pair in session.scalars(select(Pair))}
    assert kept == {(mentee, mentor, PairState.PROPOSED) for mentee, mentor in BEST.items() if mentor}
    held = {mentor.person.last_name: mentor.places_held for mentor in session.scalars(select(Mentor))}
    assert held == {"Тихонова": 2, "Абрамова": 1, "Юсупов": 1}
    with pytest.raises(DraftNotReady):
        send(board, draft.id)
    assert session.scalar(select(func.count()).select_from(Pair)) == 4


def test_a_mentor_who_left_since_refuses_their_own_pair_only(board: BoardSchool, session: Session) -> None:
    draft = board.calculate().draft
    board.people["Юсупов"].status = StaffStatus.LEFT
    session.commit()
    sent = send(board, draft.id)
    assert [(one.mentee, one.mentor, one.error.code) for one in sent.refused] == [
        (board.id("Гайдай"), board.id("Юсупов"), "not_employed")
    ]
    assert len(sent.pairs) == 3
    # The mentee waits on, and the next draft knows.
    assert board.by_surname(board.calculate()) == {"Гайдай": None, "Орлова": None}


def test_a_pin_that_can_not_be_kept_any_more_is_left_aside(board: BoardSchool, session: Session) -> None:
    board.mark("Лебедева", "Тихонова")
    board.mark("Мурадова", "Юсупов")
    session.scalars(select(Mentor).where(Mentor.person_id == board.id("Тихонова"))).one().state = MentorState.PAUSED
    opened = board.run(board.newest())
    assert opened.snapshot.holding_pins == [(board.id("Мурадова"), board.id("Юсупов"))]
    assert opened.draft.proved


def test_another_schools_drafts_and_marks_are_not_found(board: BoardSchool, other_board: BoardSchool) -> None:
    draft = board.calculate().draft
    mark = board.mark("Лебедева", "Тихонова")
    with pytest.raises(NotFound):
        send(other_board, draft.id)
    with pytest.raises(NotFound):
        service.stop(board.session, other_board.curator, draft.id, NOW)
    with pytest.raises(NotFound):
        service.undo(board.session, Jobs(), other_board.curator, mark.id, revision=0, now=NOW)


def test_whose_profile_has_to_go_stands_in_no_kept_draft(board: BoardSchool, session: Session) -> None:
    with_them = board.calculate().draft
    session.scalars(select(Mentor).where(Mentor.person_id == board.id("Юсупов"))).one().state = MentorState.PAUSED
    without = board.calculate().draft
    service.forget(session, BOX, board.curator, board.id("Юсупов"), NOW)
    assert (with_them.sealed_input, with_them.sealed_result) == (None, None)
    assert with_them.totals is not None
    assert queries.opened(without, BOX) is not None
    with pytest.raises(DraftNotReady):
        send(board, with_them.id)


def test_nothing_that_stands_open_names_a_veto(board: BoardSchool, session: Session) -> None:
    """Neither the journal, which others read, nor a column that is not sealed."""
    board.mark("Лебедева", "Тихонова", MarkKind.FORBID, Because.VETO)
    board.run(board.newest())
    told = [(event.action, event.details) for event in session.scalars(select(AuditEvent)) if "board" in event.action]
    assert told == [("board.mark", {}), ("board.calculate", {})]
    for table in (Mark, Draft):
        for row in session.execute(select(table.__table__)).mappings():
            plain = {name: value for name, value in row.items() if not name.startswith("sealed_")}
            assert "veto" not in str(plain)
            assert all("veto" not in str(value) for value in row.values())
