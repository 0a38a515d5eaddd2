"""Migrations make exactly the models' tables, forward and back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from moodle_mentorship.core.db import Base, make_engine
from moodle_mentorship.core.migrations import alembic_config, downgrade, upgrade


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()) == 1


def test_forward_back_and_forward_again(fresh_url: str) -> None:
    downgrade(fresh_url, "base")
    engine = make_engine(fresh_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(fresh_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_table_of_a_school_hangs_on_it() -> None:
    """Only the school itself and what belongs to the installation stand without a school."""
    alone = {name for name, table in Base.metadata.tables.items() if "school_id" not in table.columns}
    assert alone == {"school", "tool_key"}
    optional = [name for name, t in Base.metadata.tables.items() if "school_id" in t.columns and t.c.school_id.nullable]
    assert optional == []
