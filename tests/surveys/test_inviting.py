"""Moodle writes to those who have not answered, and ticks the activity of those who have."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.clock import FixedClock
from moodle_mentorship.core.jobs import Jobs, SomeFailed
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle.errors import MoodleCannotWrite
from moodle_mentorship.moodle.models import OutboxItem
from moodle_mentorship.moodle.to_people import COMPLETION, MESSAGE, PLUGIN_FROM
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys import errors, inviting, jobs, queries, service
from moodle_mentorship.surveys.jobs import remind
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Round
from tests.banks.test_views import statements
from tests.conftest import NOW, SignIn
from tests.factories import BOX, TestSchool, make_person, make_round

TODAY = NOW.date()
PULSE = {"met": "no", "support": "no"}


@pytest.fixture
def school(school: TestSchool) -> TestSchool:
    """Its plugin can write."""
    school.site.plugin_version = PLUGIN_FROM
    return school


def messages(session: Session) -> list[tuple[int, str, str]]:
    items = session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE).order_by(OutboxItem.id))
    return [(item.payload["moodle_user_id"], item.payload["key"], item.payload["text"]) for item in items]


def write(session: Session, school: TestSchool, round_id: int, days: int = 0) -> int:
    later = timedelta(days=days)
    return inviting.write_to_waiting(session, Jobs(), school.actor(), round_id, TODAY + later, NOW + later)


def submit(session: Session, school: TestSchool, person: Person, round_id: int) -> None:
    service.submit(
        session,
        BOX,
        school.actor(person),
        round_id,
        version=1,
        revision=0,
        said=PULSE,
        listeners=Submitted(),
        today=TODAY,
        now=NOW,
    )


def test_who_waits_is_written_to_once_a_day_and_who_has_answered_is_not(session: Session, school: TestSchool) -> None:
    done, waits, gone, _other = school.teachers
    asked = make_round(session, school, [done, waits, gone], NOW, code="pulse")
    submit(session, school, done, asked.id)
    gone.status = StaffStatus.LEFT
    session.flush()
    assert queries.count_unwritten(session, school.id, asked.id, TODAY) == 1
    assert [write(session, school, asked.id, days) for days in (0, 0, 1, 1)] == [1, 0, 1, 0]
    first, second = messages(session)
    key = f"survey:{asked.id}"
    assert [first[:2], second[:2]] == [
        (waits.moodle_user_id, f"{key}:2026-11-24"),
        (waits.moodle_user_id, f"{key}:2026-11-25"),
    ]
    assert first[2].startswith("Ответьте, пожалуйста, на\u00a0анкету «Как прошёл месяц» до\u00a08 декабря 2026")
    assert second[2].startswith("Анкета «Как прошёл месяц» ещё ждёт ваших ответов")


def test_a_round_that_is_over_writes_to_nobody(session: Session, school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW, days=1)
    with pytest.raises(errors.RoundClosed):
        write(session, school, asked.id, 2)
    assert messages(session) == []


def test_an_older_plugin_can_not_write(session: Session, school: TestSchool) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    school.site.plugin_version = "2026112200"
    session.flush()
    with pytest.raises(MoodleCannotWrite):
        write(session, school, asked.id)
    assert queries.count_unwritten(session, school.id, asked.id, TODAY) == 1


def test_the_button_stands_on_the_rounds_page(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:2], NOW)
    foreign = make_round(session, other_school, other_school.teachers[:2], NOW)
    session.commit()
    client = sign_in(school, school.curator)
    data, path = {"csrf_token": csrf(client)}, f"/surveys/rounds/{asked.id}"
    assert "Написать в\u00a0Moodle: 2 человека" in client.get(path).text
    written = client.post(f"{path}/write", data=data)
    assert (written.status_code, written.location) == (303, f"{path}?done=survey_written")
    assert "Сегодня Moodle уже написал" in client.get(path).text
    rest = client.post(f"/api/v1{path}/write", headers={"X-CSRF-Token": data["csrf_token"]})
    assert (rest.status_code, rest.json, len(messages(session))) == (200, {"written": 0}, 2)
    assert client.post(f"/surveys/rounds/{foreign.id}/write", data=data).status_code == 404


def test_the_activity_ticks_itself_when_nothing_waits_any_more(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    rounds = [make_round(session, school, [teacher], NOW, code="pulse", days=days) for days in (14, 15)]
    session.commit()
    client = sign_in(school, teacher)
    data = {"csrf_token": csrf(client), "version": "1", "revision": "0", "a.met": "no", "a.support": "no"}
    ticks = []
    for asked in rounds:
        assert client.post(f"/surveys/rounds/{asked.id}/answer", data=data).status_code == 303
        found = session.scalars(select(OutboxItem).where(OutboxItem.kind == COMPLETION)).all()
        ticks.append([item.payload for item in found])
    assert ticks == [[], [{"link_id": 1, "moodle_user_id": teacher.moodle_user_id, "done": True}]]


def statements_of_writing(runtime: Runtime, session: Session, school: TestSchool, people: int) -> int:
    """To as many people, in a round of their own."""
    asked = make_round(session, school, school.teachers[:1], NOW, code="pulse", days=people)
    added = [make_person(session, school.id, asked.id * 1000 + number, now=NOW).id for number in range(people - 1)]
    service._add(session, school.id, asked.id, select(Person.id).where(Person.id.in_(added)))
    session.commit()
    return statements(runtime, lambda: write(session, school, asked.id))


def test_writing_to_fifty_needs_as_many_statements_as_to_two(
    runtime: Runtime, session: Session, school: TestSchool
) -> None:
    two = statements_of_writing(runtime, session, school, 2)
    assert statements_of_writing(runtime, session, school, 50) == two
    assert len(messages(session)) == 52


def test_reminders_go_by_themselves_on_their_days_and_once(
    runtime: Runtime, clock: FixedClock, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    other_school.site.plugin_version = PLUGIN_FROM
    done, waits = school.teachers[:2]
    asked = make_round(session, school, [done, waits], NOW, code="pulse", days=9)
    silent = make_round(session, school, [waits], NOW, code="pulse", days=10)
    foreign = make_round(session, other_school, other_school.teachers[:1], NOW, code="pulse", days=9)
    service.set_reminders(session, school.actor(), asked.id, 3, NOW)
    submit(session, school, done, asked.id)
    session.commit()
    for day in range(12):
        clock.move_to(NOW + timedelta(days=day))
        for _ in range(2):
            remind(runtime)
    session.expire_all()
    # Opened on the 24th, and over on the 3rd.
    assert [message[:2] for message in messages(session)] == [
        (waits.moodle_user_id, f"survey:{asked.id}:2026-11-27"),
        (waits.moodle_user_id, f"survey:{asked.id}:2026-12-02"),
    ]
    assert (silent.remind_after, foreign.remind_after) == (None, None)


def test_reminders_go_in_each_schools_own_morning(
    runtime: Runtime, clock: FixedClock, session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    schools = {"Europe/Kaliningrad": school, "Asia/Kamchatka": other_school}
    for timezone, each in schools.items():
        each.site.plugin_version, each.school.timezone = PLUGIN_FROM, timezone
        asked = make_round(session, each, each.teachers[:1], NOW, code="pulse", days=9)
        service.set_reminders(session, each.actor(), asked.id, 2, NOW)
    session.commit()
    went: dict[str, list[str]] = {timezone: [] for timezone in schools}
    told = 0
    for hour in range(48):
        # From the 25th, 00:30 UTC, on.
        clock.move_to(NOW.replace(hour=0, minute=30) + timedelta(days=1, hours=hour))
        remind(runtime)
        session.expire_all()
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == MESSAGE).order_by(OutboxItem.id)).all()
        for item in items[told:]:
            timezone = next(name for name, each in schools.items() if each.id == item.school_id)
            went[timezone].append(f"{clock.now().astimezone(ZoneInfo(timezone)):%d %H:%M}")
        told = len(items)
    assert went == {"Europe/Kaliningrad": ["26 09:30"], "Asia/Kamchatka": ["26 09:30"]}


def test_a_service_that_stood_still_makes_up_for_it_until_the_evening(
    runtime: Runtime, clock: FixedClock, session: Session, school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW, code="pulse", days=9)
    service.set_reminders(session, school.actor(), asked.id, 2, NOW)
    session.commit()
    for hour, expected in ((18, 0), (17, 1)):
        # In Moscow.
        clock.move_to(NOW.replace(hour=hour - 3, minute=59) + timedelta(days=2))
        remind(runtime)
        assert (hour, len(messages(session))) == (hour, expected)


@pytest.mark.parametrize(
    ("working_days", "after", "days", "expected"),
    [
        # Opened on Tuesday the 24th.
        (6, 4, 9, ["Sat 28", "Wed 02"]),
        (5, 4, 9, ["Mon 30", "Wed 02"]),
        (6, 5, 9, ["Mon 30", "Wed 02"]),
        # Over on Monday the 30th: the day before is no working day.
        (6, 1, 6, ["Wed 25", "Sat 28"]),
        (5, 1, 6, ["Wed 25", "Fri 27"]),
        # Both wait on the same day, or there is none left.
        (5, 3, 6, ["Fri 27"]),
        (5, 4, 4, ["Fri 27"]),
    ],
)
def test_nobody_is_reminded_on_a_day_off(working_days: int, after: int, days: int, expected: list[str]) -> None:
    asked = Round(opens_on=TODAY, closes_on=TODAY + timedelta(days=days), remind_after=after)
    all_days = [TODAY + timedelta(days=day) for day in range(14)]
    assert [f"{day:%a %d}" for day in all_days if asked.reminds_on(day, working_days)] == expected


def test_a_curator_who_wrote_today_leaves_nothing_to_the_job(
    runtime: Runtime, session: Session, school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW, days=1)
    service.set_reminders(session, school.actor(), asked.id, 1, NOW)
    assert write(session, school, asked.id) == 1
    session.commit()
    # The day before the last is today.
    remind(runtime)
    assert len(messages(session)) == 1


def test_one_rounds_fault_keeps_no_other_waiting(
    runtime: Runtime, session: Session, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = (make_round(session, school, school.teachers[:1], NOW, code, days=1) for code in ("pulse", "need"))
    for asked in (broken, sound):
        service.set_reminders(session, school.actor(), asked.id, 1, NOW)
    session.commit()
    usual = inviting.write_to_waiting

    def breaking(session: Session, jobs: Jobs, actor: Actor, round_id: int, *rest: Any) -> int:
        if round_id == broken.id:
            raise RuntimeError("broken")
        return usual(session, jobs, actor, round_id, *rest)

    monkeypatch.setattr(jobs, "write_to_waiting", breaking)
    with pytest.raises(SomeFailed):
        remind(runtime)
    assert [message[1] for message in messages(session)] == [f"survey:{sound.id}:2026-11-24"]


def test_reminders_are_switched_on_the_rounds_page(
    sign_in: SignIn, csrf: Callable[[FlaskClient], str], session: Session, school: TestSchool
) -> None:
    asked = make_round(session, school, school.teachers[:1], NOW)
    session.commit()
    client, path = sign_in(school, school.curator), f"/surveys/rounds/{asked.id}"
    data = {"csrf_token": csrf(client)}
    for typed, status in (("0", 422), ("сто", 422), ("61", 422), ("5", 303)):
        answer = client.post(f"{path}/reminders", data=data | {"remind_after": typed})
        assert (typed, answer.status_code) == (typed, status)
        assert status == 303 or f'value="{typed}"' in answer.text
    session.expire_all()
    assert session.get_one(Round, asked.id).remind_after == 5
    assert 'value="5"' in client.get(path).text
    client.post(f"{path}/reminders", data=data | {"remind_after": ""})
    session.expire_all()
    assert session.get_one(Round, asked.id).remind_after is None
    client.post(f"{path}/reminders", data=data | {"remind_after": "5"})
    off = client.put(
        f"/api/v1{path}/reminders", json={"remind_after": None}, headers={"X-CSRF-Token": data["csrf_token"]}
    )
    assert (off.status_code, (off.json or {})["remind_after"]) == (200, None)
