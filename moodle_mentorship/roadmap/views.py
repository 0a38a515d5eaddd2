"""Pages of the road map: the year, a line with its proof, versions, files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import DomainError, NotFound
from moodle_mentorship.documents import service as documents
from moodle_mentorship.documents.views import as_docx, as_pdf, kinds
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import full_names_of, holders
from moodle_mentorship.roadmap import orders, plan, queries, ready, schemas, service, told, words
from moodle_mentorship.roadmap.enums import How, Moved, Standing, Timing
from moodle_mentorship.roadmap.frozen import FrozenLine, changes, frozen, thawed
from moodle_mentorship.roadmap.models import STAGES, Line
from moodle_mentorship.roadmap.progress import occasions
from moodle_mentorship.roadmap.reminding import APPOINTED
from moodle_mentorship.roadmap.tasks import marked_lines
from moodle_mentorship.school.models import SchoolYear
from moodle_mentorship.web import current, exports, forms
from moodle_mentorship.web.access import any_role, roles

bp = Blueprint("roadmap", __name__, template_folder="templates", url_prefix="/road-map")

curator = roles(Role.CURATOR)


@bp.get("/")
@any_role
def index() -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    asked = forms.read_address(schemas.ShownSchema(), request.args)
    this_year = current.school().year_begins.year
    year = asked["year"] if asked["year"] is not None else this_year
    years = queries.years(session, school_id)
    road_map = queries.map_of(session, school_id, year)
    if road_map is None:
        if year != this_year:
            raise NotFound(f"no road map of {year}")
        earlier = next((start for start in years if start < this_year), None)
        return render_template(
            "roadmap/empty.html",
            earlier=SchoolYear(earlier).label if earlier is not None else None,
            stages=ready.SHORT,
            years=_other_years(years, year),
            may_edit=_is_curator(),
        )
    found = queries.shown(session, told.evidence(current_app), road_map, current.today())
    return render_template(
        "roadmap/index.html",
        found=found,
        show=asked["show"],
        years=_other_years(years, year),
        year=SchoolYear(year).label,
        is_now=year == this_year,
        may_edit=_is_curator() and year == this_year,
        stage_titles=ready.STAGES,
        line_of_year=_line_of_year(found.stages),
        today=current.today(),
        **_words(),
    )


@bp.post("/take")
@curator
def take() -> ResponseReturnValue:
    service.take_ready(current.session(), current.actor(), current.now())
    return redirect(url_for("roadmap.index", done="map_taken"), 303)


@bp.post("/copy")
@curator
def copy() -> ResponseReturnValue:
    service.copy_earlier(current.session(), current.actor(), current.today(), current.now())
    return redirect(url_for("roadmap.index", done="map_copied"), 303)


@bp.post("/reminders")
@curator
def set_reminders() -> ResponseReturnValue:
    asked = forms.read(schemas.RemindersSchema(), request.form)
    service.set_reminders(current.session(), current.actor(), asked["reminds"], current.now())
    return redirect(url_for("roadmap.versions", done="map_reminds"), 303)


@bp.get(f"/{exports.FILE}")
@any_role
def export(kind: str) -> ResponseReturnValue:
    session = current.session()
    road_map = queries.current_map(session, current.school().id)
    found = queries.shown(session, told.evidence(current_app), road_map, current.today())
    heading = (
        *(_("No."), _("Stage"), _("What is done"), _("When"), _("From"), _("Until"), _("Responsible")),
        *(_("What comes of it"), _("State"), _("Done on"), _("Proof")),
    )
    return exports.download(kind, _("Road map"), heading, _rows(found))


@bp.get("/road-map.docx")
@any_role
def download() -> ResponseReturnValue:
    return as_docx(_paper(None), "road-map")


@bp.get("/road-map.pdf")
@any_role
def download_pdf() -> ResponseReturnValue:
    return as_pdf(_paper(None), "road-map", own=False)


@bp.get("/versions/<int:version_id>/road-map.docx")
@any_role
def download_version(version_id: int) -> ResponseReturnValue:
    return as_docx(_paper(version_id), f"road-map-{version_id}")


@bp.get("/versions/<int:version_id>/road-map.pdf")
@any_role
def download_version_pdf(version_id: int) -> ResponseReturnValue:
    return as_pdf(_paper(version_id), f"road-map-{version_id}", own=False)


def _paper(version_id: int | None) -> bytes:
    """The road map of this year as DOCX: a version of it, or its lines of now. Raises `NotFound`."""
    session, school_id = current.session(), current.school().id
    road_map = queries.current_map(session, school_id)
    if version_id is None:
        return plan.of_now(session, road_map)
    return plan.of_version(session, road_map, queries.version_of(session, school_id, road_map.id, version_id))


@bp.get("/lines/new")
@curator
def new_line() -> ResponseReturnValue:
    if not _has_map():
        return redirect(url_for("roadmap.index"), 303)
    stage = request.args.get("stage", "1")
    return _line_form(None, {"stage": stage, "timing": Timing.PERIOD.value, "responsible": "role:curator"}, {})


@bp.post("/lines/new")
@curator
def add_line() -> ResponseReturnValue:
    try:
        said = forms.read(schemas.LineSchema(), _with_evidence())
        service.add_line(current.session(), current.actor(), told.evidence(current_app), said, current.now())
    except DomainError as error:
        return _refused(None, error)
    return redirect(url_for("roadmap.index", done="line_added"), 303)


@bp.get("/lines/<int:line_id>")
@any_role
def line(line_id: int) -> ResponseReturnValue:
    return _line_page(line_id, {"done_on": current.today().isoformat()}, {})


@bp.get("/lines/<int:line_id>/edit")
@curator
def edit_line(line_id: int) -> ResponseReturnValue:
    row = _line_of_this_year(line_id)
    return _line_form(row, _said(row), {})


@bp.post("/lines/<int:line_id>/edit")
@curator
def save_line(line_id: int) -> ResponseReturnValue:
    row = _line_of_this_year(line_id)
    try:
        said = forms.read(schemas.LineSchema(), _with_evidence())
        service.change_line(
            current.session(), current.actor(), told.evidence(current_app), line_id, said, current.now()
        )
    except DomainError as error:
        return _refused(row, error)
    return redirect(url_for("roadmap.line", line_id=line_id, done="line_saved"), 303)


@bp.post("/lines/<int:line_id>/move")
@curator
def move_line(line_id: int) -> ResponseReturnValue:
    where: Moved = forms.read(schemas.MoveSchema(), request.form)["where"]
    service.move_line(current.session(), current.actor(), line_id, where, current.now())
    return redirect(url_for("roadmap.line", line_id=line_id, done="line_moved"), 303)


@bp.post("/lines/<int:line_id>/remove")
@curator
def remove_line(line_id: int) -> ResponseReturnValue:
    service.remove_line(current.session(), current.actor(), line_id, current.now())
    return redirect(url_for("roadmap.index", done="line_removed"), 303)


@bp.post("/lines/<int:line_id>/mark")
@any_role
def mark(line_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.TickSchema(), request.form)
        service.tick(
            *(current.session(), current.actor(), line_id, asked.pop("part")),
            today=current.today(),
            now=current.now(),
            **asked,
        )
    except NotFound:
        raise
    except DomainError as error:
        if error.status == 403:
            raise
        current.session().rollback()
        return _line_page(line_id, request.form, forms.beside_fields(error, "note")), error.status
    return redirect(url_for("roadmap.line", line_id=line_id, done="line_marked"), 303)


@bp.post("/lines/<int:line_id>/take-back")
@any_role
def take_back(line_id: int) -> ResponseReturnValue:
    part: int = forms.read(schemas.PartSchema(), request.form)["part"]
    service.untick(
        *(current.session(), current.actor(), told.evidence(current_app), line_id, part),
        *(current.today(), current.now()),
    )
    return redirect(url_for("roadmap.line", line_id=line_id, done="mark_taken_back"), 303)


@bp.post("/lines/<int:line_id>/look")
@curator
def look_again(line_id: int) -> ResponseReturnValue:
    service.look_again(current.session(), current.actor(), line_id, current.now())
    return redirect(url_for("roadmap.line", line_id=line_id, done="line_looks"), 303)


@bp.get("/versions")
@any_role
def versions() -> ResponseReturnValue:
    if not _has_map():
        return redirect(url_for("roadmap.index"), 303)
    return _versions_page({}, {})


@bp.post("/versions")
@curator
def approve() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.ApproveSchema(), request.form)
        service.approve(current.session(), current.actor(), today=current.today(), now=current.now(), **asked)
    except NotFound:
        raise
    except DomainError as error:
        current.session().rollback()
        return _versions_page(request.form, forms.beside_fields(error, "order_number")), error.status
    return redirect(url_for("roadmap.versions", done="map_approved"), 303)


@bp.post("/order")
@curator
def prepare() -> ResponseReturnValue:
    """The draft of the order that approves the lines of now, or the one that there is. Raises `NothingToSay`."""
    draft = documents.begin(current.session(), kinds(), current.actor(), orders.CODE, {}, current.now())
    return redirect(url_for("documents.show", document_id=draft.id, done="map_order_begun"), 303)


@bp.get("/versions/<int:version_id>")
@any_role
def version(version_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    road_map = queries.current_map(session, school_id)
    every = queries.versions_of(session, school_id, road_map.id)
    shown = queries.version_of(session, school_id, road_map.id, version_id)
    before = queries.earlier(every, shown)
    lines = thawed(shown.lines)
    differing = changes(thawed(before.lines), lines) if before is not None else []
    return render_template(
        "roadmap/version.html",
        version=shown,
        before=before,
        lines=lines,
        changes=differing,
        names=_names(lines, *([thawed(before.lines)] if before is not None else [])),
        stage_titles=ready.STAGES,
        **_words(),
    )


def _has_map() -> bool:
    """Without one, the first page of the road map says how a year begins."""
    return queries.map_of(current.session(), current.school().id, current.school().year_begins.year) is not None


def _is_curator() -> bool:
    return current.actor().has(Role.CURATOR)


def _other_years(years: Sequence[int], shown: int) -> list[tuple[int, str]]:
    """Other school years to look at; this one too, while it is not the one that is shown."""
    offered = {*years, current.school().year_begins.year} - {shown}
    return [(start, SchoolYear(start).label) for start in sorted(offered, reverse=True)]


def _words() -> dict[str, Any]:
    return {
        "words": words,
        "standings": words.STANDINGS,
        "Standing": Standing,
        "How": How,
        "proof_words": told.proof_words,
        "seen_words": told.seen_words,
        "source_titles": told.titles,
        "responsible": responsible,
        "responsible_then": responsible_then,
        "may_mark": lambda row: service.may_mark(current.actor(), row),
    }


def responsible(row: Line) -> str:
    """Who a line names, in the reader's words."""
    if row.responsible_person is not None:
        return row.responsible_person.full_name
    if row.responsible_role is not None:
        return str(_(words.RESPONSIBLE.get(row.responsible_role, row.responsible_role.value)))
    return row.responsible_words or "—"


