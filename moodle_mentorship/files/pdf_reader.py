"""Reads the text layer of a PDF in a process of its own: `python -m moodle_mentorship.files.pdf_reader`.

A PDF is a program of sorts, and a hostile one may ask for any time and memory. This process has little of both, no
environment and nothing of the database; `files.reading` starts it, and ends it when it takes too long. The file
comes by standard input; on standard output stands JSON: the text of each page, or why it is not read.
"""

import io
import json
import resource
import sys

#: A local act has some dozens of pages, and a page some thousands of characters.
MOST_PAGES, MOST_CHARACTERS = 300, 3_000_000
SECONDS = 10
_MEMORY = 1024 * 1024 * 1024

LOCKED, LONG, DAMAGED = "locked", "long", "damaged"


def read(content: bytes) -> list[str] | str:
    """The text of each page; or `LOCKED`, `LONG`, `DAMAGED`."""
    # Here alone: the service itself never loads it.
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return LOCKED
        if len(reader.pages) > MOST_PAGES:
            return LONG
        pages: list[str] = []
        for page in reader.pages:
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MOST_CHARACTERS:
                return LONG
    except Exception:
        # Not only the library's own: a broken file leads it to keys that are missing and to numbers that are texts.
        return DAMAGED
    return pages


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read())))
