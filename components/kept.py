"""What a page shows again is read once: while no counter moved, and only for viewers who may know the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Concatenate, ParamSpec, TypeVar

from db import clock, engine
from db.access import Viewer

P = ParamSpec("P")
R = TypeVar("R")

Stamp = tuple[int, ...]

MOST = 2000
MOST_LARGE = 300


@dataclass(frozen=True)
class Question:
    """A query with everything that decides its answer. Equal questions have equal answers."""

    url: str
    stamp: Stamp
    day: date
    who: tuple[Any, ...]
    what: tuple[Any, ...]
    ask: Callable[[], Any] = field(compare=False)


class Kept:
    """The answers of queries for one viewer, where the counters stand at `stamp` (see `live.follow`).

    `stamp` holds the counters of every topic that the answers depend on; empty when nobody knows where they stand.
    """

    def __init__(self, viewer: Viewer, stamp: Stamp) -> None:
        self.viewer, self.stamp = viewer, stamp

    def read(self, query: Callable[Concatenate[Viewer, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`query(viewer, …)`, from before when nothing moved since. Nobody may change what it returns."""
        what = (query.__module__, query.__qualname__, args, tuple(sorted(kwargs.items())))
        return self.answer(*what, ask=lambda: query(self.viewer, *args, **kwargs))

    def answer(self, *what: Any, ask: Callable[[], R]) -> R:
        """`ask()`, from before when nothing moved since; `what` (hashable) is all that the answer depends on besides."""
        if not self.stamp:
            return ask()
        viewer = self.viewer
        who = (viewer.account_id, viewer.role, viewer.areas, viewer.english)
        asked = Question(str(engine.current().url), self.stamp, clock.today(), who, what, ask)
        found: R = _usual.answer(asked)
        return found


def once(*what: Any, ask: Callable[[], R], large: bool = False) -> R:
    """`ask()`, from before when it was asked for with equal `what` (hashable: counters, day, sight, parameters).

    Of `large` answers, such as pictures, fewer are kept.
    """
    asked = Question(str(engine.current().url), (), clock.today(), (), what, ask)
    found: R = (_large if large else _usual).answer(asked)
    return found


def forget() -> None:
    """Ask everything anew."""
    _usual.clear()
    _large.clear()


class _Answer:
    """A place for one answer. Whoever comes while it is being worked out waits for it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.known = False
        self.value: Any = None


class _Store:
    """The last `most` answers. When a counter moves, fifty open maps ask the same at once: it is worked out once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._answers: OrderedDict[Question, _Answer] = OrderedDict()

    def answer(self, question: Question) -> Any:
        with self._lock:
            found = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if not found.known:
            with found.lock:
                if not found.known:
                    found.value = question.ask()
                    found.known = True
        return found.value

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()


_usual = _Store(MOST)
_large = _Store(MOST_LARGE)
