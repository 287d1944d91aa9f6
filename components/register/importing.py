"""Importing a file into any register, step by step: file, columns, dry run, apply, done.

Which file it is stands in the address (`?file=`), so a reload in the middle keeps the step; the file itself
is in the server's memory only.
"""

from typing import Any

import streamlit as st

from components.i18n import _, moment_text, n_, number_text
from components.navigation import go, page_link
from components.register import importing_columns, importing_result
from components.register.values import plain
from components.words import SENTENCES, register_sentences, say
from db import importing
from db.access import Viewer
from db.errors import Refused
from db.importing import desk, files
from db.importing.desk import Case
from db.importing.words import REFUSALS
from db.register import Register
from db.words import N_

register_sentences(REFUSALS)

STEPS = (N_("File"), N_("Check the columns"), N_("Dry run"), N_("Done"))
KINDS = ["xlsx", "xls", "csv", "txt"]
SHORT = 1.2  # seconds that a page waits for work before it shows how far it is


def button(viewer: Viewer, register: Register) -> None:
    """The button of a list that leads here."""
    if (
        register.importable
        and viewer.can(register.may("import"))
        and st.button(_("Import"), icon=":material/upload_file:", key=f"{register.name}_import")
    ):
        go("import", register=register.name)


def draw(viewer: Viewer, register: Register) -> None:
    """The step that this import has reached."""
    if register.name == "residents":
        st.title(_("Import a ledger"))
    else:
        st.title(_("Import: {register}", register=_(register.title)))
    token = st.query_params.get("file", "")
    case = None
    if token:
        try:
            case = desk.get(viewer, token)
        except Refused as refused:
            say(refused)
            del st.query_params["file"]
    if case is None or case.register != register.name:
        _where(0)
        _choose_file(viewer, register)
        _past(viewer, register)
    elif case.job is not None:
        _where(2 if case.doing == "plan" else 3)
        _working(viewer, register, case)
    elif case.done is not None:
        _where(3)
        _done(viewer, register, case)
    elif case.plan is not None:
        _where(2)
        importing_result.draw(viewer, register, case)
    else:
        _where(1)
        importing_columns.draw(viewer, register, case)


def _where(step: int) -> None:
    """Which of the steps this is."""
    said = [
        f"**{number + 1} {_(name)}**" if number == step else f":gray[{number + 1} {_(name)}]"
        for number, name in enumerate(STEPS)
    ]
    st.markdown(" › ".join(said))


def _choose_file(viewer: Viewer, register: Register) -> None:
    st.write(
        _("Choose a ledger as it is: .xlsx, .xls or .csv with up to 50,000 rows. Title rows, hint rows and "
          "sub-totals may stay in it. Nothing is saved before you have seen what would happen.")
    )  # fmt: skip
    with st.expander(_("What the file may look like")):
        names = [_(one.label) for one in importing.meanings(viewer, register).values()]
        st.write(_("One row for each record, with a heading above each column. These can be brought in:"))
        st.write("、".join(plain(name) for name in names))
    uploaded = st.file_uploader(_("File"), type=KINDS, key=f"import_file_{register.name}")
    if uploaded is None:
        return
    if st.button(_("Read this file"), type="primary", key="import_read"):
        with st.spinner(_("Reading the file …")):
            _open(viewer, register, uploaded.getvalue(), uploaded.name)


def _open(viewer: Viewer, register: Register, data: bytes, name: str) -> None:
    try:
        known = [word for one in importing.meanings(viewer, register).values() for word in one.headings]
        upload = files.opened(data, name, known, hidden=True)
        case = desk.put(viewer, register.name, upload, importing.mapping(viewer, register, upload.table))
    except Refused as refused:
        say(refused)
        return
    st.query_params["file"] = case.token
    st.rerun()


def _working(viewer: Viewer, register: Register, case: Case) -> None:
    """Work under way, drawn anew until it ends; short work is waited for."""
    job = case.job
    if job is None:
        return
    if job.wait(SHORT if job.share == 0 else 0):
        _finish(case)
        st.rerun()
    _progress(case)
    st.caption(_("You may leave this page; the work goes on. Nothing is saved until all of it is."))


@st.fragment(run_every=0.7)
def _progress(case: Case) -> None:
    job = case.job
    if job is None or job.state != "running":
        st.rerun()
    titles = {"plan": _("Working out what would happen"), "apply": _("Bringing in"), "undo": _("Undoing")}
    said = titles[case.doing]
    if job.counts.get("of"):
        said += f" · {number_text(job.counts['done'])} / {number_text(job.counts['of'])}"
    st.progress(min(1.0, job.share), said)
    if st.button(
        _("Stop"), icon=":material/stop:", key="import_stop", disabled=job.stopping,
        help=_("Everything stays as it was before."),
    ):  # fmt: skip
        job.stop()
        st.rerun(scope="fragment")


