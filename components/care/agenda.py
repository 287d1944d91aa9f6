"""Whom to see today: one list, each line with its reason in words and the way to record a visit."""

from collections.abc import Callable, Container, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import streamlit as st

from components.care.words import ago, word
from components.i18n import _, n_
from components.kept import Kept
from components.navigation import page_link
from components.register.values import plain
from db import clock
from db.access import Viewer
from db.care import agenda
from db.care.agenda import Agenda, Line
from db.people.residents import area_options
from db.words import N_
from db.work import unit

FIRST = 8
STEP = 24

COLOURS = {
    "red": ("red", N_("High risk")),
    "yellow": ("orange", N_("Keep an eye on")),
    "blue": ("blue", N_("Stable")),
}

Why = Sequence[tuple[str, dict[str, Any]]]


def why_words(why: Why, *, colour: bool = True) -> str:
    """The reasons in one line: "High risk · not seen for 9 days · knocked yesterday, no answer"."""
    parts = [_reason(code, facts) for code, facts in why if colour or not code.startswith("colour.")]
    return " · ".join(part for part in parts if part)


def _reason(code: str, facts: dict[str, Any]) -> str:
    kind, _dot, what = code.partition(".")
    if kind in _REASONS:
        return _REASONS[kind](what, facts)
    return ""


def _cause(what: str, facts: dict[str, Any]) -> str:
    said = word("event", what)
    if said == what:
        said = word("occasion", what)
    return _("{event}: {when}", event=said, when=_until(facts["day"]))


def _until(day: date | str) -> str:
    """By when: dates of a printed sheet come as text."""
    left = ((date.fromisoformat(day) if isinstance(day, str) else day) - clock.today()).days
    if left < 0:
        return n_("{count} day late", "{count} days late", -left)
    if left == 0:
        return _("by today")
    return _("by tomorrow") if left == 1 else n_("within {count} day", "within {count} days", left)


def _unseen(_what: str, facts: dict[str, Any]) -> str:
    if facts["count"] == 0:
        return _("seen today")
    return n_("not seen for {count} day", "not seen for {count} days", facts["count"])


def _never(_what: str, facts: dict[str, Any]) -> str:
    if facts["count"] == 0:
        return _("new in care, not seen yet")
    return n_("never seen in {count} day of care", "never seen in {count} days of care", facts["count"])


def _attempt(_what: str, facts: dict[str, Any]) -> str:
    when = ago(date.fromordinal(clock.today().toordinal() - facts["days"]))
    kind, reason = facts.get("kind", ""), facts.get("reason", "")
    if reason == "no_answer" and kind == "home":
        said = _("knocked {when}, no answer", when=when)
    elif reason == "no_answer" and kind in ("phone", "video"):
        said = _("called {when}, no answer", when=when)
    elif reason:
        said = _("not met {when}: {reason}", when=when, reason=word("reason", reason).lower())
    else:
        said = _("not met {when}", when=when)
    if facts["count"] > 1:
        said += " " + n_("({count} attempt)", "({count} attempts)", facts["count"])
    return said


def _late(_what: str, facts: dict[str, Any]) -> str:
    return n_("{count} day overdue", "{count} days overdue", facts["count"])


def _due(_what: str, facts: dict[str, Any]) -> str:
    if facts["count"] == 0:
        return _("due today")
    return n_("due in {count} day", "due in {count} days", facts["count"])


_REASONS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "cause": _cause,
    "colour": lambda what, _facts: _(COLOURS[what][1]) if what in COLOURS else "",
    "unseen": _unseen,
    "never": _never,
    "attempt": _attempt,
    "late": _late,
    "due": _due,
}


def marks(line: Line) -> str:
    """Urgency and risk as badges: a sign and a word beside the colour."""
    found = []
    if line.urgent:
        found.append(f":red-badge[:material/priority_high: {_('Urgent')}]")
    if line.colour in COLOURS:
        tone, label = COLOURS[line.colour]
        found.append(f":{tone}-badge[:material/flag: {_(label)}]")
    return " ".join(found)


def draw_line(viewer: Viewer, line: Line) -> None:
    """One person: who, where, why, and a large button to record a visit."""
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"row_{line.resident_id}"
    ):
        with st.container(width="stretch", gap=None):
            page_link(f"**{plain(line.name)}** {plain(line.address)}", "residents", id=line.resident_id)
            st.caption(f"{marks(line)} {plain(why_words(line.why, colour=False))}")
        if viewer.can("visit.create"):
            with st.container(width="content", key=f"tap_{line.resident_id}"):
                page_link(
                    _("Visit"), "visits", icon=":material/edit_note:", new=1, resident=line.resident_id,
                    help=_("Record a visit to {name}", name=plain(line.name)),
                )  # fmt: skip


