"""Schools with everything that years leave behind, written in bulk: all tables grow in proportion to the staff."""

import base64
import random
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, func, insert, select, text

from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.consents.enums import ConsentForm, ConsentKind, DutyKind, EndedWhy, GroundKind
from moodle_mentorship.consents.models import Consent, ConsentText, Duty, LocalAct, ProcessingGround, PublicAddress
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.db import Base, Database
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.secrets import SecretBox, new_handle
from moodle_mentorship.documents.enums import DocumentState, Origin, RegisterCode
from moodle_mentorship.documents.models import Acquaintance, Document, Template
from moodle_mentorship.documents.registers import key_of
from moodle_mentorship.files import docx
from moodle_mentorship.files.enums import ScanKind
from moodle_mentorship.files.models import Scan
from moodle_mentorship.lti.models import BrowserSession, Launch
from moodle_mentorship.lti.sessions import Carrier, stored_hash
from moodle_mentorship.matching import scoring
from moodle_mentorship.matching.scoring import WEIGHTS, Known
from moodle_mentorship.matching.solver import solve
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem, Platform
from moodle_mentorship.pairs.board.enums import Cause, DraftState, MarkKind
from moodle_mentorship.pairs.board.models import Board, Draft, Mark
from moodle_mentorship.pairs.board.snapshot import Snapshot, totals_of
from moodle_mentorship.pairs.board.solving import problem_of, result_of
from moodle_mentorship.pairs.enums import USUAL_FORM, USUAL_KINDS, Answer, EndReason, MentoringKind, PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair, Space
from moodle_mentorship.people.enums import PersonField, Source, StaffStatus
from moodle_mentorship.people.models import Person, PersonDifference, RoleGrant, search_name_of
from moodle_mentorship.personal_data.enums import RequestKind
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.roadmap import ready
from moodle_mentorship.roadmap.enums import ActKind
from moodle_mentorship.roadmap.models import ActEdition, Line, MapVersion, RoadMap, SchoolAct
from moodle_mentorship.school.models import School, Site
from moodle_mentorship.surveys.content import Option
from moodle_mentorship.surveys.enums import Kind, VersionState
from moodle_mentorship.surveys.models import Participant, Questionnaire, Response, Round, Version
from moodle_mentorship.surveys.ready import THEMES
from moodle_mentorship.surveys.ready import sets as ready_sets
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass

# One unit of a school: what sixty members of staff leave behind. A larger school is so many units.
UNIT = 60
# Units of a school whose people still stand on one board.
MOST_ON_BOARD = 10

_STEMS = [
    "Иван",
    "Петр",
    "Сидор",
    "Кузнец",
    "Смирн",
    "Попов",
    "Лебед",
    "Козл",
    "Новик",
    "Мороз",
    "Волк",
    "Соловь",
    "Васил",
    "Зайц",
    "Павл",
    "Семён",
    "Голуб",
    "Богдан",
]
_ENDINGS = ("ова", "чова", "кова", "енова", "инова", "ецова", "ищова", "арова")
_SURNAMES = [stem + ending for stem in _STEMS for ending in _ENDINGS]
_NAMES = [
    "Мария",
    "Анна",
    "Елена",
    "Ольга",
    "Татьяна",
    "Наталья",
    "Ирина",
    "Светлана",
    "Марина",
    "Вера",
    "Надежда",
    "Любовь",
    "Галина",
    "Юлия",
    "Дарья",
    "Ксения",
]
_FATHERS = [
    "Ивановна",
    "Петровна",
    "Сергеевна",
    "Андреевна",
    "Алексеевна",
    "Игоревна",
    "Павловна",
    "Олеговна",
    "Юрьевна",
]
_SUBJECTS = ("математика", "физика, астрономия", "русский язык, литература", "история", "химия", "начальные классы")


@dataclass
class Filled:
    """A school that was written; ids and handles that measurements ask for."""

    id: int
    client_id: str
    people: list[int] = field(default_factory=list)
    handles: dict[Role, str] = field(default_factory=dict)
    # Moodle's user ids of people who may come in by a launch, in the order of `people`.
    moodle_ids: list[int] = field(default_factory=list)
    # An id for each name that an address may hold.
    ids: dict[str, int] = field(default_factory=dict)
    searches: dict[str, str] = field(default_factory=dict)


