"""Pages of a pack: how far it is, what was left out of it, and the pack as files."""

import errno
import io
from collections.abc import Iterator, Sequence
from typing import IO

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.core.clock import local_time
from moodle_mentorship.core.db import finish
from moodle_mentorship.documents import packs, queries, service, words
from moodle_mentorship.documents.enums import Outcome, PackState, Take
from moodle_mentorship.documents.errors import NoRoom, PackNotReady
from moodle_mentorship.documents.models import Pack, PackItem
from moodle_mentorship.documents.schemas import ListSchema
from moodle_mentorship.documents.views import kinds, narrowed, readers
from moodle_mentorship.files import pdf
from moodle_mentorship.web import current, exports, forms, workbooks

bp = Blueprint("packs", __name__, template_folder="templates", url_prefix="/documents/packs")

_AT_WORK = (PackState.QUEUED, PackState.RUNNING)
_MEDIA_TYPES = {Take.ARCHIVE: "application/zip", Take.ONE_SIDE: pdf.MEDIA_TYPE, Take.BOTH_SIDES: pdf.MEDIA_TYPE}


@bp.post("/")
@readers
def collect() -> ResponseReturnValue:
    """Everything that the list shows, all its pages."""
    asked = forms.read(ListSchema(), request.form)
    pack = service.packing.collect(
        current.session(),
        current.runtime().jobs,
        current.actor(),
        narrowed(asked),
        asked["sort"],
        current.now(),
    )
    return redirect(url_for("packs.show", pack_id=pack.id), 303)


@bp.get("/<int:pack_id>")
@readers
def show(pack_id: int) -> ResponseReturnValue:
    pack = _mine(pack_id)
    items = queries.packed(current.session(), pack) if pack.state is PackState.DONE else []
    return render_template(
        "documents/pack.html",
        **_progress(pack),
        packed=sum(item.outcome is Outcome.PACKED for item in items),
        printed=sum(item.printed for item in items),
        remarked=[item for item in items if item.remark is not None],
        takes=Take,
        words=words,
    )


@bp.get("/<int:pack_id>/progress")
@readers
def progress(pack_id: int) -> ResponseReturnValue:
    """The fragment that htmx asks for each second; when the pack is made the whole page is read anew."""
    pack = _mine(pack_id)
    response = make_response(render_template("documents/_pack_progress.html", **_progress(pack)))
    if pack.state not in _AT_WORK:
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post("/<int:pack_id>/stop")
@readers
def stop(pack_id: int) -> ResponseReturnValue:
    pack = service.packing.stop(current.session(), current.actor(), pack_id, current.now())
    done = "pack_stopped" if pack.state is PackState.CANCELLED else None
    return redirect(url_for("packs.show", pack_id=pack_id, done=done), 303)


@bp.post("/<int:pack_id>/pack.<any(zip, pdf, 'duplex.pdf'):what>")
@readers
def take(pack_id: int, what: str) -> ResponseReturnValue:
    """A write, because it leaves its trace in the journal."""
    taken = Take(what)
    runtime, session = current.runtime(), current.session()
    pack = service.packing.take(session, current.actor(), pack_id, taken, current.now())
    at = local_time(pack.finished_at or pack.asked_at, current.school().timezone)

    def write(file: IO[bytes]) -> None:
        # The trace is kept first: on SQLite nobody else writes as long as this unit of work is open, and some hundred
        # megabytes of scans take their time.
        finish(session)
        with runtime.db.unit_of_work(read_only=True) as reading:
            items = queries.packed(reading, pack)
            if taken is Take.ARCHIVE:
                if not items:
                    raise PackNotReady("destroyed meanwhile")
                packs.write_archive(file, reading, runtime.box, pack, items, _list_of(pack, items), at)
            elif not any(item.printed for item in items):
                raise PackNotReady("nothing to print")
            else:
                packs.write_print(file, reading, runtime.box, items, both_sides=taken is Take.BOTH_SIDES)

    try:
        return exports.made(write, _MEDIA_TYPES[taken], f"{_('Documents')} {at:%Y-%m-%d %H-%M}.{taken.value}")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoom() from error


def _mine(pack_id: int) -> Pack:
    return queries.pack_of(current.session(), current.school().id, current.actor().person_id, pack_id)


def _progress(pack: Pack) -> dict[str, object]:
    at_work = pack.state in _AT_WORK
    # Between its end and the hour's job nothing is given out any more.
    ended = pack.state is PackState.DONE and pack.expires_at <= current.now()
    return {
        "pack": pack,
        "state": PackState.EXPIRED if ended else pack.state,
        "at_work": at_work,
        "at_hand": queries.at_hand(current.session(), pack) if at_work else None,
    }


def _list_of(pack: Pack, items: Sequence[PackItem]) -> bytes:
    titles = {kind.code: _(kind.title) for kind in kinds()}
    heading = [_("File"), _("Number"), _("Date"), _("Kind"), _("Heading"), _("State"), _("Remark")]

    def rows() -> Iterator[Sequence[workbooks.Cell]]:
        for item in items:
            yield [
                f"{packs.name_of(item, pack.total)}.docx" if item.outcome is Outcome.PACKED else None,
                item.number,
                item.signed_on,
                titles.get(item.kind, item.kind),
                item.heading,
                _(words.STATES[item.state]) if item.state else None,
                _(words.REMARKS[item.remark]) if item.remark else None,
            ]

    file = io.BytesIO()
    workbooks.write(file, _("List of the documents"), heading, rows())
    return file.getvalue()
