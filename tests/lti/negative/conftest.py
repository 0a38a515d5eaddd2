"""One running server for each test process; each test sees its own log lines and its own rows."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import Database
from moodle_mentorship.demo.moodle.transport import free_port
from moodle_mentorship.people.enums import StaffStatus
from tests.conftest import BASE_URL, TEST_KEY, clone
from tests.factories import BOX, TestSchool, make_person, make_school
from tests.lti.negative.house import MOODLE, OTHER_MOODLE, RATE, WEBHOOK_SECRETS, House, Ids, Visitor, good_keys, now
from tests.lti.platform import KEYSET, serve

#: An address of this machine that the server is allowed to connect to under any name.
PUBLIC = "127.0.0.2"

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def running(template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two schools, a server in a process of its own, a key server of theirs."""
    folder = tmp_path_factory.mktemp("negative")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    with clone(template_url, folder) as url, serve() as keys:
        database = Database(url)
        with database.session() as session:
            own, other = _seed(session, f"{keys.url}/certs")
        port, log = free_port(), folder / "server.log"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MENTORSHIP_")},
            "MENTORSHIP_ENV": "development",
            "MENTORSHIP_BASE_URL": BASE_URL,
            "MENTORSHIP_DATABASE_URL": url,
            "MENTORSHIP_ENCRYPTION_KEYS": TEST_KEY,
            "MENTORSHIP_DATA_DIR": str(folder),
            # Both stand for the Internet in tests of names that change: the first has no machines (RFC 5737), at the
            # second a test's Moodle listens.
            "MENTORSHIP_PRIVATE_NETWORKS": f"192.0.2.0/24,{PUBLIC}/32",
            # All tests come from one address, in one minute.
            "MENTORSHIP_RATE_LIMITS": str(RATE),
            "REQUESTS_CA_BUNDLE": str(folder / "authority.pem"),
        }
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.lti.negative.serve", str(port)], cwd=ROOT, env=environment, stderr=stderr
            )
        try:
            _wait(port, process, log)
            yield House(port, database.engine, log, folder, keys, own, other, authority)
        finally:
            process.terminate()
            process.wait(10)
            database.engine.dispose()


def _seed(session: Session, jwks_url: str) -> tuple[Ids, Ids]:
    ids = []
    for number, (name, issuer) in enumerate((("Лицей № 7", MOODLE), ("Гимназия № 2", OTHER_MOODLE))):
        school = make_school(session, name, issuer=issuer, now=now())
        school.platform.jwks_url = jwks_url
        school.platform.jwks, school.platform.jwks_fetched_at = KEYSET, now()
        # Beyond the tests' end, so that nobody asks for the other school's keys.
        school.platform.jwks_tried_at = now()
        school.site.sealed_webhook_secret = BOX.seal(WEBHOOK_SECRETS[number])
        make_person(session, school.id, 50, "Уволенная Анна Ивановна", now=now(), status=StaffStatus.LEFT)
        make_person(session, school.id, 60 + number, "Своя Ольга Ивановна", now=now())
        session.commit()
        ids.append(_ids(school))
    return ids[0], ids[1]


def _ids(school: TestSchool) -> Ids:
    return Ids(school.id, school.platform.id, school.site.id, "3", str(school.teachers[0].moodle_user_id), "50")


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            requests.get(f"http://127.0.0.1:{port}/api/v1/tool", timeout=5)
        except requests.ConnectionError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture
def house(running: House) -> Iterator[House]:
    good_keys(running)
    running.begin()
    yield running
    # Whatever a test was about: nothing of its secrets stands in the log, and nothing broke.
    running.check_silence()
    assert running.lines("fault") == []
    (running.folder / "names.json").unlink(missing_ok=True)


@pytest.fixture
def visitor(house: House) -> Visitor:
    return house.visitor()
