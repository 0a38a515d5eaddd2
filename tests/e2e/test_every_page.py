"""Every page that has an address, in both languages, wide and on a phone: axe finds nothing, nothing scrolls sideways.

The addresses come from the application itself, so a new page is walked from its first day. `tests/e2e/test_pages.py`
walks the tabs as people see them, inside Moodle.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moodle_mentorship.consents.enums import Category, ConsentKind, DutyKind, EndedWhy, GroundKind
from moodle_mentorship.consents.models import Consent, Duty, Permit, PublicAddress
from moodle_mentorship.consents.service import open_processing
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.grounds import Purpose
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.demo.installation import CURATOR, DIRECTOR, DemoInstallation
from moodle_mentorship.documents.enums import Order
from moodle_mentorship.documents.jobs import run as make_pack
from moodle_mentorship.documents.queries import Narrowed
from moodle_mentorship.documents.service import packing
from moodle_mentorship.documents.views import KINDS
from moodle_mentorship.lti.models import BrowserSession, Launch
from moodle_mentorship.lti.sessions import open_session
from moodle_mentorship.lti.visits import cookie_name
from moodle_mentorship.meetings import queries as meeting_list
from moodle_mentorship.meetings import service as meetings
from moodle_mentorship.meetings.enums import Audience, MeetingKind
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.pairs.board import service as board
from moodle_mentorship.pairs.board.enums import Because, MarkKind
from moodle_mentorship.pairs.board.grouping import Asked
from moodle_mentorship.pairs.board.jobs import run
from moodle_mentorship.pairs.board.models import Draft, Mark
from moodle_mentorship.pairs.board.queries import newest
from moodle_mentorship.pairs.enums import Mark as InGroup
from moodle_mentorship.pairs.enums import Noticed
from moodle_mentorship.pairs.groups import service as groups
from moodle_mentorship.pairs.models import Pair, SpaceMember
from moodle_mentorship.pairs.rematch import service as rematch
from moodle_mentorship.people.models import Person
from moodle_mentorship.personal_data.enums import RequestKind
from moodle_mentorship.personal_data.models import DataRequest
from moodle_mentorship.roadmap import acts
from moodle_mentorship.roadmap import queries as roadmap
from moodle_mentorship.roadmap.schemas import ActSchema
from moodle_mentorship.school.models import School, Site
from moodle_mentorship.surveys import arranging, building
from moodle_mentorship.surveys import service as surveys
from moodle_mentorship.surveys.listeners import Submitted
from moodle_mentorship.surveys.models import Round
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.web import exports
from moodle_mentorship.web.access import Gate, access_of
from tests.e2e.browser import axe_violations, sideways
from tests.e2e.conftest import school_day
from tests.factories import TestSchool, make_consent, make_launch, make_order, make_school, make_template

# Who looks at a page: the first of these who may. The last is a school in which nothing has happened yet.
USERS = {
    Role.CURATOR: CURATOR,
    Role.DIRECTOR: DIRECTOR,
    Role.MENTOR: "tikhomirova.e",
    Role.MENTEE: "lebedeva.a",
}
# The last is what the board asks for while it is open; so are the addresses of what is going on ("/progress").
NO_PAGES = ("/api/", "/healthz", "/readyz", "/metrics", "/lti/jwks", "/pairs/board/pair")

# Pages in a state that their bare address doesn't show.
CURATORS_MORE = (
    "/staff/?search=zzzzzz",
    "/staff/?status=left",
    "/pairs/?state=ended",
    "/pairs/?q=zzzzzz",
    "/pairs/?theme=parents",
    "/pairs/groups/new?theme=parents",
    "/pairs/groups/new?theme=parents&mentor={group_mentor}",
    "/banks/mentors?state=free",
    "/banks/candidates/?state=put_off",
    "/pairs/board/?mentee={board_mentee}",
    "/documents/?q=zzzzzz",
    "/consents/?shown=withdrawn",
    "/consents/missing?document=mentor_work",
    "/consents/text?document=dissemination",
    "/consents/mine/withdraw?document=dissemination",
    "/surveys/questionnaires/{questionnaire_id}/question?item=urgent",
    "/surveys/questionnaires/{questionnaire_id}/question?type=single",
    "/surveys/questionnaires/{questionnaire_id}/question?type=matrix",
    "/surveys/questionnaires/{questionnaire_id}/question?type=file",
    "/road-map/?show=done",
    "/meetings/{held_meeting_id}",
    "/pairs/999999",
    "/no/such/page",
    "/connection",
)


class Walk:
    """One person's browser that goes from page to page and notes what is wrong with each."""

    def __init__(self, context: BrowserContext, base: str, language: str, csrf_token: str) -> None:
        self.page: Page = context.new_page()
        self.csrf_token = csrf_token
        self.found: dict[str, object] = {}
        self.seen: set[str] = set()
        self._base, self._language = base, language
        self.page.on("console", self._heard)

    def _heard(self, line: Any) -> None:
        # A refusal's status is written to the console by the browser itself.
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.found[f"{self.page.url}: console"] = line.text

    def address(self, path: str) -> str:
        return self._base + path

    def open(self, address: str, name: str | None = None) -> None:
        answer = self.page.goto(self.address(address))
        assert answer is not None
        assert answer.status < 500, address
        self.look(name or address, answer.status)

    def look(self, name: str, status: int = 200) -> None:
        self.seen.add(name)
        label = f"{self._language} {name} ({status})"
        if self.page.locator("html").get_attribute("lang") != self._language:
            self.found[f"{label}: language"] = self.page.locator("html").get_attribute("lang")
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 720})
            if over := sideways(self.page):
                self.found[f"{label} {width}: sideways"] = over
            # Another language changes how much room words take, not how the narrow page is built.
            once = self._language == "en" and width == 360
            if not once and (violations := axe_violations(self.page)):
                self.found[f"{label} {width}: axe"] = violations


