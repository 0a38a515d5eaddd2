"""The solver beside others on the same seeded schools: time, what is lost to the optimum, the price of questions.

Times are processor time, and the least of several runs in turn: all are single-threaded, and what else the machine does
lengthens either one by chance.
Two of the rivals install the same top-level package, so each has an environment of its own, made once by pip.
"""

import json
import statistics
import subprocess
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.optimize import linear_sum_assignment

from benchmarks.processes import ROOT, run
from benchmarks.report import Add, Row, say
from moodle_mentorship.matching.certificate import faults
from moodle_mentorship.matching.explain import Explanation
from moodle_mentorship.matching.groups import GroupProblem, form_groups
from moodle_mentorship.matching.problem import FULL, PRIORITIES, Ints, Options, Problem
from moodle_mentorship.matching.solver import NOBODY, Answer, free_of, network, solve

PART = "Matching"
MENTEES, MENTORS = 2_000, 600
SMALLER = 4
# A region has ten times the mentees, and a hundred times the pairs.
REGION = 10
REGION_SECONDS, REGION_MB = 60, 300
RUNS, SEEDS, ASKED = 7, 5, 40
# A rival that needs longer is told of, and not waited for.
PATIENCE = 900
GROUP_PATIENCE = 120.0
FASTER_THAN_MENTOR_MATCH, FASTER_THAN_HOSPITAL_RESIDENT, SLOWER_THAN_BARE = 500, 100, 1.3
ALTERNATIVES_MS = 2.0
FOLDER = Path(__file__).parent / "rival_matching"
RIVALS = ROOT / "build" / "rivals"


