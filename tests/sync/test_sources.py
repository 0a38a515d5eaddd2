"""Which source a pass reads, when it goes on to the next, and what a roster may and may not change (ADR 0009)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.config import DemoTool
from moodle_mentorship.demo.moodle.state import EDITING_TEACHER, DemoMoodle, Fault
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.keys import public_keys
from moodle_mentorship.moodle.models import MoodleSite, RosterAddress
from moodle_mentorship.moodle.results import RosterPage, RosterPerson, RosterRole
from moodle_mentorship.moodle.roster import remember_address
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import RoleGrant
from moodle_mentorship.sync import jobs, queries, readers, runner, service
from moodle_mentorship.sync.commands import sync
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.errors import IncompleteAnswer
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.readers import RosterReader
from tests.conftest import SignIn
from tests.sync.conftest import Syncing, counts, demo_moodle, hire, state_of

COHORT_RIGHTS = ("moodle/cohort:view", "moodle/user:viewalldetails", "moodle/site:viewuseridentity")


@pytest.fixture
def moodle(runtime: Runtime) -> Iterator[DemoMoodle]:
    """A Moodle in which our tool is registered, names and roles included."""

    def jwks(_: str) -> Any:
        with runtime.db.unit_of_work(read_only=True) as reading:
            return {"keys": public_keys(reading, runtime.box, runtime.clock.now())}

    tool = DemoTool(
        login_url="https://mentor.example/lti/login",
        launch_url="https://mentor.example/lti/launch",
        jwks_url="https://mentor.example/lti/jwks",
    )
    with demo_moodle(tool=tool, fetch_json=jwks, clock=lambda: runtime.clock.now().timestamp()) as moodle:
        moodle.profile_fields.update(position="text", hired="datetime")
        yield moodle


@pytest.fixture
def launched(syncing: Syncing) -> Syncing:
    """Somebody came in from the course «Mentoring», so its roster's address is known."""
    config, platform = syncing.moodle.config, syncing.school.platform
    assert config.tool is not None
    platform.issuer, platform.client_id = config.base_url, config.tool.client_id
    platform.token_url = f"{config.base_url}/mod/lti/token.php"
    address = f"{config.base_url}/mod/lti/services.php/CourseSection/2/bindings/1/memberships"
    remember_address(syncing.session, syncing.school.id, platform.id, "2", address)
    syncing.session.commit()
    return syncing


def close_plugin(moodle: DemoMoodle) -> None:
    moodle.revoke("local/mentorship:readstaff")


def close_cohort(moodle: DemoMoodle) -> None:
    moodle.revoke(*COHORT_RIGHTS)


def skipped(row: SyncPass) -> list[tuple[str, str]]:
    return [(entry["source"], entry["code"]) for entry in row.skipped]


PLUGIN_SHUT = ("plugin", "moodle_permission_missing")
COHORT_SHUT = ("cohort", "moodle_permission_missing")


def site_of(syncing: Syncing) -> MoodleSite:
    syncing.session.commit()
    syncing.session.expire_all()
    return syncing.session.scalars(select(MoodleSite).where(MoodleSite.school_id == syncing.school.id)).one()


# The order ----------------------------------------------------------------------------------------------------------


def test_while_the_plugin_answers_nothing_else_is_asked(launched: Syncing) -> None:
    hire(launched.moodle, 3)
    row = launched.run()
    assert (row.state, row.source, row.skipped) == (PassState.DONE, PassSource.PLUGIN, [])


@pytest.mark.parametrize("how", ["right", "removed", "service"])
def test_a_closed_plugin_leads_to_the_cohort_which_is_complete(launched: Syncing, how: str) -> None:
    """The same people by Moodle's own functions: departures count."""
    ids = hire(launched.moodle, 20)
    launched.run()
    moodle = launched.moodle
    moodle.grant(*COHORT_RIGHTS)
    if how == "right":
        close_plugin(moodle)
    elif how == "removed":
        moodle.config = replace(moodle.config, plugin=False)
    else:
        functions = frozenset({"core_cohort_get_cohort_members", "core_user_get_users_by_field"})
        moodle.config = replace(moodle.config, service_functions=functions)
    moodle.remove_from_cohort(ids[0])
    launched.later(hours=1)

    row = launched.run()
    code = {"right": PLUGIN_SHUT[1], "removed": "moodle_function_missing", "service": "moodle_access_refused"}[how]
    assert (row.state, row.source, row.kind, skipped(row)) == (
        PassState.DONE,
        PassSource.COHORT,
        PassKind.FULL,
        [("plugin", code)],
    )
    assert counts(row) == {"seen": 19, "leaving": 1}
    assert launched.person(ids[0]).status is StaffStatus.LEAVING
    # What core doesn't tell stays as the plugin told it.
    assert launched.person(ids[1]).middle_name == "Петровна"


