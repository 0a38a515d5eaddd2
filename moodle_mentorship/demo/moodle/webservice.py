"""`/webservice/rest/server.php`: Moodle's REST server with the error shapes of the recordings."""

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import requests
from flask import Blueprint, Response, current_app, request

from moodle_mentorship.demo.moodle.config import COURSE_CAPABILITIES, SITE_CAPABILITIES
from moodle_mentorship.demo.moodle.state import (
    ROLES,
    STUDENT,
    DemoGroup,
    DemoGrouping,
    DemoMoodle,
    DemoUser,
    Fault,
    Tracking,
    role_names,
)
from moodle_mentorship.moodle.signing import signed_headers

webservice = Blueprint("webservice", __name__)

#: Set in the WSGI environment when the work is done and the answer is to be lost (see `transport.LostAnswers`).
DROP = "demo_moodle.drop_answer"

_BASE = "core\\exception\\"


class Refusal(Exception):
    """An error that Moodle answers with HTTP 200. `debuginfo` is shown at developer debug alone."""

    def __init__(self, exception: str, errorcode: str, message: str, debuginfo: str = "") -> None:
        super().__init__(errorcode)
        self.body = {"exception": exception, "errorcode": errorcode, "message": message}
        self.debuginfo = debuginfo


def _invalid_parameter(debuginfo: str) -> Refusal:
    return Refusal(
        f"{_BASE}invalid_parameter_exception", "invalidparameter", "Invalid parameter value detected", debuginfo
    )


def _missing_record(table: str) -> Refusal:
    return Refusal(
        "dml_missing_record_exception", "invalidrecord", f"Can't find data record in database table {table}."
    )


def _access() -> Refusal:
    return Refusal("webservice_access_exception", "accessexception", "Access control exception")


