"""Places that volunteers took as residents are theirs

Revision ID: 0016
Revises: 0015

Who was linked to a volunteer before places came along kept theirs under the key of the resident ("r5"), which nobody
looks for any more. They come to the key of the volunteer ("v12"), as they do when somebody is linked today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ONCE = {
    "place_booking": ("slot_id", "live"),
    "activity_guest": ("activity_id",),
    "activity_attendance": ("slot_id",),
    "activity_feedback": ("slot_id",),
}
"""Each table that knows people by such keys, and what cannot stand there twice for one person.

What the volunteer has already stays, and the other beside it under its old key: which place is given back is for people
to decide. A booking that is over (`live` is null) stands in nobody's way.
"""


def upgrade() -> None:
    connection = op.get_bind()
    linked = connection.execute(
        sa.text(
            "SELECT resident_id, min(id) FROM volunteer "
            "WHERE resident_id IS NOT NULL AND withdrawn_at IS NULL AND status <> 'left' GROUP BY resident_id"
        )
    )
    volunteers = {f"r{resident_id}": volunteer_id for resident_id, volunteer_id in linked}
    for name, once in ONCE.items():
        columns = ("person_key", *once, *(["volunteer_id"] if name == "place_booking" else []))
        rows = sa.table(name, *(sa.column(one) for one in columns))
        found = connection.execute(sa.select(rows.c.person_key).distinct()).scalars()
        moved = [
            {"old": key, "new": f"v{volunteers[key]}", "volunteer": volunteers[key]}
            for key in sorted(key for key in found if key in volunteers)
        ]
        if not moved:
            continue
        there = rows.alias()
        already = sa.exists().where(
            there.c.person_key == sa.bindparam("new"), *(there.c[one] == rows.c[one] for one in once)
        )
        values = {"person_key": sa.bindparam("new")}
        if "volunteer_id" in columns:
            values["volunteer_id"] = sa.bindparam("volunteer")
        connection.execute(
            sa.update(rows).where(rows.c.person_key == sa.bindparam("old"), ~already).values(values), moved
        )


def downgrade() -> None:
    """The places stay with the volunteer, where the release before looks for them as well."""
