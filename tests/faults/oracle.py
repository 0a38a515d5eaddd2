"""What must hold: after every step of a run, and at its end, when the faults have stopped and the nights have passed.

It reads rows and Moodle's memory and works everything out anew; none of the product's own questions are asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from moodle_mentorship.banks.enums import MenteeState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.audit import AuditEvent
from moodle_mentorship.demo.moodle.state import STUDENT, DemoGroup
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.pairs.enums import PairState
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.sync.enums import PassState
from moodle_mentorship.sync.models import SyncPass
from tests.faults.world import Broken, World

# Who is suspended keeps the place and the group (ADR 0027).
FIXED = (PairState.ORDERED, PairState.SUSPENDED)
OPEN = (PairState.PROPOSED, PairState.AGREED, *FIXED)

#: The kind of item that comes back each night.
LOOK_OVER = "pair.look_over"

#: A pass may mark this share of the active staff without asking (ADR of the mass loss: 10 per cent).
UNASKED = 0.10


@dataclass
class Snapshot:
    """The rows of the school as they are after a step."""

    people: Mapping[int, Person]
    pairs: Sequence[Pair]
    mentors: Sequence[Mentor]
    mentees: Sequence[Mentee]
    items: Sequence[OutboxItem]
    passes: Mapping[int, SyncPass]
    journal: Sequence[tuple[Any, ...]]
    site: MoodleSite


@dataclass
class Oracle:
    """Remembers what it saw, and raises `Broken` when a promise is."""

    world: World
    before: Snapshot | None = None
    # Pass -> step at which it was first seen at work: what it reads, it reads after that.
    began: dict[int, int] = field(default_factory=dict)
    # Pass -> active staff when it began.
    active: dict[int, int] = field(default_factory=dict)
    # Pass -> people it has marked as leaving, without those whose accounts are deleted.
    marked: Counter[int] = field(default_factory=Counter)
    neighbours: str = ""

    def __post_init__(self) -> None:
        self.neighbours = self._neighbours()

    def look(self) -> None:
        """After every step."""
        if self.before is not None and not self.world.written:
            self._groups(self.before)
            self._enrolments(self.before)
            self._sequence(self.before)
            return
        self.world.written = False
        now = self._snapshot()
        self._passes_began(now)
        self._places(now)
        self._groups(now)
        self._enrolments(now)
        self._streams(now)
        self._sequence(now)
        if self.before is not None:
            self._journal_only_grows(self.before, now)
            self._departures(self.before, now)
            self._ends_stay(self.before, now)
        self.before = now

    def in_step(self) -> None:
        """Before the first night repairs anything: what was delivered is there, and behind a pass that ended well,
        however little it read, nothing that Moodle told us has been passed over.
        """
        self.look()
        now = self.before
        assert now is not None
        standing = {group.idnumber for group in self.world.moodle.groups.values()}
        waiting = {item.stream for item in now.items if item.state is not OutboxState.DELIVERED}
        for pair in now.pairs:
            delivered = pair.state in FIXED and f"space:{pair.space_id}" not in waiting
            if delivered and pair.space.moodle_idnumber not in standing | self.world.removed_groups.keys():
                raise Broken(f"pair {pair.id} was delivered and has no group")
        last = max(now.passes.values(), key=lambda row: row.id)
        if last.state is PassState.DONE and not last.dry_run:
            self._named(now)

    def judge(self) -> None:
        """At the end of a run."""
        self.look()
        now = self.before
        assert now is not None
        self._quiet(now)
        self._directory(now)
        self._spaces(now)
        self._journal_complete(now)
        if self._neighbours() != self.neighbours:
            raise Broken("the neighbour school's rows have changed")
        if self.world.moodle.messages:
            raise Broken("somebody got a message that nobody sent")

    # Always ------------------------------------------------------------------------------------------------------

    def _passes_began(self, now: Snapshot) -> None:
        active = sum(person.status is StaffStatus.ACTIVE for person in (self.before or now).people.values())
        for pass_id, row in now.passes.items():
            if row.state is not PassState.QUEUED and pass_id not in self.began:
                self.began[pass_id], self.active[pass_id] = self.world.step, active
        at_work = [row.id for row in now.passes.values() if row.state in (PassState.QUEUED, PassState.RUNNING)]
        if self.world.moodle.config.plugin and not self.world.reinstalled:
            # The journal's number says whether the list changed while it was read; then the pass ends otherwise.
            short = [row.id for row in now.passes.values() if row.error_code == "incomplete_answer"]
            if short:
                raise Broken(f"passes {short} counted other people than Moodle")
        if len(at_work) > 1:
            raise Broken(f"passes {at_work} at the same time")

    def _places(self, now: Snapshot) -> None:
        # A group holds one place, however many are in it.
        places = {(pair.mentor_person_id, pair.group_id or -pair.id) for pair in now.pairs if pair.state in OPEN}
        held = Counter(mentor for mentor, _place in places)
        for mentor in now.mentors:
            if mentor.places_held != held[mentor.person_id]:
                raise Broken(f"mentor {mentor.person_id} holds {mentor.places_held}, open: {held[mentor.person_id]}")
            if mentor.places_held > mentor.capacity:
                raise Broken(f"mentor {mentor.person_id} has more pairs than places")
        paired = {pair.mentee_person_id for pair in now.pairs if pair.state in OPEN}
        for mentee in now.mentees:
            if (mentee.state is MenteeState.PAIRED) != (mentee.person_id in paired):
                raise Broken(f"mentee {mentee.person_id} is {mentee.state}")

    def _groups(self, now: Snapshot) -> None:
        """Every group that we made is a pair's, no pair has two, and nobody is in it who doesn't belong there."""
        by_idnumber = {pair.space.moodle_idnumber: pair for pair in now.pairs}
        made = Counter[str]()
        for group in self.world.moodle.groups.values():
            if group.description == "":
                continue  # by a teacher's hand
            pair = by_idnumber.get(group.idnumber)
            if pair is None:
                raise Broken(f"group {group.id} belongs to no pair")
            made[group.idnumber] += 1
            if made[group.idnumber] > 1:
                raise Broken(f"pair {pair.id} has a second group")
            if pair.ordered_at is None:
                raise Broken(f"pair {pair.id} has a group before its order")
            ours = {pair.mentor.moodle_user_id, pair.mentee.moodle_user_id}
            strangers = group.members - ours - self.world.guests.get(group.id, set())
            if strangers:
                raise Broken(f"{strangers} don't belong into the group of pair {pair.id}")

    def _enrolments(self, now: Snapshot) -> None:
        """Nobody got a role that we don't give, and only people of pairs were enrolled by us."""
        moodle = self.world.moodle
        ordered = {
            id_
            for pair in now.pairs
            if pair.ordered_at is not None
            for id_ in (pair.mentor.moodle_user_id, pair.mentee.moodle_user_id)
        }
        for user_id, roles in moodle.enrolments.items():
            if roles != {STUDENT}:
                raise Broken(f"{user_id} has the roles {roles}")
            if user_id not in moodle.cohort and user_id not in ordered:
                raise Broken(f"{user_id} was enrolled without a pair")

    def _streams(self, now: Snapshot) -> None:
        """Within a stream nothing overtakes."""
        waiting: set[str] = set()
        for item in now.items:
            if item.state is not OutboxState.DELIVERED:
                waiting.add(item.stream)
            elif item.stream in waiting:
                raise Broken(f"item {item.id} of {item.stream} was delivered before an earlier one")
        if any(item.error_code == "fault" for item in now.items):
            raise Broken("a handler broke")

    def _sequence(self, now: Snapshot) -> None:
        moodle, site = self.world.moodle, now.site
        if site.journal == moodle.journal_id and (site.sequence or 0) > moodle.sequence:
            raise Broken(f"we continue at {site.sequence}, Moodle's journal ends at {moodle.sequence}")

    def _journal_only_grows(self, before: Snapshot, now: Snapshot) -> None:
        if list(now.journal[: len(before.journal)]) != list(before.journal):
            raise Broken("the audit journal was rewritten")

    def _departures(self, before: Snapshot, now: Snapshot) -> None:
        """Who is marked was really away while a pass read; and no pass marks many without being told to."""
        world = self.world
        fresh = [
            person
            for id_, person in now.people.items()
            if person.status is StaffStatus.LEAVING
            and id_ in before.people
            and before.people[id_].status is not StaffStatus.LEAVING
        ]
        if not fresh:
            return
        moved = [
            row
            for row in now.passes.values()
            if row.leaving != (before.passes[row.id].leaving if row.id in before.passes else 0)
        ]
        since = min((self.began[row.id] for row in moved), default=world.step)
        for person in fresh:
            membership = world.memberships.get(person.moodle_user_id)
            if membership is None or not membership.was_out(since):
                raise Broken(f"{person.moodle_user_id} is marked as leaving and was on the staff list all the time")
        for row in moved:
            if (("sync.confirm_losses", row.id)) in world.acts:
                continue
            alive = [person for person in fresh if not world.moodle.user(person.moodle_user_id).deleted]
            self.marked[row.id] += len(alive)
            if self.marked[row.id] > UNASKED * self.active[row.id]:
                raise Broken(f"pass {row.id} marked {self.marked[row.id]} of {self.active[row.id]} without asking")

    def _ends_stay(self, before: Snapshot, now: Snapshot) -> None:
        """What was delivered or finished stays so; nobody and nothing disappears."""
        for old, new in (
            (before.people.keys(), now.people.keys()),
            ({pair.id for pair in before.pairs}, {pair.id for pair in now.pairs}),
            ({item.id for item in before.items}, {item.id for item in now.items}),
            (before.passes.keys(), now.passes.keys()),
        ):
            if not set(old) <= set(new):
                raise Broken("rows have disappeared")
        delivered = {item.id for item in before.items if item.delivered_at and item.kind != LOOK_OVER}
        back = [item.id for item in now.items if item.id in delivered and item.state is not OutboxState.DELIVERED]
        if back:
            raise Broken(f"items {back} were delivered already")
        over = (PassState.DONE, PassState.FAILED, PassState.CANCELLED)
        for pass_id, row in before.passes.items():
            if row.state in over and now.passes[pass_id].state is not row.state:
                raise Broken(f"pass {pass_id} was {row.state} and is {now.passes[pass_id].state}")

    # At the end --------------------------------------------------------------------------------------------------

    def _quiet(self, now: Snapshot) -> None:
        open_items = [(item.id, item.state.value, item.error_code) for item in now.items if item.delivered_at is None]
        if open_items:
            raise Broken(f"not delivered: {open_items}")
        unfinished = (PassState.QUEUED, PassState.RUNNING, PassState.ASKING)
        open_passes = [(row.id, row.state.value) for row in now.passes.values() if row.state in unfinished]
        if open_passes:
            raise Broken(f"unfinished passes: {open_passes}")

    def _directory(self, now: Snapshot) -> None:
        """The directory is Moodle's list, but for what people here wrote and decided by hand."""
        self._named(now)
        moodle = self.world.moodle
        staff = {user.id for user in moodle.staff()}
        for user_id, person in now.people.items():
            if user_id in staff:
                continue
            if person.status is StaffStatus.ACTIVE and person.kept_at is None:
                raise Broken(f"{user_id} is not on Moodle's staff list and active here")
            if person.deleted_in_moodle and not moodle.user(user_id).deleted:
                raise Broken(f"{user_id} is said to be deleted")
            if person.kept_at is not None and person.status is not StaffStatus.ACTIVE:
                raise Broken(f"{user_id} was kept and is {person.status}")

    def _named(self, now: Snapshot) -> None:
        """Whom Moodle names, they are here, and as Moodle has them."""
        moodle = self.world.moodle
        staff = {user.id: user for user in moodle.staff()}
        for user_id, user in staff.items():
            person = now.people.get(user_id)
            if person is None:
                raise Broken(f"{user_id} is on Moodle's staff list and not in the directory")
            if person.status is not StaffStatus.ACTIVE:
                raise Broken(f"{user_id} is on Moodle's staff list and {person.status} here")
            expected: dict[str, object] = {
                "last_name": user.lastname,
                "first_name": user.firstname,
                "email": user.email,
                "suspended": user.suspended,
                "deleted_in_moodle": False,
            }
            position = self.world.by_hand.get(user_id, user.profile["position"] or None)
            if moodle.config.plugin:
                expected |= {"middle_name": user.middlename or None, "position": position}
            elif position is not None:
                # Moodle's core leaves empty fields out, as it does those that we may not see.
                expected["position"] = position
            for name, value in expected.items():
                if getattr(person, name) != value:
                    raise Broken(f"{name} of {user_id} is {getattr(person, name)!r}, in Moodle {value!r}")

    def _spaces(self, now: Snapshot) -> None:
        """An ordered pair, suspended or not, has its group with both in it, an ended one nobody, any other none."""
        moodle = self.world.moodle
        for pair in now.pairs:
            groups = [group for group in moodle.groups.values() if group.idnumber == pair.space.moodle_idnumber]
            both = {person.moodle_user_id for person in (pair.mentor, pair.mentee)}
            if pair.state in FIXED:
                self._space_stands(pair, groups)
            elif pair.state is PairState.ENDED:
                for group in groups:
                    left = (group.members & both) - self.world.guests.get(group.id, set())
                    if left:
                        raise Broken(f"pair {pair.id} has ended and {left} are still in its group")
            elif groups:
                raise Broken(f"pair {pair.id} is {pair.state} and has a group")

    def _space_stands(self, pair: Pair, groups: Iterable[DemoGroup]) -> None:
        found = list(groups)
        if len(found) != 1:
            raise Broken(f"pair {pair.id} is {pair.state} and has {len(found)} groups")
        (group,) = found
        if pair.moodle_group_id != group.id:
            raise Broken(f"pair {pair.id} names the group {pair.moodle_group_id}, it has {group.id}")
        # Whose departure nobody has decided on is in no group (Moodle itself takes them out), nor who is suspended.
        here = {
            person.moodle_user_id
            for person in (pair.mentor, pair.mentee)
            if person.status is StaffStatus.ACTIVE and not person.suspended and not person.deleted_in_moodle
        }
        if not here <= group.members:
            raise Broken(f"{here - group.members} are not in the group of pair {pair.id}")

    def _journal_complete(self, now: Snapshot) -> None:
        """Every act is in the journal exactly as often as it was done, and each pass with the state it ended in."""
        written = Counter((action, object_id) for _, action, object_id, *_ in now.journal)
        for act, times in self.world.acts.items():
            if written[act] != times:
                raise Broken(f"{act} was done {times} times and stands in the journal {written[act]} times")
        for action, object_id in written:
            if action in {"pair.propose", "pair.order", "pair.end", "person.left", "person.keep", "person.edit"}:
                # A departure ends pairs in its own unit of work; those are no acts of their own.
                by_departure = action == "pair.end"
                if (action, object_id) not in self.world.acts and not by_departure:
                    raise Broken(f"{action} {object_id} stands in the journal and was never done")
        for row in now.passes.values():
            ended = [state.value for state in PassState if written[f"sync.{state.value}", row.id]]
            if row.state.value not in ended:
                raise Broken(f"pass {row.id} is {row.state}, the journal says {ended}")
        for item in now.items:
            if item.kind == LOOK_OVER:
                continue
            if not any(
                written["pair.order", pair.id] for pair in now.pairs if pair.space_id == item.payload["space_id"]
            ):
                raise Broken(f"item {item.id} has no act in the journal")

    # Reading -----------------------------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        school_id = self.world.school.id
        with self.world.runtime.db.unit_of_work(read_only=True) as session:

            def all_of(model: Any) -> Sequence[Any]:
                return session.scalars(select(model).where(model.school_id == school_id).order_by(model.id)).all()

            journal = session.execute(
                select(
                    AuditEvent.id,
                    AuditEvent.action,
                    AuditEvent.object_id,
                    AuditEvent.at,
                    AuditEvent.actor_kind,
                    AuditEvent.actor_person_id,
                )
                .where(AuditEvent.school_id == school_id)
                .order_by(AuditEvent.id)
            ).all()
            return Snapshot(
                people={person.moodle_user_id: person for person in all_of(Person)},
                pairs=all_of(Pair),
                mentors=all_of(Mentor),
                mentees=all_of(Mentee),
                items=all_of(OutboxItem),
                passes={row.id: row for row in all_of(SyncPass)},
                journal=[tuple(row) for row in journal],
                site=session.scalars(select(MoodleSite).where(MoodleSite.school_id == school_id)).one(),
            )

    def _neighbours(self) -> str:
        with self.world.runtime.db.unit_of_work(read_only=True) as session:
            rows = session.scalars(
                select(Person).where(Person.school_id == self.world.neighbour.id).order_by(Person.id)
            ).all()
            return repr([(row.moodle_user_id, row.full_name, row.status, row.updated_at) for row in rows])
