"""`make faults`: many seeded runs, on both databases; a failing one is printed with its story and can be replayed."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing.util import Finalize

from tests.faults.runs import Failure, Stage

_stages: dict[str, Stage] = {}


def _make(job: tuple[str, int]) -> Failure | None:
    """One run, in whichever process; each keeps a stage for each database until it ends."""
    database, seed = job
    if database not in _stages:
        stage = Stage(os.environ["MENTORSHIP_TEST_DATABASE"] if database == "postgres" else None)
        # Also run at the end of a pool's processes, where `atexit` isn't.
        Finalize(stage, stage.__exit__, exitpriority=1)
        _stages[database] = stage
    return _stages[database].run(seed)


def _all(jobs: list[tuple[str, int]], processes: int) -> Iterator[Failure | None]:
    if processes == 1:
        yield from map(_make, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_make, jobs)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="runs on each database")
    parser.add_argument("--seed", type=int, help="only this run")
    parser.add_argument("--first", type=int, default=1, help="seed of the first run")
    parser.add_argument("--db", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--stop", action="store_true", help="stop at the first failing run")
    asked = parser.parse_args()
    databases = ["sqlite", "postgres"] if asked.db == "both" else [asked.db]
    seeds = [asked.seed] if asked.seed is not None else range(asked.first, asked.first + asked.runs)
    jobs = list(product(databases, seeds))
    started = time.monotonic()
    failures = []
    processes = 1 if asked.stop else min(os.cpu_count() or 1, len(jobs))
    for number, failure in enumerate(_all(jobs, processes), start=1):
        if failure is not None:
            failures.append(failure)
            print(failure, flush=True)
            if asked.stop:
                break
        if number % 100 == 0:
            print(f"{number} of {len(jobs)} runs, {time.monotonic() - started:.0f} s", flush=True)
    for failure in failures:
        print(f"FAILED seed={failure.seed} db={failure.database}: {failure.promise}")
    print(f"{number - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
