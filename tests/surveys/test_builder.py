"""Pages of the builder: works without a script, keeps what was typed, says what another curator did."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moodle_mentorship.people.enums import PersonField
from moodle_mentorship.surveys import arranging, building, queries, service
from moodle_mentorship.surveys.content import Content, Item, Matrix, Multiple, Scale, Single, Slots, Text
from tests.conftest import NOW, SignIn
from tests.factories import TestSchool

Csrf = Callable[[FlaskClient], str]


class Builder:
    """A curator at one questionnaire."""

    def __init__(self, client: FlaskClient, token: str, session: Session, school: TestSchool, number: int) -> None:
        self.client, self._token, self._session, self._school, self.number = client, token, session, school, number
        self.path = f"/surveys/questionnaires/{number}"

    @property
    def draft(self) -> building.Draft:
        return building.draft(self._session, self._school.id, self.number)

    @property
    def asks(self) -> Content:
        return self.draft.content

    def item(self, title: str) -> Item:
        return next(item for item in self.asks.items if item.title == title)

    def post(self, page: str, data: dict[str, Any], **state: str) -> Any:
        seen = self.draft
        whole = {"csrf_token": self._token, "version": seen.number, "revision": seen.revision} | data | state
        return self.client.post(f"{self.path}/{page}", data=whole)


@pytest.fixture
def builder(sign_in: SignIn, csrf: Csrf, session: Session, school: TestSchool) -> Builder:
    """At an empty questionnaire of the school's own."""
    client = sign_in(school, school.curator)
    token = csrf(client)
    made = client.post("/surveys/questionnaires/new", data={"csrf_token": token, "title": "Своя анкета", "source": ""})
    number = re.search(r"/questionnaires/(\d+)/edit$", made.location)
    assert number is not None
    return Builder(client, token, session, school, int(number[1]))


def test_a_question_of_every_type(builder: Builder) -> None:
    forms: dict[str, dict[str, Any]] = {
        "text": {"title": "Что важно?", "longest": "200", "hint": "Коротко", "fills": "subjects"},
        "single": {"title": "Одно?", "option_code": ["", "", ""], "option_title": ["Да", "", "Нет"], "required": "on"},
        "multiple": {"title": "Что ещё?", "option_code": ["", ""], "option_title": ["Урок", "Разбор"], "most": "1"},
        "scale": {"title": "Сколько?", "least": "0", "greatest": "3", "least_label": "нет", "greatest_label": "много"},
        "matrix": {"title": "Темы?", "themes": ["parents", "digital"], "levels": ["0", "1", "2", "3"]},
        "slots": {"title": "Когда?", "private": "on"},
    }
    for kind, form in forms.items():
        assert builder.client.get(f"{builder.path}/question?type={kind}&section=0").status_code == 200
        saved = builder.post("question", form | {"item": "", "type": kind, "section": "0"})
        assert (kind, saved.status_code) == (kind, 303)
    text, single, multiple, scale, matrix, slots = builder.asks.items
    assert isinstance(text, Text)
    assert (text.longest, text.hint, text.fills) == (200, "Коротко", PersonField.SUBJECTS)
    assert isinstance(single, Single)
    assert ([option.title for option in single.options], single.required) == (["Да", "Нет"], True)
    assert isinstance(multiple, Multiple)
    assert multiple.most == 1
    assert isinstance(scale, Scale)
    assert (list(scale.numbers), scale.least_label, scale.greatest_label) == ([0, 1, 2, 3], "нет", "много")
    assert isinstance(matrix, Matrix)
    assert ([theme.code for theme in matrix.themes], matrix.levels) == (["parents", "digital"], ("0", "1", "2", "3"))
    assert (isinstance(slots, Slots), slots.private) == (True, True)
    # Each opens again with what it holds, and saving that changes nothing.
    seen = builder.draft
    page = builder.client.get(f"{builder.path}/question?item={matrix.code}").text
    assert re.findall(r'name="themes" value="(\w+)" checked', page) == ["parents", "digital"]
    kept = {"item": matrix.code, "title": "Темы?", "themes": ["parents", "digital"], "levels": ["0", "1", "2", "3"]}
    assert builder.post("question", kept).status_code == 303
    assert builder.draft == seen


