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
    title = N_("The pair would end before it begins")
    advice = N_("Choose a date not earlier than the beginning.")

    def __init__(self, field: str = "ends_on") -> None:
        super().__init__(field=field)
        self.field = field


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


class NoticeNeeded(Conflict):
    """The school ends the mentor's work early and has not warned the mentor (ст. 351.8 ТК РФ)."""

    code = "notice_needed"
    field = "end"
    title = N_("The mentor has not been warned yet")
    advice = N_(
        "The school warns the mentor in writing at least three working days before (Labour Code, art. 351.8). Enter "
        "the day of the notice on the pair's page. A refusal of the mentor's own needs no notice."
    )


class NoticeRuns(Conflict):
    """The three working days since the notice are not over."""

    code = "notice_runs"
    field = "end"
    title = N_("By the notice of %(warned)s the pair may end on %(day)s or later")
    advice = N_(
        "Three working days have to pass (Labour Code, art. 351.8). A refusal of the mentor's own ends it at once."
    )


class NoticeUnlikely(Refused):
    """The notice's day lies ahead, or before the order that fixed the pair."""

    code = "notice_unlikely"
    field = "warned_on"
    title = N_("The mentor can't have been warned on this day")
    advice = N_("Write the day on which the mentor got the notice: after the order, and not later than today.")


class CalendarUnknown(Refused):
    """Working days can't be counted in a year whose production calendar is not known here."""

    code = "calendar_unknown"
    field = "may_end_on"
    title = N_("The production calendar of %(year)s is not known here")
    advice = N_(
        "Count three working days after the notice by the official calendar, and write the day after them. A new "
        "version of the service will know the year."
    )


class NoticeTooShort(Refused):
    """A day was written by hand that the calendar does not bear out."""

    code = "notice_too_short"
    field = "may_end_on"
    title = N_("This day is too early")
    advice = N_("Three working days have to pass after the notice.")


class NotLonger(Refused):
    """An extension ends after the present end."""

    code = "not_longer"
    field = "ends_on"
    title = N_("That would not extend the pair")
    advice = N_("Choose a date after the present end.")


class PauseUnlikely(Refused):
    """A pause begins within the pair's time and not ahead of today."""

    code = "pause_unlikely"
    field = "from_on"
    title = N_("The pause can't begin on this day")
    advice = N_("Choose a day from the pair's beginning to today. Enter a pause when it has begun.")


class SameMentor(Refused):
    """A mentor can't replace themselves."""

    code = "same_mentor"
    field = "mentor_person_id"
    title = N_("This is the mentor who is being replaced")
    advice = N_("Choose another mentor.")


class NothingLeft(Conflict):
    """The period of the pair that is being replaced is over."""

    code = "nothing_left"
    title = N_("The pair's period is over")
    advice = N_("There is nothing left to replace. Make a new pair.")


class GroupFull(Conflict):
    """Six mentees are in the group already."""

    code = "group_full"
    field = "mentee_person_id"
    title = N_("The group is full")
    advice = N_("A group has six mentees at most. Make another group, or a pair.")
