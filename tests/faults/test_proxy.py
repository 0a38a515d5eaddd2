"""Each way of spoiling an exchange, as the client sees it and as Moodle does."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from moodle_mentorship.core.outgoing import AddressGuard
from moodle_mentorship.core.settings import Environment
from moodle_mentorship.demo.moodle.state import DemoMoodle
from moodle_mentorship.moodle import errors
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.line import Retries, Timeouts
from tests.faults.proxy import DONE, SILENT, Fault, FaultProxy
from tests.sync.conftest import demo_moodle

FAST = Timeouts(connect=5.0, read=0.05)


@contextmanager
def behind(fault: Fault) -> Iterator[tuple[DemoMoodle, MoodleClient]]:
    with demo_moodle() as moodle, FaultProxy(moodle.config.base_url, lambda function: fault).serving() as proxy:
        url = f"{proxy.url}/webservice/rest/server.php"
        timeouts = FAST if fault in SILENT else Timeouts()
        here = AddressGuard(Environment.DEVELOPMENT)
        retries = Retries(attempts=1)
        with MoodleClient(url, moodle.config.token, guard=here, timeouts=timeouts, retries=retries) as client:
            yield moodle, client
        proxy.settle(arrived=1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.HTTP_500, errors.ServerFailed),
        (Fault.BAD_GATEWAY, errors.ServerFailed),
        (Fault.RESET_BEFORE, errors.ConnectionBroken),
        (Fault.RESET_AFTER, errors.ConnectionBroken),
        (Fault.STALL, errors.TimedOut),
        (Fault.DELAYED, errors.TimedOut),
        (Fault.CUT_SHORT, errors.AnswerUnreadable),
        (Fault.CUT_OFF, errors.ConnectionBroken),
        (Fault.MAINTENANCE_PAGE, errors.SiteMaintenance),
        (Fault.MAINTENANCE, errors.SiteMaintenance),
    ],
)
def test_a_spoiled_exchange_may_be_repeated(fault: Fault, error: type[errors.MoodleError]) -> None:
    with behind(fault) as (moodle, client), pytest.raises(error) as raised:
        client.create_group(2, "Пара", "", "mentorship-1")
    assert type(raised.value) is error
    assert raised.value.retryable
    assert len(moodle.groups) == (fault in DONE)


@pytest.mark.parametrize("fault", [Fault.PASS, Fault.KILL])
def test_a_good_exchange_is_passed_on(fault: Fault) -> None:
    with behind(fault) as (moodle, client):
        for number in range(3):
            client.create_group(2, f"Пара {number}", "", f"mentorship-{number}")
    assert [group.idnumber for group in moodle.groups.values()] == ["mentorship-0", "mentorship-1", "mentorship-2"]


def test_a_request_delivered_twice_is_refused_the_second_time() -> None:
    with behind(Fault.DUPLICATE) as (moodle, client), pytest.raises(errors.ParameterInvalid):
        client.create_group(2, "Пара", "", "mentorship-1")
    assert moodle.calls["core_group_create_groups"] == 2
    assert len(moodle.groups) == 1
