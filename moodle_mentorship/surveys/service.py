"""Verbs of questionnaires: take over ready-made ones, ask people, answer, send off."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, false, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.consents.service import require_ground
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.people.enums import FREE, StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service import directory
from moodle_mentorship.surveys import answers, content, errors, files, queries, ready, unnamed
from moodle_mentorship.surveys.answers import Unfit, Value, Values
from moodle_mentorship.surveys.content import Content, File, Option
from moodle_mentorship.surveys.enums import PURPOSES, Kind, VersionState
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Participant, Questionnaire, Response, Round, Theme, Version

#: A round lasts at most so many days: longer than a school year is a slip of the pen.
LONGEST_ROUND = 366


def ensure_themes(session: Session, school_id: int) -> Sequence[Theme]:
    """The school's themes, stored: the ready-made ones where it has none of its own."""
    themes = queries.themes(session, school_id)
    session.add_all(themes)
    session.flush()
    return themes


def take_ready_made(session: Session, actor: Actor, now: datetime) -> list[Questionnaire]:
    """Give the school the ready-made questionnaires that it doesn't have yet, published as version 1.

    Returns the new ones; asked twice, the second time gives none.
    """
    themes = [Option(theme.code, theme.title) for theme in ensure_themes(session, actor.school_id)]
    known = set(session.scalars(select(Questionnaire.code).where(Questionnaire.school_id == actor.school_id)))
    taken = []
    for one in ready.sets(themes):
        if one.code in known:
            continue
        questionnaire = Questionnaire(
            school_id=actor.school_id, code=one.code, kind=one.kind, title=one.title, created_at=now
        )
        session.add(questionnaire)
        session.flush()
        session.add(
            Version(
                school_id=actor.school_id,
                questionnaire_id=questionnaire.id,
                kind=one.kind,
                number=1,
                state=VersionState.PUBLISHED,
                content=one.content.dump(),
                published_at=now,
            )
        )
        record(session, actor, "questionnaire.take", "questionnaire", questionnaire.id, now, code=one.code)
        taken.append(questionnaire)
    session.flush()
    return taken


def start_round(
    session: Session,
    actor: Actor,
    *,
    questionnaire_id: int,
    people: Select[int],
    opens_on: date,
    closes_on: date,
    remind_after: int | None = None,
    anonymous: bool = False,
    now: datetime,
) -> Round:
    """Ask everybody whom `people` selects and who is employed, from the first day to the last.

    Who comes into that circle later is added by `ask`. The same again (a second click) gives the round that asks all of
    them already: nobody is asked the same twice. Raises `NotFound`, `NothingPublished`, `NobodyToAsk`, `Invalid`.
    """
    queries.questionnaire_of(session, actor.school_id, questionnaire_id)
    version = queries.published(session, actor.school_id, questionnaire_id)
    if closes_on < opens_on:
        raise Invalid({"closes_on": [N_("The last day comes before the first one")]})
    if (closes_on - opens_on).days > LONGEST_ROUND:
        raise Invalid({"closes_on": [N_("A round lasts a year at most")]})
    same = _same_round(session, actor.school_id, questionnaire_id, people, opens_on, closes_on, anonymous)
    if same is not None:
        return same
    begun = _round(session, actor, questionnaire_id, opens_on, closes_on, now)
    begun.remind_after = remind_after
    if anonymous:
        unnamed.open_box(session, begun, version)
    asked = _add(session, actor.school_id, begun.id, people)
    if not asked:
        raise errors.NobodyToAsk()
    record(session, actor, "survey.start", "survey_round", begun.id, now, asked=asked)
    return begun


