"""REST: the two banks."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.banks import candidates, choosing, queries, schemas, service
from moodle_mentorship.banks.acts import (
    invite_mentors,
    invite_one_mentee,
    mentee_step,
    mentor_step,
    oneself,
    own_entries,
)
from moodle_mentorship.banks.candidate_pages import looked_for, narrowed
from moodle_mentorship.banks.candidates import Caught, Rules
from moodle_mentorship.banks.enums import MenteeAct, MentorAct, Why
from moodle_mentorship.banks.models import BankStep, Mentee, Mentor
from moodle_mentorship.banks.queries import ListedMentee, ListedMentor
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.web import current
from moodle_mentorship.web.access import any_role, roles

blp = Blueprint("banks_api", __name__, url_prefix="/api/v1", description="The banks of mentees and mentors")


@blp.route("/mentees", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MenteeListSchema, location="query")
@blp.response(200, schemas.MenteePageSchema)
def list_mentees(asked: dict[str, Any]) -> Page[ListedMentee]:
    """A page of the bank of mentees."""
    search = asked.pop("q") or ""
    return queries.mentees(current.session(), current.school().id, search=search, **asked)


@blp.route("/mentees", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MenteeAddSchema)
@blp.response(201, schemas.MenteeSchema)
def add_mentee(asked: dict[str, Any]) -> Mentee:
    """Put a member of staff into the bank of mentees; who is in it already stays as they are."""
    return service.add_mentee(current.session(), current.actor(), asked["person_id"], current.now(), Why(asked["why"]))


@blp.route("/mentees/invite", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MenteeAddSchema)
@blp.response(200, schemas.MenteeSchema)
def invite_mentee(asked: dict[str, Any]) -> Mentee:
    """Offer a member of staff a mentor; who is on the way or in the bank stays where they are."""
    return invite_one_mentee(asked["person_id"], Why(asked["why"]))


@blp.route("/mentees/<int:person_id>/step", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MenteeStepSchema)
@blp.response(200, schemas.MenteeSchema)
def step_mentee(asked: dict[str, Any], person_id: int) -> Mentee:
    """Move an entry of the bank of mentees; the entry and its history stay, whatever the step."""
    return mentee_step(person_id, MenteeAct(asked["act"]))


@blp.route("/candidates", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.CandidateListSchema, location="query")
@blp.response(200, schemas.CandidatePageSchema)
def list_candidates(asked: dict[str, Any]) -> dict[str, Any]:
    """A page of those who may need a mentor by the school's rules, each with all reasons."""
    session, found, wanted = current.session(), looked_for(), narrowed(asked)
    page = candidates.candidates(session, found, cursor=asked["cursor"], **wanted)
    del wanted["sort"]
    return {
        "rows": [{"person": person, "reasons": person.reasons} for person in page.rows],
        "total": candidates.count(session, found, **wanted),
        "next": page.next,
        "previous": page.previous,
    }


@blp.route("/candidates/invite", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.InviteSchema)
@blp.response(200, schemas.MenteeSchema(many=True))
def invite_candidates(asked: dict[str, Any]) -> list[Mentee]:
    """Offer these candidates a mentor; who is no candidate any more is passed over."""
    return choosing.invite(
        current.session(), current.runtime().jobs, current.actor(), looked_for(), asked["person_ids"], current.now()
    )