def _finish(case: Case) -> None:
    """Take over what the job came to."""
    job, doing = case.job, case.doing
    case.job = None
    if job is None:
        return
    if job.state == "done" and doing == "plan":
        case.plan, case.choices = job.result, job.result.choices
    elif job.state == "done" and doing == "apply":
        case.done = job.result
    elif job.state == "done":
        st.session_state["import_said"] = ("success", _("The import was undone."))
        case.done, case.plan = None, None
    elif job.state == "stopped":
        st.session_state["import_said"] = ("info", _("Stopped. Everything is as it was before."))
    elif job.state == "refused" and job.refused is not None:
        st.session_state["import_refused"] = job.refused
        if job.refused.code == "import.stale" and job.refused.facts.get("plan") is not None:
            case.plan = job.refused.facts["plan"]
    else:
        st.session_state["import_said"] = ("error", _(SENTENCES["error.unexpected"]))


def _done(viewer: Viewer, register: Register, case: Case) -> None:
    done = case.done
    if done is None:
        return
    importing_result.said()
    st.success(
        _("Done: {new} new, {changed} changed.", new=number_text(done.counts["new"]), changed=number_text(done.counts["changed"])),
        icon=":material/check_circle:",
    )  # fmt: skip
    left = done.counts["doubtful"] + done.counts["refused"]
    if left and case.plan is not None:
        st.write(n_("{count} row was not brought in. Mend it in the annotated workbook and import that.",
                    "{count} rows were not brought in. Mend them in the annotated workbook and import that.", left))  # fmt: skip
        importing_result.download(case.plan)
    with st.container(horizontal=True, vertical_alignment="center"):
        page_link(_("Open the list"), register.name, icon=":material/list:", sort="newest")
        if st.button(_("Another file"), icon=":material/upload_file:", key="import_another"):
            _start_again(viewer, case)
        if st.button(_("Undo this import"), icon=":material/undo:", key="import_undo"):
            _ask_undo(viewer, register, done.import_id, case)


def _start_again(viewer: Viewer, case: Case) -> None:
    desk.drop(viewer, case.token)
    st.query_params.pop("file", None)
    st.rerun()


def _past(viewer: Viewer, register: Register) -> None:
    """The imports of the past, each to be undone as a whole."""
    importing_result.said()
    past = importing.imports(viewer, register)
    if not past:
        return
    st.subheader(_("Imports so far"))
    for one in past:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            counts = _("{new} new, {changed} changed", new=number_text(one.counts.get("new", 0)),
                       changed=number_text(one.counts.get("changed", 0)))  # fmt: skip
            with st.container(width="stretch", gap=None):
                st.markdown(f"**{plain(one.filename or '–')}**")
                st.caption(f"{moment_text(one.at)} · {plain(one.actor)} · {counts}")
            if one.undone_at is not None:
                st.caption(_("Undone on {moment}", moment=moment_text(one.undone_at)))
            elif st.button(_("Undo"), icon=":material/undo:", key=f"import_undo_{one.id}"):
                _ask_undo(viewer, register, one.id, None)


def _ask_undo(viewer: Viewer, register: Register, import_id: int, case: Case | None) -> None:
    stands = f"import_undo_stands_{import_id}"

    @st.dialog(_("Undo this import?"))
    def ask() -> None:
        refused = st.session_state.get(stands)
        question = st.empty()
        if refused is None:
            with question.container():
                st.write(
                    _("What it made goes from the lists, what it changed gets its old values. Records that somebody "
                      "has edited since stand in the way; you are asked about them.")
                )  # fmt: skip
                pressed = st.button(_("Undo the whole import"), type="primary", key="import_undo_yes")
            if not pressed:
                return
            refused = _undo(viewer, import_id, case, rest=False)
            if refused is None:
                st.rerun()
            st.session_state[stands] = refused
            question.empty()
        say(refused)
        _in_the_way(refused, register)
        if refused.facts.get("others"):
            st.write(_("These can stay as they are, and all others be taken back."))
            if st.button(_("Undo the rest"), type="primary", key="import_undo_rest"):
                refused = _undo(viewer, import_id, case, rest=True)
                if refused is None:
                    st.rerun()
                say(refused)

    ask()


def _undo(viewer: Viewer, import_id: int, case: Case | None, *, rest: bool) -> Refused | None:
    """Take an import back and leave word for the page; returns what refuses it."""
    try:
        with st.spinner(_("Undoing")):
            stayed = importing.undo(viewer, import_id, rest=rest)
    except Refused as refused:
        return refused
    text = _("The import was undone.")
    if stayed:
        names = "、".join(plain(name) for name in list(stayed.values())[:20])
        text = _("The import was undone. What was edited since stayed: {names}", names=names)
    st.session_state["import_said"] = ("success", text)
    if case is not None:
        desk.drop(viewer, case.token)
    st.query_params.pop("file", None)
    return None


def _in_the_way(refused: Refused, register: Register) -> None:
    """Links to the records that were edited since."""
    records: dict[int, Any] = refused.facts.get("records", {})
    for record_id, name in list(records.items())[:20]:
        page_link(plain(str(name)), register.name, id=record_id)
