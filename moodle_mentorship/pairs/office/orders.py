"""Orders on who leads the mentoring, on the closing event, on payments."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.fields import Field, FieldType, Offer, people_of
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Params
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.documents.wording import (
    CONTROL,
    Namer,
    Sentence,
    acquaint,
    comma,
    ended,
    letterhead,
    order,
    say,
    until,
    with_post,
)
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.grammar.numbers import NBSP, counted, quantity
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.office import queries
from moodle_mentorship.pairs.office.samples import sample_order
from moodle_mentorship.pairs.orders.wording import ARTICLE, REGULATION
from moodle_mentorship.roadmap.acts import cited

#: Working days to get ready for the closing event, unless the order names a day.
READY_DAYS = 5


def curator(session: Session, school_id: int, params: Params, today: date) -> Composed:
    """Who is the curator, and, where members were chosen, the council of mentors."""
    namer, head = Namer(session, school_id), letterhead(session, school_id)
    (chosen,) = people_of(session, school_id, [params["curator"]])
    council = people_of(session, school_id, params["council"])
    chair = params["chair"]
    report = f" в срок до{NBSP}{in_words(date.fromisoformat(day))}" if (day := params["report_until"]) else ""
    said = [
        say("Назначить куратором наставничества ", namer.named(chosen, Case.ACCUSATIVE), "."),
        namer.task(
            chosen,
            "вести банки данных наставников и наставляемых, организовать обучение наставников, сопровождение "
            "персонализированных программ наставничества и мониторинг, подготовить аналитический отчёт "
            f"по итогам учебного года{report}",
        ),
    ]
    if council:
        members = [
            say(with_post(person) + (" – председатель совета" if person.id == chair else "")) for person in council
        ]
        said.append(say("Создать совет наставников в составе:", items=members))
    heading = "О назначении куратора наставничества" + (" и создании совета наставников" if council else "")
    people = [chosen, *council]
    return order(
        head,
        f"{heading} на {head['year']} учебный год",
        _aim(session, school_id, today),
        [*said, acquaint(session, school_id, namer, params), CONTROL],
        people,
        namer,
    )


def _chair_is_a_member(_session: Session, _school_id: int, _today: date, params: Params) -> None:
    """For `DocumentKind.check`: the order would not name anybody else, and say nothing of it."""
    if params["chair"] is not None and params["chair"] not in params["council"]:
        raise Invalid({"chair": [N_("Choose one of the council's members")]})


def closing_event(session: Session, school_id: int, params: Params, today: date) -> Composed:
    """When, where and by whom the year is closed, what is on the programme, who judges."""
    namer, head = Namer(session, school_id), letterhead(session, school_id)
    (responsible,) = people_of(session, school_id, [params["responsible"]])
    jury = people_of(session, school_id, params["jury"])
    day = date.fromisoformat(params["day"])
    hour = f" в{NBSP}{params['time']}" if params["time"] else ""
    programme = [line.strip() for line in params["programme"].splitlines() if line.strip()]
    said = [
        say(f"Провести {in_words(day)}{hour} {params['title']}. Место проведения: {ended(params['place'])}"),
        say(
            "Назначить ответственным за подготовку и проведение мероприятия ",
            namer.named(responsible, Case.ACCUSATIVE),
            ".",
        ),
    ]
    if programme:
        said.append(say(f"Утвердить программу мероприятия (приложение №{NBSP}1)."))
    if jury:
        said.append(say("Утвердить жюри в составе:", items=[say(with_post(person)) for person in jury]))
    said.append(
        namer.task(
            responsible,
            "подготовить помещение и оборудование, известить участников " + until(params, "ready_until", READY_DAYS),
        )
    )
    return order(
        head,
        f"О проведении итогового мероприятия по наставничеству в {head['year']} учебном году",
        _aim(session, school_id, today),
        [*said, acquaint(session, school_id, namer, params), CONTROL],
        [responsible, *jury],
        namer,
        annex=("Программа мероприятия", programme) if programme else None,
    )


def payments(session: Session, school_id: int, params: Params, _today: date) -> Composed:
    """Who is paid what for mentoring; a sum that nobody typed is left for the pen."""
    namer, head = Namer(session, school_id), letterhead(session, school_id)
    mentors = people_of(session, school_id, [int(person_id) for person_id in params["sums"]])
    items = [
        say(namer.named(mentor, Case.DATIVE), f"{comma(mentor)} – {_rubles(params['sums'][str(mentor.id)])}")
        for mentor in mentors
    ]
    ground = f", {params['ground']}" if params["ground"] else ""
    said = [
        say(f"Установить выплаты за выполнение работы по наставничеству {params['period']}:", items=items),
        say("Бухгалтерии начислить выплаты, указанные в пункте 1 настоящего приказа."),
        acquaint(session, school_id, namer, params),
        CONTROL,
    ]
    preamble = say(
        f"В соответствии со{NBSP}{ARTICLE}, дополнительными соглашениями к трудовым договорам работников{ground}"
    )
    return order(head, f"О выплатах за наставничество {params['period']}", preamble, said, mentors, namer)


def _aim(session: Session, school_id: int, today: date) -> Sentence:
    return say(
        "В целях реализации системы (целевой модели) наставничества педагогических работников и в соответствии "
        f"с{NBSP}{cited(session, school_id, today) or REGULATION}"
    )


def _rubles(amount: int) -> str:
    return quantity(amount, "рубль") if amount else f"________________ {counted(5, 'рубль')}"


def _paid(session: Session, school_id: int) -> Sequence[Offer]:
    return [
        Offer(str(person.id), person.full_name) for person in queries.by_assignment(session, school_id, *FIXED_STATES)
    ]


ACQUAINT_UNTIL = Field(
    "acquaint_until",
    N_("Everybody signs the acquaintance sheet until"),
    FieldType.DAY,
    hint=N_("Empty: within three working days of the order."),
)

KINDS = (
    DocumentKind(
        code="curator_order",
        title=N_("Order on the curator and the council of mentors"),
        about=N_("Who leads the mentoring at school; a council of mentors, if you have one."),
        layout="order",
        register=RegisterCode.ORDERS,
        compose=curator,
        sample=sample_order,
        check=_chair_is_a_member,
        stage=1,
        fields=(
            Field("curator", N_("Curator"), FieldType.PERSON, required=True),
            Field("council", N_("Council of mentors"), FieldType.PEOPLE, hint=N_("Nobody chosen: no council is made.")),
            Field("chair", N_("Chairs the council"), FieldType.PERSON, hint=N_("One of the members.")),
            Field(
                "report_until",
                N_("The curator's report is due on"),
                FieldType.DAY,
                hint=N_("Empty: after the school year."),
            ),
            ACQUAINT_UNTIL,
        ),
    ),
    DocumentKind(
        code="closing_event_order",
        title=N_("Order on the closing event"),
        about=N_("Day, place, who is responsible, programme, jury."),
        layout="order",
        register=RegisterCode.ORDERS,
        compose=closing_event,
        sample=sample_order,
        stage=6,
        fields=(
            Field(
                "title",
                N_("What is held"),
                hint=N_("As it stands behind “hold”: «конкурс наставнических практик „Вместе“»."),
                required=True,
            ),
            Field("day", N_("Day"), FieldType.DAY, required=True),
            Field("time", N_("Time"), hint=N_("Such as 14:00."), longest=20),
            Field("place", N_("Venue"), required=True),
            Field("responsible", N_("Who is responsible"), FieldType.PERSON, required=True),
            Field("programme", N_("Programme"), FieldType.PROSE, hint=N_("A line for each item; it becomes an annex.")),
            Field("jury", N_("Jury"), FieldType.PEOPLE),
            Field("ready_until", N_("Everything is ready by"), FieldType.DAY, hint=N_("Empty: five working days.")),
            ACQUAINT_UNTIL,
        ),
    ),
    DocumentKind(
        code="payments_order",
        title=N_("Order on payments to mentors"),
        about=N_("Mentors by assignment with the sums; what you leave empty is for the pen."),
        layout="order",
        register=RegisterCode.ORDERS,
        compose=payments,
        sample=sample_order,
        stage=5,
        fields=(
            Field("period", N_("For which time"), hint=N_("Such as «за декабрь 2026 года»."), required=True),
            Field(
                "ground",
                N_("Local act on payment"),
                hint=N_("In the instrumental: «положением об оплате труда работников»."),
            ),
            Field(
                "sums",
                N_("Sums, in rubles"),
                FieldType.SUMS,
                required=True,
                offered=_paid,
                none=N_("No working pair has a mentor by the employer's assignment."),
            ),
            ACQUAINT_UNTIL,
        ),
    ),
)
