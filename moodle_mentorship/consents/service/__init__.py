"""What people do with consents and the grounds of processing that follow from them."""

from moodle_mentorship.consents.service.ending import do_duty, expire, leave_school, withdraw
from moodle_mentorship.consents.service.giving import Given, attach_scan, give_mark, record_paper
from moodle_mentorship.consents.service.grounds import close_processing, open_processing, require_ground
from moodle_mentorship.consents.service.reminding import remind
from moodle_mentorship.consents.service.rules import (
    add_address,
    allow_mark,
    forbid_mark,
    remove_address,
    write_text,
)

__all__ = [
    "Given",
    "add_address",
    "allow_mark",
    "attach_scan",
    "close_processing",
    "do_duty",
    "expire",
    "forbid_mark",
    "give_mark",
    "leave_school",
    "open_processing",
    "record_paper",
    "remind",
    "remove_address",
    "require_ground",
    "withdraw",
    "write_text",
]
