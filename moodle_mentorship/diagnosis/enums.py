"""States of a check."""

import enum


class State(enum.StrEnum):
    """`warn`: works, but not for long or not for all; `unknown`: could not be asked, because of another finding."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"
