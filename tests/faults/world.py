"""One seeded run: a school, its Moodle behind the proxy, workers that take turns, a clock that only the run moves.

Nothing in a run depends on the machine's clock or on which thread is faster: one thread works at a time, and where
a worker stands before or behind an exchange with Moodle the run's own dice say who goes on.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

import requests
from sqlalchemy import Connection, delete, event
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.outgoing import AddressGuard, GuardedAdapter
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.people.models import Person, PersonDifference, RoleGrant
from moodle_mentorship.sync import outbox, readers, runner
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_school
from tests.faults.proxy import SILENT, Fault, FaultProxy

#: Seconds of the machine that a client waits where the proxy will not answer, and where it will.
IMPATIENT, PATIENT = 0.005, 30.0

FIELD_MAP = {"position": "position"}

_FAULTS = tuple(fault for fault in Fault if fault is not Fault.PASS)

# What the workers do at their turn.
Job = tuple[str, int]


class SimulatedCrash(BaseException):
    """The worker is dead from here on. No handler of ours catches it; open transactions are lost."""


class Broken(AssertionError):
    """A promise was broken; the message says which."""


@dataclass
class Weather:
    """How bad a run's day is."""

    # Chance that an exchange is spoiled, that a queue message is lost, that a commit kills its worker.
    fault: float = 0.0
    lost: float = 0.0
    crash: float = 0.0
    # Until then every exchange is spoiled.
    storm_until: datetime | None = None

    def clear_up(self) -> None:
        self.fault = self.lost = self.crash = 0.0
        self.storm_until = None


@dataclass
class Membership:
    """When a Moodle account was out of the staff list: pairs of step numbers, the last one may be open (None)."""

    out: list[list[int | None]] = field(default_factory=list)

    def leave(self, step: int) -> None:
        if not self.out or self.out[-1][1] is not None:
            self.out.append([step, None])

    def rejoin(self, step: int) -> None:
        if self.out and self.out[-1][1] is None:
            self.out[-1][1] = step

    def was_out(self, since: int) -> bool:
        """Whether the account was out of the list at some moment since the step."""
        return any(end is None or end >= since for _, end in self.out)


