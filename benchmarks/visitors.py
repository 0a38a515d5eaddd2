"""Visitors who come in by a launch, in a process of their own.

``python -m benchmarks.visitors PORT ours|rival CLIENTS LAUNCHES FILE [again]``: so many launches by so many browsers at
once, their connections kept alive. Each launch is a new browser's first, or with `again` that of a browser that was
here before and has kept what outlives an hour. FILE is JSON: the platform's private key, its names and the people's
Moodle ids. With CLIENTS 0 the tokens are tried that nobody may accept. Prints JSON.
"""

import base64
import http.client
import json
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
WAYS = {"ours": ("/lti/login", "/lti/launch"), "rival": ("/rival/login", "/rival/launch")}
YEAR = 365 * 86400
HOUR = 3600
_MAX_AGE = re.compile(r"(?i)max-age=(\d+)")


class Platform:
    """What signs tokens."""

    def __init__(self, told: dict[str, Any]) -> None:
        key = load_pem_private_key(told["key"].encode(), None)
        assert isinstance(key, RSAPrivateKey)
        self._key = key
        self.issuer: str = told["issuer"]
        self.client_id: str = told["client_id"]
        self.target: str = told["target"]
        self.people: list[int] = told["people"]
        self._head = _base64({"typ": "JWT", "alg": "RS256", "kid": told["kid"]})

    def claims(self, person: int, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        return {
            "nonce": nonce,
            "iat": now,
            "exp": now + 60,
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": str(person),
            "name": "Мария Петрова",
            "given_name": "Мария",
            "family_name": "Петрова",
            "email": "staff@school.example",
            CLAIM + "deployment_id": "1",
            CLAIM + "target_link_uri": self.target,
            CLAIM + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
            CLAIM + "context": {"id": "2", "label": "mentorship", "title": "Наставничество", "type": ["CourseSection"]},
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "resource_link": {"title": "Наставничество", "id": "1"},
            CLAIM + "version": "1.3.0",
        }

    def sign(self, claims: dict[str, Any]) -> str:
        signed = f"{self._head}.{_base64(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _base64(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class Browser:
    """A browser with cookies of its own over a connection that is kept."""

    def __init__(self, line: http.client.HTTPConnection, platform: Platform, way: tuple[str, str]) -> None:
        self._line, self._platform, (self._login, self._launch) = line, platform, way
        self._cookies: dict[str, str] = {}
        self._short: set[str] = set()

    def wait_an_hour(self) -> None:
        for cookie in self._short:
            self._cookies.pop(cookie, None)
        self._short.clear()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._platform.issuer}
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        page = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self._cookies[cookie] = content
                lasts = _MAX_AGE.search(value)
                if lasts and int(lasts[1]) <= HOUR:
                    self._short.add(cookie)
        return answer.status, answer.headers.get("Location", ""), page

    def login(self, person: int) -> tuple[str, str]:
        """State and nonce that the tool sends to the platform, however often it asks the browser to come again."""
        asked = {
            "iss": self._platform.issuer,
            "login_hint": str(person),
            "target_link_uri": self._platform.target,
            "lti_message_hint": '{"cmid":2,"launchid":"ltilaunch1_1510168405"}',
            "client_id": self._platform.client_id,
            "lti_deployment_id": "1",
        }
        path = f"{self._login}?{urlencode(asked)}"
        for _ in range(3):
            status, location, _page = self.ask("GET", path)
            if status == 200:
                # The library's page looks whether cookies work, and comes back with this word.
                path = f"{self._login}?{urlencode(asked | {'lti1p3_new_window': '1'})}"
            elif "state=" in location:
                query = parse_qs(urlsplit(location).query)
                return query["state"][0], query["nonce"][0]
            elif status in (302, 303):
                path = location
            else:
                raise RuntimeError(f"login: {status}")
        raise RuntimeError("the login leads in a circle")

    def launch(self, state: str, token: str) -> tuple[int, str]:
        status, location, _ = self.ask("POST", self._launch, {"id_token": token, "state": state})
        return status, location

    def come_in(self, person: int) -> int:
        """The whole launch; how many bytes the home page has."""
        state, nonce = self.login(person)
        status, location = self.launch(state, self._platform.sign(self._platform.claims(person, nonce)))
        if status != 303:
            raise RuntimeError(f"launch: {status}")
        status, _, page = self.ask("GET", location)
        if status != 200 or b"k-page" not in page:
            raise RuntimeError(f"home: {status}")
        return len(page)


def load(port: int, which: str, clients: int, launches: int, platform: Platform, again: bool) -> dict[str, Any]:
    """So many launches, shared between the clients."""
    turn = iter(range(launches))
    lock = threading.Lock()
    sizes: list[int] = []
    failures: list[str] = []

    def visit() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        browser = Browser(line, platform, WAYS[which])
        while True:
            with lock:
                number = next(turn, None)
            if number is None or failures:
                return
            try:
                sizes.append(browser.come_in(platform.people[number % len(platform.people)]))
                if again:
                    browser.wait_an_hour()
                else:
                    browser = Browser(line, platform, WAYS[which])
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=visit) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(failures[0])
    return {"seconds": time.perf_counter() - started, "bytes": sum(sizes) / len(sizes)}


def attacks(port: int, which: str, platform: Platform) -> dict[str, bool]:
    """What must be refused, and whether it was let in."""

    def attempt(change: dict[str, Any], *, drop: str = "") -> bool:
        browser = Browser(http.client.HTTPConnection("127.0.0.1", port, timeout=60), platform, WAYS[which])
        state, nonce = browser.login(person)
        claims = platform.claims(person, nonce) | change
        claims.pop(drop, None)
        return browser.launch(state, platform.sign(claims))[0] == 303

    person, now = platform.people[0], int(time.time())
    browser = Browser(http.client.HTTPConnection("127.0.0.1", port, timeout=60), platform, WAYS[which])
    state, nonce = browser.login(person)
    token = platform.sign(platform.claims(person, nonce))
    if browser.launch(state, token)[0] != 303:
        raise RuntimeError("an honest launch is refused")
    return {
        "the same token and state again": browser.launch(state, token)[0] == 303,
        "another login, a fresh token, the nonce of before": browser.launch(
            browser.login(person)[0], platform.sign(platform.claims(person, nonce))
        )[0]
        == 303,
        "aud names a second client, no azp": attempt({"aud": [platform.client_id, "evil"]}),
        "azp is another client": attempt({"azp": "evil"}),
        "no exp": attempt({}, drop="exp"),
        "no iat": attempt({}, drop="iat"),
        "exp ten years ahead": attempt({"exp": now + 10 * YEAR}),
        "iat a year old": attempt({"iat": now - YEAR}),
        "target_link_uri of a stranger": attempt({CLAIM + "target_link_uri": "https://evil.example/"}),
    }


if __name__ == "__main__":
    port, which, clients, launches, file, *again = sys.argv[1:]
    platform = Platform(json.loads(Path(file).read_text()))
    if int(clients):
        print(json.dumps(load(int(port), which, int(clients), int(launches), platform, bool(again))))
    else:
        print(json.dumps(attacks(int(port), which, platform)))