def test_words_of_an_answer_change_and_its_code_stays(builder: Builder) -> None:
    new = {"item": "", "type": "single", "section": "0", "title": "Одно?"}
    builder.post("question", new | {"option_code": ["", ""], "option_title": ["Да", "Нет"]})
    item = builder.item("Одно?")
    assert isinstance(item, Single)
    yes, no = item.options
    codes, titles = [no.code, yes.code, ""], ["Нет, спасибо", "", "Позже"]
    builder.post("question", {"item": item.code, "title": "Одно?", "option_code": codes, "option_title": titles})
    changed = builder.item("Одно?")
    assert isinstance(changed, Single)
    assert [option.title for option in changed.options] == ["Нет, спасибо", "Позже"]
    assert changed.options[0].code == no.code
    assert changed.options[1].code not in (yes.code, no.code)


def test_an_error_stands_beside_its_field_and_nothing_typed_is_lost(builder: Builder) -> None:
    seen = builder.draft
    form = {"item": "", "type": "multiple", "section": "0", "title": "", "hint": "Подсказка " * 5, "most": "сто"}
    answer = builder.post("question", form | {"option_code": ["", ""], "option_title": ["Один ответ", ""]})
    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#f-(\w+)">', answer.text) == ["title", "options", "most"]
    kept = ['value="Один ответ"', 'value="сто"', "Подсказка " * 4]
    assert [text in answer.text for text in kept] == [True] * 3
    assert builder.draft == seen


def test_buttons_of_the_form_save_nothing_and_keep_what_is_typed(builder: Builder) -> None:
    builder.post(
        "question", {"type": "single", "title": "Первый?", "option_code": ["", ""], "option_title": ["А", "Б"]}
    )
    seen, first = builder.draft, builder.item("Первый?")
    form = {"type": "single", "title": "Второй?", "option_code": ["", ""], "option_title": ["Раз", "Два"]}
    more = builder.post("question", form | {"step": "more"})
    assert (more.status_code, more.text.count('name="option_title"')) == (200, 5)
    moved = builder.post("question", form | {"step": "up:1"}).text
    assert re.findall(r'name="option_title" value="(\w+)"', moved) == ["Два", "Раз"]
    chosen = builder.post("question", form | {"step": "if", "if_item": first.code}).text
    values = re.findall(r'name="if_values" value="([\w:]+)"', chosen)
    assert ('value="Второй?"' in chosen, len(values), builder.draft == seen) == (True, 2, True)
    unmarked = builder.post("question", form | {"if_item": first.code})
    assert (unmarked.status_code, "Отметьте ответы" in unmarked.text) == (422, True)
    assert builder.post("question", form | {"if_item": first.code, "if_values": values[:1]}).status_code == 303
    condition = builder.item("Второй?").show_if
    assert condition is not None
    assert (condition.item, [f"{first.code}:{value}" for value in condition.values]) == (first.code, values[:1])


def test_sections_and_questions_move_and_go(builder: Builder) -> None:
    for title in ("Раз", "Два"):
        builder.post("question", {"type": "text", "section": "0", "title": title})
    two = builder.item("Два").code
    moved = builder.post("edit", {"act": "up", "item": two})
    assert (moved.status_code, moved.location) == (303, f"{builder.path}/edit#q-{two}")
    assert [item.title for item in builder.asks.items] == ["Два", "Раз"]
    added = builder.post("edit", {"act": "section_add", "title": "Ещё"})
    assert added.location == f"{builder.path}/edit#s-1"
    nameless = builder.post("edit", {"act": "section_add", "title": " "})
    assert (nameless.status_code, "Заполните" in nameless.text) == (422, True)
    builder.post("edit", {"act": "section_rename", "section": "0", "title": "Главное"})
    builder.post("edit", {"act": "section_up", "section": "1"})
    assert [section.title for section in builder.asks.sections] == ["Ещё", "Главное"]
    gone = builder.post("edit", {"act": "section_remove", "section": "1"})
    assert gone.location == f"{builder.path}/edit?done=question_removed#s-0"
    page = builder.client.get(gone.location).text
    assert ("Отменить последнее изменение" in page, list(builder.asks.items)) == (True, [])
    builder.post("undo", {})
    assert [item.title for item in builder.asks.items] == ["Два", "Раз"]
    assert builder.post("edit", {"act": "dance"}).status_code == 422
    assert builder.post("edit", {"act": "remove", "item": "unknown"}).status_code == 404


