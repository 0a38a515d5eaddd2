"""`mentorship school`: schools of this installation."""

import click

from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.school import queries, service


@click.group()
def school() -> None:
    """Schools of this installation."""


@school.command("add")
@click.option("--name", required=True, help="Full name, as in the charter.")
@click.option("--short-name", help="Short name for the header line; the full name when left out.")
@click.pass_obj
def add(runtime: Runtime, name: str, short_name: str | None) -> None:
    """Add a school and print its number."""
    settings = runtime.settings
    with runtime.db.unit_of_work() as session:
        made = service.create_school(
            session,
            name,
            short_name or name,
            runtime.clock.now(),
            locale=settings.default_locale,
            timezone=settings.timezone,
        )
        click.echo(f"School {made.id}: {made.short_name}")


@school.command("list")
@click.pass_obj
def show(runtime: Runtime) -> None:
    """List the schools with their numbers."""
    with runtime.db.unit_of_work(read_only=True) as session:
        for row in queries.schools(session):
            click.echo(f"{row.id}\t{row.short_name}\t{row.year_label}")


commands = (school,)
