"""What a brief compares: figures with the month before and with the target, and areas that became better or tore."""

from datetime import date

from components.brief_pen import Pen, missing, reading_text
from components.i18n import _, day_text
from db.insight import small
from db.insight.charts import Place
from db.insight.figures import FIGURES

MOST_PARTS = 3
MOST_NAMED = 5
POINTS = 0.03
"""An area is named when its share moved by so much."""
LEAST = 10
"""Of areas with fewer people in care a share says little."""


def points_moved(pen: Pen, back: int) -> int | None:
    """By how many points, as they are written, the share of people reached in time moved; None where one is unknown."""
    shares = [
        one.value(FIGURES["in_time"])
        for one in (pen.reading("in_time"), pen.reading("in_time", back))
        if one is not None
    ]
    told = [small.whole_percent(one) for one in shares if one is not None]
    return told[0] - told[1] if len(told) == 2 else None


def aim(pen: Pen, code: str) -> str:
    """Whether the target is met, where there is one."""
    target = pen.facts.targets[code]
    if not target:
        return ""
    if reached_target(pen, code=code):
        return _(", which meets the target of {target}%", target=target)
    now = pen.reading(code)
    share = now.value(FIGURES[code]) if now is not None else None
    if share is not None and small.whole_percent(share) >= target:  # as it is written it would seem to be met
        return _(", just short of the target of {target}%", target=target)
    return _(", below the target of {target}%", target=target)


def day_of(pen: Pen, day: date) -> str:
    """A day, without the year where it is that of the month."""
    return day_text(day, year=day.year != pen.facts.period.first.year)


def end_of(pen: Pen) -> str:
    """The last day of the month: of that day is what is said of a state."""
    return day_of(pen, pen.facts.period.last)


def moved(pen: Pen, code: str, area: Place | None = None) -> int:
    """1 when a figure is clearly better than in the month before, -1 when it is clearly worse."""
    figure, now, before = FIGURES[code], pen.reading(code, 0, area), pen.reading(code, 1, area)
    if now is None or before is None:
        return 0
    one, other = now.value(figure), before.value(figure)
    texts = [reading_text(figure, reading) for reading in (now, before)]
    if one is None or other is None or texts[0] == texts[1]:
        return 0
    if not now.exact and now.above[0] <= before.above[1] and before.above[0] <= now.above[1]:
        return 0
    clearly = 0.01 if figure.kind == "share" else max(abs(other) * 0.1, 0.5)
    if abs(one - other) < clearly:
        return 0
    return 1 if (one > other) == (figure.better == "high") else -1


def reached_target(pen: Pen, part: Place | None = None, *, code: str = "in_time") -> bool:
    now = pen.reading(code, 0, part)
    return now is None or now.below is None or now.above[0] * 100 >= pen.facts.targets[code] * now.below[0]


def parts_moved(pen: Pen, *, better: bool) -> list[Place]:
    """The parts whose share of people reached in time moved by more than a little, the largest step first."""
    found = []
    for part in pen.facts.table.parts:
        now, before = pen.reading("in_time", 0, part), pen.reading("in_time", 1, part)
        if now is None or before is None or now.below is None or now.below[0] < LEAST:
            continue
        one, other = now.value(FIGURES["in_time"]) or 0, before.value(FIGURES["in_time"]) or 0
        step = one - other if better else other - one
        if step >= POINTS and (better or missing(now) > missing(before)):
            found.append((-step, part.id, part))
    return [part for _step, _id, part in sorted(found, key=lambda each: each[:2])]


def torn_parts(pen: Pen) -> list[Place]:
    """The parts that tore: worse than the month before, or below the target with several who wait; most who wait first."""
    worse = {part.id for part in parts_moved(pen, better=False)}
    found = []
    for part in pen.facts.table.parts:
        late = missing(pen.reading("in_time", 0, part))
        if late and (part.id in worse or (late >= MOST_NAMED and not reached_target(pen, part))):
            found.append((-late, part.id, part))
    return [part for _late, _id, part in sorted(found, key=lambda each: each[:2])][:MOST_PARTS]
