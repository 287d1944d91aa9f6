"""Attendance: on a phone one date with three large taps for each person, on a desk the whole grid."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import streamlit as st

from components.activities import door, guest_words, words
from components.activities.signing import find
from components.i18n import _, listed, n_
from components.kept import Kept
from components.register.values import plain
from components.volunteers import words as times
from db import clock
from db.access import Viewer
from db.activities import attending
from db.activities.attending import Column, Grid, Line
from db.activities.programme import Card
from db.volunteers import checking

SIGNS = {"came": "✓", "excused": "○", "missed": "✕"}
CODES = {sign: code for code, sign in SIGNS.items()}


def draw(kept: Kept, card: Card) -> None:
    """One date, or all of them."""
    viewer = kept.viewer
    grid = kept.read(attending.grid, activity_id=card.id)
    columns = [one for one in grid.columns if not one.cancelled]
    if not columns:
        st.info(_("All dates were called off."))
        return
    today = clock.today()
    if _day(columns[0]) > today:
        st.info(
            plain(_("Attendance is taken from {day} on.", day=times.day_of_year(_day(columns[0])))), icon=":material/event:"
        )  # fmt: skip
        return
    begun = [one for one in columns if _day(one) <= today]
    if len(begun) > 1:
        ways = {"one": _("One date"), "all": _("All dates")}
        way = st.segmented_control(
            _("Show"), list(ways), key=f"attend_way_{card.id}", default="one" if _phone() else "all", required=True,
            format_func=ways.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        if way == "all":
            _table(viewer, card, grid, begun)
            return
    _one_date(viewer, card, grid, begun)


def _day(column: Column) -> Any:
    return column.starts_at.astimezone(clock.PLACE).date()


def _phone() -> bool:
    """Whether the browser says that it is a telephone's."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def _one_date(viewer: Viewer, card: Card, grid: Grid, begun: Sequence[Column]) -> None:
    by_id = {one.slot_id: one for one in begun}
    slot_id = begun[-1].slot_id
    if len(begun) > 1:
        slot_id = st.selectbox(
            _("Which date"), list(by_id)[::-1], key=f"attend_date_{card.id}", width=280,
            format_func=lambda one: times.moment(by_id[one].starts_at),
        )  # fmt: skip
    at = [one.slot_id for one in grid.columns].index(slot_id)
    lines = [line for line in grid.lines if line.marks[at] is not None]
    open_ = sum(line.marks[at] == "" for line in lines)
    if checking.open_at(by_id[slot_id], clock.now()) and st.toggle(
        _("Show the code for the door"), key=f"attend_code_{slot_id}",
        help=_("Who has an account and a place scans it or types it in, and is noted as come."),
    ):  # fmt: skip
        door.show(viewer, slot_id)
    _counts(lines, at)
    if open_:
        with st.container(key="big_all_came"):
            st.button(
                n_("{count} came", "All {count} came", open_) if open_ == len(lines)
                else n_("{count} more: everybody came", "All {count} others came", open_), key="attend_all",
                type="primary", icon=":material/done_all:", width="stretch", on_click=words.press,
                args=(attending.all_came, viewer), kwargs={"slot_id": slot_id, "done": _all},
            )  # fmt: skip
    with st.grid("auto", min_column_width=320, gap="small"):
        for line in lines:
            _person(viewer, line, line.marks[at] or "", slot_id, grid.pictures and not line.pictures)
    if not lines:
        st.caption(_("Nobody has a place on this date. Whoever comes all the same is added below."))
    with st.container(border=True, key=f"walk_in_{slot_id}"):
        st.markdown("**" + _("Somebody else came") + "**")
        if viewer.can("resident.view"):
            find(viewer, f"walk_{slot_id}", _walk_in)


def _counts(lines: Sequence[Line], at: int) -> None:
    said = []
    for code, colour in (("came", "green"), ("excused", "gray"), ("missed", "red"), ("", "orange")):
        count = sum(line.marks[at] == code for line in lines)
        if count:
            label = _(words.MARKS[code]) if code else _("not noted yet")
            said.append(words.tag(colour, f"{SIGNS.get(code, '…')} {label} {count}"))
    if said:
        st.markdown(" ".join(said))


def _all(count: int) -> str:
    return n_("{count} person came.", "{count} people came.", count)


