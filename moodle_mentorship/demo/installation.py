"""The demonstration put together: a Moodle in memory, the sidecar on SQLite, connected as the plugin would do it.

The browser tests run the same installation on two host names.
"""

import json
import secrets
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.banks import inviting
from moodle_mentorship.banks import service as banks
from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.consents import service as consents
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.service import Given
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.settings import DEMO_ENCRYPTION_KEY, Environment, Settings
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig, DemoTool, DemoVisitor
from moodle_mentorship.demo.moodle.seed import PROFILE_FIELDS, VISITORS
from moodle_mentorship.demo.moodle.state import STUDENT
from moodle_mentorship.lti import service as lti
from moodle_mentorship.lti.schemas import PROTOCOL
from moodle_mentorship.meetings import service as meetings
from moodle_mentorship.meetings.enums import Audience, MeetingKind
from moodle_mentorship.moodle import signing
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, Side
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service import directory, roles
from moodle_mentorship.roadmap import service as roadmap
from moodle_mentorship.roadmap.frozen import numbers
from moodle_mentorship.roadmap.queries import lines_of as road_map_lines
from moodle_mentorship.roadmap.told import evidence
from moodle_mentorship.school import service as school
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.queries import waiting
from moodle_mentorship.surveys.ready import THEMES
from moodle_mentorship.sync import service as sync
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.outbox import deliver_due
from moodle_mentorship.sync.runner import run_pass

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SCHOOL_NAME = "МБОУ «Школа № 12» г. Приреченска"
PLACE = "г. Приреченск"
CURATOR, DIRECTOR = "vereshchagina.o", "sokolovskiy.i"
# User name and places; the first is to answer a proposal, the second works with a mentee already.
MENTORS = (("tikhomirova.e", 2), ("akhmedov.r", 1), ("saakyan.a", 2), ("dubrovina.g", 1), ("guryanova.t", 3))
# Of these the signed consent to work as a mentor (ст. 351.8 ТК) lies with the curator.
WILLING = ("akhmedov.r", "dubrovina.g")
# Invited to be a mentor, and has not answered.
INVITED_MENTOR = "shevchenko.o"
# Put into the bank by the curator past the training; the others offered themselves and were trained.
UNTRAINED = ("saakyan.a",)
# The first two have their pairs; there is a place too few for the others.
MENTEES = (
    *("lebedeva.a", "zhuravlev.a", "barashkova.y", "zaytseva.k", "kuzmichev.l"),
    *("ponomarenko.a", "prokhorov.i", "soloveva.v", "tagirov.b", "yusupova.d"),
)
# What those said who have answered: levels of the themes, and free parts of the week.
ANSWERS: dict[str, tuple[dict[str, int], tuple[str, ...]]] = {
    "zaytseva.k": ({"assessment": 3, "parents": 2}, ("1-after", "3-4", "4-after")),
    "kuzmichev.l": ({"discipline": 3, "planning": 2, "digital": 1}, ("2-5", "4-after")),
    "ponomarenko.a": ({"homeroom": 3, "parents": 2}, ("2-after", "4-after")),
    "prokhorov.i": ({"discipline": 3, "documents": 2}, ("1-6", "3-after")),
    "soloveva.v": ({"parents": 3, "planning": 2}, ("1-after", "2-after", "5-5")),
    "tagirov.b": ({"diversity": 2, "assessment": 2}, ("1-6", "4-after")),
    "yusupova.d": ({"diversity": 3, "homeroom": 2}, ("2-after", "5-5")),
    "saakyan.a": ({"discipline": 3, "planning": 2, "diversity": 2, "digital": 2}, ("1-6", "4-after")),
    "dubrovina.g": ({"assessment": 3, "parents": 3, "homeroom": 2, "documents": 1}, ("1-after", "2-after", "4-after")),
    "guryanova.t": ({"parents": 3, "diversity": 3, "planning": 2, "homeroom": 3}, ("1-after", "2-after", "5-5")),
}
# What the curator has put on these people's cards, in days before today: candidates of the bank of mentees.
CARDS: dict[str, dict[str, int]] = {
    "grechko.m": {"teaching_since": 400},
    "orlova.e": {"break_from": 500, "break_until": 20},
    "tkach.i": {"teaching_since": 4400, "post_since": 40},
}
# Lines of the road map that were marked by hand, with what shows it.
MARKED = {
    "1.2": "Положение принято педагогическим советом, протокол № 1",
    "1.5": "Шаблон лежит в методическом кабинете",
    "4.2": "Памятка наставника и папка материалов",
}
# Meetings that were held: days before today, theme, who was called, the minutes.
MEETINGS = (
    (
        MeetingKind.TRAINING,
        40,
        "Установочная сессия наставников",
        Audience.MENTORS,
        "Разобрали положение о наставничестве и памятку наставника.\n"
        "Решили: в первую неделю каждый наставник посещает урок наставляемого и договаривается с ним о времени встреч.",
    ),
    (
        MeetingKind.EXCHANGE,
        9,
        "Первые посещённые уроки: что получилось",
        Audience.BANKS,
        "Рассказали, что увидели на уроках. Больше всего вопросов — о дисциплине и о том, как уложиться в план урока.\n"
        "Решили: Р. М. Ахмедов покажет открытый урок; к следующей встрече каждый приносит один приём, который помог.",
    ),
)
FIELD_MAP = {"position": "position", "subjects": "subject", "hire_date": "hire_date", "sex": "sex"}


