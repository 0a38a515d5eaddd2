"""What becomes of an ordered pair: extended, suspended, refused, ended after a notice, its mentor replaced."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import Basis, MenteeState
from moodle_mentorship.banks.errors import NoFreePlace
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.pairs import errors, queries, service
from moodle_mentorship.pairs.enums import Answer, EndReason, MentoringForm, PairState, PauseReason, Side
from moodle_mentorship.pairs.models import Extension, Pair, Pause
from tests.conftest import NOW, SignIn
from tests.factories import make_mentee, make_mentor
from tests.pairs.conftest import ENDS, STARTS, Two
from tests.pairs.test_service import banks_of, outbox

Csrf = Callable[[FlaskClient], str]
# NOW is Tuesday, 24 November 2026; the pair begins on 1 December.
TODAY = NOW.date()
BEGUN = NOW + timedelta(days=8)
LONGER: dict[str, Any] = {"ends_on": date(2027, 8, 31), "order_date": TODAY, "order_number": "200-ОД"}


def suspend(two: Two, pair: Pair, **changes: Any) -> Pair:
    values: dict[str, Any] = {"reason": PauseReason.LEAVE, "from_on": STARTS, "until_on": date(2027, 2, 1)}
    return service.suspend(two.session, two.curator, pair.id, **(values | changes), today=BEGUN.date(), now=BEGUN)


def warn(two: Two, pair: Pair, warned_on: date = TODAY, may_end_on: date | None = None) -> Pair:
    return service.warn(
        two.session,
        two.curator,
        pair.id,
        warned_on=warned_on,
        may_end_on=may_end_on,
        today=max(TODAY, warned_on),
        now=NOW,
    )


def another_mentor(two: Two, capacity: int = 1) -> int:
    person = two.school.teachers[2]
    make_mentor(two.session, person, NOW, capacity)
    two.session.commit()
    return person.id


def declined(two: Two) -> Pair:
    return two.answer(two.propose(), Side.MENTOR, Answer.NO)


def ended(two: Two) -> Pair:
    return service.end(two.session, Jobs(), two.curator, two.ordered().id, EndReason.AGREEMENT, NOW)


STATES: dict[str, Callable[[Two], Pair]] = {
    "proposed": Two.propose,
    "agreed": Two.agreed,
    "ordered": Two.ordered,
    "suspended": lambda two: suspend(two, two.ordered()),
    "ended": ended,
    "declined": declined,
    "withdrawn": lambda two: service.withdraw(two.session, two.curator, two.propose().id, NOW),
}
ACTS: dict[str, Callable[[Two, Actor, int], Pair]] = {
    "extend": lambda two, who, id_: service.extend(two.session, who, id_, **LONGER, today=TODAY, now=NOW),
    "suspend": lambda two, who, id_: service.suspend(
        two.session,
        who,
        id_,
        reason=PauseReason.ABSENCE,
        from_on=STARTS,
        until_on=None,
        today=BEGUN.date(),
        now=BEGUN,
    ),
    "resume": lambda two, who, id_: service.resume(two.session, who, id_, today=BEGUN.date(), now=BEGUN),
    "warn": lambda two, who, id_: service.warn(
        two.session, who, id_, warned_on=TODAY, may_end_on=None, today=TODAY, now=NOW
    ),
    "refuse": lambda two, who, id_: service.refuse(two.session, Jobs(), who, id_, BEGUN),
    "end": lambda two, who, id_: service.end(two.session, Jobs(), who, id_, EndReason.COMPLETED, BEGUN),
    "replace": lambda two, who, id_: service.replace(
        two.session, Jobs(), who, id_, mentor_person_id=two.school.teachers[2].id, now=BEGUN
    ),
}
# What each act makes of each state; what is not named is refused as `PairMovedOn`.
BECOMES: dict[tuple[str, str], PairState] = {
    ("ordered", "extend"): PairState.ORDERED,
    ("suspended", "extend"): PairState.SUSPENDED,
    ("ordered", "suspend"): PairState.SUSPENDED,
    ("ordered", "resume"): PairState.ORDERED,
    ("suspended", "resume"): PairState.ORDERED,
    ("ordered", "warn"): PairState.ORDERED,
    ("suspended", "warn"): PairState.SUSPENDED,
    ("ordered", "refuse"): PairState.ENDED,
    ("suspended", "refuse"): PairState.ENDED,
    ("ended", "refuse"): PairState.ENDED,
    ("ordered", "end"): PairState.ENDED,
    ("suspended", "end"): PairState.ENDED,
    ("ended", "end"): PairState.ENDED,
    # The mentor's basis is a duty of the post here: no notice is needed.
    ("ordered", "replace"): PairState.ENDED,
    ("suspended", "replace"): PairState.ENDED,
    ("ended", "replace"): PairState.ENDED,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_states_and_acts(two: Two, state: str, act: str) -> None:
    another_mentor(two)
    pair = STATES[state](two)
    two.session.execute(update(Mentor).values(basis=Basis.JOB_DUTY))
    actor = two.as_(Side.MENTOR) if act == "refuse" else two.curator
    if (state, act) in BECOMES:
        ACTS[act](two, actor, pair.id)
        two.session.refresh(pair)
        assert pair.state is BECOMES[state, act]
        still = two.session.scalars(select(Pause).where(Pause.resumed_on.is_(None))).all()
        assert len(still) == (pair.state is PairState.SUSPENDED)
    else:
        with pytest.raises(errors.PairMovedOn):
            ACTS[act](two, actor, pair.id)


@pytest.mark.parametrize("act", ACTS)
def test_another_schools_pair_is_not_found(two: Two, other_two: Two, act: str) -> None:
    pair = other_two.ordered()
    another_mentor(two)
    for actor in (two.curator, two.as_(Side.MENTOR)):
        with pytest.raises(NotFound):
            ACTS[act](two, actor, pair.id)


PATHS: dict[str, dict[str, Any]] = {
    "extend": {"ends_on": "2027-08-31", "order_date": "2026-11-24", "order_number": "200-ОД"},
    "suspend": {"pause_reason": "leave", "from_on": "2026-12-01"},
    "resume": {},
    "notice": {"warned_on": "2026-11-24"},
    "replace": {"mentor_person_id": 0},
    "end": {"reason": "cancelled"},
    "refuse": {},
}
WHO = {
    "curator": ["extend", "suspend", "resume", "notice", "replace", "end"],
    "mentor": ["refuse"],
    "mentee": [],
    "director": [],
    "stranger": [],
}


@pytest.mark.parametrize("who", WHO)
def test_who_may_what(sign_in: SignIn, csrf: Csrf, two: Two, other_two: Two, who: str) -> None:
    pair = two.ordered()
    two.session.commit()
    people = {
        "curator": two.school.curator,
        "mentor": two.mentor,
        "mentee": two.mentee,
        "director": two.school.director,
        "stranger": other_two.school.curator,
    }
    client = sign_in(other_two.school if who == "stranger" else two.school, people[who])
    token = csrf(client)
    for path, body in PATHS.items():
        if path in WHO[who]:
            continue
        page = client.post(f"/pairs/{pair.id}/{path}", data={"csrf_token": token, **body})
        rest = client.post(f"/api/v1/pairs/{pair.id}/{path}", json=body, headers={"X-CSRF-Token": token})
        expected = 404 if who == "stranger" and path != "refuse" else 403
        assert (path, page.status_code, rest.status_code) == (path, expected, expected)
    for path in WHO[who]:
        rest = client.post(f"/api/v1/pairs/{pair.id}/{path}", json=PATHS[path], headers={"X-CSRF-Token": token})
        # Allowed; what the pair's state or the dates refuse is another matter.
        assert (path, rest.status_code in (200, 404, 409, 422)) == (path, True)


def test_an_extension_keeps_the_earlier_end_and_each_order(two: Two) -> None:
    pair = two.ordered()
    for _ in range(2):
        ACTS["extend"](two, two.curator, pair.id)
    (row,) = queries.extensions(two.session, two.school.id, pair.id)
    assert (pair.ends_on, pair.order_number) == (LONGER["ends_on"], "143-ОД")
    assert (row.earlier_ends_on, row.ends_on, row.order_number) == (ENDS, LONGER["ends_on"], "200-ОД")
    for changes, refusal in (
        ({"ends_on": ENDS}, errors.NotLonger),
        ({"ends_on": date(2027, 9, 1)}, errors.PeriodOutsideYear),
    ):
        with pytest.raises(refusal):
            service.extend(two.session, two.curator, pair.id, **(LONGER | changes), today=TODAY, now=NOW)
    assert banks_of(two) == (MenteeState.PAIRED, 1)


def test_an_order_of_an_extension_has_a_likely_date(two: Two) -> None:
    pair = two.ordered()
    changed = LONGER | {"order_date": date(2028, 1, 1)}
    with pytest.raises(errors.OrderDateUnlikely):
        service.extend(two.session, two.curator, pair.id, **changed, today=TODAY, now=NOW)


def test_a_suspended_pair_keeps_its_place_and_its_group(two: Two) -> None:
    pair = suspend(two, two.ordered())
    assert banks_of(two) == (MenteeState.PAIRED, 1)
    assert [kind for _, _, kind, _ in outbox(two.session)] == ["pair.keep_space"]
    with pytest.raises(errors.PairMovedOn):
        suspend(two, pair)
    service.resume(two.session, two.curator, pair.id, today=date(2027, 1, 15), now=BEGUN)
    suspend(two, pair, from_on=BEGUN.date(), reason=PauseReason.SCHOOL, until_on=None)
    found = [(row.from_on, row.until_on, row.resumed_on) for row in queries.pauses(two.session, two.school.id, pair.id)]
    assert found == [(STARTS, date(2027, 2, 1), date(2027, 1, 15)), (BEGUN.date(), None, None)]
    with pytest.raises(IntegrityError), two.session.begin_nested():
        two.session.add(
            Pause(
                school_id=two.school.id,
                pair_id=pair.id,
                reason=PauseReason.LEAVE,
                from_on=STARTS,
                recorded_at=NOW,
            )
        )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"from_on": STARTS - timedelta(days=1)}, errors.PauseUnlikely),
        ({"from_on": BEGUN.date() + timedelta(days=1)}, errors.PauseUnlikely),
        ({"until_on": STARTS - timedelta(days=1)}, errors.PeriodReversed),
    ],
)
def test_pauses_that_cannot_be(two: Two, changes: dict[str, Any], refusal: type[Exception]) -> None:
    pair = two.ordered()
    with pytest.raises(refusal):
        suspend(two, pair, **changes)


@pytest.mark.parametrize("reason", [EndReason.CANCELLED, EndReason.REPLACED])
@pytest.mark.parametrize(("working_days", "may_end_on"), [(5, date(2026, 12, 3)), (6, date(2026, 12, 2))])
def test_the_school_ends_an_assignment_after_three_working_days_notice(
    two: Two, reason: EndReason, working_days: int, may_end_on: date
) -> None:
    pair = two.ordered()
    two.school.school.working_days = working_days

    def end(days: int) -> Pair:
        return service.end(two.session, Jobs(), two.curator, pair.id, reason, NOW + timedelta(days=days))

    with pytest.raises(errors.NoticeNeeded):
        end(30)
    # Tuesday's notice is corrected: it was handed over on Friday.
    warn(two, pair)
    warn(two, pair, date(2026, 11, 27))
    assert (pair.warned_on, pair.may_end_on) == (date(2026, 11, 27), may_end_on)
    days = (may_end_on - TODAY).days
    with pytest.raises(errors.NoticeRuns) as refused:
        end(days - 1)
    assert refused.value.params == {"warned": "27.11.2026", "day": f"{may_end_on:%d.%m.%Y}"}
    assert end(days).state is PairState.ENDED


@pytest.mark.parametrize("basis", [Basis.JOB_DUTY, Basis.EXTERNAL_CONTRACT])
def test_other_grounds_of_work_have_their_own_rules(two: Two, basis: Basis) -> None:
    pair = two.ordered()
    two.session.execute(update(Mentor).values(basis=basis))
    two.session.expire_all()
    assert service.end(two.session, Jobs(), two.curator, pair.id, EndReason.CANCELLED, NOW).state is PairState.ENDED


@pytest.mark.parametrize("state", ["ordered", "suspended"])
def test_a_mentors_own_refusal_is_never_blocked(two: Two, state: str) -> None:
    pair = STATES[state](two)
    for actor in (two.as_(Side.MENTEE), two.curator):
        with pytest.raises(errors.NotYourAnswer):
            service.refuse(two.session, Jobs(), actor, pair.id, NOW)
    refused = service.refuse(two.session, Jobs(), two.as_(Side.MENTOR), pair.id, NOW)
    assert (refused.state, refused.end_reason) == (PairState.ENDED, EndReason.MENTOR_REFUSED)
    assert banks_of(two) == (MenteeState.WAITING, 0)
    assert [kind for _, _, kind, _ in outbox(two.session)] == ["pair.keep_space"] * 2


@pytest.mark.parametrize("reason", [EndReason.MENTOR_REFUSED, EndReason.MENTEE_REFUSED, EndReason.AGREEMENT])
def test_a_refusal_on_paper_is_entered_at_once(two: Two, reason: EndReason) -> None:
    pair = two.ordered()
    assert service.end(two.session, Jobs(), two.curator, pair.id, reason, NOW).end_reason is reason


def test_notices_that_cannot_be(two: Two) -> None:
    pair = two.ordered()
    pair.ordered_at = NOW
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(errors.NoticeUnlikely):
            service.warn(two.session, two.curator, pair.id, warned_on=day, may_end_on=None, today=TODAY, now=NOW)
    late = date(2027, 12, 29)
    with pytest.raises(errors.CalendarUnknown):
        warn(two, pair, late)
    with pytest.raises(errors.NoticeTooShort):
        warn(two, pair, late, late + timedelta(days=3))
    assert warn(two, pair, late, date(2028, 1, 15)).may_end_on == date(2028, 1, 15)
    # Where the calendar is known, nothing is taken by hand.
    assert warn(two, pair, TODAY, TODAY + timedelta(days=1)).may_end_on == date(2026, 11, 28)


def test_another_mentor_for_what_is_left(two: Two) -> None:
    pair = two.agreed()
    service.describe(two.session, two.curator, pair.id, form=MentoringForm.HEAD, kinds=list(pair.kinds), now=NOW)
    service.order(two.session, Jobs(), two.curator, pair.id, order_date=TODAY, order_number="1", today=TODAY, now=NOW)
    other = another_mentor(two)
    with pytest.raises(errors.NoticeNeeded):
        service.replace(two.session, Jobs(), two.curator, pair.id, mentor_person_id=other, now=BEGUN)
    two.session.rollback()
    two.session.refresh(pair)
    assert pair.state is PairState.ORDERED
    warn(two, pair)
    with pytest.raises(errors.SameMentor):
        service.replace(two.session, Jobs(), two.curator, pair.id, mentor_person_id=two.mentor.id, now=BEGUN)
    new = service.replace(two.session, Jobs(), two.curator, pair.id, mentor_person_id=other, now=BEGUN)
    two.session.refresh(pair)
    assert (pair.state, pair.end_reason) == (PairState.ENDED, EndReason.REPLACED)
    assert (new.state, new.replaces_pair_id, new.form) == (PairState.PROPOSED, pair.id, MentoringForm.HEAD)
    assert (new.starts_on, new.ends_on, new.mentor_person_id) == (BEGUN.date(), ENDS, other)
    places = two.session.execute(select(Mentor.person_id, Mentor.places_held)).all()
    assert dict(map(tuple, places)) == {two.mentor.id: 0, other: 1}  # type: ignore[arg-type]
    assert [row.id for row in queries.chain(two.session, pair)] == [pair.id, new.id]


def test_after_a_refusal_the_new_mentor_is_linked_to_the_old_pair(two: Two) -> None:
    pair = two.ordered()
    other = another_mentor(two)
    service.refuse(two.session, Jobs(), two.as_(Side.MENTOR), pair.id, NOW)
    new = service.replace(two.session, Jobs(), two.curator, pair.id, mentor_person_id=other, now=NOW)
    assert (new.replaces_pair_id, new.starts_on) == (pair.id, STARTS)
    assert pair.end_reason is EndReason.MENTOR_REFUSED


def test_a_replacement_without_a_place_changes_nothing(two: Two) -> None:
    pair = two.ordered()
    other = another_mentor(two)
    second = two.school.teachers[3]
    make_mentee(two.session, second, NOW)
    two.propose(mentor_person_id=other, mentee_person_id=second.id)
    warn(two, pair)
    two.session.commit()
    with pytest.raises(NoFreePlace):
        service.replace(two.session, Jobs(), two.curator, pair.id, mentor_person_id=other, now=BEGUN)
    two.session.rollback()
    two.session.refresh(pair)
    assert pair.state is PairState.ORDERED
    assert banks_of(two) == (MenteeState.PAIRED, 1)


def test_nothing_is_left_of_a_period_that_is_over(two: Two) -> None:
    pair = two.ordered()
    other = another_mentor(two)
    late = NOW.replace(year=2027, month=6)
    with pytest.raises(errors.NothingLeft):
        service.replace(two.session, Jobs(), two.curator, pair.id, mentor_person_id=other, now=late)


def test_places_over_the_dates(two: Two) -> None:
    """A suspended and an extended pair hold their place at every date; an ended one holds none."""
    pair = suspend(two, two.ordered())
    second = two.school.teachers[2]
    make_mentee(two.session, second, NOW)
    ACTS["extend"](two, two.curator, pair.id)
    after_the_first_end: dict[str, Any] = {"starts_on": date(2027, 6, 1), "ends_on": date(2027, 8, 31)}
    for period in ({}, after_the_first_end):
        with pytest.raises(NoFreePlace):
            two.propose(mentee_person_id=second.id, **period)
    service.end(two.session, Jobs(), two.curator, pair.id, EndReason.COMPLETED, BEGUN)
    assert two.propose(mentee_person_id=second.id).state is PairState.PROPOSED


def test_a_departure_ends_a_suspended_pair(two: Two) -> None:
    pair = suspend(two, two.ordered())
    service.end_because_left(two.session, Jobs(), two.curator, two.mentor.id, BEGUN)
    assert (pair.state, pair.end_reason) == (PairState.ENDED, EndReason.MENTOR_LEFT)
    assert two.session.scalars(select(Pause.resumed_on)).all() == [BEGUN.date()]


def test_rows_of_what_became_of_a_pair_stay_in_its_school(two: Two, other_two: Two) -> None:
    theirs = other_two.ordered()
    row = Extension(
        school_id=two.school.id,
        pair_id=theirs.id,
        earlier_ends_on=ENDS,
        ends_on=ENDS,
        order_date=TODAY,
        order_number="1",
        recorded_at=NOW,
    )
    with pytest.raises(IntegrityError), two.session.begin_nested():
        two.session.add(row)
    mine = two.ordered()
    with pytest.raises(IntegrityError), two.session.begin_nested():
        two.session.execute(update(Pair).where(Pair.id == mine.id).values(replaces_pair_id=theirs.id))


def test_by_clicks(sign_in: SignIn, csrf: Csrf, session: Session, two: Two) -> None:
    """Extend, warn, look at the refusal, choose another mentor; the new pair's page shows the chain."""
    pair = two.ordered()
    other = another_mentor(two)
    client = sign_in(two.school, two.school.curator)
    token = {"csrf_token": csrf(client)}
    before = " ".join(client.get(f"/pairs/{pair.id}").text.split())
    assert "начнётся 1 декабря 2026 г." in before
    wrong = client.post(f"/pairs/{pair.id}/extend", data=token | PATHS["extend"] | {"ends_on": "2027-05-31"})
    assert (wrong.status_code, 'id="e-ends_on"' in wrong.text, "200-ОД" in wrong.text) == (422, True, True)
    assert client.post(f"/pairs/{pair.id}/extend", data=token | PATHS["extend"]).status_code == 303
    early = client.post(f"/pairs/{pair.id}/replace", data=token | {"mentor_person_id": other})
    assert (early.status_code, "Наставник ещё не" in early.text) == (409, True)
    assert client.post(f"/pairs/{pair.id}/notice", data=token | PATHS["notice"]).status_code == 303
    runs = client.post(f"/pairs/{pair.id}/end", data=token | PATHS["end"])
    assert (runs.status_code, "28.11.2026" in runs.text) == (409, True)
    shown = " ".join(client.get(f"/pairs/{pair.id}").text.split())
    assert "28 ноября 2026 г." in shown
    assert "200-ОД" in shown
    mentor = sign_in(two.school, two.mentor)
    assert f"/pairs/{pair.id}/refuse" in mentor.get("/pairs/my-mentees").text
    gone = mentor.post(f"/pairs/{pair.id}/refuse", data={"csrf_token": csrf(mentor)})
    assert gone.location == "/pairs/my-mentees?done=pair_refused"
    found = client.get(f"/pairs/{pair.id}/replace?q=нет").text
    assert f'value="{other}"' not in found
    assert f'value="{other}"' in client.get(f"/pairs/{pair.id}/replace").text
    made = client.post(f"/pairs/{pair.id}/replace", data=token | {"mentor_person_id": other})
    new = session.scalars(select(Pair).where(Pair.replaces_pair_id == pair.id)).one()
    assert made.location == f"/pairs/{new.id}?done=pair_replaced"
    assert f'href="/pairs/{pair.id}"' in client.get(f"/pairs/{new.id}").text
    assert session.scalars(select(Mentee.state).where(Mentee.person_id == two.mentee.id)).one() is MenteeState.PAIRED
    assert two.school.actor(two.mentor, Role.MENTOR).person_id == pair.mentor_person_id
