"""The launch verifier: a pure function over a token, a registration, its keys and a moment.

joserfc does the cryptography; which algorithm, which key and which claims hold is decided here. References are to
OpenID Connect Core 1.0 (OIDC), LTI 1.3 Core (LTI) and the 1EdTech Security Framework 1.0 (SEC).
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from moodle_mentorship.core.schemas import storable
from moodle_mentorship.lti.errors import Fault, LaunchRefused
from moodle_mentorship.moodle.platforms import Registration, normalise_issuer, origin_of

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SETTINGS_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
LINK_MESSAGE, PLACING_MESSAGE = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"

#: The one role URI that says: a site administrator of Moodle. Moodle sends it for site administrators and for people
#: who hold `mod/lti:admin` ("be recognised as administrator") where the link stands, so it is not believed everywhere
#: (`service.launches`); `institution/person#Administrator` goes along with it, and alone it gives nothing.
SITE_ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"

#: Seconds by which the clocks of Moodle and ours may differ.
SKEW = 60
#: A token that lives longer than that is no login (Moodle's lives 60 s).
LONGEST_LIFE = 3600
#: The nonce is as old as the login state that carries it, so no honest token is older (state.LIFETIME).
OLDEST = 600

#: Seconds since 1970; beyond it (year 5138), and for NaN and infinity, a number is no moment.
LAST_MOMENT = 10**11

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_USER_ID = re.compile(r"[1-9][0-9]{0,17}")
# A key inside the token, or an address of one, is the sender's word about itself; what we don't know we don't skip.
_REFUSED_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "zip", "b64"})
#: Bits of an RSA key. A longer one would cost us much for each forged signature, and so would a large exponent.
SHORTEST_KEY, LONGEST_KEY = 2048, 8192
SMALLEST_EXPONENT, LARGEST_EXPONENT = 65537, 2**32

_LONGEST_TOKEN = 64 * 1024
_LONGEST_TEXT = 255
_LONGEST_ADDRESS = 1000
_LONGEST_DATA = 16 * 1024
_MOST_ROLES = 100


@dataclass(frozen=True, repr=False)
class PlacingRequest:
    """The platform asks which of our pages to place in the course (Deep Linking 2.0, 4.4.1).

    The return address holds Moodle's session key, so `repr` shows nothing.
    """

    return_url: str
    # Goes back as it came, byte for byte.
    data: str | None
    # Whether several pages may be placed at once.
    several: bool


@dataclass(frozen=True)
class LaunchClaims:
    """What a verified launch says. Names and e-mail are left out: people come from the directory, not from launches."""

    moodle_user_id: int
    deployment_id: str
    # All role URIs as sent; compare them whole.
    roles: tuple[str, ...]
    context_id: str | None
    # Empty where a page is to be placed: there is no link yet.
    resource_link_id: str
    target: str
    placing: PlacingRequest | None
    # Where the course's members can be read; None where the platform doesn't say, or names another host.
    memberships_url: str | None

    @property
    def site_administrator(self) -> bool:
        return SITE_ADMINISTRATOR in self.roles


def key_id(token: str) -> str:
    """The `kid` in the header, after the header proved harmless; nothing is verified yet."""
    return str(_header(token)["kid"])


def deployment_hint(token: str) -> str | None:
    """The deployment that an unverified token names, to choose whose keys to verify it with; never to be trusted."""
    try:
        value = _decode(token.split(".")[1])[CLAIM + "deployment_id"]
    except (LaunchRefused, KeyError, IndexError):
        return None
    return value if isinstance(value, str) else None


def verify(
    token: str, registration: Registration, keyset: Mapping[str, Any], now: datetime, *, nonce: str, target: str
) -> LaunchClaims:
    """The claims of a launch that holds in every respect. `nonce` and `target` are those of the login.

    Raises `LaunchRefused` with the fault of the first check that fails.
    """
    header = _header(token)
    key = _key(keyset, header["kid"])
    try:
        payload = jws.deserialize_compact(token, key, algorithms=["RS256"]).payload
    except (JoseError, ValueError):
        raise LaunchRefused(Fault.SIGNATURE_INVALID) from None
    claims = _object(payload)
    if not any(name.startswith(CLAIM) for name in claims):
        raise LaunchRefused(Fault.NOT_LTI)
    _check_parties(claims, registration)
    _check_times(claims, now.timestamp())
    # OIDC 3.1.3.7 rule 11. The nonce belongs to one login, whose state is used up once.
    if not nonce or claims.get("nonce") != nonce:
        raise LaunchRefused(Fault.NONCE_WRONG)
    return _launch(claims, registration, target)


def _header(token: str) -> dict[str, Any]:
    if len(token) > _LONGEST_TOKEN or not _COMPACT.fullmatch(token):
        raise LaunchRefused(Fault.JWT_MALFORMED)
    header = _decode(token.split(".")[0])
    # SEC 5.1.3: RS256. `none` and the symmetric algorithms are the classical ways around a signature.
    if header.get("alg") != "RS256":
        raise LaunchRefused(Fault.ALG_REFUSED)
    # RFC 8725, 3.11: a token that says to be of another kind (a platform signs more than logins) is none of ours.
    if _REFUSED_HEADERS & header.keys() or str(header.get("typ", "JWT")).upper() != "JWT":
        raise LaunchRefused(Fault.HEADER_REFUSED)
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise LaunchRefused(Fault.KID_MISSING)
    return header


def _decode(part: str) -> dict[str, Any]:
    try:
        return _object(_bytes(part))
    except ValueError:
        raise LaunchRefused(Fault.JWT_MALFORMED) from None


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _object(raw: bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(raw or b"", object_pairs_hook=_members)
    except (ValueError, RecursionError):
        raise LaunchRefused(Fault.JWT_MALFORMED) from None
    if not isinstance(value, dict):
        raise LaunchRefused(Fault.JWT_MALFORMED)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that comes twice means one thing to us and another to the next reader (RFC 7519, 4: refuse it)."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members


def _key(keyset: Mapping[str, Any], kid: str) -> RSAKey:
    """The one public key of that id. Every word that the key says about its use must fit ours."""
    found = [key for key in keyset.get("keys", []) if isinstance(key, dict) and key.get("kid") == kid]
    if not found:
        raise LaunchRefused(Fault.KID_UNKNOWN)
    key = found[0]
    fits = (
        len(found) == 1
        and key.get("kty") == "RSA"
        and key.get("alg", "RS256") == "RS256"
        and key.get("use", "sig") == "sig"
    )
    if not fits:
        raise LaunchRefused(Fault.KEY_REFUSED)
    try:
        return _public_key(key["n"], key["e"])
    except (JoseError, ValueError, KeyError, TypeError):
        raise LaunchRefused(Fault.KEY_REFUSED) from None


# Of the platforms' kept keys only, never of a token's own: a region's morning comes with a few hundred of them.
@lru_cache(maxsize=1024)
def _public_key(n: str, e: str) -> RSAKey:
    """SEC 4: 2048 bits at least. Measured first, because joserfc lets shorter keys pass with a warning."""
    modulus, exponent = int.from_bytes(_bytes(n)), int.from_bytes(_bytes(e))
    long_enough = SHORTEST_KEY <= modulus.bit_length() <= LONGEST_KEY
    if not long_enough or not SMALLEST_EXPONENT <= exponent < LARGEST_EXPONENT or not modulus & exponent & 1:
        raise LaunchRefused(Fault.KEY_REFUSED)
    return RSAKey.import_key({"kty": "RSA", "n": n, "e": e})


def _check_parties(claims: Mapping[str, Any], registration: Registration) -> None:
    """OIDC 3.1.3.7, rules 2 to 5."""
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or normalise_issuer(issuer) != registration.issuer:
        raise LaunchRefused(Fault.ISSUER_WRONG)
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or registration.client_id not in audiences:
        raise LaunchRefused(Fault.AUDIENCE_WRONG)
    if "azp" in claims:
        if claims["azp"] != registration.client_id:
            raise LaunchRefused(Fault.AZP_WRONG)
    elif len(audiences) > 1:
        raise LaunchRefused(Fault.AZP_MISSING)


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires = _moment(claims.get("exp"), Fault.EXP_INVALID)
    issued = _moment(claims.get("iat"), Fault.IAT_INVALID)
    if issued > now + SKEW:
        raise LaunchRefused(Fault.IAT_FUTURE)
    if expires <= now - SKEW:
        raise LaunchRefused(Fault.EXPIRED)
    if expires - issued > LONGEST_LIFE:
        raise LaunchRefused(Fault.LIFETIME_TOO_LONG)
    if expires <= issued:
        raise LaunchRefused(Fault.EXP_INVALID)
    if issued < now - OLDEST - SKEW:
        raise LaunchRefused(Fault.IAT_OLD)


def _moment(value: Any, fault: Fault) -> float:
    """Seconds since 1970. A bool is an int in Python, and a string of digits is no number in JSON."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < LAST_MOMENT:
        return value
    raise LaunchRefused(fault)