def ask(
    session: Session, actor: Actor, code: str, person_ids: Sequence[int], today: date, until: date, now: datetime
) -> Round:
    """Put people into the questionnaire's open round; without one, a round begins today and lasts until `until`.

    Who is in it already stays as they are. Raises `NotFound` for a questionnaire that the school doesn't have,
    `NobodyToAsk` where none of the people works here.
    """
    questionnaire = queries.by_code(session, actor.school_id, code)
    if questionnaire is None:
        raise errors.NothingPublished()
    queries.published(session, actor.school_id, questionnaire.id)
    begun = session.scalar(
        select(Round)
        .where(
            Round.school_id == actor.school_id,
            Round.questionnaire_id == questionnaire.id,
            Round.opens_on <= today,
            Round.closes_on >= today,
            Round.closed_at.is_(None),
        )
        .order_by(Round.opens_on.desc(), Round.id.desc())
        .limit(1)
    ) or _round(session, actor, questionnaire.id, today, until, now)
    people = select(Person.id).where(Person.school_id == actor.school_id, Person.id.in_(person_ids))
    added = _add(session, actor.school_id, begun.id, people)
    if added:
        record(session, actor, "survey.ask", "survey_round", begun.id, now, asked=added)
    elif not session.scalar(
        select(Participant.id)
        .where(Participant.school_id == actor.school_id, Participant.round_id == begun.id)
        .limit(1)
    ):
        raise errors.NobodyToAsk()
    return begun


def close_round(session: Session, actor: Actor, round_id: int, now: datetime) -> Round:
    """End a round before its last day; drafts stay and are not counted. A closed one stays closed."""
    closed = queries.round_of(session, actor.school_id, round_id)
    if closed.closed_at is None:
        closed.closed_at = now
        record(session, actor, "survey.close", "survey_round", round_id, now)
        session.flush()
    return closed


def set_reminders(session: Session, actor: Actor, round_id: int, remind_after: int | None, now: datetime) -> Round:
    """Days after the first one on which Moodle reminds by itself; None switches that off. Raises `NotFound`."""
    changed = queries.round_of(session, actor.school_id, round_id)
    if changed.remind_after != remind_after:
        changed.remind_after = remind_after
        record(session, actor, "survey.reminders", "survey_round", round_id, now, after=remind_after)
        session.flush()
    return changed


@dataclass(frozen=True)
class Sheet:
    """A person's questionnaire, open before them: what it asks and what they have said.

    `newer`: another version was published after the person had begun; their answers stay with theirs.
    `correcting`: they change what they have sent, and `values` are those of the correction. `sent`: they have answered;
    in an anonymous round nothing more is known than that.
    """

    round: Round
    version: Version
    content: Content
    values: Values
    response: Response | None
    newer: bool
    correcting: bool
    sent: bool

    @property
    def revision(self) -> int:
        return self.response.revision if self.response is not None else 0

    @property
    def saved_at(self) -> datetime | None:
        return self.response.saved_at if self.response is not None else None

    @property
    def submitted_at(self) -> datetime | None:
        return self.response.submitted_at if self.response is not None else None


def sheet(
    session: Session,
    box: SecretBox,
    school_id: int,
    round_id: int,
    person_id: int | None,
    *,
    correcting: bool = False,
) -> Sheet:
    """The questionnaire as it stands for a person; reads only. `correcting` what was sent shows what they have changed
    in it so far. Raises `NotFound`, `NotAsked`."""
    mine = queries.asked_of(session, school_id, round_id, person_id)
    if mine.round.anonymous:
        asked = queries.answer_box(session, school_id, round_id).version
        return Sheet(mine.round, asked, content.load(asked.content), {}, None, False, False, mine.answered)
    newest = queries.published(session, school_id, mine.round.questionnaire_id)
    version = mine.response.version if mine.response is not None else newest
    read = queries.typed_of if correcting else queries.values_of
    return Sheet(
        mine.round,
        version,
        content.load(version.content),
        read(mine.response, box) if mine.response is not None else {},
        mine.response,
        version.number < newest.number,
        correcting and mine.sent,
        mine.sent,
    )


