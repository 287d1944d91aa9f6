"""What somebody is told of attendance who may not see it: no small count can be worked out, however all is put together.

Every way in which a few areas, months and quarters can have had people is tried. Ways that are told alike are alike
for the reader; a small count that is the same in all of them would be known.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from db.insight import charts, participation, periods, small
from db.insight.figures import FIGURES
from db.insight.periods import Unit

Numbers = NDArray[np.int64]
MANY = 1000
"""So many live in each area, as everybody may know."""


def told(code: str, unit: Unit, limit: int, most: int) -> Numbers:
    """For each number of people: which of the answers it is told by (all are seen for the first time)."""
    answers: dict[Any, int] = {}
    found = []
    for count in range(most + 1):
        values = {"participants": count, "first": count, "attendances": count, "spent": 0}
        reading = charts._vague(FIGURES[code], unit, values, MANY, limit)
        assert reading is None or reading.above[0] <= count <= reading.above[1]
        found.append(answers.setdefault(reading and reading.above, len(answers)))
    return np.array(found)


def known(cells: list[Numbers], answers: list[Numbers], limit: int) -> int:
    """In how many ways to answer one of the cells is known exactly and small."""
    alike = np.zeros_like(answers[0])
    for answer in answers:
        alike = np.unique(alike * (int(answer.max()) + 1) + answer, return_inverse=True)[1]
    ways = int(alike.max()) + 1
    number = 0
    for cell in cells:
        low, high = np.full(ways, MANY), np.full(ways, -1)
        np.minimum.at(low, alike, cell)
        np.maximum.at(high, alike, cell)
        number += int(((low == high) & (low < limit)).sum())
    return number


def every(most: int, number: int) -> list[Numbers]:
    """All combinations of so many numbers up to `most`."""
    grid = np.array(np.meshgrid(*[np.arange(most + 1)] * number, indexing="ij"))
    return list(grid.reshape(number, -1))


@pytest.mark.parametrize(("limit", "areas", "most"), [(2, 5, 7), (3, 4, 14), (5, 3, 24)])
@pytest.mark.parametrize("code", ["participants", "first"])
def test_by_area_and_whole(code: str, limit: int, areas: int, most: int) -> None:
    parts = every(most, areas)
    step = told(code, "quarter", limit, most * areas)
    assert known(parts, [step[part] for part in parts] + [step[sum(parts)]], limit) == 0


def test_by_area_and_quarter_with_the_months_and_the_year_of_the_whole() -> None:
    """Months and years are told of the whole alone; first times are in one of them only."""
    limit, most = 5, 14
    one, other, first_month, second_month = every(most, 4)
    here = one + other
    possible = first_month + second_month <= here
    one, other, here = one[possible], other[possible], here[possible]
    months = [first_month[possible], second_month[possible]]
    months.append(here - months[0] - months[1])
    quarter, month = (
        told("first", "quarter", limit, 2 * most),
        told("first", "month", limit, 2 * most),
    )
    answers = [quarter[one], quarter[other], quarter[here], *(month[each] for each in months)]
    assert known([one, other, *months], answers, limit) == 0
    assert charts._vague(FIGURES["first"], "year", {"participants": 50, "first": 40}, MANY, limit) is None


def test_exact_sums_would_tell() -> None:
    """The control: with steps as narrow as what is to be hidden, as they once were, sums give small counts away."""
    limit, most = 5, 9
    parts = every(most, 5)
    step = np.arange(5 * most + 1) // limit
    assert known(parts, [step[part] for part in parts] + [step[sum(parts)]], limit) > 0


def spans() -> Iterator[tuple[int, int, int]]:
    for people in (0, 3, 12, 40, 200):
        for part in range(0, people + 1, 1 if people < 50 else 7):
            for limit in (1, 2, 3, 5, 10):
                yield people, part, limit


def test_every_span_holds_the_truth() -> None:
    for people, part, limit in spans():
        low, high = small.some(part, people, small.step(people, limit), limit)
        assert low <= part <= high
        assert limit == 1 or low == 0 or low >= limit or people - low >= limit
    assert participation.shown(7, 2, 100, 5) == {"participants": (0, 9), "first": (0, 9)}
    assert [one.unit for one in (periods.parse("2026-10"), periods.parse("2026Q3"))] == ["month", "quarter"]
