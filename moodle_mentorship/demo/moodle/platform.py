"""`/mod/lti/*`: the LTI 1.3 platform of Moodle 4.5, with the claims and forms of the recorded launches."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Response as BaseResponse

from moodle_mentorship.demo.moodle.config import DemoMoodleConfig, DemoTool
from moodle_mentorship.demo.moodle.people import current_user, require_admin, require_login, session_id
from moodle_mentorship.demo.moodle.state import DemoMoodle, DemoUser, ServiceToken

platform = Blueprint("platform", __name__, url_prefix="/mod/lti")

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (f"{AGS}score", f"{AGS}result.readonly", f"{AGS}lineitem.readonly", f"{AGS}lineitem", NRPS)
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTITUTION_ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
SYSTEM_ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"

#: No role of any vocabulary; Moodle's Names and Roles says it of site administrators.
NRPS_ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"
NRPS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

#: Seconds that an id_token, a registration token and a service token live in Moodle.
ID_TOKEN_LIFE, REGISTRATION_LIFE, ACCESS_TOKEN_LIFE = 60, 3600, 3600

#: The variables that Moodle says it can fill in (custom profile fields are not among them).
VARIABLES = (
    "basic-lti-launch-request",
    "ContentItemSelectionRequest",
    "ToolProxyRegistrationRequest",
    "Context.id",
    "Context.title",
    "Context.label",
    "Context.id.history",
    "Context.sourcedId",
    "Context.longDescription",
    "Context.timeFrame.begin",
    "CourseSection.title",
    "CourseSection.label",
    "CourseSection.sourcedId",
    "CourseSection.longDescription",
    "CourseSection.timeFrame.begin",
    "CourseSection.timeFrame.end",
    "ResourceLink.id",
    "ResourceLink.title",
    "ResourceLink.description",
    "User.id",
    "User.username",
    "Person.name.full",
    "Person.name.given",
    "Person.name.family",
    "Person.email.primary",
    "Person.sourcedId",
    "Person.name.middle",
    "Person.address.street1",
    "Person.address.locality",
    "Person.address.country",
    "Person.address.timezone",
    "Person.phone.primary",
    "Person.phone.mobile",
    "Person.webaddress",
    "Membership.role",
    "Result.sourcedId",
    "Result.autocreate",
    "BasicOutcome.sourcedId",
    "BasicOutcome.url",
    "Moodle.Person.userGroupIds",
)

#: The name under which Moodle knows its activity.
ACTIVITY_TITLE = "Наставничество: рабочий стол"


class PlatformKey:
    """The site's signing key, made anew at each start, with the `kid` that Moodle puts into headers and JWKS."""

    def __init__(self) -> None:
        self.kid = secrets.token_hex(10)
        self.key = RSAKey.generate_key(2048, {"kid": self.kid, "alg": "RS256", "use": "sig"})

    def sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode({"typ": "JWT", "alg": "RS256", "kid": self.kid}, dict(claims), self.key)

    def jwks(self) -> dict[str, Any]:
        public = self.key.as_dict(private=False)
        return {"keys": [{name: public[name] for name in ("kty", "alg", "kid", "e", "n", "use")}]}


def _moodle() -> DemoMoodle:
    moodle: DemoMoodle = current_app.extensions["demo_moodle"]
    return moodle


def _key() -> PlatformKey:
    key: PlatformKey = current_app.extensions["demo_moodle_key"]
    return key


def _now() -> int:
    return int(_moodle().now())


@platform.get("/certs.php")
def certs() -> Response:
    """The platform's JWKS."""
    return jsonify(_key().jwks())


# Launch -----------------------------------------------------------------------------------------------------------


