"""The school can tell, and erase, all that it holds about a person: every table says what (`core.holdings`)."""

import re

from flask import Flask

from moodle_mentorship.core.db import Base
from moodle_mentorship.core.holdings import Subject, table_of
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.personal_data.words import LISTS
from moodle_mentorship.web import exports

# A column that holds the number of a person, or of their account in Moodle.
_NUMBER = re.compile(r"(^|_)person_id$|_by$|^reader_id$|^asked_by$|moodle_user_id$|moodle_id$")

_SOMEBODY = Subject(1, 1, 1)
# The row itself is the person; its number in Moodle is theirs.
_FOUND_OTHERWISE = {"person"}

HOW = """
Every table says what it holds about a person, so that «Мои данные» shows it and an erasure reaches it.
In {room}/holdings.py (called by that room's wiring.py with kit.runtime.holdings; see banks/holdings.py) write either

    holdings.add(Holding(
        {model}, N_("…what people call it…"),
        about=lambda who: {model}.person_id == who.person_id,
        told=columns(column("…", N_("…"))),   # None: it can't be shown without somebody else's secrets
        by=(…),                               # columns with the number of whoever acted
        # erasure deletes all of it; else: goes=NOTHING or a condition, stays=N_("…why it has to stay")
    ))

or, where it holds nothing about a person:    holdings.nothing({model}, "column_of_whoever_acted", …)
"""


def _models() -> dict[str, type]:
    return {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}  # type: ignore[attr-defined]


def test_every_table_says_what_it_holds_about_a_person(app: Flask, runtime: Runtime) -> None:
    holdings = runtime.holdings
    said = {table_of(held).name for held in holdings.held} | holdings.plain.keys()
    lacking = {
        name: HOW.format(model=model.__name__, room=model.__module__.split(".")[1])
        for name, model in _models().items()
        if name not in said
    }
    assert not lacking, "".join(f"\nThe table {name!r} says nothing.{how}" for name, how in lacking.items())


def test_every_number_of_a_person_is_known(app: Flask, runtime: Runtime) -> None:
    """As whom the row is about, or as whoever acted (`by`)."""
    by = {table_of(held).name: held.by for held in runtime.holdings.held} | dict(runtime.holdings.plain)
    held = {table_of(one).name: one for one in runtime.holdings.held}
    unknown = []
    for name, table in Base.metadata.tables.items():
        for column in table.columns:
            points = any(key.column.table.name == "person" and key.column.name == "id" for key in column.foreign_keys)
            if not (points or _NUMBER.search(column.name)) or column.name in by.get(name, ()):
                continue
            about = str(held[name].about(_SOMEBODY)) if name in held else ""
            if f"{name}.{column.name}" not in about and name not in _FOUND_OTHERWISE:
                unknown.append(
                    f"{name}.{column.name}: put it into `about` of the table's Holding, or into `by` "
                    "(the number of whoever acted) in the room's holdings.py"
                )
    assert not unknown, "\n".join(unknown)


def test_what_stays_says_why(app: Flask, runtime: Runtime) -> None:
    silent = [
        table_of(held).name
        for held in runtime.holdings.held
        if str(held.goes) != "true" and held.blanks is None and not held.stays
    ]
    assert not silent, f"{silent}: say in the room's holdings.py why the rows stay (stays=N_('…'))"


def test_every_list_taken_along_has_words_for_those_who_stand_in_it(app: Flask) -> None:
    files = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.endswith(exports.FILE)}
    wordless = sorted(files - LISTS.keys())
    assert not wordless, f"{wordless}: say in personal_data/words.py LISTS what somebody took along"
