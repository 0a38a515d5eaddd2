"""CSV: the encoding and the delimiter are found from the content; letters never come out as other letters."""

import csv
import io
import re
from collections.abc import Iterator

from moodle_mentorship.sync.files.errors import EncodingUnknown, FileDamaged, QuotesOpen

DELIMITERS = (";", ",", "\t")

# How often a letter stands in Russian text, per cent (Национальный корпус русского языка, rounded); ё counts as е.
_OFTEN = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ",
        (
            *(10.9, 8.5, 8.0, 7.4, 6.7, 6.3, 5.5, 4.7, 4.5, 4.4, 3.5, 3.2, 3.0, 2.8, 2.6, 2.0, 1.9, 1.7, 1.7, 1.7),
            *(1.6, 1.4, 1.2, 1.0, 0.9, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.1),
        ),
        strict=True,
    )
)
# Encodings that are as old as Windows-1251 and look like it: whichever gives the likeliest Russian was meant.
_RIVALS = ("cp866", "koi8_r", "mac_cyrillic")
# Russian gives 5.5 or more on the average, letters by chance 3 or less, signs 0.
_LIKELY = 4.0
_MIXED = re.compile(r"[a-z][а-яё]|[а-яё][a-z]", re.IGNORECASE)

# Characters that are looked at; the start of a list tells enough.
_LOOKED_AT = 200_000


def decode(content: bytes) -> str:
    """The text of a CSV file. Raises `EncodingUnknown`, `FileDamaged`."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    if b"\0" in content:
        # Letters of UTF-16 hold no zero byte in Russian, but delimiters, digits and line ends do, on one side alone.
        return _strictly(content, "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _windows(content)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise EncodingUnknown(encoding) from error
    if "\0" in text:
        raise FileDamaged("NUL characters")
    return text


def _windows(content: bytes) -> str:
    """Windows-1251, if that is what gives Russian: almost any bytes decode as it."""
    damaged = content[:_LOOKED_AT].decode("utf-8", errors="replace")
    letters = [character for character in damaged if character > "\x7f"]
    if letters.count("\ufffd") * 5 < len(letters):
        raise FileDamaged("UTF-8 with broken characters")
    try:
        text = content.decode("cp1251")
    except UnicodeDecodeError as error:
        raise EncodingUnknown("no Windows-1251") from error
    likely = _likeness(content, "cp1251")
    if likely < _LIKELY or any(_likeness(content, rival) >= likely for rival in _RIVALS):
        raise EncodingUnknown("not likely to be Windows-1251")
    looked_at = text[:_LOOKED_AT]
    # A Latin letter beside a Cyrillic one now and then is a slip of the keyboard; as a rule it is another encoding.
    if len(_MIXED.findall(looked_at)) * 20 > len(re.findall(r"[а-яё]+", looked_at, re.IGNORECASE)):
        raise EncodingUnknown("mixed alphabets")
    return text


def _likeness(content: bytes, encoding: str) -> float:
    """How Russian the upper half of the bytes looks: the mean of its letters' frequencies, per cent."""
    text = content[:_LOOKED_AT].decode(encoding, errors="replace").lower().replace("ё", "е")
    upper = [character for character in text if character > "\x7f" and not character.isspace()]
    return sum(_OFTEN.get(character, 0) for character in upper) / len(upper) if upper else 0.0


def rows_of(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of the line on which each begins. Raises `QuotesOpen`, `FileDamaged`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise QuotesOpen(str(error), line=line) from error