def last_sent(session: Session, box: SecretBox, school_id: int, person_id: int, code: str) -> Sheet | None:
    """What a person has last sent off to the questionnaire of this code (`ready`), private answers too: for the
    curator's eyes alone. None where nothing was sent, or where it may not be read any more."""
    latest = queries.latest_answers(session, school_id, person_id, code)
    return sheet(session, box, school_id, latest.round_id, person_id) if latest is not None else None


@dataclass(frozen=True)
class Shared:
    """Of a person's answers what the other side of their pair reads: answered questions, no private one, no file."""

    content: Content
    values: Values


def shared(
    session: Session, school_id: int, person_id: int, code: str, items: Container[str] | None = None
) -> Shared | None:
    """What a person has last sent off to the questionnaire of this code, of the questions `items` alone where they are
    named; when they are free is read in the directory (`Person.free_slots`), which other sources fill as well. None
    where nothing was sent, or where it may not be read any more."""
    latest = queries.latest_answers(session, school_id, person_id, code)
    if latest is None:
        return None
    questionnaire_id = queries.round_of(session, school_id, latest.round_id).questionnaire_id
    asked = content.load(queries.published(session, school_id, questionnaire_id, latest.version).content)
    elsewhere = {item.code for item in asked.items if isinstance(item, content.File) or item.fills is FREE}
    values = {
        item: value
        for item, value in latest.values.items()
        if item not in elsewhere and (items is None or item in items)
    }
    return Shared(asked.only(values), values)


def save(
    session: Session,
    box: SecretBox,
    actor: Actor,
    round_id: int,
    *,
    version: int,
    said: Mapping[str, Any],
    correcting: bool = False,
    today: date,
    now: datetime,
) -> Sheet:
    """Keep a part of the answers as a draft: the items that `said` names, the others stay as they are.

    `version` is the number of the version that the person sees: their first answer ties them to it, and whatever is
    published meanwhile, their answers stay there. Two windows that answer different questions both win.
    What was sent stays in force while its correction is typed; without `correcting` it is not touched.
    Raises `Invalid` (nothing of the part is kept), `RoundClosed`, `AlreadySubmitted`, `NotAsked`; `NoGround` where a
    profile may not be kept, also when the consent was withdrawn half-way.
    """
    response = _draft(session, actor, round_id, version, correcting, today, now)
    asks = content.load(response.version.content)
    values, wrong = answers.read(asks, said)
    if wrong:
        raise Invalid({"answers": wrong})
    _keep(session, box, response, asks, values, now)
    return sheet(session, box, actor.school_id, round_id, actor.person_id, correcting=correcting)


def attach(
    session: Session,
    box: SecretBox,
    actor: Actor,
    round_id: int,
    item: str,
    *,
    version: int | None,
    file: bytes,
    name: str,
    correcting: bool = False,
    today: date,
    now: datetime,
) -> Sheet:
    """Keep a file as the draft's answer to the item, in place of an earlier one: attached twice, it is there once.

    A first answer ties the person to `version`, or to the newest one. `file` may have one byte more than is taken, to
    say that there are too many. In a correction the file that was sent stays in force until the correction is sent
    off. Raises what `save` does, and `NotFound` where no file is asked for.
    """
    response = _draft(session, actor, round_id, version, correcting, today, now)
    asks = content.load(response.version.content)
    _require_file(asks, item)
    try:
        own_name = files.checked(file, name)
    except Unfit as unfit:
        raise Invalid({"answers": {item: [str(unfit)]}}) from unfit
    _keep(session, box, response, asks, {item: files.put(session, box, response, file, own_name, now)}, now)
    return sheet(session, box, actor.school_id, round_id, actor.person_id, correcting=correcting)


def detach(
    session: Session,
    box: SecretBox,
    actor: Actor,
    round_id: int,
    item: str,
    *,
    version: int | None,
    correcting: bool = False,
    today: date,
    now: datetime,
) -> Sheet:
    """Take the attached file back; where there is none, nothing is there afterwards either. Raises as `attach`."""
    response = _draft(session, actor, round_id, version, correcting, today, now)
    asks = content.load(response.version.content)
    _require_file(asks, item)
    _keep(session, box, response, asks, {item: None}, now)
    return sheet(session, box, actor.school_id, round_id, actor.person_id, correcting=correcting)


