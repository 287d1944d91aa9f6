"""After a visit was saved: what is due next, whom to call when it is urgent, and who is next on the list."""

from typing import Any

import streamlit as st

from components.care import words
from components.care.agenda import asked, patches
from components.care.to_call import call_order
from components.i18n import _, day_text, n_
from components.navigation import go, page_link
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.care import agenda, calls, rhythms, visits
from db.care.agenda import Line
from db.care.visits import Told
from db.errors import Refused
from db.people.tables import FAR_FUTURE


def draw(viewer: Viewer, visit_id: int) -> None:
    """What follows from the visit `visit_id`."""
    try:
        told = visits.one(viewer, visit_id=visit_id)
    except Refused as refused:
        st.title(_("Visits"))
        say(refused)
        return
    visit = told.values
    st.title(plain(told.person))
    said = f"{words.word('kind', visit['kind'])} · {words.result_words(visit)} · {day_text(visit['day'])}"
    st.success(plain(said), title=_("Saved."), icon=":material/check_circle:")
    also = st.query_params.get("also", "")
    if also.isdecimal() and len(also) < 4:
        st.caption(n_("and {count} other of the same home", "and {count} others of the same home", int(also)))
    if visit["elsewhere"]:
        st.caption(_("Somebody else looks after this person; the visit says that you stood in."))
    why = rhythms.why(viewer, resident_id=visit["resident_id"])
    if why is not None and why.due is not None:
        due = why.due
        if due["urgent"]:
            call_order(viewer, visit["resident_id"], int(due["attempts"]))
            _solve(viewer, visit["resident_id"])
        elif due["next_on"] != FAR_FUTURE:
            st.markdown(f":material/event: {plain(_('Due next by {day}', day=day_text(due['next_on'])))}")
            answered = calls.last_answered(viewer, resident_id=visit["resident_id"])
            if answered is not None:
                rhythm = words.days_words(why.every_days) if why.every_days else ""
                st.caption(plain(words.answered_words(*answered, rhythm)))
    _onwards(viewer, told)


def _solve(viewer: Viewer, resident_id: int) -> None:
    """Close the urgent item without a contact, when somebody knows that all is well."""
    urgent_id = calls.open_urgent(viewer, resident_id=resident_id)
    if urgent_id is None or not viewer.can("visit.create"):
        return
    with st.expander(_("It is settled: all is well"), icon=":material/task_alt:", key="urgent_settle"):
        solve_form(viewer, urgent_id)


def solve_form(viewer: Viewer, urgent_id: int) -> None:
    """How it is known that all is well."""
    with st.form(f"urgent_{urgent_id}", border=False):
        note = st.text_input(
            _("How do you know?"), key=f"urgent_note_{urgent_id}", max_chars=2000,
            placeholder=_("The daughter says that she is in hospital"),
        )  # fmt: skip
        if st.form_submit_button(_("All is well"), type="primary"):
            try:
                calls.solve_urgent(viewer, urgent_id=urgent_id, note=note)
            except Refused as refused:
                say(refused)
            else:
                st.toast(_("Saved."))
                st.rerun()


def _onwards(viewer: Viewer, told: Told) -> None:
    """The next on the list, and the ways back."""
    following = _next(viewer, told.values["resident_id"])
    with st.container(border=True, key="next_person"):
        if following is None:
            st.markdown(":material/celebration: " + _("Nobody else on your list is due now."))
        else:
            st.caption(_("Next on your list"))
            if st.button(
                f"**{plain(following.name)}** {plain(following.address)}", icon=":material/arrow_forward:",
                key="visit_next", type="primary", width="stretch",
            ):  # fmt: skip
                go("visits", new=1, resident=following.resident_id)
    with st.container(horizontal=True):
        page_link(_("My day"), "", icon=":material/today:")
        page_link(
            _("Open the person"), "residents", icon=":material/person:", id=told.values["resident_id"], tab="Visits"
        )  # fmt: skip
        if viewer.can("visit.edit"):
            page_link(
                _("Something was wrong"), "visits", icon=":material/edit:", tab="visits", id=told.values["id"]
            )


def _next(viewer: Viewer, resident_id: int) -> Line | None:
    """Whoever is to be seen first of the list as the viewer left it; when that is done, of all in their areas."""
    everybody: dict[str, Any] = {"area_id": None, "holder": "", "urgent": False}
    chosen = asked(viewer, patches(viewer))
    for which in (chosen, everybody) if chosen != everybody else (everybody,):
        for line in agenda.agenda(viewer, **which, limit=2).lines:
            if line.resident_id != resident_id:
                return line
    return None
