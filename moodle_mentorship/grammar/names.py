"""A person's name in six cases: the rules of Petrovich, checked against a dictionary, with what both get wrong mended.

Where Russian itself leaves a choice that only the family can make («Кравец»: «Кравца» or «Кравеца»), or the name fits
its sex badly, the answer says that a person should look (`Declined.sure`).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from pytrovich import enums as petrovich
from pytrovich.maker import PetrovichDeclinationMaker

from moodle_mentorship.grammar.cases import Case, Declined, Sex, joined, undeclined
from moodle_mentorship.grammar.dictionary import Entry, entries
from moodle_mentorship.grammar.numbers import NBSP

_CASES = {
    Case.NOMINATIVE: petrovich.Case.NOMINATIVE,
    Case.GENITIVE: petrovich.Case.GENITIVE,
    Case.DATIVE: petrovich.Case.DATIVE,
    Case.ACCUSATIVE: petrovich.Case.ACCUSATIVE,
    Case.INSTRUMENTAL: petrovich.Case.INSTRUMENTAL,
    Case.PREPOSITIONAL: petrovich.Case.PREPOSITIONAL,
}
_INSTRUMENTAL = list(Case).index(Case.INSTRUMENTAL)

_WORD = re.compile(r"[а-яё]+(?:['’][а-яё]+)?", re.IGNORECASE)
_INITIAL = re.compile(r"[А-ЯЁ]\.")
# «иВАНОВ», «ИВанов»: a slip of the keyboard, though «МакДональд» may be meant.
_MIXED = re.compile(r"[а-яё][А-ЯЁ]|[А-ЯЁ]{2}[а-яё]")
_VOWELS = "аеёиоуыэюя"
_HISSING = "жшчщц"

# Of Turkic and Persian names: they and what stands with them stay as they are.
_SON = ("оглы", "оглу", "огли", "угли", "ўғли", "улы", "уулу")
_DAUGHTER = ("кызы", "гызы", "кизи", "қизи")
_SON_OF = frozenset((*_SON, *_DAUGHTER, "заде", "зода"))
_SON_OF_ENDING = re.compile(r"(?:оглы|кызы|гызы|уулу)$", re.IGNORECASE)
# First parts of surnames that no case reaches, and particles.
_FIRST_PARTS = frozenset(
    (
        *("аль", "бек", "бен", "бонч", "ван", "грум", "да", "де", "дель", "демут", "дер", "ди", "дю", "ибн", "кара"),
        *(
            "ла",
            "ле",
            "мак",
            "мелик",
            "нор",
            "о",
            "сан",
            "санта",
            "сен",
            "сквозник",
            "тер",
            "фон",
            "хаджи",
            "шах",
            "эль",
        ),
    )
)
# The stress is on their last vowel, as in French.
_STRESSED_END = frozenset(("дюма", "золя", "петипа", "тома", "дега", "бенуа", "моруа", "делакруа"))
_FRENCH = frozenset(("аннабель", "габриэль", "изабель", "мишель", "николь", "рашель", "сибиль", "эмманюэль"))
# Known to the dictionary with the vowel alone.
_OF_TWO_WAYS = frozenset(("журавель", "рубель"))
# Both a Russian («Чаплиным») and a foreign surname («Чаплином»), and what no Russian surname sounds like.
_OF_TWO_TONGUES = frozenset(("бюлов", "вирхов", "кронин", "мартин", "остин", "флотов", "чаплин"))
_FOREIGN_IN = re.compile(r"(?:[рлдш]ь?вин|уин|рлин|.э.*ин)$")
_MALE_ENDINGS = ("ов", "ев", "ёв", "ин", "ын", "ский", "цкий", "ой", "ый")
_FEMALE_ENDINGS = ("ова", "ева", "ёва", "ина", "ына", "ская", "цкая", "ая", "яя")
_POSSESSIVE = ("ова", "ева", "ёва", "ина", "ына")
# Adjectives that a woman's surname may be, «Дубровская», «Черная»; «Гурцкая», «Цулая» are Georgian.
_ADJECTIVAL = re.compile(rf"[{_VOWELS}].*(?:[сц]кая|[нв]ая|[аиу]тая|няя)$")
# «Меньшой» and «Меньший», «Голов» and «Голова» have the same woman's surname.
_OF_TWO_SURNAMES = frozenset(("большая", "меньшая", "голова", "дуброва", "гурцкая", "чуприна"))
# Parts of a double surname that are declined beyond doubt also in the first place.
_SURE_FIRST_PART = ("ов", "ев", "ёв", "ин", "ын", "ий", "ый", "ой", "ич", "ко", "ых", *_FEMALE_ENDINGS)

# Of all without «-ов-» and «-ев-» these alone are stressed on their last syllable: «Лукичом», but «Никитичем».
_STRESSED_PATRONYMICS = frozenset(("ильич", "козьмич", "косьмич", "кузьмич", "лукич", "фомич", "хомич"))
# Ukrainian, «Павло», and Russian, «Михайло»: they may stay, or become «Павла», «Михайлы».
_MAN_IN_O = re.compile(r"(?:[ай]л|ил|тр|вл|рк|нк|вк)о$")

_MALE_PATRONYMIC = re.compile(r"(?:[оеё]вич|ич)$")
_FEMALE_PATRONYMIC = re.compile(r"(?:[оеё]вна|ична)$")


def decline_name(last: str, first: str, middle: str, sex: Sex) -> Declined:
    """«Фамилия Имя Отчество» in each case. Empty parts are left out; a name without a first name is not sure.

    Initials stay, and no line begins with them: «Ивановой М. П.» with non-breaking spaces.
    """
    parts = [
        _phrase(text, sex, decline)
        for text, decline in ((last, _last_name), (first, _first_name), (middle, _middle_name))
        if text.strip()
    ]
    if not parts:
        return undeclined("", sure=False)
    whole = parts[0]
    for part in parts[1:]:
        whole = joined([whole, part], NBSP if _INITIAL.fullmatch(part[Case.NOMINATIVE]) else " ")
    return whole if last.strip() and first.strip() else whole.doubted()


def with_initials(whole: Declined, last: str, first: str, middle: str) -> Declined:
    """«Ивановой М. П.» of «Ивановой Марии Петровны»: `whole` are the forms of the name, whoever made them."""
    words = len(last.split())
    initials = [f"{part[0]}." for part in (first, middle) if part]
    return whole.spelled(lambda form: NBSP.join([" ".join(form.split()[:words]), *initials]))


def sex_of(first: str, middle: str) -> Sex | None:
    """What the patronymic says, or, without one, the dictionary of first names; None where neither does."""
    patronymic = middle.strip().lower()
    if _MALE_PATRONYMIC.search(patronymic) or patronymic.endswith(_SON):
        return Sex.MALE
    if _FEMALE_PATRONYMIC.search(patronymic) or patronymic.endswith(_DAUGHTER):
        return Sex.FEMALE
    names = [entry for entry in entries(first.strip()) if entry.kind == "Name"]
    known = {sex for sex in Sex if any(entry.is_name("Name", sex) for entry in names)}
    return known.pop() if len(known) == 1 and not patronymic else None


def _phrase(text: str, sex: Sex, decline: Callable[[str, Sex], Declined]) -> Declined:
    """One part of the name, spelled as it came: all in capitals, or not."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if len(plain) == 1:
        return undeclined(plain, sure=False)
    if plain.isupper():
        return decline(plain.title(), sex).spelled(str.upper)
    declined = decline(plain, sex)
    return declined.doubted() if _MIXED.search(plain) else declined


