"""Deep linking (LTI Deep Linking 2.0): Moodle asks which page to place, a person chooses, a signed answer goes back."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.core.secrets import SecretBox, new_handle
from moodle_mentorship.lti.errors import NothingToPlace
from moodle_mentorship.lti.models import Launch, Placing
from moodle_mentorship.lti.verifier import CLAIM, PlacingRequest
from moodle_mentorship.moodle.keys import sign
from moodle_mentorship.moodle.models import Platform

DL_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"

#: Who decides what stands in the course. A Moodle teacher's right to edit the course gives nothing here.
PLACERS = (Role.CURATOR, Role.ADMINISTRATOR)

#: Moodle's clock may be behind ours, and it takes an `iat` of its own future for a fault.
_BEHIND = timedelta(seconds=30)
#: The answer is posted by the page that brings it; a person may have to press its button.
_LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class PlacedPage:
    """A link as it will stand in the course."""

    url: str
    title: str


@dataclass(frozen=True, repr=False)
class PlacingAnswer:
    """What the browser posts to Moodle. `repr` shows nothing: the address holds a session key."""

    return_url: str
    jwt: str


def ask_for_page(
    session: Session, box: SecretBox, school_id: int, launch_id: int, request: PlacingRequest, now: datetime
) -> None:
    """Keep the platform's question beside the launch that brought it, until it is answered."""
    sealed = box.seal(json.dumps(asdict(request)))
    session.add(Placing(school_id=school_id, launch_id=launch_id, sealed_request=sealed, asked_at=now))
    session.flush()


def waiting_request(session: Session, box: SecretBox, actor: Actor) -> PlacingRequest:
    """The question that the actor's launch brought. Raises `NothingToPlace`."""
    sealed = session.scalar(
        select(Placing.sealed_request).where(Placing.school_id == actor.school_id, Placing.launch_id == actor.launch_id)
    )
    if sealed is None:
        raise NothingToPlace()
    return PlacingRequest(**json.loads(box.open(sealed)))


def answer_with(
    session: Session,
    box: SecretBox,
    actor: Actor,
    pages: Sequence[PlacedPage],
    now: datetime,
    message: str | None = None,
) -> PlacingAnswer:
    """Answer the question, once: with pages, or with none and a message for the platform to show.

    Raises `NothingToPlace`, also for the later one of two answers at the same moment.
    """
    sealed = session.scalar(
        delete(Placing)
        .where(Placing.school_id == actor.school_id, Placing.launch_id == actor.launch_id)
        .returning(Placing.sealed_request)
    )
    if sealed is None:
        raise NothingToPlace()
    request = PlacingRequest(**json.loads(box.open(sealed)))
    platform = session.scalars(
        select(Platform)
        .join(Launch, (Launch.school_id == Platform.school_id) & (Launch.platform_id == Platform.id))
        .where(Launch.school_id == actor.school_id, Launch.id == actor.launch_id)
    ).one()
    claims: dict[str, Any] = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "iat": int((now - _BEHIND).timestamp()),
        "exp": int((now + _LIFE).timestamp()),
        "nonce": new_handle(),
        CLAIM + "deployment_id": platform.deployment_id,
        CLAIM + "message_type": "LtiDeepLinkingResponse",
        CLAIM + "version": "1.3.0",
        DL_CLAIM + "content_items": [
            {"type": "ltiResourceLink", "url": page.url, "title": page.title} for page in pages
        ],
    }
    if request.data is not None:
        claims[DL_CLAIM + "data"] = request.data
    if message is not None:
        claims[DL_CLAIM + "msg"] = message
    if pages:
        audit.record(session, actor, "page.place", "platform", platform.id, now, pages=[page.title for page in pages])
    return PlacingAnswer(request.return_url, sign(session, box, claims, now))
