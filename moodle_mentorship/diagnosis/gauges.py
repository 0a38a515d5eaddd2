"""Gauges that are read from the rows at a scrape: any web process tells them for the whole installation.

Counts alone, over all schools: 2,000 schools as labels would be 2,000 series each, and nobody's business.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from moodle_mentorship.core.logging import get_logger
from moodle_mentorship.core.runtime import Runtime
from moodle_mentorship.diagnosis import installation, queries
from moodle_mentorship.diagnosis.records import DAY, FULL_LATE

#: Seconds for which an answer is kept: several scrapers, or an impatient one, cost no more than one.
FRESH = 15.0

log = get_logger("diagnosis")


class Gauges:
    """The text of the gauges; `monotonic` stands in for time in tests."""

    def __init__(self, runtime: Runtime, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._runtime = runtime
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._text = b""
        self._until = -1.0

    def text(self) -> bytes:
        """Exposition format. A database that is down leaves `mentorship_database_up 0`, and the rest out."""
        with self._lock:
            if self._monotonic() >= self._until:
                registry = CollectorRegistry()
                registry.register(_Rows(self._runtime))
                self._text = generate_latest(registry)
                self._until = self._monotonic() + FRESH
            return self._text


class _Rows:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        pool = self._runtime.db.engine.pool
        if isinstance(pool, QueuePool):
            yield _gauge("database_connections", "Connections of this process that are in use.", pool.checkedout())
        try:
            yield from [*self._read(), _gauge("database_up", "Whether the database answers.", 1)]
        except SQLAlchemyError as error:
            log.warning("gauges_unread", error=type(error).__name__)
            yield _gauge("database_up", "Whether the database answers.", 0)

    def _read(self) -> Iterator[Metric]:
        now = self._runtime.clock.now()
        with self._runtime.db.unit_of_work(read_only=True) as session:
            items = GaugeMetricFamily(
                "mentorship_outbox_items", "Changes that have not reached Moodle.", labels=["state"]
            )
            counts = queries.outbox_counts(session)
            for state in ("waiting", "sending", "stuck"):
                items.add_metric([state], counts.get(state, 0))
            yield items
            due = queries.oldest_due(session, now)
            yield _gauge(
                "outbox_oldest_due_seconds",
                "How long the change that waits longest has been due.",
                (now - due).total_seconds() if due is not None else 0,
            )
            passes = GaugeMetricFamily(
                "mentorship_sync_passes_last_day", "Passes that ended within a day.", labels=["kind", "state"]
            )
            for (kind, state), count in sorted(queries.recent_passes(session, now - DAY).items()):
                passes.add_metric([kind, state], count)
            yield passes
            yield _gauge(
                "schools_behind",
                "Connected schools without a full pass in 36 hours.",
                queries.schools_behind(session, now - FULL_LATE),
            )
            late = installation.overdue(session, self._runtime)
            yield _gauge(
                "jobs_overdue_seconds",
                "How long the periodic job that waits longest has been due; a worker must come by every minute.",
                late.total_seconds() if late is not None else timedelta(days=365).total_seconds(),
            )


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"mentorship_{name}", documentation, value=value)
