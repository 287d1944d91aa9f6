"""The third step of an import: what would happen to each row, what is missing, and the decisions left to the user."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from components.i18n import _, n_, number_text
from components.register import importing_columns
from components.register.values import plain
from components.words import say, warning
from db import importing
from db.access import Viewer
from db.errors import Refused
from db.importing import desk, engine, marks
from db.importing.desk import Case
from db.importing.plans import OUTCOMES, Choices, Plan, PlannedRow, Remark
from db.importing.words import OUTCOME_LABELS
from db.register import Register

PAGE = 25


def said() -> None:
    """What the last step came to, once."""
    refused = st.session_state.pop("import_refused", None)
    if isinstance(refused, Refused):
        say(refused)
        for name, code in refused.facts.get("problems", {}).items():
            st.caption(f"{plain(name)}: {_(code)}")
    kind, text = st.session_state.pop("import_said", ("", ""))
    if kind:
        {"success": st.success, "info": st.info, "error": st.error}[kind](text)


def draw(viewer: Viewer, register: Register, case: Case) -> None:
    """Counts, rows by outcome, missing places, and the way on."""
    plan = case.plan
    if plan is None:
        return
    said()
    st.write(f"**{plain(plan.upload.filename)}**")
    counts = plan.counts
    if plan.left_out:
        st.info(
            n_("{count} cell could not be read and is left out; the rest of its row is brought in.",
               "{count} cells could not be read and are left out; the rest of their rows is brought in.", plan.left_out)
        )  # fmt: skip
    choices = _choices(case, plan)
    outcome = st.segmented_control(
        _("Rows"), list(OUTCOMES), key=f"import_tab_{case.token}", default=_first(counts), required=True,
        format_func=lambda one: f"{_(OUTCOME_LABELS[one])} {number_text(counts[one])}", label_visibility="collapsed",
    )  # fmt: skip
    _rows(case, plan, outcome or _first(counts))
    _go_on(viewer, register, case, plan, choices)


def _first(counts: dict[str, int]) -> str:
    """The outcome that deserves the first look."""
    return next((one for one in ("doubtful", "refused", "changed", "new") if counts[one]), "unchanged")


def _choices(case: Case, plan: Plan) -> Choices:
    """The decisions as they stand on the screen."""
    places = _missing(case, plan)
    records = dict(plan.choices.records)
    for row in plan.rows:
        key = f"import_choice_{case.token}_{row.sheet}_{row.number}"
        if key in st.session_state:
            chosen = st.session_state[key]
            if chosen is None:
                records.pop(row.key, None)
            else:
                records[row.key] = chosen
    without = plan.choices.without_number
    damaged = any(
        remark.code in ("id.damaged", "id.check_digit", "id.length", "id.birth_date", "id.characters")
        for row in plan.rows
        if row.record_id is None
        for remark in row.remarks
    )
    if damaged:
        without = st.toggle(
            _("Also register new people whose ID number is damaged, without the number"),
            value=without, key=f"import_without_{case.token}",
        )  # fmt: skip
    return Choices(records, places, without)


def _missing(case: Case, plan: Plan) -> dict[str, int | str | None]:
    """Places that the file names and that are not there, each to be ticked."""
    if not plan.missing:
        return {}
    parents = dict(plan.parents)
    names = {one.key: one.name for one in plan.missing}
    ticked: dict[str, int | str | None] = {}
    with st.container(border=True):
        st.markdown(f"**{_('Places that are not there yet')}**")
        if not plan.may_create:
            st.caption(_("Whoever may add areas can have them made here. Ask an administrator."))
        else:
            st.caption(_("Tick what really exists; everything else may be a slip of the pen."))
            everything = st.checkbox(_("All of them"), key=f"import_places_{case.token}", value=False)
        for one in plan.missing:
            with st.container(horizontal=True, vertical_alignment="center"):
                label = f"{plain(one.name)} · " + n_("{count} row", "{count} rows", one.rows)
                if not plan.may_create:
                    st.write(label)
                    continue
                tick = st.checkbox(
                    label, key=f"import_place_{case.token}_{one.key}",
                    value=one.key in plan.choices.places, disabled=everything,
                )  # fmt: skip
                offered: list[int | str] = [
                    *(key for key in names if key.startswith("grid:") and key != one.key),
                    *parents,
                ]
                proposed = one.parent_key or one.parent_id
                parent = st.selectbox(
                    _("Lies in"), offered, index=offered.index(proposed) if proposed in offered else None,
                    key=f"import_parent_{case.token}_{one.key}", label_visibility="collapsed", width=220,
                    format_func=lambda key: parents[key] if isinstance(key, int) else f"{names[key]} ({_('new')})",
                    placeholder=_("Lies in …"),
                )  # fmt: skip
                if tick or everything:
                    ticked[one.key] = parent
    return ticked


def _rows(case: Case, plan: Plan, outcome: str) -> None:
    """The rows of one outcome, some at a time; those that others are responsible for in one line."""
    rows = plan.of(outcome)
    if not rows:
        st.caption(_("No rows."))
        return
    elsewhere = [row for row in rows if _is_elsewhere(row)]
    if elsewhere:
        rows = [row for row in rows if not _is_elsewhere(row)]
    some = _some(case, rows, outcome)
    if outcome == "doubtful" or any(row.key in plan.choices.records for row in some):
        for row in some:
            _doubtful(case, plan, row)
    elif some:
        _table(plan, some, outcome)
    if elsewhere:
        _others(case, plan, elsewhere)


def _some(case: Case, rows: Sequence[PlannedRow], key: str) -> Sequence[PlannedRow]:
    """The rows of the page that the reader chose."""
    pages = -(-len(rows) // PAGE)
    page = 1
    if pages > 1:
        page = int(
            st.number_input(
                _("Page, of {pages}", pages=number_text(pages)), 1, pages, 1, key=f"import_page_{case.token}_{key}",
                width=160,
            )
        )  # fmt: skip
    return rows[(page - 1) * PAGE : page * PAGE]


def _is_elsewhere(row: PlannedRow) -> bool:
    """Whether a row is refused for nothing but that it lies in other people's areas."""
    refused = {one.code for one in row.remarks if one.level == "refused"}
    return row.outcome == "refused" and refused == {"import.outside"}


