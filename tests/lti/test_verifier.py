"""The verifier alone: every row of the negative tables is a case of its own, with the code that it must give."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey

from moodle_mentorship.lti.errors import LaunchRefused
from moodle_mentorship.lti.verifier import CLAIM, LaunchClaims, deployment_hint, verify
from moodle_mentorship.moodle.platforms import Registration
from tests.conftest import NOW
from tests.lti.platform import (
    INSTITUTION_ADMINISTRATOR,
    INSTRUCTOR,
    KEY,
    KEYSET,
    LEARNER,
    OTHER_KEY,
    REMOVE,
    SITE_ADMINISTRATOR,
    TARGET,
    make_claims,
    make_token,
    public,
)

REGISTRATION = Registration(
    id=1,
    school_id=1,
    issuer="https://moodle.example",
    client_id="client",
    deployment_id="1",
    auth_url="https://moodle.example/mod/lti/auth.php",
    jwks_url="https://moodle.example/mod/lti/certs.php",
    jwks=KEYSET,
    jwks_fetched_at=NOW,
    jwks_tried_at=NOW,
)
ISSUED = int(NOW.timestamp())


def accept(token: str, keyset: dict[str, Any] = KEYSET) -> LaunchClaims:
    return verify(token, REGISTRATION, keyset, NOW, nonce="nonce", target=TARGET)


def refusal(token: str, keyset: dict[str, Any] = KEYSET) -> str:
    with pytest.raises(LaunchRefused) as refused:
        accept(token, keyset)
    # Neither the message nor the parameters may carry a part of the token.
    assert (str(refused.value), dict(refused.value.params)) == (refused.value.code, {})
    return refused.value.code


def test_a_recorded_launch_is_accepted() -> None:
    assert accept(make_token(make_claims(NOW))) == LaunchClaims(
        moodle_user_id=3,
        deployment_id="1",
        roles=(INSTRUCTOR,),
        context_id="2",
        resource_link_id="1",
        target=TARGET,
        placing=None,
        memberships_url=None,
    )


CLAIM_TABLE: list[tuple[str, dict[str, Any], str]] = [
    # 1EdTech's "known bad payloads" (what stands in the header is below).
    ("wrong LTI version", {"version": "11.3"}, "version_wrong"),
    ("no LTI version", {"version": REMOVE}, "version_missing"),
    (
        "not an LTI message",
        dict.fromkeys(
            ("version", "message_type", "roles", "deployment_id", "resource_link", "target_link_uri", "context"), REMOVE
        ),
        "not_lti",
    ),
    (
        "missing LTI claims",
        dict.fromkeys(("message_type", "roles", "deployment_id", "resource_link", "target_link_uri"), REMOVE),
        "message_type_missing",
    ),
    ("bad timestamps", {"iat": 11111, "exp": 22222}, "token_expired"),
    ("no message type", {"message_type": REMOVE}, "message_type_missing"),
    ("wrong message type", {"message_type": "LtiSubmissionReviewRequest"}, "message_type_wrong"),
    ("no roles", {"roles": REMOVE}, "roles_missing"),
    ("no deployment id", {"deployment_id": REMOVE}, "deployment_missing"),
    ("no resource link", {"resource_link": REMOVE}, "resource_link_missing"),
    ("resource link without id", {"resource_link": {"title": "x"}}, "resource_link_missing"),
    ("no sub", {"sub": REMOVE}, "sub_missing"),
    ("empty sub", {"sub": ""}, "sub_missing"),
    # Parties.
    ("no issuer", {"iss": REMOVE}, "issuer_wrong"),
    ("another issuer", {"iss": "https://moodle.other"}, "issuer_wrong"),
    ("issuer in other letters", {"iss": "https://MOODLE.example"}, "issuer_wrong"),
    ("no audience", {"aud": REMOVE}, "audience_wrong"),
    ("another audience", {"aud": "another"}, "audience_wrong"),
    ("empty audience list", {"aud": []}, "audience_wrong"),
    ("audience is an object", {"aud": {"client": 1}}, "audience_wrong"),
    ("audience list without azp", {"aud": ["client", "evil"]}, "azp_missing"),
    ("audience list without azp, other order", {"aud": ["evil", "client"]}, "azp_missing"),
    ("audience list, azp is another", {"aud": ["client", "evil"], "azp": "evil"}, "azp_wrong"),
    ("one audience, azp is another", {"azp": "evil"}, "azp_wrong"),
    ("azp is null", {"azp": None}, "azp_wrong"),
    ("another deployment", {"deployment_id": "2"}, "deployment_wrong"),
    ("deployment is a number", {"deployment_id": 1}, "deployment_wrong"),
    # Times.
    ("no exp", {"exp": REMOVE}, "exp_invalid"),
    ("exp is a string", {"exp": str(ISSUED + 60)}, "exp_invalid"),
    ("exp is true", {"exp": True}, "exp_invalid"),
    ("exp beyond all time", {"exp": 10**400}, "exp_invalid"),
    ("exp before iat", {"exp": ISSUED - 10}, "exp_invalid"),
    ("expired 60 s ago", {"iat": ISSUED - 120, "exp": ISSUED - 60}, "token_expired"),
    ("no iat", {"iat": REMOVE}, "iat_invalid"),
    ("iat is a string", {"iat": str(ISSUED)}, "iat_invalid"),
    ("iat 61 s ahead", {"iat": ISSUED + 61, "exp": ISSUED + 121}, "iat_future"),
    ("iat older than any login", {"iat": ISSUED - 661, "exp": ISSUED + 60}, "iat_old"),
    ("lives longer than an hour", {"exp": ISSUED + 3601}, "lifetime_too_long"),
    ("lives ten years", {"exp": ISSUED + 315_360_000}, "lifetime_too_long"),
    ("iat a year old", {"iat": ISSUED - 31_536_000, "exp": ISSUED + 60}, "lifetime_too_long"),
    # Bound to the login.
    ("nonce of another login", {"nonce": "another"}, "nonce_wrong"),
    ("no nonce", {"nonce": REMOVE}, "nonce_wrong"),
    ("no target", {"target_link_uri": REMOVE}, "target_missing"),
    ("another target of ours", {"target_link_uri": TARGET + "pairs"}, "target_wrong"),
    ("a foreign target", {"target_link_uri": "https://evil.example/"}, "target_wrong"),
    # Shapes.
    ("sub is a number", {"sub": 3}, "sub_invalid"),
    ("sub is no Moodle id", {"sub": "3 OR 1=1"}, "sub_invalid"),
    ("sub with leading zero", {"sub": "03"}, "sub_invalid"),
    ("sub in other digits", {"sub": "٣"}, "sub_invalid"),
    ("roles are a string", {"roles": INSTRUCTOR}, "roles_invalid"),
    ("a role is a number", {"roles": [1]}, "roles_invalid"),
    ("two hundred roles", {"roles": [INSTRUCTOR] * 200}, "roles_invalid"),
    ("context without id", {"context": {}}, "context_invalid"),
    ("context is a string", {"context": "2"}, "context_invalid"),
]


@pytest.mark.parametrize(("changes", "code"), [pytest.param(*row[1:], id=row[0]) for row in CLAIM_TABLE])
def test_bad_claims_are_refused(changes: dict[str, Any], code: str) -> None:
    assert refusal(make_token(make_claims(NOW, **changes))) == code


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": ["client"]}, id="a list with one audience"),
        pytest.param({"aud": ["evil", "client"], "azp": "client"}, id="several audiences, azp is ours"),
        pytest.param({"azp": "client"}, id="azp beside one audience"),
        pytest.param({"iat": ISSUED + 60, "exp": ISSUED + 120}, id="Moodle's clock is 60 s ahead"),
        pytest.param({"iat": ISSUED - 119, "exp": ISSUED - 59}, id="Moodle's clock is 59 s behind"),
        pytest.param({"exp": ISSUED + 3600}, id="lives an hour"),
        pytest.param({"roles": []}, id="no role at all"),
        pytest.param({"context": REMOVE}, id="no course"),
        pytest.param({"iss": "https://moodle.example/"}, id="issuer with a slash at the end"),
        pytest.param({"iat": ISSUED + 0.5, "exp": ISSUED + 60.5}, id="fractions of a second"),
    ],
)
def test_good_claims_are_accepted(changes: dict[str, Any]) -> None:
    assert accept(make_token(make_claims(NOW, **changes))).moodle_user_id == 3


def _b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unsigned(**header: Any) -> str:
    return f"{_b64({'typ': 'JWT', 'kid': 'moodle-key', **header})}.{_b64(make_claims(NOW))}."


def _hs256_with_public_key() -> str:
    """The classic confusion: the public key's text used as a shared secret (joserfc refuses to make such a token)."""
    signed = f"{_b64({'alg': 'HS256', 'kid': 'moodle-key'})}.{_b64(make_claims(NOW))}"
    return f"{signed}.{_b64(hmac.digest(KEY.as_pem(private=False), signed.encode(), 'sha256'))}"


