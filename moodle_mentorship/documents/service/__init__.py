"""Verbs of documents, by the step of their life."""

from moodle_mentorship.documents.service import packing
from moodle_mentorship.documents.service.contents import content_of, is_own
from moodle_mentorship.documents.service.drafts import begin, change, discard
from moodle_mentorship.documents.service.numbering import set_rule
from moodle_mentorship.documents.service.registering import acquaint, cancel, register
from moodle_mentorship.documents.service.signing import (
    lay,
    seen_of,
    send_back,
    sign,
    signature_of,
    take_back,
    template_of,
    unsign,
)
from moodle_mentorship.documents.service.templates import add_template, use_shipped, use_template

__all__ = [
    "acquaint",
    "add_template",
    "begin",
    "cancel",
    "change",
    "content_of",
    "discard",
    "is_own",
    "lay",
    "packing",
    "register",
    "seen_of",
    "send_back",
    "set_rule",
    "sign",
    "signature_of",
    "take_back",
    "template_of",
    "unsign",
    "use_shipped",
    "use_template",
]
