"""Verbs of the builder: a new questionnaire, its draft, and the draft's publication."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.core.schemas import NOT_OFFERED, row_id
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys import content, errors, queries, ready
from moodle_mentorship.surveys.content import Content, Option, Section
from moodle_mentorship.surveys.enums import Kind, VersionState
from moodle_mentorship.surveys.models import Questionnaire, Version

#: How a ready-made questionnaire is named among what a new one may begin with; the school's own have their row's id.
READY = "ready:"
FIRST_SECTION = N_("Questions")

Edit = Callable[[Content], Content]


@dataclass(frozen=True)
class Draft:
    """What the next version asks so far: the stored draft, or else the newest version, before its first change.

    `number` and `revision` together say which state of it somebody saw.
    """

    questionnaire: Questionnaire
    number: int
    revision: int
    content: Content
    begun: bool
    undoable: bool


def create(session: Session, actor: Actor, *, title: str, source: str | None, now: datetime) -> Questionnaire:
    """A new questionnaire as a draft: empty, or a copy of what one of the school's (its id) or a ready-made one asks.

    A copy is of the original's kind: what is a profile there needs its legal ground here too. Raises `Invalid` for a
    source that the school doesn't have.
    """
    kind, begins = _beginning(session, actor.school_id, source)
    made = Questionnaire(school_id=actor.school_id, code=content.new_code("n"), kind=kind, title=title, created_at=now)
    session.add(made)
    session.flush()
    session.add(
        Version(
            school_id=actor.school_id,
            questionnaire_id=made.id,
            kind=kind,
            number=1,
            state=VersionState.DRAFT,
            content=begins.dump(),
            revision=1,
        )
    )
    record(session, actor, "questionnaire.create", "questionnaire", made.id, now, source=source)
    session.flush()
    return made


def _beginning(session: Session, school_id: int, source: str | None) -> tuple[Kind, Content]:
    if source is None:
        section = Section(translate(school_of(session, school_id).locale, FIRST_SECTION), ())
        return Kind.OWN, Content(intro="", sections=(section,))
    if source.startswith(READY):
        themes = [Option(theme.code, theme.title) for theme in queries.themes(session, school_id)]
        for one in ready.sets(themes):
            if one.code == source.removeprefix(READY):
                return one.kind, one.content
    elif (number := row_id(source)) is not None:
        for listed in queries.questionnaires(session, school_id):
            if listed.questionnaire.id == number:
                return listed.questionnaire.kind, draft(session, school_id, number).content
    raise Invalid({"source": [NOT_OFFERED]})


def draft(session: Session, school_id: int, questionnaire_id: int) -> Draft:
    """The questionnaire's draft as it stands; reads only. Raises `NotFound`."""
    questionnaire = queries.questionnaire_of(session, school_id, questionnaire_id)
    newest = queries.newest_version(session, school_id, questionnaire_id)
    asks = content.load(newest.content)
    if newest.state is VersionState.DRAFT:
        return Draft(questionnaire, newest.number, newest.revision, asks, True, newest.previous is not None)
    return Draft(questionnaire, newest.number + 1, 0, asks, False, False)


def change(
    session: Session,
    actor: Actor,
    questionnaire_id: int,
    edit: Edit,
    *,
    number: int,
    revision: int,
    now: datetime,
) -> Draft:
    """Change the draft by `edit`; the first change to a published version begins the next draft.

    `number` and `revision` are the draft's that the curator saw. Raises `NotFound`, `DraftChanged`, and `Invalid` with
    messages by the codes of questions where the whole would not hold.
    """
    seen = _locked(session, actor, questionnaire_id, number, revision)
    try:
        asks = content.load(edit(seen.content).dump())
    except ValidationError as error:
        raise Invalid(dict(error.messages_dict)) from error
    if asks == seen.content:
        return seen
    if seen.begun:
        stored = queries.newest_version(session, actor.school_id, questionnaire_id)
        stored.previous, stored.content, stored.revision = stored.content, asks.dump(), revision + 1
    else:
        stored = Version(
            school_id=actor.school_id,
            questionnaire_id=questionnaire_id,
            kind=seen.questionnaire.kind,
            number=number,
            state=VersionState.DRAFT,
            content=asks.dump(),
            previous=seen.content.dump(),
            revision=1,
        )
        session.add(stored)
    record(session, actor, "questionnaire.edit", "questionnaire", questionnaire_id, now, version=number)
    session.flush()
    return draft(session, actor.school_id, questionnaire_id)


