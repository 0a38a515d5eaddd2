"""Rows for tests. A school comes with its Moodle, platform and a handful of people in every role."""

import base64
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import Basis, MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.consents.enums import PURPOSES as AGREED_TO
from moodle_mentorship.consents.enums import ConsentForm, ConsentKind, GroundKind
from moodle_mentorship.consents.models import Consent, ConsentText, ProcessingGround
from moodle_mentorship.consents.queries import in_force, open_ground
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents.enums import DocumentState, Origin, RegisterCode
from moodle_mentorship.documents.models import Acquaintance, Document, Template
from moodle_mentorship.documents.registers import key_of
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.files import docx
from moodle_mentorship.files.service import keep_scan
from moodle_mentorship.lti.models import Launch
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.pairs.orders.kind import sample
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person, RoleGrant, search_name_of
from moodle_mentorship.school.models import School
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.enums import PURPOSES, Kind
from moodle_mentorship.surveys.models import Questionnaire, Round

TEST_KEY = "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdCE="
BOX = SecretBox([TEST_KEY])
WEBHOOK_SECRET = "5e" * 32


@dataclass
class TestSchool:
    """A school with the rows that tests name most."""

    __test__ = False

    school: School
    platform: Platform
    site: MoodleSite
    curator: Person
    director: Person
    teachers: list[Person] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.school.id

    def actor(self, person: Person | None = None, *roles: Role) -> Actor:
        who = person or self.curator
        return Actor(self.id, who.id, frozenset(roles) or frozenset({Role.CURATOR}))


def make_person(
    session: Session,
    school_id: int,
    moodle_user_id: int,
    name: str = "Иванова Мария Петровна",
    *,
    now: datetime,
    **values: object,
) -> Person:
    last, first, *middle = name.split(" ")
    person = Person(
        school_id=school_id,
        moodle_user_id=moodle_user_id,
        last_name=last,
        first_name=first,
        middle_name=" ".join(middle) or None,
        search_name=search_name_of(last, first, " ".join(middle) or None),
        suspended=False,
        deleted_in_moodle=False,
        status=StaffStatus.ACTIVE,
        status_since=now,
        updated_at=now,
        sources={},
    )
    for key, value in values.items():
        setattr(person, key, value)
    session.add(person)
    session.flush()
    return person


def make_ground(
    session: Session,
    person: Person,
    now: datetime,
    purpose: Purpose = Purpose.MENTEE_PROFILE,
    kind: GroundKind = GroundKind.PAPER_CONSENT,
) -> ProcessingGround:
    ground = ProcessingGround(
        school_id=person.school_id, person_id=person.id, purpose=purpose, kind=kind, opened_at=now
    )
    session.add(ground)
    session.flush()
    return ground


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def make_consent(
    session: Session,
    person: Person,
    now: datetime,
    kind: ConsentKind = ConsentKind.PROCESSING_MENTEE,
    *,
    scan: bool = False,
    valid_until: date | None = date(2027, 8, 31),
) -> Consent:
    """A signed paper, with the ground of processing that follows from it."""
    text = session.scalars(
        select(ConsentText).where(ConsentText.school_id == person.school_id, ConsentText.kind == kind)
    ).first()
    if text is None:
        text = ConsentText(
            school_id=person.school_id,
            kind=kind,
            version=1,
            title="Согласие",
            body="Я, {ФИО}",
            in_force_from=date(2025, 9, 1),
            written_at=now,
            written_by=person.id,
        )
        session.add(text)
        session.flush()
    consent = Consent(
        school_id=person.school_id,
        person_id=person.id,
        kind=kind,
        form=ConsentForm.PAPER,
        text_id=text.id,
        number=f"{person.id}-ПС",
        given_on=now.date(),
        valid_until=valid_until,
        recorded_at=now,
    )
    if scan:
        kept = keep_scan(session, BOX, Actor(person.school_id, None, frozenset(), kind="system"), PDF, "scan.pdf", now)
        consent.scan_id = kept.id
    session.add(consent)
    session.flush()
    if kind in AGREED_TO and open_ground(session, person.school_id, person.id, AGREED_TO[kind]) is None:
        make_ground(session, person, now, AGREED_TO[kind])
    return consent


