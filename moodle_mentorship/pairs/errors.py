"""What a pair refuses, and what to do about it. What the banks refuse stands in `banks.errors`."""

from moodle_mentorship.core.errors import Conflict, DomainError, Forbidden, Invalid
from moodle_mentorship.core.i18n import N_


class Refused(DomainError):
    """An input that is well formed but does not fit; `field` names where on the form."""

    status = 422
    field = ""


class Oneself(Refused):
    """Mentor and mentee are the same person."""

    code = "oneself"
    field = "mentor_person_id"
    title = N_("A person can't be their own mentor")
    advice = N_("Choose two different people.")


class PeriodReversed(Refused):
    """The period ends before it begins."""

    code = "period_reversed"
    field = "ends_on"
    title = N_("The pair would end before it begins")
    advice = N_("Choose a date not earlier than the beginning.")


class PeriodOutsideYear(Refused):
    """The period leaves the school year."""

    code = "period_outside_year"
    title = N_("The period leaves the school year")
    advice = N_("A pair works within one school year. Choose dates from 1 September to 31 August of %(year)s.")

    def __init__(self, field: str, year: str) -> None:
        super().__init__(field=field, year=year)
        self.field = field


class BeforeHireDate(Refused):
    """The pair would begin before one of the two was hired."""

    code = "before_hire_date"
    field = "starts_on"
    title = N_("%(name)s was hired later than that")
    advice = N_("Begin on the hire date or after it, or correct the hire date in the staff list.")


class OrderDateUnlikely(Refused):
    """The order's date is more than 31 days ahead, or before the calendar year in which the school year begins."""

    code = "order_date_unlikely"
    field = "order_date"
    title = N_("This date can't be right for the order")
    advice = N_("Copy the date from the signed order.")


class NotYourAnswer(Forbidden):
    """Each side answers for itself; nobody answers for another, the curator neither."""

    code = "not_your_answer"
    title = N_("Only they can answer this")
    advice = N_("Mentor and mentee each answer for themselves on their page “Today”.")


class PairMovedOn(Conflict):
    """The act doesn't fit the pair's present state."""

    code = "pair_moved_on"
    title = N_("The pair has moved on meanwhile")
    advice = N_("Open the pair's page and look at its state now.")


class AnswerTooLate(Conflict):
    """The proposal is decided; another answer can't change it."""

    code = "answer_too_late"
    title = N_("This proposal is decided already")
    advice = N_("If you have changed your mind, tell the curator of mentoring.")


class PapersMissing(Invalid):
    """A paper that has to lie with the curator before the order is missing; `errors` names whose and which."""

    code = "papers_missing"
    status = 409
    title = N_("Papers that are due before the order are missing")
    advice = N_("Nothing was saved. Record the signed papers first, then enter the order.")
