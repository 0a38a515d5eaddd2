"""What an administrator asks: how does it stand, and look at Moodle now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.secrets import SealUnreadable
from moodle_mentorship.diagnosis import facts, queries, records, verdicts
from moodle_mentorship.diagnosis.checks import Check, bad, by_weight, unknown
from moodle_mentorship.diagnosis.enums import State
from moodle_mentorship.diagnosis.models import Examination

#: Somebody who examines keeps others away for so long; their worker may have died.
CLAIM = timedelta(seconds=30)
#: An examination older than that tells of yesterday.
STALE = timedelta(hours=12)


@dataclass(frozen=True)
class Report:
    """How a school's connection stands. `asked_at`: when its Moodle was last asked; None: never."""

    checks: list[Check]
    asked_at: datetime | None
    #: Whether it is time to ask again.
    stale: bool


def report(session: Session, school_id: int, now: datetime) -> Report:
    """What the rows say now, and what Moodle said when it was last asked."""
    kept = queries.examination(session, school_id)
    asked_at = kept.finished_at if kept is not None else None
    checks = records.look(session, school_id, now)
    site = queries.site(session, school_id)
    connected = site is not None and site.disabled_at is None
    if site is not None and connected:
        checks += [Check.restored(row) for row in kept.findings] if kept is not None else []
        known = {check.code for check in checks if check.state is not State.UNKNOWN}
        checks += [check for check in records.remarks(site) if records.REMARKS.get(check.reason) not in known]
        if "webhook" not in known and queries.missed_changes(session, school_id, now, records.DAY):
            checks = [check for check in checks if check.code != "webhook"] + [bad("webhook", "silent")]
    return Report(by_weight(checks), asked_at, stale=connected and (asked_at is None or now - asked_at > STALE))


def begin(session: Session, school_id: int, now: datetime) -> bool:
    """Whether the caller is to examine the school's Moodle now; False when somebody just does."""
    claimed = session.execute(
        update(Examination)
        .where(
            Examination.school_id == school_id,
            or_(
                Examination.started_at <= now - CLAIM,
                Examination.finished_at >= Examination.started_at,
            ),
        )
        .values(started_at=now)
        .returning(Examination.id)
    ).first()
    if claimed is not None:
        return True
    if queries.examination(session, school_id) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Examination(school_id=school_id, started_at=now, finished_at=None, findings=[]))
    except IntegrityError:
        return False
    return True


def examine(runtime: Runtime, school_id: int) -> None:
    """Ask the school's Moodle, outside of any transaction, and keep what it said. Takes ten seconds at most."""
    now = runtime.clock.now()
    with runtime.db.unit_of_work(read_only=True) as session:
        site = queries.site(session, school_id)
        if site is None or site.disabled_at is not None:
            return
        platform = queries.working_platform(session, school_id, site.issuer)
    ours = verdicts.Ours(
        base_url=runtime.settings.base_url,
        client_id=platform.client_id if platform else None,
        plugin=site.plugin_version,
        webhook_url=f"{runtime.settings.base_url}/api/v1/webhooks/moodle/{site.id}",
        now=now,
    )
    try:
        runtime.box.open(site.sealed_token)
    except SealUnreadable:
        checks = [bad("token", "sealed"), *(unknown(code, "not_asked") for code in verdicts.BEHIND_THE_TOKEN)]
    else:
        checks = verdicts.judge(facts.gather(runtime, site, platform), ours)
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(Examination)
            .where(Examination.school_id == school_id)
            .values(finished_at=runtime.clock.now(), findings=[check.stored() for check in checks])
        )
