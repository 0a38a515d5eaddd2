"""The token as a signed message: who signed it, with what, and in which envelope."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from tests.lti.negative.forging import (
    b64,
    header,
    number,
    signature_over,
    signed,
    signed_with_public_key,
    tampered,
    unsigned,
)
from tests.lti.negative.house import House, Visitor
from tests.lti.negative.rows import covers
from tests.lti.platform import KEY, OTHER_KEY, make_key, make_token, public

Forge = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Case:
    row: str
    code: str
    forge: Forge
    status: int = 403


def _twice(claims: dict[str, Any]) -> str:
    """The header says first what we check, and last what the library might read."""
    protected = b'{"alg": "RS256", "kid": "moodle-key", "alg": "none"}'
    return signed(protected, claims)


def _unencoded(claims: dict[str, Any]) -> str:
    return signed(header(b64=False, crit=["b64"]), claims)


def _compressed(claims: dict[str, Any]) -> str:
    return signed(header(zip="DEF"), zlib.compress(b64(claims).encode()))


def _encrypted(claims: dict[str, Any]) -> str:
    return ".".join((b64(header(alg="RSA-OAEP", enc="A256GCM")), b64(b"key"), b64(b"iv"), b64(claims), b64(b"tag")))


def _in_json(claims: dict[str, Any]) -> str:
    protected, payload, signature = signed(header(), claims).split(".")
    return f'{{"protected": "{protected}", "payload": "{payload}", "signature": "{signature}"}}'


def _two_signatures(claims: dict[str, Any]) -> str:
    token = signed(header(), claims)
    return f"{token}.{token.rpartition('.')[2]}"


def _wrapped(claims: dict[str, Any]) -> str:
    token = signed(header(), claims)
    return "\r\n".join(token[start : start + 76] for start in range(0, len(token), 76)) + "=="


CASES = [
    # 1EdTech
    Case("no kid", "kid_missing", lambda claims: signed({"alg": "RS256", "typ": "JWT"}, claims)),
    Case("wrong kid", "kid_unknown", lambda claims: signed(header(kid="imstester_66067"), claims)),
    # Signatures
    Case("signature missing", "token_signature_invalid", lambda claims: unsigned(claims, "RS256")),
    Case(
        "signature wrong",
        "token_signature_invalid",
        lambda claims: tampered(signed(header(), claims), claims | {"sub": "4"}),
    ),
    Case(
        "signature of a stranger", "token_signature_invalid", lambda claims: make_token(claims, OTHER_KEY, kid=KEY.kid)
    ),
    Case("alg none", "alg_refused", lambda claims: unsigned(claims, "none")),
    Case("alg None", "alg_refused", lambda claims: unsigned(claims, "nOnE")),
    Case("HS256 with the public key", "alg_refused", signed_with_public_key),
    Case("embedded jwk", "header_refused", lambda claims: signed(header(jwk=public(OTHER_KEY)), claims, OTHER_KEY)),
    Case("jku", "header_refused", lambda claims: signed(header(jku="https://evil.example/jwks"), claims, OTHER_KEY)),
    Case("x5u", "header_refused", lambda claims: signed(header(x5u="https://evil.example/x"), claims, OTHER_KEY)),
    Case("x5c", "header_refused", lambda claims: signed(header(x5c=["MIIB"]), claims, OTHER_KEY)),
    Case("unknown crit", "header_refused", lambda claims: signed(header(crit=["evil"], evil=1), claims)),
    # Envelopes
    Case("member twice in the header", "token_malformed", _twice),
    Case("payload unencoded", "header_refused", _unencoded),
    Case("payload compressed", "header_refused", _compressed),
    Case("token encrypted", "token_malformed", _encrypted),
    Case("token in JSON serialisation", "token_malformed", _in_json),
    Case("two signatures", "token_malformed", _two_signatures),
    Case("token of 100 kB", "token_malformed", lambda claims: signed(header(), claims | {"x": "x" * 100_000})),
    Case("access token by its typ", "header_refused", lambda claims: signed(header(typ="at+jwt"), claims)),
    Case("kid a path", "kid_unknown", lambda claims: signed(header(kid="../../../../dev/null"), claims)),
    Case("kid SQL", "kid_unknown", lambda claims: signed(header(kid="x' UNION SELECT 'moodle-key' --"), claims)),
    Case("kid NUL", "kid_unknown", lambda claims: signed(header(kid="moodle-key\0.pem"), claims)),
    Case("kid a list", "kid_missing", lambda claims: signed(header(kid=["moodle-key"]), claims)),
    Case("padding and line breaks", "token_malformed", _wrapped),
]


@covers(*(case.row for case in CASES))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_a_token_that_does_not_hold(house: House, visitor: Visitor, case: Case) -> None:
    visitor.begin_login()
    house.check_refused(visitor.launch(case.forge(visitor.claims())), case.code, case.status)


@covers("token of a megabyte")
def test_a_token_of_a_megabyte_is_not_even_read(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    house.check_refused(visitor.launch(signed(header(), {"x": "x" * 1_000_000})), "too_large", 413)


# Keys -------------------------------------------------------------------------------------------------------------


def _weak(bits: int) -> dict[str, Any]:
    """A key of a size that libraries refuse to make; the numbers alone are published."""
    modulus = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n >> (1024 - bits) | 1
    return {"kty": "RSA", "kid": KEY.kid, "n": number(modulus), "e": "AQAB"}


@covers("key of another algorithm", "key of 512 bits", "exponent 1", "two keys of one kid")
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([public(KEY, alg="PS256")], id="key of another algorithm"),
        pytest.param([_weak(512)], id="key of 512 bits"),
        pytest.param([public(KEY, e=number(1))], id="exponent 1"),
        pytest.param([public(KEY), public(OTHER_KEY, kid=KEY.kid)], id="two keys of one kid"),
    ],
)
def test_a_key_that_is_not_good_enough(house: House, visitor: Visitor, keys: list[dict[str, Any]]) -> None:
    house.set_keys({"keys": keys}, fetched=timedelta(), tried=timedelta())
    house.check_refused(visitor.enter(), "key_refused")


@covers("new key")
def test_a_new_key_is_asked_for_once(house: House, visitor: Visitor) -> None:
    new = make_key("new-key")
    house.keys.json("/certs", {"keys": [public(KEY), public(new)]})
    house.set_keys({"keys": [public(KEY)]}, fetched=timedelta(minutes=5), tried=timedelta(minutes=5))
    for _ in range(3):
        visitor.begin_login()
        assert visitor.launch(make_token(visitor.claims(), new)).status == 303
    assert [path for _, path, _, _ in house.keys.requests] == ["/certs"]


@covers("flood of unknown keys")
def test_a_flood_of_unknown_keys_asks_once(house: House, visitor: Visitor) -> None:
    house.set_keys({"keys": [public(KEY)]}, fetched=timedelta(minutes=5), tried=timedelta(minutes=5))
    visitor.begin_login()
    for number_ in range(20):
        reply = visitor.launch(make_token(visitor.claims(), OTHER_KEY, kid=f"forged-{number_}"))
    house.check_refused(reply, "kid_unknown")
    assert len(house.keys.requests) == 1
    # Those whose key is known come in as before.
    assert visitor.enter().status == 303


@covers("key withdrawn")
def test_a_withdrawn_key_ends_within_the_hour(house: House, visitor: Visitor) -> None:
    house.keys.json("/certs", {"keys": [public(OTHER_KEY)]})
    house.set_keys({"keys": [public(KEY)]}, fetched=timedelta(minutes=61), tried=timedelta(minutes=61))
    house.check_refused(visitor.enter(), "kid_unknown")


@covers("keys down")
def test_when_the_keys_are_down_the_cached_ones_go_on(house: House, visitor: Visitor) -> None:
    house.keys.json("/certs", {}, 503)
    house.set_keys({"keys": [public(KEY)]}, fetched=timedelta(hours=5), tried=timedelta(minutes=5))
    assert visitor.enter().status == 303
    assert [line["reason"] for line in house.lines("jwks_unavailable")] == ["http_503"]


@covers("keys down, none cached")
def test_without_any_keys_nobody_comes_in(house: House, visitor: Visitor) -> None:
    house.keys.json("/certs", {}, 503)
    house.set_keys(None, fetched=None, tried=None)
    house.check_refused(visitor.enter(), "keys_unavailable", 503)


@covers("ten thousand keys")
def test_a_keyset_without_end_is_not_taken(house: House, visitor: Visitor) -> None:
    """Too large to be read; the keys that we have go on."""
    house.keys.json("/certs", {"keys": [public(KEY, kid=f"key-{number_}") for number_ in range(10_000)]})
    house.set_keys({"keys": [public(OTHER_KEY)]}, fetched=timedelta(minutes=5), tried=timedelta(minutes=5))
    visitor.begin_login()
    house.check_refused(visitor.launch(make_token(visitor.claims(), KEY, kid="key-9999")), "kid_unknown")
    assert [line["reason"] for line in house.lines("jwks_unavailable")] == ["too_large"]


@covers("private key published")
def test_a_private_key_is_not_kept(house: House, visitor: Visitor) -> None:
    """Moodle's mistake, which must not become ours: the database and the launch keep the public part."""
    house.keys.json("/certs", {"keys": [{**KEY.as_dict(private=True), "alg": "RS256"}]})
    house.set_keys(None, fetched=None, tried=None)
    assert visitor.enter().status == 303
    with house.engine.connect() as connection:
        stored = str(connection.exec_driver_sql(f"SELECT jwks FROM platform WHERE id = {house.own.platform}").scalar())
    assert "AQAB" in stored
    assert '"d"' not in stored
    assert "'d'" not in stored


@covers("key of another platform")
def test_the_key_of_another_platform_of_this_installation(house: House, visitor: Visitor) -> None:
    theirs = make_key("their-key")
    house.execute(
        "UPDATE platform SET jwks = :jwks WHERE id = :id",
        jwks=json.dumps({"keys": [public(theirs)]}),
        id=house.other.platform,
    )
    try:
        visitor.begin_login()
        house.check_refused(visitor.launch(make_token(visitor.claims(), theirs)), "kid_unknown")
        house.begin()
        visitor.begin_login()
        forged = make_token(visitor.claims(), theirs, kid=KEY.kid)
        house.check_refused(visitor.launch(forged), "token_signature_invalid")
    finally:
        house.execute(
            "UPDATE platform SET jwks = :jwks WHERE id = :id",
            jwks=json.dumps({"keys": [public(KEY)]}),
            id=house.other.platform,
        )


def test_the_forgers_tools_work(visitor: Visitor) -> None:
    """A token that they make without a fault is let in; so what they make with one is refused for it."""
    visitor.begin_login()
    token = signed(header(), visitor.claims())
    assert RSAKey.import_key(public(KEY)).kid == KEY.kid
    assert len(signature_over(b"x")) == 256
    assert visitor.launch(token).status == 303