def responsible_then(row: FrozenLine, names: Mapping[int, str]) -> str:
    """Who a version's line names."""
    if row.person_id is not None:
        return names.get(row.person_id, "—")
    if row.role is not None:
        return str(_(words.RESPONSIBLE.get(row.role, row.role.value)))
    return row.words or "—"


def _names(*versions: Sequence[FrozenLine]) -> dict[int, str]:
    people = set().union(*(queries.people_in(lines) for lines in versions))
    return full_names_of(current.session(), current.school().id, people) if people else {}


def _line_of_this_year(line_id: int) -> Line:
    session, school_id = current.session(), current.school().id
    row = queries.line_of(session, school_id, line_id)
    if row.road_map_id != queries.current_map(session, school_id).id:
        raise NotFound(f"line {line_id} belongs to another year")
    return row


def _line_page(line_id: int, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    _line_of_this_year(line_id)
    road_map = queries.current_map(session, school_id)
    found = queries.shown(session, told.evidence(current_app), road_map, current.today())
    row = next(row for row in found.lines if row.line.id == line_id)
    beside = [one for one in found.lines if one.line.stage == row.line.stage]
    marked = [(occasion, row.ticks.get(occasion.part)) for occasion in occasions(row.line, found.road_map.year_start)]
    return render_template(
        "roadmap/line.html",
        row=row,
        marked=marked,
        held=[words.month(occasion.starts_on) for occasion, _tick in marked if occasion.part in row.line.held_parts],
        first=beside[0] is row,
        last=beside[-1] is row,
        values=values,
        errors=errors,
        today=current.today(),
        may_edit=_is_curator(),
        stage_titles=ready.STAGES,
        **_words(),
    )


def _said(row: Line) -> dict[str, Any]:
    """A line as its form would have sent it."""
    if row.responsible_person_id is not None:
        who = f"person:{row.responsible_person_id}"
    elif row.responsible_role is not None:
        who = f"role:{row.responsible_role.value}"
    else:
        who = "words" if row.responsible_words else ""
    return {
        "stage": row.stage,
        "content": row.content,
        "timing": row.timing.value,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "responsible": who,
        "responsible_words": row.responsible_words,
        "product": row.product,
        "evidence": row.evidence,
    }


def _with_evidence() -> dict[str, Any]:
    return request.form.to_dict() | {"evidence": request.form.getlist("evidence")}


def _refused(row: Line | None, error: DomainError) -> ResponseReturnValue:
    if isinstance(error, NotFound):
        raise error
    current.session().rollback()
    return _line_form(row, _with_evidence(), forms.beside_fields(error, "timing")), error.status


def _line_form(row: Line | None, values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return render_template(
        "roadmap/edit.html",
        row=row,
        values=values,
        errors=errors,
        stages=[(stage, f"{stage}. {ready.STAGES[stage]}") for stage in STAGES],
        timings=[(timing.value, _(label)) for timing, label in words.TIMINGS.items()],
        people=_responsible_choices(row),
        sources=list(told.evidence(current_app)),
        **_words(),
    )


def _responsible_choices(row: Line | None) -> list[tuple[str, str]]:
    """Roles, then those who hold one by appointment (they have a «Сегодня»), then words."""
    people: dict[int, Person] = {}
    for role, holding in holders(current.session(), current.school().id).items():
        if role in APPOINTED:
            people.update((person.id, person) for person in holding)
    if row is not None and row.responsible_person is not None:
        people[row.responsible_person.id] = row.responsible_person
    return [
        ("", "—"),
        *((f"role:{role.value}", _(label)) for role, label in words.RESPONSIBLE.items()),
        *(
            (f"person:{person.id}", person.full_name)
            for person in sorted(people.values(), key=lambda person: person.search_name)
        ),
        ("words", _("in other words, written below")),
    ]


def _versions_page(values: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    session, school_id = current.session(), current.school().id
    road_map = queries.current_map(session, school_id)
    every = queries.versions_of(session, school_id, road_map.id)
    approved = queries.in_force(every)
    lines = frozen(queries.lines_of(session, school_id, road_map.id))
    differing = changes(thawed(approved.lines), lines) if approved is not None else []
    return render_template(
        "roadmap/versions.html",
        road_map=road_map,
        versions=every,
        approved=approved,
        waits=any(one.approved_at is None and one.cancelled_at is None for one in every),
        changes=differing,
        names=_names(lines, *([thawed(approved.lines)] if approved is not None else [])),
        lines=lines,
        values=values,
        errors=errors,
        may_edit=_is_curator(),
        **_words(),
    )


def _rows(found: queries.Shown) -> Iterator[Sequence[exports.Cell]]:
    for row in found.lines:
        last = max((tick.done_on for tick in row.ticks.values()), default=None)
        said = [
            *(sentence for tick in row.ticks.values() for sentence, _endpoint in told.proof_words(tick)),
            *(part for tick in row.ticks.values() for part in (tick.note, tick.link) if part),
        ]
        yield (
            row.number,
            ready.STAGES[row.line.stage],
            row.line.content,
            _(words.TIMINGS[row.line.timing]),
            row.line.starts_on,
            row.line.ends_on,
            responsible(row.line),
            row.line.product,
            _(words.STANDINGS[row.standing][2]),
            last if row.standing is Standing.DONE else None,
            "; ".join(said) or None,
        )


def year_today() -> Markup:
    """The year as a line, on the first page of who looks after the whole of it."""
    marked = marked_lines() if current.visit().active_role in (Role.CURATOR, Role.DIRECTOR) else None
    if marked is None or not marked.lines:
        return Markup()
    drawn = _line_of_year(marked.stages(current.today()))
    page = render_template("roadmap/_year.html", line_of_year=drawn, today=current.today())
    return Markup(page)  # noqa: S704 — the template has escaped it


def _line_of_year(stages: Sequence[queries.ShownStage]) -> list[dict[str, Any]]:
    """What the drawing of the year says of each stage."""
    today, drawn, now = current.today(), [], queries.under_way(stages)
    for stage in stages:
        starts, ends = stage.starts_on, stage.ends_on
        is_now = stage.number == now
        share = 0
        if starts is not None and ends is not None and starts < ends:
            share = round(100 * max(0, min(1, (today - starts) / (ends - starts))))
        drawn.append(
            {
                "stage": stage,
                "title": ready.SHORT[stage.number],
                "all_year": bool(stage.lines) and all(row.line.timing is Timing.YEAR for row in stage.lines),
                "is_now": is_now,
                "passed": now is not None and stage.number < now,
                "share": max(16, min(94, share)) if is_now else 0,
            }
        )
    return drawn
