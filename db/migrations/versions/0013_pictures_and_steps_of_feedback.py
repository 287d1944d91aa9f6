"""Who agrees to pictures; what is told of feedback in steps, and who entered it; an activity names no need

Revision ID: 0013
Revises: 0011
"""

import json
from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

USUAL = 5
"""The setting `small_count` as long as nobody decided otherwise."""


def upgrade() -> None:
    op.add_column(
        "activity_guest", sa.Column("pictures", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("activity_feedback", sa.Column("by_id", sa.Integer(), nullable=True))
    op.add_column("activity", sa.Column("told", sa.JSON(), nullable=True))
    op.add_column("activity", sa.Column("told_at", sa.DateTime(), nullable=True))
    op.drop_column("activity", "need_id")  # SQLite as well: its table is named by others, and not made anew
    _tell_what_stands()


def _tell_what_stands() -> None:
    """Readers go on seeing the faces that they saw."""
    connection = op.get_bind()
    kept = connection.execute(sa.text("SELECT value FROM setting WHERE name = 'small_count'")).scalar()
    least = int(json.loads(kept)) if kept else USUAL
    faces: dict[int, Counter[int]] = {}
    for activity, rating, count in connection.execute(
        sa.text(
            "SELECT activity_id, rating, count(*) FROM activity_feedback WHERE withdrawn_at IS NULL "
            "GROUP BY activity_id, rating"
        )
    ):
        faces.setdefault(activity, Counter())[rating] = count
    activities = sa.table(
        "activity", sa.column("id"), sa.column("told", sa.JSON()), sa.column("told_at", sa.DateTime())
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    for activity, counted in faces.items():
        if counted.total() >= least:
            connection.execute(
                activities.update()
                .where(activities.c.id == activity)
                .values(told={str(face): counted[face] for face in (3, 2, 1)}, told_at=now)
            )


def downgrade() -> None:
    op.add_column("activity", sa.Column("need_id", sa.Integer(), nullable=True))
    op.drop_column("activity", "told_at")
    op.drop_column("activity", "told")
    op.drop_column("activity_feedback", "by_id")
    op.drop_column("activity_guest", "pictures")
