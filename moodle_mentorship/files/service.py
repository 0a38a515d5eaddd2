"""What is done with scans: kept, opened, destroyed."""

import base64
import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.files.enums import ScanKind
from moodle_mentorship.files.models import Scan
from moodle_mentorship.files.scans import kind_of


def keep_scan(session: Session, box: SecretBox, actor: Actor, content: bytes, name: str, now: datetime) -> Scan:
    """Keep a scan of at most `scans.LARGEST` bytes. Raises `ScanRefused`; of `name` only the ending is looked at."""
    kind = kind_of(content, name)
    scan = Scan(
        school_id=actor.school_id,
        kind=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sealed_content=box.seal(base64.b64encode(content).decode()),
        kept_at=now,
        kept_by=actor.person_id,
    )
    session.add(scan)
    session.flush()
    return scan


def open_scan(session: Session, box: SecretBox, school_id: int, scan_id: int) -> tuple[bytes, ScanKind]:
    """The content of a scan and what it is. Raises `NotFound`, also for another school's."""
    found = session.execute(
        select(Scan.sealed_content, Scan.kind).where(Scan.school_id == school_id, Scan.id == scan_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"scan {scan_id}")
    return base64.b64decode(box.open(found.sealed_content)), found.kind


def destroy_scan(session: Session, actor: Actor, scan_id: int, now: datetime) -> None:
    """Delete a scan for good. Raises `NotFound`. Backups made before still hold it until they are deleted."""
    scan = session.scalars(select(Scan).where(Scan.school_id == actor.school_id, Scan.id == scan_id)).one_or_none()
    if scan is None:
        raise NotFound(f"scan {scan_id}")
    session.delete(scan)
    session.flush()
    record(session, actor, "scan.destroy", "scan", scan_id, now)
