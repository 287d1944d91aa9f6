"""What people said in their own words, put into themes by a tap."""

import streamlit as st

from components.activities.needs_words import act
from components.i18n import _, n_
from components.navigation import page_link
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.activities import needs_themes, needs_turned
from db.activities.needs import Sheet
from db.activities.needs_themes import LONGEST_NAME, LONGEST_WORDS, PAGE, Text, ThemeView
from db.errors import Refused


def draw(viewer: Viewer, sheet: Sheet) -> None:
    """The themes with their counts, then the answers."""
    may = viewer.can("need.edit")
    themes = needs_themes.themes(viewer, survey_id=sheet.id)
    st.subheader(_("Themes"))
    for one in themes:
        _theme(viewer, sheet, one, may)
    if may and st.button(_("Add a theme"), icon=":material/add:", key="theme_add"):
        _change(viewer, sheet, None)
    st.subheader(_("What they said"))
    open_ones = {one.id: one.name for one in themes if not one.closed}
    choices: list[str] = ["", "loose", *(str(one.id) for one in themes)]
    names = {"": _("All"), "loose": _("In no theme yet"), **{str(one.id): one.name for one in themes}}
    chosen = st.selectbox(
        _("Show"), choices, format_func=lambda one: names[one], key=f"texts_which_{sheet.id}"
    )
    page = int(st.session_state.get("texts_page", 0))
    theme_id = int(chosen) if chosen.isdecimal() else None
    found = needs_themes.texts(
        viewer, survey_id=sheet.id, theme_id=theme_id, loose=chosen == "loose", page=page
    )
    if page and not found.rows:
        st.session_state["texts_page"] = 0
        st.rerun()
    st.caption(n_("{count} answer", "{count} answers", found.total))
    for row in found.rows:
        _text(viewer, sheet, row, open_ones, may)
    with st.container(horizontal=True):
        for label, to, there in (
            (_("Back"), page - 1, page > 0), (_("Further"), page + 1, (page + 1) * PAGE < found.total),
        ):  # fmt: skip
            if there:
                st.button(label, key=f"texts_to_{to}", on_click=_turn, args=(to,))


def _turn(to: int) -> None:
    st.session_state["texts_page"] = to


def _theme(viewer: Viewer, sheet: Sheet, one: ThemeView, may: bool) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"theme_{one.id}"):
        mark = f" :gray-badge[{_('no longer used')}]" if one.closed else ""
        with st.container(width="stretch", gap=None):
            page_link(
                f"**{plain(one.name)}** · {one.answers}",
                "needs",
                survey=sheet.id,
                part="answers",
                theme=one.id,
            )
            st.caption(_("Words: {words}", words=plain(one.words)) + mark)
        if may and not one.closed:
            if st.button(
                _("Take all that fit"), icon=":material/done_all:", key=f"theme_fit_{one.id}",
                help=_("Puts every answer with one of these words into the theme, but for what was taken out."),
            ):  # fmt: skip
                many = needs_themes.assign_proposed(viewer, survey_id=sheet.id, theme_id=one.id)
                st.toast(n_("{count} answer was added.", "{count} answers were added.", many))
                st.rerun()
            st.button(
                _("Make it a need"), icon=":material/flag:", key=f"theme_need_{one.id}", on_click=_need,
                args=(viewer, sheet, one.id),
            )  # fmt: skip
        if may and st.button(_("Change"), icon=":material/edit:", key=f"theme_change_{one.id}"):
            _change(viewer, sheet, one)


def _need(viewer: Viewer, sheet: Sheet, theme_id: int) -> None:
    if act(needs_turned.make, viewer, survey_id=sheet.id, theme_id=theme_id):
        st.query_params["part"] = "turned"


def _text(viewer: Viewer, sheet: Sheet, row: Text, themes: dict[int, str], may: bool) -> None:
    with st.container(border=True, key=f"text_{row.id}", gap="small"):
        page_link(plain(row.words), "needs", reply=row.reply_id, help=_("Open the answer"))
        st.caption(plain(row.question))
        if not may or not themes:
            return
        key = f"text_themes_{row.id}"
        held = [one for one in row.themes if one in themes]
        if st.session_state.get(key) != held:
            st.session_state[key] = held
        st.pills(
            _("Themes"), list(themes), selection_mode="multi", key=key, on_change=_put, args=(viewer, sheet, row, key),
            format_func=lambda one: plain(themes[one]) + (" :material/lightbulb:" if one in row.proposed else ""),
            label_visibility="collapsed",
        )  # fmt: skip


def _put(viewer: Viewer, sheet: Sheet, row: Text, key: str) -> None:
    now, before = set(st.session_state[key]), set(row.themes)
    for theme_id in now ^ before:
        facts = {"survey_id": sheet.id, "value_id": row.id, "theme_id": theme_id}
        act(needs_themes.assign, viewer, **facts, belongs=theme_id in now)


def _change(viewer: Viewer, sheet: Sheet, one: ThemeView | None) -> None:
    @st.dialog(_("Theme"))
    def dialog() -> None:
        key = f"theme_form_{one.id if one else 0}"
        name = st.text_input(_("Name"), one.name if one else "", key=f"{key}_name", max_chars=LONGEST_NAME)
        words = st.text_input(
            _("Words that belong to it, separated by 、"), one.words if one else "", key=f"{key}_words",
            max_chars=LONGEST_WORDS, help=_("Answers with one of these words are proposed for the theme."),
        )  # fmt: skip
        closed = one is not None and st.toggle(_("No longer used"), one.closed, key=f"{key}_closed")
        if st.button(_("Save"), type="primary", key=f"{key}_save"):
            try:
                if one is None:
                    needs_themes.add_theme(viewer, survey_id=sheet.id, name=name, words=words)
                else:
                    needs_themes.change_theme(
                        viewer, survey_id=sheet.id, theme_id=one.id, version=one.version, name=name, words=words,
                        closed=closed,
                    )  # fmt: skip
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()
