"""Order along visits: a list of one patch, or of what is rare, passes nothing else

Revision ID: 0007
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

DUE = ["opens_on", "colour", "holder", "rule_id", "urgent", "care_since", "every_days", "due_on", "attempts"]
VISIT = ["replaced_by", "withdrawn_at", "result", "kind", "day", "backdated", "elsewhere"]
RARE = {
    "ix_visit_backdated": "backdated IS {yes}",
    "ix_visit_elsewhere": "elsewhere IS {yes}",
    "ix_visit_corrected": "replaced_by IS NOT NULL",
}


def upgrade() -> None:
    op.drop_index("ix_care_due_next", table_name="care_due")
    op.create_index("ix_care_due_next", "care_due", ["next_on", "place", "id", *DUE])
    for name in ("ix_visit_list", "ix_visit_latest", "ix_visit_walk"):
        op.drop_index(name, table_name="visit")
    op.create_index("ix_visit_walk", "visit", ["place", "id", "at", *VISIT])
    op.create_index("ix_visit_latest", "visit", ["at", "id", "place", *VISIT])
    for name, condition in RARE.items():
        op.create_index(
            name, "visit", ["at", "id"],
            sqlite_where=sa.text(condition.format(yes="1")),
            postgresql_where=sa.text(condition.format(yes="true")),
        )  # fmt: skip


def downgrade() -> None:
    for name in (*RARE, "ix_visit_latest", "ix_visit_walk"):
        op.drop_index(name, table_name="visit")
    op.create_index("ix_visit_walk", "visit", ["place", "id", *VISIT])
    op.create_index("ix_visit_latest", "visit", ["at", "id"])
    op.create_index("ix_visit_list", "visit", ["place", "id"])
    op.drop_index("ix_care_due_next", table_name="care_due")
    op.create_index("ix_care_due_next", "care_due", ["next_on", "place", "id"])
