"""States of documents, kinds of registers."""

import enum


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
