"""Where and when people are missing: weekday by hour for each area over four weeks, and the figures beside it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from components.i18n import _
from components.kept import Kept
from components.volunteers import words
from components.volunteers.states import MARKS, state_word
from db.volunteers import roster, shifts
from db.volunteers.roster import HEAT_WEEKS, STATES, Heat
from db.words import N_

MEASURES = {"missing": N_("People missing"), "there": N_("People there")}
# Five steps by lightness alone; the figure stands in each cell.
STEPS = {
    "missing": (("#ffffff", "#1c2b2d"), ("#f8e8c6", "#1c2b2d"), ("#eec27c", "#1c2b2d"), ("#cf8330", "#1c2b2d"), ("#8c4a0c", "#ffffff")),
    "there": (("#ffffff", "#1c2b2d"), ("#e6f2f2", "#1c2b2d"), ("#b9dadb", "#1c2b2d"), ("#7fb9be", "#1c2b2d"), ("#2f818a", "#ffffff")),
}  # fmt: skip
MOST_AREAS = 12
_STYLE = """
<style>
  .heat { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
  .heat > div { overflow-x: auto; max-width: 100%; flex: 0 0 auto; width: max-content; }
  .heat table { width: auto; }
  .heat caption { caption-side: top; text-align: left; font-weight: 600; font-size: .95rem; color: inherit; padding: 2px 4px; }
  .heat thead td { border: 0; }
  .heat table { border-collapse: separate; border-spacing: 2px; font-size: .8rem; }
  .heat th { font-weight: 600; padding: 1px 4px; text-align: center; white-space: nowrap; }
  .heat td { min-width: 1.7rem; height: 1.5rem; text-align: center; border-radius: 3px; border: 1px solid var(--linli-line); }
</style>
"""


def draw(kept: Kept, monday: date, area_id: int | None) -> None:
    """The maps, the area with most missing first, and the table."""
    since, until = roster.span(monday, HEAT_WEEKS)
    cards = kept.read(shifts.between, since=since, until=until, area_id=area_id)
    names = kept.read(roster.area_names)
    viewer = kept.viewer
    found = roster.heat([card for card in cards if viewer.reaches("shift.edit", card.area_path)])
    st.caption(
        _("The four weeks from {day} on. An hour counts for each shift that is open in it.", day=words.short_date(monday))
    )  # fmt: skip
    if not found:
        st.info(_("No shifts in these weeks."))
        return
    measure = st.segmented_control(
        _("What is counted"), list(MEASURES), default="missing", key="heat_measure", required=True,
        format_func=lambda one: _(MEASURES[one]), label_visibility="collapsed",
    )  # fmt: skip
    left, right = st.columns([3, 2], gap="large")
    found = sorted(found, key=lambda one: -sum(one.missing.values()))
    with left:
        _maps(found, names, measure)
    with right:
        st.dataframe([_row(one, names) for one in found], hide_index=True, width="stretch", height="content")


def _maps(found: Sequence[Heat], names: dict[int, str], measure: str) -> None:
    """All areas together, then each one where there is something to see."""
    hours = sorted({hour for one in found for _day, hour in one.there})
    whole: Counter[tuple[int, int]] = sum((getattr(one, measure) for one in found), Counter())
    shown = [(_("Together"), whole)] if len(found) > 1 else []
    shown += [(names.get(one.area_id or 0, ""), getattr(one, measure)) for one in found[:MOST_AREAS]]
    maps = [_map(title, counts, hours, measure) for title, counts in shown if any(counts.values())]
    if maps:
        st.html(f'{_STYLE}<div class="heat">{"".join(maps)}</div>')
    else:
        st.success(_("Nobody is missing in these weeks."))


def _row(one: Heat, names: dict[int, str]) -> dict[str, Any]:
    row: dict[str, Any] = {_("Area"): names.get(one.area_id or 0, "")}
    row[_("Shifts")] = sum(one.states.values())
    for state in STATES[:3]:
        row[f"{MARKS[state]} {state_word(state)}"] = one.states[state]
    return row


def _map(title: str, counts: Counter[tuple[int, int]], hours: Sequence[int], measure: str) -> str:
    most = max(counts.values(), default=0)
    head = "".join(f'<th scope="col">{hour}</th>' for hour in hours)
    body = []
    for day in range(7):
        cells = "".join(_cell(counts[day, hour], most, measure) for hour in hours)
        body.append(f'<tr><th scope="row">{escape(words.weekday(day))}</th>{cells}</tr>')
    said = escape(f"{title}: {_(MEASURES[measure])}")
    return (
        f'<div tabindex="0" role="region" aria-label="{said}"><table><caption>{escape(title)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(count: int, most: int, measure: str) -> str:
    step = 0 if not count else min(1 + int(4 * (count - 1) / max(most, 1)), 4)
    paper, ink = STEPS[measure][step]
    return f'<td style="background:{paper};color:{ink}">{count or ""}</td>'
