"""How the board is put into words. Called inside a request, in the reader's language."""

from collections.abc import Iterable, Sequence

from babel.dates import get_day_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.matching.scale import FULL
from moodle_mentorship.matching.scoring import MOST_LEVEL, Factor, Fit, Part, Rule
from moodle_mentorship.pairs.board.enums import Alone, Because, Keep, Step
from moodle_mentorship.pairs.board.grouping import Aim, Reason
from moodle_mentorship.school.words import part_name
from moodle_mentorship.web.formats import moment as moment

FACTORS = {
    Factor.NEEDS: N_("Difficulties and strengths"),
    Factor.SUBJECT: N_("Subject taught"),
    Factor.TIME: N_("Common free time"),
    Factor.EXPERIENCE: N_("Experience and category"),
    Factor.WISHES: N_("Wishes of both"),
    Factor.BUILDING: N_("Building"),
    Factor.LAST_YEAR: N_("Pair of last year"),
}
RULES: dict[str, str] = {
    Rule.ONESELF: N_("this is the same person"),
    Rule.MENTEE_NO_GROUND: N_("the mentee has given no consent to processing"),
    Rule.MENTOR_NO_GROUND: N_("no consent to processing from the mentor"),
    Rule.LEAVES: N_("leaves the school, or can't log in"),
    Rule.LATER_HIRED: N_("is hired later than the pair begins"),
    Rule.AWAY: N_("on a long leave when the pair begins"),
    Rule.NOT_TRAINED: N_("no training of the mentor is known of, and the school asks for it"),
    Rule.LINE_MANAGER: N_("the immediate superior"),
    Rule.REFUSED: N_("one of the two has declined this pair this year"),
    Rule.VETO: N_("one of the two doesn't wish it; only curators see that"),
    Rule.CURATOR: N_("forbidden by the curator"),
    "no_place": N_("no place left"),
}
#: What the school can do about a rule.
LIFTS: dict[Rule, str] = {
    Rule.CURATOR: N_("a curator forbade this pair; it can be allowed again"),
    Rule.NOT_TRAINED: N_("once the mentor's training is marked"),
    Rule.LATER_HIRED: N_("with a pair made by hand that begins on the day of the hire"),
    Rule.AWAY: N_("with a pair made by hand that begins after the leave"),
    Rule.MENTEE_NO_GROUND: N_("once the mentee's consent is there"),
    Rule.MENTOR_NO_GROUND: N_("once the mentor's consent is there"),
    Rule.LINE_MANAGER: N_("with a pair made by hand: one is the other's immediate superior, you decide knowing that"),
}
BECAUSE = {
    Because.JUDGEMENT: N_("my judgement"),
    Because.VETO: N_("asked for by one of the two"),
}
KEEPS = {
    Keep.NONE: N_("no"),
    Keep.SOME: N_("a little"),
    Keep.STRONGLY: N_("strongly"),
}
STEPS = {
    Step.READING: N_("reading questionnaires and banks"),
    Step.SCORING: N_("comparing people"),
    Step.SOLVING: N_("looking for the best pairs and checking the proof"),
    Step.GROUPING: N_("looking for the best groups"),
}
FAILURES = {
    "crashed": N_("The calculation broke off three times. Tell the service's administrator; nothing was changed."),
    "too_large": N_("There are too many people for one calculation."),
}

ALONE = {
    Alone.TAKEN_OUT: N_("taken out by a curator for this calculation"),
    Alone.PINNED: N_("pinned to a mentor: stays for a pair"),
    Alone.NO_GROUND: N_("the mentee has given no consent to processing"),
    Alone.SILENT: N_("no questionnaire yet: what is hard for them isn't known"),
    Alone.OTHER_THEMES: N_("none of the chosen themes is a real difficulty of theirs"),
    Alone.NOBODY_STRONG: N_("no mentor with a free place is strong in their themes"),
    Alone.FULL: N_("every group that they could join is full, or their mentor's place is worth more for another group"),
}
#: Whom an aim of the search for groups counts.
COUNTED = {
    "matched_0": N_("mentees of the first year"),
    "matched_1": N_("mentees of the second and third year"),
    "matched": N_("mentees"),
}

# A part that is there to so much of it is worth a word in the pair's one line; so many of these are said.
_WORTH, _SAID = FULL * 6 // 10, 3


def percent(score: int) -> int:
    """Basis points as per cent."""
    return round(score / 100)


def part(found: Part, themes: dict[str, str]) -> str:
    """Why a factor has its value."""
    if not found.known:
        return str(_("not known: counts half"))
    match found.factor:
        case Factor.NEEDS:
            return _needs(found, themes)
        case Factor.SUBJECT:
            shared = ", ".join(found.found)
            return str(
                _("%(subjects)s, in other classes", subjects=shared) if found.of else shared or _("different subjects")
            )
        case Factor.TIME:
            return _hours(found)
        case Factor.EXPERIENCE:
            return _years(found)
        case Factor.WISHES:
            return str(_("one named the other") if found.of == 1 else _("both named each other"))
        case Factor.BUILDING:
            return ", ".join(found.found) or str(_("different buildings"))
        case Factor.LAST_YEAR:
            return str(_("worked together last year") if found.value else _("have not worked together"))


