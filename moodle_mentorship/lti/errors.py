"""Why somebody is not let in. Each page says what to do; its code stands in the log and nothing else of the launch."""

import enum

from moodle_mentorship.core.errors import DomainError, Invalid
from moodle_mentorship.core.i18n import N_


class Fault(enum.StrEnum):
    """What is wrong with a login, a state, a token or its keys: one code for each check."""

    # The login request and the state that it left with.
    LOGIN_INCOMPLETE = "login_incomplete"
    PARAMETER_REPEATED = "parameter_repeated"
    TARGET_FOREIGN = "target_foreign"
    PLATFORM_UNKNOWN = "platform_unknown"
    STATE_MISSING = "state_missing"
    STATE_INVALID = "state_invalid"
    STATE_EXPIRED = "state_expired"
    STATE_REPLAYED = "state_replayed"
    BINDING_MISSING = "binding_missing"
    BINDING_WRONG = "binding_wrong"
    DECLINED = "declined"
    PLATFORM_DENIED = "platform_denied"
    # The token as a JWS.
    JWT_MISSING = "token_missing"
    JWT_IN_QUERY = "token_in_query"
    JWT_MALFORMED = "token_malformed"
    ALG_REFUSED = "alg_refused"
    HEADER_REFUSED = "header_refused"
    KID_MISSING = "kid_missing"
    KID_UNKNOWN = "kid_unknown"
    KEY_REFUSED = "key_refused"
    KEYS_UNAVAILABLE = "keys_unavailable"
    SIGNATURE_INVALID = "token_signature_invalid"
    # Its claims: OpenID Connect.
    ISSUER_WRONG = "issuer_wrong"
    AUDIENCE_WRONG = "audience_wrong"
    AZP_MISSING = "azp_missing"
    AZP_WRONG = "azp_wrong"
    EXP_INVALID = "exp_invalid"
    EXPIRED = "token_expired"
    IAT_INVALID = "iat_invalid"
    IAT_FUTURE = "iat_future"
    IAT_OLD = "iat_old"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    NONCE_WRONG = "nonce_wrong"
    SUB_MISSING = "sub_missing"
    SUB_INVALID = "sub_invalid"
    # Its claims: LTI.
    NOT_LTI = "not_lti"
    VERSION_MISSING = "version_missing"
    VERSION_WRONG = "version_wrong"
    MESSAGE_TYPE_MISSING = "message_type_missing"
    MESSAGE_TYPE_WRONG = "message_type_wrong"
    DEPLOYMENT_MISSING = "deployment_missing"
    DEPLOYMENT_WRONG = "deployment_wrong"
    TARGET_MISSING = "target_missing"
    TARGET_WRONG = "target_wrong"
    RESOURCE_LINK_MISSING = "resource_link_missing"
    SETTINGS_MISSING = "deep_linking_settings_missing"
    RETURN_FOREIGN = "return_foreign"
    TYPES_UNFIT = "accept_types_unfit"
    DATA_INVALID = "deep_linking_data_invalid"
    ROLES_MISSING = "roles_missing"
    ROLES_INVALID = "roles_invalid"
    CONTEXT_INVALID = "context_invalid"


class LaunchRefused(DomainError):
    """The launch did not prove itself. It carries the fault alone: no claim, no part of a token."""

    status = 403
    title = N_("Moodle's sign-in could not be confirmed")
    advice = N_(
        "Go back to your course and click the mentoring link once more. If it happens again, tell the Moodle "
        "administrator the code below."
    )

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.code = fault.value
        self.fault = fault
        self.status, self.title, self.advice = _TEXTS.get(fault, (self.status, self.title, self.advice))


_AGAIN = (
    403,
    N_("This sign-in was already used, or took too long"),
    N_("Go back to your course and click the mentoring link once more. Nothing is lost."),
)
_COOKIE = (
    403,
    N_("Your browser did not keep our cookie"),
    N_(
        "Go back to your course and click the mentoring link once more. If it happens again, open the link in a new "
        "window, or allow cookies for this page in the browser's settings."
    ),
)
_CONNECTION = (
    400,
    N_("This Moodle link is not connected to the mentoring service"),
    N_("Tell the Moodle administrator the code below: the connection has to be set up again."),
)
_TEXTS = {
    Fault.STATE_EXPIRED: _AGAIN,
    Fault.EXPIRED: _AGAIN,
    Fault.STATE_REPLAYED: _AGAIN,
    Fault.BINDING_MISSING: _COOKIE,
    Fault.BINDING_WRONG: _COOKIE,
    Fault.PLATFORM_UNKNOWN: _CONNECTION,
    Fault.DEPLOYMENT_WRONG: _CONNECTION,
    Fault.TARGET_FOREIGN: _CONNECTION,
    Fault.LOGIN_INCOMPLETE: (400, LaunchRefused.title, LaunchRefused.advice),
    Fault.PARAMETER_REPEATED: (400, LaunchRefused.title, LaunchRefused.advice),
    Fault.STATE_MISSING: (400, LaunchRefused.title, LaunchRefused.advice),
    Fault.JWT_MISSING: (400, LaunchRefused.title, LaunchRefused.advice),
    Fault.JWT_IN_QUERY: (400, LaunchRefused.title, LaunchRefused.advice),
    Fault.KEYS_UNAVAILABLE: (
        503,
        N_("Moodle's keys can't be read just now"),
        N_("Try again in a minute. If it lasts, tell the Moodle administrator the code below."),
    ),
    Fault.DECLINED: (
        403,
        N_("You did not sign in"),
        N_("Sign in to Moodle under your own name, then open the course and click the mentoring link."),
    ),
    Fault.PLATFORM_DENIED: (
        403,
        N_("Moodle did not confirm who you are"),
        N_("Sign in to Moodle again, then open the course and click the mentoring link."),
    ),
}


