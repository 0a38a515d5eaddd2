"""The register of local acts: acts with their editions and files, what their references look like."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.files.reading import paragraphs_of
from moodle_mentorship.grammar.numbers import NBSP
from moodle_mentorship.law.checker import Remark, check
from moodle_mentorship.law.enums import Verdict
from moodle_mentorship.law.queries import references
from moodle_mentorship.roadmap.enums import ActKind
from moodle_mentorship.roadmap.errors import ActExists
from moodle_mentorship.roadmap.models import ActEdition, SchoolAct


@dataclass(frozen=True)
class Listed:
    """An act with its newest edition."""

    act: SchoolAct
    newest: ActEdition


def acts(session: Session, school_id: int) -> list[Listed]:
    """All acts by kind and title; one statement."""
    rows = session.execute(
        select(SchoolAct, ActEdition)
        .join(ActEdition, and_(ActEdition.school_id == SchoolAct.school_id, ActEdition.act_id == SchoolAct.id))
        .where(SchoolAct.school_id == school_id)
        .order_by(SchoolAct.kind.desc(), SchoolAct.title, SchoolAct.id, ActEdition.edition)
    )
    newest = {act.id: Listed(act, edition) for act, edition in rows}
    return list(newest.values())


def act_of(session: Session, school_id: int, act_id: int) -> SchoolAct:
    """Raises `NotFound`, also for another school's."""
    found = session.scalars(
        select(SchoolAct).where(SchoolAct.school_id == school_id, SchoolAct.id == act_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"act {act_id}")
    return found


def editions(session: Session, school_id: int, act_id: int) -> Sequence[ActEdition]:
    """The newest first."""
    return session.scalars(
        select(ActEdition)
        .where(ActEdition.school_id == school_id, ActEdition.act_id == act_id)
        .order_by(ActEdition.edition.desc())
    ).all()


def file_of(session: Session, box: SecretBox, school_id: int, edition_id: int) -> tuple[bytes, str]:
    """The file of an edition as it came, and its name. Raises `NotFound`."""
    found = session.execute(
        select(ActEdition.sealed_content, ActEdition.file_name).where(
            ActEdition.school_id == school_id, ActEdition.id == edition_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"edition {edition_id}")
    return base64.b64decode(box.open(found.sealed_content)), found.file_name


def remarks(session: Session, box: SecretBox, edition: ActEdition) -> list[Remark]:
    """What the checker says of its references by the table of now, for the day of the act."""
    return check(json.loads(box.open(edition.sealed_text)), references(session, edition.school_id), edition.dated)


def wrong(found: Sequence[Remark]) -> list[Remark]:
    """What has to be corrected."""
    return [remark for remark in found if remark.verdict not in (Verdict.GOOD, Verdict.UNCHECKED)]


def add(
    session: Session, box: SecretBox, actor: Actor, said: Mapping[str, Any], content: bytes, name: str, now: datetime
) -> SchoolAct:
    """An act with its first edition. Raises `ActExists`, `Invalid`, `files.errors.DocumentRefused`."""
    act = SchoolAct(
        school_id=actor.school_id, kind=said["kind"], title=said["title"], added_at=now, added_by=actor.person_id
    )
    try:
        with session.begin_nested():
            session.add(act)
    except IntegrityError:
        raise ActExists() from None
    _put(session, box, actor, act, 1, said, content, name, now)
    record(session, actor, "act.add", "school_act", act.id, now)
    session.flush()
    return act


def renew(
    session: Session,
    box: SecretBox,
    actor: Actor,
    act_id: int,
    said: Mapping[str, Any],
    content: bytes,
    name: str,
    now: datetime,
) -> ActEdition:
    """A new edition; the one before ends on the day before it. Raises `NotFound`, `Invalid`, `DocumentRefused`."""
    act = session.scalars(
        select(SchoolAct)
        .where(SchoolAct.school_id == actor.school_id, SchoolAct.id == act_id)
        .with_for_update(of=SchoolAct)
    ).one_or_none()
    if act is None:
        raise NotFound(f"act {act_id}")
    before = editions(session, actor.school_id, act_id)[0]
    if said["in_force_from"] <= before.in_force_from:
        raise Invalid({"in_force_from": [N_("A new edition comes into force after the one before")]})
    made = _put(session, box, actor, act, before.edition + 1, said, content, name, now)
    last = said["in_force_from"] - timedelta(days=1)
    if before.in_force_until is None or before.in_force_until > last:
        before.in_force_until = last
    record(session, actor, "act.renew", "school_act", act.id, now, edition=made.edition)
    session.flush()
    return made


def regulation_in_force(
    session: Session, school_id: int, begins: date, on: date
) -> tuple[SchoolAct, ActEdition] | None:
    """The regulation (положение) about mentoring that holds on a day, or came into force in the year before it."""
    found = session.execute(
        select(SchoolAct, ActEdition)
        .join(ActEdition, and_(ActEdition.school_id == SchoolAct.school_id, ActEdition.act_id == SchoolAct.id))
        .where(
            ActEdition.school_id == school_id,
            SchoolAct.kind == ActKind.REGULATION,
            SchoolAct.title.icontains("наставни"),
            ActEdition.in_force_from <= on,
            (ActEdition.in_force_until.is_(None)) | (ActEdition.in_force_until >= max(begins, on)),
        )
        .order_by(ActEdition.in_force_from.desc(), ActEdition.id.desc())
        .limit(1)
    ).one_or_none()
    return (found[0], found[1]) if found is not None else None


def cited(session: Session, school_id: int, on: date) -> str | None:
    """The regulation that holds on a day, as an order rests on it: «положением о … от 30 августа 2026 г. № 17», Russian
    whatever language the reader has. None where the register has none."""
    found = regulation_in_force(session, school_id, on, on)
    if found is None:
        return None
    act, edition = found
    kind, _blank, about = act.title.partition(" ")
    name = f"положением {about}" if kind.lower() == "положение" and about else f"положением «{act.title}»"
    number = f" №{NBSP}{edition.number}" if edition.number else ""
    return f"{name} от{NBSP}{in_words(edition.dated)}{number}"


def _put(
    session: Session,
    box: SecretBox,
    actor: Actor,
    act: SchoolAct,
    number: int,
    said: Mapping[str, Any],
    content: bytes,
    name: str,
    now: datetime,
) -> ActEdition:
    until = said["in_force_until"]
    if until is not None and until < said["in_force_from"]:
        raise Invalid({"in_force_until": [N_("The last day can't come before the first one")]})
    if not content:
        raise Invalid({"document": [N_("Choose the file of the act")]})
    paragraphs = paragraphs_of(content)
    findings = len(wrong(check(paragraphs, references(session, actor.school_id), said["dated"])))
    edition = ActEdition(
        school_id=actor.school_id,
        act_id=act.id,
        edition=number,
        number=said["number"],
        dated=said["dated"],
        in_force_from=said["in_force_from"],
        in_force_until=until,
        file_name=name[-200:],
        sealed_content=box.seal(base64.b64encode(content).decode()),
        sealed_text=box.seal(json.dumps(paragraphs, ensure_ascii=False)),
        findings=findings,
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(edition)
    session.flush()
    return edition
