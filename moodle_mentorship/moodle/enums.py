"""States of what waits to be written to Moodle."""

import enum


class OutboxState(enum.StrEnum):
    """waiting → sending → delivered; after the last attempt stuck, until somebody presses «Повторить»."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    STUCK = "stuck"
