"""A Redis of the test's own, which it may empty, stop and start again."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from moodle_mentorship.demo.moodle.transport import free_port


class RedisServer:
    """A server on a port of its own that keeps nothing on disk."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self._program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis.from_url(self.url) as client:
            for _ in range(500):
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.02)
        raise TimeoutError("redis-server does not answer")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def flush(self) -> int:
        """Forget everything; how many keys that was."""
        with redis.Redis.from_url(self.url) as client:
            keys = int(client.dbsize())
            client.flushall()
        return keys


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("NO REDIS: redis-server is not installed on this machine")
    server = RedisServer(program, tmp_path)
    server.start()
    yield server
    server.stop()