def _launch(claims: Mapping[str, Any], registration: Registration, target: str) -> LaunchClaims:
    """The LTI claims of a resource link launch (LTI 5.3), or of a request to place one (Deep Linking 4.4)."""
    _expect(claims, "version", "1.3.0", Fault.VERSION_MISSING, Fault.VERSION_WRONG)
    places = claims.get(CLAIM + "message_type") == PLACING_MESSAGE
    if not places:
        _expect(claims, "message_type", LINK_MESSAGE, Fault.MESSAGE_TYPE_MISSING, Fault.MESSAGE_TYPE_WRONG)
    _expect(claims, "deployment_id", registration.deployment_id, Fault.DEPLOYMENT_MISSING, Fault.DEPLOYMENT_WRONG)
    _expect(claims, "target_link_uri", target, Fault.TARGET_MISSING, Fault.TARGET_WRONG)
    link_id = "" if places else _link_id(claims)
    context = claims.get(CLAIM + "context")
    context_id = context.get("id") if isinstance(context, dict) else None
    if context is not None and not _is_text(context_id):
        raise LaunchRefused(Fault.CONTEXT_INVALID)
    return LaunchClaims(
        moodle_user_id=_user_id(claims),
        deployment_id=registration.deployment_id,
        roles=_roles(claims),
        context_id=context_id,
        resource_link_id=link_id,
        target=target,
        placing=_placing(claims, registration) if places else None,
        memberships_url=_memberships_url(claims, registration),
    )


