"""A document's file as PDF."""

from moodle_mentorship.files import office, pdf


def as_pdf(content: bytes, *, own: bool) -> bytes:
    """What a filled template looks like on paper. Of the school's own template LibreOffice draws it, where it is
    installed; otherwise it is its content alone (`is_exact`)."""
    return (office.converted(content) if own else None) or pdf.drawn(content)


def is_exact(*, own: bool) -> bool:
    """Whether the PDF shows all that the file holds."""
    return not own or office.installed()
