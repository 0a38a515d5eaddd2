"""Verbs of documents, by the step of their life."""

from moodle_mentorship.documents.service.drafts import begin, change, discard
from moodle_mentorship.documents.service.registering import acquaint, cancel, register, set_rule
from moodle_mentorship.documents.service.signing import lay, send_back, sign, take_back

__all__ = [
    "acquaint",
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
]
