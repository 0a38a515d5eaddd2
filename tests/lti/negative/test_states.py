"""What ties a launch to its login: once, in the same browser, for the same Moodle, in time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from moodle_mentorship.core.secrets import SecretBox, handle_hash
from moodle_mentorship.lti.state import StateSeal
from tests.conftest import TEST_KEY
from tests.lti.negative.house import OTHER_MOODLE, RATE, House, Visitor, now
from tests.lti.negative.rows import covers
from tests.lti.platform import REMOVE, make_claims, make_key, make_token

SECRET = "s" * 43
BINDING = "__Host-mentorship-binding"


@covers("replay")
def test_the_same_post_again(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    token = visitor.token()
    assert visitor.launch(token).status == 303
    _begin_again(house, visitor)
    house.check_refused(visitor.launch(token), "state_replayed")


@covers("nonce again", "state reused")
@pytest.mark.parametrize("sub", ["3", "4"], ids=["nonce again", "state reused"])
def test_a_fresh_token_for_a_used_login(house: House, visitor: Visitor, sub: str) -> None:
    visitor.begin_login()
    assert visitor.launch(visitor.token()).status == 303
    _begin_again(house, visitor)
    house.check_refused(visitor.launch(visitor.token(sub=sub, iat=int(now().timestamp()) - 1)), "state_replayed")


def _begin_again(house: House, visitor: Visitor) -> None:
    """What was stored so far is right; from here on nothing may be."""
    known = (visitor.state, visitor.nonce, *visitor.cookies.values())
    house.check_silence()
    house.begin()
    house.keep_silent(*known)


@covers("nonce of another login")
def test_the_nonce_of_another_login_of_the_same_browser(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    token = visitor.token()
    visitor.begin_login()
    house.check_refused(visitor.launch(token), "nonce_wrong")


@covers("state absent")
@pytest.mark.parametrize("state", [REMOVE, ""], ids=["missing", "empty"])
def test_no_state(house: House, visitor: Visitor, state: object) -> None:
    visitor.begin_login()
    house.check_refused(visitor.launch(visitor.token(), state=state), "state_missing", 400)


@covers("state made up")
@pytest.mark.parametrize("state", ["x", "gAAAAABk", "не наш", "\ufffd" * 50, "A" * 5000])
def test_a_state_that_is_none(house: House, visitor: Visitor, state: str) -> None:
    visitor.begin_login()
    house.check_refused(visitor.launch(visitor.token(), state=state), "state_invalid")


@covers("state expired")
def test_a_state_that_is_over(house: House, visitor: Visitor) -> None:
    visitor.cookies[BINDING] = SECRET
    visitor.state = house.seal(binding=handle_hash(SECRET), expires=int(now().timestamp()) - 1, nonce="n")
    visitor.nonce = "n"
    house.check_refused(visitor.launch(visitor.token()), "state_expired")


def test_a_crafted_state_is_good_otherwise(house: House, visitor: Visitor) -> None:
    """So the tests that craft one are refused for what they are about."""
    visitor.cookies[BINDING] = SECRET
    visitor.state, visitor.nonce = house.seal(binding=handle_hash(SECRET), nonce="n"), "n"
    assert visitor.launch(visitor.token()).status == 303


@covers("state of another browser", "state of another login")
@pytest.mark.parametrize(
    ("own_login", "code"),
    [
        pytest.param(False, "binding_missing", id="state of another browser"),
        pytest.param(True, "binding_wrong", id="state of another login"),
    ],
)
def test_a_launch_begun_by_somebody_else(house: House, own_login: bool, code: str) -> None:
    """Login CSRF: the attacker's login, finished in the victim's browser."""
    attacker, victim = house.visitor(), house.visitor()
    attacker.begin_login()
    token = attacker.token()
    if own_login:
        victim.begin_login()
    victim.state = attacker.state
    house.check_refused(victim.launch(token), code)


@pytest.mark.parametrize("answer", [{}, {"answer": "yes"}, {"secret": SECRET}, {"secret": SECRET, "answer": "yes"}])
def test_a_launch_begun_by_a_browser_without_cookies(house: House, answer: dict[str, str]) -> None:
    """The same where the attacker's browser keeps nothing: our page asks, and takes no click made elsewhere."""
    attacker, victim = house.visitor(keeps_cookies=False), house.visitor()
    attacker.begin_login()
    victim.begin_login()
    victim.state, victim.nonce = attacker.state, attacker.nonce
    reply = victim.launch(victim.token(), **answer)
    if not answer:
        # A page of ours that neither asks nor lets in: this browser keeps cookies.
        assert reply.status == 200
        assert 'name="answer"' not in reply.text
        assert house.grown() == {}
    else:
        house.check_refused(reply, "binding_wrong")


