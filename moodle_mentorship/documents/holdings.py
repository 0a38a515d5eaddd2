"""What documents hold about a person."""

from collections.abc import Iterable

from moodle_mentorship.core.holdings import NOTHING, Fact, Holding, Holdings, Reading
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents import queries
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

_ORDERS = N_("Signed documents of the school are kept unchanged")


def register(holdings: Holdings) -> None:
    """Documents that are signed or laid before the director keep the names they were written with (125-ФЗ, ст. 17)."""
    holdings.add(
        Holding(
            Acquaintance,
            N_("Documents of the school that name you"),
            about=lambda who: Acquaintance.person_id == who.person_id,
            by=("noted_by",),
            told=_told,
            goes=NOTHING,
            stays=_ORDERS,
        ),
        Holding(
            Document,
            N_("Documents that wait for your signature or bear it"),
            about=lambda who: Document.signer_person_id == who.person_id,
            by=("begun_by", "laid_by", "returned_by", "signed_by", "registered_by"),
            told=lambda row, _reading: _of(row),
            goes=NOTHING,
            stays=_ORDERS,
        ),
    )
    holdings.add(
        Holding(
            NameForms,
            N_("How your name is declined in documents"),
            about=lambda who: NameForms.person_id == who.person_id,
            by=("checked_by",),
            told=lambda row, _reading: [Fact("forms", N_("Forms"), row.forms, row.forms)],
        )
    )
    holdings.nothing(Template, "added_by")
    holdings.nothing(PostForms, "checked_by")
    holdings.nothing(Register)
    holdings.nothing(RegisterYear)
    # Copies of documents that stand beside them, destroyed within a day.
    holdings.nothing(Pack, "asked_by")
    holdings.nothing(PackItem)


def _told(row: Acquaintance, reading: Reading) -> Iterable[Fact]:
    yield from _of(queries.document_of(reading.session, reading.subject.school_id, row.document_id))
    yield Fact("acquainted_on", N_("Acquainted on"), row.acquainted_on)


def _of(document: Document) -> Iterable[Fact]:
    yield Fact("heading", N_("Document"), document.heading)
    yield Fact("number", N_("Number"), document.number)
    yield Fact("signed_on", N_("Date"), document.signed_on)