def test_who_comes_second_sees_the_draft_and_their_own_words(
    builder: Builder, session: Session, school: TestSchool
) -> None:
    builder.post("question", {"type": "text", "section": "0", "title": "Что важно?"})
    mine, seen = builder.item("Что важно?"), builder.draft
    other = Text(code=mine.code, title="Что важнее всего?")
    building.change(
        session,
        school.actor(),
        builder.number,
        lambda asks: arranging.with_item(asks, other, 0),
        number=seen.number,
        revision=seen.revision,
        now=NOW,
    )
    session.commit()
    stale = {"version": str(seen.number), "revision": str(seen.revision)}
    typed = {"item": mine.code, "title": "Что важно для вас?"}
    answer = builder.post("question", typed, **stale)
    assert (answer.status_code, "Черновик тем временем изменили" in answer.text) == (409, True)
    assert ("Что важнее всего?" in answer.text, 'value="Что важно для вас?"' in answer.text) == (True, True)
    assert builder.item("Что важнее всего?") == other
    for page, form in (("edit", {"act": "remove", "item": mine.code}), ("publish", {}), ("discard", {}), ("undo", {})):
        assert builder.post(page, form, **stale).status_code == 409
    about = builder.post("about", {"title": "Другое имя", "intro": "Зачем"}, **stale)
    assert (about.status_code, 'value="Другое имя"' in about.text) == (409, True)
    assert queries.questionnaire_of(session, school.id, builder.number).title == "Своя анкета"
    # What stands there now has been seen: the second press is meant.
    assert builder.post("question", typed).status_code == 303
    assert builder.item("Что важно для вас?").code == mine.code


def test_a_removal_that_others_hang_on_is_refused_with_their_names(
    builder: Builder, session: Session, school: TestSchool
) -> None:
    service.take_ready_made(session, school.actor(), NOW)
    need = queries.by_code(session, school.id, "need")
    assert need is not None
    session.commit()
    builder.number, builder.path = need.id, f"/surveys/questionnaires/{need.id}"
    refused = builder.post("edit", {"act": "remove", "item": "levels"})
    assert (refused.status_code, '<a href="#q-urgent">Что именно нужно решить срочно?</a>' in refused.text) == (
        422,
        True,
    )
    assert not builder.draft.begun


def test_a_draft_is_looked_at_and_published(builder: Builder) -> None:
    assert builder.client.get(builder.path).status_code == 409
    nothing = builder.post("publish", {})
    assert (nothing.status_code, "ещё нет вопросов" in nothing.text) == (409, True)
    builder.post("about", {"title": "Пожелания", "intro": "Ответы видит куратор."})
    builder.post("question", {"type": "text", "section": "0", "title": "Чего вам не хватает?"})
    page = builder.client.get(f"{builder.path}/draft").text
    assert ("Чего вам не хватает?" in page, "Ответы видит куратор." in page, "черновик версии 1" in page) == (True,) * 3
    published = builder.post("publish", {})
    assert published.location == f"{builder.path}?done=draft_published"
    assert "Пожелания" in builder.client.get(published.location).text
    assert builder.client.get(f"{builder.path}/draft").location == builder.path
    assert "опубликована версия 1" in builder.client.get(f"{builder.path}/edit").text


def test_what_a_new_one_may_begin_with(builder: Builder) -> None:
    page = builder.client.get("/surveys/questionnaires/new").text
    assert (f'value="{builder.number}"' in page, 'value="ready:need"' in page) == (True, True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "title": "", "source": "ready:need"}
    wrong = builder.client.post("/surveys/questionnaires/new", data=form)
    assert (wrong.status_code, 'value="ready:need" selected' in wrong.text) == (422, True)
