"""A demonstration Moodle on a real socket, connected to the school of the test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.people.models import Person, PersonDifference, RoleGrant
from moodle_mentorship.sync import service
from moodle_mentorship.sync.enums import PassKind
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.runner import Outcome, run_pass
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_school

COUNTS = ("seen", "created", "updated", "differences", "leaving", "returned")


@contextmanager
def demo_moodle(**options: Any) -> Iterator[DemoMoodle]:
    port = free_port()
    app = create_demo_moodle(DemoMoodleConfig(base_url=f"http://127.0.0.1:{port}", school=False, **options))
    with serving(app, port):
        yield demo_state(app)


@pytest.fixture
def moodle() -> Iterator[DemoMoodle]:
    """A Moodle without a school: each test puts in whom it needs."""
    with demo_moodle() as moodle:
        moodle.profile_fields.update(position="text", subject="text", hired="datetime", sex="menu")
        yield moodle


def hire(moodle: DemoMoodle, count: int, first: int = 1) -> list[int]:
    """Teachers for the staff cohort; their Moodle ids."""
    return [
        moodle.add_user(
            f"t{number}",
            f"Фамилия{number:04d}",
            "Анна",
            "Петровна",
            profile={"position": "учитель", "hired": "1725138000"},
            staff=True,
        ).id
        for number in range(first, first + count)
    ]


def connect(session: Session, school: TestSchool, moodle: DemoMoodle) -> None:
    """The school's Moodle is this one, and its directory is still empty."""
    for model in (RoleGrant, PersonDifference, Person):
        session.execute(delete(model).where(model.school_id == school.id))
    site = school.site
    site.url, site.rest_url = moodle.config.base_url, moodle.config.rest_url
    site.sealed_token = BOX.seal(moodle.config.token)
    site.plugin_version = "2026112200" if moodle.config.plugin else None
    site.profile_fields = [
        {"shortname": name, "name": name, "datatype": datatype} for name, datatype in moodle.profile_fields.items()
    ]
    site.field_map = {"position": "position", "hire_date": "hired"}
    session.commit()


@dataclass
class Syncing:
    """A school that is connected, and the verbs that tests repeat."""

    runtime: Runtime
    school: TestSchool
    moodle: DemoMoodle
    session: Session
    clock: FixedClock

    def ask(self, kind: PassKind = PassKind.FULL, **options: Any) -> int:
        with self.runtime.db.unit_of_work() as session:
            return service.request_pass(
                session, self.runtime.jobs, school_id=self.school.id, kind=kind, now=self.clock.now(), **options
            ).id

    def run(self, kind: PassKind = PassKind.FULL, **options: Any) -> SyncPass:
        """Ask for a pass and run it to its end."""
        pass_id = self.ask(kind, **options)
        self.outcome: Outcome = run_pass(self.runtime, pass_id)
        return self.row(pass_id)

    def row(self, pass_id: int) -> SyncPass:
        self.session.commit()
        self.session.expire_all()
        return self.session.get_one(SyncPass, pass_id)

    def people(self) -> list[Person]:
        self.session.commit()
        self.session.expire_all()
        return list(
            self.session.scalars(
                select(Person).where(Person.school_id == self.school.id).order_by(Person.moodle_user_id)
            )
        )

    def person(self, moodle_id: int) -> Person:
        return next(person for person in self.people() if person.moodle_user_id == moodle_id)

    def later(self, **delta: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**delta))


def counts(row: SyncPass) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: getattr(row, name) for name in COUNTS if getattr(row, name)}


def state_of(people: list[Person]) -> list[tuple[Any, ...]]:
    """All that a pass may write of people, without ids and moments."""
    return [
        (
            person.moodle_user_id,
            person.full_name,
            person.position,
            person.hire_date,
            person.email,
            person.suspended,
            person.status,
            person.deleted_in_moodle,
            sorted(person.sources),
            person.search_name,
        )
        for person in people
    ]


@pytest.fixture
def syncing(
    runtime: Runtime,
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    moodle: DemoMoodle,
    clock: FixedClock,
) -> Syncing:
    connect(session, school, moodle)
    return Syncing(runtime, school, moodle, session, clock)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """SQL statements that any engine runs while the test lasts."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def own_database(make_runtime: Callable[[], Runtime], moodle: DemoMoodle, clock: FixedClock) -> Iterator[Syncing]:
    """A school in a database of the test's own, for threads and real commits."""
    runtime = make_runtime()
    session = runtime.db.session()
    school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
    connect(session, school, moodle)
    try:
        yield Syncing(runtime, school, moodle, session, clock)
    finally:
        session.close()
        runtime.db.engine.dispose()
