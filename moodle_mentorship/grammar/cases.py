"""The six cases, and a phrase in all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sex(StrEnum):
    """Grammatical gender of a person's name and post."""

    FEMALE = "f"
    MALE = "m"


class Case(StrEnum):
    """Падеж, in the order of school grammar."""

    NOMINATIVE = "nominative"
    GENITIVE = "genitive"
    DATIVE = "dative"
    ACCUSATIVE = "accusative"
    INSTRUMENTAL = "instrumental"
    PREPOSITIONAL = "prepositional"


@dataclass(frozen=True)
class Declined:
    """A phrase in each case of `Case`, in that order; `sure` is False where a person should look before it is used."""

    forms: tuple[str, ...]
    sure: bool = True

    def __getitem__(self, case: Case) -> str:
        return self.forms[list(Case).index(case)]

    def spelled(self, spell: Callable[[str], str]) -> "Declined":
        """The same with each form respelled."""
        return Declined(tuple(map(spell, self.forms)), self.sure)

    def doubted(self) -> "Declined":
        """The same forms, for a person to look at."""
        return Declined(self.forms, sure=False)


def undeclined(word: str, *, sure: bool = True) -> Declined:
    """A word that stays as it is in all cases."""
    return Declined((word,) * len(Case), sure)


def joined(parts: Sequence[Declined], by: str) -> Declined:
    """Phrases side by side; one doubt makes the whole doubtful."""
    forms = tuple(by.join(forms) for forms in zip(*(part.forms for part in parts), strict=True))
    return Declined(forms, all(part.sure for part in parts))
