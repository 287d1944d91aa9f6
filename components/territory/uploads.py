"""Drawn shapes from a file: what it would do, then doing it; and the file of what is drawn here."""

from collections import Counter
from typing import Any

import streamlit as st

import components.territory.words  # noqa: F401
from components.i18n import _, n_, own
from components.register.values import plain
from components.territory import forms, picture
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.territory import areas, shapes
from db.territory.coordinates import Datum
from db.territory.geojson import MESSAGES, Problem
from db.territory.levels import levels
from db.territory.shapes import Match, ShapesPreview
from db.words import N_

DATUMS: dict[Datum, str] = {
    "wgs84": N_("WGS-84: GPS, surveying, OpenStreetMap, CGCS2000, 天地图"),
    "gcj02": N_("GCJ-02: drawn on Amap or Tencent maps"),
}
WHAT = {
    "set": N_("gets its shape"),
    "replace": N_("gets another shape"),
    "same": N_("unchanged"),
    "new": N_("no such area here"),
    "doubtful": N_("several could be meant"),
}
BY = {"code": N_("by code"), "number": N_("by number"), "name": N_("by name"), "": ""}
COLOURS = {
    "set": picture.DRAWN, "replace": picture.CHOSEN, "same": picture.GROUND, "new": "#7fa8d1", "doubtful": "#d9a3a3",
}  # fmt: skip


def draw(viewer: Viewer) -> None:
    """Download for everybody who sees areas, upload for those who change them."""
    _download(viewer)
    if viewer.can("area.edit"):
        upload(viewer)


def _datum(key: str) -> Datum:
    return st.radio(_("Coordinates"), list(DATUMS), key=key, format_func=lambda one: _(DATUMS[one]))


def _download(viewer: Viewer) -> None:
    with st.container(border=True):
        st.markdown(f"**{_('Take the drawn shapes along')}**")
        datum = _datum("shapes_out_datum")
        st.download_button(
            _("Download GeoJSON"), data=lambda: shapes.export_shapes(viewer, datum=datum),
            file_name=f"linli-{datum}.geojson", mime="application/geo+json", icon=":material/download:",
            on_click="ignore", key="shapes_out",
        )  # fmt: skip


def upload(viewer: Viewer) -> None:
    """A file of drawn shapes: what it would do, then doing it."""
    with st.container(border=True):
        st.markdown(f"**{_('Draw areas from a file')}**")
        said = st.session_state.pop("shapes_done", "")
        if said:
            st.success(said)
        turn = st.session_state.setdefault("shapes_turn", 0)
        file = st.file_uploader(
            _("GeoJSON file"), type=["geojson", "json"], key=f"shapes_file_{turn}", max_upload_size=20,
            help=_("A FeatureCollection of polygons, with a name or code for each."),
        )  # fmt: skip
        datum = _datum("shapes_in_datum")
        places = areas.tree(viewer, homes=False)
        parent = st.selectbox(
            _("Only in this area"), places, index=None, format_func=forms.indented, key="shapes_parent",
            placeholder=_("Everywhere"), help=_("Buildings repeat their numbers: choose the grid or community of the file. New areas are added there."),
        )  # fmt: skip
        if file is None:
            return
        data, parent_id = file.getvalue(), parent.id if parent else None
        try:
            preview = shapes.preview_shapes(viewer, data=data, datum=datum, parent_id=parent_id)
        except Refused as refused:
            say(refused)
            return
        _preview(preview, {row.id: row.name for row in areas.tree(viewer)})
        _apply(viewer, preview, data, datum, parent_id)


