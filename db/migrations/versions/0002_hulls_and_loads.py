"""Hulls of what is drawn, what is missing where, and how much each holder carries

Revision ID: 0002
Revises: 0001
"""

import json

import shapely
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AREA = sa.table(
    "area",
    sa.column("id"),
    sa.column("parent_id"),
    sa.column("area_path"),
    sa.column("closed_on"),
    sa.column("shape", sa.JSON(none_as_null=True)),
    sa.column("hull", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    op.add_column("area", sa.Column("hull", sa.JSON(), nullable=True))
    # Whoever looks at the figures first has them counted anew.
    op.execute(sa.text("DELETE FROM area_count"))
    op.add_column("area_count", sa.Column("no_deputy", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("area_count", sa.Column("worst", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "holder_load",
        sa.Column("holder_key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("areas", sa.Integer(), nullable=False),
        sa.Column("in_care", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder_key", "role", name=op.f("pk_holder_load")),
    )
    op.create_index("ix_holder_load_areas", "holder_load", ["role", "areas"])
    op.create_index("ix_holder_load_in_care", "holder_load", ["role", "in_care"])
    _fill_hulls()


def _fill_hulls() -> None:
    """Around what is drawn in each area that is not drawn itself, those that lie deepest first."""
    connection, area = op.get_bind(), _AREA.c
    if connection.execute(sa.select(area.id).where(area.shape.is_not(None)).limit(1)).first() is None:
        return
    rows = connection.execute(sa.select(area.id, area.area_path).where(area.shape.is_(None))).all()
    for row in sorted(rows, key=lambda one: one.area_path.count("/"), reverse=True):
        parts = connection.execute(
            sa.select(area.shape, area.hull).where(area.parent_id == row.id, area.closed_on.is_(None))
        )
        drawn = [shapely.from_geojson(json.dumps(part.shape or part.hull)) for part in parts if any(part)]
        if drawn:
            corners = shapely.union_all(drawn).convex_hull.exterior.coords
            ring = [[round(x, 7), round(y, 7)] for x, y in corners]
            hull = {"type": "Polygon", "coordinates": [ring]}
            connection.execute(sa.update(_AREA).where(area.id == row.id).values(hull=hull))


def downgrade() -> None:
    op.drop_table("holder_load")
    op.execute(sa.text("DELETE FROM area_count"))
    op.execute(sa.text("ALTER TABLE area_count DROP COLUMN worst"))
    op.execute(sa.text("ALTER TABLE area_count DROP COLUMN no_deputy"))
    op.execute(sa.text("ALTER TABLE area DROP COLUMN hull"))
