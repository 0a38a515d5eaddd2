"""Puts the room into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents import declension_views, holdings
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.web.kit import Kit

KINDS = "mentorship.document_kinds"


def wire(kit: Kit, kinds: Kinds) -> None:
    """What documents hold of people; `kinds` is filled by the rooms above."""
    kit.app.extensions[KINDS] = kinds
    kit.app.register_blueprint(declension_views.bp)
    kit.sections.add("people.person", declension_views.door)
    holdings.register(kit.runtime.holdings)
    kit.notices.add(
        name_forms_checked=N_("The forms of the name are saved as checked"),
        post_forms_checked=N_("The forms of the post are saved as checked, for everybody who has it"),
    )
