"""schemathesis over the interface's own description finds nothing, whoever asks.

A bounded number of examples in each run; `make fuzz` takes many more (MENTORSHIP_FUZZ_EXAMPLES).
"""

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.schemas import BaseSchema
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.demo.moodle.transport import free_port, serving
from moodle_mentorship.lti.models import BrowserSession
from moodle_mentorship.lti.sessions import open_session
from moodle_mentorship.lti.visits import cookie_name
from moodle_mentorship.moodle.signing import signed_headers
from tests.conftest import BASE_URL, NOW, SignIn
from tests.factories import WEBHOOK_SECRET, TestSchool, make_launch
from tests.guards.test_routes import rows_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXAMPLES = int(os.environ.get("MENTORSHIP_FUZZ_EXAMPLES", "5"))
SIGN_ME = "sign me"


class Signing:
    """Signs what asks for it, as the plugin would: schemathesis can't know a body before it is sent."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        if environ.get("HTTP_X_MENTORSHIP_SIGNATURE") == SIGN_ME:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            delivery = environ.get("HTTP_X_MENTORSHIP_DELIVERY", "")
            for name, value in signed_headers(WEBHOOK_SECRET, body, delivery=delivery, now=NOW).items():
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return self._app(environ, start_response)


@pytest.fixture(params=["curator and administrator", "mentor"])
def interface(
    request: pytest.FixtureRequest,
    app: Flask,
    runtime: Runtime,
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[BaseSchema]:
    """The description, with the credentials of one person and the plugin's."""
    # schemathesis keeps what was refused where it stands, and would send it again as somebody else.
    monkeypatch.chdir(tmp_path)
    rows = rows_of(session, school)
    may_do_most = request.param != "mentor"
    person = school.curator if may_do_most else rows.mentor
    launch = make_launch(session, school, person, site_administrator=may_do_most, now=NOW)
    handle = open_session(session, launch, "https://moodle.example", NOW)
    token = session.scalars(select(BrowserSession.csrf_token)).one()
    session.commit()
    port = free_port()
    with serving(Signing(app), port):
        schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/api/v1/openapi.json")
        schema.auth()(_credentials(cookie_name(runtime.settings, "session"), handle, token))
        schema.config.generation.update(max_examples=EXAMPLES, deterministic=True)
        # What is too large is refused before it is read.
        schema.config.checks.negative_data_rejection.expected_statuses.append("413")
        # Every border value of every field is tried by whoever comes so far.
        schema.config.phases.coverage.enabled = may_do_most
        schema.config.phases.stateful.enabled = may_do_most
        yield schema


def _credentials(cookie: str, handle: str, token: str) -> type:
    class Credentials:
        def get(self, case: Any, context: Any) -> str:
            return handle

        def set(self, case: Any, data: str, context: Any) -> None:
            case.cookies[cookie] = data
            case.headers.update({"X-CSRF-Token": token, "X-Mentorship-Signature": SIGN_ME})

    return Credentials


# What an input must be beyond what JSON Schema can say: the fields, or the code of the refusal.
BEYOND_THE_SCHEMA = {
    "GET /api/v1/staff": {"cursor"},
    "GET /api/v1/mentees": {"cursor"},
    "GET /api/v1/candidates": {"cursor"},
    "POST /api/v1/candidate-rules/preview": {"cursor"},
    "GET /api/v1/mentors": {"cursor"},
    "GET /api/v1/meetings": {"cursor"},
    "GET /api/v1/pairs": {"cursor"},
    # A processor has a name and an address.
    "PUT /api/v1/school": {"inn", "ogrn", "timezone", "processor_name", "processor_address"},
    # A line manager is a colleague; a break ends after it begins.
    "PATCH /api/v1/staff/{person_id}": {"email", "last_name", "first_name", "line_manager", "break_until"},
    "POST /api/v1/pairs": {"oneself"},
    # Three different people, a theme that the school has, an end after the beginning.
    "GET /api/v1/groups": {"cursor"},
    "POST /api/v1/groups": {"group_size", "theme_unknown", "period_reversed"},
    # Themes that the school has, the largest group not below the least one.
    "POST /api/v1/board/groups": {"themes", "most"},
    "GET /api/v1/surveys/rounds": {"cursor"},
    "GET /api/v1/consents": {"cursor"},
    "GET /api/v1/consents/missing": {"cursor", "document"},
    # One number stands on one paper of its kind.
    "POST /api/v1/staff/{person_id}/consents": {"given_on", "valid_until", "number", "version"},
    # What a scan is, its content says.
    "PUT /api/v1/consents/{consent_id}/scan": {"scan", "scan_refused"},
    # A day of this school year, an address on the web, the line's own months.
    "POST /api/v1/road-map/lines/{line_id}/mark": {"done_on", "link", "part"},
    # A circle of people is a word that the rooms above give; answers hang on what the version asks.
    "POST /api/v1/surveys/rounds": {"audience", "closes_on"},
    "PATCH /api/v1/surveys/rounds/{round_id}/response": {"answers"},
    "POST /api/v1/surveys/rounds/{round_id}/response/submit": {"answers"},
    # What a questionnaire may begin with hangs on what the school has; what it may ask, on `surveys.content`.
    "POST /api/v1/surveys/questionnaires": {"source"},
    "PUT /api/v1/surveys/questionnaires/{questionnaire_id}/draft": {"content"},
    "GET /api/v1/data-requests": {"cursor"},
    # What is wrong has to be said; an erasure says it by itself.
    "POST /api/v1/me/data/requests": {"text"},
    "POST /api/v1/consents/addresses": {"url"},
    "POST /api/v1/consents/texts": {"in_force_from", "body"},
    "POST /api/v1/law/check": {"text"},
    # Rows of one act and article follow each other; what is wrong says what is right.
    "POST /api/v1/law/references": {"article", "in_force_from", "in_force_until", "instead", "issuer"},
    "PUT /api/v1/law/references/{key}": {"article", "in_force_from", "in_force_until", "instead", "issuer"},
    "GET /api/v1/documents": {"cursor"},
    # A scan is what its content says, a day is one of the school year.
    "POST /api/v1/documents/{document_id}/sign": {"signed_on", "scan", "document_date_unlikely", "document_not_signed"},
    # A sheet is signed from the document's day to today; texts hold no NUL.
    "POST /api/v1/documents/{document_id}/acquaint": {"acquainted_unlikely"},
    "POST /api/v1/documents/{document_id}/send-back": {"remark"},
    "POST /api/v1/data-requests/{request_id}/answer": {"remark"},
    # The pattern has the number's place once.
    "PUT /api/v1/documents/registers/{register_code}": {"pattern"},
    "POST /api/v1/connect": {
        *("protocol_unsupported", "site.url", "webservice.url", "course.url"),
        *("lti.issuer", "lti.auth_url", "lti.token_url", "lti.jwks_url"),
    },
}


