"""Groups on one theme: what is found and why, marks and rules that hold, sending, and a calculation that breaks off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MenteeState, MentorState, Wish
from moodle_mentorship.banks.errors import NotInMentorBank
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.banks.queries import mentee_of, mentor_of
from moodle_mentorship.consents.enums import ClosedWhy, GroundKind
from moodle_mentorship.consents.models import ProcessingGround
from moodle_mentorship.consents.service import open_processing
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.matching import groups as search
from moodle_mentorship.pairs.board import errors, group_solving, grouping, jobs, queries, service
from moodle_mentorship.pairs.board.enums import Alone, DraftKind, DraftState, MarkKind
from moodle_mentorship.pairs.board.grouping import Asked
from moodle_mentorship.pairs.board.models import Draft
from moodle_mentorship.pairs.board.queries import OpenedGroups
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair
from moodle_mentorship.people.enums import Sex, StaffStatus
from tests.conftest import NOW
from tests.factories import BOX
from tests.pairs.board.conftest import THEMES, BoardSchool, add_mentee
from tests.pairs.board.test_jobs import Killed, woken

ASKED = Asked(tuple(sorted(THEMES)), 3, 6)
BEST = {
    ("discipline", "Тихонова"): {"Белкина", "Громова", "Лебедева", "Никитин"},
    ("digital", "Юсупов"): {"Волков", "Гайдай", "Орлова"},
}


def ask(board: BoardSchool, asked: Asked = ASKED, **changes: Any) -> Draft:
    newest = queries.newest(board.session, board.school.id, DraftKind.GROUPS)
    values = {"after": newest.id if newest is not None else None, "now": NOW} | changes
    return service.form(board.session, Jobs(), BOX, board.curator, asked, **values)


def formed(board: BoardSchool, asked: Asked = ASKED) -> OpenedGroups:
    return run(board, ask(board, asked))


def run(board: BoardSchool, draft: Draft) -> OpenedGroups:
    board.session.commit()
    jobs.run(board.runtime, draft.id)
    board.session.expire_all()
    opened = queries.opened_groups(draft, BOX)
    assert opened is not None, (draft.state, draft.error_code)
    return opened


def by_surname(board: BoardSchool, opened: OpenedGroups) -> dict[tuple[str, str], set[str]]:
    names = {person.id: surname for surname, person in board.people.items()}
    return {(group.theme, names[group.mentor]): {names[id_] for id_ in group.members} for group in opened.formed.groups}


def why(board: BoardSchool, opened: OpenedGroups) -> dict[str, Alone]:
    names = {person.id: surname for surname, person in board.people.items()}
    found = grouping.reasons(opened.snapshot, opened.asked, opened.formed)
    return {names[id_]: reason.why for id_, reason in found.items()}


def send(board: BoardSchool, draft: Draft, *keys: str) -> service.SentGroups:
    opened = queries.opened_groups(draft, BOX)
    chosen = keys or [group.key for group in opened.formed.groups] if opened is not None else keys
    ends_on = board.school.school.year_ends
    return service.send_groups(
        board.session, BOX, board.curator, draft.id, chosen, ends_on=ends_on, today=NOW.date(), now=NOW
    )


def mentor(board: BoardSchool, surname: str) -> Mentor:
    found = mentor_of(board.session, board.school.id, board.id(surname))
    assert found is not None
    return found


def mentee(board: BoardSchool, surname: str) -> Mentee:
    found = mentee_of(board.session, board.school.id, board.id(surname))
    assert found is not None
    return found


def test_the_best_groups_are_found_and_proved(crowd: BoardSchool, other_board: BoardSchool) -> None:
    other_board.session.commit()
    opened = formed(crowd)
    assert by_surname(crowd, opened) == BEST
    assert why(crowd, opened) == {"Мурадова": Alone.FEW}
    assert (opened.draft.proved, opened.formed.unproved) == (True, None)
    assert opened.draft.totals is not None
    assert {name: opened.draft.totals[name] for name in ("mentees", "grouped", "groups")} == {
        "mentees": 8,
        "grouped": 7,
        "groups": 2,
    }
    # What is kept says the same again, and stands open nowhere.
    assert grouping.load_formed(opened.formed.dump()) == opened.formed
    assert grouping.load_asked(opened.asked.dump()) == opened.asked == ASKED
    stored = [opened.draft.sealed_asked, opened.draft.sealed_input, opened.draft.sealed_result]
    assert all(text is not None and "discipline" not in text for text in stored)
    # The board of pairs knows nothing of it.
    assert queries.newest(crowd.session, crowd.school.id) is None
    assert crowd.calculate().draft.number == 1


def test_who_somebody_is_changes_nothing(crowd: BoardSchool, session: Session) -> None:
    before = formed(crowd).formed
    for number, person in enumerate(crowd.people.values()):
        person.sex = Sex.MALE if number % 2 else Sex.FEMALE
        person.first_name, person.middle_name, person.last_name = f"Имя{number}", None, "Ёлкин"
    session.commit()
    assert formed(crowd).formed == before


def test_a_couple_that_may_not_be_is_in_no_group(crowd: BoardSchool) -> None:
    """Whoever forbids it, and whatever the group loses by it."""
    crowd.mark("Громова", "Тихонова", MarkKind.FORBID)
    crowd.wish("Белкина", "Тихонова", Wish.NOT)
    crowd.wish("Тихонова", "Никитин", Wish.NOT)
    opened = formed(crowd)
    couples = {(group.mentor, id_) for group in opened.formed.groups for id_ in group.members}
    barred = {(crowd.id("Тихонова"), crowd.id(name)) for name in ("Громова", "Белкина", "Никитин")}
    assert not couples & barred
    # One is left to Тихонова, the four can only be together under Юсупов, who has one place.
    assert [set(group) for group in by_surname(crowd, opened).values()] == [
        {"Белкина", "Громова", "Лебедева", "Никитин"}
    ]
    assert why(crowd, opened)["Гайдай"] is Alone.FULL


def test_a_pin_keeps_the_mentee_and_the_place_for_a_pair(crowd: BoardSchool) -> None:
    crowd.mark("Лебедева", "Юсупов")
    opened = formed(crowd)
    assert by_surname(crowd, opened) == {("discipline", "Тихонова"): {"Белкина", "Громова", "Никитин"}}
    found = why(crowd, opened)
    assert (found["Лебедева"], found["Гайдай"]) == (Alone.PINNED, Alone.NOBODY_STRONG)


def test_somebody_is_taken_out_and_the_sizes_hold(crowd: BoardSchool) -> None:
    opened = formed(crowd, Asked(ASKED.themes, 3, 3, (crowd.id("Громова"),)))
    assert by_surname(crowd, opened)["discipline", "Тихонова"] == {"Белкина", "Лебедева", "Никитин"}
    assert why(crowd, opened)["Громова"] is Alone.TAKEN_OUT
    opened = formed(crowd, Asked(ASKED.themes, 3, 3))
    assert {len(members) for members in by_surname(crowd, opened).values()} == {3}
    opened = formed(crowd, Asked(ASKED.themes, 5, 6))
    assert (opened.formed.groups, opened.draft.proved) == ((), True)


def test_why_somebody_is_in_none(crowd: BoardSchool, session: Session) -> None:
    for surname in ("Белкина", "Громова", "Лебедева", "Никитин"):
        for leader in ("Тихонова", "Юсупов"):
            crowd.mark(surname, leader, MarkKind.FORBID)
    opened = formed(crowd, Asked(("discipline",), 3, 6))
    found = grouping.reasons(opened.snapshot, opened.asked, opened.formed)
    reason = found[crowd.id("Белкина")]
    assert (reason.why, reason.barred) == (
        Alone.BARRED,
        [(crowd.id("Тихонова"), "curator"), (crowd.id("Юсупов"), "curator")],
    )
    assert why(crowd, opened)["Гайдай"] is Alone.OTHER_THEMES
    mentor(crowd, "Абрамова").state = MentorState.PAUSED
    session.commit()
    assert why(crowd, formed(crowd, Asked(("parents",), 3, 6)))["Мурадова"] is Alone.NOBODY_STRONG


def test_whoever_gave_no_consent_or_said_nothing_is_told_so(crowd: BoardSchool, session: Session) -> None:
    silent = add_mentee(crowd, 500, "Дроздов Лев Юрьевич")
    grounds, curator = crowd.runtime.grounds, crowd.curator
    open_processing(session, grounds, curator, silent.id, Purpose.MENTEE_PROFILE, GroundKind.PAPER_CONSENT, NOW)
    for ground in session.scalars(select(ProcessingGround).where(ProcessingGround.person_id == crowd.id("Белкина"))):
        ground.closed_at, ground.closed_why = NOW, ClosedWhy.WITHDRAWN
    found = why(crowd, formed(crowd))
    assert (found["Дроздов"], found["Белкина"]) == (Alone.SILENT, Alone.NO_GROUND)


def test_two_curators_notice_each_other(crowd: BoardSchool) -> None:
    first = ask(crowd)
    # The same once more, by a second click: the calculation goes on.
    assert ask(crowd, after=None) is first
    run(crowd, first)
    with pytest.raises(errors.BoardChanged):
        ask(crowd, Asked(ASKED.themes, 3, 6, (crowd.id("Громова"),)), after=None)
    # Whoever knows of it goes on; what was under way is stopped.
    second = ask(crowd)
    third = ask(crowd, Asked(ASKED.themes, 3, 4))
    crowd.session.refresh(second)
    assert (second.state, third.state, third.number) == (DraftState.CANCELLED, DraftState.QUEUED, 3)


def test_only_the_schools_own_themes_and_drafts(crowd: BoardSchool, other_board: BoardSchool) -> None:
    with pytest.raises(Invalid):
        ask(crowd, Asked(("astrology",), 3, 6))
    draft = formed(crowd).draft
    for act in (
        lambda: service.stop(other_board.session, other_board.curator, draft.id, NOW, DraftKind.GROUPS),
        lambda: send(other_board, draft),
        # Nor is it a draft of pairs.
        lambda: service.stop(crowd.session, crowd.curator, draft.id, NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_chosen_groups_are_sent_once_and_wait_no_longer(crowd: BoardSchool, session: Session) -> None:
    draft = formed(crowd).draft
    before = crowd.calculate()
    key = f"{crowd.id('Тихонова')}-discipline"
    sent = send(crowd, draft, key)
    session.commit()
    assert (len(sent.groups), sent.refused) == (1, [])
    kept = queries.opened_groups(draft, BOX)
    assert kept is not None
    assert kept.formed.sent == (key,)
    group = session.scalars(select(MentoringGroup)).one()
    members = session.scalars(select(Pair).where(Pair.group_id == group.id)).all()
    assert {pair.mentee_person_id for pair in members} == {
        crowd.id(surname) for surname in BEST["discipline", "Тихонова"]
    }
    assert (group.theme, {pair.state for pair in members}) == ("discipline", {PairState.PROPOSED})
    assert (mentor(crowd, "Тихонова").places_held, mentee(crowd, "Лебедева").state) == (1, MenteeState.PAIRED)
    assert (mentor(crowd, "Юсупов").places_held, mentee(crowd, "Гайдай").state) == (0, MenteeState.WAITING)
    with pytest.raises(errors.DraftNotReady):
        send(crowd, draft, f"{crowd.id('Юсупов')}-digital")
    # Neither the next draft of pairs nor the next groups know the four any more.
    assert before.snapshot.mentees.keys() - crowd.calculate().snapshot.mentees.keys() == {
        crowd.id(surname) for surname in BEST["discipline", "Тихонова"]
    }
    assert by_surname(crowd, formed(crowd)) == {("digital", "Юсупов"): BEST["digital", "Юсупов"]}


def test_a_group_that_is_not_of_the_draft_is_refused_and_nothing_sent(crowd: BoardSchool, session: Session) -> None:
    draft = formed(crowd).draft
    with session.begin_nested() as savepoint:
        with pytest.raises(Invalid):
            send(crowd, draft, f"{crowd.id('Тихонова')}-discipline", "1-parents")
        savepoint.rollback()
    assert session.scalars(select(Pair)).all() == []
    assert len(send(crowd, draft).groups) == 2


def test_a_mentor_who_left_since_refuses_their_own_group_only(crowd: BoardSchool, session: Session) -> None:
    draft = formed(crowd).draft
    mentor(crowd, "Тихонова").state = MentorState.LEFT
    session.commit()
    sent = send(crowd, draft)
    session.commit()
    assert [group.theme for group in sent.groups] == ["digital"]
    assert [(one.group.theme, [type(error) for error in one.errors]) for one in sent.refused] == [
        ("discipline", [NotInMentorBank])
    ]
    assert mentee(crowd, "Лебедева").state is MenteeState.WAITING
    kept = queries.opened_groups(draft, BOX)
    assert kept is not None
    assert kept.formed.sent == (f"{crowd.id('Юсупов')}-digital",)


def test_mentees_who_left_since_are_named_and_the_others_wait(crowd: BoardSchool, session: Session) -> None:
    draft = formed(crowd).draft
    for surname in ("Лебедева", "Никитин"):
        crowd.people[surname].status = StaffStatus.LEAVING
    session.commit()
    (refusal,) = send(crowd, draft).refused
    assert sorted(str(error.params["name"])[:8] for error in refusal.errors) == ["Лебедева", "Никитин\u00a0"]


@pytest.mark.parametrize("decided", ["veto", "pin"])
def test_what_was_decided_since_refuses_the_group(crowd: BoardSchool, decided: str) -> None:
    draft = formed(crowd).draft
    if decided == "veto":
        crowd.wish("Лебедева", "Тихонова", Wish.NOT)
    else:
        crowd.mark("Лебедева", "Абрамова")
    sent = send(crowd, draft)
    assert [group.theme for group in sent.groups] == ["digital"]
    assert [type(error) for one in sent.refused for error in one.errors] == [errors.GroupDecidedSince]


def test_whose_profile_has_to_go_stands_in_no_kept_draft(crowd: BoardSchool, session: Session) -> None:
    leaver = crowd.id("Громова")
    draft = formed(crowd, Asked(ASKED.themes, 3, 6, (leaver,))).draft
    service.forget(session, BOX, crowd.curator, leaver, NOW)
    session.commit()
    assert (draft.sealed_input, draft.sealed_result, draft.totals is None) == (None, None, False)
    assert queries.asked_of(draft, BOX) == ASKED


# A calculation that breaks off ---------------------------------------------------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let `act` happen while the search is at work."""
    original = search.form_groups

    def form_groups(*given: Any) -> Any:
        act()
        return original(*given)

    monkeypatch.setattr(group_solving, "form_groups", form_groups)


