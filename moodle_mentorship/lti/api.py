"""The plugin's two questions: is this the sidecar, and here is everything (docs/plugin-protocol.md, sections 2, 3)."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_smorest import Blueprint

from moodle_mentorship import __version__
from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.lti import service
from moodle_mentorship.lti.schemas import PROTOCOL, ConnectedSchema, ConnectSchema, ToolSchema, load_handover
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.errors import MoodleError
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.line import Retries, Timeouts
from moodle_mentorship.web import current, limits
from moodle_mentorship.web.access import public, signed, uploads

api = Blueprint("connect", __name__, url_prefix="/api/v1", description="The plugin's connection")

#: The plugin waits for our answer while we ask Moodle; its own patience is 30 s.
_TIMEOUTS = Timeouts(connect=4.0, read=12.0, answer=15.0)

#: Bytes of a connection's message: five hundred profile fields with long names.
_LARGEST = 2 * 1024 * 1024

#: Without these the directory or the groups would fail later, when nobody is looking.
_NEEDED = (
    Function.GET_STAFF,
    Function.GET_CHANGES,
    Function.CREATE_GROUPS,
    Function.ADD_GROUP_MEMBERS,
    Function.DELETE_GROUP_MEMBERS,
    Function.ENROL_USERS,
)


@api.get("/tool")
@api.response(200, ToolSchema)
@public
def tool() -> dict[str, Any]:
    """Who answers at this address, and where the tool's endpoints are."""
    base = current.runtime().settings.base_url
    return {
        "product": "moodle-mentorship",
        "protocol": PROTOCOL,
        "version": __version__,
        "tool_url": f"{base}/",
        "login_url": f"{base}/lti/login",
        "launch_url": f"{base}/lti/launch",
        "jwks_url": f"{base}/lti/jwks",
        "icon_url": f"{base}/static/icon.svg",
    }


@api.post("/connect")
@api.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": ConnectSchema}}},
    description="Signed over the raw body, see docs/plugin-protocol.md, section 1.",
)
@api.response(200, ConnectedSchema)
@uploads(_LARGEST)
@signed
def connect() -> dict[str, Any]:
    """Bind a school to its Moodle, or bring the connection up to date; then call Moodle back."""
    limits.count(limits.CONNECT)
    runtime, now, body = current.runtime(), current.now(), request.get_data()
    environment = runtime.settings.environment
    handover, headers = load_handover(body, environment), dict(request.headers)
    with runtime.db.unit_of_work(read_only=True) as session:
        service.prove(session, runtime.box, handover, headers, body, now)
    limits.count_proven(limits.CALL_BACK, handover.issuer)
    with runtime.db.unit_of_work() as session:
        connected = service.connect(session, runtime.jobs, runtime.box, handover, headers, body, environment, now)
    code, detail = _call_back(handover)
    base = runtime.settings.base_url
    return {
        "connection": connected.site_id,
        "school": {"id": connected.school_id, "name": connected.school_name},
        "webhook_url": f"{base}/api/v1/webhooks/moodle/{connected.site_id}",
        "frame_origin": runtime.settings.origin,
        "webservice": code,
        "webservice_detail": detail,
        "warnings": [],
    }


def _call_back(handover: service.Handover) -> tuple[str, str]:
    """Whether the token works: after the commit, so that a slow Moodle holds nothing up."""
    with MoodleClient(
        handover.rest_url,
        handover.token,
        guard=AddressGuard.of(current.runtime().settings),
        timeouts=_TIMEOUTS,
        retries=Retries(attempts=1),
    ) as client:
        try:
            info = client.site_info()
        except MoodleError as error:
            return error.code, str(error)
    missing = [function.value for function in _NEEDED if function.value not in info.functions]
    if missing:
        return "functions_missing", _("The service lacks: %(names)s", names=", ".join(missing))
    return "ok", info.release
