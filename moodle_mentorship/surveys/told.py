"""The registry of who is told about a submission, where a request finds it."""

from typing import cast

from flask import Flask, current_app

from moodle_mentorship.surveys.listeners import Submitted

_KEY = "mentorship.submitted"


def install(app: Flask, submitted: Submitted) -> None:
    app.extensions[_KEY] = submitted


def listeners() -> Submitted:
    return cast(Submitted, current_app.extensions[_KEY])
