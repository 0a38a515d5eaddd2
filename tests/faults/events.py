"""What happens to a school during a run: in its Moodle, at our pages, to the queue, and in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from moodle_mentorship.banks import service as banks
from moodle_mentorship.banks.enums import MenteeState, MentorState
from moodle_mentorship.banks.models import Mentee, Mentor
from moodle_mentorship.core.actor import Actor, Role
from moodle_mentorship.moodle.enums import OutboxState
from moodle_mentorship.moodle.models import MoodleSite, OutboxItem
from moodle_mentorship.pairs import queries as pair_queries
from moodle_mentorship.pairs import service as pairs
from moodle_mentorship.pairs.enums import Answer, EndReason, PairState, Side
from moodle_mentorship.pairs.models import Pair
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service import directory
from moodle_mentorship.sync import service
from moodle_mentorship.sync.enums import PassKind, PassState
from moodle_mentorship.sync.models import SyncPass
from tests.factories import BOX, make_papers
from tests.faults.world import World

LAST = ["Белова", "Зайцев", "Ким", "Тихонова", "Орлов", "Соколова", "Ёлкина", "Щербак", "О’Нил", "Петров-Водкин"]
FIRST = ["Марина", "Павел", "Вера", "Игорь", "Ольга", "Пётр"]
MIDDLE = ["Павловна", "Андреевич", "", "Сергеевич", "Викторовна"]
POSITIONS = ["учитель", "методист", "завуч", "педагог-психолог", ""]
STARTS, ENDS = date(2026, 12, 1), date(2027, 5, 31)
ORDER_DATE, TODAY = date(2026, 11, 24), date(2026, 11, 24)


@dataclass(frozen=True)
class Event:
    """One kind of event: how often it happens, and what it does. False: there was nothing to do it to."""

    weight: float
    happen: Callable[[World], bool]


_EVENTS: list[Event] = []


def event(weight: float) -> Callable[[Callable[[World], bool]], Callable[[World], bool]]:
    def keep(happen: Callable[[World], bool]) -> Callable[[World], bool]:
        _EVENTS.append(Event(weight, happen))
        return happen

    return keep


def something_happens(world: World) -> None:
    """One event that finds something to do."""
    weights = [event.weight for event in _EVENTS]
    while True:
        (chosen,) = world.rng.choices(_EVENTS, weights)
        if chosen.happen(world):
            return


def quick_event(world: World) -> None:
    """An event that may happen while a worker waits for Moodle: anything but work and the clock."""
    quick = [event for event in _EVENTS if event.happen not in _SLOW]
    (chosen,) = world.rng.choices(quick, [event.weight for event in quick])
    chosen.happen(world)


# In Moodle ----------------------------------------------------------------------------------------------------------


def _staff(world: World) -> list[int]:
    return [user.id for user in world.moodle.staff()]


@event(6)
def hire(world: World) -> bool:
    pick = world.rng.choice
    name = pick(LAST), pick(FIRST), pick(MIDDLE)
    number = len(world.moodle.users)
    user = world.moodle.add_user(f"t{number}", *name, profile={"position": pick(POSITIONS)}, staff=True)
    world.tell(f"Moodle: {user.id} {' '.join(name)} is hired")
    return True


@event(5)
def rename(world: World) -> bool:
    staff = _staff(world)
    if not staff:
        return False
    who, name = world.rng.choice(staff), world.rng.choice(LAST)
    world.moodle.rename(who, lastname=name, middlename=world.rng.choice(MIDDLE))
    world.tell(f"Moodle: {who} is called {name} now")
    return True


@event(4)
def new_position(world: World) -> bool:
    staff = _staff(world)
    if not staff:
        return False
    who, position, heard = world.rng.choice(staff), world.rng.choice(POSITIONS), world.chance(0.6)
    world.moodle.set_profile_field(who, "position", position, event=heard)
    world.tell(f"Moodle: {who} is «{position}» now{'' if heard else ' (no event)'}")
    return True


@event(2)
def suspend(world: World) -> bool:
    staff = _staff(world)
    if not staff:
        return False
    who = world.rng.choice(staff)
    suspended = not world.moodle.user(who).suspended
    world.moodle.suspend(who, suspended)
    if suspended:
        # Moodle refuses to enrol a suspended account.
        world.causes.add("moodle_refused")
    world.tell(f"Moodle: {who} {'suspended' if suspended else 'no longer suspended'}")
    return True


@event(4)
def leave(world: World) -> bool:
    staff = _staff(world)
    if not staff:
        return False
    who = world.rng.choice(staff)
    world.leave(who)
    world.tell(f"Moodle: {who} left the staff list")
    return True


@event(3)
def rejoin(world: World) -> bool:
    out = [id_ for id_, membership in sorted(world.memberships.items()) if membership.out[-1][1] is None]
    out = [id_ for id_ in out if not world.moodle.user(id_).deleted]
    if not out:
        return False
    who = world.rng.choice(out)
    world.rejoin(who)
    world.tell(f"Moodle: {who} is back on the staff list")
    return True


@event(1)
def delete(world: World) -> bool:
    staff = _staff(world)
    if not staff:
        return False
    who = world.rng.choice(staff)
    world.moodle.delete_user(who)
    world.membership(who).leave(world.step)
    world.causes |= {"moodle_user_missing", "moodle_record_missing"}
    world.tell(f"Moodle: the account {who} is deleted")
    return True


@event(0.7)
def empty_list(world: World) -> bool:
    if world.emptied:
        return False
    world.emptied = world.rng.sample(_staff(world), k=round(len(_staff(world)) * world.rng.choice([0.5, 1.0])))
    for who in world.emptied:
        world.leave(who)
    world.tell(f"Moodle: by mistake {len(world.emptied)} people are taken off the staff list")
    return True


@event(2)
def refill_list(world: World) -> bool:
    if not world.emptied:
        return False
    for who in world.emptied:
        if not world.moodle.user(who).deleted:
            world.rejoin(who)
    world.tell(f"Moodle: {len(world.emptied)} people are back on the staff list")
    world.emptied = []
    return True


@event(1)
def prune_journal(world: World) -> bool:
    world.moodle.trim_journal()
    world.tell("Moodle: the plugin's journal is pruned")
    return True


@event(0.7)
def new_journal(world: World) -> bool:
    world.moodle.new_journal()
    world.reinstalled = True
    world.tell("Moodle: the plugin is installed anew")
    return True


@event(1)
def compare_fingerprints(world: World) -> bool:
    world.tell(f"Moodle: the plugin finds {world.moodle.compare_fingerprints()} changes that nobody announced")
    return True


@event(1)
def token_revoked(world: World) -> bool:
    if world.moodle.token is None:
        return False
    world.moodle.token = None
    world.causes.add("moodle_token_invalid")
    world.tell("Moodle: the token is revoked")
    return True


@event(2)
def token_renewed(world: World) -> bool:
    if world.moodle.token is not None:
        return False
    renew_token(world)
    return True


def renew_token(world: World) -> None:
    """An administrator connects Moodle again."""
    world.moodle.token = f"{world.rng.getrandbits(128):032x}"
    with world.runtime.db.unit_of_work() as session:
        session.get_one(MoodleSite, world.school.site.id).sealed_token = BOX.seal(world.moodle.token)
    world.tell("Moodle: there is a new token")


@event(1)
def capability_revoked(world: World) -> bool:
    name = world.rng.choice(["moodle/course:managegroups", "local/mentorship:readstaff", "moodle/role:assign"])
    if name not in world.moodle.capabilities:
        return False
    world.moodle.revoke(name)
    world.causes |= {"moodle_permission_missing", "moodle_role_not_assignable"}
    world.tell(f"Moodle: {name} is taken from us")
    return True


@event(2)
def capability_granted(world: World) -> bool:
    if not grant_all(world):
        return False
    world.tell("Moodle: we have all capabilities again")
    return True


def grant_all(world: World) -> bool:
    ours = {"moodle/course:managegroups", "local/mentorship:readstaff", "moodle/role:assign"}
    missing = ours - world.moodle.capabilities
    world.moodle.grant(*missing)
    return bool(missing)


@event(1)
def storm(world: World) -> bool:
    minutes = world.rng.choice([5, 60, 600])
    world.weather.storm_until = world.clock.now() + timedelta(minutes=minutes)
    world.tell(f"Moodle: down for {minutes} minutes")
    return True


def _our_groups(world: World) -> list[int]:
    return [id_ for id_, group in sorted(world.moodle.groups.items()) if group.idnumber.startswith("mentorship-")]


@event(0.7)
def group_removed(world: World) -> bool:
    groups = _our_groups(world)
    if not groups:
        return False
    gone = world.moodle.groups.pop(world.rng.choice(groups))
    world.removed_groups[gone.idnumber] += 1
    world.causes.add("moodle_record_missing")
    world.tell(f"Moodle: somebody deletes the group {gone.id}")
    return True


@event(0.7)
def group_renamed(world: World) -> bool:
    groups = _our_groups(world)
    if not groups:
        return False
    group = world.moodle.groups[world.rng.choice(groups)]
    group.name = f"Группа {group.id}"
    world.tell(f"Moodle: somebody renames the group {group.id}")
    return True


@event(0.7)
def member_removed(world: World) -> bool:
    groups = [id_ for id_ in _our_groups(world) if world.moodle.groups[id_].members]
    if not groups:
        return False
    group = world.moodle.groups[world.rng.choice(groups)]
    who = world.rng.choice(sorted(group.members))
    group.members.discard(who)
    # Read back at that moment, the group isn't what we asked for.
    world.causes.add("moodle_members_not_added")
    world.guests.get(group.id, set()).discard(who)
    world.tell(f"Moodle: somebody takes {who} out of the group {group.id}")
    return True


@event(0.7)
def guest(world: World) -> bool:
    groups, staff = _our_groups(world), _staff(world)
    if not groups or not staff:
        return False
    group, who = world.moodle.groups[world.rng.choice(groups)], world.rng.choice(staff)
    if who in group.members:
        return False
    group.members.add(who)
    world.guests.setdefault(group.id, set()).add(who)
    world.tell(f"Moodle: somebody puts {who} into the group {group.id}")
    return True


@event(0.7)
def rival_group(world: World) -> bool:
    """A teacher makes a group of the name that we would give."""
    found = _pairs(world, PairState.AGREED, PairState.ORDERED)
    if not found:
        return False
    pair = world.rng.choice(found)
    names = [person.short_name.replace("\u00a0", " ") for person in (pair.mentor, pair.mentee)]
    world.moodle.add_group(f"Пара: {names[0]} — {names[1]}")
    world.tell(f"Moodle: somebody makes a group that is named like pair {pair.id}")
    return True


# At our pages -------------------------------------------------------------------------------------------------------


def _people(world: World, *statuses: StaffStatus) -> Sequence[Person]:
    with world.runtime.db.unit_of_work(read_only=True) as session:
        return session.scalars(
            select(Person)
            .where(Person.school_id == world.school.id, Person.status.in_(statuses))
            .order_by(Person.moodle_user_id)
        ).all()


def _pairs(world: World, *states: PairState) -> Sequence[Pair]:
    with world.runtime.db.unit_of_work(read_only=True) as session:
        return session.scalars(
            select(Pair).where(Pair.school_id == world.school.id, Pair.state.in_(states)).order_by(Pair.id)
        ).all()


def _passes(world: World, *states: PassState) -> Sequence[SyncPass]:
    with world.runtime.db.unit_of_work(read_only=True) as session:
        return session.scalars(
            select(SyncPass).where(SyncPass.school_id == world.school.id, SyncPass.state.in_(states))
        ).all()


def _journaled(world: World, action: str, act: Callable[[Session], object], object_id: int) -> None:
    if world.act(f"{action} {object_id}", act) is not None:
        world.acts[action, object_id] += 1


@event(4)
def enter_mentor(world: World) -> bool:
    people = _people(world, StaffStatus.ACTIVE)
    if not people:
        return False
    who, capacity = world.rng.choice(people).id, world.rng.randint(1, 3)
    world.act(
        f"mentor.add {who}", lambda session: banks.add_mentor(session, world.curator, who, capacity, world.clock.now())
    )
    return True


@event(5)
def enter_mentee(world: World) -> bool:
    people = _people(world, StaffStatus.ACTIVE)
    if not people:
        return False
    who = world.rng.choice(people).id
    world.act(f"mentee.add {who}", lambda session: banks.add_mentee(session, world.curator, who, world.clock.now()))
    return True


@event(0.5)
def leave_bank(world: World) -> bool:
    people = _people(world, StaffStatus.ACTIVE)
    if not people:
        return False
    who, now = world.rng.choice(people).id, world.clock.now()
    verb = world.rng.choice([banks.withdraw_mentor, banks.withdraw_mentee])
    world.act(f"{verb.__name__} {who}", lambda session: verb(session, world.curator, who, now))
    return True


@event(8)
def propose(world: World) -> bool:
    with world.runtime.db.unit_of_work(read_only=True) as session:
        mentors = session.scalars(
            select(Mentor.person_id)
            .where(
                Mentor.school_id == world.school.id,
                Mentor.state == MentorState.AVAILABLE,
                Mentor.places_held < Mentor.capacity,
            )
            .order_by(Mentor.id)
        ).all()
        mentees = session.scalars(
            select(Mentee.person_id)
            .where(Mentee.school_id == world.school.id, Mentee.state == MenteeState.WAITING)
            .order_by(Mentee.id)
        ).all()
    if not mentors or not mentees:
        return False
    mentor, mentee = world.rng.choice(mentors), world.rng.choice(mentees)
    made = world.act(
        f"pair.propose {mentor} {mentee}",
        lambda session: pairs.propose(
            session,
            world.curator,
            mentor_person_id=mentor,
            mentee_person_id=mentee,
            starts_on=STARTS,
            ends_on=ENDS,
            now=world.clock.now(),
        ),
    )
    if made is not None:
        world.acts["pair.propose", made.id] += 1
    return True


@event(12)
def answer(world: World) -> bool:
    found = _pairs(world, PairState.PROPOSED)
    if not found:
        return False
    pair = world.rng.choice(found)
    said = Answer.NO if world.chance(0.1) else Answer.YES
    for side, person_id, before in (
        (Side.MENTOR, pair.mentor_person_id, pair.mentor_answer),
        (Side.MENTEE, pair.mentee_person_id, pair.mentee_answer),
    ):
        if before is said:
            continue
        actor = Actor(world.school.id, person_id, frozenset({Role(side.value)}))
        _journaled(
            world,
            "pair.answer",
            lambda session, actor=actor, side=side: pairs.answer(  # type: ignore[misc]
                session, actor, pair.id, side, said, world.clock.now()
            ),
            pair.id,
        )
        if said is Answer.NO:
            break
    return True


@event(10)
def order(world: World) -> bool:
    found = _pairs(world, PairState.AGREED)
    if not found:
        return False
    pair = world.rng.choice(found)

    def with_papers(session: Session) -> Pair:
        make_papers(session, pair.mentor, pair.mentee, world.clock.now())
        return pairs.order(
            session,
            world.runtime.jobs,
            world.curator,
            pair.id,
            order_date=ORDER_DATE,
            order_number="143-ОД",
            today=TODAY,
            now=world.clock.now(),
        )

    _journaled(world, "pair.order", with_papers, pair.id)
    return True


@event(1)
def put_back(world: World) -> bool:
    """A curator has a group that people changed by hand put back as it was."""
    with world.runtime.db.unit_of_work(read_only=True) as session:
        changed = pair_queries.pairs_changed_by_hand(session, world.school.id)
    for pair in changed:
        world.act(
            f"pair.restore_space {pair.id}",
            partial(
                pairs.restore_space,
                jobs=world.runtime.jobs,
                actor=world.curator,
                pair_id=pair.id,
                now=world.clock.now(),
            ),
        )
    return bool(changed)


@event(2)
def end(world: World) -> bool:
    found = _pairs(world, PairState.ORDERED)
    if not found:
        return False
    pair = world.rng.choice(found)
    _journaled(
        world,
        "pair.end",
        lambda session: pairs.end(
            session, world.runtime.jobs, world.curator, pair.id, EndReason.COMPLETED, world.clock.now()
        ),
        pair.id,
    )
    return True


@event(0.7)
def withdraw(world: World) -> bool:
    found = _pairs(world, PairState.PROPOSED, PairState.AGREED)
    if not found:
        return False
    pair = world.rng.choice(found)
    _journaled(
        world,
        "pair.withdraw",
        lambda session: pairs.withdraw(session, world.curator, pair.id, world.clock.now()),
        pair.id,
    )
    return True


@event(2)
def confirm_departure(world: World) -> bool:
    people = _people(world, StaffStatus.LEAVING)
    if not people:
        return False
    who = world.rng.choice(people)
    _journaled(
        world,
        "person.left",
        lambda session: directory.confirm_departure(
            session, world.curator, who.id, world.clock.now(), world.runtime.departures
        ),
        who.id,
    )
    return True


@event(1)
def keep_person(world: World) -> bool:
    people = _people(world, StaffStatus.LEAVING)
    if not people:
        return False
    who = world.rng.choice(people)
    _journaled(
        world,
        "person.keep",
        lambda session: directory.keep_person(session, world.curator, who.id, world.clock.now()),
        who.id,
    )
    return True


@event(1)
def edit_person(world: World) -> bool:
    people = _people(world, StaffStatus.ACTIVE)
    if not people:
        return False
    who, position = world.rng.choice(people), f"учитель {world.step}-й категории"
    _journaled(
        world,
        "person.edit",
        lambda session: directory.edit_person(
            session, world.curator, who.id, {"position": position}, world.clock.now()
        ),
        who.id,
    )
    world.by_hand[who.moodle_user_id] = position
    return True


@event(5)
def ask_pass(world: World) -> bool:
    kind, dry = world.rng.choice(list(PassKind)), world.chance(0.15)
    world.act(
        f"sync.ask {kind}{' dry' if dry else ''}",
        lambda session: service.request_pass(
            session, world.runtime.jobs, school_id=world.school.id, kind=kind, now=world.clock.now(), dry_run=dry
        ),
    )
    return True


@event(5)
def webhook(world: World) -> bool:
    """The plugin says that something changed; sometimes it says so twice."""
    again = bool(world.deliveries) and world.chance(0.2)
    delivery = world.rng.choice(world.deliveries) if again else f"{world.rng.getrandbits(128):032x}"
    world.deliveries.append(delivery)
    world.act(
        "webhook",
        lambda session: service.take_message(
            session,
            world.runtime.jobs,
            school_id=world.school.id,
            event="staff_changed",
            delivery=delivery,
            now=world.clock.now(),
        ),
    )
    return True


@event(0.7)
def cancel_pass(world: World) -> bool:
    found = _passes(world, PassState.QUEUED, PassState.RUNNING)
    if not found:
        return False
    (which,) = found
    world.act(
        f"sync.cancel {which.id}",
        lambda session: service.cancel_pass(session, world.runtime.jobs, world.curator, which.id, world.clock.now()),
    )
    return True


@event(1)
def answer_question(world: World) -> bool:
    return confirm_losses(world) if world.chance(0.5) else discard_losses(world)


def confirm_losses(world: World) -> bool:
    """Yes, they have left."""
    return _answered(world, service.confirm_losses, "sync.confirm_losses")


def discard_losses(world: World) -> bool:
    """No, the list in Moodle is wrong."""
    return _answered(world, service.discard_losses, "sync.discard_losses")


def _answered(world: World, verb: Callable[..., SyncPass], action: str) -> bool:
    found = _passes(world, PassState.ASKING)
    if not found:
        return False
    which = max(found, key=lambda asking: asking.id)
    _journaled(
        world,
        action,
        lambda session: verb(session, world.runtime.jobs, world.curator, which.id, world.clock.now()),
        which.id,
    )
    return True


@event(2)
def retry_all(world: World) -> bool:
    with world.runtime.db.unit_of_work(read_only=True) as session:
        stuck = session.scalars(select(OutboxItem.id).where(OutboxItem.state == OutboxState.STUCK)).all()
    if not stuck:
        return False
    count = world.act(
        "outbox.retry all",
        lambda session: service.retry_all(session, world.runtime.jobs, world.curator, world.clock.now()),
    )
    if count is not None:
        for item_id in stuck:
            world.acts["outbox.retry", item_id] += 1
    return True


# The queue and the clock --------------------------------------------------------------------------------------------


@event(25)
def work(world: World) -> bool:
    """One to three workers take messages; they come in any order."""
    if not world.queue:
        return False
    count = min(len(world.queue), world.rng.choice([1, 1, 2, 3]))
    jobs = [world.queue.pop(world.rng.randrange(len(world.queue))) for _ in range(count)]
    if world.chance(0.3):
        jobs.append(jobs[0])
    world.tell("work: " + ", ".join(f"{name} {row}" for name, row in jobs))
    world.work(jobs)
    return True


@event(8)
def sweep(world: World) -> bool:
    world.tell("sweep")
    world.sweep()
    return True


@event(8)
def time_passes(world: World) -> bool:
    world.later(seconds=world.rng.choice([2, 20, 40, 150, 400, 3600, 7 * 3600]))
    world.tell("time has passed")
    return True


@event(1)
def night(world: World) -> bool:
    world.tell("night")
    world.runtime.jobs.run_nightly(world.runtime)
    return True


_SLOW = {work, sweep, time_passes, night, something_happens}
