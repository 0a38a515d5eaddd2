"""Why a scan is not kept."""

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.i18n import N_


class ScanRefused(DomainError):
    """The file is not kept, and nothing else of the form either."""

    code = "scan_refused"
    status = 422
    title = N_("This file is not a scan that can be read")
    advice = N_("Scan the paper once more and save it as PDF, JPEG or PNG. Nothing was saved.")


class ScanTooLarge(ScanRefused):
    """More bytes than we take."""

    code = "scan_too_large"
    status = 413
    title = N_("The scan is larger than %(megabytes)s MB")
    advice = N_("Scan it in black and white at 200 dots per inch, then it becomes smaller. Nothing was saved.")


class ScanMisnamed(ScanRefused):
    """The name says another kind than the content is."""

    code = "scan_misnamed"
    title = N_("The file's name does not fit its content")
    advice = N_(
        "It is named as %(named)s, but it is %(kind)s. Save the scan once more and choose it. Nothing was saved."
    )


class ScanDamaged(ScanRefused):
    """The content begins as a PDF or a picture and doesn't go on as one, or something follows its end."""

    code = "scan_damaged"
    title = N_("The scan is damaged or incomplete")


class DocumentRefused(DomainError):
    """A document that was sent in to be read; nothing of it is kept."""

    code = "document_refused"
    status = 422
    title = N_("This document can't be read")
    advice = N_("Save it in Word as .docx without a password, or copy its text into the field.")


class DocumentTooLarge(DocumentRefused):
    """More bytes than we take, packed or unpacked."""

    code = "document_too_large"
    status = 413
    title = N_("The document is larger than %(megabytes)s MB")
    advice = N_("Take the pictures out of it, or copy its text into the field.")


class DocumentTooLong(DocumentRefused):
    """More pages or text than we read."""

    code = "document_too_long"
    status = 413
    title = N_("The document has more than %(pages)s pages")
    advice = N_("Take out what need not be checked, or copy its text into the field.")


class DocumentWithoutText(DocumentRefused):
    """A PDF of pictures."""

    code = "document_without_text"
    title = N_("There is no text in this PDF, only pictures of its pages")
    advice = N_("Choose the Word document from which it was made, or have the scan recognised and choose it again.")


class DocumentOfAnotherKind(DocumentRefused):
    """Neither Word's .docx, nor a PDF, nor a text."""

    code = "document_kind"
    title = N_("This is no Word document (.docx), no PDF and no text file")


class DocumentWithMacros(DocumentRefused):
    """A program stands in it."""

    code = "document_macros"
    title = N_("There are macros in this document")
    advice = N_("Save it in Word as .docx, which holds none, or copy its text into the field.")


class DocumentDamaged(DocumentRefused):
    """It begins as a Word document or a PDF and doesn't go on as one."""

    code = "document_damaged"
    title = N_("The document is damaged")
