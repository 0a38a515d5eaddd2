"""Takes the pictures of docs/screenshots: every page as people see it, in the frame of a Moodle course, 1280×720 and
360 px wide, of a school in which much has happened.

`MENTORSHIP_PICTURES=1 pytest tests/e2e/test_pictures.py` writes them anew; look at them before they are committed.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page

from moodle_mentorship.demo.installation import CURATOR, DIRECTOR, DemoInstallation
from tests.e2e.test_every_page import rows as rows
from tests.e2e.visitors import FITS

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

MENTEE, ADMINISTRATOR = "lebedeva.a", "admin"

# File → whose page, and its address. Names in braces are rows of the school (`rows`).
PAGES = {
    "today": (CURATOR, "/"),
    "mine-today": (MENTEE, "/"),
    "school": (CURATOR, "/school/"),
    "bank-mentees": (CURATOR, "/banks/mentees"),
    "bank-mentors": (CURATOR, "/banks/mentors"),
    "candidates": (CURATOR, "/banks/candidates/"),
    "candidate-rules": (CURATOR, "/banks/candidates/rules"),
    "card": (CURATOR, "/banks/{person_id}"),
    "wishes": (MENTEE, "/participation/wishes"),
    "participation": (MENTEE, "/participation/"),
    "surveys": (CURATOR, "/surveys/manage"),
    "my-surveys": (MENTEE, "/surveys/"),
    "answer": (MENTEE, "/surveys/rounds/{round_id}/answer"),
    "questionnaire-new": (CURATOR, "/surveys/questionnaires/new"),
    "questionnaire-about": (CURATOR, "/surveys/questionnaires/{questionnaire_id}/about"),
    "builder": (CURATOR, "/surveys/questionnaires/{questionnaire_id}/edit"),
    "question": (CURATOR, "/surveys/questionnaires/{questionnaire_id}/question?item=urgent"),
    "preview": (CURATOR, "/surveys/questionnaires/{questionnaire_id}/draft"),
    "round-new": (CURATOR, "/surveys/rounds/new"),
    "round": (CURATOR, "/surveys/rounds/{round_id}"),
    "results": (CURATOR, "/surveys/rounds/{round_id}/results"),
    "answers-file": (CURATOR, "/surveys/rounds/{round_id}/people/{person_id}"),
    "consents": (CURATOR, "/consents/"),
    "missing": (CURATOR, "/consents/missing"),
    "consent-person": (CURATOR, "/consents/people/{person_id}"),
    "consent-record": (CURATOR, "/consents/people/{person_id}/record?document=processing_mentee"),
    "consent-rules": (CURATOR, "/consents/rules"),
    "consent-text": (CURATOR, "/consents/text?document=dissemination"),
    "duties": (CURATOR, "/consents/duties"),
    "my-consents": (MENTEE, "/consents/mine/"),
    "my-consent-text": (MENTEE, "/consents/mine/text?document=processing_mentee"),
    "withdraw": (CURATOR, "/consents/mine/withdraw?document=dissemination"),
    "my-data": (MENTEE, "/my-data/"),
    "erasure": (MENTEE, "/my-data/erasure"),
    "requests": (CURATOR, "/data-requests/"),
    "request": (CURATOR, "/data-requests/{request_id}"),
    "law": (CURATOR, "/law/"),
    "law-edit": (ADMINISTRATOR, "/law/rows/{key}"),
    "law-check": (CURATOR, "/law/check"),
    "board": (CURATOR, "/pairs/board/"),
    "board-rules": (CURATOR, "/pairs/board/rules"),
    "board-groups": (CURATOR, "/pairs/board/groups/"),
    "pair-acts": (CURATOR, "/pairs/{pair_id}"),
    "replace": (CURATOR, "/pairs/{pair_id}/replace"),
    "pairs-order": (CURATOR, "/pairs/order/"),
    "documents": (CURATOR, "/documents/"),
    "document": (CURATOR, "/documents/{document_id}"),
    "document-cancel": (CURATOR, "/documents/{document_id}/cancel"),
    "pack": (CURATOR, "/documents/packs/{pack_id}"),
    "document-to-sign": (DIRECTOR, "/documents/to-sign"),
    "registers": (CURATOR, "/documents/registers/"),
    "register": (CURATOR, "/documents/registers/{register_code}"),
    "document-new": (CURATOR, "/documents/new"),
    "document-typed": (CURATOR, "/documents/new/{document_kind}"),
    "declension": (CURATOR, "/documents/declension/{person_id}"),
    "agreements": (CURATOR, "/pairs/agreements/"),
    "road-map": (CURATOR, "/road-map/"),
    "road-map-line": (CURATOR, "/road-map/lines/{line_id}"),
    "road-map-versions": (CURATOR, "/road-map/versions"),
    "local-acts": (CURATOR, "/local-acts/"),
    "local-act": (CURATOR, "/local-acts/{act_id}"),
}


def launched(browser: Browser, demo: DemoInstallation, username: str) -> tuple[Page, Frame]:
    """The course page of somebody who has come in, and our frame in it."""
    page = browser.new_context(locale="ru-RU").new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{demo.moodle_url}/")
    name = page.locator(f'input[name="username"][value="{username}"]')
    page.locator("form", has=name).get_by_role("button").click()
    frame = page.locator("#contentframe").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_selector("main")
    return page, frame


@pytest.mark.skipif("MENTORSHIP_PICTURES" not in os.environ, reason="pictures are taken when they are asked for")
@pytest.mark.timeout(900)
def test_pictures_of_the_pages(demo: DemoInstallation, browser: Browser, rows: dict[str, str]) -> None:
    people = {username: launched(browser, demo, username) for username in {who for who, _ in PAGES.values()}}
    for file, (username, address) in PAGES.items():
        page, frame = people[username]
        answer = frame.goto(demo.tool_url + address.format_map(rows))
        assert answer is not None
        assert answer.status == 200, address
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 720})
            frame.wait_for_function(FITS)
            # All of it: Chromium doesn't paint what lies in a frame below the window.
            whole = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": whole})
            page.screenshot(path=FOLDER / f"{file}-{width}.png")
    for page, _ in people.values():
        page.context.close()
