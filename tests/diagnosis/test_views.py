"""The verdict on the page «Подключение», health, readiness and metrics."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from moodle_mentorship.app import create_app
from moodle_mentorship.core.db import Database
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.logging import configure_logging, get_logger
from moodle_mentorship.core.metrics import REGISTRY
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.diagnosis import installation, service
from moodle_mentorship.diagnosis.checks import Check, bad, ok, unknown, warn
from moodle_mentorship.diagnosis.gauges import Gauges
from moodle_mentorship.diagnosis.models import Examination
from moodle_mentorship.lti.visits import cookie_name
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool

Csrf = Callable[[FlaskClient], str]
TOKEN = "0123456789abcdef0123"


def keep(session: Session, school: TestSchool, *checks: Check, ago: timedelta = timedelta(minutes=5)) -> None:
    session.add(
        Examination(
            school_id=school.id,
            started_at=NOW - ago,
            finished_at=NOW - ago,
            findings=[check.stored() for check in checks],
        )
    )
    session.commit()


@pytest.fixture
def administrator(sign_in: SignIn, school: TestSchool, other_school: TestSchool, runtime: Runtime) -> FlaskClient:
    client = sign_in(school, site_administrator=True)
    name = cookie_name(runtime.settings, "session")
    cookie = client.get_cookie(name, domain="localhost")
    assert cookie is not None
    for host in ("mentor.example", "inner.example"):
        client.set_cookie(name, cookie.value, domain=host, secure=True)
    runtime.jobs.run_due(runtime)
    return client


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def test_the_page_says_what_is_to_be_done(session: Session, school: TestSchool, administrator: FlaskClient) -> None:
    keep(session, school, ok("moodle"), bad("cron", "disabled"), warn("keyset", "port"), unknown("tool", "no_plugin"))
    page = administrator.get("/connection", base_url="https://mentor.example").text
    text = plain(page)
    assert "2 замечания" in text
    # What is broken comes before a remark, and what is fine is folded away.
    assert text.index("Cron в Moodle") < text.index("Moodle читает наши ключи") < text.index("Moodle отвечает")
    assert "Обработка задач" in text
    assert 'href="https://moodle.example/admin/settings.php?section=httpsecurity"' in page
    assert "Не проверено: 1" in text
    assert "Moodle опрошен: 24 ноября, 11:55" in text


def test_when_all_is_well_one_line_says_so(session: Session, school: TestSchool, administrator: FlaskClient) -> None:
    keep(session, school, ok("moodle"))
    text = plain(administrator.get("/connection", base_url="https://mentor.example").text)
    assert "Всё работает" in text
    assert "замечан" not in text


def test_reading_the_page_asks_nobody(
    session: Session, school: TestSchool, administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a GET must not wait for a Moodle")

    monkeypatch.setattr(service, "examine", refuse)
    never = administrator.get("/connection", base_url="https://mentor.example").text
    # The browser asks by itself, when nothing is known or all of it is old.
    assert 'hx-trigger="load"' in never
    assert "Moodle ещё не опрашивали" in plain(never)
    assert "Всё работает" not in plain(never)
    keep(session, school, ok("moodle"))
    assert 'hx-trigger="load"' not in administrator.get("/connection", base_url="https://mentor.example").text


def test_old_answers_are_asked_for_anew(session: Session, school: TestSchool, administrator: FlaskClient) -> None:
    keep(session, school, ok("moodle"), ago=timedelta(hours=13))
    assert 'hx-trigger="load"' in administrator.get("/connection", base_url="https://mentor.example").text


def test_a_press_examines_this_school_alone(
    session: Session,
    school: TestSchool,
    other_school: TestSchool,
    administrator: FlaskClient,
    csrf: Csrf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def examine(runtime: Runtime, school_id: int) -> None:
        asked.append(school_id)
        with runtime.db.unit_of_work() as own:
            row = own.query(Examination).filter_by(school_id=school_id).one()
            row.finished_at, row.findings = NOW, [bad("cron", "never").stored()]

    monkeypatch.setattr(service, "examine", examine)
    token = {"csrf_token": csrf(administrator)}
    answer = administrator.post("/connection/check", data=token, base_url="https://mentor.example")
    assert (answer.status_code, answer.location) == (303, "/connection?done=connection_checked")
    assert asked == [school.id]
    part = administrator.post(
        "/connection/check", data=token, headers={"HX-Request": "true"}, base_url="https://mentor.example"
    ).text
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    assert "Cron в Moodle ни разу" in plain(part)
    assert "замечание" in plain(part)


def test_a_second_press_waits_for_the_first(
    session: Session, school: TestSchool, administrator: FlaskClient, csrf: Csrf, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.add(Examination(school_id=school.id, started_at=NOW, finished_at=None, findings=[]))
    session.commit()
    monkeypatch.setattr(service, "examine", lambda *_: pytest.fail("somebody examines already"))
    answer = administrator.post(
        "/connection/check", data={"csrf_token": csrf(administrator)}, base_url="https://mentor.example"
    )
    assert answer.location == "/connection?done=connection_being_checked"


def test_findings_of_the_service_are_its_operators(
    session: Session, school: TestSchool, administrator: FlaskClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The school's administrator hears that something is wrong, and no setting of the installation."""
    keep(session, school, warn("public_address", "ends", host="mentor.example", days=3))
    monkeypatch.setattr(installation, "queue", lambda runtime: bad("queue", "dead", minutes=60))
    text = plain(administrator.get("/connection", base_url="https://mentor.example").text)
    assert "сообщите ему код «queue/dead»" in text
    assert "сообщите ему код «public_address/ends»" in text
    assert "MENTORSHIP_" not in text
    assert "mentorship worker" not in text


