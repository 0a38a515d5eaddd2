"""REST: groups from the proposal to the end. What is said of one member alone is said of their pair."""

from typing import Any

from flask_smorest import Blueprint

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.paging import Page
from moodle_mentorship.pairs.groups import queries, schemas, service
from moodle_mentorship.pairs.models import MentoringGroup, Pair
from moodle_mentorship.pairs.schemas import EndSchema, ExtendSchema, OrderSchema, PairSchema, ReplaceSchema, WarnSchema
from moodle_mentorship.web import current
from moodle_mentorship.web.access import roles

blp = Blueprint(
    "groups_api", __name__, url_prefix="/api/v1/groups", description="Groups: one mentor, several mentees, one theme"
)


@blp.route("", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.arguments(schemas.GroupPageAskedSchema, location="query")
@blp.response(200, schemas.GroupPageSchema)
def list_groups(asked: dict[str, Any]) -> Page[MentoringGroup]:
    """A page of all groups, the newest first."""
    return queries.groups(current.session(), current.school().id, **asked)


@blp.route("", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.ProposeGroupSchema)
@blp.response(201, schemas.GroupSchema)
def propose(asked: dict[str, Any]) -> dict[str, Any]:
    """Propose a group to its mentor and its mentees; all of them or none."""
    return _told(service.propose_group(current.session(), current.actor(), now=current.now(), **asked))


@blp.route("/<int:group_id>", methods=["GET"])
@roles(Role.CURATOR, Role.DIRECTOR)
@blp.response(200, schemas.GroupSchema)
def read_group(group_id: int) -> dict[str, Any]:
    """One group with its members, those who have left too."""
    return _told(queries.group_of(current.session(), current.school().id, group_id))


@blp.route("/<int:group_id>/members", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(schemas.AddMemberSchema)
@blp.response(201, PairSchema)
def add(asked: dict[str, Any], group_id: int) -> Pair:
    """Propose one mentee more to the group."""
    return service.add_member(current.session(), current.actor(), group_id, now=current.now(), **asked)


@blp.route("/<int:group_id>/answer", methods=["POST"])
@roles(Role.MENTOR)
@blp.arguments(schemas.AnswerGroupSchema)
@blp.response(200, schemas.GroupSchema)
def answer(asked: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Answer as the group's mentor, for all who are proposed."""
    return _told(service.answer_group(current.session(), current.actor(), group_id, asked["answer"], current.now()))


@blp.route("/<int:group_id>/order", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(OrderSchema)
@blp.response(200, schemas.OrderedSchema)
def order(asked: dict[str, Any], group_id: int) -> service.Ordered:
    """Put down the order that fixes all members who have agreed; the answer says who is left."""
    return service.order_group(
        current.session(),
        current.runtime().jobs,
        current.actor(),
        group_id,
        today=current.today(),
        now=current.now(),
        **asked,
    )


@blp.route("/<int:group_id>/extend", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(ExtendSchema)
@blp.response(200, schemas.GroupSchema)
def extend(asked: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Put off the end of all members whom an order has fixed, by one more order."""
    return _told(
        service.extend_group(
            current.session(), current.actor(), group_id, today=current.today(), now=current.now(), **asked
        )
    )


@blp.route("/<int:group_id>/notice", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(WarnSchema)
@blp.response(200, schemas.GroupSchema)
def warn(asked: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Put down the school's notice to the mentor, for all members whom an order has fixed."""
    return _told(
        service.warn_group(
            current.session(), current.actor(), group_id, today=current.today(), now=current.now(), **asked
        )
    )


@blp.route("/<int:group_id>/withdraw", methods=["POST"])
@roles(Role.CURATOR)
@blp.response(200, schemas.GroupSchema)
def withdraw(group_id: int) -> dict[str, Any]:
    """Take back every proposal of the group that no order has fixed."""
    return _told(service.withdraw_group(current.session(), current.actor(), group_id, current.now()))


@blp.route("/<int:group_id>/end", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(EndSchema)
@blp.response(200, schemas.GroupSchema)
def end(asked: dict[str, Any], group_id: int) -> dict[str, Any]:
    """End the group: the pairs of all its members, for one reason."""
    return _told(
        service.end_group(
            *(current.session(), current.runtime().jobs, current.actor(), group_id, asked["reason"], current.now())
        )
    )


@blp.route("/<int:group_id>/refuse", methods=["POST"])
@roles(Role.MENTOR)
@blp.response(200, schemas.GroupSchema)
def refuse(group_id: int) -> dict[str, Any]:
    """The mentor goes on with the group no longer; no notice and no reason are needed."""
    return _told(
        service.refuse_group(current.session(), current.runtime().jobs, current.actor(), group_id, current.now())
    )


@blp.route("/<int:group_id>/replace", methods=["POST"])
@roles(Role.CURATOR)
@blp.arguments(ReplaceSchema)
@blp.response(201, schemas.GroupSchema)
def replace(asked: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Propose another mentor to the group for what is left of its period; the answer is the new group."""
    return _told(
        service.replace_mentor(
            current.session(), current.runtime().jobs, current.actor(), group_id, now=current.now(), **asked
        )
    )


def _told(group: MentoringGroup) -> dict[str, Any]:
    """A group with its members."""
    names = ("id", "theme", "mentor", "form", "kinds", "starts_on", "ends_on", "created_at", "members_open")
    members = queries.members(current.session(), group.school_id, group.id)
    return {name: getattr(group, name) for name in names} | {"members": members}
