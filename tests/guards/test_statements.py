"""No page asks more of the database in a larger school. How long it takes is measured by `make bench ONLY=pages`."""

from pathlib import Path

import pytest

from benchmarks.bulk import Bulk
from benchmarks.pages import NOW, Page, Place, counted, pages
from benchmarks.places import runtime_for
from moodle_mentorship.app import create_app
from moodle_mentorship.core.clock import FixedClock


@pytest.fixture
def places(fresh_url: str, tmp_path: Path) -> list[Place]:
    """A school of sixty and one three times as large, each list of the larger one longer than a page."""
    runtime = runtime_for(fresh_url, tmp_path, FixedClock(NOW))
    bulk = Bulk(runtime.db, runtime.box, NOW)
    schools = [bulk.school(60), bulk.school(300)]
    bulk.close()
    app = create_app(runtime)
    return [Place(app, runtime, school) for school in schools]


def test_every_page_needs_the_same_statements_in_a_larger_school(places: list[Place]) -> None:
    app = places[0].app
    walked: list[Page] = list(pages(app))
    uneven = {}
    for page in walked:
        needed = []
        for place in places:
            client, address = place.client(page.role), page.address(place)
            # The first visit may note the session or fill a cache.
            client.get(address)
            with counted() as seen:
                answer = client.get(address)
            assert answer.status_code < 400, f"{page.role}: {page.endpoint}"
            needed.append([statement.split(" FROM ")[-1] for statement in seen if not statement.startswith("BEGIN")])
        if len(needed[0]) != len(needed[1]):
            uneven[f"{page.role}: {page.what}"] = [len(statements) for statements in needed]
    assert uneven == {}
    assert len(walked) > 80
    places[0].runtime.db.engine.dispose()
