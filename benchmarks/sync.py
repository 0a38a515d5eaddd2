"""The staff directory: passes against downloading the same pages and throwing them away.

The demonstration Moodle answers from memory over a loopback socket, so the ratios say what we add to the network,
not what a real Moodle costs (0.15 s for 1,000 people, docs/benchmarks.md).
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import structlog

from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY, Settings
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig
from moodle_mentorship.demo.moodle.state import STUDENT
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.school.service import create_school
from moodle_mentorship.sync.enums import PassKind
from moodle_mentorship.sync.runner import run_pass
from moodle_mentorship.sync.service import request_pass

CHANGES = 50


def measure_sync(folder: Path, people: int) -> Iterator[dict[str, object]]:
    """First full pass, the same again, a delta of 50 changes: seconds, ratio to the bare download, requests."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    moodle = create_demo_moodle(DemoMoodleConfig(base_url=f"http://127.0.0.1:{port}", school=False))
    state = demo_state(moodle)
    ids = [
        state.add_user(f"staff{n}", "Фамильный", f"Имя{n}", middlename="Отчествович", staff=True).id
        for n in range(people)
    ]
    runtime = _runtime(folder)
    school_id = _connected_school(runtime, state.config)

    def timed(act: Callable[[], object]) -> tuple[float, int]:
        before, start = sum(state.calls.values()), time.perf_counter()
        act()
        return time.perf_counter() - start, sum(state.calls.values()) - before

    with serving(moodle, port):
        download, requests = timed(lambda: _download(state.config))
        yield _row(f"download {people} people and throw them away", download, download, requests)
        for what in ("first full pass", "the same full pass again"):
            seconds, requests = timed(lambda: _pass(runtime, school_id, PassKind.FULL))
            yield _row(what, seconds, download, requests)
        for user_id in ids[:CHANGES]:
            state.rename(user_id, lastname="Переименованный")
        seconds, requests = timed(lambda: _pass(runtime, school_id, PassKind.DELTA))
        yield _row(f"delta of {CHANGES} changes", seconds, download, requests)
    runtime.db.engine.dispose()


def _row(what: str, seconds: float, base: float, requests: int) -> dict[str, object]:
    return {"what": what, "seconds": round(seconds, 4), "ratio": round(seconds / base, 4), "requests": requests}


def _runtime(folder: Path) -> Runtime:
    settings = Settings.from_env(
        {
            "MENTORSHIP_ENV": "development",
            "MENTORSHIP_BASE_URL": "http://localhost:8000",
            "MENTORSHIP_DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
            "MENTORSHIP_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEY,
        }
    )
    upgrade(settings.database_url)
    return Runtime(settings, Database(settings.database_url), SecretBox(settings.encryption_keys), Jobs())


def _connected_school(runtime: Runtime, config: DemoMoodleConfig) -> int:
    now = runtime.clock.now() - timedelta(seconds=1)
    with runtime.db.unit_of_work() as session:
        school = create_school(session, "Школа измерений", "Измерения", now)
        session.add(
            MoodleSite(
                school_id=school.id,
                issuer=config.base_url,
                url=config.base_url,
                name="",
                moodle_version="4.5.6",
                plugin_version="2026112200",
                rest_url=config.rest_url,
                sealed_token=runtime.box.seal(config.token),
                course_id=config.course_id,
                course_url=config.course_url,
                cohort_id=config.cohort_id,
                cohort_name="",
                student_role_id=STUDENT,
                connected_at=now,
            )
        )
        return school.id


def _download(config: DemoMoodleConfig) -> None:
    with MoodleClient(config.rest_url, config.token) as client:
        after = 0
        while True:
            page = client.get_staff(after, 500)
            after = page.next
            if not after:
                return


def _pass(runtime: Runtime, school_id: int, kind: PassKind) -> None:
    with runtime.db.unit_of_work() as session:
        asked = request_pass(session, runtime.jobs, school_id=school_id, kind=kind, now=runtime.clock.now()).id
    run_pass(runtime, asked)
