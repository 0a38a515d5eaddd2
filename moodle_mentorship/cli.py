"""The command `mentorship`: every verb that an administrator runs from a shell."""

import os
import sys
from datetime import datetime
from pathlib import Path

import click
from cryptography.fernet import Fernet

from moodle_mentorship import __version__
from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.backup import BackupError, restore, verify, write_backup
from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.metrics import serve_alone
from moodle_mentorship.core.migrations import upgrade
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.settings import Settings, SettingsError
from moodle_mentorship.demo.serve import serve_demo
from moodle_mentorship.diagnosis import commands as diagnosis
from moodle_mentorship.grammar import commands as grammar
from moodle_mentorship.lti import commands as lti
from moodle_mentorship.matching import commands as matching
from moodle_mentorship.moodle import commands as moodle
from moodle_mentorship.personal_data import commands as personal_data
from moodle_mentorship.school import commands as school
from moodle_mentorship.serve import run_server, run_worker
from moodle_mentorship.sync import commands as sync

# These need no settings: they make them, or bring their own.
WITHOUT_SETTINGS = frozenset({"demo", "keys", "matching", "names"})


@click.group()
@click.version_option(__version__, prog_name="mentorship")
@click.pass_context
def cli(context: click.Context) -> None:
    """Moodle Mentorship: a school's teacher-mentoring year inside its Moodle."""
    if context.invoked_subcommand not in WITHOUT_SETTINGS and "--help" not in sys.argv:
        _open(context)


def _open(context: click.Context) -> None:
    runtime = create_runtime(Settings.from_env(os.environ))
    context.call_on_close(runtime.db.engine.dispose)
    context.obj = runtime


@cli.command()
@click.pass_obj
def migrate(runtime: Runtime) -> None:
    """Bring the database to this version's shape. Doing it again changes nothing."""
    upgrade(runtime.settings.database_url)
    click.echo("The database is up to date.")


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def backup(runtime: Runtime, target: Path) -> None:
    """Write the whole database into the file TARGET while the server goes on.

    If TARGET is a folder, the file is named after the moment.
    """
    now = runtime.clock.now()
    if target.is_dir():
        target /= f"mentorship-{now:%Y%m%d-%H%M%S}.zip"
    made = write_backup(runtime.db, runtime.box, target, now)
    click.echo(f"{target}: {made.rows} rows. To restore it you need the encryption key {', '.join(made.keys)}.")


@cli.command("restore")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--verify", "only_verify", is_flag=True, help="Only check the file; change nothing.")
@click.option("--erasures", type=click.Path(path_type=Path), help="The list of erasures, if not in the data folder.")
@click.pass_obj
def restore_backup(runtime: Runtime, source: Path, only_verify: bool, erasures: Path | None) -> None:
    """Fill an empty database from the backup SOURCE and compare it with the backup, row by row.

    Whom the list of erasures names since the backup was made is erased again.
    """
    if only_verify:
        made = verify(source, runtime.box)
        click.echo(f"{source} of {made.created_at}, version {made.version}, can be restored here: {made.rows} rows.")
        return
    made = restore(runtime.settings.database_url, runtime.box, source)
    click.echo(f"Restored as of {made.created_at}: {made.rows} rows, equal to the backup. All sessions have ended.")
    # Puts into the runtime what the rooms hold of people.
    create_app(runtime)
    personal_data.say_again(runtime, erasures, datetime.fromisoformat(made.created_at))


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
@click.pass_obj
def serve(runtime: Runtime, host: str, port: int, threads: int) -> None:
    """Answer requests; without Redis also run the background jobs in this process."""
    run_server(runtime, create_app(runtime), host=host, port=port, threads=threads)


@cli.command()
@click.option("--threads", default=2, show_default=True, help="Jobs run at once.")
@click.option("--metrics", metavar="HOST:PORT", help="Answer Prometheus there; for the monitoring's network alone.")
@click.pass_obj
def worker(runtime: Runtime, threads: int, metrics: str | None) -> None:
    """Run background jobs; any number of machines may do so when MENTORSHIP_REDIS_URL is set."""
    create_app(runtime)
    if metrics is not None:
        host, _, port = metrics.rpartition(":")
        if not host or not port.isascii() or not port.isdigit():
            raise click.BadParameter("an address such as 127.0.0.1:9100 is needed", param_hint="--metrics")
        serve_alone(host, int(port))
    run_worker(runtime, threads=threads)


@cli.command()
@click.option("--school", "school_id", type=int, help="Number of one school; all of them when left out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
@click.pass_obj
def doctor(runtime: Runtime, school_id: int | None, as_json: bool) -> None:
    """Look at the installation and at each school's Moodle; each finding says what to do.

    Exit code 0: nothing is broken (there may be remarks); 1: something is.
    """
    # Puts the rooms' jobs into the runtime, whose lateness is looked at.
    create_app(runtime)
    sys.exit(0 if diagnosis.doctor(runtime, school_id, as_json=as_json) else 1)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
def demo(host: str, port: int) -> None:
    """Serve a demonstration school with a Moodle of its own. Nothing is kept."""
    serve_demo(host=host, port=port)


@cli.group()
@click.pass_context
def keys(context: click.Context) -> None:
    """Keys of this installation: the one that signs for Moodle, and those that encrypt stored secrets."""
    if context.invoked_subcommand != "new" and "--help" not in sys.argv:
        _open(context)


@keys.command("new")
def new_key() -> None:
    """Print a fresh key for MENTORSHIP_ENCRYPTION_KEYS."""
    click.echo(Fernet.generate_key().decode())


for command in moodle.key_commands:
    keys.add_command(command)
for group in (
    *(school.commands, lti.commands, sync.commands),
    *(matching.commands, grammar.commands, personal_data.commands),
):
    for command in group:
        cli.add_command(command)


def main() -> None:
    """Entry point: a refusal is one clear message and an exit code, never a traceback."""
    try:
        cli()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except BackupError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except DomainError as error:
        click.echo(f"{error.code}: {error.title % error.params if error.params else error.title}", err=True)
        sys.exit(1)