class NotLetIn(DomainError):
    """The launch is genuine, the person may not come in. `curators`: whom to ask, "" when the school has none yet."""

    status = 403
    without_curator = ""

    def __init__(self, school: str, curators: str) -> None:
        super().__init__(school=school, curators=curators)
        if not curators:
            self.advice = self.without_curator


class NotInDirectory(NotLetIn):
    """Moodle knows the person, the school's directory of staff does not."""

    code = "not_in_directory"
    title = N_("You are not in the staff directory yet")
    advice = N_(
        "Mentoring is for the staff of “%(school)s”; the directory comes from Moodle's list of teachers. If you work "
        "here, ask the mentoring curator (%(curators)s) to add you to it, then click the link again."
    )
    without_curator = N_(
        "Mentoring is for the staff of “%(school)s”; the directory comes from Moodle's list of teachers. If you work "
        "here, ask the Moodle administrator to add you to it, then click the link again."
    )


class AccessEnded(NotLetIn):
    """The person left the school, or their Moodle account is suspended or deleted."""

    code = "access_ended"
    title = N_("Your access to mentoring has ended")
    advice = N_(
        "According to the directory of “%(school)s” you no longer work here, or your account is suspended. If that is "
        "a mistake, ask the mentoring curator (%(curators)s). Your earlier records are kept."
    )
    without_curator = N_(
        "According to the directory of “%(school)s” you no longer work here, or your account is suspended. If that is "
        "a mistake, ask the Moodle administrator. Your earlier records are kept."
    )


class AdministratorElsewhere(NotLetIn):
    """Moodle calls the person an administrator, in a course whose manager could have made anybody one."""

    code = "administrator_elsewhere"
    title = N_("A Moodle administrator comes in from the mentoring course")
    advice = without_curator = N_(
        "This link stands in another course, where others decide who counts as administrator. Open the course for "
        "mentoring of “%(school)s” and click the link there."
    )


class InvitationInvalid(DomainError):
    """There is no such invitation, or its days are over."""

    code = "invitation_invalid"
    status = 401
    title = N_("The invitation is not valid")
    advice = N_("Check the code. An invitation is valid for some days only: ask for a new one.")


class InvitationUsed(DomainError):
    """An invitation connects one Moodle, once."""

    code = "invitation_used"
    status = 401
    title = N_("The invitation was used already")
    advice = N_("Each invitation connects one Moodle, once. Ask for a new one.")


class BodyInvalid(Invalid):
    """The connection's message isn't what the protocol says; `errors` by field path, such as ``lti.issuer``."""

    code = "body_invalid"
    title = N_("The connection's message is not complete")
    advice = N_("Update the plugin or the mentoring service, so that both are of the same release.")


class ProtocolUnsupported(DomainError):
    """Plugin and sidecar are of different ages."""

    code = "protocol_unsupported"
    status = 422
    title = N_("The plugin speaks another protocol version")
    advice = N_("Update the plugin or the mentoring service, so that both are of the same release.")


class RegistrationFailed(DomainError):
    """Dynamic registration didn't come about; `reason` is a short code, never anything that Moodle said."""

    code = "registration_failed"
    status = 422
    title = N_("The registration did not come about")
    advice = N_(
        "Moodle's answer can't be used (%(reason)s). Nothing was stored. Start the registration in Moodle again; the "
        "invitation is still valid."
    )

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reason=reason)


class CuratorExists(DomainError):
    """Only the first curator is confirmed by an administrator; further ones are the curator's to appoint."""

    code = "curator_exists"
    status = 409
    title = N_("The school already has a curator")
    advice = N_("Ask the curator to give further people a role.")


class NothingToPlace(DomainError):
    """Moodle's question for a page was answered already, or is older than the session."""

    code = "nothing_to_place"
    status = 404
    title = N_("Moodle is not asking for a page now")
    advice = N_("Close this window and press “Select content” in Moodle's form once more.")
