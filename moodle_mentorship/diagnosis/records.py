"""Judges what the rows say of a school: they are at hand at any moment, so these checks are always fresh."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moodle_mentorship.diagnosis import queries
from moodle_mentorship.diagnosis.checks import Check, bad, ok, unknown, warn
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.lti.queries import curators
from moodle_mentorship.moodle.models import MoodleSite, Platform

DAY = timedelta(days=1)

#: Remarks of the plugin's set-up, and the check that knows better once Moodle has been asked.
REMARKS = {"curl_security_blocks_sidecar": "keyset", "cohort_empty": "cohort", "curator_not_in_cohort": "curator"}

#: The full pass runs every night.
FULL_LATE, FULL_DEAD = timedelta(hours=36), timedelta(days=4)
#: A pass that fails once is repeated by itself; so often in a row it is no chance.
FAILING = 3
#: The sweep wakes what is due within a minute.
DUE_LATE, DUE_DEAD = timedelta(minutes=15), timedelta(hours=1)


def look(session: Session, school_id: int, now: datetime) -> list[Check]:
    """All checks of a school that need no network."""
    site = queries.site(session, school_id)
    platform = queries.working_platform(session, school_id, site.issuer if site else None)
    checks = [_connection(site)]
    if site is not None and site.disabled_at is not None:
        # The registrations went with it.
        checks.append(unknown("login", "not_asked"))
    else:
        checks += _login(session, school_id, platform, now)
    if site is not None and site.disabled_at is not None:
        # What waits for Moodle waits on purpose.
        checks.append(unknown("outbox", "not_asked"))
    else:
        if site is not None:
            checks.append(_directory(session, school_id, site, now))
        checks.append(_outbox(session, school_id, now))
    if outcome := queries.completion_hindrance(session, school_id):
        checks.append(warn("completion", outcome))
    checks.append(ok("curator") if curators(session, school_id) else warn("curator", _curator(site)))
    return checks


def remarks(site: MoodleSite) -> list[Check]:
    """What the plugin remarked when it connected, as far as it was not asked since."""
    return [
        warn("set_up", code) if code in REMARKS else warn("set_up", "unknown", errorcode=code[:60])
        for code in site.warnings
    ]


def _connection(site: MoodleSite | None) -> Check:
    if site is None:
        return bad("connection", "none")
    # Switched off on purpose: to be told, and nothing to be mended.
    return ok("connection") if site.disabled_at is None else warn("connection", "disabled")


def _curator(site: MoodleSite | None) -> str:
    """The plugin's set-up may have named somebody who has not come with the directory."""
    return "awaited" if site is not None and site.first_curator_moodle_id is not None else "none"


def _login(session: Session, school_id: int, platform: Platform | None, now: datetime) -> Iterator[Check]:
    if platform is None:
        yield bad("login", "disabled" if queries.has_platform(session, school_id) else "none")
        return
    tried, fetched = platform.jwks_tried_at, platform.jwks_fetched_at
    if tried is not None and (fetched is None or tried > fetched):
        # With the keys that we hold launches go on, until Moodle exchanges its own.
        yield warn("login", "old_keys") if platform.jwks else bad("login", "no_keys")
        return
    ended = queries.launches(session, school_id, now - DAY)
    let_in = ended.pop("", 0)
    refused = sum(ended.values())
    if refused and not let_in:
        yield warn("login", "nobody", refused=refused, codes=", ".join(sorted(ended)))
    else:
        yield ok("login", let_in=let_in, refused=refused)


def _directory(session: Session, school_id: int, site: MoodleSite, now: datetime) -> Check:
    passes = queries.passes(session, school_id)
    if passes.failing:
        judge = bad if passes.failing >= FAILING else warn
        return judge("directory", "failing", count=passes.failing, error=passes.error_code or "")
    since = passes.last_full or site.connected_at
    if passes.question:
        return warn("directory", "question")
    if now - since > FULL_DEAD:
        return bad("directory", "old", hours=int((now - since).total_seconds() // 3600))
    if now - since > FULL_LATE:
        return warn("directory", "old", hours=int((now - since).total_seconds() // 3600))
    return Check("directory", State.OK, "ok" if passes.last_full is not None else "coming")


def _outbox(session: Session, school_id: int, now: datetime) -> Check:
    outbox = queries.outbox(session, school_id, now)
    if outbox.stuck:
        return bad("outbox", "stuck", count=outbox.stuck)
    if outbox.due_since is None or now - outbox.due_since <= DUE_LATE:
        return ok("outbox")
    late = now - outbox.due_since
    return (bad if late > DUE_DEAD else warn)("outbox", "late", minutes=int(late.total_seconds() // 60))