@webservice.post("/webservice/rest/server.php")
def server() -> Response:
    """One call. The form is read as PHP reads it, `max_input_vars` included."""
    moodle: DemoMoodle = current_app.extensions["demo_moodle"]
    if not moodle.web_services_enabled:
        return Response("", 403, content_type="text/html; charset=utf-8")
    form = _php_form(request.form.items(multi=True), moodle.config.max_input_vars)
    name = str(form.pop("wsfunction", ""))
    with moodle.lock:
        moodle.calls[name] += 1
    fault = moodle.take_fault(name)
    before = _spoil(moodle, fault)
    if before is not None:
        return before
    token = form.pop("wstoken", "")
    form.pop("moodlewsrestformat", None)
    with moodle.lock:
        try:
            answer: object = _call(moodle, token, name, form)
        except Refusal as refusal:
            answer = refusal.body | ({"debuginfo": refusal.debuginfo} if moodle.developer_debug else {})
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    if fault is Fault.CUT_JSON:
        body = body[: len(body) // 2]
    if fault is Fault.ANSWER_THEN_DROP:
        request.environ[DROP] = True
    response = Response(body, content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _spoil(moodle: DemoMoodle, fault: Fault | None) -> Response | None:
    """The answer of a call that is not carried out."""
    html = "text/html; charset=utf-8"
    match fault:
        case Fault.HTTP_500:
            return Response("", 500, content_type=html)
        case Fault.NOT_JSON:
            return Response("<br />\n<b>Fatal error</b>: Allowed memory size exhausted", 200, content_type=html)
        case Fault.MAINTENANCE_PAGE:
            page = "<!DOCTYPE html><html><head><title>Сайт на техническом обслуживании</title></head></html>"
            return Response(page, 503, content_type=html)
        case Fault.LOGIN_REDIRECT:
            target = f"{moodle.config.base_url}/login/index.php?wantsurl={quote(moodle.config.base_url)}"
            return Response("", 303, {"Location": target}, content_type=html)
        case Fault.MOVED:
            target = moodle.config.base_url.replace("http://", "https://www.", 1)
            return Response("", 301, {"Location": f"{target}/webservice/rest/server.php"}, content_type=html)
        case Fault.FORBIDDEN_PAGE:
            return Response("<html><body>Request blocked. Support ID: 1</body></html>", 403, content_type=html)
        case Fault.STALL:
            moodle.hang()
            return Response("", 500, content_type=html)
        case _:
            return None


def _php_form(items: Iterable[tuple[str, str]], limit: int) -> dict[str, Any]:
    """``users[0][id]=5`` as nested dictionaries. As recorded, PHP keeps one variable more than its limit says."""
    form: dict[str, Any] = {}
    for count, (name, value) in enumerate(items):
        if count > limit:
            break
        first, *rest = name.split("[")
        keys = [first, *(key.rstrip("]") for key in rest)]
        place = form
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return form


class _Parameters:
    """A function's parameters with Moodle's `validate_parameters()` over them."""

    def __init__(self, values: Any) -> None:
        if not isinstance(values, dict):
            raise _invalid_parameter("Only arrays accepted.")
        self._values = values

    def expect(self, *names: str) -> "_Parameters":
        unexpected = set(self._values) - set(names)
        if unexpected:
            raise _invalid_parameter(f"Unexpected keys ({', '.join(sorted(unexpected))}) detected in parameter array.")
        return self

    def text(self, name: str, default: str | None = None) -> str:
        if name not in self._values:
            if default is None:
                raise _invalid_parameter(f"Missing required key in single structure: {name}")
            return default
        return str(self._values[name])

    def number(self, name: str, default: int | None = None) -> int:
        raw = self.text(name, None if default is None else str(default))
        try:
            return int(raw)
        except ValueError:
            raise _invalid_parameter(f"Invalid external api parameter: {name}") from None

    def has(self, name: str) -> bool:
        return name in self._values

    def rows(self, name: str, *, required: bool = True) -> list["_Parameters"]:
        return [_Parameters(row) for row in self._items(name, required)]

    def texts(self, name: str) -> list[str]:
        return [str(value) for value in self._items(name, False)]

    def numbers(self, name: str, *, required: bool = True) -> list[int]:
        try:
            return [int(value) for value in self._items(name, required)]
        except (ValueError, TypeError):
            raise _invalid_parameter(f"Invalid external api parameter: {name}") from None

    def _items(self, name: str, required: bool) -> list[Any]:
        if required and name not in self._values:
            raise _invalid_parameter(f"Missing required key in single structure: {name}")
        found = self._values.get(name, {})
        return list(found.values()) if isinstance(found, dict) else [found]


_Handler = Callable[[DemoMoodle, _Parameters], object]
_HANDLERS: dict[str, _Handler] = {}


def _function(name: str) -> Callable[[_Handler], _Handler]:
    def keep(handler: _Handler) -> _Handler:
        _HANDLERS[name] = handler
        return handler

    return keep


def _call(moodle: DemoMoodle, token: str, name: str, form: dict[str, Any]) -> object:
    """The checks in Moodle's own order: the site, the token, the function, the service, the capability."""
    if moodle.in_maintenance:
        raise Refusal(
            f"{_BASE}moodle_exception",
            "sitemaintenance",
            "The site is undergoing maintenance and is currently not available",
        )
    if moodle.token is None or token != moodle.token:
        raise Refusal(f"{_BASE}moodle_exception", "invalidtoken", "Invalid token - token not found")
    if moodle.token_expired:
        moodle.token, moodle.token_expired = None, False
        raise _access()
    if not moodle.address_allowed:
        raise _access()
    if moodle.service_user.suspended:
        said = f"Refused web service access for suspended username: {moodle.service_user.username}"
        raise Refusal(f"{_BASE}moodle_exception", "wsaccessusersuspended", said)
    handler = _HANDLERS.get(name)
    if handler is None or (name.startswith("local_mentorship_") and not moodle.config.plugin):
        raise _missing_record("external_functions")
    if name not in offered_functions(moodle) or "webservice/rest:use" not in moodle.capabilities:
        raise _access()
    return handler(moodle, _Parameters(form))


def offered_functions(moodle: DemoMoodle) -> list[str]:
    """The functions that the token's service holds."""
    names = [name for name in _HANDLERS if moodle.config.plugin or not name.startswith("local_mentorship_")]
    allowed = moodle.config.service_functions
    offered = [name for name in names if allowed is None or name in allowed]
    return [name for name in offered if name not in moodle.withheld_functions]


def _need(moodle: DemoMoodle, capability: str, title: str) -> None:
    if capability not in moodle.capabilities:
        raise Refusal(
            "required_capability_exception",
            "nopermissions",
            f"Sorry, but you do not currently have permissions to do that ({title}).",
        )


def _enter_course(moodle: DemoMoodle, course_id: int, *, groups: bool = False) -> None:
    if course_id != moodle.config.course_id or not moodle.course_exists:
        raise _missing_record("course")
    if "moodle/course:view" not in moodle.capabilities:
        raise Refusal(
            f"{_BASE}moodle_exception",
            "errorcoursecontextnotvalid",
            f"You cannot execute functions in the course context (course id:{course_id}). The context error message "
            "was: Course or activity not accessible.",
        )
    if groups:
        _need(moodle, "moodle/course:managegroups", "Manage groups")


def _living(moodle: DemoMoodle, user_id: int) -> DemoUser | None:
    user = moodle.users.get(user_id)
    return None if user is None or user.deleted else user


# The site ---------------------------------------------------------------------------------------------------------


@_function("core_webservice_get_site_info")
def _site_info(moodle: DemoMoodle, parameters: _Parameters) -> object:
    user = moodle.service_user
    return {
        "sitename": moodle.config.school_name,
        "username": user.username,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "fullname": user.fullname,
        "lang": "ru",
        "userid": user.id,
        "siteurl": moodle.config.base_url,
        "userpictureurl": "",
        "functions": [{"name": name, "version": moodle.plugin_version} for name in offered_functions(moodle)],
        "downloadfiles": 0,
        "uploadfiles": 0,
        "release": moodle.release,
        "version": "2024100706",
        "userissiteadmin": False,
        "siteid": 1,
    }


# Our plugin -------------------------------------------------------------------------------------------------------


def _person(user: DemoUser, fields: list[str]) -> dict[str, object]:
    return {
        "id": user.id,
        "lastname": user.lastname,
        "firstname": user.firstname,
        "middlename": user.middlename,
        "email": user.email,
        "suspended": int(user.suspended),
        "profile": [{"shortname": name, "value": user.profile.get(name, "")} for name in fields],
    }


def _fields(moodle: DemoMoodle, parameters: _Parameters) -> tuple[list[str], list[dict[str, object]]]:
    asked = parameters.texts("profilefields")
    warnings = [
        {
            "item": name,
            "itemid": 0,
            "warningcode": "unknownprofilefield",
            "message": "There is no custom profile field with this short name.",
        }
        for name in asked
        if name not in moodle.profile_fields
    ]
    return [name for name in asked if name in moodle.profile_fields], warnings


def _limit(parameters: _Parameters) -> int:
    limit = parameters.number("limit", 500)
    if not 1 <= limit <= 1000:
        raise _invalid_parameter("limit must be between 1 and 1000")
    return limit


@_function("local_mentorship_get_staff")
def _get_staff(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("afterid", "limit", "profilefields")
    after, limit = parameters.number("afterid", 0), _limit(parameters)
    _need(moodle, "local/mentorship:readstaff", "Read the staff directory")
    fields, warnings = _fields(moodle, parameters)
    staff = moodle.staff()
    left = [user for user in staff if user.id > after]
    return {
        "people": [_person(user, fields) for user in left[:limit]],
        "next": left[limit - 1].id if len(left) > limit else 0,
        "total": len(staff),
        "sequence": moodle.sequence,
        "warnings": warnings,
    }


@_function("local_mentorship_get_changes")
def _get_changes(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("aftersequence", "limit", "profilefields")
    after, limit = parameters.number("aftersequence"), _limit(parameters)
    _need(moodle, "local/mentorship:readstaff", "Read the staff directory")
    fields, warnings = _fields(moodle, parameters)
    entries = moodle.journal_after(after)
    changes: list[dict[str, object]] = []
    for sequence, user_id in entries[:limit]:
        user = moodle.users[user_id]
        kind = "deleted" if user.deleted else "changed" if user_id in moodle.cohort else "left"
        person = _person(user, fields) if kind == "changed" else None
        changes.append({"sequence": sequence, "userid": user_id, "kind": kind, "person": person})
    more = len(entries) > limit
    return {
        "changes": changes,
        "next": entries[limit - 1][0] if more else max(moodle.sequence, after),
        "more": int(more),
        "oldest": moodle.oldest_sequence,
        "journal": moodle.journal_id,
        "warnings": warnings,
    }


@_function("local_mentorship_diagnose")
def _diagnose(moodle: DemoMoodle, parameters: _Parameters) -> object:
    ping = parameters.expect("ping").number("ping", 0)
    tool = moodle.current_tool()
    waits = moodle.webhook_failing
    status, said = _ping(moodle) if ping and moodle.webhook_url else (-1, "")
    named = [("system", SITE_CAPABILITIES), ("course", COURSE_CAPABILITIES if moodle.course_exists else frozenset())]
    return {
        "plugin": moodle.plugin_version,
        "time": int(moodle.now()),
        "connected": 1,
        "capabilities": [
            {"name": name, "context": context, "held": int(name in moodle.capabilities)}
            for context, names in named
            for name in sorted(names)
        ],
        "assignable": int(moodle.course_exists and STUDENT in moodle.assignable_roles),
        "manualenrolment": int(moodle.manual_enrolment),
        "course": {
            "id": moodle.config.course_id,
            "exists": int(moodle.course_exists),
            "visible": int(moodle.course_exists and moodle.course_visible),
        },
        "activity": {"exists": int(moodle.activity_exists), "visible": int(moodle.activity_visible)},
        "cohort": {"exists": int(moodle.cohort_exists), "members": len(moodle.staff()) if moodle.cohort_exists else 0},
        "tool": {
            "exists": int(tool is not None),
            "active": int(tool is not None and tool.active),
            "clientid": tool.client_id if tool else "",
            "toolurl": f"{tool.origin}/" if tool else "",
            "loginurl": tool.login_url if tool else "",
            "redirecturis": "\n".join(tool.all_redirect_uris) if tool else "",
            "jwksurl": tool.jwks_url if tool else "",
        },
        "curl": {
            "blocked": int(moodle.curl_blocks_host or moodle.curl_blocks_port),
            "host": int(moodle.curl_blocks_host),
            "port": int(moodle.curl_blocks_port),
        },
        "webhook": {
            "url": moodle.webhook_url,
            "stopped": int(moodle.webhook_stopped),
            "waiting": waits,
            "failing": waits,
            "behind": waits,
            "status": status,
            "said": said,
        },
        "cron": {"enabled": int(moodle.cron_enabled), "last": int(moodle.now()) - moodle.cron_silent},
    }


def _ping(moodle: DemoMoodle) -> tuple[int, str]:
    """A signed message to the sidecar, as docs/plugin-protocol.md, section 5, has it: status, and what was said."""
    if not moodle.webhook_reachable:
        return 0, "Failed to connect to the sidecar"
    body = b'{"event":"ping"}'
    now = datetime.fromtimestamp(moodle.now(), UTC)
    headers = signed_headers(moodle.webhook_secret, body, delivery=str(uuid.uuid4()), now=now)
    try:
        answer = requests.post(
            moodle.webhook_url, data=body, headers={**headers, "Content-Type": "application/json"}, timeout=4
        )
    except requests.RequestException as error:
        return 0, type(error).__name__
    return answer.status_code, str(answer.json().get("code", ""))


@_function("local_mentorship_send_message")
def _send_message(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("userid", "key", "subject", "text", "address")
    user_id = parameters.number("userid")
    key, subject, text, address = (parameters.text(name) for name in ("key", "subject", "text", "address"))
    _need(moodle, "local/mentorship:sendmessage", "Send messages to the staff")
    if not all(value.strip() for value in (key, subject, text)):
        raise _invalid_parameter("key, subject and text must not be empty")
    tool = moodle.current_tool()
    if not address.startswith((f"{moodle.config.base_url}/", f"{tool.origin}/" if tool else "\0")):
        raise Refusal(f"{_BASE}moodle_exception", "erroraddress", "The address leads elsewhere")
    user = _living(moodle, user_id)
    if user is None or user.suspended or user_id not in moodle.cohort:
        return {"status": "not_staff"}
    return {"status": "sent" if moodle.deliver(user_id, key, subject, text, address) else "already"}


@_function("local_mentorship_set_completion")
def _set_completion(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("linkid", "userid", "done")
    link_id, user_id, done = (parameters.number(name) for name in ("linkid", "userid", "done"))
    _enter_course(moodle, moodle.config.course_id)
    _need(moodle, "local/mentorship:setcompletion", "Mark activities as done")
    if link_id != moodle.config.lti_instance_id or not moodle.activity_exists:
        return {"status": "missing"}
    if moodle.tracking is not Tracking.MANUAL:
        return {"status": moodle.tracking.value}
    if user_id not in moodle.enrolments:
        return {"status": "not_enrolled"}
    if bool(done) == (user_id in moodle.completed):
        return {"status": "same"}
    (moodle.completed.add if done else moodle.completed.discard)(user_id)
    return {"status": "set"}


# Cohorts and users ------------------------------------------------------------------------------------------------


@_function("core_cohort_get_cohorts")
def _get_cohorts(moodle: DemoMoodle, parameters: _Parameters) -> object:
    wanted = parameters.expect("cohortids").numbers("cohortids", required=False)
    _need(moodle, "moodle/cohort:view", "View site-wide cohorts")
    staff = {
        "id": moodle.config.cohort_id,
        "name": "Педагоги",
        "idnumber": "staff",
        "description": "",
        "descriptionformat": 1,
        "visible": True,
        "theme": "",
        "customfields": [],
    }
    return [staff] if not wanted or moodle.config.cohort_id in wanted else []


@_function("core_cohort_get_cohort_members")
def _get_cohort_members(moodle: DemoMoodle, parameters: _Parameters) -> object:
    answer = []
    for cohort_id in parameters.expect("cohortids").numbers("cohortids"):
        if cohort_id != moodle.config.cohort_id:
            raise _missing_record("cohort")
        _need(moodle, "moodle/cohort:view", "View site-wide cohorts")
        # In no order, as Moodle's own answer: odd ids first.
        members = sorted(moodle.cohort, key=lambda id_: (id_ % 2 == 0, id_))
        answer.append({"cohortid": cohort_id, "userids": members})
    return answer


@_function("core_user_get_users_by_field")
def _get_users_by_field(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("field", "values")
    attribute = {"id": "id", "idnumber": "idnumber", "username": "username", "email": "email"}.get(
        parameters.text("field")
    )
    if attribute is None:
        raise Refusal(
            f"{_BASE}coding_exception",
            "codingerror",
            "Coding error detected, it must be fixed by a programmer: invalid field parameter",
        )
    wanted = set(parameters.texts("values"))
    if not {"moodle/user:viewdetails", "moodle/user:viewalldetails"} <= moodle.capabilities:
        return []
    users = [user for _, user in sorted(moodle.users.items()) if not user.deleted]
    return [_core_user(moodle, user) for user in users if str(getattr(user, attribute)) in wanted]


def _core_user(moodle: DemoMoodle, user: DemoUser) -> dict[str, object]:
    row: dict[str, object] = {
        "id": user.id,
        "username": user.username,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "fullname": user.fullname,
    }
    if "moodle/site:viewuseridentity" in moodle.capabilities:
        row["email"] = user.email
    row |= {"department": "", "auth": "manual", "suspended": user.suspended, "confirmed": True, "lang": "ru"}
    if user.idnumber:
        row["idnumber"] = user.idnumber
    fields = [
        {
            "type": datatype,
            "value": user.profile[name],
            "displayvalue": user.profile[name],
            "name": name,
            "shortname": name,
        }
        for name, datatype in moodle.profile_fields.items()
        if user.profile.get(name)
    ]
    return row | ({"customfields": fields} if fields else {})


# Groups -----------------------------------------------------------------------------------------------------------


def _group_row(group: DemoGroup, *, with_key: bool) -> dict[str, object]:
    return {
        "id": group.id,
        "courseid": group.course_id,
        "name": group.name,
        "description": group.description,
        "descriptionformat": 1,
        "enrolmentkey": "" if with_key else None,
        "idnumber": group.idnumber,
        "visibility": group.visibility,
        "participation": True,
    }


@_function("core_group_get_course_groups")
def _get_course_groups(moodle: DemoMoodle, parameters: _Parameters) -> object:
    _enter_course(moodle, parameters.expect("courseid").number("courseid"), groups=True)
    return [_group_row(group, with_key=False) for _, group in sorted(moodle.groups.items())]


_GROUP_KEYS = (
    "courseid",
    "name",
    "description",
    "descriptionformat",
    "enrolmentkey",
    "idnumber",
    "visibility",
    "participation",
    "customfields",
)


@_function("core_group_create_groups")
def _create_groups(moodle: DemoMoodle, parameters: _Parameters) -> object:
    rows = parameters.expect("groups").rows("groups")
    names, idnumbers = set[str](), set[str]()
    # All or none: the recorded call with one bad group among good ones left nothing behind.
    for row in rows:
        name, idnumber = row.expect(*_GROUP_KEYS).text("name"), row.text("idnumber", "")
        row.text("description")
        if not name.strip():
            raise _invalid_parameter("Invalid group name")
        if name in names or any(group.name == name for group in moodle.groups.values()):
            raise _invalid_parameter("Group with the same name already exists in the course")
        _enter_course(moodle, row.number("courseid"), groups=True)
        if row.number("visibility", 0) not in range(4):
            raise _invalid_parameter("Invalid group visibility provided. Must be one of 0,1,2,3")
        if idnumber and (idnumber in idnumbers or any(g.idnumber == idnumber for g in moodle.groups.values())):
            raise Refusal(f"{_BASE}moodle_exception", "idnumbertaken", "This ID number is already in use")
        names.add(name)
        idnumbers.add(idnumber)
    made = [
        moodle.add_group(
            row.text("name"),
            idnumber=row.text("idnumber", ""),
            description=row.text("description"),
            visibility=row.number("visibility", 0),
        )
        for row in rows
    ]
    return [_group_row(group, with_key=True) for group in made]


@_function("core_group_update_groups")
def _update_groups(moodle: DemoMoodle, parameters: _Parameters) -> object:
    for row in parameters.expect("groups").rows("groups"):
        row.expect("id", *_GROUP_KEYS)
        name, group = row.text("name"), moodle.groups.get(row.number("id"))
        if not name.strip():
            raise _invalid_parameter("Invalid group name")
        if group is None:
            raise _invalid_parameter("Group does not exist")
        if name != group.name and any(other.name == name for other in moodle.groups.values()):
            raise _invalid_parameter("A different group with the same name already exists in the course")
        visibility = row.number("visibility", group.visibility)
        if group.members and visibility != group.visibility:
            raise _invalid_parameter("The visibility of this group cannot be changed as it currently has members.")
        _enter_course(moodle, group.course_id, groups=True)
        group.name, group.visibility = name, visibility
        group.description = row.text("description", group.description)
        group.idnumber = row.text("idnumber", group.idnumber)
    return None


@_function("core_group_delete_groups")
def _delete_groups(moodle: DemoMoodle, parameters: _Parameters) -> object:
    for group_id in parameters.expect("groupids").numbers("groupids"):
        group = moodle.groups.get(group_id)
        if group is not None:
            _enter_course(moodle, group.course_id, groups=True)
            del moodle.groups[group_id]
    return None


def _grouping_row(grouping: DemoGrouping, course_id: int) -> dict[str, object]:
    return {
        "id": grouping.id,
        "courseid": course_id,
        "name": grouping.name,
        "description": "",
        "descriptionformat": 1,
        "idnumber": grouping.idnumber,
    }


@_function("core_group_get_course_groupings")
def _get_course_groupings(moodle: DemoMoodle, parameters: _Parameters) -> object:
    course_id = parameters.expect("courseid").number("courseid")
    _enter_course(moodle, course_id, groups=True)
    return [_grouping_row(grouping, course_id) for _, grouping in sorted(moodle.groupings.items())]


@_function("core_group_create_groupings")
def _create_groupings(moodle: DemoMoodle, parameters: _Parameters) -> object:
    [row] = parameters.expect("groupings").rows("groupings")
    name = row.expect("courseid", "name", "description", "descriptionformat", "idnumber").text("name")
    idnumber, course_id = row.text("idnumber", ""), row.number("courseid")
    if not name.strip():
        raise _invalid_parameter("Invalid grouping name")
    if any(grouping.name == name for grouping in moodle.groupings.values()):
        raise _invalid_parameter("Grouping with the same name already exists in the course")
    _enter_course(moodle, course_id, groups=True)
    if idnumber and any(grouping.idnumber == idnumber for grouping in moodle.groupings.values()):
        raise Refusal(f"{_BASE}moodle_exception", "idnumbertaken", "This ID number is already in use")
    return [_grouping_row(moodle.add_grouping(name, idnumber), course_id)]


@_function("core_group_assign_grouping")
def _assign_grouping(moodle: DemoMoodle, parameters: _Parameters) -> object:
    for row in parameters.expect("assignments").rows("assignments"):
        grouping = moodle.groupings.get(row.expect("groupingid", "groupid").number("groupingid"))
        if grouping is None:
            raise _missing_record("groupings")
        group = moodle.groups.get(row.number("groupid"))
        if group is None:
            raise _missing_record("groups")
        _enter_course(moodle, group.course_id, groups=True)
        grouping.groups.add(group.id)
    return None


def _of_ours(moodle: DemoMoodle, group_id: int) -> DemoGroup | None:
    group = moodle.groups.get(group_id)
    return group if group is not None and group.idnumber.startswith("mentorship-") else None


@_function("local_mentorship_get_groups")
def _get_groups(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("groupids", "userids")
    group_ids, user_ids = (parameters.numbers(name, required=False) for name in ("groupids", "userids"))
    if len(group_ids) > 200 or len(user_ids) > 200:
        raise _invalid_parameter("at most 200 of each")
    _enter_course(moodle, moodle.config.course_id, groups=True)
    groups = [group for group in map(partial(_of_ours, moodle), group_ids) if group is not None]
    return {
        "time": int(moodle.now()),
        "messaging": moodle.messaging,
        "groups": [
            {
                "id": group.id,
                "conversation": group.conversation,
                "groupings": [row.id for row in moodle.groupings.values() if group.id in row.groups],
            }
            for group in groups
        ],
        "enrolments": [
            {"userid": user_id, "since": moodle.enrolled_at[user_id]}
            for user_id in user_ids
            if user_id in moodle.enrolled_at
        ],
    }


@_function("local_mentorship_set_group_conversation")
def _set_group_conversation(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("groupid", "enabled")
    group_id, enabled = parameters.number("groupid"), bool(parameters.number("enabled"))
    _enter_course(moodle, moodle.config.course_id, groups=True)
    group = _of_ours(moodle, group_id)
    if group is None:
        return {"status": "missing"}
    if not moodle.messaging:
        return {"status": "off"}
    if group.conversation == enabled:
        return {"status": "same"}
    group.conversation = enabled
    return {"status": "set"}


@_function("core_group_get_group_members")
def _get_group_members(moodle: DemoMoodle, parameters: _Parameters) -> object:
    answer = []
    for group_id in parameters.expect("groupids").numbers("groupids"):
        group = moodle.groups.get(group_id)
        if group is None:
            raise _missing_record("groups")
        _enter_course(moodle, group.course_id, groups=True)
        answer.append({"groupid": group_id, "userids": sorted(group.members)})
    return answer


def _pairs(moodle: DemoMoodle, parameters: _Parameters) -> list[tuple[DemoGroup, int]]:
    pairs = []
    # First the whole structure, as validate_parameters() does, then row by row.
    rows = [(row.number("groupid"), row.number("userid")) for row in parameters.expect("members").rows("members")]
    for group_id, user_id in rows:
        group = moodle.groups.get(group_id)
        if group is None:
            raise _missing_record("groups")
        if _living(moodle, user_id) is None:
            raise _missing_record("user")
        _enter_course(moodle, group.course_id, groups=True)
        pairs.append((group, user_id))
    return pairs


@_function("core_group_add_group_members")
def _add_group_members(moodle: DemoMoodle, parameters: _Parameters) -> object:
    pairs = _pairs(moodle, parameters)
    if any(user_id not in moodle.enrolments for _, user_id in pairs):
        raise _invalid_parameter("Only enrolled users may be members of groups")
    for group, user_id in pairs:
        group.members.add(user_id)
    return None


@_function("core_group_delete_group_members")
def _delete_group_members(moodle: DemoMoodle, parameters: _Parameters) -> object:
    for group, user_id in _pairs(moodle, parameters):
        group.members.discard(user_id)
    return None


# Enrolment --------------------------------------------------------------------------------------------------------


def _enrolment_user(moodle: DemoMoodle, user_id: int) -> DemoUser:
    user = _living(moodle, user_id)
    if user is None:
        raise Refusal("dml_missing_record_exception", "invaliduser", "Invalid user")
    if user.suspended:
        raise Refusal(f"{_BASE}moodle_exception", "suspended", "User is suspended")
    return user


def _enter_by_login(moodle: DemoMoodle, course_id: int) -> None:
    if course_id != moodle.config.course_id:
        raise _missing_record("course")
    if "moodle/course:view" not in moodle.capabilities:
        raise Refusal("require_login_exception", "requireloginerror", "Course or activity not accessible.")


@_function("enrol_manual_enrol_users")
def _enrol_users(moodle: DemoMoodle, parameters: _Parameters) -> object:
    rows = [
        (row.number("roleid"), row.number("userid"), row.number("courseid"))
        for row in parameters.expect("enrolments").rows("enrolments")
    ]
    for role_id, user_id, course_id in rows:
        _enter_by_login(moodle, course_id)
        _need(moodle, "enrol/manual:enrol", "Enrol users")
        _enrolment_user(moodle, user_id)
        may_assign = "moodle/role:assign" in moodle.capabilities and role_id in moodle.assignable_roles
        if not may_assign or role_id not in ROLES:
            raise Refusal(
                f"{_BASE}moodle_exception",
                "wsusercannotassign",
                f"You don't have the permission to assign this role ({role_id}) to this user ({user_id}) in this "
                f"course ({course_id}).",
            )
    for role_id, user_id, _ in rows:
        moodle.enrol(user_id, role_id)
    return None


@_function("enrol_manual_unenrol_users")
def _unenrol_users(moodle: DemoMoodle, parameters: _Parameters) -> object:
    rows = [
        (row.number("userid"), row.number("courseid")) for row in parameters.expect("enrolments").rows("enrolments")
    ]
    for user_id, course_id in rows:
        _enter_by_login(moodle, course_id)
        _need(moodle, "enrol/manual:unenrol", "Unenrol users from the course")
        _enrolment_user(moodle, user_id)
    for user_id, _ in rows:
        if user_id not in moodle.cohort:  # an enrolment through the cohort is not a manual one
            moodle.unenrol(user_id)
    return None


@_function("core_enrol_get_enrolled_users")
def _get_enrolled_users(moodle: DemoMoodle, parameters: _Parameters) -> object:
    parameters.expect("courseid", "options")
    options = {row.text("name"): row.text("value") for row in parameters.rows("options", required=False)}
    if options.get("sortby", "id") not in {"id", "firstname", "lastname", "siteorder"}:
        raise _invalid_parameter("Invalid value for sortby parameter")
    _enter_course(moodle, parameters.number("courseid"))
    wanted = options["userfields"].split(",") if "userfields" in options else None
    if "moodle/site:accessallgroups" not in moodle.capabilities:
        return []
    start, limit = int(options.get("limitfrom", 0)), int(options.get("limitnumber", 0))
    ids = sorted(moodle.enrolments)[start : start + limit if limit else None]
    return [_enrolled_row(moodle, moodle.users[id_], wanted) for id_ in ids]


def _enrolled_row(moodle: DemoMoodle, user: DemoUser, wanted: list[str] | None) -> dict[str, object]:
    roles = [
        {"roleid": role_id, "name": "", "shortname": name, "sortorder": 0}
        for role_id, name in zip(
            sorted(moodle.enrolments[user.id]), role_names(moodle.enrolments[user.id]), strict=True
        )
    ]
    row: dict[str, object] = {
        "id": user.id,
        "username": user.username,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "roles": roles,
    }
    known = {*row, "fullname", "email", "idnumber", "department", "customfields", "groups", "enrolledcourses"}
    for name in wanted or ():
        if name not in known:
            raise Refusal(f"{_BASE}moodle_exception", "invaliduserfield", f"Invalid user field: {name}")
    return {k: v for k, v in row.items() if wanted is None or k in wanted} | {"fullname": user.fullname}