@dataclass
class World:
    """Everything that a run has; events act on it, the oracle looks at it."""

    rng: random.Random
    runtime: Runtime
    clock: FixedClock
    moodle: DemoMoodle
    proxy: FaultProxy
    school: TestSchool
    neighbour: TestSchool
    weather: Weather = field(default_factory=Weather)
    queue: list[Job] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    step: int = 0
    # What people did by hand, for the oracle.
    memberships: dict[int, Membership] = field(default_factory=dict)
    emptied: list[int] = field(default_factory=list)
    by_hand: dict[int, str] = field(default_factory=dict)
    guests: dict[int, set[int]] = field(default_factory=dict)
    removed_groups: Counter[str] = field(default_factory=Counter)
    acts: Counter[tuple[str, int]] = field(default_factory=Counter)
    # Error codes that this run's people have given a cause for.
    causes: set[str] = field(default_factory=set)
    reinstalled: bool = False
    deliveries: list[str] = field(default_factory=list)
    # Whether anything was written to the database since the oracle looked.
    written: bool = True
    # Called wherever a worker waits for Moodle: the world goes on meanwhile.
    meanwhile: Callable[[], None] = lambda: None
    # Called whenever workers are done: the oracle looks.
    look: Callable[[], None] = lambda: None

    # The log of a run ------------------------------------------------------------------------------------------

    def tell(self, what: str) -> None:
        """A line of the run's story."""
        self.story.append(f"{self.step:3} {self.clock.now():%d.%m %H:%M:%S} {what}")

    # Time and chance -------------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def later(self, **delta: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(**delta))

    def draw(self, function: str) -> Fault:
        """What becomes of the next exchange, and the time that it takes."""
        weather = self.weather
        stormy = weather.storm_until is not None and self.clock.now() < weather.storm_until
        fault = Fault.PASS
        if stormy:
            fault = self.rng.choice([Fault.HTTP_500, Fault.BAD_GATEWAY, Fault.RESET_BEFORE, Fault.STALL])
        elif self.chance(weather.fault):
            fault = self.rng.choice(_FAULTS)
        if fault in SILENT:
            self.later(seconds=60)
        elif self.chance(0.02):
            # Slow, but in time: claims and heartbeats grow old while nothing is wrong.
            self.later(seconds=50)
        else:
            self.later(seconds=0.1)
        if fault is not Fault.PASS:
            self.tell(f"    {function}: {fault}")
        return fault

    # Doing -----------------------------------------------------------------------------------------------------

    @property
    def curator(self) -> Actor:
        return Actor(self.school.id, None, frozenset({Role.CURATOR}), kind="cli")

    def act(self, action: str, verb: Callable[[Session], Any]) -> Any:
        """An act of a person: one unit of work. A refusal is told and changes nothing; None then."""
        try:
            with self.runtime.db.unit_of_work() as session:
                done = verb(session)
                done_id = getattr(done, "id", 0)
        except DomainError as refusal:
            self.tell(f"{action}: refused, {refusal.code}")
            return None
        self.tell(f"{action} {done_id or ''}".rstrip())
        return done

    def wake(self, name: str, row_id: int) -> None:
        """The queue of a run: it loses messages, and brings some twice."""
        if self.chance(self.weather.lost):
            self.tell(f"    message lost: {name} {row_id}")
            return
        self.queue.append((name, row_id))
        if self.chance(self.weather.lost / 2):
            self.queue.append((name, row_id))

    def work(self, jobs: list[Job]) -> None:
        """Let one worker for each job run to its end, or to its death; they take turns at each exchange."""
        workers = [Worker(self, job) for job in jobs]
        while alive := [worker for worker in workers if not worker.over]:
            self.rng.choice(alive).go_on()
        for worker in workers:
            if worker.error is not None:
                raise worker.error
        self.look()

    def sweep(self) -> None:
        self.runtime.jobs.run_sweeps(self.runtime)

    def drain(self) -> None:
        """Work the queue off, one message after the other."""
        while self.queue:
            self.work([self.queue.pop(0)])

    # Who is in Moodle's list -----------------------------------------------------------------------------------

    def membership(self, moodle_id: int) -> Membership:
        return self.memberships.setdefault(moodle_id, Membership())

    def leave(self, moodle_id: int) -> None:
        self.moodle.remove_from_cohort(moodle_id)
        self.membership(moodle_id).leave(self.step)

    def rejoin(self, moodle_id: int) -> None:
        self.moodle.add_to_cohort(moodle_id)
        self.membership(moodle_id).rejoin(self.step)


class Worker:
    """A worker of the queue, in a thread of its own that only moves when it is its turn."""

    def __init__(self, world: World, job: Job) -> None:
        self.world, self.job = world, job
        self.over = False
        self.error: BaseException | None = None
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.worker = self  # type: ignore[attr-defined]
        self._thread.start()

    @staticmethod
    def current() -> "Worker | None":
        return getattr(threading.current_thread(), "worker", None)

    def go_on(self) -> None:
        """Give the worker its turn and wait until it stands at the next exchange, or is over."""
        self._turn.release()
        self._back.acquire()
        if self.over:
            self._thread.join()

    def pause(self) -> None:
        """Called by the worker: let others go on."""
        self._back.release()
        self._turn.acquire()

    def _run(self) -> None:
        self._turn.acquire()
        name, row_id = self.job
        world = self.world
        world.tell(f"  {name} {row_id}")
        try:
            # Not `Jobs.run`, which logs a fault and goes on: here a fault ends the run.
            world.runtime.jobs._handlers[name](world.runtime, row_id)
        except SimulatedCrash:
            world.tell(f"  {name} {row_id}: killed")
        except BaseException as error:
            self.error = error
        finally:
            self.over = True
            self._back.release()


class WayToTheProxy(GuardedAdapter):
    """A turn before each exchange and one behind it, patience where an answer will come."""

    def __init__(self, world: World) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._world = world

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        world, worker = self._world, Worker.current()
        if worker is not None:
            worker.pause()
            world.meanwhile()
        fault = world.draw(parse_qs(str(request.body))["wsfunction"][0])
        world.proxy.plan = lambda function: fault
        patience, arrived = IMPATIENT if fault in SILENT else PATIENT, world.proxy.arrived
        try:
            response = super().send(request, *args, **options | {"timeout": (PATIENT, patience)})
        finally:
            world.proxy.settle(arrived + 1)
        if worker is not None:
            if fault is Fault.KILL:
                response.close()
                raise SimulatedCrash
            worker.pause()
        return response


