"""Walk along visits: counting a filtered list looks at an index only

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DUE = ["place", "id", "next_on", "opens_on", "colour", "holder", "rule_id", "urgent"]
VISIT = ["place", "id", "replaced_by", "withdrawn_at", "result", "kind", "day", "backdated", "elsewhere"]


def upgrade() -> None:
    op.drop_index("ix_care_due_walk", table_name="care_due")
    op.create_index("ix_care_due_walk", "care_due", [*DUE, "care_since", "every_days", "due_on", "attempts"])
    op.create_index("ix_visit_walk", "visit", VISIT)


def downgrade() -> None:
    op.drop_index("ix_visit_walk", table_name="visit")
    op.drop_index("ix_care_due_walk", table_name="care_due")
    op.create_index("ix_care_due_walk", "care_due", DUE)
