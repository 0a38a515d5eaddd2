"""What the room holds about a person: their own answers. What others answered is theirs, whomever they name."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from moodle_mentorship.core.holdings import Fact, Holding, Holdings, Reading, Subject, column, columns
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.surveys import content, queries, words
from moodle_mentorship.surveys.models import (
    AnswerBox,
    AttachedFile,
    Participant,
    Questionnaire,
    Response,
    Round,
    Theme,
    Version,
)


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            Response,
            N_("Answers to questionnaires"),
            about=lambda who: Response.person_id == who.person_id,
            told=_answers,
        ),
        Holding(
            AttachedFile,
            N_("Files attached to answers"),
            about=_attached,
            told=columns(column("attached_at", N_("Attached on")), column("size", N_("Size in bytes"))),
        ),
        Holding(
            Participant,
            N_("Invitations to questionnaires"),
            about=lambda who: Participant.person_id == who.person_id,
            told=lambda row, _reading: [
                column("round_id", N_("Round"))(row),
                column("written_on", N_("Moodle wrote to you on"))(row),
                column("answered", N_("Answered without a name"))(row),
            ],
        ),
    )
    for model in (Theme, Questionnaire, Version, Round, AnswerBox):
        holdings.nothing(model)


def _attached(who: Subject) -> ColumnElement[bool]:
    own = select(Response.id).where(Response.school_id == who.school_id, Response.person_id == who.person_id)
    return AttachedFile.response_id.in_(own)


def _answers(row: Response, reading: Reading) -> Iterable[Fact]:
    yield Fact("questionnaire", N_("Questionnaire"), row.kind, (_(words.KINDS[row.kind]),))
    yield Fact("started_at", N_("Begun on"), row.started_at)
    yield Fact("submitted_at", N_("Sent on"), row.submitted_at)
    values = queries.values_of(row, reading.box)
    for item in content.load(row.version.content).items:
        if item.code in values:
            yield Fact(f"answer.{item.code}", item.title, values[item.code], words.told(item, values[item.code]))
    if row.correction is not None:
        begun = queries.typed_of(row, reading.box)
        for item in content.load(row.version.content).items:
            if item.code in begun:
                told = words.told(item, begun[item.code])
                yield Fact(
                    f"correction.{item.code}", item.title, begun[item.code], told, _("a correction not sent yet")
                )
