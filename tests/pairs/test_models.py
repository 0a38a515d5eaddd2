"""Each constraint of the pair bites."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from moodle_mentorship.pairs.enums import OPEN_STATES, EndReason, PairState
from moodle_mentorship.pairs.models import Pair, Space
from tests.conftest import NOW
from tests.factories import make_mentor
from tests.pairs.conftest import ENDS, STARTS, Two


def add(two: Two, **changes: Any) -> Pair:
    values: dict[str, Any] = {
        "school_id": two.school.id,
        "space": Space(school_id=two.school.id),
        "mentor_person_id": two.mentor.id,
        "mentee_person_id": two.mentee.id,
        "starts_on": STARTS,
        "ends_on": ENDS,
        "proposed_at": NOW,
    }
    pair = Pair(**(values | changes))
    with two.session.begin_nested():
        two.session.add(pair)
    return pair


ORDERED = {"order_date": date(2026, 11, 24), "order_number": "143-ОД"}


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"ends_on": date(2026, 11, 30)}, "ck_pair_period"),
        ({"kinds": ()}, "ck_pair_some_kind"),
        ({"state": PairState.ORDERED}, "ck_pair_order"),
        ({"state": PairState.ORDERED, "order_number": "1"}, "ck_pair_order"),
        ({"state": PairState.ENDED, "end_reason": EndReason.COMPLETED, "closed_at": NOW}, "ck_pair_order"),
        ({"state": PairState.ENDED, "closed_at": NOW, **ORDERED}, "ck_pair_reason"),
        ({"state": PairState.SUSPENDED}, "ck_pair_order"),
        ({"state": PairState.DECLINED}, "ck_pair_closed"),
        ({"closed_at": NOW}, "ck_pair_closed"),
        ({"warned_on": STARTS}, "ck_pair_notice"),
        ({"warned_on": STARTS, "may_end_on": STARTS}, "ck_pair_notice_term"),
    ],
)
def test_what_cannot_be_is_refused(two: Two, changes: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        add(two, **changes)


def test_nobody_mentors_themselves(two: Two) -> None:
    make_mentor(two.session, two.mentee, NOW)
    with pytest.raises(IntegrityError, match="ck_pair_not_oneself"):
        add(two, mentor_person_id=two.mentee.id)


@pytest.mark.parametrize("state", list(OPEN_STATES))
def test_a_mentee_has_one_open_pair(two: Two, state: PairState) -> None:
    another = two.school.teachers[2]
    make_mentor(two.session, another, NOW)
    closed = {"state": PairState.ENDED, "end_reason": EndReason.COMPLETED, "closed_at": NOW, **ORDERED}
    add(two, **closed)
    add(two, state=PairState.DECLINED, closed_at=NOW)
    add(two, state=PairState.WITHDRAWN, closed_at=NOW)
    add(two)
    with pytest.raises(IntegrityError, match=r"uq_pair_open_mentee|pair\.mentee_person_id"):
        add(two, mentor_person_id=another.id, state=state, **ORDERED)


def test_both_stand_in_their_banks(two: Two) -> None:
    outsider = two.school.teachers[2]
    for side in ("mentor_person_id", "mentee_person_id"):
        with pytest.raises(IntegrityError):
            add(two, **{side: outsider.id})


def test_a_pair_stays_in_its_school(two: Two, other_two: Two) -> None:
    for side, stranger in (("mentor_person_id", other_two.mentor), ("mentee_person_id", other_two.mentee)):
        with pytest.raises(IntegrityError):
            add(two, **{side: stranger.id})
    theirs = other_two.propose()
    with pytest.raises(IntegrityError):
        add(two, space=None, space_id=theirs.space_id)
