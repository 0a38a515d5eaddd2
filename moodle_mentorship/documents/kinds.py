"""Kinds of documents. A room says once what its documents are made of; their life is the same for all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import Actor
from moodle_mentorship.core.errors import NotFound
from moodle_mentorship.core.jobs import Jobs
from moodle_mentorship.documents.enums import RegisterCode
from moodle_mentorship.documents.fields import Field
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.obstacles import Obstacle


@dataclass(frozen=True)
class Doubt:
    """A grammatical form that somebody should read first, and whose name or post it is."""

    text: str
    person_id: int


@dataclass(frozen=True)
class Composed:
    """What a document says, from the data of this moment.

    `values` are what its layout asks for, plain as JSON (texts, numbers, lists, maps), Russian whatever language the
    reader has; `people` who has to be acquainted with it, by id; `doubtful` the grammatical forms that somebody should
    read before it is signed.
    """

    heading: str
    values: Mapping[str, Any]
    people: Sequence[int] = ()
    doubtful: Sequence[Doubt] = ()


@dataclass(frozen=True)
class Moment:
    """What a kind's listener may need. Everything happens in the unit of work of the act itself."""

    session: Session
    jobs: Jobs
    actor: Actor
    today: date
    now: datetime


Params = Mapping[str, Any]


def _nothing_missing(_session: Session, _draft: Document, _today: date) -> Sequence[Obstacle]:
    return ()


def _nothing_follows(_moment: Moment, _document: Document) -> None:
    return None


def _nothing_hangs_on_it(_session: Session, _document: Document) -> None:
    return None


def _nothing_ends(_session: Session, _document: Document) -> Sequence[str]:
    return ()


def _nothing_usual(_session: Session, _school_id: int, _today: date) -> Params:
    return {}


def _nothing_to_check(_session: Session, _school_id: int, _today: date, _params: Params) -> None:
    return None


def _nothing_to_draw(_document: Document) -> str:
    return ""


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document.

    `compose` (session, school, params, today) raises `NothingToSay` where there is nothing to write about. `sample`
    gives values with every name that a template may use: a school's own template is checked against it, and shown with
    it while there are no real data. `layout` is the shipped template, `files/layouts/<layout>.docx`.

    `drafted` is told of a draft that was begun or changed, `discarded` before one is thrown away: for rows of the
    kind's own that hang on what was chosen (a refusal of theirs refuses the act). Then the listeners: `laid` and
    `taken_back` when it goes to the director and when it comes back, `registered` when it has its number (a refusal of
    the listener refuses the registration), `cancelled` when another document has cancelled it.
    """

    code: str
    #: Msgid: «Order on pairs».
    title: str
    layout: str
    register: RegisterCode
    compose: Callable[[Session, int, Params, date], Composed]
    sample: Callable[[], Mapping[str, Any]]
    #: What is missing before a draft may go to the director on that day.
    obstacles: Callable[[Session, Document, date], Sequence[Obstacle]] = _nothing_missing
    drafted: Callable[[Session, Document], None] = _nothing_hangs_on_it
    discarded: Callable[[Session, Document], None] = _nothing_hangs_on_it
    laid: Callable[[Moment, Document], None] = _nothing_follows
    taken_back: Callable[[Moment, Document], None] = _nothing_follows
    registered: Callable[[Moment, Document], None] = _nothing_follows
    cancelled: Callable[[Moment, Document], None] = _nothing_follows
    #: Msgids of what follows the signature, told to the director before they sign.
    consequences: Sequence[str] = ()
    #: What becomes of the kind's own rows when another document cancels it: sentences in the reader's language, with
    #: numbers, told before the click.
    ends: Callable[[Session, Document], Sequence[str]] = _nothing_ends
    #: Msgid: one sentence on what it is for.
    about: str = ""
    #: The stage of the mentoring year to which it belongs, 1 to 7.
    stage: int = 1
    #: What is typed for it, in the form that all kinds have.
    fields: Sequence[Field] = ()
    #: What the form proposes (as `params`) where a draft says nothing yet.
    usual: Callable[[Session, int, date], Params] = _nothing_usual
    #: What the fields can't know of each other; raises `Invalid` by field.
    check: Callable[[Session, int, date, Params], None] = _nothing_to_check
    #: What the kind's room adds to the page of a document (safe HTML), drawn inside a request.
    drawn: Callable[[Document], str] = _nothing_to_draw
    #: The page on which a draft of this kind is begun, instead of the form: an endpoint without arguments.
    begins_at: str | None = None


@dataclass
class Kinds:
    """Registry filled by the rooms, in the order in which the page «Documents» offers them."""

    _kinds: dict[str, DocumentKind] = field(default_factory=dict)

    def add(self, *kinds: DocumentKind) -> None:
        for kind in kinds:
            self._kinds[kind.code] = kind

    def __iter__(self) -> Iterator[DocumentKind]:
        return iter(self._kinds.values())

    def of(self, code: str) -> DocumentKind:
        """Raises `NotFound`."""
        try:
            return self._kinds[code]
        except KeyError:
            raise NotFound(f"kind {code}") from None
