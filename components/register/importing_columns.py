"""The second step of an import: is this the row of headings, and which column is which?"""

from functools import partial

import streamlit as st

from components.i18n import _, n_, number_text
from components.register.values import plain
from components.words import SENTENCES, say
from db import importing, parsing
from db.access import Viewer
from db.errors import Refused
from db.importing import desk
from db.importing.columns import Meaning
from db.importing.desk import Case
from db.importing.plans import Choices
from db.register import Register
from db.workbook import layout

EXAMPLES = 3


def draw(viewer: Viewer, register: Register, case: Case) -> None:
    """The table that was found, and what its columns mean."""
    from components.register.importing_result import said

    said()
    upload = case.upload
    st.write(f"**{plain(upload.filename)}**")
    for code, facts in upload.workbook.notes:
        st.info(_(SENTENCES.get(code, code), **facts))
    _header(viewer, register, case)
    chosen = _columns(viewer, register, case)
    with st.container(horizontal=True):
        if st.button(_("Show what would happen"), type="primary", key="import_plan"):
            start_plan(viewer, register, case, chosen, Choices())
        if st.button(_("Another file"), key="import_other_file"):
            desk.drop(viewer, case.token)
            st.query_params.pop("file", None)
            st.rerun()


def start_plan(
    viewer: Viewer, register: Register, case: Case, chosen: dict[int, str], choices: Choices
) -> None:
    """Begin the dry run, once the columns are in order."""
    try:
        importing.check(viewer, register, case.upload.table, chosen)
        importing.remember(viewer, register, case.upload.table, chosen)
    except Refused as refused:
        say(refused)
        return
    case.doing = "plan"
    case.job = desk.Job(partial(importing.plan, viewer, register, case.upload, chosen, choices))
    st.rerun()


def _header(viewer: Viewer, register: Register, case: Case) -> None:
    """Sheet and row of headings, with the rows around it."""
    table = case.upload.table
    rows = len(table.rows) + sum(len(one.rows) for one in table.others)
    with st.container(border=True):
        st.markdown(f"**{_('Is this the row of headings?')}**")
        sheets = {sheet.name: sheet for sheet in case.upload.workbook.sheets if sheet.rows}
        left, right = st.columns([3, 2])
        sheet = left.selectbox(
            _("Sheet"), list(sheets), index=list(sheets).index(table.sheet.name), key=f"import_sheet_{case.token}",
            format_func=lambda name: name + (f" ({_('hidden')})" if sheets[name].hidden else ""),
        )  # fmt: skip
        last = len(sheets[sheet].rows)
        row = right.number_input(
            _("Row of headings"),
            1,
            last,
            min(table.header_row, last),
            key=f"import_header_{case.token}_{sheet}",
        )
        if (sheet, row) != (table.sheet.name, table.header_row):
            _move_header(viewer, register, case, str(sheet), int(row))
        headings = [heading or _("(none)") for heading in table.columns]
        shown = [
            [parsing.fold(cell) for cell in cells]
            for (_number, cells), _n in zip(layout.data_rows(table), range(EXAMPLES), strict=False)
        ]
        columns = {
            f"{number + 1} {heading}": [one[number] for one in shown]
            for number, heading in enumerate(headings)
        }
        st.dataframe(columns, hide_index=True, height="content", key=f"import_preview_{case.token}_{sheet}_{row}",
                     alt=_("The first rows of the table"))  # fmt: skip
        said = n_("{count} row of data", "{count} rows of data", rows)
        if table.others:
            names = "、".join(plain(one.sheet.name) for one in table.others)
            said += " · " + _("with the sheets {sheets}", sheets=names)
        if table.above:
            said += " · " + n_(
                "{count} row above the headings", "{count} rows above the headings", table.above
            )
        skipped = sum(len(one.skipped) for one in (table, *table.others))
        if skipped:
            said += " · " + n_(
                "{count} row left out (hint, sub-total, repeated headings or note)",
                "{count} rows left out (hints, sub-totals, repeated headings, notes)", skipped,
            )  # fmt: skip
        st.caption(said)


def _move_header(viewer: Viewer, register: Register, case: Case, sheet: str, row: int) -> None:
    try:
        case.upload = case.upload.at(sheet, row)
        case.suggestion = importing.mapping(viewer, register, case.upload.table)
    except Refused as refused:
        say(refused)
        return
    st.rerun()


def _columns(viewer: Viewer, register: Register, case: Case) -> dict[int, str]:
    """What each column means; those that deserve a look come first."""
    meanings = importing.meanings(viewer, register)
    table, suggestion = case.upload.table, case.suggestion
    examples = _examples(case)
    filled = [number for number in range(len(table.columns)) if table.columns[number] or examples[number]]
    look = [n for n in filled if n in suggestion.doubtful or n not in suggestion.columns]
    sure = [n for n in filled if n not in look]
    if suggestion.remembered:
        st.info(_("A file with these headings was imported before; the columns mean what they meant then."))
        look, sure = [], filled
    for name in suggestion.missing:
        st.warning(_("No column was found for “{field}”. Choose one.", field=_name(meanings[name])))
    chosen: dict[int, str] = {}
    if look:
        st.subheader(_("Please look at these columns"))
        for number in look:
            chosen[number] = _column(case, meanings, number, examples[number])
    st.subheader(_("Columns that were recognised") if look else _("Columns"))
    for number in sure:
        chosen[number] = _column(case, meanings, number, examples[number])
    used = sum(bool(name) for name in chosen.values())
    st.caption(
        _("{used} of {all} columns are brought in.", used=number_text(used), all=number_text(len(filled)))
    )
    return chosen


def _column(case: Case, meanings: dict[str, Meaning], number: int, examples: list[str]) -> str:
    """One column: its heading, three of its values, and the field it is."""
    table = case.upload.table
    key = f"import_column_{case.token}_{table.sheet.name}_{table.header_row}_{number}"
    names = ["", *meanings]
    proposed = case.suggestion.columns.get(number, "")
    with st.container(border=True):
        left, right = st.columns([3, 2], vertical_alignment="center")
        heading = table.columns[number] or _("(no heading)")
        left.markdown(f"**{plain(heading)}**  \n:gray[{plain(' · '.join(examples)) or '–'}]")
        return right.selectbox(
            _("Field for “{heading}”", heading=heading), names, index=names.index(proposed), key=key,
            format_func=lambda name: _name(meanings[name]) if name else _("Leave out"),
            label_visibility="collapsed",
        )  # fmt: skip


def _name(meaning: Meaning) -> str:
    return _(meaning.label) if meaning.whole else meaning.label


def _examples(case: Case) -> list[list[str]]:
    """The first different values of each column."""
    table = case.upload.table
    found: list[list[str]] = [[] for _heading in table.columns]
    for _number, cells in layout.data_rows(table):
        for values, cell in zip(found, cells, strict=True):
            text = parsing.fold(cell)[:24]
            if text and len(values) < EXAMPLES and text not in values:
                values.append(text)
        if _number - table.first_row > 200:
            break
    return found
