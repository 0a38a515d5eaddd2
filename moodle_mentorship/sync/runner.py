"""Runs a pass page by page: Moodle is asked outside of any transaction, each page is one unit of work."""

import enum
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from moodle_mentorship.core.actor import system_actor
from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.moodle import errors as moodle_errors
from moodle_mentorship.moodle.client import MoodleClient
from moodle_mentorship.moodle.errors import MoodleError
from moodle_mentorship.moodle.models import MoodleSite
from moodle_mentorship.moodle.roster import RosterClient, RosterSource, roster_client, roster_source
from moodle_mentorship.moodle.sites import client_for, site_of
from moodle_mentorship.people.enums import StaffStatus
from moodle_mentorship.people.models import Person
from moodle_mentorship.people.service import directory, managers
from moodle_mentorship.people.service.directory import Line, Rules, Taken
from moodle_mentorship.people.service.roles import appoint_first_curator
from moodle_mentorship.school.models import School
from moodle_mentorship.sync import service
from moodle_mentorship.sync.enums import PassKind, PassSource, PassState
from moodle_mentorship.sync.errors import IncompleteAnswer, NotConnected
from moodle_mentorship.sync.models import SyncPass
from moodle_mentorship.sync.readers import (
    MOST_PAGES,
    CohortReader,
    JournalLost,
    JournalReader,
    Page,
    PluginReader,
    Reader,
    RosterReader,
)

# A running pass whose last page is older was left by its worker: the next one takes it over at its cursor.
STALE = timedelta(minutes=2)

# Workers that may break at one and the same page before the pass is given up.
ATTEMPTS = 5

# A complete pass that would lose more than this share of the active staff asks first (in per cent).
LOSS_PERCENT = 10

# Of a course's members, people whom we don't know are taken for staff up to this share of the active staff (in per
# cent), or this number. More of them, and the course is open to pupils or parents.
NEW_PERCENT, NEW_ANYWAY = 10, 5

CRASHED, CHANGED_MEANWHILE = "crashed", "changed_meanwhile"

# A source that says this will say it tomorrow as well, whatever the others say: the next one is asked. Anything else
# (no answer, an error page, maintenance, an answer of another shape) says nothing about the source, and the pass fails.
_CLOSED = (
    moodle_errors.FunctionMissing,
    moodle_errors.AccessRefused,
    moodle_errors.PermissionMissing,
    moodle_errors.TokenInvalid,
    moodle_errors.WebServicesDisabled,
    moodle_errors.RecordMissing,
)
# The plugin's own words: its connection was lost, or its cohort deleted.
_CLOSED_CODES = frozenset({"errornotconnected", "errorcohortgone"})

log = get_logger("sync")

Watch = Callable[[int, int | None], None]


@dataclass
class Outcome:
    """What a run did in this process. `lines` are filled in a dry run alone: memory stays flat otherwise."""

    pass_id: int
    lines: list[Line] = field(default_factory=list)


@dataclass
class _Run:
    """The state of a run between two pages."""

    pass_id: int
    school_id: int
    kind: PassKind
    source: PassSource
    dry_run: bool
    cursor: int
    timezone: str
    site: MoodleSite
    outcome: Outcome
    roster: RosterSource | None
    # Sources to ask when this one is closed, in their order.
    others: list[PassSource]
    told: int = 0
    total: int | None = None
    # Moodle ids, in a dry run alone.
    seen: set[int] = field(default_factory=set)

    def reader(self, clients: "_Clients") -> Reader:
        fields = sorted(set(self.site.field_map.values()))
        if self.source is PassSource.ROSTER:
            assert self.roster is not None
            return RosterReader(clients.roster(self.roster), self.roster.context_id)
        client = clients.moodle()
        if self.source is PassSource.COHORT:
            return CohortReader(client, self.site.cohort_id)
        if self.kind is PassKind.FULL:
            return PluginReader(client, fields, self.site.sequence, self.site.journal)
        return JournalReader(client, fields, self.site.journal or "")


@dataclass
class _Clients:
    """Clients of one run, made when they are needed, closed with the run."""

    runtime: Runtime
    site: MoodleSite
    stack: ExitStack
    _moodle: MoodleClient | None = None

    def moodle(self) -> MoodleClient:
        if self._moodle is None:
            self._moodle = self.stack.enter_context(client_for(self.runtime, self.site))
        return self._moodle

    def roster(self, source: RosterSource) -> RosterClient:
        return self.stack.enter_context(roster_client(self.runtime, source))


def sources_of(session: Session, site: MoodleSite) -> list[PassSource]:
    """Where the staff of a site can be read, the best source first."""
    plugin = [PassSource.PLUGIN] if site.plugin_version else []
    roster = [PassSource.ROSTER] if roster_source(session, site.school_id) is not None else []
    return [*plugin, PassSource.COHORT, *roster]


