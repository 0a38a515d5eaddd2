"""Whether a registered order on what changes in a pair has been followed by the change itself."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, String, and_, cast, or_, select
from sqlalchemy.orm import Session

from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Document
from moodle_mentorship.pairs.enums import FIXED_STATES
from moodle_mentorship.pairs.models import Pair

#: Codes of kinds, as `Document.kind` keeps them.
END, EXTENSION = "end_order", "extension_order"
#: What `params["whom"]` of an extension begins with; the id follows.
PAIR, GROUP = "pair-", "group-"

Left = Sequence[tuple[Pair, Document]]


def left(session: Session, school_id: int, today: date) -> dict[str, Left]:
    """By kind the pairs at work that do otherwise than their registered order says, with it, the oldest order first.
    They are to have ended (from the order's day on; at once where the day is the pen's), or to end later."""
    found: dict[str, list[tuple[Pair, Document]]] = {END: [], EXTENSION: []}
    rows = session.execute(
        _left(school_id, or_(*_conditions(today).values())).add_columns(Document).order_by(Document.id, Pair.id)
    )
    for pair, document in rows:
        found[document.kind].append((pair, document))
    return dict(found)


def left_ids(school_id: int, today: date) -> Sequence[Select[int]]:
    """Ids of the pairs of `left`, of each kind."""
    return [_left(school_id, condition).with_only_columns(Pair.id) for condition in _conditions(today).values()]


def _left(school_id: int, condition: ColumnElement[bool]) -> Select[Pair]:
    return (
        select(Pair)
        .join(Document, and_(Document.school_id == Pair.school_id, condition))
        .where(Pair.school_id == school_id, Pair.state.in_(FIXED_STATES), Document.state == DocumentState.REGISTERED)
    )


def _conditions(today: date) -> dict[str, ColumnElement[bool]]:
    pair, whom, ends_on = (Document.params[name].as_string() for name in ("pair", "whom", "ends_on"))
    return {
        END: and_(
            Document.kind == END,
            pair == cast(Pair.id, String),
            or_(ends_on.is_(None), ends_on <= today.isoformat()),
        ),
        EXTENSION: and_(
            Document.kind == EXTENSION,
            whom.in_([PAIR + cast(Pair.id, String), GROUP + cast(Pair.group_id, String)]),
            # Both are days in ISO 8601.
            cast(Pair.ends_on, String) < ends_on,
        ),
    }
