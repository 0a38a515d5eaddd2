"""What the room holds about a person."""

from collections.abc import Iterable

from flask_babel import gettext as _

from moodle_mentorship.banks import wishes, words
from moodle_mentorship.banks.enums import Bank
from moodle_mentorship.banks.models import BankStep, CandidateRule, Dismissal, Mentee, Mentor, Wishes
from moodle_mentorship.core.holdings import Fact, Holding, Holdings, Reading, column, columns
from moodle_mentorship.core.i18n import N_

BANKS = {Bank.MENTEES: N_("Bank of mentees"), Bank.MENTORS: N_("Bank of mentors")}
IN_AN_ORDER = N_("A pair that an order names rests on it")


def register(holdings: Holdings) -> None:
    holdings.add(
        Holding(
            Mentee,
            N_("Bank of mentees"),
            about=lambda who: Mentee.person_id == who.person_id,
            told=columns(
                column("state", N_("State"), words.MENTEE_STATES),
                column("state_since", N_("Since")),
                column("entered_at", N_("In the bank since")),
                column("refused_year", N_("Said no in the school year that began in")),
            ),
            stays=IN_AN_ORDER,
        ),
        Holding(
            Mentor,
            N_("Bank of mentors"),
            about=lambda who: Mentor.person_id == who.person_id,
            told=columns(
                column("state", N_("State"), words.MENTOR_STATES),
                column("state_since", N_("Since")),
                column("entered_at", N_("In the bank since")),
                column("capacity", N_("Places")),
                column("places_held", N_("Places taken")),
                column("basis", N_("Ground"), words.BASES),
                column("trained_on", N_("Trained")),
                column("refused_year", N_("Said no in the school year that began in")),
            ),
            stays=IN_AN_ORDER,
        ),
        Holding(
            BankStep,
            N_("Steps in the banks"),
            about=lambda who: BankStep.person_id == who.person_id,
            by=("by_person_id",),
            told=_step,
        ),
        Holding(
            Dismissal,
            N_("No candidate in this school year"),
            about=lambda who: Dismissal.person_id == who.person_id,
            by=("by_person_id",),
            told=columns(column("year", N_("In the school year that began in")), column("at", N_("When"))),
        ),
        # Theirs is what they said themselves; what others said of them is found by nobody else.
        Holding(
            Wishes,
            N_("Wishes about colleagues"),
            about=lambda who: Wishes.person_id == who.person_id,
            told=_wishes,
        ),
    )
    holdings.nothing(CandidateRule)


def _step(row: BankStep, _reading: Reading) -> Iterable[Fact]:
    yield Fact("bank", N_("Bank"), row.bank, (_(BANKS[row.bank]),))
    yield Fact("after", N_("State"), row.after, (_(words.stood_at(row)),))
    yield Fact("why", N_("Why"), row.why, (_(words.WHY[row.why]),))
    yield Fact("at", N_("When"), row.at)


def _wishes(row: Wishes, reading: Reading) -> Iterable[Fact]:
    yield Fact("bank", N_("Bank"), row.bank, (_(BANKS[row.bank]),))
    said = wishes.named_people(reading.session, row.school_id, wishes.opened(row, reading.box))
    for wish, label in words.WISHES.items():
        colleagues = [person.short_name for person, theirs in said if theirs is wish]
        yield Fact(wish.value, label, colleagues)
    yield Fact("changed_at", N_("Changed on"), row.changed_at)
