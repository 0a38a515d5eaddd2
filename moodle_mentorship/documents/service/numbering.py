"""How registers count: the school's rule for each, and the next number where numbers are issued here."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moodle_mentorship.core.audit import record
from moodle_mentorship.core.errors import Invalid
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents import errors
from moodle_mentorship.documents.enums import Numbering, RegisterCode
from moodle_mentorship.documents.kinds import Moment
from moodle_mentorship.documents.models import Document, Register, RegisterYear
from moodle_mentorship.documents.registers import PLACE, Rule, key_of


def set_rule(moment: Moment, register_code: RegisterCode, rule: Rule, next_number: int | None = None) -> None:
    """Say how a register of the school counts. Numbers that were given stay.

    `next_number`: where the count goes on in the calendar year of today, because the journal on paper has the numbers
    before it already (None: as it is; of no account where numbers are typed). Raises `core.errors.Invalid`,
    `NumberPassed` for one that the register has given already.
    """
    if rule.pattern.count(PLACE) != 1:
        raise Invalid({"pattern": [N_("Write {n} once, where the number stands")]})
    session, actor = moment.session, moment.actor
    row = session.scalars(
        select(Register).where(Register.school_id == actor.school_id, Register.code == register_code)
    ).one_or_none()
    if row is None:
        row = Register(school_id=actor.school_id, code=register_code)
        session.add(row)
    row.numbering, row.pattern = rule.numbering, rule.pattern
    details: dict[str, Any] = {"register": register_code.value}
    if rule.numbering is Numbering.ISSUED and next_number is not None:
        _go_on_at(session, actor.school_id, register_code, moment.today.year, next_number)
        details["next"] = next_number
    record(session, actor, "register.set_rule", "register", None, moment.now, **details)
    session.flush()


def issue(session: Session, school_id: int, code: RegisterCode, rule: Rule, year: int) -> str:
    """The next free number. The year's row is locked until the unit of work ends: who comes at the same time waits, and
    what is rolled back gives its number back."""
    _begin(session, school_id, code, year)
    while True:
        last = session.execute(
            update(RegisterYear)
            .where(*_whose(school_id, code, year))
            .values(last_number=RegisterYear.last_number + 1, last_given=RegisterYear.last_number + 1)
            .returning(RegisterYear.last_number)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        number = rule.written(last)
        taken = session.scalar(
            select(func.count(Document.id)).where(
                Document.school_id == school_id,
                Document.register == code,
                Document.register_year == year,
                Document.number_key == key_of(number),
            )
        )
        # Typed before the school let us issue.
        if not taken:
            return number


def _go_on_at(session: Session, school_id: int, code: RegisterCode, year: int, number: int) -> None:
    """One statement asks and writes: a number that is issued at the same moment is seen, whoever comes first."""
    _begin(session, school_id, code, year)
    whose = _whose(school_id, code, year)
    moved = session.execute(
        update(RegisterYear)
        .where(*whose, RegisterYear.last_given < number)
        .values(last_number=number - 1)
        .returning(RegisterYear.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not moved:
        given = session.execute(select(RegisterYear.last_given).where(*whose)).scalar_one()
        raise errors.NumberPassed(f"{given} is given", given=given)


def _begin(session: Session, school_id: int, code: RegisterCode, year: int) -> None:
    """The year's row, if there is none yet."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(RegisterYear)
    session.execute(
        insert.values(school_id=school_id, code=code, year=year, last_number=0, last_given=0).on_conflict_do_nothing(
            index_elements=["school_id", "code", "year"]
        )
    )


def _whose(school_id: int, code: RegisterCode, year: int) -> tuple[Any, ...]:
    return RegisterYear.school_id == school_id, RegisterYear.code == code, RegisterYear.year == year
