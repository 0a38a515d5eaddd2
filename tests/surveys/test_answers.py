"""Items, their answers and branching: pure functions."""

from typing import Any

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from moodle_mentorship.core.schemas import NOT_OFFERED, NOT_TEXT, REQUIRED, TOO_LONG
from moodle_mentorship.surveys import answers, content
from moodle_mentorship.surveys.content import (
    Condition,
    Content,
    Item,
    Matrix,
    Multiple,
    Option,
    Scale,
    Section,
    Single,
    Slots,
    Text,
)
from moodle_mentorship.surveys.ready import THEMES, sets

PLANS, PARENTS = Option("planning", "Планирование"), Option("parents", "Родители")
LEVELS = ("справляюсь", "иногда", "нужна помощь", "срочно")
ITEMS: tuple[Item, ...] = (
    Text(code="text", title="Что?", longest=10),
    Single(code="single", title="Одно", options=(PLANS, PARENTS)),
    Multiple(code="multiple", title="Несколько", options=(PLANS, PARENTS, Option("other", "Иное")), most=2),
    Scale(code="scale", title="Сколько", least=0, greatest=3, required=True),
    Matrix(code="matrix", title="Темы", themes=(PLANS, PARENTS), levels=LEVELS),
    Slots(code="slots", title="Когда"),
    Text(code="urgent", title="Что срочно?", required=True, show_if=Condition("matrix", ("3",))),
    Text(code="deeper", title="А точнее?", show_if=Condition("scale", ("2", "3"))),
)
WHOLE = Content("Зачем", (Section("Первая", ITEMS[:3]), Section("Вторая", ITEMS[3:])))


@pytest.mark.parametrize("one", sets([Option(*theme) for theme in THEMES]), ids=lambda one: one.code)
def test_ready_made_questionnaires_are_sound_and_survive_json(one: Any) -> None:
    assert content.load(one.content.dump()) == one.content


def test_a_content_survives_json() -> None:
    assert content.load(WHOLE.dump()) == WHOLE


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda items: items.append({"type": "text", "code": "text", "title": "Ещё"}), "text"),
        (lambda items: items.append({"type": "dance", "code": "x", "title": "Ещё"}), "sections"),
        (lambda items: items.append({"type": "text", "code": "Ж", "title": "Ещё"}), "sections"),
        (
            lambda items: items.insert(
                0, {"type": "text", "code": "x", "title": "?", "show_if": {"item": "single", "values": ["planning"]}}
            ),
            "x",
        ),
        (
            lambda items: items.append(
                {"type": "text", "code": "x", "title": "?", "show_if": {"item": "single", "values": ["nothing"]}}
            ),
            "x",
        ),
        (
            lambda items: items.append(
                {"type": "single", "code": "x", "title": "?", "options": [{"code": "a", "title": "1"}] * 2}
            ),
            "x",
        ),
        (lambda items: items.append({"type": "single", "code": "x", "title": "?", "options": []}), "sections"),
    ],
)
def test_an_unsound_content_is_refused(change: Any, where: str) -> None:
    stored = WHOLE.dump()
    change(stored["sections"][0]["items"])
    with pytest.raises(ValidationError) as refused:
        content.load(stored)
    assert set(refused.value.messages_dict) == {where}


@pytest.mark.parametrize(
    ("code", "raw", "value"),
    [
        ("text", "  две\r\nстроки ", "две\nстроки"),
        ("text", "   ", None),
        ("single", "parents", "parents"),
        ("single", "", None),
        ("multiple", ["other", "planning"], ["planning", "other"]),
        ("multiple", [], None),
        ("scale", "0", 0),
        ("scale", 3, 3),
        ("matrix", {"parents": "3", "planning": ""}, {"parents": 3}),
        ("matrix", {"planning": ""}, None),
        ("slots", ["2-after", "1-3", "1-before"], ["1-before", "1-3", "2-after"]),
    ],
)
def test_what_is_said_becomes_a_value(code: str, raw: Any, value: Any) -> None:
    assert answers.read(WHOLE, {code: raw}) == ({code: value}, {})


