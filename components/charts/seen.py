"""What the address of the charts asks for, and the figures that it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from components.charts import plan
from components.charts.plan import Chart
from components.kept import Kept
from components.page import put_in_address
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.insight import charts, periods
from db.insight.charts import Place, Reading, Table
from db.insight.figures import FIGURES, Figure
from db.insight.now import NOW
from db.insight.periods import UNITS, Period, Unit
from db.words import N_

UNIT_LABELS: Final = {"month": N_("Month"), "quarter": N_("Quarter"), "year": N_("Year")}
BACK: Final = {"month": 13, "quarter": 9, "year": 4}
OF_ROWS: Final = frozenset({"show", "figure", "period", "rest", "bar", "back"})
"""What the address of the rows behind a figure says besides the area."""
CHOICES: Final = {"month": 25, "quarter": 9, "year": 4}


@dataclass(frozen=True)
class Seen:
    """What the address asks for."""

    places: tuple[Place, ...]
    here: Place
    unit: Unit
    last: Period
    chapter: str

    @property
    def parts(self) -> list[Place]:
        """The areas that lie directly in the one looked at."""
        depth = self.here.path.count("/") + 1
        return [
            one for one in self.places if one.path.startswith(self.here.path) and one.path.count("/") == depth
        ]


def asked(places: tuple[Place, ...]) -> Seen:
    here = asked_for(places)
    unit: Unit = next((one for one in UNITS if one == st.query_params.get("unit", "")), "month")
    last = (
        periods.parse(st.query_params["last"])
        if "last" in st.query_params
        else periods.of(clock.today(), unit)
    )
    if last.unit != unit:
        last = periods.of(last.until, unit)
    return Seen(places, here, unit, last, "care")


def asked_for(places: tuple[Place, ...]) -> Place:
    """The area in the address. Refused `area.not_found`."""
    asked = st.query_params.get("area", "")
    here = next((one for one in places if str(one.id) == asked), None)
    if here is None and asked:
        raise Refused("area.not_found")
    return here or places[0]


def names_of(places: Sequence[Place]) -> dict[int, str]:
    """The areas to choose from, each further in the deeper it lies."""
    depths = {one.id: one.path.count("/") for one in places}
    top = min(depths.values(), default=0)
    return {one.id: "　" * (depths[one.id] - top) + one.name for one in places}


def a_year_before(kept: Kept, seen: Seen, back: int = 0) -> Table:
    """The same periods a year before."""
    return read(kept, replace(seen, last=seen.last.year_before()), parts=False, back=back)


def read(kept: Kept, seen: Seen, *, parts: bool, back: int = 0) -> Table:
    return kept.read(
        charts.table, codes=plan.figures_of(seen.chapter), area_id=seen.here.id, unit=seen.unit, last=seen.last.key,
        back=back or BACK[seen.unit], parts=parts,
    )  # fmt: skip


def rows_of(
    figure: str, area_id: int, period: str, *, rest: bool = False, bar: str = "", back: str = ""
) -> dict[str, Any]:
    """The parameters of the address of the rows behind a figure; `back` says to which other page one goes back."""
    return {
        "show": "rows",
        "figure": figure,
        "area": str(area_id),
        "period": period,
        "rest": "1" if rest else "",
        "bar": bar,
        "back": back,
    }


def known(kept: Kept, found: Table, chart: Chart) -> Table:
    """Without the periods before anything was recorded of what the chart shows."""
    readings = [found.of(code) for code in chart.codes]
    begins = kept.read(charts.begins).get(chart.first.source)
    recorded = (
        at
        for at, period in enumerate(found.periods)
        if any(one[at] is not None for one in readings) and (begins is None or begins <= period.last)
    )
    return after(found, next(recorded, len(found.periods) - 1))


def missing(figure: Figure, reading: Reading | None) -> bool:
    """Whether something is missing from a share: that is what whoever asks behind it is looking for."""
    return bool(
        figure.rest
        and reading is not None
        and reading.below is not None
        and reading.above[0] < reading.below[0]
    )


def after(found: Table, number: int) -> Table:
    """Without the first so many periods."""
    if not number:
        return found
    return replace(
        found, periods=found.periods[number:],
        readings={
            area_id: {code: one[number:] for code, one in readings.items()} for area_id, readings in found.readings.items()
        },
    )  # fmt: skip


def show(
    viewer: Viewer, code: str, place: Place, period: Period | None, *, rest: bool = False, bar: str = ""
) -> None:
    """Ask for the records behind a figure, if the viewer may see them."""
    figure = FIGURES.get(code) or NOW[code]
    if not viewer.reaches(figure.rows, place.path):
        return
    put_in_address(rows_of(code, place.id, period.key if period else "", rest=rest, bar=bar))
