"""What must be refused, row by row, and which test shows it. `test_rows.py` sees to it that none is without one."""

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

#: 1EdTech's list of known bad payloads.
KNOWN_BAD_PAYLOADS = {
    "no kid": "the header names no key",
    "wrong kid": "the header names a key that the platform hasn't",
    "wrong LTI version": "11.3",
    "no LTI version": "",
    "not an LTI message": "no LTI claim at all",
    "missing LTI claims": "version alone",
    "bad timestamps": "iat 11111, exp 22222",
    "no message type": "",
    "no roles": "",
    "no deployment id": "",
    "no resource link": "",
    "no sub": "",
}

#: The table "Beyond certification" of the LTI design, each alternative by itself.
BEYOND_CERTIFICATION = {
    # CVE-2026-27962, CVE-2025-59420, CVE-2026-32597, ltiauthenticator#127
    "signature missing": "",
    "signature wrong": "claims changed after signing",
    "signature of a stranger": "",
    "alg none": "",
    "alg None": "in other letters",
    "HS256 with the public key": "",
    "key of another algorithm": "the key's alg is not the header's",
    "embedded jwk": "",
    "jku": "",
    "x5u": "",
    "x5c": "",
    "unknown crit": "",
    # CVE-2022-31157, aws-samples/enable-lti#25
    "replay": "the same token and state again",
    "nonce again": "a fresh token with the nonce of a used login",
    "nonce of another login": "",
    "no nonce": "",
    "state absent": "",
    "state made up": "",
    "state reused": "another token for a used state",
    "state expired": "",
    "state of another browser": "login CSRF, in a browser without a login",
    "state of another login": "login CSRF, in a browser with a login of its own",
    # CVE-2026-34052
    "flood of logins": "",
    "flood of forged launches": "",
    # OpenID Connect Core 3.1.3.7
    "aud list without azp": "",
    "aud list without azp, other order": "",
    "aud list, azp another": "",
    "azp another": "",
    "aud another": "",
    "aud list in any order": "accepted with azp",
    "exp missing": "",
    "exp a string": "",
    "exp past": "",
    "exp ten years ahead": "",
    "iat missing": "",
    "iat a string": "",
    "iat future": "",
    "iat old": "",
    "life over an hour": "",
    "clocks a minute apart": "accepted",
    "new key": "one question, then accepted",
    "flood of unknown keys": "one question in half a minute",
    "key withdrawn": "",
    "keys down": "the cached ones go on",
    "keys down, none cached": "",
    # Tenants
    "same ids, other issuer": "lands in the other school",
    "two clients of one issuer": "two schools",
    "token of the other client": "",
    # Open redirect
    "target elsewhere": "at the login",
    "target another than at the login": "",
    # CVE-2025-67848
    "suspended person": "",
    "departed person": "",
    "person deleted in Moodle": "",
    "person unknown": "",
    # hypothesis/lms#5301
    "role unknown": "",
    "role in other letters": "",
    "role of another vocabulary": "",
    "role of the institution": "",
    "role of the system": "",
    "role gone": "with the next launch",
    # Dynamic registration
    "registration without invitation": "",
    "invitation used": "",
    "registration over http": "",
    "registration in a private network": "",
    "registration at a changing name": "DNS rebinding",
    "registration redirected": "",
    "registration huge": "",
    "registration packed": "small on the line, huge unpacked",
    "registration dripping": "",
    "registration endpoint elsewhere": "",
    "registration token": "in no log line",
    # XSS
    "markup in names": "",
    "markup in the context title": "",
    "markup in custom parameters": "",
    "markup in error texts": "",
    "markup in hints": "in the pages that go on by themselves",
    # CSRF
    "write without token": "",
    "write with a wrong token": "",
    "write with the token of another session": "",
    "write from a foreign origin": "",
    # Clickjacking
    "framed by its own Moodle alone": "",
    "framed by nobody": "what is never embedded",
    # Transport
    "token in the query": "",
    "launch by GET": "",
    "tokens in no log line": "good ones, too",
}

