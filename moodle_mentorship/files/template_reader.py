"""Checks a Word file that is to be a template, in a process of its own: `python -m
moodle_mentorship.files.template_reader`.

A hostile file may ask for any time and memory. This process has little of both, no environment and nothing of the
database; `files.checking` starts it, and ends it when it takes too long. By standard input comes JSON: the file and
values with every name that its tags may use; on standard output stands JSON: what is wrong, and which names there are.
"""

import base64
import json
import re
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from typing import Any
from xml.etree.ElementTree import Element

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError

from moodle_mentorship.files import docx
from moodle_mentorship.files.checking import Checked, Found, Place, Problem
from moodle_mentorship.files.enums import Flaw, Part
from moodle_mentorship.files.markup import Hostile, hostile
from moodle_mentorship.files.package import Package, Refused
from moodle_mentorship.files.sandbox import OF_LOOPS, Forbidden, Sandbox, TooLong

SECONDS = 10
_MEMORY = 1024 * 1024 * 1024

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What docxtpl reads, and what a reader may take for it.
_READ_PARTS = (Part.BODY, Part.HEADER, Part.FOOTER, Part.FOOTNOTES, Part.ENDNOTES)

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
# `{%p`, `{{r`: which element of Word goes with the tag (docxtpl).
_WITH_ELEMENT = re.compile(r"(\{[{%#])(p|tr|tc|r)(?=\s)")
_OF_DOCXTPL = re.compile(r"\{%\s*(?:(?:vm|hm)\s*|(?:colspan|cellbg)\s+(.*?))%\}", re.DOTALL)
_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_ENDS = {"endfor": "for", "endif": "if"}
_AROUND = 60


@dataclass(frozen=True)
class _Tag:
    text: str
    place: Place


def check(content: bytes, values: Mapping[str, Any]) -> Checked:
    """See `checking.checked`. The file is filled only where nothing else is wrong."""
    try:
        package = Package(content)
        problems = _once([*package.problems(), *_of_elements(package)])
        found: list[Found] = []
        tags: list[_Tag] = []
        for name, tree in package.trees.items():
            if (part := package.part(name)) not in _READ_PARTS:
                continue
            reader = _TextReader(part)
            reader.walk(tree)
            names = _Names(reader.tags, values)
            names.judge()
            problems += [*reader.problems, *names.problems]
            found += names.found
            tags += reader.tags
        if not problems:
            problems += _of_filling(content, values, tags)
    except Refused as refused:
        return Checked([refused.problem])
    first: dict[str, Found] = {}
    for one in found:
        first.setdefault(one.name, one)
    return Checked(problems, list(first.values()))


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Each flaw once, however often it stands in the file."""
    first: dict[tuple[Flaw, Any], Problem] = {}
    for one in problems:
        first.setdefault((one.flaw, one.params.get("what")), one)
    return list(first.values())


def _of_elements(package: Package) -> Iterator[Problem]:
    for name, xml in package.texts():
        for flaw, what in hostile(xml):
            yield Problem(flaw, {"what": what}, package.place(name, what))


class _TextReader:
    """The tags of a part in their order, each with its place, whatever runs Word has cut them into."""

    def __init__(self, part: Part) -> None:
        self.tags: list[_Tag] = []
        self.problems: list[Problem] = []
        self._place = Place(part, "")
        self._paragraphs = self._tables = 0
        self._boxed = False

    def walk(self, element: Element) -> None:
        for child in element:
            if child.tag == f"{_W}p":
                self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                self._table(child)
            else:
                self.walk(child)

    def _table(self, table: Element) -> None:
        outside = self._place
        self._tables += 1
        number = self._tables
        for row_number, row in enumerate(_within(table, f"{_W}tr"), 1):
            before = len(self.tags)
            for column, cell in enumerate(_within(row, f"{_W}tc"), 1):
                self._place = replace(outside, paragraph=None, table=number, row=row_number, column=column)
                self.walk(cell)
            self._lost("tr", self.tags[before:], "".join(_text(row)))
        self._place = outside

    def _paragraph(self, paragraph: Element) -> None:
        if self._place.table is None and not self._boxed:
            self._paragraphs += 1
            self._place = replace(self._place, paragraph=self._paragraphs)
        text = "".join(_text(paragraph))
        tags = [_Tag(found.group(), self._at(text, found.start())) for found in _TAG.finditer(text)]
        rest = _TAG.sub("", text)
        if stray := _BRACES.search(rest):
            self.problems.append(Problem(Flaw.UNCLOSED, {}, self._at(rest, stray.start())))
        if tags and self._place.part is Part.ENDNOTES:
            self.problems.append(Problem(Flaw.NOT_FILLED, {}, tags[0].place))
        self._lost("p", tags, text)
        self.tags += tags
        # Text boxes stand within a paragraph, and what is said of their places is its place.
        outside, self._boxed = self._boxed, True
        for box in paragraph.iter(f"{_W}txbxContent"):
            self.walk(box)
        self._boxed = outside

    def _lost(self, element: str, tags: list[_Tag], text: str) -> None:
        for tag in tags:
            marked = _WITH_ELEMENT.match(tag.text)
            if marked and marked.group(2) == element and text.replace(tag.text, "", 1).strip():
                self.problems.append(Problem(Flaw.LOST, {"what": tag.text}, tag.place))

    def _at(self, text: str, start: int) -> Place:
        begin = max(0, start - _AROUND // 2)
        around = " ".join(text[begin : begin + 2 * _AROUND].split())
        return replace(self._place, text=("…" if begin else "") + around)


def _within(element: Element, tag: str) -> Iterator[Element]:
    """Rows of a table, cells of a row: also where Word has wrapped them in a control of content."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml"):
            yield from _within(child, tag)


