"""The spine: log head, instance, records, events, graph, grants, identities, members, credentials, jobs, cursors.

Record, event, edge and visibility_grant are partitioned on PostgreSQL from here on; their partitions are made by the
store itself (`store.partitions`), never by a migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
DIGEST = sa.LargeBinary()
DECIMAL = sa.Numeric().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    _create_log()
    _create_graph()
    _create_members()
    _create_work()


def _create_log() -> None:
    op.create_table(
        "log_head",
        sa.Column("id", SMALL, autoincrement=False, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("grants", BIG, nullable=False),
        sa.Column("nodes", BIG, nullable=False),
        sa.Column("directory_version", BIG, nullable=False),
        sa.Column("stored_at", BIG, nullable=False),
        sa.Column("partitioned_to", BIG, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_log_head_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_log_head"),
    )
    op.create_table(
        "instance",
        sa.Column("id", SMALL, autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_instance_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )
    op.create_table(
        "record",
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("stored_at", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("key_id", BIG, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("disclosures", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("log_index", name="pk_record"),
        postgresql_partition_by="RANGE (log_index)",
    )
    op.create_index(
        "ix_record_key_entries",
        "record",
        ["log_index"],
        postgresql_where=sa.text("kind = 5"),
        sqlite_where=sa.text("kind = 5"),
    )
    op.create_table(
        "event",
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", SMALL, nullable=False),
        sa.Column("action", SMALL, nullable=True),
        sa.Column("biz_step", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("earliest", BIG, nullable=False),
        sa.Column("latest", BIG, nullable=False),
        sa.Column("declares_error", sa.Boolean(), nullable=False),
        sa.Column("transformation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("log_index", name="pk_event"),
        postgresql_partition_by="RANGE (log_index)",
    )
    op.create_index(
        "ix_event_declaration",
        "event",
        ["event_id"],
        postgresql_using="hash",
        postgresql_where=sa.text("declares_error"),
        sqlite_where=sa.text("declares_error = 1"),
    )
    op.create_index("ix_event_event_id", "event", ["event_id"], postgresql_using="hash")
    op.create_index(
        "ix_event_transformation_id",
        "event",
        ["transformation_id"],
        postgresql_using="hash",
        postgresql_where=sa.text("transformation_id IS NOT NULL"),
        sqlite_where=sa.text("transformation_id IS NOT NULL"),
    )


def _create_graph() -> None:
    op.create_table(
        "edge",
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("role", SMALL, nullable=False),
        sa.Column("quantity", DECIMAL, nullable=True),
        sa.Column("uom", sa.Text(), nullable=True),
        sa.Column("earliest", BIG, nullable=False),
        sa.Column("latest", BIG, nullable=False),
        sa.PrimaryKeyConstraint("log_index", "ordinal", name="pk_edge"),
        postgresql_partition_by="RANGE (log_index)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_edge_node_id", "edge", ["node_id", "log_index", "role"])
    op.create_table(
        "node",
        sa.Column("node_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.PrimaryKeyConstraint("node_id", name="pk_node"),
    )
    op.create_index("ix_node_key", "node", ["key"], postgresql_using="hash")
    op.create_table(
        "visibility_grant",
        sa.Column("audience", BIG, autoincrement=False, nullable=False),
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("grant_no", BIG, nullable=False),
        sa.Column("cause", SMALL, nullable=False),
        sa.PrimaryKeyConstraint("audience", "log_index", name="pk_visibility_grant"),
        postgresql_partition_by="RANGE (log_index)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_visibility_grant_number", "visibility_grant", ["grant_no"])
    op.create_index("ix_visibility_grant_stream", "visibility_grant", ["audience", "grant_no"])
    op.create_table(
        "digest",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("content", DIGEST, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_digest"),
        sqlite_with_rowid=False,
    )


def _create_members() -> None:
    op.create_table(
        "member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sharing", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("uri", name="uq_member_uri"),
    )
    op.create_table(
        "member_identifier",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_member_identifier_member_id"),
        sa.PrimaryKeyConstraint("key", name="pk_member_identifier"),
    )
    op.create_index("ix_member_identifier_member_id", "member_identifier", ["member_id"])
    op.create_table(
        "member_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=False),
        sa.Column("registered_at", BIG, nullable=False),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_member_key_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_member_key"),
        sa.UniqueConstraint("kid", name="uq_member_key_kid"),
    )
    op.create_index("ix_member_key_member_id", "member_key", ["member_id"])
    op.create_table(
        "api_token",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_api_token_member_id"),
        sa.PrimaryKeyConstraint("prefix", name="pk_api_token"),
    )
    op.create_index("ix_api_token_member_id", "api_token", ["member_id"])
    op.create_table(
        "enrolment_token",
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("used_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_enrolment_token_member_id"),
        sa.PrimaryKeyConstraint("sha256", name="pk_enrolment_token"),
    )
    op.create_index("ix_enrolment_token_member_id", "enrolment_token", ["member_id"])


def _create_work() -> None:
    op.create_table(
        "capture_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("finished_at", BIG, nullable=True),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_capture_job_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_capture_job"),
    )
    op.create_index("ix_capture_job_member_id", "capture_job", ["member_id"])
    op.create_index(
        "ix_capture_job_unfinished",
        "capture_job",
        ["created_at"],
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "relay_cursor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_relay_cursor"),
    )
