"""Questions about documents, templates and registers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.db import among
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.paging import Page, SortKey, count_up_to, page, stream
from moodle_mentorship.documents.enums import DocumentState, Numbering, Order, Origin, PackState, RegisterCode
from moodle_mentorship.documents.models import (
    Acquaintance,
    Document,
    NameForms,
    Pack,
    PackItem,
    PostForms,
    Register,
    RegisterYear,
    Template,
)
from moodle_mentorship.documents.registers import DEFAULTS, Rule
from moodle_mentorship.files.models import Scan
from moodle_mentorship.people.models import Person

PAGE_SIZE = 50
#: So many documents are offered at once to cancel another one.
CANCELLERS = 20
#: So many of the numbers that were given last are shown of a register.
LAST_NUMBERS = 5

_LATEST = date(9999, 12, 31)
_BY_ID = SortKey[Document](Document.id.expression, lambda row: row.id, descending=True, load=int)
_KEYS: dict[Order, tuple[SortKey[Document], ...]] = {
    Order.NEWEST: (_BY_ID,),
    Order.DATE: (
        SortKey(
            func.coalesce(Document.signed_on, _LATEST),
            lambda row: row.signed_on or _LATEST,
            descending=True,
            load=date.fromisoformat,
            dump=date.isoformat,
        ),
        _BY_ID,
    ),
    Order.HEADING: (SortKey(Document.heading.expression, lambda row: row.heading, load=str), _BY_ID),
}


@dataclass(frozen=True)
class Narrowed:
    """Which documents a list shows; `search` looks into heading, number and the names of those whom they name."""

    search: str = ""
    kind: str | None = None
    state: DocumentState | None = None
    year: int | None = None


@dataclass(frozen=True)
class Sheet:
    """How far the acquaintance sheet of a document is signed."""

    signed: int
    people: int


def documents(
    session: Session, school_id: int, narrowed: Narrowed, sort: Order, cursor: str | None, limit: int = PAGE_SIZE
) -> Page[Document]:
    """A page of the list. Raises `core.errors.Invalid` for a cursor that is none of ours."""
    return page(session, _documents(school_id, narrowed), _KEYS[sort], cursor, limit)


def all_documents(session: Session, school_id: int, narrowed: Narrowed, sort: Order) -> Iterator[Sequence[Document]]:
    """The whole list that `documents` shows by pages, in chunks."""
    return stream(session, _documents(school_id, narrowed), _KEYS[sort])


def count_documents(session: Session, school_id: int, narrowed: Narrowed) -> int:
    """How many there are on all pages, counted up to `core.paging.COUNTED`."""
    return count_up_to(session, _documents(school_id, narrowed).with_only_columns(Document.id))


def years(session: Session, school_id: int) -> Sequence[int | None]:
    """Calendar years in which documents have a number, newest first."""
    return session.scalars(
        select(Document.register_year)
        .where(Document.school_id == school_id, Document.register_year.is_not(None))
        .distinct()
        .order_by(Document.register_year.desc())
    ).all()


def sheets_of(session: Session, school_id: int, document_ids: Sequence[int]) -> dict[int, Sheet]:
    """By document: how many have signed its acquaintance sheet, of how many; without one it is missing."""
    found = session.execute(
        select(Acquaintance.document_id, func.count(Acquaintance.acquainted_on), func.count())
        .where(Acquaintance.school_id == school_id, among(Acquaintance.document_id, document_ids))
        .group_by(Acquaintance.document_id)
    )
    return {document_id: Sheet(signed, people) for document_id, signed, people in found}


def _documents(school_id: int, narrowed: Narrowed) -> Select[Document]:
    found = select(Document).where(Document.school_id == school_id)
    if narrowed.kind is not None:
        found = found.where(Document.kind == narrowed.kind)
    if narrowed.state is not None:
        found = found.where(Document.state == narrowed.state)
    if narrowed.year is not None:
        found = found.where(Document.register_year == narrowed.year)
    for word in narrowed.search.lower().split():
        found = found.where(
            or_(
                func.lower(Document.heading).contains(word, autoescape=True),
                func.lower(Document.number).contains(word, autoescape=True),
                exists().where(
                    Acquaintance.school_id == Document.school_id,
                    Acquaintance.document_id == Document.id,
                    func.lower(Acquaintance.name).contains(word, autoescape=True),
                ),
            )
        )
    return found


def document_of(session: Session, school_id: int, document_id: int) -> Document:
    """Raises `NotFound`, also for another school's."""
    found = session.scalars(
        select(Document).where(Document.school_id == school_id, Document.id == document_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"document {document_id}")
    return found


def cancellers(session: Session, school_id: int, document: Document, search: str, cursor: str | None) -> Page[Document]:
    """Registered documents that may cancel this one: of its register, signed on its day or later, the latest first."""
    found = _documents(school_id, Narrowed(search, state=DocumentState.REGISTERED)).where(
        Document.id != document.id,
        Document.register == document.register,
        Document.signed_on >= document.signed_on,
    )
    return page(session, found, _KEYS[Order.DATE], cursor, CANCELLERS)


def cancelled_by(session: Session, school_id: int, document_id: int) -> Sequence[Document]:
    """Documents that this one has cancelled, by date."""
    return session.scalars(
        select(Document)
        .where(Document.school_id == school_id, Document.cancelled_by_id == document_id)
        .order_by(Document.signed_on, Document.id)
    ).all()


def count_unsigned(session: Session, school_id: int, document_id: int) -> int:
    """How many still have to sign a document's acquaintance sheet."""
    return session.scalar(select(func.count()).select_from(unsigned(school_id, document_id).subquery())) or 0


def document_by_code(session: Session, check_code: str) -> Document | None:
    """The document, of whichever school, whose check code this is."""
    return session.scalars(select(Document).where(Document.check_code == check_code)).one_or_none()


def standing(session: Session, school_id: int, *kinds: str) -> Sequence[Document]:
    """Documents of these kinds that are neither cancelled nor gone, newest first."""
    return session.scalars(
        select(Document)
        .where(
            Document.school_id == school_id,
            Document.kind.in_(kinds),
            Document.state != DocumentState.CANCELLED,
        )
        .order_by(Document.id.desc())
    ).all()


def acquaintances(session: Session, school_id: int, document_id: int) -> Sequence[Acquaintance]:
    """Who has to be acquainted with a document, in the order of its sheet."""
    return session.scalars(
        select(Acquaintance)
        .where(Acquaintance.school_id == school_id, Acquaintance.document_id == document_id)
        .order_by(Acquaintance.id)
    ).all()


def acquaintance_of(session: Session, school_id: int, document_id: int, person_id: int | None) -> Acquaintance:
    """The person's own line on the acquaintance sheet of a registered document. Raises `NotFound`."""
    found = session.scalars(
        select(Acquaintance)
        .join(Document, _OF_DOCUMENT)
        .where(
            Acquaintance.school_id == school_id,
            Acquaintance.document_id == document_id,
            Acquaintance.person_id == person_id,
            Document.number.is_not(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"document {document_id} names not {person_id}")
    return found


def unsigned(school_id: int, document_id: int) -> Select[Acquaintance]:
    """Lines of a document's acquaintance sheet that are not signed yet, of people who still work here."""
    return (
        select(Acquaintance)
        .join(Person, _OF_READER)
        .where(
            Acquaintance.school_id == school_id,
            Acquaintance.document_id == document_id,
            Acquaintance.acquainted_on.is_(None),
            Person.employed,
        )
    )


def in_state(session: Session, school_id: int, state: DocumentState) -> Sequence[Document]:
    """Documents in a state, those that wait longest first."""
    found = select(Document).where(Document.school_id == school_id, Document.state == state)
    return session.scalars(found.order_by(Document.laid_at, Document.id)).all()


@dataclass(frozen=True)
class Waiting:
    """Documents on which somebody has to do something, those that wait longest first. `late`: registered ones whose
    term of acquaintance is over, with how many have not signed."""

    returned: Sequence[Document]
    signed: Sequence[Document]
    late: Sequence[tuple[Document, int]]
    to_read: Sequence[Document]


def waiting(
    session: Session, school_id: int, today: date, person_id: int | None, *, prepares: bool, registers: bool
) -> Waiting:
    """What waits for one person, in one statement: registered documents that name them and whose sheet they have not
    signed; for who `prepares` documents, drafts that came back with a remark; for who `registers` them, what is signed
    and has no number yet, and late sheets. Who has left signs no sheet any more, and makes none late."""
    lines = select(func.count(Acquaintance.id)).where(_OF_DOCUMENT, Acquaintance.acquainted_on.is_(None))
    unsigned = lines.join(Person, _OF_READER).where(Person.employed).correlate(Document).scalar_subquery()
    mine = lines.where(Acquaintance.person_id == person_id).correlate(Document).scalar_subquery()
    registered = Document.state == DocumentState.REGISTERED
    conditions = [and_(registered, mine > 0)]
    if prepares:
        conditions.append(and_(Document.state == DocumentState.DRAFT, Document.remark.is_not(None)))
    if registers:
        conditions.append(Document.state == DocumentState.SIGNED)
        conditions.append(and_(registered, Document.acquaint_until < today, unsigned > 0))
    rows = session.execute(
        select(Document, unsigned.label("unsigned"), mine.label("mine"))
        .where(Document.school_id == school_id, or_(*conditions))
        .order_by(Document.laid_at, Document.id)
    ).all()
    sheets = [row for row in rows if row.Document.state is DocumentState.REGISTERED]
    return Waiting(
        returned=[row.Document for row in rows if row.Document.state is DocumentState.DRAFT],
        signed=[row.Document for row in rows if row.Document.state is DocumentState.SIGNED],
        late=[
            (row.Document, row.unsigned)
            for row in sheets
            if registers
            and row.unsigned
            and row.Document.acquaint_until is not None
            and row.Document.acquaint_until < today
        ],
        to_read=[row.Document for row in sheets if row.mine],
    )


_OF_DOCUMENT: Any = and_(Acquaintance.school_id == Document.school_id, Acquaintance.document_id == Document.id)
_OF_READER: Any = and_(Person.school_id == Acquaintance.school_id, Person.id == Acquaintance.person_id)


def template_in_use(session: Session, school_id: int, kind: str) -> Template | None:
    """The school's own template of a kind; None: the shipped one counts."""
    return session.scalars(
        select(Template).where(Template.school_id == school_id, Template.kind == kind, Template.in_use)
    ).one_or_none()


def templates_in_use(session: Session, school_id: int) -> dict[str, Template]:
    """The school's own templates that count, by kind."""
    rows = session.scalars(select(Template).where(Template.school_id == school_id, Template.in_use))
    return {row.kind: row for row in rows}


def own_templates(session: Session, school_id: int, kind: str) -> Sequence[Template]:
    """The school's own templates of a kind, newest first."""
    return session.scalars(
        select(Template)
        .where(Template.school_id == school_id, Template.kind == kind, Template.origin == Origin.SCHOOL)
        .order_by(Template.version.desc())
    ).all()


def own_template(session: Session, school_id: int, template_id: int) -> Template:
    """One of the school's own templates. Raises `NotFound`, also for another school's."""
    found = session.scalars(
        select(Template).where(
            Template.school_id == school_id, Template.id == template_id, Template.origin == Origin.SCHOOL
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"template {template_id}")
    return found


def newest_draft(session: Session, school_id: int, kind: str) -> Document | None:
    return session.scalars(
        select(Document)
        .where(Document.school_id == school_id, Document.kind == kind, Document.state == DocumentState.DRAFT)
        .order_by(Document.id.desc())
        .limit(1)
    ).one_or_none()


def rule_of(session: Session, school_id: int, register: RegisterCode) -> Rule:
    """How a register of the school counts."""
    row = session.scalars(
        select(Register).where(Register.school_id == school_id, Register.code == register)
    ).one_or_none()
    return DEFAULTS[register] if row is None else Rule(row.numbering, row.pattern)


@dataclass(frozen=True)
class Counted:
    """How a register stands in a calendar year: its rule, the documents that got their numbers last, and the next one.

    `next`: the number that would be issued now; None where numbers are typed. `counting`: whether numbers are issued
    here and the count has begun, or was set. `offered`: where it would go on; before it counts, or counts again, after
    the largest number that was typed in this pattern.
    """

    code: RegisterCode
    rule: Rule
    counting: bool
    next: int | None
    offered: int
    last: Sequence[Any]


def counted(session: Session, school_id: int, year: int) -> list[Counted]:
    """Every register of the school, in three statements."""
    return _count(session, school_id, year, tuple(RegisterCode))


def counted_in(session: Session, school_id: int, year: int, code: RegisterCode) -> Counted:
    """One register."""
    return _count(session, school_id, year, (code,))[0]


def numbered(session: Session, school_id: int, register: RegisterCode, year: int, key: str) -> Document | None:
    """The document that has a number of this key (`registers.key_of`) in a register's year."""
    return session.scalars(
        select(Document).where(
            Document.school_id == school_id,
            Document.register == register,
            Document.register_year == year,
            Document.number_key == key,
        )
    ).one_or_none()


def _count(session: Session, school_id: int, year: int, codes: Sequence[RegisterCode]) -> list[Counted]:
    rules = {row.code: Rule(row.numbering, row.pattern) for row in session.scalars(_of(Register, school_id))}
    years = {row.code: row for row in session.scalars(_of(RegisterYear, school_id).where(RegisterYear.year == year))}
    numbered: dict[RegisterCode, list[Any]] = {code: [] for code in RegisterCode}
    for row in session.execute(
        select(Document.register, Document.id, Document.number, Document.signed_on, Document.heading)
        .where(Document.school_id == school_id, Document.register.in_(codes), Document.register_year == year)
        .order_by(Document.registered_at.desc(), Document.id.desc())
    ):
        numbered[row.register].append(row)
    return [_counted(code, rules.get(code, DEFAULTS[code]), years.get(code), numbered[code]) for code in codes]


def _counted(code: RegisterCode, rule: Rule, year: RegisterYear | None, rows: Sequence[Any]) -> Counted:
    taken = {number for row in rows if (number := rule.read(row.number))}
    issued = rule.numbering is Numbering.ISSUED
    counting = issued and year is not None and year.last_number > 0
    following = year.last_number + 1 if year is not None else 1
    while following in taken:
        following += 1
    # The journal on paper has gone on meanwhile; where it left a gap, the gap is the school's.
    offered = following if counting else max(taken | {year.last_given if year is not None else 0}) + 1
    return Counted(code, rule, counting, following if issued else None, offered, rows[:LAST_NUMBERS])


def _of(table: Any, school_id: int) -> Any:
    return select(table).where(table.school_id == school_id)


def waiting_for_signature(session: Session, school_id: int) -> int:
    return (
        session.scalar(
            select(func.count(Document.id)).where(
                Document.school_id == school_id, Document.state == DocumentState.FOR_SIGNATURE
            )
        )
        or 0
    )


@dataclass(frozen=True)
class Checked:
    """Forms of names and posts that the curator has checked: by the person's id, by the post as it is in a sentence."""

    names: Mapping[int, NameForms]
    posts: Mapping[str, PostForms]


def checked_forms(session: Session, school_id: int) -> Checked:
    """All of a school's: they are few, only what the grammar could not be sure of."""
    names = session.scalars(select(NameForms).where(NameForms.school_id == school_id))
    posts = session.scalars(select(PostForms).where(PostForms.school_id == school_id))
    return Checked({row.person_id: row for row in names}, {row.post: row for row in posts})


def listed(session: Session, school_id: int, narrowed: Narrowed, sort: Order, limit: int) -> Sequence[Any]:
    """The first of the list that `documents` shows by pages: id, kind, heading, and the scan's size (null: none)."""
    scan_size = (
        select(Scan.size)
        .where(Scan.school_id == Document.school_id, Scan.id == Document.scan_id)
        .correlate(Document)
        .scalar_subquery()
    )
    order = [key.expression.desc() if key.descending else key.expression.asc() for key in _KEYS[sort]]
    found = _documents(school_id, narrowed).order_by(*order).limit(limit)
    columns = Document.id, Document.kind, Document.heading, scan_size.label("scan_size")
    return session.execute(found.with_only_columns(*columns, maintain_column_froms=True)).all()


def pack_of(session: Session, school_id: int, person_id: int | None, pack_id: int) -> Pack:
    """A pack of this person. Raises `NotFound`, also for another's."""
    found = session.scalars(
        select(Pack).where(Pack.school_id == school_id, Pack.id == pack_id, Pack.asked_by == person_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"pack {pack_id}")
    return found


def newest_pack(session: Session, school_id: int, person_id: int | None, now: datetime) -> Pack | None:
    """The person's newest pack that is being made, or made and kept; whose time is over is none, also before the hour's
    job has destroyed it."""
    return session.scalars(
        select(Pack)
        .where(
            Pack.school_id == school_id,
            Pack.asked_by == person_id,
            Pack.state.in_([PackState.QUEUED, PackState.RUNNING, PackState.DONE]),
            Pack.expires_at > now,
        )
        .order_by(Pack.id.desc())
        .limit(1)
    ).one_or_none()


def at_hand(session: Session, pack: Pack) -> str | None:
    """The heading of the document of a pack whose turn it is."""
    return session.scalars(
        select(PackItem.heading).where(_of_pack(pack), PackItem.place == pack.done + 1)
    ).one_or_none()


def packed(session: Session, pack: Pack) -> Sequence[PackItem]:
    """All documents of a pack in their order, without what was made of them."""
    return session.scalars(select(PackItem).where(_of_pack(pack)).order_by(PackItem.place)).all()


def _of_pack(pack: Pack) -> ColumnElement[bool]:
    return and_(PackItem.school_id == pack.school_id, PackItem.pack_id == pack.id)