@platform.get("/launch.php")
def launch() -> BaseResponse | str:
    """What the course's iframe opens: a form that posts the login initiation to the tool by itself."""
    moodle = _moodle()
    user = require_login()
    tool = moodle.current_tool()
    if tool is None or request.args.get("id") != str(moodle.config.cmid):
        abort(404)
    hint = {"cmid": moodle.config.cmid, "launchid": moodle.begin_launch(session_id(), user.id)}
    fields = {
        "iss": moodle.config.base_url,
        "target_link_uri": tool.launch_url,
        "login_hint": str(user.id),
        "lti_message_hint": json.dumps(hint, separators=(",", ":")),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    return _auto_post("ltiInitiateLoginForm", tool.login_url, fields)


def _auto_post(form_id: str, action: str, fields: Mapping[str, str]) -> str:
    return render_template("demo_moodle/auto_post.html", form_id=form_id, action=action, fields=fields)


@platform.route("/auth.php", methods=["GET", "POST"])
def auth() -> BaseResponse | str:
    """Moodle's authorisation endpoint, check by check as `mod/lti/auth.php` of 4.5 makes them."""
    moodle = _moodle()
    asked = request.values
    user = current_user()
    if user is None:
        if "repost" not in asked:
            # A cookie that is Lax doesn't come along from the tool's site; posted from our own page, it does.
            fields = dict(request.form) | {"repost": "true"}
            return _auto_post("autopostme", request.script_root + request.full_path.rstrip("?"), fields)
        abort(404, "Invalid request")
    error = _request_error(asked)
    tool: DemoTool | None = None
    if error is None:
        if not moodle.take_launch(session_id(), str(json.loads(asked["lti_message_hint"])["launchid"])):
            abort(404, "Invalid request")
        tool = moodle.current_tool()
        if tool is None or asked["client_id"] != tool.client_id:
            error = ("unauthorized_client", "")
        elif asked["login_hint"] != str(user.id):
            error = ("access_denied", "")
    # Without a known tool Moodle can't trust the address, and shows its bare "Invalid request".
    if tool is None or asked.get("redirect_uri") not in tool.all_redirect_uris:
        abort(404, "Invalid request")
    if error is None and asked.get("response_mode") != "form_post":
        error = ("invalid_request", "Invalid response_mode")
    if error is None and asked.get("prompt", "none") != "none":
        error = ("invalid_request", "Invalid prompt")
    if error is None:
        fields = {"id_token": _key().sign(launch_claims(moodle, tool, user, asked["nonce"]))}
    else:
        fields = {"error": error[0]} | ({"error_description": error[1]} if error[1] else {})
    fields["state"] = asked.get("state", "")
    return _auto_post("ltiAuthForm", asked["redirect_uri"], fields)


def _request_error(asked: Mapping[str, str]) -> tuple[str, str] | None:
    needed = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")
    try:
        hinted = "launchid" in json.loads(asked.get("lti_message_hint", ""))
    except (ValueError, TypeError):
        hinted = False
    if not all(asked.get(name) for name in needed) or not hinted:
        return "invalid_request", "No launch id in LTI hint"
    if asked["scope"] != "openid":
        return "invalid_scope", ""
    if asked["response_type"] != "id_token":
        return "unsupported_response_type", ""
    return None


def launch_claims(moodle: DemoMoodle, tool: DemoTool, user: DemoUser, nonce: str) -> dict[str, Any]:
    """The claims of a resource-link launch, in the order of the recorded ones: no `azp`, 60 s, no custom roles."""
    config, now = moodle.config, int(moodle.config.clock())
    instance, course = str(config.lti_instance_id), str(config.course_id)
    services = f"{config.base_url}/mod/lti/services.php"
    lineitems = f"{services}/{course}/lineitems?type_id={tool.deployment_id}"
    lineitem = f"{services}/{course}/lineitems/{config.cmid}/lineitem?type_id={tool.deployment_id}"
    memberships = f"{services}/CourseSection/{course}/bindings/{tool.deployment_id}/memberships"
    outcome = {
        "instanceid": instance,
        "userid": str(user.id),
        "typeid": tool.deployment_id,
        "launchid": secrets.randbelow(2**31),
    }
    outcome_hash = hmac.new(_site_secret(moodle), json.dumps(outcome).encode(), hashlib.sha256).hexdigest()
    return {
        "nonce": nonce,
        "iat": now,
        "exp": now + ID_TOKEN_LIFE,
        "iss": config.base_url,
        "aud": tool.client_id,
        f"{CLAIM}deployment_id": tool.deployment_id,
        f"{CLAIM}target_link_uri": tool.launch_url,
        "sub": str(user.id),
        f"{CLAIM}lis": {"person_sourcedid": user.idnumber, "course_section_sourcedid": "mentorship"},
        f"{CLAIM}roles": _role_uris(moodle, user),
        f"{CLAIM}context": {
            "id": course,
            "label": "mentorship",
            "title": "Наставничество",
            "type": ["CourseSection"],
        },
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}resource_link": {"title": ACTIVITY_TITLE, "description": "", "id": instance},
        "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
            "lis_result_sourcedid": json.dumps({"data": outcome, "hash": outcome_hash}, separators=(",", ":")),
            "lis_outcome_service_url": f"{config.base_url}/mod/lti/service.php",
        },
        "given_name": user.firstname,
        "family_name": user.lastname,
        "name": user.fullname,
        f"{CLAIM}ext": {"user_username": user.username, "lms": "moodle-2"},
        "email": user.email,
        f"{CLAIM}launch_presentation": {
            "locale": "ru",
            "document_target": "iframe",
            "return_url": f"{config.base_url}/mod/lti/return.php?"
            + urlencode(
                {"course": course, "launch_container": 3, "instanceid": instance, "sesskey": secrets.token_hex(5)}
            ),
        },
        f"{CLAIM}tool_platform": {
            "product_family_code": "moodle",
            "version": "2024100706",
            "guid": hashlib.md5(config.base_url.encode(), usedforsecurity=False).hexdigest(),
            "name": "school",
            "description": config.school_name,
        },
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}custom": _custom(moodle, tool, user, lineitem=lineitem, lineitems=lineitems)
        | {
            "context_memberships_url": memberships,
            "system_setting_url": f"{services}/tool/{tool.deployment_id}/custom",
            "context_setting_url": f"{services}/CourseSection/{course}/bindings/tool/{tool.deployment_id}/custom",
            "link_setting_url": services + "/links/{link_id}/custom",
        },
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": [f"{AGS}lineitem", f"{AGS}lineitem.readonly", f"{AGS}result.readonly", f"{AGS}score"],
            "lineitems": lineitems,
            "lineitem": lineitem,
        },
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            "context_memberships_url": memberships,
            "service_versions": ["1.0", "2.0"],
        },
    }


