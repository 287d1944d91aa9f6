"""Round sheets on the screen: make one, print it, type in what came back, or bring it back as a workbook."""

import streamlit as st

from components.care import paper, sheet_entry, sheet_file
from components.care.agenda import COLOURS, why_words
from components.care.words import codes, word
from components.i18n import _, day_text, n_
from components.live import follow
from components.navigation import page_link
from components.page import stand_at
from components.register.values import plain
from components.words import register_sentences, say
from db.access import Viewer
from db.care import sheets
from db.care.sheets import MOST_LINES, Sheet, SheetInfo, SheetLine
from db.errors import Refused
from db.people.residents import area_options
from db.words import N_
from db.work import unit

WHO = {
    "due": N_("Who is to be seen by now"),
    "week": N_("Also who comes up within a week"),
    "all": N_("Everybody in care"),
}
PARTS = {
    "print": (N_("Print"), ":material/print:"),
    "type": (N_("Type in"), ":material/keyboard:"),
    "file": (N_("Workbook"), ":material/table:"),
}

register_sentences(
    {
        "sheet.number": N_(
            "This is no number of a sheet. Look at the top of the paper: it reads like 0012-7."
        ),
        "sheet.not_found": N_("There is no such sheet, or it is of an area outside yours."),
        "sheet.nobody": N_("Nobody is to be seen there. Choose more people, or another area."),
        "sheet.line": N_("There is no line {line} on this sheet."),
        "sheet.result": N_("Say how it went: seen well, needs something, or not met."),
        "sheet.workbook": N_(
            "This is not the workbook of one round sheet. Download the sheet here, fill it in and leave the first column as it is."
        ),
    }
)


def draw(viewer: Viewer) -> None:
    """One sheet when the address names it, else the way to make and to find one."""
    number = st.query_params.get("sheet", "")
    if number:
        try:
            found = sheets.sheet(viewer, number=number)
        except Refused as refused:
            say(refused)
        else:
            _sheet(viewer, found)
            return
    _front(viewer)


def _front(viewer: Viewer) -> None:
    st.title(_("Round sheets"))
    left, right = st.columns(2, gap="large")
    with left:
        _make(viewer)
    with right:
        _enter(viewer)
    follow("round_sheets")
    recent = sheets.recent(viewer)
    if recent:
        st.subheader(_("The last sheets"))
    for one in recent:
        page_link(_info(one), "round-sheets", icon=":material/description:", sheet=one.number)


def _info(one: SheetInfo) -> str:
    done = _("{recorded} of {count} entered", recorded=one.recorded, count=one.count)
    return (
        f"**{plain(one.number)}** {plain(one.area)} · {day_text(one.day)} · {plain(one.made_name)} · {done}"
    )


def _make(viewer: Viewer) -> None:
    with unit(viewer, "visit.import", write=False) as work:
        areas = {int(one.code): one.label for one in area_options("visit.import")(work)}
    st.subheader(_("A new sheet"))
    if not areas:
        st.info(_("No area has been given to you yet. Ask an administrator."))
        return
    with st.container(border=True):
        area_id = st.selectbox(_("Area"), list(areas), format_func=areas.__getitem__, key="sheet_area")
        known = {int(one.code): one.label for one in sheets.buildings(viewer, area_id=area_id)}
        chosen = st.multiselect(
            _("Only these buildings"), list(known), format_func=known.__getitem__, key=f"sheet_buildings_{area_id}",
            placeholder=_("The whole area"),
        )  # fmt: skip
        who = st.radio(_("Who is on it"), list(WHO), format_func=lambda one: _(WHO[one]), key="sheet_who")
        mine = st.checkbox(_("Only whom I am responsible for"), key="sheet_mine")
        st.caption(_("At most {count} people, the most pressing ones, in walking order.", count=MOST_LINES))
        sent = st.button(_("Make the sheet"), type="primary", icon=":material/print:", key="sheet_make")
    if not sent:
        return
    try:
        number = sheets.make(
            viewer, area_ids=chosen or [area_id], who=who, holder=viewer.name if mine else ""
        )
    except Refused as refused:
        say(refused)
        return
    st.query_params.from_dict({"sheet": number, "part": "print"})
    st.rerun()


def _enter(viewer: Viewer) -> None:
    st.subheader(_("A sheet came back"))
    with st.form("sheet_open"):
        number = st.text_input(_("Number at the top of the paper"), key="sheet_number", placeholder="0012-7")
        sent = st.form_submit_button(_("Type it in"), icon=":material/keyboard:")
    if sent:
        try:
            found = sheets.sheet(viewer, number=number)
        except Refused as refused:
            say(refused)
        else:
            st.query_params.from_dict({"sheet": found.info.number, "part": "type"})
            st.rerun()
    sheet_file.upload(viewer)


def _sheet(viewer: Viewer, found: Sheet) -> None:
    info = found.info
    part = st.query_params.get("part", "type")
    part = part if part in PARTS else "type"
    with st.container(key="screen_sheet"):
        page_link(_("All sheets"), "round-sheets", icon=":material/arrow_back:")
        st.title(_("Round sheet {number}", number=info.number))
        done = _("{recorded} of {count} entered", recorded=info.recorded, count=info.count)
        st.caption(f"{plain(info.area)} · {day_text(info.day)} · {plain(info.made_name)} · {done}")
        stand_at("sheet_part", part)
        st.segmented_control(
            _("What to do with it"), list(PARTS), key="sheet_part", default=part, required=True, label_visibility="collapsed",
            format_func=lambda one: f"{PARTS[one][1]} {_(PARTS[one][0])}", on_change=_turn,
        )  # fmt: skip
    if part == "print":
        paper.draw(_paper(found))
    elif part == "file":
        sheet_file.draw(viewer, found)
    else:
        sheet_entry.draw(viewer, info.number)


def _turn() -> None:
    st.query_params["part"] = st.session_state["sheet_part"]


def _paper(found: Sheet) -> list[str]:
    """The sheet as it goes on paper: numbers, who and why, boxes and lines for what was seen."""
    info = found.info
    title = _("Round sheet {number}", number=info.number)
    who = _("{area} · {day} · {name}", area=info.area, day=day_text(info.day), name=info.made_name)
    lines = [one for one in found.lines if not one.lost]
    heads = [_("No."), _("Who"), _("Why"), _("What was seen")]
    return [
        f"<h2>{paper.text(title)}</h2><p>{paper.text(who)} · "
        + paper.text(n_("{count} person", "{count} people", len(lines)))
        + f"</p><p>{paper.blank(_('Day of the round'))} {paper.blank(_('Who went'))}</p>",
        paper.table(heads, [_cells(one) for one in lines], (5, 20, 23, 52)),
    ]


def _cells(one: SheetLine) -> list[str]:
    colour = _(COLOURS[one.colour][1]) if one.colour in COLOURS else ""
    why = why_words([reason for reason in one.why if not reason[0].startswith("colour.")])
    not_met = word("result", "not_met")
    seen = (
        paper.boxes(word("result", code) for code in codes("result") if code != "not_met")
        + paper.blank(_("What is needed?"))
        + "<br>"
        + paper.boxes([_("{result}:", result=not_met)])
        + paper.boxes(word("reason", code) for code in codes("reason"))
        + "<br>"
        + paper.boxes(word("kind", code) for code in codes("kind"))
        + paper.line(_("Note"))
    )
    return [
        paper.bold(str(one.line)),
        paper.who(one.name, one.address, one.phone),
        paper.text(colour, why),
        seen,
    ]
