"""The command line: `python -m db --help`.

Exit code 0 when it was done, 1 when it was refused or something is wrong, 2 when it was typed wrongly;
then one line on stderr says what and what to do.
"""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DBAPIError

import db.models  # noqa: F401 every table must be known
from db.commands import check, console, crowd, doing
from db.errors import Refused
from db.importing import commandline


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    made = argparse.ArgumentParser(prog="python -m db", description="Linli on the command line.")
    made.add_argument(
        "--trace", action="store_true", help="show where in the code an unexpected error happened"
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str, description: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, description=description or help)

    one = command(
        "demo", "make the sample community in an empty database",
        "Make the invented sample community. A second run keeps what is there; a database with a community of "
        "your own is refused. With --live visits keep arriving, so that the map moves.",
    )  # fmt: skip
    one.add_argument("--live", action="store_true", help="let the sample community live until Ctrl-C")
    one.add_argument(
        "--every", type=float, default=4.0, metavar="SECONDS", help="with --live: a visit every SECONDS (4)"
    )
    one.add_argument("--count", type=int, metavar="N", help="with --live: end after N visits")
    one.set_defaults(run=doing.demo)

    one = command("migrate", "bring the database to the schema of this version")
    one.add_argument(
        "--new", metavar="TITLE", help="write the migration for tables that changed in the code instead"
    )
    one.set_defaults(run=doing.migrate)

    command("import-ledger", "import a ledger (.xlsx, .xls, .csv)")

    one = command(
        "backup", "write a backup while the application runs",
        "Write a consistent backup of the whole database, SQLite or PostgreSQL, to one zip file. Sealed values "
        "stay sealed: keep data/keys.json apart.",
    )  # fmt: skip
    one.add_argument("file", type=Path, metavar="FILE", help="the zip file to write; it must not exist")
    one.add_argument(
        "--with-keys", action="store_true", help="put the keys into it: whoever has the file reads everything"
    )
    one.set_defaults(run=doing.backup)

    one = command(
        "restore", "fill an empty database from a backup",
        "Fill an empty database from a backup, made on SQLite or PostgreSQL, by this version or an older one. "
        "Nothing is ever overwritten. Stop the application first.",
    )  # fmt: skip
    one.add_argument("file", type=Path, metavar="FILE", help="the backup")
    one.set_defaults(run=doing.restore)

    one = command("check", "look for anything wrong in the database")
    one.add_argument(
        "--quick", action="store_true", help="open only a sample of the sealed values and find keys"
    )
    one.set_defaults(run=check.check)

    one = command(
        "bench-data", "fill an empty database with many invented residents, to measure with",
        "Fill an empty database with N invented residents, in as many communities as needed, and a year of visits.",
    )  # fmt: skip
    one.add_argument("number", type=int, metavar="N", help=f"how many residents, up to {crowd.MOST:,}")
    one.set_defaults(run=crowd.bench_data)

    one = command(
        "rotate-keys", "seal everything with a new key, while the application runs",
        "Seal everything with a new key. A run that was stopped is simply started again.",
    )  # fmt: skip
    one.set_defaults(run=doing.rotate_keys)
    return made


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if arguments[:1] == ["import-ledger"]:
        asked = argparse.Namespace(
            trace=False,
            run=lambda _asked: commandline.main(arguments[1:], out=sys.stdout, complain=sys.stderr),
        )
    else:
        asked = parser().parse_args(arguments)
    try:
        return asked.run(asked) or 0
    except Refused as refused:
        line = console.sentence(refused)
    except KeyboardInterrupt:
        line = "Stopped."
    except DBAPIError as error:
        line = f"The database does not do it: {_first_line(error.orig)}"
        trace(asked)
    except Exception as error:
        line = f"Something unexpected went wrong: {type(error).__name__}: {_first_line(error)}"
        trace(asked)
    print(line, file=sys.stderr)
    return 1


def trace(asked: argparse.Namespace) -> None:
    """Show where it happened, for those who asked."""
    if asked.trace:
        traceback.print_exc()


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [""])[0][:300]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
