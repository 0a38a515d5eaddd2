"""Kinds of legal ground, and why one ended."""

import enum


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
