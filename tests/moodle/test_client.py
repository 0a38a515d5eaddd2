"""The web-service client against raw answers of a real Moodle 4.5.6 (`recordings/`), one test an error row."""

import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from requests.adapters import BaseAdapter
from structlog.testing import capture_logs
from urllib3 import HTTPResponse

from moodle_mentorship import __version__
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.client import MoodleClient, flatten
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.line import Retries, Timeouts
from moodle_mentorship.moodle.results import (
    Change,
    ChangeKind,
    ChangesPage,
    Cohort,
    CourseUser,
    Group,
    GroupVisibility,
    MoodleWarning,
    StaffPage,
    StaffPerson,
    Ticked,
    Told,
)
from tests.outside import LOCAL, Outside

RECORDINGS = Path(__file__).parent / "recordings"
URL = "https://moodle.example/webservice/rest/server.php"
TOKEN = "0123456789abcdef0123456789abcdef"


def recorded(name: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    return recording


def refusal(exception: str, errorcode: str, message: str) -> dict[str, Any]:
    """What `capability_ablation.json` tells of a refusal, in the shape that all refusals have."""
    return {"exception": exception, "errorcode": errorcode, "message": message}


class Answer:
    """One answer of the replayed Moodle: the status, the type and the raw body."""

    def __init__(
        self,
        body: object = None,
        status: int = 200,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.body, self.status = raw, status
        self.headers = {"Content-Type": content_type, **(headers or {})}

    @classmethod
    def of(cls, name: str) -> "Answer":
        response = recorded(name)["response"]
        body = response["json"]
        if isinstance(body, dict) and "__raw" in body:
            body = body["__raw"].encode()
        return cls(body, response["status"], response["content_type"])


class Replay(BaseAdapter):
    """A requests transport that gives the queued answers (or raises what stands in the queue) and keeps what it got."""

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            answer.request = request  # type: ignore[attr-defined]  # as requests' own exceptions do
            raise answer
        response = requests.Response()
        response.status_code = answer.status
        response.headers.update(answer.headers)
        response.raw = HTTPResponse(body=io.BytesIO(answer.body), preload_content=False)
        response.url = str(request.url)
        response.request = request
        return response

    def close(self) -> None:
        pass

    @property
    def forms(self) -> list[list[tuple[str, str]]]:
        return [parse_qsl(str(request.body), keep_blank_values=True) for request in self.requests]


def client(*answers: Answer | Exception, **options: Any) -> tuple[MoodleClient, Replay]:
    replay = Replay(*answers)
    options = {"sleep": lambda _: None, "uniform": lambda low, high: high, **options}
    return MoodleClient(URL, TOKEN, adapter=replay, **options), replay


def once(*answers: Answer | Exception) -> MoodleClient:
    return client(*answers, retries=Retries(attempts=1))[0]


def test_a_call_is_posted_exactly_as_the_recorded_one() -> None:
    moodle, replay = client(Answer.of("group_create"))
    moodle.create_group(2, "Пара А", "", "pair-A", GroupVisibility.ALL)
    expected = [
        (name, TOKEN if name == "wstoken" else str(value))
        for name, value in recorded("group_create")["request"]["body"]
        if name != "groups[0][participation]"  # what Moodle takes by default
    ]
    assert sorted(replay.forms[0]) == sorted(expected)
    request = replay.requests[0]
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["User-Agent"] == f"moodle-mentorship/{__version__}"


def test_parameters_are_flattened_as_moodle_reads_them() -> None:
    parameters = {"field": "id", "values": [7, 8], "users": [{"id": 1, "on": True, "off": False}], "empty": []}
    assert list(flatten(parameters)) == [
        ("field", "id"),
        ("values[0]", "7"),
        ("values[1]", "8"),
        ("users[0][id]", "1"),
        ("users[0][on]", "1"),
        ("users[0][off]", "0"),
    ]


def test_site_info() -> None:
    answer = recorded("site_info")["response"]["json"]
    answer["functions"] = answer["functions"][:3]  # the recording is shortened after them
    info = client(Answer(answer))[0].site_info()
    assert (info.site_name, info.site_url, info.release, info.version) == (
        "Школа Тест",
        "http://localhost:8085",
        "4.5.6 (Build: 20250811)",
        "2024100706",
    )
    assert (info.user_id, info.username, info.is_site_admin) == (63, "mentorship_svc", False)
    assert info.functions == {
        "local_mentorship_get_staff_delta",
        "core_webservice_get_site_info",
        "core_user_get_users",
    }


def test_cohorts_and_their_members_sorted() -> None:
    members = [{"cohortid": 1, "userids": [32, 44, 5]}]
    moodle, replay = client(Answer.of("cohort_get_cohorts_all"), Answer(members))
    assert moodle.cohorts() == (Cohort(1, "Сотрудники", "staff", True),)
    assert moodle.cohort_members(1) == (5, 32, 44)
    assert replay.forms[1] == [
        (name, TOKEN if name == "wstoken" else str(value))
        for name, value in recorded("cohort_members")["request"]["body"]
    ]


def test_users_by_id_have_custom_fields_and_no_patronymic() -> None:
    moodle, replay = client(Answer.of("user_by_field_id"))
    assert moodle.users_by_id([99999, 3, 2, 3]) == (
        StaffPerson(2, "User", "Admin", None, "admin@example.org", False, {}),
        StaffPerson(
            3,
            "Петрова",
            "Мария",
            None,
            "teacher01@school.example",
            False,
            {"position": "Старший учитель", "subject": "Русский язык", "hire_date": "1285876800"},
        ),
    )
    assert replay.forms[0][3:] == [("field", "id"), ("values[0]", "2"), ("values[1]", "3"), ("values[2]", "99999")]


def test_users_by_id_go_in_batches_of_200() -> None:
    moodle, replay = client(Answer([]), Answer([]), Answer([]))
    assert moodle.users_by_id(range(1, 402)) == ()
    assert [len(form) - 4 for form in replay.forms] == [200, 200, 1]


STAFF_PERSON = {
    "id": 3,
    "lastname": "Петрова",
    "firstname": "Мария",
    "middlename": "Сергеевна",
    "email": "teacher01@school.example",
    "suspended": 0,
    "profile": [{"shortname": "position", "value": "Учитель"}, {"shortname": "hire_date", "value": ""}],
}
PERSON = StaffPerson(
    3,
    "Петрова",
    "Мария",
    "Сергеевна",
    "teacher01@school.example",
    False,
    {"position": "Учитель", "hire_date": ""},
)


def test_a_page_of_staff() -> None:
    warning = {"item": "rank", "itemid": 0, "warningcode": "unknownprofilefield", "message": "…"}
    page = {"people": [STAFF_PERSON], "next": 3, "total": 64, "sequence": 17, "warnings": [warning], "new_field": 1}
    moodle, replay = client(Answer(page))
    assert moodle.get_staff(0, 1, ["position", "hire_date", "rank"]) == StaffPage(
        (PERSON,), next=3, total=64, sequence=17, warnings=(MoodleWarning("unknownprofilefield", "rank"),)
    )
    assert replay.forms[0][1:] == [
        ("wsfunction", "local_mentorship_get_staff"),
        ("moodlewsrestformat", "json"),
        ("afterid", "0"),
        ("limit", "1"),
        ("profilefields[0]", "position"),
        ("profilefields[1]", "hire_date"),
        ("profilefields[2]", "rank"),
    ]


def test_a_page_of_changes() -> None:
    page = {
        "changes": [
            {"sequence": 5, "userid": 3, "kind": "changed", "person": STAFF_PERSON},
            {"sequence": 6, "userid": 4, "kind": "left", "person": None},
            {"sequence": 9, "userid": 5, "kind": "deleted", "person": None},
        ],
        "next": 9,
        "more": 1,
        "oldest": 1,
        "journal": "k3",
        "warnings": [],
    }
    assert client(Answer(page))[0].get_changes(4) == ChangesPage(
        (
            Change(5, 3, ChangeKind.CHANGED, PERSON),
            Change(6, 4, ChangeKind.LEFT, None),
            Change(9, 5, ChangeKind.DELETED, None),
        ),
        next=9,
        more=True,
        oldest=1,
        journal="k3",
    )


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda page: page["people"][1].update(id="3"), "people[1].id"),
        (lambda page: page["people"][1].update(id=True), "people[1].id"),
        (lambda page: page["people"][1].update(id=None), "people[1].id"),
        (lambda page: page["people"][1].pop("email"), "people[1].email"),
        (lambda page: page["people"][1].update(lastname=4), "people[1].lastname"),
        (lambda page: page["people"][1].update(suspended="no"), "people[1].suspended"),
        (lambda page: page["people"][1].update(suspended=2), "people[1].suspended"),
        (lambda page: page["people"][1].update(profile={}), "people[1].profile"),
        (lambda page: page["people"][0]["profile"].append(7), "people[0].profile[2]"),
        (lambda page: page["people"][0]["profile"][0].pop("shortname"), "people[0].profile[0].shortname"),
        (lambda page: page["people"][0]["profile"][1].update(value=5), "people[0].profile[1].value"),
        (lambda page: page["people"].append(7), "people[2]"),
        (lambda page: page.pop("total"), "total"),
        (lambda page: page.update(people=None), "people"),
    ],
)
def test_a_wrong_type_is_named_with_function_and_path(spoil: Callable[[Any], object], path: str) -> None:
    page = json.loads(json.dumps({"people": [STAFF_PERSON] * 2, "next": 0, "total": 2, "sequence": 1}))
    spoil(page)
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        client(Answer(page))[0].get_staff()
    assert (caught.value.function, caught.value.path) == ("local_mentorship_get_staff", path)
    assert str(caught.value).startswith(f"local_mentorship_get_staff: {path}: ")


