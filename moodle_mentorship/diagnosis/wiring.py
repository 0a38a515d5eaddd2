"""Puts the room into the application."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.diagnosis import views
from moodle_mentorship.diagnosis.gauges import Gauges
from moodle_mentorship.diagnosis.models import Examination
from moodle_mentorship.web.kit import Kit


def wire(kit: Kit) -> None:
    """Health, metrics, and the verdict on the page «Подключение»."""
    kit.app.register_blueprint(views.bp)
    kit.app.extensions[views.GAUGES] = Gauges(kit.runtime)
    kit.sections.add("lti.connection", views.verdict)
    kit.runtime.holdings.nothing(Examination)
    kit.notices.add(
        connection_checked=N_("Moodle has been asked just now"),
        connection_being_checked=N_("Somebody is asking Moodle at this moment. Look again in half a minute"),
    )
