"""Which charts stand in which chapter: figures as data."""

from dataclasses import dataclass
from typing import Final, Literal

from db.insight.figures import FIGURES, Figure
from db.insight.now import NOW

Form = Literal["line", "bars", "stack", "now"]


@dataclass(frozen=True)
class Chart:
    """One chart: the figures in it, and how they are drawn. The first figure gives it its title."""

    codes: tuple[str, ...]
    form: Form

    @property
    def key(self) -> str:
        return self.codes[0]

    @property
    def first(self) -> Figure:
        return FIGURES.get(self.codes[0]) or NOW[self.codes[0]]


CHARTS: Final[dict[str, tuple[Chart, ...]]] = {
    "care": (
        Chart(("in_time",), "line"), Chart(("late",), "bars"), Chart(("waiting",), "now"),
        Chart(("contacts", "attempts"), "stack"), Chart(("unseen",), "line"), Chart(("in_care",), "line"),
        Chart(("load",), "line"),
    ),
    "posts": (Chart(("held",), "line"), Chart(("carried",), "now")),
    "shifts": (
        Chart(("filled",), "line"), Chart(("hours", "hours_by_hand"), "stack"), Chart(("places",), "line"),
        Chart(("lead",), "line"),
    ),
    "volunteers": (
        Chart(("serving",), "bars"), Chart(("joined",), "bars"), Chart(("concentration",), "line"), Chart(("paused",), "bars"),
    ),
    "activities": (
        Chart(("participants", "first"), "bars"), Chart(("attendances",), "bars"), Chart(("dates",), "bars"),
        Chart(("cost",), "line"), Chart(("never",), "now"),
    ),
    "people": (Chart(("pyramid",), "now"), Chart(("groups",), "now")),
}  # fmt: skip

TILES: Final[dict[str, tuple[str, ...]]] = {
    "care": ("in_time", "late", "contacts", "attempts", "in_care", "unseen"),
    "posts": ("held",),
    "shifts": ("filled", "places", "lead", "hours", "hours_by_hand"),
    "volunteers": ("serving", "joined", "paused", "concentration"),
    "activities": ("participants", "first", "attendances", "dates", "cost"),
    "people": (),
}  # fmt: skip


def figures_of(chapter: str) -> tuple[str, ...]:
    """The figures over time that a chapter needs, each once."""
    found = [
        *TILES[chapter],
        *(code for chart in CHARTS[chapter] if chart.form != "now" for code in chart.codes),
    ]
    return tuple(dict.fromkeys(found))
