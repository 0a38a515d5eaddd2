"""Processes: the web server (waitress) and the consumer of background jobs (Huey)."""

import gc
import logging
import threading
from typing import Any

from waitress.server import create_server

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.web.handles import without_handles

#: Bytes of a request's body, of whatever page: a file of 5 MB and the form around it. Flask allows most pages less.
LARGEST_BODY = 6 * 1024 * 1024
#: Seconds after which a client that sends nothing more loses its connection, and how many connections there may be.
PATIENCE, CONNECTIONS = 30, 500


def make_server(application: Any, *, host: str, port: int, threads: int) -> Any:
    """The web server, bound and not running yet. It takes whole requests in one thread and answers them in `threads`,
    so a client that drips holds a connection and nothing else.

    What start-up made stays as long as the process. The collector is told so: to look at it all again every few hundred
    requests took a tenth of the server's time.
    """
    gc.collect()
    gc.freeze()
    return create_server(
        application,
        host=host,
        port=port,
        threads=threads,
        ident="mentorship",
        # Whose word about the client's address counts is decided once, by MENTORSHIP_TRUSTED_PROXIES (web/kit.py).
        clear_untrusted_proxy_headers=False,
        max_request_body_size=LARGEST_BODY,
        channel_timeout=PATIENCE,
        cleanup_interval=PATIENCE // 3,
        connection_limit=CONNECTIONS,
        # select() knows no descriptor above 1023.
        asyncore_use_poll=True,
    )


def run_server(runtime: Runtime, application: Any, *, host: str, port: int, threads: int) -> None:
    """Serve until a signal comes. Without Redis the jobs run here too, so that one process is a whole installation.

    The consumer owns the main thread, because it handles the signals; the server runs beside it.
    """
    logging.getLogger("waitress").addFilter(quiet)
    server = make_server(application, host=host, port=port, threads=threads)
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