def _site_secret(moodle: DemoMoodle) -> bytes:
    return f"outcome {moodle.journal_id}".encode()


def _teaches(moodle: DemoMoodle, user: DemoUser) -> bool:
    """`mod/lti:manage` and friends: managers and both kinds of teacher count as instructors at launch."""
    return user.is_admin or bool(moodle.enrolments.get(user.id, set()) & {1, 3, 4})


def _role_uris(moodle: DemoMoodle, user: DemoUser) -> list[str]:
    if user.is_admin:
        return [INSTITUTION_ADMIN, INSTRUCTOR, SYSTEM_ADMIN]
    return [INSTRUCTOR if _teaches(moodle, user) else LEARNER]


def _custom(moodle: DemoMoodle, tool: DemoTool, user: DemoUser, *, lineitem: str, lineitems: str) -> dict[str, str]:
    """The tool's custom parameters with Moodle's variables filled in; what Moodle doesn't know stays literal."""
    roles = "Instructor" if _teaches(moodle, user) else "Learner"
    if user.is_admin:
        roles += ",urn:lti:sysrole:ims/lis/Administrator,urn:lti:instrole:ims/lis/Administrator"
    known = {
        "$User.id": str(user.id),
        "$User.username": user.username,
        "$Person.sourcedId": user.idnumber,
        "$Person.name.middle": user.middlename,
        "$Person.name.given": user.firstname,
        "$Person.name.family": user.lastname,
        "$Person.address.timezone": "99",
        "$Person.phone.primary": "",
        "$Context.id": str(moodle.config.course_id),
        "$Context.label": "mentorship",
        "$Context.id.history": "",
        "$CourseSection.sourcedId": "mentorship",
        "$CourseSection.timeFrame.begin": "",
        "$ResourceLink.id": str(moodle.config.lti_instance_id),
        "$ResourceLink.title": ACTIVITY_TITLE,
        "$Membership.role": roles,
        "$Moodle.Person.userGroupIds": ",".join(str(group.id) for group in moodle.groups_of(user.id)),
        "$LineItem.url": lineitem,
        "$LineItems.url": lineitems,
    }
    return {name: known.get(value, value) for name, value in tool.custom_parameters.items()}