def _other_algorithm(alg: str) -> str:
    return jws.serialize_compact({"alg": alg, "kid": "moodle-key"}, json.dumps(make_claims(NOW)), KEY, [alg])


def _tampered() -> str:
    header, _, signature = make_token(make_claims(NOW)).split(".")
    return f"{header}.{_b64(make_claims(NOW, sub='2'))}.{signature}"


def _with_header(**header: Any) -> str:
    """Signed correctly over a header that the library would refuse to write."""
    protected, payload = _b64({"alg": "RS256", "kid": "moodle-key", **header}), _b64(make_claims(NOW))
    private = KEY.private_key
    assert private is not None
    signature = private.sign(f"{protected}.{payload}".encode(), PKCS1v15(), SHA256())
    return f"{protected}.{payload}.{_b64(signature)}"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param(_with_header(kid=None), "kid_missing", id="no kid"),
        pytest.param(_with_header(kid=""), "kid_missing", id="empty kid"),
        pytest.param(_with_header(kid=["moodle-key"]), "kid_missing", id="kid is a list"),
        pytest.param(_with_header(kid="imstester_66067"), "kid_unknown", id="wrong kid"),
        pytest.param(make_token(make_claims(NOW), OTHER_KEY), "kid_unknown", id="signed by a stranger"),
        pytest.param(
            make_token(make_claims(NOW), OTHER_KEY, kid="moodle-key"), "token_signature_invalid", id="stranger, our kid"
        ),
        pytest.param(_tampered(), "token_signature_invalid", id="claims changed after signing"),
        pytest.param(_unsigned(alg="RS256"), "token_signature_invalid", id="no signature"),
        pytest.param(_unsigned(alg="none"), "alg_refused", id="alg none"),
        pytest.param(_unsigned(alg="None"), "alg_refused", id="alg None"),
        pytest.param(_unsigned(), "alg_refused", id="no alg"),
        pytest.param(_hs256_with_public_key(), "alg_refused", id="HS256 with the public key"),
        pytest.param(_other_algorithm("RS512"), "alg_refused", id="RS512"),
        pytest.param(_other_algorithm("PS256"), "alg_refused", id="PS256"),
        pytest.param(_with_header(jwk=public(OTHER_KEY)), "header_refused", id="embedded jwk"),
        pytest.param(_with_header(jku="https://evil.example/jwks"), "header_refused", id="jku"),
        pytest.param(_with_header(x5u="https://evil.example/cert"), "header_refused", id="x5u"),
        pytest.param(_with_header(x5c=["MIIB"]), "header_refused", id="x5c"),
        pytest.param(_with_header(crit=["exp"], exp=1), "header_refused", id="crit"),
        pytest.param(_with_header(b64=False, crit=["b64"]), "header_refused", id="b64"),
        pytest.param(_with_header(typ="at+jwt"), "header_refused", id="an access token by its typ"),
        pytest.param(_with_header(typ=None), "header_refused", id="typ is null"),
        pytest.param(_with_header(typ=["JWT"]), "header_refused", id="typ is a list"),
        pytest.param("", "token_malformed", id="empty"),
        pytest.param("a.b", "token_malformed", id="two parts"),
        pytest.param("a.b.c.d.e", "token_malformed", id="five parts (encrypted)"),
        pytest.param(" " + make_token(make_claims(NOW)), "token_malformed", id="space before"),
        pytest.param(f"{_b64(b'no json')}.{_b64({})}.{_b64(b'x')}", "token_malformed", id="header is no JSON"),
        pytest.param(f"{_b64([1])}.{_b64({})}.{_b64(b'x')}", "token_malformed", id="header is a list"),
        pytest.param("a" * 70_000 + ".b.c", "token_malformed", id="70 kB"),
    ],
)
def test_a_bad_envelope_is_refused(token: str, code: str) -> None:
    assert refusal(token) == code


