"""Monthly briefs

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brief",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column(
            "area_path", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("open", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("made_name", sa.String(), nullable=False),
        sa.Column("changed_name", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.Column("sent_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_brief_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief")),
        sa.UniqueConstraint("open", name=op.f("uq_brief_open")),
    )
    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.create_index("ix_brief_area", ["area_id", "month", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_brief_area_path"), ["area_path"], unique=False)


def downgrade() -> None:
    op.drop_table("brief")
