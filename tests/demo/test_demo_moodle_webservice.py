"""`MoodleClient` against the demonstration Moodle: in the same process, and through a real socket."""

import logging
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import requests
from flask import Flask

from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import CORE_CAPABILITIES, DemoMoodleConfig
from moodle_mentorship.demo.moodle.state import DemoMoodle, DemoUser, Fault, Tracking
from moodle_mentorship.demo.moodle.transport import InProcessAdapter, free_port, serving
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.line import Retries, Timeouts
from moodle_mentorship.moodle.results import (
    Change,
    ChangeKind,
    Cohort,
    CourseUser,
    GroupState,
    GroupVisibility,
    MoodleWarning,
    StaffPerson,
    Talk,
    Ticked,
    Told,
)
from tests.outside import LOCAL

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOKEN = "5f0c0ffee5f0c0ffee5f0c0ffee00001"
BASE = "http://moodle.test/school"
ONCE = Retries(attempts=1)


class Site:
    """A small site: two teachers in the cohort, a pupil outside, and a client."""

    def __init__(self, app: Flask, client: MoodleClient) -> None:
        self.app, self.client = app, client
        self.moodle: DemoMoodle = demo_state(app)
        self.moodle.profile_fields["position"] = "text"
        self.anna = self._teacher("anna", "Иванова", "Анна", "Петровна")
        self.boris = self._teacher("boris", "Оглы", "Борис", "")
        self.pupil = self.moodle.add_user("pupil", "Школьник", "Вася")

    def _teacher(self, username: str, lastname: str, firstname: str, middlename: str) -> DemoUser:
        profile = {"position": "Учитель"}
        return self.moodle.add_user(username, lastname, firstname, middlename, profile=profile, staff=True)


def in_process(**options: Any) -> Site:
    app = create_demo_moodle(DemoMoodleConfig(BASE, school=False, token=TOKEN, **options))
    adapter = InProcessAdapter(app, prefix="/school")
    url = demo_state(app).config.rest_url
    return Site(app, MoodleClient(url, TOKEN, adapter=adapter, sleep=lambda _: None))


@pytest.fixture
def site() -> Site:
    return in_process()


@pytest.fixture
def core() -> Site:
    return in_process(plugin=False)


@pytest.fixture
def socket_site() -> Iterator[Site]:
    port = free_port()
    app = create_demo_moodle(DemoMoodleConfig(f"http://127.0.0.1:{port}", school=False, token=TOKEN))
    url = demo_state(app).config.rest_url
    timeouts = Timeouts(connect=5, read=5)
    with serving(app, port), MoodleClient(url, TOKEN, guard=LOCAL, timeouts=timeouts, sleep=lambda _: None) as client:
        yield Site(app, client)


def person(user: DemoUser) -> StaffPerson:
    return StaffPerson(
        user.id, user.lastname, user.firstname, user.middlename, user.email, user.suspended, {"position": "Учитель"}
    )


def test_site_info(site: Site) -> None:
    info = site.client.site_info()
    assert (info.site_url, info.username, info.is_site_admin) == (BASE, "mentorship_svc", False)
    assert set(Function) <= info.functions


def test_a_full_pass_by_keyset_shows_no_pupil(site: Site) -> None:
    first = site.client.get_staff(0, 1, ["position", "rank"])
    assert (first.people, first.next, first.total) == ((person(site.anna),), site.anna.id, 2)
    assert first.warnings == (MoodleWarning("unknownprofilefield", "rank"),)
    last = site.client.get_staff(first.next, 1, ["position"])
    assert (last.people, last.next, last.sequence) == ((person(site.boris),), 0, 2)


def test_changes_by_the_journal(site: Site) -> None:
    start = site.client.get_staff().sequence
    site.moodle.rename(site.anna.id, lastname="Сидорова")
    site.moodle.rename(site.pupil.id, lastname="Тайный")
    site.moodle.set_profile_field(site.anna.id, "position", "Методист")
    site.moodle.remove_from_cohort(site.boris.id)
    page = site.client.get_changes(start, 10, ["position"])
    changed = StaffPerson(
        site.anna.id, "Сидорова", "Анна", "Петровна", site.anna.email, False, {"position": "Методист"}
    )
    assert page.changes == (
        Change(start + 2, site.anna.id, ChangeKind.CHANGED, changed),
        Change(start + 3, site.boris.id, ChangeKind.LEFT, None),
    )
    assert (page.next, page.more, page.oldest, page.journal) == (start + 3, False, 1, site.moodle.journal_id)
    assert site.client.get_changes(page.next).changes == ()


