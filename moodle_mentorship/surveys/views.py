"""Pages of questionnaires: what waits for me, answering, and for the curator asking and looking at who has answered."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from moodle_mentorship.consents import queries as consents
from moodle_mentorship.consents.enums import PURPOSES as CONSENTS
from moodle_mentorship.consents.errors import NoGround
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import DomainError, Invalid, NotFound
from moodle_mentorship.core.looks import ANSWERS
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.files.scans import LARGEST
from moodle_mentorship.moodle.to_people import reaches_people
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.school import words as week_words
from moodle_mentorship.surveys import (
    answers,
    content,
    files,
    inviting,
    queries,
    results,
    schemas,
    service,
    unnamed,
    words,
)
from moodle_mentorship.surveys.audiences import STAFF, audiences, people_of
from moodle_mentorship.surveys.enums import PURPOSES
from moodle_mentorship.surveys.errors import ChangedElsewhere, NobodyToAsk
from moodle_mentorship.surveys.models import Round
from moodle_mentorship.surveys.told import listeners
from moodle_mentorship.web import current, exports, forms, looks
from moodle_mentorship.web.access import any_role, roles, uploads
from moodle_mentorship.web.edge import without_launch

bp = Blueprint("surveys", __name__, template_folder="templates", url_prefix="/surveys")

curator = roles(Role.CURATOR)

#: Free answers that the results of a round with names show of one question; the file holds them all.
MOST_TEXTS = 100


@bp.get("/")
@any_role
def mine() -> ResponseReturnValue:
    person_id = current.actor().person_id
    rows = queries.mine(current.session(), current.school().id, person_id) if person_id is not None else []
    today = current.today()
    return render_template(
        "surveys/mine.html",
        waiting=[row for row in rows if row.round.takes_answers(today) and not row.sent],
        sent=[row for row in rows if row.sent],
    )


@bp.get("/rounds/<int:round_id>/answer")
@any_role
def answer(round_id: int) -> ResponseReturnValue:
    session, school_id, person_id = current.session(), current.school().id, current.actor().person_id
    asked = forms.read_address(schemas.OwnSheetSchema(), request.args)
    sheet = service.sheet(session, current.runtime().box, school_id, round_id, person_id, **asked)
    if sheet.sent and not sheet.correcting:
        may = queries.may_be_kept(session, school_id, person_id or 0, sheet.version.kind)
        correctable = may and sheet.round.takes_answers(current.today())
        return render_template(
            "surveys/sent.html",
            sheet=sheet,
            words=words,
            correctable=correctable,
        )
    return _sheet_page(sheet, sheet.values, {})


@bp.post("/rounds/<int:round_id>/answer")
@any_role
def submit(round_id: int) -> ResponseReturnValue:
    session, box, actor = current.session(), current.runtime().box, current.actor()
    correcting = request.form.get("correcting") == "yes"
    sheet = service.sheet(session, box, actor.school_id, round_id, actor.person_id, correcting=correcting)
    said = answers.from_form(sheet.content, request.form)
    if sheet.round.anonymous:
        without_launch()
    try:
        service.submit(
            session,
            box,
            actor,
            round_id,
            version=row_id(request.form.get("version", "")) or sheet.version.number,
            revision=row_id(request.form.get("revision", "")) or 0,
            said=said,
            listeners=listeners(),
            correcting=correcting,
            today=current.today(),
            now=current.now(),
        )
    except (Invalid, ChangedElsewhere, NoGround) as error:
        # Nothing of the refused act may be read back into the page that reports it.
        session.rollback()
        found = error.errors["answers"] if isinstance(error, Invalid) else {}
        return _sheet_page(sheet, said, forms.translated(found), error), error.status
    return redirect(url_for("surveys.answer", round_id=round_id, done="survey_sent"), 303)


@bp.post("/rounds/<int:round_id>/answer/files/<item>")
@any_role
@uploads(files.LARGEST_REQUEST)
def attach(round_id: int, item: str) -> ResponseReturnValue:
    sent = request.files.get(answers.FIELD + item)
    file, name = (sent.stream.read(LARGEST + 1), sent.filename or "") if sent is not None else (b"", "")
    return _with_file(round_id, item, "file_attached", lambda **how: service.attach(file=file, name=name, **how))


@bp.post("/rounds/<int:round_id>/answer/files/<item>/remove")
@any_role
@uploads(files.LARGEST_REQUEST)
def detach(round_id: int, item: str) -> ResponseReturnValue:
    return _with_file(round_id, item, "file_removed", service.detach)


def _with_file(round_id: int, item: str, done: str, verb: Callable[..., Any]) -> ResponseReturnValue:
    """The buttons beside a file send the whole form, so that without a script nothing typed is lost either."""
    session, box, actor = current.session(), current.runtime().box, current.actor()
    correcting = request.form.get("correcting") == "yes"
    sheet = service.sheet(session, box, actor.school_id, round_id, actor.person_id, correcting=correcting)
    said = answers.from_form(sheet.content, request.form)
    # Chosen anew beside the one that is removed.
    said.pop(item, None)
    values, unfit = answers.read(sheet.content, said)
    how: dict[str, Any] = {
        "version": row_id(request.form.get("version", "")) or sheet.version.number,
        "correcting": correcting,
        "today": current.today(),
        "now": current.now(),
    }
    try:
        if request.form.get("revision") != str(sheet.revision) and answers.unlike(sheet.content, values, sheet.values):
            raise ChangedElsewhere()
        if unfit:
            raise Invalid({"answers": unfit})
        service.save(session, box, actor, round_id, said=said, **how)
        verb(session=session, box=box, actor=actor, round_id=round_id, item=item, **how)
    except (Invalid, ChangedElsewhere, NoGround) as error:
        session.rollback()
        found = error.errors["answers"] if isinstance(error, Invalid) else {}
        return _sheet_page(sheet, said, forms.translated(found), error), error.status
    back = url_for(
        "surveys.answer",
        round_id=round_id,
        correcting="yes" if correcting else None,
        done=done,
        _anchor=f"f-{item}",
    )
    return redirect(back, 303)


@bp.get("/rounds/<int:round_id>/answer/files/<item>")
@any_role
def own_file(round_id: int, item: str) -> ResponseReturnValue:
    asked = forms.read_address(schemas.OwnSheetSchema(), request.args)
    box, person_id = current.runtime().box, current.actor().person_id
    sheet = service.sheet(current.session(), box, current.school().id, round_id, person_id, **asked)
    return _download(sheet, item)


@bp.get("/rounds/<int:round_id>/people/<int:person_id>/files/<item>")
@curator
def show_file(round_id: int, person_id: int, item: str) -> ResponseReturnValue:
    answer = _download(_sent_sheet(round_id, person_id), item)
    looks.noted(ANSWERS, person_id)
    return answer


def _download(sheet: service.Sheet, item: str) -> ResponseReturnValue:
    return exports.sent_in(*service.file_of(current.session(), current.runtime().box, sheet, item))


def _sheet_page(
    sheet: service.Sheet, shown: Mapping[str, Any], errors: Mapping[str, Any], error: DomainError | None = None
) -> str:
    typed, _unfit = answers.read(sheet.content, shown)
    attached = answers.files(sheet.content, sheet.values)
    given = attached | {code: value for code, value in typed.items() if value is not None}
    progress = answers.progress(sheet.content, given)
    elsewhere = answers.unlike(sheet.content, typed, sheet.values) if isinstance(error, ChangedElsewhere) else []
    session, school_id, kind = current.session(), current.school().id, sheet.version.kind
    lawful = queries.may_be_kept(session, school_id, current.actor().person_id or 0, kind)
    return render_template(
        "surveys/answer.html",
        sheet=sheet,
        open=sheet.round.takes_answers(current.today()),
        lawful=lawful,
        consent=next((consent for consent, its in CONSENTS.items() if its is PURPOSES.get(kind)), None),
        mark=not lawful and consents.local_act(session, school_id) is not None,
        shown={**shown, **attached},
        words=words,
        largest=LARGEST,
        refused=isinstance(error, NoGround),
        errors=errors,
        elsewhere={item.code: words.told(item, sheet.values.get(item.code)) for item in elsewhere},
        progress=progress,
        fewest=unnamed.FEWEST,
        answered=answered(progress.asked, progress.answered),
        # What the script says as answers come in: the time left by minutes.
        left=[time_left(minutes) for minutes in range(progress.minutes + most_minutes(sheet.content) + 1)],
        **form_words(sheet.content),
    )


def most_minutes(asks: content.Content) -> int:
    return -(-sum(item.effort for item in asks.items) // 60)


def form_words(asks: content.Content) -> dict[str, Any]:
    """What the drawing of items needs to know."""
    return {
        "items": {item.code: item for item in asks.items},
        "days": week_words.days(current.school().working_days),
        "parts": week_words.parts(),
        "condition": words.condition,
        "megabytes": files.MEGABYTES,
    }


def answered(asked: int, done: int) -> str:
    return str(_("Answered: %(done)s of %(asked)s", done=done, asked=asked))


def time_left(minutes: int) -> str:
    if not minutes:
        return str(_("all is answered"))
    return str(ngettext("about %(num)d minute left", "about %(num)d minutes left", minutes))


@bp.get("/manage")
@curator
def index() -> ResponseReturnValue:
    asked = forms.read_address(schemas.RoundListSchema(), request.args)
    session, school_id = current.session(), current.school().id
    page = queries.rounds(session, school_id, asked["cursor"])
    return render_template(
        "surveys/index.html",
        questionnaires=queries.questionnaires(session, school_id),
        page=page,
        shares=queries.shares(session, school_id, [row.id for row in page.rows]),
        today=current.today(),
        kinds=words.KINDS,
    )


@bp.post("/manage/ready-made")
@curator
def take_ready_made() -> ResponseReturnValue:
    service.take_ready_made(current.session(), current.actor(), current.now())
    return redirect(url_for("surveys.index", done="ready_made_taken"), 303)


@bp.get("/questionnaires/<int:questionnaire_id>")
@curator
def preview(questionnaire_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    questionnaire = queries.questionnaire_of(session, school_id, questionnaire_id)
    version = queries.published(session, school_id, questionnaire_id)
    asks = content.load(version.content)
    return render_template(
        "surveys/preview.html",
        questionnaire=questionnaire,
        version=version,
        content=asks,
        minutes=most_minutes(asks),
        time_left=time_left,
        kinds=words.KINDS,
        **form_words(asks),
    )


@bp.get("/rounds/new")
@curator
def new_round() -> ResponseReturnValue:
    return _round_form(request.args, {})


@bp.post("/rounds/new")
@curator
def start_round() -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.RoundStartSchema(), request.form)
        people = people_of(asked.pop("audience"))
        begun = service.start_round(current.session(), current.actor(), people=people, now=current.now(), **asked)
    except (Invalid, NobodyToAsk) as error:
        current.session().rollback()
        found = error.errors if isinstance(error, Invalid) else {"audience": [error.title]}
        return _round_form(request.form, forms.translated(found)), error.status
    return redirect(url_for("surveys.show_round", round_id=begun.id, done="round_started"), 303)


def _round_form(said: MultiDict[str, str] | Mapping[str, str], errors: Mapping[str, Any]) -> str:
    listed = [row for row in queries.questionnaires(current.session(), current.school().id) if row.version is not None]
    return render_template(
        "surveys/new_round.html",
        questionnaires=[(row.questionnaire.id, row.questionnaire.title) for row in listed],
        audiences=[(code, _(label)) for code, label in audiences().items()],
        said=said,
        chosen=said.get("audience", STAFF),
        fewest=unnamed.FEWEST,
        errors=errors,
        today=current.today(),
        year_ends=current.school().year_ends,
    )


@bp.get("/rounds/<int:round_id>")
@curator
def show_round(round_id: int) -> ResponseReturnValue:
    return _round_page(round_id)


def _round_page(round_id: int, remind_after: str | None = None, errors: Mapping[str, Any] | None = None) -> str:
    asked = forms.read_address(schemas.RoundListSchema(), request.args)
    session, school_id = current.session(), current.school().id
    shown = queries.round_of(session, school_id, round_id)
    return render_template(
        "surveys/round.html",
        round=shown,
        open=shown.takes_answers(current.today()),
        today=current.today(),
        share=queries.shares(session, school_id, [round_id])[round_id],
        unwritten=queries.count_unwritten(session, school_id, round_id, current.today()),
        reaches=reaches_people(session, school_id),
        page=queries.people_asked(session, school_id, round_id, asked["cursor"]),
        remind_after=shown.remind_after if remind_after is None else remind_after,
        errors=errors or {},
    )


@bp.post("/rounds/<int:round_id>/close")
@curator
def close_round(round_id: int) -> ResponseReturnValue:
    service.close_round(current.session(), current.actor(), round_id, current.now())
    return redirect(url_for("surveys.show_round", round_id=round_id, done="round_closed"), 303)


@bp.post("/rounds/<int:round_id>/reminders")
@curator
def set_reminders(round_id: int) -> ResponseReturnValue:
    try:
        asked = forms.read(schemas.RemindersSchema(), request.form)
        service.set_reminders(current.session(), current.actor(), round_id, asked["remind_after"], current.now())
    except Invalid as error:
        current.session().rollback()
        return _round_page(round_id, request.form["remind_after"], forms.translated(error.errors)), error.status
    return redirect(url_for("surveys.show_round", round_id=round_id, done="reminders_set"), 303)


@bp.post("/rounds/<int:round_id>/write")
@curator
def write(round_id: int) -> ResponseReturnValue:
    inviting.write_to_waiting(
        current.session(), current.runtime().jobs, current.actor(), round_id, current.today(), current.now()
    )
    return redirect(url_for("surveys.show_round", round_id=round_id, done="survey_written"), 303)


@bp.get("/rounds/<int:round_id>/results")
@curator
def show_results(round_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    shown = queries.round_of(session, school_id, round_id)
    if shown.anonymous:
        return _anonymous_results(shown)
    sent = list(queries.sent(session, school_id, round_id))
    items = _items(shown.questionnaire_id, {row.version_id for row in sent})
    looks.noted("surveys.show_results")
    return render_template(
        "surveys/results.html",
        round=shown,
        share=queries.shares(session, school_id, [round_id])[round_id],
        tallies=results.tally(items, [(row.person_id, row.values) for row in sent]),
        names={row.person_id: row.name for row in sent},
        counted=len(sent),
        most_texts=MOST_TEXTS,
        mean=lambda value: format_decimal(value, "0.0"),
        days=week_words.days(current.school().working_days),
        parts=week_words.parts(),
    )


def _anonymous_results(shown: Round) -> str:
    session = current.session()
    found = unnamed.results(session, current.runtime().box, shown, current.today())
    return render_template(
        "surveys/results.html",
        round=shown,
        share=queries.shares(session, shown.school_id, [shown.id])[shown.id],
        tallies=found.tallies if found is not None else [],
        names={},
        counted=found.answered if found is not None else 0,
        over=not shown.takes_answers(current.today()),
        fewest=unnamed.FEWEST,
        # There is no file that would hold the rest.
        most_texts=None,
        mean=lambda value: format_decimal(value, "0.0"),
        days=week_words.days(current.school().working_days),
        parts=week_words.parts(),
    )


@bp.get(f"/rounds/<int:round_id>/{exports.FILE}")
@curator
def export(round_id: int, kind: str) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    shown = queries.round_of(session, school_id, round_id)
    if shown.anonymous:
        # A file has a row for each who answered, and such rows side by side tell whose they are.
        raise NotFound(f"answers of people in round {round_id}")
    items = _items(shown.questionnaire_id, None)
    heading = [_("Surname, name, patronymic"), _("Position"), _("Sent on")]
    heading += [head for item in items for head in results.headings(item)]
    rows = (
        [
            row.name,
            row.position,
            local_date(row.submitted_at, current.school().timezone),
            *(cell for item in items for cell in results.cells(item, row.values.get(item.code), words.told)),
        ]
        for row in queries.sent(session, school_id, round_id)
    )
    return exports.download(kind, shown.questionnaire.title, heading, rows)


def _items(questionnaire_id: int, versions: set[int] | None) -> list[content.Item]:
    """What these versions ask (None: all of the questionnaire's); without an answer yet, what the newest one asks."""
    found = queries.versions_of(current.session(), current.school().id, questionnaire_id)
    used = [version for version in found if not versions or version.id in versions]
    return results.items_of([content.load(version.content) for version in used])


@bp.get("/rounds/<int:round_id>/people/<int:person_id>")
@curator
def show_answers(round_id: int, person_id: int) -> ResponseReturnValue:
    """What a person has sent off; a draft is nobody's business but theirs, and a profile needs its legal ground."""
    person = person_of(current.session(), current.school().id, person_id)
    sheet = _sent_sheet(round_id, person_id)
    looks.noted(ANSWERS, person_id)
    return render_template(
        "surveys/answers.html",
        sheet=sheet,
        person=person,
        words=words,
    )


def _sent_sheet(round_id: int, person_id: int) -> service.Sheet:
    session, school_id = current.session(), current.school().id
    sheet = service.sheet(session, current.runtime().box, school_id, round_id, person_id)
    if (
        not sheet.sent
        or sheet.response is None
        or not queries.may_be_kept(session, school_id, person_id, sheet.version.kind)
    ):
        raise NotFound(f"answers of person {person_id} in round {round_id}")
    return sheet
