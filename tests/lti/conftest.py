"""A school whose platform's keys are known, browsers, and a small HTTP server."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.factories import TestSchool
from tests.lti.platform import KEYSET, Browser, Server, make_browser, serve


@pytest.fixture
def connected(session: Session, school: TestSchool, other_school: TestSchool) -> TestSchool:
    """The school, with its platform's keys cached; the other school's Moodle has the same keys and ids."""
    for each in (school, other_school):
        each.platform.jwks, each.platform.jwks_fetched_at, each.platform.jwks_tried_at = KEYSET, NOW, NOW
    session.commit()
    return school


@pytest.fixture
def browser(app: Flask) -> Browser:
    return make_browser(app)


@pytest.fixture
def new_browser(app: Flask) -> Callable[[], Browser]:
    return lambda: make_browser(app)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running
