"""Imports under way: what somebody uploaded and has not finished, kept in memory between the steps of the screen.

Ledgers are full of ID numbers, so nothing of them is written to disk; what is left lying for two hours is
forgotten, and a restart of the server forgets it all.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from db.access import Viewer
from db.errors import Refused
from db.importing.doing import Suggestion
from db.importing.files import Upload
from db.importing.plans import Choices, Done, Plan, Progress, Stopped

KEPT_SECONDS = 2 * 3600
MOST_AT_ONCE = 12

State = Literal["running", "done", "refused", "stopped", "failed"]
_log = logging.getLogger(__name__)


class Job:
    """Work in a thread of its own, that says how far it is and can be stopped."""

    def __init__(self, work: Callable[[Progress], Any]) -> None:
        self.share = 0.0
        self.counts: Mapping[str, int] = {}
        self.state: State = "running"
        self.result: Any = None
        self.refused: Refused | None = None
        self._stop = threading.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run, name="import", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._work(self._tell)
            self.state = "done"
        except Stopped:
            self.state = "stopped"
        except Refused as refused:
            self.refused = refused
            self.state = "refused"
        except Exception:
            _log.exception("an import failed")
            self.state = "failed"

    def _tell(self, share: float, counts: Mapping[str, int]) -> None:
        self.share, self.counts = share, counts
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        """Ask it to stop; what it wrote until then is taken back."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set() and self.state == "running"

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()


@dataclass
class Case:
    """One import under way."""

    token: str
    account_id: int | None
    register: str
    upload: Upload
    suggestion: Suggestion
    plan: Plan | None = None
    choices: Choices = field(default_factory=Choices)
    done: Done | None = None
    job: Job | None = None
    doing: str = ""  # what the job does: "plan", "apply", "undo"
    seen: float = field(default_factory=time.monotonic)


_lock = threading.Lock()
_cases: dict[str, Case] = {}


def put(viewer: Viewer, register: str, upload: Upload, suggestion: Suggestion) -> Case:
    """Keep an opened file; a file that this account opened before for the register is forgotten."""
    case = Case(secrets.token_urlsafe(12), viewer.account_id, register, upload, suggestion)
    with _lock:
        for token, other in list(_cases.items()):
            busy = other.job is not None and other.job.state == "running"
            mine = other.account_id == viewer.account_id and other.register == register
            if not busy and (mine or time.monotonic() - other.seen > KEPT_SECONDS):
                del _cases[token]
        for token, _ in sorted(_cases.items(), key=lambda item: item[1].seen)[
            : max(0, len(_cases) - MOST_AT_ONCE + 1)
        ]:
            del _cases[token]
        _cases[case.token] = case
    return case


def get(viewer: Viewer, token: str) -> Case:
    """An import under way, of this account only. Refused `import.gone`."""
    with _lock:
        case = _cases.get(token)
        if case is not None and time.monotonic() - case.seen > KEPT_SECONDS:
            del _cases[token]
            case = None
    if case is None or case.account_id != viewer.account_id:
        raise Refused("import.gone")
    case.seen = time.monotonic()
    return case


def drop(viewer: Viewer, token: str) -> None:
    """Forget a file."""
    with _lock:
        if token in _cases and _cases[token].account_id == viewer.account_id:
            del _cases[token]