def test_a_proxy_that_hides_where_the_page_was_asked_for(
    session: Session, school: TestSchool, administrator: FlaskClient
) -> None:
    keep(session, school, ok("moodle"))
    seen = administrator.get("/connection", base_url="https://inner.example").text
    assert "proxy/host" in seen
    administrator.environ_base["wsgi.url_scheme"] = "http"
    assert "proxy/scheme" in administrator.get("/connection", base_url="http://mentor.example").text


def test_another_school_s_findings_stay_there(
    session: Session, school: TestSchool, other_school: TestSchool, administrator: FlaskClient
) -> None:
    keep(session, other_school, bad("tool", "gone"))
    assert "Инструмент удалён" not in plain(administrator.get("/connection", base_url="https://mentor.example").text)


# Machines ---------------------------------------------------------------------------------------------------------


def test_health_asks_nothing(app: Flask, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.db, "session", lambda **_: pytest.fail("health asked the database"))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_readiness_names_what_is_missing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready", "missing": []})
    monkeypatch.setattr(installation, "unready", lambda runtime: ["database", "queue"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "unready", "missing": ["database", "queue"]})


@pytest.fixture
def scraped(runtime: Runtime) -> FlaskClient:
    """A client of an application that has a token for its metrics."""
    with_token = replace(runtime, settings=replace(runtime.settings, metrics_token=TOKEN), jobs=Jobs())
    return create_app(with_token).test_client()