@pytest.fixture(scope="module")
def rows(demo: DemoInstallation) -> dict[str, str]:
    """A value for each name in an address, of the demonstration's school."""
    with demo.runtime.db.unit_of_work() as session:
        now = demo.runtime.clock.now()
        site = Site(school_id=demo.school_id, name="Корпус на Садовой", address="Садовая, 5")
        losses = SyncPass(
            school_id=demo.school_id,
            kind=PassKind.FULL,
            source=PassSource.PLUGIN,
            state=PassState.ASKING,
            created_at=now,
            started_at=now,
            total=64,
            seen=40,
            leaving=24,
        )
        session.add_all([site, losses])
        session.flush()
        pair = session.scalars(select(Pair.id).where(Pair.school_id == demo.school_id).order_by(Pair.id)).first()
        asked, answered = _survey(demo, session)
        building.change(
            session,
            demo.actor(session, CURATOR),
            asked.questionnaire_id,
            lambda asks: arranging.with_intro(asks, "Ответы помогут составить программу."),
            number=2,
            revision=0,
            now=now,
        )
        for person in (answered, _known(session, demo, CURATOR)):
            _consents(session, person, now)
        mark, draft = _board(demo, session)
        changed = session.scalars(select(Pair).where(Pair.id == pair)).one()
        space, member = changed.space, SpaceMember.person_id == changed.mentee_person_id
        session.execute(update(SpaceMember).where(member).values(mark=InGroup.TAKEN_OUT))
        space.noticed, space.noticed_at = [code.value for code in Noticed if code is not Noticed.GONE], now
        space.found_name, space.strangers = "Наша пара с очень длинным названием, которое придумали в Moodle", 2
        rematch.ask(session, demo.runtime.box, demo.actor(session, "zhuravlev.a"), pair or 0, "Не совпало время.", now)
        wanted = DataRequest(
            school_id=demo.school_id,
            person_id=answered.id,
            kind=RequestKind.ERASURE,
            asked_at=now,
            due_on=now.date(),
        )
        session.add(wanted)
        session.flush()
        group = groups.propose_group(
            session,
            demo.actor(session, CURATOR),
            mentor_person_id=_known(session, demo, "guryanova.t").id,
            mentee_person_ids=[_known(session, demo, name).id for name in ("soloveva.v", "tagirov.b", "yusupova.d")],
            theme="parents",
            starts_on=school_day(demo),
            ends_on=session.scalars(select(School).where(School.id == demo.school_id)).one().year_ends,
            now=now,
        )
        meeting = _meeting(demo, session)
        road_map = roadmap.current_map(session, demo.school_id)
        curator = _known(session, demo, CURATOR)
        order = make_order(session, demo.runtime.box, demo.school_id, _known(session, demo, DIRECTOR), curator, now)
        act = acts.add(
            *(session, demo.runtime.box, demo.actor(session, CURATOR)),
            ActSchema().load(
                {"kind": "regulation", "title": "Положение", "dated": "2026-09-01", "in_force_from": "2026-09-01"}
            ),
            *("По ст. 358.1 и 351.8 ТК РФ".encode(), "положение.txt", now),
        )
        pack = packing.collect(
            session, Jobs(), demo.actor(session, CURATOR), Narrowed(), Order.NEWEST, demo.runtime.clock.now()
        )
        own = select(Consent.id).where(Consent.person_id == curator.id, Consent.ended_at.is_(None)).limit(1)
        consent_id = session.scalars(own.order_by(Consent.id)).one()
        session.commit()
        make_pack(demo.app.extensions[KINDS])(demo.runtime, pack.id)
        return {
            "document_id": str(order.id),
            "pack_id": str(pack.id),
            "consent_id": str(consent_id),
            "act_id": str(act.id),
            "edition_id": str(acts.editions(session, demo.school_id, act.id)[0].id),
            "template_id": str(make_template(session, demo.school_id, now).id),
            "line_id": str(roadmap.lines_of(session, demo.school_id, road_map.id)[0].id),
            "version_id": str(roadmap.versions_of(session, demo.school_id, road_map.id)[0].id),
            "mark_id": str(mark.id),
            "draft_id": str(draft.id),
            "board_mentee": str(mark.mentee_person_id),
            "group_id": str(group.id),
            "group_mentor": str(_known(session, demo, "dubrovina.g").id),
            "questionnaire_id": str(asked.questionnaire_id),
            "round_id": str(asked.id),
            "request_id": str(wanted.id),
            "site_id": str(site.id),
            "pass_id": str(losses.id),
            "pair_id": str(pair),
            "person_id": str(answered.id),
            "meeting_id": str(meeting),
            "held_meeting_id": str(meeting_list.past(session, demo.school_id, None).rows[0].id),
            "role": "director",
            "key": "tk-351.8",
            "document_kind": "closing_event_order",
            "register_code": "orders",
        }


