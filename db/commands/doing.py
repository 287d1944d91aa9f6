"""The commands, one function each. They raise `Refused`; `db.__main__` says it in words."""

import argparse
import tempfile
from pathlib import Path

import alembic.command

from db import engine, migrations, settings
from db.commands import living
from db.commands.console import Bar, say
from db.errors import Refused
from db.sample import build
from db.system import backup as backups
from db.system import rotation

STEPS = ("areas", "accounts", "people", "history", "visits", "shifts", "activities", "needs", "figures")
STEP_WORDS = {
    "areas": "Drawing streets and houses",
    "accounts": "Making the sample accounts",
    "people": "Moving 12,000 people in",
    "history": "Inventing a little history",
    "visits": "Visiting for a year",
    "shifts": "Volunteering for a year",
    "activities": "Meeting for a year",
    "needs": "Asking what people need",
    "figures": "Counting",
}


def need_schema() -> None:
    """The database has the schema of this version. Refused `database.none`, `database.behind`."""
    with engine.current().connect() as connection:
        present = migrations.version(connection)
    if present is None:
        raise Refused("database.none")
    if present != migrations.newest():
        raise Refused("database.behind")


def demo(asked: argparse.Namespace) -> None:
    """Make the sample community, unless it is there; with --live, let it live."""
    migrations.upgrade()
    found = build.present()
    if found == "sample":
        say("The sample community is here already; its data are kept.")
    elif found == "real":
        raise Refused("sample.not_empty")
    else:
        _build()
    if asked.live:
        living.live(asked)


def _build() -> None:
    built = build.build(lambda step: say(f"[{STEPS.index(step) + 1}/{len(STEPS)}] {STEP_WORDS[step]} …"))
    say(
        f"The sample community is ready: {built.people:,} people in {built.households:,} homes and "
        f"{built.buildings} buildings, {built.in_care} of them in care, visited {built.visits:,} times within a year."
    )
    say(f"Sign in as admin, staff, leader or volunteer with the password {build.PASSWORD}.")
    if not settings.read().demo:
        say("The sample accounts sign in only while LINLI_DEMO=1.")


def migrate(asked: argparse.Namespace) -> None:
    """Bring the database to this version's schema; with --new, write the migration for changed models."""
    if asked.new:
        say(f"Written: {_new_migration(asked.new)}")
        return
    with engine.current().connect() as connection:
        before = migrations.version(connection)
    migrations.upgrade()
    newest = migrations.newest()
    say(
        f"The schema is {newest} already."
        if before == newest
        else f"The schema is {newest} now (was {before or 'none'})."
    )


def _new_migration(title: str) -> str:
    """Compare the models with an empty database of the newest schema."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.db'}"
        migrations.upgrade(url)
        number = f"{int(migrations.newest()) + 1:04}"
        made = alembic.command.revision(
            migrations.config(url), message=title, autogenerate=True, rev_id=number
        )
    script = made[0] if isinstance(made, list) else made
    return "" if script is None else str(script.path)


def backup(asked: argparse.Namespace) -> None:
    """Write a backup."""
    need_schema()
    with Bar("Writing") as bar:
        made = backups.make(
            asked.file, with_keys=asked.with_keys, report=lambda _name, done, total: bar.show(done, total)
        )
    say(f"{asked.file}: {made.total:,} rows in {len(made.rows)} tables, schema {made.schema}.")
    keys = settings.read().keys_file
    if asked.with_keys:
        say("It holds the keys too: whoever has this file reads everything in it.")
    else:
        say(
            f"The keys are not in it. Keep {keys} as well, in another place: without it nobody opens the sealed values."
        )


def restore(asked: argparse.Namespace) -> None:
    """Fill an empty database from a backup."""
    with Bar("Restoring") as bar:
        made = backups.restore(asked.file, report=lambda _name, done, total: bar.show(done, total))
    say(f"{made.total:,} rows of {made.made_at:%Y-%m-%d %H:%M} UTC are restored. Everybody signs in anew.")
    if made.schema != migrations.newest():
        say(f"The schema was brought from {made.schema} to {migrations.newest()}.")


def rotate_keys(_asked: argparse.Namespace) -> None:
    """Seal everything with a new key."""
    need_schema()
    with Bar("Sealing") as bar:
        done = rotation.rotate(bar.show)
    if done.resumed:
        say("An earlier run had been stopped; this one finished it.")
    say(f"{done.records:,} records are sealed with a new key; the old one is forgotten.")
    say("Backups made before need the keys.json of their time.")
