"""Figures of periods that are over

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "period_figure",
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("closed", sa.JSON(), nullable=False),
        sa.Column("now", sa.JSON(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_period_figure_area_id_area"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("area_id", "period", name=op.f("pk_period_figure")),
    )
    with op.batch_alter_table("period_figure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_period_figure_period"), ["period"], unique=False)
    op.create_table(
        "periods_settled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periods_settled")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_day"))
        batch_op.create_index(
            "ix_visit_counted",
            ["day", "area_path", "result", "replaced_by", "withdrawn_at", "resident_id"],
            unique=False,
        )
    with op.batch_alter_table("service_hours", schema=None) as batch_op:
        batch_op.create_index(
            "ix_service_hours_counted",
            ["day", "area_path", "volunteer_id", "state", "withdrawn_at", "origin", "minutes"],
            unique=False,
        )
    with op.batch_alter_table("activity_attendance", schema=None) as batch_op:
        batch_op.drop_index("ix_activity_attendance_of")
        batch_op.create_index(
            "ix_activity_attendance_of", ["activity_id", "mark", "withdrawn_at"], unique=False
        )
        batch_op.create_index(
            "ix_activity_attendance_on",
            ["on", "mark", "withdrawn_at", "resident_id", "activity_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("activity_attendance", schema=None) as batch_op:
        batch_op.drop_index("ix_activity_attendance_on")
        batch_op.drop_index("ix_activity_attendance_of")
        batch_op.create_index("ix_activity_attendance_of", ["activity_id", "mark"], unique=False)
    with op.batch_alter_table("service_hours", schema=None) as batch_op:
        batch_op.drop_index("ix_service_hours_counted")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_counted")
        batch_op.create_index(batch_op.f("ix_visit_day"), ["day"], unique=False)
    op.drop_table("periods_settled")
    op.drop_table("period_figure")
