"""`mentor-match` on a problem file; run by an interpreter that has only it. Prints JSON.

It knows no capacity: a mentor's places are so many mentors of the same scores. One round, as `process_data` runs it.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from matching import process
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.rules import rule

problem = json.loads(Path(sys.argv[1]).read_text())
scores = problem["scores"]


class Score(rule.Rule):  # type: ignore[misc]
    """The score that is given."""

    def apply(self, match_object: Any) -> int:
        score: int | None = scores[int(match_object.mentee.role)][int(match_object.mentor.role)]
        return score or 0


allowed = rule.Disqualify(lambda match: scores[int(match.mentee.role)][int(match.mentor.role)] is None)
started = time.process_time()
mentors = [
    Mentor(grade=1, email=f"mentor{column}-{place}", role=str(column))
    for column, places in enumerate(problem["capacities"])
    for place in range(places)
]
mentees = [Mentee(grade=0, email=f"mentee{row}", role=str(row)) for row in range(len(scores))]
# Rules are taken from the end: the ban before the score.
process.process_data(mentors, mentees, [[Score(), allowed]])
seconds = time.process_time() - started
pairs = [[int(mentee.role), int(mentor.role)] for mentee in mentees for mentor in mentee.mentors]
print(json.dumps({"seconds": seconds, "pairs": pairs}))
