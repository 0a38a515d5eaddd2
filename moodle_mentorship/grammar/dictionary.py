"""The second opinion on a word: OpenCorpora's dictionary, through pymorphy3. Only words that stand in it count."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moodle_mentorship.grammar.cases import Sex

# Nominative, genitive, dative, accusative, instrumental, prepositional, as OpenCorpora calls them.
_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_GENDER = {Sex.MALE: "masc", Sex.FEMALE: "femn"}


@dataclass(frozen=True)
class Entry:
    """One reading of a word in the nominative: what kind of word it is, and its forms in the order of `Case`."""

    kind: str
    gender: str | None
    animate: bool
    forms: tuple[str, ...]

    @property
    def common_noun(self) -> bool:
        return self.kind == "NOUN"

    @property
    def adjective(self) -> bool:
        return self.kind == "ADJF"

    def is_name(self, kind: str, sex: Sex) -> bool:
        """Whether it is a «Surn» or «Name» of this sex."""
        return self.kind == kind and self.gender in (_GENDER[sex], None)


@lru_cache(maxsize=4096)
def entries(word: str) -> Sequence[Entry]:
    """Every reading of the word as a nominative singular that the dictionary knows; none for an unknown word."""
    found = []
    for parse in analyzer().parse(word.lower()):
        tag = parse.tag
        if not parse.is_known or not {"nomn", "sing"} <= tag.grammemes:
            continue
        forms = [parse.inflect({case, "sing"}) for case in _CASES]
        if all(forms):
            name = next((kind for kind in ("Surn", "Name", "Patr") if kind in tag), None)
            texts = tuple(form.word for form in forms)
            # «Меньшая» is not declined as «малейшая».
            if not _same(texts[0], word):
                continue
            found.append(Entry(name or str(tag.POS), tag.gender, "anim" in tag, texts))
    return tuple(found)


def _same(form: str, word: str) -> bool:
    return form.replace("ё", "е") == word.lower().replace("ё", "е")


@lru_cache(maxsize=1)
def analyzer() -> Any:
    """pymorphy3 itself, for words in the plural and with numbers."""
    # A second and 20 MB that nobody pays who declines nothing.
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()
