"""What the room holds about a person; the scans of `documents` are found by the consents that they belong to."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from moodle_mentorship.consents import queries, words
from moodle_mentorship.consents.enums import ClosedWhy, ConsentForm, ConsentKind
from moodle_mentorship.consents.models import (
    Consent,
    ConsentText,
    Duty,
    LocalAct,
    Permit,
    ProcessingGround,
    PublicAddress,
    Reminder,
)
from moodle_mentorship.consents.service import withdraw
from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.grounds import Grounds, Purpose
from moodle_mentorship.core.holdings import NOTHING, Fact, Holding, Holdings, Reading, Subject, column, columns
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.secrets import SealUnreadable, SecretBox
from moodle_mentorship.files.models import Scan
from moodle_mentorship.school.queries import school_of

PROOF = N_("The school has to be able to prove that it had the consent (part 3 of article 9 of Law 152-FZ)")
PURPOSE_NAMES = {Purpose.MENTEE_PROFILE: N_("profile of a mentee"), Purpose.MENTOR_PROFILE: N_("profile of a mentor")}
CLOSED = {
    ClosedWhy.WITHDRAWN: N_("withdrawn by the person"),
    ClosedWhy.EXPIRED: N_("the term is over"),
    ClosedWhy.ENDED: N_("the ground has ended"),
}


def register(holdings: Holdings, grounds: Grounds, box: SecretBox) -> None:
    holdings.add(
        Holding(
            ProcessingGround,
            N_("Grounds of processing a profile"),
            about=lambda who: ProcessingGround.person_id == who.person_id,
            told=columns(
                column("purpose", N_("For what"), PURPOSE_NAMES),
                column("kind", N_("Ground"), words.GROUNDS),
                column("opened_at", N_("From")),
                column("closed_at", N_("Until")),
                column("closed_why", N_("Why it ended"), CLOSED),
            ),
            goes=NOTHING,
            stays=PROOF,
        ),
        Holding(
            Consent,
            N_("Consents"),
            about=lambda who: Consent.person_id == who.person_id,
            by=("recorded_by",),
            told=_consent,
            goes=NOTHING,
            stays=PROOF,
        ),
        Holding(
            Permit, N_("What a consent allows to publish"), about=_permits, told=_permit, goes=NOTHING, stays=PROOF
        ),
        Holding(
            Scan,
            N_("Scans of signed papers"),
            about=_scans,
            by=("kept_by",),
            told=columns(
                column("kind", N_("Kind of file")),
                column("size", N_("Bytes")),
                column("sha256", N_("Checksum (SHA-256)")),
                column("kept_at", N_("Kept since")),
            ),
            goes=NOTHING,
            stays=PROOF,
        ),
        Holding(
            Duty,
            N_("What the school has to do after a consent ended"),
            about=lambda who: Duty.person_id == who.person_id,
            by=("done_by",),
            told=columns(
                column("kind", N_("What"), words.DUTIES),
                column("due_on", N_("Until")),
                column("done_at", N_("Done on")),
            ),
            goes=NOTHING,
            stays=N_("It shows that the data were destroyed in time"),
        ),
    )
    holdings.add(
        Holding(
            Reminder,
            N_("When Moodle reminded you of papers to sign"),
            about=lambda who: Reminder.person_id == who.person_id,
            told=columns(column("written_on", N_("Reminded on"))),
        )
    )
    holdings.nothing(ConsentText, "written_by")
    holdings.nothing(LocalAct)
    holdings.nothing(PublicAddress)

    def withdrawn(session: Session, actor: Actor, person_id: int, now: datetime, _employed: bool) -> None:
        """Who asks for erasure agrees to nothing any more."""
        today = local_date(now, school_of(session, actor.school_id).timezone)
        for kind in ConsentKind:
            if queries.in_force(session, actor.school_id, person_id, kind):
                withdraw(session, grounds, actor, person_id, kind, today, now)

    def unnamed(session: Session, actor: Actor, person_id: int, _now: datetime, employed: bool) -> None:
        """What was agreed to stays as proof; whose words they are, a number says."""
        if employed:
            return
        for consent in queries.consents_of_person(session, actor.school_id, person_id):
            try:
                agreed = queries.agreed(consent, box)
            except SealUnreadable:
                # An erasure waits for no lost key.
                consent.sealed_words = agreed = None
            if agreed is not None:
                consent.sealed_words = box.seal(agreed.without_person().dump())

    holdings.before(withdrawn)
    holdings.before(unnamed)


def _permits(who: Subject) -> ColumnElement[bool]:
    return Permit.consent_id.in_(select(Consent.id).where(_own(who)))


def _scans(who: Subject) -> ColumnElement[bool]:
    return Scan.id.in_(select(Consent.scan_id).where(_own(who), Consent.scan_id.is_not(None)))


def _own(who: Subject) -> ColumnElement[bool]:
    return and_(Consent.school_id == who.school_id, Consent.person_id == who.person_id)


def _consent(row: Consent, reading: Reading) -> Iterable[Fact]:
    yield Fact("kind", N_("Document"), row.kind, (_(words.KINDS[row.kind]),))
    yield Fact("form", N_("How given"), row.form, (_(words.FORMS[row.form]),))
    if row.number is not None:
        yield Fact("number", N_("Number"), row.number)
    yield Fact("text_version", N_("Version of the text"), row.text.version)
    agreed = queries.agreed(row, reading.box)
    if agreed is not None:
        told = [agreed.title, *agreed.paragraphs]
        yield Fact("words", N_("What was agreed to"), told, told)
    elif row.form is ConsentForm.MARK:
        yield Fact("words", N_("What was agreed to"), [], (_("not kept: the mark is from before words were kept"),))
    yield Fact("given_on", N_("Given on"), row.given_on)
    yield Fact("valid_until", N_("Valid until"), row.valid_until)
    if row.conditions is not None:
        yield Fact("conditions", N_("Conditions and prohibitions"), row.conditions)
    if row.act is not None:
        yield Fact("local_act", N_("Local act"), f"{row.act.name}, № {row.act.number}")
    if row.ended_at is not None and row.ended_why is not None:
        yield Fact("ended_at", N_("Ended on"), row.ended_at)
        yield Fact("ended_why", N_("Why it ended"), row.ended_why, (_(words.ENDED[row.ended_why]),))


def _permit(row: Permit, _reading: Reading) -> Iterable[Fact]:
    yield Fact("address", N_("Address on the web"), row.address.url)
    yield Fact("category", N_("Data"), row.category, (_(words.CATEGORIES[row.category]),))