def make_order(
    session: Session,
    box: SecretBox,
    school_id: int,
    director: Person,
    named: Person,
    now: datetime,
    number: str = "143-ОД",
) -> Document:
    """A registered order that names somebody."""
    stamp = Stamp(now.date(), number, "https://mentor.example/documents/check/code")
    content = base64.b64encode(render(docx.layout("pairs_order"), sample(), stamp)).decode()
    template = Template(
        school_id=school_id,
        kind="pairs_order",
        origin=Origin.SHIPPED,
        name="pairs_order.docx",
        size=2,
        sha256="cd" * 32,
        content="UEs=",
        in_use=False,
        added_at=now,
    )
    session.add(template)
    session.flush()
    order = Document(
        school_id=school_id,
        kind="pairs_order",
        heading="О закреплении",
        state=DocumentState.REGISTERED,
        params={"pair_ids": []},
        begun_at=now,
        version=1,
        template_id=template.id,
        sealed_values=box.seal("{}"),
        check_code=f"code-{school_id}-{number}",
        signer_person_id=director.id,
        laid_at=now,
        signed_on=now.date(),
        signed_at=now,
        register=RegisterCode.ORDERS,
        register_year=now.year,
        number=number,
        number_key=key_of(number),
        registered_at=now,
        sealed_content=box.seal(content),
        sha256="ef" * 32,
    )
    session.add(order)
    session.flush()
    session.add(
        Acquaintance(school_id=school_id, document_id=order.id, person_id=named.id, name=named.full_name, post=None)
    )
    session.flush()
    return order


def make_template(session: Session, school_id: int, now: datetime) -> Template:
    """The school's own template of the order on pairs, not in use."""
    content = docx.layout("pairs_order")
    template = Template(
        school_id=school_id,
        kind="pairs_order",
        origin=Origin.SCHOOL,
        version=1,
        name="приказ.docx",
        size=len(content),
        sha256="ab" * 32,
        content=base64.b64encode(content).decode(),
        in_use=False,
        added_at=now,
    )
    session.add(template)
    session.flush()
    return template


def make_papers(session: Session, mentor: Person, mentee: Person, now: datetime) -> None:
    """All that has to lie with the curator before the order of a pair; what lies there already stays."""
    session.execute(
        update(Mentor)
        .where(Mentor.school_id == mentor.school_id, Mentor.person_id == mentor.id)
        .values(basis=Basis.ASSIGNMENT)
    )
    for person, kind in (
        (mentor, ConsentKind.PROCESSING_MENTOR),
        (mentor, ConsentKind.MENTOR_WORK),
        (mentee, ConsentKind.PROCESSING_MENTEE),
    ):
        if not in_force(session, person.school_id, person.id, kind):
            make_consent(session, person, now, kind)


def grant(session: Session, person: Person, role: Role, now: datetime) -> None:
    session.add(RoleGrant(school_id=person.school_id, person_id=person.id, role=role, granted_at=now))
    session.flush()


def make_school(session: Session, name: str, *, issuer: str, now: datetime) -> TestSchool:
    school = School(
        full_name=f"МБОУ «{name}»", short_name=name, place="г. Светлоозёрск", year_start=2026, created_at=now
    )
    session.add(school)
    session.flush()
    platform = Platform(
        school_id=school.id,
        issuer=issuer,
        client_id="client",
        deployment_id="1",
        auth_url=f"{issuer}/mod/lti/auth.php",
        token_url=f"{issuer}/mod/lti/token.php",
        jwks_url=f"{issuer}/mod/lti/certs.php",
        created_at=now,
    )
    site = MoodleSite(
        school_id=school.id,
        issuer=issuer,
        url=issuer,
        name=name,
        moodle_version="4.5.6",
        plugin_version="2026112200",
        rest_url=f"{issuer}/webservice/rest/server.php",
        sealed_token=BOX.seal("token-of-" + name),
        sealed_webhook_secret=BOX.seal(WEBHOOK_SECRET),
        course_id=2,
        course_url=f"{issuer}/course/view.php?id=2",
        cohort_id=1,
        cohort_name="Педагоги",
        student_role_id=5,
        profile_fields=[{"shortname": "position", "name": "Должность", "datatype": "text"}],
        field_map={"position": "position"},
        warnings=[],
        connected_at=now,
    )
    session.add_all([platform, site])
    session.flush()
    curator = make_person(session, school.id, 3, "Соколова Елена Викторовна", now=now, position="заместитель директора")
    director = make_person(session, school.id, 4, "Орлов Пётр Ильич", now=now, position="директор")
    names = ["Белова Марина Павловна", "Зайцев Павел Андреевич", "Ким Вера", "Тихонов Игорь Сергеевич"]
    teachers = [
        make_person(
            session, school.id, 10 + number, teacher, now=now, position="учитель", hire_date=date(2026, 9, 1 + number)
        )
        for number, teacher in enumerate(names)
    ]
    grant(session, curator, Role.CURATOR, now)
    grant(session, director, Role.DIRECTOR, now)
    session.commit()
    return TestSchool(school, platform, site, curator, director, teachers)