def _payload_of_another_kind(payload: bytes) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "moodle-key"}, payload, KEY, ["RS256"])


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"no json", b"null", b"\xff", b'{"sub": "3", "sub": "2"}', b'{"a": {"b": 1, "b": 2}}', b"[" * 30_000],
    ids=["list", "text", "null", "bytes", "a name twice", "a name twice, deep inside", "nested deeply"],
)
def test_a_signed_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    assert refusal(_payload_of_another_kind(payload)) == "token_malformed"


def _small_key() -> dict[str, Any]:
    numbers = generate_private_key(65537, 1024).public_key().public_numbers()
    return {"kty": "RSA", "kid": "moodle-key", "n": _b64(numbers.n.to_bytes(128, "big")), "e": "AQAB"}


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8 or 1, "big"))


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        pytest.param([], "kid_unknown", id="no keys"),
        pytest.param([public(KEY, alg="RS512")], "key_refused", id="the key's alg is another"),
        pytest.param([public(KEY, use="enc")], "key_refused", id="a key for encryption"),
        pytest.param([public(KEY), public(OTHER_KEY, kid="moodle-key")], "key_refused", id="two keys of one kid"),
        pytest.param(
            [{**ECKey.generate_key("P-256").as_dict(private=False), "kid": "moodle-key"}],
            "key_refused",
            id="an elliptic key",
        ),
        pytest.param([{"kty": "oct", "k": "c2VjcmV0", "kid": "moodle-key"}], "key_refused", id="a shared secret"),
        pytest.param([{"kty": "RSA", "kid": "moodle-key"}], "key_refused", id="a key without numbers"),
        pytest.param([_small_key()], "key_refused", id="1024 bits"),
        pytest.param([public(KEY, e=_number(1))], "key_refused", id="exponent 1"),
        pytest.param([public(KEY, e=_number(3))], "key_refused", id="exponent 3"),
        pytest.param([public(KEY, e=_number(65536))], "key_refused", id="an even exponent"),
        pytest.param([public(KEY, e=_number(2**1000 + 1))], "key_refused", id="an exponent that costs time"),
        pytest.param([public(KEY, n=_number(2**20_000 + 1))], "key_refused", id="a modulus that costs time"),
        pytest.param([public(KEY, n=_number(2**2048 - 2))], "key_refused", id="an even modulus"),
        pytest.param([public(KEY, n="", e="")], "key_refused", id="empty numbers"),
        pytest.param([public(OTHER_KEY)], "kid_unknown", id="the key was withdrawn"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(keys: list[dict[str, Any]], code: str) -> None:
    assert refusal(make_token(make_claims(NOW)), {"keys": keys}) == code


@pytest.mark.parametrize("typ", [REMOVE, "JWT", "jwt"], ids=["missing", "as Moodle writes it", "small letters"])
def test_a_token_may_say_its_type_or_not(typ: Any) -> None:
    assert accept(make_token(make_claims(NOW), typ=typ)).moodle_user_id == 3


def test_a_key_that_says_nothing_about_its_use_is_accepted() -> None:
    """The Security Framework asks platforms for `kid` and `alg`; old ones leave `alg` and `use` out."""
    key = {name: value for name, value in public(KEY).items() if name not in {"alg", "use"}}
    assert accept(make_token(make_claims(NOW)), {"keys": [key]}).moodle_user_id == 3


@pytest.mark.parametrize(
    ("roles", "administrator"),
    [
        pytest.param([INSTITUTION_ADMINISTRATOR, INSTRUCTOR, SITE_ADMINISTRATOR], True, id="as recorded"),
        pytest.param([INSTITUTION_ADMINISTRATOR, INSTRUCTOR], False, id="of the institution only"),
        pytest.param([LEARNER], False, id="learner"),
        pytest.param([SITE_ADMINISTRATOR.upper()], False, id="capitals"),
        pytest.param([SITE_ADMINISTRATOR.replace("Administrator", "administrator")], False, id="small letter"),
        pytest.param([SITE_ADMINISTRATOR + "s"], False, id="longer"),
        pytest.param([SITE_ADMINISTRATOR + " "], False, id="space"),
        pytest.param(["Administrator"], False, id="short name"),
        pytest.param(["urn:lti:sysrole:ims/lis/Administrator"], False, id="LTI 1.1 name"),
        pytest.param(["http://purl.imsglobal.org/vocab/lis/v2/system/evil#Administrator"], False, id="evil"),
        pytest.param(["https://evil.example/system/person#Administrator"], False, id="another vocabulary"),
    ],
)
def test_only_the_exact_uri_is_a_site_administrator(roles: list[str], administrator: bool) -> None:
    claims = accept(make_token(make_claims(NOW, roles=roles)))
    assert (claims.roles, claims.site_administrator) == (tuple(roles), administrator)


def test_time_passes() -> None:
    """One token: accepted until a minute after its end, refused from then on."""
    token = make_token(make_claims(NOW))
    verify(token, REGISTRATION, KEYSET, NOW + timedelta(seconds=119), nonce="nonce", target=TARGET)
    with pytest.raises(LaunchRefused) as refused:
        verify(token, REGISTRATION, KEYSET, NOW + timedelta(seconds=120), nonce="nonce", target=TARGET)
    assert refused.value.code == "token_expired"


def test_a_login_without_nonce_matches_no_token() -> None:
    with pytest.raises(LaunchRefused) as refused:
        verify(make_token(make_claims(NOW, nonce="")), REGISTRATION, KEYSET, NOW, nonce="", target=TARGET)
    assert refused.value.code == "nonce_wrong"


@pytest.mark.parametrize(
    ("token", "hint"),
    [
        (make_token(make_claims(NOW)), "1"),
        (make_token(make_claims(NOW, deployment_id=1)), None),
        (make_token({CLAIM + "version": "1.3.0"}), None),
        ("nonsense", None),
    ],
    ids=["named", "a number", "not named", "no token"],
)
def test_the_deployment_hint_never_fails(token: str, hint: str | None) -> None:
    assert deployment_hint(token) == hint
