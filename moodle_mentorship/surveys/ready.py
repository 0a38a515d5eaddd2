"""Ready-made Russian questionnaires, in our own words: needs, offer, monthly pulse, finish of both sides.

They are what a school begins with; from then on the questionnaires are its own. Codes are read by other rooms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from moodle_mentorship.people.enums import PersonField
from moodle_mentorship.surveys.content import (
    Condition,
    Content,
    Matrix,
    Multiple,
    Option,
    Scale,
    Section,
    Single,
    Slots,
    Text,
)
from moodle_mentorship.surveys.enums import Kind

#: Code and title of each theme that needs and offers meet in.
THEMES = (
    ("planning", "Планирование урока"),
    ("discipline", "Дисциплина на уроке"),
    ("assessment", "Оценивание"),
    ("diversity", "Разные дети в классе"),
    ("parents", "Общение с родителями"),
    ("documents", "Документы и отчёты"),
    ("digital", "Цифровые сервисы"),
    ("homeroom", "Классное руководство"),
)

#: Codes that other rooms read: the two questionnaires of the banks, the hardness of themes, the places offered.
NEED, OFFER = "need", "offer"
LEVELS, CAPACITY = "levels", "capacity"
#: In which classes somebody teaches, asked of both sides alike.
STAGES = "stages"
#: Of a mentor's offer, what the mentee reads: the questionnaire promises that it is no more.
FOR_THE_MENTEE = ("strengths",)

#: What a mentee says of themself at the end of the year; every other questionnaire of that kind speaks of a mentee.
FINISH_MENTEE = "finish_mentee"

NEED_LEVELS = ("справляюсь", "иногда трудно", "нужна помощь", "срочно")
# From this level on somebody needs help.
HELP_NEEDED = 2
OFFER_LEVELS = ("не берусь", "могу подсказать", "уверенно", "покажу на уроке")


@dataclass(frozen=True)
class Ready:
    """A questionnaire that a school can take over."""

    code: str
    kind: Kind
    title: str
    content: Content


def sets(themes: Sequence[Option]) -> tuple[Ready, ...]:
    """All of them, about the school's themes."""
    given = tuple(themes)
    return (
        _need(given),
        _offer(given),
        _pulse(),
        _finish(FINISH_MENTEE, "Итоги года: наставляемый", given, "Насколько трудно вам сейчас?"),
        _finish("finish_mentor", "Итоги года: наставник", given, "Насколько трудно сейчас вашему наставляемому?"),
    )


def _stages() -> Multiple:
    return Multiple(
        code=STAGES,
        title="В каких классах вы преподаёте?",
        options=(
            Option("primary", "В начальных (1–4)"),
            Option("basic", "В основной школе (5–9)"),
            Option("upper", "В старших (10–11)"),
        ),
    )


def _need(themes: tuple[Option, ...]) -> Ready:
    content = Content(
        intro="Ответы помогут подобрать вам наставника и составить программу. Их видите вы, куратор и ваш будущий "
        "наставник; в отчётах школы они только в сумме. Что видит один куратор, отмечено особо.",
        sections=(
            Section(
                "Трудности",
                (
                    Multiple(
                        code="hardest",
                        title="С чем вам сейчас труднее всего?",
                        hint="Не больше трёх тем.",
                        options=themes,
                        most=3,
                        required=True,
                    ),
                    Matrix(
                        code=LEVELS,
                        title="Что даётся легко, а где нужна помощь?",
                        hint="По каждой теме один ответ. Темы, о которых сказать нечего, пропустите.",
                        themes=themes,
                        levels=NEED_LEVELS,
                        required=True,
                    ),
                    Text(
                        code="urgent",
                        title="Что именно нужно решить срочно?",
                        hint="Двух-трёх предложений достаточно.",
                        longest=1000,
                        show_if=Condition("levels", ("3",)),
                    ),
                ),
            ),
            Section(
                "Помощь",
                (
                    Multiple(
                        code="help",
                        title="Какая помощь вам удобнее?",
                        options=(
                            Option("visit", "Посетить урок коллеги"),
                            Option("review", "Разобрать мой урок"),
                            Option("sample", "Получить готовый пример"),
                            Option("talk", "Поговорить и посоветоваться"),
                        ),
                        required=True,
                    ),
                    Slots(
                        code="free",
                        title="Когда вы свободны?",
                        hint="Отметьте хотя бы два окна в неделю.",
                        fills=PersonField.FREE_SLOTS,
                    ),
                    _stages(),
                    Text(
                        code="teach",
                        title="Чему вы сами могли бы научить коллег?",
                        hint="Если есть чему: бывает, что учатся друг у друга.",
                        longest=1000,
                    ),
                    Text(
                        code="vetoes",
                        title="С кем вам было бы комфортно или некомфортно работать?",
                        hint="Чтобы подбор это учёл, назовите коллег в «Моём участии», «Кого я хочу в наставники».",
                        longest=1000,
                        private=True,
                    ),
                ),
            ),
        ),
    )
    return Ready(NEED, Kind.NEED, "Что поможет вам в этом году", content)


