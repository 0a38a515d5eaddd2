"""What pairs prove in the road map."""

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.enums import DocumentState
from moodle_mentorship.documents.models import Document
from moodle_mentorship.documents.queries import template_in_use
from moodle_mentorship.pairs.enums import FIXED_STATES, PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen, Source, Values
from moodle_mentorship.roadmap.sources import order_told
from moodle_mentorship.school.queries import school_of

#: Code of the kind of documents (`pairs.office.programme`).
PROGRAMME = "programme"


def register(evidence: Evidence) -> None:
    evidence.add(
        Source("pairs.proposed", N_("Pairs are proposed"), _proposed, _proposed_told, "pairs.index"),
        Source("pairs.formed", N_("Pairs have agreed and are fixed by an order"), _formed, _formed_told, "pairs.index"),
        Source("pairs.order", N_("The order that fixes pairs is signed"), _order, order_told, "pairs.index"),
        Source(
            "pairs.programme_template",
            N_("The school's own template of the programme is in use"),
            _template,
            _template_told,
            "templates.index",
        ),
        Source(
            "pairs.programmes",
            N_("Each pair at work has a registered programme"),
            _programmes,
            _programmes_told,
            "documents.index",
        ),
    )


def _proposed(session: Session, period: Period) -> Seen | None:
    zone = school_of(session, period.school_id).timezone
    number, first = session.execute(
        select(func.count(Pair.id), func.min(Pair.proposed_at)).where(
            Pair.school_id == period.school_id, Pair.starts_on >= period.begins, Pair.starts_on <= period.ends
        )
    ).one()
    return Seen(True, {"pairs": number}, local_date(first, zone)) if number else None


def _formed(session: Session, period: Period) -> Seen | None:
    """Done when each pair of the year that neither side declined has its order."""
    fixed = case((Pair.order_date.is_not(None), 1))
    number, ordered, last = session.execute(
        select(func.count(Pair.id), func.count(fixed), func.max(Pair.order_date)).where(
            Pair.school_id == period.school_id,
            Pair.starts_on >= period.begins,
            Pair.starts_on <= period.ends,
            Pair.state.not_in([PairState.DECLINED, PairState.WITHDRAWN]),
        )
    ).one()
    return Seen(number == ordered, {"ordered": ordered, "pairs": number}, last) if ordered else None


def _order(session: Session, period: Period) -> Seen | None:
    """The first of the year; later ones change pairs or add some."""
    first = session.execute(
        select(Pair.order_number, Pair.order_date)
        .where(
            Pair.school_id == period.school_id,
            Pair.order_date >= period.begins,
            Pair.order_date <= period.ends,
        )
        .order_by(Pair.order_date, Pair.id)
        .limit(1)
    ).one_or_none()
    if first is None:
        return None
    return Seen(True, {"number": first.order_number, "date": first.order_date.isoformat()}, first.order_date)


def _template(session: Session, period: Period) -> Seen | None:
    own = template_in_use(session, period.school_id, PROGRAMME)
    if own is None:
        return None
    return Seen(True, {"version": own.version}, local_date(own.added_at, school_of(session, period.school_id).timezone))


def _programmes(session: Session, period: Period) -> Seen | None:
    """Done when each pair of the year that is at work has one. None while there is no programme at all."""
    registered = session.execute(
        select(Document.params, Document.signed_on).where(
            Document.school_id == period.school_id,
            Document.kind == PROGRAMME,
            Document.state == DocumentState.REGISTERED,
        )
    )
    # Of which pair it is stands in what was typed for it.
    signed = {str(params["pair"]): day for params, day in registered}
    at_work = session.scalars(
        select(Pair.id).where(
            Pair.school_id == period.school_id,
            Pair.starts_on >= period.begins,
            Pair.starts_on <= period.ends,
            Pair.state.in_(FIXED_STATES),
        )
    ).all()
    days = [signed[str(number)] for number in at_work if str(number) in signed]
    if not days:
        return None
    return Seen(len(days) == len(at_work), {"programmes": len(days), "pairs": len(at_work)}, max(days))


def _template_told(values: Values) -> str:
    return str(_("the school's own template, version %(number)s", number=values["version"]))


def _programmes_told(values: Values) -> str:
    return str(
        ngettext(
            "programmes registered: %(num)d of %(all)s pair",
            "programmes registered: %(num)d of %(all)s pairs",
            int(values["programmes"]),
            all=values["pairs"],
        )
    )


def _proposed_told(values: Values) -> str:
    return str(ngettext("%(num)d pair is proposed", "%(num)d pairs are proposed", int(values["pairs"])))


def _formed_told(values: Values) -> str:
    return str(
        ngettext(
            "fixed by an order: %(num)d of %(all)s pair",
            "fixed by an order: %(num)d of %(all)s pairs",
            int(values["ordered"]),
            all=values["pairs"],
        )
    )