# Service tokens ---------------------------------------------------------------------------------------------------


@platform.post("/token.php")
def token() -> Response:
    """Client credentials with a signed assertion. JSON under `text/html`, as Moodle sends it; no leeway."""
    moodle = _moodle()
    if moodle.curl_blocks_host or moodle.curl_blocks_port:
        return _keys_unread()
    try:
        body, status = _token(moodle.config)
    except requests.RequestException:
        return _keys_unread()
    return Response(json.dumps(body, indent=2), status, content_type="text/html; charset=utf-8")


def _keys_unread() -> Response:
    """Moodle's curl brought nothing, and its code goes on with that (moodle-recordings, err_token_jwks_blocked)."""
    said = (
        "Exception - mod_lti\\local\\ltiopenid\\jwks_helper::fix_jwks_alg(): Argument #1 ($jwks) must be of type "
        "array, null given"
    )
    page = f"<!DOCTYPE html><html><head><title>Error | School</title></head><body><p>{said}</p></body></html>"
    return Response(page, 404, content_type="text/html; charset=utf-8")


def _token(config: DemoMoodleConfig) -> tuple[dict[str, object], int]:
    form, now = request.form, _now()
    if not all(form.get(name) for name in ("client_assertion", "client_assertion_type", "grant_type", "scope")):
        return {"error": "invalid_request"}, 400
    if (form["client_assertion_type"], form["grant_type"]) != (
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_credentials",
    ):
        return {"error": "unsupported_grant_type"}, 400
    client_id = _unverified_subject(form["client_assertion"])
    if client_id is None:
        return {"error": "invalid_request"}, 400
    tool = _moodle().tool_by_client(client_id)
    if tool is None:
        return {"error": "invalid_client"}, 400
    try:
        keys = KeySet.import_key_set(config.fetch_json(tool.jwks_url))
        claims = jwt.decode(form["client_assertion"], keys, algorithms=["RS256"]).claims
    except (JoseError, ValueError, KeyError) as error:
        return {"error": str(error) or type(error).__name__}, 400
    if claims.get("iat", 0) > now:
        moment = datetime.fromtimestamp(claims["iat"], UTC).strftime("%Y-%m-%dT%H:%M:%S%z")
        return {"error": f"Cannot handle token with iat prior to {moment}"}, 400
    if claims.get("exp", 0) <= now:
        return {"error": "Expired token"}, 400
    granted = [scope for scope in form["scope"].split(" ") if scope in SCOPES and (scope != NRPS or tool.memberships)]
    if not granted:
        return {"error": "invalid_scope"}, 400
    access_token = secrets.token_hex(16)
    _moodle().grant_token(access_token, ServiceToken(client_id, frozenset(granted), now + ACCESS_TOKEN_LIFE))
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIFE,
        "scope": " ".join(granted),
    }, 200


def _unverified_subject(assertion: str) -> str | None:
    """Whose assertion it says it is: Moodle looks the tool up by it before it verifies the signature."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) and subject else None


# Names and roles --------------------------------------------------------------------------------------------------


@platform.get("/services.php/CourseSection/<int:course_id>/bindings/<deployment_id>/memberships")
def memberships(course_id: int, deployment_id: str) -> Response:
    """The course's members: everybody at once, or pages by offset when `limit` says so (services_raw.json)."""
    moodle = _moodle()
    accept = request.headers.get("Accept", "")
    if accept not in {NRPS_TYPE, ""} and "*/*" not in accept:
        return _service_error(400, f"No handler found for {request.path} {accept} ")
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    granted, tool = moodle.service_token(bearer), moodle.tools.get(deployment_id)
    if granted is None or granted.expires <= _now() or NRPS not in granted.scopes or tool is None:
        return _service_error(401, "Unauthorized")
    if granted.client_id != tool.client_id or not tool.memberships:
        return _service_error(401, "Unauthorized")
    if course_id != moodle.config.course_id:
        return _service_error(404, f"Not Found: Course {course_id} doesn't exist")
    limit = max(request.args.get("limit", 0, type=int), 0)
    start = request.args.get("from", 0, type=int) if limit else 0
    people = _members(moodle, request.args.get("role", ""))
    shown = people[start : start + limit] if limit else people[start:]
    endpoint = f"{moodle.config.base_url}/mod/lti/services.php/CourseSection/{course_id}/bindings/{deployment_id}"
    body = {
        "id": f"{endpoint}/memberships",
        "context": {"id": str(course_id), "label": "mentorship", "title": "Наставничество"},
        "members": [_member(moodle, tool, user) for user in shown],
    }
    response = Response(json.dumps(body), content_type=f"{NRPS_TYPE}; charset=utf-8")
    if limit and start + limit < len(people):
        # Moodle's link forgets the role.
        response.headers["Link"] = f'<{endpoint}/memberships?limit={limit}&from={start + limit}>; rel="next"'
    return response


