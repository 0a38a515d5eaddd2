"""The curator's pages: register of consents, who lacks one, one person's, what is to be done, the school's rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries, service, words
from moodle_mentorship.consents.enums import PURPOSES, Category, ConsentForm, ConsentKind, Order, Shown
from moodle_mentorship.consents.errors import UnknownBlank
from moodle_mentorship.consents.models import Consent
from moodle_mentorship.consents.needs import Needs
from moodle_mentorship.consents.printing import download, papers
from moodle_mentorship.consents.schemas import (
    PAPER,
    ActSchema,
    AddressSchema,
    KindSchema,
    MissingSchema,
    PaperSchema,
    RegisterSchema,
    RemindSchema,
    TextSchema,
    WithdrawSchema,
)
from moodle_mentorship.consents.service import Given
from moodle_mentorship.consents.wording import BLANKS, PROCESSOR
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.looks import SCAN
from moodle_mentorship.core.paging import COUNTED
from moodle_mentorship.core.schemas import row_id
from moodle_mentorship.files.enums import EXTENSIONS, MEDIA_TYPES
from moodle_mentorship.files.errors import ScanRefused
from moodle_mentorship.files.scans import LARGEST
from moodle_mentorship.files.service import open_scan
from moodle_mentorship.law.checker import check
from moodle_mentorship.law.enums import Verdict
from moodle_mentorship.law.queries import references
from moodle_mentorship.law.words import VERDICTS
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.web import current, exports, forms, looks
from moodle_mentorship.web.access import roles, uploads
from moodle_mentorship.web.back import return_to

bp = Blueprint("consents", __name__, template_folder="templates", url_prefix="/consents")

curator = roles(Role.CURATOR)

NEEDS = "mentorship.consent_needs"
#: Bytes of a form with a scan.
LARGEST_REQUEST = LARGEST + 1024 * 1024
# Papers in one file: more than a school prints at once, and made within the time of a request.
MOST_PAPERS = 500


def needs() -> Needs:
    """Of whom which document is needed, as the rooms above have said."""
    registry: Needs = current_app.extensions[NEEDS]
    return registry


@bp.get("/")
@curator
def index() -> ResponseReturnValue:
    asked = forms.read_address(RegisterSchema(), request.args)
    session, school_id, today = current.session(), current.school().id, current.today()
    narrowed = _narrowed(asked)
    page = queries.register(session, school_id, sort=asked["sort"], cursor=asked["cursor"], **narrowed)
    return render_template(
        "consents/index.html",
        page=page,
        total=queries.register_count(session, school_id, **narrowed),
        counted=COUNTED,
        asked=asked,
        address={
            name: getattr(asked[name], "value", asked[name]) for name in ("q", "shown", "document", "form", "sort")
        },
        plain=not asked["q"] and not asked["document"] and not asked["form"] and asked["shown"] is Shown.IN_FORCE,
        soon=today + queries.SOON,
        words=words,
        shown=list(Shown),
        orders=list(Order),
        kinds=list(ConsentKind),
        consent_forms=list(ConsentForm),
        lacking=_lacking(session, school_id),
    )


@bp.get(f"/{exports.FILE}")
@curator
def export(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(RegisterSchema(), request.args)
    rows = queries.whole_register(current.session(), current.school().id, sort=asked["sort"], **_narrowed(asked))
    heading = [
        *(_("Surname, name, patronymic"), _("Document"), _("How given"), _("Number"), _("Given on")),
        _("Version of the text"),
        *(_("Valid until"), _("Scan"), _("State")),
    ]
    return exports.download(kind, _("Register of consents"), heading, map(_register_row, chain.from_iterable(rows)))


@bp.get(f"/missing/{exports.FILE}")
@curator
def export_missing(kind: str) -> ResponseReturnValue:
    asked = forms.read_address(MissingSchema(), request.args)
    if asked["document"] not in needs().kinds:
        raise NotFound(asked["document"])
    rows = queries.all_missing(
        current.session(), needs(), current.school().id, asked["document"], **_missing_narrowed(asked)
    )
    people = ([person.full_name, person.position] for person in chain.from_iterable(rows))
    title = f"{_('Missing consents')} {_(words.KINDS[asked['document']])}"
    return exports.download(kind, title, [_("Surname, name, patronymic"), _("Position")], people)


@bp.get("/missing")
@curator
def missing() -> ResponseReturnValue:
    asked = forms.read_address(MissingSchema(), request.args)
    session, school_id = current.session(), current.school().id
    offered = needs().kinds
    if asked["document"] not in offered:
        asked["document"] = offered[0]
    narrowed = _missing_narrowed(asked)
    page = queries.missing(session, needs(), school_id, asked["document"], cursor=asked["cursor"], **narrowed)
    return render_template(
        "consents/missing.html",
        page=page,
        total=queries.missing_count(session, needs(), school_id, asked["document"], **narrowed),
        counted=COUNTED,
        most=MOST_PAPERS,
        asked=asked,
        address={"q": asked["q"], "document": asked["document"].value, "count": asked["count"]},
        words=words,
        kinds=offered,
        lacking=_lacking(session, school_id),
        blank=_blank_details(session, school_id),
        reminded=queries.reminded_on(session, school_id, [row.id for row in page.rows]),
        today=current.today(),
    )


@bp.post("/missing/remind")
@curator
def remind_missing() -> ResponseReturnValue:
    """Everybody on the list, on all its pages."""
    asked = forms.read_address(MissingSchema(), request.form)
    if asked["document"] not in needs().kinds:
        raise NotFound(asked["document"])
    people = queries.unreminded(
        current.session(),
        needs(),
        current.school().id,
        asked["document"],
        **_missing_narrowed(asked),
    )
    remind_people(people)
    return return_to(url_for("consents.missing", document=asked["document"].value), "consent_reminded")


@bp.post("/remind")
@curator
def remind() -> ResponseReturnValue:
    asked = forms.read(RemindSchema(), {"person_ids": request.form.getlist("person_ids")})
    remind_people(asked["person_ids"])
    return return_to(url_for("consents.missing"), "consent_reminded")


def remind_people(person_ids: Sequence[int]) -> int:
    """How many of these people Moodle writes to. Raises what `service.remind` does."""
    return service.remind(
        current.session(),
        current.runtime().jobs,
        needs(),
        current.actor(),
        person_ids,
        current.today(),
        current.now(),
    )


@bp.get("/missing.docx")
@curator
def missing_papers() -> ResponseReturnValue:
    asked = forms.read_address(MissingSchema(), request.args)
    session, school_id, kind = current.session(), current.school().id, asked["document"]
    if kind not in needs().kinds:
        raise NotFound(kind)
    wanted = queries.missing_people(needs(), school_id, kind, **_missing_narrowed(asked)).order_by(
        Person.search_name, Person.id
    )
    people = session.scalars(wanted.limit(MOST_PAPERS)).all()
    looks.noted("consents.missing_papers")
    return download(papers(session, school_id, kind, people, current.today()), f"consents-{kind.value}")


@bp.get("/people/<int:person_id>")
@curator
def person(person_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    row = person_of(session, school_id, person_id)
    given = queries.consents_of_person(session, school_id, person_id)
    return render_template(
        "consents/person.html",
        person=row,
        kinds=list(ConsentKind),
        needed=queries.needed_of(session, needs(), school_id, person_id, current.today()),
        in_force=[consent for consent in given if consent.ended_at is None],
        ended=[consent for consent in given if consent.ended_at is not None],
        permits=queries.permits(session, school_id, [consent.id for consent in given]),
        words=words,
        megabytes=LARGEST // (1024 * 1024),
        largest=LARGEST,
    )


@bp.get("/people/<int:person_id>/paper.docx")
@curator
def paper(person_id: int) -> ResponseReturnValue:
    session, school_id = current.session(), current.school().id
    kind = forms.read_address(KindSchema(), request.args)["document"]
    row = person_of(session, school_id, person_id)
    return download(papers(session, school_id, kind, [row], current.today()), f"consent-{kind.value}")


@bp.get("/people/<int:person_id>/record")
@curator
def record(person_id: int) -> ResponseReturnValue:
    kind = forms.read_address(KindSchema(), request.args)["document"]
    school = school_of(current.session(), current.school().id)
    today = current.today()
    values = {"given_on": today.isoformat(), "valid_until": max(school.year_ends, today).isoformat()}
    return _record_form(person_id, kind, values, {})


@bp.post("/people/<int:person_id>/record")
@curator
@uploads(LARGEST_REQUEST)
def save_record(person_id: int) -> ResponseReturnValue:
    kind = forms.read_address(KindSchema(), request.form)["document"]
    try:
        values = forms.read(PaperSchema(), request.form)
        given = Given(
            kind=values.pop("document"), **values, permits=_permits(request.form.getlist("permit")), scan=_sent_scan()
        )
        service.record_paper(
            current.session(),
            current.runtime().grounds,
            current.runtime().box,
            current.actor(),
            person_id,
            given,
            current.today(),
            current.now(),
        )
    except Invalid as error:
        return _record_form(person_id, kind, request.form, error.errors), error.status
    except ScanRefused as error:
        return _record_form(person_id, kind, request.form, {}, error), error.status
    return redirect(url_for("consents.person", person_id=person_id, done="consent_recorded"), 303)


@bp.post("/people/<int:person_id>/withdraw")
@curator
def withdraw(person_id: int) -> ResponseReturnValue:
    person_of(current.session(), current.school().id, person_id)
    kind = forms.read(WithdrawSchema(), request.form)["document"]
    ended = service.withdraw(
        current.session(),
        current.runtime().grounds,
        current.actor(),
        person_id,
        kind,
        current.today(),
        current.now(),
    )
    done = "consent_withdrawn" if ended.remaining is None else "consent_withdrawn_goes_on"
    return redirect(url_for("consents.person", person_id=person_id, done=done), 303)


@dataclass(frozen=True)
class Words:
    """What somebody agreed to. `kept`: as it read at the moment of the mark; else the version of the text as the school
    wrote it, with names in braces."""

    version: int
    kept: bool
    title: str
    paragraphs: Sequence[str]


def words_of(consent: Consent) -> Words:
    """What a consent agreed to, as far as it is known here."""
    agreed = queries.agreed(consent, current.runtime().box)
    if agreed is not None:
        return Words(consent.version, True, agreed.title, agreed.paragraphs)
    return Words(consent.version, False, consent.text.title, consent.text.body.splitlines())


def own_consent(consent_id: int) -> Consent:
    """A consent of the visitor's own. Raises `NotFound`, also for another person's."""
    consent = queries.consent_of(current.session(), current.school().id, consent_id)
    if consent.person_id != current.actor().person_id:
        raise NotFound(f"consent {consent_id}")
    return consent


@bp.get("/<int:consent_id>/words")
@curator
def read_words(consent_id: int) -> ResponseReturnValue:
    consent = queries.consent_of(current.session(), current.school().id, consent_id)
    return render_template("consents/words.html", consent=consent, agreed=words_of(consent), words=words)


@bp.get("/<int:consent_id>/scan")
@curator
def scan(consent_id: int) -> ResponseReturnValue:
    return scan_file(consent_id)


def scan_file(consent_id: int) -> Response:
    """The scan as it was sent in, to save; that it was looked at leaves a trace. Raises `NotFound`."""
    consent = queries.consent_of(current.session(), current.school().id, consent_id)
    if consent.scan_id is None:
        raise NotFound(f"consent {consent_id} has no scan")
    looks.noted(SCAN, consent.person_id)
    content, kind = open_scan(current.session(), current.runtime().box, current.school().id, consent.scan_id)
    # Never shown in place: what somebody has sent in is looked at outside of our pages.
    return Response(
        content,
        mimetype=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="consent-{consent.id}{EXTENSIONS[kind][0]}"'},
    )


@bp.post("/<int:consent_id>/scan")
@curator
@uploads(LARGEST_REQUEST)
def attach(consent_id: int) -> ResponseReturnValue:
    consent = attach_sent(consent_id)
    return redirect(url_for("consents.person", person_id=consent.person_id, done="consent_scan"), 303)


def attach_sent(consent_id: int) -> Consent:
    """Put the scan that the request brought to its paper. Raises `Invalid` where it brought none, and what
    `service.attach_scan` does."""
    queries.consent_of(current.session(), current.school().id, consent_id)
    sent = _sent_scan()
    if sent is None:
        raise Invalid({"scan": [N_("Choose the file with the scan")]})
    return service.attach_scan(
        current.session(), current.runtime().box, current.actor(), consent_id, *sent, current.now()
    )


@bp.get("/duties")
@curator
def duties() -> ResponseReturnValue:
    return render_template(
        "consents/duties.html",
        duties=queries.open_duties(current.session(), current.school().id),
        today=current.today(),
        words=words,
    )


@bp.post("/duties/<int:duty_id>/done")
@curator
def duty_done(duty_id: int) -> ResponseReturnValue:
    service.do_duty(current.session(), current.runtime().grounds, current.actor(), duty_id, current.now())
    return return_to(url_for("consents.duties"), "duty_done")


@bp.get("/rules")
@curator
def rules() -> ResponseReturnValue:
    return _rules({}, {}, {})


@bp.post("/rules/mark")
@curator
def allow_mark() -> ResponseReturnValue:
    try:
        values = forms.read(ActSchema(), request.form)
        service.allow_mark(current.session(), current.actor(), now=current.now(), **values)
    except Invalid as error:
        return _rules(request.form, error.errors, {}), error.status
    return redirect(url_for("consents.rules", done="mark_allowed"), 303)


@bp.post("/rules/mark/off")
@curator
def forbid_mark() -> ResponseReturnValue:
    service.forbid_mark(current.session(), current.actor(), current.now())
    return redirect(url_for("consents.rules", done="mark_forbidden"), 303)


@bp.post("/rules/addresses")
@curator
def add_address() -> ResponseReturnValue:
    try:
        values = forms.read(AddressSchema(), request.form)
        service.add_address(current.session(), current.actor(), now=current.now(), **values)
    except Invalid as error:
        return _rules(request.form, {}, error.errors), error.status
    return redirect(url_for("consents.rules", done="address_added"), 303)


@bp.post("/rules/addresses/<int:address_id>/remove")
@curator
def remove_address(address_id: int) -> ResponseReturnValue:
    service.remove_address(current.session(), current.actor(), address_id, current.now())
    return redirect(url_for("consents.rules", done="address_removed"), 303)


@bp.get("/text")
@curator
def text() -> ResponseReturnValue:
    kind = forms.read_address(KindSchema(), request.args)["document"]
    wording = queries.text_in_force(current.session(), current.school().id, kind, current.today())
    values = {"title": wording.title, "body": wording.body, "in_force_from": current.today().isoformat()}
    return _text_form(kind, values, {})


@bp.post("/text")
@curator
def save_text() -> ResponseReturnValue:
    kind = forms.read_address(KindSchema(), request.form)["document"]
    try:
        values = forms.read(TextSchema(), request.form)
        service.write_text(current.session(), current.actor(), kind, now=current.now(), **values)
    except Invalid as error:
        unknown = error.names if isinstance(error, UnknownBlank) else []
        return _text_form(kind, request.form, error.errors, unknown), error.status
    return redirect(url_for("consents.rules", done="text_written"), 303)


def _narrowed(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "search": asked["q"] or "",
        "shown": asked["shown"],
        "kind": asked["document"],
        "form": asked["form"],
        "today": current.today(),
    }


def _missing_narrowed(asked: Mapping[str, Any]) -> dict[str, Any]:
    """How the list of whose paper is missing is narrowed, as its questions take it."""
    return {"search": asked["q"] or "", "paper": asked["count"] == PAPER, "today": current.today()}


def _register_row(consent: queries.Registered) -> Sequence[exports.Cell]:
    return [
        consent.person.full_name,
        _(words.KINDS[consent.kind]),
        _(words.FORMS[consent.form]),
        consent.number,
        consent.given_on,
        consent.version,
        consent.valid_until,
        _("yes") if consent.scan_id is not None else _("no"),
        _("in force") if consent.ended_why is None else _(words.ENDED[consent.ended_why]),
    ]


def _sent_scan() -> tuple[bytes, str] | None:
    """Content and name of the file that the form brought; one byte more than we take says that there are too many."""
    sent = request.files.get("scan")
    if sent is None or not sent.filename:
        return None
    return sent.stream.read(LARGEST + 1), sent.filename


def _permits(ticked: list[str]) -> set[tuple[int, Category]]:
    permits = set()
    for value in ticked:
        address, colon, category = value.partition(":")
        number = row_id(address)
        if number is None or not colon or category not in set(Category):
            raise NotFound("an address on the web")
        permits.add((number, Category(category)))
    return permits


def _lacking(session: Session, school_id: int) -> dict[ConsentKind, int]:
    """Of how many people which paper is missing."""
    today = current.today()
    return {kind: queries.missing_count(session, needs(), school_id, kind, today=today) for kind in needs().kinds}


def _blank_details(session: Session, school_id: int) -> list[str]:
    """The school's details that papers would leave to the pen."""
    school = school_of(session, school_id)
    details = {N_("address"): school.address, N_("INN"): school.inn, N_("OGRN"): school.ogrn}
    return [name for name, value in details.items() if not value]