def _last_name(text: str, sex: Sex) -> Declined:
    words = text.split(" ")
    if len(words) > 1:
        if words[-1].lower() in _SON_OF:
            return undeclined(text)
        # «фон Штерн», «Ли Сы»: who knows where the surname begins.
        first = [undeclined(word) for word in words[:-1]]
        return joined([*first, _last_name(words[-1], sex)], " ").doubted()
    *before, end = text.split("-")
    if end.lower() in _SON_OF:
        return undeclined(text)
    return joined([*(_first_part(part, sex) for part in before), _surname(end, sex)], "-")


def _first_part(part: str, sex: Sex) -> Declined:
    if part.lower() in _FIRST_PARTS:
        return undeclined(part)
    declined = _surname(part, sex)
    if len(set(declined.forms)) == 1 or part.endswith(_SURE_FIRST_PART):
        return declined
    return declined.doubted()


def _surname(word: str, sex: Sex) -> Declined:
    lower = word.lower()
    if len(word) == 1 or not _WORD.fullmatch(word):
        return undeclined(word, sure=False)
    if lower in _STRESSED_END or lower.endswith(("о", "е", "и", "у", "ю", "э", "ы", "ых")):
        return undeclined(word)
    if sex is Sex.FEMALE and not lower.endswith(("а", "я")):
        # «с Анной Иванов» may be right, of a foreign citizen; «Иванов» may be a slip of the pen.
        of_a_man = lower.endswith(_MALE_ENDINGS) or any(entry.adjective for entry in entries(lower))
        return undeclined(word, sure=(_syllables(lower) < 2 or not of_a_man) and not lower.endswith("ъ"))
    if lower.endswith(("а", "я")):
        return _surname_in_a(word, sex)
    return _mans_surname(word, Declined(_by_rules(petrovich.NamePart.LASTNAME, word, Sex.MALE)))


