"""What pairs prove in the road map: the template of the programme, and a programme for each pair at work."""

from dataclasses import replace

import pytest
from flask import Flask

from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.service.signing import Evidence as Shown
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import programme
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen
from moodle_mentorship.roadmap.told import evidence as evidence_of
from moodle_mentorship.school.models import SchoolYear
from tests.conftest import NOW
from tests.documents.conftest import TODAY, check_url
from tests.factories import BOX, PDF, make_mentee, make_mentor, make_template
from tests.pairs.conftest import Two

KINDS = Kinds()
KINDS.add(programme.KIND)


@pytest.fixture
def evidence(app: Flask) -> Evidence:
    return evidence_of(app)


def seen(evidence: Evidence, two: Two, code: str) -> Seen | None:
    return evidence.look(two.session, Period(two.school.id, SchoolYear(2026), TODAY), [code]).get(code)


def registered(two: Two, pair: Pair) -> Document:
    moment = Moment(two.session, Jobs(), two.curator, TODAY, NOW)
    params = {"pair": str(pair.id), "aim": None, "tasks": ""}
    draft = documents.begin(two.session, KINDS, two.curator, programme.KIND.code, params, NOW)
    documents.lay(KINDS, BOX, moment, draft.id)
    documents.sign(BOX, moment, draft.id, TODAY, Shown(scan=(PDF, "programme.pdf")))
    return documents.register(KINDS, BOX, moment, draft.id, None, check_url)


def test_a_template_of_the_schools_own_counts_once_it_is_in_use(two: Two, other_two: Two, evidence: Evidence) -> None:
    foreign = make_template(two.session, other_two.school.id, NOW)
    own = make_template(two.session, two.school.id, NOW)
    own.kind = foreign.kind = "programme"
    foreign.in_use = True
    two.session.flush()
    assert seen(evidence, two, "pairs.programme_template") is None
    own.in_use = True
    two.session.flush()
    assert seen(evidence, two, "pairs.programme_template") == Seen(True, {"version": 1}, NOW.date())


def test_each_pair_at_work_has_its_programme(two: Two, other_two: Two, evidence: Evidence) -> None:
    registered(other_two, other_two.ordered())
    pair = two.ordered()
    assert seen(evidence, two, "pairs.programmes") is None
    programme_of = registered(two, pair)
    found = seen(evidence, two, "pairs.programmes")
    assert found == Seen(True, {"programmes": 1, "pairs": 1}, programme_of.signed_on)
    # A pair that came later has none yet.
    mentor, mentee = two.school.teachers[2:4]
    make_mentor(two.session, mentor, NOW)
    make_mentee(two.session, mentee, NOW)
    replace(two, mentor=mentor, mentee=mentee).ordered()
    again = seen(evidence, two, "pairs.programmes")
    assert again == Seen(False, {"programmes": 1, "pairs": 2}, programme_of.signed_on)