def _others(case: Case, plan: Plan, rows: Sequence[PlannedRow]) -> None:
    label = n_(
        "{count} row lies outside your areas and is left to whoever is responsible there",
        "{count} rows lie outside your areas and are left to whoever is responsible there", len(rows),
    )  # fmt: skip
    with st.expander(label):
        some = _some(case, rows, "outside")
        st.write("、".join(f"{_number(plan, row)} {plain(row.label or '–')}" for row in some))


def _table(plan: Plan, rows: Sequence[PlannedRow], outcome: str) -> None:
    where = [engine.importer_of(plan.register).where(row) for row in rows] if outcome == "new" else []
    places = dict(zip((row.key for row in rows), where, strict=True)) if any(where) else None
    headings = _headings(plan, outcome, with_place=places is not None)
    lines = [
        tuple(plain(cell) for cell in line)
        for row in rows
        for line in _lines(plan, row, None if places is None else places[row.key])
    ]
    with st.container(key="wide_import"):
        st.table({heading: [line[index] for line in lines] for index, heading in enumerate(headings)})
    with st.container(key="narrow_import", gap="xsmall"):
        for number, label, *rest in lines:
            if outcome == "changed":
                name, old, new, remark = rest
                rest = [name, f"{old} → {new}" if new else "", remark]
            with st.container(border=True):
                st.markdown(f"**{label}** :gray[{number}]  \n" + " · ".join(one for one in rest if one))


def _headings(plan: Plan, outcome: str, *, with_place: bool) -> list[str]:
    label = plan.register.label
    start = [_("Row"), field_name(plan, label) if label in plan.labels else _("Record")]
    if outcome == "changed":
        return [*start, _("Field"), _("Before"), _("After"), _("Remark")]
    if with_place:
        start.append(_("Address"))
    return [*start, _("Column"), _("In the cell"), _("Why") if outcome == "refused" else _("Remark")]


def _lines(plan: Plan, row: PlannedRow, place: str | None) -> list[tuple[str, ...]]:
    """One line for each change or remark; a row without any has one line."""
    start = (_number(plan, row), row.label or "–") + (() if place is None else (place,))
    lines: list[tuple[str, ...]]
    if row.outcome == "changed":
        lines = [
            (*start, field_name(plan, one.name), _(one.old) or "–", _(one.new), "") for one in row.changes
        ]
        return lines + [(*start, plan.heading(one.column), "", "", _sentence(one)) for one in row.remarks]
    remarks = [one for one in row.remarks if row.outcome != "refused" or one.level == "refused"]
    lines = [(*start, plan.heading(one.column), one.value, _sentence(one)) for one in remarks]
    return lines or [(*start, "", "", "")]


