"""A running installation with two schools, what it logs and stores, and clients that speak HTTP to it byte by byte."""

import http.client
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import trustme
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import Base
from moodle_mentorship.lti.state import Binding, LoginState, StateSeal
from tests.conftest import BASE_URL, TEST_KEY
from tests.lti.negative.serve import NAMES
from tests.lti.platform import KEY, KEYSET, REMOVE, TARGET, Server, make_claims, make_token

#: Moodle's issuer, whose keys our key server gives; and the Moodle of another school, with the same keys and ids.
MOODLE, OTHER_MOODLE = "https://moodle.example", "https://moodle.other"

#: By what this installation's rate limits are multiplied.
RATE = 10

WEBHOOK_SECRETS = ("5e" * 32, "7a" * 32)

#: What no log line may hold: the names and the address in `make_claims`.
PERSONAL = ("Петрова", "teacher01@school.example")

_HINTS = count(1000)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        return (self.all(name) or [""])[0]

    @property
    def ancestors(self) -> str:
        return self["Content-Security-Policy"].rpartition("frame-ancestors ")[2]


@dataclass(frozen=True)
class Ids:
    """What tests name of a seeded school."""

    school: int
    platform: int
    site: int
    # Moodle's ids.
    curator: str
    teacher: str
    leaver: str


@dataclass
class House:
    """The server's address, its database, its log, and the platform's key server."""

    port: int
    engine: Engine
    log: Path
    folder: Path
    keys: Server
    own: Ids
    other: Ids
    # Whose certificates the server believes.
    authority: trustme.CA
    # Everything that a client sent or got in this test and that must stay between the two.
    secrets: set[str] = field(default_factory=set)
    _mark: int = 0
    _before: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Where this test's log and rows begin."""
        self.secrets = set(PERSONAL)
        self._mark = self.log.stat().st_size
        self._before = self.rows()

    # What is stored ---------------------------------------------------------------------------------------------

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        names = [table.name for table in Base.metadata.sorted_tables]
        counts = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in names)
        with self.engine.connect() as connection:
            return dict(zip(names, connection.execute(text(f"SELECT {counts}")).one(), strict=True))

    def grown(self) -> dict[str, int]:
        """The tables that have other numbers of rows than at the test's beginning."""
        return {name: rows - self._before[name] for name, rows in self.rows().items() if rows != self._before[name]}

    def change(self, change: Callable[[Session], object]) -> None:
        with Session(self.engine) as session:
            change(session)
            session.commit()

    def execute(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def set_keys(self, keyset: Any, *, fetched: timedelta | None, tried: timedelta | None) -> None:
        """The cached keys of our platform, and how long ago they were fetched and asked for."""
        moment = now()
        self.execute(
            "UPDATE platform SET jwks = :jwks, jwks_fetched_at = :fetched, jwks_tried_at = :tried WHERE id = :id",
            jwks=json.dumps(keyset),
            fetched=self._stored(moment - fetched if fetched is not None else None),
            tried=self._stored(moment - tried if tried is not None else None),
            id=self.own.platform,
        )

    def _stored(self, moment: datetime | None) -> Any:
        if moment is None or self.engine.dialect.name != "sqlite":
            return moment
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")

    # What is logged ---------------------------------------------------------------------------------------------

    def written(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self._mark)
            return file.read().decode("utf-8")

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.written().splitlines() if line.startswith("{")]
        return [line for line in lines if event is None or line["event"] == event]

    # What must hold ---------------------------------------------------------------------------------------------

    def keep_silent(self, *secrets: str) -> None:
        """No log line may hold these."""
        self.secrets.update(secret for secret in secrets if len(secret) >= 8)

    def check_silence(self) -> None:
        written = self.written()
        told = [secret[:12] + "…" for secret in self.secrets if secret in written or quote(secret) in written]
        assert told == [], f"the log tells {told}"
        assert all(line.startswith("{") for line in written.splitlines() if line), "a line that is no JSON"

    def check_refused(self, reply: Reply, code: str, status: int = 403) -> None:
        """Refused with a page for people, a reason in the log under the same reference, and nothing stored."""
        assert reply.status == status, reply.text
        page = reply.text
        codes = re.findall(r"<code>([^<]+)</code>", page)
        assert code in codes, codes
        assert 'lang="ru"' in page
        assert re.search(r"<h1[^>]*>[^<]*[а-яё]{3}", page), "a page for people says what happened"
        refusals = [line for line in self.lines("refused") if line["request"] in page]
        assert [(line["code"], line["status"]) for line in refusals] == [(code, status)]
        assert refusals[0].get("reason", code)
        # The page repeats nothing of what the sender said.
        reflected = [secret[:12] for secret in self.secrets if secret in page]
        assert reflected == []
        assert reply.all("Set-Cookie") == []
        assert self.grown() == {}
        self.check_silence()

    def check_problem(self, reply: Reply, code: str, status: int) -> None:
        """The same for programs."""
        assert (reply.status, reply["Content-Type"]) == (status, "application/problem+json"), reply.text
        problem = json.loads(reply.body)
        assert problem["code"] == code
        refusals = [line for line in self.lines("refused") if line["request"] == problem["reference"]]
        assert [line["code"] for line in refusals] == [code]
        assert self.grown() == {}
        self.check_silence()

    # Who comes --------------------------------------------------------------------------------------------------

    def visitor(self, **options: Any) -> "Visitor":
        return Visitor(self, **options)

    def name(self, **answers: Sequence[str]) -> None:
        """What names mean to the server: a queue of addresses each."""
        names = {name.replace("_", "."): list(queue) for name, queue in answers.items()}
        (self.folder / NAMES).write_text(json.dumps(names))

    def seal(self, **changes: Any) -> str:
        """A login state as the installation seals it, with changes that no login makes."""
        state = LoginState(
            **{
                "state_id": f"crafted-{next(_HINTS)}-{now().timestamp()}",
                "issuer": MOODLE,
                "client_id": "client",
                "deployment_id": "1",
                "nonce": "nonce-of-a-crafted-state",
                "target": TARGET,
                "bound_by": Binding.COOKIE,
                "binding": "",
                "expires": int(now().timestamp()) + 600,
                **changes,
            }
        )
        return StateSeal([TEST_KEY]).seal(state)


