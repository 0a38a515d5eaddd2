"""Claims of a correctly signed token: 1EdTech's known bad payloads, OpenID Connect's rules, ids of any shape."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from moodle_mentorship.lti.verifier import CLAIM
from tests.lti.negative.forging import header, signed
from tests.lti.negative.house import House, Visitor, now
from tests.lti.negative.rows import covers
from tests.lti.platform import REMOVE, TARGET

LTI_CLAIMS = ("version", "message_type", "roles", "deployment_id", "resource_link", "target_link_uri", "context")


def seconds() -> int:
    return int(now().timestamp())


@dataclass(frozen=True)
class Case:
    row: str
    code: str
    claims: dict[str, Any] | Callable[[], dict[str, Any]] = field(default_factory=dict)
    status: int = 403

    def changes(self) -> dict[str, Any]:
        return self.claims() if callable(self.claims) else self.claims


CASES = [
    # 1EdTech
    Case("wrong LTI version", "version_wrong", {"version": "11.3"}),
    Case("no LTI version", "version_missing", {"version": REMOVE}),
    Case("not an LTI message", "not_lti", dict.fromkeys(LTI_CLAIMS, REMOVE)),
    Case("missing LTI claims", "message_type_missing", dict.fromkeys(LTI_CLAIMS[1:], REMOVE)),
    Case("bad timestamps", "token_expired", {"iat": 11111, "exp": 22222}),
    Case("no message type", "message_type_missing", {"message_type": REMOVE}),
    Case("message of another type", "message_type_wrong", {"message_type": "LtiSubmissionReviewRequest"}),
    Case("no roles", "roles_missing", {"roles": REMOVE}),
    Case("no deployment id", "deployment_missing", {"deployment_id": REMOVE}),
    Case("no resource link", "resource_link_missing", {"resource_link": REMOVE}),
    Case("no sub", "sub_missing", {"sub": REMOVE}),
    # Whom it is for
    Case("aud list without azp", "azp_missing", {"aud": ["client", "evil"]}),
    Case("aud list without azp, other order", "azp_missing", {"aud": ["evil", "client"]}),
    Case("aud list, azp another", "azp_wrong", {"aud": ["client", "evil"], "azp": "evil"}),
    Case("azp another", "azp_wrong", {"azp": "evil"}),
    Case("aud another", "audience_wrong", {"aud": "evil"}),
    # When
    Case("exp missing", "exp_invalid", {"exp": REMOVE}),
    Case("exp a string", "exp_invalid", lambda: {"exp": str(seconds() + 60)}),
    Case("exp past", "token_expired", lambda: {"iat": seconds() - 200, "exp": seconds() - 70}),
    Case("exp ten years ahead", "lifetime_too_long", lambda: {"exp": seconds() + 10 * 365 * 86400}),
    Case("iat missing", "iat_invalid", {"iat": REMOVE}),
    Case("iat a string", "iat_invalid", lambda: {"iat": str(seconds())}),
    Case("iat future", "iat_future", lambda: {"iat": seconds() + 120, "exp": seconds() + 180}),
    Case("iat old", "iat_old", lambda: {"iat": seconds() - 700, "exp": seconds() + 60}),
    Case("life over an hour", "lifetime_too_long", lambda: {"iat": seconds(), "exp": seconds() + 3601}),
    # Replay
    Case("no nonce", "nonce_wrong", {"nonce": REMOVE}),
    # Open redirect
    Case("target another than at the login", "target_wrong", {"target_link_uri": TARGET + "pairs/"}),
    # Ids of other shapes
    Case("issuer with a homoglyph", "issuer_wrong", {"iss": "https://mооdle.example"}),
    Case("issuer in other letters", "issuer_wrong", {"iss": "https://MOODLE.example"}),
    Case("issuer with a port", "issuer_wrong", {"iss": "https://moodle.example:443"}),
    Case("issuer with another path", "issuer_wrong", {"iss": "https://moodle.example/school"}),
    Case("sub a number", "sub_invalid", {"sub": 3}),
    Case("sub a float", "sub_invalid", {"sub": 3.0}),
    Case("sub true", "sub_invalid", {"sub": True}),
    Case("sub empty", "sub_missing", {"sub": ""}),
    Case("sub huge", "sub_invalid", {"sub": "3" * 400}),
    Case("sub in other digits", "sub_invalid", {"sub": "٣"}),
    Case("sub with zeros before", "sub_invalid", {"sub": "003"}),
    Case("sub an e-mail", "sub_invalid", {"sub": "teacher01@school.example"}),
    Case("endless numbers", "exp_invalid", {"exp": 1e400}),
]


@covers(*(case.row for case in CASES))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_claims_that_do_not_hold(house: House, visitor: Visitor, case: Case) -> None:
    house.check_refused(visitor.enter(**case.changes()), case.code, case.status)


def _texts(odd: str) -> list[tuple[str, dict[str, Any], str]]:
    """A claim that is kept, with a character that no database keeps."""
    return [
        ("link", {"resource_link": {"id": odd}}, "resource_link_missing"),
        ("context", {"context": {"id": odd, "title": "x"}}, "context_invalid"),
        ("roles", {"roles": [odd]}, "roles_invalid"),
        ("deployment", {"deployment_id": odd}, "deployment_wrong"),
        ("issuer", {"iss": odd}, "issuer_wrong"),
        ("sub", {"sub": odd}, "sub_invalid"),
        ("nonce", {"nonce": odd}, "nonce_wrong"),
        ("target", {"target_link_uri": odd}, "target_wrong"),
        ("message type", {"message_type": odd}, "message_type_wrong"),
    ]


ODD = [
    pytest.param(claims, code, id=f"{row}: {name}")
    for row, odd in (("NUL", "1\0"), ("half a character", "1\ud83d"))
    for name, claims, code in _texts(odd)
]


@covers("NUL in a claim", "half a character in a claim")
@pytest.mark.parametrize(("claims", "code"), ODD)
def test_text_that_no_database_keeps(house: House, visitor: Visitor, claims: dict[str, Any], code: str) -> None:
    visitor.begin_login()
    reply = visitor.launch(signed(header(), visitor.claims(**claims)))
    house.check_refused(reply, code, 400 if code == "deployment_wrong" else 403)


# What looks odd and is right --------------------------------------------------------------------------------------


@covers("aud list in any order")
@pytest.mark.parametrize("audiences", [["client", "evil"], ["evil", "client"]])
def test_an_audience_list_with_our_azp_is_right(visitor: Visitor, audiences: list[str]) -> None:
    assert visitor.enter(aud=audiences, azp="client").status == 303


@covers("clocks a minute apart")
@pytest.mark.parametrize("apart", [-55, 55])
def test_clocks_may_differ_by_a_minute(visitor: Visitor, apart: int) -> None:
    issued = seconds() + apart
    assert visitor.enter(iat=issued, exp=issued + 60).status == 303


@covers("issuer with a slash")
def test_an_issuer_with_a_slash_is_the_same_moodle(visitor: Visitor) -> None:
    assert visitor.enter({"iss": "https://moodle.example/"}, iss="https://moodle.example/").status == 303


# Claims that JSON can't hold twice --------------------------------------------------------------------------------


@covers("member twice in the claims")
def test_a_claim_that_comes_twice(house: House, visitor: Visitor) -> None:
    """One reader takes the first, another the last; the checks and the use would read different ones."""
    visitor.begin_login()
    good = signed(header(), visitor.claims())
    assert visitor.launch(good).status == 303
    house.begin()
    visitor.begin_login()
    twice = json.dumps(visitor.claims())[:-1] + ', "sub": "2"}'
    house.check_refused(visitor.launch(signed(header(), twice.encode())), "token_malformed")


@covers("nested a hundred thousand deep")
def test_claims_nested_without_end(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    nested = b'{"' + CLAIM.encode() + b'version": ' + b"[" * 30_000 + b"]" * 15_000 + b"}"
    house.check_refused(visitor.launch(signed(header(), nested)), "token_malformed")
