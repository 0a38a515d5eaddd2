"""What the banks prove in the road map."""

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moodle_mentorship.banks.enums import MENTEES_IN_BANK, MENTORS_IN_BANK, Bank
from moodle_mentorship.banks.models import BankStep, Mentee, Mentor
from moodle_mentorship.core.clock import local_date
from moodle_mentorship.core.db import fixed
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.evidence import Evidence, Period, Seen, Source, Values
from moodle_mentorship.school.queries import school_of


def register(evidence: Evidence) -> None:
    """A bank is filled when somebody is in it and it was looked after in this year; mentors are trained when all in the
    bank are."""
    evidence.add(
        Source("banks.mentees", N_("The bank of mentees is filled"), _mentees, _mentees_told, "banks.mentees"),
        Source("banks.mentors", N_("The bank of mentors is filled"), _mentors, _mentors_told, "banks.mentors"),
        Source("banks.trained", N_("The mentors of the bank are trained"), _trained, _trained_told, "banks.mentors"),
    )


def _mentees(session: Session, period: Period) -> Seen | None:
    number = session.scalar(
        select(func.count(Mentee.id)).where(
            Mentee.school_id == period.school_id, Mentee.state.in_(fixed(*MENTEES_IN_BANK))
        )
    )
    return _filled(session, period, Bank.MENTEES, number or 0)


def _mentors(session: Session, period: Period) -> Seen | None:
    number = session.scalar(
        select(func.count(Mentor.id)).where(
            Mentor.school_id == period.school_id, Mentor.state.in_(fixed(*MENTORS_IN_BANK))
        )
    )
    return _filled(session, period, Bank.MENTORS, number or 0)


def _filled(session: Session, period: Period, bank: Bank, number: int) -> Seen | None:
    if not number:
        return None
    last = session.scalar(
        select(func.max(BankStep.at)).where(BankStep.school_id == period.school_id, BankStep.bank == bank)
    )
    day = local_date(last, school_of(session, period.school_id).timezone) if last is not None else None
    return Seen(day is not None and day >= period.begins, {"people": number}, day)


def _trained(session: Session, period: Period) -> Seen | None:
    number, trained, last = session.execute(
        select(func.count(Mentor.id), func.count(Mentor.trained_on), func.max(Mentor.trained_on)).where(
            Mentor.school_id == period.school_id, Mentor.state.in_(fixed(*MENTORS_IN_BANK))
        )
    ).one()
    return Seen(trained == number, {"trained": trained, "people": number}, last) if trained else None


def _mentees_told(values: Values) -> str:
    return str(ngettext("bank of mentees: %(num)d person", "bank of mentees: %(num)d people", int(values["people"])))


def _mentors_told(values: Values) -> str:
    return str(ngettext("bank of mentors: %(num)d person", "bank of mentors: %(num)d people", int(values["people"])))


def _trained_told(values: Values) -> str:
    return str(_("mentors trained: %(trained)s of %(people)s", trained=values["trained"], people=values["people"]))
