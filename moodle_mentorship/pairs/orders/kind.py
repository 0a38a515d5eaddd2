"""The order on pairs among the kinds of documents."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import ngettext
from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import NothingToSay
from moodle_mentorship.documents.fields import Field, FieldType
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Params
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.obstacles import Help, Obstacle
from moodle_mentorship.documents.wording import ACQUAINTED, CONTROL, Named, points, sample_head, say
from moodle_mentorship.pairs import papers
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.orders import queries, service, wording
from moodle_mentorship.surveys.queries import theme_titles

COUNTED = N_("Empty: so many working days from the order's own date.")


def pairs_order(drawn: Callable[[Document], str]) -> DocumentKind:
    """`drawn`: what the room shows on the document's page."""
    return DocumentKind(
        code=queries.KIND,
        title=N_("Order on pairs"),
        layout="pairs_order",
        register=RegisterCode.ORDERS,
        compose=compose,
        sample=sample,
        obstacles=obstacles,
        drafted=service.hold,
        discarded=service.let_go,
        laid=service.laid,
        registered=service.registered,
        cancelled=service.cancelled,
        ends=ends,
        consequences=(N_("Registered, the order brings its pairs to work, and their groups into the Moodle course."),),
        drawn=drawn,
        about=N_("All pairs and groups on whom both sides have agreed, with the annex and the acquaintance sheet."),
        stage=5,
        begins_at="orders.show",
        fields=(
            Field(wording.PROGRAMMES, N_("The programmes are written by"), FieldType.DAY, hint=COUNTED),
            Field(wording.AGREEMENTS, N_("The additional agreements are made by"), FieldType.DAY, hint=COUNTED),
            Field(ACQUAINTED, N_("Everybody signs the acquaintance sheet until"), FieldType.DAY, hint=COUNTED),
            Field(
                wording.IN_CONTROL,
                N_("Who is in control of the order"),
                FieldType.PERSON,
                hint=N_("Nobody: the director."),
            ),
        ),
        usual=wording.usual_deadlines,
        check=wording.check_deadlines,
    )


def compose(session: Session, school_id: int, params: Params, today: date) -> Composed:
    pairs = queries.chosen(session, school_id, params)
    if not pairs:
        raise NothingToSay("no pair is agreed")
    return wording.order_on(session, school_id, pairs, theme_titles(session, school_id), params, today)


def obstacles(session: Session, draft: Document, today: date) -> Sequence[Obstacle]:
    """A signed consent that is missing, or the ground of a mentor's work: what is missing of a mentor once. And what
    has gone out of date since it was typed."""
    school_id = draft.school_id
    lacks = papers.lacking_of(session, school_id, queries.chosen(session, school_id, draft.params))
    typed_anew = (Help(N_("Change"), "new_documents.edit", {"document_id": draft.id}),)
    return [
        *papers.obstacles(session, school_id, lacks),
        *(
            Obstacle(who, what, typed_anew)
            for who, what in wording.out_of_date(session, school_id, today, draft.params)
        ),
    ]


def ends(session: Session, document: Document) -> Sequence[str]:
    """For `DocumentKind.ends`: what becomes of the pairs that stand in the order."""
    pairs = queries.of_order(session, document.school_id, document.id)
    at_work = sum(pair.state in FIXED_STATES and pair.order_number == document.number for pair in pairs)
    unfixed = sum(queries.is_unfixed(pair, document) for pair in pairs)
    told = []
    if at_work:
        told.append(
            ngettext(
                "%(num)d pair of the order goes on working. Where its work ends too, end it on the pair's page.",
                "%(num)d pairs of the order go on working. Where their work ends too, end them on their pages.",
                at_work,
            )
        )
    if unfixed:
        told.append(
            ngettext(
                "%(num)d pair that the order could not fix may stand in another order.",
                "%(num)d pairs that the order could not fix may stand in another order.",
                unfixed,
            )
        )
    return told


def sample() -> Mapping[str, Any]:
    """Invented people, of the school that a template is tried with."""
    pair = {
        "mentor": "Тихонов Илья Сергеевич, учитель математики",
        "mentee": "Ким Вера, учитель информатики",
        "form": "педагог – педагог; традиционное",
        "period": "01.10.2026 – 28.05.2027",
    }
    mentor = say(Named("Тихонова Илью Сергеевича, учителя математики", sure=True))
    return {
        **sample_head(),
        "heading": "О закреплении наставнических пар и групп на 2026/27 учебный год",
        "preamble": wording.preamble([wording.ARTICLE, wording.REGULATION]).runs(),
        "points": points([say("Назначить наставниками:", items=[mentor]), CONTROL]),
        "rows": [{"number": str(number), **pair} for number in (1, 2)],
        "acquainted": [
            {"name": "Ким Вера", "post": "учитель информатики"},
            {"name": "Тихонов Илья Сергеевич", "post": "учитель математики"},
        ],
    }
