"""A Moodle that replays pages of staff and holds each for its time: ``python -m benchmarks.replay PEOPLE``.

A process of its own, so that it takes no turn at the reader's interpreter. Prints its port, then serves until killed.
A GET of ``/control?state=…`` moves it to another state and tells how many requests the former one had.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# Seconds for a person on a page: the plugin's page of 1,000 took 0.29 s at 50,000 people (Moodle 4.5.6, PostgreSQL).
HOLD = 0.00029

# States: everybody as at first; one in a hundred renamed; fifty more renamed, named by the journal.
FIRST, RENAMED, DELTA = 0, 1, 2
CHANGES = 50
JOURNAL = "replay"


class Replay:
    """All answers, ready as bytes."""

    def __init__(self, people: int) -> None:
        self.state = FIRST
        self.requests = 0
        self._people = people
        self._pages: dict[tuple[int, int, int], bytes] = {}

    def person(self, number: int, state: int) -> dict[str, object]:
        renamed = (state >= RENAMED and number % 100 == 0) or (state >= DELTA and number <= CHANGES)
        return {
            "id": number,
            "lastname": f"Переименованная{state}" if renamed else f"Фамильная{number % 997}",
            "firstname": f"Имя{number % 61}",
            "middlename": f"Отчество{number % 53}",
            "email": f"staff{number}@school.example",
            "suspended": False,
            "profile": [
                {"shortname": "position", "value": "учитель начальных классов"},
                {"shortname": "subject", "value": "математика, информатика"},
                {"shortname": "hired", "value": str(1_500_000_000 + number * 1000)},
            ],
        }

    def staff(self, after: int, limit: int) -> tuple[bytes, int]:
        """The page, and how many people stand on it. Rendered once, so that only its first reader pays."""
        last = min(after + limit, self._people)
        key = (self.state, after, limit)
        if key not in self._pages:
            people = [self.person(number, self.state) for number in range(after + 1, last + 1)]
            page = {
                "people": people,
                "next": last if last < self._people else 0,
                "total": self._people,
                "sequence": CHANGES if self.state == DELTA else 0,
                "warnings": [],
            }
            self._pages[key] = json.dumps(page).encode()
        return self._pages[key], last - after

    def changes(self, after: int) -> tuple[bytes, int]:
        numbers = range(after + 1, CHANGES + 1) if self.state == DELTA else range(0)
        rows = [
            {"sequence": number, "userid": number, "kind": "changed", "person": self.person(number, DELTA)}
            for number in numbers
        ]
        page = {
            "changes": rows,
            "next": after + len(rows),
            "more": False,
            "oldest": 1,
            "journal": JOURNAL,
            "warnings": [],
        }
        return json.dumps(page).encode(), len(rows)


def serve(people: int) -> None:
    replay = Replay(people)
    # Every page is rendered before anybody waits for it.
    for state in (FIRST, RENAMED):
        replay.state = state
        for after in range(0, people, 500):
            replay.staff(after, 500)
    replay.state = FIRST

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in one packet; in two, the second waits for the reader's delayed acknowledgement.
        wbufsize = -1

        def do_POST(self) -> None:
            started = time.perf_counter()
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            replay.requests += 1
            if form["wsfunction"] == ["local_mentorship_get_staff"]:
                body, rows = replay.staff(int(form["afterid"][0]), int(form["limit"][0]))
            else:
                body, rows = replay.changes(int(form["aftersequence"][0]))
            time.sleep(max(0.0, HOLD * rows - (time.perf_counter() - started)))
            self.answer(body)

        def do_GET(self) -> None:
            told = json.dumps({"requests": replay.requests}).encode()
            replay.state, replay.requests = int(parse_qs(urlsplit(self.path).query)["state"][0]), 0
            self.answer(told)

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
