"""The tool's key from announcement to retirement; nothing that was signed ever stops to hold before its time."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.app import create_runtime
from moodle_mentorship.cli import cli
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import jobs
from moodle_mentorship.moodle.keys import (
    JWKS_LIFE,
    KEEP,
    LEAD,
    KeyState,
    RotationUnderWay,
    delete_retired,
    ensure_key,
    list_keys,
    public_keys,
    replace_leaked,
    rotate,
    sign,
)
from moodle_mentorship.moodle.models import ToolKey
from tests.conftest import NOW, TEST_KEY, make_settings

MOMENT = timedelta(seconds=1)


def kid_of(token: str) -> str:

    return str(extract_compact(token.encode()).headers()["kid"])


def holds(session: Session, runtime: Runtime, token: str, at: datetime) -> bool:
    """Whether somebody who reads our JWKS at that moment can verify the token."""
    published = KeySet.import_key_set({"keys": public_keys(session, runtime.box, at)})
    if kid_of(token) not in {key.kid for key in published}:
        return False
    return jwt.decode(token, published, algorithms=["RS256"]).claims == {"iss": "client"}


def states(session: Session, at: datetime) -> list[KeyState]:
    return [state for _, state in list_keys(session, at)]


def test_the_first_use_makes_one_key_that_signs_at_once(session: Session, runtime: Runtime) -> None:
    assert public_keys(session, runtime.box, NOW) == []
    token = sign(session, runtime.box, {"iss": "client"}, NOW)
    ensure_key(session, runtime.box, NOW)
    key = session.scalars(select(ToolKey)).one()
    assert kid_of(token) == key.kid
    assert holds(session, runtime, token, NOW)
    assert "PRIVATE" not in key.sealed_private_key
    assert "PRIVATE KEY" in runtime.box.open(key.sealed_private_key)


def test_only_public_halves_are_published(session: Session, runtime: Runtime) -> None:
    ensure_key(session, runtime.box, NOW)
    (published,) = public_keys(session, runtime.box, NOW)
    assert sorted(published) == ["alg", "e", "kid", "kty", "n", "use"]


def test_a_new_key_is_announced_then_signs_then_the_old_one_goes(session: Session, runtime: Runtime) -> None:
    before = sign(session, runtime.box, {"iss": "client"}, NOW)
    new = rotate(session, runtime.box, NOW)
    assert states(session, NOW) == [KeyState.ANNOUNCED, KeyState.SIGNING]
    announced = NOW + LEAD - MOMENT
    assert kid_of(sign(session, runtime.box, {"iss": "client"}, announced)) == kid_of(before) != new.kid
    # Who fetched the JWKS as late as a cache allows knows the new key before its first signature.
    assert new.kid in {key["kid"] for key in public_keys(session, runtime.box, NOW + LEAD - JWKS_LIFE)}
    begun = NOW + LEAD
    assert states(session, begun) == [KeyState.SIGNING, KeyState.KEPT]
    after = sign(session, runtime.box, {"iss": "client"}, begun)
    assert kid_of(after) == new.kid
    kept = begun + KEEP - MOMENT
    assert holds(session, runtime, before, kept)
    assert holds(session, runtime, after, kept)
    gone = begun + KEEP
    assert states(session, gone) == [KeyState.SIGNING, KeyState.RETIRED]
    assert not holds(session, runtime, before, gone)
    assert holds(session, runtime, after, gone)


def test_the_night_deletes_what_is_retired_and_nothing_else(runtime: Runtime, session: Session) -> None:
    ensure_key(session, runtime.box, NOW)
    rotate(session, runtime.box, NOW, timedelta(days=1))
    session.commit()
    clock = runtime.clock
    assert isinstance(clock, FixedClock)
    for later, left in ((LEAD, 2), (timedelta(days=1), 2), (timedelta(days=1) + LEAD, 1), (timedelta(days=9), 1)):
        clock.move_to(NOW + later)
        jobs.purge(runtime)
        assert session.scalar(select(func.count()).select_from(ToolKey)) == left
    assert states(session, NOW + timedelta(days=9)) == [KeyState.SIGNING]


def test_a_second_rotation_waits_for_the_first(session: Session, runtime: Runtime) -> None:
    ensure_key(session, runtime.box, NOW)
    rotate(session, runtime.box, NOW)
    session.commit()
    with pytest.raises(RotationUnderWay) as refused:
        rotate(session, runtime.box, NOW + LEAD - MOMENT)
    assert refused.value.params == {"signs_from": "2026-11-24 10:00 UTC"}
    rotate(session, runtime.box, NOW + LEAD)
    assert states(session, NOW + LEAD) == [KeyState.ANNOUNCED, KeyState.SIGNING, KeyState.KEPT]


def test_rotating_before_any_use_makes_the_first_key(session: Session, runtime: Runtime) -> None:
    rotate(session, runtime.box, NOW)
    assert states(session, NOW) == [KeyState.SIGNING]


def test_a_leaked_key_is_gone_at_once_with_an_announced_one(session: Session, runtime: Runtime) -> None:
    leaked = sign(session, runtime.box, {"iss": "client"}, NOW)
    rotate(session, runtime.box, NOW)
    new = replace_leaked(session, runtime.box, NOW)
    assert not holds(session, runtime, leaked, NOW)
    assert [(key.kid, state) for key, state in list_keys(session, NOW)] == [(new.kid, KeyState.SIGNING)]
    assert kid_of(sign(session, runtime.box, {"iss": "client"}, NOW)) == new.kid


def test_of_many_who_rotate_at_once_one_adds_a_key(fresh_url: str, tmp_path: Path) -> None:
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=FixedClock(NOW), jobs=Jobs())
    with runtime.db.unit_of_work() as session:
        ensure_key(session, runtime.box, NOW)
    start = Barrier(4)

    def attempt(_: int) -> str:
        start.wait(timeout=30)
        try:
            with runtime.db.unit_of_work() as session:
                return rotate(session, runtime.box, NOW).kid
        except RotationUnderWay as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert outcomes.count("rotation_under_way") == 3
    with runtime.db.unit_of_work(read_only=True) as session:
        assert states(session, NOW) == [KeyState.ANNOUNCED, KeyState.SIGNING]
    runtime.db.engine.dispose()


def test_of_many_first_uses_at_once_one_makes_the_key(fresh_url: str, tmp_path: Path) -> None:
    runtime = create_runtime(make_settings(fresh_url, tmp_path), clock=FixedClock(NOW), jobs=Jobs())
    start = Barrier(4)

    def attempt(_: int) -> str:
        start.wait(timeout=30)
        with runtime.db.unit_of_work() as session:
            return kid_of(sign(session, runtime.box, {"iss": "client"}, NOW))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(attempt, range(4)))) == 1
    runtime.db.engine.dispose()


def test_a_rotation_cut_before_its_commit_left_nothing(runtime: Runtime, session: Session) -> None:
    ensure_key(session, runtime.box, NOW)
    session.commit()

    def killed() -> None:
        with runtime.db.unit_of_work() as cut:
            rotate(cut, runtime.box, NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    key = session.scalars(select(ToolKey)).one()
    assert key.retires_at is None
    rotate(session, runtime.box, NOW)
    assert states(session, NOW) == [KeyState.ANNOUNCED, KeyState.SIGNING]


def test_nothing_is_retired_that_still_signs(session: Session, runtime: Runtime) -> None:
    """A year later, with nobody having looked: the key goes on."""
    ensure_key(session, runtime.box, NOW)
    delete_retired(session, NOW + timedelta(days=365))
    assert states(session, NOW + timedelta(days=365)) == [KeyState.SIGNING]


def test_the_jwks_address_publishes_the_announced_key_too(app: Flask, runtime: Runtime, session: Session) -> None:
    client = app.test_client()
    first = client.get("/lti/jwks")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert len(json.loads(first.data)["keys"]) == 1
    new = rotate(session, runtime.box, NOW)
    session.commit()
    kids = [key["kid"] for key in json.loads(client.get("/lti/jwks").data)["keys"]]
    assert kids[0] == new.kid
    assert len(kids) == 2


# The command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr("sys.argv", ["mentorship"])
    return CliRunner(
        env={
            "MENTORSHIP_ENV": "development",
            "MENTORSHIP_BASE_URL": "https://mentor.example",
            "MENTORSHIP_DATABASE_URL": fresh_url,
            "MENTORSHIP_ENCRYPTION_KEYS": TEST_KEY,
            "MENTORSHIP_DATA_DIR": str(tmp_path),
        }
    )


def run(shell: CliRunner, *arguments: str, **env: str) -> Result:
    return shell.invoke(cli, ["keys", *arguments], env=env)


def test_the_commands_tell_what_they_did(shell: CliRunner) -> None:
    made = run(shell, "new")
    assert (made.exit_code, len(made.output.strip())) == (0, 44)
    rotated = run(shell, "rotate")
    assert rotated.exit_code == 0
    assert "1 sealed with the first encryption key, 0 with an older one" in rotated.output
    assert "reseal" not in rotated.output
    again = run(shell, "rotate", "--keep-days", "1")
    assert "signs from" in again.output
    refused = run(shell, "rotate")
    assert isinstance(refused.exception, RotationUnderWay)
    listed = run(shell, "list")
    assert [line.split("\t")[1] for line in listed.output.splitlines()[:2]] == ["announced", "signing"]
    assert "PRIVATE" not in listed.output


def test_a_moodle_that_could_not_be_reached_is_named(
    shell: CliRunner, fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(shell, "rotate")
    outcomes: list[list[tuple[str, str]]] = [[("https://moodle.example", "moodle_unreachable")], []]
    monkeypatch.setattr("moodle_mentorship.moodle.commands.teach_key", lambda _: outcomes.pop(0))
    leaked = run(shell, "rotate", "--leaked")
    assert leaked.exit_code == 1
    assert "https://moodle.example may still trust the old key (moodle_unreachable)" in leaked.output
    listed = run(shell, "list").output.splitlines()
    assert [line.split("\t")[1] for line in listed if "\t" in line] == ["signing"]
    again = run(shell, "teach")
    assert (again.exit_code, again.output) == (0, "Every Moodle knows the new key.\n")


def test_the_commands_lead_through_the_exchange_of_an_encryption_key(shell: CliRunner) -> None:
    new = run(shell, "new").output.strip()
    run(shell, "rotate")
    both = {"MENTORSHIP_ENCRYPTION_KEYS": f"{new},{TEST_KEY}"}
    listed = run(shell, "list", **both)
    assert "0 sealed with the first encryption key, 1 with an older one" in listed.output
    assert "mentorship keys reseal" in listed.output
    too_early = run(shell, "reseal", MENTORSHIP_ENCRYPTION_KEYS=new)
    assert too_early.exit_code == 1
    assert "no key opens tool_key.sealed_private_key 1" in too_early.output
    assert "Only the first key" not in too_early.output
    done = run(shell, "reseal", **both)
    assert (done.exit_code, done.output.splitlines()[0]) == (
        0,
        "sealed anew: 1; sealed with the first key before: 0",
    )
    assert run(shell, "list", MENTORSHIP_ENCRYPTION_KEYS=new).exit_code == 0
