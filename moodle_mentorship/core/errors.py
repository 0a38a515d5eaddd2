"""Errors of the domain. Each carries a code; `web/errors.py` renders it once, as page or as problem document."""

from collections.abc import Mapping

from moodle_mentorship.core.i18n import N_


class DomainError(Exception):
    """A refusal that a person can understand and act upon.

    `code` is stable and machine-readable (it stands in the log, in the REST problem and on the page);
    `status` is the HTTP status of its answer; `title` says what happened and `advice` what to do now (English
    msgids, translated when rendered, filled from `params` as in "%(name)s"). Neither the message nor the params
    hold secrets. Personal data may stand in `params` (they reach only the person who asked), never in the
    message, which goes to the log.
    """

    code = "error"
    status = 400
    title = N_("This did not work")
    advice = N_("Try again. If it happens once more, tell the Moodle administrator the code below.")

    def __init__(self, message: str = "", **params: object) -> None:
        super().__init__(message or self.code)
        self.params: Mapping[str, object] = params


class NotFound(DomainError):
    """There is no such thing in this school (what another school has is not found, too)."""

    code = "not_found"
    status = 404
    title = N_("There is no such page")
    advice = N_("The address may be old. Go back to the start page.")


class Forbidden(DomainError):
    """The person is known, but this is not theirs to do."""

    code = "forbidden"
    status = 403
    title = N_("This page is for another role")
    advice = N_("If you need it, ask your school's curator to give you the role.")


class Conflict(DomainError):
    """The state has changed meanwhile, or the database's rule forbids it."""

    code = "conflict"
    status = 409
    title = N_("Somebody was faster")
    advice = N_("The data has changed meanwhile. Open the page again and look at what it says now.")


class Invalid(DomainError):
    """The input does not hold. `errors` maps a field's path to its messages."""

    code = "invalid"
    status = 422
    title = N_("Please correct the input")
    advice = N_("Nothing was saved. What has to be corrected is written beside each field.")

    def __init__(self, errors: Mapping[str, object], message: str = "") -> None:
        super().__init__(message)
        self.errors = errors
