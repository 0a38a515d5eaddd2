"""What people and platforms do with the room: launch, register, connect, invite, choose a role."""

from moodle_mentorship.lti.service.connecting import Connected, Handover, connect, prove
from moodle_mentorship.lti.service.curators import confirm_first_curator
from moodle_mentorship.lti.service.invitations import invite, invited_school, use_invitation
from moodle_mentorship.lti.service.launches import Outcome, accept, switch_role
from moodle_mentorship.lti.service.registering import Configuration, read_configuration, register, request_client
from moodle_mentorship.lti.service.switching import switch_off, switch_on

__all__ = [
    "Configuration",
    "Connected",
    "Handover",
    "Outcome",
    "accept",
    "confirm_first_curator",
    "connect",
    "invite",
    "invited_school",
    "prove",
    "read_configuration",
    "register",
    "request_client",
    "switch_off",
    "switch_on",
    "switch_role",
    "use_invitation",
]
