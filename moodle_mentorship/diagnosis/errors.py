"""What a scraper may not do."""

from moodle_mentorship.core.errors import DomainError
from moodle_mentorship.core.i18n import N_


class MetricsRefused(DomainError):
    """No bearer token, or another one than the setting names."""

    code = "metrics_refused"
    status = 401
    title = N_("Metrics are for the monitoring alone")
    advice = N_("Send the value of MENTORSHIP_METRICS_TOKEN as a bearer token.")
