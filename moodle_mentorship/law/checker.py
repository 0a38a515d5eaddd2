"""Finds citations of acts in a text and judges each by the table of references: a pure function.

It reads what people write: «ст.351.8 ТК», «статьи 9 и 10.1 Федерального закона от 27.07.2006 № 152-ФЗ», «ч. 4 ст. 9
Закона о персональных данных», «АЗ-1128/08», «приказом Минпросвещения России от 24 марта 2023 г. № 196». What the table
doesn't know is told as not checked; a school's own orders are no citations. Parts and points belong to the citation and
are not compared: the table has none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from moodle_mentorship.law.enums import Standing, Verdict
from moodle_mentorship.law.references import Reference

#: Characters of a paragraph that an excerpt shows on each side.
AROUND = 60
#: So far from each other an article and its act may stand.
NEAR = 120
#: So far before a number its date begins, with the name of the law between.
LONGEST_DATED = 250

# Each is replaced by one character, so that places in the text stay what they are.
_PLAIN = str.maketrans("\u00a0\u202f‐‑‒–—−ABCEHKMOPTX", "  ------АВСЕНКМОРТХ")

_DATE = (
    r"(?P<day>\d{1,2})(?:\.(?P<number>\d{1,2})\.|\s+(?P<month>январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр"
    r"|октябр|ноябр|декабр)\w*\s+)(?P<year>\d{4})"
)
_STEMS = ("январ", "феврал", "март", "апрел", "мая", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_MONTHS = {stem: number for number, stem in enumerate(_STEMS, start=1)} | {"май": 5}
_DATED = rf"(?<!\w)от\s+{_DATE}(?:\s*г(?:\.|од[а-я]*|(?!\w)))?+"

_LAW = re.compile(r"(?<![\d/])(\d{1,4})\s*-?\s*ФЗ\b")
_COUNTRY = r"(?:РФ|Российской\s+Федерации)"
_CODE = re.compile(
    r"(?:\b(?P<short>ТК|ГК|НК|УК|КоАП)\b|(?i:\b(?P<name>трудов|гражданск|налогов|уголовн|семейн|бюджетн)\w*\s+кодекс\w*))"
    rf"(?:\s+{_COUNTRY})?"
    rf"|(?i:\bкодекс\w*(?:\s+{_COUNTRY})?\s+(?P<offences>об\s+административных\s+правонарушениях))"
)
_CODES = {"трудов": "ТК", "гражданск": "ГК", "налогов": "НК", "уголовн": "УК", "семейн": "СК", "бюджетн": "БК"}
_OPENING, _CLOSING = '[«"“„]', '[»"”“]'
# A date is a number's own where they touch, with at most the law's name in quotes between: what stands further away
# may be the date of another act beside it, or of an edition. Behind, it may not be the date before the next number.
_QUOTED = rf"(?:\s*{_OPENING}[^«»\"“”„]{{1,200}}{_CLOSING})?"
_SIGN = r"(?:за\s+)?(?:№|N(?!\w))"
_DATE_BEFORE = re.compile(rf"{_DATED}{_QUOTED}\s*{_SIGN}?\s*$", re.IGNORECASE)
_DATE_BEHIND = re.compile(rf"{_QUOTED}\s*\(?\s*{_DATED}(?!{_QUOTED}\s*{_SIGN})", re.IGNORECASE)
_ANY_DATE = re.compile(_DATED, re.IGNORECASE)
# A law by its name instead of its number: «Федеральный закон от 27.07.2006 «О персональных данных»».
_NAMED = (
    rf"(?:федеральн\w+\s+)?(?:конституционн\w+\s+)?закон(?:а|у|ом|е)?(?:\s+{_COUNTRY})?"
    r"(?:\s+от\s+\d{1,2}(?:\.\d{1,2}\.|\s+[а-я]+\s+)\d{4}(?:\s*г(?:\.|ода))?)?"
)
_UNKNOWN_NAME = re.compile(
    rf"(?<!\w)(?=федеральн){_NAMED}\s+{_OPENING}(?:об?|о)\s[^«»\"“”„]{{3,200}}{_CLOSING}", re.IGNORECASE
)
# What stands behind a name when the number is named as well.
_NUMBERED = re.compile(r"[\s,(]*(?:от\s[^№;«»]{6,24})?№?\s*\d{1,4}\s*-?\s*ФЗ\b")
_LETTERED = re.compile(r"(?<![\w/.-])([А-Я][А-Я3]{0,2})\s*-\s*(\d{1,5}(?:\s*/\s*\d{1,5})*(?:-\d+)*)(?![\d/])")
_DISPOSAL = re.compile(r"(?<![\w/-])(\d{2,5})\s*-\s*р\b")
_STANDARD = re.compile(r"ГОСТ\s*(?:Р\s*)?(\d+(?:\.\d+)*)(?:\s*-\s*(\d{4}|\d{2})\b)?")
_ORDER = re.compile(
    r"(?P<what>приказ|постановлени|распоряжени|письм)\w*(?P<between>[^;№]{0,200}?)№\s*(?P<number>\d{1,5})"
    r"(?!\d|\s*/|\s*-)",
    re.IGNORECASE,
)
# Whose orders are the country's: others are the school's own and nothing to be checked.
_STATE = re.compile(r"мин(?!ут)\w|министерств|правительств|надзор|президент|роструд|росарх", re.IGNORECASE)
_LETTER = re.compile(r"письм|распоряж|приказ|№\s*$", re.IGNORECASE)
_NUMBERS = r"\d+(?:\.\d+)*(?:\s*(?:,|и|или|-)\s*\d+(?:\.\d+)*)*"
_ARTICLES = re.compile(rf"\b(?:ст\.?\s*ст\.?|ст\.?|стать\w+)\s*№?\s*({_NUMBERS})", re.IGNORECASE)
_ORDINAL = r"(?:перв|втор|трет|четв[её]рт|пят|шест|седьм|восьм|девят|десят)\w+"
_PLACE = rf"(?:\d+(?:\.\d+)*|{_OPENING}[а-я]{_CLOSING}|{_ORDINAL})"
# A part, point or paragraph of an article: «п. 3 части 2», «абзацем вторым», «подпункт «а»».
_PIECE = (
    r"(?<!\w)(?:абз(?:ац\w*|\.)|подп(?:ункт\w*|\.)|пп\.|п(?:ункт\w*|\.)|ч(?:аст(?:ь|и|ью|ей|ям|ями|ях)|\.))\s*"
    # A bare letter only in the first place: behind a comma it is the word «в» or «и».
    rf"(?:{_PLACE}|[а-я](?!\w|\.\s*\d))(?:\s*(?:,|и|или|-)\s*{_PLACE})*"
)
_BEFORE = re.compile(rf"(?:{_PIECE}[\s,]*(?:(?:и|или)\s+(?=\S))?)+$", re.IGNORECASE)
# Not where it belongs to the next article: «ст. 9, ч. 2 ст. 10».
_BEHIND = re.compile(
    rf"(?:[\s,]*{_PIECE})+(?![\s,]*(?:и\s+)?(?:ст\.|стат|абз|п\.|пп|пункт|подп|ч\.|част))", re.IGNORECASE
)
_JOINED = re.compile(r"\s*(?:[,;]|и|или|,\s*а\s+также)\s*")
# «по 351.8 ТК»
_BARE = re.compile(r"(?<![\d.])(\d{3}\.\d)(?=\s+(?:ТК\b|Трудов))")
_MENTORING = re.compile("наставни", re.IGNORECASE)


@dataclass(frozen=True)
class Remark:
    """A citation and what is to be said of it. `paragraph` counts from 1; `quoted` stands at `start` of it."""

    paragraph: int
    start: int
    quoted: str
    excerpt: str
    verdict: Verdict
    reference: Reference | None = None

    @property
    def instead(self) -> str | None:
        return self.reference.instead if self.reference is not None else None


@dataclass(frozen=True)
class _Cited:
    start: int
    end: int
    number: str
    article: str | None = None
    dated: date | None = None
    # What stands between the word «приказ» and its number.
    issuer: str | None = None


@dataclass(frozen=True)
class _Mention:
    """«ч. 1 ст. 9 и 10.1»: start, end and number of each article."""

    start: int
    end: int
    articles: list[tuple[int, int, str]]


def check(paragraphs: Sequence[str], references: Sequence[Reference], on: date) -> list[Remark]:
    """Every citation in the order of the text, judged for an act of the day `on`."""
    names = _names(references)
    about_mentoring = any(_MENTORING.search(paragraph) for paragraph in paragraphs)
    return [
        _judged(number, paragraph, cited, references, on, about_mentoring)
        for number, paragraph in enumerate(paragraphs, start=1)
        for cited in _citations(paragraph.translate(_PLAIN), references, names)
    ]


def _names(references: Sequence[Reference]) -> list[tuple[re.Pattern[str], str]]:
    """How each law of the table is cited by its name, quoted or not, and its number."""
    named = {}
    for row in references:
        name = re.fullmatch(r"(?:\w+\s+)?закон\s+«(.+)»", row.act, re.IGNORECASE)
        if name is not None and row.number:
            title = r"\s+".join(map(re.escape, name[1].translate(_PLAIN).split()))
            named[title.replace(r"Российской\s+Федерации", _COUNTRY)] = row.number
    return [
        (re.compile(rf"(?<!\w){_NAMED}\s+{_OPENING}?{title}(?!\w){_CLOSING}?", re.IGNORECASE), number)
        for title, number in named.items()
    ]


def _citations(
    text: str, references: Sequence[Reference], names: Sequence[tuple[re.Pattern[str], str]]
) -> list[_Cited]:
    acts = list(_acts(text, references, names))
    mentions = list(_mentions(text))
    whose = [_act_of(mention.start, mention.end, acts, text) for mention in mentions]
    # «ст. 9, ч. 5 ст. 21 Закона»: what is said in one breath is of one act.
    joined = [_JOINED.fullmatch(text, one.end, other.start) is not None for one, other in pairwise(mentions)]
    for place in reversed(range(len(joined))):
        if joined[place] and whose[place] is None:
            whose[place] = whose[place + 1]
    for place in range(len(joined)):
        if joined[place] and whose[place + 1] is None:
            whose[place + 1] = whose[place]
    # A code is named to say whose an article is, and then is no citation of its own.
    codes = {act.start for act in whose if act is not None and act.number.endswith(" РФ")}
    found = [
        _Cited(begins, ends, act.number if act is not None else "", article)
        for mention, act in zip(mentions, whose, strict=True)
        for begins, ends, article in mention.articles
    ]
    found += [act for act in acts if act.start not in codes]
    return sorted(found, key=lambda cited: (cited.start, cited.end))


def _mentions(text: str) -> Iterator[_Mention]:
    """Articles with their parts: those before stand with the first article, those behind with the last one."""
    last_end = 0
    for match in sorted([*_ARTICLES.finditer(text), *_BARE.finditer(text)], key=lambda match: match.start()):
        if match.start() < last_end:
            continue
        reach = max(last_end, match.start() - NEAR)
        before = _BEFORE.search(text[reach : match.start()])
        behind = _BEHIND.match(text, match.end())
        start = reach + before.start() if before is not None else match.start()
        last_end = behind.end() if behind is not None else match.end()
        numbers = list(re.finditer(r"\d+(?:\.\d+)*", match[1]))
        begins = [start, *(match.start(1) + number.start() for number in numbers[1:])]
        ends = [*(match.start(1) + number.end() for number in numbers[:-1]), last_end]
        yield _Mention(start, last_end, [*zip(begins, ends, (number[0] for number in numbers), strict=True)])


def _acts(text: str, references: Sequence[Reference], names: Sequence[tuple[re.Pattern[str], str]]) -> Iterator[_Cited]:
    by_name = [(match, number) for pattern, number in names for match in pattern.finditer(text)]
    taken = {match.start() for match, _ in by_name}
    by_name += [(match, "") for match in _UNKNOWN_NAME.finditer(text) if match.start() not in taken]
    for match, number in by_name:
        if not _NUMBERED.match(text, match.end()):
            within = _ANY_DATE.search(match[0])
            dated = _day(within) if within is not None else _date_of(text, match.end(), match.end())
            yield _Cited(*match.span(), number or match[0], dated=dated)
    for match in _LAW.finditer(text):
        yield _Cited(*match.span(), f"{match[1]}-ФЗ", dated=_date_of(text, *match.span()))
    for match in _CODE.finditer(text):
        short = match["short"] or ("КоАП" if match["offences"] else _CODES[match["name"].lower()])
        yield _Cited(*match.span(), f"{short} РФ")
    for match in _LETTERED.finditer(text):
        number = f"{match[1].replace('3', 'З')}-{''.join(match[2].split())}"
        known = any(row.number == number for row in references)
        if known or _LETTER.search(text[max(0, match.start() - NEAR) : match.start()]):
            yield _Cited(*match.span(), number, dated=_date_of(text, *match.span()))
    for match in _DISPOSAL.finditer(text):
        yield _Cited(*match.span(), f"{match[1]}-р", dated=_date_of(text, *match.span()))
    for match in _STANDARD.finditer(text):
        yield _Cited(*match.span(), f"ГОСТ Р {match[1]}" + (f"-{match[2]}" if match[2] else ""))
    for match in _ORDER.finditer(text):
        between = match["between"].casefold()
        if _STATE.search(between) or any(row.number == match["number"] and row.issuers for row in references):
            dated = _date_of(text, *match.span("number"))
            yield _Cited(*match.span(), match["number"], dated=dated, issuer=between)


def _act_of(start: int, end: int, acts: Sequence[_Cited], text: str) -> _Cited | None:
    """The act that follows an article, or else stands before it, with no other article between."""
    after = [act for act in acts if 0 <= act.start - end <= NEAR and not _ARTICLES.search(text[end : act.start])]
    before = [act for act in acts if 0 <= start - act.end <= NEAR and not _ARTICLES.search(text[act.end : start])]
    if after:
        return min(after, key=lambda act: act.start)
    return max(before, key=lambda act: act.end, default=None)


def _date_of(text: str, start: int, end: int) -> date | None:
    """The date that stands directly before a number, or else directly behind it."""
    return _day(_DATE_BEFORE.search(text, max(0, start - LONGEST_DATED), start) or _DATE_BEHIND.match(text, end))


def _day(found: re.Match[str] | None) -> date | None:
    if found is None:
        return None
    month = int(found["number"]) if found["number"] else _MONTHS[found["month"].lower()]
    try:
        return date(int(found["year"]), month, int(found["day"]))
    except ValueError:
        return None


def _judged(
    paragraph: int, text: str, cited: _Cited, references: Sequence[Reference], on: date, about_mentoring: bool
) -> Remark:
    verdict, reference = _verdict(cited, references, on, about_mentoring)
    begins, ends = max(0, cited.start - AROUND), cited.end + AROUND
    excerpt = f"{'…' if begins else ''}{text[begins:ends].strip()}{'…' if ends < len(text) else ''}"
    return Remark(paragraph, cited.start, text[cited.start : cited.end], excerpt, verdict, reference)


def _verdict(
    cited: _Cited, references: Sequence[Reference], on: date, about_mentoring: bool
) -> tuple[Verdict, Reference | None]:
    rows = [row for row in references if (row.number, row.article) == (cited.number, cited.article)]
    if cited.article is not None and not cited.number:
        # Whose article it is doesn't stand there: in a text on mentoring a rare number tells.
        rows = [row for row in references if row.article == cited.article and "." in cited.article]
        rows = rows if about_mentoring else []
    if cited.issuer is not None:
        rows = [row for row in rows if _is_issued(cited, row)]
    if cited.number.startswith("ГОСТ") and "-" not in cited.number:
        rows = [row for row in references if row.number.startswith(f"{cited.number}-")]
        present = next((row for row in rows if _in_force(row, on) is None), None)
        return (Verdict.INCOMPLETE, present) if present is not None else (Verdict.UNCHECKED, None)
    if not rows:
        return Verdict.UNCHECKED, None
    for row in rows:
        if row.standing is not Standing.VALID:
            return Verdict(row.standing.value), row
    verdicts = [(_in_force(row, on), row) for row in rows]
    # Of several periods the one that holds on that day counts.
    verdict, row = next((pair for pair in verdicts if pair[0] is None), verdicts[-1])
    if verdict is not None:
        return verdict, row
    if cited.dated is not None and row.dated is not None and cited.dated != row.dated:
        return Verdict.WRONG_DATE, row
    return Verdict.GOOD, row


def _is_issued(cited: _Cited, row: Reference) -> bool:
    assert cited.issuer is not None
    return cited.dated == row.dated or any(form in cited.issuer for form in row.issuers)


def _in_force(row: Reference, on: date) -> Verdict | None:
    if row.in_force_from is not None and on < row.in_force_from:
        return Verdict.AHEAD
    if row.in_force_until is not None and on > row.in_force_until:
        return Verdict.EXPIRED
    return None