def _surname_in_a(word: str, sex: Sex) -> Declined:
    lower = word.lower()
    known = entries(lower)
    if sex is Sex.FEMALE and lower.endswith(("ая", "яя", "ья")):
        return _womans_adjective(word, known)
    like_a_noun = any(entry.common_noun for entry in known)
    if lower.endswith(_FEMALE_ENDINGS):
        ruled = Declined(_by_rules(petrovich.NamePart.LASTNAME, word, sex))
        if sex is Sex.MALE:
            # «Калина», «Смородина» are a man's; «Иванова» is not; «Рева» the rules do not know.
            return ruled if like_a_noun and len(set(ruled.forms)) > 1 else ruled.doubted()
        if lower in _OF_TWO_SURNAMES:
            return ruled.doubted()
        if any(_agree(entry, ruled) for entry in known if entry.is_name("Surn", sex)):
            return ruled
        # «Бова»: «Бовы»; «Марина»: «Марины» of Марина Мнишек.
        names = any(entry.is_name(kind, sex) for entry in known for kind in ("Surn", "Name"))
        of_no_stem = _syllables(lower) == 2
        return ruled.doubted() if names or like_a_noun or of_no_stem else ruled
    # As a noun of the first declension, of whatever sex the person is.
    ruled = Declined(_by_rules(petrovich.NamePart.LASTNAME, word, Sex.MALE))
    if lower[-2] in _HISSING:
        return _hissing_in_a(word, ruled)
    # «Забейворота»; «Ковальска», in Polish an adjective; «Заячья» of a man.
    stays = len(set(ruled.forms)) == 1 and lower[-2] not in _VOWELS
    polish = sex is Sex.FEMALE and lower.endswith(("ска", "цка")) and not like_a_noun
    return ruled.doubted() if stays or polish or any(entry.adjective for entry in known) else ruled


def _womans_adjective(word: str, known: Sequence[Entry]) -> Declined:
    """«Старшая»: «Старшей»; «Заячья»: «Заячьей»; but «Шенгелая»: «Шенгелаи», «Илья»: «Ильи»."""
    lower = word.lower()
    by_rules = Declined(_by_rules(petrovich.NamePart.LASTNAME, word, Sex.FEMALE))
    surnames = [entry for entry in known if entry.is_name("Surn", Sex.FEMALE)]
    # «Горящая» is a participle alone; «коренная» is one too («корённая»).
    adjectives = {entry.forms for entry in known if entry.adjective} or {e.forms for e in known if e.kind == "PRTF"}
    if surnames and not adjectives:
        agree = any(_agree(entry, by_rules) for entry in surnames)
        return by_rules if agree else _spelled_like(word, surnames[0].forms).doubted()
    if adjectives:
        by_adjective = _spelled_like(word, sorted(adjectives)[0])
        return by_adjective if len(adjectives) == 1 and lower not in _OF_TWO_SURNAMES else by_adjective.doubted()
    if lower.endswith("ья"):
        return by_rules.doubted() if lower[-3:-2] in _HISSING else by_rules
    if lower[-3:-2] in _HISSING:
        # The dictionary has neither «лучшая» nor «Осадчая»; «Каджая» is Georgian.
        of_stem = Declined((word, *(word[:-2] + ending for ending in ("ей", "ей", "ую", "ей", "ей"))))
        russian = lower[-3:-2] in "шщ" or lower.endswith(("дчая", "вчая"))
        return of_stem if russian and _syllables(lower) > 2 else of_stem.doubted()
    return by_rules if _ADJECTIVAL.search(lower) and lower not in _OF_TWO_SURNAMES else by_rules.doubted()


