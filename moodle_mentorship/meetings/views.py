"""Pages of meetings: the curator's list and each meeting, and one's own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.meetings import queries, schemas, service, words
from moodle_mentorship.meetings.enums import MeetingState
from moodle_mentorship.meetings.models import LONGEST_MINUTES, LONGEST_WHY, Meeting
from moodle_mentorship.moodle.to_people import reaches_people
from moodle_mentorship.people.enums import StaffSort
from moodle_mentorship.people.queries import StaffFilter, staff_page
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import any_role, roles

bp = Blueprint("meetings", __name__, template_folder="templates", url_prefix="/meetings")

curator = roles(Role.CURATOR)
readers = roles(Role.CURATOR, Role.DIRECTOR)


@bp.get("/")
@readers
def index() -> ResponseReturnValue:
    asked = forms.read_address(schemas.ListSchema(), request.args)
    session, school_id = current.session(), current.school().id
    page = queries.past(session, school_id, asked["cursor"])
    ahead = [] if asked["cursor"] else queries.ahead(session, school_id)
    return render_template(
        "meetings/index.html",
        ahead=ahead,
        page=page,
        further=asked["cursor"] is not None,
        counts=queries.counts(session, school_id, [row.id for row in (*ahead, *page.rows)]),
        **_common(),
    )


@bp.get(f"/{exports.FILE}")
@readers
def export(kind: str) -> ResponseReturnValue:
    heading = (
        *(
            _("What for"),
            _("Theme"),
            _("Day"),
            _("Time"),
            _("Where it is held"),
            _("State"),
            _("Invited"),
            _("Were there"),
        ),
        _("Why cancelled"),
    )
    return exports.download(kind, _("Meetings"), heading, _rows())


def _rows() -> Iterator[Sequence[exports.Cell]]:
    session, school_id = current.session(), current.school().id
    for chunk in queries.every(session, school_id):
        counts = queries.counts(session, school_id, [row.id for row in chunk])
        for row in chunk:
            count = counts[row.id]
            yield (
                *(_(words.KINDS[row.kind]), row.theme, row.day, row.starts_at, row.place),
                *(_(words.STATES[row.state][2]), count.invited),
                count.present if row.state is MeetingState.HELD else None,
                row.cancelled_why,
            )


@bp.get("/new")
@curator
def new() -> ResponseReturnValue:
    return _new_form(request.args, {}, held=False)


@bp.post("/new")
@curator
def call() -> ResponseReturnValue:
    try:
        said = forms.read(schemas.CallSchema(), request.form)
        made = service.call(
            *(current.session(), current.runtime().jobs, current.actor()),
            today=current.today(),
            now=current.now(),
            **said,
        )
    except DomainError as error:
        current.session().rollback()
        return _new_form(request.form, forms.beside_fields(error, "theme"), held=False), error.status
    return redirect(url_for("meetings.show", meeting_id=made.id, done="meeting_called"), 303)


@bp.get("/past")
@curator
def past() -> ResponseReturnValue:
    return _new_form({}, {}, held=True)


@bp.post("/past")
@curator
def put_down() -> ResponseReturnValue:
    try:
        said = forms.read(schemas.PutDownSchema(), request.form)
        made = service.put_down(
            *(current.session(), current.runtime().box, current.actor()),
            today=current.today(),
            now=current.now(),
            **said,
        )
    except DomainError as error:
        current.session().rollback()
        return _new_form(request.form, forms.beside_fields(error, "theme"), held=True), error.status
    return redirect(url_for("meetings.show", meeting_id=made.id, done="meeting_put_down"), 303)


def _new_form(values: Mapping[str, Any], errors: Mapping[str, Any], *, held: bool) -> str:
    return render_template(
        "meetings/new.html",
        values=values,
        errors=errors,
        held=held,
        kinds=[(kind.value, _(label)) for kind, label in words.KINDS.items()],
        audiences=[(audience.value, _(label)) for audience, label in words.AUDIENCES.items()],
        **_common(),
    )


@bp.get("/<int:meeting_id>")
@readers
def show(meeting_id: int) -> ResponseReturnValue:
    return _page(_meeting(meeting_id))


@bp.post("/<int:meeting_id>/change")
@curator
def change(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    try:
        said = forms.read(schemas.ChangeSchema(), request.form)
        service.change(
            *(current.session(), current.runtime().jobs, current.actor(), meeting_id),
            today=current.today(),
            now=current.now(),
            **said,
        )
    except DomainError as error:
        return _refused(meeting, error, "change", "theme")
    return redirect(url_for("meetings.show", meeting_id=meeting_id, done="meeting_changed"), 303)


@bp.post("/<int:meeting_id>/hold")
@curator
def hold(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    if request.form.get("all"):
        # Without a script: the page comes back with everybody ticked, and nothing is saved yet.
        return _page(meeting, form="hold", all_present=True)
    planned = meeting.state is MeetingState.PLANNED
    try:
        said = forms.read(schemas.HoldSchema(), request.form.to_dict() | {"present": request.form.getlist("present")})
        service.hold(
            *(current.session(), current.runtime().box, current.actor(), meeting_id),
            today=current.today(),
            now=current.now(),
            **said,
        )
    except DomainError as error:
        return _refused(meeting, error, "hold", "present")
    done = "meeting_held" if planned else "meeting_corrected"
    return redirect(url_for("meetings.show", meeting_id=meeting_id, done=done), 303)


@bp.post("/<int:meeting_id>/cancel")
@curator
def cancel(meeting_id: int) -> ResponseReturnValue:
    meeting = _meeting(meeting_id)
    try:
        why: str = forms.read(schemas.CancelSchema(), request.form)["why"]
        service.cancel(
            *(current.session(), current.runtime().jobs, current.actor(), meeting_id, why),
            *(current.today(), current.now()),
        )
    except DomainError as error:
        return _refused(meeting, error, "cancel", "why")
    return redirect(url_for("meetings.show", meeting_id=meeting_id, done="meeting_cancelled"), 303)


@bp.get("/<int:meeting_id>/people")
@curator
def choose(meeting_id: int) -> ResponseReturnValue:
    """Look for somebody who is to be invited, too."""
    meeting = _meeting(meeting_id)
    session, school_id = current.session(), current.school().id
    search = " ".join(request.args.get("search", "").split())
    page = staff_page(session, school_id, StaffFilter(search=search), StaffSort.NAME, request.args.get("cursor"))
    return render_template(
        "meetings/choose.html",
        meeting=meeting,
        page=page,
        search=search,
        invited={row.person_id for row in queries.people_of(session, school_id, meeting_id)},
        **_common(),
    )


@bp.post("/<int:meeting_id>/invite")
@curator
def invite(meeting_id: int) -> ResponseReturnValue:
    _meeting(meeting_id)
    person_id: int = forms.read(schemas.PersonSchema(), request.form)["person_id"]
    service.invite(
        *(current.session(), current.runtime().jobs, current.actor(), meeting_id, person_id),
        current.now(),
    )
    return redirect(url_for("meetings.show", meeting_id=meeting_id, done="meeting_invited"), 303)


@bp.post("/<int:meeting_id>/take-away")
@curator
def take_away(meeting_id: int) -> ResponseReturnValue:
    _meeting(meeting_id)
    person_id: int = forms.read(schemas.PersonSchema(), request.form)["person_id"]
    service.take_away(current.session(), current.actor(), meeting_id, person_id, current.now())
    return redirect(url_for("meetings.show", meeting_id=meeting_id, done="meeting_taken_away"), 303)


@bp.get("/mine")
@any_role
def mine() -> ResponseReturnValue:
    person_id = current.actor().person_id
    rows = queries.mine(current.session(), current.school().id, person_id) if person_id is not None else []
    today = current.today()
    ahead = [row for row in rows if row.meeting.state is MeetingState.PLANNED and row.meeting.day >= today]
    return render_template(
        "meetings/mine.html",
        ahead=list(reversed(ahead)),
        was=[row for row in rows if row not in ahead],
        **_common(),
    )


@bp.get("/mine/<int:meeting_id>")
@any_role
def read(meeting_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    invitation = queries.own_meeting(session, school_id, current.actor().person_id, meeting_id)
    meeting = queries.meeting_of(session, school_id, meeting_id)
    return render_template(
        "meetings/read.html",
        meeting=meeting,
        present=invitation.present,
        minutes=queries.minutes_of(session, current.runtime().box, meeting),
        **_common(),
    )


def _common() -> dict[str, Any]:
    return {
        "words": words,
        "today": current.today(),
        "may_edit": current.actor().has(Role.CURATOR),
        "reaches": reaches_people(current.session(), current.school().id),
        "longest": {"minutes": LONGEST_MINUTES, "why": LONGEST_WHY},
    }


def _meeting(meeting_id: int) -> Meeting:
    return queries.meeting_of(current.session(), current.school().id, meeting_id)


def _refused(meeting: Meeting, error: DomainError, form: str, otherwise: str) -> ResponseReturnValue:
    """The page with what was typed, and what is wrong with it; the next try counts from what stands there now."""
    if isinstance(error, NotFound):
        raise error
    current.session().rollback()
    again = _meeting(meeting.id)
    return _page(again, form=form, errors=forms.beside_fields(error, otherwise)), error.status


def _page(
    meeting: Meeting, *, form: str = "", errors: Mapping[str, Any] | None = None, all_present: bool = False
) -> str:
    """`form`: the one whose fields stand as they were typed."""
    session, school_id = current.session(), current.school().id
    people = queries.people_of(session, school_id, meeting.id)
    minutes = queries.minutes_of(session, current.runtime().box, meeting)
    typed = request.form if form else {}
    ticked = {row.person_id for row in people if row.present}
    if all_present:
        ticked = {row.person_id for row in people}
    elif form == "hold":
        ticked = {row.person_id for row in people if str(row.person_id) in request.form.getlist("present")}
    return render_template(
        "meetings/show.html",
        meeting=meeting,
        people=people,
        ticked=ticked,
        minutes=minutes,
        typed_minutes=typed.get("minutes", "") if form == "hold" else minutes or "",
        values=typed if form == "change" else meeting,
        why=typed.get("why", "") if form == "cancel" else "",
        form=form,
        errors=errors or {},
        present=sum(row.present is True for row in people),
        **_common(),
    )
