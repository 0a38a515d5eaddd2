"""What a Word file brings besides text, found in the XML of its parts and in what a template becomes.

Names are taken without their namespaces: a program may take a strange one for its own, and the same document can be
written in two. What stands in a box, or in an alternative that not every program chooses, counts as a story of its own:
a field that begins within ends within, so it is one field for every reader.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from jinja2.exceptions import TemplateError

from moodle_mentorship.files.enums import Flaw
from moodle_mentorship.files.sandbox import Forbidden, Sandbox

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Elements that bring more than text, by their local names, with the flaw they are.
_REFUSED = {
    "altChunk": Flaw.CHUNK,
    "subDoc": Flaw.CHUNK,
    "object": Flaw.EMBEDDED,
    "OLEObject": Flaw.EMBEDDED,
    # Ink, or whatever its part is.
    "contentPart": Flaw.EMBEDDED,
    # HTML that is run by a click on the picture of a film.
    "webVideoPr": Flaw.EMBEDDED,
    "control": Flaw.CONTROL,
    "ins": Flaw.TRACKED,
    "del": Flaw.TRACKED,
    "delInstrText": Flaw.TRACKED,
    "moveFrom": Flaw.TRACKED,
    "moveTo": Flaw.TRACKED,
    "mailMerge": Flaw.LINKED,
    "frameset": Flaw.LINKED,
    "externalData": Flaw.LINKED,
    "dataBinding": Flaw.BOUND,
}
# Fields that count pages or lead somewhere within the document; the day of opening and what is fetched are not among
# them (ECMA-376, part 1, 17.16.5).
_FIELDS = frozenset(
    {"PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "TOC", "SEQ", "STYLEREF", "NOTEREF"}
)
#: What a reader may follow by a click.
LINKS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
# Its switches with a value: a bookmark, a hint, a window.
_SWITCHED = re.compile(r'\\[lotLOT]\s*(?:"[^"]*"|\S+)|\\[mnMN]\b')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)
_PICTURED = ("imagedata", "fill", "stroke")
_RUNNING = re.compile(r"url\s*\(|expression\s*\(|behavior\s*:", re.IGNORECASE)
_NESTED = "{ { … } }"
_LONGEST = 200

# What docxtpl itself writes into attributes, for its tags colspan, cellbg, vm and hm.
_OF_DOCXTPL = re.compile(
    r'(<w:(?:gridSpan|vMerge|shd)\b[^<>{}]*=)"(?:\{\{[^{}<>]*\}\}'
    r'|\{% if loop\.first %\}restart\{% else %\}continue\{% endif %\})"'
)
_DECLARED = re.compile(r"\s*<\?xml\b[^>]*\?>")
# What begins a tag, with what stands in its place: a mark of one that shows a value, or of one that chooses, repeats or
# is left out.
_MARKS = {"variable_begin": "value", "block_begin": "choice", "comment_begin": "choice"}


class Hostile(TemplateError):
    """A template would become a document that no template may be."""

    def __init__(self, flaw: Flaw, what: str) -> None:
        super().__init__(f"{flaw}: {what}")
        self.flaw, self.what = flaw, what


def hostile(xml: bytes | str) -> Iterator[tuple[Flaw, str]]:
    """What in this XML, which is whole and declares no types, no template may have: the flaw, and what stands there.
    Of a mark of a tag (`judge_filled`) that stands within a field the mark is told."""
    stories = [_Story()]
    for event, element in _read(xml):
        if event == "pi":
            mark = element.text or ""
            if any(story.hides(mark) for story in stories):
                yield Flaw.CUT, mark
            continue
        local = _local(element.tag)
        apart = not element.tag.startswith(_W) or local == "txbxContent"
        if event == "start":
            if apart:
                stories.append(_Story())
            yield from _of_element(element, local)
            yield from stories[-1].begun(element, local)
        else:
            yield from stories[-1].ended(element, local)
            if apart:
                stories.pop()


def _read(xml: bytes | str) -> Iterator[tuple[str, Element]]:
    parser: Any = XMLPullParser(("start", "end", "pi"))
    parser.feed(xml)
    # Raises here what is wrong with the XML, with its place.
    yield from parser.read_events()
    parser.close()


def judge_filled(patched: str) -> None:
    """Judge a part as docxtpl hands it to Jinja, raise `Hostile` or `Forbidden`.

    docxtpl works on the text of the XML: a tag takes whole elements with it, leaves out what stands between two of
    them, even writes markup where it was text. So what a template becomes is its text between tags, in pieces that are
    left out or repeated. It is harmless when all of it is, no tag stands within markup, and no field is in two pieces.
    """
    pieces: list[str] = []
    tags: list[str] = []
    inside = False
    for _, what, text in Sandbox().lexer.tokeniter(_OF_DOCXTPL.sub(r'\1""', _DECLARED.sub("", patched, 1)), None):
        if what == "raw_begin":
            raise Forbidden("raw", 1)
        if what in _MARKS:
            pieces.append(f"<?{_MARKS[what]} {len(tags)}?>")
            tags.append(text)
            inside = True
        elif inside:
            tags[-1] += text
            inside = not what.endswith("_end")
        else:
            pieces.append(text)
    marked = "".join(pieces)
    # A comment or a section of characters could swallow a mark, and what has such marks of its own could feign them.
    if "<!" in marked or marked.count("<?") != len(tags):
        raise Hostile(Flaw.CUT, "<!")
    try:
        for flaw, what in hostile(marked):
            raise Hostile(flaw, tags[int(what.split()[1])][:_LONGEST] if flaw is Flaw.CUT else what)
    except ParseError as error:
        raise Hostile(Flaw.CUT, tags[_nearest(marked, *error.position)][:_LONGEST] if tags else "<") from error


def _nearest(marked: str, line: int, column: int) -> int:
    """The tag at which the markup breaks: the one that stands there, or the last one before."""
    place = sum(len(each) + 1 for each in marked.split("\n")[: line - 1]) + column
    before = marked.count("<?", 0, place)
    return before if marked.startswith("<?", place) else max(0, before - 1)


class _Story:
    """The fields of a text that is read in one go."""

    def __init__(self) -> None:
        # Those that are open: the code of each so far, None when its result has begun.
        self._open: list[str | None] = []
        # How many stand within each other whose code is an attribute.
        self._simple = 0
        self._in_code = False

    def hides(self, mark: str) -> bool:
        """Whether a tag here would stand in the code of a field, or could take a piece of a field away."""
        if self._in_code or any(code is not None for code in self._open):
            return True
        return mark.startswith("choice") and bool(self._open or self._simple)

    def begun(self, element: Element, local: str) -> Iterator[tuple[Flaw, str]]:
        if local == "fldSimple":
            self._simple += 1
            for code in _attributes(element, "instr"):
                yield from _of_field(code)
        elif local == "instrText":
            self._in_code = True
        elif local == "fldChar":
            steps = _attributes(element, "fldCharType")
            step = steps[0] if len(steps) == 1 else ""
            if step == "begin":
                if self._open and self._open[-1] is not None:
                    # Its code would be what the inner one results in.
                    yield Flaw.FIELD, _NESTED
                self._open.append("")
            elif step not in ("separate", "end"):
                yield Flaw.FIELD, "{ … }"
            elif self._open:
                if self._open[-1] is not None:
                    yield from _of_field(self._open[-1])
                self._open[-1] = None
                if step == "end":
                    self._open.pop()

    def ended(self, element: Element, local: str) -> Iterator[tuple[Flaw, str]]:
        if local == "fldSimple":
            self._simple -= 1
        elif local == "instrText":
            self._in_code = False
            code = "".join(element.itertext())
            if not element.tag.startswith(_W):
                yield Flaw.FIELD, _name_of(code)
            elif self._open and self._open[-1] is not None:
                self._open[-1] += code
            elif code.strip():
                # Of a field that begins elsewhere, for some reader.
                yield Flaw.FIELD, _name_of(code)


def _of_field(code: str) -> Iterator[tuple[Flaw, str]]:
    name = _name_of(code).upper()
    if name == "HYPERLINK":
        to = _SWITCHED.sub(" ", code.strip()[len(name) :]).strip(' "')
        if to and not LINKS.match(to):
            yield Flaw.LINKED, to[:_LONGEST]
    elif name and name not in _FIELDS:
        yield Flaw.FIELD, _name_of(code)


def _name_of(code: str) -> str:
    words = code.split()
    return words[0][:40] if words else ""


def _of_element(element: Element, local: str) -> Iterator[tuple[Flaw, str]]:
    if flaw := _REFUSED.get(local):
        yield flaw, local
    for attribute, value in element.items():
        name = _local(attribute)
        if name == "style" and _RUNNING.search(value):
            yield Flaw.LINKED, value[:_LONGEST]
        elif name in ("src", "althref") or (name == "href" and local in _PICTURED):
            # Ids of relations are judged where those stand.
            if _ELSEWHERE.match(value.strip()):
                yield Flaw.LINKED, value[:_LONGEST]
        elif name == "href":
            if _ELSEWHERE.match(value.strip()) and not LINKS.match(value):
                yield Flaw.LINKED, value[:_LONGEST]
        elif name in ("manifestLocation", "schemaLocation") and local == "schema":
            yield Flaw.LINKED, value[:_LONGEST]


def _attributes(element: Element, name: str) -> list[str]:
    return [value for attribute, value in element.items() if _local(attribute) == name]


def _local(name: str) -> str:
    return name.rpartition("}")[2]
