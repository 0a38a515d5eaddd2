"""Values with every name that a template of these documents may use, of an invented school: a school's own template is
checked against them."""

from collections.abc import Mapping
from typing import Any

from moodle_mentorship.documents.wording import points, sample_head, say

_MENTOR = "Тихонов Илья Сергеевич, учитель математики"
_MENTEE = "Ким Вера, учитель информатики"


def sample_order() -> Mapping[str, Any]:
    """For the layout `order`."""
    return {
        **sample_head(),
        "heading": "О назначении куратора наставничества на 2026/27 учебный год",
        "preamble": say("В соответствии с положением о системе наставничества педагогических работников").runs(),
        "points": points(
            [
                say("Создать совет наставников в составе:", items=[say(_MENTOR), say(_MENTEE)]),
                say("Контроль за исполнением настоящего приказа оставляю за собой."),
            ]
        ),
        "annex": {"title": "Программа мероприятия", "lines": ["Открытие", "Подведение итогов"]},
        "acquainted": [{"name": "Ким Вера", "post": "учитель информатики"}],
    }


def sample_agreement() -> Mapping[str, Any]:
    """For the layout `agreement`."""
    return {
        **sample_head(),
        "heading": "К трудовому договору от 1 сентября 2020 г. № 12",
        "parties": say("МБОУ «Лицей № 7» (далее – Работодатель) и Тихонов Илья Сергеевич (далее – Работник)").runs(),
        "points": points([say("Работник выполняет работу по наставничеству в отношении:", items=[say(_MENTEE)])]),
        "employee": {"name": "Тихонов Илья Сергеевич", "post": "учитель математики", "signs": "И. С. Тихонов"},
        "address": "г. Светлоозёрск, ул. Школьная, д. 1",
        "requisites": "ИНН 1234567894, ОГРН 1234567890123",
    }


def sample_programme() -> Mapping[str, Any]:
    """For the layout `programme`."""
    return {
        **sample_head(),
        "heading": "Персонализированная программа наставничества",
        "mentor": _MENTOR,
        "mentee": _MENTEE,
        "period": "с 1 октября 2026 г. по 28 мая 2027 г.",
        "form": "педагог – педагог",
        "kinds": "традиционное («один на один»)",
        "difficulties": ["планирование урока"],
        "aim": "Помочь в планировании урока",
        "tasks": ["Освоить планирование урока"],
        "directions": [{"title": "Методика преподавания и урок", "rows": [{"number": "1"}]}],
        "results": [{"number": "1"}],
        "marks": ["1-е полугодие", "Итог"],
        "signers": {"mentor": "И. С. Тихонов", "mentee": "В. Ким", "curator": "Е. В. Соколова"},
    }


def sample_letter() -> Mapping[str, Any]:
    """For the layout `letter`."""
    return {
        **sample_head(),
        "heading": "О приглашении на итоговое мероприятие",
        "address": "г. Светлоозёрск, ул. Школьная, д. 1",
        "letters": [
            {
                "to": [{"text": "Ким Вере, учителю информатики", "sure": True}],
                "greeting": "Уважаемая Вера!",
                "paragraphs": ["Приглашаем Вас на итоговое мероприятие."],
            }
        ],
    }
