"""Processes: the web server (waitress) and the consumer of background jobs (Huey)."""

import logging
import threading
from typing import Any

from waitress.server import create_server

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.web.handles import without_handles


def run_server(runtime: Runtime, application: Any, *, host: str, port: int, threads: int) -> None:
    """Serve until a signal comes. Without Redis the jobs run here too, so that one process is a whole installation.

    The consumer owns the main thread, because it handles the signals; the server runs beside it.
    """
    logging.getLogger("waitress").addFilter(quiet)
    server = create_server(application, host=host, port=port, threads=threads, ident="mentorship")
    if runtime.settings.redis_url:
        server.run()
        return
    beside = threading.Thread(target=server.run, name="waitress", daemon=True)
    beside.start()
    run_worker(runtime, threads=2)
    server.close()


def quiet(record: logging.LogRecord) -> bool:
    """Waitress names the path of a request that broke off, and a session's handle may stand in it."""
    record.msg, record.args = without_handles(record.getMessage()), ()
    return True


def run_worker(runtime: Runtime, *, threads: int) -> None:
    """Consume the queue until a signal comes; a running job is finished first."""
    runtime.jobs.huey.create_consumer(workers=threads, worker_type="thread").run()
