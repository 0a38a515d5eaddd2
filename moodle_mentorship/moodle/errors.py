"""What can go wrong between us and a school's Moodle, one class for each thing a person would do about it.

A message (it goes to the log) holds our function's name and Moodle's error code. Moodle's own sentence stands in
`params["said"]` for the page of the person who asked, because it may hold a name; its `debuginfo` is dropped unread.
`retryable` says that waiting may help, without anybody's doing.
"""

from moodle_mentorship.core.errors import Conflict, DomainError
from moodle_mentorship.core.i18n import N_


class MoodleError(DomainError):
    """Moodle didn't do what it was asked, or we cannot know whether it did."""

    code = "moodle_error"
    status = 502
    retryable = False

    def __init__(self, function: str, detail: str = "", **params: object) -> None:
        super().__init__(f"{function}: {detail or self.code}", function=function, **params)
        self.function = function


# Refusals that stand in an answer with HTTP 200 -------------------------------------------------------------------


class MoodleRefused(MoodleError):
    """Moodle answered with an error code. This class itself stands for every code that has no class of its own."""

    code = "moodle_refused"

    def __init__(self, function: str, errorcode: str, said: str = "", **params: object) -> None:
        super().__init__(function, f"refused with {errorcode}", errorcode=errorcode, said=said, **params)
        self.errorcode = errorcode


class TokenInvalid(MoodleRefused):
    """`invalidtoken`: Moodle doesn't know the token (revoked, deleted after it expired, or of another site)."""

    code = "moodle_token_invalid"


class AccessRefused(MoodleRefused):
    """`accessexception`: one of four things that Moodle does not tell apart.

    The token has expired (its row is deleted, so the next call answers `invalidtoken`), our address is not allowed
    (IP restriction), the function is not in the service, or the service user lacks `webservice/rest:use`.
    """

    code = "moodle_access_refused"


class RecordMissing(MoodleRefused):
    """`invalidrecord`: there is no such course, group, or other record."""

    code = "moodle_record_missing"


class FunctionMissing(RecordMissing):
    """`invalidrecord` on `external_functions`: Moodle has no such function; our plugin is not installed (any more)."""

    code = "moodle_function_missing"


class UserMissing(RecordMissing):
    """`invaliduser`: there is no such user, or the account was deleted."""

    code = "moodle_user_missing"


class PermissionMissing(MoodleRefused):
    """`nopermissions`: the service user lacks a capability; `said` names it in the site's language."""

    code = "moodle_permission_missing"


class CourseClosed(MoodleRefused):
    """`errorcoursecontextnotvalid`, `requireloginerror`: the service user cannot enter the course."""

    code = "moodle_course_closed"


class ParameterInvalid(MoodleRefused):
    """`invalidparameter`: in production without a reason. A group's name is taken, or a member isn't enrolled."""

    code = "moodle_parameter_invalid"


class IdNumberTaken(MoodleRefused):
    """`idnumbertaken`: the group exists already; the caller reads it back and adopts it."""

    code = "moodle_idnumber_taken"


class RoleNotAssignable(MoodleRefused):
    """`wsusercannotassign`: the service user may not give this role in the course."""

    code = "moodle_role_not_assignable"


class SiteMaintenance(MoodleRefused):
    """`sitemaintenance`, or a page that says so: the site is closed for a while."""

    code = "moodle_maintenance"
    status = 503
    retryable = True


class Warned(MoodleRefused):
    """The answer looks good, and a warning in it says that what we asked for was not done."""

    code = "moodle_warned"


# Refusals of Moodle's LTI services -----------------------------------------------------------------------------


class RegistrationUnknown(MoodleRefused):
    """`invalid_client`: Moodle knows no tool with our client id (any more)."""

    code = "moodle_registration_unknown"


class RosterNotAllowed(MoodleRefused):
    """`invalid_scope`: the tool may not read names and roles (its service «membership» is switched off)."""

    code = "moodle_roster_not_allowed"


class ClocksDiffer(MoodleRefused):
    """Moodle takes our assertion for one of the future, or for expired: it grants no leeway."""

    code = "moodle_clocks_differ"


class KeysUnreadable(MoodleRefused):
    """Moodle can't read our JWKS: its curl security blocks our address (then it answers a 404 page, see moodle.md)."""

    code = "moodle_keys_unreadable"


class AssertionRefused(MoodleRefused):
    """Moodle could not verify our signature, for whatever other reason."""

    code = "moodle_assertion_refused"


# Things that Moodle didn't do although it said nothing ------------------------------------------------------------


class MembersNotChanged(MoodleError):
    """Read back, a group's members are not what was asked for. `missing` or `remaining` hold the user ids."""

    code = "moodle_members_not_changed"