def _preview(preview: ShapesPreview, names: dict[int, str]) -> None:
    """What would happen: in numbers, as a picture, feature by feature, and what cannot be used."""
    counts = Counter(one.what for one in preview.matches)
    st.markdown(" · ".join(f"{_(WHAT[what])}: **{counts[what]}**" for what in WHAT if counts[what]))
    errors = [one for one in preview.problems if not one.is_note]
    if errors:
        st.warning(n_("{count} feature cannot be used.", "{count} features cannot be used.", len(errors)))
    if preview.problems:
        with st.expander(_("Feature by feature"), expanded=len(preview.problems) <= 10):
            for one in preview.problems:
                st.markdown(
                    f"{'·' if one.is_note else '**!**'} {_('Feature {number}', number=one.feature)}: {_problem(one)}"
                )
    if not preview.matches:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.dataframe(
            {
                _("Feature"): [one.index for one in preview.matches],
                _("In the file"): [one.label for one in preview.matches],
                _("What happens"): [_(WHAT[one.what]) for one in preview.matches],
                _("Area here"): [_here(one, names) for one in preview.matches],
                _("Found"): [_(BY[one.by]) if one.by else "" for one in preview.matches],
            },
            hide_index=True, height="content" if len(preview.matches) < 12 else 430, alt=_("What happens"),
            key="shapes_preview",
        )  # fmt: skip
    with right:
        made = picture.empty(_height(preview))
        # Large shapes first, so that those on them stay to be seen.
        for what, colour in COLOURS.items():
            drawn = [preview.outlines[one.index] for one in preview.matches if one.what == what]
            picture.trace(made, drawn, fill=_pale(colour), line="#5f6f69")
        st.plotly_chart(made, config=picture.CONFIG, key="shapes_picture")


def _height(preview: ShapesPreview) -> int:
    """Pixels that a picture of the file needs in a narrow column."""
    xs = [x for x_all, _y in preview.outlines.values() for x in x_all if x is not None]
    ys = [y for _x, y_all in preview.outlines.values() for y in y_all if y is not None]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    return round(min(430, max(120, 400 * high / wide)))


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.55)"


def _here(match: Match, names: dict[int, str]) -> str:
    if match.area_id is not None:
        return names.get(match.area_id, "")
    return "、".join(match.candidates)


def _problem(one: Problem) -> str:
    return plain(_(MESSAGES[one.code], **one.facts))


def _apply(viewer: Viewer, preview: ShapesPreview, data: bytes, datum: Datum, parent_id: int | None) -> None:
    new = [one for one in preview.matches if one.what == "new"]
    create: list[int] = []
    level = ""
    if new:
        names = {one.index: one.label for one in new}
        create = st.multiselect(
            _("New areas to make"), list(names), default=[], format_func=names.__getitem__, key="shapes_new",
            placeholder=_("None"), help=_("Only what you choose here is made."),
        )  # fmt: skip
        if st.checkbox(
            n_("Make the {count} new area", "Make all {count} new areas", len(new)), key="shapes_all"
        ):
            create = list(names)
        if any(not one.level for one in new if one.index in create):
            steps = {one.code: own(one.label) for one in levels(viewer)}
            level = st.selectbox(
                _("Level of the new areas"), list(steps), index=len(steps) - 1, format_func=steps.__getitem__, key="shapes_level"
            )  # fmt: skip
    drawn = sum(one.what in ("set", "replace") for one in preview.matches)
    if not drawn and not create:
        st.info(_("Nothing would change."))
        return
    if st.button(_("Take them over"), type="primary", icon=":material/check:", key="shapes_apply"):
        try:
            done = shapes.import_shapes(
                viewer, data=data, datum=datum, parent_id=parent_id, create=create, level=level
            )
        except Refused as refused:
            if refused.facts.get("label"):
                st.markdown(f"**{plain(str(refused.facts['label']))}**")
            say(refused)
            return
        st.session_state["shapes_done"] = _said(done)
        st.session_state["shapes_turn"] += 1
        st.rerun()


def _said(done: Any) -> str:
    parts = [n_("{count} area was drawn", "{count} areas were drawn", done.drawn)]
    if done.made:
        parts.append(n_("{count} was made", "{count} were made", done.made))
    if done.left:
        parts.append(n_("{count} feature was left alone", "{count} features were left alone", done.left))
    return ", ".join(parts) + "."
