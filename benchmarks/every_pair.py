"""A region of made-up people, answered and proved over every pair: ``python -m benchmarks.every_pair MENTEES MENTORS``.

In a process of its own, because the most memory it ever held is part of what is measured. Prints JSON.
"""

import json
import sys
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks.processes import peak_rss
from moodle_mentorship.matching import region
from moodle_mentorship.matching.problem import FULL, PRIORITIES
from moodle_mentorship.matching.region import NOT_ALLOWED, Region

THEMES, SUBJECTS, DISTRICTS = 12, 14, 60


def made_up(mentees: int, mentors: int) -> Region:
    """Scores of needs and strengths, subjects and districts; two fifths of the districts work with each other."""
    chance = np.random.default_rng(1)
    needs = (chance.integers(0, 4, (mentees, THEMES)) * (chance.random((mentees, THEMES)) < 0.5)).astype(np.float32)
    strengths = (chance.integers(0, 4, (mentors, THEMES)) * (chance.random((mentors, THEMES)) < 0.6)).astype(np.float32)
    needs *= np.float32(0.6) / np.maximum(needs.sum(1, keepdims=True) * 3, 1)
    subject, subjects = chance.integers(0, SUBJECTS, (mentees, 1)), chance.integers(0, SUBJECTS, mentors)
    district, districts = chance.integers(0, DISTRICTS, mentees), chance.integers(0, DISTRICTS, mentors)
    together = (chance.random((DISTRICTS, DISTRICTS)) < 0.4) | np.eye(DISTRICTS, dtype=np.bool_)

    def scores(rows: slice) -> NDArray[np.int32]:
        fit = needs[rows] @ strengths.T
        fit += np.float32(0.3) * (subject[rows] == subjects)
        fit += np.float32(0.1) * (district[rows, np.newaxis] == districts)
        fit *= FULL
        return np.where(together[district[rows]][:, districts], np.rint(fit).astype(np.int32), np.int32(NOT_ALLOWED))

    return Region(
        mentors=tuple(f"m{number:05}" for number in range(mentors)),
        capacities=chance.integers(2, 6, mentors),
        mentees=tuple(f"a{number:05}" for number in range(mentees)),
        priorities=chance.integers(0, PRIORITIES, mentees),
        scores=scores,
    )


def main(mentees: int, mentors: int) -> None:
    people = made_up(mentees, mentors)
    started, processor = time.perf_counter(), time.process_time()
    found = region.solve(people)
    solved = time.perf_counter()
    wrong = region.faults(people, found.answer)
    if wrong:
        raise RuntimeError(wrong[0])
    told = {
        "seconds": time.perf_counter() - started,
        "check": time.perf_counter() - solved,
        "processor": time.process_time() - processor,
        "peak": peak_rss(),
        "rounds": found.rounds,
        "candidates": found.candidates,
        "matched": found.totals.matched,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
