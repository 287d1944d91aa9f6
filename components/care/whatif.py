"""What a rule would mean, before anybody saves it: visits a week per grid and per holder, today and with it."""

import json
from collections.abc import Sequence
from datetime import date

import streamlit as st

from components import live
from components.i18n import _, n_, number_text
from components.register.values import plain
from components.words import problem
from db import clock
from db.access import Viewer
from db.care import loads
from db.care.loads import Share, WhatIf
from db.care.rules import LONGEST_RHYTHM, RULES
from db.errors import Refused
from db.register import Values

SHOWN = 12
LEAST = 0.05
"""Visits a week from which on a difference is told."""
TOPICS = ("care", "rules", "people", "posts", "areas", "settings")
WHOM = ("every_days", "opens_days", "kinds", "match", "groups", "living", "colours", "age_from", "age_to", "area_id",
        "since", "until")  # fmt: skip


def draw(viewer: Viewer, values: Values, rule_id: int | None) -> None:
    """The figures for a rule with these values."""
    every = values.get("every_days")
    if not isinstance(every, int) or not 1 <= every <= LONGEST_RHYTHM:
        st.caption(_("Say how often first."))
        return
    asked = {name: values.get(name) for name in WHOM}
    try:
        with st.spinner(_("Counting …"), show_time=False):
            found = _counted(
                viewer, str(viewer.account_id), live.stamp(*TOPICS), clock.today(),
                json.dumps(asked, default=str, sort_keys=True), rule_id, _values=asked,
            )  # fmt: skip
    except Refused as refused:
        for name, code in refused.facts.get("problems", {}).items():
            st.caption(
                f":red[{plain(_(RULES.specs[name].label))}: {plain(problem(code, asked.get(name, '')))}]"
            )
        return
    _totals(found)
    if not any(map(_changes, (*found.grids, *found.holders))):
        st.caption(_("For nobody anything would change."))
        return
    st.markdown(f"**{_('By area')}**")
    _shares(found.grids, "grids")
    st.markdown(f"**{_('By who is responsible')}**")
    _shares(found.holders, "holders")


def _changes(one: Share) -> bool:
    return abs(one.then - one.now) >= LEAST


@st.cache_data(show_spinner=False, max_entries=50)
def _counted(
    _viewer: Viewer, account: str, stamp: tuple[int, ...] | None, day: date, asked: str, rule_id: int | None, *,
    _values: Values,
) -> WhatIf:  # fmt: skip
    """Counted once for the same rule, people and day."""
    return loads.what_if(_viewer, values=_values, rule_id=rule_id)


def _totals(found: WhatIf) -> None:
    total = found.total
    over = sum(one.over for one in found.holders)
    with st.grid("auto", min_column_width=150):
        with st.container(border=True):
            st.metric(
                _("Visits a week"), number_text(round(total.then)), _signed(round(total.then) - round(total.now)),
                delta_color="inverse", help=_("With this rule; below it, how much more or less than today."),
            )  # fmt: skip
        with st.container(border=True):
            st.metric(_("It decides for"), n_("{count} person", "{count} people", found.fits))
        with st.container(border=True):
            st.metric(
                _("Not reached in time"), n_("{count} person", "{count} people", found.late),
                _signed(found.late - found.late_now), delta_color="inverse",
                help=_("On the first day with this rule; below it, how many more or fewer than today."),
            )  # fmt: skip
        with st.container(border=True):
            st.metric(
                _("No rule any more for"), n_("{count} person", "{count} people", found.out),
                help=_("In care, but no rule would fit: nobody would be sent to them."),
            )  # fmt: skip
        with st.container(border=True):
            st.metric(_("Over load"), number_text(over), help=_("Who would have more than they can carry."))
    if found.out:
        st.warning(
            n_("{count} person in care falls out: no rule would fit any more.",
               "{count} people in care fall out: no rule would fit any more.", found.out),
            icon=":material/person_off:",
        )  # fmt: skip


def _signed(change: float) -> str | None:
    rounded = round(change)
    return f"{rounded:+,}" if rounded else None


def _shares(shares: Sequence[Share], key: str) -> None:
    """Those whom it changes most come first; on a phone line by line."""
    changed = [one for one in shares if _changes(one)]
    shown = changed[:SHOWN]
    with st.container(key=f"wide_share_{key}"):
        st.dataframe(
            {
                _("Name"): [_name(one) for one in shown],
                _("Now"): [round(one.now, 1) for one in shown],
                _("With it"): [round(one.then, 1) for one in shown],
                _("Difference"): [round(one.then - one.now, 1) for one in shown],
                _("People"): [one.people_then for one in shown],
                _("State"): [_("Over load") if one.over else "" for one in shown],
            },
            hide_index=True, height="content", alt=_("Visits a week, today and with this rule"),
            column_config={
                _("Now"): st.column_config.NumberColumn(format="%g", help=_("Visits a week")),
                _("With it"): st.column_config.NumberColumn(format="%g", help=_("Visits a week")),
                _("Difference"): st.column_config.NumberColumn(format="%+g"),
            },
        )  # fmt: skip
    with st.container(key=f"narrow_share_{key}", gap="xsmall"):
        st.markdown("  \n".join(_line(one) for one in shown))
    if len(changed) > len(shown):
        left = len(changed) - len(shown)
        st.caption(n_("and {count} other, changed less", "and {count} others, changed less", left))


def _line(one: Share) -> str:
    change = _(
        "{now} → {then} visits a week",
        now=number_text(round(one.now, 1)),
        then=number_text(round(one.then, 1)),
    )
    mark = f" :red[{_('Over load')}]" if one.over else ""
    return f"**{plain(_name(one))}** {plain(change)}{mark}"


def _name(one: Share) -> str:
    return one.name or _("Nobody responsible")
