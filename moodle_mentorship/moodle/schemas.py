"""marshmallow schemas that turn Moodle's JSON into `results`. Unknown fields pass by, a wrong type is named.

Numbers and texts are strict: "3" is no id. Moodle's own type description guarantees the types, so a difference means
that something other than Moodle answered. What no database keeps is taken out of texts here (old profiles hold it, and
a hostile Moodle would fail what shares a transaction with it), and no number is larger than a column.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from moodle_mentorship.core.db import LARGEST_NUMBER
from moodle_mentorship.core.schemas import without_unstorable
from moodle_mentorship.moodle.errors import UnexpectedAnswer
from moodle_mentorship.moodle.results import (
    Capability,
    Change,
    ChangeKind,
    ChangesPage,
    Cohort,
    CourseUser,
    Group,
    Grouping,
    GroupState,
    GroupStates,
    GroupVisibility,
    MoodleWarning,
    RosterPerson,
    RosterRole,
    SiteInfo,
    SiteState,
    StaffPage,
    StaffPerson,
    ToolState,
    WebhookState,
)


class _Text(fields.String):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        return without_unstorable(super()._deserialize(value, attr, data, **options))


#: 0 stands for none, −1 for "not sent".
_NOT_MOODLES = "Is no number of Moodle's."
_STORABLE = validate.Range(min=-1, max=LARGEST_NUMBER, error=_NOT_MOODLES)


def _id(*checks: validate.Validator, **options: Any) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=[_STORABLE, *checks], **options)


def _ids() -> "fields.List[Any]":
    return fields.List(fields.Integer(strict=True, validate=_STORABLE), required=True)


def _text(**options: Any) -> _Text:
    return _Text(required=True, **options)


def _word(longest: int = 255, **options: Any) -> _Text:
    """A name or a code that is shown or stored as it is."""
    return _Text(required=True, validate=validate.Length(max=longest), **options)


def _optional_text(**options: Any) -> _Text:
    """A text that Moodle leaves out, or nulls, when there is nothing or a capability is missing."""
    return _Text(load_default="", allow_none=True, **options)


def _flag(**options: Any) -> fields.Boolean:
    """Moodle writes booleans as true/false in some functions and as 1/0 in others (Python holds True equal to 1)."""
    return fields.Boolean(required=True, truthy={1}, falsy={0}, **options)


class _Answer(Schema):
    class Meta:
        unknown = EXCLUDE


class WarningSchema(_Answer):
    """`{"item", "itemid", "warningcode", "message"}`; the message is dropped, it may hold a name."""

    item = _optional_text()
    item_id = fields.Integer(strict=True, data_key="itemid", load_default=0, allow_none=True)
    code = _text(data_key="warningcode")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> MoodleWarning:
        return MoodleWarning(data["code"], data["item"] or "", data["item_id"] or 0)


class _FunctionName(_Answer):
    name = _text()


class SiteInfoSchema(_Answer):
    """`core_webservice_get_site_info`."""

    site_name = _text(data_key="sitename")
    site_url = _text(data_key="siteurl")
    release = _optional_text(validate=validate.Length(max=100))
    version = _optional_text(validate=validate.Length(max=100))
    user_id = _id(data_key="userid")
    username = _text()
    is_site_admin = fields.Boolean(
        data_key="userissiteadmin", truthy={1}, falsy={0}, load_default=False, allow_none=True
    )
    functions = fields.List(fields.Nested(_FunctionName), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> SiteInfo:
        return SiteInfo(
            site_name=data["site_name"],
            site_url=data["site_url"],
            release=data["release"] or "",
            version=data["version"] or "",
            user_id=data["user_id"],
            username=data["username"],
            is_site_admin=bool(data["is_site_admin"]),
            functions=frozenset(function["name"] for function in data["functions"]),
        )


class _ProfileField(_Answer):
    shortname = _text()
    value = _optional_text()


def _profile(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["shortname"]: row["value"] or "" for row in rows}


_NUMBER, _TEXT, _FLAG, _LIST, _OBJECT = (
    "Not a valid integer.",
    "Not a valid string.",
    "Not a valid boolean.",
    "Not a valid list.",
    "Invalid input type.",
)


class _Staff(fields.Field[StaffPerson]):
    """A person of our plugin's functions.

    By hand, with marshmallow's words: a page holds five hundred, and nested schemas took as long to read them as the
    database to find them, time in which Moodle could not be asked for the next page.
    """

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> StaffPerson:
        if not isinstance(value, dict):
            raise ValidationError(_OBJECT)
        return StaffPerson(
            _whole(value, "id"),
            _words(value, "lastname"),
            _words(value, "firstname"),
            _words(value, "middlename"),
            _words(value, "email"),
            _yes(value, "suspended"),
            _profile_of(value),
        )


def _wrong(name: str, sentence: str) -> ValidationError:
    return ValidationError({name: [sentence]})


def _given(row: dict[str, Any], name: str) -> Any:
    value = row.get(name)
    if value is None:
        raise _wrong(name, "Field may not be null." if name in row else "Missing data for required field.")
    return value


def _whole(row: dict[str, Any], name: str) -> int:
    value = _given(row, name)
    # A boolean is a whole number to Python.
    if type(value) is not int:
        raise _wrong(name, _NUMBER)
    if not -1 <= value <= LARGEST_NUMBER:
        raise _wrong(name, _NOT_MOODLES)
    return value


def _words(row: dict[str, Any], name: str) -> str:
    value = _given(row, name)
    if not isinstance(value, str):
        raise _wrong(name, _TEXT)
    return without_unstorable(value)


def _yes(row: dict[str, Any], name: str) -> bool:
    """Moodle writes booleans as true/false in some functions and as 1/0 in others."""
    value = _given(row, name)
    if not isinstance(value, int) or value not in (0, 1):
        raise _wrong(name, _FLAG)
    return bool(value)


def _profile_of(row: dict[str, Any]) -> dict[str, str]:
    listed = _given(row, "profile")
    if not isinstance(listed, list):
        raise _wrong("profile", _LIST)
    profile = {}
    for place, one in enumerate(listed):
        try:
            if not isinstance(one, dict):
                raise ValidationError(_OBJECT)
            profile[_words(one, "shortname")] = _words(one, "value") if one.get("value") is not None else ""
        except ValidationError as error:
            raise ValidationError({"profile": {place: error.messages}}) from None
    return profile


class StaffPageSchema(_Answer):
    """`local_mentorship_get_staff`."""

    people = fields.List(_Staff(), required=True)
    next = _id()
    total = _id()
    sequence = _id()
    warnings = fields.List(fields.Nested(WarningSchema), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> StaffPage:
        return StaffPage(**(data | {"people": tuple(data["people"]), "warnings": tuple(data["warnings"])}))


class ChangeSchema(_Answer):
    """A row of `local_mentorship_get_changes`."""

    sequence = _id()
    user_id = _id(data_key="userid")
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in ChangeKind]))
    person = _Staff(load_default=None, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Change:
        kind = ChangeKind(data["kind"])
        if (kind is ChangeKind.CHANGED) != (data["person"] is not None):
            # A person beside "left" would be somebody whom the plugin must not name.
            raise ValidationError("Does not fit the kind.", "person")
        return Change(data["sequence"], data["user_id"], kind, data["person"])


class ChangesPageSchema(_Answer):
    """`local_mentorship_get_changes`."""

    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    next = _id()
    more = _flag()
    oldest = _id()
    # As long as the column that keeps it.
    journal = _word(64)
    warnings = fields.List(fields.Nested(WarningSchema), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ChangesPage:
        return ChangesPage(**(data | {"changes": tuple(data["changes"]), "warnings": tuple(data["warnings"])}))


class _CapabilitySchema(_Answer):
    name = _word()
    context = _word()
    held = _flag()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Capability:
        return Capability(**data)


class _PlaceSchema(_Answer):
    """A course, or an activity in it."""

    exists = _flag()
    visible = _flag()


class _CohortStateSchema(_Answer):
    exists = _flag()
    members = _id()


class _ToolSchema(_Answer):
    exists = _flag()
    active = _flag()
    client_id = _word(data_key="clientid")
    tool_url = _text(data_key="toolurl")
    login_url = _text(data_key="loginurl")
    redirect_uris = _text(data_key="redirecturis")
    jwks_url = _text(data_key="jwksurl")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ToolState:
        return ToolState(**(data | {"redirect_uris": tuple(data["redirect_uris"].split())}))


class _CurlSchema(_Answer):
    host = _flag()
    port = _flag()


class _WebhookSchema(_Answer):
    url = _text()
    stopped = _flag()
    waiting = _id()
    failing = _id()
    behind = _id()
    status = _id()
    said = _text()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> WebhookState:
        return WebhookState(**data)


class _CronSchema(_Answer):
    enabled = _flag()
    last = _id()


class SiteStateSchema(_Answer):
    """`local_mentorship_diagnose`."""

    plugin = _word(40)
    time = _id()
    connected = _flag()
    capabilities = fields.List(fields.Nested(_CapabilitySchema), required=True, validate=validate.Length(max=100))
    assignable = _flag()
    manual_enrolment = _flag(data_key="manualenrolment")
    course = fields.Nested(_PlaceSchema, required=True)
    activity = fields.Nested(_PlaceSchema, required=True)
    cohort = fields.Nested(_CohortStateSchema, required=True)
    tool = fields.Nested(_ToolSchema, required=True)
    curl = fields.Nested(_CurlSchema, required=True)
    webhook = fields.Nested(_WebhookSchema, required=True)
    cron = fields.Nested(_CronSchema, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> SiteState:
        return SiteState(
            plugin=data["plugin"],
            time=data["time"],
            connected=data["connected"],
            capabilities=tuple(data["capabilities"]),
            student_assignable=data["assignable"],
            manual_enrolment=data["manual_enrolment"],
            course_exists=data["course"]["exists"],
            course_visible=data["course"]["visible"],
            activity_exists=data["activity"]["exists"],
            activity_visible=data["activity"]["visible"],
            cohort_exists=data["cohort"]["exists"],
            cohort_members=data["cohort"]["members"],
            tool=data["tool"],
            curl_blocks_host=data["curl"]["host"],
            curl_blocks_port=data["curl"]["port"],
            webhook=data["webhook"],
            cron_enabled=data["cron"]["enabled"],
            cron_last=data["cron"]["last"],
        )


class CohortSchema(_Answer):
    """A row of `core_cohort_get_cohorts`."""

    id = _id()
    name = _text()
    idnumber = _optional_text()
    visible = _flag()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Cohort:
        return Cohort(**(data | {"idnumber": data["idnumber"] or ""}))


class CohortMembersSchema(_Answer):
    """A row of `core_cohort_get_cohort_members`."""

    cohortid = _id()
    userids = _ids()


class CoreUserSchema(_Answer):
    """A row of `core_user_get_users_by_field`. What a missing capability hides is simply absent."""

    id = _id()
    last_name = _optional_text(data_key="lastname")
    first_name = _optional_text(data_key="firstname")
    email = _optional_text()
    suspended = fields.Boolean(truthy={1}, falsy={0}, load_default=False)
    profile = fields.List(fields.Nested(_ProfileField), data_key="customfields", load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> StaffPerson:
        return StaffPerson(
            id=data["id"],
            last_name=data["last_name"] or "",
            first_name=data["first_name"] or "",
            middle_name=None,
            email=data["email"] or "",
            suspended=data["suspended"],
            profile=_profile(data["profile"]),
        )


class GroupSchema(_Answer):
    """A group of the core_group functions."""

    id = _id()
    course_id = _id(data_key="courseid")
    name = _text()
    description = _optional_text()
    idnumber = _optional_text()
    visibility = _id(validate.OneOf([visibility.value for visibility in GroupVisibility]))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Group:
        return Group(
            id=data["id"],
            course_id=data["course_id"],
            name=data["name"],
            description=data["description"] or "",
            idnumber=data["idnumber"] or "",
            visibility=GroupVisibility(data["visibility"]),
        )


class GroupMembersSchema(_Answer):
    """A row of `core_group_get_group_members`."""

    groupid = _id()
    userids = _ids()


class GroupingSchema(_Answer):
    """A grouping of the core_group functions."""

    id = _id()
    name = _text()
    idnumber = _optional_text()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Grouping:
        return Grouping(**(data | {"idnumber": data["idnumber"] or ""}))


class _GroupStateSchema(_Answer):
    id = _id()
    conversation = _flag()
    groupings = _ids()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> GroupState:
        return GroupState(data["id"], data["conversation"], frozenset(data["groupings"]))


class _EnrolmentSchema(_Answer):
    userid = _id()
    since = _id()


class GroupStatesSchema(_Answer):
    """`local_mentorship_get_groups`."""

    time = _id()
    messaging = _flag()
    groups = fields.List(fields.Nested(_GroupStateSchema), required=True)
    enrolments = fields.List(fields.Nested(_EnrolmentSchema), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> GroupStates:
        return GroupStates(
            data["time"],
            data["messaging"],
            {group.id: group for group in data["groups"]},
            {row["userid"]: row["since"] for row in data["enrolments"]},
        )


class _RoleSchema(_Answer):
    shortname = _text()


class CourseUserSchema(_Answer):
    """A row of `core_enrol_get_enrolled_users`, asked for with `userfields=id,roles`."""

    id = _id()
    roles = fields.List(fields.Nested(_RoleSchema), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> CourseUser:
        return CourseUser(data["id"], tuple(role["shortname"] for role in data["roles"]))


class OutcomeSchema(_Answer):
    """The answer of our plugin's functions for one person: one word of `kind`."""

    status = _text()

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self._kind = kind

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> StrEnum:
        try:
            return self._kind(data["status"])
        except ValueError:
            raise ValidationError("Not one of the known words.", "status") from None


