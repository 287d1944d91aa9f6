"""How shifts stand, by colour and by sign and word; the week as a table, a row for each kind, a column for each day."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape

import streamlit as st

from components.i18n import _
from components.navigation import link
from components.volunteers import words
from db import clock
from db.volunteers import workdays
from db.volunteers.roster import STATES, day_of
from db.volunteers.shifts import Card
from db.words import N_

WORDS = {
    "empty": N_("Nobody there"), "below": N_("Too few"), "at_risk": N_("At risk"), "enough": N_("Enough, places left"),
    "full": N_("Full"),
}  # fmt: skip
MARKS = {"empty": "○", "below": "◔", "at_risk": "△", "enough": "◑", "full": "●"}
# The darker, the worse, as on the map; marks and words say the same without colour.
COLOURS = {
    "empty": ("#8c4a0c", "#ffffff"), "below": ("#cf8330", "#1c2b2d"), "at_risk": ("#f8e8c6", "#1c2b2d"),
    "enough": ("#e3f0ef", "#1c2b2d"), "full": ("#b9dadb", "#1c2b2d"),
}  # fmt: skip
_STYLE = """
<style>
  .roster { overflow-x: auto; }
  .roster table { border-collapse: separate; border-spacing: 3px; width: 100%; font-size: .85rem; }
  .roster th { font-weight: 600; padding: 3px 6px; text-align: left; white-space: nowrap; background: var(--linli-ground); }
  .roster th small { display: block; font-weight: 400; color: var(--linli-warn); }
  .roster th.today { background: var(--linli-fill); color: #fff; }
  .roster th[scope=row] { white-space: normal; min-width: 6.5rem; max-width: 9rem; vertical-align: top; }
  .roster td { vertical-align: top; min-width: 6.2rem; }
  .roster a { display: block; margin-bottom: 3px; padding: 2px 6px; border-radius: 4px; text-decoration: none;
              white-space: nowrap; line-height: 1.45; }
  .roster a.past { box-shadow: inset 3px 0 #5d7073; }
  .roster a:hover { outline: 2px solid var(--linli-link); }
  .states { display: flex; flex-wrap: wrap; gap: .4rem .6rem; font-size: .9rem; }
  .states span { padding: 1px 8px; border-radius: 4px; }
</style>
"""


def state_word(state: str) -> str:
    return _(WORDS[state])


def legend() -> None:
    """What the colours and signs mean."""
    parts = "".join(
        f'<span style="background:{COLOURS[one][0]};color:{COLOURS[one][1]}">{MARKS[one]} {escape(state_word(one))}</span>'
        for one in STATES
    )
    st.html(f'{_STYLE}<div class="states">{parts}</div>')


def week_table(cards: Sequence[Card], monday: date, rows: Callable[[Card], str]) -> str:
    """The week as a table that can be read aloud, a row for each text that `rows` gives; each shift leads to its page."""
    days = [monday + timedelta(days=number) for number in range(7)]
    head = "".join(_head(day) for day in days)
    by_row: dict[str, dict[date, list[Card]]] = {}
    for card in cards:
        by_row.setdefault(rows(card), {}).setdefault(day_of(card), []).append(card)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{''.join(map(_chip, of_day.get(day, ())))}</td>" for day in days)
        + "</tr>"
        for name, of_day in by_row.items()
    )
    title = escape(_("Roster of the week"))
    return (
        f'{_STYLE}<div class="roster" tabindex="0" role="region" aria-label="{title}"><table><caption hidden>{title}'
        f"</caption><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _head(day: date) -> str:
    note = workdays.holiday(day)
    said = (
        _(workdays.NAMES.get(note, note))
        if note
        else _("make-up working day")
        if workdays.make_up(day)
        else ""
    )
    mark = ' class="today"' if day == clock.today() else ""
    return f'<th scope="col"{mark}>{escape(words.short_day(day))}<small>{escape(said)}</small></th>'


def _chip(card: Card) -> str:
    paper, ink = COLOURS[card.state]
    past = ' class="past"' if card.ends_at < clock.now() else ""
    where = card.where or card.title
    said = f"{words.when(card.starts_at, card.ends_at)} {card.title} {where}: {state_word(card.state)}"
    if card.waiting:
        said += ", " + _("{count} wait", count=card.waiting)
    return (
        f'<a{past} href="{link("roster", shift=card.id)}" target="_self" style="background:{paper};color:{ink}" '
        f'title="{escape(said)}" aria-label="{escape(said)}"><span aria-hidden="true">{MARKS[card.state]}</span> '
        f"{words.clock_time(card.starts_at)} {card.taken}/{card.capacity}"
        f"{f' +{card.waiting}' if card.waiting else ''}</a>"
    )