def would_ask(losses: int, active: int) -> bool:
    """Whether a pass that no longer sees `losses` of `active` people must ask. However small the school is: in a
    school of eight one departure asks, and that is one click.
    """
    return losses * 100 > active * LOSS_PERCENT


def run_pass(runtime: Runtime, pass_id: int, watch: Watch | None = None) -> Outcome:
    """Run a pass that is queued, or was left by its worker, to its end.

    Nothing happens when somebody else runs it. What Moodle refuses ends the pass as failed, with the error's code;
    a fault of ours leaves it running, to be taken over. `watch` is told people seen and the total after each page.
    """
    outcome = Outcome(pass_id)
    run = _claim(runtime, pass_id, outcome)
    if run is None:
        return outcome
    with ExitStack() as stack:
        try:
            _read_all(runtime, run, _Clients(runtime, run.site, stack), watch)
        except (MoodleError, IncompleteAnswer) as error:
            log.warning("pass_failed", sync_pass=pass_id, code=error.code, reason=str(error))
            _fail(runtime, run, error.code)
    return outcome


def _claim(runtime: Runtime, pass_id: int, outcome: Outcome) -> _Run | None:
    now = runtime.clock.now()
    with runtime.db.unit_of_work() as session:
        free = or_(
            SyncPass.state == PassState.QUEUED,
            and_(SyncPass.state == PassState.RUNNING, SyncPass.heartbeat_at < now - STALE),
        )
        claimed = session.execute(
            update(SyncPass)
            .where(SyncPass.id == pass_id, free)
            .values(state=PassState.RUNNING, heartbeat_at=now, attempts=SyncPass.attempts + 1)
            .returning(SyncPass.id)
        ).first()
        if claimed is None:
            return None
        mine = session.get_one(SyncPass, pass_id)
        mine.started_at = mine.started_at or now
        site = site_of(session, mine.school_id)
        if mine.cancel_asked:
            service.finish(session, runtime.jobs, mine, PassState.CANCELLED, now)
            return None
        if site is None or mine.attempts > ATTEMPTS:
            code = NotConnected.code if site is None else CRASHED
            service.finish(session, runtime.jobs, mine, PassState.FAILED, now, code)
            return None
        if mine.dry_run:
            mine.skipped = []
        closed = {entry["source"] for entry in mine.skipped}
        mine.source, *others = [source for source in sources_of(session, site) if source not in closed] or [mine.source]
        no_delta = mine.source is not PassSource.PLUGIN or site.sequence is None or site.journal is None
        if mine.dry_run or (mine.kind is PassKind.DELTA and no_delta):
            # A dry run keeps what it saw in memory, so it begins anew wherever it was cut.
            mine.kind = PassKind.FULL if no_delta else mine.kind
            mine.cursor = mine.sequence = mine.journal = mine.total = None
            mine.seen = mine.created = mine.updated = mine.differences = mine.leaving = mine.returned = 0
            mine.strangers = 0
        if mine.cursor is None:
            mine.cursor = (site.sequence or 0) if mine.kind is PassKind.DELTA else 0
        school = session.get_one(School, mine.school_id)
        return _Run(
            pass_id=pass_id,
            school_id=mine.school_id,
            kind=mine.kind,
            source=mine.source,
            dry_run=mine.dry_run,
            cursor=mine.cursor,
            timezone=school.timezone,
            site=site,
            outcome=outcome,
            roster=roster_source(session, mine.school_id) if PassSource.ROSTER in (mine.source, *others) else None,
            others=others,
        )


class _Step(enum.Enum):
    """What a page led to."""

    ON = enum.auto()
    # The pass begins at its first page: a delta turned into a full pass, or another source is read.
    ANEW = enum.auto()
    OVER = enum.auto()


def _read_all(runtime: Runtime, run: _Run, clients: _Clients, watch: Watch | None) -> None:
    """Read and write in turn; while one page is written, a thread already asks Moodle for the next.

    One page ahead and no further: memory stays flat, and a worker that has to stop asked for two pages in vain at the
    most. The thread only reads; what is kept, and where the pass stands, is decided here alone.
    """
    reader = run.reader(clients)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync-read") as thread:

        def ask(cursor: int) -> Future[Page]:
            # The log lines of the thread carry the names of the job, too.
            return thread.submit(copy_context().run, reader.read, cursor)

        asked: Future[Page] | None = ask(run.cursor)
        pages = 0
        while asked is not None:
            page, closed = None, None
            pages += 1
            if pages > MOST_PAGES:
                raise IncompleteAnswer("the staff list has no end")
            try:
                page = asked.result()
            except JournalLost:
                pass
            except (MoodleError, IncompleteAnswer) as error:
                if not is_closed(run.source, error):
                    raise
                closed = error
            asked = ask(page.cursor) if page is not None and not page.last else None
            with runtime.db.unit_of_work() as session:
                step = _pass_over(session, runtime, run, closed) if closed else _take(session, runtime, run, page)
            if step is _Step.OVER:
                asked = None
            elif step is _Step.ANEW:
                reader = run.reader(clients)
                asked = ask(run.cursor)
            if watch is not None:
                watch(run.told, run.total)


