"""The ladder of stars, as an administrator sets it."""

import streamlit as st

from components.i18n import _, n_
from components.register.values import plain
from components.volunteers.hours_words import step_name
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.volunteers import stars
from db.volunteers.stars import Step


def draw(viewer: Viewer) -> None:
    """Each step with its hours and names."""
    st.caption(
        _(
            "From how many credited hours on a volunteer has a star. Each sees only their own; nobody is compared."
        )
    )
    for one in stars.ladder(viewer):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"star_{one.level}"):
            st.markdown(
                f"**{plain(step_name(one))}**  \n:gray[{plain(n_('{count} hour', '{count} hours', one.hours))}]", width="stretch"
            )  # fmt: skip
            if st.button(_("Change"), icon=":material/edit:", key=f"star_change_{one.level}"):
                _change(viewer, one)


def _change(viewer: Viewer, one: Step) -> None:
    @st.dialog(_("Star"))
    def dialog() -> None:
        hours = st.number_input(_("From hours"), 1, 100_000, one.hours, key=f"star_hours_{one.level}")
        name = st.text_input(_("Name"), one.name, key=f"star_name_{one.level}", max_chars=20)
        english = st.text_input(
            _("Name in English"), one.name_en, key=f"star_english_{one.level}", max_chars=30
        )
        if st.button(_("Save"), type="primary", key=f"star_save_{one.level}"):
            try:
                stars.change_step(viewer, level=one.level, hours=hours, name=name, name_en=english)
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()
