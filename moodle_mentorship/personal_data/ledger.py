"""The list of erasures, kept beside the database and not in it: a backup that is older than an erasure brings the
person back, and this list says whom to erase again (docs/operations.md).

One JSON object a line, with numbers and moments alone. It stands before the rows go, so it may name an erasure that
failed: that one was decided, too.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

FILE = "erasures.jsonl"


@dataclass(frozen=True)
class Entry:
    """One erasure. `since` is the moment at which the school was made: another installation has the same numbers, but
    not the same moment. `employed`: the person stayed in the staff list. `moodle_user_id`: by it a restored database
    tells them from somebody who got their number after the backup (lines of earlier versions don't have it)."""

    school_id: int
    since: str
    person_id: int
    employed: bool
    at: str
    moodle_user_id: int | None = None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def append(folder: Path, entry: Entry) -> None:
    """On the disk when it returns. Raises `OSError`: then nothing may be erased."""
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(entry)) + "\n"
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # In one write, so that two processes don't mix their lines; the empty line before it ends a torn one.
        os.write(handle, f"\n{line}".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def entries(file: Path) -> Iterator[Entry]:
    """What can be read, in the order in which it happened; a line that a power cut tore is passed over. Raises
    `OSError`."""
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = Entry(**json.loads(line))
            _ = entry.moment
        except (ValueError, TypeError):
            continue
        yield entry
