"""Who is next for a mentee after a refusal: the best mentors as of this moment, and what each costs the others.

All who wait are weighed together, as in the board's next draft, so that the best for one is not taken from another who
has no other, and that earlier pairs are kept as the school wants it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.matching.scoring import Rule
from moodle_mentorship.pairs.board import queries, words
from moodle_mentorship.pairs.board.snapshot import Couple, Snapshot
from moodle_mentorship.people.models import Person
from moodle_mentorship.surveys.queries import theme_titles

if TYPE_CHECKING:
    from moodle_mentorship.matching.explain import Explanation

#: So many couples are compared while somebody waits for a page (a third of a second); more is the board's work.
MOST_COUPLES = 12_000
#: Mentors who are named.
MOST = 5


@dataclass(frozen=True)
class Next:
    """A mentor who could be proposed. `price` is empty where nobody else loses by it."""

    mentor: Person
    percent: int
    why: str
    places: int
    price: str
    takes_from_others: bool


def next_best(
    session: Session,
    box: SecretBox,
    school_id: int,
    today: date,
    mentees: Collection[int],
    without: Iterable[Couple] = (),
) -> Mapping[int, Sequence[Next]] | None:
    """The best mentors of each of these mentees, the best first; also of those who have a mentor now. `without` are
    couples (mentee, mentor) that are not to come. None: the school is too large for a page, the board answers."""
    snapshot = queries.snapshot(session, box, school_id, today, also=mentees)
    if len(snapshot.mentees) * len(snapshot.mentors) > MOST_COUPLES:
        return None
    barred = dict.fromkeys(without, Rule.CURATOR)
    snapshot = queries.keeping_as_next(session, box, school_id, snapshot)
    snapshot = replace(
        snapshot, known=replace(snapshot.known, forbidden=barred | dict(snapshot.known.forbidden)), pins=frozenset()
    )
    # Who is asked of here is asked for once; the numeric libraries weigh 60 MB.
    from moodle_mentorship.matching.explain import Explanation
    from moodle_mentorship.matching.solver import solve
    from moodle_mentorship.pairs.board.solving import problem_of

    problem = problem_of(snapshot)
    explanation = Explanation(problem, solve(problem))
    people = queries.people(session, school_id, snapshot.mentors)
    titles = theme_titles(session, school_id)
    return {
        mentee: _of(explanation, snapshot, mentee, people, titles) for mentee in mentees if mentee in snapshot.mentees
    }


def _of(
    explanation: "Explanation", snapshot: Snapshot, mentee: int, people: Mapping[int, Person], titles: dict[str, str]
) -> Sequence[Next]:
    row = explanation.problem.mentees.index(mentee)
    now = explanation.answer.assignment[row]
    alternatives = explanation.alternatives(row)
    found = sorted(
        alternatives.all(),
        # Of equal ones the one that the whole answer has, so that two mentees are not sent to one place.
        key=lambda one: (one.matched_lost, one.regret, one.mentor != now, one.mentor),
    )
    return [
        _next(
            snapshot,
            mentee,
            int(explanation.problem.mentors[one.mentor]),
            one.matched_lost[2],
            alternatives.quality_lost(one),
            people,
            titles,
        )
        for one in found[:MOST]
    ]


def _next(
    snapshot: Snapshot,
    mentee: int,
    mentor: int,
    lost: int,
    regret: int,
    people: Mapping[int, Person],
    titles: dict[str, str],
) -> Next:
    fit = snapshot.fit(mentee, mentor)
    return Next(
        people[mentor],
        words.percent(fit.score),
        words.summary(fit, dict(snapshot.weights), titles),
        snapshot.places[mentor],
        words.price(regret, lost) if lost > 0 or regret > 0 else "",
        lost > 0,
    )