def test_a_delta_of_a_closed_plugin_becomes_a_full_pass_of_the_next_source(launched: Syncing) -> None:
    hire(launched.moodle, 3)
    launched.run()
    close_plugin(launched.moodle)
    launched.moodle.grant(*COHORT_RIGHTS)
    row = launched.run(PassKind.DELTA)
    assert (row.state, row.kind, row.source) == (PassState.DONE, PassKind.FULL, PassSource.COHORT)


def test_it_heals_by_itself_when_the_plugin_is_back(launched: Syncing) -> None:
    ids = hire(launched.moodle, 12)
    launched.run()
    before = state_of(launched.people())
    close_plugin(launched.moodle)
    launched.run()
    launched.moodle.grant("local/mentorship:readstaff")
    launched.moodle.rename(ids[3], lastname="Новая")
    row = launched.run(PassKind.DELTA)
    assert (row.state, row.source, row.skipped) == (PassState.DONE, PassSource.PLUGIN, [])
    after = state_of(launched.people())
    assert [was for was, now in zip(before, after, strict=True) if was != now] == [before[3]]


def test_a_dry_run_goes_the_same_way(launched: Syncing) -> None:
    hire(launched.moodle, 3)
    close_plugin(launched.moodle)
    row = launched.run(dry_run=True)
    assert (row.state, row.source, skipped(row)) == (PassState.DONE, PassSource.ROSTER, [PLUGIN_SHUT, COHORT_SHUT])
    assert launched.people() == []


# When it is wrong to go on ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.STALL])
def test_a_moodle_out_of_order_is_no_closed_source(launched: Syncing, fault: Fault) -> None:
    """The cohort or the roster may answer in that very moment; the pass fails, and is tried again."""
    hire(launched.moodle, 3)
    launched.run()
    before = state_of(launched.people())
    launched.moodle.fail_next(fault, function="local_mentorship_get_staff", times=10)
    row = launched.run()
    assert (row.state, row.source, row.skipped) == (PassState.FAILED, PassSource.PLUGIN, [])

    assert state_of(launched.people()) == before


def test_codes_that_time_alone_may_mend() -> None:
    assert {"moodle_timed_out", "moodle_maintenance", "moodle_server_failed"} <= jobs.retryable_codes()
    assert jobs.retryable_codes().isdisjoint({"moodle_error", "moodle_token_invalid", "moodle_certificate_refused"})


def test_maintenance_is_no_closed_source(launched: Syncing) -> None:
    hire(launched.moodle, 3)
    with launched.moodle.maintenance():
        row = launched.run()
    assert (row.state, row.error_code, row.skipped) == (PassState.FAILED, "moodle_maintenance", [])


@pytest.mark.parametrize(
    ("error", "closed"),
    [
        (errors.FunctionMissing("f", "invalidrecord"), True),
        (errors.AccessRefused("f", "accessexception"), True),
        (errors.PermissionMissing("f", "nopermissions"), True),
        (errors.TokenInvalid("f", "invalidtoken"), True),
        (errors.WebServicesDisabled("f"), True),
        (errors.RecordMissing("f", "invalidrecord"), True),
        (errors.MoodleRefused("f", "errorcohortgone"), True),
        (errors.MoodleRefused("f", "errornotconnected"), True),
        # Moodle's own database is down, say.
        (errors.MoodleRefused("f", "dmlreadexception"), False),
        (errors.SiteMaintenance("f", "sitemaintenance"), False),
        (errors.Warned("f", "x"), False),
        (errors.ServerFailed("f", 503), False),
        (errors.TimedOut("f"), False),
        (errors.Unreachable("f"), False),
        (errors.CertificateRefused("f"), False),
        (errors.Redirected("f", "https://elsewhere.example"), False),
        (errors.LoginDemanded("f"), False),
        (errors.UnexpectedAnswer("f", "a", "b"), False),
        (errors.AnswerTooLarge("f", 1), False),
        # A right is missing, or somebody was deleted between two calls: nobody can tell which.
        (IncompleteAnswer("x"), False),
    ],
)
def test_what_closes_a_source(error: Any, closed: bool) -> None:
    assert runner.is_closed(PassSource.PLUGIN, error) is runner.is_closed(PassSource.COHORT, error) is closed


