"""Settings: read once from the environment, frozen, every missing or wrong key named at once.

Each key is described in docs/operations.md (a guard test compares the two).
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from cryptography.fernet import Fernet

# Printed in the documentation and used by `make demo`: production refuses to start with it.
DEMO_ENCRYPTION_KEY = "ZGVtby1rZXktZGVtby1rZXktZGVtby1rZXktZGVtbyE="

# Languages that have a catalogue of messages.
LOCALES = ("ru", "en")

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class Environment(enum.StrEnum):
    """What this installation is for; it decides how strict the start-up is."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"


class SettingsError(Exception):
    """Start-up is refused. `problems` holds one sentence for each key that is missing or wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Settings are not usable:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only mean this machine (RFC 6761 § 6.3 reserves ``*.localhost`` for it)."""
    return host is not None and (host in LOOPBACK_HOSTS or host.endswith(".localhost"))


@dataclass(frozen=True, repr=False)
class Settings:
    """All that can be set from outside. Secrets never show in `repr`."""

    environment: Environment
    base_url: str
    database_url: str
    encryption_keys: tuple[str, ...]
    redis_url: str | None
    data_dir: Path
    debug: bool
    trusted_proxies: int
    # Networks behind no public address where schools' Moodles may stand.
    private_networks: tuple[IPv4Network | IPv6Network, ...]
    # By what the numbers of web/limits.py are multiplied; 0 switches them off.
    rate_limits: int
    # Bearer token of the monitoring; None: there are no metrics to be had over HTTP.
    metrics_token: str | None
    default_locale: str
    timezone: str

    def __repr__(self) -> str:
        return f"<Settings {self.environment} {self.base_url}>"

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port of our own address, as a browser writes it in `Origin`."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def embedded_cookies(self) -> bool:
        """Whether cookies carry `Secure; SameSite=None; Partitioned` (needed inside another site's frame).

        Only the demonstration does without: there Moodle and sidecar are one site on plain http, and Safari
        drops `Secure` cookies on http://127.0.0.1.
        """
        return self.environment is not Environment.DEMO

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read `MENTORSHIP_*` keys.

        Raises `SettingsError` naming every problem. In production plain http, the demonstration key and debug
        mode are problems.
        """
        problems: list[str] = []

        def required(key: str) -> str:
            value = env.get(key, "").strip()
            if not value:
                problems.append(f"{key} is not set")
            return value

        environment = Environment.PRODUCTION
        try:
            environment = Environment(env.get("MENTORSHIP_ENV", Environment.PRODUCTION))
        except ValueError:
            problems.append(f"MENTORSHIP_ENV must be one of: {', '.join(Environment)}")

        base_url = required("MENTORSHIP_BASE_URL").rstrip("/")
        if base_url:
            parts = urlsplit(base_url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
                problems.append("MENTORSHIP_BASE_URL must be an address without a path, such as https://mentor.example")
            elif parts.scheme == "http" and environment is Environment.PRODUCTION:
                problems.append("MENTORSHIP_BASE_URL must start with https:// in production")
            elif parts.scheme == "http" and not is_loopback(parts.hostname):
                problems.append("MENTORSHIP_BASE_URL may be plain http only on this machine (localhost)")

        keys = tuple(key.strip() for key in required("MENTORSHIP_ENCRYPTION_KEYS").split(",") if key.strip())
        for position, key in enumerate(keys, start=1):
            try:
                Fernet(key)
            except ValueError:
                problems.append(f"MENTORSHIP_ENCRYPTION_KEYS: key {position} is not a Fernet key (mentorship keys new)")
        if DEMO_ENCRYPTION_KEY in keys and environment is Environment.PRODUCTION:
            problems.append(
                "MENTORSHIP_ENCRYPTION_KEYS holds the demonstration key; make your own: mentorship keys new"
            )

        debug = env.get("MENTORSHIP_DEBUG", "0") == "1"
        if debug and environment is Environment.PRODUCTION:
            problems.append("MENTORSHIP_DEBUG must be off in production")

        trusted_proxies = env.get("MENTORSHIP_TRUSTED_PROXIES", "0")
        if not trusted_proxies.isascii() or not trusted_proxies.isdigit():
            problems.append("MENTORSHIP_TRUSTED_PROXIES must be a number, such as 1")

        rate_limits = env.get("MENTORSHIP_RATE_LIMITS", "1")
        if not rate_limits.isascii() or not rate_limits.isdigit():
            problems.append("MENTORSHIP_RATE_LIMITS must be a number, such as 1, or 0 for none")

        named = env.get("MENTORSHIP_PRIVATE_NETWORKS", "").split(",")
        networks: tuple[IPv4Network | IPv6Network, ...] = ()
        try:
            networks = tuple(ip_network(name.strip()) for name in named if name.strip())
        except ValueError:
            problems.append("MENTORSHIP_PRIVATE_NETWORKS must be networks such as 10.20.0.0/16,fd12:3456::/32")

        metrics_token = env.get("MENTORSHIP_METRICS_TOKEN", "").strip() or None
        if metrics_token is not None and (len(metrics_token) < 16 or not metrics_token.isascii()):
            problems.append("MENTORSHIP_METRICS_TOKEN must have 16 characters or more (openssl rand -hex 32)")

        locale = env.get("MENTORSHIP_LOCALE", "ru")
        if locale not in LOCALES:
            problems.append(f"MENTORSHIP_LOCALE must be one of: {', '.join(LOCALES)}")
        timezone = env.get("MENTORSHIP_TIMEZONE", "Europe/Moscow")
        if timezone not in available_timezones():
            problems.append("MENTORSHIP_TIMEZONE must be a zone such as Europe/Moscow")

        settings = cls(
            environment=environment,
            base_url=base_url,
            database_url=required("MENTORSHIP_DATABASE_URL"),
            encryption_keys=keys,
            redis_url=env.get("MENTORSHIP_REDIS_URL") or None,
            data_dir=Path(env.get("MENTORSHIP_DATA_DIR", "var")),
            debug=debug,
            trusted_proxies=0 if problems else int(trusted_proxies),
            private_networks=networks,
            rate_limits=0 if problems else int(rate_limits),
            metrics_token=metrics_token,
            default_locale=locale,
            timezone=timezone,
        )
        if problems:
            raise SettingsError(problems)
        return settings
