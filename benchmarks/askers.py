"""Visitors who open pages, in a process of their own: ``python -m benchmarks.askers PORT CLIENTS REQUESTS FILE``.

FILE is JSON: the cookie's name, and pairs of a handle and an address, asked in turn. Prints JSON.
"""

import http.client
import json
import sys
import threading
import time
from pathlib import Path


def ask(port: int, clients: int, requests: int, cookie: str, pages: list[list[str]]) -> dict[str, float]:
    turn = iter(range(requests))
    lock = threading.Lock()
    taken: list[float] = []
    failures: list[str] = []

    def visit() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while not failures:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            handle, path = pages[number % len(pages)]
            started = time.perf_counter()
            try:
                line.request("GET", path, headers={"Cookie": f"{cookie}={handle}"})
                answer = line.getresponse()
                answer.read()
            except OSError as error:
                failures.append(repr(error))
                return
            taken.append(time.perf_counter() - started)
            if answer.status >= 400:
                failures.append(f"{path}: {answer.status}")

    threads = [threading.Thread(target=visit) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(failures[0])
    seconds = time.perf_counter() - started
    taken.sort()
    return {"seconds": seconds, "median": taken[len(taken) // 2], "p95": taken[len(taken) * 95 // 100]}


if __name__ == "__main__":
    port, clients, requests, file = sys.argv[1:]
    told = json.loads(Path(file).read_text())
    print(json.dumps(ask(int(port), int(clients), int(requests), told["cookie"], told["pages"])))
