"""A document's file as PDF."""

from moodle_mentorship.files import office, pdf


def drawn(content: bytes, *, own: bool) -> tuple[bytes, bool]:
    """What a filled template looks like on paper, and whether that shows all that the file holds. Of the school's own
    template LibreOffice draws it; where that isn't installed, or gives up, it is the content alone."""
    exact = office.converted(content) if own else None
    return (exact, True) if exact is not None else (pdf.drawn(content), not own)


def is_exact(*, own: bool) -> bool:
    """Whether the PDF will show all that the file holds, as far as that is known before it is drawn."""
    return not own or office.installed()
