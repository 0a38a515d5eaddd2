"""Makes seeded runs: a day of a school with faults, then calm weather, then judgement."""

import logging
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import structlog
from flask import Flask
from sqlalchemy import Engine, create_engine, event, make_url, select
from structlog.typing import EventDict

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.db import Base, Database
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.app import create_demo_moodle
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.sync import service
from moodle_mentorship.sync.enums import PassKind
from tests.conftest import beside, make_settings
from tests.faults import events
from tests.faults.oracle import Oracle
from tests.faults.proxy import Fault, FaultProxy
from tests.faults.world import Broken, World, make_world, running

#: Nights after which a school must have come to rest; a restful night more shows that it stays so.
NIGHTS = 6


class Databases:
    """An empty migrated database for each run: a copy of a file, or one database of a PostgreSQL server, swept out."""

    def __init__(self, server: str | None, folder: Path) -> None:
        self._server, self._folder = server, folder
        if server is None:
            self.template = f"sqlite:///{folder / 'template.sqlite3'}"
            upgrade(self.template)
            return
        self._name = f"mentorship_faults_{uuid4().hex[:8]}"
        self.template = beside(server, self._name)
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._run(self._admin, f'CREATE DATABASE "{self._name}"')
        upgrade(self.template)
        # What a crash of the machine would lose is not what these runs are about.
        self._run(self._admin, f'ALTER DATABASE "{self._name}" SET synchronous_commit = off')
        self._inside = create_engine(self.template, isolation_level="AUTOCOMMIT")

    @property
    def kind(self) -> str:
        return "sqlite" if self._server is None else "postgres"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        if self._server is not None:
            # To copy a database takes PostgreSQL the better part of a second. The journal's trigger rests meanwhile.
            tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
            statements = [
                "ALTER TABLE audit_event DISABLE TRIGGER USER",
                *(f'DELETE FROM "{name}"' for name in tables),
                *(f'ALTER SEQUENCE "{name}_id_seq" RESTART' for name in tables),
                "ALTER TABLE audit_event ENABLE TRIGGER USER",
            ]
            self._run(self._inside, "; ".join(statements))
            yield self.template
            return
        target = self._folder / f"{uuid4().hex}.sqlite3"
        shutil.copyfile(self._folder / "template.sqlite3", target)
        yield f"sqlite:///{target}"
        for left in self._folder.glob(f"{target.name}*"):
            left.unlink()

    def close(self) -> None:
        if self._server is not None:
            self._inside.dispose()
            self._run(self._admin, f'DROP DATABASE "{self._name}" WITH (FORCE)')
            self._admin.dispose()

    def _run(self, engine: Engine, statements: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statements)


@dataclass(frozen=True)
class Failure:
    """A run that broke a promise: how to make it again, and what happened in it."""

    seed: int
    database: str
    promise: str
    story: list[str]

    def __str__(self) -> str:
        head = f"seed={self.seed} db={self.database}: {self.promise}"
        return "\n".join([head, f"  make faults SEED={self.seed} DB={self.database}", *self.story, head])


class OneEngine:
    """A `Database` whose connections lead to the run's own: a new engine would compile every statement anew."""

    def __init__(self, template: str) -> None:
        self.db = Database(template)
        self._target = make_url(template)
        event.listen(self.db.engine, "do_connect", self._lead)

    @contextmanager
    def at(self, url: str) -> Iterator[Database]:
        self._target = make_url(url)
        yield self.db
        self.db.engine.dispose()

    def _lead(self, dialect: object, record: object, arguments: list[object], options: dict[str, object]) -> None:
        if self._target.get_backend_name() == "sqlite":
            arguments[0] = self._target.database
        else:
            options["dbname"] = self._target.database


