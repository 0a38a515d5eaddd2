"""`mentorship backup` and `mentorship restore` as somebody at a shell runs them."""

import os
import subprocess
import sys
from pathlib import Path

from moodle_mentorship.core.db import Database
from moodle_mentorship.core.migrations import upgrade
from tests.backup.test_backup import kept
from tests.conftest import BASE_URL, TEST_KEY
from tests.filled import fill
from tests.guards.test_migrations import content


def mentorship(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.environ["PATH"],
        "MENTORSHIP_BASE_URL": BASE_URL,
        "MENTORSHIP_DATABASE_URL": url,
        "MENTORSHIP_ENCRYPTION_KEYS": TEST_KEY,
        "MENTORSHIP_DATA_DIR": str(folder / "var"),
    }
    command = [sys.executable, "-c", "from moodle_mentorship.cli import main; main()", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_there_and_back(tmp_path: Path) -> None:
    here, there = f"sqlite:///{tmp_path / 'here.sqlite3'}", f"sqlite:///{tmp_path / 'there.sqlite3'}"
    upgrade(here)
    database = Database(here)
    fill(database)
    database.engine.dispose()
    backups = tmp_path / "backups"
    backups.mkdir()
    made = mentorship(here, tmp_path, "backup", f"{backups}/")
    assert (made.returncode, made.stderr) == (0, "")
    [file] = backups.iterdir()
    assert made.stdout.startswith(str(file))

    checked = mentorship(there, tmp_path, "restore", "--verify", str(file))
    assert checked.returncode == 0
    assert "can be restored here" in checked.stdout
    assert not (tmp_path / "there.sqlite3").exists()

    restored = mentorship(there, tmp_path, "restore", str(file))
    assert restored.returncode == 0
    assert "equal to the backup" in restored.stdout
    assert kept(content(here)) == kept(content(there))

    again = mentorship(there, tmp_path, "restore", str(file))
    assert (again.returncode, again.stdout) == (1, "")
    assert "not empty" in again.stderr
    assert "Traceback" not in again.stderr
