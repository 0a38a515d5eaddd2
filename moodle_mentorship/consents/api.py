"""REST: the register of consents, what is missing, what is due, the school's rules, and one's own."""

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from moodle_mentorship.consents import queries, schemas, service
from moodle_mentorship.consents.enums import ConsentKind
from moodle_mentorship.consents.models import Consent, ConsentText, Duty, LocalAct, PublicAddress
from moodle_mentorship.consents.service import Given
from moodle_mentorship.consents.service.ending import Ended
from moodle_mentorship.consents.views import (
    LARGEST_REQUEST,
    Words,
    attach_sent,
    needs,
    own_consent,
    remind_people,
    scan_file,
    words_of,
)
from moodle_mentorship.consents.wording import Wording
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.errors import Invalid, NotFound
from moodle_mentorship.core.paging import Page
from moodle_mentorship.core.schemas import NOT_OFFERED
from moodle_mentorship.files.enums import MEDIA_TYPES
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.web import current
from moodle_mentorship.web.access import any_role, roles, uploads
from moodle_mentorship.web.openapi import file_answer, file_body

blp = Blueprint("consents_api", __name__, url_prefix="/api/v1", description="Consents")


@blp.route("/consents", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RegisterSchema, location="query")
@blp.response(200, schemas.ConsentPageSchema)
def list_consents(asked: dict[str, Any]) -> Page[queries.Registered]:
    """A page of the register."""
    search, kind = asked.pop("q") or "", asked.pop("document")
    return queries.register(
        current.session(), current.school().id, search=search, kind=kind, today=current.today(), **asked
    )


@blp.route("/consents/missing", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MissingSchema, location="query")
@blp.response(200, schemas.MissingPageSchema)
def list_missing(asked: dict[str, Any]) -> Page[Person]:
    """A page of the people of whom the document is needed and who have not given it."""
    if asked["document"] not in needs().kinds:
        raise Invalid({"document": [NOT_OFFERED]})
    return queries.missing(
        current.session(),
        needs(),
        current.school().id,
        asked["document"],
        search=asked["q"] or "",
        paper=asked["count"] == schemas.PAPER,
        today=current.today(),
        cursor=asked["cursor"],
    )


@blp.route("/consents/remind", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RemindSchema)
@blp.response(200, schemas.RemindedSchema)
def remind(asked: dict[str, Any]) -> dict[str, int]:
    """Have Moodle write to those of these people who lack a signed paper and were not written to today; 409 when these
    are none."""
    return {"written": remind_people(asked["person_ids"])}


@blp.route("/staff/<int:person_id>/consents", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.ConsentSchema(many=True))
def consents_of(person_id: int) -> Sequence[Consent]:
    """Everything that a person ever consented to, newest first."""
    person_of(current.session(), current.school().id, person_id)
    return queries.consents_of_person(current.session(), current.school().id, person_id)


@blp.route("/staff/<int:person_id>/consents", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.PaperApiSchema)
@blp.response(201, schemas.ConsentSchema)
def record(asked: dict[str, Any], person_id: int) -> Consent:
    """Record a signed paper; an earlier one of the same kind is replaced. Its scan is sent to /consents/{id}/scan."""
    permits = {(permit["address_id"], permit["category"]) for permit in asked.pop("permits")}
    consent = service.record_paper(
        current.session(),
        current.runtime().grounds,
        current.runtime().box,
        current.actor(),
        person_id,
        Given(kind=asked.pop("document"), **asked, permits=permits),
        current.today(),
        current.now(),
    )
    return _whole(consent)


@blp.route("/consents/<int:consent_id>/words", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.WordsSchema)
def read_words(consent_id: int) -> Words:
    """What the person agreed to: as it read when they made the mark; else (`kept` is false) the version of the text as
    the school wrote it, with names in braces where the details were filled in."""
    return words_of(queries.consent_of(current.session(), current.school().id, consent_id))


@blp.route("/consents/<int:consent_id>/scan", methods=["GET"])
@roles(Role.CURATOR)
@blp.doc(responses=file_answer(MEDIA_TYPES.values()))
def read_scan(consent_id: int) -> Response:
    """The scan of a signed paper, as it was sent in; 404 where there is none. That it was looked at leaves a trace."""
    return scan_file(consent_id)


@blp.route("/consents/<int:consent_id>/scan", methods=["PUT"])
@roles(Role.CURATOR)
@uploads(LARGEST_REQUEST)
@blp.doc(requestBody=file_body("scan"))
@blp.response(200, schemas.ConsentSchema)
def put_scan(consent_id: int) -> Consent:
    """Put a scan (PDF, JPEG or PNG of 5 MB at most) to a signed paper, in place of an earlier one, which is destroyed.
    A mark has none (409)."""
    return attach_sent(consent_id)


@blp.route("/staff/<int:person_id>/consents/withdraw", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.WithdrawSchema)
@blp.response(200, schemas.WithdrawnSchema)
def withdraw_of(asked: dict[str, Any], person_id: int) -> Ended:
    """Record that a person has withdrawn their consent in writing."""
    return _withdraw(person_id, asked)