def draw_walk(viewer: Viewer, found: Agenda) -> None:
    """The lines in walking order, under the building and the stair."""
    for (path, stair), lines in groupby(found.lines, key=_door):
        name = plain(found.areas.get(path, ""))
        said = _("{building}, stair {stair}", building=name, stair=plain(stair)) if stair else name
        st.markdown(f":material/apartment: **{said}**")
        for line in lines:
            draw_line(viewer, line)


def _door(line: Line) -> tuple[str, str]:
    path, _slash, home = line.place.rpartition("/")
    return path + "/", home.partition("|")[0].lstrip("0")


def draw(kept: Kept, areas: dict[int, str]) -> Agenda:
    """The list with its filters. `areas` are the patches that can be chosen, by id."""
    viewer = kept.viewer
    head = st.container(horizontal=True, vertical_alignment="center", gap="small")
    chosen = _filters(viewer, head, areas)
    most = int(st.session_state.get("agenda_most", FIRST))
    found = kept.read(agenda.agenda, limit=most, **chosen)
    with head:
        _sums(found)
    if not found.lines:
        _calm(bool(chosen["area_id"] or chosen["holder"] or chosen["urgent"]))
        return found
    if chosen["walking"]:
        draw_walk(viewer, found)
    else:
        for line in found.lines:
            draw_line(viewer, line)
    if found.total > len(found.lines):
        left = found.total - len(found.lines)
        st.button(
            n_("Show more ({count} left)", "Show more ({count} left)", left), key="agenda_more", width="stretch",
            icon=":material/expand_more:", on_click=_more, args=(most,),
        )  # fmt: skip
    return found


def _more(most: int) -> None:
    st.session_state["agenda_most"] = most + STEP


def _filters(viewer: Viewer, head: Any, areas: dict[int, str]) -> dict[str, Any]:
    """What is asked for. It stays while one goes to a person and comes back."""
    kept = st.session_state.setdefault("_agenda_asked", {})

    def keep(name: str) -> None:
        kept[name] = st.session_state[f"agenda_{name}"]
        st.session_state.pop("agenda_most", None)

    with head:
        count = sum(bool(kept.get(name)) for name in ("area", "mine", "urgent", "walking"))
        label = _("Filter") + (f" ({count})" if count else "")
        with st.popover(label, icon=":material/tune:", key="agenda_filter"):
            if len(areas) > 1:
                ids = [None, *areas]
                st.selectbox(
                    _("Area"), ids, index=ids.index(kept.get("area")) if kept.get("area") in areas else 0,
                    format_func=lambda one: areas[one] if one else _("All my areas"), key="agenda_area",
                    on_change=keep, args=("area",),
                )  # fmt: skip
            for name, label in (
                ("mine", _("Only whom I am responsible for")), ("urgent", _("Only urgent")),
                ("walking", _("In walking order: by building and stair")),
            ):  # fmt: skip
                st.toggle(label, bool(kept.get(name)), key=f"agenda_{name}", on_change=keep, args=(name,))
    return {**asked(viewer, areas), "walking": bool(kept.get("walking"))}


def patches(viewer: Viewer) -> dict[int, str]:
    """The areas above the buildings in which the viewer acts, by id."""
    with unit(viewer, "visit.view", write=False) as work:
        return {int(one.code): one.label for one in area_options("visit.view")(work)}


def asked(viewer: Viewer, areas: Container[int]) -> dict[str, Any]:
    """What the viewer last chose to see on the list: everybody of their areas unless they said otherwise."""
    kept = st.session_state.get("_agenda_asked", {})
    return {
        "area_id": kept.get("area") if kept.get("area") in areas else None,
        "holder": viewer.name if kept.get("mine") else "",
        "urgent": bool(kept.get("urgent")),
    }


def _sums(found: Agenda) -> None:
    due = found.total - found.early
    parts = [n_("**{count}** due by today", "**{count}** due by today", due)]
    if found.urgent:
        parts.append(
            f":red-badge[:material/priority_high: {n_('{count} urgent', '{count} urgent', found.urgent)}]"
        )
    if found.late:
        parts.append(
            f":orange-badge[:material/schedule: {n_('{count} not reached in time', '{count} not reached in time', found.late)}]"
        )
    if found.early:
        parts.append(
            f":gray[{n_('{count} more can already be seen', '{count} more can already be seen', found.early)}]"
        )
    st.markdown(" ".join(parts), width="stretch")


def _calm(filtered: bool) -> None:
    if filtered:
        st.info(_("Nobody here with this filter."), icon=":material/filter_alt:")
    else:
        st.success(
            _("Nobody is waiting for a visit. Everybody in care was seen in time."), icon=":material/spa:"
        )