def _hissing_in_a(word: str, ruled: Declined) -> Declined:
    """«Кваша»: «Квашей»; «Ганжа»: «Ганжой». Only who knows the stress can tell."""
    endings = {entry.forms[_INSTRUMENTAL][-2:] for entry in entries(word)}
    if len(endings) != 1:
        return ruled.doubted()
    (ending,) = endings
    return _with_instrumental(ruled, word[:-1] + ending)


def _mans_surname(word: str, ruled: Declined) -> Declined:
    lower = word.lower()
    known = [entry for entry in entries(lower) if entry.gender != "femn" or entry.common_noun]
    surnames = [entry for entry in known if entry.is_name("Surn", Sex.MALE)]
    # «Ильич» stands in the dictionary as a patronymic, and is a surname as well.
    nouns = [entry for entry in known if entry.common_noun or entry.kind == "Patr"]
    adjectives = [entry for entry in known if entry.adjective]

    if lower.endswith(("ский", "цкий", "ской", "цкой", "ый", "дчий", "вчий")):
        return ruled
    if lower.endswith(("ой", "ий")) and _syllables(lower) == 1:
        # «Цой», «Кий».
        prepositional = "и" if lower.endswith("ий") else "е"
        return Declined(tuple(word[:-1] + ending for ending in ("й", "я", "ю", "я", "ем", prepositional)))
    if lower.endswith(("эй", "юй")):
        # «Грэй», «Клюй», which the rules do not know.
        return Declined(tuple(word[:-1] + ending for ending in ("й", "я", "ю", "я", "ем", "е")))
    if lower.endswith(("ой", "ий")) and adjectives:
        declined = _spelled_like(word, _masculine(adjectives[0].forms))
        # «Бабий»: «Бабьего», or «Бабия» of a Ukrainian.
        return declined.doubted() if declined.forms[1].endswith("ьего") else declined
    if lower.endswith(("ной", "вой")) and not any(not _agree(entry, ruled) for entry in nouns):
        return ruled
    if lower.endswith("их") and any(entry.adjective for end in ("ий", "ой") for entry in entries(lower[:-2] + end)):
        return undeclined(word)
    if lower.endswith("ой") and nouns:
        return _as_the_word(word, ruled, nouns)
    if lower.endswith(("ой", "ий", "их")):
        return ruled if any(_agree(entry, ruled) for entry in known if not entry.common_noun) else ruled.doubted()
    if lower.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return _possessive(word, ruled, known)
    if lower.endswith("ец"):
        return _in_ets(word, ruled, nouns)
    if lower[-1] in _HISSING:
        return _hissing(word, ruled, nouns, surnames)
    if lower.endswith("ь") and lower[-2] in _HISSING:
        return _of_stem(word, word[:-1], "ем").doubted()
    if ruled.forms[_INSTRUMENTAL].endswith("ым"):
        # «Коэн», «Линкольн»: the rules take them for «Иванов».
        ruled = _with_instrumental(ruled, word + "ом")
    strange = [entry for entry in known if not _agree(entry, ruled)]
    if strange:
        return _as_the_word(word, ruled, strange)
    # «Воробей», «Журавель»: the vowel may go or stay, as the family has it.
    if lower.endswith("ъ") or lower in _OF_TWO_WAYS or not ruled.forms[1].lower().startswith(lower.rstrip("йь")):
        return ruled.doubted()
    endings = ("ей", "ок", "ек", "ёк", "ень", "ель", "оть")
    return ruled.doubted() if not known and lower.endswith(endings) and _syllables(lower) > 1 else ruled


def _as_the_word(word: str, ruled: Declined, known: list[Entry]) -> Declined:
    """«Заяц»: «Зайца» as the animal, or «Заяца» as the family may have it."""
    masculine = next((entry for entry in known if entry.gender == "masc"), None)
    if masculine is None:
        return ruled.doubted()
    return _spelled_like(word, _masculine(masculine.forms)).doubted()


