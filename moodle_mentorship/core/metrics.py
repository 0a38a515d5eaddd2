"""What this process counts for Prometheus. Labels are names of our own code: never a path, a school or a person.

Counts live as long as the process. What stands in rows (queues, passes) is read from them at a scrape instead, so that
every process tells the same of it (`diagnosis/gauges.py`).
"""

import threading
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

from moodle_mentorship import __version__

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

#: Seconds. A page takes hundredths; what asks a Moodle takes seconds.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: A pass over 50,000 people takes a minute and more.
_JOB_BUCKETS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

_requests = Counter("mentorship_requests", "Answered requests.", ["endpoint", "method", "status"], registry=REGISTRY)
_request_seconds = Histogram(
    "mentorship_request_seconds",
    "Time from a request to its answer.",
    ["endpoint"],
    buckets=_BUCKETS,
    registry=REGISTRY,
)
_refusals = Counter("mentorship_refusals", "Requests refused with a code.", ["endpoint", "code"], registry=REGISTRY)
_jobs = Counter("mentorship_jobs", "Background jobs that ran.", ["job", "outcome"], registry=REGISTRY)
_job_seconds = Histogram(
    "mentorship_job_seconds", "Time that a background job took.", ["job"], buckets=_JOB_BUCKETS, registry=REGISTRY
)
Counter("mentorship_build", "The running version.", ["version"], registry=REGISTRY).labels(__version__).inc()


def count_request(endpoint: str | None, method: str, status: int, seconds: float) -> None:
    """`endpoint` None: an address that is none of ours. A made-up method must not grow the labels."""
    name = endpoint or "none"
    _requests.labels(name, method if method in _METHODS else "other", str(status)).inc()
    _request_seconds.labels(name).observe(seconds)


def count_refusal(endpoint: str | None, code: str) -> None:
    _refusals.labels(endpoint or "none", code).inc()


def count_job(job: str, outcome: str, seconds: float) -> None:
    """`outcome`: "done" or "failed"; a job that failed is found by the sweep and runs again."""
    _jobs.labels(job, outcome).inc()
    _job_seconds.labels(job).observe(seconds)


def serve_alone(host: str, port: int) -> tuple[WSGIServer, threading.Thread]:
    """Answer scrapes of a process that serves no pages (a worker) on an address of its own; the server and its thread.

    Nobody is asked who they are there: the address belongs into a network that only the monitoring reaches.
    """
    return start_http_server(port, addr=host, registry=REGISTRY)
