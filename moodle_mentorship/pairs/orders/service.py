"""Verbs of the order that fixes several pairs."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.models import Pair


def order_pairs(
    session: Session,
    jobs: Jobs,
    actor: Actor,
    pair_ids: Collection[int],
    *,
    order_date: date,
    order_number: str,
    today: date,
    now: datetime,
) -> list[Pair]:
    """Put down the signed order for all the pairs that stand in it: all or none. The same again changes nothing.

    Raises what `pairs.service.order` raises of the first pair that refuses.
    """
    with session.begin_nested():
        return [
            pairs.order(
                *(session, jobs, actor, pair_id),
                order_date=order_date,
                order_number=order_number,
                today=today,
                now=now,
            )
            # In one order, so that two who save at once can't wait for each other in a ring.
            for pair_id in sorted(set(pair_ids))
        ]
