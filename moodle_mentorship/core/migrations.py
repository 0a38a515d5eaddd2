"""Runs Alembic's migrations from wherever the package is installed."""

from pathlib import Path

from alembic import command
from alembic.config import Config

# In a checkout the migrations stand beside the package; a wheel carries them inside it.
_PLACES = (Path(__file__).parents[2] / "migrations", Path(__file__).parents[1] / "_migrations")


def alembic_config(database_url: str) -> Config:
    config = Config()
    place = next(place for place in _PLACES if (place / "env.py").exists())
    config.set_main_option("script_location", str(place))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to `revision`; doing it again changes nothing."""
    command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    command.downgrade(alembic_config(database_url), revision)