@pytest.mark.parametrize(
    ("code", "raw", "message"),
    [
        ("text", "одиннадцать", TOO_LONG),
        ("text", 5, NOT_TEXT),
        ("text", "а\x00б", NOT_TEXT),
        ("text", "\ud800", NOT_TEXT),
        ("single", "nothing", NOT_OFFERED),
        ("single", ["parents"], NOT_OFFERED),
        ("multiple", ["planning", "parents", "other"], answers.TOO_MANY),
        ("multiple", "planning", NOT_OFFERED),
        ("multiple", [["planning"]], NOT_OFFERED),
        ("scale", "4", NOT_OFFERED),
        ("scale", True, NOT_OFFERED),
        ("scale", 1.0, NOT_OFFERED),
        ("matrix", {"planning": "4"}, NOT_OFFERED),
        ("matrix", {"strange": "1"}, NOT_OFFERED),
        ("matrix", ["planning"], NOT_OFFERED),
        ("slots", ["7-3"], NOT_OFFERED),
        ("slots", ["1-9"], NOT_OFFERED),
        ("strange", "x", answers.UNKNOWN),
    ],
)
def test_what_does_not_fit_is_named(code: str, raw: Any, message: str) -> None:
    assert answers.read(WHOLE, {code: raw}) == ({}, {code: [message]})


def test_a_form_says_the_same_as_a_program() -> None:
    form = MultiDict(
        [
            ("a.text", "да"),
            ("a.multiple", "parents"),
            ("a.multiple", "planning"),
            ("a.scale", "2"),
            ("a.matrix.planning", "1"),
            ("a.slots", "1-3"),
            ("csrf_token", "x"),
        ]
    )
    values, errors = answers.read(WHOLE, answers.from_form(WHOLE, form))
    assert errors == {}
    assert {code: value for code, value in values.items() if value is not None} == {
        "text": "да",
        "multiple": ["planning", "parents"],
        "scale": 2,
        "matrix": {"planning": 1},
        "slots": ["1-3"],
    }
    assert set(values) == {item.code for item in ITEMS}


@pytest.mark.parametrize(
    ("values", "further"),
    [
        ({}, []),
        ({"matrix": {"planning": 2}, "scale": 1}, []),
        ({"matrix": {"planning": 0, "parents": 3}}, ["urgent"]),
        ({"scale": 3}, ["deeper"]),
        ({"scale": 2, "matrix": {"planning": 3}}, ["urgent", "deeper"]),
    ],
)
def test_branching(values: Any, further: list[str]) -> None:
    always = [item.code for item in ITEMS if item.show_if is None]
    assert [item.code for item in answers.asked(WHOLE, values)] == always + further


def test_an_answer_to_a_question_that_is_not_asked_falls_away_and_leads_nowhere() -> None:
    chain = Content(
        "",
        (
            Section(
                "Цепь",
                (
                    Single(code="first", title="1", options=(PLANS, PARENTS)),
                    Scale(code="second", title="2", show_if=Condition("first", ("planning",))),
                    Text(code="third", title="3", show_if=Condition("second", ("5",))),
                ),
            ),
        ),
    )
    given: answers.Values = {"first": "parents", "second": 5, "third": "да"}
    assert answers.settled(chain, given) == {"first": "parents"}
    assert answers.settled(chain, given | {"first": "planning"}) == given | {"first": "planning"}


def test_what_is_missing_and_how_much_is_left() -> None:
    assert answers.missing(WHOLE, {"matrix": {"planning": 3}}) == {"scale": [REQUIRED], "urgent": [REQUIRED]}
    assert answers.missing(WHOLE, {"scale": 0}) == {}
    empty = answers.progress(WHOLE, {})
    # 45 text, 15 single, 20 multiple, 15 scale, 2 × 6 matrix, 60 slots.
    assert (empty.asked, empty.answered, empty.seconds, empty.minutes) == (6, 0, 167, 3)
    further = answers.progress(WHOLE, {"matrix": {"planning": 3}})
    assert (further.asked, further.answered, further.seconds) == (7, 1, 167 - 12 + 45)


def test_two_windows_differ_where_they_answer_otherwise() -> None:
    mine: dict[str, answers.Value | None] = {"text": "да", "scale": None, "single": "parents"}
    kept: answers.Values = {"text": "да", "scale": 2, "slots": ["1-3"]}
    assert [item.code for item in answers.unlike(WHOLE, mine, kept)] == ["single", "scale"]