def make_launch(
    session: Session, school: TestSchool, person: Person | None, *, site_administrator: bool = False, now: datetime
) -> Launch:
    launch = Launch(
        school_id=school.id,
        platform_id=school.platform.id,
        moodle_user_id=person.moodle_user_id if person else 2,
        person_id=person.id if person else None,
        at=now,
        site_administrator=site_administrator,
        roles=[],
        resource_link_id="1",
    )
    session.add(launch)
    session.flush()
    return launch


def make_mentee(session: Session, person: Person, now: datetime, state: MenteeState = MenteeState.WAITING) -> Mentee:
    mentee = Mentee(school_id=person.school_id, person_id=person.id, state=state, state_since=now, entered_at=now)
    session.add(mentee)
    session.flush()
    return mentee


def make_mentor(
    session: Session,
    person: Person,
    now: datetime,
    capacity: int = 1,
    places_held: int = 0,
    *,
    state: MentorState = MentorState.AVAILABLE,
) -> Mentor:
    mentor = Mentor(
        school_id=person.school_id,
        person_id=person.id,
        state=state,
        state_since=now,
        entered_at=now,
        capacity=capacity,
        places_held=places_held,
    )
    session.add(mentor)
    session.flush()
    return mentor


def make_meeting(
    session: Session,
    school: TestSchool,
    people: list[Person],
    day: date,
    now: datetime,
    kind: MeetingKind = MeetingKind.EXCHANGE,
    state: MeetingState = MeetingState.PLANNED,
) -> Meeting:
    """A meeting to which these people are invited; a held one, with minutes, at which all of them were."""
    held = state is MeetingState.HELD
    meeting = Meeting(
        school_id=school.id,
        kind=kind,
        audience=Audience.PAIRS,
        theme="Обмен опытом",
        day=day,
        state=state,
        called_at=now,
        called_by=school.curator.id,
        held_at=now if held else None,
        cancelled_why="Карантин" if state is MeetingState.CANCELLED else None,
        sealed_minutes=BOX.seal("Решили посещать уроки") if held else None,
    )
    session.add(meeting)
    session.flush()
    for person in people:
        row = MeetingPerson(school_id=school.id, meeting_id=meeting.id, person_id=person.id)
        row.present = True if held else None
        session.add(row)
    session.flush()
    return meeting


def make_round(
    session: Session, school: TestSchool, people: list[Person], now: datetime, code: str = "need", days: int = 14
) -> Round:
    """The ready-made questionnaire of that code, asked from today on; what is a profile has its legal ground."""
    surveys.take_ready_made(session, school.actor(), now)
    questionnaire_id = session.scalars(
        select(Questionnaire.id).where(Questionnaire.school_id == school.id, Questionnaire.code == code)
    ).one()
    purpose = PURPOSES.get(Kind(code)) if code in set(Kind) else None
    for person in people:
        if purpose is not None and open_ground(session, person.school_id, person.id, purpose) is None:
            make_ground(session, person, now, purpose)
    asked = surveys.start_round(
        session,
        school.actor(),
        questionnaire_id=questionnaire_id,
        people=select(Person.id).where(Person.id.in_([person.id for person in people])),
        opens_on=now.date(),
        closes_on=now.date() + timedelta(days=days),
        now=now,
    )
    session.flush()
    return asked