def _offer(themes: tuple[Option, ...]) -> Ready:
    content = Content(
        intro="Наставничество добровольно: отказаться можно без объяснений и без последствий. Ответы видят вы и "
        "куратор; наставляемый узнает только, в чём вы сильны и когда свободны.",
        sections=(
            Section(
                "Чем вы можете помочь",
                (
                    Matrix(
                        code="strengths",
                        title="В чём вы сильны настолько, что готовы помогать?",
                        hint="Темы, за которые вы не берётесь, можно пропустить.",
                        themes=themes,
                        levels=OFFER_LEVELS,
                        required=True,
                    ),
                    Single(
                        code="experience",
                        title="Был ли у вас опыт наставничества?",
                        options=(
                            Option("no", "Нет"),
                            Option("informal", "Да, без приказа"),
                            Option("by_order", "Да, по приказу"),
                        ),
                        required=True,
                    ),
                    Text(
                        code="experience_what",
                        title="Кому и в чём вы помогали?",
                        longest=1000,
                        show_if=Condition("experience", ("informal", "by_order")),
                    ),
                ),
            ),
            Section(
                "Ваша работа",
                (
                    _stages(),
                    Text(
                        code="teaching",
                        title="Сколько полных лет вы преподаёте?",
                        hint="Число. Если школа уже знает другое, решит куратор.",
                        longest=20,
                        fills=PersonField.TEACHING_SINCE,
                    ),
                    Single(
                        code="category",
                        title="Какая у вас квалификационная категория?",
                        options=(
                            Option("none", "Без категории"),
                            Option("first", "Первая"),
                            Option("highest", "Высшая"),
                            Option("methodist", "Педагог-методист"),
                            Option("mentor", "Педагог-наставник"),
                        ),
                        fills=PersonField.CATEGORY,
                    ),
                ),
            ),
            Section(
                "Время и условия",
                (
                    Scale(
                        code=CAPACITY,
                        title="Сколько наставляемых вы готовы вести одновременно?",
                        hint="Ноль — если в этом году никого: ответы всё равно пригодятся.",
                        least=0,
                        greatest=3,
                        least_label="никого",
                        greatest_label="троих",
                        required=True,
                    ),
                    Single(
                        code="hours",
                        title="Сколько часов в месяц у вас есть на это на самом деле?",
                        options=(
                            Option("upto2", "До 2"),
                            Option("upto4", "От 2 до 4"),
                            Option("upto8", "От 4 до 8"),
                            Option("more8", "Больше 8"),
                        ),
                        required=True,
                    ),
                    Slots(
                        code="free",
                        title="Когда вы свободны?",
                        hint="Отметьте хотя бы два окна в неделю.",
                        fills=PersonField.FREE_SLOTS,
                    ),
                    Multiple(
                        code="remote",
                        title="На что ещё вы согласны?",
                        options=(
                            Option("online", "Работать дистанционно"),
                            Option("other_school", "Помогать педагогу другой школы"),
                        ),
                    ),
                    Multiple(
                        code="conditions",
                        title="Какие условия вам нужны?",
                        options=(
                            Option("pay", "Доплата"),
                            Option("hours", "Меньше часов или замен"),
                            Option("day", "Методический день"),
                            Option("training", "Обучение наставников"),
                            Option("nothing", "Особых условий не нужно"),
                        ),
                    ),
                    Text(code="doubts", title="Что вас может остановить?", longest=1000),
                ),
            ),
        ),
    )
    return Ready(OFFER, Kind.OFFER, "Чем вы готовы помочь коллегам", content)


def _pulse() -> Ready:
    content = Content(
        intro="Четыре вопроса о прошедшем месяце, на минуту. Ответы видит куратор.",
        sections=(
            Section(
                "Прошедший месяц",
                (
                    Single(
                        code="met",
                        title="Встреча состоялась?",
                        options=(
                            Option("yes", "Да"),
                            Option("planned", "Назначена, но ещё не прошла"),
                            Option("no", "Нет"),
                        ),
                        required=True,
                    ),
                    Scale(
                        code="useful",
                        title="Насколько она была полезна?",
                        least_label="время ушло зря",
                        greatest_label="очень помогла",
                        required=True,
                        show_if=Condition("met", ("yes",)),
                    ),
                    Text(code="decided", title="Что вы решили?", longest=1000, show_if=Condition("met", ("yes",))),
                    Single(
                        code="support",
                        title="Нужна ли помощь куратора или психолога?",
                        options=(
                            Option("no", "Нет"),
                            Option("curator", "Да, куратора"),
                            Option("psychologist", "Да, психолога"),
                        ),
                        required=True,
                    ),
                ),
            ),
        ),
    )
    return Ready("pulse", Kind.PULSE, "Как прошёл месяц", content)


def _finish(code: str, title: str, themes: tuple[Option, ...], question: str) -> Ready:
    content = Content(
        intro="Год заканчивается. Сравним его с началом и решим, что оставить, а от чего отказаться.",
        sections=(
            Section(
                "Что изменилось",
                (
                    Matrix(
                        code=LEVELS,
                        title=question,
                        hint="Та же шкала, что и в начале года.",
                        themes=themes,
                        levels=NEED_LEVELS,
                        required=True,
                    ),
                    Text(code="helped", title="Что помогло больше всего?", longest=1000),
                    Text(code="formality", title="Что было формальностью?", longest=1000),
                    Single(
                        code="again",
                        title="Продолжили бы вы в этой паре?",
                        options=(
                            Option("yes", "Да"),
                            Option("other_form", "Да, но иначе"),
                            Option("no", "Нет"),
                        ),
                        required=True,
                    ),
                ),
            ),
        ),
    )
    return Ready(code, Kind.FINISH, title, content)
