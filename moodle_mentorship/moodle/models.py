"""The school's Moodle: LTI registrations, the web-service connection, and what waits to be written back (outbox)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, SchoolScoped, SealedText, same_school, stored_enum
from moodle_mentorship.moodle.enums import OutboxState


class Platform(SchoolScoped, Base):
    """One LTI 1.3 registration. Moodle gives each a client id and a deployment id under the same issuer, so only
    the three together say which school a launch belongs to.
    """

    __tablename__ = "platform"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("issuer", "client_id", "deployment_id"),
    )

    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    deployment_id: Mapped[str] = mapped_column(String(255))
    auth_url: Mapped[str] = mapped_column(String(1000))
    token_url: Mapped[str] = mapped_column(String(1000))
    jwks_url: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    # The platform's public keys as last fetched: when its JWKS is down, launches go on with these.
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    jwks_fetched_at: Mapped[datetime | None]
    # When we last asked for them, also in vain: unknown key ids must not make us ask again and again.
    jwks_tried_at: Mapped[datetime | None]


class MoodleSite(SchoolScoped, Base):
    """The connection to the school's Moodle that the plugin's set-up handed over: one for a school."""

    __tablename__ = "moodle_site"
    __table_args__ = (UniqueConstraint("school_id"), UniqueConstraint("issuer"))

    issuer: Mapped[str] = mapped_column(String(500))
    url: Mapped[str] = mapped_column(String(500))
    name: Mapped[str] = mapped_column(String(300))
    moodle_version: Mapped[str] = mapped_column(String(40))
    # Null: a Moodle without our plugin, read by core cohort functions.
    plugin_version: Mapped[str | None] = mapped_column(String(40))
    rest_url: Mapped[str] = mapped_column(String(1000))
    sealed_token: Mapped[str] = mapped_column(SealedText)
    sealed_webhook_secret: Mapped[str | None] = mapped_column(SealedText)
    course_id: Mapped[int]
    course_url: Mapped[str] = mapped_column(String(1000))
    cohort_id: Mapped[int]
    cohort_name: Mapped[str] = mapped_column(String(300))
    student_role_id: Mapped[int]
    # Custom profile fields that this Moodle has: [{"shortname", "name", "datatype"}].
    profile_fields: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    # Our field -> short name of Moodle's custom profile field, chosen by the administrator.
    field_map: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # Where the next delta continues in the plugin's journal, and which journal that is.
    sequence: Mapped[int | None]
    journal: Mapped[str | None] = mapped_column(String(64))
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Named by the plugin's set-up before the directory was here: becomes curator when a pass brings this person.
    first_curator_moodle_id: Mapped[int | None]
    connected_at: Mapped[datetime]
    # The newest `connect` message that was acted upon; it, and any older one, does nothing when it comes again.
    connect_delivery: Mapped[str | None] = mapped_column(String(64))
    connect_signed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class RosterAddress(SchoolScoped, Base):
    """Where a course's members can be read (NRPS), as a launch from that course named it."""

    __tablename__ = "roster_address"
    __table_args__ = (
        UniqueConstraint("school_id", "platform_id", "context_id"),
        same_school("platform_id", "platform"),
    )

    platform_id: Mapped[int]
    context_id: Mapped[str] = mapped_column(String(255))
    memberships_url: Mapped[str] = mapped_column(String(1000))


class ToolKey(Base):
    """A private key of this installation (not of a school: platforms read one JWKS); `moodle.keys` tells its life.

    What a key is follows from the clock alone, so that no job has to be on time: announced before `signs_from`, kept
    for verification once a later one signs, gone at `retires_at`.
    """

    __tablename__ = "tool_key"
    __table_args__ = (UniqueConstraint("kid"),)

    kid: Mapped[str] = mapped_column(String(64))
    # PEM.
    sealed_private_key: Mapped[str] = mapped_column(SealedText)
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
    # Null: nothing replaces it yet.
    retires_at: Mapped[datetime | None]


class OutboxItem(SchoolScoped, Base):
    """What must reach Moodle. Written in the transaction of the act itself, delivered after its commit.

    Items of one stream (such as "space:12") are delivered in the order of their ids; a handler reads Moodle first
    and adopts what already stands there, so that a delivery cut half-way is simply repeated.
    """

    __tablename__ = "outbox_item"
    __table_args__ = (
        Index("ix_outbox_item_due", "state", "due_at"),
        Index("ix_outbox_item_stream", "school_id", "stream", "id"),
        Index("ix_outbox_item_state", "school_id", "state", "id"),
    )

    stream: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[OutboxState] = mapped_column(stored_enum(OutboxState, "state"), default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # A worker that died keeps its item only until then.
    claimed_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(String(60))


class WebhookDelivery(SchoolScoped, Base):
    """A signed message that was accepted, kept so that a replay does nothing."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (UniqueConstraint("school_id", "delivery"),)

    delivery: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
