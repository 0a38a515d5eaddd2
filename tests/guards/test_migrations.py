"""Migrations make exactly the models' tables, forward and back, and lose no row on the way."""

from datetime import date, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, func, inspect, select
from sqlalchemy.exc import DBAPIError

from moodle_mentorship.core.db import Base, Database, make_engine
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.core.migrations import alembic_config, downgrade, revisions, upgrade
from moodle_mentorship.documents.kinds import Kinds, Moment
from moodle_mentorship.documents.service import lay
from moodle_mentorship.moodle.outbox import put
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.pairs.office.agreement import KIND as AGREEMENT
from moodle_mentorship.pairs.office.service import prepare_agreements
from moodle_mentorship.pairs.service import extend
from moodle_mentorship.people.enums import PersonField, Source
from moodle_mentorship.people.models import PersonDifference
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.conftest import NOW
from tests.documents.conftest import make_life
from tests.factories import BOX, make_school
from tests.filled import fill
from tests.pairs.conftest import ORDER, make_two


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


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
    assert alone == {"school", "tool_key", "periodic_job"}
    optional = [name for name, t in Base.metadata.tables.items() if "school_id" in t.columns and t.c.school_id.nullable]
    assert optional == []


Content = dict[str, dict[str, list[object]]]


def content(url: str) -> Content:
    """What stands in the database as it is now: table -> column -> values in the order of the ids."""
    engine = make_engine(url)
    metadata = MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        found: Content = {}
        for table in metadata.tables.values():
            if "id" in table.columns:
                rows = connection.execute(select(table).order_by(table.c.id)).all()
                found[table.name] = {
                    column.name: [row[place] for row in rows] for place, column in enumerate(table.columns)
                }
    engine.dispose()
    return found


def shared(content: Content, other: Content) -> Content:
    """Of `content` the tables and columns that both have."""
    return {
        table: {column: values for column, values in columns.items() if column in other[table]}
        for table, columns in content.items()
        if table in other
    }


def rewrites_the_journal(database: Database) -> bool:
    with database.engine.connect() as connection:
        try:
            connection.exec_driver_sql("UPDATE audit_event SET action = 'forged'")
        except DBAPIError:
            return False
        finally:
            connection.rollback()
    return True


def test_filled_tables_go_back_step_by_step_and_forward_again(fresh_url: str) -> None:
    """At each revision the rows of the next one stand, less what only that one could hold."""
    database = Database(fresh_url)
    fill(database)
    with database.engine.connect() as connection:
        empty = [
            table.name
            for table in Base.metadata.sorted_tables
            if connection.scalar(select(func.count()).select_from(table)) == 0
        ]
    assert empty == []
    for lower in [*reversed(revisions()[:-1]), "base"]:
        before = content(fresh_url)
        downgrade(fresh_url, lower)
        after = content(fresh_url)
        assert shared(after, before) == shared(before, after), lower
        upgrade(fresh_url, "+1")
        again = content(fresh_url)
        assert shared(again, after) == shared(after, again), lower
        assert sorted(again) == sorted(before)
        if lower != "base":
            assert all(len(again[table]["id"]) == len(before[table]["id"]) for table in after), lower
            assert not rewrites_the_journal(database), lower
            database.engine.dispose()
        downgrade(fresh_url, lower)
    upgrade(fresh_url)
    fill(database)
    assert not rewrites_the_journal(database)
    database.engine.dispose()


def test_numbers_that_differ_only_in_writing_stay(fresh_url: str) -> None:
    """0053: an order that is registered is never changed. The first has the number, the other one's key is its own."""
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        life = make_life(session, school)
        other = [life.register(), life.another("144-ОД")][1].id
    database.engine.dispose()
    downgrade(fresh_url, "0051")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE document SET number = '143 -oд' WHERE id = {other}")
    database.engine.dispose()
    upgrade(fresh_url)
    table = content(fresh_url)["document"]
    assert table["number"] == ["143-ОД", "143 -oд"]
    assert table["number_key"] == ["143-од", f"143-од {other}"]


def test_agreements_made_before_cover_what_they_were_written_from(fresh_url: str) -> None:
    """0054: with the term of that moment, so that what was put off since needs another agreement."""
    database, kinds = Database(fresh_url), Kinds()
    kinds.add(AGREEMENT)
    with database.unit_of_work() as session:
        two = make_two(session, make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW))
        pair = two.ordered()
        (draft,) = prepare_agreements(session, kinds, two.curator, NOW)
        lay(kinds, BOX, Moment(session, Jobs(), two.curator, ORDER["order_date"], NOW), draft.id)
        extend(session, two.curator, pair.id, ends_on=date(2027, 6, 30), now=NOW + timedelta(days=1), **ORDER)
    before = content(fresh_url)["agreement_pair"]
    assert before["ends_on"] == [date(2027, 5, 31)]
    database.engine.dispose()
    downgrade(fresh_url, "0052")
    upgrade(fresh_url)
    assert content(fresh_url)["agreement_pair"] == before


