"""Invitations, consumed login states, launches and browser sessions."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moodle_mentorship.core.db import Base, BigId, SchoolScoped, SealedText, same_school


class Invitation(SchoolScoped, Base):
    """A single-use code that lets one Moodle be connected to one school."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("code_hash"),)

    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ConsumedState(Base):
    """A login state that was used. It is written only after the token's signature holds, so a flood of logins or of
    forged tokens grows no row; the unique key makes a replay fail (see docs/decisions/0003-signed-login-state.md).
    """

    __tablename__ = "consumed_state"
    __table_args__ = (UniqueConstraint("state_id"), Index("ix_consumed_state_expires_at", "expires_at"))

    school_id: Mapped[int] = mapped_column(BigId, ForeignKey("school.id"))
    state_id: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class Launch(SchoolScoped, Base):
    """A verified launch: who came, when, to which page, with which role URIs, and whether we let them in."""

    __tablename__ = "launch"
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        same_school("platform_id", "platform"),
        same_school("person_id", "person"),
    )

    platform_id: Mapped[int]
    moodle_user_id: Mapped[int]
    # Null: not in the directory.
    person_id: Mapped[int | None]
    at: Mapped[datetime]
    site_administrator: Mapped[bool] = mapped_column(Boolean)
    roles: Mapped[list[str]] = mapped_column(JSON)
    context_id: Mapped[str | None] = mapped_column(String(255))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    # Null: let in; otherwise the code of the page shown instead.
    refused: Mapped[str | None] = mapped_column(String(60))


class Placing(SchoolScoped, Base):
    """Moodle's question which of our pages to place, beside the launch that brought it. Gone once it is answered."""

    __tablename__ = "placing"
    __table_args__ = (UniqueConstraint("school_id", "launch_id"), same_school("launch_id", "launch"))

    launch_id: Mapped[int]
    # JSON of verifier.PlacingRequest: Moodle's return address holds its session key.
    sealed_request: Mapped[str] = mapped_column(SealedText)
    asked_at: Mapped[datetime]


class BrowserSession(SchoolScoped, Base):
    """What a launch opened. The browser holds an opaque handle, we hold its hash."""

    __tablename__ = "browser_session"
    __table_args__ = (
        UniqueConstraint("handle_hash"),
        same_school("person_id", "person"),
        same_school("launch_id", "launch"),
    )

    handle_hash: Mapped[str] = mapped_column(String(64))
    csrf_token: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None]
    launch_id: Mapped[int]
    site_administrator: Mapped[bool] = mapped_column(Boolean)
    # The role whose tabs the person looks at; authority always comes from all their roles.
    active_role: Mapped[str | None] = mapped_column(String(40))
    # The platform's origin, for frame-ancestors and the frame-height message.
    frame_origin: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
