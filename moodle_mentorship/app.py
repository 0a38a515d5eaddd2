"""Composition root: settings in, application out. The rooms are listed here, and nowhere else."""

from flask import Flask

from moodle_mentorship.banks import wiring as banks
from moodle_mentorship.consents import wiring as consents
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.core.clock import Clock, SystemClock
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import Jobs, make_huey
from moodle_mentorship.core.logging import configure_logging
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.dashboard import wiring as dashboard
from moodle_mentorship.diagnosis import wiring as diagnosis
from moodle_mentorship.documents import wiring as documents
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.law import wiring as law
from moodle_mentorship.lti import wiring as lti
from moodle_mentorship.lti.visits import LaunchVisits
from moodle_mentorship.meetings import wiring as meetings
from moodle_mentorship.moodle.outbox import Handlers
from moodle_mentorship.pairs import wiring as pairs
from moodle_mentorship.people import wiring as people
from moodle_mentorship.personal_data import wiring as personal_data
from moodle_mentorship.roadmap import wiring as roadmap
from moodle_mentorship.roadmap.evidence import Evidence
from moodle_mentorship.school import wiring as school
from moodle_mentorship.surveys import wiring as surveys
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.sync import wiring as sync
from moodle_mentorship.web import kit as web


def create_runtime(settings: Settings, *, clock: Clock | None = None, jobs: Jobs | None = None) -> Runtime:
    """What a process holds; `jobs` is handed in by tests that want no queue."""
    configure_logging(debug=settings.debug)
    return Runtime(
        settings=settings,
        db=Database(settings.database_url),
        box=SecretBox(settings.encryption_keys),
        jobs=jobs if jobs is not None else Jobs(make_huey(settings)),
        clock=clock if clock is not None else SystemClock(),
    )


def create_app(runtime: Runtime) -> Flask:
    """Put the rooms together. Called once for each runtime: it also fills the runtime's registries."""
    app = Flask("moodle_mentorship", static_folder="web/static", template_folder="web/templates")
    kit = web.install(app, runtime, LaunchVisits(runtime))
    outbox, submitted, needs, kinds, evidence = Handlers(), Submitted(), Needs(), Kinds(), Evidence()

    school.wire(kit)
    law.wire(kit)
    people.wire(kit)
    documents.wire(kit, kinds)
    surveys.wire(kit, submitted, needs, evidence)
    banks.wire(kit, submitted, needs, evidence)
    pairs.wire(kit, outbox, kinds, evidence)
    meetings.wire(kit, evidence)
    # Its tasks stand behind theirs; of whom a consent is needed is asked later.
    consents.wire(kit, needs)
    roadmap.wire(kit, kinds, evidence, needs)
    sync.wire(kit, outbox)
    lti.wire(kit, submitted)
    personal_data.wire(kit)
    # What waits for the administrator stands above the verdict on «Подключение».
    dashboard.wire(kit)
    diagnosis.wire(kit)

    runtime.jobs.bind(runtime)
    return app
