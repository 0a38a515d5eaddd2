"""The order on pairs in Chromium: from agreed pairs to the director's desk, signed, registered, read by those it names.

Each step stands on the one before.
"""

import re
import zipfile

from playwright.sync_api import expect
from sqlalchemy import select

from moodle_mentorship.demo.installation import CURATOR, DIRECTOR, DemoInstallation
from moodle_mentorship.documents.models import Pack
from moodle_mentorship.documents.service import packing
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, PairState, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.models import Person
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import Enter, school_day
from tests.factories import PDF, make_papers

COUPLES = (("dubrovina.g", "barashkova.y"),)


def agreed(demo: DemoInstallation) -> None:
    """Pairs on whom both sides have agreed, with all their papers."""
    with demo.runtime.db.unit_of_work() as session:
        now, today = demo.runtime.clock.now(), school_day(demo)
        for mentor, mentee in COUPLES:
            sides = {Side.MENTOR: demo.actor(session, mentor), Side.MENTEE: demo.actor(session, mentee)}
            people = [session.get_one(Person, side.person_id) for side in sides.values()]
            pair = pairs.propose(
                session,
                demo.actor(session, CURATOR),
                mentor_person_id=people[0].id,
                mentee_person_id=people[1].id,
                starts_on=today,
                ends_on=today,
                now=now,
            )
            for side, actor in sides.items():
                pairs.answer(session, actor, pair.id, side, Answer.YES, now)
        for pair in session.scalars(select(Pair).where(Pair.state == PairState.AGREED)):
            make_papers(session, pair.mentor, pair.mentee, now)


def test_an_order_is_laid_before_the_director_in_six_clicks(demo: DemoInstallation, enter: Enter) -> None:
    agreed(demo)
    curator = enter(CURATOR)
    curator.tab("Пары")
    curator.follow("Приказ о закреплении")
    curator.press("Подготовить приказ")
    expect(curator.frame.get_by_role("region", name="Текст документа")).to_contain_text("Дубровину Галину Петровну")
    curator.picture("order-draft")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    curator.press("Передать на подпись")
    expect(curator.frame.get_by_text("Данные зафиксированы")).to_be_visible()
    assert (curator.clicks, curator.faults) == (4, [])


def test_the_director_signs_in_three_clicks(enter: Enter) -> None:
    director = enter(DIRECTOR)
    expect(director.frame.locator(".k-tabs a", has_text="На подпись").locator(".k-count")).to_contain_text("1")
    director.follow("Прочитать и подписать")
    director.frame.get_by_label("Скан подписанной бумаги").set_input_files(
        {"name": "order.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    director.clicks += 1
    director.picture("order-for-signature")
    assert (axe_violations(director.frame), sideways(director.frame)) == ([], 0)
    director.press("Отметить подписанным")
    expect(director.frame.get_by_role("status")).to_contain_text("Документ подписан")
    assert (director.clicks, director.faults) == (3, [])


def test_registered_it_brings_the_pairs_to_work_and_its_people_read_it(enter: Enter) -> None:
    curator = enter(CURATOR)
    with curator.frame.expect_navigation():
        curator.frame.locator(".k-tasks li", has_text="без номера").get_by_role("link").first.click()
    curator.type("Номер из журнала школы", "143-ОД")
    curator.press("Зарегистрировать")
    expect(curator.frame.get_by_role("status")).to_contain_text("зарегистрирован")
    curator.picture("order-registered")
    assert (axe_violations(curator.frame), curator.faults) == ([], [])
    mentee = enter("barashkova.y", width=360)
    mentee.frame.locator(".k-tasks li", has_text="Ознакомьтесь").get_by_role("link", name="Прочитать").click()
    expect(mentee.frame.get_by_role("region", name="Текст документа")).to_contain_text("143-ОД")
    mentee.picture("order-mine")
    assert (axe_violations(mentee.frame), sideways(mentee.frame), mentee.faults) == ([], 0, [])
    curator.press("Отметить выбранных")
    expect(curator.frame.locator("#h-acq + span")).to_contain_text(re.compile(r"(\d+) из \1"))
    curator.tab("Документы")
    expect(curator.frame.locator("tbody tr")).to_contain_text("143-ОД")
    curator.picture("documents")


def test_a_pack_is_watched_from_two_devices_and_taken_along(demo: DemoInstallation, enter: Enter) -> None:
    curator, phone = enter(CURATOR), enter(CURATOR, width=360)
    curator.tab("Документы")
    curator.press("Собрать пакет")
    expect(curator.frame.get_by_role("progressbar", name="Ход сбора пакета")).to_be_visible()
    curator.picture("pack-progress")
    assert (axe_violations(curator.frame), sideways(curator.frame)) == ([], 0)
    phone.tab("Документы")
    phone.follow("Открыть пакет")
    expect(phone.frame.get_by_role("button", name="Остановить")).to_be_visible()
    phone.picture("pack-progress-phone")
    assert (axe_violations(phone.frame), sideways(phone.frame)) == ([], 0)
    with demo.runtime.db.unit_of_work(read_only=True) as session:
        pack_id = session.scalars(select(Pack.id)).one()
    demo.runtime.jobs.run(demo.runtime, packing.RUN, pack_id)
    for visitor, name in ((curator, "pack"), (phone, "pack-phone")):
        expect(visitor.frame.get_by_role("heading", name="Пакет готов")).to_be_visible()
        visitor.picture(name)
        assert (axe_violations(visitor.frame), sideways(visitor.frame)) == ([], 0)
    with curator.page.expect_download() as taken:
        curator.frame.get_by_role("button", name="Архив (ZIP)").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert any("№ 143-ОД от" in name for name in archive.namelist())
    assert (curator.faults, phone.faults) == ([], [])
