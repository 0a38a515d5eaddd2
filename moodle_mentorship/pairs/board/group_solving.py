"""Between a snapshot and the search for groups. It takes 60 MB of libraries along: imported where it is needed."""

from collections.abc import Callable

import numpy as np

from moodle_mentorship.matching.groups import GroupProblem, form_groups
from moodle_mentorship.matching.scoring import priority
from moodle_mentorship.pairs.board.grouping import Aim, Asked, Formed, Group, joins, places_for_groups
from moodle_mentorship.pairs.board.snapshot import Snapshot

#: Searches of one calculation (a search for each aim), and seconds that one may take: schools of sixty need two of
#: processor time for all four. A worker is silent for so long, and it must not look as if it were gone.
SEARCHES, SECONDS = 4, 20.0


def formed_of(snapshot: Snapshot, asked: Asked, watch: Callable[[int], None]) -> Formed:
    """The best groups; `watch` is told how many searches are done."""
    mentees, mentors = sorted(snapshot.mentees), sorted(snapshot.mentors)
    rows = {id_: number for number, id_ in enumerate(mentees)}
    columns = {id_: number for number, id_ in enumerate(mentors)}
    themes = sorted(asked.themes)
    fits = sorted(
        (rows[join.mentee], columns[join.mentor], themes.index(join.theme), join.fit.score)
        for join in joins(snapshot, asked)
    )
    places = places_for_groups(snapshot)
    problem = GroupProblem(
        mentors=mentors,
        most_groups=np.array([places[id_] for id_ in mentors], dtype=np.int64),
        mentees=mentees,
        priorities=np.array([priority(snapshot.mentees[id_]) for id_ in mentees], dtype=np.int64),
        themes=themes,
        fits=np.array(fits, dtype=np.int64).reshape(-1, 4),
        least=asked.least,
        most=asked.most,
    )
    found = form_groups(problem, SECONDS, watch)
    groups = (
        Group(themes[theme], mentors[mentor], tuple(mentees[row] for row in members))
        for (mentor, theme), members in found.members.items()
    )
    return Formed(tuple(groups), tuple(Aim(aim.name, aim.reached, aim.bound) for aim in found.aims))
