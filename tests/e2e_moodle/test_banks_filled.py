"""From the staff of a running Moodle to both banks filled by twenty people, each in a browser of their own.

Run with `make e2e-moodle` (docs/operations.md names the environment).
"""

from playwright.sync_api import Browser

from tests.e2e import filling
from tests.e2e_moodle.running import Moodle, Sidecar, Visitor, map_fields

TEACHERS = [f"e2e-teacher{number:02}" for number in range(1, 21)]
SURNAMES = (*("Алтынова", "Бережная", "Верховцева", "Голубкина", "Державина", "Елагина", "Жемчужникова", "Загоскина"),)


def test_twenty_people_fill_both_banks(
    moodle: Moodle, sidecar: Sidecar, browser: Browser, connected: int, password: str
) -> None:
    persons: list[Visitor] = []

    def enter(username: str, width: int = 1280) -> Visitor:
        persons.append(Visitor(browser, moodle, username, password, width))
        persons[-1].open_tool(connected)
        return persons[-1]

    sidecar.wait("SELECT count(*) > 0 FROM sync_pass WHERE kind = 'full' AND state = 'done'", 1, seconds=300)
    admin = Visitor(browser, moodle, moodle.admin, moodle.password)
    map_fields(admin.open_tool(connected), sidecar)
    admin.close()
    curator = enter("e2e-curator")
    filling.begin_the_year(curator)
    filling.offer_mentors(curator, SURNAMES)
    # Every second on a phone.
    for number, username in enumerate(TEACHERS[:12]):
        mentee = enter(username, 360 if number % 2 else 1280)
        # Eight were offered a mentor, four ask for one.
        (filling.ask_for_help if number < len(SURNAMES) else filling.ask_oneself)(mentee, number)
        mentee.picture(f"filled-{username}")
        mentee.close()
    for number, username in enumerate(TEACHERS[12:]):
        mentor = enter(username, 360 if number % 2 else 1280)
        filling.offer_help(mentor, number)
        mentor.close()
    filling.take_mentors(curator, 8)
    curator.picture("filled-banks")
    assert filling.in_the_banks(curator) == filling.TWELVE_AND_EIGHT
    filling.nothing_is_said_twice(persons, {*SURNAMES, "Мария", "Павловна", "учитель истории", "2026-09-01"})
    curator.close()
    assert sidecar.value("SELECT count(*) FROM mentee WHERE state = 'waiting'") == 12
    assert sidecar.value("SELECT sum(capacity) FROM mentor WHERE state = 'available'") == 12
    assert sidecar.value("SELECT count(*) FROM survey_response WHERE submitted_at IS NOT NULL") == 20
