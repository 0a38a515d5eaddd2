"""Commands of the room."""

from datetime import UTC, datetime
from pathlib import Path

import click

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.personal_data import ledger
from moodle_mentorship.personal_data.erasing import erase_again


@click.command("erase-again")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="The moment of the backup.")
@click.pass_obj
def again(runtime: Runtime, file: Path | None, since: datetime) -> None:
    """Erase again whom the list of erasures FILE names since a backup was made."""
    say_again(runtime, file, since)


def say_again(runtime: Runtime, file: Path | None, since: datetime) -> None:
    """Do it, and say what was done, or where the list was looked for."""
    wanted = file if file is not None else runtime.settings.data_dir / ledger.FILE
    moment = since.astimezone(UTC)
    try:
        done = erase_again(runtime, wanted, moment)
    except OSError:
        click.echo(
            f"There is no list of erasures at {wanted}. If anybody was erased after the backup was made, bring "
            f"it and run: mentorship erase-again FILE --since {moment:%Y-%m-%dT%H:%M:%S%z}"
        )
        return
    click.echo(f"{wanted}: {done.done} people erased again" + (f", {done.unknown} not here." if done.unknown else "."))


commands = [again]
