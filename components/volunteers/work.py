"""Kinds of work on the screen, and the list of skills that they can need."""

from typing import Any

import streamlit as st

from components.i18n import _
from components.register.form import Picker
from components.register.screen import Extras, show
from components.register.values import label, plain
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.register import Register
from db.volunteers import defaults, work_kinds
from db.volunteers.work_kinds import WORK


def _skills(register: Register) -> Picker:
    spec = register.specs["skills"]

    def pick(viewer: Viewer, key: str, value: Any) -> list[str]:
        known = work_kinds.skill_options(viewer)
        first: dict[str, Any] = (
            {} if key in st.session_state else {"default": [code for code in value or () if code in known]}
        )
        chosen: list[str] = st.multiselect(
            label(spec), list(known), key=key, format_func=known.__getitem__, placeholder=_("None"), **first
        )
        return chosen

    return pick


def draw(viewer: Viewer) -> None:
    """The register, and below the list the skills."""
    if viewer.can("work.create") and not work_kinds.skill_list(viewer):
        defaults.begin(viewer)
    show(viewer, WORK, Extras(pickers={"skills": _skills(WORK)}))
    if not st.query_params.get("id") and not st.query_params.get("new") and viewer.can("work.edit"):
        _list_of_skills(viewer)


def _list_of_skills(viewer: Viewer) -> None:
    with st.expander(_("Skills"), icon=":material/school:"):
        for code, name, english, certified, closed in work_kinds.skill_list(viewer):
            with st.container(horizontal=True, vertical_alignment="center"):
                said = f"**{plain(name)}**" + (f" · {plain(english)}" if english else "")
                st.markdown(said if not closed else f":gray[{said}]", width="stretch")
                if certified:
                    st.badge(_("needs a certificate"), color="orange")
                if st.button(
                    _("Use again") if closed else _("Use no longer"),
                    key=f"skill_close_{code}",
                    type="tertiary",
                ):
                    _do(
                        lambda code=code, closed=closed: work_kinds.close_skill(
                            viewer, code=code, closed=not closed
                        )
                    )
        with st.form("skill_add", border=False, clear_on_submit=True):
            name = st.text_input(_("New skill"), max_chars=40)
            english = st.text_input(_("Name in English"), max_chars=60)
            certified = st.checkbox(_("Counts only with a certificate that holds"))
            if st.form_submit_button(_("Add")):
                _do(lambda: work_kinds.add_skill(viewer, name=name, name_en=english, certified=certified))


def _do(act: Any) -> None:
    try:
        act()
    except Refused as refused:
        say(refused)
    else:
        st.rerun()