@pytest.mark.parametrize("answer", [[], 5, "x", None])
def test_another_shape_at_the_top_is_named(answer: object) -> None:
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        client(Answer(answer))[0].get_staff()
    assert str(caught.value) == "local_mentorship_get_staff: answer: Invalid input type."


@pytest.mark.parametrize(("kind", "person"), [("left", STAFF_PERSON), ("changed", None)])
def test_a_person_must_fit_the_kind_of_change(kind: str, person: object) -> None:
    row = {"sequence": 1, "userid": 3, "kind": kind, "person": person}
    page = {"changes": [row], "next": 1, "more": 0, "oldest": 1, "journal": "k"}
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        client(Answer(page))[0].get_changes(0)
    assert caught.value.path == "changes[0].person"


def test_a_void_function_must_answer_null() -> None:
    assert client(Answer.of("group_delete_again"))[0].delete_group(2) is None  # type: ignore[func-returns-value]
    assert client(Answer.of("group_update"))[0].update_group(2, "Пара А (новая)") is None  # type: ignore[func-returns-value]
    with pytest.raises(errors.UnexpectedAnswer):
        client(Answer({}))[0].delete_group(2)


def test_groups_of_a_course() -> None:
    first = Group(1, 2, "Пара 1", "", "pair-1", GroupVisibility.ALL)
    second = Group(2, 2, "Пара А", "", "pair-A", GroupVisibility.ALL)
    moodle, _ = client(*[Answer.of("group_get_course_groups")] * 3)
    assert moodle.course_groups(2) == (first, second)
    assert moodle.group_by_idnumber(2, "pair-A") == second
    assert moodle.group_by_idnumber(2, "pair-Z") is None


