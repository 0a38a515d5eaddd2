"""Verbs of the command line: `mentorship keys list|rotate|teach|reseal`."""

import sys
from datetime import datetime, timedelta

import click

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.core.sealed import Seals, reseal, survey
from moodle_mentorship.moodle import keys
from moodle_mentorship.moodle.service_tokens import teach_key


@click.command("list")
@click.pass_obj
def list_(runtime: Runtime) -> None:
    """Show the keys that sign what we say to Moodle, and whether stored secrets depend on an older encryption key."""
    with runtime.db.unit_of_work(read_only=True) as session:
        for key, state in keys.list_keys(session, runtime.clock.now()):
            retires = _moment(key.retires_at) if key.retires_at else "-"
            click.echo(
                f"{key.kid}\t{state}\tmade {_moment(key.created_at)}\tsigns from {_moment(key.signs_from)}"
                f"\tin JWKS until {retires}"
            )
    _tell(survey(runtime.db, runtime.box))


@click.command()
@click.option(
    "--keep-days",
    type=click.IntRange(1, 365),
    default=keys.KEEP.days,
    show_default=True,
    help="How long the old key stays in the JWKS.",
)
@click.option("--leaked", is_flag=True, help="The old key is in wrong hands: it goes at once, and so does its trust.")
@click.pass_obj
def rotate(runtime: Runtime, keep_days: int, leaked: bool) -> None:
    """Exchange the key that signs what we say to Moodle. Nothing has to be done in Moodle."""
    with runtime.db.unit_of_work() as session:
        now = runtime.clock.now()
        if leaked:
            key = keys.replace_leaked(session, runtime.box, now)
        else:
            key = keys.rotate(session, runtime.box, now, timedelta(days=keep_days))
        click.echo(f"{key.kid}\tsigns from {_moment(key.signs_from)}")
    _tell(survey(runtime.db, runtime.box))
    if leaked:
        _teach(runtime)


@click.command()
@click.pass_obj
def teach(runtime: Runtime) -> None:
    """Make every Moodle read our keys anew, so that it forgets one that leaked; `rotate --leaked` has tried it.

    Exit code 1: some could not be reached. Doing it again asks all of them again.
    """
    _teach(runtime)


def _teach(runtime: Runtime) -> None:
    untaught = teach_key(runtime)
    for issuer, code in untaught:
        click.echo(f"{issuer} may still trust the old key ({code}): mentorship keys teach", err=True)
    if untaught:
        sys.exit(1)
    click.echo("Every Moodle knows the new key.")


@click.command("reseal")
@click.pass_obj
def reseal_(runtime: Runtime) -> None:
    """Encrypt every stored secret with the first of MENTORSHIP_ENCRYPTION_KEYS. Doing it again changes nothing.

    Exit code 1: some can't be opened with any key.
    """
    seals = reseal(runtime.db, runtime.box)
    click.echo(f"sealed anew: {seals.older}; sealed with the first key before: {seals.current}")
    _stop_if_unreadable(seals)
    click.echo("Only the first key of MENTORSHIP_ENCRYPTION_KEYS is needed from now on.")


def _tell(seals: Seals) -> None:
    click.echo(f"stored secrets: {seals.current} sealed with the first encryption key, {seals.older} with an older one")
    if seals.older:
        click.echo("Before an older key is taken out of MENTORSHIP_ENCRYPTION_KEYS: mentorship keys reseal")
    _stop_if_unreadable(seals)


def _stop_if_unreadable(seals: Seals) -> None:
    for name in seals.unreadable:
        click.echo(f"no key opens {name}", err=True)
    if seals.unreadable:
        sys.exit(1)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


#: Of the group `mentorship keys`.
key_commands = (list_, rotate, teach, reseal_)
