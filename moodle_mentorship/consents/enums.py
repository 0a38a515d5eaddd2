"""Kinds of legal ground and of consent, and why one ended."""

import enum

from moodle_mentorship.core.grounds import Purpose


class GroundKind(enum.StrEnum):
    """What makes the processing of a profile lawful; the strongest first."""

    # Mentoring belongs to the work itself, or is assigned under ст. 351.8 ТК: 152-ФЗ ст. 6 ч. 1 п. 2 and гл. 14 ТК.
    LABOUR_DUTY = "labour_duty"
    # A consent on paper with a signature (152-ФЗ ст. 9 ч. 4).
    PAPER_CONSENT = "paper_consent"
    # «Ознакомлен, согласен» in Moodle, where the school's local act allows it (152-ФЗ ст. 9 ч. 1). Not a signature.
    ELECTRONIC_MARK = "electronic_mark"


class ClosedWhy(enum.StrEnum):
    """Why a ground no longer holds."""

    # By the person (152-ФЗ ст. 9 ч. 2).
    WITHDRAWN = "withdrawn"
    # The term that the consent names is over.
    EXPIRED = "expired"
    # What it rested on ended: the duty, the assignment, the contract.
    ENDED = "ended"


class ConsentKind(enum.StrEnum):
    """Documents that are never merged (156-ФЗ of 24.06.2025; 152-ФЗ ст. 9 ч. 1, ст. 10.1 ч. 1)."""

    PROCESSING_MENTEE = "processing_mentee"
    PROCESSING_MENTOR = "processing_mentor"
    # ст. 351.8 ТК: the employee's written consent to work as a mentor.
    MENTOR_WORK = "mentor_work"
    # 152-ФЗ ст. 10.1: by exact address and category of data.
    DISSEMINATION = "dissemination"


# The processing that a consent makes lawful. The other two kinds are no ground of processing a profile.
PURPOSES = {
    ConsentKind.PROCESSING_MENTEE: Purpose.MENTEE_PROFILE,
    ConsentKind.PROCESSING_MENTOR: Purpose.MENTOR_PROFILE,
}


class ConsentForm(enum.StrEnum):
    """How a consent was given."""

    PAPER = "paper"
    # Only for processing: the other two have to be in writing, or given directly to the operator.
    MARK = "mark"


GROUND_OF_FORM = {ConsentForm.PAPER: GroundKind.PAPER_CONSENT, ConsentForm.MARK: GroundKind.ELECTRONIC_MARK}


class EndedWhy(enum.StrEnum):
    """Why a consent no longer holds."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    # A newer one of this kind and form stands in its place.
    REPLACED = "replaced"
    # The person has left the school: what it was given for is reached (152-ФЗ ст. 21 ч. 4).
    LEFT = "left"


class Category(enum.StrEnum):
    """Data that may be shown to everybody, each allowed by itself (приказ Роскомнадзора № 18 of 24.02.2021)."""

    NAME = "name"
    POSITION = "position"
    PHOTO = "photo"
    VIDEO = "video"
    ACHIEVEMENTS = "achievements"
    CONTACTS = "contacts"


class DutyKind(enum.StrEnum):
    """What the school must do after a consent ended."""

    # 152-ФЗ ст. 21 ч. 5, and ч. 4 when the purpose is reached: stop, and destroy within 30 days.
    DESTROY = "destroy"
    # 152-ФЗ ст. 10.1 ч. 12: dissemination stops when it is demanded.
    TAKE_DOWN = "take_down"


class DutyOutcome(enum.StrEnum):
    """What became of it."""

    DONE = "done"
    # A new ground opened before anything was destroyed: what was to go is lawful again.
    LAPSED = "lapsed"


class Shown(enum.StrEnum):
    """Which consents the register shows; the values stand in its address."""

    IN_FORCE = "in_force"
    # In force, and the term ends within `queries.SOON`.
    EXPIRING = "expiring"
    # In force on paper, and without a scan.
    NO_SCAN = "no_scan"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ALL = "all"


class Order(enum.StrEnum):
    """The order of the register."""

    NEWEST = "newest"
    NAME = "name"
    # Those without a term come last.
    TERM = "term"
