"""The schema: models and migrations agree; an older database comes up with its data, and goes back."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import db.models  # noqa: F401
from db import engine, migrations


def test_models_and_migrations_agree(database: str) -> None:
    with engine.current().connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": SQLModel.metadata}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_there_is_one_line_of_schemas() -> None:
    script = ScriptDirectory.from_config(migrations.config())
    assert len(script.get_heads()) == 1
    assert migrations.newest() == script.get_current_head()


def test_every_older_schema_comes_up_with_its_data_and_goes_back(tmp_path: Path) -> None:
    script = ScriptDirectory.from_config(migrations.config())
    revisions = [one.revision for one in script.walk_revisions()][::-1]
    for revision in revisions:
        url = f"sqlite:///{tmp_path / revision}.db"
        migrations.upgrade(url, revision)
        made = engine.make(url)
        with made.execution_options(writes=True).begin() as connection:
            for table in _filled(connection):
                assert connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar() == 1
        made.dispose()
        migrations.upgrade(url)
        made = engine.make(url)
        with made.connect() as connection:
            assert migrations.version(connection) == migrations.newest()
            for table, value in (("area", "红星社区"), ("resident", "张桂梅"), ("account", "沈亦安")):
                assert connection.execute(text(f"SELECT name FROM {table}")).scalar() == value
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        made.dispose()
        migrations.downgrade(revision, url)
        made = engine.make(url)
        with made.connect() as connection:
            assert connection.execute(text("SELECT name FROM resident")).scalar() == "张桂梅"
        made.dispose()


def test_the_first_schema_can_be_taken_back_altogether(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    migrations.upgrade(url)
    migrations.downgrade("base", url)
    made = engine.make(url)
    assert inspect(made).get_table_names() == ["alembic_version"]
    made.dispose()


def test_readers_go_on_seeing_what_was_said_of_an_activity(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'said.db'}"
    migrations.upgrade(url, "0011")
    made = engine.make(url)
    record, values = "version, made_at, changed_at, extra", "1, '2026-01-01', '2026-01-01', '{}'"
    with made.execution_options(writes=True).begin() as connection:
        _filled(connection)
        for number, title in ((1, "茶话会"), (2, "秋游")):
            _insert(
                connection,
                "activity",
                "id, title, area_id, area_path",
                f"{number}, '{title}', 1, '/1/'",
                record,
                values,
            )
        connection.execute(
            text(
                f'INSERT INTO place_slot ({record}, kind, title, starts_at, ends_at, area_path, "where", minimum, capacity, taken, '
                f"waiting, mode, rest_before, rest_after, cap_month, seed, cancel_hours, why, shaky) VALUES ({values}, 'activity', "
                "'茶话会', '2026-01-01', '2026-01-01', '/1/', '', 1, 9, 0, 0, 'open', 0, 0, 0, '', 0, '', 0)"
            )
        )
        for activity, rating in ((1, 3), (1, 3), (1, 3), (1, 2), (1, 1), (2, 3)):
            _insert(
                connection,
                "activity_feedback",
                "activity_id, slot_id, rating",
                f"{activity}, 1, {rating}",
                record,
                values,
            )
    made.dispose()
    migrations.upgrade(url)
    made = engine.make(url)
    with made.connect() as connection:
        told = [row.told for row in connection.execute(text("SELECT told FROM activity ORDER BY id"))]
        assert told == ['{"3": 3, "2": 1, "1": 1}', None]
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    made.dispose()
    migrations.downgrade("0011", url)


def _filled(connection: object) -> list[str]:
    """One row in each of the tables that matter, written as an older release would have: in plain SQL."""
    record = "version, made_at, changed_at, extra"
    values = "1, '2026-01-01', '2026-01-01', '{}'"
    run = connection.execute  # type: ignore[attr-defined]
    run(
        text(
            "INSERT INTO level (code, position, label, holds_homes, role) VALUES ('community', 1, '社区', 1, '')"
        )
    )
    _insert(connection, "area", "name, level, area_path", "'红星社区', 'community', '/1/'", record, values)
    _insert(
        connection,
        "resident",
        "name, place, area_path, status",
        "'张桂梅', '/1/', '/1/', 'resident'",
        record,
        values,
    )
    _insert(connection, "account", "username, name, role", "'shen', '沈亦安', 'staff'", record, values)
    return ["area", "resident", "account"]


def _insert(connection: object, table: str, names: str, given: str, record: str, values: str) -> None:
    """Insert a row; columns that must not be null and are not given get an empty value of their type."""
    inspector = inspect(connection)
    known = {name.strip() for name in f"{names}, {record}".split(",")}
    extra_names, extra_values = [], []
    for column in inspector.get_columns(table):
        if column["name"] in known or column["nullable"] or column.get("primary_key"):
            continue
        kind = column["type"].python_type
        extra_names.append(f'"{column["name"]}"')
        extra_values.append(
            "0" if kind in (int, bool, float) else "'9999-12-31'" if "date" in kind.__name__ else "''"
        )
    every = ", ".join([f"{names}, {record}", *extra_names])
    written = ", ".join([f"{given}, {values}", *extra_values])
    connection.execute(text(f"INSERT INTO {table} ({every}) VALUES ({written})"))  # type: ignore[attr-defined]