def file_of(session: Session, box: SecretBox, shown: Sheet, item: str) -> tuple[bytes, str]:
    """Content and name of the file that answers the item. Raises `NotFound`."""
    found = answers.files(shown.content, shown.values).get(item)
    if found is None or shown.response is None:
        raise NotFound(f"file of {item}")
    return files.content_of(session, box, shown.response, found["file"]), found["name"]


def _require_file(asks: Content, item: str) -> None:
    if not any(one.code == item and isinstance(one, File) for one in asks.items):
        raise NotFound(f"file of {item}")


def _draft(
    session: Session, actor: Actor, round_id: int, version: int | None, correcting: bool, today: date, now: datetime
) -> Response:
    """The person's response, to be written into before it is sent off."""
    asked = _open_round(session, actor, round_id, today)
    if asked.anonymous:
        raise errors.KeptInTheBrowser()
    return _response(session, actor, asked, version, now, correcting)


def _keep(
    session: Session,
    box: SecretBox,
    response: Response,
    asks: Content,
    values: Mapping[str, Value | None],
    now: datetime,
) -> None:
    """Write a part of the answers into the draft, or into the correction of what was sent."""
    kept = {**queries.typed_of(response, box), **values}
    open_part, sealed = _parts(box, asks, {code: value for code, value in kept.items() if value is not None})
    if response.submitted_at is None:
        response.answers, response.sealed_private = open_part, sealed
    else:
        response.correction, response.sealed_correction = open_part, sealed
    _changed(session, box, response, asks, now)


def submit(
    session: Session,
    box: SecretBox,
    actor: Actor,
    round_id: int,
    *,
    version: int,
    revision: int,
    said: Mapping[str, Any],
    listeners: Submitted,
    correcting: bool = False,
    today: date,
    now: datetime,
) -> Sheet:
    """Send the whole questionnaire off. Answers to questions that are not asked any more fall away.

    Sent twice (a double click), the second time changes nothing; `correcting`, it takes the place of what was sent,
    while the round is open. Raises `Invalid` with messages by item,
    `ChangedElsewhere` when another window has answered otherwise since `revision`, `RoundClosed`, `NotAsked`,
    `NoGround`.
    """
    person_id = actor.person_id
    already = queries.asked_of(session, actor.school_id, round_id, person_id)
    if already.round.anonymous:
        unnamed.put_in(session, box, actor, round_id, said=said, today=today)
        return sheet(session, box, actor.school_id, round_id, person_id)
    if already.sent and not correcting:
        return sheet(session, box, actor.school_id, round_id, person_id)
    asked = _open_round(session, actor, round_id, today)
    try:
        response = _response(session, actor, asked, version, now, correcting)
    except errors.AlreadySubmitted:
        # The first of two clicks has won meanwhile.
        return sheet(session, box, actor.school_id, round_id, person_id)
    asks = content.load(response.version.content)
    values, wrong = answers.read(asks, said)
    if wrong:
        raise Invalid({"answers": wrong})
    kept = queries.typed_of(response, box)
    if response.revision != revision and answers.unlike(asks, values, kept):
        raise errors.ChangedElsewhere()
    given = {code: value for code, value in {**kept, **values}.items() if value is not None}
    whole = answers.settled(asks, given)
    lacking = answers.missing(asks, whole)
    if lacking:
        raise Invalid({"answers": lacking})
    again = response.submitted_at is not None
    if again and whole == queries.values_of(response, box):
        # Nothing is corrected, or the first of two clicks has done it.
        response.correction = response.sealed_correction = None
        _forget_files(session, box, response, asks)
        return sheet(session, box, actor.school_id, round_id, person_id)
    response.answers, response.sealed_private = _parts(box, asks, whole)
    response.correction = response.sealed_correction = None
    response.submitted_at = now
    _changed(session, box, response, asks, now)
    record(session, actor, "survey.correct" if again else "survey.submit", "survey_round", round_id, now)
    session.flush()
    if said_of_work := answers.filling(asks, whole):
        directory.take_answers(session, actor, response.person_id, said_of_work, today, now)
    listeners.tell(session, actor, response, now)
    return sheet(session, box, actor.school_id, round_id, person_id)


