"""Verbs of the builder: drafts, their versions, and two curators at one of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import Database
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.surveys import arranging, building, errors, item_forms, queries, ready, service
from moodle_mentorship.surveys.building import Draft
from moodle_mentorship.surveys.content import (
    Condition,
    Content,
    Item,
    Matrix,
    Option,
    Scale,
    Section,
    Single,
    Slots,
    Text,
)
from moodle_mentorship.surveys.enums import Kind, VersionState
from moodle_mentorship.surveys.models import Questionnaire, Version
from tests.conftest import NOW
from tests.factories import BOX, TestSchool, make_round, make_school

ONE = Text(code="one", title="Первый")
CHOICE = Single(code="choice", title="Выбор", options=(Option("a", "А"), Option("b", "Б")))
AFTER = Text(code="after", title="После", show_if=Condition("choice", ("b",)))
THREE = Content("", (Section("Раз", (ONE, CHOICE)), Section("Два", (AFTER,)), Section("Три", ())))


def codes(asks: Content) -> list[list[str]]:
    return [[item.code for item in section.items] for section in asks.sections]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (arranging.moved_item(THREE, "choice", -1), [["choice", "one"], ["after"], []]),
        (arranging.moved_item(THREE, "choice", 1), [["one"], ["choice", "after"], []]),
        (arranging.moved_item(THREE, "after", -1), [["one", "choice", "after"], [], []]),
        (arranging.moved_item(THREE, "after", 1), [["one", "choice"], [], ["after"]]),
        (arranging.moved_item(THREE, "one", -1), [["one", "choice"], ["after"], []]),
        (arranging.without_item(THREE, "one"), [["choice"], ["after"], []]),
        (arranging.with_item(THREE, Slots(code="new", title="Когда"), 2), [["one", "choice"], ["after"], ["new"]]),
        (arranging.with_item(THREE, Text(code="one", title="Иначе"), 2), [["one", "choice"], ["after"], []]),
        (arranging.moved_section(THREE, 1, 1), [["one", "choice"], [], ["after"]]),
        (arranging.moved_section(THREE, 0, -1), [["one", "choice"], ["after"], []]),
        (arranging.without_section(THREE, 1), [["one", "choice"], []]),
        (arranging.with_section(THREE, "Четыре"), [["one", "choice"], ["after"], [], []]),
    ],
)
def test_arranging(changed: Content, expected: list[list[str]]) -> None:
    assert codes(changed) == expected


@pytest.mark.parametrize("act", [arranging.item_of, arranging.without_item])
def test_what_is_not_there_is_not_found(act: Callable[..., Any]) -> None:
    with pytest.raises(NotFound):
        act(THREE, "unknown")
    with pytest.raises(NotFound):
        arranging.renamed_section(THREE, 3, "Четыре")
    with pytest.raises(NotFound):
        arranging.renamed_section(THREE, -1, "Последний")


@pytest.mark.parametrize(
    "item",
    [
        AFTER,
        CHOICE,
        Scale(code="scale", title="Шкала", least=0, greatest=3, least_label="нет", private=True),
        Matrix(code="m", title="Темы", themes=(Option("a", "А"),), levels=("раз", "два", "три", "четыре")),
        Slots(code="slots", title="Когда", hint="Хотя бы два окна", required=True),
    ],
)
def test_a_question_is_the_same_after_its_form(item: Item) -> None:
    shown = item_forms.of_item(item)
    assert item_forms.item(shown) == item


def change(session: Session, school: TestSchool, seen: Draft, edit: building.Edit, **other: int) -> Draft:
    state = {"number": seen.number, "revision": seen.revision} | other
    return building.change(session, school.actor(), seen.questionnaire.id, edit, now=NOW, **state)


def need(session: Session, school: TestSchool) -> Draft:
    service.take_ready_made(session, school.actor(), NOW)
    found = queries.by_code(session, school.id, "need")
    assert found is not None
    return building.draft(session, school.id, found.id)


def test_the_first_change_begins_a_draft_and_answers_stay_with_their_version(
    session: Session, school: TestSchool
) -> None:
    teacher = school.teachers[0]
    asked = make_round(session, school, [teacher], NOW)
    me = school.actor(teacher)
    service.save(session, BOX, me, asked.id, version=1, said={"teach": "Доска"}, today=NOW.date(), now=NOW)
    seen = building.draft(session, school.id, asked.questionnaire_id)
    assert (seen.number, seen.revision, seen.begun) == (2, 0, False)
    first = queries.published(session, school.id, asked.questionnaire_id)
    before = dict(first.content)
    begun = change(session, school, seen, lambda asks: arranging.without_item(asks, "teach"))
    assert (begun.number, begun.revision, begun.begun) == (2, 1, True)
    # Nobody sees it yet.
    assert "teach" in [item.code for item in service.sheet(session, BOX, school.id, asked.id, teacher.id).content.items]
    building.publish(session, school.actor(), asked.questionnaire_id, number=2, revision=1, now=NOW)
    session.expire_all()
    mine = service.sheet(session, BOX, school.id, asked.id, teacher.id)
    assert (mine.version.number, mine.newer, mine.values) == (1, True, {"teach": "Доска"})
    assert queries.published(session, school.id, asked.questionnaire_id, 1).content == before
    newest = queries.published(session, school.id, asked.questionnaire_id)
    assert (newest.number, newest.state, newest.previous) == (2, VersionState.PUBLISHED, None)
    # A second click on «Publish» changes nothing.
    again = building.publish(session, school.actor(), asked.questionnaire_id, number=2, revision=1, now=NOW)
    assert again.id == newest.id


def test_of_two_curators_the_second_is_told_and_nothing_is_lost(session: Session, school: TestSchool) -> None:
    seen = need(session, school)
    mine = change(session, school, seen, lambda asks: arranging.with_intro(asks, "Моё"))
    with pytest.raises(errors.DraftChanged):
        change(session, school, seen, lambda asks: arranging.with_intro(asks, "Чужое"))
    for verb in (building.undo, building.discard, building.publish):
        with pytest.raises(errors.DraftChanged):
            verb(session, school.actor(), seen.questionnaire.id, number=2, revision=0, now=NOW)
    assert building.draft(session, school.id, seen.questionnaire.id) == mine
    # Published meanwhile: what was seen is no draft any more.
    building.publish(session, school.actor(), seen.questionnaire.id, number=2, revision=1, now=NOW)
    with pytest.raises(errors.DraftChanged):
        change(session, school, mine, lambda asks: arranging.with_intro(asks, "Поздно"))


def test_the_last_change_comes_back_and_a_draft_is_thrown_away(session: Session, school: TestSchool) -> None:
    seen = need(session, school)
    shorter = change(session, school, seen, lambda asks: arranging.without_section(asks, 1))
    assert (len(shorter.content.sections), shorter.undoable) == (1, True)
    state = {"number": 2, "revision": 1}
    back = building.undo(session, school.actor(), seen.questionnaire.id, now=NOW, **state)
    assert (back.content, back.revision) == (seen.content, 2)
    assert building.discard(session, school.actor(), seen.questionnaire.id, number=2, revision=2, now=NOW)
    assert building.draft(session, school.id, seen.questionnaire.id) == seen
    own = building.create(session, school.actor(), title="Своя", source=None, now=NOW)
    assert not building.discard(session, school.actor(), own.id, number=1, revision=1, now=NOW)
    assert session.scalar(select(func.count()).select_from(Questionnaire).where(Questionnaire.title == "Своя")) == 0


def test_a_change_that_breaks_a_condition_is_refused(session: Session, school: TestSchool) -> None:
    seen = need(session, school)
    with pytest.raises(Invalid) as refused:
        change(session, school, seen, lambda asks: arranging.without_item(asks, "levels"))
    assert refused.value.errors == {"urgent": ["The condition names no answer to an earlier question"]}
    assert building.draft(session, school.id, seen.questionnaire.id) == seen


def test_a_new_questionnaire_begins_empty_or_as_a_copy(
    session: Session, school: TestSchool, other_school: TestSchool
) -> None:
    last_year, foreign = need(session, school), need(session, other_school)
    made = {
        source: building.create(session, school.actor(), title="Новая", source=source, now=NOW)
        for source in (None, "ready:pulse", str(last_year.questionnaire.id))
    }
    asked = {source: building.draft(session, school.id, one.id).content for source, one in made.items()}
    assert (codes(asked[None]), made[None].kind) == ([[]], Kind.OWN)
    assert asked["ready:pulse"] == next(one.content for one in ready.sets([]) if one.code == "pulse")
    copy = str(last_year.questionnaire.id)
    # Of the same kind: it needs the same legal ground.
    assert (asked[copy], made[copy].kind) == (last_year.content, Kind.NEED)
    for source in ("ready:unknown", str(foreign.questionnaire.id), "999999", "слово"):
        with pytest.raises(Invalid) as refused:
            building.create(session, school.actor(), title="Новая", source=source, now=NOW)
        assert refused.value.errors == {"source": [NOT_OFFERED]}
    with pytest.raises(NotFound):
        change(session, school, foreign, lambda asks: arranging.with_intro(asks, "Чужое"))


def test_an_empty_draft_is_not_published(session: Session, school: TestSchool) -> None:
    own = building.create(session, school.actor(), title="Своя", source=None, now=NOW)
    with pytest.raises(errors.NothingToAsk):
        building.publish(session, school.actor(), own.id, number=1, revision=1, now=NOW)
    with pytest.raises(errors.NothingPublished):
        queries.published(session, school.id, own.id)
    listed = {row.questionnaire.title: (row.version, row.draft) for row in queries.questionnaires(session, school.id)}
    assert listed == {"Своя": (None, True)}


def test_two_curators_who_begin_a_draft_make_one(fresh_url: str) -> None:
    """Each in a transaction of their own."""
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        seen = need(session, school)
    outcomes = []
    for intro in ("Первый", "Второй"):
        with database.unit_of_work() as session:
            try:
                change(session, school, seen, partial(arranging.with_intro, intro=intro))
                outcomes.append("kept")
            except errors.DraftChanged:
                outcomes.append("told")
    with database.unit_of_work(read_only=True) as session:
        drafts = session.scalars(select(Version).where(Version.state == VersionState.DRAFT)).all()
        assert (outcomes, [row.content["intro"] for row in drafts]) == (["kept", "told"], ["Первый"])
    database.engine.dispose()
