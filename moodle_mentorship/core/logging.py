"""Logs: one JSON line an event, with the id of the request or job. Never a token, never personal data."""

import logging
import sys
from typing import Any

import structlog
import structlog.tracebacks
from structlog.typing import EventDict


def configure_logging(*, debug: bool) -> None:
    """Set up structlog over the standard library's stream to stderr. Safe to call twice."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Local variables of a traceback would carry names and tokens into the log.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            _first_lines,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # urllib3 writes URLs at debug level; none of ours carries a secret, but none is needed either.
    logging.getLogger("urllib3").setLevel(logging.WARNING)


def _first_lines(logger: object, method: str, event: EventDict) -> EventDict:
    """Of each exception's message the first line: PostgreSQL puts the refused row's values into the next ones."""
    exceptions = event.get("exception")
    for entry in exceptions if isinstance(exceptions, list) else ():
        entry["exc_value"] = entry["exc_value"].partition("\n")[0]
    return event


def get_logger(name: str) -> Any:
    """A bound logger; `name` is the room."""
    return structlog.get_logger(room=name)