def destroy_answers(session: Session, actor: Actor, person_id: int, purpose: Purpose, now: datetime) -> None:
    """Delete all of a person's profile of this purpose, drafts too, for good. For `core.grounds`.

    That they were asked, and when they sent it, stays. Backups made before still hold the answers until they are
    deleted.
    """
    kinds = [kind for kind, its in PURPOSES.items() if its is purpose]
    found = session.scalars(
        select(Response).where(
            Response.school_id == actor.school_id, Response.person_id == person_id, Response.kind.in_(kinds)
        )
    ).all()
    _delete(session, actor, found)
    if found:
        record(session, actor, "survey.destroy", "person", person_id, now, purpose=purpose.value, answers=len(found))


def destroy_answers_about(
    session: Session, actor: Actor, person_id: int, mentors: Sequence[tuple[int, date]], now: datetime
) -> None:
    """Delete what these mentors have said at the end of the year about their mentee, for good.

    Each mentor stands with the day from which they have worked together. An answer names no mentee, so a mentor of
    several loses the whole of it, and may answer anew while the round is open.
    """
    about = [and_(Response.person_id == mentor_id, Round.closes_on >= begun_on) for mentor_id, begun_on in mentors]
    found = session.scalars(
        select(Response)
        .join(Round, and_(Round.school_id == Response.school_id, Round.id == Response.round_id))
        .join(
            Questionnaire,
            and_(Questionnaire.school_id == Round.school_id, Questionnaire.id == Round.questionnaire_id),
        )
        .where(
            Response.school_id == actor.school_id,
            Response.kind == Kind.FINISH,
            Questionnaire.code != ready.FINISH_MENTEE,
            or_(false(), *about),
        )
    ).all()
    _delete(session, actor, found)
    if found:
        record(session, actor, "survey.destroy", "person", person_id, now, about="mentee", answers=len(found))


def _round(
    session: Session, actor: Actor, questionnaire_id: int, opens_on: date, closes_on: date, now: datetime
) -> Round:
    begun = Round(
        school_id=actor.school_id,
        questionnaire_id=questionnaire_id,
        opens_on=opens_on,
        closes_on=closes_on,
        started_at=now,
    )
    session.add(begun)
    session.flush()
    return begun


def _add(session: Session, school_id: int, round_id: int, people: Select[int]) -> int:
    """Employed people of the selection who are not asked yet become participants; their number.

    Additions to one round come one after another, so that nobody is added twice.
    """
    session.execute(select(Round.id).where(Round.school_id == school_id, Round.id == round_id).with_for_update())
    asked = select(Participant.person_id).where(Participant.school_id == school_id, Participant.round_id == round_id)
    added = session.scalars(_employed(school_id, people).where(Person.id.not_in(asked)).order_by(Person.id)).all()
    if added:
        rows = [{"school_id": school_id, "round_id": round_id, "person_id": person_id} for person_id in added]
        session.execute(insert(Participant), rows)
    return len(added)


