"""Exporting what a list shows: which columns, under which headings, masked how."""

from datetime import datetime
from typing import Any

import streamlit as st

from components.i18n import _, number_text
from components.register.values import label
from components.words import say
from db import clock, exporting, listing
from db.access import Viewer
from db.errors import Refused
from db.exporting import MASKS, Column
from db.fields import FieldSpec
from db.listing import Listing
from db.register import Register
from db.system import community
from db.words import N_
from db.work import unit

MASK_LABELS = {
    "usual": N_("Masked"),
    "last4": N_("Last four digits only"),
    "all": N_("Hidden"),
    "none": N_("In clear"),
}


def button(viewer: Viewer, register: Register, wanted: Listing) -> None:
    """The button that opens the export."""
    if st.button(_("Export"), icon=":material/download:", key=f"{register.name}_export"):
        _dialog(viewer, register, wanted)


def _dialog(viewer: Viewer, register: Register, wanted: Listing) -> None:
    @st.dialog(_("Export"), width="large")
    def draw() -> None:
        try:
            _body(viewer, register, wanted)
        except Refused as refused:
            say(refused)

    draw()


def _body(viewer: Viewer, register: Register, wanted: Listing) -> None:
    offered = exporting.offered(viewer, register)
    with unit(viewer, register.may("export"), write=False) as work:
        count, more = listing.count(work, register, wanted)
    st.write(_("{count} records go into the file.", count=number_text(count) + ("+" if more else "")))
    profiles = exporting.profiles(viewer, register)
    names = ["", *profiles]
    profile = st.selectbox(
        _("Profile"),
        names,
        format_func=lambda name: name or _("The columns of the list"),
        key="export_profile",
    )
    usual = community.export_mask(viewer)
    start = profiles.get(profile) or [
        Column(name, heading_of(register, name, offered[name]), _usual_mask(offered[name], usual))
        for name in register.columns
        if name in offered
    ]
    rows = [
        {
            "field": one.field,
            "column": heading_of(register, one.field, offered.get(one.field)),
            "heading": one.heading,
            "mask": _(MASK_LABELS[one.mask]),
        }
        for one in start
        if one.field in offered
    ]
    chosen = _columns(register, offered, rows, profile, usual)
    clear = any(one.mask == "none" and _sensitive(offered.get(one.field)) for one in chosen)
    reason = ""
    if clear:
        reason = st.text_input(_("Why are columns in clear needed? This is recorded."), key="export_reason")
    moment = datetime.now(clock.PLACE)
    st.download_button(
        _("Download .xlsx"), type="primary", icon=":material/download:", key="export_go",
        file_name=f"{_(register.title)}-{moment:%Y%m%d-%H%M}.xlsx", disabled=not chosen or (clear and len(reason) < 2),
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        on_click="ignore",  # a run of the script at the same time may take the file away before it is fetched
        data=lambda: exporting.export(viewer, register, wanted, chosen, _, reason),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(_("Keep these columns as a profile"), key="export_profile_name")
        if st.button(_("Keep"), key="export_keep"):
            exporting.save_profile(viewer, register=register.name, name=name, columns=chosen)
            st.toast(_("Saved."))


def _columns(
    register: Register, offered: dict[str, FieldSpec | None], rows: list[dict[str, str]], profile: str,
    usual: str,
) -> list[Column]:  # fmt: skip
    """Choose the columns, in the order in which they are chosen; then their headings and masks."""
    headings = {name: heading_of(register, name, spec) for name, spec in offered.items()}
    picked = st.multiselect(
        _("Columns, in this order"), list(headings), default=[row["field"] for row in rows],
        format_func=headings.__getitem__, key=f"export_columns_{profile}",
    )  # fmt: skip
    before = {row["field"]: row for row in rows}
    masks = {_(MASK_LABELS[mask]): mask for mask in MASKS}
    table = {
        _("Column"): [headings[name] for name in picked],
        _("Heading in the file"): [before.get(name, {}).get("heading", headings[name]) for name in picked],
        _("Shown as"): [
            before.get(name, {}).get("mask", _(MASK_LABELS[_usual_mask(offered[name], usual)]))
            if _sensitive(offered[name])
            else ""
            for name in picked
        ],
    }
    with st.expander(_("Headings and masks")):
        edited: Any = st.data_editor(
            table, hide_index=True, key=f"export_table_{profile}_{hash(tuple(picked))}", num_rows="fixed",
            disabled=[_("Column")], alt=_("Headings and masks of the export"),
            column_config={_("Shown as"): st.column_config.SelectboxColumn(options=list(masks))},
        )  # fmt: skip
    return [
        Column(name, str(heading or headings[name]), masks.get(str(mask), "usual"))
        for name, heading, mask in zip(
            picked, edited[_("Heading in the file")], edited[_("Shown as")], strict=True
        )
    ]


def _usual_mask(spec: FieldSpec | None, usual: str) -> str:
    """How a column is masked until somebody says otherwise: numbers as the community decided."""
    return usual if spec is not None and spec.sensitivity in ("contact", "identity") else "usual"


def _sensitive(spec: FieldSpec | None) -> bool:
    return spec is not None and spec.sensitivity != "open"


def heading_of(register: Register, name: str, spec: FieldSpec | None) -> str:
    if spec is not None:
        return label(spec)
    return next((_(one.label) for one in register.computed if one.name == name), name)
