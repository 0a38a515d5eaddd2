"""A Moodle that means harm fails its own school's calls, each with a code, and takes nobody's time or memory."""

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti.fetching import FetchFailed, fetch_json
from moodle_mentorship.moodle import client as moodle_client
from moodle_mentorship.moodle import errors, schemas
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.line import Retries, Timeouts
from moodle_mentorship.sync import readers
from moodle_mentorship.sync.errors import IncompleteAnswer
from moodle_mentorship.sync.readers import JournalReader, PluginReader, RosterReader
from tests.moodle.test_client import STAFF_PERSON, TOKEN, Answer, client
from tests.moodle.test_roster import MEMBERS, Bench, members
from tests.outside import LOCAL, Outside

REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: %s\r\n"

# Answers ----------------------------------------------------------------------------------------------------------


def staff(**changes: Any) -> dict[str, Any]:
    person = copy.deepcopy(STAFF_PERSON) | changes
    return {"people": [person], "next": 0, "total": 1, "sequence": 1}


def test_what_no_database_keeps_is_taken_out_of_texts() -> None:
    answer = staff(
        lastname="Пе\0тро\ud800ва", email="a\udfff@b", profile=[{"shortname": "po\0sition", "value": "Учи\0тель"}]
    )
    [person] = client(Answer(json.dumps(answer).encode()))[0].get_staff().people
    assert (person.last_name, person.email, person.profile) == ("Петрова", "a@b", {"position": "Учитель"})


def page(**changes: Any) -> dict[str, Any]:
    return {"changes": [], "next": 4, "more": 0, "oldest": 1, "journal": "k3"} | changes


@pytest.mark.parametrize(
    ("ask", "answer", "path"),
    [
        (lambda moodle: moodle.get_staff(), staff(id=2**63), "people[0].id"),
        (lambda moodle: moodle.get_staff(), staff() | {"total": 10**400}, "total"),
        (lambda moodle: moodle.get_staff(), staff() | {"sequence": -2}, "sequence"),
        (lambda moodle: moodle.get_changes(4), page(next=2**63), "next"),
        (lambda moodle: moodle.get_changes(4), page(journal="k" * 65), "journal"),
        (
            lambda moodle: moodle.cohort_members(1),
            [{"cohortid": 1, "userids": [7, 2**64]}],
            "[0].userids[1]",
        ),
        (lambda moodle: moodle.group_members(1), [{"groupid": 1, "userids": [2**63]}], "[0].userids[0]"),
        (
            lambda moodle: moodle.site_info(),
            {"sitename": "", "siteurl": "", "release": "4." * 60, "userid": 1, "username": "", "functions": []},
            "release",
        ),
    ],
    ids=["id", "total", "sequence", "next", "journal", "cohort members", "group members", "release"],
)
def test_what_no_column_holds_is_named(ask: Callable[[MoodleClient], object], answer: object, path: str) -> None:
    moodle, _ = client(Answer(answer))
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        ask(moodle)
    assert caught.value.path == path


def test_the_largest_numbers_that_a_column_holds_are_taken() -> None:
    moodle, _ = client(Answer(staff(id=2**63 - 1) | {"sequence": 2**63 - 1}))
    told = moodle.get_staff()
    assert (told.people[0].id, told.sequence) == (2**63 - 1, 2**63 - 1)


@pytest.mark.parametrize("token", ["", "line\r\nX-Evil: 1", "токен", "t" * 5000, "a b"])
def test_a_token_that_fits_no_header_is_refused(token: str) -> None:
    granted = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        schemas.load("lti_token", schemas.ServiceTokenSchema(), granted)
    assert caught.value.path == "access_token"


# Redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        (b"https://elsewhere.example/x?token=1", errors.Redirected),
        (b"http://[", errors.UnexpectedStatus),
        (b"\xff\xfe", errors.Redirected),
        (b"javascript:alert(1)", errors.UnexpectedStatus),
        (b"https://user:word@elsewhere.example/", errors.UnexpectedStatus),
    ],
)
def test_a_redirect_is_no_door(outside: Outside, location: bytes, kind: type[errors.MoodleError]) -> None:
    """requests reads a redirect's whole body even when it is not to follow, and stumbles over broken addresses."""
    endless = REDIRECT % location + b"Content-Length: 1000000000\r\n\r\n"
    outside.says(endless, *[b" "] * 1000, pause=0.05)
    timeouts = Timeouts(connect=1, read=1, answer=1.5)
    with (
        MoodleClient(outside.url, TOKEN, guard=LOCAL, timeouts=timeouts, retries=Retries(attempts=1)) as moodle,
        pytest.raises(kind) as caught,
    ):
        moodle.cohorts()
    assert type(caught.value) is kind
    assert "word" not in str(caught.value)
    with pytest.raises(FetchFailed) as failed:
        fetch_json(outside.url, LOCAL)
    assert failed.value.reason == "http_302"
    assert len(outside.heard) == 2


# Without an end ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [(3,) * 9, range(1, 10)], ids=["the same people", "ever new ones"])
def test_a_course_that_goes_on_is_left(monkeypatch: pytest.MonkeyPatch, ids: Sequence[int]) -> None:
    """A delivery would never end."""
    monkeypatch.setattr(moodle_client, "MOST_COURSE_USERS", 3 * moodle_client.COURSE_USERS_PAGE)
    moodle, replay = client(*(Answer([{"id": number, "roles": []}]) for number in ids))
    with pytest.raises(errors.UnexpectedAnswer):
        moodle.users_in_course(2)
    assert len(replay.requests) == 3


CHANGE = {"sequence": 5, "userid": 3, "kind": "changed", "person": STAFF_PERSON}


@pytest.mark.parametrize("changes", [[], [CHANGE]], ids=["pages of nobody", "pages of the same"])
def test_a_journal_that_goes_on_is_left(monkeypatch: pytest.MonkeyPatch, changes: list[object]) -> None:
    monkeypatch.setattr(readers, "MOST_PAGES", 3)
    pages = [Answer(page(changes=changes, next=number, more=1)) for number in range(5, 50)]
    moodle, replay = client(*pages)
    with pytest.raises(IncompleteAnswer):
        PluginReader(moodle, (), 4, "k3").read(0)
    assert len(replay.requests) == (3 if changes else 1)


def test_a_page_of_nobody_with_more_behind_it_is_no_page() -> None:
    moodle, _ = client(Answer(page(next=5, more=1)))
    with pytest.raises(IncompleteAnswer):
        JournalReader(moodle, (), "k3").read(4)


def test_a_roster_of_empty_pages_is_left(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_PAGES", 3)
    empty = [members(Link=f'<{MEMBERS}?from={number}>; rel="next"') for number in range(9)]
    bench = Bench(runtime, *empty)
    with pytest.raises(IncompleteAnswer):
        RosterReader(bench.client, "2").read(0)
    # The first one asked for a token.
    assert len(bench.replay.requests) == 1 + 3