def test_a_killed_search_is_taken_over_by_the_next_worker(
    crowd: BoardSchool, runtime: Runtime, session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ask(crowd)
    session.commit()
    assert woken(runtime, monkeypatch) == [draft.id]

    def die() -> None:
        raise Killed

    with monkeypatch.context() as patched:
        meanwhile(patched, die)
        with pytest.raises(Killed):
            jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.sealed_result) == (DraftState.RUNNING, None)
    assert woken(runtime, monkeypatch) == []
    clock.move_to(clock.now() + jobs.STALE + timedelta(seconds=1))
    assert woken(runtime, monkeypatch) == [draft.id]
    assert by_surname(crowd, run(crowd, draft)) == BEST
    assert (draft.attempts, draft.done, draft.total) == (2, 4, 4)


def test_a_stopped_search_stays_stopped_and_leaves_the_pairs_alone(
    crowd: BoardSchool, runtime: Runtime, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ask(crowd)
    pairs = service.calculate(session, Jobs(), crowd.curator, NOW)
    session.commit()

    def stop() -> None:
        service.stop(session, crowd.curator, draft.id, NOW, DraftKind.GROUPS)
        session.commit()

    meanwhile(monkeypatch, stop)
    jobs.run(runtime, draft.id)
    session.expire_all()
    assert (draft.state, draft.sealed_result, pairs.state) == (DraftState.CANCELLED, None, DraftState.QUEUED)


def test_a_mentor_who_leaves_during_the_search_is_told_on_the_page_and_when_sending(
    crowd: BoardSchool, runtime: Runtime, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ask(crowd)
    session.commit()

    def leave() -> None:
        mentor(crowd, "Юсупов").state = MentorState.LEFT
        session.commit()

    meanwhile(monkeypatch, leave)
    run(crowd, draft)
    (refusal,) = send(crowd, draft).refused
    assert refusal.group.mentor == crowd.id("Юсупов")


def test_silence_between_two_words_of_a_worker_is_shorter_than_a_takeover() -> None:
    """A search may run twice, once for whole people."""
    assert timedelta(seconds=2 * group_solving.SECONDS) < jobs.STALE