def _meeting(demo: DemoInstallation, session: Session) -> int:
    """A meeting whose day has come, to which everybody who looks at pages is invited."""
    curator, now, today = demo.actor(session, CURATOR), demo.runtime.clock.now(), school_day(demo)
    called = meetings.call(
        *(session, Jobs(), curator),
        kind=MeetingKind.TRAINING,
        theme="Как посещать уроки и говорить о\u00a0них, чтобы это помогало",
        day=today,
        starts_at="15:30",
        place="Методический кабинет",
        audience=Audience.BANKS,
        today=today,
        now=now,
    )
    for username in USERS.values():
        meetings.invite(session, Jobs(), curator, called.id, _known(session, demo, username).id, now)
    return called.id


def _board(demo: DemoInstallation, session: Session) -> tuple[Mark, Draft]:
    """A calculated draft with a pair that a curator has pinned."""
    curator, now = demo.actor(session, CURATOR), demo.runtime.clock.now()
    made = board.mark(
        session,
        Jobs(),
        demo.runtime.box,
        curator,
        revision=0,
        mentee_person_id=_known(session, demo, "tagirov.b").id,
        mentor_person_id=_known(session, demo, "saakyan.a").id,
        kind=MarkKind.PIN,
        because=Because.JUDGEMENT,
        now=now,
    )
    draft = newest(session, demo.school_id)
    assert draft is not None
    groups = board.form(
        session,
        Jobs(),
        demo.runtime.box,
        curator,
        Asked(("discipline", "parents"), 3, 6, (made.mentee_person_id,)),
        after=None,
        now=now,
    )
    session.commit()
    for each in (draft, groups):
        run(demo.runtime, each.id)
    return made, draft


def _survey(demo: DemoInstallation, session: Session) -> tuple[Round, Person]:
    """A round that asks the mentees and everybody who looks at pages, and one of them who has sent their answers."""
    now = demo.runtime.clock.now()
    curator, mentee = demo.actor(session, CURATOR), demo.actor(session, "zhuravlev.a")
    looking = [demo.actor(session, username).person_id or 0 for username in USERS.values()]
    for person_id in looking:
        open_processing(
            session,
            demo.runtime.grounds,
            curator,
            person_id,
            Purpose.MENTEE_PROFILE,
            GroundKind.PAPER_CONSENT,
            now,
        )
    today = school_day(demo)
    asked = surveys.ask(session, curator, "need", looking, today, today, now)
    answers = {
        "hardest": ["discipline", "parents"],
        "levels": {"discipline": 3, "parents": 2, "planning": 0},
        "urgent": "Последние уроки в 7 «В»",
        "help": ["visit", "talk"],
        "free": ["2-after", "4-5", "4-6"],
        "vetoes": "Не с соседом по кабинету",
    }
    box = demo.runtime.box
    surveys.submit(
        session,
        box,
        mentee,
        asked.id,
        version=1,
        revision=0,
        said=answers,
        listeners=Submitted(),
        today=today,
        now=now,
    )
    return asked, session.get_one(Person, mentee.person_id)


