"""What a template may say: read the values it is given, choose and repeat. Nothing that could reach outside of them,
and nothing that grows without end.

A school's own template runs in our process, so what is refused here is refused by what is allowed: a few kinds of
nodes, filters and tests. No set, no macro, no call, no text built from text: then the longest text of a template is
bounded by template and values, and only loops repeat. Those nest three deep (papers, their sections, the facts of
each) and write no more than `MOST_CHARACTERS`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

#: Characters of a filled part with Word's markup: the order on 200 pairs has about one million.
MOST_CHARACTERS = 20_000_000
DEEPEST_LOOPS = 3

FILTERS = frozenset({"capitalize", "count", "d", "default", "e", "escape", "first", "join", "last", "length", "lower"})
FILTERS |= {"trim", "upper"}
TESTS = frozenset({"defined", "undefined", "none", "even", "odd", "divisibleby", "string", "number", "true", "false"})
TESTS |= {"eq", "ne", "lt", "le", "gt", "ge", "in", "=="}

#: What `loop` offers besides calls.
OF_LOOPS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"})

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.CondExpr),
    *(nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const, nodes.Filter, nodes.Test),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Tuple, nodes.List),
    # `{% hm %}` of docxtpl multiplies by the length of a loop.
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Neg),
)


class Forbidden(TemplateSyntaxError):
    """A template says something that it may not. `what`: the word of it, as it stands in the tag."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"not allowed here: {what}", line)
        self.what = what


class TooLong(SecurityError):
    """A template writes more than a document has."""


class Sandbox(SandboxedEnvironment):
    """Raises `Forbidden` before anything runs, `jinja2.UndefinedError` for a name that there is not, `TooLong`."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.intercepted_binops = frozenset({"*"})
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Of a map its value, never a method; of a loop its counters."""
        if attribute.startswith("_"):
            raise SecurityError(f"access to {attribute!r}")
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in OF_LOOPS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, list | str) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)

    def call(self, *_arguments: Any, **_named: Any) -> Any:
        raise SecurityError("a call")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not isinstance(left, int) or not isinstance(right, int):
            raise SecurityError(f"{operator} on what is no number")
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def concat(texts: Iterable[str]) -> str:
        return "".join(_bounded(texts))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        # The one place through which parsing and compiling go.
        tree = super()._parse(source, name, filename)
        _judge(tree, 0)
        return tree


def _bounded(texts: Iterable[str]) -> Iterator[str]:
    written = 0
    for text in texts:
        written += len(text)
        if written > MOST_CHARACTERS:
            raise TooLong(f"more than {MOST_CHARACTERS} characters")
        yield text


def _judge(node: nodes.Node, loops: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise Forbidden(_word_of(node), node.lineno)
    if isinstance(node, nodes.For):
        loops += 1
        if node.recursive or loops > DEEPEST_LOOPS or not isinstance(node.iter, nodes.Name | nodes.Getattr):
            raise Forbidden("for", node.lineno)
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise Forbidden(node.attr, node.lineno)
    # `self` is Jinja's own: the template.
    if isinstance(node, nodes.Name) and (node.name.startswith("_") or node.name == "self"):
        raise Forbidden(node.name, node.lineno)
    if isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            raise Forbidden(f"|{node.name}", node.lineno)
        # Joined texts joined again would grow by each step.
        if node.name == "join" and not isinstance(node.node, nodes.Name | nodes.Getattr):
            raise Forbidden("|join", node.lineno)
    for child in node.iter_child_nodes():
        _judge(child, loops)


def _word_of(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call):
        return f"{node.node.name if isinstance(node.node, nodes.Name) else getattr(node.node, 'attr', '')}(…)"
    return {"Assign": "set", "AssignBlock": "set", "CallBlock": "call", "FilterBlock": "filter", "Concat": "~"}.get(
        type(node).__name__, type(node).__name__.lower()
    )
