"""The reader's words of the road map, and those of its documents."""

from datetime import date

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.enums import ActKind, Standing, Timing
from moodle_mentorship.web.formats import day, long_date
from moodle_mentorship.web.nav import ROLE_NAMES

TIMINGS = {
    Timing.PERIOD: N_("until its last day"),
    Timing.MONTHLY: N_("each month"),
    Timing.YEAR: N_("all year"),
}
#: Look of the state, icon, msgid.
STANDINGS = {
    Standing.DONE: ("ok", "check2", N_("done")),
    Standing.LATE: ("warn", "exclamation-triangle", N_("late")),
    Standing.NEXT: ("now", "play-fill", N_("next")),
    Standing.AHEAD: ("", "circle", N_("ahead")),
}
ACT_KINDS = {
    ActKind.REGULATION: N_("Regulation"),
    ActKind.ORDER: N_("Order of the school"),
    ActKind.INSTRUCTION: N_("Instruction or rules"),
    ActKind.OTHER: N_("Another local act"),
}
#: Who may be responsible as a role.
RESPONSIBLE = {
    Role.CURATOR: ROLE_NAMES[Role.CURATOR],
    Role.DIRECTOR: ROLE_NAMES[Role.DIRECTOR],
    Role.PSYCHOLOGIST: ROLE_NAMES[Role.PSYCHOLOGIST],
    Role.CLERK: ROLE_NAMES[Role.CLERK],
    Role.MENTOR: N_("Mentors"),
}
#: The same in documents, which are Russian whatever the reader's language.
RESPONSIBLE_RU = {
    Role.CURATOR: "куратор наставничества",
    Role.DIRECTOR: "директор",
    Role.PSYCHOLOGIST: "педагог-психолог",
    Role.CLERK: "делопроизводитель",
    Role.MENTOR: "наставники",
}
#: Msgids of what a line says, in the order of the table.
FIELDS = {
    "stage": N_("Stage"),
    "content": N_("What is done"),
    "timing": N_("When"),
    "starts_on": N_("From"),
    "ends_on": N_("Until"),
    "responsible": N_("Responsible"),
    "responsible_words": N_("Other words"),
    "product": N_("What comes of it"),
    "evidence": N_("Evidence"),
}


def period(timing: Timing, starts_on: date, ends_on: date) -> str:
    """«до 15 сентября», «ежемесячно, октябрь – май», «весь год»."""
    if timing is Timing.YEAR:
        return str(_("all year"))
    if timing is Timing.MONTHLY:
        return str(_("each month, %(first)s – %(last)s", first=month(starts_on), last=month(ends_on)))
    return str(_("by %(day)s", day=day(ends_on)))


def month(value: date) -> str:
    """«сентябрь»"""
    return str(format_date(value, "LLLL", locale=get_locale()))


def period_ru(timing: Timing, starts_on: date, ends_on: date) -> str:
    """As the document's table says it."""
    if timing is Timing.YEAR:
        return "в течение учебного года"
    if timing is Timing.MONTHLY:
        first, last = (format_date(value, "LLLL", locale="ru") for value in (starts_on, ends_on))
        return f"ежемесячно, {first} – {last}"
    return f"{starts_on:%d.%m.%Y} – {ends_on:%d.%m.%Y}"


def due(value: date, today: date) -> str:
    """The day until which something is due, with its year where that is not this one."""
    return day(value) if value.year == today.year else long_date(value)
