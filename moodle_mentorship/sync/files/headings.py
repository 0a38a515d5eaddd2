"""What the columns of a staff list mean, by their headings; a person may say otherwise."""

import re
from collections.abc import Mapping, Sequence

from moodle_mentorship.sync.enums import Column

_WORDS: Mapping[Column, str] = {
    Column.FULL_NAME: (
        "фио|ф и о|фамилия имя отчество|фамилия имя и отчество|фио сотрудника|фио работника|фио педагога|фио учителя|"
        "сотрудник|работник|педагогический работник|физическое лицо|физлицо|"
        "full name|name|employee"
    ),
    Column.LAST_NAME: "фамилия|last name|lastname|surname|family name",
    Column.FIRST_NAME: "имя|first name|firstname|given name",
    Column.MIDDLE_NAME: "отчество|отчество при наличии|middle name|middlename|patronymic",
    Column.SEX: "пол|sex|gender",
    Column.POSITION: (
        "должность|должность по штатному расписанию|занимаемая должность|штатная должность|должность сотрудника|"
        "наименование должности|position|job title"
    ),
    Column.SUBJECTS: (
        "предмет|предметы|учебный предмет|учебные предметы|преподаваемый предмет|преподаваемые предметы|дисциплина|"
        "дисциплины|преподаваемые дисциплины|преподаваемая дисциплина|subject|subjects"
    ),
    Column.HIRE_DATE: (
        "дата приема|дата приема на работу|дата приема в организацию|дата приема на работу в организацию|прием|"
        "прием на работу|принят|принят на работу|дата поступления на работу|дата начала работы|работает с|"
        "дата трудоустройства|hired|hired on|hire date|date of hire"
    ),
    Column.TEACHING_SINCE: (
        "стаж|педагогический стаж|стаж педагогической работы|стаж педагогический|пед стаж|педстаж|"
        "стаж по специальности|дата начала педагогического стажа|дата начала педагогической деятельности|"
        "преподает с|teaching since|experience"
    ),
    Column.CATEGORY: "категория|квалификационная категория|кв категория|квалификация по аттестации|category",
    Column.BUILDING: "корпус|здание|площадка|место работы|building",
    Column.LINE_MANAGER: (
        "руководитель|непосредственный руководитель|фио руководителя|фио непосредственного руководителя|"
        "почта руководителя|email руководителя|e mail руководителя|непосредственный начальник|начальник|"
        "line manager|manager|manager email|manager e mail"
    ),
    Column.POST_SINCE: (
        "в должности с|дата назначения|дата назначения на должность|дата перевода|дата вступления в должность|"
        "in post since"
    ),
    Column.BREAK_FROM: "отпуск с|начало отпуска|начало длительного отпуска|отсутствует с|leave from",
    Column.BREAK_UNTIL: "отпуск по|отпуск до|конец отпуска|окончание отпуска|отсутствует по|leave until",
    Column.FREE_SLOTS: (
        "свободные уроки|свободные часы|свободное время|окна|окна в расписании|когда свободен|free lessons|free"
    ),
    Column.EMAIL: (
        "e mail|email|e mail адрес|почта|электронная почта|эл почта|адрес электронной почты|рабочая почта|"
        "адрес эл почты|e mail address|email address|mail"
    ),
}
_MEANING = {heading: column for column, words in _WORDS.items() for heading in words.split("|")}

_PARTS = frozenset({Column.LAST_NAME, Column.FIRST_NAME})


def column_of(heading: str) -> Column | None:
    """What a column with this heading holds; None for one that we don't know or don't need."""
    return _MEANING.get(" ".join(re.findall(r"\w+", heading.lower().replace("ё", "е"))))


def guess(headings: Sequence[str]) -> dict[int, Column]:
    """Place → meaning. Of two columns with one meaning the first counts; a name in parts wins over a name in one."""
    found: dict[Column, int] = {}
    for place, heading in enumerate(headings):
        column = column_of(heading)
        if column is not None:
            found.setdefault(column, place)
    superfluous = {Column.FULL_NAME} if found.keys() >= _PARTS else {*_PARTS, Column.MIDDLE_NAME}
    if Column.FULL_NAME in found or superfluous == {Column.FULL_NAME}:
        found = {column: place for column, place in found.items() if column not in superfluous}
    return {place: column for column, place in found.items()}


def names_people(columns: Mapping[int, Column]) -> bool:
    """Whether a row can be laid to somebody: by a name in one column, or in two."""
    return Column.FULL_NAME in columns.values() or set(columns.values()) >= _PARTS
