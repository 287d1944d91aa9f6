"""The link by which people fill in a survey by themselves, its picture to print, and codes for single persons."""

import segno
import streamlit as st

from components.care import paper as sheet_of_paper
from components.i18n import _, day_text
from components.volunteers.hours_words import site
from components.words import say
from db.access import Viewer
from db.activities import needs_public
from db.activities.needs import Sheet, code_text
from db.errors import Refused


def link(here: str, code: str) -> str:
    """The address of the form of a code."""
    return f"{here}/needs-form?c={code_text(code)}"


def draw(viewer: Viewer, sheet: Sheet) -> None:
    """What to print and to send."""
    here = site(viewer)
    with st.container(key="screen_link", gap="small"):
        if not sheet.plan.self_fill:
            st.info(_("This survey is not filled in by link. Personal codes work all the same."))
        else:
            st.markdown(_("Whoever has this link can answer until the survey closes, without an account and without a name. Such answers count as nobody's."))  # fmt: skip
            st.code(link(here, sheet.code), language=None, wrap_lines=True)
        st.caption(_("To print: the browser's print command prints only the sheet below."))
        printed = (
            st.session_state.get("_need_codes")
            if st.session_state.get("_need_codes_of") == sheet.id
            else None
        )
        if st.button(
            _("Make personal codes"), icon=":material/qr_code_2:", key="need_codes",
            help=_("For whoever was not asked yet in your patch. With a personal code an answer counts as that person's: hand it over closed."),
        ):  # fmt: skip
            try:
                printed = needs_public.personal_codes(viewer, survey_id=sheet.id)
            except Refused as refused:
                say(refused)
            else:
                st.session_state["_need_codes"], st.session_state["_need_codes_of"] = printed, sheet.id
    if printed is not None:
        rows = "".join(
            f'<tr class="keep"><td class="who">{sheet_of_paper.text(f"{one.address} {one.name}")}</td>'
            f"<td>{_picture(link(here, one.code), 2)}</td><td>{sheet_of_paper.text(code_text(one.code))}</td></tr>"
            for one in printed
        )
        sheet_of_paper.draw([f"<h2>{sheet_of_paper.text(sheet.plan.title)}</h2><table>{rows}</table>"])
    elif sheet.plan.self_fill:
        until = _("Until {day}", day=day_text(sheet.plan.until)) if sheet.plan.until else ""
        sheet_of_paper.draw(
            [
                f'<div style="text-align:center"><h2>{sheet_of_paper.text(sheet.plan.title)}</h2>',
                f"<p>{sheet_of_paper.text(sheet.plan.intro)}</p>" if sheet.plan.intro else "",
                _picture(link(here, sheet.code), 6),
                f"<p>{sheet_of_paper.text(_('Scan with the telephone, or type: {address}', address=link(here, sheet.code)), until)}</p></div>",
            ]
        )


def _picture(address: str, scale: int) -> str:
    picture = segno.make(address, error="m").svg_data_uri(scale=scale, border=1)
    return f'<img src="{picture}" alt="{sheet_of_paper.text(_("Code of the form"))}">'
