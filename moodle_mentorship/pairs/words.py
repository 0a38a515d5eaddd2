"""How a pair is put into words. Called inside a request, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.pairs.enums import (
    FIXED_STATES,
    Answer,
    EndReason,
    Mark,
    MentoringForm,
    MentoringKind,
    Noticed,
    PairState,
    PauseReason,
)
from moodle_mentorship.pairs.models import MentoringGroup, Pair, Pause
from moodle_mentorship.pairs.queries import ALL, OPEN, Act, SpaceItem
from moodle_mentorship.people.models import Person
from moodle_mentorship.web import current
from moodle_mentorship.web.formats import day, long_date

STATES = {
    PairState.PROPOSED: N_("awaits answers"),
    PairState.AGREED: N_("both agreed, awaits the order"),
    PairState.ORDERED: N_("at work"),
    PairState.SUSPENDED: N_("suspended"),
    PairState.ENDED: N_("ended"),
    PairState.DECLINED: N_("declined"),
    PairState.WITHDRAWN: N_("withdrawn"),
}
# Kind and icon of a state: colour never stands alone.
LOOKS = {
    PairState.PROPOSED: ("warn", "clock"),
    PairState.AGREED: ("now", "hand-thumbs-up"),
    PairState.ORDERED: ("ok", "check2"),
    PairState.SUSPENDED: ("warn", "pause-circle"),
    PairState.ENDED: ("", "flag"),
    PairState.DECLINED: ("", "x-circle"),
    PairState.WITHDRAWN: ("", "arrow-counterclockwise"),
}
FILTERS: dict[str, str] = {
    OPEN: N_("all open pairs"),
    **{state.value: text for state, text in STATES.items()},
    ALL: N_("all, the closed ones too"),
}
REASONS = {
    EndReason.COMPLETED: N_("the programme is completed"),
    EndReason.AGREEMENT: N_("both agreed to stop"),
    EndReason.REPLACED: N_("the mentee gets another mentor"),
    EndReason.MENTOR_REFUSED: N_("the mentor refuses to go on"),
    EndReason.MENTEE_REFUSED: N_("the mentee refuses to go on"),
    EndReason.CANCELLED: N_("the school ends it early"),
    EndReason.MENTOR_LEFT: N_("the mentor leaves the school"),
    EndReason.MENTEE_LEFT: N_("the mentee leaves the school"),
}

# As the model regulation calls them (АЗ-1128/08/657).
FORMS = {
    MentoringForm.TEACHERS: N_("teacher – teacher"),
    MentoringForm.HEAD: N_("head of the school – teacher"),
    MentoringForm.EMPLOYER: N_("employer – student"),
    MentoringForm.LECTURER: N_("lecturer of a university or college – young teacher"),
}
KINDS = {
    MentoringKind.TRADITIONAL: N_("traditional, one to one"),
    MentoringKind.REMOTE: N_("virtual (remote)"),
    MentoringKind.GROUP: N_("in a group"),
    MentoringKind.SHORT: N_("short-term, for a set goal"),
    MentoringKind.REVERSE: N_("reverse"),
    MentoringKind.SITUATIONAL: N_("situational"),
    MentoringKind.SPEED: N_("speed mentoring"),
}


def kinds(of: Iterable[MentoringKind]) -> str:
    """«традиционное («один на один»), реверсивное»"""
    return ", ".join(_(KINDS[kind]) for kind in of)


def theme(pair: Pair, titles: Mapping[str, str]) -> str:
    """The theme of the pair's group; empty without a group."""
    return theme_of(pair.group, titles) if pair.group is not None else ""


def theme_of(group: MentoringGroup, titles: Mapping[str, str]) -> str:
    """The theme as the school calls it."""
    return titles.get(group.theme, group.theme)


MARKS = {
    Mark.PLACED: N_("put in by the service"),
    Mark.TAKEN_OUT: N_("taken out by hand in Moodle"),
    Mark.GUEST: N_("put in by hand in Moodle"),
}

PAUSES = {
    PauseReason.LEAVE: N_("long leave"),
    PauseReason.ABSENCE: N_("long absence from work"),
    PauseReason.SCHOOL: N_("the school's work"),
}


def state(pair: Pair) -> str:
    """The state as people call it: an ordered pair is at work from its first day on."""
    if pair.state is PairState.ORDERED and pair.starts_on > current.today():
        return str(_("ordered, begins on %(day)s", day=long_date(pair.starts_on)))
    return str(_(STATES[pair.state]))


def pause(row: Pause) -> str:
    """«Перерыв с 1 февраля 2027 г. до 1 марта 2027 г.»"""
    if row.resumed_on is not None:
        return str(_("Pause from %(day)s to %(end)s", day=long_date(row.from_on), end=long_date(row.resumed_on)))
    if row.until_on is not None:
        return str(_("Pause since %(day)s, to %(end)s", day=long_date(row.from_on), end=long_date(row.until_on)))
    return str(_("Pause since %(day)s", day=long_date(row.from_on)))


def period(pair: Pair) -> str:
    """«1 декабря 2026 г. – 31 мая 2027 г.»"""
    return f"{long_date(pair.starts_on)} – {long_date(pair.ends_on)}"


def order(pair: Pair) -> str:
    """«№ 143-ОД от 28 сентября 2026 г.»; empty before the order."""
    if pair.order_number is None:
        return ""
    return str(_("No. %(number)s of %(day)s", number=pair.order_number, day=long_date(pair.order_date)))