def test_members_are_added_and_read_back() -> None:
    moodle, replay = client(Answer.of("group_add_members"), Answer.of("group_get_members"))
    moodle.add_group_members(2, [25, 5])
    assert replay.forms[0] == [
        (name, TOKEN if name == "wstoken" else str(value))
        for name, value in recorded("group_add_members")["request"]["body"]
    ]
    assert replay.forms[1][1] == ("wsfunction", "core_group_get_group_members")


def test_members_that_max_input_vars_dropped_are_added_once_more() -> None:
    def members(*ids: int) -> Answer:
        return Answer([{"groupid": 2, "userids": list(ids)}])

    moodle, replay = client(Answer(), members(5), Answer(), members(25, 5))
    moodle.add_group_members(2, [5, 25])
    assert [value for name, value in replay.forms[2] if name.endswith("[userid]")] == ["25"]

    moodle, _ = client(Answer(), members(5), Answer(), members(5))
    with pytest.raises(errors.MembersNotAdded) as caught:
        moodle.add_group_members(2, [5, 25, 26])
    assert caught.value.missing == (25, 26)
    assert str(caught.value) == "core_group_add_group_members: 2 members missing"


def test_members_that_stay_after_removal_are_named() -> None:
    moodle, _ = client(Answer(), Answer.of("group_get_members"), Answer(), Answer.of("group_get_members"))
    with pytest.raises(errors.MembersNotRemoved) as caught:
        moodle.remove_group_members(2, [5, 7])
    assert caught.value.remaining == (5,)


