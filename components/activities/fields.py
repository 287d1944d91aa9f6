"""The fields of an activity that are seldom needed: folded away in the form for a new one, shown when it is changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import streamlit as st
from dateutil.relativedelta import relativedelta

from components.activities import words
from components.i18n import _
from db import clock
from db.access import Viewer
from db.activities import birthdays, venues, whom
from db.people.glance import group_choices
from db.volunteers import work_kinds


def where_to_meet(viewer: Viewer, key: str, now: int | None) -> int | None:
    """One of the places to meet, with the room it has; None for elsewhere."""
    known = {one: (name, room) for one, name, room in venues.choices(viewer)}
    options: list[int | None] = [None, *known]
    chosen: int | None = st.selectbox(
        _("Place to meet"), options, key=key, index=options.index(now) if now in known else 0,
        format_func=lambda one: _("{name} (room for {count})", name=known[one][0], count=known[one][1]) if one else _("Elsewhere"),
    )  # fmt: skip
    return chosen


def quarter(key: str, now: str, day: date) -> str:
    """The quarter whose birthdays a party is for; that of its day unless somebody chooses another."""
    usual = now or birthdays.quarter_of(day)
    first, _last = birthdays.days_of(usual)
    options = [birthdays.quarter_of(first + relativedelta(months=3 * number)) for number in range(-1, 4)]
    chosen: str = st.selectbox(
        _("Birthdays of"), options, index=1, key=f"{key}_quarter_{usual}", format_func=words.quarter,
        help=_("The list of guests makes itself: whose birthday falls into this quarter, retired workers first."),
    )  # fmt: skip
    return chosen


def meeting_point(key: str, now: str, *, needed: bool = False) -> str:
    """Where one meets, in words. `needed`: no place was chosen that says it; then it belongs to the choice above."""
    typed = st.text_input(
        _("Meeting point"), now, key=f"{key}_where", max_chars=80,
        placeholder=_("Where one meets") if needed else None,
        label_visibility="collapsed" if needed else "visible",
    )  # fmt: skip
    if needed and not typed.strip():
        st.caption(
            ":orange[:material/location_off: " + _("Without it, page and poster say only the area.") + "]"
        )
    return typed


def more(
    viewer: Viewer, key: str, now: Mapping[str, Any], *, new: bool, where: bool = True
) -> dict[str, Any]:
    """What is typed in the further fields, by name. `new`: also what cannot be changed once it was announced.

    `where`: with the meeting point, where it is not asked for elsewhere.
    """

    def whole(name: str, label: str, most: int, box: Any = st) -> int:
        return int(box.number_input(label, 0, most, int(now.get(name) or 0), key=f"{key}_{name}"))

    typed: dict[str, Any] = {}
    typed["about"] = st.text_area(_("What it is about"), now.get("about", ""), key=f"{key}_about", height=80)
    one, two = st.columns(2)
    if where:
        with one:
            typed["where"] = meeting_point(key, now.get("where", ""))
    typed["lead"] = two.text_input(_("Led by"), now.get("lead", ""), key=f"{key}_lead", max_chars=40)
    one, two = st.columns(2)
    typed["materials"] = one.text_input(_("What to bring"), now.get("materials", ""), key=f"{key}_materials", max_chars=200)  # fmt: skip
    typed["minimum"] = int(
        two.number_input(_("At least people"), 1, 1000, int(now.get("minimum") or 1), key=f"{key}_minimum")
    )
    st.markdown("**" + _("For whom") + "**")
    typed |= _whom(viewer, key, now)
    st.markdown("**" + _("Signing up") + "**")
    if new:
        typed["mode"] = st.radio(
            _("How one signs up"), list(words.MODES), key=f"{key}_mode", horizontal=True,
            format_func=lambda code: _(words.MODES[code]),
        )  # fmt: skip
    one, two = st.columns(2)
    with one:
        typed["opens_at"] = _moment(_("Sign up from"), f"{key}_opens", now.get("opens_at"))
    with two:
        typed["closes_at"] = _moment(_("Sign up until"), f"{key}_closes", now.get("closes_at"))
    st.markdown("**" + _("Besides") + "**")
    one, two = st.columns(2)
    typed["seats"] = whole("seats", _("Seats on the bus"), 500, one)
    typed["cost"] = whole("cost", _("Cost for each person (yuan)"), 100_000, two)
    for name, label in (
        ("needs_consent", _("A signed consent is needed")),
        ("companion", _("Somebody may come along")),
        ("pictures", _("Pictures are taken")),
    ):
        typed[name] = st.checkbox(label, bool(now.get(name)), key=f"{key}_{name}")
    if new:
        typed |= _helpers(viewer, key)
    else:
        typed["spent"] = whole("spent", _("Spent altogether (yuan)"), 10_000_000)
    return typed


def _whom(viewer: Viewer, key: str, now: Mapping[str, Any]) -> dict[str, Any]:
    groups, areas = dict(group_choices(viewer)), dict(whom.area_choices(viewer))
    everybody, everywhere = _("For everybody"), _("From everywhere")
    typed: dict[str, Any] = {}
    one, two = st.columns(2)
    typed["for_groups"] = one.multiselect(
        _("For people of these groups"), list(groups), [code for code in now.get("for_groups") or () if code in groups],
        key=f"{key}_groups", format_func=lambda code: groups[code], placeholder=everybody,
    )  # fmt: skip
    kept = [path for path in now.get("areas") or () if path not in areas]  # those of others stay as they are
    typed["areas"] = kept + two.multiselect(
        _("For people of these areas"), list(areas), [path for path in now.get("areas") or () if path in areas],
        key=f"{key}_areas", format_func=lambda path: areas[path], placeholder=everywhere,
    )  # fmt: skip
    one, two = st.columns(2)
    typed["age_from"] = one.number_input(_("From the age of"), 0, 120, now.get("age_from"), key=f"{key}_from")
    typed["age_to"] = two.number_input(_("Up to the age of"), 0, 120, now.get("age_to"), key=f"{key}_to")
    typed["employer"] = st.text_input(_("Former work unit"), now.get("employer", ""), key=f"{key}_employer", max_chars=80)  # fmt: skip
    typed["priorities"] = st.multiselect(
        _("Who comes first when places run out"), list(words.PRIORITIES), list(now.get("priorities") or ()),
        key=f"{key}_first", format_func=lambda code: _(words.PRIORITIES[code]), placeholder=_("Whoever signed up first"),
        help=_("The first one weighs most."),
    )  # fmt: skip
    typed["needs_contact"] = st.checkbox(_("An emergency contact must be known"), bool(now.get("needs_contact")), key=f"{key}_contact")  # fmt: skip
    return typed


def _moment(label: str, key: str, now: datetime | None) -> datetime | None:
    local = now.astimezone(clock.PLACE).replace(tzinfo=None) if now is not None else None
    found = st.datetime_input(label, local, key=key, format="YYYY-MM-DD", step=900)
    return found.replace(tzinfo=clock.PLACE) if found is not None else None


def _helpers(viewer: Viewer, key: str) -> dict[str, Any]:
    """How many helpers are wanted; each date then gets a shift."""
    if not viewer.can("work.view"):
        return {}
    kinds = work_kinds.kinds(viewer)
    if not kinds:
        return {}
    one, two = st.columns(2)
    count = int(one.number_input(_("Helpers wanted"), 0, 50, 0, key=f"{key}_helpers", help=_("When it is announced, each date gets a shift for them.")))  # fmt: skip
    kind = two.selectbox(_("Their work"), list(kinds), key=f"{key}_helper_kind", format_func=lambda one: kinds[one]) if count else None  # fmt: skip
    return {"helpers": count, "helper_kind_id": kind} if count else {}