class MembersNotAdded(MembersNotChanged):
    """Some members are still missing after a second try."""

    code = "moodle_members_not_added"

    def __init__(self, function: str, group_id: int, missing: tuple[int, ...]) -> None:
        super().__init__(function, f"{len(missing)} members missing", group_id=group_id, missing=missing)
        self.missing = missing


class MembersNotRemoved(MembersNotChanged):
    """Some members are still there after a second try (another component of Moodle may hold them)."""

    code = "moodle_members_not_removed"

    def __init__(self, function: str, group_id: int, remaining: tuple[int, ...]) -> None:
        super().__init__(function, f"{len(remaining)} members remain", group_id=group_id, remaining=remaining)
        self.remaining = remaining


# Answers that are none --------------------------------------------------------------------------------------------


class WebServicesDisabled(MoodleError):
    """HTTP 403 with an empty body: web services, or their REST protocol, are switched off."""

    code = "moodle_web_services_disabled"


class UnexpectedStatus(MoodleError):
    """An HTTP status that Moodle's REST server doesn't give: a wrong address, or a firewall before it."""

    code = "moodle_unexpected_status"

    def __init__(self, function: str, http_status: int) -> None:
        super().__init__(function, f"HTTP {http_status}", http_status=http_status)
        self.http_status = http_status


class ServerFailed(UnexpectedStatus):
    """HTTP 5xx: PHP ran out of time or memory (then the body is empty), or the proxy before it gave up."""

    code = "moodle_server_failed"
    retryable = True


class Redirected(MoodleError):
    """Moodle sends us elsewhere. We don't follow, the token would go along; `target` is the new scheme and host."""

    code = "moodle_redirected"

    def __init__(self, function: str, target: str) -> None:
        super().__init__(function, f"redirected to {target}", target=target)
        self.target = target


class LoginDemanded(MoodleError):
    """A redirect to the login page, or the page itself: what answers there is not Moodle's REST server."""

    code = "moodle_login_demanded"


class AnswerUnreadable(MoodleError):
    """The answer isn't JSON, or was cut in the middle."""

    code = "moodle_answer_unreadable"
    retryable = True


class AnswerTooLarge(MoodleError):
    """The answer is larger than we are ready to hold in memory."""

    code = "moodle_answer_too_large"

    def __init__(self, function: str, limit: int) -> None:
        super().__init__(function, f"more than {limit} bytes", limit=limit)


class UnexpectedAnswer(MoodleError):
    """Readable JSON in another shape than Moodle documents. `path` names the place, like ``people[3].id``."""

    code = "moodle_unexpected_answer"

    def __init__(self, function: str, path: str, problem: str) -> None:
        super().__init__(function, f"{path or 'answer'}: {problem}", path=path, problem=problem)
        self.path = path


# No answer --------------------------------------------------------------------------------------------------------


class NoAnswer(MoodleError):
    """No answer came; whether Moodle did the work is unknown unless the class says so."""

    code = "moodle_no_answer"
    status = 504
    retryable = True


class TimedOut(NoAnswer):
    """Moodle didn't answer, or didn't finish answering, in time."""

    code = "moodle_timed_out"


class Unreachable(NoAnswer):
    """No connection: refused, unknown host, or a proxy's refusal. Nothing was done."""

    code = "moodle_unreachable"


class ConnectionBroken(NoAnswer):
    """The connection was reset before the answer was complete."""

    code = "moodle_connection_broken"


class CertificateRefused(NoAnswer):
    """TLS failed: the site's certificate is out of date, self-signed, or for another name. Nothing was done."""

    code = "moodle_certificate_refused"
    retryable = False


class AddressPrivate(NoAnswer):
    """The address leads into a private network that the operator didn't name. Nothing was asked."""

    code = "moodle_private_address"
    retryable = False


#: Moodle's error codes that have a class of their own.
BY_ERRORCODE: dict[str, type[MoodleRefused]] = {
    "invalidtoken": TokenInvalid,
    "accessexception": AccessRefused,
    "invalidrecord": RecordMissing,
    "invalidrecordunknown": RecordMissing,
    "invaliduser": UserMissing,
    "nopermissions": PermissionMissing,
    "errorcoursecontextnotvalid": CourseClosed,
    "requireloginerror": CourseClosed,
    "invalidparameter": ParameterInvalid,
    "idnumbertaken": IdNumberTaken,
    "wsusercannotassign": RoleNotAssignable,
    "sitemaintenance": SiteMaintenance,
}


# What we refuse ourselves, before Moodle is asked ------------------------------------------------------------------


class MoodleCannotWrite(Conflict):
    """The school's Moodle is not connected, or its plugin is too old to send messages."""

    code = "moodle_can_not_write"
    title = N_("Moodle can't send messages for us yet")
    advice = N_("Ask the Moodle administrator to update the plugin and to run its set-up command once more.")
