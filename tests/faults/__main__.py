"""`make faults`: many seeded runs, on both databases; a failing one is printed with its story and can be replayed."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from tests.faults.runs import Failure, Stage

_stages: dict[str, Stage] = {}


def _make(job: tuple[str, int]) -> Failure | None:
    """One run, in a process of the pool."""
    database, seed = job
    if database not in _stages:
        _stages[database] = Stage(os.environ["MENTORSHIP_TEST_DATABASE"] if database == "postgres" else None)
    return _stages[database].run(seed)


def _close(_: int) -> None:
    for stage in _stages.values():
        stage.__exit__()
    _stages.clear()


def _all(jobs: list[tuple[str, int]], processes: int) -> Iterator[Failure | None]:
    if processes == 1:
        yield from map(_make, jobs)
        _close(0)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_make, jobs)
        list(pool.map(_close, range(processes * 8)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="runs on each database")
    parser.add_argument("--seed", type=int, help="only this run")
    parser.add_argument("--first", type=int, default=1, help="seed of the first run")
    parser.add_argument("--db", choices=["sqlite", "postgres", "both"], default="both")
    asked = parser.parse_args()
    databases = ["sqlite", "postgres"] if asked.db == "both" else [asked.db]
    seeds = [asked.seed] if asked.seed is not None else range(asked.first, asked.first + asked.runs)
    jobs = list(product(databases, seeds))
    started = time.monotonic()
    failures = []
    for number, failure in enumerate(_all(jobs, min(os.cpu_count() or 1, len(jobs))), start=1):
        if failure is not None:
            failures.append(failure)
            print(failure, flush=True)
        if number % 100 == 0:
            print(f"{number} of {len(jobs)} runs, {time.monotonic() - started:.0f} s", flush=True)
    for failure in failures:
        print(f"FAILED seed={failure.seed} db={failure.database}: {failure.promise}")
    print(f"{len(jobs) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