class DemoInstallation:
    """A Moodle at `moodle_url` and a sidecar at `tool_url`; `connect()` or `fill()` once both answer there.

    `environment` decides about cookies: DEMO where both are one site, DEVELOPMENT where they are two.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tool_url: str,
        moodle_url: str,
        environment: Environment,
        visitors: tuple[DemoVisitor, ...] = VISITORS,
    ) -> None:
        self.tool_url, self.moodle_url = tool_url, moodle_url
        settings = Settings.from_env(
            {
                "MENTORSHIP_ENV": environment,
                "MENTORSHIP_BASE_URL": tool_url,
                "MENTORSHIP_DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
                "MENTORSHIP_ENCRYPTION_KEYS": DEMO_ENCRYPTION_KEY,
                "MENTORSHIP_DATA_DIR": str(folder),
            }
        )
        upgrade(settings.database_url)
        self.runtime = create_runtime(settings)
        self.app = create_app(self.runtime)
        self.tool = DemoTool(
            login_url=f"{tool_url}/lti/login", launch_url=f"{tool_url}/lti/launch", jwks_url=f"{tool_url}/lti/jwks"
        )
        self.moodle = create_demo_moodle(DemoMoodleConfig(base_url=moodle_url, tool=self.tool, visitors=visitors))
        self.state = demo_state(self.moodle)

    def one_port(self) -> "WSGIApplication":
        """Both under one address, Moodle at /moodle; the bare address leads to Moodle's first page."""
        together = DispatcherMiddleware(self.app.wsgi_app, {"/moodle": self.moodle.wsgi_app})
        start = f"{self.moodle_url}/"

        def enter(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
            if environ.get("PATH_INFO") in {"", "/"} and not environ.get("HTTP_COOKIE"):
                start_response("302 Found", [("Location", start), ("Content-Length", "0")])
                return []
            return together(environ, start_response)

        return enter

    def fill(self) -> None:
        """A connected school in the middle of its mentoring year."""
        self.connect()
        with self.runtime.db.unit_of_work() as session:
            self._begin_year(session)
        deliver_due(self.runtime)

    def connect(self) -> None:
        """Connect the school and read its staff: as the plugin's command leaves it."""
        now = self.runtime.clock.now()
        with self.runtime.db.unit_of_work() as session:
            made = school.create_school(session, SCHOOL_NAME, "Школа № 12", now)
            made.place = PLACE
            self.school_id = made.id
            invitation = lti.invite(session, made.id, now)
        self._call(invitation)
        self._read_staff()

    def _call(self, invitation: str) -> None:
        """The plugin's signed call, as docs/plugin-protocol.md, section 3, has it."""
        secret, config = secrets.token_hex(32), self.state.config
        members = len(self.state.staff())
        message = {
            "protocol": PROTOCOL,
            "site": {
                "url": self.moodle_url,
                "name": config.school_name,
                "moodle_version": "4.5.6",
                "plugin_version": self.state.plugin_version,
            },
            "lti": {
                "issuer": self.moodle_url,
                "client_id": self.tool.client_id,
                "deployment_id": self.tool.deployment_id,
                "auth_url": f"{self.moodle_url}/mod/lti/auth.php",
                "token_url": f"{self.moodle_url}/mod/lti/token.php",
                "jwks_url": f"{self.moodle_url}/mod/lti/certs.php",
            },
            "webservice": {"token": config.token, "url": config.rest_url},
            "webhook": {"secret": secret},
            "course": {
                "id": config.course_id,
                "shortname": "mentorship",
                "url": config.course_url,
                "cmid": config.cmid,
            },
            "cohort": {"id": config.cohort_id, "idnumber": "staff", "name": "Педагоги", "members": members},
            "student_role_id": STUDENT,
            "profile_fields": [
                {"shortname": shortname, "name": name, "datatype": datatype}
                for shortname, (name, datatype) in PROFILE_FIELDS.items()
            ],
            "curator": {"user_id": self.state.by_username(CURATOR).id},
            "warnings": [],
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = signing.signed_headers(secret, body, delivery=str(uuid.uuid4()), now=self.runtime.clock.now())
        answer = requests.post(
            f"{self.tool_url}/api/v1/connect",
            data=body,
            headers={**headers, signing.INVITATION: invitation, "Content-Type": "application/json"},
            timeout=30,
        )
        answer.raise_for_status()
        self.state.webhook_url, self.state.webhook_secret = answer.json()["webhook_url"], secret

    def _read_staff(self) -> None:
        with self.runtime.db.unit_of_work() as session:
            nobody = Actor(self.school_id, None, frozenset({Role.ADMINISTRATOR}), kind="system")
            sync.map_fields(session, self.runtime.jobs, nobody, FIELD_MAP, self.runtime.clock.now())
            passes = session.scalars(select(SyncPass.id).where(SyncPass.school_id == self.school_id)).all()
        for pass_id in passes:
            run_pass(self.runtime, pass_id)

    def _begin_year(self, session: Session) -> None:
        now = self.runtime.clock.now()
        here = school_of(session, self.school_id)
        today = local_date(now, here.timezone)
        starts_on = max(today, here.year_begins)
        curator = self.actor(session, CURATOR)
        roles.appoint(session, curator, self.actor(session, DIRECTOR).person_id or 0, Role.DIRECTOR, now)
        for username, places in MENTORS:
            person_id = self.actor(session, username).person_id or 0
            if username not in UNTRAINED:
                banks.apply_as_mentor(session, self.actor(session, username), now)
                banks.check_mentor(session, curator, person_id, now)
                banks.train_mentor(session, curator, person_id, today, now)
            banks.add_mentor(session, curator, person_id, places, now)
            banks.set_basis(session, curator, person_id, Basis.ASSIGNMENT, now)
        inviting.invite_mentors(
            session, self.runtime.jobs, curator, [self.actor(session, INVITED_MENTOR).person_id or 0], now
        )
        for username in MENTEES:
            banks.add_mentee(session, curator, self.actor(session, username).person_id or 0, now)
        for username, days in CARDS.items():
            known = {name: today - timedelta(days=number) for name, number in days.items()}
            directory.edit_person(session, curator, self.actor(session, username).person_id or 0, known, now)
        self._give_papers(session, curator, today)
        self._answer(session, today)
        # Zhuravlev has his mentor and a group in the course; Lebedeva and her mentor are asked for their answers.
        for mentor_name, mentee_name in (("akhmedov.r", "zhuravlev.a"), ("tikhomirova.e", "lebedeva.a")):
            mentor, mentee = self.actor(session, mentor_name), self.actor(session, mentee_name)
            pair = pairs.propose(
                session,
                curator,
                mentor_person_id=mentor.person_id or 0,
                mentee_person_id=mentee.person_id or 0,
                starts_on=starts_on,
                ends_on=here.year_ends,
                now=now,
            )
            if mentee_name == "zhuravlev.a":
                pairs.answer(session, mentor, pair.id, Side.MENTOR, Answer.YES, now)
                pairs.answer(session, mentee, pair.id, Side.MENTEE, Answer.YES, now)
                pairs.order(
                    session,
                    self.runtime.jobs,
                    curator,
                    pair.id,
                    order_date=today,
                    order_number="143-ОД",
                    today=today,
                    now=now,
                )
        self._meet(session, curator, today)
        self._plan(session, curator, today)

    def _meet(self, session: Session, curator: Actor, today: date) -> None:
        """A training and an exchange that were held, and the next exchange."""
        now = self.runtime.clock.now()
        first = date(school_of(session, self.school_id).year_start, 7, 1)
        for kind, days, theme, audience, minutes in MEETINGS:
            meetings.put_down(
                *(session, self.runtime.box, curator),
                kind=kind,
                theme=theme,
                day=max(first, today - timedelta(days=days)),
                starts_at="15:00",
                place="Методический кабинет",
                audience=audience,
                minutes=minutes,
                today=today,
                now=now,
            )
        meetings.call(
            *(session, self.runtime.jobs, curator),
            kind=MeetingKind.EXCHANGE,
            theme="Как давать обратную связь после урока",
            day=today + timedelta(days=16),
            starts_at="15:30",
            place="Методический кабинет",
            audience=Audience.PAIRS,
            today=today,
            now=now,
        )

    def _plan(self, session: Session, curator: Actor, today: date) -> None:
        """The ready-made road map, approved in September; some lines were marked by hand, others are late."""
        now = self.runtime.clock.now()
        road_map = roadmap.take_ready(session, curator, now)
        first = date(road_map.year_start, 7, 1)
        approved = max(first, min(today, date(road_map.year_start, 9, 10)))
        roadmap.approve(session, curator, order_date=approved, order_number="118-ОД", today=today, now=now)
        lines = road_map_lines(session, self.school_id, road_map.id)
        number = numbers(lines)
        for line in lines:
            note = MARKED.get(number[line.id])
            if note is not None:
                done_on = max(first, min(today, line.ends_on))
                roadmap.tick(session, curator, line.id, 0, done_on=done_on, note=note, link=None, today=today, now=now)
        roadmap.see(session, curator, evidence(self.app), today, now)

    def _give_papers(self, session: Session, curator: Actor, today: date) -> None:
        """Both banks have consented on paper, which opens the questionnaires. Some of the
        mentors' consents to the work itself are still awaited."""
        surveys.take_ready_made(session, curator, self.runtime.clock.now())
        papers = [
            *((ConsentKind.PROCESSING_MENTEE, username) for username in MENTEES),
            *((ConsentKind.PROCESSING_MENTOR, username) for username, _places in MENTORS),
            *((ConsentKind.MENTOR_WORK, username) for username in WILLING),
        ]
        for number, (kind, username) in enumerate(papers, start=1):
            consents.record_paper(
                session,
                self.runtime.grounds,
                self.runtime.box,
                curator,
                self.actor(session, username).person_id or 0,
                Given(kind, f"{number}-С", today, school_of(session, self.school_id).year_ends),
                today,
                self.runtime.clock.now(),
            )

    def _answer(self, session: Session, today: date) -> None:
        for username, (levels, free) in ANSWERS.items():
            who = self.actor(session, username)
            every = {theme: str(levels.get(theme, 0)) for theme, _title in THEMES}
            if username in MENTEES:
                said = {"hardest": list(levels)[:1], "levels": every, "help": ["talk", "visit"], "free": list(free)}
            else:
                time = {"capacity": "2", "hours": "upto4", "free": list(free)}
                said = {"strengths": every, "experience": "informal", **time}
            (asked,) = waiting(session, self.school_id, who.person_id or 0, today)
            surveys.submit(
                session,
                self.runtime.box,
                who,
                asked.round.id,
                version=1,
                revision=0,
                said=said,
                listeners=Submitted(),
                today=today,
                now=self.runtime.clock.now(),
            )

    def actor(self, session: Session, username: str) -> Actor:
        """Somebody of the invented school, as the sidecar knows them after the first pass."""
        person = session.scalars(
            select(Person).where(
                Person.school_id == self.school_id,
                Person.moodle_user_id == self.state.by_username(username).id,
            )
        ).one()
        return Actor(self.school_id, person.id, self.runtime.roles.roles_of(session, self.school_id, person.id))
