"""Anonymous rounds: answers that nobody can lead back to whoever gave them (docs/decisions/0025).

All answers of a round lie in one sealed box, sorted by their own words. That somebody has answered stands beside the
person, without a moment; between the two there is no key, no time, no order and no row of the journal.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.surveys import answers, content, errors, queries
from moodle_mentorship.surveys.answers import Values
from moodle_mentorship.surveys.content import File
from moodle_mentorship.surveys.enums import PURPOSES
from moodle_mentorship.surveys.models import AnswerBox, Participant, Round, Version
from moodle_mentorship.surveys.results import Tally, tally

#: Below so many answers nothing is shown: of a round, and of each question.
FEWEST = 5
#: The box grows by whole blocks, so that its size tells little of how long an answer is. In characters.
BLOCK = 16 * 1024

NAMES_SOMEBODY = N_(
    "This questionnaire asks for a profile, for a file, for something that only the curator may read, or fills a "
    "person's fields. It can't be anonymous"
)


def open_box(session: Session, begun: Round, version: Version) -> None:
    """Make a new round anonymous: everybody answers this version. Raises `Invalid` where it asks who somebody is."""
    asks = content.load(version.content)
    named = any(item.private or item.fills is not None or isinstance(item, File) for item in asks.items)
    if version.kind in PURPOSES or named:
        raise Invalid({"anonymous": [NAMES_SOMEBODY]})
    begun.anonymous = True
    session.add(AnswerBox(school_id=begun.school_id, round_id=begun.id, version_id=version.id))
    session.flush()


def put_in(
    session: Session, box: SecretBox, actor: Actor, round_id: int, *, said: Mapping[str, Any], today: date
) -> None:
    """Lay a person's answers into the round's box; where theirs are in it already (a double click), nothing happens.

    Raises `Invalid` with messages by item, `RoundClosed`, `NotFound`, `NotAsked`.
    """
    asked = queries.asked_of(session, actor.school_id, round_id, actor.person_id).round
    if not asked.takes_answers(today):
        raise errors.RoundClosed()
    # Until the commit nobody else opens it: of two clicks, the second finds the first one's mark.
    held = queries.answer_box(session, actor.school_id, round_id, locked=True)
    participant = session.scalars(
        select(Participant)
        .where(
            Participant.school_id == actor.school_id,
            Participant.round_id == round_id,
            Participant.person_id == actor.person_id,
        )
        .execution_options(populate_existing=True)
    ).one()
    if participant.answered:
        return
    asks = content.load(held.version.content)
    values, wrong = answers.read(asks, said)
    if wrong:
        raise Invalid({"answers": wrong})
    whole = answers.settled(asks, {code: value for code, value in values.items() if value is not None})
    lacking = answers.missing(asks, whole)
    if lacking:
        raise Invalid({"answers": lacking})
    lying = sorted([*_open(box, held), whole], key=_words)
    text = json.dumps(lying, ensure_ascii=False, sort_keys=True)
    held.sealed_answers = box.seal(text.ljust(-(-len(text) // BLOCK) * BLOCK))
    participant.answered = True
    session.flush()


@dataclass(frozen=True)
class Results:
    """So many have answered, and what was said to each question: of a free one the texts, with nobody's number."""

    answered: int
    tallies: list[Tally]


def results(session: Session, box: SecretBox, shown: Round, today: date) -> Results | None:
    """None while the round is under way, so that no two looks at it differ by one person's answers, and for good where
    fewer than `FEWEST` have answered.

    The texts of each question stand in the order of their own words: in one order for all questions, the third text
    here and the third there would be the same person's.
    """
    if shown.takes_answers(today) or (shown.closed_at is None and today < shown.opens_on):
        return None
    held = queries.answer_box(session, shown.school_id, shown.id)
    lying = _open(box, held)
    if len(lying) < FEWEST:
        return None
    nobody = 0
    tallies = tally(content.load(held.version.content).items, [(nobody, values) for values in lying])
    for one in tallies:
        one.texts.sort()
    return Results(len(lying), tallies)


def _open(box: SecretBox, held: AnswerBox) -> list[Values]:
    lying: list[Values] = json.loads(box.open(held.sealed_answers)) if held.sealed_answers is not None else []
    return lying


def _words(values: Values) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
