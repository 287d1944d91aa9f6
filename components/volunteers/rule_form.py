"""How a series repeats, to be changed: each week, every so many weeks, or one day of the month."""

import streamlit as st

from components.i18n import _
from components.volunteers import words
from components.volunteers.rule_words import NTH, parts, rule_text, weekdays
from db.volunteers import series
from db.volunteers.series import DAYS
from db.words import N_

EVERY = {
    "1": N_("Each week"), "2": N_("Every second week"), "3": N_("Every third week"), "4": N_("Every fourth week"),
    "month": N_("Once a month"),
}  # fmt: skip
AS_IT_IS = ""


def draw(rule: str, key: str) -> str:
    """The rule as it is chosen now; "" while no day is chosen. A rule that is not one of ours can stay as it is."""
    its, days = parts(rule), weekdays(rule)
    by = its.get("BYDAY", "")
    now = AS_IT_IS
    if days and its.get("INTERVAL", "1") in EVERY:
        now = its.get("INTERVAL", "1")
    elif its.get("FREQ") == "MONTHLY" and by[-2:] in DAYS and by[:-2] in NTH:
        now = "month"
    choices = list(EVERY) if now else [AS_IT_IS, *EVERY]
    every: str = st.selectbox(
        _("Repeats"), choices, index=choices.index(now), key=f"{key}_every",
        format_func=lambda code: _(EVERY[code]) if code else rule_text(rule),
    )  # fmt: skip
    if every == AS_IT_IS:
        return rule
    if every == "month":
        which: str = st.selectbox(
            _("Which of the month"), list(NTH), index=list(NTH).index(by[:-2]) if now == "month" else 0,
            key=f"{key}_which", format_func=lambda code: _(NTH[code]),
        )  # fmt: skip
        day = st.pills(
            _("Weekday"), range(7), default=DAYS.index(by[-2:]) if now == "month" else (days or [0])[0],
            required=True, key=f"{key}_day", format_func=words.weekday,
        )  # fmt: skip
        return series.monthly(int(which), day)
    chosen = st.pills(
        _("Weekdays"), range(7), default=days, selection_mode="multi", key=f"{key}_days", format_func=words.weekday,
    )  # fmt: skip
    return series.weekly(chosen, int(every)) if chosen else ""