def _is_beyond_the_schema(label: str, said: Response) -> bool:
    """Whether a refusal of described data names only what the description can't hold."""
    if said.status_code != 422:
        return False
    problem = said.json()
    return set(problem.get("errors", [problem["code"]])) <= BEYOND_THE_SCHEMA.get(label, set())


# Some examples for each route of the document: the time grows with the rooms.
@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_nothing_is_found(interface: BaseSchema) -> None:
    found: dict[str, str] = {}
    answers: dict[str, set[int]] = {}
    for event in from_schema(interface).execute():
        if isinstance(event, events.NonFatalError):
            found[f"{event.label}: {event.value}"] = ""
        assert not isinstance(event, events.FatalError | events.Interrupted)
        if isinstance(event, events.ScenarioFinished):
            for number, checks in event.recorder.checks.items():
                label = event.recorder.cases[number].value.operation.label
                said = event.recorder.interactions[number].response
                assert said is not None
                answers.setdefault(label, set()).add(said.status_code)
                for check in checks:
                    if check.failure_info is not None and not (
                        check.name == "positive_data_acceptance" and _is_beyond_the_schema(label, said)
                    ):
                        problem = said.content.decode(errors="replace")[:1000]
                        sample = check.failure_info.code_sample
                        found[f"{label}: {check.failure_info.failure}"] = f"{said.status_code} {problem}\n{sample}"
    assert not found, "\n\n".join(f"{what}\n{said}" for what, said in found.items())
    assert answers.keys() == {str(operation.ok().label) for operation in interface.get_all_operations()}  # type: ignore[union-attr]
    # Not all was refused at the door.
    answered = [label for label, statuses in answers.items() if statuses & {200, 201, 202}]
    assert len(answered) >= (20 if interface.config.phases.coverage.enabled else 1)


def test_every_route_is_described_with_what_it_refuses(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    operations = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert operations.keys() == routes - {("GET", "/api/v1/openapi.json")}
    assert [name for name, operation in operations.items() if "default" in operation["responses"]] == []
    assert [name for name, operation in operations.items() if "400" not in operation["responses"]] == []
    assert [name for name, operation in operations.items() if "security" not in operation] == []
    assert all(
        list(answer["content"]) == ["application/problem+json"]
        for answer in document["components"]["responses"].values()
    )


def test_a_refused_input_says_the_same_through_rest_as_through_a_verb(
    sign_in: SignIn, school: TestSchool, csrf: Callable[[FlaskClient], str]
) -> None:
    client = sign_in(school, school.curator)
    headers = {"Origin": BASE_URL, "X-CSRF-Token": csrf(client)}
    wrong = client.post("/api/v1/mentors", json={"person_id": 1, "capacity": 1.5}, headers=headers)
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "invalid")
    assert list(wrong.get_json()["errors"]) == ["capacity"]
    assert wrong.get_json()["detail"] == client.get("/api/v1/staff?cursor=x").get_json()["detail"]
    broken = client.post("/api/v1/mentors", data=b"{", headers=headers | {"Content-Type": "application/json"})
    assert (broken.status_code, list(broken.get_json()["errors"])) == (400, ["json"])


def test_a_method_that_is_none_names_those_that_are(app: Flask) -> None:
    answer = app.test_client().delete("/api/v1/school")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, PUT")


def test_a_number_that_no_row_can_have_is_no_address(sign_in: SignIn, school: TestSchool) -> None:
    client = sign_in(school, school.curator)
    for number in (10**18, 2**63, 35804803691830965174272):
        for method in ("GET", "PUT", "DELETE"):
            answer = client.open(f"/api/v1/surveys/questionnaires/{number}/draft", method=method)
            assert answer.status_code == 404, (number, method)
    assert client.get(f"/api/v1/surveys/questionnaires/{10**18 - 1}/draft").get_json()["code"] == "not_found"