def _person(viewer: Viewer, line: Line, now: str, slot_id: int, unseen: bool) -> None:
    """`unseen`: is in no picture."""
    key = f"mark_{slot_id}_{line.key}"
    if (st.session_state.get(key) or "") != now:  # noted by somebody else, or not taken
        st.session_state[key] = now or None
    with st.container(border=True, key=f"attend_{slot_id}_{line.key}", gap="xsmall"):
        address = f" :gray[{plain(line.address)}]" if line.address else ""
        sign = f" {guest_words.no_pictures()}" if unseen else ""
        st.markdown(f"**{plain(line.name)}**{address}{sign}")
        st.segmented_control(
            plain(line.name), list(SIGNS), key=key, label_visibility="collapsed", width="stretch",
            format_func=lambda code: f"{SIGNS[code]} {_(words.MARKS[code])}", on_change=_mark, args=(viewer, slot_id, line.key, key),
        )  # fmt: skip


def _mark(viewer: Viewer, slot_id: int, key: str, widget: str) -> None:
    if not words.tapped_twice(widget):  # else `_person` shows what is noted
        note(viewer, slot_id, {key: st.session_state[widget] or ""})


def note(viewer: Viewer, slot_id: int, marks: Mapping[str, str]) -> None:
    """Note it at once, and say who is looked after now."""
    words.press(attending.mark, viewer, slot_id=slot_id, marks=marks, done=_away)


def _away(names: list[str]) -> str:
    if not names:
        return ""
    return _("{names} stayed away twice without a word: their grid worker is asked to look after them.", names=listed(names))  # fmt: skip


def _walk_in(viewer: Viewer, key: str, resident_id: int, _name: str) -> None:
    st.session_state[f"{key}_find"] = ""
    words.press(
        attending.walk_in, viewer, slot_id=int(key.removeprefix("walk_")), resident_id=resident_id,
        done=lambda name: _("{name} came.", name=name),
    )  # fmt: skip


def _table(viewer: Viewer, card: Card, grid: Grid, begun: Sequence[Column]) -> None:
    """People × dates in one table; each cell is noted as soon as it is chosen."""
    heads = [times.short_date(_day(one)) for one in begun]
    heads = [
        head if heads.count(head) == 1 else f"{head} ({one.number})"
        for head, one in zip(heads, begun, strict=True)
    ]
    places = [[one.slot_id for one in grid.columns].index(one.slot_id) for one in begun]
    rows = [
        {
            _("Full name"): line.name, _("Address"): line.address,
            **({_("Pictures"): "" if line.pictures else _("no pictures")} if grid.pictures else {}),
            **{head: SIGNS.get(line.marks[at] or "", "") for head, at in zip(heads, places, strict=True)}, _("Came"): line.came,
        }
        for line in grid.lines
    ]  # fmt: skip
    st.caption(
        " · ".join(f"{SIGNS[code]} {_(words.MARKS[code])}" for code in SIGNS)
        + " · " + _("Choose a cell and type or pick the sign; it is noted at once.")
    )  # fmt: skip
    fixed = [_("Full name"), _("Address"), _("Pictures"), _("Came")]
    key = f"grid_{card.id}_{st.session_state.get('_grid_round', 0)}"
    st.data_editor(
        pd.DataFrame(rows), key=key, hide_index=True, disabled=fixed, width="stretch", placeholder="", height=min(640, 38 + 35 * len(rows)),
        column_config={
            _("Full name"): st.column_config.TextColumn(pinned=True, width="small"),
            **{head: st.column_config.SelectboxColumn(options=["", *CODES], width=96) for head in heads},
        },
        on_change=_edited, args=(viewer, key, grid.lines, dict(zip(heads, [one.slot_id for one in begun], strict=True))),
    )  # fmt: skip


def _edited(viewer: Viewer, key: str, lines: Sequence[Line], slots: Mapping[str, int]) -> None:
    """Note what was changed in the table, a date at a time."""
    edited: dict[int, dict[str, str | None]] = st.session_state[key]["edited_rows"]
    st.session_state["_grid_round"] = st.session_state.get("_grid_round", 0) + 1
    for slot_id, marks in noted(edited, lines, slots).items():
        note(viewer, slot_id, marks)


def noted(
    edited: Mapping[int, Mapping[str, str | None]], lines: Sequence[Line], slots: Mapping[str, int]
) -> dict[int, dict[str, str]]:
    """The marks by date and person that stand in changed rows of the table."""
    found: dict[int, dict[str, str]] = {}
    for number, cells in edited.items():
        for head, sign in cells.items():
            if head in slots:
                found.setdefault(slots[head], {})[lines[int(number)].key] = CODES.get(sign or "", "")
    return found