def test_changes_come_in_pages_and_a_deleted_account_is_named_by_id_alone(site: Site) -> None:
    start = site.moodle.sequence
    site.moodle.suspend(site.anna.id)
    site.moodle.delete_user(site.boris.id)
    first = site.client.get_changes(start, 1)
    assert ([row.user_id for row in first.changes], first.next, first.more) == ([site.anna.id], start + 1, True)
    second = site.client.get_changes(first.next, 1)
    assert second.changes == (Change(start + 2, site.boris.id, ChangeKind.DELETED, None),)
    assert (second.more, site.boris.idnumber, len(site.boris.email)) == (False, "", 32)


def test_a_field_that_fires_no_event_is_caught_by_the_hourly_task(site: Site) -> None:
    start = site.moodle.sequence
    site.moodle.set_profile_field(site.anna.id, "position", "Директор", event=False)
    assert site.client.get_changes(start).changes == ()
    assert (site.moodle.compare_fingerprints(), site.moodle.compare_fingerprints()) == (1, 0)
    assert [row.user_id for row in site.client.get_changes(start).changes] == [site.anna.id]


def test_a_trimmed_and_a_new_journal_are_recognisable(site: Site) -> None:
    before = site.client.get_changes(0)
    site.moodle.trim_journal()
    assert site.client.get_changes(0).oldest == 3
    site.moodle.new_journal()
    after = site.client.get_changes(0)
    assert (after.oldest, after.journal == before.journal) == (1, False)


def test_without_a_plugin_core_functions_give_the_cohort(core: Site) -> None:
    assert core.client.cohorts() == (Cohort(1, "Педагоги", "staff", True),)
    assert core.client.cohort_members(1) == (core.anna.id, core.boris.id)
    anna, boris = core.client.users_by_id([core.boris.id, core.anna.id, 9999])
    assert (anna.middle_name, anna.last_name, anna.profile) == (None, "Иванова", {"position": "Учитель"})
    assert boris.id == core.boris.id
    with pytest.raises(errors.FunctionMissing):
        core.client.get_staff()


def test_the_plugin_s_service_user_sees_nobody_by_core_functions(site: Site) -> None:
    assert site.client.users_by_id([site.anna.id, site.pupil.id]) == ()
    with pytest.raises(errors.PermissionMissing):
        site.client.cohorts()
    site.moodle.grant(*CORE_CAPABILITIES)
    assert len(site.client.users_by_id([site.anna.id])) == 1
    site.moodle.revoke("moodle/site:viewuseridentity")
    assert site.client.users_by_id([site.anna.id])[0].email == ""


def test_a_pair_s_group_from_creation_to_deletion(site: Site) -> None:
    client = site.client
    group = client.create_group(2, "Иванова — Оглы", "Пара", "mm-1")
    assert group.visibility is GroupVisibility.MEMBERS
    assert client.course_groups(2) == (group,)
    client.add_group_members(group.id, [site.boris.id, site.anna.id])
    client.add_group_members(group.id, [site.anna.id])
    assert client.group_members(group.id) == (site.anna.id, site.boris.id)
    client.update_group(group.id, "Пара № 1", description="Новое")
    renamed = client.group_by_idnumber(2, "mm-1")
    assert renamed is not None
    assert (renamed.name, renamed.description) == ("Пара № 1", "Новое")
    client.remove_group_members(group.id, [site.anna.id])
    client.remove_group_members(group.id, [site.anna.id])
    assert client.group_members(group.id) == (site.boris.id,)
    client.delete_group(group.id)
    client.delete_group(group.id)
    assert client.course_groups(2) == ()


def test_groups_refuse_as_moodle_does(site: Site) -> None:
    client = site.client
    group = client.create_group(2, "Пара", "", "mm-1")
    with pytest.raises(errors.IdNumberTaken):
        client.create_group(2, "Другая", "", "mm-1")
    with pytest.raises(errors.ParameterInvalid):
        client.create_group(2, "Пара", "", "mm-2")
    with pytest.raises(errors.ParameterInvalid):
        client.add_group_members(group.id, [site.pupil.id])
    with pytest.raises(errors.RecordMissing):
        client.add_group_members(group.id, [9999])
    with pytest.raises(errors.RecordMissing):
        client.group_members(9999)
    with pytest.raises(errors.RecordMissing):
        client.course_groups(99)
    assert [found.name for found in client.course_groups(2)] == ["Пара"]


