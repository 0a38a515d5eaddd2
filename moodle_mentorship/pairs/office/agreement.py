"""The additional agreement on mentoring (ст. 351.8 ТК РФ): content, term and form of the work, its payment."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Field, FieldType, Offer, people_of
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.rendering import BLANK_DATE, BLANK_NUMBER, in_words
from moodle_mentorship.documents.wording import (
    Named,
    Namer,
    Sentence,
    comma,
    ended,
    initials_first,
    letterhead,
    officials,
    points,
    say,
    sex_in_grammar,
)
from moodle_mentorship.grammar.cases import Case, Sex
from moodle_mentorship.grammar.numbers import NBSP, quantity
from moodle_mentorship.pairs.enums import FIXED_STATES, PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import queries, service
from moodle_mentorship.pairs.office.samples import sample_agreement
from moodle_mentorship.pairs.service import NOTICE_DAYS
from moodle_mentorship.pairs.words import FORMS
from moodle_mentorship.pairs.words import KINDS as KINDS_OF_WORK
from moodle_mentorship.people.models import Person
from moodle_mentorship.school.queries import school_of

_USUAL_CONTENT = (
    "помощь наставляемым в овладении навыками работы, разработка и реализация персонализированных программ "
    "наставничества, встречи с наставляемыми не реже одного раза в месяц, отчёт о результатах"
)
_ACTING = {Sex.MALE: "действующего", Sex.FEMALE: "действующей", None: "действующего(ей)"}


def agreement(session: Session, school_id: int, params: Params, _today: date) -> Composed:
    """Of one mentor, about all their agreed and working pairs."""
    school = school_of(session, school_id)
    mentor = next(iter(people_of(session, school_id, [row_id(params.get("mentor") or "")])), None)
    pairs = queries.pairs_of_mentor(session, school_id, mentor.id) if mentor else []
    if mentor is None or not pairs:
        raise NothingToSay("no pair of this mentor")
    namer = Namer(session, school_id)
    day = in_words(date.fromisoformat(params["contract_day"])) if params["contract_day"] else BLANK_DATE
    heading = f"К трудовому договору от {day} №{NBSP}{params['contract_number'] or BLANK_NUMBER}"
    values = {
        **letterhead(session, school_id),
        "heading": heading,
        "parties": _parties(session, school_id, school.full_name, mentor, namer).runs(),
        "points": points(_said(namer, pairs, params)),
        "employee": {"name": mentor.full_name, "post": mentor.position or "", "signs": initials_first(mentor)},
        "address": school.address or "",
        "requisites": ", ".join(
            f"{name} {value}" for name, value in (("ИНН", school.inn), ("ОГРН", school.ogrn)) if value
        ),
    }
    return Composed(f"Дополнительное соглашение о наставничестве: {mentor.short_name}", values, [], namer.doubtful)


def _parties(session: Session, school_id: int, organisation: str, mentor: Person, namer: Namer) -> Sentence:
    director = officials(session, school_id).director
    by: list[str | Named]
    if director is None:
        by = ["________________________________________, действующего(ей)"]
    else:
        by = [namer.titled(director, Case.GENITIVE, "директор"), f", {_ACTING[sex_in_grammar(director)]}"]
    return say(
        f"{organisation} (далее – Работодатель) в лице ",
        *by,
        f" на основании устава, и {mentor.full_name} (далее – Работник) в соответствии со{NBSP}статьёй{NBSP}351.8 "
        "Трудового кодекса Российской Федерации заключили настоящее соглашение о нижеследующем:",
    )


def _said(namer: Namer, pairs: Sequence[Pair], params: Params) -> list[Sentence]:
    forms = dict.fromkeys(translate("ru", FORMS[pair.form]) for pair in pairs)
    kinds = dict.fromkeys(translate("ru", KINDS_OF_WORK[kind]) for pair in pairs for kind in pair.kinds)
    return [
        say(
            "Работник с его письменного согласия выполняет по поручению Работодателя работу по наставничеству "
            "в отношении:",
            items=[
                say(
                    namer.named(pair.mentee, Case.GENITIVE),
                    f"{comma(pair.mentee)} на срок с{NBSP}{in_words(pair.starts_on)} "
                    f"по{NBSP}{in_words(pair.ends_on).removesuffix('.')}",
                )
                for pair in pairs
            ],
        ),
        say(ended(f"Содержание работы: {params['content'] or _USUAL_CONTENT}")),
        say(f"Форма наставничества: {', '.join(forms)}. Вид наставничества: {', '.join(kinds)}."),
        say(_payment(params["payment"])),
        say(
            "Работник имеет право досрочно отказаться от выполнения работы по наставничеству, а Работодатель – "
            "досрочно отменить поручение о её выполнении, предупредив об этом Работника не менее чем за "
            f"{quantity(NOTICE_DAYS, 'рабочий день', Case.ACCUSATIVE)}."
        ),
        say(
            "Настоящее соглашение является неотъемлемой частью трудового договора, составлено в двух экземплярах, "
            "по одному для каждой из сторон, и действует со дня его подписания."
        ),
    ]


def _payment(typed: str | None) -> str:
    return ended(f"Размер и условия оплаты: {typed or '_' * 36}")


def _mentors(session: Session, school_id: int) -> Sequence[Offer]:
    mentors = queries.by_assignment(session, school_id, PairState.AGREED, *FIXED_STATES)
    return [Offer(str(mentor.id), mentor.full_name) for mentor in mentors]


def _ends(_session: Session, _document: Document) -> Sequence[str]:
    return [_("Without another registered agreement the mentor counts as one who has none.")]


KIND = DocumentKind(
    code=queries.AGREEMENT,
    title=N_("Additional agreement with a mentor"),
    about=N_("Content, term, form and payment of the work by assignment (TK RF, Art. 351.8); one for each mentor."),
    layout="agreement",
    register=RegisterCode.AGREEMENTS,
    compose=agreement,
    sample=sample_agreement,
    laid=service.cover,
    taken_back=service.uncover,
    ends=_ends,
    stage=3,
    fields=(
        Field(
            "mentor",
            N_("Mentor"),
            FieldType.CHOICE,
            required=True,
            offered=_mentors,
            none=N_("No agreed or working pair has a mentor by the employer's assignment."),
        ),
        Field(
            "contract_day", N_("Day of the employment contract"), FieldType.DAY, hint=N_("Empty: a blank for the pen.")
        ),
        Field(
            "contract_number",
            N_("Number of the employment contract"),
            longest=40,
            hint=N_("Empty: a blank for the pen."),
        ),
        Field("content", N_("Content of the work"), FieldType.PROSE, hint=N_("Empty: the usual words.")),
        Field("payment", N_("Size and terms of the payment"), longest=500, hint=N_("Empty: a blank for the pen.")),
    ),
)
