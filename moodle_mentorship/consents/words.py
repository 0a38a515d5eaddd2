"""What the room's states and kinds are called on pages."""

from moodle_mentorship.consents.enums import (
    Category,
    ConsentForm,
    ConsentKind,
    DutyKind,
    EndedWhy,
    GroundKind,
    Order,
    Shown,
)
from moodle_mentorship.core.i18n import N_

KINDS = {
    ConsentKind.PROCESSING_MENTEE: N_("Processing of data: mentee"),
    ConsentKind.PROCESSING_MENTOR: N_("Processing of data: mentor"),
    ConsentKind.MENTOR_WORK: N_("Work as a mentor"),
    ConsentKind.DISSEMINATION: N_("Publication on the web"),
}
FORMS = {ConsentForm.PAPER: N_("on paper"), ConsentForm.MARK: N_("mark in Moodle")}
ENDED = {
    EndedWhy.WITHDRAWN: N_("withdrawn by the person"),
    EndedWhy.EXPIRED: N_("the term is over"),
    EndedWhy.REPLACED: N_("replaced by a newer one"),
    EndedWhy.LEFT: N_("the person has left the school"),
}
SHOWN = {
    Shown.IN_FORCE: N_("those in force"),
    Shown.EXPIRING: N_("ending within 30 days"),
    Shown.NO_SCAN: N_("without a scan"),
    Shown.WITHDRAWN: N_("those withdrawn"),
    Shown.EXPIRED: N_("with the term over"),
    Shown.ALL: N_("all"),
}
ORDERS = {Order.NEWEST: N_("newest first"), Order.NAME: N_("by name"), Order.TERM: N_("by term")}
CATEGORIES = {
    Category.NAME: N_("name"),
    Category.POSITION: N_("position and subjects"),
    Category.PHOTO: N_("photographs"),
    Category.VIDEO: N_("video and voice"),
    Category.ACHIEVEMENTS: N_("achievements and materials"),
    Category.CONTACTS: N_("contacts at work"),
}
DUTIES = {
    DutyKind.DESTROY: N_("Destroy the data"),
    DutyKind.TAKE_DOWN: N_("Take down what was published"),
}
GROUNDS = {
    GroundKind.LABOUR_DUTY: N_(
        "a duty under labour law (part 1 of article 6 of Law 152-FZ, chapter 14 of the Labour Code)"
    ),
    GroundKind.PAPER_CONSENT: N_("a consent on paper"),
    GroundKind.ELECTRONIC_MARK: N_("a mark in Moodle"),
}
