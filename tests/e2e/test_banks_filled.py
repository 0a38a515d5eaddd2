"""From a staff list that has just come from Moodle to both banks filled by twenty people, nothing said twice."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.installation import CURATOR, DemoInstallation
from moodle_mentorship.demo.moodle.config import DemoVisitor
from moodle_mentorship.demo.moodle.seed import VISITORS
from moodle_mentorship.demo.moodle.transport import free_port, serving
from tests.e2e import filling
from tests.e2e.conftest import PICTURES
from tests.e2e.visitors import Visitor

NEWCOMERS = (
    *("lebedeva.a", "zhuravlev.a", "barashkova.y", "zaytseva.k"),
    *("ponomarenko.a", "kuzmichev.l", "soloveva.v", "prokhorov.i"),
)
# Whom no rule finds.
OTHERS = ("tagirov.b", "grechko.m", "chzhan.l", "yusupova.d")
EXPERIENCED = (
    *("tikhomirova.e", "akhmedov.r", "dubrovina.g", "guryanova.t"),
    *("saakyan.a", "bystrova.l", "vorobeva.z", "fomina.l"),
)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory, local_names: None) -> Iterator[DemoInstallation]:
    """A school that the plugin has just connected: its staff is here, and nothing else."""
    tool_port, moodle_port = free_port(), free_port()
    more = {*NEWCOMERS, *OTHERS, *EXPERIENCED} - {visitor.username for visitor in VISITORS}
    installation = DemoInstallation(
        tmp_path_factory.mktemp("connected"),
        tool_url=f"http://tool.localhost:{tool_port}",
        moodle_url=f"http://moodle.localhost:{moodle_port}",
        environment=Environment.DEVELOPMENT,
        visitors=(*VISITORS, *(DemoVisitor(username, "", "") for username in sorted(more))),
    )
    with serving(installation.moodle, moodle_port), serving(installation.app, tool_port):
        installation.connect()
        yield installation
    installation.runtime.db.engine.dispose()


@pytest.mark.timeout(600)
def test_twenty_people_fill_both_banks(connected: DemoInstallation, browser: Browser) -> None:
    people: list[Visitor] = []

    def enter(username: str, width: int = 1280) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": 720}, locale="ru-RU")
        people.append(Visitor(context, connected, username, PICTURES))
        return people[-1]

    curator = enter(CURATOR)
    filling.begin_the_year(curator)
    filling.offer_mentors(curator, [connected.state.by_username(name).lastname for name in NEWCOMERS])
    # Every second on a phone.
    for number, username in enumerate(NEWCOMERS):
        mentee = enter(username, 360 if number % 2 else 1280)
        filling.ask_for_help(mentee, number)
        # Agree, four answers, and the buttons between them.
        assert mentee.clicks == 8
        mentee.close()
    for number, username in enumerate(OTHERS, start=len(NEWCOMERS)):
        mentee = enter(username, 360 if number % 2 else 1280)
        filling.ask_oneself(mentee, number)
        assert mentee.clicks == 11
        mentee.close()
    for number, username in enumerate(EXPERIENCED):
        mentor = enter(username, 360 if number % 2 else 1280)
        filling.offer_help(mentor, number)
        assert mentor.clicks == 13
        mentor.close()
    filling.take_mentors(curator, len(EXPERIENCED))
    assert filling.in_the_banks(curator) == filling.TWELVE_AND_EIGHT
    known = {
        text for user in connected.state.staff() for text in (user.lastname, user.firstname, *user.profile.values())
    }
    filling.nothing_is_said_twice(people, known)
    assert [fault for person in people for fault in person.faults] == []