@blp.route("/candidates/<int:person_id>/put-off", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(204)
def put_off_candidate(person_id: int) -> None:
    """Not this school year."""
    year = current.school().year_begins.year
    choosing.put_off(current.session(), current.actor(), person_id, year, current.now())


@blp.route("/candidates/<int:person_id>/bring-back", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(204)
def bring_candidate_back(person_id: int) -> None:
    """A candidate again, after «not this school year»."""
    year = current.school().year_begins.year
    choosing.bring_back(current.session(), current.actor(), person_id, year, current.now())


@blp.route("/candidate-rules", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.RulesSchema)
def read_rules() -> Rules:
    """By which rules candidates are found."""
    return candidates.rules_of(current.session(), current.school().id)


@blp.route("/candidate-rules", methods=["PUT"])
@roles(Role.CURATOR)
@blp.arguments(schemas.RulesSchema)
@blp.response(200, schemas.RulesSchema)
def write_rules(said: dict[str, Any]) -> Rules:
    """Find candidates by these rules from now on."""
    rules = schemas.as_rules(said)
    choosing.save_rules(current.session(), current.actor(), rules, current.now())
    return rules


@blp.route("/candidate-rules/preview", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.PreviewSchema)
@blp.response(200, schemas.CaughtSchema)
def try_rules(said: dict[str, Any]) -> Caught:
    """Whom these rules would catch, with a page of names; nothing is saved."""
    return candidates.caught(current.session(), looked_for(schemas.as_rules(said)), said["cursor"])


@blp.route("/mentors", methods=["GET"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MentorListSchema, location="query")
@blp.response(200, schemas.MentorPageSchema)
def list_mentors(asked: dict[str, Any]) -> Page[ListedMentor]:
    """A page of the bank of mentors."""
    search = asked.pop("q") or ""
    return queries.mentors(current.session(), current.school().id, search=search, **asked)


@blp.route("/mentors", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MentorAddSchema)
@blp.response(201, schemas.MentorSchema)
def add_mentor(asked: dict[str, Any]) -> Mentor:
    """Put a member of staff into the bank of mentors; who is in it already gets the new number of places."""
    return service.add_mentor(current.session(), current.actor(), asked["person_id"], asked["capacity"], current.now())


@blp.route("/mentors/invite", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.InviteSchema)
@blp.response(200, schemas.MentorSchema(many=True))
def invite_to_mentor(asked: dict[str, Any]) -> list[Mentor]:
    """Offer members of staff to be mentors; who is on the way or in the bank stays where they are."""
    return invite_mentors(asked["person_ids"])


@blp.route("/mentors/<int:person_id>/capacity", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.CapacitySchema)
@blp.response(200, schemas.MentorSchema)
def change_capacity(asked: dict[str, Any], person_id: int) -> Mentor:
    """Give a mentor another number of places, not fewer than open pairs hold."""
    return service.change_capacity(current.session(), current.actor(), person_id, asked["capacity"], current.now())


@blp.route("/mentors/<int:person_id>/step", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.MentorStepSchema)
@blp.response(200, schemas.MentorSchema)
def step_mentor(asked: dict[str, Any], person_id: int) -> Mentor:
    """Move an entry of the bank of mentors; taking out is refused while open pairs hold places."""
    return mentor_step(person_id, MentorAct(asked["act"]))


@blp.route("/mentors/<int:person_id>/basis", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.BasisSchema)
@blp.response(200, schemas.MentorSchema)
def set_basis(asked: dict[str, Any], person_id: int) -> Mentor:
    """Say on what a mentor does this work."""
    return service.set_basis(current.session(), current.actor(), person_id, asked["basis"], current.now())


@blp.route("/staff/<int:person_id>/bank-steps", methods=["GET"])
@roles(Role.CURATOR)
@blp.response(200, schemas.StepSchema(many=True))
def read_steps(person_id: int) -> list[BankStep]:
    """All steps of a person in both banks, oldest first."""
    session, school_id = current.session(), current.school().id
    person_of(session, school_id, person_id)
    return [happened.step for happened in queries.history(session, school_id, person_id)]


@blp.route("/participation", methods=["GET"])
@any_role
@blp.response(200, schemas.ParticipationSchema)
def read_participation() -> dict[str, Any]:
    """Where the visitor stands in both banks."""
    return own_entries()


@blp.route("/participation/mentee", methods=["POST"])
@any_role
@blp.arguments(schemas.OwnMenteeStepSchema)
@blp.response(200, schemas.MenteeSchema)
def own_mentee_step(asked: dict[str, Any]) -> Mentee:
    """Ask for a mentor, or say no; a refusal needs no reason and has no consequences."""
    return mentee_step(oneself(), MenteeAct(asked["act"]))


@blp.route("/participation/mentor", methods=["POST"])
@any_role
@blp.arguments(schemas.OwnMentorStepSchema)
@blp.response(200, schemas.MentorSchema)
def own_mentor_step(asked: dict[str, Any]) -> Mentor:
    """Offer to be a mentor or agree to it, pause, come back, or say no; no reason is asked for, nothing follows."""
    return mentor_step(oneself(), MentorAct(asked["act"]))
