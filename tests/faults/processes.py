"""Workers as processes of their own, and a school whose rows and Moodle they share."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.banks import service as banks
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import Person
from moodle_mentorship.sync import service
from moodle_mentorship.sync.enums import PassKind
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import TEST_KEY, make_settings
from tests.factories import make_papers, make_school
from tests.sync.conftest import connect, hire

Row = TypeVar("Row", Person, Pair, OutboxItem, SyncPass)

#: What a worker of another process does: the jobs that it is told, or all that is due.
PROGRAM = """
import json, os, sys
from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.sync import outbox
runtime = create_runtime(Settings.from_env(os.environ))
create_app(runtime)
print("ready", flush=True)
sys.stdin.readline()
for name, row_id in json.loads(sys.argv[1]):
    runtime.jobs.run(runtime, name, row_id)
outbox.deliver_due(runtime)
"""


def environment(database_url: str, folder: Path, **more: str) -> dict[str, str]:
    return os.environ | {
        "MENTORSHIP_ENV": "development",
        "MENTORSHIP_BASE_URL": "https://mentor.example",
        "MENTORSHIP_DATABASE_URL": database_url,
        "MENTORSHIP_ENCRYPTION_KEYS": TEST_KEY,
        "MENTORSHIP_DATA_DIR": str(folder),
        **more,
    }


class WorkerProcess:
    """A worker that stands ready; `go` lets it work."""

    def __init__(self, env: dict[str, str], *jobs: tuple[str, int]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(jobs)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> "WorkerProcess":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()[1]
        return self

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Wait for the end; the exit code, negative for the signal that killed it."""
        self.process.communicate(timeout=100)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()


class SharedSchool:
    """A school in a database of its own, connected to a Moodle; the clock stands, and is moved by the test."""

    def __init__(self, database_url: str, folder: Path, moodle: DemoMoodle, rest_url: str, **settings: str) -> None:
        # Worker processes go by the machine's own clock.
        self.clock = FixedClock(datetime.now(UTC) - timedelta(seconds=1))
        self.moodle = moodle
        self.env = environment(database_url, folder, **settings)
        self.runtime: Runtime = create_runtime(make_settings(database_url, folder, **settings), clock=self.clock)
        create_app(self.runtime)
        with self.runtime.db.session() as session:
            self.school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=self.clock.now())
            connect(session, self.school, moodle)
            self.school.site.rest_url = f"{rest_url}/webservice/rest/server.php"
            session.commit()

    def ask_pass(self) -> int:
        with self.runtime.db.unit_of_work() as session:
            return service.request_pass(
                session, self.runtime.jobs, school_id=self.school.id, kind=PassKind.FULL, now=self.clock.now()
            ).id

    def order_pairs(self, count: int) -> list[int]:
        """Ordered pairs, each with a mentor and a mentee of its own; ids of the items that wait for a worker."""
        ids = hire(self.moodle, 2 * count)
        self.runtime.jobs.run(self.runtime, "sync.run", self.ask_pass())
        curator = Actor(self.school.id, None, frozenset({Role.CURATOR}), kind="cli")
        now, jobs = self.clock.now(), self.runtime.jobs
        with self.runtime.db.unit_of_work() as session:
            people = session.scalars(
                select(Person.id)
                .where(Person.school_id == self.school.id, Person.moodle_user_id.in_(ids))
                .order_by(Person.id)
            ).all()
            for mentor, mentee in zip(people[::2], people[1::2], strict=True):
                banks.add_mentor(session, curator, mentor, 1, now)
                banks.add_mentee(session, curator, mentee, now)
                pair = pairs.propose(
                    session,
                    curator,
                    mentor_person_id=mentor,
                    mentee_person_id=mentee,
                    starts_on=date(2026, 12, 1),
                    ends_on=date(2027, 5, 31),
                    now=now,
                )
                for side, person_id in ((Side.MENTOR, mentor), (Side.MENTEE, mentee)):
                    actor = Actor(self.school.id, person_id, frozenset({Role(side.value)}))
                    pairs.answer(session, actor, pair.id, side, Answer.YES, now)
                make_papers(session, session.get_one(Person, mentor), session.get_one(Person, mentee), now)
                today = date(2026, 11, 24)
                pairs.order(
                    session, jobs, curator, pair.id, order_date=today, order_number="143-ОД", today=today, now=now
                )
            return list(session.scalars(select(OutboxItem.id).order_by(OutboxItem.id)))

    def rows(self, model: type[Row]) -> Sequence[Row]:
        """The school's rows as they are now."""
        with self.runtime.db.unit_of_work(read_only=True) as session:
            return session.scalars(select(model).where(model.school_id == self.school.id).order_by(model.id)).all()

    def groups(self) -> list[tuple[str, set[int]]]:
        """Groups that we made, with their members."""
        return [(group.idnumber, group.members) for _, group in sorted(self.moodle.groups.items())]

    def promised(self) -> list[tuple[str, set[int]]]:
        """What `groups` should be, in any order."""
        return [
            (pair.space.moodle_idnumber, {pair.mentor.moodle_user_id, pair.mentee.moodle_user_id})
            for pair in self.rows(Pair)
        ]

    def later(self, **delta: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**delta))
