"""Judges what a Moodle answered: facts in, checks out; no network and no database.

One cause makes one finding. What can't be known because of it is `unknown`, not bad.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from moodle_mentorship.diagnosis.checks import Check, bad, ok, unknown, warn
from moodle_mentorship.diagnosis.facts import Facts, Glimpse
from moodle_mentorship.diagnosis.installation import skew
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.functions import PLUGIN_VERSION, Function
from moodle_mentorship.moodle.results import SiteInfo, SiteState

#: Moodle's versions: groups know visibility since 4.2, and nobody has tried us on the one after 5.
OLDEST, NEWEST = (4, 2), (5, 99)

#: A certificate that ends so soon was not renewed by itself.
SOON, VERY_SOON = timedelta(days=14), timedelta(days=3)

#: Seconds: Moodle wants its cron once a minute.
CRON_LATE, CRON_DEAD = 15 * 60, 60 * 60

#: What each way of reading the directory, and the groups, need of the service.
_GROUPS = (
    Function.GET_COURSE_GROUPS,
    Function.CREATE_GROUPS,
    Function.UPDATE_GROUPS,
    Function.GET_GROUP_MEMBERS,
    Function.ADD_GROUP_MEMBERS,
    Function.DELETE_GROUP_MEMBERS,
    Function.ENROL_USERS,
    Function.GET_ENROLLED_USERS,
)
#: What our plugin of this version has in its service.
_OF_THE_PLUGIN = (
    Function.DIAGNOSE,
    Function.SEND_MESSAGE,
    Function.SET_COMPLETION,
    Function.GET_GROUPS,
    Function.SET_GROUP_CONVERSATION,
    Function.GET_COURSE_GROUPINGS,
    Function.CREATE_GROUPINGS,
    Function.ASSIGN_GROUPING,
)
_WITH_PLUGIN = (Function.GET_STAFF, Function.GET_CHANGES, *_GROUPS)
_WITHOUT_PLUGIN = (
    Function.GET_COHORTS,
    Function.GET_COHORT_MEMBERS,
    Function.GET_USERS_BY_FIELD,
    *_GROUPS,
)

#: What only the plugin can tell, in the order of the page.
_TOLD = ("capabilities", "course", "cohort", "tool", "webhook", "cron")

#: What nobody can ask without a token.
BEHIND_THE_TOKEN = ("version", "plugin", "functions", "keyset", *_TOLD)

#: Moodle's error codes for an account that may not come in.
_ACCOUNT = {
    "wsaccessusersuspended": "suspended",
    "wsaccessuserdeleted": "deleted",
    "wsaccessuserunconfirmed": "unconfirmed",
    "wsaccessuserexpired": "expired",
    "wsaccessusernologin": "nologin",
}


@dataclass(frozen=True)
class Ours:
    """What we hold the answers against. `plugin` is the version that connected the school, None without our plugin."""

    base_url: str
    client_id: str | None
    plugin: str | None
    webhook_url: str
    now: datetime


def judge(facts: Facts, ours: Ours) -> list[Check]:
    """All checks of a school's Moodle that the network can answer."""
    checks = [*_answers(facts), *_certificate(facts.keys, ours.now), _clock(facts)]
    if facts.info is None:
        checks += [unknown(code, "not_asked") for code in BEHIND_THE_TOKEN]
    else:
        checks += [_version(facts.info), _plugin(facts, ours), _functions(facts.info, ours)]
        checks += [_keyset(facts, ours), *_told(facts, ours)]
    checks.append(_public_address(facts.tool, ours))
    return checks


# Does it answer, and to us? ----------------------------------------------------------------------------------------


def _answers(facts: Facts) -> Iterator[Check]:
    """Three checks, of which the first one that fails leaves those after it unknown."""
    error = facts.error if facts.info is None else None
    if error is None:
        info = facts.info
        yield ok("moodle")
        yield ok("web_services")
        yield warn("token", "administrator") if info is not None and info.is_site_admin else ok("token")
        return
    if isinstance(error, errors.WebServicesDisabled):
        yield from (ok("moodle"), bad("web_services", "disabled"), unknown("token", "not_asked"))
        return
    if isinstance(error, errors.MoodleRefused) and not isinstance(error, errors.SiteMaintenance):
        yield from (ok("moodle"), ok("web_services"), _token(error))
        return
    yield _moodle(error, facts.keys)
    yield from (unknown("web_services", "not_asked"), unknown("token", "not_asked"))


def _token(error: errors.MoodleRefused) -> Check:
    if isinstance(error, errors.TokenInvalid):
        return bad("token", "invalid")
    if isinstance(error, errors.AccessRefused):
        return bad("token", "refused")
    if error.errorcode in _ACCOUNT:
        return bad("token", _ACCOUNT[error.errorcode])
    return bad("token", "other", errorcode=error.errorcode)


