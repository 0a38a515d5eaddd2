"""`matching`'s HospitalResident on a problem file; run by an interpreter that has only it. Prints JSON.

Both sides rank each other by score. Its recursion is deeper than Python's limit on larger problems.
"""

import json
import sys
import time
from pathlib import Path

from matching.games import HospitalResident

problem = json.loads(Path(sys.argv[1]).read_text())
scores = problem["scores"]
started = time.process_time()
sys.setrecursionlimit(1_000_000)
allowed = [
    (row, column, score) for row, line in enumerate(scores) for column, score in enumerate(line) if score is not None
]
mentees: dict[int, list[int]] = {}
mentors: dict[int, list[int]] = {}
for row, column, _score in sorted(allowed, key=lambda pair: -pair[2]):
    mentees.setdefault(row, []).append(column)
    mentors.setdefault(column, []).append(row)
game = HospitalResident.create_from_dictionaries(
    mentees, mentors, {column: problem["capacities"][column] for column in mentors}
)
matched = game.solve(optimal="resident")
seconds = time.process_time() - started
pairs = [[mentee.name, mentor.name] for mentor, those in matched.items() for mentee in those]
print(json.dumps({"seconds": seconds, "pairs": pairs}))
