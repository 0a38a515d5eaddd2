"""`mentorship demo`: one process, one port, a Moodle and the sidecar, nothing kept."""

import os
import tempfile
import threading
from pathlib import Path

import click
from waitress.server import create_server

from moodle_mentorship.core.settings import Environment, SettingsError
from moodle_mentorship.demo.installation import DemoInstallation
from moodle_mentorship.serve import run_worker


def serve_demo(*, host: str, port: int) -> None:
    """Build the demonstration, print `Demo: http://…` when it can be opened, serve until a signal comes.

    Raises `SettingsError` on a machine that is set up for production.
    """
    if os.environ.get("MENTORSHIP_ENV", Environment.DEMO) == Environment.PRODUCTION:
        raise SettingsError(["mentorship demo doesn't run where MENTORSHIP_ENV is production"])
    with tempfile.TemporaryDirectory(prefix="mentorship-demo-") as folder:
        origin = f"http://{host}:{port}"
        demo = DemoInstallation(
            Path(folder), tool_url=origin, moodle_url=f"{origin}/moodle", environment=Environment.DEMO
        )
        server = create_server(demo.one_port(), host=host, port=port, threads=12, ident="mentorship-demo")
        threading.Thread(target=server.run, name="waitress", daemon=True).start()
        demo.fill()
        click.echo(f"Demo: {origin}/moodle/")
        run_worker(demo.runtime, threads=2)
        server.close()
