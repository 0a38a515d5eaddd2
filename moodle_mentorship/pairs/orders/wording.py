"""The order's text, from the pairs and the school: Russian, whatever language its reader has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import Basis
from moodle_mentorship.banks.models import Mentor
from moodle_mentorship.core.db import among
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.documents.fields import person_of
from moodle_mentorship.documents.kinds import Composed, Params
from moodle_mentorship.documents.wording import (
    ACQUAINT_DAYS,
    ACQUAINTED,
    CONTROL,
    Namer,
    Sentence,
    acquaint,
    due,
    ended,
    letterhead,
    officials,
    points,
    say,
    sheet,
    until,
    with_post,
)
from moodle_mentorship.grammar.cases import Case
from moodle_mentorship.law.workdays import YearUnknown, is_working
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.words import FORMS, KINDS, theme
from moodle_mentorship.people.models import NBSP
from moodle_mentorship.roadmap.acts import cited
from moodle_mentorship.school.queries import school_of

#: Names of the deadlines in a draft's `params`, and in how many working days each thing is to be done by default.
PROGRAMMES, AGREEMENTS = "programmes_until", "agreements_until"
#: Name in `params` of who is in control of the order; nobody: the director.
IN_CONTROL = "in_control"
DEADLINES = {PROGRAMMES: 10, AGREEMENTS: 3, ACQUAINTED: ACQUAINT_DAYS}

_ANEW = {
    PROGRAMMES: N_("Another term of the programmes: the one that was typed is over"),
    AGREEMENTS: N_("Another term of the additional agreements: the one that was typed is over"),
    ACQUAINTED: N_("Another term of the acquaintance sheet: the one that was typed is over"),
}

#: The school's regulation, where the register of local acts doesn't know it.
REGULATION = "положением о системе наставничества педагогических работников"
ARTICLE = f"статьёй{NBSP}351.8 Трудового кодекса Российской Федерации"
# On what a mentor's work rests, of one and of several: ст. 351.8 doesn't apply to a duty of the post (Роструд,
# 02.10.2025 № ТЗ/7300-6-1).
_GROUNDS = {
    Basis.ASSIGNMENT: (ARTICLE, ARTICLE),
    Basis.JOB_DUTY: ("трудовым договором наставника", "трудовыми договорами наставников"),
    Basis.EXTERNAL_CONTRACT: ("договором с\N{NO-BREAK SPACE}наставником", "договорами с\N{NO-BREAK SPACE}наставниками"),
}


def preamble(grounds: Sequence[str]) -> Sentence:
    """Of an order on pairs that rests on these grounds, in the instrumental, and on what people have signed."""
    rests = ""
    if grounds:
        rests = f", в соответствии {'со' if grounds[0] == ARTICLE else 'с'}{NBSP}{', '.join(grounds)}"
    return say(
        f"В целях реализации системы (целевой модели) наставничества педагогических работников{rests} и на основании "
        "письменных согласий работников"
    )


def grounds_of(session: Session, school_id: int, mentor_ids: Sequence[int], regulation: str | None) -> list[str]:
    """What applies to the work of these mentors, and the school's regulation."""
    bases = Counter(
        session.scalars(select(Mentor.basis).where(Mentor.school_id == school_id, among(Mentor.person_id, mentor_ids)))
    )
    found = [several if bases[basis] > 1 else one for basis, (one, several) in _GROUNDS.items() if bases[basis]]
    return [*found, regulation] if regulation else found


def usual_deadlines(session: Session, school_id: int, today: date) -> dict[str, str]:
    """What a new draft proposes: name of the deadline → day (ISO 8601)."""
    school = school_of(session, school_id)
    days = {name: due(school, today, working_days) for name, working_days in DEADLINES.items()}
    return {name: day for name, day in days.items() if day is not None}


def check_deadlines(session: Session, school_id: int, today: date, params: Params) -> None:
    """Deadlines are working days to come, and people read the order before anything of it is due. Raises `Invalid`."""
    in_week = school_of(session, school_id).working_days
    days = {name: date.fromisoformat(params[name]) for name in DEADLINES if params.get(name)}
    wrong = {name: [said] for name, day in days.items() if (said := _no_deadline(day, today, in_week))}
    read = days.get(ACQUAINTED)
    for name in (PROGRAMMES, AGREEMENTS):
        if read is not None and name in days and days[name] < read and not wrong:
            wrong = {name: [N_("This is before the day until which everybody reads the order")]}
    if wrong:
        raise Invalid(wrong)


