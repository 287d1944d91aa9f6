"""Bringing a database from any released schema to this one."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db import engine, settings


def config(url: str | None = None) -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("sqlalchemy.url", (url or settings.read().database_url).replace("%", "%%"))
    return made


def upgrade(url: str | None = None, to: str = "head") -> None:
    """Bring the database to `to`. Each migration is one transaction: it happens whole or not at all."""
    command.upgrade(config(url), to)
    engine.forget()


def downgrade(to: str, url: str | None = None) -> None:
    """Take the database back to an older schema."""
    command.downgrade(config(url), to)
    engine.forget()


def version(connection: Connection) -> str | None:
    """The schema this database has."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The schema this release wants."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def on_each(statements: dict[str, tuple[str, ...]], execute: Callable[[str], object], dialect: str) -> None:
    """Run the statements written for this dialect."""
    for statement in statements[dialect]:
        execute(statement)
