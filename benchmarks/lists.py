"""Both banks, their candidates and the register of consents: what a page asks, against its own SQL sent by hand."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from benchmarks.pages import Place, place
from benchmarks.places import database, kinds
from benchmarks.report import Add, Row
from moodle_mentorship.banks import candidates
from moodle_mentorship.banks import queries as banks
from moodle_mentorship.consents import queries as consents
from moodle_mentorship.consents.enums import Order, Shown
from moodle_mentorship.consents.views import NEEDS
from moodle_mentorship.core.actor import Role

PART = "Banks and consents of a large school"
SLOWER = 2.0
TODAY = date(2026, 11, 23)

Sent = list[tuple[str, Any]]


def measure_lists(add: Add, folder: Path, people: int, rounds: int) -> None:
    for kind in kinds():
        with database(kind, folder) as url:
            school = place(url, folder, people)
            try:
                for what, act in ASKED.items():
                    add(_measured(school, what, kind, act, rounds))
                for address in PAGES:
                    client = school.client(Role.CURATOR)
                    taken = _median(partial(client.get, address), rounds)
                    add(Row(PART, f"the whole request {address}", kind, f"{taken * 1000:.1f} ms"))
            finally:
                school.runtime.db.engine.dispose()


def _measured(school: Place, what: str, kind: str, act: Callable[[Session, Place], object], rounds: int) -> Row:
    with school.runtime.db.unit_of_work(read_only=True) as session:
        connection = session.connection()
        with _noted(connection) as sent:
            act(session, school)
        timed: tuple[list[float], list[float]] = ([], [])
        # In turn, so that what else the machine does meets both alike.
        for _ in range(rounds * 6):
            timed[1].append(_time(partial(_by_hand, connection, sent)))
            session.expunge_all()
            timed[0].append(_time(partial(act, session, school)))
        # The least of each: what else the machine does only ever adds.
        taken, bare = map(min, timed)
    said = f"{taken * 1000:.1f} and {bare * 1000:.1f} ms, {len(sent)} statements"
    return Row(PART, what, kind, said, taken / bare, SLOWER)


def _finding(session: Session, school: Place) -> candidates.Finding:
    return candidates.finding(
        session, school.school.id, year_begins=date(2026, 9, 1), timezone="Europe/Moscow", today=TODAY
    )


def _preview(session: Session, school: Place) -> object:
    return candidates.caught(session, _finding(session, school))


def _page(session: Session, school: Place) -> object:
    found = _finding(session, school)
    candidates.candidates(session, found, search="", why=None, dismissed=False, sort="name", cursor=None)
    return candidates.count(session, found)


def _mentees(session: Session, school: Place) -> object:
    banks.mentees(session, school.school.id, search="", state=banks.PRESENT, sort="name", cursor=None)
    return banks.counts(session, school.school.id)


def _mentors(session: Session, school: Place) -> object:
    banks.mentors(session, school.school.id, search="", state=banks.PRESENT, sort="name", cursor=None)
    return banks.counts(session, school.school.id)


def _register(session: Session, school: Place) -> object:
    school_id, needs = school.school.id, school.app.extensions[NEEDS]
    narrowed: dict[str, Any] = {
        "search": "",
        "shown": Shown.IN_FORCE,
        "kind": None,
        "form": None,
        "today": TODAY,
    }
    consents.register(session, school_id, sort=Order.NAME, cursor=None, **narrowed)
    consents.register_count(session, school_id, **narrowed)
    # The switch above the list says how many consents are missing.
    return [consents.missing_count(session, needs, school_id, kind, today=TODAY) for kind in needs.kinds]


ASKED: dict[str, Callable[[Session, Place], object]] = {
    "candidates: preview of the rules": _preview,
    "candidates: a page": _page,
    "bank of mentees: a page": _mentees,
    "bank of mentors: a page": _mentors,
    "register of consents: a page": _register,
}
PAGES = ("/banks/candidates/rules", "/banks/candidates/", "/banks/mentees", "/banks/mentors", "/consents/")


@contextmanager
def _noted(connection: Connection) -> Iterator[Sent]:
    sent: Sent = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def _by_hand(connection: Connection, sent: Sent) -> None:
    cursor = connection.connection.cursor()
    for statement, parameters in sent:
        cursor.execute(statement, parameters)
        cursor.fetchall()
    cursor.close()


def _median(act: Callable[[], object], rounds: int) -> float:
    return statistics.median(_time(act) for _ in range(rounds))


def _time(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