def _consents(session: Session, person: Person, now: datetime) -> None:
    """Of one person, with all that may be said about a consent, and what is due after two that were withdrawn."""
    address = PublicAddress(
        school_id=person.school_id, url=f"https://school.example/{'a' * 90}/{person.id}", name="Сайт", added_at=now
    )
    session.add(address)
    session.flush()
    places = [{"url": address.url, "categories": [Category.PHOTO.value]}]
    # The demonstration's own papers give way.
    session.execute(
        update(Consent)
        .where(Consent.school_id == person.school_id, Consent.person_id == person.id, Consent.ended_at.is_(None))
        .values(ended_at=now, ended_why=EndedWhy.REPLACED)
    )
    make_consent(session, person, now, scan=True)
    make_consent(session, person, now, ConsentKind.PROCESSING_MENTOR, valid_until=now.date())
    shown = make_consent(session, person, now, ConsentKind.DISSEMINATION)
    permit = Permit(school_id=person.school_id, consent_id=shown.id, address_id=address.id, category=Category.PHOTO)
    former = make_consent(session, person, now, ConsentKind.MENTOR_WORK)
    former.ended_at, former.ended_why = now, EndedWhy.WITHDRAWN
    session.add(permit)
    for kind in DutyKind:
        duty = Duty(
            school_id=person.school_id,
            person_id=person.id,
            consent_id=former.id,
            kind=kind,
            places=places if kind is DutyKind.TAKE_DOWN else [],
            opened_at=now,
            due_on=now.date(),
        )
        session.add(duty)


@pytest.fixture(scope="module")
def quiet_school(demo: DemoInstallation) -> TestSchool:
    """Connected, and nothing more: every list of it is empty."""
    with demo.runtime.db.unit_of_work() as session:
        return make_school(session, "Школа на окраине", issuer="https://quiet.example", now=demo.runtime.clock.now())


@pytest.fixture(params=["ru", "en"])
def language(request: pytest.FixtureRequest, demo: DemoInstallation, quiet_school: TestSchool) -> Iterator[str]:
    """Of both schools, and of the installation, for pages before the school is known."""
    chosen = str(request.param)
    with demo.runtime.db.unit_of_work() as session:
        session.execute(update(School).values(locale=chosen))
    usual = demo.app.extensions["mentorship"]
    demo.app.extensions["mentorship"] = replace(usual, settings=replace(usual.settings, default_locale=chosen))
    yield chosen
    demo.app.extensions["mentorship"] = usual


@pytest.fixture
def walk_as(demo: DemoInstallation, browser: Browser, language: str) -> Iterator[Callable[..., Walk]]:
    contexts: list[BrowserContext] = []

    def enter(
        username: str | None = None,
        *,
        administrator: bool = False,
        school: TestSchool | None = None,
        known: bool = True,
    ) -> Walk:
        context = browser.new_context(locale="en-GB" if language == "en" else "ru-RU")
        contexts.append(context)
        context.set_default_timeout(20_000)
        token = ""
        if known:
            with demo.runtime.db.unit_of_work() as session:
                handle = open_session(
                    session,
                    _launch(session, demo, username, administrator, school),
                    demo.moodle_url,
                    demo.runtime.clock.now(),
                )
                newest = select(BrowserSession.csrf_token).order_by(BrowserSession.id.desc()).limit(1)
                token = session.scalars(newest).one()
            name = cookie_name(demo.runtime.settings, "session")
            host = demo.tool_url.removeprefix("http://").partition(":")[0]
            context.add_cookies(
                [{"name": name, "value": handle, "domain": host, "path": "/", "secure": True, "sameSite": "None"}]
            )
        return Walk(context, demo.tool_url, language, token)

    yield enter
    for context in contexts:
        context.close()


