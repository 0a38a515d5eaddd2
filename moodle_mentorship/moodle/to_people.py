"""What Moodle is to do for one person: send a message, mark an activity as done. The room `sync` delivers it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.moodle.outbox import put, put_all
from moodle_mentorship.moodle.sites import site_of

MESSAGE, COMPLETION = "person.message", "person.completion"

#: The first release of our plugin that can do both. Its functions need rights that `connect.php` gives, which also
#: tells us the release: until it has been run again after an update, nothing is put down.
PLUGIN_FROM = "2026112800"

#: A message that could not be sent for so long is of no use to anybody. The plugin keeps keys for 60 days, so what is
#: still sent can't be one whose key it has forgotten.
MESSAGE_LIFE = timedelta(days=14)

LONGEST_KEY, LONGEST_SUBJECT, LONGEST_TEXT, LONGEST_ADDRESS = 100, 200, 4000, 1000


def reaches_people(session: Session, school_id: int) -> bool:
    """Whether the school's Moodle can do either: it is connected, and by a plugin that is new enough."""
    site = site_of(session, school_id)
    return site is not None and site.plugin_version is not None and site.plugin_version >= PLUGIN_FROM


def queue_messages(
    session: Session,
    jobs: Jobs,
    school_id: int,
    texts: Sequence[tuple[int, str]],
    key: str,
    subject: str,
    address: str,
    now: datetime,
) -> bool:
    """Have Moodle send one message to each of these people of the staff, by their number in Moodle, in as many
    statements for fifty as for one; False when this Moodle can't, and nothing was put down.

    `key` names the message for ever, for each person: "survey:12:reminder:2026-11-28". The same key to the same person
    is never sent twice. Texts are plain, with empty lines between paragraphs. `address` is where the person goes: in
    this Moodle (an activity of ours is ``{site.url}/mod/lti/view.php?l={resource link id}``), or at our own address.
    Raises `ValueError` for a text that is empty or too long: a fault of the caller's.
    """
    bounds = [(key, LONGEST_KEY), (subject, LONGEST_SUBJECT), (address, LONGEST_ADDRESS)]
    for value, longest in (*bounds, *((text, LONGEST_TEXT) for _person, text in texts)):
        if not value.strip() or len(value) > longest:
            raise ValueError(f"between 1 and {longest} characters")
    if not reaches_people(session, school_id):
        return False
    named = sha256(key.encode()).hexdigest()[:24]
    common = {
        "key": key,
        "subject": subject,
        "address": address,
        "until": int((now + MESSAGE_LIFE).timestamp()),
    }
    put_all(
        session,
        jobs,
        school_id=school_id,
        kind=MESSAGE,
        # Each in a stream of its own: one that gets stuck must not hold the others.
        payloads={
            f"message:{person}:{named}": {"moodle_user_id": person, "text": text, **common} for person, text in texts
        },
        now=now,
    )
    return True


def completion_stream(placement: str, moodle_user_id: int) -> str:
    """The stream of the marks of one person in one activity."""
    return f"completion:{placement}:{moodle_user_id}"


def queue_completion(
    session: Session, jobs: Jobs, school_id: int, placement: str, moodle_user_id: int, done: bool, now: datetime
) -> bool:
    """Have Moodle mark the activity as done, or not done, for a person; False when it can't, and nothing was put down.

    `placement` is the resource link id of the launches from that activity. Later calls for the same person follow
    earlier ones in order.
    """
    if not (placement.isascii() and placement.isdigit() and len(placement) <= 18):
        # Moodle's own are numbers of rows; another platform has none of our plugin.
        return False
    if not reaches_people(session, school_id):
        return False
    put(
        session,
        jobs,
        school_id=school_id,
        stream=completion_stream(placement, moodle_user_id),
        kind=COMPLETION,
        payload={"link_id": int(placement), "moodle_user_id": moodle_user_id, "done": done},
        now=now,
    )
    return True