class ErrorSchema(_Answer):
    """`{"exception", "errorcode", "message", "debuginfo"}`; the cause is not even read."""

    errorcode = _optional_text()
    message = _optional_text()


_VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
#: Moodle sends the short names, and one that stands in no vocabulary; others send the whole ones. Compared whole, so
#: that an institution's instructor, or ``https://evil/#Instructor``, is none.
_ROSTER_ROLES = {
    "Instructor": RosterRole.INSTRUCTOR,
    "Learner": RosterRole.LEARNER,
    f"{_VOCABULARY}membership#Instructor": RosterRole.INSTRUCTOR,
    f"{_VOCABULARY}membership#Learner": RosterRole.LEARNER,
    f"{_VOCABULARY}person#Administrator": RosterRole.ADMINISTRATOR,
    f"{_VOCABULARY}system/person#Administrator": RosterRole.ADMINISTRATOR,
}


class RosterPersonSchema(_Answer):
    """A member in Names and Role Provisioning 2.0; Moodle's user id comes as a string of digits."""

    user_id = _text(validate=validate.Regexp(r"[1-9][0-9]{0,17}\Z"))
    last_name = _optional_text(data_key="family_name")
    first_name = _optional_text(data_key="given_name")
    middle_name = fields.String(load_default=None, allow_none=True)
    email = _optional_text()
    roles = fields.List(fields.String(), required=True)
    # NRPS 2.2: a member without a status is active.
    status = fields.String(
        load_default="Active", allow_none=True, validate=validate.OneOf(["Active", "Inactive", "Deleted"])
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> RosterPerson:
        return RosterPerson(
            id=int(data["user_id"]),
            last_name=data["last_name"] or "",
            first_name=data["first_name"] or "",
            middle_name=data["middle_name"],
            email=data["email"] or "",
            roles=frozenset(_ROSTER_ROLES[role] for role in data["roles"] if role in _ROSTER_ROLES),
            active=data["status"] in {"Active", None},
        )


class _RosterContext(_Answer):
    id = _text()


class RosterSchema(_Answer):
    """A membership container."""

    context = fields.Nested(_RosterContext, required=True)
    members = fields.List(fields.Nested(RosterPersonSchema), required=True)


class ServiceTokenSchema(_Answer):
    """A granted service token (RFC 6749, section 5.1)."""

    # It goes into a header (RFC 6750, section 2.1).
    access_token = _text(validate=validate.Regexp(r"[\x21-\x7e]{1,4000}\Z"))
    token_type = _text(validate=validate.Regexp(r"(?i)bearer\Z"))
    expires_in = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


def load(function: str, schema: Schema, answer: object) -> Any:
    """`answer` as the schema makes it. Raises `UnexpectedAnswer` naming the function and the first wrong path."""
    try:
        return schema.load(answer)  # type: ignore[arg-type]
    except ValidationError as error:
        path, problem = _first_problem(error.messages)
    raise UnexpectedAnswer(function, path, problem)


def _first_problem(messages: Any, path: str = "") -> tuple[str, str]:
    """The first leaf of marshmallow's tree as (``people[3].id``, sentence). The sentences hold none of the values."""
    if isinstance(messages, dict):
        key, inner = next(iter(messages.items()))
        if key == "_schema":
            return _first_problem(inner, path)
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
        return _first_problem(inner, path + step)
    if isinstance(messages, list):
        return _first_problem(messages[0], path)
    return path, str(messages)
