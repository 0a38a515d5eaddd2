"""Refusals of the room."""

from moodle_mentorship.core.errors import Conflict
from moodle_mentorship.core.i18n import N_


class AlreadyAsked(Conflict):
    """One open request of a kind is enough."""

    code = "request_already_open"
    title = N_("Such a request is open already")
    advice = N_("Wait for the answer; then another one can be sent. Nothing was changed.")


class AlreadyAnswered(Conflict):
    """Two curators answered, or a form was sent twice."""

    code = "request_already_answered"
    title = N_("This request is answered already")
    advice = N_("Open the page again and look at the answer. Nothing was changed.")


class OwnRequest(Conflict):
    """Nobody decides about their own data; who is the only curator needs a second one."""

    code = "own_data_request"
    title = N_("Another curator decides about your own data")
    advice = N_("If you are the only curator, appoint another one first, who then answers. Nothing was changed.")


class StandsInTheWay(Conflict):
    """Something that concerns other people has to end first; `title` is the obstacle's own."""

    code = "erasure_obstacle"
    advice = N_("Nothing was erased. Come back to this request afterwards.")

    def __init__(self, obstacle: str) -> None:
        super().__init__()
        self.title = obstacle
