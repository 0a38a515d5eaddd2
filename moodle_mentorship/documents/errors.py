"""What documents refuse."""

from collections.abc import Sequence

from moodle_mentorship.core.errors import Conflict, DomainError
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.documents.obstacles import Obstacle
from moodle_mentorship.files.checking import Checked


class DocumentMovedOn(Conflict):
    """The document is in another state than the act needs."""

    code = "document_moved_on"
    title = N_("The document is at another step already")
    advice = N_("Somebody has taken it further or sent it back. Open it and look at its state.")


class NothingToSay(DomainError):
    """There is nothing that this document could be about now."""

    code = "nothing_to_say"
    status = 409
    title = N_("There is nothing for this document yet")
    advice = N_("Open its draft: it says what is waited for.")


class NotDrawn(DomainError):
    """LibreOffice is there and gave up: what could be shown instead lacks what the school's template adds."""

    code = "document_not_drawn"
    status = 503
    title = N_("LibreOffice on the server could not draw this PDF")
    advice = N_("Try again in a minute, or download the Word file: everything is in it.")


class NotReady(DomainError):
    """The gate: something is missing before the director may be asked to sign."""

    code = "document_not_ready"
    status = 409
    title = N_("The document can't go to the director yet")
    advice = N_("Open its draft: it lists what is missing and of whom.")

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(f"{len(obstacles)} obstacles")
        self.obstacles = obstacles


class NobodySigns(DomainError):
    """No director is appointed."""

    code = "nobody_signs"
    status = 409
    title = N_("Nobody is appointed as director")
    advice = N_("Open “Roles” and appoint the director: the document needs somebody who signs it.")


class NotSigned(DomainError):
    """Neither a scan nor a signature came with the mark."""

    code = "document_not_signed"
    status = 422
    title = N_("Choose the scan of the signed document or the file of its signature")
    advice = N_("A mark alone is no signature. Nothing was saved.")
    field = "scan"


class SignatureUnreadable(DomainError):
    """The file is no detached signature with a certificate."""

    code = "signature_unreadable"
    status = 422
    title = N_("This file is no detached electronic signature")
    advice = N_("Choose the .sig file (CMS, PKCS #7) that your signing program has made. Nothing was saved.")
    field = "signature"


class TemplateRefused(DomainError):
    """The file can't be a template of its kind; `checked` says why."""

    code = "template_refused"
    status = 422
    title = N_("This file can't be the template yet")
    advice = N_("Correct in Word what is named, then choose the file again. Nothing was saved.")
    field = "template"

    def __init__(self, checked: Checked) -> None:
        super().__init__(f"{len(checked.problems)} problems")
        self.checked = checked


class TemplateUnfit(DomainError):
    """The school's own template asks for what its kind of documents no longer gives."""

    code = "template_unfit"
    status = 409
    title = N_("The school's own template doesn't fit this document any more")
    advice = N_(
        "Open “Templates”: the version in use says what is wrong. The template that comes with the product fits."
    )


class DateUnlikely(DomainError):
    """The date of the signature lies in the future, or before the calendar year in which the school year begins."""

    code = "document_date_unlikely"
    status = 422
    title = N_("This date can't be right")
    advice = N_("The document's date lies between January of the year in which the school year begins and today.")
    field = "signed_on"


class AcquaintedUnlikely(DomainError):
    """Nobody signs the acquaintance sheet before the document's date, or ahead of today."""

    code = "acquainted_unlikely"
    status = 422
    title = N_("The sheet can't have been signed on this day")
    advice = N_("Choose a day from the document's date to today. Nothing was saved.")
    field = "acquainted_on"


class TermUnlikely(DomainError):
    """The term of acquaintance ends before the document's own date."""

    code = "term_unlikely"
    status = 422
    title = N_("This term is over before the document's date")
    advice = N_("Choose the document's date or a later day.")
    field = "acquaint_until"


class CancellerUnfit(Conflict):
    """What is to cancel the document is the document itself, of another register, not registered, or signed before."""

    code = "canceller_unfit"
    title = N_("This document can't cancel the other one")
    advice = N_(
        "Choose another registered document of the same register, of the same day or a later one. Nothing was saved."
    )
    field = "by_id"


class NumberTaken(Conflict):
    """Another document of this register and year has this number; which one, and how it is written there."""

    code = "number_taken"
    title = N_("This number is taken: No. %(number)s of %(day)s is “%(heading)s”")
    advice = N_("Look into the register for the next free number. Nothing was saved.")
    field = "number"


class NumberPassed(Conflict):
    """The register has given this number, or a later one, already; `given`: the last one."""

    code = "number_passed"
    title = N_("Numbers up to %(given)s have been given already")
    advice = N_("A number is never given twice: choose a greater one. Nothing was saved.")
    field = "next_number"


class NumberIssuedHere(DomainError):
    """A number was typed where the register issues its own."""

    code = "number_issued_here"
    status = 422
    title = N_("This register issues its numbers by itself")
    advice = N_("Leave the field empty, or change the register's rule.")
    field = "number"


class NumberMissing(DomainError):
    """No number was typed where the school keeps its own journal."""

    code = "number_missing"
    status = 422
    title = N_("Type the number from the school's journal")
    advice = N_("Nothing was saved.")
    field = "number"


class NothingToPack(DomainError):
    """The list from which a pack was asked for is empty."""

    code = "nothing_to_pack"
    status = 422
    title = N_("There are no documents to put together")
    advice = N_("The list is empty: change its filters, then ask again.")


class PackTooLarge(DomainError):
    """More documents than one pack holds."""

    code = "pack_too_large"
    status = 422
    title = N_("One pack holds at most %(most)s documents")
    advice = N_("Narrow the list by kind, state or year, and make several packs.")


class ScansTooLarge(DomainError):
    """More bytes of scans than one archive holds."""

    code = "pack_scans_too_large"
    status = 422
    title = N_("The scans of these documents are larger than %(megabytes)s MB together")
    advice = N_("Narrow the list by kind, state or year, and make several packs.")


class PackNotReady(Conflict):
    """The pack is still being made, was stopped, or is destroyed."""

    code = "pack_not_ready"
    title = N_("There is nothing to download of this pack")
    advice = N_("Open the pack: it says how far it is. A stopped or old one can be made again from the list.")


class NoRoom(DomainError):
    """The disk is full."""

    code = "no_room"
    status = 507
    title = N_("There is no room left on the server to put the files together")
    advice = N_("Tell the service's administrator. The pack is kept: download it once there is room.")
