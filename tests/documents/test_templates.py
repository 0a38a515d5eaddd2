"""The school's own templates: checked, kept by versions, used and put away."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.documents import judging, queries, service
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.errors import TemplateRefused, TemplateUnfit
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Kinds
from moodle_mentorship.documents.rendering import Stamp, render
from moodle_mentorship.documents.views import KINDS as REGISTRY
from moodle_mentorship.files import docx
from moodle_mentorship.files.enums import Flaw
from tests.conftest import NOW
from tests.factories import TestSchool
from tests.files.test_checking import HOSTILE
from tests.files.test_docx import lines, written


def sample() -> Mapping[str, Any]:
    return {
        "organisation": "МБОУ «Лицей № 7»",
        "heading": "О сверке",
        "director": {"post": "Директор", "name": "М. П. Иванова"},
        "rows": [{"name": "Тихонов", "runs": [{"text": "учитель"}]}],
        "visas": [],
    }


KIND = DocumentKind(
    "check",
    "Check",
    "pairs_order",
    RegisterCode.ORDERS,
    compose=lambda _session, _school_id, _params, _today: Composed("О сверке", sample()),
    sample=sample,
)
KINDS = Kinds()
KINDS.add(KIND)
WHOLE = "{{ organisation }} {{ heading }} {{ doc.date }} {{ doc.number }} {{ director.name }}"


def add(session: Session, school: TestSchool, text: str, name: str = "приказ.docx") -> Any:
    return service.add_template(session, school.actor(), KIND, written(text), name, NOW)


def test_versions_are_counted_and_one_is_in_use(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    first, second = add(session, school, WHOLE, "C:\\Документы\\приказ.docx"), add(session, school, WHOLE + " 2")
    assert [(row.version, row.name, row.in_use) for row in (first, second)] == [
        (1, "приказ.docx", False),
        (2, "приказ.docx", False),
    ]
    assert add(session, school, WHOLE).id == first.id
    assert add(session, other_school, WHOLE).version == 1
    service.use_template(session, KINDS, school.actor(), first.id, NOW)
    service.use_template(session, KINDS, school.actor(), second.id, NOW)
    assert [row.in_use for row in queries.own_templates(session, school.id, KIND.code)] == [True, False]
    assert queries.templates_in_use(session, school.id)[KIND.code].id == second.id
    assert queries.templates_in_use(session, other_school.id) == {}
    service.use_template(session, KINDS, school.actor(), first.id, NOW)
    service.use_shipped(session, school.actor(), KIND, NOW)
    service.use_shipped(session, school.actor(), KIND, NOW)
    assert queries.template_in_use(session, school.id, KIND.code) is None
    acts = select(AuditEvent.action).where(AuditEvent.school_id == school.id).order_by(AuditEvent.id)
    told = [act for act in session.scalars(acts) if act.startswith("template.")]
    assert told == ["template.add", "template.add", *["template.use"] * 3, "template.use_shipped"]


def test_another_schools_template_is_not_there(session: Session, school: TestSchool, other_school: TestSchool) -> None:
    foreign = add(session, other_school, WHOLE)
    with pytest.raises(NotFound):
        service.use_template(session, KINDS, school.actor(), foreign.id, NOW)
    assert not foreign.in_use
    service.use_template(session, KINDS, other_school.actor(), foreign.id, NOW)
    service.use_shipped(session, school.actor(), KIND, NOW)
    assert queries.template_in_use(session, other_school.id, KIND.code) is not None


@pytest.mark.parametrize("name", ["a macro", "a field that is cut", "a picture from outside", "a bomb of 200 MB"])
def test_a_hostile_template_is_not_kept(session: Session, school: TestSchool, name: str) -> None:
    make, flaw = HOSTILE[name]
    with pytest.raises(TemplateRefused) as refused:
        service.add_template(session, school.actor(), KIND, make(), "a.docx", NOW)
    assert [problem.flaw for problem in refused.value.checked.problems] == [flaw]
    assert queries.own_templates(session, school.id, KIND.code) == []


def test_what_a_template_lacks_is_a_warning() -> None:
    read = judging.look_again(KIND, written("{{ heading }} {{ doc.date }}"))
    assert judging.missing(KIND, read) == judging.Missing(
        ["name of the organisation", "registration number", "name of who signs"], ["rows"]
    )
    whole = judging.look_again(KIND, written(WHOLE + "{% for one in rows %}{{ one.name }}{% endfor %}"))
    assert judging.missing(KIND, whole) == judging.Missing([], [])


def test_every_tag_that_is_offered_can_be_written() -> None:
    offered = judging.offered(KIND)
    assert [(one.tag, one.depth) for one in offered[:6]] == [
        ("{{ organisation }}", 0),
        ("{{ heading }}", 0),
        ("{{ director.post }}", 0),
        ("{{ director.name }}", 0),
        ("{% for one in rows %} … {% endfor %}", 0),
        ("{{ one.name }}", 1),
    ]
    tags = [one.tag.replace(" … ", "") for one in offered if "{% for" in one.tag and not one.depth]
    tags += [one.tag for one in offered if not one.depth and "{% for" not in one.tag]
    assert judging.look_again(KIND, written(*tags)).problems == []


def test_a_kind_that_no_longer_gives_a_name(session: Session, school: TestSchool) -> None:
    kept = add(session, school, "{{ heading }} {{ rows[0].name }}")
    poorer = DocumentKind(
        *("check", "Check", "pairs_order", RegisterCode.ORDERS), KIND.compose, lambda: {"heading": "О сверке"}
    )
    kinds = Kinds()
    kinds.add(poorer)
    with pytest.raises(TemplateRefused) as refused:
        service.use_template(session, kinds, school.actor(), kept.id, NOW)
    assert [problem.flaw for problem in refused.value.checked.problems] == [Flaw.UNKNOWN]
    with pytest.raises(TemplateUnfit):
        render(base64.b64decode(kept.content), poorer.sample(), Stamp())


def test_hostile_values_come_to_the_paper_as_they_are_read() -> None:
    values = {**sample(), "heading": "<w:p>\u202e{{ doc.number }}\u0007 &amp; " + "Ы" * 300}
    (line,) = lines(render(written("{{ heading }}"), values, Stamp()))
    assert line == "<w:p>{{ doc.number }} &amp; " + "Ы" * 300


def test_each_kinds_own_layout_is_a_good_template(app: Flask) -> None:
    """What a curator downloads, changes nothing in and sends back."""
    wrong = {}
    for kind in app.extensions[REGISTRY]:
        read = judging.look_again(kind, docx.layout(kind.layout))
        lacking = judging.missing(kind, read)
        if read.problems or lacking.requisites:
            wrong[kind.code] = [*read.problems, *lacking.requisites]
    assert wrong == {}