#: What the two tables lack.
ADDED = {
    # The token's envelope
    "member twice in the header": "",
    "member twice in the claims": "",
    "payload unencoded": "b64 false",
    "payload compressed": "zip",
    "token encrypted": "five parts",
    "token in JSON serialisation": "",
    "two signatures": "",
    "token of 100 kB": "",
    "token of a megabyte": "",
    "nested a hundred thousand deep": "",
    "access token by its typ": "",
    "kid a path": "",
    "kid SQL": "",
    "kid NUL": "",
    "kid a list": "",
    "padding and line breaks": "",
    "endless numbers": "in the claims",
    "NUL in a claim": "PostgreSQL keeps none",
    "half a character in a claim": "JSON can spell it, no database keeps it",
    "message of another type": "",
    # Keys
    "ten thousand keys": "",
    "key of 512 bits": "",
    "exponent 1": "",
    "two keys of one kid": "",
    "private key published": "kept without its private part",
    "key of another platform": "of the same installation",
    # Ids
    "issuer with a homoglyph": "",
    "issuer in other letters": "",
    "issuer with a port": "",
    "issuer with another path": "",
    "issuer with a slash": "accepted: it is the same",
    "sub a number": "",
    "sub a float": "",
    "sub true": "",
    "sub empty": "",
    "sub huge": "",
    "sub in other digits": "",
    "sub with zeros before": "",
    "sub an e-mail": "",
    "deployment of the other school": "with the same client id",
    # State
    "state of another installation": "",
    "state of the other school": "",
    "state sealed for the database": "",
    "state of an older version": "",
    "platform disabled meanwhile": "between login and launch",
    "twenty launches at once": "one wins",
    # The request
    "issuer twice": "in query and body",
    "two tokens": "",
    "token as JSON": "",
    "token as plain text": "",
    "token as a file": "",
    "host header of another": "",
    "forwarded headers untrusted": "",
    "method override": "",
    "letters outside ASCII in headers": "",
    "half a request": "",
    "a body larger than allowed": "",
    "chunked without end": "",
    # Targets
    "target with userinfo": "",
    "target with a backslash": "",
    "target with two slashes": "",
    "target with a line break": "",
    "target in other letters": "a homoglyph of our host",
    "target with percent signs": "",
    "target a script": "",
    "target with another port": "",
    "target over http": "",
    "target leads on": "a page of ours that would redirect",
    # The session
    "cookie tossed": "by a sibling subdomain",
    "session fixed": "a handle chosen by the attacker",
    "handle of the other school": "",
    # Answers
    "error pages repeat nothing": "",
    "more logins than a minute allows": "",
    # The plugin's messages
    "connection without a signature": "",
    "connection with a private web service": "not asked",
    "webhook of a stranger": "",
    "webhook replayed": "",
    "webhook of another connection": "",
}

#: Rows whose tests stand with what they are about: deep linking (DL 2.0), whose token goes the same way, and what
#: was found later.
ELSEWHERE = {
    "return address on another origin": "tests/lti/test_placing.py::test_a_request_that_does_not_hold_is_refused",
    "answer to the issuer, short-lived": "tests/lti/test_placing.py::test_a_curator_places_a_page",
    "data echoed": "tests/lti/test_placing.py::test_data_goes_back_byte_for_byte",
    "nonce of an answer": "tests/lti/test_placing.py::test_each_answer_has_a_nonce_of_its_own",
    "answer posted to Moodle alone": "tests/lti/test_placing.py::test_the_answer_may_be_posted_to_moodle_alone",
    "request replayed": "tests/lti/test_placing.py::test_a_request_is_not_replayed",
    "token of a request": "tests/lti/test_placing.py::test_the_verifier_is_the_same",
    "page secret from a stranger's page": "tests/lti/test_transports.py::test_a_secret_counts_on_our_own_page_alone",
    "redirect with an endless body": "tests/moodle/test_hostile_answers.py::test_a_redirect_is_no_door",
    "platform by hand with foreign addresses": "tests/lti/test_registration.py::test_wrong_values_are_named",
    "connection of a Moodle switched off": (
        "tests/lti/test_api.py::test_what_the_operator_switched_off_no_message_brings_back"
    ),
    "second curator long after": "tests/sync/test_jobs.py::test_a_curator_named_long_ago_makes_no_second_one",
}

ROWS = {**KNOWN_BAD_PAYLOADS, **BEYOND_CERTIFICATION, **ADDED}

COVERED: dict[str, str] = {}


def covers(*names: str) -> Callable[[Test], Test]:
    """The test shows these rows."""

    def mark(test: Test) -> Test:
        for name in names:
            assert name in ROWS, f"{name!r} is no row"
            assert name not in COVERED, f"{name!r} has a test already"
            COVERED[name] = f"{test.__module__}::{test.__name__}"
        return test

    return mark