class TurnsAhead:
    """Stands in for the thread that reads a pass's next page while one is written: each read comes wholly before
    the writing or wholly after it, as the dice fall.
    """

    def __init__(self, world: World, **_: object) -> None:
        self._world = world

    def __enter__(self) -> "TurnsAhead":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *args: Any) -> "Promised":
        promised = Promised(lambda: work(*args))
        if self._world.chance(0.5):
            promised.keep()
        return promised


class Promised:
    """A future whose work is done when somebody decides so, in the thread of whoever asks."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._kept: Any = None
        self._error: Exception | None = None
        self._done = False

    def keep(self) -> None:
        try:
            self._kept = self._work()
        except Exception as error:
            self._error = error
        self._done = True

    def result(self) -> Any:
        if not self._done:
            self.keep()
        if self._error is not None:
            raise self._error
        return self._kept


@contextmanager
def running(world: World) -> Iterator[None]:
    """Put the run's dice, clock and line into the product while the block runs."""
    rng = world.rng

    def client_for(runtime: Runtime, site: MoodleSite, **_: object) -> MoodleClient:
        return MoodleClient(
            site.rest_url,
            runtime.box.open(site.sealed_token),
            guard=AddressGuard.of(runtime.settings),
            adapter=WayToTheProxy(world),
            sleep=lambda seconds: world.later(seconds=seconds),
            uniform=rng.uniform,
            monotonic=lambda: world.clock.now().timestamp(),
        )

    def crash_at_commit(connection: Connection) -> None:
        if Worker.current() is not None and world.chance(world.weather.crash):
            raise SimulatedCrash

    def note_writing(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        world.written = world.written or not statement.startswith(("SELECT", "BEGIN"))

    plain_delay = outbox.delay_after
    engine = world.runtime.db.engine
    size = rng.choice([2, 3, 5, 8, 500])
    event.listen(engine, "commit", crash_at_commit)
    event.listen(engine, "before_cursor_execute", note_writing)
    world.runtime.jobs._wake = world.wake
    with (
        patch.object(runner, "client_for", client_for),
        patch.object(runner, "ThreadPoolExecutor", partial(TurnsAhead, world)),
        patch.object(outbox, "client_for", client_for),
        patch.object(outbox, "delay_after", lambda attempt: plain_delay(attempt, rng.uniform)),
        patch.object(readers, "PAGE", size),
        patch.object(readers, "BATCH", size),
    ):
        try:
            yield
        finally:
            event.remove(engine, "commit", crash_at_commit)
            event.remove(engine, "before_cursor_execute", note_writing)


def make_world(seed: int, base: Runtime, moodle: DemoMoodle, proxy: FaultProxy) -> World:
    """A school of six to forty people whose Moodle is behind the proxy, and a neighbour with the same Moodle ids."""
    rng = random.Random(seed)
    clock = FixedClock(NOW)
    # One clock for both: who was enrolled since a group was last seen is told by Moodle's.
    moodle.config = replace(moodle.config, clock=lambda: clock.now().timestamp())
    runtime = replace(base, clock=clock)
    with runtime.db.unit_of_work() as session:
        neighbour = make_school(session, "Гимназия № 2", issuer="https://moodle.other", now=NOW)
        neighbour.site.disabled_at = NOW
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        for model in (RoleGrant, PersonDifference, Person):
            session.execute(delete(model).where(model.school_id == school.id))
        site = school.site
        site.url, site.rest_url = proxy.url, f"{proxy.url}/webservice/rest/server.php"
        site.sealed_token = BOX.seal(moodle.config.token)
        site.plugin_version = "2026112200" if moodle.config.plugin else None
        site.profile_fields = [{"shortname": "position", "name": "position", "datatype": "text"}]
        site.field_map = dict(FIELD_MAP)
    return World(rng, runtime, clock, moodle, proxy, school, neighbour)
