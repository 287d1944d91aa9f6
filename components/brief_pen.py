"""How figures are written in a brief, and the pen that remembers which numbers stand in its sentences."""

from dataclasses import dataclass, field
from typing import Any, Final

from components.i18n import _, language, number_text
from db.insight import small
from db.insight.brief_facts import Facts
from db.insight.brief_links import Number, around
from db.insight.briefs import SECTIONS
from db.insight.charts import Place, Reading
from db.insight.figures import FIGURES, Figure

DIGITS: Final = {"days": 1, "hours": 2, "visits": 1, "yuan": 1}
"""So many digits behind the point, as in the charts."""


def reading_text(figure: Figure, reading: Reading | None) -> str:
    """A figure as it is written: 2,814, 93%, 15.1, about 30, fewer than 5; "–" where there is none."""
    if reading is None:
        return "–"
    if figure.kind == "share":
        return small.told(reading.above, reading.below, 1)[1]
    if figure.kind != "count":
        value = reading.value(figure)
        return "–" if value is None else number_text(round(value, DIGITS.get(figure.kind, 0)))
    low, high = reading.above
    if low == high:
        return number_text(low)
    if low == 0:
        return _("fewer than {count}", count=number_text(high + 1))
    return _("about {count}", count=number_text(small.middle(reading.above)))


_MARK = "\x02"
"""Stands around the position of a number until its sentence is finished."""


@dataclass
class Pen:
    """Writes lines, and remembers which numbers stand in them."""

    facts: Facts
    section: str = "happened"
    lines: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in SECTIONS})
    numbers: list[Number] = field(default_factory=list)
    waiting: list[Number] = field(default_factory=list)  # in the sentence that is being written

    def line(self, *sentences: str) -> None:
        """Finish a line: what stands for its numbers gives way to them."""
        written = ("" if language() == "zh" else " ").join(one for one in sentences if one)
        if not written:
            return
        text, starts = "", {}
        for at, part in enumerate(written.split(_MARK)):
            if at % 2:
                if (
                    self.waiting[int(part)].text[:1] > "⺀"
                ):  # between two Chinese characters there is no space
                    text = text.rstrip(" ")
                starts[int(part)] = len(text)
                text += self.waiting[int(part)].text
            else:
                text += part
        self.numbers += [around(self.waiting[at], text, start) for at, start in starts.items()]
        self.waiting = []
        self.lines[self.section].append(text)

    def number(self, text: str, **values: Any) -> str:
        """What stands for a number until its line is finished."""
        self.waiting.append(Number(self.section, text, **values))
        return f"{_MARK}{len(self.waiting) - 1}{_MARK}"

    def plain(self, count: int) -> str:
        """A number that has no rows of its own; only that it was changed by hand is told."""
        return self.number(number_text(count))

    def reading(self, code: str, back: int = 0, area: Place | None = None) -> Reading | None:
        """A figure, None where it is not known or a share of nothing."""
        found = self.facts.reading(code, back, area.id if area else None)
        return None if found is None or (found.below is not None and found.below[1] == 0) else found

    def told(self, code: str, back: int = 0, area: Place | None = None) -> str:
        """A figure, as it is written."""
        return self._of(code, back, area, "")

    def part(self, code: str, back: int = 0, area: Place | None = None) -> str:
        """Of a share, how many that is."""
        return self._of(code, back, area, "part")

    def rest(self, code: str, back: int = 0, area: Place | None = None) -> str:
        """Of a share, how many are missing."""
        return self._of(code, back, area, "rest")

    def _of(self, code: str, back: int, area: Place | None, what: str) -> str:
        figure, reading = FIGURES[code], self.reading(code, back, area)
        text = reading_text(figure, reading)
        if reading is not None and reading.below is not None and what:
            text = number_text(reading.above[0] if what == "part" else reading.below[0] - reading.above[0])
        return self.number(
            text, figure=code, area_id=(area or self.facts.here).id, period=self.facts.table.periods[-1 - back].key,
            rest=what == "rest", reading=reading,
        )  # fmt: skip

    def leads(self, text: str, code: str, bar: str, *, rest: bool = False) -> str:
        """A number that is one segment of a figure."""
        return self.number(
            text, figure=code, area_id=self.facts.here.id, period=self.facts.period.key, rest=rest, bar=bar
        )


def many(reading: Reading | None) -> int:
    """How many, to choose the form of a sentence and to see whether there is anything to say."""
    return small.middle(reading.above) if reading is not None else 0


def missing(reading: Reading | None) -> int:
    return reading.below[0] - reading.above[0] if reading is not None and reading.below is not None else 0