def _record_form(
    person_id: int, kind: ConsentKind, values: Any, errors: Any, refusal: ScanRefused | None = None
) -> str:
    session, school_id = current.session(), current.school().id
    ticked = values.getlist("permit") if hasattr(values, "getlist") else []
    return render_template(
        "consents/record.html",
        person=person_of(session, school_id, person_id),
        kind=kind,
        addresses=queries.addresses(session, school_id) if kind is ConsentKind.DISSEMINATION else [],
        categories=list(Category),
        versions=queries.signable(session, school_id, kind, current.today()),
        ticked=ticked,
        values=values,
        errors=forms.translated(errors),
        refusal=None
        if refusal is None
        else (_(refusal.title, **refusal.params), _(refusal.advice, **refusal.params), refusal.code),
        words=words,
        megabytes=LARGEST // (1024 * 1024),
        largest=LARGEST,
    )


def _rules(values: Any, act_errors: Any, address_errors: Any) -> str:
    session, school_id, today = current.session(), current.school().id, current.today()
    texts = [queries.text_in_force(session, school_id, kind, today) for kind in ConsentKind]
    return render_template(
        "consents/rules.html",
        act=queries.local_act(session, school_id),
        addresses=queries.addresses(session, school_id),
        texts=texts,
        silent=[text.kind for text in texts if text.kind in PURPOSES and PROCESSOR not in text.body]
        if school_of(session, school_id).processor_name is not None
        else [],
        values=values,
        act_errors=forms.translated(act_errors),
        address_errors=forms.translated(address_errors),
        blank=_blank_details(session, school_id),
        marked=[kind for kind in ConsentKind if kind in PURPOSES],
        words=words,
    )


def _text_form(kind: ConsentKind, values: Any, errors: Any, unknown: list[str] | None = None) -> str:
    written = [values.get("title", ""), *values.get("body", "").splitlines()]
    cited = check(written, references(current.session(), current.school().id), current.today())
    return render_template(
        "consents/text.html",
        kind=kind,
        versions=queries.versions(current.session(), current.school().id, kind),
        values=values,
        errors=forms.translated(errors),
        unknown=unknown or [],
        remarks=[remark for remark in cited if remark.verdict is not Verdict.GOOD],
        verdicts=VERDICTS,
        blanks=BLANKS,
        words=words,
    )
