"""Whether a file can be the template of a kind of documents, and which names there are to write in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.kinds import DocumentKind
from moodle_mentorship.documents.rendering import Stamp, stamped
from moodle_mentorship.files.checking import Checked, checked
from moodle_mentorship.files.template_reader import check

#: How a registered document looks, while there is none.
SAMPLE = Stamp(date(2026, 9, 28), "143-ОД", "https://school.example/documents/check/1")

#: What an office looks for in each document (ГОСТ Р 7.0.97-2025), where its kind offers it.
REQUISITES = {
    "organisation": N_("name of the organisation"),
    "heading": N_("heading to the text"),
    "doc.date": N_("date"),
    "doc.number": N_("registration number"),
    "director.name": N_("name of who signs"),
}
# In a list of names each loop needs one of its own.
_ITEMS = ("one", "two", "three")


@dataclass(frozen=True)
class Missing:
    """What a template could use and doesn't: `requisites` (msgids), and names of `lists`. A warning, no refusal."""

    requisites: Sequence[str]
    lists: Sequence[str]


@dataclass(frozen=True)
class Offered:
    """A tag that a template may use, with an example of what it becomes. `depth`: within so many loops."""

    tag: str
    example: str
    depth: int


def sample_of(kind: DocumentKind) -> dict[str, Any]:
    """Values with every name that a template of the kind may use."""
    return stamped(kind.sample(), SAMPLE)


def judge(kind: DocumentKind, content: bytes) -> Checked:
    """Check a file that comes from outside; it is opened in a process of its own."""
    return checked(content, sample_of(kind))


def look_again(kind: DocumentKind, content: bytes) -> Checked:
    """What stands in a file that was judged before it was kept: at once, in this process."""
    return check(content, sample_of(kind))


def missing(kind: DocumentKind, read: Checked) -> Missing:
    """What is worth a warning about a file without problems."""
    sample = sample_of(kind)
    requisites = [name for name in REQUISITES if _offers(sample, name)]
    lists = [name for name, value in sample.items() if isinstance(value, list) and value]
    return Missing([REQUISITES[name] for name in read.unused(*requisites)], read.unused(*lists))


def _offers(sample: Mapping[str, Any], dotted: str) -> bool:
    value: Any = sample
    for name in dotted.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return True


def offered(kind: DocumentKind) -> list[Offered]:
    """Every tag that a template of the kind may use."""
    return list(_offered(sample_of(kind), "", 0))


def _offered(value: Any, dotted: str, depth: int) -> Iterator[Offered]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _offered(inner, f"{dotted}.{name}" if dotted else name, depth)
    elif isinstance(value, list):
        if depth < len(_ITEMS):
            item = _ITEMS[depth]
            yield Offered(f"{{% for {item} in {dotted} %}} … {{% endfor %}}", "", depth)
            if value:
                yield from _offered(value[0], item, depth + 1)
    else:
        yield Offered(f"{{{{ {dotted} }}}}", value if isinstance(value, str) else "", depth)
