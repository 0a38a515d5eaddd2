"""The pages of the demonstration Moodle, and the invented school behind them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from moodle_mentorship.demo.moodle import seed
from moodle_mentorship.demo.moodle.app import create_demo_moodle, demo_state
from moodle_mentorship.demo.moodle.config import DemoMoodleConfig, DemoTool
from moodle_mentorship.demo.moodle.state import DemoMoodle

TODAY = date(2026, 11, 22)
TOOL = DemoTool("http://tool.test/lti/login", "http://tool.test/lti/launch", "http://tool.test/lti/jwks")


class Demo:
    def __init__(self) -> None:
        self.app = create_demo_moodle(DemoMoodleConfig("http://moodle.test", tool=TOOL, today=TODAY))
        self.moodle: DemoMoodle = demo_state(self.app)

    def browser(self, username: str) -> FlaskClient:
        browser = self.app.test_client()
        answer = browser.post("/demo/enter", data={"username": username})
        assert answer.headers["Location"] == "/course/view.php?id=2"
        return browser


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo()


def test_the_first_page_names_the_seven_persons(demo: Demo) -> None:
    page = demo.app.test_client().get("/").text
    assert re.findall(r'name="username" value="([^"]+)"', page) == [visitor.username for visitor in seed.VISITORS]
    assert len(seed.VISITORS) == 7
    for visitor in seed.VISITORS:
        assert visitor.role in page
        assert visitor.hint in page


def test_nobody_else_can_be_picked(demo: Demo) -> None:
    browser = demo.app.test_client()
    for username in ("agafonov.k", "mentorship_svc", "nobody", ""):
        assert browser.post("/demo/enter", data={"username": username}).status_code == 404
    assert browser.get("/course/view.php?id=2").status_code == 403


def test_the_course_page_frames_the_tool(demo: Demo) -> None:
    browser = demo.browser("lebedeva.a")
    answer = browser.get("/course/view.php?id=2")
    frame = re.search(r"<iframe[^>]*>", answer.text)
    assert frame is not None
    assert 'id="contentframe"' in frame[0]
    assert 'data-tool-origin="http://tool.test"' in frame[0]
    assert 'src="/mod/lti/launch.php?id=2&amp;triggerview=0"' in frame[0]
    assert "Лебедева Анна Игоревна" in answer.text
    assert "frame-src 'self' http://tool.test;" in answer.headers["Content-Security-Policy"]
    assert browser.get("/mod/lti/view.php?id=2").status_code == 200
    assert browser.get("/mod/lti/launch.php?id=3").status_code == 404


def test_leaving_ends_the_session(demo: Demo) -> None:
    browser = demo.browser("lebedeva.a")
    assert browser.post("/login/logout.php").headers["Location"] == "/"
    assert browser.get("/course/view.php?id=2").status_code == 403


def test_a_suspended_person_is_out(demo: Demo) -> None:
    browser = demo.browser("akhmedov.r")
    user = demo.moodle.by_username("akhmedov.r")
    demo.moodle.suspend(user.id)
    assert browser.get("/course/view.php?id=2").status_code == 403
    demo.moodle.suspend(user.id, False)
    assert browser.get("/course/view.php?id=2").status_code == 200


def test_members_see_their_own_group_and_the_curator_all() -> None:
    demo = Demo()
    for number, pair in enumerate((("tikhomirova.e", "lebedeva.a"), ("akhmedov.r", "zhuravlev.a")), start=1):
        group = demo.moodle.add_group(f"Пара {number}", idnumber=f"mm-{number}")
        group.members.update(demo.moodle.by_username(username).id for username in pair)

    def shown(username: str) -> list[str]:
        return re.findall(r'data-idnumber="([^"]+)"', demo.browser(username).get("/group/index.php?id=2").text)

    assert {visitor.username: shown(visitor.username) for visitor in seed.VISITORS} == {
        "vereshchagina.o": ["mm-1", "mm-2"],
        "sokolovskiy.i": [],
        "tikhomirova.e": ["mm-1"],
        "akhmedov.r": ["mm-2"],
        "lebedeva.a": ["mm-1"],
        "zhuravlev.a": ["mm-2"],
        "admin": ["mm-1", "mm-2"],
    }


def test_a_message_stands_on_its_reader_s_page(demo: Demo) -> None:
    reader = demo.moodle.by_username("lebedeva.a").id
    demo.moodle.deliver(reader, "1", "Наставник", "Вам назначен <b>наставник</b>", "http://moodle.test/here")
    assert "Вам назначен &lt;b&gt;наставник&lt;/b&gt;" in demo.browser("lebedeva.a").get("/group/index.php?id=2").text
    assert "Вам назначен" not in demo.browser("zhuravlev.a").get("/group/index.php?id=2").text


def test_tools_are_the_administrator_s(demo: Demo) -> None:
    assert demo.browser("admin").get("/mod/lti/toolconfigure.php").status_code == 200
    for username in ("vereshchagina.o", "lebedeva.a"):
        browser = demo.browser(username)
        assert browser.get("/mod/lti/toolconfigure.php").status_code == 403
        assert browser.post("/mod/lti/toolactivate.php", data={"deployment_id": "1"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/course/view.php?id=2", "/group/index.php?id=2", "/mod/lti/toolconfigure.php"])
def test_no_page_needs_an_inline_script_or_style(demo: Demo, path: str) -> None:
    answer = demo.browser("admin").get(path)
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", answer.text) == []
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


def test_every_static_file_of_the_pages_is_there(demo: Demo) -> None:
    browser = demo.browser("lebedeva.a")
    page = browser.get("/course/view.php?id=2").text
    files = re.findall(r'(?:href|src)="(/(?:vendor|static)/[^"]+)"', page)
    assert files == ["/static/icon.svg", "/vendor/css/bootstrap.min.css", "/static/boost.css", "/static/frame.js"]
    for file in files:
        with browser.get(file) as answer:
            assert answer.status_code == 200


def test_mounted_under_a_path_every_address_and_the_cookie_stay_below_it() -> None:
    demo = create_demo_moodle(DemoMoodleConfig("http://127.0.0.1:8000/moodle", tool=TOOL, today=TODAY))

    def nothing_here(environ: object, start_response: object) -> list[bytes]:
        raise AssertionError("the request left /moodle")

    client = Client(DispatcherMiddleware(nothing_here, {"/moodle": demo.wsgi_app}))
    page = client.get("/moodle/").text
    assert set(re.findall(r'(?:href|src|action)="(/[a-z]+)', page)) == {"/moodle"}
    entered = client.post("/moodle/demo/enter", data={"username": "admin"})
    assert entered.headers["Location"] == "/moodle/course/view.php?id=2"
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith("MoodleSessionDemo=")
    assert cookie.endswith("; HttpOnly; Path=/moodle; SameSite=Lax")
    assert client.get("/moodle/group/index.php?id=2").status_code == 200


def test_the_school_is_the_same_each_time_and_as_diverse_as_real_ones() -> None:
    people = seed.staff(TODAY)
    assert people == seed.staff(TODAY)
    assert (len(people), len({person.username for person in people}), len({p.idnumber for p in people})) == (64, 64, 64)
    assert {person.sex for person in people} == {"м", "ж"}
    assert sum(not person.middlename for person in people) == 4
    assert sum("-" in person.lastname for person in people) == 2
    assert [person.middlename for person in people if person.middlename.endswith(("оглы", "кызы"))] == [
        "Гасан оглы",
        "Ариф кызы",
    ]
    assert any("ё" in person.lastname for person in people)
    assert all(person.email.endswith("@school.example") for person in people)


@pytest.mark.parametrize("today", [TODAY, date(2026, 9, 3), date(2027, 6, 30), date(2027, 1, 10)])
def test_young_teachers_came_in_the_current_school_year(today: date) -> None:
    start = seed.school_year_start(today)
    assert start <= today < start.replace(year=start.year + 1)
    people = seed.staff(today)
    assert sum(person.hired >= start for person in people) == 8
    assert all(person.hired <= today for person in people)


def test_a_hire_date_is_midnight_where_the_school_is() -> None:
    person = seed.staff(TODAY)[4]
    moment = datetime.fromtimestamp(int(person.profile["hire_date"]), UTC)
    assert moment.astimezone(timezone(timedelta(hours=3))) == datetime(
        person.hired.year, person.hired.month, person.hired.day, tzinfo=timezone(timedelta(hours=3))
    )
