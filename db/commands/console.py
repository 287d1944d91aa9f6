"""Talking to whoever typed a command: lines, a bar, and refusals in words."""

import sys
import time
from types import TracebackType

from db.errors import Refused

WIDTH = 30
REDRAW_SECONDS = 0.1

SENTENCES = {
    "backup.cannot_write": "The backup could not be written to {path}.",
    "backup.exists": "{path} is there already. Backups are never overwritten: choose another name.",
    "backup.keys_missing": "This backup brings no keys and there are none at {path}. "
    "Put the keys.json of that time there and try again.",
    "backup.newer": "This backup was made by a newer version of Linli. Install that version first.",
    "backup.no_database": "There is no database yet to back up.",
    "backup.not_empty": "This database is in use. A backup is restored into an empty database only: point "
    "LINLI_DATABASE_URL to a new one, or move the database file away.",
    "backup.other_keys": "The keys at {path} are not those of the backup. Put the right keys.json there, or move it away "
    "when the backup brings its own.",
    "backup.unreadable": "{path} is not a backup of Linli, or it is damaged.",
    "bench.not_empty": "This database is in use. Benchmark data go into an empty database only.",
    "bench.number": "The number of residents lies between 1 and {most}.",
    "check.found": "Something is wrong: {count}.",
    "database.behind": "The database has an older schema. Run `python -m db migrate` first.",
    "database.none": "There is no database yet. Run `python -m db migrate` first, or `python -m db demo` for the sample.",
    "rotation.unknown_ledger": "A sensitive field belongs to the register {ledger}, which this version does not know. "
    "The old keys are kept.",
    "sample.not_empty": "This database holds a community of your own; the sample is not mixed in. "
    "Point LINLI_DATABASE_URL to another database.",
    "sealing.key_missing": "A sealed value opens with none of the keys in keys.json. Nothing was lost; put the right "
    "keys.json there.",
    "settings.database": "LINLI_DATABASE_URL is neither a SQLite nor a PostgreSQL address.",
    "settings.keys_unreadable": "The key file {path} cannot be read.",
    "settings.port": "LINLI_PORT is not a port: {value}.",
    "settings.weak_key": "A key in keys.json is too weak to be believed.",
    "settings.weak_password": "The database's password is one that everybody would guess.",
    "system.busy": "The database is busy. Try again in a moment.",
}


def sentence(refused: Refused) -> str:
    """A refusal in words."""
    text = SENTENCES.get(refused.code)
    if text is None:
        return f"Refused: {refused}"
    for name, fact in refused.facts.items():
        text = text.replace("{" + name + "}", str(fact))
    return text


def say(line: str) -> None:
    """One line for whoever typed the command."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Bar:
    """A bar that moves where somebody looks; nothing where the output goes to a file.

    with Bar("Writing") as bar:
        bar.show(500, 5000)
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.looked_at = sys.stderr.isatty()
        self._drawn_at = 0.0
        self._drawn = False

    def show(self, done: int, total: int) -> None:
        """So much is done."""
        now = time.monotonic()
        if not self.looked_at or (done < total and now - self._drawn_at < REDRAW_SECONDS):
            return
        self._drawn_at, self._drawn = now, True
        filled = WIDTH * done // total if total else WIDTH
        sys.stderr.write(f"\r{self.title} [{'#' * filled}{'.' * (WIDTH - filled)}] {done:,}/{total:,} ")
        sys.stderr.flush()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            sys.stderr.write("\n")
