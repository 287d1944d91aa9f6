"""Visits told: the lines of a person's story, and one visit with everything that was said about it."""

from typing import Any

import streamlit as st

from components.care import words
from components.care.entry import Form, fields, problems_of, read_day, seen_by
from components.i18n import _, day_text, listed, moment_text
from components.navigation import page_link
from components.register.records import back
from components.register.values import plain
from components.words import say
from db import keeping
from db.access import Viewer
from db.care import visits
from db.care.visits import VISITS, Told
from db.errors import Refused
from db.register import Values


def standing(visit: Values) -> str:
    """ "" for a visit that stands, else "replaced" or "struck"."""
    if visit["withdrawn_at"] is not None:
        return "struck"
    return "replaced" if visit["replaced_by"] is not None else ""


def line(viewer: Viewer, visit: Values, observed: dict[str, str]) -> None:
    """One visit of a person's story."""
    state = standing(visit)
    with st.container(border=True, key=f"visit_line_{visit['id']}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            head = f"{plain(day_text(visit['day']))} · {words.word('kind', visit['kind'])}"
            icon = words.KIND_ICONS.get(visit["kind"], "")
            st.markdown(f"{icon} ~~{head}~~" if state else f"{icon} **{head}**", width="content")
            if state:
                st.markdown(f"~~{plain(words.result_words(visit))}~~", width="content")
            else:
                words.result_badge(visit)
            badges(visit)
        said(visit, observed, struck=bool(state))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(plain(visit["visitor"]), width="content")
            page_link(_("Open"), "visits", icon=":material/chevron_right:", tab="visits", id=visit["id"])


def badges(visit: Values) -> None:
    """What is special about a visit."""
    state = standing(visit)
    if state == "struck":
        st.badge(_("Struck out"), color="gray", icon=":material/block:")
    elif state == "replaced":
        st.badge(_("Corrected since"), color="gray", icon=":material/edit:")
    if visit["backdated"]:
        st.badge(_("Entered later"), color="gray", icon=":material/history:")
    if visit["elsewhere"]:
        st.badge(_("In somebody else's patch"), color="gray", icon=":material/swap_horiz:")


def said(visit: Values, observed: dict[str, str], *, struck: bool = False) -> None:
    """What was seen and said, line by line; nothing for what is empty."""
    mark = "~~" if struck else ""
    facts = [
        (_("Observed"), listed(observed.get(code, code) for code in visit["observed"] or ())),
        (_("Mood"), words.word("mood", visit["mood"]) if visit["mood"] else ""),
        (_("Needs"), visit["needs"] or ""),
        (_("Note"), visit["note"] or ""),
        (_("Next step"), visit["next_step"]),
    ]
    lines = [f"{mark}{words.fact(name, text)}{mark}" for name, text in facts if text]
    if visit["why_corrected"]:
        who = f" ({visit['corrected_by']})" if visit["corrected_by"] else ""
        title = _("Struck out because") if visit["withdrawn_at"] is not None else _("Corrected because")
        lines.append(words.fact(title, visit["why_corrected"] + who))
    if lines:
        st.markdown("  \n".join(lines))


def tick_words(viewer: Viewer) -> dict[str, str]:
    """The words of the tick list, also of what is no longer on it."""
    return {code: text for code, text, _worry in visits.observations(viewer, closed=True)}


def draw(viewer: Viewer, visit_id: int) -> None:
    """One visit: everything said, by whom, when, what stood there before; correcting and striking out."""
    try:
        told = visits.one(viewer, visit_id=visit_id)
        if st.session_state.get("_looked_at") != ("visits", visit_id) and told.stands:
            keeping.look(viewer, VISITS, visit_id)
        st.session_state["_looked_at"] = ("visits", visit_id)
    except Refused as refused:
        st.title(_("Visits"))
        say(refused)
        back(VISITS)
        return
    back(VISITS)
    visit = told.values
    st.title(plain(told.person) or "–")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"{words.KIND_ICONS.get(visit['kind'], '')} {plain(day_text(visit['day']))} · {words.word('kind', visit['kind'])}",
            width="content",
        )  # fmt: skip
        words.result_badge(visit)
        badges(visit)
        page_link(
            plain(visit["address"]) or _("Open the person"), "residents", icon=":material/person:", id=visit["resident_id"],
            tab="Visits",
        )  # fmt: skip
    doing = st.query_params.get("do", "")
    if told.stands and viewer.can("visit.edit"):
        if doing == "correct":
            _correct(viewer, told)
            return
        with st.container(horizontal=True):
            st.button(
                _("Correct"), icon=":material/edit:", key="visit_correct", on_click=_do, args=("correct",)
            )
            st.button(
                _("Strike out"), icon=":material/block:", key="visit_strike", on_click=_do, args=("strike",)
            )
        if doing == "strike":
            _strike(viewer, told)
    _everything(viewer, told)