def _text(element: Element) -> Iterator[str]:
    """What a paragraph or a row says, without the boxes in it."""
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            yield " "
        elif child.tag != f"{_W}txbxContent":
            yield from _text(child)


_ANY = object()


class _Names:
    """Judges tags as one template: each stands on a line of its own, and lines lead back to places."""

    def __init__(self, tags: list[_Tag], values: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self.found: list[Found] = []
        self._values = values
        self._tags: list[_Tag] = []
        self._lines: list[str] = []
        for tag in tags:
            line = _WITH_ELEMENT.sub(r"\1", tag.text.translate(_QUOTES))
            if special := _OF_DOCXTPL.fullmatch(line):
                line = f"{{{{ {special.group(1)} }}}}" if special.group(1) else ""
            self._tags.append(tag)
            self._lines.append(" ".join(line.split()))

    def judge(self) -> None:
        self._pair()
        try:
            tree = Sandbox().parse("\n".join(self._lines))
        except Forbidden as error:
            self._add(Flaw.FORBIDDEN, error.lineno, what=error.what)
        except TemplateSyntaxError as error:
            self._add(Flaw.SYNTAX, error.lineno, what=self._tags[min(error.lineno, len(self._tags)) - 1].text)
        except RecursionError:
            self._add(Flaw.SYNTAX, 1, what=self._tags[0].text[:_AROUND])
        else:
            self._visit(tree, dict(self._values))

    def _pair(self) -> None:
        """Tell which `for` and `if` have no end, and mend that, so that what else is wrong is told at once. Other words
        of tags there are not."""
        opened: list[tuple[str, int]] = []
        for number, line in enumerate(self._lines, 1):
            if not (found := _WORD.match(line)):
                continue
            word = found.group(1)
            if word in ("for", "if"):
                opened.append((word, number))
            elif word in _ENDS and opened and opened[-1][0] == _ENDS[word]:
                opened.pop()
            elif word not in ("else", "elif") or not opened:
                flaw = Flaw.UNPAIRED if word in (*_ENDS, "else", "elif") else Flaw.FORBIDDEN
                self._add(flaw, number, what=word)
                self._lines[number - 1] = ""
        for word, number in reversed(opened):
            self._add(Flaw.UNPAIRED, number, what=word)
            self._lines.append(f"{{% end{word} %}}")

    def _visit(self, node: nodes.Node, scope: dict[str, Any]) -> None:
        if isinstance(node, nodes.For):
            repeated = self._value(node.iter, scope)
            if repeated is not _ANY and not isinstance(repeated, list):
                self._add(Flaw.NO_LIST, node.lineno, what=_dotted(node.iter))
                repeated = _ANY
            inner = {**scope, "loop": dict.fromkeys(OF_LOOPS, 0)}
            inner |= {name.name: _each_of(repeated) for name in node.target.find_all(nodes.Name)}
            if isinstance(node.target, nodes.Name):
                inner[node.target.name] = _each_of(repeated)
            for child in (*node.body, *([node.test] if node.test else [])):
                self._visit(child, inner)
            for child in node.else_:
                self._visit(child, scope)
        elif isinstance(node, nodes.Output):
            for shown in node.nodes:
                if isinstance(shown, nodes.TemplateData):
                    continue
                value = self._value(shown, scope)
                if isinstance(value, list | Mapping):
                    self._add(Flaw.WHOLE, shown.lineno, what=_dotted(shown))
        elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            self._value(node, scope)
        else:
            for child in node.iter_child_nodes():
                self._visit(child, scope)

    def _value(self, node: nodes.Node, scope: dict[str, Any]) -> Any:
        """What an expression stands for among the values; `_ANY` where that can't be said."""
        if isinstance(node, nodes.Name):
            return self._of(scope, node.name, node, node.name)
        if isinstance(node, nodes.Getattr):
            return self._of(self._value(node.node, scope), node.attr, node, _dotted(node))
        if isinstance(node, nodes.Getitem):
            base = self._value(node.node, scope)
            if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
                return self._of(base, node.arg.value, node, _dotted(node))
            return _each_of(base)
        for child in node.iter_child_nodes():
            self._visit(child, scope)
        return _ANY

    def _of(self, base: Any, name: str, node: nodes.Node, dotted: str) -> Any:
        if base is _ANY:
            return _ANY
        if isinstance(base, Mapping) and name in base:
            # What it is made of is told, and what it is repeated from; not the counters of loops.
            if not isinstance(base[name], Mapping) and not dotted.startswith("loop."):
                self.found.append(Found(dotted, self._tags[node.lineno - 1].place))
            return base[name]
        near = get_close_matches(name, [*base], 1) if isinstance(base, Mapping) else ()
        head = dotted.removesuffix(name)
        place = self._tags[node.lineno - 1].place
        self.problems.append(Problem(Flaw.UNKNOWN, {"what": dotted}, place, [f"{head}{one}" for one in near]))
        return _ANY

    def _add(self, flaw: Flaw, line: int, **params: str) -> None:
        # What mends stands behind them all.
        self.problems.append(Problem(flaw, params, self._tags[min(line, len(self._tags)) - 1].place))


# Word's own quotation marks, which docxtpl takes for plain ones too.
_QUOTES = str.maketrans("“”‘’", "\"\"''")


def _each_of(repeated: Any) -> Any:
    """One of a list, with the names of them all."""
    if not isinstance(repeated, list) or not repeated:
        return _ANY
    if all(isinstance(each, Mapping) for each in repeated):
        return {name: value for each in reversed(repeated) for name, value in each.items()}
    return repeated[0]


def _dotted(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_dotted(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{_dotted(node.node)}.{node.arg.value}"
    return "…"


def _of_filling(content: bytes, values: Mapping[str, Any], tags: list[_Tag]) -> Iterator[Problem]:
    try:
        docx.fill(content, values)
    except (TooLong, RecursionError):
        yield Problem(Flaw.ENDLESS)
    except Hostile as error:
        what = _bare(error.what)
        place = next((tag.place for tag in tags if _bare(tag.text) == what), None)
        yield Problem(error.flaw, {"what": error.what}, place)
    except Forbidden as error:
        yield Problem(Flaw.FORBIDDEN, {"what": error.what})
    except (TemplateError, SecurityError) as error:
        yield Problem(Flaw.UNFIT, {"what": str(error)[:200]})
    except MemoryError:
        raise
    except Exception as error:
        # Word's markup broken by a tag in a wrong place leads python-docx and lxml to errors of many kinds.
        yield Problem(Flaw.UNFIT, {"what": type(error).__name__})


def _bare(tag: str) -> str:
    """A tag without what docxtpl changes in it."""
    return "".join(_WITH_ELEMENT.sub(r"\1", tag.translate(_QUOTES)).replace("-", "").split())


def _drawn(value: dict[str, Any]) -> Any:
    return docx.QrCode(value["qr code of"]) if value.keys() == {"qr code of"} else value


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    asked = json.load(sys.stdin, object_hook=_drawn)
    sys.stdout.write(json.dumps(asdict(check(base64.b64decode(asked["content"]), asked["values"]))))