def _number(plan: Plan, row: PlannedRow) -> str:
    return f"{row.sheet} {row.number}" if plan.upload.table.others else str(row.number)


def _sentence(remark: Remark) -> str:
    return marks.sentence(remark, _)


def field_name(plan: Plan, name: str) -> str:
    """What a field is called."""
    return _(plan.labels.get(name, name))


def _doubtful(case: Case, plan: Plan, row: PlannedRow) -> None:
    """One row that may mean several records: the user says which."""
    options: dict[int | str, str] = {
        one.record_id: " · ".join(
            part for part in (plain(one.label), plain(one.about), ", ".join(warning(code) for code in one.because)) if part
        )
        for one in row.candidates
    }  # fmt: skip
    options |= {"new": _("None of them: a new record"), "skip": _("Leave this row out")}
    now = plan.choices.records.get(row.key)
    with st.container(border=True):
        st.markdown(f"**{plain(row.label)}** · " + _("row {row}", row=_number(plan, row)))
        for remark in row.remarks:
            st.caption(_sentence(remark))
        st.caption(_in_file(plan, row))
        st.radio(
            _("Who is meant in row {row}?", row=row.number), list(options), format_func=options.__getitem__,
            index=list(options).index(now) if now in options else None,
            key=f"import_choice_{case.token}_{row.sheet}_{row.number}", label_visibility="collapsed",
        )  # fmt: skip


def _in_file(plan: Plan, row: PlannedRow) -> str:
    """What the file says about a row, so that one can tell people apart."""
    cells: Any = ()
    for part in (plan.upload.table, *plan.upload.table.others):
        if part.sheet.name == row.sheet:
            cells = part.sheet.rows[row.number - 1]
    texts = [
        f"{plan.heading(column)} {cells[column]}"
        for column in plan.mapping
        if column < len(cells) and cells[column] is not None
    ]
    return plain(_("In the file: {cells}", cells=" · ".join(texts[:8])))


def download(plan: Plan) -> None:
    """The same workbook with colours and comments."""
    stem = plan.upload.filename.rsplit(".", 1)[0]
    st.download_button(
        _("Download the annotated workbook"), icon=":material/download:", key="import_annotated",
        data=partial(marks.annotated, plan, _), file_name=f"{stem}-linli.xlsx", on_click="ignore",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        help=_("Your file with colours and a reason in each cell concerned: mend it and import it again."),
    )  # fmt: skip


def _bring_in(counts: dict[str, int]) -> str:
    new, changed = number_text(counts["new"]), number_text(counts["changed"])
    if not counts["changed"]:
        return _("Bring in {new} new", new=new)
    if not counts["new"]:
        return _("Bring in {changed} changed", changed=changed)
    return _("Bring in {new} new and {changed} changed", new=new, changed=changed)


def _go_on(viewer: Viewer, register: Register, case: Case, plan: Plan, choices: Choices) -> None:
    """Bring in, work out again after decisions, download, or go back."""
    decided = importing.choices_differ(choices, plan.choices)
    counts = plan.counts
    with st.container(horizontal=True):
        if decided:
            if st.button(_("Work it out again with these decisions"), type="primary", key="import_again"):
                importing_columns.start_plan(viewer, register, case, dict(plan.mapping), choices)
        elif counts["new"] + counts["changed"] and st.button(
            _bring_in(counts), type="primary", key="import_apply", icon=":material/check:"
        ):
            case.doing = "apply"
            case.job = desk.Job(lambda tell: importing.apply(viewer, plan, progress=tell))
            st.rerun()
        download(plan)
        if st.button(_("Back to the columns"), key="import_back"):
            case.plan = None
            st.rerun()
        if st.button(_("Another file"), key="import_other"):
            desk.drop(viewer, case.token)
            st.query_params.pop("file", None)
            st.rerun()
    if not decided and not counts["new"] + counts["changed"]:
        st.info(_("Nothing is new or changed: there is nothing to bring in."))