def _do(what: str) -> None:
    st.query_params["do"] = what


def _done() -> None:
    st.query_params.pop("do", None)


def _everything(viewer: Viewer, told: Told) -> None:
    visit, observed = told.values, tick_words(viewer)
    with st.container(border=True):
        said(visit, observed, struck=visit["withdrawn_at"] is not None)
        st.caption(
            plain(
                _("{visitor} was there. Entered on {moment}.", visitor=visit["visitor"], moment=moment_text(visit["made_at"]))
            )
        )  # fmt: skip
        if visit["sheet"]:
            st.caption(plain(_("From round sheet {number}", number=visit["sheet"])))
    if visit["replaced_by"] is not None:
        page_link(
            _("What stands now"), "visits", icon=":material/arrow_forward:", tab="visits", id=visit["replaced_by"]
        )  # fmt: skip
    if told.before:
        st.subheader(_("What stood here before"))
    for one in told.before:
        with st.container(border=True, key=f"visit_before_{one['id']}"):
            head = f"{day_text(one['day'])} · {words.word('kind', one['kind'])} · {words.result_words(one)}"
            st.markdown(f"~~{plain(head)}~~")
            said(one, observed, struck=True)
            st.caption(plain(moment_text(one["made_at"])))


def _correct(viewer: Viewer, told: Told) -> None:
    """The form of the visit as it stands; the reason is asked for."""
    visit = told.values
    form = Form(f"correct_{visit['id']}", _nothing)
    if not form.is_open:
        form.fill(
            {**{name: visit[name] for name in ("kind", "result", "observed", "next_step", "day")},
             "reason": visit["reason"] or None, "mood": visit["mood"] or None, "needs": visit["needs"] or "",
             "note": visit["note"] or ""}
        )  # fmt: skip
    st.subheader(_("Correct"))
    st.caption(_("What stands here now stays readable."))
    fields(viewer, form, st.session_state.get(form.key("problems"), {}))
    why = st.text_input(_("Why is it corrected?"), key=form.key("why"), max_chars=200)
    with st.container(horizontal=True, key="save_bar_correct"):
        saved = st.button(_("Save"), type="primary", key="visit_correct_save")
        if st.button(_("Do not change anything"), key="visit_correct_cancel"):
            form.forget()
            _done()
            st.rerun()
    if not saved:
        return
    seen, values = seen_by(form, visit["resident_id"])
    try:
        new = visits.correct(
            viewer, visit_id=visit["id"], seen=seen, kind=values["kind"] or "home", day=read_day(values), why=why or ""
        )  # fmt: skip
    except Refused as refused:
        st.session_state[form.key("problems")] = problems_of(refused)
        say(refused)
        return
    form.forget()
    st.toast(_("Corrected."))
    _open(new)


def _nothing() -> None:
    """A correction is not kept half typed."""


def _strike(viewer: Viewer, told: Told) -> None:
    key = f"strike_{told.values['id']}"
    with st.form(key, border=True):
        st.write(_("Strike out a visit that never was. It stays readable, and counts for nothing."))
        why = st.text_input(_("Why?"), key=f"{key}_why", max_chars=200)
        if st.form_submit_button(_("Strike out"), type="primary"):
            try:
                visits.strike(viewer, visit_id=told.values["id"], why=why)
            except Refused as refused:
                say(refused)
            else:
                st.toast(_("Struck out."))
                _open(told.values["id"])
    st.button(_("Do not change anything"), key="visit_strike_cancel", on_click=_done)


def _open(visit_id: Any) -> None:
    st.query_params.from_dict({"tab": "visits", "id": str(visit_id)})
    st.rerun()