@blp.route("/consents/duties", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.DutySchema(many=True))
def list_duties() -> Sequence[Duty]:
    """What has to be done after consents ended, nearest first."""
    return queries.open_duties(current.session(), current.school().id)


@blp.route("/consents/duties/<int:duty_id>/done", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.DutySchema)
def duty_done(duty_id: int) -> Duty:
    """Put down that it is done; what is kept here of a profile that has to be destroyed is deleted with it."""
    return service.do_duty(current.session(), current.runtime().grounds, current.actor(), duty_id, current.now())


@blp.route("/consents/texts", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.WordingSchema(many=True))
def list_texts() -> list[Wording]:
    """The wording of each document that holds today."""
    session, school_id, today = current.session(), current.school().id, current.today()
    return [queries.text_in_force(session, school_id, kind, today) for kind in ConsentKind]


@blp.route("/consents/texts", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.TextApiSchema)
@blp.response(201, schemas.WordingSchema)
def write_text(asked: dict[str, Any]) -> ConsentText:
    """A new version of a document's text; consents that were given stay with theirs."""
    kind = asked.pop("document")
    return service.write_text(current.session(), current.actor(), kind, now=current.now(), **asked)


@blp.route("/consents/local-act", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.ActSchema)
def read_local_act() -> LocalAct:
    """The local act that allows the mark in Moodle; 404 where consents are given on paper alone."""
    act = queries.local_act(current.session(), current.school().id)
    if act is None:
        raise NotFound("no local act allows the mark")
    return act


@blp.route("/consents/local-act", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.ActSchema)
@blp.response(201, schemas.ActSchema)
def allow_mark(asked: dict[str, Any]) -> LocalAct:
    """Switch the mark in Moodle on, by this local act."""
    return service.allow_mark(current.session(), current.actor(), now=current.now(), **asked)


@blp.route("/consents/local-act", methods=["DELETE"])
@roles(Role.CURATOR)
@blp.response(204)
def forbid_mark() -> None:
    """Switch the mark off; marks that were given stay."""
    service.forbid_mark(current.session(), current.actor(), current.now())


@blp.route("/consents/addresses", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.AddressApiSchema(many=True))
def list_addresses() -> Sequence[PublicAddress]:
    """Addresses on the web that consents may name."""
    return queries.addresses(current.session(), current.school().id)


@blp.route("/consents/addresses", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.AddressSchema)
@blp.response(201, schemas.AddressApiSchema)
def add_address(asked: dict[str, Any]) -> PublicAddress:
    """Add an exact address; one that was removed comes back under its new name."""
    return service.add_address(current.session(), current.actor(), now=current.now(), **asked)


@blp.route("/consents/addresses/<int:address_id>", methods=["DELETE"])
@roles(Role.CURATOR)
@blp.response(204)
def remove_address(address_id: int) -> None:
    """Offer an address no longer; refused while consents in force name it."""
    service.remove_address(current.session(), current.actor(), address_id, current.now())


@blp.route("/me/consents", methods=["GET"])
@any_role
@blp.response(200, schemas.ConsentSchema(many=True))
def my_consents() -> Sequence[Consent]:
    """Everything that I ever consented to, newest first; nothing of an administrator outside of the directory."""
    person_id = current.actor().person_id
    return queries.consents_of_person(current.session(), current.school().id, person_id) if person_id else []


@blp.route("/me/consents/<int:consent_id>/words", methods=["GET"])
@any_role
@blp.response(200, schemas.WordsSchema)
def my_words(consent_id: int) -> Words:
    """What I agreed to: as it read when I made the mark; else (`kept` is false) the version of the text as the school
    wrote it, with names in braces where the details were filled in."""
    return words_of(own_consent(consent_id))


@blp.route("/me/consents/mark", methods=["POST"])
@any_role
@blp.arguments(schemas.MarkSchema)
@blp.response(201, schemas.ConsentSchema)
def give_mark(asked: dict[str, Any]) -> Consent:
    """«Read and agreed» to the version of the text that was read, where the school's local act allows it."""
    consent = service.give_mark(
        current.session(),
        current.runtime().grounds,
        current.runtime().box,
        current.actor(),
        asked["document"],
        asked["version"],
        current.today(),
        current.now(),
    )
    return _whole(consent)


@blp.route("/me/consents/withdraw", methods=["POST"])
@any_role
@blp.arguments(schemas.WithdrawSchema)
@blp.response(200, schemas.WithdrawnSchema)
def withdraw_mine(asked: dict[str, Any]) -> Ended:
    """Withdraw my consents of this kind; processing stops unless another ground remains."""
    return _withdraw(_me(), asked)


def _me() -> int:
    person_id = current.actor().person_id
    if person_id is None:
        raise NotFound("nobody of the directory")
    return person_id


def _withdraw(person_id: int, asked: dict[str, Any]) -> Ended:
    return service.withdraw(
        current.session(),
        current.runtime().grounds,
        current.actor(),
        person_id,
        asked["document"],
        current.today(),
        current.now(),
    )


def _whole(consent: Consent) -> Consent:
    """With the person and the text, which a row that was just added doesn't have yet."""
    current.session().refresh(consent)
    return consent
