"""Other processes of a measurement: started, waited for, looked into, and ended by their own number."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]


def run(module: str, *arguments: str) -> dict[str, Any]:
    """Run ``python -m benchmarks.<module>`` to its end; the JSON that it prints last."""
    done = subprocess.run(  # noqa: S603 — this very interpreter, our own modules
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


class Server:
    """A server process that printed its port."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.port = port
        self._process = psutil.Process(process.pid)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rss(self) -> int:
        """Bytes of memory that the process holds now."""
        return int(self._process.memory_info().rss)

    def cpu(self) -> float:
        """Seconds of processor time that the process has used."""
        times = self._process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def server(module: str, *arguments: str) -> Iterator[Server]:
    """Run ``python -m benchmarks.<module>``; it is ready when it has printed its port, and ended with the block."""
    process = subprocess.Popen(  # noqa: S603 — this very interpreter, our own modules
        [sys.executable, "-m", f"benchmarks.{module}", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"benchmarks.{module} did not start")
        yield Server(process, int(first))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peak_rss() -> int:
    """The most memory this process ever held, in bytes. (`ru_maxrss` would count what stood before our exec.)"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM in /proc/self/status")