def test_enrolment_lets_a_person_into_a_group(site: Site) -> None:
    client = site.client
    group = client.create_group(2, "Пара", "", "mm-1")
    client.enrol(2, 5, [site.pupil.id])
    client.enrol(2, 4, [site.pupil.id])
    client.add_group_members(group.id, [site.pupil.id])
    assert client.users_in_course(2) == (
        CourseUser(site.anna.id, ("student",)),
        CourseUser(site.boris.id, ("student",)),
        CourseUser(site.pupil.id, ("teacher", "student")),
    )
    client.unenrol(2, [site.pupil.id, site.anna.id])
    client.unenrol(2, [site.pupil.id])
    assert client.group_members(group.id) == ()
    # the cohort's enrolment is not a manual one
    assert [user.id for user in client.users_in_course(2)] == [site.anna.id, site.boris.id]
    with pytest.raises(errors.RoleNotAssignable):
        client.enrol(2, 1, [site.pupil.id])
    with pytest.raises(errors.UserMissing):
        client.enrol(2, 5, [9999])


def test_messages(site: Site) -> None:
    def send(user_id: int, key: str = "1", address: str = f"{BASE}/course/view.php?id=2") -> Told:
        return site.client.send_message(user_id, key, "Анкета", "Ответьте, пожалуйста", address)

    assert [send(site.anna.id), send(site.anna.id), send(site.anna.id, "2"), send(site.boris.id)] == [
        Told.SENT,
        Told.ALREADY,
        Told.SENT,
        Told.SENT,
    ]
    site.moodle.suspend(site.boris.id)
    assert {send(user_id, "3") for user_id in (site.pupil.id, site.boris.id, 9999)} == {Told.NOT_STAFF}
    with pytest.raises(errors.MoodleRefused) as caught:
        send(site.anna.id, "4", f"{BASE}.evil.example/")
    assert caught.value.errorcode == "erroraddress"
    assert [(message.user_id, message.key) for message in site.moodle.messages] == [
        (site.anna.id, "1"),
        (site.anna.id, "2"),
        (site.boris.id, "1"),
    ]


def test_completion(site: Site) -> None:
    def tick(user_id: int, done: bool = True, link_id: int = 1) -> Ticked:
        return site.client.set_completion(link_id, user_id, done=done)

    assert [tick(site.anna.id), tick(site.anna.id), tick(site.boris.id)] == [Ticked.SET, Ticked.SAME, Ticked.SET]
    assert tick(site.boris.id, done=False) is Ticked.SET
    assert site.moodle.completed == {site.anna.id}
    assert (tick(site.pupil.id), tick(site.anna.id, link_id=7)) == (Ticked.NOT_ENROLLED, Ticked.MISSING)
    for tracking in (Tracking.OFF, Tracking.AUTOMATIC):
        site.moodle.tracking = tracking
        assert tick(site.anna.id, done=False) is Ticked(tracking.value)
    assert site.moodle.completed == {site.anna.id}


def expire(moodle: DemoMoodle) -> None:
    moodle.token_expired = True


def lose_token(moodle: DemoMoodle) -> None:
    moodle.token = None


def bar_address(moodle: DemoMoodle) -> None:
    moodle.address_allowed = False


def switch_off(moodle: DemoMoodle) -> None:
    moodle.web_services_enabled = False


@pytest.mark.parametrize(
    ("break_it", "kind"),
    [
        (lose_token, errors.TokenInvalid),
        (expire, errors.AccessRefused),
        (bar_address, errors.AccessRefused),
        (switch_off, errors.WebServicesDisabled),
        (lambda moodle: moodle.revoke("webservice/rest:use"), errors.AccessRefused),
        (lambda moodle: moodle.revoke("moodle/course:view"), errors.CourseClosed),
        (lambda moodle: moodle.revoke("moodle/course:managegroups"), errors.PermissionMissing),
        (lambda moodle: moodle.fail_next(Fault.HTTP_500), errors.ServerFailed),
        (lambda moodle: moodle.fail_next(Fault.CUT_JSON), errors.AnswerUnreadable),
        (lambda moodle: moodle.fail_next(Fault.NOT_JSON), errors.AnswerUnreadable),
        (lambda moodle: moodle.fail_next(Fault.MAINTENANCE_PAGE), errors.SiteMaintenance),
        (lambda moodle: moodle.fail_next(Fault.LOGIN_REDIRECT), errors.LoginDemanded),
        (lambda moodle: moodle.fail_next(Fault.ANSWER_THEN_DROP), errors.ConnectionBroken),
    ],
)
def test_what_breaks_has_its_error(break_it: Callable[[DemoMoodle], None], kind: type[errors.MoodleError]) -> None:
    site = in_process()
    site.client._line._retries = ONCE
    site.moodle.add_group("Пара")
    break_it(site.moodle)
    with pytest.raises(errors.MoodleError) as caught:
        site.client.course_groups(2)
    assert type(caught.value) is kind


