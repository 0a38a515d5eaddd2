"""Verbs of the command line: `mentorship matching solve|explain|groups`. JSON in, JSON out, for anybody to check."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Read = TypeVar("Read")

_file = click.argument("problem_file", metavar="IN.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_out = click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output.")


@click.group()
def matching() -> None:
    """The best pairs for a school, with proof (formats: docs/matching.md)."""


@matching.command("solve")
@_file
@_out
def solve_(problem_file: Path, output: Path | None) -> None:
    """Find the best assignment of IN.json, with its certificate."""
    # The numeric libraries weigh 60 MB and half a second, which no other command needs to pay.
    from moodle_mentorship.matching.reading import answer_as_json, read_problem
    from moodle_mentorship.matching.solver import solve

    problem = _read(problem_file, read_problem)
    _write(answer_as_json(problem, solve(problem)), output)


@matching.command("explain")
@_file
@click.option("--mentee", required=True, help="Id of the mentee.")
@_out
def explain_(problem_file: Path, mentee: str, output: Path | None) -> None:
    """Tell what every other mentor would cost, and who would be moved."""
    from moodle_mentorship.matching.problem import ProblemError
    from moodle_mentorship.matching.reading import alternatives_as_json, read_problem
    from moodle_mentorship.matching.solver import solve

    problem = _read(problem_file, read_problem)
    try:
        _write(alternatives_as_json(problem, solve(problem), mentee), output)
    except ProblemError as error:
        raise click.ClickException(str(error)) from None


@matching.command("groups")
@_file
@click.option(
    "--seconds", type=click.FloatRange(0.1, 3600), default=60, show_default=True, help="For each of the four searches."
)
@_out
def groups_(problem_file: Path, seconds: float, output: Path | None) -> None:
    """Form groups of three to six mentees around one mentor and one theme."""
    from moodle_mentorship.matching.groups import form_groups
    from moodle_mentorship.matching.reading import groups_as_json, read_group_problem

    problem = _read(problem_file, read_group_problem)
    _write(groups_as_json(problem, form_groups(problem, seconds)), output)


def _read(problem_file: Path, read: Callable[[str], Read]) -> Read:
    from moodle_mentorship.matching.reading import Malformed

    try:
        return read(problem_file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{problem_file}: not UTF-8") from None
    except Malformed as error:
        raise click.ClickException(f"{problem_file}: {error}") from None


def _write(answer: dict[str, Any], output: Path | None) -> None:
    text = json.dumps(answer, ensure_ascii=False, indent=1) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


commands = (matching,)
