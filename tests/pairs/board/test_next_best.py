"""After a refusal: the next best mentor at once, one click to propose them, and nothing of a veto for other eyes."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MentorState, Wish
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.board import next_best, queries
from moodle_mentorship.pairs.board.enums import Keep
from moodle_mentorship.pairs.enums import Answer, PairState, Side
from moodle_mentorship.pairs.models import Pair
from tests.conftest import NOW, SignIn
from tests.factories import BOX
from tests.pairs.board.conftest import BoardSchool
from tests.pairs.board.test_service import send
from tests.pairs.board.test_views import text_of

Csrf = Callable[[FlaskClient], str]


def refused(board: BoardSchool, mentee: str) -> Pair:
    """All pairs of the best draft are proposed, and this mentee says no to theirs."""
    send(board, board.calculate().draft.id)
    pair = board.session.scalars(select(Pair).where(Pair.mentee_person_id == board.id(mentee))).one()
    who = board.school.actor(board.people[mentee], Role.MENTEE)
    pairs.answer(board.session, who, pair.id, Side.MENTEE, Answer.NO, NOW)
    board.session.commit()
    return pair


def found(board: BoardSchool, *mentees: str) -> dict[str, list[str]]:
    ids = {board.id(mentee): mentee for mentee in mentees}
    best = next_best.next_best(board.session, BOX, board.school.id, NOW.date(), ids)
    assert best is not None
    return {ids[mentee]: [one.mentor.last_name for one in of] for mentee, of in best.items()}


def give_one_more(board: BoardSchool, mentor: str) -> None:
    board.session.scalars(select(Mentor).where(Mentor.person_id == board.id(mentor))).one().capacity += 1
    board.session.commit()


def test_the_next_best_is_never_the_one_who_was_declined_nor_who_has_no_place(board: BoardSchool) -> None:
    refused(board, "Лебедева")
    # Тихонова's place is free again, but not for them; Орлова waits for any.
    assert found(board, "Лебедева", "Орлова") == {"Лебедева": [], "Орлова": ["Тихонова"]}
    give_one_more(board, "Юсупов")
    give_one_more(board, "Абрамова")
    assert sorted(found(board, "Лебедева")["Лебедева"]) == ["Абрамова", "Юсупов"]


def test_a_veto_and_a_break_count_at_once(board: BoardSchool, session: Session) -> None:
    refused(board, "Лебедева")
    give_one_more(board, "Юсупов")
    give_one_more(board, "Абрамова")
    board.wish("Лебедева", "Юсупов", Wish.NOT)
    assert found(board, "Лебедева") == {"Лебедева": ["Абрамова"]}
    session.scalars(select(Mentor).where(Mentor.person_id == board.id("Абрамова"))).one().state = MentorState.PAUSED
    assert found(board, "Лебедева") == {"Лебедева": []}


def test_two_who_wait_are_not_sent_to_one_place(board: BoardSchool) -> None:
    send(board, board.calculate().draft.id)
    for mentee in ("Лебедева", "Мурадова"):
        pair = board.session.scalars(select(Pair).where(Pair.mentee_person_id == board.id(mentee))).one()
        pairs.withdraw(board.session, board.curator, pair.id, NOW)
    give_one_more(board, "Юсупов")
    best = found(board, "Лебедева", "Мурадова", "Орлова")
    firsts = [of[0] for of in best.values()]
    assert sorted(firsts) == ["Абрамова", "Тихонова", "Юсупов"]


def test_a_school_too_large_for_a_page_is_sent_to_the_board(
    board: BoardSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_best, "MOST_COUPLES", 3)
    assert next_best.next_best(board.session, BOX, board.school.id, NOW.date(), [board.id("Лебедева")]) is None


def test_one_click_on_today_and_on_the_pairs_page_proposes_the_next(
    board: BoardSchool, sign_in: SignIn, csrf: Csrf, session: Session
) -> None:
    pair = refused(board, "Лебедева")
    client = sign_in(board.school, board.school.curator)
    nobody = text_of(client.get("/").text)
    assert "После отказа ищем наставника: Лебедева А. И." in nobody
    assert "без того, чтобы отнять его у другого" in nobody
    give_one_more(board, "Юсупов")
    today = text_of(client.get("/").text)
    assert "Лучше всего подойдёт Юсупов Р. Т., совпадение" in today
    page = client.get(f"/pairs/{pair.id}").text
    assert "Кого предложить теперь" in text_of(page)
    assert "Юсупов Р. Т. : совпадение" in text_of(page)
    form = {
        "csrf_token": csrf(client),
        "mentee_person_id": board.id("Лебедева"),
        "mentor_person_id": board.id("Юсупов"),
        "starts_on": "2026-11-24",
        "ends_on": "2027-05-31",
    }
    for name, value in form.items():
        assert name == "csrf_token" or f'name="{name}" value="{value}"' in page
    assert client.post("/pairs/new", data=form).status_code == 303
    again = session.scalars(select(Pair).where(Pair.mentee_person_id == board.id("Лебедева"))).all()
    assert {one.state for one in again} == {PairState.DECLINED, PairState.PROPOSED}
    assert "После отказа" not in client.get("/").text
    assert "Кого предложить теперь" not in text_of(client.get(f"/pairs/{pair.id}").text)


def test_it_is_for_curators_of_this_school(board: BoardSchool, other_board: BoardSchool, sign_in: SignIn) -> None:
    pair = refused(board, "Лебедева")
    give_one_more(board, "Юсупов")
    director = sign_in(board.school, board.school.director)
    assert "Кого предложить теперь" not in text_of(director.get(f"/pairs/{pair.id}").text)
    assert "После отказа" not in director.get("/").text
    curator = sign_in(other_board.school, other_board.school.curator)
    assert "После отказа" not in curator.get("/").text
    assert curator.get(f"/pairs/{pair.id}").status_code == 404


def test_earlier_pairs_count_as_in_the_next_draft(board: BoardSchool, session: Session) -> None:
    """Two mentors are nearly as good: the school that keeps earlier pairs is told of the one from the draft before."""
    for mentor in ("Тихонова", "Абрамова", "Юсупов"):
        give_one_more(board, mentor)
    first, second, *_others = found(board, "Орлова")["Орлова"]
    board.mark("Орлова", second)
    board.run(board.newest())
    for mark in queries.marks(session, board.school.id):
        mark.undone_at = NOW
    session.commit()
    fits = queries.snapshot(session, BOX, board.school.id, NOW.date()).fit
    assert fits(board.id("Орлова"), board.id(first)).score - fits(board.id("Орлова"), board.id(second)).score > 0
    assert found(board, "Орлова")["Орлова"][:2] == [first, second]
    queries.board_of(session, board.school.id).keep = Keep.STRONGLY
    session.commit()
    assert found(board, "Орлова")["Орлова"][:2] == [second, first]
