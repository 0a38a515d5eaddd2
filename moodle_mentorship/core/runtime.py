"""What a process holds: put together once by `app.py`, handed to jobs and views."""

from dataclasses import dataclass, field

from moodle_mentorship.core.actor import Departures, RoleSources
from moodle_mentorship.core.clock import Clock, SystemClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.grounds import Grounds
from moodle_mentorship.core.holdings import Holdings
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.core.settings import Settings


@dataclass(frozen=True)
class Runtime:
    """Settings, database, clock, secrets, jobs and the registries that rooms fill."""

    settings: Settings
    db: Database
    box: SecretBox
    jobs: Jobs
    clock: Clock = field(default_factory=SystemClock)
    roles: RoleSources = field(default_factory=RoleSources)
    departures: Departures = field(default_factory=Departures)
    grounds: Grounds = field(default_factory=Grounds)
    holdings: Holdings = field(default_factory=Holdings)
