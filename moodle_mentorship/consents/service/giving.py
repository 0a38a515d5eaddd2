"""Consents that are given: recorded from paper by the curator, or marked by the person in Moodle."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries
from moodle_mentorship.consents.enums import (
    GROUND_OF_FORM,
    PURPOSES,
    Category,
    ConsentForm,
    ConsentKind,
    DutyKind,
    EndedWhy,
)
from moodle_mentorship.consents.errors import MarkNotAllowed, TextMoved
from moodle_mentorship.consents.models import Consent, ConsentText, Permit
from moodle_mentorship.consents.service.duties import open_duty
from moodle_mentorship.consents.service.grounds import open_processing, turn
from moodle_mentorship.consents.service.rules import text_row, text_signed
from moodle_mentorship.consents.wording import Wording, agreed_to
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.audit import record
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.errors import Conflict, Invalid, NotFound
from moodle_mentorship.core.grounds import Grounds
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import SecretBox
from moodle_mentorship.files.service import destroy_scan, keep_scan
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.school.queries import school_of

NUMBER_TAKEN = N_("Another paper of this kind has this number already")


@dataclass(frozen=True)
class Given:
    """What stands on a signed paper. `permits`: of a consent to dissemination, address id and category."""

    kind: ConsentKind
    number: str
    given_on: date
    valid_until: date | None
    # Of the text, as it stands below the signature; None: the one that was in force on the day of signature.
    version: int | None = None
    permits: Collection[tuple[int, Category]] = ()
    conditions: str | None = None
    scan: tuple[bytes, str] | None = None


def record_paper(
    session: Session,
    grounds: Grounds,
    box: SecretBox,
    actor: Actor,
    person_id: int,
    paper: Given,
    today: date,
    now: datetime,
) -> Consent:
    """Record a signed paper. An earlier one of the same kind is replaced: what it allowed to show and this one doesn't
    has to be taken down. The same paper once more (a form sent twice) changes nothing.

    Raises `NotFound` (the person, an address), `ScanRefused`, and `Invalid` for what would open a ground that doesn't
    hold: a day that has not come, a term that is over, a paper older than the one in force or than a withdrawal; also
    for a number that another paper of the year has, and for a version of the text that can't have been signed that day.
    """
    if paper.given_on > today:
        raise Invalid({"given_on": [N_("This day has not come yet")]})
    if paper.valid_until is not None and paper.valid_until < today:
        raise Invalid({"valid_until": [N_("This term is over: a new consent has to be signed")]})
    turn(session, actor.school_id, person_id)
    known = {address.id for address in queries.addresses(session, actor.school_id)}
    if any(address not in known for address, _ in paper.permits):
        raise NotFound("an address on the web")
    text = text_signed(session, actor.school_id, paper.kind, paper.version, paper.given_on, today, now)
    if present := _same(session, actor.school_id, person_id, paper, text):
        if paper.scan is not None and present.scan_id is None:
            attach_scan(session, box, actor, present.id, *paper.scan, now)
        return present
    _check_order(session, actor.school_id, person_id, paper)
    scan = keep_scan(session, box, actor, *paper.scan, now) if paper.scan is not None else None
    former = _replace(session, actor.school_id, person_id, paper.kind, ConsentForm.PAPER, now)
    consent = Consent(
        school_id=actor.school_id,
        person_id=person_id,
        kind=paper.kind,
        form=ConsentForm.PAPER,
        text_id=text.id,
        number=paper.number,
        given_on=paper.given_on,
        valid_until=paper.valid_until,
        scan_id=scan.id if scan is not None else None,
        conditions=paper.conditions,
        recorded_at=now,
        recorded_by=actor.person_id,
    )
    try:
        with session.begin_nested():
            session.add(consent)
    except IntegrityError:
        # Two curators gave two people's papers the same number at the same moment.
        raise Invalid({"number": [NUMBER_TAKEN]}) from None
    session.add_all(
        Permit(school_id=actor.school_id, consent_id=consent.id, address_id=address, category=category)
        for address, category in sorted(paper.permits)
    )
    session.flush()
    record(session, actor, "consent.record", "consent", consent.id, now, kind=paper.kind.value)
    if former is not None and paper.kind is ConsentKind.DISSEMINATION:
        _take_down_difference(session, actor, former, consent, today, now)
    _open_ground(session, grounds, actor, consent, now)
    return consent


def give_mark(
    session: Session,
    grounds: Grounds,
    box: SecretBox,
    actor: Actor,
    kind: ConsentKind,
    version: int,
    today: date,
    now: datetime,
) -> Consent:
    """«Ознакомлен, согласен»: the acting person agrees to the processing of their own data.

    Kept as evidence (the words as they read, version of the text, moment, launch, local act: 152-ФЗ ст. 9 ч. 3) and
    never called a signature. A mark that is in
    force under the same version stays as it is. Raises `MarkNotAllowed`, `TextMoved` (another version than the one
    that was read).
    """
    if actor.person_id is None or actor.launch_id is None:
        raise NotFound("a mark is made by a person who came from Moodle")
    act = queries.local_act(session, actor.school_id)
    if kind not in PURPOSES or act is None:
        raise MarkNotAllowed(kind)
    turn(session, actor.school_id, actor.person_id)
    text = text_row(session, actor.school_id, kind, today, now)
    if text.version != version:
        raise TextMoved(f"version {version}, now {text.version}")
    for present in queries.in_force(session, actor.school_id, actor.person_id, kind):
        if present.form is ConsentForm.MARK and present.text_id == text.id:
            return present
    _replace(session, actor.school_id, actor.person_id, kind, ConsentForm.MARK, now)
    school = school_of(session, actor.school_id)
    words = agreed_to(
        Wording(kind, text.version, text.title, text.body),
        school,
        person_of(session, actor.school_id, actor.person_id),
        [address.url for address in queries.addresses(session, actor.school_id)],
    )
    consent = Consent(
        school_id=actor.school_id,
        person_id=actor.person_id,
        kind=kind,
        form=ConsentForm.MARK,
        text_id=text.id,
        given_on=today,
        valid_until=max(school.year_ends, today),
        act_id=act.id,
        launch_id=actor.launch_id,
        sealed_words=box.seal(words.dump()),
        recorded_at=now,
        recorded_by=actor.person_id,
    )
    session.add(consent)
    session.flush()
    record(session, actor, "consent.mark", "consent", consent.id, now, kind=kind.value, version=version)
    _open_ground(session, grounds, actor, consent, now)
    return consent


def attach_scan(
    session: Session, box: SecretBox, actor: Actor, consent_id: int, content: bytes, name: str, now: datetime
) -> Consent:
    """Put a scan to a paper, in place of an earlier one. Raises `NotFound`, `ScanRefused`; a mark has none
    (`Conflict`)."""
    consent = queries.consent_of(session, actor.school_id, consent_id)
    if consent.form is not ConsentForm.PAPER:
        raise Conflict(f"consent {consent_id} is a mark")
    former = consent.scan_id
    consent.scan_id = keep_scan(session, box, actor, content, name, now).id
    session.flush()
    if former is not None:
        destroy_scan(session, actor, former, now)
    record(session, actor, "consent.scan", "consent", consent_id, now)
    return consent


def _same(session: Session, school_id: int, person_id: int, paper: Given, text: ConsentText) -> Consent | None:
    """The paper as it was recorded already, in every word but the scan."""
    for present in queries.in_force(session, school_id, person_id, paper.kind):
        allowed = queries.permitted(session, school_id, present.id)
        told = (present.number, present.given_on, present.valid_until, present.text_id, present.conditions)
        if (*told, allowed) == (
            *(paper.number, paper.given_on, paper.valid_until, text.id, paper.conditions),
            set(paper.permits),
        ):
            return present
    return None


def _check_order(session: Session, school_id: int, person_id: int, paper: Given) -> None:
    if queries.number_taken(session, school_id, person_id, paper.kind, paper.number, paper.given_on):
        raise Invalid({"number": [NUMBER_TAKEN]})
    zone = school_of(session, school_id).timezone
    for former in queries.consents_of_person(session, school_id, person_id):
        if former.kind is not paper.kind or former.form is not ConsentForm.PAPER:
            continue
        if former.ended_why is None and former.given_on > paper.given_on:
            raise Invalid({"given_on": [N_("A paper that was signed later is in force already")]})
        if former.ended_why is not EndedWhy.WITHDRAWN or former.ended_at is None:
            continue
        if paper.given_on < local_date(former.ended_at, zone) or paper.number == former.number:
            raise Invalid({"given_on": [N_("The consent was withdrawn after this paper: a new one has to be signed")]})


def _replace(
    session: Session, school_id: int, person_id: int, kind: ConsentKind, form: ConsentForm, now: datetime
) -> Consent | None:
    for present in queries.in_force(session, school_id, person_id, kind):
        if present.form is form:
            present.ended_at, present.ended_why = now, EndedWhy.REPLACED
            session.flush()
            return present
    return None


def _open_ground(session: Session, grounds: Grounds, actor: Actor, consent: Consent, now: datetime) -> None:
    if consent.kind in PURPOSES:
        open_processing(
            session,
            grounds,
            actor,
            consent.person_id,
            PURPOSES[consent.kind],
            GROUND_OF_FORM[consent.form],
            now,
        )


def _take_down_difference(
    session: Session, actor: Actor, former: Consent, consent: Consent, today: date, now: datetime
) -> None:
    allowed = queries.permits(session, actor.school_id, [former.id, consent.id])
    still = allowed.get(consent.id, {})
    gone = {
        url: [category for category in categories if category not in still.get(url, [])]
        for url, categories in allowed.get(former.id, {}).items()
    }
    places = [{"url": url, "categories": categories} for url, categories in gone.items() if categories]
    if places:
        open_duty(session, former, DutyKind.TAKE_DOWN, today, now, places)