def _possessive(word: str, ruled: Declined, known: list[Entry]) -> Declined:
    """«Ивановым», but «Дарвином»: the dictionary knows foreigners. One syllable is rarely a Russian surname."""
    lower = word.lower()
    if lower in _OF_TWO_TONGUES:
        return ruled.doubted()
    if any(_agree(entry, ruled) for entry in known if entry.kind == "Surn"):
        return ruled
    names = [entry for entry in known if entry.kind in ("Surn", "Name")]
    if names and all(_plain(entry.forms[_INSTRUMENTAL]) == _plain(word) + "ом" for entry in names):
        # A foreigner, or a Russian whom the dictionary takes for one.
        return _with_instrumental(ruled, word + "ом").doubted()
    # «Грузин»: «Грузином»; «Керосин»: «Керосином».
    strange = [entry for entry in known if entry.common_noun and not _agree(entry, ruled)]
    if strange:
        return _as_the_word(word, ruled, strange)
    return ruled.doubted() if _syllables(lower) == 1 or _FOREIGN_IN.search(lower) else ruled


def _in_ets(word: str, ruled: Declined, nouns: list[Entry]) -> Declined:
    """The vowel can't go after two consonants («Кузнеца»); after one, it is the family's choice."""
    lower = word.lower()
    if len(lower) > 3 and not set(lower[-4:-2]) & set(_VOWELS + "ьй"):
        return _of_stem(word, word, "ом")
    return _as_the_word(word, ruled, nouns)


def _hissing(word: str, ruled: Declined, nouns: list[Entry], surnames: list[Entry]) -> Declined:
    """«Ткачом», but «Абрамовичем»: after a hissing consonant the stress decides, and common nouns tell of it."""
    lower = word.lower()
    masculine = [entry for entry in nouns if entry.gender == "masc"]
    if any(not entry.forms[1].startswith(lower) for entry in masculine):
        return _as_the_word(word, ruled, masculine)
    endings = {entry.forms[_INSTRUMENTAL][-2:] for entry in masculine}
    if len(endings) == 1:
        return _with_instrumental(ruled, word + endings.pop())
    if lower.endswith("ич"):
        return ruled
    if lower.endswith(("ач", "яч")):
        return _with_instrumental(ruled, word + "ом").doubted()
    foreign = _syllables(lower) == 1 and any(_agree(entry, ruled) for entry in surnames)
    return ruled if foreign else ruled.doubted()


def _of_stem(word: str, stem: str, instrumental: str) -> Declined:
    """As a man: «-а, -у, -а, -ом, -е»."""
    return Declined((word, *(stem + ending for ending in ("а", "у", "а", instrumental, "е"))))


def _first_name(text: str, sex: Sex) -> Declined:
    words = text.split(" ")
    if len(words) > 1:
        return joined([_first_name(word, sex) for word in words], " ").doubted()
    *before, end = text.split("-")
    if before and end.lower() in _SON_OF:
        return undeclined(text)
    if before and end.lower() == "оол":
        # «Мерген-оол», a Tuvan.
        return joined([*map(undeclined, before), _given_name(end, sex)], "-")
    declined = joined([*(_first_of_two(part, sex) for part in before), _given_name(end, sex)], "-")
    known = any(_agree(entry, declined) for entry in entries(text) if entry.kind == "Name")
    return Declined(declined.forms) if before and known else declined


def _first_of_two(part: str, sex: Sex) -> Declined:
    """«Анна-Мария» is two names: «Анны-Марии»; of «Жан-Поль» and «Абдул-Азиз» only the end is declined."""
    lower = part.lower()
    if lower in ("жан", "пьер"):
        return undeclined(part)
    two_names = lower.endswith(("а", "я")) and any(entry.is_name("Name", sex) for entry in entries(lower))
    return _given_name(part, sex) if two_names else undeclined(part, sure=False)


