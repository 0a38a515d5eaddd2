"""REST: pairs from the proposal to the end."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.pairs import queries, schemas, service
from moodle_mentorship.pairs.models import Pair, Space
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint("pairs_api", __name__, url_prefix="/api/v1/pairs", description="Pairs of mentor and mentee")


@blp.route("", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.arguments(schemas.ListSchema, location="query")
@blp.response(200, schemas.PairPageSchema)
def list_pairs(asked: dict[str, Any]) -> Page[Pair]:
    """A page of pairs; without `state` the open ones."""
    search = asked.pop("q") or ""
    return queries.pairs(current.session(), current.school().id, search=search, **asked)


@blp.route("", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.ProposeSchema)
@blp.response(201, schemas.PairSchema)
def propose(asked: dict[str, Any]) -> Pair:
    """Propose a pair to both sides; it holds a place from now on."""
    return service.propose(current.session(), current.actor(), now=current.now(), **asked)


@blp.route("/<int:pair_id>", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.response(200, schemas.PairSchema)
def read_pair(pair_id: int) -> Pair:
    """One pair."""
    return queries.pair_of(current.session(), current.school().id, pair_id)


@blp.route("/<int:pair_id>/form", methods=["PUT"])
@roles(Role.CURATOR)
@blp.arguments(schemas.DescribeSchema)
@blp.response(200, schemas.PairSchema)
def describe(asked: dict[str, Any], pair_id: int) -> Pair:
    """Say in which form and kinds the two work; until the order."""
    return service.describe(current.session(), current.actor(), pair_id, now=current.now(), **asked)


@blp.route("/<int:pair_id>/answer", methods=["POST"])
@roles(Role.MENTOR, Role.MENTEE)
@blp.arguments(schemas.AnswerSchema)
@blp.response(200, schemas.PairSchema)
def answer(asked: dict[str, Any], pair_id: int) -> Pair:
    """Answer a proposal for one's own side."""
    return service.answer(current.session(), current.actor(), pair_id, asked["side"], asked["answer"], current.now())


@blp.route("/<int:pair_id>/other-side", methods=["GET"])
@roles(Role.MENTOR, Role.MENTEE)
@blp.response(200, schemas.OtherSideSchema)
def read_other_side(pair_id: int) -> dict[str, Any]:
    """Whom one works with, and what they told in their questionnaire (`told`: null where nothing may be read)."""
    person, told = service.other_side(current.session(), current.actor(), pair_id)
    return {"person": person, "told": told}


@blp.route("/<int:pair_id>/order", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.OrderSchema)
@blp.response(200, schemas.PairSchema)
def order(asked: dict[str, Any], pair_id: int) -> Pair:
    """Put down the order that fixes an agreed pair; its group in Moodle follows."""
    return service.order(
        current.session(),
        current.runtime().jobs,
        current.actor(),
        pair_id,
        today=current.today(),
        now=current.now(),
        **asked,
    )


@blp.route("/<int:pair_id>/withdraw", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.PairSchema)
def withdraw(pair_id: int) -> Pair:
    """Take a proposal back before the order."""
    return service.withdraw(current.session(), current.actor(), pair_id, current.now())


@blp.route("/<int:pair_id>/end", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.EndSchema)
@blp.response(200, schemas.PairSchema)
def end(asked: dict[str, Any], pair_id: int) -> Pair:
    """End an ordered pair; both leave its group in Moodle."""
    return service.end(
        current.session(), current.runtime().jobs, current.actor(), pair_id, asked["reason"], current.now()
    )


@blp.route("/<int:pair_id>/extend", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.ExtendSchema)
@blp.response(200, schemas.PairSchema)
def extend(asked: dict[str, Any], pair_id: int) -> Pair:
    """Put off a pair's end by another order."""
    return service.extend(
        current.session(), current.actor(), pair_id, today=current.today(), now=current.now(), **asked
    )


@blp.route("/<int:pair_id>/suspend", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.SuspendSchema)
@blp.response(200, schemas.PairSchema)
def suspend(asked: dict[str, Any], pair_id: int) -> Pair:
    """Note that a pair doesn't work for a time; it keeps its place."""
    return service.suspend(
        current.session(), current.actor(), pair_id, today=current.today(), now=current.now(), **asked
    )


@blp.route("/<int:pair_id>/resume", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.PairSchema)
def resume(pair_id: int) -> Pair:
    """The two work again, from today on."""
    return service.resume(current.session(), current.actor(), pair_id, today=current.today(), now=current.now())


@blp.route("/<int:pair_id>/notice", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.WarnSchema)
@blp.response(200, schemas.PairSchema)
def warn(asked: dict[str, Any], pair_id: int) -> Pair:
    """Put down the school's notice to the mentor; `may_end_on` of the answer is the first day on which it may end."""
    return service.warn(current.session(), current.actor(), pair_id, today=current.today(), now=current.now(), **asked)


@blp.route("/<int:pair_id>/space", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.response(200, schemas.SpaceSchema)
def read_space(pair_id: int) -> Space:
    """The pair's group in Moodle: what people have changed there by hand."""
    return queries.pair_of(current.session(), current.school().id, pair_id).space


@blp.route("/<int:pair_id>/space/restore", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.SpaceSchema)
def restore_space(pair_id: int) -> Space:
    """Have what was changed by hand put back as it was."""
    session, jobs = current.session(), current.runtime().jobs
    return service.restore_space(session, jobs, current.actor(), pair_id, current.now()).space


@blp.route("/<int:pair_id>/space/leave", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.SpaceSchema)
def leave_space(pair_id: int) -> Space:
    """Leave what was changed by hand as it is."""
    return service.leave_space(current.session(), current.actor(), pair_id, current.now()).space


@blp.route("/<int:pair_id>/refuse", methods=["POST"])
@roles(Role.MENTOR)
@blp.response(200, schemas.PairSchema)
def refuse(pair_id: int) -> Pair:
    """The mentor goes on no longer; no notice and no reason are needed."""
    return service.refuse(current.session(), current.runtime().jobs, current.actor(), pair_id, current.now())


@blp.route("/<int:pair_id>/replace", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.ReplaceSchema)
@blp.response(201, schemas.PairSchema)
def replace(asked: dict[str, Any], pair_id: int) -> Pair:
    """Propose another mentor for what is left of the period; the answer is the new pair, which needs an order."""
    return service.replace(
        current.session(), current.runtime().jobs, current.actor(), pair_id, now=current.now(), **asked
    )
