"""Dynamic registration (LTI Dynamic Registration 1.0): Moodle's addresses are read, a client is asked for, stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.schemas import storable
from moodle_mentorship.core.settings import Environment, Settings
from moodle_mentorship.lti.errors import RegistrationFailed
from moodle_mentorship.lti.fetching import FetchFailed, fetch_json
from moodle_mentorship.lti.service.invitations import use_invitation
from moodle_mentorship.moodle.models import Platform
from moodle_mentorship.moodle.platforms import add_platform, is_safe_address, normalise_issuer, origin_of
from moodle_mentorship.moodle.service_tokens import MEMBERSHIPS

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CLIENT_NAME = "Наставничество"


@dataclass(frozen=True)
class Configuration:
    """What a platform says about itself; every address is on the issuer's host."""

    issuer: str
    auth_url: str
    token_url: str
    jwks_url: str
    registration_url: str


@dataclass(frozen=True)
class Client:
    """What the platform gave us."""

    client_id: str
    deployment_id: str


def read_configuration(address: str, settings: Settings) -> Configuration:
    """Fetch and check a platform's OpenID configuration. Raises `RegistrationFailed`.

    The address comes from a browser, so it leads into no private network that the operator didn't name: not by its
    name, not by a redirect, and not by an address that it names in turn, for all of them are on one host.
    """
    environment = settings.environment
    _require(is_safe_address(address, environment), "address_not_https")
    answer = _fetch(address, settings)
    fields = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    values = [answer.get(name) for name in fields]
    _require(all(isinstance(value, str) and len(value) <= 500 for value in values), "configuration_incomplete")
    issuer, auth_url, token_url, jwks_url, registration_url = (str(value) for value in values)
    for endpoint in (issuer, auth_url, token_url, jwks_url, registration_url):
        _require(is_safe_address(endpoint, environment), "address_not_https")
        _require(origin_of(endpoint) == origin_of(address), "addresses_of_several_hosts")
    return Configuration(normalise_issuer(issuer), auth_url, token_url, jwks_url, registration_url)


def client_request(settings: Settings) -> dict[str, Any]:
    """What we ask a platform for; its shape is what Moodle requires (moodle-recordings/lti/dynreg.json)."""
    base = settings.base_url
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{base}/lti/login",
        "redirect_uris": [f"{base}/lti/launch"],
        "client_name": CLIENT_NAME,
        "jwks_uri": f"{base}/lti/jwks",
        "logo_uri": f"{base}/static/icon.svg",
        "token_endpoint_auth_method": "private_key_jwt",
        # The course's members are the staff directory of a Moodle without our plugin; Moodle names them there only to
        # a tool that asks for names and e-mails at launch.
        "scope": MEMBERSHIPS,
        TOOL: {
            "domain": urlsplit(base).netloc,
            "target_link_uri": f"{base}/",
            "custom_parameters": {"middlename": "$Person.name.middle"},
            "claims": ["iss", "sub", "given_name", "family_name", "email"],
            "messages": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
        },
    }


def request_client(configuration: Configuration, token: str, settings: Settings) -> Client:
    """Ask the platform for a client. The token works once, is sent in a header and never logged.

    Raises `RegistrationFailed`.
    """
    answer = _fetch(configuration.registration_url, settings, body=client_request(settings), bearer=token or None)
    client_id, tool = answer.get("client_id"), answer.get(TOOL)
    deployment_id = tool.get("deployment_id") if isinstance(tool, Mapping) else None
    if not all(isinstance(given, str) and given and storable(given) for given in (client_id, deployment_id)):
        raise RegistrationFailed("client_incomplete")
    return Client(str(client_id), str(deployment_id))


def register(
    session: Session, code: str, configuration: Configuration, client: Client, environment: Environment, now: datetime
) -> Platform:
    """Use the invitation up and keep the registration.

    Last, after Moodle answered: an invitation isn't lost to a Moodle that was down. Should two registrations with one
    invitation race, the later one leaves a tool in Moodle that was never activated. Raises `InvitationUsed`,
    `InvitationInvalid` and what `add_platform` raises.
    """
    school_id = use_invitation(session, code, now)
    return add_platform(
        session,
        system_actor(school_id, "registration"),
        issuer=configuration.issuer,
        client_id=client.client_id,
        deployment_id=client.deployment_id,
        auth_url=configuration.auth_url,
        token_url=configuration.token_url,
        jwks_url=configuration.jwks_url,
        environment=environment,
        now=now,
    )


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise RegistrationFailed(reason)


def _fetch(
    url: str, settings: Settings, *, body: dict[str, Any] | None = None, bearer: str | None = None
) -> dict[str, Any]:
    try:
        return fetch_json(url, AddressGuard.of(settings), body=body, bearer=bearer)
    except FetchFailed as failure:
        raise RegistrationFailed(failure.reason) from None