def measure_matching(add: Add, folder: Path, mentees: int) -> None:
    """A large school of so many mentees, and one of a quarter of it for the rival that is cubic in Python."""
    large, small = _school(mentees, 1), _school(mentees // SMALLER, 1)
    answer, where = solve(large), _size(large)
    ours, bare = _in_turn(partial(solve, large), _bare(large))
    proof, _ = _timed(partial(_prove, large, answer))
    times = f"{ours * 1000:.0f} and {bare * 1000:.0f} ms"
    add(
        Row(
            PART, "answer with its prices against a bare SimpleMinCostFlow", where, times, ours / bare, SLOWER_THAN_BARE
        )
    )
    add(Row(PART, "the check of the certificate, apart", where, f"{proof * 1000:.0f} ms"))
    for what, rival in (("scipy linear_sum_assignment", _scipy), ("greedy", _greedy)):
        seconds, found = _timed(partial(rival, large))
        add(_beside(what, where, ours, seconds, large, answer, found))
    _ask_alternatives(add, where, large, answer)
    _rival(add, folder, "HospitalResident", "hospital_resident", large, FASTER_THAN_HOSPITAL_RESIDENT)
    _rival(add, folder, "HospitalResident", "hospital_resident", small, None)
    _rival(add, folder, "mentor-match", "mentor_match", small, FASTER_THAN_MENTOR_MATCH)
    _gain(add, mentees)
    _groups(add, mentees // SMALLER)
    _region(add, mentees * REGION)


def _school(mentees: int, seed: int) -> Problem:
    """Themes of needs and of strengths, subjects, buildings: scores hang together as people's do.

    Three mentors to ten mentees, with two to five places; two fifths of the pairs are allowed. Nobody comes before
    others: the rivals know no priorities.
    """
    chance = np.random.default_rng(seed)
    mentors = mentees * 3 // 10
    capacities = chance.integers(2, 6, mentors)
    themes = 12
    needs = chance.integers(0, 4, (mentees, themes)) * (chance.random((mentees, themes)) < 0.5)
    strengths = chance.integers(0, 4, (mentors, themes)) * (chance.random((mentors, themes)) < 0.6)
    fit = (needs @ strengths.T) / np.maximum(needs.sum(1, keepdims=True) * 3, 1)
    same = chance.integers(0, 14, mentees)[:, None] == chance.integers(0, 14, mentors)[None, :]
    near = chance.integers(0, 3, mentees)[:, None] == chance.integers(0, 3, mentors)[None, :]
    scores = np.rint(FULL * np.clip(0.6 * fit + 0.3 * same + 0.1 * near, 0, 1)).astype(np.int64)
    rows, columns = np.nonzero(chance.random(scores.shape) < 0.41)
    return Problem(
        mentors=tuple(f"m{number:05}" for number in range(mentors)),
        capacities=capacities,
        mentees=tuple(f"a{number:05}" for number in range(mentees)),
        priorities=np.full(mentees, PRIORITIES - 1, dtype=np.int64),
        rows=rows.astype(np.int64),
        columns=columns.astype(np.int64),
        scores=scores[rows, columns],
        previous=np.zeros(len(rows), dtype=np.bool_),
        pins={},
        forbidden={},
        options=Options(),
    )


def _size(problem: Problem) -> str:
    return f"{len(problem.mentees)} × {len(problem.mentors)}, {len(problem.rows)} pairs"


def _prove(problem: Problem, answer: Answer) -> None:
    found = faults(problem, answer)
    if found:
        raise RuntimeError(found[0])


def _bare(problem: Problem) -> Callable[[], object]:
    """The same arcs with the same costs, ready as arrays: nothing but the library's own work."""
    net = network(problem, free_of(problem))
    tails, heads, sources = (part.astype(np.int32) for part in (net.tails, net.heads, net.sources))
    ones = np.ones(len(sources), dtype=np.int64)

    def call() -> object:
        flow = SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(tails, heads, net.widths, net.costs)
        flow.set_nodes_supplies(sources, ones)
        flow.set_node_supply(0, -len(sources))
        return flow.solve()

    return call


def _dense(problem: Problem) -> NDArray[np.float64]:
    """What each pair weighs with its priority; nothing where it isn't allowed."""
    weights = np.zeros((len(problem.mentees), len(problem.mentors)))
    weights[problem.rows, problem.columns] = problem.worth + problem.priority_weights[problem.priorities[problem.rows]]
    return weights


def _scipy(problem: Problem) -> Ints:
    """The Hungarian method on one column for each place."""
    slots = np.repeat(np.arange(len(problem.mentors)), problem.capacities)
    weights = _dense(problem)[:, slots]
    rows, chosen = linear_sum_assignment(weights, maximize=True)
    assignment = np.full(len(problem.mentees), NOBODY, dtype=np.int64)
    good = weights[rows, chosen] > 0
    assignment[rows[good]] = slots[chosen[good]]
    return assignment


def _greedy(problem: Problem) -> Ints:
    """The best pair that is left, again and again: what a patient person does by hand."""
    order = np.argsort(-problem.scores, kind="stable")
    left = problem.capacities.tolist()
    assignment = [NOBODY] * len(problem.mentees)
    for row, column in zip(problem.rows[order].tolist(), problem.columns[order].tolist(), strict=True):
        if assignment[row] == NOBODY and left[column]:
            assignment[row] = column
            left[column] -= 1
    return np.array(assignment, dtype=np.int64)


def _ask_alternatives(add: Add, where: str, problem: Problem, answer: Answer) -> None:
    explanation = Explanation(problem, answer)
    explanation.alternatives(0).all()
    taken = [_timed(lambda row=row: explanation.alternatives(row).all(), 3)[0] for row in range(ASKED)]  # type: ignore[misc]
    ms = statistics.median(taken) * 1000
    add(Row(PART, "all alternatives of one mentee, in ms", where, f"{ms:.2f} ms", ms, ALTERNATIVES_MS))


def _gain(add: Add, mentees: int) -> None:
    gained, served = [], []
    for seed in range(SEEDS):
        problem = _school(mentees, seed + 100)
        ours, theirs = (Explanation(problem, _as_answer(problem, found)).totals for found in _both(problem))
        gained.append(100 * (ours.score / theirs.score - 1))
        served.append(ours.matched - theirs.matched)
    value = ", ".join(f"+{gain:.1f} %" for gain in gained) + f"; more mentees served: {', '.join(map(str, served))}"
    add(Row(PART, f"score gained over greedy, {SEEDS} seeds", f"{mentees} mentees", value))


def _groups(add: Add, mentees: int) -> None:
    """Groups of three to six on the themes in which help is needed most, each aim searched to the end."""
    chance = np.random.default_rng(1)
    mentors, themes = mentees * 3 // 10, 8
    needs, strengths = chance.random((mentees, themes)), chance.random((mentors, themes))
    # Two themes of each mentee, two of each mentor.
    wanted = needs >= np.partition(needs, -2, axis=1)[:, [-2]]
    offered = strengths >= np.partition(strengths, -2, axis=1)[:, [-2]]
    fits = np.argwhere(wanted[:, np.newaxis] & offered & (chance.random((mentees, mentors, 1)) < 0.41))
    scores = np.rint(FULL * (needs[fits[:, 0], fits[:, 2]] + strengths[fits[:, 1], fits[:, 2]]) / 2).astype(np.int64)
    problem = GroupProblem(
        mentors=list(range(mentors)),
        most_groups=np.ones(mentors, dtype=np.int64),
        mentees=list(range(mentees)),
        priorities=chance.integers(0, PRIORITIES, mentees),
        themes=[str(theme) for theme in range(themes)],
        fits=np.column_stack([fits, scores]),
        least=3,
        most=6,
    )
    seconds, groups = _timed(partial(form_groups, problem, GROUP_PATIENCE), 1)
    told = ", ".join(f"{aim.name} {aim.reached} of {aim.bound}" for aim in groups.aims)
    value = f"{seconds:.1f} s of processor time, {len(groups.members)} groups; {told}"
    where = f"{mentees} × {mentors}, {len(fits)} fits"
    add(Row(PART, "groups of 3 to 6, gap 0", where, value, details={"optimal": groups.optimal}))


def _region(add: Add, mentees: int) -> None:
    """All pairs of a region, none of them listed: time and memory of the answer with its check, in a process."""
    mentors = mentees * 3 // 10
    where = f"{mentees} × {mentors}, every pair"
    say(f"a region of {where}")
    told = run("every_pair", str(mentees), str(mentors))
    seconds, peak = told["seconds"], told["peak"] / 1e6
    took = f"{seconds:.0f} s, {told['check']:.0f} of them the check; {told['processor']:.0f} s of processor time"
    many = f"{told['rounds']} rounds, {told['candidates']} candidates"
    add(Row(PART, "region: seconds with the check over every pair", where, took, seconds, REGION_SECONDS, details=told))
    add(Row(PART, "region: most memory of the process, MB", where, f"{peak:.0f} MB; {many}", peak, REGION_MB))


def _both(problem: Problem) -> tuple[Ints, Ints]:
    return solve(problem).assignment, _greedy(problem)


def _as_answer(problem: Problem, assignment: Ints) -> Answer:
    """Somebody else's assignment, to be added up by the same rules; it needs no prices for that."""
    nothing = np.zeros(0, dtype=np.int64)
    return Answer(assignment, nothing, nothing)


@dataclass(frozen=True)
class _Found:
    seconds: float
    assignment: Ints


def _rival(add: Add, folder: Path, what: str, script: str, problem: Problem, faster: float | None) -> None:
    answer, where = solve(problem), _size(problem)
    ours, _ = _timed(partial(solve, problem))
    try:
        found = _run_rival(folder, script, problem)
    except (OSError, subprocess.SubprocessError) as error:
        add(Row(PART, f"{what}: no answer", where, type(error).__name__))
        return
    add(_beside(what, where, ours, found.seconds, problem, answer, found.assignment, faster))


def _beside(
    what: str,
    where: str,
    ours: float,
    theirs: float,
    problem: Problem,
    answer: Answer,
    found: Ints,
    faster: float | None = None,
) -> Row:
    """How many times as long they take, and what their answer loses."""
    best, got = (Explanation(problem, one).totals for one in (answer, _as_answer(problem, found)))
    lost = 100 * (1 - got.score / best.score)
    value = f"{theirs:.3g} s; score {-lost:+.1f} %, {best.matched - got.matched} more without a mentor"
    return Row(PART, f"{what}: times slower", where, value, theirs / ours, faster, at_least=True)


def _run_rival(folder: Path, script: str, problem: Problem) -> _Found:
    scores: list[list[int | None]] = [[None] * len(problem.mentors) for _ in problem.mentees]
    for row, column, score in zip(
        problem.rows.tolist(), problem.columns.tolist(), problem.scores.tolist(), strict=True
    ):
        scores[row][column] = score
    file = folder / "problem.json"
    file.write_text(json.dumps({"capacities": problem.capacities.tolist(), "scores": scores}))
    python = _environment(script)
    say(f"{script}: {len(problem.mentees)} mentees")
    done = subprocess.run(  # noqa: S603 — an interpreter and a script of ours
        [str(python), str(FOLDER / f"{script}.py"), str(file)],
        check=True,
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        text=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assignment = np.full(len(problem.mentees), NOBODY, dtype=np.int64)
    for row, column in told["pairs"]:
        assignment[row] = column
    return _Found(told["seconds"], assignment)


def _environment(script: str) -> Path:
    """The interpreter of a rival's own environment, with exactly what its lock file names."""
    place = RIVALS / script
    python = place / "bin" / "python"
    ready = place / "ready"
    if not ready.exists():
        say(f"making {place}")
        venv.create(place, with_pip=True, clear=True)
        lock = str(FOLDER / f"{script}.txt")
        quiet = ["-q", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([str(python), "-m", "pip", "install", *quiet, "-r", lock], check=True)  # noqa: S603
        ready.touch()
    return python


def _in_turn(*calls: Callable[[], object]) -> list[float]:
    """The least of runs that take turns: what else the machine does falls on all of them alike."""
    rounds = [[_timed(call, 1)[0] for call in calls] for _ in range(RUNS)]
    return [min(taken) for taken in zip(*rounds, strict=True)]


def _timed(call: Callable[[], Any], runs: int = RUNS) -> tuple[float, Any]:
    """The least processor time of some runs, and what came out."""
    taken = []
    for _ in range(runs):
        started = time.process_time()
        result = call()
        taken.append(time.process_time() - started)
    return min(taken), result