def _launch(
    session: Session, demo: DemoInstallation, username: str | None, administrator: bool, school: TestSchool | None
) -> Launch:
    now = demo.runtime.clock.now()
    if school is not None:
        return make_launch(session, school, school.curator, site_administrator=administrator, now=now)
    here = TestSchool(
        school=session.get_one(School, demo.school_id),
        platform=session.scalars(select(Platform).where(Platform.school_id == demo.school_id)).one(),
        site=session.scalars(select(MoodleSite).where(MoodleSite.school_id == demo.school_id)).one(),
        curator=_known(session, demo, CURATOR),
        director=_known(session, demo, DIRECTOR),
    )
    person = _known(session, demo, username) if username is not None else None
    return make_launch(session, here, person, site_administrator=administrator, now=now)


def _known(session: Session, demo: DemoInstallation, username: str) -> Person:
    number = demo.state.by_username(username).id
    return session.scalars(
        select(Person).where(Person.school_id == demo.school_id, Person.moodle_user_id == number)
    ).one()


def pages_of(demo: DemoInstallation, rows: dict[str, str]) -> dict[str, frozenset[Role]]:
    """Address of every page that a session opens, with the roles that may."""
    found = {}
    for rule in demo.app.url_map.iter_rules():
        access = access_of(demo.app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or access is None or access.gate is not Gate.SESSION:
            continue
        if rule.rule.startswith(NO_PAGES) or rule.rule.endswith(
            (".csv", ".docx", ".json", ".pdf", "/progress", "/scan", "/file", "/files/<item>", exports.FILE)
        ):
            continue
        address = rule.rule
        for name in rule.arguments:
            address = address.replace(f"<int:{name}>", rows[name]).replace(f"<{name}>", rows[name])
        found[address] = access.roles or frozenset(USERS) | {Role.ADMINISTRATOR}
    return found


@pytest.mark.timeout(300)
def test_every_page_of_the_school(demo: DemoInstallation, rows: dict[str, str], walk_as: Callable[..., Walk]) -> None:
    found: dict[str, object] = {}
    left = pages_of(demo, rows)
    everywhere = {"/"}
    for role, username in (*USERS.items(), (Role.ADMINISTRATOR, None)):
        walk = walk_as(username, administrator=username is None)
        for address in [address for address, roles in left.items() if role in roles]:
            walk.open(address, f"{role} {address}")
            if address not in everywhere:
                left.pop(address)
        if role is Role.CURATOR:
            for address in CURATORS_MORE:
                walk.open(address.format_map(rows))
            walk.open("/staff/")
            walk.page.set_viewport_size({"width": 1280, "height": 720})
            columns = "[...document.querySelectorAll('.k-table thead th')].map(cell => cell.offsetWidth)"
            before = walk.page.evaluate(columns)
            walk.page.locator(".k-table .k-menu summary").last.click()
            assert walk.page.evaluate(columns) == before
            walk.look("staff list, somebody's menu of banks")
        found |= walk.found
    # A pair that works: what the mentor reads of the mentee, and a mentee whose mentor has told nothing yet.
    # What that mentee asks of the curator, nobody else opens.
    for username in ("akhmedov.r", "zhuravlev.a"):
        walk = walk_as(username)
        walk.open(f"/pairs/{rows['pair_id']}/another-mentor", f"{username} another mentor")
        walk.open(f"/pairs/{rows['pair_id']}/other-side", f"{username} other side")
        found |= walk.found
    assert left.keys() == everywhere
    assert found == {}


def test_a_school_in_which_nothing_has_happened_yet(
    demo: DemoInstallation, quiet_school: TestSchool, walk_as: Callable[..., Walk]
) -> None:
    walk = walk_as(school=quiet_school, administrator=True)
    addresses = [
        "/",
        "/my-data/",
        "/my-data/erasure",
        "/data-requests/",
        "/surveys/",
        "/surveys/manage",
        "/surveys/rounds/new",
        "/surveys/questionnaires/new",
        "/staff/",
        "/banks/mentees",
        "/banks/mentors",
        "/banks/candidates/",
        "/pairs/",
        "/pairs/new",
        "/pairs/groups/new",
        "/pairs/order/",
        "/documents/",
        "/pairs/board/",
        "/pairs/board/rules",
        "/pairs/board/groups/",
        "/school/",
        "/journal/",
        "/consents/",
        "/consents/rules",
        "/consents/mine/",
    ]
    for address in [*addresses, "/sync/", "/connection"]:
        walk.open(address, f"quiet {address}")
    assert walk.found == {}


FORM = """([address, values]) => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: address});
  for (const [name, value] of Object.entries(values)) {
    form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
  }
  document.body.append(form);
  form.submit();
}"""


def test_pages_that_refuse(demo: DemoInstallation, rows: dict[str, str], walk_as: Callable[..., Walk]) -> None:
    """Nobody signed in, another's page, a form that was open too long, a state that has changed, wrong input."""
    stranger = walk_as(known=False)
    for address in ("/", "/no/such/page", "/lti/login", "/lti/register"):
        stranger.open(address, f"stranger {address}")
    mentee = walk_as("lebedeva.a")
    mentee.open("/staff/", "mentee /staff/")
    curator = walk_as(CURATOR)
    curator.open("/pairs/", "curator /pairs/")
    token = curator.csrf_token
    posts: dict[str, tuple[str, dict[str, str]]] = {
        "too old": (f"/pairs/{rows['pair_id']}/withdraw", {"csrf_token": "old"}),
        "conflict": (f"/pairs/{rows['pair_id']}/withdraw", {"csrf_token": token}),
        "school with errors": ("/school/edit", {"csrf_token": token, "full_name": "", "inn": "1"}),
        "site with errors": ("/school/sites/new", {"csrf_token": token, "name": ""}),
        "person with errors": (
            f"/staff/{rows['person_id']}/edit",
            {"csrf_token": token, "email": "x", "last_name": ""},
        ),
        "pair with errors": ("/pairs/new", {"csrf_token": token, "starts_on": "x"}),
        "weights with errors": ("/pairs/board/rules", {"csrf_token": token, "revision": "1", "needs": "700"}),
        "groups with errors": ("/pairs/board/groups/form", {"csrf_token": token, "themes": "parents", "least": "9"}),
        "board has changed": (
            "/pairs/board/marks",
            {"csrf_token": token, "revision": "0", "mark": "pin", "mentee_person_id": "1", "mentor_person_id": "2"},
        ),
        "round with errors": ("/surveys/rounds/new", {"csrf_token": token, "audience": "nobody"}),
        "question with errors": (
            f"/surveys/questionnaires/{rows['questionnaire_id']}/question",
            {"csrf_token": token, "version": "2", "revision": "1", "type": "single", "option_title": "Да"},
        ),
        "draft that another one changed": (
            f"/surveys/questionnaires/{rows['questionnaire_id']}/edit",
            {"csrf_token": token, "version": "2", "revision": "9", "act": "down", "item": "teach"},
        ),
        "questionnaire with errors": (
            f"/surveys/rounds/{rows['round_id']}/answer",
            {"csrf_token": token, "a.help": "dance", "a.levels.parents": "3"},
        ),
        "launch": ("/lti/launch", {"id_token": "x", "state": "y"}),
    }
    statuses = {}
    for name, (address, values) in posts.items():
        curator.page.goto(curator.address("/school/"))
        with curator.page.expect_navigation() as navigation:
            curator.page.evaluate(FORM, [address, values])
        statuses[name] = navigation.value.status
        curator.look(name, navigation.value.status)
    assert statuses == {
        "too old": 403,
        "conflict": 409,
        "school with errors": 422,
        "site with errors": 422,
        "person with errors": 422,
        "pair with errors": 422,
        "weights with errors": 422,
        "groups with errors": 422,
        "board has changed": 409,
        "round with errors": 422,
        "question with errors": 422,
        "draft that another one changed": 409,
        "questionnaire with errors": 422,
        "launch": 403,
    }
    assert {**stranger.found, **mentee.found, **curator.found} == {}


def test_what_is_wrong_with_a_page_is_found(walk_as: Callable[..., Walk]) -> None:
    """The checks of this file, on a page that is broken on purpose."""
    walk = walk_as(CURATOR)
    walk.page.goto(walk.address("/"))
    walk.page.evaluate(
        """() => {
          const main = document.querySelector('main');
          main.innerHTML = '<img src=""><p style="color: red">inline</p><div>wide</div>';
          main.lastElementChild.style.width = '3000px';
          document.documentElement.lang = 'xx';
        }"""
    )
    walk.look("broken")
    assert sorted({label.rpartition(" ")[2] for label in walk.found}) == [
        "axe",
        "console",
        "language",
        "sideways",
    ]