def _take(session: Session, runtime: Runtime, run: _Run, page: Page | None) -> _Step:
    """The unit of work of one page: people, cursor, counts and heartbeat are kept together, or none of them."""
    mine = _mine(session, run)
    if mine is None:
        return _Step.OVER
    now = runtime.clock.now()
    if mine.cancel_asked:
        service.finish(session, runtime.jobs, mine, PassState.CANCELLED, now)
        return _Step.OVER
    mine.heartbeat_at, mine.attempts = now, 0
    if page is None or (run.kind is PassKind.DELTA and _too_many_left(session, mine, page)):
        _begin_anew(run, mine)
        return _Step.ANEW
    rules = Rules(run.site.field_map, run.timezone, now)
    _take_people(session, run, mine, page, rules)
    mine.cursor = page.cursor
    run.told, run.total = mine.seen, mine.total
    if page.last:
        if not run.dry_run:
            # A line manager may stand on a later page than the people whom they lead.
            mine.differences += managers.settle(session, run.school_id, rules, mine.started_at or now)
        _end(session, runtime, run, mine, page)
        return _Step.OVER
    # Only a page that really is committed moves the run on: see `_mine`.
    run.cursor = page.cursor
    return _Step.ON


def is_closed(source: PassSource, error: MoodleError | IncompleteAnswer) -> bool:
    """Whether the source itself is closed to us, and not Moodle out of order."""
    if source is PassSource.ROSTER:
        # The last resort is closed for whatever time alone doesn't mend.
        return not (isinstance(error, MoodleError) and error.retryable)
    code = error.errorcode if isinstance(error, moodle_errors.MoodleRefused) else ""
    return isinstance(error, _CLOSED) or code in _CLOSED_CODES


def _pass_over(session: Session, runtime: Runtime, run: _Run, closed: MoodleError | IncompleteAnswer) -> _Step:
    """Note why this source can't tell and read the next one from its beginning; after the last one the pass fails, for
    the reason of the first: that is the one to repair.
    """
    mine = _mine(session, run)
    if mine is None:
        return _Step.OVER
    now = runtime.clock.now()
    log.warning("source_closed", sync_pass=run.pass_id, source=run.source.value, code=closed.code)
    mine.skipped = [*mine.skipped, {"source": run.source.value, "code": closed.code}]
    if not run.others:
        service.finish(session, runtime.jobs, mine, PassState.FAILED, now, mine.skipped[0]["code"])
        return _Step.OVER
    run.source, *run.others = run.others
    mine.source, mine.heartbeat_at, mine.attempts = run.source, now, 0
    _begin_anew(run, mine)
    return _Step.ANEW


def _begin_anew(run: _Run, mine: SyncPass) -> None:
    mine.kind, mine.cursor, mine.seen = PassKind.FULL, 0, 0
    run.kind, run.cursor = PassKind.FULL, 0


def _mine(session: Session, run: _Run) -> SyncPass | None:
    """The pass, locked; None when it was finished elsewhere or another worker stands at another page by now.

    The cursor is the fence: whoever writes a page first moves it, and a worker that was thought dead stops here. The
    kind belongs to it: a delta's number in the journal and a full pass's Moodle id may be the same number.
    """
    mine = session.scalars(select(SyncPass).where(SyncPass.id == run.pass_id).with_for_update()).one()
    stands = (mine.kind, mine.cursor) == (run.kind, run.cursor)
    return mine if mine.state is PassState.RUNNING and stands else None