def test_members_go_in_batches_of_200() -> None:
    ids = range(1, 402)
    moodle, replay = client(Answer(), Answer(), Answer(), Answer([{"groupid": 2, "userids": list(ids)}]))
    moodle.add_group_members(2, ids)
    assert [(len(form) - 3) // 2 for form in replay.forms[:3]] == [200, 200, 1]


def test_enrolment() -> None:
    moodle, replay = client(Answer.of("enrol_manual_enrol"), Answer.of("enrol_manual_unenrol_again"))
    moodle.enrol(2, 5, [61])
    moodle.unenrol(2, [61])
    for form, name in zip(replay.forms, ("enrol_manual_enrol", "enrol_manual_unenrol_again"), strict=True):
        body = recorded(name)["request"]["body"]
        assert form == [(key, TOKEN if key == "wstoken" else str(value)) for key, value in body]


def test_users_in_a_course_are_read_until_a_page_is_empty() -> None:
    moodle, replay = client(Answer.of("enrolled_users_paged"), Answer([{"id": 4, "fullname": "…"}]), Answer([]))
    assert moodle.users_in_course(2) == (CourseUser(3, ("editingteacher",)), CourseUser(4, ()))
    assert [dict(form)["options[0][value]"] for form in replay.forms] == ["0", "500", "1000"]


def test_a_message_says_what_became_of_it() -> None:
    moodle, replay = client(Answer({"status": "sent"}), Answer({"status": "already"}), Answer({"status": "lost"}))
    sending = (10, "survey:1", "Анкета", "Ответьте", "https://moodle.example/mod/lti/view.php?l=3")
    assert (moodle.send_message(*sending), moodle.send_message(*sending)) == (Told.SENT, Told.ALREADY)
    assert replay.forms[0][1:] == [
        ("wsfunction", "local_mentorship_send_message"),
        ("moodlewsrestformat", "json"),
        ("userid", "10"),
        ("key", "survey:1"),
        ("subject", "Анкета"),
        ("text", "Ответьте"),
        ("address", "https://moodle.example/mod/lti/view.php?l=3"),
    ]
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        moodle.send_message(*sending)
    assert caught.value.path == "status"


def test_a_mark_says_what_became_of_it() -> None:
    moodle, replay = client(Answer({"status": "set"}), Answer({"status": "off"}))
    assert moodle.set_completion(3, 10, done=True) is Ticked.SET
    assert moodle.set_completion(3, 10, done=False) is Ticked.OFF
    assert [form[3:] for form in replay.forms] == [
        [("linkid", "3"), ("userid", "10"), ("done", done)] for done in ("1", "0")
    ]


HTML = "text/html; charset=utf-8"
NOPERMISSIONS = refusal(
    "required_capability_exception",
    "nopermissions",
    "Sorry, but you do not currently have permissions to do that (Manage groups).",
)
COURSE = refusal("moodle_exception", "errorcoursecontextnotvalid", "You cannot execute functions in the course context")
CLI_MAINTENANCE = "<!DOCTYPE html><html><head><title>Сайт на техническом обслуживании</title></head></html>".encode()
PLAIN_LOGIN = b'<html><body><form action="https://moodle.example/login/index.php" id="login"></form></body></html>'


@pytest.mark.parametrize(
    ("answer", "kind", "code", "retryable"),
    [
        (Answer.of("err_invalidtoken"), errors.TokenInvalid, "moodle_token_invalid", False),
        (Answer.of("err_token_expired"), errors.AccessRefused, "moodle_access_refused", False),
        (Answer.of("err_iprestriction"), errors.AccessRefused, "moodle_access_refused", False),
        (Answer.of("err_function_not_in_service"), errors.AccessRefused, "moodle_access_refused", False),
        (Answer.of("err_unknown_function"), errors.FunctionMissing, "moodle_function_missing", False),
        (Answer.of("group_get_missing"), errors.RecordMissing, "moodle_record_missing", False),
        (Answer.of("enrolled_users_bad_course"), errors.RecordMissing, "moodle_record_missing", False),
        (Answer.of("enrol_manual_enrol_bad_user"), errors.UserMissing, "moodle_user_missing", False),
        (Answer(NOPERMISSIONS), errors.PermissionMissing, "moodle_permission_missing", False),
        (Answer.of("err_webservices_disabled"), errors.WebServicesDisabled, "moodle_web_services_disabled", False),
        (Answer.of("err_maintenance"), errors.SiteMaintenance, "moodle_maintenance", True),
        (Answer(CLI_MAINTENANCE, 503, HTML), errors.SiteMaintenance, "moodle_maintenance", True),
        (Answer(COURSE), errors.CourseClosed, "moodle_course_closed", False),
        (Answer.of("err_missing_param"), errors.ParameterInvalid, "moodle_parameter_invalid", False),
        (Answer.of("group_create_dup_name"), errors.ParameterInvalid, "moodle_parameter_invalid", False),
        (Answer.of("group_add_members_not_enrolled"), errors.ParameterInvalid, "moodle_parameter_invalid", False),
        (Answer.of("group_create_dup_idnumber"), errors.IdNumberTaken, "moodle_idnumber_taken", False),
        (
            Answer.of("enrol_manual_enrol_forbidden_role"),
            errors.RoleNotAssignable,
            "moodle_role_not_assignable",
            False,
        ),
        (Answer.of("user_get_users_bad_key"), errors.Warned, "moodle_warned", False),
        (Answer.of("user_by_field_bad"), errors.MoodleRefused, "moodle_refused", False),
        (Answer.of("message_send"), errors.MoodleRefused, "moodle_refused", False),
        (Answer(b"<b>Notice</b>: Undefined", 200, HTML), errors.AnswerUnreadable, "moodle_answer_unreadable", True),
        (Answer(b'[{"id": 1, "na'), errors.AnswerUnreadable, "moodle_answer_unreadable", True),
        (Answer(b""), errors.AnswerUnreadable, "moodle_answer_unreadable", True),
        (Answer.of("perf_50000_get_users_email_like"), errors.ServerFailed, "moodle_server_failed", True),
        (Answer(b"Bad gateway", 502, HTML), errors.ServerFailed, "moodle_server_failed", True),
        (Answer(b"Not found", 404, HTML), errors.UnexpectedStatus, "moodle_unexpected_status", False),
        (Answer(b"Forbidden by policy", 403, HTML), errors.UnexpectedStatus, "moodle_unexpected_status", False),
        (
            Answer(b"", 303, HTML, {"Location": "https://moodle.example/login/index.php"}),
            errors.LoginDemanded,
            "moodle_login_demanded",
            False,
        ),
        (Answer(PLAIN_LOGIN, 200, HTML), errors.LoginDemanded, "moodle_login_demanded", False),
        (
            Answer(b"", 301, HTML, {"Location": "https://new.example/x?user=Ivanov"}),
            errors.Redirected,
            "moodle_redirected",
            False,
        ),
        (requests.exceptions.ReadTimeout(), errors.TimedOut, "moodle_timed_out", True),
        (requests.exceptions.ConnectTimeout(), errors.Unreachable, "moodle_unreachable", True),
        (
            requests.exceptions.ConnectionError("NewConnectionError: refused"),
            errors.Unreachable,
            "moodle_unreachable",
            True,
        ),
        (requests.exceptions.ProxyError(), errors.Unreachable, "moodle_unreachable", True),
        (
            requests.exceptions.ConnectionError("Connection reset by peer"),
            errors.ConnectionBroken,
            "moodle_connection_broken",
            True,
        ),
        (
            requests.exceptions.ConnectionError("Read timed out."),
            errors.TimedOut,
            "moodle_timed_out",
            True,
        ),
        (
            requests.exceptions.ChunkedEncodingError("IncompleteRead"),
            errors.ConnectionBroken,
            "moodle_connection_broken",
            True,
        ),
        (requests.exceptions.SSLError(), errors.CertificateRefused, "moodle_certificate_refused", False),
        (
            requests.exceptions.ContentDecodingError(),
            errors.UnexpectedAnswer,
            "moodle_unexpected_answer",
            False,
        ),
    ],
)
def test_each_way_to_fail_has_its_error(
    answer: Answer | Exception, kind: type[errors.MoodleError], code: str, retryable: bool
) -> None:
    with pytest.raises(errors.MoodleError) as caught:
        once(answer).call(Function.GET_COURSE_GROUPS, {"courseid": 2})
    assert (type(caught.value), caught.value.code, caught.value.retryable) == (kind, code, retryable)
    assert caught.value.function == "core_group_get_course_groups"


def test_an_answer_beyond_the_cap_is_dropped() -> None:
    moodle, _ = client(Answer(b"[" + b" " * 2000 + b"]"), max_bytes=1000)
    with pytest.raises(errors.AnswerTooLarge) as caught:
        moodle.cohorts()
    assert str(caught.value) == "core_cohort_get_cohorts: more than 1000 bytes"


def test_an_answer_that_drips_past_its_time_is_dropped(outside: Outside) -> None:
    """Each byte comes within the timeout between two bytes; the whole answer doesn't come in time."""
    outside.says(b"HTTP/1.1 200 OK\r\n\r\n[", *[b" "] * 1000, pause=0.05)
    timeouts = Timeouts(connect=1, read=1, answer=0.3)
    with (
        MoodleClient(outside.url, TOKEN, guard=LOCAL, timeouts=timeouts, retries=Retries(attempts=1)) as moodle,
        pytest.raises(errors.TimedOut),
    ):
        moodle.cohorts()


def test_a_private_address_is_not_asked(outside: Outside) -> None:
    with MoodleClient(outside.url, TOKEN) as moodle, pytest.raises(errors.AddressPrivate) as caught:
        moodle.cohorts()
    assert (caught.value.code, caught.value.retryable) == ("moodle_private_address", False)
    assert outside.heard == []


def test_a_redirect_names_the_new_host_and_is_not_followed() -> None:
    moodle, replay = client(Answer(b"", 307, HTML, {"Location": "https://evil.example/?wstoken=x"}))
    with pytest.raises(errors.Redirected) as caught:
        moodle.cohorts()
    assert (caught.value.target, len(replay.requests)) == ("https://evil.example", 1)


def test_moodle_s_words_are_for_the_page_and_its_debuginfo_for_nobody() -> None:
    with pytest.raises(errors.ParameterInvalid) as caught:
        once(Answer.of("group_add_not_enrolled_debug")).call(Function.ADD_GROUP_MEMBERS, {})
    assert str(caught.value) == "core_group_add_group_members: refused with invalidparameter"
    assert caught.value.params == {
        "function": "core_group_add_group_members",
        "errorcode": "invalidparameter",
        "said": "Invalid parameter value detected",
    }
    odd = refusal("x", "Ivanova Anna cannot", "…")
    with pytest.raises(errors.MoodleRefused) as caught_odd:
        once(Answer(odd)).call(Function.ADD_GROUP_MEMBERS, {})
    assert str(caught_odd.value) == "core_group_add_group_members: refused with unknown"


def test_an_idempotent_call_is_repeated_with_growing_jittered_delays() -> None:
    delays: list[float] = []
    ranges: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        ranges.append((low, high))
        return high / 2

    moodle, replay = client(
        requests.exceptions.ReadTimeout(),
        Answer(b"", 500, HTML),
        Answer(b"[{"),
        Answer.of("cohort_get_cohorts_all"),
        sleep=delays.append,
        uniform=uniform,
    )
    with capture_logs() as logs:
        assert len(moodle.cohorts()) == 1
    assert (len(replay.requests), ranges, delays) == (4, [(0, 0.5), (0, 1.0), (0, 2.0)], [0.25, 0.5, 1.0])
    assert [(line["event"], line["attempt"], line["code"]) for line in logs] == [
        ("moodle.retry", 1, "moodle_timed_out"),
        ("moodle.retry", 2, "moodle_server_failed"),
        ("moodle.retry", 3, "moodle_answer_unreadable"),
    ]


def test_attempts_and_total_time_are_bounded() -> None:
    moodle, replay = client(*[Answer(b"", 500, HTML)] * 9)
    with pytest.raises(errors.ServerFailed):
        moodle.cohorts()
    assert len(replay.requests) == 4

    moodle, replay = client(
        *[Answer(b"", 500, HTML)] * 9, retries=Retries(attempts=9, base=4, cap=100, total=10), monotonic=lambda: 0.0
    )
    with pytest.raises(errors.ServerFailed):
        moodle.cohorts()
    assert len(replay.requests) == 3  # delays of 4 and 8 fit into 10 s, 16 does not


def test_what_is_not_idempotent_is_never_repeated() -> None:
    moodle, replay = client(requests.exceptions.ReadTimeout(), Answer(b"", 500, HTML))
    with pytest.raises(errors.TimedOut):
        moodle.create_group(2, "Пара", "", "pair")
    assert len(replay.requests) == 1


def test_a_refusal_is_not_repeated() -> None:
    moodle, replay = client(Answer.of("err_invalidtoken"), Answer.of("err_invalidtoken"))
    with pytest.raises(errors.TokenInvalid):
        moodle.cohorts()
    assert len(replay.requests) == 1


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "answer",
    [
        requests.exceptions.ReadTimeout(),
        requests.exceptions.ConnectionError("reset"),
        Answer.of("err_invalidtoken"),
        Answer(b"not json"),
        Answer(TOKEN.encode(), 500, HTML),
        Answer({"exception": "x", "errorcode": TOKEN + " echoed", "message": "x"}),
        Answer(b"", 302, HTML, {"Location": f"https://evil.example/?wstoken={TOKEN}"}),
        Answer([{"id": TOKEN}]),
    ],
)
def test_the_token_stays_in_the_body(answer: Answer | Exception, caplog: pytest.LogCaptureFixture) -> None:
    moodle, replay = client(answer, answer, retries=Retries(attempts=2))
    with caplog.at_level(logging.DEBUG), capture_logs() as logs, pytest.raises(errors.MoodleError) as caught:
        moodle.course_groups(2)
    request = replay.requests[0]
    assert TOKEN in str(request.body)
    assert TOKEN not in str(request.url)
    assert TOKEN not in repr(request.headers)
    assert TOKEN not in repr(moodle)
    assert TOKEN not in caplog.text + repr(logs)
    assert list(chain(caught.value)) == [caught.value]  # nothing of requests, whose errors hold the request's body
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_every_function_is_documented_and_writes_are_marked_on_purpose() -> None:
    assert all(function.does.endswith(".") for function in Function)
    made_anew = {Function.CREATE_GROUPS, Function.CREATE_GROUPINGS}
    assert {function for function in Function if not function.idempotent} == made_anew


def test_credentials_of_the_environment_are_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine moodle.example login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    moodle, replay = client(Answer([]))
    moodle.cohorts()
    assert "Authorization" not in replay.requests[0].headers
