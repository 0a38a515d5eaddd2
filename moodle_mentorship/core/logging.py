"""Logs: one JSON line an event, with the id of the request or job. Never a token, never personal data."""

import logging
import re
import sys
from typing import Any

import structlog
import structlog.tracebacks
from structlog.typing import EventDict, Processor

# Messages of exceptions quote what they choke on, with backslashes as `repr` has them.
_QUOTED = re.compile(r"""(["'`])(?:\\.|(?!\1).)*(?:\1|$)|«.*?(?:»|$)""")
_CONSTRAINT = re.compile(r"""["'](?:ix|uq|ck|fk|pk)_[a-z0-9_]+["']""")
_NOT_ASCII = re.compile(r"\w*[^\W\x00-\x7f]\w*")
_MAIL = re.compile(r"\S+@\S+")
# Addresses may hold a session's handle or what somebody typed; libraries write whole ones into their messages.
_ADDRESS = re.compile(r"(?:https?:/)?/[^\s'\")]+")
# Long and with a digit: a handle, a token, a hash.
_TOKEN = re.compile(r"(?=[\w+/=-]*\d)[\w+/=-]{24,}")


def configure_logging(*, debug: bool) -> None:
    """Set up structlog and the standard library's loggers over one stream to stderr. Safe to call twice."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Processor] = [
        # Local variables of a traceback would carry names and tokens into the log.
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
        _without_values,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _speak_for_libraries(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, _of_a_library],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )


class _Stream(logging.StreamHandler[Any]):
    """Our handler of the root logger, told apart from those of others (pytest has its own)."""

    def emit(self, record: logging.LogRecord) -> None:
        # Looked up for each line, as structlog's logger above does: it may have been exchanged meanwhile.
        self.stream = sys.stderr
        super().emit(record)


def _speak_for_libraries(formatter: logging.Formatter) -> None:
    """Warnings and errors of waitress, Huey, Alembic, SQLAlchemy, urllib3 and Python itself, as lines like ours.

    Below that level they write addresses and parameters, and nothing that is needed.
    """
    handler = _Stream()
    handler.setFormatter(formatter)
    # Here too: werkzeug lowers its own logger's level.
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Stream)] + [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _of_a_library(logger: object, method: str, event: EventDict) -> EventDict:
    """The message with its parameters filled in is all that there is, so it is cleared of what may be anybody's."""
    event["event"] = clear(str(event["event"]))
    return event


def _without_values(logger: object, method: str, event: EventDict) -> EventDict:
    """Of each exception its type, its place and what its message says apart from values."""
    exceptions = event.get("exception")
    for entry in exceptions if isinstance(exceptions, list) else ():
        _clear_exception(entry)
    return event


def _clear_exception(entry: dict[str, Any]) -> None:
    entry["exc_value"] = clear(entry["exc_value"])
    entry["exc_notes"] = []
    entry["syntax_error"] = None
    for group in entry.get("exceptions", ()):
        for inner in group:
            _clear_exception(inner)


def clear(text: str) -> str:
    """`text` without what may be somebody's: quoted values, words that are not English, mail
    and web addresses, tokens.

    Of several lines the first: PostgreSQL puts the refused row's values into the next ones.
    """
    line = text.partition("\n")[0]
    line = _QUOTED.sub(lambda found: found.group() if _CONSTRAINT.fullmatch(found.group()) else "…", line)
    for pattern in (_MAIL, _ADDRESS, _TOKEN, _NOT_ASCII):
        line = pattern.sub("…", line)
    return line


def get_logger(name: str) -> Any:
    """A bound logger; `name` is the room."""
    return structlog.get_logger(room=name)
