"""What a group refuses. What its pairs refuse stands in `pairs.errors`."""

from collections.abc import Iterable

from moodle_mentorship.core.errors import Conflict, DomainError, Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.enums import LEAST_MEMBERS, MOST_MEMBERS
from moodle_mentorship.pairs.errors import Refused


class GroupSize(Refused):
    """Fewer than three mentees were named, or more than six."""

    code = "group_size"
    field = "mentee_person_ids"
    title = N_("A group begins with %(least)s to %(most)s mentees")
    advice = N_("Choose as many. For one or two mentees make pairs.")

    def __init__(self) -> None:
        super().__init__(least=LEAST_MEMBERS, most=MOST_MEMBERS)


class ThemeUnknown(Refused):
    """The school has no such theme."""

    code = "theme_unknown"
    field = "theme"
    title = N_("There is no such theme")
    advice = N_("Choose one of the themes that the questionnaires ask about.")


class NotWaiting(Conflict):
    """The mentee doesn't wait for a mentor."""

    code = "not_waiting"
    title = N_("%(name)s does not wait for a mentor")
    advice = N_("Choose somebody who waits in the bank of mentees.")


class GroupNotPossible(Invalid):
    """Some of the mentees can't be members; `refusals` say who and why, each with its name. Nothing was proposed."""

    code = "group_not_possible"
    status = 409
    title = N_("The group can't begin like this")
    advice = N_("Nothing was proposed. Choose other mentees in place of those who are named, or leave them out.")

    def __init__(self, refusals: Iterable[DomainError], field: str = "mentee_person_ids") -> None:
        self.refusals = list(refusals)
        super().__init__({field: self.refusals})


class GroupMovedOn(Conflict):
    """The act doesn't fit where the group's members stand now."""

    code = "group_moved_on"
    title = N_("The group has moved on meanwhile")
    advice = N_("Open the group's page and look at where its members stand now.")