def test_an_expired_token_s_row_is_deleted(site: Site) -> None:
    site.moodle.token_expired = True
    with pytest.raises(errors.AccessRefused):
        site.client.site_info()
    with pytest.raises(errors.TokenInvalid):
        site.client.site_info()


def test_a_function_outside_the_service(site: Site) -> None:
    limited = in_process(service_functions=frozenset({"core_webservice_get_site_info"}))
    assert limited.client.site_info().functions == {"core_webservice_get_site_info"}
    with pytest.raises(errors.AccessRefused):
        limited.client.course_groups(2)


def test_maintenance_ends(site: Site) -> None:
    site.client._line._retries = ONCE
    with site.moodle.maintenance(), pytest.raises(errors.SiteMaintenance):
        site.client.course_groups(2)
    assert site.client.course_groups(2) == ()


def test_debuginfo_shows_at_developer_debug_alone(site: Site) -> None:
    def refused() -> Any:
        form = {"wstoken": TOKEN, "wsfunction": "core_group_create_groups", "moodlewsrestformat": "json"}
        return site.app.test_client().post("/webservice/rest/server.php", data=form).get_json()

    shape = {
        "exception": "core\\exception\\invalid_parameter_exception",
        "errorcode": "invalidparameter",
        "message": "Invalid parameter value detected",
    }
    assert refused() == shape
    site.moodle.developer_debug = True
    assert refused() == shape | {"debuginfo": "Missing required key in single structure: groups"}


@pytest.mark.parametrize("spare", [0, 1])
def test_max_input_vars_truncates_silently_and_the_client_reads_back(spare: int) -> None:
    # Three variables of the protocol and one pair: the limit's own odd one more may cut a pair in half.
    site = in_process(max_input_vars=4 + spare * 2)
    group = site.moodle.add_group("Пара")
    ids = [site.anna.id, site.boris.id]
    site.client.add_group_members(group.id, ids)
    assert site.client.group_members(group.id) == tuple(ids)
    added = site.moodle.calls["core_group_add_group_members"]
    assert added == (1 if spare else 2)


def test_members_that_never_fit_are_named() -> None:
    site = in_process(max_input_vars=4)
    third = site.moodle.add_user("vera", "Ким", "Вера", staff=True)
    group = site.moodle.add_group("Пара")
    with pytest.raises(errors.MembersNotAdded) as caught:
        site.client.add_group_members(group.id, [site.anna.id, site.boris.id, third.id])
    assert caught.value.missing == (third.id,)


# Through a real socket --------------------------------------------------------------------------------------------


def test_the_way_through_a_socket(socket_site: Site) -> None:
    client = socket_site.client
    assert [found.id for found in client.get_staff().people] == [socket_site.anna.id, socket_site.boris.id]
    group = client.create_group(2, "Пара", "", "mm-1")
    client.add_group_members(group.id, [socket_site.anna.id])
    assert socket_site.moodle.group_by_idnumber("mm-1").members == {socket_site.anna.id}


def test_the_work_is_done_and_the_answer_lost(socket_site: Site) -> None:
    socket_site.moodle.fail_next(Fault.ANSWER_THEN_DROP, function="core_group_create_groups")
    with pytest.raises(errors.ConnectionBroken):
        socket_site.client.create_group(2, "Пара", "", "mm-1")
    with pytest.raises(errors.IdNumberTaken):
        socket_site.client.create_group(2, "Пара 2", "", "mm-1")
    adopted = socket_site.client.group_by_idnumber(2, "mm-1")
    assert adopted is not None
    assert (adopted.name, socket_site.moodle.calls["core_group_create_groups"]) == ("Пара", 2)


def test_an_idempotent_call_survives_faults(socket_site: Site) -> None:
    group = socket_site.moodle.add_group("Пара")
    socket_site.moodle.fail_next(Fault.HTTP_500, function="core_group_add_group_members")
    socket_site.moodle.fail_next(Fault.ANSWER_THEN_DROP, function="core_group_add_group_members")
    socket_site.moodle.fail_next(Fault.CUT_JSON, function="core_group_get_group_members")
    socket_site.client.add_group_members(group.id, [socket_site.anna.id])
    assert group.members == {socket_site.anna.id}
    assert socket_site.moodle.calls["core_group_add_group_members"] == 3


