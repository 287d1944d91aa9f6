"""What the figures of a brief are otherwise now: entered or mended since it was written."""

from dataclasses import dataclass

from db.access import Viewer
from db.insight import briefs, charts, closing
from db.insight.brief_facts import for_everybody
from db.insight.charts import Place, Reading
from db.insight.periods import Period
from db.work import Work, query


@dataclass(frozen=True)
class Corrected:
    """A figure of a brief that is otherwise now: what it was when the brief was written, and what it is."""

    figure: str
    place: Place
    period: Period
    was: Reading
    now: Reading | None


def corrections(viewer: Viewer, *, brief_id: int) -> tuple[Corrected, ...]:
    """What was corrected since a brief was written, of the figures in it. Refused `record.not_found`."""
    closing.settle(viewer)
    return _corrections(viewer, brief_id=brief_id)


@query("brief.view")
def _corrections(work: Work, *, brief_id: int) -> tuple[Corrected, ...]:
    told = briefs.brief(work, brief_id=brief_id)
    was: dict[tuple[int, str], dict[str, Reading]] = {}
    for code, cells in told.figures.items():
        for period, cell in zip(told.columns, cells, strict=True):
            if cell is not None:
                was.setdefault((told.place.id, period.key), {})[code] = cell
    for number in told.numbers:
        if number.figure and number.reading is not None:
            was.setdefault((number.area_id, number.period), {})[number.figure] = number.reading
    eyes = for_everybody(work, told.place)
    found: list[Corrected] = []
    for (area_id, key), readings in was.items():
        now = charts.table(eyes, codes=readings, area_id=area_id, last=key, back=1)
        found += [
            Corrected(code, now.here, now.periods[-1], reading, now.last(code))
            for code, reading in readings.items()
            if code in now.readings[area_id] and now.last(code) != reading
        ]
    order = list(was)
    return tuple(sorted(found, key=lambda each: order.index((each.place.id, each.period.key))))
