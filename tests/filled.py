"""A database with a row in every table: what backups and migrations have to carry."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Enum, Integer, String, Table, func, insert, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MenteeState
from moodle_mentorship.consents.enums import ConsentForm, ConsentKind
from moodle_mentorship.consents.models import Consent, ConsentText, LocalAct, Reminder
from moodle_mentorship.consents.wording import Agreed
from moodle_mentorship.core import audit
from moodle_mentorship.core.db import Base, BigId, Database, UtcDateTime
from moodle_mentorship.documents.enums import DocumentState, Numbering, Origin, RegisterCode
from moodle_mentorship.documents.models import Acquaintance, Document, Register, RegisterYear, Template
from moodle_mentorship.documents.registers import key_of
from moodle_mentorship.files.enums import ScanKind
from moodle_mentorship.files.models import Scan
from moodle_mentorship.meetings.enums import Audience, MeetingKind, MeetingState
from moodle_mentorship.meetings.models import Meeting, MeetingPerson
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.pairs.enums import USUAL_KINDS, Answer, Mark, MentoringForm, MentoringKind, PairState
from moodle_mentorship.pairs.models import MentoringGroup, Pair, Space, SpaceMember, YearGrouping
from moodle_mentorship.people.models import Person
from moodle_mentorship.roadmap import service as roadmap
from moodle_mentorship.roadmap.models import Line
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_launch, make_mentee, make_mentor, make_person, make_school

# Names that trip careless formats: quotes, a line separator, a letter outside the basic plane, ё.
NAMES = ('О\'Нил "Кэт" Семёновна', "Ёлкина\u2028Юлия 𝒜", "Ким Вера")


def fill(database: Database) -> None:
    """Two schools with people, pairs and the traces of a year; then one invented row for each table still empty."""
    with database.unit_of_work() as session:
        for number, name in enumerate(("Лицей № 7", "Гимназия № 2")):
            _fill_school(session, make_school(session, name, issuer=f"https://moodle{number}.example", now=NOW))
        for table in Base.metadata.sorted_tables:
            if session.scalar(select(func.count()).select_from(table)) == 0:
                session.execute(insert(table).values(_invented(session, table)))


def _fill_school(session: Session, school: TestSchool) -> None:
    for number, name in enumerate(NAMES):
        person = make_person(session, school.id, 100 + number, name, now=NOW, hire_date=date(1999, 12, 31))
    # A row that points at a later one of its own table.
    school.teachers[0].line_manager_id = person.id
    mentor, *mentees = school.teachers
    make_mentor(session, mentor, NOW, capacity=3, places_held=2)
    launch = make_launch(session, school, mentor, now=NOW)
    curator = school.actor()
    group = MentoringGroup(
        school_id=school.id,
        mentor_person_id=mentor.id,
        theme="discipline",
        starts_on=date(2026, 12, 1),
        ends_on=date(2027, 5, 28),
        form=MentoringForm.TEACHERS,
        kinds=(MentoringKind.GROUP,),
        created_at=NOW,
        # Nobody is in it any more: the versions before groups know how to keep that.
        members_open=0,
    )
    session.add(group)
    session.flush()
    for number, mentee in enumerate(mentees):
        make_mentee(session, mentee, NOW, MenteeState.PAIRED if number < 2 else MenteeState.WAITING)
        state = (PairState.PROPOSED, PairState.ORDERED, PairState.DECLINED)[number]
        pair = Pair(
            school_id=school.id,
            space=Space(school_id=school.id),
            mentor_person_id=mentor.id,
            mentee_person_id=mentee.id,
            state=state,
            starts_on=date(2026, 12, 1),
            ends_on=date(2027, 5, 28),
            proposed_at=NOW,
            mentor_answer=Answer.YES,
            closed_at=NOW if state is PairState.DECLINED else None,
            order_date=date(2026, 11, 24) if state is PairState.ORDERED else None,
            order_number="143-ОД" if state is PairState.ORDERED else None,
            kinds=(MentoringKind.GROUP,) if state is PairState.DECLINED else USUAL_KINDS,
            group_id=group.id if state is PairState.DECLINED else None,
        )
        session.add(pair)
        session.flush()
        session.add(SpaceMember(school_id=school.id, space_id=pair.space_id, person_id=mentee.id, mark=Mark.PLACED))
        audit.record(session, curator, "pair.propose", "pair", pair.id, NOW, note={"nested": [1, None]})
        session.add(
            OutboxItem(
                school_id=school.id,
                stream=f"pair:{pair.id}",
                kind="pair.group",
                payload={"pair_id": pair.id},
                state=list(OutboxState)[number],
                created_at=NOW,
                # A moment with microseconds: both databases keep six digits.
                due_at=NOW + timedelta(microseconds=number + 1),
            )
        )
    session.add(YearGrouping(school_id=school.id, year_start=school.school.year_start))
    # The sources that the first version knew; what becomes of later ones on the way back has a test of its own.
    for number, source in enumerate((PassSource.PLUGIN, PassSource.COHORT)):
        session.add(
            SyncPass(
                school_id=school.id,
                kind=PassKind.FULL,
                source=source,
                state=PassState.DONE,
                created_at=NOW + timedelta(minutes=number),
                asked_by=launch.person_id,
            )
        )
    _fill_consents(session, school, mentor, launch.id)
    _fill_documents(session, school, mentor)
    _fill_road_map(session, school)
    _fill_meetings(session, school, mentor)
    session.flush()


def _fill_consents(session: Session, school: TestSchool, person: Person, launch_id: int) -> None:
    """A paper with its scan, and a mark by the local act that allowed it."""
    act = LocalAct(
        school_id=school.id, name="Положение о наставничестве", number="7", act_date=date(2026, 9, 1), began_at=NOW
    )
    text = ConsentText(
        school_id=school.id,
        kind=ConsentKind.PROCESSING_MENTOR,
        version=1,
        title="Согласие",
        body="Я, {ФИО}",
        in_force_from=date(2026, 9, 1),
        written_at=NOW,
    )
    scan = Scan(
        school_id=school.id,
        kind=ScanKind.PDF,
        size=3,
        sha256="ab" * 32,
        sealed_content=BOX.seal("JVBERg=="),
        kept_at=NOW,
    )
    session.add_all([act, text, scan, Reminder(school_id=school.id, person_id=person.id, written_on=NOW.date())])
    session.flush()
    forms: list[dict[str, Any]] = [
        {"form": ConsentForm.PAPER, "number": "5-С", "scan_id": scan.id},
        {
            "form": ConsentForm.MARK,
            "act_id": act.id,
            "launch_id": launch_id,
            "sealed_words": BOX.seal(Agreed("Согласие", ["Я, {ФИО}"], {"ФИО": person.full_name}).dump()),
        },
    ]
    for form in forms:
        session.add(
            Consent(
                school_id=school.id,
                person_id=person.id,
                kind=ConsentKind.PROCESSING_MENTOR,
                text_id=text.id,
                given_on=date(2026, 11, 24),
                valid_until=date(2027, 8, 31),
                recorded_at=NOW,
                **form,
            )
        )


def _fill_documents(session: Session, school: TestSchool, person: Person) -> None:
    """An order that is registered and laid before somebody, and its template as it was frozen."""
    template = Template(
        school_id=school.id,
        kind="pairs_order",
        origin=Origin.SCHOOL,
        version=1,
        name="Приказ.docx",
        size=2,
        sha256="cd" * 32,
        content="UEs=",
        in_use=True,
        added_at=NOW,
    )
    session.add_all(
        [
            template,
            Register(school_id=school.id, code=RegisterCode.ORDERS, numbering=Numbering.ISSUED, pattern="{n}-ОД"),
            RegisterYear(school_id=school.id, code=RegisterCode.ORDERS, year=2026, last_number=143, last_given=143),
        ]
    )
    session.flush()
    order = Document(
        school_id=school.id,
        kind="pairs_order",
        heading="О закреплении наставнических пар",
        state=DocumentState.REGISTERED,
        params={"pairs": [1]},
        begun_at=NOW,
        version=1,
        template_id=template.id,
        sealed_values=BOX.seal("{}"),
        check_code=f"code-{school.id}",
        signer_person_id=person.id,
        laid_at=NOW,
        signed_on=date(2026, 11, 24),
        signed_at=NOW,
        register=RegisterCode.ORDERS,
        register_year=2026,
        number="143-ОД",
        number_key=key_of("143-ОД"),
        registered_at=NOW,
        sealed_content=BOX.seal("UEs="),
        sha256="ef" * 32,
    )
    session.add(order)
    session.flush()
    session.add(
        Acquaintance(school_id=school.id, document_id=order.id, person_id=person.id, name=person.full_name, post=None)
    )


def _fill_road_map(session: Session, school: TestSchool) -> None:
    """The ready-made road map, approved by an order made elsewhere, a line of it done."""
    roadmap.take_ready(session, school.actor(), NOW)
    order_date = date(2026, 9, 15)
    today = NOW.date()
    roadmap.approve(session, school.actor(), order_date=order_date, order_number="120-ОД", today=today, now=NOW)
    line = session.scalars(select(Line).where(Line.school_id == school.id).order_by(Line.id)).first()
    assert line is not None
    roadmap.tick(
        *(session, school.actor(), line.id, 0),
        done_on=today,
        note="Протокол № 1",
        link="https://school.example/1",
        today=today,
        now=NOW,
    )


def _fill_meetings(session: Session, school: TestSchool, person: Person) -> None:
    """A meeting that was held, with its minutes and somebody who was there."""
    meeting = Meeting(
        school_id=school.id,
        kind=MeetingKind.EXCHANGE,
        audience=Audience.PAIRS,
        theme="Обмен опытом",
        day=date(2026, 11, 12),
        starts_at="15:30",
        place="Кабинет 12",
        state=MeetingState.HELD,
        called_at=NOW,
        called_by=school.curator.id,
        held_at=NOW,
        sealed_minutes=BOX.seal("Решили"),
    )
    session.add(meeting)
    session.flush()
    session.add(MeetingPerson(school_id=school.id, meeting_id=meeting.id, person_id=person.id, present=True))


def _invented(session: Session, table: Table) -> dict[str, Any]:
    """A row by the columns' types alone; what points elsewhere takes its values from one row there."""
    row = {column.name: _value(column) for column in table.columns if column.name != "id"}
    for key in table.foreign_key_constraints:
        parent = key.referred_table
        if parent is table:
            # The table's first row has no other to point at.
            row.update((name, None) for name in key.column_keys if table.c[name].nullable)
            continue
        found = session.execute(
            select(*(parent.c[element.column.name] for element in key.elements)).order_by(parent.c.id).limit(1)
        ).one()
        row.update(zip(key.column_keys, found, strict=True))
    return row


def _value(column: Column[Any]) -> Any:
    kind = column.type
    if column.name.startswith("sealed_"):
        return BOX.seal(f"secret of {column.table.name}")
    if isinstance(kind, Enum):
        return kind.enum_class(kind.enums[0]) if kind.enum_class else kind.enums[0]
    simple: list[tuple[type[Any], Any]] = [
        (UtcDateTime, NOW),
        (Date, date(2026, 9, 1)),
        (Boolean, True),
        (JSON, {"Ключ": [1, "два", None]}),
        (Integer, 1),
        (type(BigId), 1),
        (String, "ё"),
    ]
    return next(value for of, value in simple if isinstance(kind, of))