class Bulk:
    """Writes rows with ids of its own counting; `close` brings the database's counters along."""

    def __init__(self, database: Database, box: SecretBox, now: datetime, issuer: str = "https://moodle-{n}.example"):
        self._database = database
        self._now = now
        self._issuer = issuer
        self._box = box
        self._sealed = box.seal("token")
        self._sealed_scan = box.seal("JVBERi0=")
        self._ids: dict[Table, count[int]] = defaultdict(lambda: count(1))
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._waiting = 0
        self._chance = random.Random(20261123)  # noqa: S311 — the same people in every run, no secret

    def school(self, people: int, jwks: dict[str, Any] | None = None) -> Filled:
        """A school of `people` members of staff (a multiple of sixty)."""
        units = people // UNIT
        filled = self._school(jwks)
        asking = self._passes(filled, units)
        self._people(filled, people, units, asking)
        self._roles(filled)
        self._banks(filled, units)
        self._board(filled, units)
        self._surveys(filled, units)
        self._meetings(filled, units)
        self._consents(filled, units)
        self._road_map(filled)
        self._documents(filled, units)
        self._acts(filled)
        self._journal(filled, units)
        self._visits(filled, units)
        if self._waiting > 50_000:
            self.flush()
        return filled

    def _add(self, model: type[Base], **values: Any) -> int:
        table = model.__table__
        assert isinstance(table, Table)
        row_id = next(self._ids[table])
        self._rows[table].append(values | {"id": row_id})
        self._waiting += 1
        return row_id

    def flush(self) -> None:
        """Write what waits, a table after those that it points at."""
        with self._database.unit_of_work() as session:
            for table in Base.metadata.sorted_tables:
                rows = self._rows.pop(table, [])
                for start in range(0, len(rows), 5_000):
                    session.execute(insert(table), rows[start : start + 5_000])
        self._waiting = 0

    def close(self) -> None:
        """Write the rest; counters continue after our ids, and PostgreSQL knows what it holds, as its autovacuum
        would see to within a minute."""
        self.flush()
        if self._database.engine.dialect.name != "postgresql":
            return
        with self._database.unit_of_work() as session:
            for table in self._ids:
                newest = session.scalar(select(func.max(table.c.id)))
                session.execute(text(f"SELECT setval('{table.name}_id_seq', {newest})"))
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def _school(self, jwks: dict[str, Any] | None) -> Filled:
        school_id = self._add(
            School,
            full_name="Муниципальное бюджетное общеобразовательное учреждение «Лицей»",
            short_name="Лицей",
            year_start=2026,
            created_at=self._now,
        )
        filled = Filled(school_id, f"client-{school_id}")
        issuer = self._issuer.format(n=school_id)
        filled.ids["platform_id"] = self._add(
            Platform,
            school_id=school_id,
            issuer=issuer,
            client_id=filled.client_id,
            deployment_id="1",
            auth_url=f"{issuer}/mod/lti/auth.php",
            token_url=f"{issuer}/mod/lti/token.php",
            jwks_url=f"{issuer}/mod/lti/certs.php",
            created_at=self._now,
            jwks=jwks,
            jwks_fetched_at=self._now if jwks else None,
            jwks_tried_at=self._now if jwks else None,
        )
        self._add(
            MoodleSite,
            school_id=school_id,
            issuer=issuer,
            url=issuer,
            name="Moodle",
            moodle_version="4.5.6",
            plugin_version="2026112200",
            rest_url=f"{issuer}/webservice/rest/server.php",
            sealed_token=self._sealed,
            course_id=2,
            course_url=f"{issuer}/course/view.php?id=2",
            cohort_id=1,
            cohort_name="Педагоги",
            student_role_id=5,
            profile_fields=[{"shortname": "position", "name": "Должность", "datatype": "text"}],
            field_map={"position": "position"},
            connected_at=self._now,
        )
        for name in ("Главное здание", "Начальная школа"):
            filled.ids["site_id"] = self._add(Site, school_id=school_id, name=name)
        return filled

    def _passes(self, filled: Filled, units: int) -> int:
        for number in range(30 * units):
            at = self._now - timedelta(hours=30 * units - number + 1)
            self._pass(filled, PassState.DONE, PassKind.DELTA if number % 10 else PassKind.FULL, at)
        filled.ids["pass_id"] = self._pass(filled, PassState.ASKING, PassKind.FULL, self._now, 7 * units)
        return filled.ids["pass_id"]

    def _pass(self, filled: Filled, state: PassState, kind: PassKind, at: datetime, missing: int = 0) -> int:
        return self._add(
            SyncPass,
            school_id=filled.id,
            kind=kind,
            source=PassSource.PLUGIN,
            state=state,
            created_at=at,
            started_at=at,
            heartbeat_at=at,
            finished_at=None if state is PassState.ASKING else at,
            missing=missing,
        )

    def _people(self, filled: Filled, people: int, units: int, asking: int) -> None:
        pick = self._chance.choice
        for number in range(people):
            # The last units of the row: five leave, are gone or suspended; seven are missing in the pass that asks.
            rank = (people - number - 1) // units
            status = StaffStatus.LEAVING if rank == 0 else StaffStatus.LEFT if rank < 4 else StaffStatus.ACTIVE
            last, first, middle = pick(_SURNAMES), pick(_NAMES), pick(_FATHERS)
            name = search_name_of(last, first, middle)
            filled.people.append(
                self._add(
                    Person,
                    school_id=filled.id,
                    moodle_user_id=number + 3,
                    last_name=last,
                    first_name=first,
                    middle_name=middle,
                    search_name=name,
                    position="учитель" if number % 6 else "педагог-психолог",
                    subjects=pick(_SUBJECTS),
                    hire_date=date(2026, 9, 1) - timedelta(days=self._chance.randrange(0, 12_000)),
                    # Of twelve people four have said since when they teach, one is new in a post, one was away.
                    teaching_since=date(2026, 9, 1) - timedelta(days=number % 9_000) if number % 3 == 0 else None,
                    post_since=date(2026, 9, 1) - timedelta(days=number % 900) if number % 12 == 1 else None,
                    break_until=date(2026, 9, 1) - timedelta(days=number % 700) if number % 12 == 2 else None,
                    email=f"staff{number}@school.example",
                    suspended=rank == 4,
                    status=status,
                    status_since=self._now,
                    deleted_in_moodle=False,
                    missing_since_pass=asking if 5 <= rank < 12 else None,
                    sources={
                        "last_name": {"source": "moodle", "name": "lastname", "at": self._now.isoformat()},
                        "position": {"source": "profile_field", "name": "position", "at": self._now.isoformat()},
                    },
                    updated_at=self._now,
                )
            )
            filled.moodle_ids.append(number + 3)
            if number == 5 * units:
                filled.searches["one person's name"] = f"{last} {first} {middle}".lower()
        for number in range(2 * units):
            self._add(
                PersonDifference,
                school_id=filled.id,
                person_id=filled.people[40 * units + number],
                field=PersonField.POSITION,
                moodle_value="учитель высшей категории",
                source=Source.PROFILE_FIELD,
                noticed_at=self._now,
            )
        filled.searches["a frequent first name"] = "мария"
        filled.searches["nobody's name"] = "щщщ"
        filled.ids["person_id"] = filled.people[40 * units]

    def _roles(self, filled: Filled) -> None:
        held = (Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK)
        for person_id, role in zip(filled.people, held, strict=False):
            self._add(RoleGrant, school_id=filled.id, person_id=person_id, role=role, granted_at=self._now)

    def _banks(self, filled: Filled, units: int) -> None:
        """Of sixty people twelve are mentees (six of them paired) and twelve mentors; eighteen pairs have ended."""
        mentees = filled.people[4 : 4 + 12 * units]
        mentors = filled.people[4 + 12 * units : 4 + 24 * units]
        paired = 6 * units
        for number, person_id in enumerate(mentees):
            self._add(
                Mentee,
                school_id=filled.id,
                person_id=person_id,
                state=MenteeState.PAIRED if number < paired else MenteeState.WAITING,
                state_since=self._now - timedelta(minutes=number),
                entered_at=self._now,
            )
        for number, person_id in enumerate(mentors):
            self._add(
                Mentor,
                school_id=filled.id,
                person_id=person_id,
                state=MentorState.AVAILABLE,
                state_since=self._now - timedelta(minutes=number),
                entered_at=self._now,
                capacity=2,
                places_held=1 if number < paired else 0,
            )
        for number in range(24 * units):
            self._pair(filled, units, number, mentees[number % len(mentees)], mentors[number % len(mentors)])

    def _board(self, filled: Filled, units: int) -> None:
        """Two drafts of all who wait, and a pinned pair; in a school of thousands one that was too large."""
        draft = {"school_id": filled.id, "created_at": self._now, "finished_at": self._now}
        if units > MOST_ON_BOARD:
            failed = {"number": 1, "cause": Cause.ASKED, "state": DraftState.FAILED, "error_code": "too_large"}
            filled.ids["draft_id"] = self._add(Draft, **draft, **failed)
            return
        waiting = filled.people[4 + 6 * units : 4 + 12 * units]
        mentors = filled.people[4 + 12 * units : 4 + 24 * units]
        filled.ids["mark_id"] = self._add(
            Mark,
            school_id=filled.id,
            mentee_person_id=waiting[0],
            mentor_person_id=mentors[-1],
            kind=MarkKind.PIN,
            sealed_because=self._box.seal('"judgement"'),
            made_at=self._now,
        )
        snapshot = Snapshot(
            starts_on=self._now.date(),
            weights=WEIGHTS,
            mentees={id_: scoring.Mentee(id=id_, needs={"discipline": id_ % 4}) for id_ in waiting},
            mentors={id_: scoring.Mentor(id=id_, strengths={"discipline": id_ % 3}) for id_ in mentors},
            places={id_: 2 if number >= 6 * units else 1 for number, id_ in enumerate(mentors)},
            known=Known(),
            pins=frozenset({(waiting[0], mentors[-1])}),
        )
        problem = problem_of(snapshot)
        result = result_of(problem, solve(problem))
        self._add(Board, school_id=filled.id, revision=1, weights=dict(WEIGHTS))
        for number in (1, 2):
            filled.ids["draft_id"] = self._add(
                Draft,
                **draft,
                number=number,
                cause=Cause.PINNED,
                mark_id=filled.ids["mark_id"],
                state=DraftState.DONE,
                totals=asdict(totals_of(snapshot, result)),
                proved=True,
                sealed_input=self._box.seal(snapshot.dump()),
                sealed_result=self._box.seal(result.dump()),
            )

    def _consents(self, filled: Filled, units: int) -> None:
        """Of the mentees eight of twelve have signed, one with a scan in the whole school; two of them withdrew."""
        text_id = self._add(
            ConsentText,
            school_id=filled.id,
            kind=ConsentKind.PROCESSING_MENTEE,
            version=1,
            title="Согласие",
            body="Я, {ФИО}",
            in_force_from=date(2025, 9, 1),
            written_at=self._now,
        )
        scan_id = self._add(
            Scan,
            school_id=filled.id,
            kind=ScanKind.PDF,
            size=5,
            sha256="ab" * 32,
            sealed_content=self._sealed_scan,
            kept_at=self._now,
        )
        self._add(
            LocalAct,
            school_id=filled.id,
            name="Положение о наставничестве",
            number="7",
            act_date=date(2026, 9, 1),
            began_at=self._now,
        )
        filled.ids["address_id"] = self._add(
            PublicAddress, school_id=filled.id, url="https://school.example/", name="Сайт", added_at=self._now
        )
        for number, person_id in enumerate(filled.people[4 : 4 + 8 * units]):
            withdrawn = number >= 6 * units
            consent_id = self._add(
                Consent,
                school_id=filled.id,
                person_id=person_id,
                kind=ConsentKind.PROCESSING_MENTEE,
                form=ConsentForm.PAPER,
                text_id=text_id,
                number=f"{number}-С",
                given_on=date(2026, 9, 1),
                valid_until=date(2027, 8, 31) if number % 10 else date(2026, 12, 10),
                scan_id=None if number else scan_id,
                recorded_at=self._now - timedelta(minutes=number),
                ended_at=self._now if withdrawn else None,
                ended_why=EndedWhy.WITHDRAWN if withdrawn else None,
            )
            if not number:
                filled.ids["consent_id"] = consent_id
            if number == 6 * units:
                filled.ids["duty_id"] = self._add(
                    Duty,
                    school_id=filled.id,
                    person_id=person_id,
                    consent_id=consent_id,
                    kind=DutyKind.DESTROY,
                    opened_at=self._now,
                    due_on=date(2026, 12, 23),
                )
                filled.ids["request_id"] = self._add(
                    DataRequest,
                    school_id=filled.id,
                    person_id=person_id,
                    kind=RequestKind.ERASURE,
                    asked_at=self._now,
                    due_on=date(2026, 12, 3),
                )

    def _documents(self, filled: Filled, units: int) -> None:
        """Registered orders, one of which can be opened; whom they name has not signed yet."""
        content = base64.b64encode(docx.layout("consent")).decode()
        template_id = self._add(
            Template,
            school_id=filled.id,
            kind="pairs_order",
            origin=Origin.SHIPPED,
            version=None,
            name="pairs_order.docx",
            size=1,
            sha256="cd" * 32,
            content=content,
            in_use=False,
            added_at=self._now,
        )
        whole, empty, values = self._box.seal(content), self._box.seal(""), self._box.seal("{}")
        for number in range(12 * units):
            document_id = self._add(
                Document,
                school_id=filled.id,
                kind="pairs_order",
                heading="О закреплении наставнических пар и групп на 2026/27 учебный год",
                state=DocumentState.REGISTERED,
                params={"pair_ids": []},
                begun_at=self._now,
                begun_by=filled.people[0],
                version=1,
                template_id=template_id,
                sealed_values=values,
                check_code=f"{filled.id}-{number}",
                signer_person_id=filled.people[0],
                laid_at=self._now,
                signed_on=date(2026, 11, 20),
                signed_at=self._now,
                register=RegisterCode.ORDERS,
                register_year=2026,
                number=f"{number}-ОД",
                number_key=key_of(f"{number}-ОД"),
                registered_at=self._now,
                sealed_content=empty if number else whole,
                sha256="ef" * 32,
                acquaint_until=date(2026, 11, 22) + timedelta(days=number % 4),
            )
            filled.ids.setdefault("document_id", document_id)
            person_id = filled.people[number % len(filled.people)]
            self._add(Acquaintance, school_id=filled.id, document_id=document_id, person_id=person_id, name="Ким Вера")

    def _pair(self, filled: Filled, units: int, number: int, mentee: int, mentor: int) -> None:
        share = number // (2 * units)
        state = (PairState.PROPOSED, PairState.AGREED, PairState.ORDERED)[share] if share < 3 else PairState.ENDED
        at = self._now - timedelta(hours=number)
        ordered = state in (PairState.ORDERED, PairState.ENDED)
        answered = state is not PairState.PROPOSED
        space_id = self._add(
            Space,
            school_id=filled.id,
            moodle_idnumber=f"mentorship-{uuid4().hex}",
            moodle_group_id=number if ordered else None,
        )
        group_id = self._group(filled, mentor) if state is PairState.ORDERED else None
        pair_id = self._add(
            Pair,
            school_id=filled.id,
            space_id=space_id,
            group_id=group_id,
            kinds=(MentoringKind.GROUP,) if group_id is not None else USUAL_KINDS,
            mentor_person_id=mentor,
            mentee_person_id=mentee,
            state=state,
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 5, 31) - timedelta(days=number % 200),
            proposed_at=at,
            mentor_answer=Answer.YES if answered else None,
            mentor_answered_at=at if answered else None,
            mentee_answer=Answer.YES if answered else None,
            mentee_answered_at=at if answered else None,
            order_date=date(2026, 9, 1) if ordered else None,
            order_number=f"{number}-ОД" if ordered else None,
            ordered_at=at if ordered else None,
            closed_at=at if state is PairState.ENDED else None,
            end_reason=EndReason.COMPLETED if state is PairState.ENDED else None,
        )
        if state is PairState.ORDERED:
            filled.ids.setdefault("pair_id", pair_id)
        if ordered:
            stuck = number % (20 * units) < units
            self._add(
                OutboxItem,
                school_id=filled.id,
                stream=f"space:{space_id}",
                kind="pair.keep_space",
                payload={"space_id": space_id},
                state=OutboxState.STUCK if stuck else OutboxState.DELIVERED,
                created_at=at,
                due_at=at,
                delivered_at=None if stuck else at,
                error_code="unreachable" if stuck else None,
            )
        curator = filled.people[0]
        acts = [("pair.propose", curator), ("pair.answer", mentor), ("pair.answer", mentee)]
        for action, by in [*acts, ("pair.order", curator)][: 4 if ordered else 3 if answered else 1]:
            self._event(filled, action, "pair", pair_id, at, by)

    def _group(self, filled: Filled, mentor: int) -> int | None:
        """The school's one group, whose only member the first ordered pair is; None for every other pair."""
        if "group_id" in filled.ids:
            return None
        filled.ids["group_id"] = self._add(
            MentoringGroup,
            school_id=filled.id,
            mentor_person_id=mentor,
            theme=THEMES[0][0],
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 5, 31),
            form=USUAL_FORM,
            kinds=(MentoringKind.GROUP,),
            created_at=self._now,
            members_open=1,
        )
        return filled.ids["group_id"]

    def _surveys(self, filled: Filled, units: int) -> None:
        """The ready-made questionnaires; everybody was asked about their needs, and every second has answered."""
        themes = [Option(*theme) for theme in THEMES]
        versions = {}
        for one in ready_sets(themes):
            questionnaire_id = self._add(
                Questionnaire,
                school_id=filled.id,
                code=one.code,
                kind=one.kind,
                title=one.title,
                created_at=self._now,
            )
            versions[one.code] = (
                questionnaire_id,
                self._add(
                    Version,
                    school_id=filled.id,
                    questionnaire_id=questionnaire_id,
                    kind=one.kind,
                    number=1,
                    state=VersionState.PUBLISHED,
                    content=one.content.dump(),
                    published_at=self._now,
                ),
            )
        filled.ids["questionnaire_id"], version_id = versions["need"]
        day = self._now.date()
        for number in range(units):
            opens_on = day - timedelta(days=14 * (units - number - 1))
            filled.ids["round_id"] = self._add(
                Round,
                school_id=filled.id,
                questionnaire_id=filled.ids["questionnaire_id"],
                opens_on=opens_on,
                closes_on=opens_on + timedelta(days=13),
                started_at=self._now,
            )
        for number, person_id in enumerate(filled.people):
            ground_id = self._add(
                ProcessingGround,
                school_id=filled.id,
                person_id=person_id,
                purpose=Purpose.MENTEE_PROFILE,
                kind=GroundKind.PAPER_CONSENT,
                opened_at=self._now,
            )
            asked = {"school_id": filled.id, "round_id": filled.ids["round_id"], "person_id": person_id}
            self._add(Participant, **asked)
            if number % 2 == 0:
                self._add(
                    Response,
                    **asked,
                    version_id=version_id,
                    kind=Kind.NEED,
                    ground_id=ground_id,
                    answers={"hardest": ["discipline"], "levels": {"discipline": number % 4}, "help": ["visit"]},
                    revision=1,
                    started_at=self._now,
                    saved_at=self._now,
                    submitted_at=self._now,
                )

    def _meetings(self, filled: Filled, units: int) -> None:
        """Exchanges of experience that were held, and one whose day has come; everybody was called to the last."""
        day = self._now.date()
        for number in range(units + 1):
            held = number < units
            filled.ids["meeting_id"] = self._add(
                Meeting,
                school_id=filled.id,
                kind=MeetingKind.EXCHANGE,
                audience=Audience.BANKS,
                theme=f"Обмен опытом {number + 1}",
                day=day - timedelta(days=units - number),
                state=MeetingState.HELD if held else MeetingState.PLANNED,
                called_at=self._now,
                held_at=self._now if held else None,
                revision=0,
            )
        for person_id in filled.people:
            self._add(
                MeetingPerson,
                school_id=filled.id,
                meeting_id=filled.ids["meeting_id"],
                person_id=person_id,
                present=None,
            )

    def _road_map(self, filled: Filled) -> None:
        """The ready-made road map, and a version of it that its order approved without a line."""
        road_map_id = self._add(RoadMap, school_id=filled.id, year_start=2026, made_at=self._now, reminds=True)
        for values in ready.columns(2026):
            filled.ids["line_id"] = self._add(Line, school_id=filled.id, road_map_id=road_map_id, **values)
        filled.ids["version_id"] = self._add(
            MapVersion,
            school_id=filled.id,
            road_map_id=road_map_id,
            number=1,
            lines=[],
            frozen_at=self._now,
            approved_at=self._now,
            order_date=self._now.date(),
            order_number="120-ОД",
        )

    def _acts(self, filled: Filled) -> None:
        """A local act with its file."""
        act_id = self._add(
            SchoolAct, school_id=filled.id, kind=ActKind.REGULATION, title="Положение", added_at=self._now
        )
        filled.ids["act_id"] = act_id
        filled.ids["edition_id"] = self._add(
            ActEdition,
            school_id=filled.id,
            act_id=act_id,
            edition=1,
            dated=self._now.date(),
            in_force_from=self._now.date(),
            file_name="положение.txt",
            sealed_content=self._sealed_scan,
            sealed_text=self._box.seal("[]"),
            findings=0,
            added_at=self._now,
        )

    def _journal(self, filled: Filled, units: int) -> None:
        for number in range(60 * units):
            person_id = filled.people[number % len(filled.people)]
            at = self._now - timedelta(minutes=number)
            self._event(filled, "person.edit", "person", person_id, at, filled.people[0])

    def _event(self, filled: Filled, action: str, object_type: str, object_id: int, at: datetime, by: int) -> None:
        self._add(
            AuditEvent,
            school_id=filled.id,
            at=at,
            actor_kind="person",
            actor_person_id=by,
            action=action,
            object_type=object_type,
            object_id=object_id,
            details={"field": "position"},
        )

    def _visits(self, filled: Filled, units: int) -> None:
        """Launches of a month; open sessions of one person in each role, and of some others."""
        for number in range(120 * units):
            self._launch(filled, filled.people[number % len(filled.people)], self._now - timedelta(minutes=number))
        # The first two whose pair is ordered.
        units_of = {Role.MENTEE: 4 + 4 * units, Role.MENTOR: 4 + 16 * units}
        for position, role in enumerate((Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.CLERK)):
            units_of[role] = position
        for role, position in units_of.items():
            filled.handles[role] = self._session(filled, filled.people[position])
        filled.handles[Role.ADMINISTRATOR] = self._session(filled, None)
        for number in range(10 * units):
            self._session(filled, filled.people[number])

    def _launch(self, filled: Filled, person_id: int | None, at: datetime) -> int:
        return self._add(
            Launch,
            school_id=filled.id,
            platform_id=filled.ids["platform_id"],
            moodle_user_id=2,
            person_id=person_id,
            at=at,
            site_administrator=person_id is None,
            roles=["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
            context_id="2",
            resource_link_id="1",
        )

    def _session(self, filled: Filled, person_id: int | None) -> str:
        handle = new_handle()
        self._add(
            BrowserSession,
            school_id=filled.id,
            handle_hash=stored_hash(handle, Carrier.COOKIE),
            csrf_token=new_handle(),
            person_id=person_id,
            launch_id=self._launch(filled, person_id, self._now),
            site_administrator=person_id is None,
            frame_origin="https://moodle.example",
            created_at=self._now,
            last_seen_at=self._now,
            expires_at=self._now + timedelta(hours=10),
        )
        return handle
