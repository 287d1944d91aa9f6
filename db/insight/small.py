"""Small counts, shown so that nobody can work out who is meant.

Each area has, for each figure, the span within which everybody may know it to lie. A building with fewer
than `small` people of a kind has the span (0, small - 1), whatever it holds. What encloses such areas is
not published exactly either, or the missing number would follow by subtraction: its span follows from
those of its parts and from one rounded sum. The rounding keeps every hidden part free to be anything
within its own span, however all published spans are put together (a test tries all combinations).
"""

from collections.abc import Iterable

Span = tuple[int, int]
"""Lowest and highest value that a figure may have, both included."""


def leaf(count: int, small: int) -> Span:
    """The span of a count that has no parts: exact, unless it is below `small`."""
    return (count, count) if count >= small or small < 2 else (0, small - 1)


def leaf_part(part: int, whole: int, small: int) -> Span:
    """The span of a part of `whole`: both the part and the rest of the whole may be too small to tell."""
    if small < 2:
        return part, part
    if whole < small:
        return 0, small - 1
    if whole < 2 * small - 1:
        return 0, whole  # both kinds of vagueness overlap here: the choice between them would tell
    if part < small:
        return 0, small - 1
    if whole - part < small:
        return whole - small + 1, whole
    return part, part


def together(parts: Iterable[tuple[int, Span]]) -> Span:
    """The span of a sum, from the value and the span of each part.

    What exceeds the lowest values is told in steps wider than any one part's uncertainty, and the last
    step reaches down far enough that any one part may still be at its lowest.
    """
    lowest = excess = room = widest = 0
    for value, (low, high) in parts:
        lowest += low
        excess += value - low
        room += high - low
        widest = max(widest, high - low)
    if not widest:
        return lowest, lowest
    step = widest + 1
    last = (room - widest) // step
    at = min(excess // step, last)
    return lowest + at * step, lowest + (room if at == last else (at + 1) * step - 1)


def step(count: int, width: int) -> Span:
    """In steps, such as those as wide as what is too small to be told."""
    low = count // width * width
    return low, low + width - 1


def some(part: int, whole: int, told: Span, small: int) -> Span:
    """The span of a part of `whole`, of which `told` is known.

    The same people are counted by area, by group and by quarter, at each level of the tree: what is exact in one of them
    would give away by subtraction what is too small in another. So nothing is exact but for who may open the rows, and
    less than twice `small` is not told at all: sums of such counts, told in steps, narrow each of them to its highest
    value at most, and that is no small one.
    """
    if small == 1:
        return part, part
    low, high = told
    hidden = 2 * small
    if high < 2 * hidden:
        return 0, max(high, hidden - 1)
    if part < hidden:
        return 0, hidden - 1
    if whole - part < hidden:
        return max(0, low - hidden), high
    return step(part, small)


def rest(part: int, whole: int, told: Span, small: int) -> Span:
    """The span of what `part` leaves of `whole`, of which `told` is known: no more than follows from that of the part.

    Told in steps of its own it would cut the steps of the part into smaller ones.
    """
    low, high = some(part, whole, told, small)
    return max(0, told[0] - high), told[1] - low


def said(span: Span, small: int) -> str:
    """The span in figures that every language reads: 34, <5, ≈34."""
    low, high = span
    if low == high:
        return str(low)
    if low == 0:
        return f"<{max(high + 1, small)}"
    return f"≈{middle(span)}"


def middle(span: Span) -> int:
    """The value to colour and to compute with."""
    return (span[0] + span[1]) // 2


def told(numerator: Span, denominator: Span | None, threshold: int) -> tuple[float | None, str]:
    """The value to colour by and the figures to write, from what may be known and nothing else.

    A count that is not told has the value None and a text such as "<5"; a share of nothing is "–".
    """
    if denominator is None:
        if numerator[0] == 0 and numerator[1] > 0:
            return None, said(numerator, threshold)
        return float(middle(numerator)), said(numerator, threshold)
    if denominator[1] == 0:
        return None, "–"
    if denominator[0] == 0:
        return None, said(denominator, threshold)
    lowest = numerator[0] / denominator[1]
    highest = min(1.0, numerator[1] / denominator[0])
    if numerator[0] == numerator[1] and denominator[0] == denominator[1]:
        return lowest, percent(lowest)
    if highest - lowest > 0.25:
        return None, f"{int(lowest * 100)}–{percent(highest)}"
    return (lowest + highest) / 2, f"≈{percent((lowest + highest) / 2)}"


def percent(share: float) -> str:
    """Whole per cent as it is written everywhere."""
    return f"{whole_percent(share)}%"


def decimal(number: float) -> str:
    """One digit behind the point, none where it says nothing."""
    return f"{number:.1f}".removesuffix(".0")


def whole_percent(share: float) -> int:
    """Whole per cent; never 100 while something is missing, never 0 while there is something."""
    rounded = round(share * 100)
    if rounded == 100 and share < 1:
        rounded = 99
    if rounded == 0 and share > 0:
        rounded = 1
    return rounded