def _same_round(
    session: Session,
    school_id: int,
    questionnaire_id: int,
    people: Select[int],
    opens_on: date,
    closes_on: date,
    anonymous: bool,
) -> Round | None:
    """An open round of these days that asks all these people. Rounds of one questionnaire begin one after another."""
    session.execute(
        select(Questionnaire.id)
        .where(Questionnaire.school_id == school_id, Questionnaire.id == questionnaire_id)
        .with_for_update()
    )
    employed = _employed(school_id, people)
    asked = (
        exists()
        .where(Participant.school_id == school_id, Participant.round_id == Round.id, Participant.person_id == Person.id)
        # The round is two statements further out, which SQLAlchemy doesn't find by itself.
        .correlate(Round, Person)
    )
    return session.scalars(
        select(Round)
        .where(
            Round.school_id == school_id,
            Round.questionnaire_id == questionnaire_id,
            Round.opens_on == opens_on,
            Round.closes_on == closes_on,
            Round.anonymous == anonymous,
            Round.closed_at.is_(None),
            employed.exists(),
            ~employed.where(~asked).correlate(Round).exists(),
        )
        .order_by(Round.id)
        .limit(1)
    ).one_or_none()


def _employed(school_id: int, people: Select[int]) -> Select[int]:
    """Ids of those of the selection who work at the school."""
    return select(Person.id).where(
        Person.school_id == school_id,
        Person.id.in_(people),
        Person.status != StaffStatus.LEFT,
        Person.suspended == false(),
        Person.deleted_in_moodle == false(),
    )


def _open_round(session: Session, actor: Actor, round_id: int, today: date) -> Round:
    """Raises `NotFound`, `NotAsked`, `RoundClosed`."""
    asked = queries.asked_of(session, actor.school_id, round_id, actor.person_id).round
    if not asked.takes_answers(today):
        raise errors.RoundClosed()
    return asked


def _response(
    session: Session, actor: Actor, asked: Round, number: int | None, now: datetime, correcting: bool
) -> Response:
    """The person's response, locked until the end of the unit of work; made, and tied to a version, by the first part.

    Raises `AlreadySubmitted`, `NothingPublished`, `NoGround`.
    """
    person_id = actor.person_id or 0
    purpose = PURPOSES.get(asked.questionnaire.kind)
    ground = require_ground(session, actor.school_id, person_id, purpose) if purpose is not None else None
    locked = (
        select(Response)
        .where(Response.school_id == actor.school_id, Response.round_id == asked.id, Response.person_id == person_id)
        .with_for_update(of=Response)
        .execution_options(populate_existing=True)
    )
    response = session.scalar(locked)
    if response is None:
        version = queries.published(session, actor.school_id, asked.questionnaire_id, number)
        response = Response(
            school_id=actor.school_id,
            round_id=asked.id,
            person_id=person_id,
            version_id=version.id,
            kind=version.kind,
            ground_id=ground.id if ground is not None else None,
            answers={},
            revision=0,
            started_at=now,
            saved_at=now,
        )
        try:
            with session.begin_nested():
                session.add(response)
        except IntegrityError:
            # Another window of the same person was a moment faster.
            found = session.scalar(locked)
            if found is None:
                raise
            response = found
    if response.submitted_at is not None and not correcting:
        raise errors.AlreadySubmitted()
    if ground is not None:
        response.ground_id = ground.id
    return response


def _parts(box: SecretBox, asks: Content, kept: Mapping[str, Value]) -> tuple[dict[str, Any], str | None]:
    """Answers as they are stored: the open ones, and the private ones sealed."""
    hidden = {item.code for item in asks.items if item.private}
    private = {code: value for code, value in kept.items() if code in hidden}
    sealed = box.seal(json.dumps(private, ensure_ascii=False)) if private else None
    return {code: value for code, value in kept.items() if code not in hidden}, sealed


def _changed(session: Session, box: SecretBox, response: Response, asks: Content, now: datetime) -> None:
    response.revision += 1
    response.saved_at = now
    session.flush()
    _forget_files(session, box, response, asks)


def _forget_files(session: Session, box: SecretBox, response: Response, asks: Content) -> None:
    if any(isinstance(item, File) for item in asks.items):
        files.drop_unnamed(session, box, response, asks)


def _delete(session: Session, actor: Actor, found: Sequence[Response]) -> None:
    files.drop_all(session, actor.school_id, found)
    for response in found:
        session.delete(response)
    session.flush()
