"""What states, registers and orders of documents are called on pages."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import DocumentState, Numbering, Order, RegisterCode, Remark

STATES = {
    DocumentState.DRAFT: N_("draft"),
    DocumentState.FOR_SIGNATURE: N_("for signature"),
    DocumentState.SIGNED: N_("signed, without a number"),
    DocumentState.REGISTERED: N_("registered"),
    DocumentState.CANCELLED: N_("no longer in force"),
}
#: Class and icon of a state.
LOOKS = {
    DocumentState.DRAFT: ("", "pencil"),
    DocumentState.FOR_SIGNATURE: ("warn", "hourglass-split"),
    DocumentState.SIGNED: ("warn", "pen"),
    DocumentState.REGISTERED: ("ok", "check2"),
    DocumentState.CANCELLED: ("", "slash-circle"),
}
REGISTERS = {
    RegisterCode.ORDERS: N_("Orders"),
    RegisterCode.AGREEMENTS: N_("Additional agreements"),
    RegisterCode.LETTERS: N_("Letters"),
    RegisterCode.PAPERS: N_("Papers of mentoring"),
}
NUMBERINGS = {
    Numbering.TYPED: N_("typed from the school's own journal"),
    Numbering.ISSUED: N_("issued here, one after the other"),
}
ORDERS = {Order.NEWEST: N_("newest first"), Order.DATE: N_("by date"), Order.HEADING: N_("by heading")}
REMARKS = {
    Remark.GONE: N_("the draft was thrown away meanwhile"),
    Remark.NOTHING: N_("the draft has nothing to say yet: its page tells what is waited for"),
    Remark.UNFIT: N_("the school's own template doesn't fit this document any more"),
    Remark.FAILED: N_("the document could not be made; the service's administrator finds the reason in the log"),
    Remark.NOT_DRAWN: N_("in the archive only: it could not be drawn for printing"),
    Remark.PLAIN: N_(
        "the print shows the text without the look of the school's own template; take it from the archive"
    ),
    Remark.TOO_MUCH: N_("the pack is as large as it may be; make another one of a narrower list"),
    Remark.TOO_MUCH_TO_PRINT: N_("in the archive only: the print is as large as it may be; print it from its page"),
}
