"""Verbs of documents, by the step of their life."""

from moodle_mentorship.documents.service.drafts import begin, change, discard
from moodle_mentorship.documents.service.registering import acquaint, cancel, register, set_rule
from moodle_mentorship.documents.service.signing import lay, send_back, sign, take_back
from moodle_mentorship.documents.service.templates import add_template, use_shipped, use_template

__all__ = [
    "acquaint",
    "add_template",
    "begin",
    "cancel",
    "change",
    "discard",
    "lay",
    "register",
    "send_back",
    "set_rule",
    "sign",
    "take_back",
    "use_shipped",
    "use_template",
]