def _moodle(error: errors.MoodleError, keys: Glimpse) -> Check:
    match error:
        case errors.SiteMaintenance():
            return bad("moodle", "maintenance")
        case errors.Redirected():
            return bad("moodle", "redirected", target=error.target)
        case errors.LoginDemanded():
            return bad("moodle", "login")
        case errors.CertificateRefused():
            return bad("moodle", "certificate")
        case errors.AddressPrivate():
            return bad("moodle", "private_address")
        case errors.TimedOut():
            return bad("moodle", "slow")
        case errors.Unreachable():
            return bad("moodle", "unknown_host" if keys.failed == "unknown_host" else "no_connection")
        case errors.ConnectionBroken():
            return bad("moodle", "no_connection")
        case errors.ServerFailed():
            return bad("moodle", "failed", status=error.http_status)
        case errors.UnexpectedStatus() if error.http_status in {401, 403, 406, 429}:
            return bad("moodle", "firewall", status=error.http_status)
        case errors.UnexpectedStatus():
            return bad("moodle", "foreign", status=error.http_status)
    return bad("moodle", "unreadable", error=error.code)


def _certificate(keys: Glimpse, now: datetime) -> Iterator[Check]:
    """Only where there is one to see: a refused one is `moodle`'s finding."""
    if keys.certified_until is None:
        return
    left = keys.certified_until - now
    if left < SOON:
        yield (bad if left < VERY_SOON else warn)("certificate", "ends", days=max(0, left.days))
    else:
        yield ok("certificate", days=left.days)


def _clock(facts: Facts) -> Check:
    """PHP's own clock signs the launches, so the plugin's word goes before the web server's."""
    if facts.state is not None and facts.asked_at is not None:
        return skew("clock", facts.state.time - facts.asked_at.timestamp())
    if facts.keys.theirs is not None and facts.keys.ours is not None:
        return skew("clock", (facts.keys.theirs - facts.keys.ours).total_seconds())
    return unknown("clock", "not_asked")


# What is installed there -------------------------------------------------------------------------------------------


def _version(info: SiteInfo) -> Check:
    found = re.match(r"([0-9]{1,3})\.([0-9]{1,3})", info.release)
    if found is None:
        return unknown("version", "not_told")
    version, name = (int(found[1]), int(found[2])), found[0]
    if version < OLDEST:
        return bad("version", "old", version=name)
    return warn("version", "new", version=name) if version > NEWEST else ok("version", version=name)


def _plugin(facts: Facts, ours: Ours) -> Check:
    theirs = facts.state.plugin if facts.state is not None else ours.plugin
    if theirs is None:
        return warn("plugin", "none")
    if theirs != PLUGIN_VERSION:
        return warn("plugin", "older" if theirs < PLUGIN_VERSION else "newer", theirs=theirs, ours=PLUGIN_VERSION)
    return ok("plugin", theirs=theirs)


def _functions(info: SiteInfo, ours: Ours) -> Check:
    needed = _WITHOUT_PLUGIN if ours.plugin is None else _WITH_PLUGIN
    if ours.plugin is not None and ours.plugin >= PLUGIN_VERSION:
        needed = (*needed, *_OF_THE_PLUGIN)
    missing = [function.value for function in needed if function.value not in info.functions]
    return bad("functions", "missing", names=", ".join(missing)) if missing else ok("functions")


def _keyset(facts: Facts, ours: Ours) -> Check:
    """Whether Moodle reads our keys. When it can't, launches go on, and its token endpoint answers a 404 page about
    `fix_jwks_alg()`: a fault of Moodle's code by the look of it, and cURL security nearly always."""
    state = facts.state
    if state is not None and state.curl_blocks_host and state.curl_blocks_port:
        return warn("keyset", "host_and_port")
    if state is not None and state.curl_blocks_host:
        return warn("keyset", "host")
    if state is not None and state.curl_blocks_port:
        return warn("keyset", "port")
    if state is not None and state.tool.jwks_url != f"{ours.base_url}/lti/jwks":
        return unknown("keyset", "address")
    if isinstance(facts.grant, errors.KeysUnreadable):
        return warn("keyset", "unreadable")
    # Moodle has verified our signature before it looked at what we may do.
    if facts.grant is True or isinstance(facts.grant, errors.RosterNotAllowed):
        return ok("keyset")
    if isinstance(facts.grant, errors.MoodleError):
        return unknown("keyset", "not_told", error=facts.grant.code)
    return unknown("keyset", "not_asked")


# What the plugin tells ---------------------------------------------------------------------------------------------


def _told(facts: Facts, ours: Ours) -> Iterator[Check]:
    if facts.state is None:
        yield from _tried(facts)
        return
    state = facts.state
    yield _capabilities(state)
    yield _course(state)
    yield _cohort(state)
    yield _tool(state, ours)
    yield _webhook(state, ours)
    yield _cron(state, ours)


