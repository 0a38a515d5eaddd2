"""How names and posts are declined: what the curator has checked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.documents.models import NameForms, PostForms
from moodle_mentorship.people.queries import person_of


def check_name(session: Session, actor: Actor, person_id: int, forms: Sequence[str], now: datetime) -> None:
    """Keep the five forms behind the nominative, which is the name as the directory has it. Raises `NotFound`."""
    person = person_of(session, actor.school_id, person_id)
    row = session.scalars(
        select(NameForms).where(NameForms.school_id == actor.school_id, NameForms.person_id == person_id)
    ).one_or_none()
    if row is None:
        row = NameForms(school_id=actor.school_id, person_id=person_id)
        session.add(row)
    row.name, row.forms = person.full_name, [person.full_name, *forms]
    row.checked_at, row.checked_by = now, actor.person_id
    session.flush()
    record(session, actor, "name_forms.check", "person", person_id, now)


def check_post(session: Session, actor: Actor, post: str, forms: Sequence[str], now: datetime) -> None:
    """The same of a post as it stands in the middle of a sentence, for everybody who has it."""
    row = session.scalars(
        select(PostForms).where(PostForms.school_id == actor.school_id, PostForms.post == post)
    ).one_or_none()
    if row is None:
        row = PostForms(school_id=actor.school_id, post=post)
        session.add(row)
    row.forms, row.checked_at, row.checked_by = [post, *forms], now, actor.person_id
    session.flush()
    record(session, actor, "post_forms.check", "post_forms", row.id, now)
