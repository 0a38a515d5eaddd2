"""Dates, numbers and counts in words, in the case that a sentence needs: num2words for the numerals, OpenCorpora's
dictionary for what is counted."""

from datetime import date

from babel.dates import get_month_names
from num2words import num2words

from moodle_mentorship.grammar.cases import Case, Sex
from moodle_mentorship.grammar.dictionary import analyzer

#: Between the thousands of a number, between a number and what it counts.
NBSP = "\u00a0"

_NUM2WORDS = dict(zip(Case, "ngdaip", strict=True))
_OPENCORPORA = dict(zip(Case, ("nomn", "gent", "datv", "accs", "ablt", "loct"), strict=True))
# After a number it has no plural of its own: «пяти человек», not «людей».
_PERSON = "человек"


def cardinal(number: int, case: Case = Case.NOMINATIVE, sex: Sex = Sex.MALE) -> str:
    """«двадцать одна»; of what has no life: the accusative of «два» is «два»."""
    return str(num2words(number, lang="ru", case=_NUM2WORDS[case], gender=sex.value, animate=False))


def counted(number: int, what: str, case: Case = Case.NOMINATIVE) -> str:
    """What a number counts, as it stands behind it: `what` is a noun with its adjectives in the nominative singular,
    «рабочий день» → «рабочих дня» (2), «рабочих дней» (5)."""
    last, tens = number % 10, number % 100 // 10
    one = last == 1 and tens != 1
    few = last in (2, 3, 4) and tens != 1
    *adjectives, noun = what.split()
    straight = case in (Case.NOMINATIVE, Case.ACCUSATIVE)
    found = next(parse for parse in analyzer().parse(noun) if {"NOUN", "nomn"} <= parse.tag.grammemes)
    if noun == _PERSON and not one and (straight or case is Case.GENITIVE):
        counts = "человека" if few and straight else _PERSON
    elif one:
        counts = found.inflect({"sing", _OPENCORPORA[case]}).word
    elif straight:
        counts = found.make_agree_with_number(number).word
    else:
        counts = found.inflect({"plur", _OPENCORPORA[case]}).word
    return " ".join([*(_adjective(word, found.tag.gender, case, one=one, few=few) for word in adjectives), counts])


def _adjective(word: str, gender: str, case: Case, *, one: bool, few: bool) -> str:
    found = next(parse for parse in analyzer().parse(word) if {"ADJF", "nomn"} <= parse.tag.grammemes)
    if one:
        told = {"sing", gender, _OPENCORPORA[case]}
        if case is Case.ACCUSATIVE and gender == "masc":
            told.add("inan")
    elif case in (Case.NOMINATIVE, Case.ACCUSATIVE):
        # «две рабочие недели», «два рабочих дня», «пять рабочих недель».
        told = {"plur", "nomn" if few and gender == "femn" else "gent"}
    else:
        told = {"plur", _OPENCORPORA[case]}
    return str(found.inflect(told).word)


def quantity(number: int, what: str, case: Case = Case.NOMINATIVE) -> str:
    """«3 (три) рабочих дня», as documents write a number that matters."""
    noun = what.split()[-1]
    feminine = next(parse for parse in analyzer().parse(noun) if "NOUN" in parse.tag).tag.gender == "femn"
    words = cardinal(number, case, Sex.FEMALE if feminine else Sex.MALE)
    return f"{grouped(number)}{NBSP}({words}) {counted(number, what, case)}"


def grouped(number: int) -> str:
    """«12 500»."""
    return f"{number:,}".replace(",", NBSP)


def day_in_words(day: date, case: Case = Case.NOMINATIVE, *, with_year: bool = False) -> str:
    """«двадцать восьмое сентября», «двадцать восьмого сентября две тысячи двадцать шестого года»."""
    told = f"{_ordinal(day.day, case, 'n')} {get_month_names('wide', locale='ru')[day.month]}"
    return f"{told} {_ordinal(day.year, Case.GENITIVE, 'm')} года" if with_year else told


def _ordinal(number: int, case: Case, gender: str) -> str:
    return str(num2words(number, to="ordinal", lang="ru", case=_NUM2WORDS[case], gender=gender, animate=False))
