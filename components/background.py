"""Work in the background as it is seen: how far it is, that it is done, and why it could not be done."""

from datetime import timedelta

import streamlit as st

from components.i18n import _, number_text
from components.register.values import plain
from components.session import rerun_by_itself
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.system import jobs
from db.system.jobs import State

EVERY_SECONDS = 1.0
TOLD_FOR = timedelta(minutes=1)
"""So long after its end whoever watched it reads that it is done."""

_WATCHED = "_job_watched"


def watch(job_id: int) -> None:
    """This window wants to know what becomes of a job."""
    st.session_state[_WATCHED] = job_id


def draw(viewer: Viewer, kind: str, *, going: str, done: str) -> State | None:
    """The bar of a job that is not over, for everybody who may see its kind; `done` for whoever watched it.

    Returns the viewer's own last job when it failed and was not put aside.
    """
    last = jobs.latest(viewer, kind=kind)
    if last is not None and not last.over:
        watch(last.id)
        _bar(viewer, last.id, going)
    elif last is not None and _has_just_ended(last):
        st.success(done, icon=":material/task_alt:")
    own = jobs.latest(viewer, kind=kind, own=True)
    return own if own is not None and own.state == "failed" else None


def _has_just_ended(job: State) -> bool:
    watched = st.session_state.get(_WATCHED) == job.id
    return (
        watched and job.state == "done" and job.ended_at is not None and clock.now() - job.ended_at < TOLD_FOR
    )


@st.fragment(run_every=EVERY_SECONDS)
def _bar(viewer: Viewer, job_id: int, going: str) -> None:
    if not jobs.here():  # nobody works in the background of a plain `streamlit run app.py`
        with st.spinner(going, show_time=False):
            jobs.run_waiting()
    try:
        now = jobs.state(viewer, job_id=job_id)
    except Refused:  # signed out, or put aside in another window: the page says what is to be said
        now = None
    if now is None or now.over:
        rerun_by_itself()
        return
    percent = number_text(int(now.share * 100))
    with st.container(key="job_bar", gap="xsmall"):
        st.progress(now.share, text=_("{what} {percent} %", what=plain(going), percent=percent))
        if not now.own:
            st.caption(
                _(
                    "{name} asked for it. Until it is done, everything is as it was before.",
                    name=plain(now.name),
                )
            )