def _given_name(word: str, sex: Sex) -> Declined:
    lower = word.lower()
    if _INITIAL.fullmatch(word):
        return undeclined(word)
    if not _WORD.fullmatch(word):
        return undeclined(word, sure=False)
    ruled = Declined(_by_rules(petrovich.NamePart.FIRSTNAME, word, sex))
    if sex is Sex.FEMALE and lower.endswith("ь") and ruled.forms[1] == word:
        # «Мишель» is French and stays; «Гузель» some decline («Гузели») and some don't.
        return ruled if lower in _FRENCH else ruled.doubted()
    if lower.endswith(("аа", "оа", "уа")):
        return undeclined(word, sure=False)
    if lower.endswith("ия"):
        # «Мария» and «Исаия»; on «Алия», of a stressed end, people disagree.
        ruled = Declined(tuple(word[:-1] + ending for ending in ("я", "и", "и", "ю", "ей", "и")))
    if lower.endswith("джа"):
        # «Хадиджы» of the rules.
        ruled = Declined(tuple(word[:-1] + ending for ending in ("а", "и", "е", "у", "ей", "е")))
    if sex is Sex.MALE and lower.endswith("ц"):
        ruled = _with_instrumental(ruled, ruled.forms[1][:-1] + "ем")
    names = [entry for entry in entries(lower) if entry.kind == "Name"]
    of_this_sex = [entry for entry in names if entry.is_name("Name", sex)]
    if names and not of_this_sex:
        return ruled.doubted()
    if of_this_sex:
        if any(_agree(entry, ruled) for entry in of_this_sex):
            return ruled.doubted() if sex is Sex.MALE and _MAN_IN_O.search(lower) else ruled
        return ruled.doubted() if lower.endswith("ия") else _spelled_like(word, of_this_sex[0].forms).doubted()
    hissing = lower[-1] in "ая" and lower[-2:-1] in _HISSING
    unusual = lower.endswith(("ец", "ок", "ек", "ёк", "ъ", "о" if sex is Sex.MALE else "ь"))
    return ruled.doubted() if hissing or unusual else ruled


def _middle_name(text: str, sex: Sex) -> Declined:
    """A patronymic; with «оглы» and its sisters it stays as it is."""
    lower = text.lower()
    if _SON_OF_ENDING.search(lower) or re.split(r"[ -]", lower)[-1] in _SON_OF:
        return undeclined(text)
    if _INITIAL.fullmatch(text):
        return undeclined(text)
    before, hyphen, end = text.rpartition("-")
    if not _WORD.fullmatch(end):
        return undeclined(text, sure=False)
    usual = (_MALE_PATRONYMIC if sex is Sex.MALE else _FEMALE_PATRONYMIC).search(lower)
    if not usual:
        # A second name, or a patronymic of the other sex.
        return _first_name(text, sex).doubted()
    ruled = Declined(_by_rules(petrovich.NamePart.MIDDLENAME, end, sex))
    if sex is Sex.MALE:
        ruled = _with_instrumental(ruled, end + ("ом" if end.lower() in _STRESSED_PATRONYMICS else "ем"))
    # «Кара-ооловна».
    return ruled.spelled((before + hyphen).__add__)


def _by_rules(part: petrovich.NamePart, word: str, sex: Sex) -> tuple[str, ...]:
    gender = petrovich.Gender.MALE if sex is Sex.MALE else petrovich.Gender.FEMALE
    return tuple(_petrovich().make(part, gender, case, word) for case in _CASES.values())


@lru_cache(maxsize=1)
def _petrovich() -> PetrovichDeclinationMaker:
    return PetrovichDeclinationMaker()


def _with_instrumental(declined: Declined, form: str) -> Declined:
    forms = list(declined.forms)
    forms[_INSTRUMENTAL] = form
    return Declined(tuple(forms), declined.sure)


def _masculine(forms: tuple[str, ...]) -> tuple[str, ...]:
    """A man is animate, whatever the word means: «Ножа» is seen, where a knife is «нож»."""
    if forms[0][-1] in "ая":
        return forms
    return (*forms[:3], forms[1], *forms[4:])


def _agree(entry: Entry, declined: Declined) -> bool:
    """«Е» for «ё» is no difference: which of them is written is the family's choice."""
    forms = _masculine(entry.forms) if entry.gender == "masc" else entry.forms
    return [_plain(form) for form in forms] == [_plain(form) for form in declined.forms]


def _plain(form: str) -> str:
    return form.lower().replace("ё", "е")


def _like(word: str, form: str) -> str:
    """A form out of the dictionary in the word's own letters, as far as both go: capitals, «е» for «ё»."""
    same = 0
    while same < min(len(word), len(form)) and _plain(word[same]) == _plain(form[same]):
        same += 1
    return word[:same] + form[same:] if same else form.capitalize()


def _spelled_like(word: str, forms: Sequence[str]) -> Declined:
    return Declined(tuple(_like(word, form) for form in forms))


def _syllables(word: str) -> int:
    return sum(letter in _VOWELS for letter in word)