def test_without_another_source_the_pass_fails_for_the_first_reason(syncing: Syncing) -> None:
    hire(syncing.moodle, 3)
    syncing.moodle.config = replace(syncing.moodle.config, plugin=False)
    row = syncing.run()
    assert (row.state, row.error_code, skipped(row)) == (
        PassState.FAILED,
        "moodle_function_missing",
        [("plugin", "moodle_function_missing"), COHORT_SHUT],
    )


def test_a_roster_that_is_not_ours_to_read_leaves_the_first_reason(launched: Syncing) -> None:
    close_plugin(launched.moodle)
    (deployment, tool), *_ = launched.moodle.tools.items()
    launched.moodle.tools[deployment] = replace(tool, memberships=False)
    launched.moodle.forget_tokens()
    row = launched.run()
    assert (row.state, row.error_code) == (PassState.FAILED, "moodle_permission_missing")
    assert skipped(row)[2] == ("roster", "moodle_roster_not_allowed")


# What a roster may change -------------------------------------------------------------------------------------------


def test_a_roster_adds_newcomers_and_says_that_it_was_read(launched: Syncing) -> None:
    hire(launched.moodle, 3)
    close_plugin(launched.moodle)
    row = launched.run()
    assert (row.state, row.kind, row.source, skipped(row), row.strangers) == (
        PassState.DONE,
        PassKind.FULL,
        PassSource.ROSTER,
        [PLUGIN_SHUT, COHORT_SHUT],
        0,
    )
    assert counts(row) == {"seen": 3, "created": 3}
    person = launched.people()[0]
    assert (person.full_name, person.email, person.status, person.missing_since_pass) == (
        "Фамилия0001 Анна",
        "t1@school.example",
        StaffStatus.ACTIVE,
        None,
    )


def test_a_roster_makes_nobody_missing(launched: Syncing) -> None:
    """Only who is enrolled stands in it: half of the staff isn't."""
    ids = hire(launched.moodle, 30)
    launched.run()
    before = state_of(launched.people())
    sequence = site_of(launched).sequence
    for moodle_id in ids[:15]:
        launched.moodle.unenrol(moodle_id)
    close_plugin(launched.moodle)
    row = launched.run()
    assert (row.state, row.source, counts(row)) == (PassState.DONE, PassSource.ROSTER, {"seen": 15})
    assert state_of(launched.people()) == before
    assert queries.question(launched.session, launched.school.id) is None
    # The journal was not read, so it continues where it stood.
    assert site_of(launched).sequence == sequence


def test_a_roster_brings_nobody_back(launched: Syncing) -> None:
    """Who left the cohort often stays enrolled in the course."""
    leaving, left, kept, gone, *_ = hire(launched.moodle, 40)
    launched.run()
    for moodle_id, status in ((leaving, StaffStatus.LEAVING), (left, StaffStatus.LEFT)):
        person = launched.person(moodle_id)
        person.status, person.status_since = status, launched.clock.now()
    launched.person(kept).kept_at = launched.clock.now()
    suspended = launched.person(gone)
    suspended.suspended = suspended.deleted_in_moodle = True
    launched.session.commit()
    before = [(person.id, person.status, person.kept_at, person.suspended) for person in launched.people()]
    missing = {person.id: person.missing_since_pass for person in launched.people()}
    # A new name is taken, and that is all that it means.
    launched.moodle.rename(left, lastname="Новая")
    close_plugin(launched.moodle)
    launched.later(hours=1)
    row = launched.run()
    assert counts(row) == {"seen": 40, "updated": 1}
    assert [(person.id, person.status, person.kept_at, person.suspended) for person in launched.people()] == before
    assert {person.id: person.missing_since_pass for person in launched.people()} == missing
    assert launched.person(gone).deleted_in_moodle


