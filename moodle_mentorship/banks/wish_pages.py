"""Pages of wishes: a person's own, and the same for the curator, who writes down what they are told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodle_mentorship.banks import schemas, wishes
from moodle_mentorship.banks.acts import oneself
from moodle_mentorship.banks.enums import Bank, Wish
from moodle_mentorship.consents.queries import open_ground
from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.looks import CARD
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.queries import person_of
from moodle_mentorship.web import current, forms, looks
from moodle_mentorship.web.access import any_role, roles
from moodle_mentorship.web.back import return_to

bp = Blueprint("wishes", __name__, template_folder="templates")

# Colleagues of a list; who is not among them is found by surname.
CHOICES = 20


@dataclass(frozen=True)
class Section:
    """What a person wishes in one bank, and from whom they may choose. Without a ground nothing may be kept."""

    bank: Bank
    lawful: bool
    named: Sequence[tuple[Person, Wish]]
    find: str
    offered: Sequence[Person]
    more: bool


@bp.get("/participation/wishes")
@any_role
def own() -> ResponseReturnValue:
    person_id = current.actor().person_id
    return render_template(
        "banks/wishes.html",
        person=None,
        sections=list(_sections(person_id)) if person_id is not None else [],
        action=url_for("wishes.say_own"),
    )


@bp.post("/participation/wishes")
@any_role
def say_own() -> ResponseReturnValue:
    _say(oneself())
    return return_to(url_for("wishes.own"), "wishes_saved")


@bp.get("/banks/<int:person_id>/wishes")
@roles(Role.CURATOR)
def of_person(person_id: int) -> ResponseReturnValue:
    person = person_of(current.session(), current.school().id, person_id)
    looks.noted(CARD, person_id)
    return render_template(
        "banks/wishes.html",
        person=person,
        sections=list(_sections(person_id)),
        action=url_for("wishes.say_for", person_id=person_id),
    )


@bp.post("/banks/<int:person_id>/wishes")
@roles(Role.CURATOR)
def say_for(person_id: int) -> ResponseReturnValue:
    person_of(current.session(), current.school().id, person_id)
    _say(person_id)
    return return_to(url_for("wishes.of_person", person_id=person_id), "wishes_saved")


def _say(person_id: int) -> None:
    asked = forms.read(schemas.WishSchema(), request.form)
    wishes.say(
        current.session(),
        current.runtime().box,
        current.actor(),
        person_id,
        asked["bank"],
        asked["colleague_id"],
        asked["wish"],
        current.now(),
    )


def _sections(person_id: int) -> Iterator[Section]:
    session, school_id, box = current.session(), current.school().id, current.runtime().box
    asked = forms.read_address(schemas.WishListSchema(), request.args)
    for bank in Bank:
        if not wishes.may_wish(session, school_id, person_id, bank):
            continue
        if open_ground(session, school_id, person_id, wishes.PURPOSES[bank]) is None:
            yield Section(bank, False, (), "", (), False)
            continue
        said, find = wishes.said(session, box, school_id, person_id, bank), asked[f"find_{bank}"] or ""
        found = wishes.offered(session, school_id, person_id, bank, find, CHOICES + 1, said)
        yield Section(
            bank,
            True,
            wishes.named_people(session, school_id, said),
            find,
            found[:CHOICES],
            len(found) > CHOICES,
        )
