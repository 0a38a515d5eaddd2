"""States of documents, kinds of registers."""

import enum

from moodle_mentorship.core.actor import Role

#: Who reads all documents of the school.
READERS = (Role.CURATOR, Role.DIRECTOR, Role.CLERK)


class DocumentState(enum.StrEnum):
    """Where a document stands. That people are acquainted with it is kept beside the state, for each of them."""

    DRAFT = "draft"
    # Data and template are frozen; date and number are blanks.
    FOR_SIGNATURE = "for_signature"
    SIGNED = "signed"
    REGISTERED = "registered"
    CANCELLED = "cancelled"


class Origin(enum.StrEnum):
    """Whose a template is."""

    SHIPPED = "shipped"
    SCHOOL = "school"


class RegisterCode(enum.StrEnum):
    """The registers of a school's office, as its журналы регистрации."""

    # Приказы по основной деятельности.
    ORDERS = "orders"
    # Дополнительные соглашения к трудовым договорам.
    AGREEMENTS = "agreements"
    # Исходящие письма.
    LETTERS = "letters"
    # Programmes, plans and other papers that the school counts.
    PAPERS = "papers"


class Numbering(enum.StrEnum):
    """Where a register's numbers come from."""

    # Typed from the school's own journal.
    TYPED = "typed"
    # Issued here, one after the other, without gaps.
    ISSUED = "issued"


#: States in which a document's data are frozen.
FROZEN_STATES = (DocumentState.FOR_SIGNATURE, DocumentState.SIGNED, DocumentState.REGISTERED)


class Order(enum.StrEnum):
    """The order of the list."""

    NEWEST = "newest"
    # By the document's own date, the latest first; those without one stand above.
    DATE = "date"
    HEADING = "heading"


class PackState(enum.StrEnum):
    """queued → running → done; what was made of a finished one is destroyed at its end (expired)."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Outcome(enum.StrEnum):
    """What became of a document that was to go into a pack."""

    WAITING = "waiting"
    PACKED = "packed"
    LEFT_OUT = "left_out"


class Remark(enum.StrEnum):
    """Why a document was left out of a pack, or what is different about it there."""

    # Its draft was thrown away meanwhile.
    GONE = "gone"
    # A draft about nothing.
    NOTHING = "nothing"
    # The school's own template asks for what the kind doesn't give any more.
    UNFIT = "unfit"
    # Making it failed for a reason of ours.
    FAILED = "failed"
    # It is in the archive, and can't be drawn for printing.
    NOT_DRAWN = "not_drawn"
    # Of the school's own template the print shows the content alone.
    PLAIN = "plain"
    # What was made before it is all that is kept for one pack.
    TOO_MUCH = "too_much"
    # The same; it is in the archive, and not in the print.
    TOO_MUCH_TO_PRINT = "too_much_to_print"


class Take(enum.StrEnum):
    """As what a pack is taken along; the value ends the file's name."""

    ARCHIVE = "zip"
    ONE_SIDE = "pdf"
    BOTH_SIDES = "duplex.pdf"