def metrics(client: FlaskClient) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_metrics_are_for_the_monitoring_alone(app: Flask, scraped: FlaskClient) -> None:
    # Without a token in the settings there is no such page, whatever is sent.
    assert app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer None"}).status_code == 404
    for sent in (None, "", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        headers = {} if sent is None else {"Authorization": sent}
        answer = scraped.get("/metrics", headers=headers)
        assert answer.status_code == 401, sent
        assert "mentorship_requests" not in answer.text
    answer = scraped.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")


def test_requests_are_counted_by_name_and_never_by_path(scraped: FlaskClient) -> None:
    before = metrics(scraped)
    for path in ("/healthz", "/pairs/4711", "/nobody/Тайнова", "/school/"):
        scraped.get(path)
    scraped.open("/healthz", method="PROPFIND")
    after = metrics(scraped)

    def grown(name: str) -> dict[tuple[tuple[str, str], ...], float]:
        return {
            labels: value - before.get(name, {}).get(labels, 0)
            for labels, value in after[name].items()
            if value != before.get(name, {}).get(labels, 0)
        }

    requests = {tuple(dict(labels).values()): value for labels, value in grown("mentorship_requests_total").items()}
    assert requests == {
        ("diagnosis.healthz", "GET", "200"): 1,
        ("pairs.show", "GET", "401"): 1,
        ("none", "GET", "404"): 1,
        ("school.index", "GET", "401"): 1,
        ("none", "other", "405"): 1,
        ("diagnosis.metrics", "GET", "200"): 1,
    }
    refused = {tuple(dict(labels).values()): value for labels, value in grown("mentorship_refusals_total").items()}
    assert refused == {("no_session", "pairs.show"): 1, ("no_session", "school.index"): 1}
    # Values are left out: a moment may hold these digits.
    names = str([[name, *labelled] for name, labelled in after.items()])
    assert "Тайнова" not in names
    assert "4711" not in names


def test_gauges_come_from_the_rows_of_all_schools(
    scraped: FlaskClient, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    for here, state, due in (
        (school, OutboxState.STUCK, 90),
        (school, OutboxState.WAITING, 60),
        (other_school, OutboxState.WAITING, 30),
        (other_school, OutboxState.DELIVERED, 99),
    ):
        session.add(
            OutboxItem(
                school_id=here.id,
                # What waits behind the stuck one is not late.
                stream="pair:1" if here is school else "pair:2",
                kind="pair.group",
                payload={},
                state=state,
                created_at=NOW,
                due_at=NOW - timedelta(minutes=due),
            )
        )
    done = {"source": PassSource.PLUGIN, "created_at": NOW, "finished_at": NOW}
    session.add_all(
        [
            SyncPass(school_id=school.id, kind=PassKind.FULL, state=PassState.DONE, **done),
            SyncPass(school_id=other_school.id, kind=PassKind.DELTA, state=PassState.FAILED, **done),
        ]
    )
    school.site.connected_at = other_school.site.connected_at = NOW - timedelta(days=9)
    session.commit()
    found = metrics(scraped)
    assert found["mentorship_outbox_items"] == {
        (("state", "waiting"),): 2,
        (("state", "sending"),): 0,
        (("state", "stuck"),): 1,
    }
    assert found["mentorship_outbox_oldest_due_seconds"] == {(): 1800}
    assert found["mentorship_sync_passes_last_day"] == {
        (("kind", "delta"), ("state", "failed")): 1,
        (("kind", "full"), ("state", "done")): 1,
    }
    assert found["mentorship_schools_behind"] == {(): 1}
    assert found["mentorship_database_up"] == {(): 1}
    # Nobody has taken up a job in this installation.
    assert found["mentorship_jobs_overdue_seconds"][()] > 86400


def test_labels_hold_no_school_and_nobody(
    scraped: FlaskClient, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    text = scraped.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert [name for name in (school.school.short_name, "Соколова", "moodle.example") if name in text] == []
    labels = {name for family in REGISTRY.collect() for sample in family.samples for name in sample.labels}
    assert labels <= {
        *("endpoint", "method", "status", "code", "job", "outcome", "le", "version"),
        # Python's own.
        *("implementation", "major", "minor", "patchlevel"),
    }


def test_many_scrapes_cost_one_reading(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    read: list[int] = []
    unit_of_work = runtime.db.unit_of_work

    def counted(**options: Any) -> Any:
        read.append(1)
        return unit_of_work(**options)

    monkeypatch.setattr(runtime.db, "unit_of_work", counted)
    gauges = Gauges(runtime, monotonic=lambda: now[0])
    first = gauges.text()
    now[0] = 14.9
    assert (gauges.text(), len(read)) == (first, 1)
    now[0] = 15.1
    gauges.text()
    assert len(read) == 2


def test_a_database_that_is_down_is_a_gauge_and_no_fault(runtime: Runtime) -> None:
    nowhere = replace(runtime, db=Database("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    text = Gauges(nowhere).text().decode()
    assert "mentorship_database_up 0.0" in text
    assert "mentorship_outbox_items" not in text


def test_a_job_s_lines_carry_its_name_row_and_run(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(debug=False)

    def work(_runtime: Runtime, row_id: int) -> None:
        get_logger("test").info("inside")
        raise RuntimeError("broken")

    runtime.jobs.handler("test.job", work)
    runtime.jobs.run(runtime, "test.job", 7)
    runtime.jobs.run(runtime, "test.job", 8)
    get_logger("test").info("outside")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    inside = [line for line in lines if line["event"] in {"inside", "job_failed"}]
    assert [(line["job"], line["row"]) for line in inside] == [("test.job", 7)] * 2 + [("test.job", 8)] * 2
    assert len({line["run"] for line in inside}) == 2
    assert all(inside[0]["run"] == line["run"] for line in inside[:2])
    outside = next(line for line in lines if line["event"] == "outside")
    assert {"job", "row", "run"} & set(outside) == set()
    counted = REGISTRY.get_sample_value("mentorship_jobs_total", {"job": "test.job", "outcome": "failed"})
    assert counted == 2
