"""Certificates: issue, void, reissue; the PDF and the page to print."""

from datetime import date
from typing import Any

import streamlit as st

from components.care import paper as sheet
from components.i18n import _, day_text
from components.live import follow
from components.navigation import go, page_link
from components.register.values import plain
from components.volunteers.hours_words import hours, press, said_no, say_no, site
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import certificate_paper, certificates
from db.volunteers.certificates import Paper, code_text


def draw(viewer: Viewer) -> None:
    """The form for a new one, and all that were issued."""
    follow("hours")
    said_no()
    _new(viewer)
    for one in certificates.issued(viewer):
        with st.container(border=True, key=f"certificate_{one.id}", gap="xsmall"):
            st.markdown(f"**{plain(one.name)}** :gray[{plain(one.number)}] {validity(one)}  \n{summary(one)}")
            if one.voided_why:
                st.caption(plain(one.voided_why))
            with st.container(horizontal=True, vertical_alignment="center"):
                ways(viewer, one, "hours")
                if one.voided_at is None:
                    _void(viewer, one)


def summary(one: Paper) -> str:
    """Number, period and hours, in Markdown."""
    parts = [one.serial, f"{day_text(one.since)} – {day_text(one.until)}", hours(one.minutes)]
    if one.minutes_by_hand:
        parts.append(_("{hours} made up by hand", hours=hours(one.minutes_by_hand)))
    return plain(" · ".join(parts))


def validity(one: Paper) -> str:
    """Valid or void, in Markdown."""
    if one.voided_at is None:
        return f":green-badge[{_('valid')}]"
    said = f":red-badge[{_('void')}]"
    return said + (
        f" :gray-badge[{plain(_('instead: {serial}', serial=one.replacement))}]" if one.replacement else ""
    )


def ways(viewer: Viewer, one: Paper, address: str, **params: Any) -> None:
    """The paper as a file, and as a page to print."""
    here = site(viewer)
    st.download_button(
        _("Download"), icon=":material/download:", key=f"pdf_{one.id}", mime="application/pdf", on_click="ignore",
        file_name=f"{one.serial}.pdf",
        data=lambda: certificate_paper.pdf(certificates.paper(viewer, certificate_id=one.id), here),
    )  # fmt: skip
    page_link(_("Print"), address, icon=":material/print:", paper=one.id, **params)


def _new(viewer: Viewer) -> None:
    with st.expander(_("Issue a certificate"), icon=":material/workspace_premium:"):
        people = {one.id: f"{one.number} {one.name}" for one in certificates.volunteers(viewer)}
        who = st.selectbox(
            _("Volunteer"), list(people), index=None, format_func=people.__getitem__, key="certify_who"
        )
        with st.container(horizontal=True):
            today = clock.today()
            since = st.date_input(
                _("From"), date(today.year, 1, 1), key="certify_since", format="YYYY-MM-DD", width=180
            )
            until = st.date_input(
                _("Until"), today, key="certify_until", format="YYYY-MM-DD", max_value=today, width=180
            )
        if who is None or since is None or until is None:
            return
        found = certificates.preview(viewer, volunteer_id=who, since=since, until=until)
        st.caption(_("Only hours that are approved and no longer on the notice count."))
        rows = [(what, minutes, "") for what, minutes in found.credited]
        rows += [(what, minutes, _("Made up by hand")) for what, minutes in found.by_hand]
        for what, minutes, mark in rows:
            said = [what, hours(minutes), mark]
            st.markdown(plain(" · ".join(part for part in said if part)))
        if st.button(_("Issue"), type="primary", key="certify_save", icon=":material/check:"):
            try:
                made = certificates.issue(viewer, volunteer_id=who, since=since, until=until)
            except Refused as refused:
                say_no(refused)
            else:
                go("hours", paper=made)


def _void(viewer: Viewer, one: Paper) -> None:
    with st.popover(_("Void"), icon=":material/block:"):
        why = st.text_input(_("Why"), key=f"void_why_{one.id}", max_chars=200)
        for command, label in (
            (certificates.reissue, _("Void and issue anew")),
            (certificates.void, _("Void only")),
        ):
            st.button(
                label, key=f"{command.__name__}_{one.id}", on_click=press, args=(command, viewer), width="stretch",
                kwargs={"certificate_id": one.id, "why": why},
            )  # fmt: skip


def draw_paper(viewer: Viewer, certificate_id: int, address: str, **params: Any) -> None:
    """One certificate as a page to print. It says the same as the PDF, and in Chinese, as offices want it."""
    with st.container(key="screen_back"):
        page_link(_("Back"), address, icon=":material/arrow_back:", **params)
    try:
        one = certificates.paper(viewer, certificate_id=certificate_id)
    except Refused as refused:
        say_no(refused)
        return
    here = site(viewer)
    with st.container(key="screen_pdf", horizontal=True, vertical_alignment="center"):
        ways(viewer, one, address)
    labels = certificate_paper.labels(here)
    void = f'<p style="color:#b3261e;font-size:2rem;text-align:center;margin:0"><strong>{sheet.text(labels["void"])}</strong></p>'
    rows = "".join(
        f'<tr><th scope="row" style="width:1%;white-space:nowrap">{sheet.text(label)}</th><td>{sheet.text(*values)}</td></tr>'
        for label, values in certificate_paper.facts(one)
    )
    picture = certificate_paper.code_picture(one, here).svg_data_uri(scale=4, border=0)
    sheet.draw(
        [
            f'<div lang="zh-CN"><h2 style="text-align:center">{sheet.text(labels["title"])}</h2>',
            f'<p style="text-align:center">{sheet.text(labels["serial"] + one.serial)}</p>',
            void if one.voided_at is not None else "",
            f"<table>{rows}</table>",
            f'<p style="text-align:right;margin-top:1.5rem">{sheet.text(labels["issuer"] + one.issuer, labels["date"] + certificate_paper.day_words(one.issued_on))}</p>',
            '<div style="display:flex;gap:1rem;align-items:center">'
            f'<img src="{picture}" alt="{sheet.text(labels["scan"])}" style="width:7rem">'
            f"<div>{sheet.text(labels['code'] + code_text(one.code), labels['where'], labels['what'])}</div></div></div>",
        ]
    )  # fmt: skip
