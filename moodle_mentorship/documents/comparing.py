"""What a document says otherwise than an earlier one did, paragraph by paragraph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from moodle_mentorship.files.outline import Paragraph, outline


@dataclass(frozen=True)
class Change:
    """Paragraphs (and rows of tables) that stand in the place of others; either may be none."""

    before: Sequence[str]
    after: Sequence[str]


def changes(before: bytes, after: bytes) -> list[Change]:
    """In the order of the document; how it looks is of no account."""
    old, new = list(_lines(before)), list(_lines(after))
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [Change(old[a:b], new[c:d]) for what, a, b, c, d in found if what != "equal"]


def _lines(content: bytes) -> Iterator[str]:
    for block in outline(content):
        if isinstance(block, Paragraph):
            texts = [block.text]
        else:
            cells = ([" ".join(part.text for part in cell.paragraphs) for cell in row.cells] for row in block.rows)
            texts = [" · ".join(text for text in row if text.strip()) for row in cells]
        for text in texts:
            if line := " ".join(text.split()):
                yield line
