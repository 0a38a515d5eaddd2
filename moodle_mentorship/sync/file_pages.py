"""Reading a staff list in from a file: choose it, say what its columns mean, look at what would change, apply it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.db import finish
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.people import words
from moodle_mentorship.people.enums import RowOutcome
from moodle_mentorship.people.service import completing
from moodle_mentorship.people.service.completing import Entry, Plan, Planned
from moodle_mentorship.sync import importing, texts
from moodle_mentorship.sync.enums import Column
from moodle_mentorship.sync.errors import ColumnsUnclear, DirectoryMoved
from moodle_mentorship.sync.files.errors import FileMissing, FileRefused
from moodle_mentorship.sync.files.headings import names_people
from moodle_mentorship.sync.files.kinds import LARGEST
from moodle_mentorship.sync.files.tables import Table
from moodle_mentorship.sync.importing import Kept, Meanings
from moodle_mentorship.web import current, exports
from moodle_mentorship.web.access import roles, uploads

bp = Blueprint("staff_file", __name__, template_folder="templates", url_prefix="/sync/file")

# Whoever has such a file has it from the school's office.
reading = roles(Role.CURATOR, Role.ADMINISTRATOR)

# Rows shown of each outcome; the table to download holds all of them.
SHOWN = 100

# What somebody has to look at comes first.
ORDER = (
    *(RowOutcome.AMBIGUOUS, RowOutcome.UNKNOWN, RowOutcome.REFUSED, RowOutcome.CHANGED),
    *(RowOutcome.REPEATED, RowOutcome.UNCHANGED),
)


@bp.get("/")
@reading
def choose() -> ResponseReturnValue:
    return _choose()


@bp.post("/")
@reading
@uploads(LARGEST + 1024 * 1024)
def upload() -> ResponseReturnValue:
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise FileMissing()
        # One byte more than we take says that there are too many.
        content = sent.stream.read(LARGEST + 1)
        _let_others_write()
        table = Table(content)
    except FileRefused as error:
        return _choose(error), error.status
    session, actor = current.session(), current.actor()
    importing.keep(session, current.runtime().box, actor, sent.filename, content, current.now())
    known = importing.remembered(session, actor.school_id, table) is not None
    return redirect(url_for("staff_file.preview" if known else "staff_file.columns"), 303)


@bp.get("/columns")
@reading
def columns() -> ResponseReturnValue:
    try:
        kept = _kept()
        return _columns(kept, importing.meanings_of(current.session(), current.school().id, kept.table))
    except FileRefused as error:
        return _choose(error), error.status


@bp.post("/columns")
@reading
def say_columns() -> ResponseReturnValue:
    try:
        kept = _kept()
        meanings = _chosen(kept.table)
        problem = _problem(meanings)
        if problem is not None:
            return _columns(kept, meanings, problem), 422
    except FileRefused as error:
        return _choose(error), error.status
    importing.remember(current.session(), current.actor(), kept.table, meanings, current.now())
    return redirect(url_for("staff_file.preview"), 303)


@bp.get("/preview")
@reading
def preview() -> ResponseReturnValue:
    try:
        return _preview(_kept())
    except ColumnsUnclear:
        return redirect(url_for("staff_file.columns"), 302)
    except FileRefused as error:
        return _choose(error), error.status


@bp.get("/preview.csv")
@reading
def table_of_changes() -> ResponseReturnValue:
    kept = _kept()
    todo = _plan(kept)
    heading = [_("Line"), _("Name"), _("What happens"), _("Details")]
    rows = (
        (row.line, row.name, _(texts.OUTCOMES[row.outcome]), "; ".join(details(row, todo.managers)))
        for row in todo.rows
    )
    return exports.download(exports.CSV, _("What the file changes"), heading, rows)


@bp.post("/apply")
@reading
def apply() -> ResponseReturnValue:
    session, actor = current.session(), current.actor()
    try:
        kept = _kept()
        importing.apply(session, actor, _entries(kept), request.form.get("digest", ""), current.now())
    except DirectoryMoved as error:
        session.rollback()
        return _preview(kept, error), error.status
    except FileRefused as error:
        return _choose(error), error.status
    importing.forget(session, actor.school_id, kept)
    return redirect(url_for(_home(), done="file_applied"), 303)


@bp.post("/discard")
@reading
def discard() -> ResponseReturnValue:
    importing.forget(current.session(), current.school().id)
    return redirect(url_for(_home(), done="file_discarded"), 303)


def _home() -> str:
    return "people.staff" if current.actor().has(Role.CURATOR) else "sync.index"


def _kept() -> Kept:
    row = importing.kept_file(current.session(), current.school().id, current.now())
    if row is None:
        raise NotFound("no file")
    _let_others_write()
    return importing.opened(current.runtime().box, row)


def _let_others_write() -> None:
    """A spreadsheet takes seconds to be read, and SQLite has one writer: nobody waits for it meanwhile."""
    finish(current.session())


def _entries(kept: Kept) -> Sequence[Entry]:
    meanings = importing.meanings_of(current.session(), current.school().id, kept.table)
    if not names_people(meanings):
        raise ColumnsUnclear()
    _let_others_write()
    return importing.entries(kept.table, meanings, current.today())


def _plan(kept: Kept) -> Plan:
    return completing.plan(current.session(), current.school().id, _entries(kept))


def _choose(error: FileRefused | None = None) -> str:
    return render_template(
        "sync/file.html",
        kept=importing.kept_file(current.session(), current.school().id, current.now()),
        refusal=error and (_(error.title, **error.params), _(error.advice, **_words(error)), error.code),
        home=_home(),
        largest=LARGEST,
        megabytes=LARGEST // (1024 * 1024),
    )


def _words(error: FileRefused) -> dict[str, object]:
    """What the advice is filled with: the kind of a file is a msgid."""
    return {name: _(value) if isinstance(value, str) else value for name, value in error.params.items()}


def _columns(kept: Kept, meanings: Meanings, problem: str | None = None) -> str:
    table = kept.table
    samples = table.samples()
    shown = [
        (place, heading, [_cell(row.cell(place)) for row in samples if row.cell(place)], meanings.get(place))
        for place, heading in enumerate(table.headings)
        # Nothing stands in it and nothing above it.
        if heading or any(row.cell(place) for row in samples)
    ]
    return render_template(
        "sync/file_columns.html", kept=kept, columns=shown, meanings=texts.MEANINGS, problem=problem, home=_home()
    )


def _cell(cell: Any) -> str:
    return cell if isinstance(cell, str) else words.value_text(cell)


def _chosen(table: Table) -> Meanings:
    chosen = {}
    for place in range(len(table.headings)):
        meaning = request.form.get(f"column-{place}", "")
        if meaning in set(Column):
            chosen[place] = Column(meaning)
    return chosen


def _problem(meanings: Meanings) -> str | None:
    """What is wrong with what was chosen, as a msgid."""
    if len(set(meanings.values())) < len(meanings):
        return texts.ONE_COLUMN
    if not names_people(meanings):
        return texts.NO_NAMES
    return None


def _preview(kept: Kept, moved: DirectoryMoved | None = None) -> str:
    todo = _plan(kept)
    rows: dict[RowOutcome, list[Planned]] = {outcome: [] for outcome in ORDER}
    for row in todo.rows:
        if len(rows[row.outcome]) < SHOWN:
            rows[row.outcome].append(row)
    return render_template(
        "sync/file_preview.html",
        kept=kept,
        todo=todo,
        counts=todo.counts,
        rows={outcome: shown for outcome, shown in rows.items() if shown and outcome is not RowOutcome.UNCHANGED},
        outcomes=texts.OUTCOMES,
        advice=texts.OUTCOME_ADVICE,
        details=partial(details, managers=todo.managers),
        moved=moved,
        home=_home(),
    )


def details(row: Planned, managers: Mapping[int, str]) -> Sequence[str]:
    """What is told of a row, in the reader's language; `managers`: names of line managers by id."""
    return list(_details(row, managers))


def _details(row: Planned, managers: Mapping[int, str]) -> Iterable[str]:
    if row.known_as is not None:
        yield _("here: %(value)s", value=row.known_as)
    for change in row.changes:
        field = _(words.FIELDS[change.field])
        old, new = (words.value_text(value, change.field, managers) for value in (change.old, change.new))
        if change.problem is not None:
            yield _(change.problem, name=change.said)
        elif change.open:
            yield _("%(field)s: here %(old)s, in the file %(new)s — to be decided", field=field, old=old, new=new)
        else:
            yield f"{field}: {old} → {new}"
    if row.reason is not None:
        lines = ", ".join(map(str, row.others))
        yield f"{_(row.reason)} ({_('line')} {lines})" if lines else _(row.reason)


def door() -> Markup:
    """The way in from the staff list."""
    if not current.actor().has(Role.CURATOR):
        return Markup()
    return Markup(  # noqa: S704 — the template escapes
        render_template("sync/_file_door.html")
    )