def test_a_roster_does_not_answer_an_open_question(launched: Syncing) -> None:
    ids = hire(launched.moodle, 10)
    launched.run()
    for moodle_id in ids[:5]:
        launched.moodle.remove_from_cohort(moodle_id)
        launched.moodle.enrol(moodle_id)
    question = launched.run()
    assert question.state is PassState.ASKING
    close_plugin(launched.moodle)
    launched.run()
    asked = queries.question(launched.session, launched.school.id)
    assert asked is not None
    assert (asked.id, asked.missing) == (question.id, 5)
    service.confirm_losses(
        launched.session, launched.runtime.jobs, launched.school.actor(), asked.id, launched.clock.now()
    )
    launched.session.commit()
    assert [launched.person(moodle_id).status for moodle_id in ids[:6]] == [StaffStatus.LEAVING] * 5 + [
        StaffStatus.ACTIVE
    ]


def test_a_new_name_is_taken_and_what_a_roster_lacks_stays(launched: Syncing) -> None:
    (moodle_id, *_) = hire(launched.moodle, 12)
    launched.run()
    launched.moodle.rename(moodle_id, lastname="Новая")
    (deployment, tool), *_ = launched.moodle.tools.items()
    launched.moodle.tools[deployment] = replace(tool, send_email=False)
    close_plugin(launched.moodle)
    row = launched.run()
    person = launched.person(moodle_id)
    assert counts(row) == {"seen": 12, "updated": 1}
    assert (person.full_name, person.email, person.position) == ("Новая Анна Петровна", "t1@school.example", "учитель")


def test_without_names_a_roster_changes_nothing(launched: Syncing) -> None:
    hire(launched.moodle, 3)
    (deployment, tool), *_ = launched.moodle.tools.items()
    launched.moodle.tools[deployment] = replace(tool, send_names=False)
    close_plugin(launched.moodle)
    row = launched.run()
    assert (row.state, counts(row), launched.people()) == (PassState.DONE, {}, [])


def test_a_course_open_to_pupils_makes_no_staff(launched: Syncing) -> None:
    ids = hire(launched.moodle, 40)
    launched.run()
    for number in range(6):
        pupil = launched.moodle.add_user(f"p{number}", f"Ученик{number}", "Вася").id
        launched.moodle.enrol(pupil)
    launched.moodle.rename(ids[0], lastname="Новая")
    close_plugin(launched.moodle)
    row = launched.run()
    assert (row.state, row.strangers, counts(row)) == (PassState.DONE, 6, {"seen": 46, "updated": 1})
    assert len(launched.people()) == 40
    assert launched.person(ids[0]).last_name == "Новая"


def test_as_many_newcomers_as_a_school_has_are_taken(launched: Syncing) -> None:
    hire(launched.moodle, 40)
    launched.run()
    close_plugin(launched.moodle)
    hire(launched.moodle, 5, first=100)
    row = launched.run()
    assert (row.strangers, counts(row)) == (0, {"seen": 45, "created": 5})


def test_administrators_and_people_without_a_role_are_not_added(launched: Syncing) -> None:
    hire(launched.moodle, 2)
    launched.moodle.enrolments[launched.moodle.admin.id] = {EDITING_TEACHER}
    close_plugin(launched.moodle)
    assert counts(launched.run()) == {"seen": 2, "created": 2}


def test_whom_a_roster_added_the_cohort_may_take_back(launched: Syncing) -> None:
    """By the ordinary question or departure, as soon as the staff list is read again."""
    hire(launched.moodle, 30)
    close_plugin(launched.moodle)
    guest = launched.moodle.add_user("guest", "Гостева", "Анна").id
    launched.moodle.enrol(guest)
    launched.run()
    assert launched.person(guest).status is StaffStatus.ACTIVE
    launched.moodle.grant("local/mentorship:readstaff")
    row = launched.run()
    assert counts(row) == {"seen": 30, "updated": 30, "leaving": 1}
    assert launched.person(guest).status is StaffStatus.LEAVING


def test_the_first_curator_comes_with_a_roster_too(launched: Syncing) -> None:
    first, _ = hire(launched.moodle, 2)
    site_of(launched).first_curator_moodle_id = first
    launched.session.commit()
    close_plugin(launched.moodle)
    launched.run()
    grants = launched.session.scalars(select(RoleGrant.person_id).where(RoleGrant.school_id == launched.school.id))
    assert grants.all() == [launched.person(first).id]


