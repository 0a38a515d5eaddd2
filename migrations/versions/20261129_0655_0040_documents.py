"""documents: their life, templates, registers, acquaintance"""

import sqlalchemy as sa
from alembic import op

from moodle_mentorship.core.db import UtcDateTime

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "register",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "orders",
                "agreements",
                "letters",
                "papers",
                name=op.f("ck_register_code"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "numbering",
            sa.Enum(
                "typed",
                "issued",
                name=op.f("ck_register_numbering"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("pattern", sa.String(length=40), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("pattern LIKE '%{n}%'", name=op.f("ck_register_pattern")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_register_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_register_school_id_code")),
    )
    op.create_table(
        "register_year",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "orders",
                "agreements",
                "letters",
                "papers",
                name=op.f("ck_register_year_code"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("year", NUMBER, nullable=False),
        sa.Column("last_number", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_register_year_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_year")),
        sa.UniqueConstraint("school_id", "code", "year", name=op.f("uq_register_year_school_id_code_year")),
    )
    op.create_table(
        "template",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "shipped",
                "school",
                name=op.f("ck_template_origin"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", NUMBER, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(origin = 'school') = (version IS NOT NULL)", name=op.f("ck_template_version")),
        sa.CheckConstraint("origin = 'school' OR NOT in_use", name=op.f("ck_template_in_use")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_template_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_template_school_id_id")),
        sa.UniqueConstraint(
            "school_id", "kind", "sha256", "origin", name=op.f("uq_template_school_id_kind_sha256_origin")
        ),
    )
    op.create_index(
        "uq_template_in_use",
        "template",
        ["school_id", "kind"],
        unique=True,
        sqlite_where=sa.text("in_use IS 1"),
        postgresql_where=sa.text("in_use IS true"),
    )
    op.create_index(
        "uq_template_version",
        "template",
        ["school_id", "kind", "version"],
        unique=True,
        sqlite_where=sa.text("version IS NOT NULL"),
        postgresql_where=sa.text("version IS NOT NULL"),
    )
    op.create_table(
        "document",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("heading", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "for_signature",
                "signed",
                "registered",
                "cancelled",
                name=op.f("ck_document_state"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_by", NUMBER, nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("template_id", NUMBER, nullable=True),
        sa.Column("sealed_values", sa.Text(), nullable=True),
        sa.Column("check_code", sa.String(length=40), nullable=True),
        sa.Column("signer_person_id", NUMBER, nullable=True),
        sa.Column("laid_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("laid_by", NUMBER, nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("returned_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("returned_by", NUMBER, nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("signed_by", NUMBER, nullable=True),
        sa.Column("scan_id", NUMBER, nullable=True),
        sa.Column("sealed_signature", sa.Text(), nullable=True),
        sa.Column("signature_holder", sa.String(length=500), nullable=True),
        sa.Column(
            "register",
            sa.Enum(
                "orders",
                "agreements",
                "letters",
                "papers",
                name=op.f("ck_document_register"),
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("register_year", NUMBER, nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("registered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("registered_by", NUMBER, nullable=True),
        sa.Column("sealed_content", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("acquaint_until", sa.Date(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_document_cancelled")),
        sa.CheckConstraint(
            "(state = 'draft') = (laid_at IS NULL) AND (laid_at IS NULL) = (sealed_values IS NULL)"
            " AND (laid_at IS NULL) = (template_id IS NULL) AND (laid_at IS NULL) = (check_code IS NULL)",
            name=op.f("ck_document_frozen"),
        ),
        sa.CheckConstraint("state <> 'registered' OR number IS NOT NULL", name=op.f("ck_document_registered")),
        sa.CheckConstraint(
            "state NOT IN ('signed', 'registered') OR signed_at IS NOT NULL", name=op.f("ck_document_signed_state")
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (registered_at IS NULL) AND (number IS NULL) = (register_year IS NULL)"
            " AND (number IS NULL) = (sealed_content IS NULL) AND (number IS NULL) = (sha256 IS NULL)",
            name=op.f("ck_document_numbered"),
        ),
        sa.CheckConstraint(
            "(signature_holder IS NULL) = (sealed_signature IS NULL)", name=op.f("ck_document_signature")
        ),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_on IS NULL)", name=op.f("ck_document_signed")),
        sa.ForeignKeyConstraint(
            ["school_id", "cancelled_by_id"],
            ["document.school_id", "document.id"],
            name=op.f("fk_document_school_id_cancelled_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "scan_id"], ["scan.school_id", "scan.id"], name=op.f("fk_document_school_id_scan_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "signer_person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_document_school_id_signer_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "template_id"],
            ["template.school_id", "template.id"],
            name=op.f("fk_document_school_id_template_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_document_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("check_code", name=op.f("uq_document_check_code")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_document_school_id_id")),
        sa.UniqueConstraint(
            "school_id",
            "register",
            "register_year",
            "number",
            name=op.f("uq_document_school_id_register_register_year_number"),
        ),
    )
    op.create_index("ix_document_kind", "document", ["school_id", "kind", "id"])
    op.create_index("ix_document_state", "document", ["school_id", "state", "id"])
    op.create_table(
        "acquaintance",
        sa.Column("school_id", NUMBER, nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=620), nullable=False),
        sa.Column("post", sa.String(length=300), nullable=True),
        sa.Column("acquainted_on", sa.Date(), nullable=True),
        sa.Column("noted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("noted_by", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "document_id"],
            ["document.school_id", "document.id"],
            name=op.f("fk_acquaintance_school_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("fk_acquaintance_school_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_acquaintance_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acquaintance")),
        sa.UniqueConstraint(
            "school_id", "document_id", "person_id", name=op.f("uq_acquaintance_school_id_document_id_person_id")
        ),
    )
    op.create_index("ix_acquaintance_person", "acquaintance", ["school_id", "person_id"])


def downgrade() -> None:
    op.drop_index("ix_acquaintance_person", "acquaintance")
    op.drop_table("acquaintance")
    op.drop_index("ix_document_state", "document")
    op.drop_index("ix_document_kind", "document")
    op.drop_table("document")
    op.drop_index("uq_template_version", "template")
    op.drop_index("uq_template_in_use", "template")
    op.drop_table("template")
    op.drop_table("register_year")
    op.drop_table("register")
