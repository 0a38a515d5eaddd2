"""What is asked of a school's Moodle over the network: facts, without any judgement.

Everything together takes `PATIENCE` seconds at most, because somebody waits in front of a page.
"""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_network
from typing import Any

import requests

from moodle_mentorship.core.outgoing import AddressGuard, AddressRefused, GuardedSession, exchange
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle import line
from moodle_mentorship.moodle.errors import MoodleError, TimedOut, Unreachable
from moodle_mentorship.moodle.functions import Function
from moodle_mentorship.moodle.line import Retries, Timeouts
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.moodle.results import SiteInfo, SiteState
from moodle_mentorship.moodle.service_tokens import MEMBERSHIPS, Client, ServiceTokens
from moodle_mentorship.moodle.sites import client_for

#: Seconds for the whole examination, and the most that one question may take of it.
PATIENCE, QUESTION = 10.0, 6.0
NAME = "glimpse"
EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(frozen=True)
class Glimpse:
    """A public address as a browser would find it. `failed`: a short code when nobody answered."""

    status: int = 0
    failed: str = ""
    #: What the server's clock said, and ours at the same moment.
    theirs: datetime | None = None
    ours: datetime | None = None
    #: End of the certificate; None over plain http.
    certified_until: datetime | None = None
    document: Any = None


@dataclass(frozen=True)
class Facts:
    """What a Moodle answered. `error` is the first refusal; what was to be asked after it was not asked."""

    keys: Glimpse
    tool: Glimpse
    info: SiteInfo | None = None
    state: SiteState | None = None
    error: MoodleError | None = None
    #: Our clock when Moodle told its own in `state`.
    asked_at: datetime | None = None
    #: Where the plugin can't tell: what reading a page of staff and the course's groups led to.
    staff_error: MoodleError | None = None
    groups_error: MoodleError | None = None
    #: Whether Moodle gave a token for its LTI services, or why not; None where nobody could ask.
    grant: MoodleError | bool | None = None


def gather(
    runtime: Runtime, site: MoodleSite, platform: Platform | None, monotonic: Callable[[], float] = time.monotonic
) -> Facts:
    """Ask. Never raises because of what Moodle does; that the token's seal opens is the caller's to have looked at.

    `platform`: the registration through which people come in; without one the address of Moodle's keys is the usual.
    """
    end = monotonic() + PATIENCE

    def left() -> float:
        return max(0.5, min(QUESTION, end - monotonic()))

    guard = AddressGuard.of(runtime.settings)
    # Our own address is the operator's word, wherever it leads.
    ourselves = AddressGuard(guard.environment, EVERYWHERE)
    tool = glimpse(f"{runtime.settings.base_url}/api/v1/tool", ourselves, runtime.clock.now, min(3.0, left()))
    keys = glimpse(platform.jwks_url if platform else f"{site.url}/mod/lti/certs.php", guard, runtime.clock.now, left())
    facts = Facts(keys, tool)
    if keys.failed in {"timeout", "no_connection"}:
        # A second wait would tell nothing new.
        return replace(facts, error=TimedOut(NAME) if keys.failed == "timeout" else Unreachable(NAME))
    with client_for(runtime, site, timeouts=Timeouts(3.0, left(), left()), retries=Retries(attempts=1)) as client:
        try:
            info = client.site_info()
        except MoodleError as error:
            return replace(facts, error=error)
        facts = replace(facts, info=info)
        if Function.DIAGNOSE.value in info.functions:
            try:
                facts = replace(facts, state=client.diagnose(ping=True), asked_at=runtime.clock.now())
            except MoodleError as error:
                facts = replace(facts, error=error)
        else:
            with_plugin = Function.GET_STAFF.value in info.functions
            facts = replace(
                facts,
                staff_error=_tried(
                    lambda: client.get_staff(limit=1) if with_plugin else client.cohort_members(site.cohort_id)
                ),
                groups_error=_tried(lambda: client.course_groups(site.course_id)),
            )
    if platform is not None:
        facts = replace(facts, grant=_grant(runtime, platform, left()))
    return facts


def _grant(runtime: Runtime, platform: Platform, seconds: float) -> MoodleError | bool:
    """Ask for a service token, which Moodle gives (or refuses) after it has read our keys."""
    way = line.Line(
        guard=AddressGuard.of(runtime.settings),
        timeouts=line.Timeouts(3.0, seconds, seconds),
        retries=line.Retries(attempts=1),
    )
    try:
        granted = ServiceTokens(runtime, way, Client(platform.client_id, platform.token_url)).renewed(MEMBERSHIPS)
        return granted if isinstance(granted, MoodleError) else True
    finally:
        way.close()


def _tried(ask: Callable[[], object]) -> MoodleError | None:
    try:
        ask()
    except MoodleError as error:
        return error
    return None


def glimpse(url: str, guard: AddressGuard, now: Callable[[], datetime], seconds: float) -> Glimpse:
    """Look at a public address that answers with a JSON object, and at the certificate before it."""
    with GuardedSession() as session, exchange(guard, seconds) as under_way:
        session.headers["User-Agent"] = line.USER_AGENT
        try:
            with session.get(url, timeout=(min(3.0, seconds), seconds), allow_redirects=False, stream=True) as answer:
                until = _certified_until(answer)
                body = answer.raw.read(64 * 1024, decode_content=True)
                ours = now()
        except AddressRefused:
            return Glimpse(failed="private_address")
        except requests.exceptions.SSLError:
            return Glimpse(failed="certificate")
        except requests.exceptions.RequestException as error:
            if under_way.over or isinstance(error, requests.Timeout):
                return Glimpse(failed="timeout")
            return Glimpse(failed="unknown_host" if "NameResolutionError" in repr(error) else "no_connection")
        except Exception:  # urllib3's own errors while the body is read
            return Glimpse(failed="no_connection")
    return Glimpse(
        status=answer.status_code,
        theirs=_date(answer.raw.headers.getlist("Date")),
        ours=ours,
        certified_until=until,
        document=_json(body),
    )


def _certified_until(answer: requests.Response) -> datetime | None:
    # A server that closes after its answer has the socket moved from the connection into the answer (http.client).
    held = _dig(answer.raw, "connection", "sock") or _dig(answer.raw, "_fp", "fp", "raw", "_sock")
    if not isinstance(held, ssl.SSLSocket):
        return None
    certificate = held.getpeercert() or {}
    ends = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _dig(thing: object, *names: str) -> object:
    for name in names:
        thing = getattr(thing, name, None)
    return thing


def _date(headers: list[str]) -> datetime | None:
    """A proxy may put its own before that of the server behind it."""
    try:
        moment = parsedate_to_datetime(headers[-1]) if headers else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
