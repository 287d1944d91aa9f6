"""What was done, said once on the next screen: also what could not be."""

import streamlit as st

from components.i18n import _, n_
from components.register.values import plain
from components.volunteers import words
from db.volunteers.regulars import Booked

_KEY = "roster_notes"


def leave(*said: str, warning: str = "") -> None:
    """Say this on the screen that is drawn next."""
    st.session_state[_KEY] = ([one for one in said if one], warning)


def show() -> None:
    """Draw what was left, and forget it."""
    said, warning = st.session_state.pop(_KEY, ([], ""))
    if said:
        st.success(plain(" ".join(said)), icon=":material/check_circle:")
    if warning:
        st.warning(warning)


def missed(booked: Booked, skills: dict[str, str]) -> str:
    """The regular places that could not be given, a line each; "" when there are none."""
    lines = []
    for one in booked.missed[:20]:
        why = _("all places are taken") if one.code == "full" else words.clash(one.code, one.facts, skills)
        lines.append(plain(f"{words.moment(one.starts_at)} {one.name}: {why}"))
    if len(booked.missed) > 20:
        lines.append(n_("and {count} more", "and {count} more", len(booked.missed) - 20))
    head = _("These regular places could not be given; the places stay open:")
    return "  \n".join([head, *lines]) if lines else ""
