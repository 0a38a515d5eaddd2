"""Puts the kinds and the page of the agreements into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.kinds import Kinds
from moodle_mentorship.pairs.office import holdings, views
from moodle_mentorship.pairs.office import kinds as office
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit, kinds: Kinds) -> None:
    """The page «Новый документ» sorts the kinds by stage."""
    kinds.add(*office.KINDS)
    kit.app.register_blueprint(views.bp)
    holdings.register(kit.runtime.holdings)
    kit.sections.add("documents.index", views.door)
    kit.notices.add(agreements_prepared=N_("The drafts of the agreements are ready"))
