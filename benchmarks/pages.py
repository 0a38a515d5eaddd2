"""Every page of every role in a school of sixty and of sixty thousand: statements, and time."""

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from benchmarks.bulk import Bulk, Filled
from benchmarks.places import database, kinds, runtime_for
from benchmarks.report import Add, Row, say
from moodle_mentorship.app import create_app
from moodle_mentorship.banks import queries as banks
from moodle_mentorship.consents import queries as consents
from moodle_mentorship.core import audit
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.documents import queries as documents
from moodle_mentorship.lti.visits import cookie_name
from moodle_mentorship.pairs import queries as pairs
from moodle_mentorship.people import queries as people
from moodle_mentorship.web.access import Gate, access_of

PART = "Pages: a school of 60 and of 60,000"
SLOWER = 1.3

# Lists of both schools are cut to so many rows: what is compared is the way to the rows, not how long it takes to draw
# more of them.
ROWS = 10

# A file with everybody by its purpose; pages about something half-way (a file that was sent in, Moodle's question which
# page to place), which a school at rest doesn't have.
# The inside of one pair belongs to a mentee of a draft; the board opens it by the same questions. A draft of groups is
# opened by the questions that open one of pairs, which stands here.
# A questionnaire is open to those alone who are asked, which the Moodle administrator can't be.
LEFT_OUT = {
    "banks.export_mentees",
    "banks.export_mentors",
    "board.pair",
    "board_api.read_formed",
    "candidates.export",
    # Counts everybody, which is measured for itself (`ONLY=candidates`).
    "candidates.rules",
    "consents.export",
    "consents.export_missing",
    "consents.missing_papers",
    # What somebody agreed to is opened by themselves alone; the curator opens it by the same questions.
    "consents_api.my_words",
    "my_consents.read_words",
    # Files of one document; and a document for whom it names, whom the Moodle administrator can't be.
    "documents.download",
    "documents.download_mine",
    "documents.download_mine_pdf",
    "documents.download_pdf",
    "documents.export",
    "documents.mine",
    "documents.scan",
    "documents.signature",
    "meetings.export",
    # Belongs to who is invited, which the Moodle administrator can't be.
    "meetings.read",
    "my_data.document",
    # A pack belongs to who has asked for it.
    "packs.progress",
    "packs.show",
    "pairs.export",
    "people.export",
    # A confidential request, which nobody there has made.
    # The plan of a year, whose lines don't grow with the school.
    "acts.file",
    "roadmap.download",
    "roadmap.download_pdf",
    "roadmap.download_version",
    "roadmap.download_version_pdf",
    "roadmap.export",
    "rematch.own",
    "rematch.show",
    "surveys.answer",
    "surveys.export",
    "surveys_api.read_response",
    # A file of one person, which nobody here has attached.
    "surveys.own_file",
    "surveys.show_file",
    "surveys_api.read_file",
    "placing.choose",
    "staff_file.columns",
    "staff_file.preview",
    "staff_file.table_of_changes",
    # Files; and a version of a school's own template, which no large school there has.
    "templates.download",
    "templates.shipped",
    "templates.shipped_pdf",
    "templates.version",
    "templates.version_pdf",
}

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)

VIEWS: dict[str, list[dict[str, str]]] = {
    "people.staff": [
        *({"status": status} for status in ("active", "leaving", "left", "suspended", "differing")),
        *({"sort": sort} for sort in ("newest", "longest")),
        {"bank": "mentees"},
        {"bank": "none"},
        {"position": "психолог"},
        {"new": "1"},
    ],
    "banks.mentees": [{"state": "waiting"}, {"sort": "experience"}, {"sort": "since"}],
    "banks.mentors": [{"state": "free"}, {"sort": "places"}, {"sort": "experience"}],
    "candidates.index": [{"state": "hired_recently"}, {"state": "new_post"}, {"state": "put_off"}, {"sort": "hired"}],
    "pairs.index": [{"state": "all"}, {"state": "agreed"}, *({"sort": sort} for sort in ("mentor", "mentee", "ends"))],
    "groups.new": [{"theme": "planning"}],
    "data_requests.index": [{"shown": "answered"}],
    "consents.index": [
        *({"shown": shown} for shown in ("expiring", "no_scan", "withdrawn", "expired", "all")),
        *({"sort": sort} for sort in ("name", "term")),
        {"document": "processing_mentee", "form": "paper"},
    ],
    "consents.missing": [{"document": "mentor_work"}, {"count": "any"}],
    "documents.index": [
        {"state": "registered"},
        {"year": "2026", "sort": "date"},
        {"type": "pairs_order", "sort": "heading"},
    ],
    "board.index": [{"draft": "1"}],
    "journal.index": [{"action": "pair.order"}, {"actor": "system"}],
}
# Parts of an address that are words.
WORDS = {"role": "psychologist", "key": "tk-351.8", "document_kind": "curator_order", "register_code": "orders"}
SEARCHED = {
    "people.staff": "search",
    "banks.mentees": "q",
    "banks.mentors": "q",
    "candidates.index": "q",
    "pairs.index": "q",
    "consents.index": "q",
    "consents.missing": "q",
    "people.choose": "search",
    "documents.index": "q",
}


