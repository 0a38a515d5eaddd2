"""Line managers whom a source has named before it was clear who is meant: taken up as soon as it is."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.db import among
from moodle_mentorship.people.enums import KEPT, PersonField, StaffStatus
from moodle_mentorship.people.models import Person, PersonChange, PersonDifference
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.people.service.colleagues import Colleagues, may_mean
from moodle_mentorship.people.service.directory import Rules, changes, follows

MANAGER = PersonField.LINE_MANAGER


def settle(session: Session, school_id: int, rules: Rules, since: datetime) -> int:
    """Write the line managers who can be found by now where the field follows who named them.

    How many of Moodle's opinions noticed from `since` on are left to be decided. Without names that wait it costs one
    statement, otherwise five, however many they are.
    """
    rows = session.execute(
        select(
            *(PersonDifference.id, PersonDifference.person_id, PersonDifference.moodle_value),
            *(PersonDifference.source, PersonDifference.noticed_at, Person.line_manager_id, Person.sources),
        )
        .join(Person, and_(Person.school_id == PersonDifference.school_id, Person.id == PersonDifference.person_id))
        .where(
            PersonDifference.school_id == school_id,
            PersonDifference.field == MANAGER,
            Person.status != StaffStatus.LEFT,
        )
        .order_by(Person.id, PersonDifference.id)
        .with_for_update(of=Person, key_share=True)
    ).all()
    colleagues = Colleagues(session, school_id)
    found: dict[int, dict[str, Any]] = {}
    settled: list[int] = []
    history: list[dict[str, Any]] = []
    left = 0
    for row in rows:
        stands = found.get(row.person_id) or {"line_manager_id": row.line_manager_id, "sources": row.sources}
        meant = colleagues.meant(row.moodle_value or "", row.person_id).id
        told = stands["sources"].get(MANAGER.value) or {}
        if meant is None or (
            meant != stands["line_manager_id"] and not follows(told, stands["line_manager_id"], row.source)
        ):
            left += row.source not in KEPT and row.noticed_at >= since
            continue
        settled.append(row.id)
        if meant == stands["line_manager_id"]:
            continue
        name = "" if row.source in KEPT else rules.field_map.get(MANAGER.value, "")
        source = {"source": row.source.value, "name": name, "at": row.noticed_at.isoformat()}
        sources = {**stands["sources"], MANAGER.value: source}
        history += changes(stands, school_id, row.person_id, {MANAGER: meant}, sources, rules.now)
        found[row.person_id] = {"line_manager_id": meant, "sources": sources}
    if found:
        values = [{"id": person_id, **stands, "updated_at": rules.now} for person_id, stands in found.items()]
        session.execute(update(Person), values)
        session.execute(insert(PersonChange), history)
    if settled:
        _drop(session, school_id, settled)
    return left


def forget(session: Session, actor: Actor, person_id: int, _now: datetime, employed: bool) -> None:
    """Before somebody is erased: their name goes from what sources say of the line managers of others.

    Not as long as they work here: then it stays in the staff list too. Moodle or the next file may tell it again; it is
    theirs to be put right.
    """
    if employed:
        return
    person = person_of(session, actor.school_id, person_id)
    told = session.execute(
        select(PersonDifference.id, PersonDifference.moodle_value).where(
            PersonDifference.school_id == actor.school_id, PersonDifference.field == MANAGER
        )
    )
    if named := [number for number, text in told if may_mean(text or "", person)]:
        _drop(session, actor.school_id, named)


def _drop(session: Session, school_id: int, numbers: list[int]) -> None:
    session.execute(
        delete(PersonDifference).where(PersonDifference.school_id == school_id, among(PersonDifference.id, numbers)),
        execution_options={"synchronize_session": False},
    )
