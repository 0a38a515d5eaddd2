"""`mentorship sync staff` from a shell."""

import pytest
from click.testing import CliRunner, Result

from moodle_mentorship.sync import commands
from moodle_mentorship.sync.commands import sync
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.runner import Outcome
from moodle_mentorship.sync.service import request_pass
from tests.factories import TestSchool
from tests.sync.conftest import Syncing, hire


def call(syncing: Syncing, *arguments: str) -> Result:
    syncing.session.commit()
    return CliRunner().invoke(sync, ["staff", "--school", str(syncing.school.id), *arguments], obj=syncing.runtime)


def test_it_reads_staff_and_says_what_it_did(syncing: Syncing) -> None:
    hire(syncing.moodle, 3)
    result = call(syncing, "--full")
    assert (result.exit_code, result.output) == (
        0,
        f"School {syncing.school.id}: full pass done: seen 3, created 3, updated 0, returned 0, "
        "leaving 0, differences 0\n",
    )
    syncing.moodle.rename(hire(syncing.moodle, 1, first=9)[0], lastname="Иная")
    assert "delta pass done: seen 1, created 1" in call(syncing).output


def test_a_dry_run_lists_what_would_change(syncing: Syncing) -> None:
    (moodle_id,) = hire(syncing.moodle, 1)
    result = call(syncing, "--full", "--dry-run")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"  created\t{moodle_id}\tФамилия0001 Анна Петровна",
        f"School {syncing.school.id}: dry run, nothing written: full pass done: seen 1, created 1, updated 0, "
        "returned 0, leaving 0, differences 0",
    ]
    assert syncing.people() == []


@pytest.mark.parametrize(("trouble", "code", "words"), [("token", 1, "moodle_token_invalid"), ("losses", 3, "Confirm")])
def test_trouble_has_an_exit_code(syncing: Syncing, trouble: str, code: int, words: str) -> None:
    ids = hire(syncing.moodle, 5)
    call(syncing, "--full")
    if trouble == "token":
        syncing.moodle.token = None
    else:
        for moodle_id in ids[:3]:
            syncing.moodle.remove_from_cohort(moodle_id)
    result = call(syncing, "--full")
    assert (result.exit_code, words in result.output) == (code, True)


def test_a_pass_that_runs_elsewhere_is_left_to_it(syncing: Syncing) -> None:
    pass_id = syncing.ask()
    row = syncing.session.get_one(SyncPass, pass_id)
    row.state, row.heartbeat_at = PassState.RUNNING, syncing.clock.now()
    syncing.session.commit()
    result = call(syncing, "--full")
    assert (result.exit_code, "Another process is running this pass" in result.output) == (1, True)


def test_trouble_at_one_school_keeps_no_other_waiting(
    syncing: Syncing, other_school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run of somebody else's stands in the way at the first one."""
    monkeypatch.setattr(commands, "run_pass", lambda runtime, pass_id, watch: Outcome(pass_id))
    with syncing.runtime.db.unit_of_work() as session:
        for school_id, dry_run in ((syncing.school.id, True), (other_school.id, False)):
            request_pass(
                session,
                syncing.runtime.jobs,
                school_id=school_id,
                kind=PassKind.FULL,
                now=syncing.clock.now(),
                dry_run=dry_run,
            )
    result = CliRunner().invoke(sync, ["staff", "--full"], obj=syncing.runtime)
    assert result.exit_code == 1
    assert f"School {syncing.school.id}: conflict" in result.stderr
    assert f"School {other_school.id}: full pass queued" in result.output


def test_an_unknown_school_is_refused(syncing: Syncing) -> None:
    result = CliRunner().invoke(sync, ["staff", "--school", "999999"], obj=syncing.runtime)
    assert getattr(result.exception, "code", None) == "not_connected"