def out_of_date(session: Session, school_id: int, today: date, params: Params) -> list[tuple[str, str]]:
    """What was right when it was typed and isn't any more: whose (a short name, empty: nobody's) and what to type anew
    (a msgid)."""
    over = [("", what) for name, what in _ANEW.items() if params.get(name) and date.fromisoformat(params[name]) < today]
    in_control = person_of(session, school_id, params, IN_CONTROL)
    if in_control is not None and not in_control.employed:
        over.append((in_control.short_name, N_("Somebody else in control of the order: this person has left")))
    return over


def _no_deadline(day: date, today: date, in_week: int) -> str | None:
    if day < today:
        return N_("This day is over")
    try:
        working = is_working(day, in_week)
    except YearUnknown:
        # Its production calendar is not out yet.
        return None
    return None if working else N_("It is a day off or a holiday: choose a working day")


def order_on(
    session: Session, school_id: int, pairs: Sequence[Pair], themes: Mapping[str, str], params: Params, today: date
) -> Composed:
    """What the layout `pairs_order` asks for. `themes` are the titles of groups' themes by code; `params` may hold
    the days of `DEADLINES` (without one the order counts working days from its own date) and who is in control; the
    regulation that it names is that of `today`."""
    namer = Namer(session, school_id)
    mentors = {pair.mentor_person_id: pair.mentor for pair in pairs}
    people = [person for pair in pairs for person in (pair.mentor, pair.mentee)]
    in_control = person_of(session, school_id, params, IN_CONTROL)
    if in_control is not None:
        people.append(in_control)
    head = letterhead(session, school_id)
    regulation = cited(session, school_id, today) or REGULATION
    heading = f"О закреплении наставнических пар и групп на {head['year']} учебный год"
    said = [
        say(f"Закрепить наставнические пары и группы согласно приложению №{NBSP}1 к настоящему приказу."),
        say(
            "Назначить наставниками:",
            items=[say(namer.named(mentor, Case.ACCUSATIVE)) for mentor in mentors.values()],
        ),
        say(
            ended(
                "Наставникам совместно с наставляемыми разработать персонализированные программы наставничества "
                f"{_until(PROGRAMMES, params)}"
            )
        ),
        *_tasks(session, school_id, namer, list(mentors), params),
        CONTROL
        if in_control is None
        else say(
            f"Контроль за исполнением настоящего приказа возложить на{NBSP}",
            namer.shortly(in_control, Case.ACCUSATIVE),
            ".",
        ),
    ]
    values = {
        **head,
        "heading": heading,
        "preamble": preamble(grounds_of(session, school_id, list(mentors), regulation)).runs(),
        "points": points(said),
        "rows": [_row(number, pair, themes) for number, pair in enumerate(pairs, 1)],
        "acquainted": sheet(people),
    }
    return Composed(heading, values, [person.id for person in people], namer.doubtful)


def _tasks(session: Session, school_id: int, namer: Namer, mentor_ids: Sequence[int], params: Params) -> list[Sentence]:
    acquainted = acquaint(session, school_id, namer, params)
    by_assignment = session.scalar(
        select(Mentor.id)
        .where(Mentor.school_id == school_id, among(Mentor.person_id, mentor_ids), Mentor.basis == Basis.ASSIGNMENT)
        .limit(1)
    )
    if by_assignment is None:
        return [acquainted]
    agree = namer.task(
        officials(session, school_id).clerk,
        "оформить с наставниками дополнительные соглашения к трудовым договорам "
        f"(статья{NBSP}351.8 Трудового кодекса Российской Федерации) {_until(AGREEMENTS, params)}",
    )
    return [acquainted, agree]


def _until(name: str, params: Params) -> str:
    return until(params, name, DEADLINES[name])


def _row(number: int, pair: Pair, themes: Mapping[str, str]) -> dict[str, str]:
    kinds = ", ".join(translate("ru", KINDS[kind]) for kind in pair.kinds)
    of_group = [f"группа по теме «{title}»"] if (title := theme(pair, themes)) else []
    return {
        "number": str(number),
        "mentor": with_post(pair.mentor),
        "mentee": with_post(pair.mentee),
        "form": "; ".join([translate("ru", FORMS[pair.form]), kinds, *of_group]),
        "period": f"{_date(pair.starts_on)} – {_date(pair.ends_on)}",
    }


def _date(day: date) -> str:
    return f"{day:%d.%m.%Y}"
