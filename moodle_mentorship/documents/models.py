"""Documents with what is frozen of them, templates, registers, who is acquainted."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.documents.enums import (
    DocumentState,
    Numbering,
    Origin,
    Outcome,
    PackState,
    RegisterCode,
    Remark,
)
from moodle_mentorship.documents.registers import KEY_LENGTH
from moodle_mentorship.people.models import Person

_IN_USE = text("in_use IS true")
_IN_USE_SQLITE = text("in_use IS 1")
_SCHOOLS_OWN = text("version IS NOT NULL")
UNFINISHED = text("state IN ('queued', 'running')")


class Template(SchoolScoped, Base):
    """A Word template that documents of a school were made from, or are to be. Content never changes.

    A shipped one gets a row when the first document is frozen with it, so that an update of the product changes no
    document; it has no version. The school's own are counted by kind; of those at most one is in use.
    """

    __tablename__ = "template"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "kind", "sha256", "origin"),
        CheckConstraint("(origin = 'school') = (version IS NOT NULL)", name="version"),
        CheckConstraint("origin = 'school' OR NOT in_use", name="in_use"),
        Index(
            "uq_template_version",
            *("school_id", "kind", "version"),
            unique=True,
            sqlite_where=_SCHOOLS_OWN,
            postgresql_where=_SCHOOLS_OWN,
        ),
        Index(
            "uq_template_in_use",
            *("school_id", "kind"),
            unique=True,
            sqlite_where=_IN_USE_SQLITE,
            postgresql_where=_IN_USE,
        ),
    )

    # Without the index of its own that `SchoolScoped` makes: the unique keys begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(String(40))
    origin: Mapped[Origin] = mapped_column(stored_enum(Origin, "origin"))
    version: Mapped[int | None]
    # The file's name as the curator knows it.
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    # SHA-256 of the content, in hexadecimal.
    sha256: Mapped[str] = mapped_column(String(64))
    # The file in base64. Not sealed: a template holds nobody's data.
    content: Mapped[str] = mapped_column(Text, deferred=True)
    in_use: Mapped[bool]
    added_at: Mapped[datetime]
    added_by: Mapped[int | None]


class Register(SchoolScoped, Base):
    """How a register of a school counts; without a row as `registers.DEFAULTS` say."""

    __tablename__ = "register"
    __table_args__ = (
        UniqueConstraint("school_id", "code"),
        CheckConstraint("pattern LIKE '%{n}%'", name="pattern"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    code: Mapped[RegisterCode] = mapped_column(stored_enum(RegisterCode, "code"))
    numbering: Mapped[Numbering] = mapped_column(stored_enum(Numbering, "numbering"))
    # «{n}-ОД»: what is written around a number that is issued here.
    pattern: Mapped[str] = mapped_column(String(40))


class RegisterYear(SchoolScoped, Base):
    """How far a register has counted in a calendar year. Its row is locked until the document that gets the number is
    committed, so nothing is lost and nothing is left out."""

    __tablename__ = "register_year"
    __table_args__ = (
        UniqueConstraint("school_id", "code", "year"),
        CheckConstraint("0 <= last_given AND last_given <= last_number", name="last_given"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    code: Mapped[RegisterCode] = mapped_column(stored_enum(RegisterCode, "code"))
    year: Mapped[int]
    # The next number is the one after it.
    last_number: Mapped[int]
    # The last one that a document got here, 0 for none: the count may be set anew, but not back behind it.
    last_given: Mapped[int]


class Document(SchoolScoped, Base):
    """A document of the school's office.

    A draft holds what was chosen for it (`params`) and is composed anew from today's data; from the laying on values,
    template and signer are frozen. What a registered one says can't be produced otherwise: its file is kept.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        # A number once in a register's year (the calendar year of the document's date), however it is written.
        UniqueConstraint("school_id", "register", "register_year", "number_key"),
        UniqueConstraint("check_code"),
        same_school("template_id", "template"),
        same_school("scan_id", "scan"),
        same_school("signer_person_id", "person"),
        same_school("cancelled_by_id", "document"),
        CheckConstraint(
            "(state = 'draft') = (laid_at IS NULL) AND (laid_at IS NULL) = (sealed_values IS NULL)"
            " AND (laid_at IS NULL) = (template_id IS NULL) AND (laid_at IS NULL) = (check_code IS NULL)",
            name="frozen",
        ),
        same_school("seen_template_id", "template"),
        CheckConstraint(
            "(sealed_seen IS NULL) = (seen_template_id IS NULL) AND (state = 'draft' OR sealed_seen IS NULL)",
            name="seen",
        ),
        CheckConstraint("(signed_at IS NULL) = (signed_on IS NULL)", name="signed"),
        CheckConstraint("state NOT IN ('signed', 'registered') OR signed_at IS NOT NULL", name="signed_state"),
        CheckConstraint(
            "(number IS NULL) = (registered_at IS NULL) AND (number IS NULL) = (register_year IS NULL)"
            " AND (number IS NULL) = (sealed_content IS NULL) AND (number IS NULL) = (sha256 IS NULL)"
            " AND (number IS NULL) = (number_key IS NULL)",
            name="numbered",
        ),
        CheckConstraint("state <> 'registered' OR number IS NOT NULL", name="registered"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("(signature_holder IS NULL) = (sealed_signature IS NULL)", name="signature"),
        Index("ix_document_state", "school_id", "state", "id"),
        Index("ix_document_kind", "school_id", "kind", "id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(String(40))
    # Заголовок к тексту: «О закреплении наставнических пар…». Of a draft as it was composed last.
    heading: Mapped[str] = mapped_column(String(500))
    state: Mapped[DocumentState] = mapped_column(stored_enum(DocumentState, "state"))
    # What was chosen and typed for it: numbers of rows, days in ISO 8601, texts. Its kind reads it.
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    begun_at: Mapped[datetime]
    begun_by: Mapped[int | None]
    # Up by one with each change of the draft, so that two who change it at once hear of each other.
    version: Mapped[int]

    # For signature.
    template_id: Mapped[int | None]
    # What the template is filled with, as JSON.
    sealed_values: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    # Leads to the page that confirms number, date and hash (the QR code); tells nothing by itself.
    check_code: Mapped[str | None] = mapped_column(String(40))
    # Whose signature it waits for.
    signer_person_id: Mapped[int | None]
    laid_at: Mapped[datetime | None]
    laid_by: Mapped[int | None]
    # Why the director sent it back; stays while it is a draft again.
    remark: Mapped[str | None] = mapped_column(Text)
    # When the director sent it back, or who prepared it took it back.
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[int | None]

    # Of a draft that came back: values and template of what the director had, to show what differs (`forgetting`).
    sealed_seen: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    seen_template_id: Mapped[int | None]

    # Signed by pen (a scan), or by a detached electronic signature that is kept as it came. Its date is the
    # document's.
    signed_on: Mapped[date | None]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[int | None]
    scan_id: Mapped[int | None]
    sealed_signature: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    # Whose certificate the signature names. Who holds it is shown; that it holds is checked elsewhere.
    signature_holder: Mapped[str | None] = mapped_column(String(500))

    # Registered.
    register: Mapped[RegisterCode] = mapped_column(stored_enum(RegisterCode, "register"))
    register_year: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(String(40))
    # What the number is told from others by: `registers.key_of`.
    number_key: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    registered_at: Mapped[datetime | None]
    registered_by: Mapped[int | None]
    # The file with its date and number, in base64, and its SHA-256 in hexadecimal.
    sealed_content: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    sha256: Mapped[str | None] = mapped_column(String(64))
    # The day until which everybody named in it has to be acquainted.
    acquaint_until: Mapped[date | None]

    cancelled_at: Mapped[datetime | None]
    cancelled_by_id: Mapped[int | None]

    template: Mapped[Template | None] = relationship(
        primaryjoin="and_(Document.school_id == Template.school_id, foreign(Document.template_id) == Template.id)",
        viewonly=True,
    )
    signer: Mapped[Person | None] = relationship(
        primaryjoin="and_(Document.school_id == Person.school_id, foreign(Document.signer_person_id) == Person.id)",
        viewonly=True,
    )


class Acquaintance(SchoolScoped, Base):
    """Who has to read and sign a document's acquaintance sheet, as the document names them, and when they did."""

    __tablename__ = "acquaintance"
    __table_args__ = (
        UniqueConstraint("school_id", "document_id", "person_id"),
        same_school("document_id", "document"),
        same_school("person_id", "person"),
        Index("ix_acquaintance_person", "school_id", "person_id"),
    )

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    document_id: Mapped[int]
    person_id: Mapped[int]
    # «Иванова Мария Петровна», frozen with the document.
    name: Mapped[str] = mapped_column(String(620))
    post: Mapped[str | None] = mapped_column(String(300))
    # The school's day on which Moodle last reminded them.
    written_on: Mapped[date | None]
    # When they signed the sheet; null: not yet.
    acquainted_on: Mapped[date | None]
    noted_at: Mapped[datetime | None]
    noted_by: Mapped[int | None]


class NameForms(SchoolScoped, Base):
    """How a person's name is declined, as the curator has checked it. Counts as long as the name is `name`."""

    __tablename__ = "name_forms"
    __table_args__ = (UniqueConstraint("school_id", "person_id"), same_school("person_id", "person"))

    # Without the index of its own that `SchoolScoped` makes: the unique key begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    person_id: Mapped[int]
    # «Заяц Олег Ильич», as it was when the forms were checked.
    name: Mapped[str] = mapped_column(String(620))
    # Six of them, in the order of `grammar.cases.Case`.
    forms: Mapped[list[str]] = mapped_column(JSON)
    checked_at: Mapped[datetime]
    checked_by: Mapped[int | None]


class PostForms(SchoolScoped, Base):
    """How a post is declined, as the curator has checked it, for everybody who has it."""

    __tablename__ = "post_forms"
    __table_args__ = (UniqueConstraint("school_id", "post"),)

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    # As it stands in the middle of a sentence.
    post: Mapped[str] = mapped_column(String(300))
    forms: Mapped[list[str]] = mapped_column(JSON)
    checked_at: Mapped[datetime]
    checked_by: Mapped[int | None]


class Pack(SchoolScoped, Base):
    """Documents that somebody takes along together; an unfinished one is its own job row. Everybody makes one at a time
    (a unique index), and has it alone."""

    __tablename__ = "document_pack"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        Index(
            "uq_document_pack_unfinished",
            *("school_id", "asked_by"),
            unique=True,
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
        Index("ix_document_pack_asked_by", "school_id", "asked_by", "id"),
        Index("ix_document_pack_expires", "expires_at"),
    )

    # Without the index of its own that `SchoolScoped` makes: the ones above begin with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    asked_by: Mapped[int]
    asked_at: Mapped[datetime]
    state: Mapped[PackState] = mapped_column(stored_enum(PackState, "state"))
    # Documents that are seen to, of how many: the first ones, in their order.
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    # Objects that the print has so far: the next document's are numbered behind them.
    objects: Mapped[int] = mapped_column(default=0)
    # Bytes that are kept of its documents so far, as they stand in the rows.
    kept: Mapped[int] = mapped_column(default=0)
    # Moved with every document; a running pack whose worker went silent is taken over. Of a queued one it says since
    # when a message about it is under way (null: since it was asked for, or none is).
    heartbeat_at: Mapped[datetime | None]
    # How often a worker took it up (a long one many times); also the worker's proof that it is still its own.
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    # What was made is destroyed then: it holds personal data, and stands where the documents are anyway.
    expires_at: Mapped[datetime]


class PackItem(SchoolScoped, Base):
    """One document of a pack, as it was when its turn came. Gone with the pack's end."""

    __tablename__ = "document_pack_item"
    __table_args__ = (
        UniqueConstraint("school_id", "pack_id", "place"),
        same_school("pack_id", "document_pack"),
        CheckConstraint("outcome <> 'left_out' OR remark IS NOT NULL", name="left_out"),
    )

    # Without the index of its own that `SchoolScoped` makes: the unique key begins with the school.
    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    pack_id: Mapped[int]
    # 1, 2, 3 … in the order of the list that it was asked from.
    place: Mapped[int]
    # No foreign key: a draft may be thrown away meanwhile.
    document_id: Mapped[int]
    # How often a worker began with it: one that breaks every worker is left out.
    tries: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[Outcome] = mapped_column(stored_enum(Outcome, "outcome"), default=Outcome.WAITING)
    remark: Mapped[Remark | None] = mapped_column(stored_enum(Remark, "remark"))
    kind: Mapped[str] = mapped_column(String(40))
    heading: Mapped[str] = mapped_column(String(500))
    state: Mapped[DocumentState | None] = mapped_column(stored_enum(DocumentState, "state"))
    number: Mapped[str | None] = mapped_column(String(40))
    signed_on: Mapped[date | None]
    # Whether it stands in the print.
    printed: Mapped[bool] = mapped_column(default=False)
    # The DOCX in base64; null where the document's own kept file is taken.
    sealed_content: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    # A `files.binding.Piece`: its bytes in base64, and where its objects and pages are.
    sealed_print: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    print_map: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
