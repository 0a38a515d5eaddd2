"""`mentorship sync`, `mentorship staff`: passes over the staff directory, and lists in files, from a shell."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import Conflict, DomainError, NotFound
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.people.enums import RowOutcome
from moodle_mentorship.people.service import completing
from moodle_mentorship.people.service.completing import Planned
from moodle_mentorship.people.service.directory import as_text
from moodle_mentorship.school.models import School
from moodle_mentorship.sync import importing, texts
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.errors import ColumnsUnclear, NotConnected
from moodle_mentorship.sync.files.errors import FileRefused
from moodle_mentorship.sync.files.headings import names_people
from moodle_mentorship.sync.files.kinds import LARGEST
from moodle_mentorship.sync.files.tables import Table
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.queries import connected_schools
from moodle_mentorship.sync.runner import Outcome, run_pass
from moodle_mentorship.sync.service import request_pass
from moodle_mentorship.sync.texts import reason

# Lines of a dry run's preview for each school; the counts tell the rest.
PREVIEW = 200


@click.group("sync")
def sync() -> None:
    """Synchronisation with Moodle."""


@sync.command("staff")
@click.option("--school", "school_id", type=int, help="Number of one school; all connected ones when left out.")
@click.option("--full", is_flag=True, help="Read everybody instead of the changes.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
def staff(runtime: Runtime, school_id: int | None, full: bool, dry_run: bool) -> None:
    """Bring the staff directory in from Moodle, here and now.

    Exit code 0: done; 1: a pass failed or was cancelled; 3: so many people would leave that somebody has to confirm
    it on the page «Synchronisation».
    """
    with runtime.db.unit_of_work(read_only=True) as session:
        schools = connected_schools(session, school_id)
    if not schools:
        raise NotConnected()
    worst = 0
    for school in schools:
        try:
            worst = max(worst, _one(runtime, school, PassKind.FULL if full else PassKind.DELTA, dry_run))
        except DomainError as error:
            # One school's trouble keeps no other waiting.
            click.echo(f"School {school}: {error.code}: {error}", err=True)
            worst = max(worst, 1)
    sys.exit(worst)


def _one(runtime: Runtime, school_id: int, kind: PassKind, dry_run: bool) -> int:
    with runtime.db.unit_of_work() as session:
        asked = request_pass(
            session, runtime.jobs, school_id=school_id, kind=kind, now=runtime.clock.now(), dry_run=dry_run
        )
        if asked.dry_run is not dry_run:
            raise Conflict("another pass of this school is not finished")
        pass_id = asked.id
    outcome = run_pass(runtime, pass_id, _progress)
    if sys.stderr.isatty():
        click.echo(err=True)
    with runtime.db.unit_of_work(read_only=True) as session:
        return _report(session.get_one(SyncPass, pass_id), outcome)


def _progress(seen: int, total: int | None) -> None:
    """One line that is written over; only where somebody looks at it."""
    if sys.stderr.isatty():
        click.echo(f"\r{seen} / {total if total is not None else '?'}", nl=False, err=True)


def _report(done: SyncPass, outcome: Outcome) -> int:
    shown = outcome.lines[:PREVIEW]
    for line in shown:
        fields = f" ({', '.join(line.fields)})" if line.fields else ""
        click.echo(f"  {line.what}\t{line.moodle_user_id}\t{line.name}{fields}")
    if len(outcome.lines) > len(shown):
        click.echo(f"  … and {len(outcome.lines) - len(shown)} more")
    for skipped in done.skipped:
        source = texts.SOURCES[PassSource(skipped["source"])]
        click.echo(f"  skipped: {source}: {skipped['code']}: {reason(skipped['code'])}", err=True)
    if done.skipped and done.state is PassState.DONE:
        click.echo(f"  read instead: {texts.SOURCES[done.source]}", err=True)
    prefix = "dry run, nothing written: " if done.dry_run else ""
    click.echo(
        f"School {done.school_id}: {prefix}{done.kind.value} pass {done.state.value}: seen {done.seen}, "
        f"created {done.created}, updated {done.updated}, returned {done.returned}, leaving {done.leaving}, "
        f"differences {done.differences}"
    )
    if done.state is PassState.DONE:
        return 0
    if done.state is PassState.ASKING:
        click.echo("Too many people would leave. Confirm it on the page «Synchronisation».", err=True)
        return 3
    if done.state is PassState.RUNNING:
        click.echo("Another process is running this pass.", err=True)
    else:
        click.echo(f"{done.error_code or done.state.value}: {reason(done.error_code)}", err=True)
    return 1


@click.group("staff")
def people() -> None:
    """The staff directory."""


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", "school_id", type=int, required=True, help="Number of the school.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
def import_file(runtime: Runtime, file: Path, school_id: int, dry_run: bool) -> None:
    """Complete the staff directory from a list in an .xlsx or .csv FILE (an export of 1C, say).

    What the columns mean follows from their headings, or from what was said on the page for such a file. Nobody is
    added and nobody is removed. Exit code 0: done, whatever rows were left out (they are listed); 1: the file is
    refused, nothing was written.
    """
    try:
        with file.open("rb") as stream:
            table = Table(stream.read(LARGEST + 1))
        now = runtime.clock.now()
        with runtime.db.unit_of_work(read_only=True) as session:
            school = session.get(School, school_id)
            if school is None:
                raise NotFound(f"school {school_id}")
            meanings = importing.meanings_of(session, school_id, table)
        if not names_people(meanings):
            raise ColumnsUnclear()
        # Before the transaction that writes: a spreadsheet takes its time.
        entries = importing.entries(table, meanings, local_date(now, school.timezone))
        with runtime.db.unit_of_work(read_only=dry_run) as session:
            if dry_run:
                todo = completing.plan(session, school_id, entries)
            else:
                todo = importing.apply(session, system_actor(school_id, "cli"), entries, None, now)
    except (FileRefused, ColumnsUnclear) as error:
        click.echo(f"{error.code}: {error.title % error.params}. {error.advice % error.params}", err=True)
        sys.exit(1)
    for row in todo.rows:
        if row.outcome is not RowOutcome.UNCHANGED:
            click.echo("\t".join((row.outcome.value, f"line {row.line}", row.name, *_told(row, todo.managers))))
    counts = ", ".join(f"{outcome.value} {todo.counts[outcome]}" for outcome in RowOutcome)
    prefix = "dry run, nothing written: " if dry_run else ""
    click.echo(f"School {school_id}: {prefix}rows {len(todo.rows)}: {counts}; to be decided {todo.open}")
    if todo.unclear:
        click.echo(f"Line managers who can't be found for sure, kept until they can: {todo.unclear}")
    click.echo(f"Not in the file, and left as they are: {todo.absent}")


def _told(row: Planned, managers: Mapping[int, str]) -> Iterator[str]:
    """What is told of a row, as on the page, in the language of the command line."""
    if row.known_as is not None:
        yield f"here: {row.known_as}"
    for change in row.changes:
        if change.problem is not None:
            yield change.problem % {"name": change.said}
            continue
        arrow = "≠" if change.open else "→"
        old, new = (managers[value] if isinstance(value, int) else as_text(value) for value in (change.old, change.new))
        yield f"{change.field.value}: {old or '—'} {arrow} {new}"
    if row.reason is not None:
        lines = ", ".join(map(str, row.others))
        yield f"{row.reason} (line {lines})" if lines else row.reason


commands = (sync, people)
