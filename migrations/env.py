"""Alembic's environment: the connection comes from core/migrations.py, the models from all rooms."""

import os
from importlib import import_module

from alembic import context
from sqlalchemy import Connection

from moodle_mentorship.core.db import Base
from moodle_mentorship.core.migrations import schema_change

# All rooms, and with them all models.
import_module("moodle_mentorship.app")


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    # Developers' `alembic revision --autogenerate`, by alembic.ini.
    with schema_change(os.environ["MENTORSHIP_DATABASE_URL"]) as connection:
        run(connection)