def undo(session: Session, actor: Actor, questionnaire_id: int, *, number: int, revision: int, now: datetime) -> Draft:
    """Take the draft's last change back; asked once more, it is there again. Raises `NotFound`, `DraftChanged`."""
    _locked(session, actor, questionnaire_id, number, revision)
    stored = queries.newest_version(session, actor.school_id, questionnaire_id)
    if stored.previous is not None:
        stored.previous, stored.content, stored.revision = stored.content, stored.previous, revision + 1
        record(session, actor, "questionnaire.undo", "questionnaire", questionnaire_id, now, version=number)
        session.flush()
    return draft(session, actor.school_id, questionnaire_id)


def discard(
    session: Session, actor: Actor, questionnaire_id: int, *, number: int, revision: int, now: datetime
) -> bool:
    """Throw the draft away: what is published stays; whether the questionnaire does. One that was never published goes
    with its draft. Raises `NotFound`, `DraftChanged`."""
    seen = _locked(session, actor, questionnaire_id, number, revision)
    if seen.begun:
        session.delete(queries.newest_version(session, actor.school_id, questionnaire_id))
        session.flush()
        record(session, actor, "questionnaire.discard", "questionnaire", questionnaire_id, now, version=number)
    if number > 1:
        return True
    session.delete(seen.questionnaire)
    session.flush()
    return False


def publish(
    session: Session, actor: Actor, questionnaire_id: int, *, number: int, revision: int, now: datetime
) -> Version:
    """The draft becomes the version that is asked from now on; who has begun an earlier one stays with it.

    Published twice (a double click), the second time changes nothing. Raises `NotFound`, `DraftChanged`,
    `NothingToAsk`.
    """
    _lock(session, actor.school_id, questionnaire_id)
    newest = queries.newest_version(session, actor.school_id, questionnaire_id)
    if (newest.state, newest.number, newest.revision) == (VersionState.PUBLISHED, number, revision):
        return newest
    if (newest.state, newest.number, newest.revision) != (VersionState.DRAFT, number, revision):
        raise errors.DraftChanged()
    if not list(content.load(newest.content).items):
        raise errors.NothingToAsk()
    newest.state, newest.published_at, newest.previous = VersionState.PUBLISHED, now, None
    record(session, actor, "questionnaire.publish", "questionnaire", questionnaire_id, now, version=number)
    session.flush()
    return newest


def rename(session: Session, actor: Actor, questionnaire_id: int, title: str, now: datetime) -> Questionnaire:
    """Give the questionnaire another title, in open rounds too. Raises `NotFound`."""
    named = queries.questionnaire_of(session, actor.school_id, questionnaire_id)
    if named.title != title:
        named.title = title
        record(session, actor, "questionnaire.rename", "questionnaire", questionnaire_id, now)
        session.flush()
    return named


def _locked(session: Session, actor: Actor, questionnaire_id: int, number: int, revision: int) -> Draft:
    """The draft that the curator saw, theirs until the end of the unit of work. Raises `NotFound`, `DraftChanged`."""
    _lock(session, actor.school_id, questionnaire_id)
    seen = draft(session, actor.school_id, questionnaire_id)
    if (seen.number, seen.revision) != (number, revision):
        raise errors.DraftChanged()
    return seen


def _lock(session: Session, school_id: int, questionnaire_id: int) -> None:
    """Changes to one draft come one after another."""
    session.execute(
        select(Questionnaire.id)
        .where(Questionnaire.school_id == school_id, Questionnaire.id == questionnaire_id)
        .with_for_update()
    )
