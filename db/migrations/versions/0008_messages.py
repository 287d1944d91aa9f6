"""Messages

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(), nullable=True),
        sa.Column("last_problem", sa.String(), nullable=False),
        sa.Column("last_detail", sa.String(), nullable=False),
        sa.Column("last_problem_at", sa.DateTime(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_table(
        "mail_address",
        sa.Column(
            "to_key", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("to_key", name=op.f("pk_mail_address")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "to_key", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "subject", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column(
            "area_path", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_name", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("needs_phone", sa.Boolean(), nullable=False),
        sa.Column("phone_known", sa.Boolean(), nullable=False),
        sa.Column("called_at", sa.DateTime(), nullable=True),
        sa.Column("called_by", sa.Integer(), nullable=True),
        sa.Column("called_name", sa.String(), nullable=False),
        sa.Column("called_result", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_area", ["area_path"], unique=False)
        batch_op.create_index("ix_message_account", ["account_id", "id"], unique=False)
        batch_op.create_index("ix_message_called", ["called_at"], unique=False)
        batch_op.create_index("ix_message_made", ["made_at"], unique=False)
        batch_op.create_index("ix_message_person", ["to_key", "made_at"], unique=False)
        batch_op.create_index("ix_message_phone", ["needs_phone", "area_path", "id"], unique=False)
        batch_op.create_index("ix_message_subject", ["subject"], unique=False)
        batch_op.create_index("ix_message_unread", ["account_id", "read_at", "id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_delivery_channel_id_channel")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", "channel_id", name=op.f("uq_delivery_message_id_channel_id")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_channel", ["channel_id", "state", "made_at"], unique=False)
        batch_op.create_index("ix_delivery_next", ["state", "next_try_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_next")
        batch_op.drop_index("ix_delivery_channel")

    op.drop_table("delivery")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_unread")
        batch_op.drop_index("ix_message_subject")
        batch_op.drop_index("ix_message_phone")
        batch_op.drop_index("ix_message_person")
        batch_op.drop_index("ix_message_made")
        batch_op.drop_index("ix_message_called")
        batch_op.drop_index("ix_message_account")
        batch_op.drop_index("ix_message_area")

    op.drop_table("message")
    op.drop_table("mail_address")
    op.drop_table("channel")
