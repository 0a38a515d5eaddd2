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