Form = Mapping[str, Any] | Sequence[tuple[str, str]]


@dataclass
class Visitor:
    """A browser: cookies of its own, and any header or body that a test wants."""

    house: House
    cookies: dict[str, str] = field(default_factory=dict)
    keeps_cookies: bool = True
    state: str = ""
    nonce: str = ""
    secret: str = ""

    def send(
        self,
        method: str,
        path: str,
        form: Form | None = None,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        content_type: str = "application/x-www-form-urlencoded",
        host: str = "mentor.example",
    ) -> Reply:
        if form is not None:
            pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
            body = urlencode([(name, value) for name, value in pairs if value is not REMOVE]).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            if self.cookies and not any(name.lower() == "cookie" for name, _ in headers):
                connection.putheader("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
            for name, value in headers:
                connection.putheader(name, value.encode("utf-8") if not value.isascii() else value)
            if body is not None:
                connection.putheader("Content-Type", content_type)
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()
        for cookie in reply.all("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.house.keep_silent(value)
            if self.keeps_cookies:
                self.cookies[name] = value
        return reply

    def get(self, path: str, **options: Any) -> Reply:
        return self.send("GET", path, **options)

    def post(self, path: str, form: Form | None = None, **options: Any) -> Reply:
        return self.send("POST", path, form if form is not None or "body" in options else {}, **options)

    def asks(self, **changes: Any) -> dict[str, Any]:
        """A platform's login initiation. Its hint is another each time, as if each came from another person."""
        return {
            "iss": MOODLE,
            "target_link_uri": TARGET,
            "login_hint": str(next(_HINTS)),
            "lti_message_hint": '{"cmid": 2}',
            "client_id": "client",
            "lti_deployment_id": "1",
        } | changes

    def begin_login(self, **changes: Any) -> Reply:
        """The initiation and the way on that a browser goes by itself; `state` and `nonce` are kept from its end."""
        reply = self.post("/lti/login", self.asks(**changes))
        if reply.status == 303:
            reply = self.get(reply["Location"])
        asked: dict[str, list[str]] = {}
        if reply.status == 302:
            asked = parse_qs(urlsplit(reply["Location"]).query)
        elif reply.status == 200:
            told = dict(re.findall(r'data-(address|key|secret)="([^"]*)"', reply.text))
            asked, self.secret = parse_qs(urlsplit(told["address"].replace("&amp;", "&")).query), told["secret"]
        if asked:
            self.state, self.nonce = asked["state"][0], asked["nonce"][0]
            self.house.keep_silent(self.state, self.nonce, self.secret)
        return reply

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Claims that are good for the login that was begun, but for `changes`."""
        return make_claims(now(), **{"nonce": self.nonce, **changes})

    def token(self, **changes: Any) -> str:
        return make_token(self.claims(**changes))

    def launch(self, token: str | None, **changes: Any) -> Reply:
        """What the platform makes the browser post; with a login's secret, our own page."""
        if token:
            self.house.keep_silent(*token.split(".")[1:])
        form = {"id_token": token if token is not None else REMOVE, "state": self.state} | changes
        return self.post("/lti/launch", form, headers=[("Origin", BASE_URL if "secret" in changes else MOODLE)])

    def enter(self, login: Mapping[str, Any] | None = None, **claims: Any) -> Reply:
        """Login and launch in one go."""
        assert self.begin_login(**(login or {})).status in {200, 302}
        return self.launch(self.token(**claims))


def good_keys(house: House) -> None:
    """Moodle's key as it was published just now."""
    house.keys.requests.clear()
    house.keys.json("/certs", KEYSET)
    house.set_keys(KEYSET, fetched=timedelta(), tried=timedelta())
    assert KEY.kid == KEYSET["keys"][0]["kid"]