def test_a_stalled_moodle_times_out(socket_site: Site) -> None:
    socket_site.client._line._timeouts = Timeouts(read=0.05)
    socket_site.client._line._retries = ONCE
    with socket_site.moodle.stalled(), pytest.raises(errors.TimedOut):
        socket_site.client.course_groups(2)
    assert socket_site.client.course_groups(2) == ()


def test_the_token_stays_out_of_the_network_s_own_log(socket_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        socket_site.client.site_info()
    assert "POST /webservice/rest/server.php" in caplog.text
    assert TOKEN not in caplog.text


def test_a_body_cut_in_the_middle_and_cookies() -> None:
    cookies: list[str | None] = []

    def cut(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        cookies.append(environ.get("HTTP_COOKIE"))
        # Otherwise werkzeug may wait for the rest of it after the answer, while the client waits for the answer's rest.
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Length", "100"), ("Set-Cookie", "MoodleSession=abc; Path=/")])
        return [b"[]"]

    port = free_port()
    client = MoodleClient(f"http://127.0.0.1:{port}/webservice/rest/server.php", TOKEN, guard=LOCAL, retries=ONCE)
    with serving(cut, port), client:
        for _ in range(2):
            with pytest.raises(errors.ConnectionBroken):
                client.cohorts()
    assert cookies == [None, None]


def test_nobody_listens() -> None:
    client = MoodleClient(
        f"http://127.0.0.1:{free_port()}/webservice/rest/server.php", TOKEN, guard=LOCAL, retries=ONCE
    )
    with client, pytest.raises(errors.Unreachable):
        client.site_info()


def test_the_school_has_64_teachers_and_its_pupils_stay_inside() -> None:
    config = DemoMoodleConfig(BASE, token=TOKEN, today=date(2026, 11, 22))
    app = create_demo_moodle(config)
    client = MoodleClient(config.rest_url, TOKEN, adapter=InProcessAdapter(app, prefix="/school"))
    page = client.get_staff(0, 1000, ["position", "subject", "hire_date", "sex"])
    assert (len(page.people), page.total, page.next, page.warnings) == (64, 64, 0, ())
    moodle = demo_state(app)
    pupils = {user.id for user in moodle.users.values() if "." in user.username} - {one.id for one in page.people}
    assert len(pupils) == 12
    assert {row.user_id for row in client.get_changes(0, 1000).changes} & pupils == set()
    assert {user.id for user in client.users_in_course(2)} & pupils == set()


def test_cors_header_and_format_of_the_recordings(socket_site: Site) -> None:
    answer = requests.post(socket_site.moodle.config.rest_url, data={"wstoken": "x"}, timeout=5)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (answer.status_code, answer.headers["Content-Type"], answer.json()) == (
        200,
        "application/json",
        {
            "exception": "core\\exception\\moodle_exception",
            "errorcode": "invalidtoken",
            "message": "Invalid token - token not found",
        },
    )


def test_groupings_and_conversations(site: Site) -> None:
    grouping = site.client.create_grouping(2, "Наставничество 2026/27", "", "mentorship-year")
    assert site.client.course_groupings(2) == (grouping,)
    with pytest.raises(errors.ParameterInvalid):
        site.client.create_grouping(2, grouping.name, "", "mentorship-other")
    with pytest.raises(errors.IdNumberTaken):
        site.client.create_grouping(2, "Другой", "", grouping.idnumber)
    ours = site.client.create_group(2, "Пара", "", "mentorship-1")
    theirs = site.client.create_group(2, "Ручная", "", "teachers-own")
    for _ in range(2):
        site.client.assign_grouping(grouping.id, ours.id)
    talks = [site.client.set_conversation(ours.id, enabled=enabled) for enabled in (False, True, True)]
    assert talks == [Talk.SAME, Talk.SET, Talk.SAME]
    assert site.client.set_conversation(theirs.id, enabled=True) is Talk.MISSING
    # Two hundred at a time.
    states = site.client.group_states(
        [ours.id, theirs.id, *range(1000, 1250)], [site.anna.id, site.pupil.id, *range(2000, 2450)]
    )
    assert states is not None
    assert states.groups == {ours.id: GroupState(ours.id, True, frozenset({grouping.id}))}
    assert states.enrolled == {site.anna.id: site.moodle.enrolled_at[site.anna.id]}
    assert site.moodle.calls[Function.GET_GROUPS.value] == 3
    site.moodle.messaging = False
    assert site.client.set_conversation(ours.id, enabled=False) is Talk.OFF


def test_without_the_plugin_nobody_tells_of_groups(core: Site) -> None:
    assert core.client.group_states([1], [2]) is None