@covers("state of another installation")
def test_the_state_of_another_installation(house: House, visitor: Visitor) -> None:
    theirs = StateSeal(["b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktb3Q="])
    visitor.begin_login()
    visitor.state = theirs.seal(StateSeal([TEST_KEY]).open(visitor.state))
    house.keep_silent(visitor.state)
    house.check_refused(visitor.launch(visitor.token()), "state_invalid")


@covers("state of the other school")
def test_the_login_of_the_other_school(house: House, visitor: Visitor) -> None:
    """A token of our Moodle for a login that went to theirs, and the other way round."""
    visitor.begin_login(iss=OTHER_MOODLE)
    house.check_refused(visitor.launch(visitor.token()), "issuer_wrong")
    visitor.begin_login()
    house.check_refused(visitor.launch(visitor.token(iss=OTHER_MOODLE)), "issuer_wrong")


@covers("state sealed for the database")
def test_what_is_sealed_for_the_database_is_no_state(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    visitor.state = SecretBox([TEST_KEY]).seal('{"state_id": "x"}')
    house.check_refused(visitor.launch(visitor.token()), "state_invalid")


@covers("state of an older version")
def test_a_state_with_other_fields(house: House, visitor: Visitor) -> None:
    """Signed by our key, but by a version of ours that kept less in it."""
    visitor.begin_login()
    old = StateSeal([TEST_KEY])
    visitor.state = old.sign(b'{"state_id": "x", "issuer": "https://moodle.example"}')
    house.check_refused(visitor.launch(visitor.token()), "state_invalid")


@covers("platform disabled meanwhile")
def test_a_platform_that_is_disabled_between_login_and_launch(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    token = visitor.token()
    house.execute("UPDATE platform SET disabled_at = created_at WHERE id = :id", id=house.own.platform)
    try:
        house.check_refused(visitor.launch(token), "platform_unknown", 400)
        house.check_refused(visitor.begin_login(), "platform_unknown", 400)
    finally:
        house.execute("UPDATE platform SET disabled_at = NULL WHERE id = :id", id=house.own.platform)


@covers("twenty launches at once")
def test_of_twenty_launches_at_once_one_wins(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    token = visitor.token()
    twins = [house.visitor(cookies=dict(visitor.cookies), state=visitor.state) for _ in range(20)]
    with ThreadPoolExecutor(len(twins)) as pool:
        replies = list(pool.map(lambda twin: twin.launch(token), twins))
    assert sorted(reply.status for reply in replies) == [303] + [403] * 19
    assert house.grown() == {"consumed_state": 1, "launch": 1, "browser_session": 1}
    assert {line["code"] for line in house.lines("refused")} == {"state_replayed"}


# Floods -----------------------------------------------------------------------------------------------------------


@covers("flood of logins")
def test_a_flood_of_logins_stores_nothing(house: House) -> None:
    states = set()
    for _ in range(200):
        visitor = house.visitor()
        assert visitor.begin_login().status == 302
        states.add(visitor.state)
    assert len(states) == 200
    assert house.grown() == {}


@covers("flood of forged launches")
def test_a_flood_of_forged_launches_stores_nothing(house: House, visitor: Visitor) -> None:
    visitor.begin_login()
    stranger = make_key("stranger")
    for number in range(100):
        forged = make_token(make_claims(now(), nonce=visitor.nonce, sub=str(number)), stranger, kid="moodle-key")
        reply = visitor.launch(forged)
    house.check_refused(reply, "token_signature_invalid")
    assert house.keys.requests == []
    # The login is not used up by what failed.
    assert visitor.launch(visitor.token()).status == 303


@covers("more logins than a minute allows")
def test_one_person_logs_in_so_often_and_not_more(house: House, visitor: Visitor) -> None:
    hint = "one-person"
    asks = visitor.asks(login_hint=hint)
    visitor.begin_login()
    for _ in range(60 * RATE):
        assert visitor.post("/lti/login", asks).status == 302
    refused = visitor.post("/lti/login", asks)
    house.check_refused(refused, "too_many_requests", 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert hint not in house.written()
    assert "127.0.0.1" not in house.written()
    assert visitor.begin_login().status == 302
