"""How registers count unless a school says otherwise."""

import re
from dataclasses import dataclass

from moodle_mentorship.documents.enums import Numbering, RegisterCode

#: What stands in a pattern for the number.
PLACE = "{n}"
#: No register of a school counts so far in a year.
LARGEST = 999_999


@dataclass(frozen=True)
class Rule:
    """Where a register's numbers come from, and what is written around one that is issued here."""

    numbering: Numbering
    pattern: str

    def written(self, number: int) -> str:
        return self.pattern.replace(PLACE, str(number))

    def read(self, written: str) -> int | None:
        """The number in what `written` gives; None for what is written otherwise."""
        before, after = self.pattern.split(PLACE)
        found = re.fullmatch(rf"{re.escape(before)}([1-9]\d{{0,5}}){re.escape(after)}", written)
        return int(found[1]) if found else None


# A school has a journal of its orders already, with others' orders in it; papers of mentoring alone are counted here.
DEFAULTS = {
    RegisterCode.ORDERS: Rule(Numbering.TYPED, "{n}-ОД"),
    RegisterCode.AGREEMENTS: Rule(Numbering.TYPED, "{n}"),
    RegisterCode.LETTERS: Rule(Numbering.TYPED, "{n}"),
    RegisterCode.PAPERS: Rule(Numbering.ISSUED, "{n}-Н"),
}
