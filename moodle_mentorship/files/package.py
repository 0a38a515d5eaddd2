"""The parts of a Word file, what kind each is and what ties them: ECMA-376, part 2.

Programs disagree on a file whose names, kinds and ties disagree: one goes by the ending, another by the kind that is
declared, a third by the tie that leads there. So all must say the same, and be of those that a document of text has.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from moodle_mentorship.files.checking import Place, Problem
from moodle_mentorship.files.enums import Flaw, Part
from moodle_mentorship.files.markup import LINKS

#: Bytes of all parts unpacked, and their number: a long document with pictures has some millions, in some dozens.
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 500

_TYPES = "[Content_Types].xml"
# Other names Word never gives, and programs read them in different ways.
_NAME = re.compile(r"\[Content_Types\]\.xml|(?!/)(?:(?!\.\.?/)[\w ()\[\].+~-]+/)*[\w ()\[\].+~-]*\w", re.ASCII)
# The format of ISO/IEC 29500 that is called strict; docxtpl reads the other one.
_STRICT = "{http://purl.oclc.org/ooxml/"
_XML, _PICTURES, _FONTS = {"xml", "rels"}, {"png", "jpg", "jpeg", "gif"}, {"odttf"}

_OFFICE = "application/vnd.openxmlformats-officedocument."
_WORD = f"{_OFFICE}wordprocessingml."
_DRAWING = f"{_OFFICE}drawingml."
_PACKAGE = "application/vnd.openxmlformats-package."
_MICROSOFT = "application/vnd.ms-"
_MAIN, _RELATIONS, _DATA = f"{_WORD}document.main+xml", f"{_PACKAGE}relationships+xml", "application/xml"
_OF_WORD = (
    *("styles", "settings", "webSettings", "fontTable", "numbering", "header", "footer", "footnotes", "endnotes"),
    *("comments", "commentsExtended", "commentsIds", "commentsExtensible", "people"),
)
_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
_BEGINNINGS["image/jpg"] = _BEGINNINGS["image/jpeg"]
# Which kinds of parts a tie of each kind may lead to.
_TIES: dict[str, set[str]] = {
    **{kind: {f"{_WORD}{kind}+xml"} for kind in _OF_WORD},
    "officeDocument": {_MAIN},
    "glossaryDocument": {f"{_WORD}document.glossary+xml"},
    "stylesWithEffects": {f"{_MICROSOFT}word.stylesWithEffects+xml"},
    "theme": {f"{_OFFICE}theme+xml"},
    "themeOverride": {f"{_OFFICE}themeOverride+xml"},
    "core-properties": {f"{_PACKAGE}core-properties+xml"},
    "extended-properties": {f"{_OFFICE}extended-properties+xml"},
    "custom-properties": {f"{_OFFICE}custom-properties+xml"},
    "customXml": {_DATA},
    "customXmlProps": {f"{_OFFICE}customXmlProperties+xml"},
    "classificationlabels": {f"{_MICROSOFT}office.classificationlabels+xml"},
    "intelligence": {f"{_MICROSOFT}office.intelligence2+xml"},
    "chart": {f"{_DRAWING}chart+xml"},
    "chartStyle": {f"{_MICROSOFT}office.chartstyle+xml"},
    "chartColorStyle": {f"{_MICROSOFT}office.chartcolorstyle+xml"},
    "diagramData": {f"{_DRAWING}diagramData+xml"},
    "diagramLayout": {f"{_DRAWING}diagramLayout+xml"},
    "diagramQuickStyle": {f"{_DRAWING}diagramStyle+xml"},
    "diagramColors": {f"{_DRAWING}diagramColors+xml"},
    "diagramDrawing": {f"{_MICROSOFT}office.drawingml.diagramDrawing+xml"},
    "font": {f"{_OFFICE}obfuscatedFont"},
    "image": set(_BEGINNINGS),
    # Of the file, not of the text: nothing else may lead there.
    "thumbnail": {*_BEGINNINGS, "image/x-emf", "image/x-wmf"},
}
_TIES = {kind: {each.lower() for each in kinds} for kind, kinds in _TIES.items()}
_KNOWN = {_RELATIONS, *(each for kinds in _TIES.values() for each in kinds)}
_PARTS = {
    _MAIN: Part.BODY,
    f"{_WORD}header+xml": Part.HEADER,
    f"{_WORD}footer+xml": Part.FOOTER,
    f"{_WORD}footnotes+xml": Part.FOOTNOTES,
    f"{_WORD}endnotes+xml": Part.ENDNOTES,
    f"{_WORD}comments+xml": Part.COMMENTS,
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}|\\", re.IGNORECASE)
# What a picture is that says it is another.
_DISGUISED = {b"<": "SVG", b"\x01\x00\x00\x00": "EMF", b"\xd7\xcd": "WMF", b"%!": "EPS", b"%PDF": "PDF", b"BM": "BMP"}


class Refused(Exception):
    """The file is not read further."""

    def __init__(self, flaw: Flaw, **params: Any) -> None:
        super().__init__(flaw)
        self.problem = Problem(flaw, params)


class Package:
    """A file whose parts can be read. Raises `Refused`."""

    def __init__(self, content: bytes) -> None:
        self.parts = _unpacked(content)
        if _TYPES not in self.parts:
            raise Refused(Flaw.NOT_WORD)
        self._types = self._declared(_parsed(self.parts[_TYPES]))
        #: The XML of the document, by the names of parts.
        self.trees = {name: _parsed(part) for name, part in self.parts.items() if _ending(name) in _XML | {"vml"}}
        if any(element.tag.startswith(_STRICT) for tree in self.trees.values() for element in tree.iter()):
            raise Refused(Flaw.NOT_WORD)
        self._ties = list(self._tied())
        mains = [source for source, kind, _, _ in self._ties if kind == "officeDocument"]
        if mains != [""] or _MAIN not in self._types.values():
            raise Refused(Flaw.NOT_WORD)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with its parts, without a look at what they say."""
        wrong = {name: flaw for name in self.parts if name != _TYPES and (flaw := self._of_part(name))}
        yield from wrong.values()
        for source, kind, target, outside in self._ties:
            if target not in wrong and (flaw := self._of_tie(kind, source, target, outside)):
                yield flaw

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Parts that Word may read as a document. A school's own data (custom XML) do nothing by themselves, whatever
        stands in them: controls that are bound to them are refused."""
        data = {target for _, kind, target, _ in self._ties if kind == "customXml"}
        for name in self.trees:
            kind = self._types.get(name, "")
            if name != _TYPES and kind != _RELATIONS and not (kind == _DATA and name in data):
                yield name, self.parts[name]

    def part(self, name: str) -> Part:
        return _PARTS.get(self._types.get(name, ""), Part.ELSEWHERE)

    def place(self, name: str, text: str) -> Place:
        """Where in the file something stands that no paragraph shows; the name says it where nothing else does."""
        part = self.part(name)
        return Place(part, f"{name}: {text}" if part is Part.ELSEWHERE else text)

    def _declared(self, types: Element) -> dict[str, str]:
        kinds = [each.get("ContentType", "").lower() for each in types.iter()]
        if any("macroenabled" in kind or "vba" in kind for kind in kinds) or any(
            "vba" in name.lower() for name in self.parts
        ):
            raise Refused(Flaw.MACROS)
        endings = {each.get("Extension", "").lower(): each.get("ContentType", "") for each in types.iter()}
        named = {each.get("PartName", "").lower(): each.get("ContentType", "") for each in types.iter()}
        return {name: named.get(f"/{name}".lower(), endings.get(_ending(name), "")).lower() for name in self.parts}

    def _tied(self) -> Iterator[tuple[str, str, str, bool]]:
        """Of each tie the part that has it, its kind, where it leads to, and whether that is outside of the file."""
        for name, tree in self.trees.items():
            folder, _, file = name.rpartition("/")
            if _ending(file) != "rels":
                continue
            above, _, last = folder.rpartition("/")
            if last != "_rels" or not file.endswith(".rels"):
                raise Refused(Flaw.DAMAGED)
            source = posixpath.join(above, file.removesuffix(".rels"))
            for relation in tree.iter():
                if _local(relation.tag) != "Relationship":
                    continue
                kind, target = relation.get("Type", "").rpartition("/")[2], relation.get("Target", "")
                outside = relation.get("TargetMode", "Internal") != "Internal"
                if not outside and not _SCHEME.match(target):
                    target = posixpath.normpath(posixpath.join("/", above, target)).lstrip("/")
                yield source, kind, target, outside

    def _of_part(self, name: str) -> Problem | None:
        folder, _, file = name.lower().rpartition("/")
        kind, ending = self._types[name], _ending(file)
        pictured = folder == "docprops" and file.startswith("thumbnail.")
        if "activex" in folder:
            return Problem(Flaw.CONTROL)
        if "embeddings" in folder:
            return Problem(Flaw.EMBEDDED, {"what": file})
        if ending not in _XML | _PICTURES | _FONTS and not pictured:
            return Problem(Flaw.PICTURE, {"what": ending}) if folder.endswith("media") else _embedded(file)
        as_xml, as_picture = ending in _XML, ending in _PICTURES or pictured
        if (
            kind not in _KNOWN
            or as_xml != kind.endswith(("+xml", "/xml"))
            or (ending == "rels") != (kind == _RELATIONS)
            or as_picture != kind.startswith("image/")
        ):
            return _embedded(file)
        content = self.parts[name]
        if kind in _BEGINNINGS and not content.startswith(_BEGINNINGS[kind]):
            found = (what for beginning, what in _DISGUISED.items() if content.lstrip().startswith(beginning))
            return Problem(Flaw.PICTURE, {"what": next(found, f"{ending}?")})
        return None

    def _of_tie(self, kind: str, source: str, target: str, outside: bool) -> Problem | None:
        place = self.place(source, target[:200])
        # A link that a reader follows by a click fetches nothing by itself.
        if outside and kind == "hyperlink" and LINKS.match(target):
            return None
        if outside or _SCHEME.match(target):
            return Problem(Flaw.TIED if kind == "attachedTemplate" else Flaw.LINKED, {"what": target[:200]}, place)
        if kind in ("aFChunk", "subDocument"):
            return Problem(Flaw.CHUNK, {}, place)
        if target not in self._types:
            return Problem(Flaw.DAMAGED, {}, place)
        if self._types[target] not in _TIES.get(kind, ()) or (kind == "thumbnail" and source):
            return _embedded(posixpath.basename(target).lower())
        return None


def _embedded(file: str) -> Problem:
    return Problem(Flaw.EMBEDDED, {"what": file})


def _unpacked(content: bytes) -> dict[str, bytes]:
    """Its parts; not more is unpacked than a document has, whatever sizes it names."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(Flaw.LOCKED)
    if not content.startswith(b"PK"):
        raise Refused(Flaw.NOT_WORD)
    parts: dict[str, bytes] = {}
    names: set[str] = set()
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = [part for part in archive.infolist() if not part.is_dir()]
            if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
                raise Refused(Flaw.BOMB)
            if any(part.flag_bits & 1 for part in listed):
                raise Refused(Flaw.LOCKED)
            for part in listed:
                if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise Refused(Flaw.DAMAGED)
                # Twice the same name: one reader takes the first, another the last; and names are the same in capitals.
                name = part.filename
                if name.lower() in names or name != part.orig_filename or not _NAME.fullmatch(name):
                    raise Refused(Flaw.DAMAGED)
                names.add(name.lower())
                with archive.open(part) as opened:
                    parts[name] = opened.read(left + 1)
                    # Up to the end, where the checksum is looked at.
                    left -= len(parts[name]) + len(opened.read(1))
                if left < 0:
                    raise Refused(Flaw.BOMB)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise Refused(Flaw.DAMAGED) from error
    return parts


def _parsed(xml: bytes) -> Element:
    try:
        tree: Element = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused(Flaw.DTD) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(Flaw.DAMAGED) from error
    return tree


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