class Stage:
    """What the runs of one process share: the wired rooms, Moodle's server and the proxy before it."""

    def __init__(self, server: str | None) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="mentorship-faults-")))
        self.databases = Databases(server, folder)
        self._stack.callback(self.databases.close)
        self._engine = OneEngine(self.databases.template)
        self.base: Runtime = create_runtime(make_settings(self.databases.template, folder), jobs=Jobs())
        create_app(self.base)
        self.base.db.engine.dispose()
        self._errors: list[str] = []
        # What happened in the last run.
        self.story: list[str] = []
        self._stack.callback(structlog.configure, **structlog.get_config())
        structlog.configure(
            processors=[structlog.processors.add_log_level, self._hear],
            wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        )
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._moodle: Flask = create_demo_moodle(DemoMoodleConfig(base_url=self._url, school=False))
        self._stack.enter_context(serving(self._moodle, port))
        self.proxy = self._stack.enter_context(FaultProxy(self._url, lambda function: Fault.PASS).serving())

    def _hear(self, logger: object, method: str, said: EventDict) -> EventDict:
        """No line of a run's log is written; what is logged as an error breaks a promise."""
        self._errors.append(f"{said['event']}: {said.get('exc_info')!r}")
        raise structlog.DropEvent

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, seed: int) -> Failure | None:
        """Make one run. None: every promise was kept."""
        # Every sixth school has no plugin.
        moodle = DemoMoodle(DemoMoodleConfig(base_url=self._url, school=False, plugin=seed % 6 != 5))
        if seed % 6 == 5:
            moodle.grant("moodle/cohort:view", "moodle/user:viewdetails", "moodle/user:viewalldetails")
            moodle.grant("moodle/site:viewuseridentity")
        moodle.profile_fields["position"] = "text"
        self._moodle.extensions["demo_moodle"] = moodle
        self._errors.clear()
        self.story = []
        with self.databases.fresh() as url, self._engine.at(url) as db:
            world = make_world(seed, replace(self.base, db=db), moodle, self.proxy)
            self.story = world.story
            try:
                with running(world):
                    _day(world)
            except Broken as broken:
                return Failure(seed, self.databases.kind, str(broken), self.story)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                return Failure(seed, self.databases.kind, f"{error!r} in {where.name}:{where.lineno}", self.story)
        if self._errors:
            return Failure(seed, self.databases.kind, f"logged: {self._errors}", self.story)
        return None


def _day(world: World) -> None:
    rng = world.rng
    for _ in range(rng.choice([6, 12, 25, 40])):
        events.hire(world)
    oracle = Oracle(world)
    world.look = oracle.look
    if rng.random() < 0.85:
        _first_pass(world)
    world.weather.fault = rng.choice([0.0, 0.05, 0.15, 0.3, 0.6])
    world.weather.lost = rng.choice([0.0, 0.1, 0.5])
    world.weather.crash = rng.choice([0.0, 0.01, 0.05])
    restless = rng.choice([0.0, 0.05, 0.2])

    def meanwhile() -> None:
        if world.chance(restless):
            events.quick_event(world)
        if world.chance(restless):
            # The worker's machine sleeps, or swaps: others think that it is dead, and it isn't.
            world.later(seconds=rng.choice([130, 400]))

    world.meanwhile = meanwhile
    for world.step in range(1, rng.choice([20, 40, 80])):
        events.something_happens(world)
        oracle.look()
    world.step += 1
    if world.chance(0.2):
        _weekend(world)
    _calm(world)
    oracle.in_step()
    restful = 0
    for _ in range(NIGHTS):
        restful = restful + 1 if _night(world) else 0
        world.step += 1
        if restful == 2:
            break
    oracle.judge()


def _first_pass(world: World) -> None:
    events_before = len(world.story)
    _ask(world, PassKind.FULL)
    world.drain()
    del world.story[events_before:]
    for _ in range(world.rng.randint(0, 4)):
        events.enter_mentor(world)
        events.enter_mentee(world)
        events.propose(world)
        events.answer(world)
        events.order(world)


def _weekend(world: World) -> None:
    """From Friday to Monday Moodle is down, and nobody sits at any page."""
    world.tell("Moodle: down over the weekend")
    world.weather.storm_until = world.clock.now() + timedelta(hours=62)
    for _ in range(20):
        world.later(hours=3)
        world.sweep()
        world.drain()


def _ask(world: World, kind: PassKind) -> None:
    with world.runtime.db.unit_of_work() as session:
        service.request_pass(
            session,
            world.runtime.jobs,
            school_id=world.school.id,
            kind=kind,
            now=world.clock.now(),
            again=True,
        )


def _calm(world: World) -> None:
    """The faults stop; an administrator sets right what was taken from us, and retries what waits for a human."""
    world.tell("the faults stop")
    world.weather.clear_up()
    world.meanwhile = lambda: None
    if world.moodle.token is None:
        events.renew_token(world)
    events.grant_all(world)
    if world.chance(0.5):
        events.refill_list(world)
    world.moodle.compare_fingerprints()
    _ask(world, PassKind.DELTA)
    # Everything that a repeat can heal heals by itself: in the half day that the longest delay takes twice.
    for _ in range(5):
        world.later(hours=3)
        world.sweep()
        world.drain()
    with world.runtime.db.unit_of_work(read_only=True) as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.school_id == world.school.id)).all()
    for item in items:
        if item.state is OutboxState.STUCK and item.error_code not in world.causes:
            raise Broken(f"item {item.id} waits for a human because of {item.error_code}, which nobody caused")


def _night(world: World) -> bool:
    """A night and the day after it; whether nobody had anything to do in the morning."""
    world.tell("night")
    world.moodle.compare_fingerprints()
    world.runtime.jobs.run_nightly(world.runtime)
    for _ in range(2):
        world.later(hours=8)
        world.sweep()
        world.drain()
    asked, retried, changed = events.confirm_losses(world), events.retry_all(world), events.put_back(world)
    world.drain()
    return not asked and not retried and not changed