def awaited(pair: Pair) -> str:
    """Whose answer a proposal waits for."""
    if pair.mentor_answer is None and pair.mentee_answer is None:
        return str(_("Waiting for the answers of both"))
    if pair.mentor_answer is None:
        return str(_("Waiting for the answer of %(name)s", name=pair.mentor.short_name))
    return str(_("Waiting for the answer of %(name)s", name=pair.mentee.short_name))


def space(pair: Pair, found: SpaceItem | None) -> tuple[str, str, str]:
    """Kind, icon and words of the pair's group in Moodle's course."""
    if found is None or pair.order_number is None:
        return "", "circle", str(_("appears after the order"))
    closing = pair.state is PairState.ENDED
    if found.state is OutboxState.DELIVERED:
        if closing:
            return "", "check2", str(_("both are out of the group, what was written stays"))
        return "ok", "check2", str(_("the group in the course is made"))
    if found.state is OutboxState.STUCK:
        return "bad", "exclamation-circle", str(_("Moodle did not accept it; the Moodle administrator sees why"))
    if found.attempts > 1 or (found.attempts == 1 and found.state is OutboxState.WAITING):
        return "warn", "clock", str(_("waiting for Moodle, attempt %(number)s", number=found.attempts))
    return "now", "arrow-repeat", str(_("leaving the group now") if closing else _("the group is being made"))


def noticed(pair: Pair, marked: Mapping[Mark, Sequence[Person]]) -> list[str]:
    """What people have changed by hand in the pair's group in Moodle, a sentence for each."""

    def names(mark: Mark) -> str:
        return ", ".join(person.short_name for person in marked[mark])

    guests, others = names(Mark.GUEST), pair.space.strangers
    if others:
        unknown = ngettext("%(num)d person not on the staff list", "%(num)d people not on the staff list", others)
        guests = f"{guests}, {unknown}" if guests else unknown
    sentences = {
        Noticed.GONE: _("There is no group in the course any more: it was deleted"),
        Noticed.RENAMED: _("The group is called “%(name)s” now", name=pair.space.found_name),
        Noticed.TAKEN_OUT: _("Taken out of the group: %(names)s", names=names(Mark.TAKEN_OUT)),
        Noticed.GUESTS: _("Put into the group: %(names)s", names=guests),
        Noticed.UNGROUPED: _("The group was taken out of the grouping of the school year"),
        Noticed.SILENCED: _("The conversation of the group was switched off"),
    }
    return [sentences[Noticed(code)] for code in pair.space.noticed]


@dataclass(frozen=True)
class Stage:
    """One step of the state line: done, current or ahead, with what stands under it."""

    title: str
    detail: str
    done: bool = False
    current: bool = False
    # A refusal or a withdrawal: done, but not as hoped.
    stopped: bool = False


def stages(pair: Pair, acts: list[Act], found: SpaceItem | None) -> list[Stage]:
    """proposed → mentor's answer → mentee's answer → order → group in Moodle → ended, each with date and person."""
    by = {act.action: act.by.short_name for act in acts if act.by is not None}
    line = [
        Stage(_("Proposed"), _join(day(pair.proposed_at), by.get("pair.propose")), done=True),
        _answer_stage(pair, _("The mentor's answer"), pair.mentor, pair.mentor_answer, pair.mentor_answered_at),
        _answer_stage(pair, _("The mentee's answer"), pair.mentee, pair.mentee_answer, pair.mentee_answered_at),
    ]
    if line[1].current and line[2].current:
        # Either side may be first, but a line has one present place.
        line[2] = replace(line[2], current=False)
    if pair.state in (PairState.DECLINED, PairState.WITHDRAWN):
        title = _("Declined") if pair.state is PairState.DECLINED else _("Withdrawn")
        who = None if pair.state is PairState.DECLINED else by.get("pair.withdraw")
        reason = _(REASONS[pair.end_reason]) if pair.end_reason is not None else None
        return [*line, Stage(title, _join(day(pair.closed_at), who, reason), done=True, stopped=True)]
    ordered = pair.order_number is not None
    line.append(
        Stage(
            _("Order of the school"),
            _join(order(pair), by.get("pair.order")) if ordered else _order_ahead(pair),
            done=ordered,
            current=pair.state is PairState.AGREED,
        )
    )
    opened = pair.moodle_group_id is not None
    words = _("it was made") if opened and pair.state is PairState.ENDED else space(pair, found)[2]
    line.append(Stage(_("Group in Moodle"), words, done=opened, current=pair.state in FIXED_STATES and not opened))
    if pair.state is PairState.ENDED and pair.end_reason is not None:
        ended = _join(day(pair.closed_at), by.get("pair.end"), _(REASONS[pair.end_reason]))
        line.append(Stage(_("Ended"), ended, done=True))
    else:
        works = pair.state in FIXED_STATES and opened
        line.append(Stage(_("End"), _("planned for %(day)s", day=long_date(pair.ends_on)), current=works))
    return line


def _answer_stage(pair: Pair, title: str, side: Person, said: Answer | None, at: datetime | None) -> Stage:
    if said is None:
        waits = pair.state is PairState.PROPOSED
        return Stage(title, _join(side.short_name, _("not yet") if waits else _("not given")), current=waits)
    word = _("agrees") if said is Answer.YES else _("declines")
    return Stage(title, _join(side.short_name, word, day(at)), done=True, stopped=said is Answer.NO)


def _order_ahead(pair: Pair) -> str:
    return str(_("date and number are to be entered") if pair.state is PairState.AGREED else _("after both agree"))


def _join(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
