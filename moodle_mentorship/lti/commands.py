"""Verbs of the command line: `mentorship platform add|list|disable`, `mentorship site …`, `mentorship invite`."""

import click
from sqlalchemy import select

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.lti import service
from moodle_mentorship.lti.sessions import end_sessions_through
from moodle_mentorship.moodle.models import MoodleSite, Platform
from moodle_mentorship.moodle.platforms import add_platform, disable_platform, list_platforms
from moodle_mentorship.school.models import School


@click.group()
def platform() -> None:
    """LTI registrations of schools' Moodles."""


@platform.command("add")
@click.option("--school", "school_id", type=int, required=True, help="Number of the school.")
@click.option("--issuer", required=True, help="Moodle's address, such as https://moodle.example")
@click.option("--client-id", required=True)
@click.option("--deployment-id", required=True)
@click.option("--auth-url", required=True, help="…/mod/lti/auth.php")
@click.option("--token-url", required=True, help="…/mod/lti/token.php")
@click.option("--jwks-url", required=True, help="…/mod/lti/certs.php")
@click.pass_obj
def add(
    runtime: Runtime,
    school_id: int,
    issuer: str,
    client_id: str,
    deployment_id: str,
    auth_url: str,
    token_url: str,
    jwks_url: str,
) -> None:
    """Register a Moodle by hand."""
    with _told(), runtime.db.unit_of_work() as session:
        if session.get(School, school_id) is None:
            raise NotFound("school")
        added = add_platform(
            session,
            system_actor(school_id, "cli"),
            issuer=issuer,
            client_id=client_id,
            deployment_id=deployment_id,
            auth_url=auth_url,
            token_url=token_url,
            jwks_url=jwks_url,
            environment=runtime.settings.environment,
            now=runtime.clock.now(),
        )
        click.echo(f"platform {added.id}: {added.issuer} for school {added.school_id}")


@platform.command("list")
@click.option("--school", "school_id", type=int, help="Only this school's.")
@click.pass_obj
def list_(runtime: Runtime, school_id: int | None) -> None:
    """Show the registrations."""
    with runtime.db.unit_of_work(read_only=True) as session:
        for row in list_platforms(session, school_id):
            state = "disabled" if row.disabled_at else "works"
            click.echo(f"{row.id}\tschool {row.school_id}\t{row.issuer}\t{row.client_id}\t{row.deployment_id}\t{state}")


@platform.command("disable")
@click.argument("platform_id", type=int)
@click.pass_obj
def disable(runtime: Runtime, platform_id: int) -> None:
    """End launches through a registration, and the browser sessions that they opened."""
    with _told(), runtime.db.unit_of_work() as session:
        school_id = session.scalar(select(Platform.school_id).where(Platform.id == platform_id)) or 0
        disable_platform(session, system_actor(school_id, "cli"), platform_id, runtime.clock.now())
        end_sessions_through(session, school_id, platform_id)
        click.echo(f"platform {platform_id}: disabled")


@click.group()
def site() -> None:
    """The connection of a school with its Moodle, as a whole."""


@site.command("list")
@click.pass_obj
def list_sites(runtime: Runtime) -> None:
    """Show the schools' Moodles."""
    with runtime.db.unit_of_work(read_only=True) as session:
        for row in session.scalars(select(MoodleSite).order_by(MoodleSite.school_id)):
            state = "disabled" if row.disabled_at else "works"
            click.echo(f"school {row.school_id}\t{row.url}\t{row.moodle_version}\t{state}")


@site.command("disable")
@click.option("--school", "school_id", type=int, required=True, help="Number of the school.")
@click.pass_obj
def disable_site(runtime: Runtime, school_id: int) -> None:
    """Stop a school's Moodle at once: logins, sessions, messages, passes, deliveries. Nothing is deleted.

    Its Moodle can't bring it back, and unused invitations end; `mentorship site enable` does.
    """
    with _told(), runtime.db.unit_of_work() as session:
        service.switch_off(session, runtime.jobs, system_actor(school_id, "cli"), runtime.clock.now())
    click.echo(f"school {school_id}: its Moodle is switched off")


@site.command("enable")
@click.option("--school", "school_id", type=int, required=True, help="Number of the school.")
@click.pass_obj
def enable_site(runtime: Runtime, school_id: int) -> None:
    """Bring a school's Moodle back as it was, and read what was missed. People come in from Moodle again."""
    with _told(), runtime.db.unit_of_work() as session:
        service.switch_on(session, runtime.jobs, system_actor(school_id, "cli"), runtime.clock.now())
    click.echo(f"school {school_id}: its Moodle works")


@click.command()
@click.option("--school", "school_id", type=int, required=True, help="Number of the school.")
@click.option("--days", type=click.IntRange(1, 60), default=7, show_default=True, help="How long it is valid.")
@click.pass_obj
def invite(runtime: Runtime, school_id: int, days: int) -> None:
    """Make a single-use code that connects a Moodle to a school."""
    with _told(), runtime.db.unit_of_work() as session:
        code = service.invite(session, school_id, runtime.clock.now(), days)
    click.echo(code)


class _told:
    """A refusal of the domain as one line and exit code 1, instead of a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Invalid):
            raise click.ClickException("; ".join(f"{name}: {messages}" for name, messages in error.errors.items()))
        if isinstance(error, DomainError):
            raise click.ClickException(f"{error.code}: {error.title}. {error.advice}")


commands = (platform, site, invite)