def _tried(facts: Facts) -> Iterator[Check]:
    """Without the plugin's word: what two harmless calls came to."""
    refused = [error for error in (facts.staff_error, facts.groups_error) if error is not None]
    match refused:
        case []:
            yield unknown("capabilities", "some")
            yield ok("course")
        case [errors.CourseClosed() | errors.RecordMissing(), *_]:
            yield unknown("capabilities", "some")
            yield bad("course", "closed")
        case [error, *_]:
            yield bad("capabilities", "refused", function=error.function, error=error.code)
            yield unknown("course", "not_asked")
    yield from (unknown(code, "no_plugin") for code in _TOLD[2:])


def _capabilities(state: SiteState) -> Check:
    if not state.course_exists:
        # The rights in a course are gone with it.
        missing = [row.name for row in state.capabilities if not row.held and row.context == "system"]
    else:
        missing = [row.name for row in state.capabilities if not row.held]
    if missing:
        return bad("capabilities", "missing", names=", ".join(missing))
    if state.course_exists and not state.student_assignable:
        return bad("capabilities", "student")
    return ok("capabilities", count=len(state.capabilities))


def _course(state: SiteState) -> Check:
    if not state.course_exists:
        return bad("course", "gone")
    if not state.course_visible:
        return bad("course", "hidden")
    if not state.activity_exists:
        return bad("course", "no_activity")
    if not state.activity_visible:
        return bad("course", "activity_hidden")
    return ok("course") if state.manual_enrolment else bad("course", "no_enrolment")


def _cohort(state: SiteState) -> Check:
    if not state.cohort_exists:
        return bad("cohort", "gone")
    return ok("cohort", count=state.cohort_members) if state.cohort_members else warn("cohort", "empty")


def _tool(state: SiteState, ours: Ours) -> Check:
    tool = state.tool
    if not tool.exists:
        return bad("tool", "gone")
    if not tool.active:
        return bad("tool", "inactive")
    if tool.client_id != ours.client_id:
        return bad("tool", "unknown")
    wrong = [
        name
        for name, holds in (
            ("Tool URL", tool.tool_url == f"{ours.base_url}/"),
            ("Initiate login URL", tool.login_url == f"{ours.base_url}/lti/login"),
            ("Redirection URI(s)", f"{ours.base_url}/lti/launch" in tool.redirect_uris),
            ("Public keyset", tool.jwks_url == f"{ours.base_url}/lti/jwks"),
        )
        if not holds
    ]
    return bad("tool", "addresses", names=", ".join(wrong)) if wrong else ok("tool")


def _webhook(state: SiteState, ours: Ours) -> Check:
    hook = state.webhook
    if hook.stopped:
        return bad("webhook", "stopped")
    if hook.url != ours.webhook_url:
        return bad("webhook", "address")
    if hook.status == 0:
        return bad("webhook", "no_connection")
    if hook.said == "signature_invalid":
        return bad("webhook", "secret")
    if hook.said == "signature_outdated":
        return bad("webhook", "outdated")
    if hook.said == "timestamp_out_of_window":
        # The clocks' finding, and it says what to do.
        return unknown("webhook", "clock")
    if hook.status == 429:
        # It came through; it was one too many in this minute.
        return unknown("webhook", "busy")
    if not 200 <= hook.status < 300:
        return bad("webhook", "refused", status=hook.status, errorcode=hook.said[:60])
    return warn("webhook", "failing", count=hook.failing) if hook.failing else ok("webhook", count=hook.waiting)


def _cron(state: SiteState, ours: Ours) -> Check:
    if not state.cron_enabled:
        return bad("cron", "disabled")
    if state.cron_last == 0:
        return bad("cron", "never")
    # By Moodle's own clock: whether it is right is another finding.
    silent = state.time - state.cron_last
    if silent > CRON_DEAD:
        return bad("cron", "dead", minutes=silent // 60)
    return warn("cron", "late", minutes=silent // 60) if silent > CRON_LATE else ok("cron")


# The sidecar as it is seen from outside ----------------------------------------------------------------------------


def _public_address(tool: Glimpse, ours: Ours) -> Check:
    host = urlsplit(ours.base_url).netloc
    if tool.failed == "certificate":
        return bad("public_address", "certificate", host=host)
    if tool.failed:
        # Many networks lead no way from inside to their own public address.
        return warn("public_address", "unreachable", host=host)
    if not isinstance(tool.document, dict) or tool.document.get("product") != "moodle-mentorship":
        return bad("public_address", "foreign", host=host, status=tool.status)
    if tool.document.get("tool_url") != f"{ours.base_url}/":
        return bad("public_address", "another", host=host)
    if tool.certified_until is not None and tool.certified_until - ours.now < SOON:
        return warn("public_address", "ends", host=host, days=max(0, (tool.certified_until - ours.now).days))
    return ok("public_address", host=host)
