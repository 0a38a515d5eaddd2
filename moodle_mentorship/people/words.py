"""How what is known about a person is put into words. Called inside a request, in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from flask_babel import gettext as _
from flask_babel import ngettext

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.people.enums import Category, PersonField, Sex, Source, StaffSort, StaffStatus, StaffView
from moodle_mentorship.people.lists import months_between
from moodle_mentorship.people.models import Person, PersonChange
from moodle_mentorship.people.service.directory import Value, from_text
from moodle_mentorship.school.words import week_line
from moodle_mentorship.web.formats import EMPTY, long_date

FIELDS = {
    PersonField.LAST_NAME: N_("Last name"),
    PersonField.FIRST_NAME: N_("First name"),
    PersonField.MIDDLE_NAME: N_("Patronymic"),
    PersonField.SEX: N_("Sex"),
    PersonField.POSITION: N_("Position"),
    PersonField.SUBJECTS: N_("Subjects"),
    PersonField.HIRE_DATE: N_("Hired on"),
    PersonField.EMAIL: N_("E-mail"),
    PersonField.TEACHING_SINCE: N_("Teaching since"),
    PersonField.CATEGORY: N_("Category"),
    PersonField.BUILDING: N_("Building"),
    PersonField.LINE_MANAGER: N_("Line manager"),
    PersonField.POST_SINCE: N_("In this post or subject since"),
    PersonField.BREAK_FROM: N_("Long leave from"),
    PersonField.BREAK_UNTIL: N_("Long leave until"),
    PersonField.FREE_SLOTS: N_("Free in the week"),
}
CATEGORIES = {
    Category.NONE: N_("no category"),
    Category.FIRST: N_("the first category"),
    Category.HIGHEST: N_("the highest category"),
    Category.METHODIST: N_("teacher-methodologist"),
    Category.MENTOR: N_("teacher-mentor"),
}
SEXES = {Sex.FEMALE: N_("female"), Sex.MALE: N_("male")}
VIEWS = {
    StaffView.PRESENT: N_("Everybody who works here"),
    StaffView.ACTIVE: N_("In Moodle's staff list"),
    StaffView.LEAVING: N_("No longer in Moodle's staff list"),
    StaffView.DIFFERING: N_("Sources say different things"),
    StaffView.SUSPENDED: N_("Moodle account closed"),
    StaffView.LEFT: N_("Left the school"),
}
SORTS = {
    StaffSort.NAME: N_("By name"),
    StaffSort.NEWEST: N_("Newest first"),
    StaffSort.LONGEST: N_("Longest at the school first"),
}
APPOINT_HEADINGS = {
    Role.CURATOR: N_("Appoint a curator"),
    Role.DIRECTOR: N_("Appoint the director"),
    Role.PSYCHOLOGIST: N_("Appoint a psychologist"),
    Role.CLERK: N_("Appoint a clerk"),
}


def experience(hired: date | None, today: date) -> str:
    """How long a person has been at the school: «5 years», «7 months»."""
    if hired is None:
        return EMPTY
    months = months_between(hired, today)
    if months == 0:
        return str(_("less than a month"))
    if months < 12:
        return str(ngettext("%(num)d month", "%(num)d months", months))
    return str(ngettext("%(num)d year", "%(num)d years", months // 12))


def own_marks(person: Person) -> list[str]:
    """Msgids of what the directory itself has to say."""
    marks = []
    if person.status is StaffStatus.LEAVING:
        marks.append(N_("no longer in Moodle's list"))
    if person.status is StaffStatus.LEFT:
        marks.append(N_("left"))
    if person.suspended and person.status is not StaffStatus.LEFT:
        marks.append(N_("Moodle account closed"))
    return marks


def value(person: Person, field: PersonField, names: Mapping[int, str] = MappingProxyType({})) -> str:
    """What is stored, as people write it; `names`: line managers by id."""
    return value_text(getattr(person, field.value), field, names)


def change(row: PersonChange, names: Mapping[int, str]) -> str:
    """«первая категория → высшая категория»; `names`: line managers by id."""
    return f"{changed_value(row.field, row.before, names)} → {changed_value(row.field, row.after, names)}"


def changed_value(field: PersonField, text: str | None, names: Mapping[int, str]) -> str:
    """A value as `PersonChange` keeps it, as people write it; `names`: line managers by id."""
    if text is not None and field is PersonField.LINE_MANAGER:
        return value_text(int(text), field, names)
    return moodle_value(field, text)


SAID_BY = {
    Source.MOODLE: N_("from Moodle"),
    Source.PROFILE_FIELD: N_("from Moodle"),
    Source.BY_HAND: N_("by hand"),
    Source.FILE: N_("from a file"),
    Source.QUESTIONNAIRE: N_("from a questionnaire"),
}


def value_text(value: Value, field: PersonField | None = None, names: Mapping[int, str] = MappingProxyType({})) -> str:
    """A value of any field, as people write it; `names`: line managers by id."""
    if field is PersonField.LINE_MANAGER and isinstance(value, int):
        return names.get(value, EMPTY)
    if field is PersonField.FREE_SLOTS and isinstance(value, str):
        return week_line(value)
    if isinstance(value, Sex):
        return str(_(SEXES[value]))
    if isinstance(value, Category):
        return str(_(CATEGORIES[value]))
    return long_date(value) if isinstance(value, date) else str(value or EMPTY)


def moodle_value(field: PersonField, text: str | None) -> str:
    """A value as `PersonDifference` keeps it, as people write it."""
    if text is None:
        return str(_("empty"))
    return value_text(from_text(field, text), field)


def source(person: Person, field: PersonField, timezone: str) -> str:
    """Where a value comes from."""
    told = person.sources.get(field.value)
    if told is None:
        return ""
    if told["source"] == Source.BY_HAND:
        if "at" not in told:
            return str(_("entered by hand"))
        day = local_date(datetime.fromisoformat(told["at"]), timezone)
        return str(_("entered by hand on %(day)s", day=long_date(day)))
    if told["source"] == Source.QUESTIONNAIRE:
        day = local_date(datetime.fromisoformat(told["at"]), timezone)
        return str(_("the person's own answer of %(day)s", day=long_date(day)))
    if told["source"] == Source.FILE:
        day = local_date(datetime.fromisoformat(told["at"]), timezone)
        return str(_("from a file, read in on %(day)s", day=long_date(day)))
    if told["source"] == Source.PROFILE_FIELD:
        return str(_("from Moodle, profile field “%(name)s”", name=told.get("name", "")))
    return str(_("from Moodle"))


def roles_that_end(number: int) -> list[str]:
    """What the directory itself ends with a departure."""
    return [ngettext("%(num)d role ends", "%(num)d roles end", number)] if number else []
