"""Both registers as one table: which step leads from where to where, and who may take it.

None among the states before is somebody without an entry. A step that finds the entry where it leads, or in one of
`stays`, changes nothing; anywhere else it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from moodle_mentorship.banks.enums import (
    MENTEES_IN_BANK,
    MENTEES_ON_THE_WAY,
    MENTORS_APPLYING,
    MENTORS_IN_BANK,
    MENTORS_ON_THE_WAY,
    By,
    MenteeAct,
    MenteeState,
    MentorAct,
    MentorState,
)

State = TypeVar("State", MenteeState, MentorState)
Act = TypeVar("Act", MenteeAct, MentorAct)


@dataclass(frozen=True)
class Step(Generic[State]):
    """One line of the table."""

    before: frozenset[State | None]
    after: State
    by: frozenset[By]
    stays: frozenset[State] = frozenset()


def _step(before: tuple[State | None, ...], after: State, *by: By, stays: tuple[State, ...] = ()) -> Step[State]:
    return Step(frozenset(before), after, frozenset(by), frozenset(stays))


_OUT = (None, MenteeState.WITHDRAWN, MenteeState.COMPLETED)
_NEW = (None, MentorState.LEFT)

MENTEE_STEPS: Mapping[MenteeAct, Step[MenteeState]] = {
    MenteeAct.INVITE: _step(_OUT, MenteeState.INVITED, By.CURATOR, stays=(*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK)),
    MenteeAct.ASK: _step(_OUT, MenteeState.INVITED, By.ONESELF, stays=(*MENTEES_ON_THE_WAY, *MENTEES_IN_BANK)),
    MenteeAct.CONSENT: _step((MenteeState.INVITED,), MenteeState.CONSENTED, By.SYSTEM),
    # By hand, after a talk, or by a questionnaire.
    MenteeAct.ASSESS: _step((MenteeState.CONSENTED,), MenteeState.ASSESSED, By.CURATOR, By.SYSTEM),
    # Who says that help is needed waits at once; of whom manages by themselves the curator decides.
    MenteeAct.WAIT: _step((MenteeState.ASSESSED,), MenteeState.WAITING, By.SYSTEM),
    # The curator's direct way: from anywhere, with the reason kept.
    MenteeAct.ADD: _step((*_OUT, *MENTEES_ON_THE_WAY), MenteeState.WAITING, By.CURATOR, stays=MENTEES_IN_BANK),
    MenteeAct.PAIR: _step((MenteeState.WAITING,), MenteeState.PAIRED, By.SYSTEM),
    MenteeAct.UNPAIR: _step((MenteeState.PAIRED,), MenteeState.WAITING, By.SYSTEM),
    MenteeAct.COMPLETE: _step((MenteeState.WAITING,), MenteeState.COMPLETED, By.CURATOR),
    MenteeAct.WITHDRAW: _step(
        (*MENTEES_ON_THE_WAY, MenteeState.WAITING),
        MenteeState.WITHDRAWN,
        *(By.CURATOR, By.ONESELF, By.SYSTEM),
        stays=(MenteeState.COMPLETED,),
    ),
}

MENTOR_STEPS: Mapping[MentorAct, Step[MentorState]] = {
    MentorAct.INVITE: _step(_NEW, MentorState.INVITED, By.CURATOR, stays=(*MENTORS_ON_THE_WAY, *MENTORS_IN_BANK)),
    # Who was invited and agrees, applies: from here on the two ways are one.
    MentorAct.APPLY: _step(
        (*_NEW, MentorState.INVITED), MentorState.APPLIED, By.ONESELF, stays=(*MENTORS_APPLYING, *MENTORS_IN_BANK)
    ),
    MentorAct.CHECK: _step((MentorState.APPLIED,), MentorState.CHECKED, By.CURATOR),
    MentorAct.TRAIN: _step((MentorState.CHECKED,), MentorState.TRAINED, By.CURATOR),
    # Training is advised and can't be demanded by the service: a school may do without.
    MentorAct.OPEN: _step((MentorState.CHECKED, MentorState.TRAINED), MentorState.AVAILABLE, By.CURATOR),
    MentorAct.ADD: _step((*_NEW, *MENTORS_ON_THE_WAY, MentorState.PAUSED), MentorState.AVAILABLE, By.CURATOR),
    # The mentees they have stay with them; new ones are not proposed.
    MentorAct.PAUSE: _step((MentorState.AVAILABLE,), MentorState.PAUSED, By.CURATOR, By.ONESELF, By.SYSTEM),
    MentorAct.RESUME: _step((MentorState.PAUSED,), MentorState.AVAILABLE, By.CURATOR, By.ONESELF),
    MentorAct.WITHDRAW: _step(
        (*MENTORS_ON_THE_WAY, *MENTORS_IN_BANK), MentorState.LEFT, By.CURATOR, By.ONESELF, By.SYSTEM
    ),
}


def open_to(steps: Mapping[Act, Step[State]], state: State | None, by: By) -> list[Act]:
    """The steps that `by` may take from `state`, in the table's order."""
    return [act for act, step in steps.items() if by in step.by and state in step.before]