def test_a_roster_of_another_course_is_not_read(launched: Syncing) -> None:
    """The tool may stand in a pupils' course as well; its launches name that course's roster."""
    address = launched.session.scalars(select(RosterAddress)).one()
    address.context_id = "77"
    launched.session.commit()
    close_plugin(launched.moodle)
    row = launched.run()
    assert (row.state, row.error_code, [source for source, _ in skipped(row)]) == (
        PassState.FAILED,
        "moodle_permission_missing",
        ["plugin", "cohort"],
    )


# A crash on the way -------------------------------------------------------------------------------------------------


def test_a_pass_that_was_left_goes_on_with_the_source_it_had_reached(
    launched: Syncing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PAGE", 4)
    hire(launched.moodle, 10)
    close_plugin(launched.moodle)
    pass_id = launched.ask()
    taken = 0
    real = runner._take_people

    def dies(*arguments: Any) -> None:
        nonlocal taken
        taken += 1
        if taken == 2:
            raise KeyboardInterrupt
        real(*arguments)

    with monkeypatch.context() as dying:
        dying.setattr(runner, "_take_people", dies)
        with pytest.raises(KeyboardInterrupt):
            runner.run_pass(launched.runtime, pass_id)
    assert launched.row(pass_id).state is PassState.RUNNING
    assert len(launched.people()) == 4
    launched.later(minutes=3)
    # Meanwhile the plugin answers again; half of a roster and half of a list would be neither.
    launched.moodle.grant("local/mentorship:readstaff")
    runner.run_pass(launched.runtime, pass_id)
    row = launched.row(pass_id)
    assert (row.state, row.source, counts(row)) == (PassState.DONE, PassSource.ROSTER, {"seen": 10, "created": 10})


# The reader alone ---------------------------------------------------------------------------------------------------


class Pages:
    """A roster of prepared pages."""

    def __init__(self, *pages: RosterPage) -> None:
        self._pages = dict(zip([None, *(page.next for page in pages)], pages, strict=False))

    def page(self, url: str | None = None) -> RosterPage:
        return self._pages[url]


def member(member_id: int, *roles: RosterRole, active: bool = True, name: str = "Ким") -> RosterPerson:
    return RosterPerson(member_id, name, "Вера" if name else "", None, "", frozenset(roles), active)


def read(*pages: RosterPage) -> list[int]:
    reader, cursor, found = RosterReader(Pages(*pages), "2"), 0, list[int]()  # type: ignore[arg-type]
    while True:
        page = reader.read(cursor)
        assert (page.everybody is None) is (cursor != 0)
        found += (person.id for person in page.people)
        cursor = page.cursor
        if page.last:
            return found


def test_members_come_once_and_in_order_however_the_pages_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PAGE", 2)
    learner = RosterRole.LEARNER
    pages = (
        RosterPage("2", (member(9, learner), member(3, learner)), "b"),
        RosterPage("2", (member(3, learner), member(7, RosterRole.INSTRUCTOR), member(5, learner, active=False)), "c"),
        RosterPage("2", (member(1), member(2, learner, name=""), member(4, learner)), None),
    )
    assert read(*pages) == [3, 4, 7, 9]
    assert read(RosterPage("2", (), None)) == []


@pytest.mark.parametrize(
    "pages",
    [
        (RosterPage("77", (), None),),
        (RosterPage("2", (), "b"), RosterPage("77", (), None)),
        (RosterPage("2", (), "b"), RosterPage("2", (), "b")),
    ],
)
def test_a_roster_of_another_course_or_without_an_end_is_none(pages: tuple[RosterPage, ...]) -> None:
    with pytest.raises(IncompleteAnswer):
        read(*pages)


# What people see ----------------------------------------------------------------------------------------------------


def test_the_journal_says_what_was_read_and_why(launched: Syncing, sign_in: SignIn) -> None:
    hire(launched.moodle, 2)
    close_plugin(launched.moodle)
    launched.run()
    client: FlaskClient = sign_in(launched.school, site_administrator=True)
    page = client.get("/sync/").text
    assert "Не прочитано: плагин." in page
    assert "из: состав курса «Наставничество»" in page
    assert "никто не отмечается ушедшим" in page
    assert "Список сотрудников читается из другого источника: состав курса «Наставничество»" in page
    answer = client.get("/api/v1/sync/passes").json
    assert answer is not None
    assert (answer[0]["source"], answer[0]["skipped"][0]) == (
        "roster",
        {"source": "plugin", "code": "moodle_permission_missing"},
    )


def test_the_curator_learns_that_departures_are_not_noticed(launched: Syncing, sign_in: SignIn) -> None:
    first, *_ = hire(launched.moodle, 2)
    site_of(launched).first_curator_moodle_id = first
    launched.session.commit()
    words = "Сейчас не видно, кто ушёл из школы"
    launched.run()
    curator = launched.person(first)
    assert words not in sign_in(launched.school, curator).get("/").text
    close_plugin(launched.moodle)
    launched.run()
    assert words in sign_in(launched.school, curator).get("/").text


def test_the_shell_says_what_was_read_and_why(launched: Syncing) -> None:
    hire(launched.moodle, 2)
    close_plugin(launched.moodle)
    launched.session.commit()
    arguments = ["staff", "--school", str(launched.school.id), "--full"]
    result = CliRunner().invoke(sync, arguments, obj=launched.runtime)
    assert result.exit_code == 0
    assert "skipped: the plugin: moodle_permission_missing" in result.output
    assert "read instead: the members of the course" in result.output


# Trying again -------------------------------------------------------------------------------------------------------


def finished(syncing: Syncing, state: PassState, code: str | None, *, kind: PassKind = PassKind.FULL) -> None:
    now = syncing.clock.now()
    syncing.session.add(
        SyncPass(
            school_id=syncing.school.id,
            kind=kind,
            source=PassSource.PLUGIN,
            state=state,
            error_code=code,
            created_at=now,
            finished_at=now,
        )
    )
    syncing.session.commit()


def waiting(syncing: Syncing) -> list[PassKind]:
    jobs.ask_again(syncing.runtime)
    syncing.session.commit()
    return list(syncing.session.scalars(select(SyncPass.kind).where(SyncPass.state == PassState.QUEUED)))


def test_a_moodle_that_was_down_is_asked_again_later_and_later(syncing: Syncing) -> None:
    waits = []
    for _ in range(5):
        finished(syncing, PassState.FAILED, "moodle_timed_out", kind=PassKind.DELTA)
        for minutes in range(1, 200):
            syncing.later(minutes=1)
            if waiting(syncing):
                waits.append(minutes)
                syncing.session.query(SyncPass).filter(SyncPass.state == PassState.QUEUED).delete()
                syncing.session.commit()
                break
    assert waits == [5, 10, 20, 40, 80]
    finished(syncing, PassState.FAILED, "moodle_timed_out")
    syncing.later(hours=3)
    assert waiting(syncing) == []


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (PassState.FAILED, "moodle_token_invalid"),
        (PassState.FAILED, "crashed"),
        (PassState.CANCELLED, None),
        (PassState.DONE, None),
    ],
)
def test_what_waiting_does_not_mend_is_not_asked_again(syncing: Syncing, state: PassState, code: str | None) -> None:
    finished(syncing, state, code)
    syncing.later(minutes=6)
    assert waiting(syncing) == []


def test_a_success_between_begins_the_count_anew(syncing: Syncing) -> None:
    for state, code in (
        *[(PassState.FAILED, "moodle_timed_out")] * 3,
        (PassState.DONE, None),
        (PassState.FAILED, "moodle_maintenance"),
    ):
        finished(syncing, state, code)
    syncing.later(minutes=5)
    assert waiting(syncing) == [PassKind.FULL]


def test_a_newer_pass_or_a_lost_connection_is_enough(syncing: Syncing) -> None:
    finished(syncing, PassState.FAILED, "moodle_timed_out")
    site_of(syncing).disabled_at = syncing.clock.now()
    syncing.session.commit()
    syncing.later(minutes=6)
    assert waiting(syncing) == []
    site_of(syncing).disabled_at = None
    syncing.session.add(
        SyncPass(
            school_id=syncing.school.id,
            kind=PassKind.FULL,
            source=PassSource.PLUGIN,
            state=PassState.ASKING,
            created_at=syncing.clock.now(),
        )
    )
    syncing.session.commit()
    assert waiting(syncing) == []
