"""Addresses, forms and JSON that no page of ours sends: each route answers with a refusal, never with a fault (500)."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Role
from tests.conftest import BASE_URL, NOW, SignIn
from tests.factories import TestSchool, grant

# Every name that some view reads from an address, and some fields of forms and JSON.
PARAMETERS = (
    *("search", "q", "cursor", "position", "status", "bank", "sort", "state", "action", "actor", "before", "done"),
    *("mentee", "mentor", "find_mentee", "find_mentor", "starts_on", "ends_on", "new", "limit", "iss", "client_id"),
    *("draft", "to", "mark", "find_mentees", "find_mentors"),
    *("login_hint", "lti_deployment_id", "target_link_uri", "openid_configuration", "invitation"),
)
FIELDS = (
    *("person_id", "mentor_person_id", "mentee_person_id", "capacity", "order_date", "order_number", "side", "answer"),
    *("name", "address", "full_name", "short_name", "inn", "ogrn", "working_days", "year_start", "locale", "timezone"),
    *("last_name", "first_name", "middle_name", "position", "hire_date", "email", "starts_on", "ends_on", "reason"),
    *("role", "kind", "take", "back", "state", "id_token", "iss", "login_hint", "target_link_uri", "invitation"),
    *("openid_configuration", "registration_token", "event", "protocol"),
    *("questionnaire_id", "audience", "opens_on", "closes_on", "version", "revision", "answers", "a.levels.planning"),
    *("a.hardest", "a.free", "a.vetoes", "mark", "because", "needs", "last_year"),
    *("number", "act", "article", "issuer", "dated", "in_force_from", "in_force_until", "standing", "instead", "note"),
    *("source", "text", "on", "colleague_id", "wish", "reply", "words"),
    *("genitive", "dative", "accusative", "instrumental", "prepositional"),
    *("signed_on", "acquainted_on", "acquaint_until", "person_ids", "remark"),
)
# What lets a form come so far that its other values matter.
SOUND = {
    "capacity": "1",
    "starts_on": "2026-12-01",
    "ends_on": "2027-05-28",
    "order_date": "2026-11-24",
    "order_number": "143-ОД",
    "full_name": "Лицей",
    "short_name": "Лицей",
    "working_days": "5",
    "year_start": "2026",
    "locale": "ru",
    "timezone": "Europe/Moscow",
}

HUGE = "9" * 30
# The first number that fits no column.
BEYOND = str(2**63)


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(["after", *values]).encode()).decode().rstrip("=")


#: What the databases take differently is tried on the stricter one, what no database sees on one of them.
ON_POSTGRES = "MENTORSHIP_TEST_DATABASE" in os.environ
ELSEWHERE = (
    {"empty", "other digits", "no address", "no port", "cursor of lists"}
    if ON_POSTGRES
    else {"long", "negative", "nul within", "cursor of a nul"}
)
VALUES = {
    "empty": "",
    "nul": "\x00",
    "nul within": "а\x00б",
    "huge": HUGE,
    "beyond": BEYOND,
    "negative": "-1",
    "half a pair": "\ud800",
    "long": "а" * 600,
    "other digits": "٣",
    "no address": "https://[::1",
    "no port": "https://moodle.example:99999999/",
    "cursor of a nul": cursor("\x00", 1),
    "cursor of a huge id": cursor("а", int(HUGE)),
    "cursor of a huge id alone": cursor(int(HUGE)),
    "cursor of infinity": cursor("а", float("inf")),
    "cursor of lists": cursor([], {}),
    "cursor of half a pair": cursor("\ud800", 1),
    "cursor of a last moment": cursor("9999-12-31T23:59:59-23:59", 1),
}


@pytest.fixture
def everybody(session: Session, school: TestSchool, sign_in: SignIn) -> FlaskClient:
    """A browser that may open every page."""
    for role in (Role.DIRECTOR, Role.CLERK, Role.PSYCHOLOGIST):
        grant(session, school.curator, role, NOW)
    return sign_in(school, school.curator, site_administrator=True)


def routes(app: Flask, number: str) -> Iterator[tuple[str, str]]:
    """Method and address of every route, with `number` for each id."""
    words = {"<role>": "director", "<field>": "position", "<any(csv, xlsx):kind>": "xlsx"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith(("static", "vendor")):
            continue
        address = rule.rule
        for name in rule.arguments:
            address = address.replace(f"<int:{name}>", number)
        for name, word in words.items():
            address = address.replace(name, word)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address


@pytest.mark.parametrize("name", [name for name in VALUES if name not in ELSEWHERE])
def test_an_address_of_nonsense_is_no_fault(app: Flask, everybody: FlaskClient, name: str) -> None:
    value = VALUES[name].encode("utf-8", "surrogatepass")
    faults = []
    together, alone = dict.fromkeys(PARAMETERS, value), [{name: value} for name in ("cursor", "q", "search")]
    for address in (address for method, address in routes(app, "1") if method == "GET"):
        # A page leaves aside what it doesn't know; a REST query refuses it, and is asked for one thing at a time.
        queries = [together, *alone] if address.startswith("/api/") else [together]
        for query in alone[:1] if name.startswith("cursor") else queries:
            answer = everybody.get(address, query_string=query)
            if answer.status_code >= 500:
                faults.append((address, len(query), answer.status_code))
    assert faults == []


@pytest.mark.parametrize("number", [BEYOND, str(2**63 - 1)] if ON_POSTGRES else [HUGE, "0"])
def test_a_number_without_a_row_is_no_fault(
    app: Flask, everybody: FlaskClient, csrf: Callable[[FlaskClient], str], number: str
) -> None:
    headers = {"Origin": BASE_URL, "X-CSRF-Token": csrf(everybody)}
    faults = []
    for method, address in routes(app, number):
        answer = everybody.open(address, method=method, headers=headers, data=None if method == "GET" else SOUND)
        if answer.status_code >= 500:
            faults.append((method, address, answer.status_code))
    assert faults == []


@pytest.mark.parametrize("name", [name for name in VALUES if name not in ELSEWHERE and not name.startswith("cursor")])
def test_a_form_of_nonsense_is_no_fault(
    app: Flask, everybody: FlaskClient, csrf: Callable[[FlaskClient], str], school: TestSchool, name: str
) -> None:
    value = VALUES[name]
    headers = {"Origin": BASE_URL, "X-CSRF-Token": csrf(everybody)}
    nonsense = dict.fromkeys(FIELDS, value)
    faults = []
    for method, address in routes(app, str(school.teachers[0].id)):
        for values in (nonsense, nonsense | SOUND) if method != "GET" else ():
            form = {field: text.encode("utf-8", "surrogatepass") for field, text in values.items()}
            numbers = {field: int(text) for field, text in values.items() if text.lstrip("-").isdecimal()}
            # What the route reads in every way that its sender can write it, the other kind of body once.
            as_form: dict[str, Any] = {"data": form}
            as_json: dict[str, Any] = {"json": values}
            ways = [as_json, {"json": values | numbers}] if address.startswith("/api/") else [as_form]
            for sent in ways if values is not nonsense else (as_form, as_json, *ways[1:]):
                answer = everybody.open(address, method=method, headers=headers, **sent)
                if answer.status_code >= 500:
                    faults.append((method, address, *sent, values is nonsense, answer.status_code))
    assert faults == []
