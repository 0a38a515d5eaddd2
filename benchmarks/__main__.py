"""Run the measurements (`make bench`): JSON lines while they come out, then the tables."""

import argparse
import logging
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from benchmarks import places
from benchmarks.documents import PAIRS, measure_documents
from benchmarks.exports import measure_exports
from benchmarks.homes import measure_homes, measure_memory
from benchmarks.launch import measure_launch
from benchmarks.lists import measure_lists
from benchmarks.matching import MENTEES, measure_matching
from benchmarks.pages import measure_pages
from benchmarks.region import measure_night, measure_sizes
from benchmarks.report import Add, Report, say
from benchmarks.sync import measure_sync


def main() -> None:
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    parts: dict[str, Callable[[Add, Path], None]] = {
        "launch": lambda add, folder: measure_launch(add, folder, options.people or 300),
        "sync": lambda add, folder: measure_sync(add, folder, options.people or 50_000),
        "pages": lambda add, folder: measure_pages(add, folder, options.people or 60_000, options.rounds),
        "exports": lambda add, folder: measure_exports(add, folder, options.people or 5_040),
        "documents": lambda add, folder: measure_documents(add, folder, options.people or PAIRS),
        "lists": lambda add, folder: measure_lists(add, folder, options.people or 5_040, options.rounds),
        "homes": lambda add, folder: measure_homes(add, folder, options.people or 2_000),
        "memory": measure_memory,
        "matching": lambda add, folder: measure_matching(add, folder, options.people or MENTEES),
        "night": lambda add, folder: measure_night(add, folder, options.people or 200),
        "sizes": lambda add, folder: measure_sizes(add, folder, options.people or 200),
    }
    wanted = options.only.split(",") if options.only else list(parts)
    unknown = set(wanted) - set(parts)
    if unknown:
        raise SystemExit(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {places.describe()}"
    report = Report(Path(options.out), [f"{time.strftime('%Y-%m-%d %H:%M')}; {machine}."])
    say(machine)
    for name in wanted:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="mentorship-bench-") as folder:
            parts[name](report.add, Path(folder))
        say(f"{name}: {time.perf_counter() - started:.0f} s")
    report.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="measurements, separated by commas")
    parser.add_argument("--people", type=int, default=0, help="another size than the measurement's own")
    parser.add_argument("--rounds", type=int, default=15, help="runs of each page")
    parser.add_argument("--out", default="build/benchmarks", help="folder of the JSON lines and the Markdown table")
    return parser.parse_args()


if __name__ == "__main__":
    main()