@dataclass
class Place:
    """One school in a database of its own, with the application over it."""

    app: Flask
    runtime: Runtime
    school: Filled

    def client(self, role: Role) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        name = cookie_name(self.runtime.settings, "session")
        client.set_cookie(name, self.school.handles[role], domain="localhost", secure=True, samesite="None")
        return client


@dataclass(frozen=True)
class Page:
    """An address of both schools, and who looks at it."""

    role: Role
    what: str
    rule: str
    endpoint: str
    query: tuple[tuple[str, str], ...] = ()
    # The second page of the list: its address stands in the first one.
    second: bool = False
    search: str | None = None

    def address(self, place: Place) -> str:
        with place.app.test_request_context():
            wanted = place.app.url_map._rules_by_endpoint[self.endpoint]
            rule = next(rule for rule in wanted if rule.rule == self.rule)
            values: dict[str, Any] = {name: place.school.ids.get(name, WORDS.get(name)) for name in rule.arguments}
            path = place.app.url_map.bind("localhost").build(self.endpoint, values)
        query = dict(self.query)
        if self.search is not None:
            query[SEARCHED[self.endpoint]] = place.school.searches[self.search]
        return path + (f"?{urlencode(query)}" if query else "")


def measure_pages(add: Add, folder: Path, people: int, rounds: int) -> None:
    for kind in kinds():
        with database(kind, folder) as small_url, database(kind, folder) as large_url, cut_lists():
            say(f"pages on {kind}: writing a school of {people}")
            small, large = (place(url, folder, size) for url, size in ((small_url, 60), (large_url, people)))
            try:
                _walk(add, kind, small, large, rounds)
            finally:
                for one in (small, large):
                    one.runtime.db.engine.dispose()


def place(url: str, folder: Path, people: int) -> Place:
    runtime = runtime_for(url, folder, FixedClock(NOW))
    bulk = Bulk(runtime.db, runtime.box, NOW)
    school = bulk.school(people)
    bulk.close()
    return Place(create_app(runtime), runtime, school)


@contextmanager
def cut_lists() -> Iterator[None]:
    """Lists of `ROWS` rows."""
    places = [
        (people, "page"),
        (banks, "page"),
        (consents, "page"),
        (pairs, "page"),
        (audit, "page"),
        (documents, "page"),
    ]
    originals = [getattr(module, name) for module, name in places]

    def cut(original: Any) -> Any:
        def page(session: Any, statement: Any, keys: Any, cursor: Any, limit: int) -> Any:
            return original(session, statement, keys, cursor, min(limit, ROWS))

        return page

    for (module, name), original in zip(places, originals, strict=True):
        setattr(module, name, cut(original))
    try:
        yield
    finally:
        for (module, name), original in zip(places, originals, strict=True):
            setattr(module, name, original)


def pages(app: Flask) -> Iterator[Page]:
    """Every page that GET opens, for each role that may open it."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        access = access_of(app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or access is None or access.gate is not Gate.SESSION:
            continue
        if rule.endpoint in LEFT_OUT:
            continue
        for role in Role:
            if access.roles and role not in access.roles:
                continue
            yield Page(role, rule.rule, rule.rule, rule.endpoint)
            if role is not min(access.roles, default=role, key=list(Role).index):
                continue
            for query in VIEWS.get(rule.endpoint, ()):
                what = f"{rule.rule}?{urlencode(query)}"
                yield Page(role, what, rule.rule, rule.endpoint, tuple(query.items()))
            for search in ("one person's name", "a frequent first name", "nobody's name"):
                if rule.endpoint in SEARCHED:
                    yield Page(role, f"{rule.rule} — {search}", rule.rule, rule.endpoint, search=search)


def _walk(add: Add, kind: str, small: Place, large: Place, rounds: int) -> None:
    worst, uneven, walked = 0.0, 0, 0
    for page in pages(small.app):
        pair = [(one.client(page.role), page.address(one)) for one in (small, large)]
        statements, medians = [], []
        for client, address in pair:
            client.get(address)
            with counted() as seen:
                answer = client.get(address)
            if answer.status_code >= 400:
                raise RuntimeError(f"{page.role} {address}: {answer.status_code}")
            statements.append(len(seen))
        times: list[list[float]] = [[], []]
        gc.collect()
        gc.disable()
        for _ in range(rounds):
            for (client, address), taken in zip(pair, times, strict=True):
                started = time.perf_counter()
                client.get(address)
                taken.append(time.perf_counter() - started)
        gc.enable()
        medians = [statistics.median(taken) * 1000 for taken in times]
        ratio = medians[1] / medians[0]
        same = statements[0] == statements[1]
        walked, worst, uneven = walked + 1, max(worst, ratio), uneven + (not same)
        add(
            Row(
                PART,
                f"{page.role.value}: {page.what}",
                kind,
                f"{statements[0]} and {statements[1]} statements; {medians[0]:.1f} and {medians[1]:.1f} ms",
                ratio,
                SLOWER,
                details={"statements": statements, "equal": same, "ms": [round(value, 3) for value in medians]},
            )
        )
    add(Row(PART, f"slowest of {walked} pages", kind, "time, large to small", worst, SLOWER))
    add(Row(PART, "pages with another number of statements", kind, f"{uneven} of {walked}", float(uneven), 0.0))


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements that any engine of this process runs meanwhile."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
