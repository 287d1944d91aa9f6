"""Figures and periods in words: the same for charts, tables, workbooks and whoever hears them read aloud."""

import re
from collections.abc import Sequence

from components.i18n import _, month_text, n_, number_text
from db.insight import small
from db.insight.charts import Reading
from db.insight.figures import Figure
from db.insight.periods import Period

UNKNOWN = "–"
ROOM = " "
"""Stands before digits in every order of signs; at the right edge of a cell nobody sees it."""


def said(figure: Figure, reading: Reading | None, threshold: int = 5) -> str:
    """A figure as it is written: 95%, 2,814, 16.2 days, ≈20, <5, – when it is unknown."""
    if reading is None:
        return UNKNOWN
    if figure.kind == "count" and not reading.exact:
        return small.said(reading.above, threshold)
    value = reading.value(figure)
    if value is None:
        return UNKNOWN if reading.exact else small.told(reading.above, reading.below, threshold)[1]
    text = written(figure, value)
    return text if reading.exact else f"≈{text}"


def padded(texts: Sequence[str]) -> list[str]:
    """The same, with room before shorter numbers: a table that puts texts in order puts 9 before 13."""
    lengths = [len(re.split(r"[^\d,]", text.lstrip("≈<¥"), maxsplit=1)[0]) for text in texts]
    most = max(lengths, default=0)
    return [
        ROOM * (most - length) + text if length else text for text, length in zip(texts, lengths, strict=True)
    ]


def written(figure: Figure, value: float) -> str:
    """A value as it is written."""
    if figure.kind == "share":
        return small.percent(value)
    if figure.kind == "yuan":
        return f"¥{number_text(round(value, 1))}"
    if figure.kind == "days":
        return _("{number} days", number=number_text(round(value, 1)))
    if figure.kind == "hours":
        return _("{number} h", number=number_text(round(value, 2)))
    return number_text(round(value, 1) if figure.kind == "visits" else round(value))


def period_text(period: Period, *, so_far: bool = True, beside: Period | None = None) -> str:
    """A period as one says it: October 2026; with the day up to which it is known while it runs.

    Said `beside` another month of the same year, it needs no year.
    """
    year, first = period.first.year, period.first
    if period.unit == "month":
        text = month_text(first, year=beside is None or beside.unit != "month" or beside.first.year != year)
    elif period.unit == "quarter":
        text = _("quarter {number} of {year}", number=(first.month + 2) // 3, year=year)
    else:
        text = _("the year {year}", year=year)
    if period.over or not so_far:
        return text
    if period.unit == "month":
        return _("{period} (until day {day})", period=text, day=period.until.day)
    return _("{period} so far", period=text)


def short(period: Period) -> str:
    """A period as it stands below a bar."""
    if period.unit == "quarter":
        return _("Q{number}", number=(period.first.month + 2) // 3) + f"<br>{period.first.year}"
    return str(period.first.year) if period.unit == "year" else f"{period.first:%Y-%m}"


def sentence(
    figure: Figure, periods: Sequence[Period], readings: Sequence[Reading | None], threshold: int
) -> str:
    """What is seen: the last figure and the one before."""
    last = _("{figure}: {value} in {period}", figure=_(figure.label), value=said(figure, readings[-1], threshold),
             period=period_text(periods[-1]))  # fmt: skip
    if len(readings) < 2 or readings[-2] is None:
        return last
    before = period_text(periods[-2], beside=periods[-1])
    return last + _(", {value} in {period}", value=said(figure, readings[-2], threshold), period=before)


def aloud(
    figure: Figure, periods: Sequence[Period], readings: Sequence[Reading | None], threshold: int
) -> str:
    """What the chart says to whoever cannot see it: where it begins and ends, and where it is lowest and highest."""
    known = [
        (period, reading, value)
        for period, reading in zip(periods, readings, strict=True)
        if reading is not None and (value := reading.value(figure)) is not None
    ]
    if not known:
        return _("{figure}: nothing is known yet.", figure=_(figure.label))
    low, high = min(known, key=lambda one: one[2]), max(known, key=lambda one: one[2])

    def of(one: tuple[Period, Reading, float]) -> str:
        return _(
            "{value} in {period}",
            value=said(figure, one[1], threshold),
            period=period_text(one[0], so_far=False),
        )

    if low[2] == high[2]:
        return _("{figure}: always {value}, from {first} to {last}.", figure=_(figure.label),
                 value=said(figure, known[-1][1], threshold), first=period_text(known[0][0], so_far=False),
                 last=period_text(known[-1][0], so_far=False))  # fmt: skip
    return _(
        "{figure}: from {first} to {last}; lowest {low}, highest {high}.", figure=_(figure.label), first=of(known[0]),
        last=of(known[-1]), low=of(low), high=of(high),
    )  # fmt: skip


def records(count: int) -> str:
    return n_("{count} record", "{count} records", count)
