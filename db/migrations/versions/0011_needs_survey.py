"""Needs survey

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "need_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_draft")),
        sa.UniqueConstraint(
            "account_id",
            "survey_id",
            "resident_id",
            name=op.f("uq_need_draft_account_id_survey_id_resident_id"),
        ),
    )
    with op.batch_alter_table("need_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_draft_resident_id"), ["resident_id"], unique=False)

    op.create_table(
        "need_survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("self_fill", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False),
        sa.Column("made_name", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column(
            "area_path", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_survey")),
    )
    with op.batch_alter_table("need_survey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_survey_area_path"), ["area_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_need_survey_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_need_survey_state"), ["state"], unique=False)

    op.create_table(
        "need_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["need_survey.id"], name=op.f("fk_need_question_survey_id_need_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_question")),
    )
    with op.batch_alter_table("need_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_question_survey_id"), ["survey_id"], unique=False)

    op.create_table(
        "need_theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["need_survey.id"], name=op.f("fk_need_theme_survey_id_need_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_theme")),
    )
    with op.batch_alter_table("need_theme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_theme_survey_id"), ["survey_id"], unique=False)

    op.create_table(
        "need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column(
            "area_path", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["need_question.id"], name=op.f("fk_need_question_id_need_question")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["need_survey.id"], name=op.f("fk_need_survey_id_need_survey")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["need_theme.id"], name=op.f("fk_need_theme_id_need_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
    )
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_need_area_path"), ["area_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_need_survey_id"), ["survey_id"], unique=False)

    op.create_table(
        "need_survey_area",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column(
            "area_path", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_need_survey_area_area_id_area")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["need_survey.id"], name=op.f("fk_need_survey_area_survey_id_need_survey")
        ),
        sa.PrimaryKeyConstraint("survey_id", "area_id", name=op.f("pk_need_survey_area")),
    )
    with op.batch_alter_table("need_survey_area", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_survey_area_area_path"), ["area_path"], unique=False)

    op.create_table(
        "need_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column(
            "choice", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["need_question.id"], name=op.f("fk_need_value_question_id_need_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_value")),
    )
    with op.batch_alter_table("need_value", schema=None) as batch_op:
        batch_op.create_index("ix_need_value_choice", ["question_id", "choice"], unique=False)
        batch_op.create_index(batch_op.f("ix_need_value_reply_id"), ["reply_id"], unique=False)

    op.create_table(
        "need_themed",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("value_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["need_theme.id"], name=op.f("fk_need_themed_theme_id_need_theme")
        ),
        sa.ForeignKeyConstraint(
            ["value_id"], ["need_value.id"], name=op.f("fk_need_themed_value_id_need_value")
        ),
        sa.PrimaryKeyConstraint("theme_id", "value_id", name=op.f("pk_need_themed")),
    )
    with op.batch_alter_table("need_themed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_themed_value_id"), ["value_id"], unique=False)

    op.create_table(
        "need_code",
        sa.Column("code", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_need_code_resident_id_resident")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["need_survey.id"], name=op.f("fk_need_code_survey_id_need_survey")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_need_code")),
        sa.UniqueConstraint("survey_id", "resident_id", name=op.f("uq_need_code_survey_id_resident_id")),
    )
    with op.batch_alter_table("need_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_code_resident_id"), ["resident_id"], unique=False)

    op.create_table(
        "need_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_account", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(), nullable=True),
        sa.Column("token", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "area_path", sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_need_reply_resident_id_resident")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["need_survey.id"], name=op.f("fk_need_reply_survey_id_need_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need_reply")),
        sa.UniqueConstraint(
            "survey_id", "resident_id", "current", name=op.f("uq_need_reply_survey_id_resident_id_current")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_need_reply_token")),
    )
    with op.batch_alter_table("need_reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_reply_area_path"), ["area_path"], unique=False)
        batch_op.create_index(
            "ix_need_reply_list", ["survey_id", "current", "outcome", "area_path"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_need_reply_resident_id"), ["resident_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("need_reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_reply_resident_id"))
        batch_op.drop_index("ix_need_reply_list")
        batch_op.drop_index(batch_op.f("ix_need_reply_area_path"))

    op.drop_table("need_reply")
    with op.batch_alter_table("need_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_code_resident_id"))

    op.drop_table("need_code")
    with op.batch_alter_table("need_themed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_themed_value_id"))

    op.drop_table("need_themed")
    with op.batch_alter_table("need_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_value_reply_id"))
        batch_op.drop_index("ix_need_value_choice")

    op.drop_table("need_value")
    with op.batch_alter_table("need_survey_area", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_survey_area_area_path"))

    op.drop_table("need_survey_area")
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_survey_id"))
        batch_op.drop_index(batch_op.f("ix_need_area_path"))
        batch_op.drop_index(batch_op.f("ix_need_activity_id"))

    op.drop_table("need")
    with op.batch_alter_table("need_theme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_theme_survey_id"))

    op.drop_table("need_theme")
    with op.batch_alter_table("need_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_question_survey_id"))

    op.drop_table("need_question")
    with op.batch_alter_table("need_survey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_survey_state"))
        batch_op.drop_index(batch_op.f("ix_need_survey_code"))
        batch_op.drop_index(batch_op.f("ix_need_survey_area_path"))

    op.drop_table("need_survey")
    with op.batch_alter_table("need_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_need_draft_resident_id"))

    op.drop_table("need_draft")