def _take_people(session: Session, run: _Run, mine: SyncPass, page: Page, rules: Rules) -> None:
    write = not run.dry_run
    if run.kind is PassKind.FULL:
        mine.total = page.total
        if run.cursor == 0:
            mine.sequence, mine.journal = page.sequence, page.journal
    listed = run.source is not PassSource.ROSTER
    if page.everybody is not None:
        mine.strangers = _strangers(session, mine, page.everybody)
    takings: list[Taken] = [
        directory.take_page(
            session,
            run.school_id,
            page.people,
            rules,
            write=write,
            listed=listed,
            add=listed or not mine.strangers,
        )
    ]
    if write and listed and run.kind is PassKind.FULL:
        until = None if page.last else page.cursor
        present = [person.id for person in page.people]
        directory.note_missing(session, run.school_id, run.pass_id, run.cursor, until, present)
    for ids, deleted in ((page.left, False), (page.deleted, True)):
        if ids:
            takings.append(
                directory.take_departures(session, run.school_id, ids, rules.now, deleted=deleted, write=write)
            )
    for taken in takings:
        counts = taken.counts
        mine.seen += counts.seen
        mine.created += counts.created
        mine.updated += counts.updated
        mine.differences += counts.differences
        mine.leaving += counts.leaving
        mine.returned += counts.returned
        if run.dry_run:
            run.outcome.lines += taken.lines
    if run.dry_run:
        run.seen.update(person.id for person in page.people)
        run.seen.update(page.left, page.deleted)
        return
    if run.kind is PassKind.DELTA:
        _continue_at(session, run.school_id, page.cursor, run.site.journal)
    first = run.site.first_curator_moodle_id
    if first is not None and any(person.id == first for person in page.people):
        appoint_first_curator(session, system_actor(run.school_id, "plugin"), first, rules.now)


def _strangers(session: Session, mine: SyncPass, everybody: Sequence[int]) -> int:
    """How many of a course's members are too many to be taken for new staff; 0: they may be. A directory that is still
    empty takes them all: the course «Mentoring» is then the only word about who works here.
    """
    unknown = directory.unknown_among(session, mine.school_id, everybody)
    active = _active_before(session, mine)
    few = unknown <= NEW_ANYWAY or unknown * 100 <= active * NEW_PERCENT
    return 0 if few or active == 0 else unknown


def _continue_at(session: Session, school_id: int, sequence: int | None, journal: str | None) -> None:
    session.execute(
        update(MoodleSite).where(MoodleSite.school_id == school_id).values(sequence=sequence, journal=journal),
        execution_options={"synchronize_session": False},
    )


def _too_many_left(session: Session, mine: SyncPass, page: Page) -> bool:
    """Whether a delta names so many leavers that the question is due: only a full pass asks it."""
    if not page.left:
        return False
    leaving = directory.active_among(session, mine.school_id, page.left) + mine.leaving
    return would_ask(leaving, _active_before(session, mine))


def _active_before(session: Session, mine: SyncPass) -> int:
    """Active staff as the pass found it. Who came or came back with it doesn't count: another cohort chosen by mistake
    must not hide its losses behind its newcomers.
    """
    active = session.scalars(
        select(func.count())
        .select_from(Person)
        .where(Person.school_id == mine.school_id, Person.status == StaffStatus.ACTIVE)
    ).one()
    return active if mine.dry_run else active - mine.created - mine.returned + mine.leaving


def _end(session: Session, runtime: Runtime, run: _Run, mine: SyncPass, page: Page) -> None:
    """The last page is in: only now, and only if the numbers add up, may anybody be thought missing."""
    now = runtime.clock.now()
    jobs = runtime.jobs
    if run.kind is PassKind.DELTA or run.source is PassSource.ROSTER:
        # Who isn't enrolled in a course may well work at the school: a roster makes nobody missing.
        service.finish(session, jobs, mine, PassState.DONE, now)
        return
    if mine.seen != page.total:
        code = IncompleteAnswer.code if page.sequence == mine.sequence else CHANGED_MEANWHILE
        service.finish(session, jobs, mine, PassState.FAILED, now, code)
        return
    if run.dry_run:
        missing = [
            person for person in directory.not_kept(session, run.school_id) if person.moodle_user_id not in run.seen
        ]
        mine.leaving += len(missing)
        run.outcome.lines += [Line("leaving", person.moodle_user_id, person.full_name) for person in missing]
        service.finish(session, jobs, mine, PassState.DONE, now)
        return
    _continue_at(session, run.school_id, mine.sequence, mine.journal)
    service.supersede_questions(session, run.school_id, run.pass_id, now)
    missing = list(directory.unseen(session, run.school_id, run.pass_id))
    # Whom a delta marked before it turned into this full pass belongs to the same loss.
    if would_ask(len(missing) + mine.leaving, _active_before(session, mine)):
        service.finish(session, jobs, mine, PassState.ASKING, now)
        return
    mine.leaving += directory.mark_leaving(session, missing, now)
    service.finish(session, jobs, mine, PassState.DONE, now)


def _fail(runtime: Runtime, run: _Run, code: str) -> None:
    with runtime.db.unit_of_work() as session:
        mine = _mine(session, run)
        if mine is not None:
            service.finish(session, runtime.jobs, mine, PassState.FAILED, runtime.clock.now(), code)
