"""Alembic's entry: connects as the application does."""

from alembic import context
from sqlalchemy import text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

import db.models  # noqa: F401
from db import engine


def plain(kind: str, thing: object, _autogen: object) -> str | bool:
    """Our own column types are written as what the database sees, so that old migrations need no old code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{type(thing.impl_instance).__name__}()"
    return False


url = context.config.get_main_option("sqlalchemy.url")


def run() -> None:
    connectable = engine.make(url)
    sqlite = connectable.dialect.name == "sqlite"
    with connectable.execution_options(writes=True).connect() as connection:
        if sqlite:
            connection.execute(text("SELECT 1"))
            connection.rollback()
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            transactional_ddl=True,
            transaction_per_migration=True,
            compare_type=True,
            render_item=plain,
        )
        with context.begin_transaction():
            context.run_migrations()
    connectable.dispose()


run()
