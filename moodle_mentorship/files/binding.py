"""Many PDFs as one, in memory that doesn't grow with them: each is taken apart by itself into a piece of the whole.

A piece is the bytes of its objects, numbered so that they fit behind those of the piece before. Bound together, pieces
are copied one after the other; what is added is the tree of pages and the table of objects (ISO 32000-1, 7.5).
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, NullObject

#: The number of the first piece's first object: the catalogue and the tree of pages come before.
FIRST = 3

_CATALOG, _TREE = 1, 2
_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
# What ties a page to the file it comes from, or to an outline that the whole doesn't have.
_TIES = ("/Parent", "/StructParents", "/B", "/Tabs", "/Metadata", "/PieceInfo")


@dataclass(frozen=True)
class Piece:
    """`offsets` say where in `body` each object begins, the one numbered `first` first; `pages` are the numbers of
    those that are pages, and `size` is the last one's width and height in points."""

    first: int
    body: bytes
    offsets: tuple[int, ...]
    pages: tuple[int, ...]
    size: tuple[float, float]


def piece(content: bytes, first: int) -> Piece:
    """A PDF of ours, taken apart. Raises `pypdf.errors.PyPdfError` where it is none."""
    reader = PdfReader(io.BytesIO(content))
    pages = list(reader.pages)
    numbers: dict[int, int] = {}
    waiting: list[Any] = []
    for page in pages:
        assert page.indirect_reference is not None
        numbers[page.indirect_reference.idnum] = first + len(numbers)
        waiting.append(page)
    # Of a page nothing leads back into the file's own tree.
    for page in pages:
        for tie in _TIES:
            page.pop(tie, None)

    def moved(value: Any) -> Any:
        """The same value, its references counted as in the whole; what they lead to is taken along."""
        if isinstance(value, IndirectObject):
            if value.idnum not in numbers:
                target = value.get_object()
                if target is None or (isinstance(target, DictionaryObject) and target.get("/Type") == "/Pages"):
                    return NullObject()
                numbers[value.idnum] = first + len(numbers)
                waiting.append(target)
            return IndirectObject(numbers[value.idnum], 0, None)
        if isinstance(value, DictionaryObject):
            for key in list(value):
                dict.__setitem__(value, key, moved(value.raw_get(key)))
        elif isinstance(value, ArrayObject):
            value[:] = [moved(one) for one in list.__iter__(value)]
        return value

    body, offsets, done = io.BytesIO(), [], 0
    while done < len(waiting):
        value = moved(waiting[done])
        if done < len(pages):
            dict.__setitem__(value, NameObject("/Parent"), IndirectObject(_TREE, 0, None))
        offsets.append(body.tell())
        body.write(b"%d 0 obj\n" % (first + done))
        value.write_to_stream(body)
        body.write(b"\nendobj\n")
        waiting[done] = None
        done += 1
    box = pages[-1].mediabox
    size = (float(box.width), float(box.height))
    return Piece(first, body.getvalue(), tuple(offsets), tuple(first + number for number in range(len(pages))), size)


def bind(file: IO[bytes], pieces: Iterable[Piece], *, both_sides: bool) -> None:
    """Write pieces, numbered one behind the other, as one PDF. For printing on `both_sides` each begins on a sheet of
    its own: a blank page follows one that ends on the front of a sheet."""
    at = file.write(_HEAD)
    places: dict[int, int] = {}
    # Numbers of pages; a size stands for a blank page.
    tree: list[int | tuple[float, float]] = []
    for one in pieces:
        places.update((one.first + number, at + offset) for number, offset in enumerate(one.offsets))
        tree += one.pages
        if both_sides and len(tree) % 2:
            tree.append(one.size)
        at += file.write(one.body)
    last = max(places, default=FIRST - 1)
    kids: list[int] = []

    def add(number: int, said: str) -> None:
        nonlocal at
        places[number] = at
        at += file.write(f"{number} 0 obj\n{said}\nendobj\n".encode())

    for page in tree:
        if isinstance(page, tuple):
            last += 1
            width, height = page
            add(last, f"<</Type/Page/Parent {_TREE} 0 R/MediaBox[0 0 {width:.2f} {height:.2f}]/Resources<<>>>>")
            page = last
        kids.append(page)
    listed = " ".join(f"{number} 0 R" for number in kids)
    add(_TREE, f"<</Type/Pages/Count {len(kids)}/Kids[{listed}]>>")
    add(_CATALOG, f"<</Type/Catalog/Pages {_TREE} 0 R/Lang(ru)>>")
    file.write(f"xref\n0 {last + 1}\n0000000000 65535 f \n".encode())
    for number in range(1, last + 1):
        # Each entry has twenty bytes; a number without an object is free.
        file.write(f"{places[number]:010} 00000 n \n".encode() if number in places else b"0000000000 00000 f \n")
    file.write(f"trailer\n<</Size {last + 1}/Root {_CATALOG} 0 R>>\nstartxref\n{at}\n%%EOF\n".encode())
