"""How a group is put into words. Called inside a request, in the reader's language."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.pairs.enums import OPEN_STATES
from moodle_mentorship.pairs.models import MentoringGroup, Pair

#: What a mentee has said of the group's theme, by level.
NEEDS: Mapping[int | None, str] = {
    3: N_("needs help urgently"),
    2: N_("needs help"),
    1: N_("sometimes finds it hard"),
    0: N_("copes"),
    None: N_("has said nothing of it"),
}
#: What a mentor has said of it.
STRENGTHS: Mapping[int | None, str] = {
    3: N_("shows it in a lesson"),
    2: N_("is sure of it"),
    1: N_("can give advice"),
    0: N_("does not take it on"),
    None: N_("has said nothing of it"),
}
#: Acts of the group's history.
ACTS = {
    "group.propose": N_("Proposed"),
    "group.add": N_("One mentee more proposed"),
    "group.end": N_("The group was ended"),
    "group.replace": N_("Another mentor proposed"),
    "group.withdraw": N_("Proposals withdrawn"),
}


def number(members: int) -> str:
    """«4 наставляемых»"""
    return str(ngettext("%(num)d mentee", "%(num)d mentees", members))


def others(group: MentoringGroup) -> str:
    """What a member who is in an open pair may always know of the others."""
    rest = group.members_open - 1
    if not rest:
        return str(_("You are the only one in it now"))
    return str(ngettext("You and %(num)d colleague more", "You and %(num)d colleagues more", rest))


def opened(members: Sequence[Pair]) -> Sequence[Pair]:
    """The members who are in the group now."""
    return [pair for pair in members if pair.state in OPEN_STATES]