def test_what_only_files_and_rosters_can_say_is_said_otherwise_on_the_way_back(fresh_url: str) -> None:
    """0006: the version before knows neither source; its constraints would refuse the rows."""
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school = make_school(session, "Лицей № 7", issuer="https://moodle.example", now=NOW)
        shared = {"school_id": school.id, "person_id": school.teachers[0].id, "field": PersonField.POSITION}
        for value in (Source.MOODLE, Source.FILE):
            session.add(PersonDifference(**shared, source=value, moodle_value=value.value, noticed_at=NOW))
        session.add(
            SyncPass(
                school_id=school.id,
                kind=PassKind.FULL,
                source=PassSource.ROSTER,
                state=PassState.DONE,
                created_at=NOW,
            )
        )
    database.engine.dispose()
    downgrade(fresh_url, "0005")
    before = content(fresh_url)
    assert (before["person_difference"]["source"], before["sync_pass"]["source"]) == (["moodle"], ["cohort"])
    for source in ("file", "roster"):
        with database.engine.connect() as connection, pytest.raises(DBAPIError):
            connection.exec_driver_sql(f"UPDATE person_difference SET source = '{source}'")
    database.engine.dispose()
    upgrade(fresh_url)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE person_difference SET source = 'file'")
        with pytest.raises(DBAPIError):
            connection.exec_driver_sql("UPDATE person_difference SET source = 'roster'")
    database.engine.dispose()


def test_an_open_question_keeps_the_people_whom_it_is_about(fresh_url: str) -> None:
    """0013: before, it was written who had been seen. Those without a question, and who came back, are missing no more;
    a pass that was half-way reads from its beginning."""
    database = Database(fresh_url)
    with database.unit_of_work() as session:
        school, other = (make_school(session, name, issuer=f"https://{name}.example", now=NOW) for name in ("a", "b"))
        passes = {"school_id": school.id, "kind": PassKind.FULL, "source": PassSource.PLUGIN, "created_at": NOW}
        asking = SyncPass(**passes, state=PassState.ASKING)
        session.add(asking)
        session.flush()
        session.add(SyncPass(**passes, state=PassState.RUNNING, cursor=7, seen=4))
        for person in (school.teachers[0], school.teachers[1]):
            person.missing_since_pass = asking.id
        question, missing = asking.id, [person.id for person in school.teachers[:2]]
        others = [person.id for person in other.teachers]
    database.engine.dispose()
    downgrade(fresh_url, "0012")
    old = content(fresh_url)["person"]
    seen = dict(zip(old["id"], old["seen_in_pass"], strict=True))
    assert {number for row_id, number in seen.items() if row_id in missing} == {question - 1}
    assert {number for row_id, number in seen.items() if row_id in others} == {None}
    upgrade(fresh_url)
    new = content(fresh_url)
    since = dict(zip(new["person"]["id"], new["person"]["missing_since_pass"], strict=True))
    assert {row_id for row_id, number in since.items() if number is not None} == set(missing)
    assert {since[row_id] for row_id in missing} == {question}
    assert (new["sync_pass"]["state"], new["sync_pass"]["cursor"]) == (["asking", "running"], [None, 0])


def test_the_group_of_a_pair_becomes_its_space(fresh_url: str) -> None:
    """0036: what waits in the outbox for a pair waits for its space. On the way back the first of several keeps it."""
    database = Database(fresh_url)
    fill(database)
    with database.unit_of_work() as session:
        proposed, ordered, declined = session.scalars(select(Pair).where(Pair.school_id == 1).order_by(Pair.id))
        declined.space = proposed.space
        ordered.space.moodle_group_id = 77
        idnumbers = proposed.space.moodle_idnumber, ordered.space.moodle_idnumber
        item = put(
            *(session, Jobs()),
            school_id=1,
            stream=f"space:{ordered.space_id}",
            kind="pair.keep_space",
            payload={"space_id": ordered.space_id},
            now=NOW,
        )
        item_id, pair_id = item.id, ordered.id
    database.engine.dispose()

    def item_now() -> list[object]:
        table = content(fresh_url)["outbox_item"]
        return [table[name][table["id"].index(item_id)] for name in ("stream", "kind", "payload")]

    downgrade(fresh_url, "0035")
    table = content(fresh_url)["pair"]
    first, second, third = table["moodle_idnumber"][:3]
    assert (first, second) == idnumbers
    assert third not in idnumbers
    assert table["moodle_group_id"][:3] == [None, 77, None]
    assert item_now() == [f"pair:{pair_id}", "pair.open_space", {"pair_id": pair_id}]
    upgrade(fresh_url, "0036")
    again = content(fresh_url)
    space_id = again["pair"]["space_id"][1]
    assert len(set(again["pair"]["space_id"])) == len(again["pair"]["id"])
    assert again["pair_space"]["moodle_idnumber"][:3] == [first, second, third]
    assert item_now() == [f"space:{space_id}", "pair.keep_space", {"space_id": space_id}]
