"""A school in working order: sidecar and Moodle on two sockets, connected as the plugin would do it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import delete

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.diagnosis import installation, service
from moodle_mentorship.diagnosis.checks import Check
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.diagnosis.models import Examination
from moodle_mentorship.web.limits import Limits

#: What is true of any demonstration: its key is public, and this machine's disk is what it is.
ALWAYS = {"settings", "disk"}


@dataclass
class Well:
    """The installation, and what the doctor finds in it."""

    demo: DemoInstallation

    @property
    def runtime(self) -> Runtime:
        return self.demo.runtime

    @property
    def moodle(self) -> DemoMoodle:
        return self.demo.state

    @property
    def school_id(self) -> int:
        return self.demo.school_id

    def checks(self, *, ask: bool = True) -> list[Check]:
        """All checks of the installation and of the school; without `ask` Moodle is left alone."""
        if ask:
            with self.runtime.db.unit_of_work() as session:
                session.execute(delete(Examination))
                assert service.begin(session, self.school_id, self.runtime.clock.now())
            service.examine(self.runtime, self.school_id)
        with self.runtime.db.unit_of_work(read_only=True) as session:
            report = service.report(session, self.school_id, self.runtime.clock.now())
        return [*installation.look(self.runtime), *report.checks]

    def findings(self, **options: Any) -> dict[str, str]:
        """Code -> reason of what is broken or remarked upon."""
        return {
            check.code: check.reason
            for check in self.checks(**options)
            if check.state in {State.BAD, State.WARN} and check.code not in ALWAYS
        }

    def state_of(self, code: str) -> State:
        return next(check.state for check in self.checks() if check.code == code)

    @contextmanager
    def with_(self, **values: Any) -> Iterator[None]:
        """Attributes of the demonstration Moodle, changed while the block runs."""
        before = {name: getattr(self.moodle, name) for name in values}
        for name, value in values.items():
            setattr(self.moodle, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(self.moodle, name, value)

    @contextmanager
    def with_row(self, change: Callable[[Any], None], undo: Callable[[Any], None]) -> Iterator[None]:
        """Rows changed in a transaction of their own, and changed back."""
        with self.runtime.db.unit_of_work() as session:
            change(session)
        try:
            yield
        finally:
            with self.runtime.db.unit_of_work() as session:
                undo(session)


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Well]:
    tool, moodle = free_port(), free_port()
    demo = DemoInstallation(
        tmp_path_factory.mktemp("well"),
        tool_url=f"http://127.0.0.1:{tool}",
        moodle_url=f"http://127.0.0.1:{moodle}",
        environment=Environment.DEVELOPMENT,
    )
    with serving(demo.app, tool), serving(demo.moodle, moodle):
        demo.fill()
        demo.runtime.jobs.run_due(demo.runtime)
        # So many test messages come in a minute from no Moodle but this one.
        demo.app.extensions["mentorship.limits"] = Limits(replace(demo.runtime.settings, rate_limits=0))
        yield Well(demo)
    demo.runtime.db.engine.dispose()
