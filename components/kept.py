"""What a page shows again is read once: while no counter moved, and only for viewers who may know the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar

from db import clock, engine
from db.access import Viewer

P = ParamSpec("P")
R = TypeVar("R")

Stamp = tuple[int, ...]

MOST = 2000


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
        who = (viewer.account_id, viewer.role, viewer.areas, viewer.language)
        found: R = _answer(Question(str(engine.current().url), self.stamp, clock.today(), who, what, ask))
        return found


def once(*what: Any, ask: Callable[[], R]) -> R:
    """`ask()`, from before when it was asked for with equal `what` (hashable: counters, day, sight, parameters)."""
    found: R = _answer(Question(str(engine.current().url), (), clock.today(), (), what, ask))
    return found


@lru_cache(maxsize=MOST)
def _answer(question: Question) -> Any:
    return question.ask()
