"""The personalised programme of a pair, from what is known of it; what nobody has said is left for the pen."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from moodle_mentorship.core.i18n import N_, translate
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.fields import Field, FieldType, Offer
from moodle_mentorship.documents.kinds import Composed, DocumentKind, Params
from moodle_mentorship.documents.rendering import in_words
from moodle_mentorship.documents.wording import BLANK_NAME, initials_first, letterhead, officials, with_post
from moodle_mentorship.grammar.numbers import NBSP
from moodle_mentorship.pairs.enums import FIXED_STATES, PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office import queries
from moodle_mentorship.pairs.office.samples import sample_programme
from moodle_mentorship.pairs.words import FORMS
from moodle_mentorship.pairs.words import KINDS as KINDS_OF_WORK
from moodle_mentorship.surveys.queries import theme_titles
from moodle_mentorship.surveys.ready import HELP_NEEDED, LEVELS, NEED
from moodle_mentorship.surveys.service import shared

_STATES = (PairState.AGREED, *FIXED_STATES)

# Directions of a programme's plan, after the model programme.
DIRECTIONS = (
    "Нормативные документы и отчётность",
    "Методика преподавания и урок",
    "Воспитательная работа",
    "Цифровая образовательная среда",
    "Работа с родителями",
    "Психолого-педагогическая поддержка",
    "Саморазвитие",
)
#: Empty rows of each direction, and of the expected results.
ROWS = 3


def programme(session: Session, school_id: int, params: Params, _today: date) -> Composed:
    """Of one pair: title sheet, explanatory note, plan, expected results, interim marks, report."""
    pair = queries.chosen(session, school_id, params, _STATES)
    head, curator = letterhead(session, school_id), officials(session, school_id).curator
    blank = [{"number": str(number)} for number in range(1, ROWS + 1)]
    values = {
        **head,
        "heading": "Персонализированная программа наставничества",
        "mentor": with_post(pair.mentor),
        "mentee": with_post(pair.mentee),
        "period": f"с{NBSP}{in_words(pair.starts_on)} по{NBSP}{in_words(pair.ends_on)}",
        "form": translate("ru", FORMS[pair.form]),
        "kinds": ", ".join(translate("ru", KINDS_OF_WORK[kind]) for kind in pair.kinds),
        "difficulties": _difficulties(session, pair),
        "aim": params["aim"] or "",
        "tasks": [line.strip() for line in params["tasks"].splitlines() if line.strip()],
        "directions": [{"title": title, "rows": blank} for title in DIRECTIONS],
        "results": blank,
        "marks": ["1-е полугодие", "2-е полугодие", "Итог"],
        "signers": {
            "mentor": initials_first(pair.mentor),
            "mentee": initials_first(pair.mentee),
            "curator": initials_first(curator) if curator else BLANK_NAME,
        },
    }
    heading = f"Персонализированная программа: {pair.mentor.short_name} – {pair.mentee.short_name}"
    return Composed(heading, values)


def _difficulties(session: Session, pair: Pair) -> list[str]:
    """Themes in which the mentee needs help by their own words, the hardest first; none where nothing may be read."""
    told = shared(session, pair.school_id, pair.mentee_person_id, NEED)
    levels = told.values.get(LEVELS) if told else None
    if not isinstance(levels, dict):
        return []
    titles = theme_titles(session, pair.school_id)
    hard = sorted((-level, theme) for theme, level in levels.items() if level >= HELP_NEEDED)
    return [titles.get(theme, theme) for _level, theme in hard]


def _pairs(session: Session, school_id: int) -> Sequence[Offer]:
    return queries.offers(queries.in_states(session, school_id, *_STATES))


KIND = DocumentKind(
    code="programme",
    title=N_("Personalised programme"),
    about=N_("For one pair: note, plan by direction, results, marks. Empty cells are for the pen."),
    layout="programme",
    register=RegisterCode.PAPERS,
    compose=programme,
    sample=sample_programme,
    stage=5,
    fields=(
        Field(
            "pair",
            N_("Pair"),
            FieldType.CHOICE,
            required=True,
            offered=_pairs,
            none=N_("There is no pair on which both have agreed."),
        ),
        Field("aim", N_("Aim"), longest=1000),
        Field("tasks", N_("Tasks"), FieldType.PROSE, hint=N_("A line for each.")),
    ),
)
