"""How registers count unless a school says otherwise."""

import re
import unicodedata
from dataclasses import dataclass

from moodle_mentorship.documents.enums import Numbering, RegisterCode

#: What stands in a pattern for the number.
PLACE = "{n}"
#: No register of a school counts so far in a year.
LARGEST = 999_999

# Latin letters that look like Cyrillic ones, as capitals or small: «143-OД» with a Latin O is read as «143-ОД».
_CYRILLIC = str.maketrans("abcehkmoptxy", "авсенкмортху")
#: A key is as long as that at most: of 40 characters some fold into three, and `0053` has put an id behind a few.
KEY_LENGTH = 150


def key_of(number: str) -> str:
    """What a number is told from others by: nobody who looks at the journal tells «143-ОД», «143-од», «143 – ОД» and
    «143-OД» with a Latin O apart. Without blanks and signs that don't show, dashes are one, letters small."""
    shown = (
        "-" if unicodedata.category(sign) == "Pd" or sign == "\N{MINUS SIGN}" else sign
        for sign in number
        if not sign.isspace() and unicodedata.category(sign) != "Cf"
    )
    return "".join(shown).casefold().translate(_CYRILLIC)


@dataclass(frozen=True)
class Rule:
    """Where a register's numbers come from, and what is written around one that is issued here."""

    numbering: Numbering
    pattern: str

    def written(self, number: int) -> str:
        return self.pattern.replace(PLACE, str(number))

    def read(self, written: str) -> int | None:
        """The number in what `written` gives, however it was typed (`key_of`); None for what is something else."""
        before, after = (re.escape(key_of(part)) for part in self.pattern.split(PLACE))
        found = re.fullmatch(rf"{before}([1-9]\d{{0,5}}){after}", key_of(written))
        return int(found[1]) if found else None


# A school has a journal of its orders already, with others' orders in it; papers of mentoring alone are counted here.
DEFAULTS = {
    RegisterCode.ORDERS: Rule(Numbering.TYPED, "{n}-ОД"),
    RegisterCode.AGREEMENTS: Rule(Numbering.TYPED, "{n}"),
    RegisterCode.LETTERS: Rule(Numbering.TYPED, "{n}"),
    RegisterCode.PAPERS: Rule(Numbering.ISSUED, "{n}-Н"),
}
