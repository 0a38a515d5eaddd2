"""The body of the plugin's connection, exactly as docs/plugin-protocol.md, section 3, has it."""

import json
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from moodle_mentorship.core.schemas import storable
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.lti.errors import BodyInvalid, ProtocolUnsupported
from moodle_mentorship.lti.service import Handover
from moodle_mentorship.moodle.platforms import is_safe_address, normalise_issuer, origin_of

PROTOCOL = 2


class _Part(Schema):
    # A newer plugin of the same protocol may say more.
    class Meta:
        unknown = EXCLUDE


def _id() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**53))


def _text(most: int, least: int = 1) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(min=least, max=most), _storable])


def _storable(text: str) -> None:
    if not storable(text):
        raise ValidationError("Has characters that no database keeps.")


class SiteSchema(_Part):
    url = _text(500)
    name = _text(300, 0)
    moodle_version = _text(40)
    plugin_version = _text(40)


class LtiSchema(_Part):
    issuer = _text(500)
    client_id = _text(255)
    deployment_id = _text(255)
    auth_url = _text(500)
    token_url = _text(500)
    jwks_url = _text(500)


class WebserviceSchema(_Part):
    token = _text(200)
    url = _text(500)


class WebhookSchema(_Part):
    secret = fields.String(required=True, validate=validate.Regexp(r"\A[0-9a-f]{64}\Z"))


class CourseSchema(_Part):
    id = _id()
    shortname = _text(255, 0)
    url = _text(500)
    cmid = _id()


class CohortSchema(_Part):
    id = _id()
    idnumber = fields.String(load_default="", allow_none=True, validate=_storable)
    name = _text(300, 0)
    members = fields.Integer(load_default=0, strict=True)


class ProfileFieldSchema(_Part):
    shortname = _text(255)
    name = _text(1000, 0)
    datatype = _text(40)


class CuratorSchema(_Part):
    user_id = _id()


class ConnectSchema(_Part):
    """Loads into a `Handover`. Every address must be on the issuer's own host: the invitation is for one Moodle."""

    protocol = fields.Integer(required=True, strict=True)
    site = fields.Nested(SiteSchema, required=True)
    lti = fields.Nested(LtiSchema, required=True)
    webservice = fields.Nested(WebserviceSchema, required=True)
    webhook = fields.Nested(WebhookSchema, required=True)
    course = fields.Nested(CourseSchema, required=True)
    cohort = fields.Nested(CohortSchema, required=True)
    student_role_id = _id()
    profile_fields = fields.List(fields.Nested(ProfileFieldSchema), required=True, validate=validate.Length(max=500))
    curator = fields.Nested(CuratorSchema, required=True, allow_none=True)
    warnings = fields.List(
        fields.String(validate=[validate.Length(max=60), _storable]),
        load_default=list,
        validate=validate.Length(max=50),
    )

    def __init__(self, environment: Environment = Environment.PRODUCTION) -> None:
        super().__init__()
        self._environment = environment

    @validates_schema
    def addresses(self, data: dict[str, Any], **_: Any) -> None:
        issuer = data["lti"]["issuer"]
        wrong: dict[str, dict[str, list[str]]] = {}
        for part, names in {
            "lti": ("issuer", "auth_url", "token_url", "jwks_url"),
            "site": ("url",),
            "webservice": ("url",),
            "course": ("url",),
        }.items():
            for name in names:
                address = data[part][name]
                if not is_safe_address(address, self._environment):
                    wrong.setdefault(part, {})[name] = ["Must be an https address."]
                elif is_safe_address(issuer, self._environment) and origin_of(address) != origin_of(issuer):
                    wrong.setdefault(part, {})[name] = ["Must be on the issuer's host."]
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def handover(self, data: dict[str, Any], **_: Any) -> Handover:
        site, lti, course, cohort = data["site"], data["lti"], data["course"], data["cohort"]
        return Handover(
            site_url=site["url"],
            site_name=site["name"],
            moodle_version=site["moodle_version"],
            plugin_version=site["plugin_version"],
            issuer=normalise_issuer(lti["issuer"]),
            client_id=lti["client_id"],
            deployment_id=lti["deployment_id"],
            auth_url=lti["auth_url"],
            token_url=lti["token_url"],
            jwks_url=lti["jwks_url"],
            token=data["webservice"]["token"],
            rest_url=data["webservice"]["url"],
            webhook_secret=data["webhook"]["secret"],
            course_id=course["id"],
            course_url=course["url"],
            cohort_id=cohort["id"],
            cohort_name=cohort["name"],
            student_role_id=data["student_role_id"],
            profile_fields=data["profile_fields"],
            curator_user_id=data["curator"]["user_id"] if data["curator"] else None,
            warnings=data["warnings"],
        )


def load_handover(body: bytes, environment: Environment) -> Handover:
    """Raises `ProtocolUnsupported` before anything else is looked at, `BodyInvalid` with errors by field path."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BodyInvalid({"body": ["Not JSON."]}) from None
    if not isinstance(data, dict):
        raise BodyInvalid({"body": ["Not an object."]})
    if "protocol" in data and data["protocol"] != PROTOCOL:
        raise ProtocolUnsupported()
    try:
        loaded: Handover = ConnectSchema(environment).load(data)
    except ValidationError as error:
        raise BodyInvalid(_by_path(error.messages)) from None
    return loaded


def _by_path(messages: Any, path: str = "") -> dict[str, object]:
    """{"lti": {"issuer": […]}} as {"lti.issuer": […]}."""
    if not isinstance(messages, dict):
        return {path: messages}
    found: dict[str, object] = {}
    for name, inner in messages.items():
        found |= _by_path(inner, f"{path}.{name}" if path else str(name))
    return found


class SchoolSchema(Schema):
    id = fields.Integer()
    name = fields.String()


class ConnectedSchema(Schema):
    """The answer to the plugin. `webservice` is "ok" or the code of what went wrong when we called Moodle back."""

    connection = fields.Integer()
    school = fields.Nested(SchoolSchema)
    webhook_url = fields.Url()
    frame_origin = fields.Url()
    webservice = fields.String()
    webservice_detail = fields.String()
    warnings = fields.List(fields.String())


class ToolSchema(Schema):
    """What the plugin asks before it changes anything in Moodle."""

    product = fields.String()
    protocol = fields.Integer()
    version = fields.String()
    tool_url = fields.Url()
    login_url = fields.Url()
    launch_url = fields.Url()
    jwks_url = fields.Url()
    icon_url = fields.Url()