def _members(moodle: DemoMoodle, role: str) -> list[DemoUser]:
    """Active enrolments by name; a role that Moodle doesn't know filters nothing."""
    with moodle.lock:
        enrolled = [moodle.users[user_id] for user_id in moodle.enrolments]
        wanted = {"Instructor": True, INSTRUCTOR: True, "Learner": False, LEARNER: False}.get(role)
        return sorted(
            (
                user
                for user in enrolled
                if not user.suspended
                and not user.deleted
                and (wanted is None or _manages_activities(moodle, user) is wanted)
            ),
            key=lambda user: (user.lastname, user.firstname, user.id),
        )


def _manages_activities(moodle: DemoMoodle, user: DemoUser) -> bool:
    """`moodle/course:manageactivities`: unlike at launch, a non-editing teacher is a learner here."""
    return user.is_admin or bool(moodle.enrolments.get(user.id, set()) & {1, 3})


def _member(moodle: DemoMoodle, tool: DemoTool, user: DemoUser) -> dict[str, object]:
    roles = ["Instructor" if _manages_activities(moodle, user) else "Learner"]
    if user.is_admin:
        roles.append(NRPS_ADMIN)
    row: dict[str, object] = {
        "status": "Active",
        "roles": roles,
        "user_id": str(user.id),
        "lis_person_sourcedid": user.idnumber,
    }
    if tool.send_names:
        row |= {"name": user.fullname, "given_name": user.firstname, "family_name": user.lastname}
    if tool.send_email:
        row["email"] = user.email
    return row | {"ext_user_username": user.username}


def _service_error(status: int, reason: str) -> Response:
    body = {"status": status, "reason": reason, "request": {"method": request.method, "url": request.path}}
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


# Dynamic registration ---------------------------------------------------------------------------------------------


@platform.get("/openid-configuration.php")
def openid_configuration() -> Response:
    """What a tool reads before it registers itself."""
    base = f"{_moodle().config.base_url}/mod/lti"
    return jsonify(
        {
            "issuer": _moodle().config.base_url,
            "token_endpoint": f"{base}/token.php",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": f"{base}/certs.php",
            "authorization_endpoint": f"{base}/auth.php",
            "registration_endpoint": f"{base}/openid-registration.php",
            "scopes_supported": [
                "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
                f"{AGS}lineitem.readonly",
                f"{AGS}result.readonly",
                f"{AGS}score",
                f"{AGS}lineitem",
                NRPS,
                "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
                "openid",
            ],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "moodle",
                "version": "4.5.6 (Build: 20250811)",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
                ],
                "variables": list(VARIABLES),
            },
        }
    )


@platform.get("/startltiadvregistration.php")
def start_registration() -> BaseResponse:
    """An administrator sends the browser to the tool with a registration token (an hour, once)."""
    require_admin()
    url = urlsplit(request.args.get("url", ""))
    if url.scheme not in ("http", "https") or not url.netloc:
        abort(404, "Invalid request")
    now = _now()
    registration_token = _key().sign(
        {"sub": secrets.token_urlsafe(11), "scope": "reg", "iat": now, "exp": now + REGISTRATION_LIFE}
    )
    query = [
        *parse_qsl(url.query),
        ("openid_configuration", f"{_moodle().config.base_url}/mod/lti/openid-configuration.php"),
        ("registration_token", registration_token),
    ]
    return redirect(urlunsplit(url._replace(query=urlencode(query))))


