"""The night's work of the room."""

from moodle_mentorship.core.looks import forget_old
from moodle_mentorship.core.runtime import Runtime


def forget_looks(runtime: Runtime) -> None:
    """Looks are remembered for a year."""
    with runtime.db.unit_of_work() as session:
        forget_old(session, runtime.clock.now())
