"""What questionnaires prove in the road map."""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen, Source, Values
from moodle_mentorship.school.queries import school_of
from moodle_mentorship.surveys import queries
from moodle_mentorship.surveys.enums import Kind
from moodle_mentorship.surveys.models import Questionnaire, Round

KINDS = {
    Kind.NEED: N_("The questionnaire of needs is closed"),
    Kind.OFFER: N_("The questionnaire of mentors is closed"),
    Kind.FINISH: N_("The questionnaire at the end of the year is closed"),
}


def register(evidence: Evidence) -> None:
    evidence.add(
        *(
            Source(f"surveys.{kind.value}", title, _closed(kind), _told, "surveys.index")
            for kind, title in KINDS.items()
        )
    )


def _closed(kind: Kind) -> Callable[[Session, Period], Seen | None]:
    """Rounds that opened in the year: done when somebody has answered and each of them is over, or has all its
    answers."""

    def look(session: Session, period: Period) -> Seen | None:
        rounds = session.scalars(
            select(Round)
            .join(Round.questionnaire)
            .where(
                Round.school_id == period.school_id,
                Questionnaire.kind == kind,
                Round.opens_on >= period.begins,
                Round.opens_on <= min(period.ends, period.today),
            )
        ).all()
        shares = queries.shares(session, period.school_id, [row.id for row in rounds])
        asked = sum(share.asked for share in shares.values())
        answered = sum(share.submitted for share in shares.values())
        if not asked:
            return None
        ended = {row.id: _ended(session, row, period) for row in rounds}
        over = all(ended[row.id] is not None or shares[row.id].asked == shares[row.id].submitted for row in rounds)
        last = max((day for day in ended.values() if day is not None), default=None)
        return Seen(over and answered > 0, {"answered": answered, "asked": asked}, last)

    return look


def _ended(session: Session, row: Round, period: Period) -> date | None:
    """The day on which a round ended; None while it takes answers."""
    if row.closed_at is not None:
        return local_date(row.closed_at, school_of(session, period.school_id).timezone)
    return row.closes_on if row.closes_on < period.today else None


def _told(values: Values) -> str:
    return str(_("answered: %(answered)s of %(asked)s", answered=values["answered"], asked=values["asked"]))
