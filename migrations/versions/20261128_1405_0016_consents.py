"""consents with their texts, scans, addresses on the web, and what is to be done after a consent ended"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("ended_at IS NULL")
_TO_DO = sa.text("done_at IS NULL")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "consent_text",
        sa.Column("school_id", number, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "processing_mentee",
                "processing_mentor",
                "mentor_work",
                "dissemination",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", number, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("written_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by", number, nullable=True),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_consent_text_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_consent_text_school_id_id")),
        sa.UniqueConstraint("school_id", "kind", "version", name=op.f("uq_consent_text_school_id_kind_version")),
    )
    op.create_table(
        "local_act",
        sa.Column("school_id", number, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("act_date", sa.Date(), nullable=False),
        sa.Column("began_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_local_act_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_act")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_local_act_school_id_id")),
    )
    op.create_index(
        "uq_local_act_now", "local_act", ["school_id"], unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE
    )
    op.create_table(
        "public_address",
        sa.Column("school_id", number, nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_public_address_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_address")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_public_address_school_id_id")),
        sa.UniqueConstraint("school_id", "url", name=op.f("uq_public_address_school_id_url")),
    )
    op.create_table(
        "scan",
        sa.Column("school_id", number, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("pdf", "jpeg", "png", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("size", number, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_content", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("kept_by", number, nullable=True),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_scan_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_scan_school_id_id")),
    )
    op.create_table(
        "consent",
        sa.Column("school_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "processing_mentee",
                "processing_mentor",
                "mentor_work",
                "dissemination",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "form",
            sa.Enum("paper", "mark", name="form", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("text_id", number, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("scan_id", number, nullable=True),
        sa.Column("act_id", number, nullable=True),
        sa.Column("launch_id", number, nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", number, nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_why",
            sa.Enum(
                "withdrawn",
                "expired",
                "replaced",
                name="ended_why",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("id", number, nullable=False),
        sa.CheckConstraint("(form = 'paper') = (number IS NOT NULL)", name=op.f("ck_consent_numbered")),
        sa.CheckConstraint(
            "form = 'paper' AND act_id IS NULL OR form = 'mark' AND act_id IS NOT NULL AND launch_id IS NOT NULL "
            "AND kind IN ('processing_mentee', 'processing_mentor') AND scan_id IS NULL",
            name=op.f("ck_consent_evidence"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_consent_ended")),
        sa.CheckConstraint("valid_until >= given_on", name=op.f("ck_consent_term")),
        sa.ForeignKeyConstraint(
            ["school_id", "act_id"], ["local_act.school_id", "local_act.id"], name=op.f("fk_consent_school_id_act_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"], ["person.school_id", "person.id"], name=op.f("fk_consent_school_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "scan_id"], ["scan.school_id", "scan.id"], name=op.f("fk_consent_school_id_scan_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "text_id"],
            ["consent_text.school_id", "consent_text.id"],
            name=op.f("fk_consent_school_id_text_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_consent_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_consent_school_id_id")),
    )
    op.create_index("ix_consent_person", "consent", ["school_id", "person_id", "id"], unique=False)
    op.create_index(
        "ix_consent_term",
        "consent",
        ["school_id", "valid_until", "id"],
        unique=False,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    op.create_index(
        "uq_consent_in_force",
        "consent",
        ["school_id", "kind", "form", "person_id"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    op.create_table(
        "consent_duty",
        sa.Column("school_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("consent_id", number, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("destroy", "take_down", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", number, nullable=True),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "consent_id"],
            ["consent.school_id", "consent.id"],
            name=op.f("fk_consent_duty_school_id_consent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_consent_duty_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_consent_duty_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_duty")),
    )
    op.create_index(
        "ix_consent_duty_open",
        "consent_duty",
        ["school_id", "due_on", "id"],
        unique=False,
        sqlite_where=_TO_DO,
        postgresql_where=_TO_DO,
    )
    op.create_table(
        "dissemination_permit",
        sa.Column("school_id", number, nullable=False),
        sa.Column("consent_id", number, nullable=False),
        sa.Column("address_id", number, nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "name",
                "position",
                "photo",
                "video",
                "achievements",
                "contacts",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "address_id"],
            ["public_address.school_id", "public_address.id"],
            name=op.f("fk_dissemination_permit_school_id_address_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "consent_id"],
            ["consent.school_id", "consent.id"],
            name=op.f("fk_dissemination_permit_school_id_consent_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_dissemination_permit_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissemination_permit")),
        sa.UniqueConstraint(
            "school_id",
            "consent_id",
            "address_id",
            "category",
            name="uq_dissemination_permit",
        ),
    )
    op.create_index(
        "ix_dissemination_permit_address", "dissemination_permit", ["school_id", "address_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_dissemination_permit_address", table_name="dissemination_permit")
    op.drop_table("dissemination_permit")
    op.drop_index("ix_consent_duty_open", table_name="consent_duty")
    op.drop_table("consent_duty")
    op.drop_index("uq_consent_in_force", table_name="consent")
    op.drop_index("ix_consent_term", table_name="consent")
    op.drop_index("ix_consent_person", table_name="consent")
    op.drop_table("consent")
    op.drop_table("scan")
    op.drop_table("public_address")
    op.drop_index("uq_local_act_now", table_name="local_act")
    op.drop_table("local_act")
    op.drop_table("consent_text")