def _link_id(claims: Mapping[str, Any]) -> str:
    link = claims.get(CLAIM + "resource_link")
    link_id = link.get("id") if isinstance(link, dict) else None
    if not _is_text(link_id):
        raise LaunchRefused(Fault.RESOURCE_LINK_MISSING)
    return str(link_id)


def _placing(claims: Mapping[str, Any], registration: Registration) -> PlacingRequest:
    settings = claims.get(SETTINGS_CLAIM)
    if not isinstance(settings, dict):
        raise LaunchRefused(Fault.SETTINGS_MISSING)
    return_url, types, data = (settings.get(name) for name in ("deep_link_return_url", "accept_types", "data"))
    if not _on_platform(return_url, registration):
        raise LaunchRefused(Fault.RETURN_FOREIGN)
    if not isinstance(types, list) or "ltiResourceLink" not in types:
        raise LaunchRefused(Fault.TYPES_UNFIT)
    if data is not None and not _is_storable(data):
        raise LaunchRefused(Fault.DATA_INVALID)
    return PlacingRequest(str(return_url), data, settings.get("accept_multiple") is True)


def _is_storable(data: Any) -> bool:
    """JSON can spell half a surrogate pair, which has no bytes to be given back."""
    if not isinstance(data, str) or len(data) > _LONGEST_DATA:
        return False
    try:
        data.encode()
    except UnicodeEncodeError:
        return False
    return True


def _memberships_url(claims: Mapping[str, Any], registration: Registration) -> str | None:
    """NRPS 3.6.1.1. A service token goes there later, so it leads to the platform itself or nowhere."""
    service = claims.get(NRPS_CLAIM)
    url = service.get("context_memberships_url") if isinstance(service, dict) else None
    return url if _on_platform(url, registration) else None


def _on_platform(url: Any, registration: Registration) -> bool:
    """Whether it is an address of the platform: its origin, in characters that a header and a log bear."""
    if not isinstance(url, str) or len(url) > _LONGEST_ADDRESS or not url.isascii() or not url.isprintable():
        return False
    try:
        return origin_of(url) == registration.origin
    except ValueError:
        return False


def _expect(claims: Mapping[str, Any], name: str, value: str, missing: Fault, wrong: Fault) -> None:
    if CLAIM + name not in claims:
        raise LaunchRefused(missing)
    if claims[CLAIM + name] != value:
        raise LaunchRefused(wrong)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and storable(value)


def _user_id(claims: Mapping[str, Any]) -> int:
    """Moodle's `sub` is the user's id as a string. A launch without one is anonymous (LTI 5.3.6): nobody we know."""
    sub = claims.get("sub")
    if sub is None or sub == "":
        raise LaunchRefused(Fault.SUB_MISSING)
    if not isinstance(sub, str) or not _USER_ID.fullmatch(sub):
        raise LaunchRefused(Fault.SUB_INVALID)
    return int(sub)


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """LTI 5.3.7: required, may be empty."""
    roles = claims.get(CLAIM + "roles")
    if roles is None:
        raise LaunchRefused(Fault.ROLES_MISSING)
    if not isinstance(roles, list) or len(roles) > _MOST_ROLES or not all(_is_text(role) for role in roles):
        raise LaunchRefused(Fault.ROLES_INVALID)
    return tuple(roles)