class _RegistrationRefused(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


@platform.post("/openid-registration.php")
def register() -> Response:
    """A tool registers itself; it stays PENDING until an administrator activates it."""
    try:
        client_id = _registration_client()
        tool, scopes = _registered_tool(client_id, request.get_json(force=True, silent=True))
        if not _moodle().use_registration(client_id):
            raise _RegistrationRefused("token_already_used", 401)
    except _RegistrationRefused as refused:
        return Response(refused.message, refused.status, content_type="text/html; charset=utf-8")
    _moodle().add_tool(tool)
    return jsonify(_registration(tool, scopes, request.get_json()))


def _registration_client() -> str:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        raise _RegistrationRefused("missing_registration_token", 401)
    try:
        claims = jwt.decode(header[7:].strip(), _key().key, algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        raise _RegistrationRefused("invalid_registration_token", 401) from None
    if claims.get("scope") != "reg" or claims["exp"] <= _now():
        raise _RegistrationRefused("invalid_registration_token", 401)
    if _moodle().tool_by_client(claims["sub"]) is not None:
        raise _RegistrationRefused("token_already_used", 401)
    return str(claims["sub"])


def _registered_tool(client_id: str, body: Any) -> tuple[DemoTool, list[str]]:
    if not isinstance(body, dict):
        raise _RegistrationRefused("missing_registration_attribute")
    required = (
        "response_types",
        "initiate_login_uri",
        "redirect_uris",
        "client_name",
        "jwks_uri",
        "token_endpoint_auth_method",
        TOOL_CONFIGURATION,
    )
    for name in required:
        if name not in body:
            raise _RegistrationRefused(f"missing_registration_attribute {name}")
    configuration = body[TOOL_CONFIGURATION]
    domain = configuration.get("domain")
    if not domain:
        raise _RegistrationRefused("missing_domain")
    target = configuration.get("target_link_uri") or f"https://{domain}"
    if urlsplit(target).netloc != domain:
        raise _RegistrationRefused("domain_targetlinkuri_mismatch")
    if "id_token" not in body["response_types"]:
        raise _RegistrationRefused("invalid_response_types")
    if not isinstance(body["redirect_uris"], list):
        raise _RegistrationRefused("invalid_redirect_uris")
    if body["token_endpoint_auth_method"] != "private_key_jwt":  # noqa: S105
        raise _RegistrationRefused("invalid_token_endpoint_auth_method")
    tool = DemoTool(
        login_url=body["initiate_login_uri"],
        launch_url=target,
        jwks_url=body["jwks_uri"],
        client_id=client_id,
        deployment_id=_moodle().next_deployment_id(),
        name=body["client_name"],
        redirect_uris=tuple(body["redirect_uris"]),
        custom_parameters=configuration.get("custom_parameters") or {},
        active=False,
        memberships=NRPS in str(body.get("scope", "")).split(),
        send_names=bool({"name", "given_name", "family_name"} & set(configuration.get("claims") or ())),
        send_email="email" in (configuration.get("claims") or ()),
    )
    asked = set(str(body.get("scope", "")).split())
    if asked & {f"{AGS}lineitem"}:
        asked.add(f"{AGS}lineitem.readonly")
    return tool, [scope for scope in SCOPES if scope in asked]


def _registration(tool: DemoTool, scopes: list[str], body: dict[str, Any]) -> dict[str, Any]:
    configuration = body[TOOL_CONFIGURATION]
    answer = {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": tool.jwks_url,
        "initiate_login_uri": tool.login_url,
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": list(tool.redirect_uris),
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": tool.name,
        "logo_uri": body.get("logo_uri", ""),
        "scope": " ".join(scopes),
    }
    answer[TOOL_CONFIGURATION] = {
        "version": "1.3.0",
        "deployment_id": tool.deployment_id,
        "target_link_uri": tool.launch_url,
        "domain": configuration["domain"],
        "description": configuration.get("description", ""),
        "messages": [
            {"type": message["type"], "target_link_uri": message.get("target_link_uri", "")}
            for message in configuration.get("messages", [])
            if message.get("type") == "LtiDeepLinkingRequest"
        ],
        "custom_parameters": dict(tool.custom_parameters),
        "claims": ["sub", "iss", "name", "family_name", "given_name", "email"],
    }
    return answer
