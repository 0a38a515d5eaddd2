"""The doctor against a running Moodle: each thing is broken as an administrator might do it, named, and put right.

Run with `make e2e-moodle` (docs/operations.md names the environment).
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e_moodle.running import ROOT, Moodle, Sidecar

#: A sidecar for tests is no production.
ALWAYS = {"settings", "disk"}


def findings(sidecar: Sidecar) -> dict[str, str]:
    """Code -> reason of what the doctor calls broken, or remarks upon."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mentorship")), "doctor", "--json"],
        env=sidecar.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == int(any(row["state"] == "bad" for row in rows)), done.stderr
    assert all(row["fix"] for row in rows if row["state"] in {"bad", "warn"})
    return {row["code"]: row["reason"] for row in rows if row["state"] in {"bad", "warn"} and row["code"] not in ALWAYS}


@pytest.fixture(scope="module")
def well(moodle: Moodle, sidecar: Sidecar, connected: int) -> Sidecar:
    """Connected, the directory read, Moodle's cron run, and nothing to be found."""
    sidecar.wait("SELECT count(*) FROM sync_pass WHERE state = 'done'", 1, seconds=300)
    moodle.cron()
    sidecar.wait("SELECT count(*) FROM sync_pass WHERE state IN ('queued', 'running')", 0, seconds=300)
    sidecar.wait("SELECT count(*) > 0 FROM periodic_job", 1, seconds=90)
    assert findings(sidecar) == {}
    return sidecar


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("capability", {"capabilities": "missing"}),
        ("silent-capability", {"capabilities": "missing"}),
        ("readstaff", {"capabilities": "missing"}),
        ("student", {"capabilities": "student"}),
        ("rest", {"token": "refused"}),
        ("address", {"token": "refused"}),
        ("user", {"token": "suspended"}),
        ("function", {"functions": "missing"}),
        ("curl-host", {"keyset": "host"}),
        ("curl-port", {"keyset": "port"}),
        ("webservices", {"web_services": "disabled"}),
        ("maintenance", {"moodle": "maintenance"}),
        ("cron", {"cron": "dead"}),
        ("cron-switch", {"cron": "disabled"}),
        ("course", {"course": "hidden"}),
        ("activity", {"course": "activity_hidden"}),
        ("keyset", {"tool": "addresses"}),
        ("tool", {"tool": "inactive"}),
        ("secret", {"webhook": "secret"}),
        ("webhook", {"webhook": "stopped"}),
    ],
)
def test_doctor_names_what_is_broken(moodle: Moodle, well: Sidecar, what: str, found: dict[str, str]) -> None:
    script = ROOT / "tests" / "e2e_moodle" / "break.php"
    moodle.php(script, what, "break")
    try:
        named = findings(well)
    finally:
        moodle.php(script, what, "mend")
    assert named == found


def test_everything_is_in_order_again(well: Sidecar) -> None:
    assert findings(well) == {}