def summary(fit: Fit, weights: dict[Factor, int], themes: dict[str, str]) -> str:
    """One line: what speaks for the pair most."""
    strong = sorted(
        (one for one in fit.parts if one.known and one.value >= _WORTH and weights[one.factor]),
        key=lambda one: -one.value * weights[one.factor],
    )
    said = [_short(one, themes) for one in strong[:_SAID]]
    if not said:
        known = any(one.known for one in fit.parts if one.factor in (Factor.NEEDS, Factor.TIME, Factor.SUBJECT))
        return str(_("nothing speaks for it strongly") if known else _("little is known: questionnaires are missing"))
    line = "; ".join(said)
    return line[:1].upper() + line[1:]


def _short(found: Part, themes: dict[str, str]) -> str:
    match found.factor:
        case Factor.SUBJECT:
            return str(_("one subject, other classes") if found.of else _("one subject"))
        case Factor.BUILDING:
            return str(_("one building"))
        case _:
            return part(found, themes)


def _needs(found: Part, themes: dict[str, str]) -> str:
    if not found.of:
        return str(_("no serious difficulties"))
    met = len(found.found)
    text = ngettext(
        "%(met)d of %(num)d difficulty is the mentor's strength",
        "%(met)d of %(num)d difficulties are the mentor's strengths",
        found.of,
        met=met,
    )
    named = ", ".join(themes.get(theme, theme).lower() for theme in found.found)
    return f"{text}: {named}" if named else str(text)


def _hours(found: Part) -> str:
    if not found.found:
        return str(_("no common free hour"))
    text = ngettext("%(num)d common hour a week", "%(num)d common hours a week", len(found.found))
    return f"{text}: {hours(found.found)}"


def hours(slots: Iterable[str]) -> str:
    """Parts of the week: «пн после уроков, ср 2-й урок»."""
    short = get_day_names("abbreviated", "stand-alone", get_locale())
    said = []
    for slot in slots:
        day, _sep, hour = slot.partition("-")
        said.append(f"{short[int(day) - 1]} {part_name(hour).lower()}")
    return ", ".join(said)


def _years(found: Part) -> str:
    if not found.found:
        return str(_("by the category"))
    years = int(found.found[0])
    return str(ngettext("the mentor has worked for %(num)d year", "the mentor has worked for %(num)d years", years))


def member(fit: Fit, level: int) -> str:
    """Why somebody is in a group: how hard the theme is for them, and what speaks for it besides."""
    said = [str(_("difficulty %(level)s of %(most)s", level=level, most=MOST_LEVEL))]
    for one in fit.parts:
        if one.factor is Factor.TIME and one.known:
            number = len(one.found)
            common = ngettext("%(num)d common hour a week", "%(num)d common hours a week", number)
            said.append(str(common) if number else str(_("no common free hour")))
        elif one.factor in (Factor.WISHES, Factor.BUILDING) and one.known and one.value:
            said.append(_short(one, {}))
    return "; ".join(said)


def alone(reason: Reason, barred: Sequence[tuple[str, Rule]], least: int) -> str:
    """Why somebody is in no group; `barred` are strong mentors by name, with the rule that stands against each."""
    if reason.why is Alone.BARRED:
        return "; ".join(f"{mentor}\u00a0— {_(RULES[rule])}" for mentor, rule in barred)
    if reason.why is Alone.FEW:
        return str(_("fewer than %(least)s share a difficulty with them under one mentor", least=least))
    return str(_(ALONE[reason.why]))


def verdict(unproved: Aim | None) -> str:
    """How good the groups are proved to be."""
    if unproved is None:
        return str(_("Proved: with these data, themes, rules and weights no other groups are better."))
    if unproved.name == "score":
        points = max(percent(FULL * (unproved.bound - unproved.reached) // max(unproved.reached, 1)), 1)
        return str(
            _(
                "Time ran out: nobody more can be in a group, but the fit may be better by up to %(points)s %%.",
                points=points,
            )
        )
    return str(
        _(
            "Time ran out: %(who)s in groups: %(reached)s, and certainly no more than %(bound)s.",
            who=_(COUNTED[unproved.name]),
            reached=unproved.reached,
            bound=unproved.bound,
        )
    )


def price(regret: int, lost: int) -> str:
    """What an alternative costs. Where people lose their mentor, that comes first."""
    said = []
    if lost > 0:
        said.append(ngettext("%(num)d mentee stays without a mentor", "%(num)d mentees stay without a mentor", lost))
    if lost < 0:
        said.append(ngettext("%(num)d mentee more gets a mentor", "%(num)d mentees more get a mentor", -lost))
    points = percent(abs(regret))
    if regret == 0:
        said.append(str(_("the quality stays the same")))
    elif not points:
        said.append(str(_("the quality hardly changes")))
    else:
        sign = "−" if regret > 0 else "+"
        said.append(str(_("%(points)s %% of quality", points=f"{sign}{points}")))
    return ", ".join(said)


def others(count: int) -> str:
    """How many more people change their mentor."""
    if not count:
        return str(_("nothing changes for the others"))
    return str(ngettext("%(num)d more changes the mentor", "%(num)d more change their mentors", count))
