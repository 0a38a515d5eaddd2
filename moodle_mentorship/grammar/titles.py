"""Titles of posts and of organisations in six cases: «старшего вожатого», «муниципальному учреждению „Школа № 5“».

A title is adjectives, a head word, and what depends on it and stays. The head words of schools stand with their cases
in `heads.csv` (posts after постановление Правительства РФ от 21.02.2022 № 225); another head is declined by the
dictionary, for a person to look at.
"""

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import takewhile

from moodle_mentorship.grammar.cases import Case, Declined, joined, undeclined
from moodle_mentorship.grammar.dictionary import Entry, entries

_GENITIVE, _ACCUSATIVE = list(Case).index(Case.GENITIVE), list(Case).index(Case.ACCUSATIVE)
# «и. о. директора» is said for «исполняющий», «исполняющего» …: the abbreviation stays, whatever the case.
_ACTING = re.compile(r"(?:(?:вр\.\s?)?и\.\s?о\.\s?|(?:врио|врид|ио)\s)", re.IGNORECASE)
# Of the head word («заместитель»): what follows hangs on it and stays.
_SHORTENED_HEAD = re.compile(r"(?:зам|зав|пом)\.\s?", re.IGNORECASE)
# Of an adjective («старший»), and an adverb: they stay, what follows is declined.
_BEFORE_THE_HEAD = re.compile(r"(?:(?:гл|ст|мл|вед|соц|муз|мед)\.\s?|временно\s)", re.IGNORECASE)
# «учитель музыки/педагог-психолог»: two posts, or one; «мастер п/о» is one.
_TWO_IN_ONE = re.compile(r"[/+;]")
_ON_PRODUCTION = re.compile(r"\bп/о\b")
# An adjective in the nominative; «основной» is more often a genitive.
_ENDS_OF_ADJECTIVES = ("ый", "ий", "ая", "яя", "ое", "ее")
_ABBREVIATION = re.compile(r"[А-ЯЁ]{2,}")


def decline_title(text: str) -> Declined:
    """A post or an organisation's name in each case, as it is written: its sex is that of its words."""
    plain = " ".join(text.split())
    if not plain:
        return undeclined("", sure=False)
    if acting := _ACTING.match(plain):
        known = plain[acting.end() :].split(" ")
        return undeclined(plain, sure=any(_heads_in_genitive() & set(word.lower().split("-")) for word in known))
    # «учитель математики, классный руководитель» are two; «учитель математики, физики» is one.
    parts: list[str] = []
    for part in re.split(r",\s*", plain):
        if parts and _decline_one(part) is None:
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    whole = joined([_decline_one(part) or undeclined(part, sure=False) for part in parts], ", ")
    return whole.doubted() if _TWO_IN_ONE.search(_ON_PRODUCTION.sub("", plain)) else whole


def _decline_one(text: str) -> Declined | None:
    """None: no word of it can be the head."""
    if before := _BEFORE_THE_HEAD.match(text):
        after = _decline_one(text[before.end() :])
        return None if after is None else after.spelled(before.group().__add__)
    if before := _SHORTENED_HEAD.match(text):
        # «зам. директор»: there is another head; «зав.хоз» is none that is shortened.
        first = text[before.end() :].partition(" ")[0]
        return undeclined(text, sure=not _is_head(first) and not _is_head(before.group().strip(". ") + first))
    words = text.split(" ")
    if _ABBREVIATION.fullmatch(words[0]) and not _is_head(words[0]):
        return undeclined(text)
    adjectives: list[Entry] = []
    for number, word in enumerate(words):
        adjective = next((entry for entry in entries(word) if entry.adjective), None)
        # «дежурный администратор»: here «дежурный» is no head.
        heads_on = _is_head(word) and not any(map(_is_head, words[number + 1 : number + 2]))
        if adjective is None or heads_on:
            head = _head(word)
            return None if head is None else _assembled(words, adjectives, head, number)
        adjectives.append(adjective)
    return None


def _assembled(words: list[str], adjectives: list[Entry], head: Declined, number: int) -> Declined:
    animate = head[Case.ACCUSATIVE] != head[Case.NOMINATIVE]
    before = [_like(word, _agreeing(entry, animate)) for word, entry in zip(words, adjectives, strict=False)]
    whole = joined([*before, head, *map(undeclined, words[number + 1 :])], " ")
    # «учитель и тренер», «медицинская сестра диетическая»: these would have to be declined too. A quoted name is not.
    outside = takewhile(lambda word: word[0] not in '«„“"', words[number + 1 :])
    feminine = head[Case.NOMINATIVE].split("-")[0].endswith(("а", "я"))
    # «старшая методист»: as people say, but not as documents do.
    disagree = any((entry.gender == "femn") is not feminine for entry in adjectives)
    declinable = any(_names_somebody(word.strip("(),")) or _is_adjective(word) for word in outside)
    return whole.doubted() if declinable or disagree else whole


def _names_somebody(word: str) -> bool:
    # «и» and «по» stand in the dictionary as a letter and a river.
    return _is_head(word) or (len(word) > 2 and any(entry.common_noun and entry.animate for entry in entries(word)))


def _is_adjective(word: str) -> bool:
    return word.endswith(_ENDS_OF_ADJECTIVES) and any(entry.adjective for entry in entries(word))


def _agreeing(entry: Entry, animate: bool) -> Declined:
    forms = list(entry.forms)
    if entry.gender != "femn":
        forms[_ACCUSATIVE] = forms[_GENITIVE] if animate else forms[0]
    return Declined(tuple(forms))


def _is_head(word: str) -> bool:
    return all(part in _heads() for part in word.lower().split("-"))


def _head(word: str) -> Declined | None:
    """The head word, or several with hyphens («педагог-психолог»): each of them is declined."""
    parts = word.split("-")
    nouns = [noun for part in parts if (noun := _noun(part.lower())) is not None]
    if len(nouns) < len(parts):
        return None
    return joined([_like(part, noun) for part, noun in zip(parts, nouns, strict=True)], "-")


def _noun(word: str) -> Declined | None:
    if word in _heads():
        return Declined(_heads()[word])
    found = next((entry for entry in entries(word) if entry.common_noun), None)
    return None if found is None else Declined(found.forms, sure=False)


def _like(word: str, declined: Declined) -> Declined:
    """In the word's own capitals."""
    if word.isupper() and len(word) > 1:
        return declined.spelled(str.upper)
    return declined.spelled(lambda form: form[0].upper() + form[1:]) if word[0].isupper() else declined


@lru_cache(maxsize=1)
def _heads() -> Mapping[str, tuple[str, ...]]:
    text = (files("moodle_mentorship.grammar") / "heads.csv").read_text(encoding="utf-8")
    return {row[Case.NOMINATIVE]: tuple(row[case] for case in Case) for row in csv.DictReader(text.splitlines())}


@lru_cache(maxsize=1)
def _heads_in_genitive() -> frozenset[str]:
    return frozenset(forms[_GENITIVE] for forms in _heads().values())
