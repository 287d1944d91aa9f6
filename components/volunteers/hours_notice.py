"""The notice of approved hours, as it is hung up: who objects can do so until the last day."""

import streamlit as st

from components.care import paper
from components.i18n import _, day_text
from components.live import follow
from components.volunteers.hours_words import hours
from db import clock
from db.access import Viewer
from db.volunteers import approving


def draw(viewer: Viewer) -> None:
    """Number, first character of the name, day, work, hours; nothing else of anybody."""
    follow("hours")
    lines = approving.notice(viewer)
    if not lines:
        st.info(_("At present no approved hours are on the notice."), icon=":material/campaign:")
        return
    rows = [
        [
            paper.text(one.number),
            paper.text(one.name),
            paper.text(f"{one.day:%m.%d}"),
            paper.text(one.what, *([_("Correction")] if one.correction else [])),
            paper.text(hours(one.minutes), *([_("Made up by hand")] if one.by_hand else [])),
            paper.text(f"{one.until:%m.%d}"),
        ]
        for one in lines
    ]
    heads = [
        _("Volunteer number"),
        _("Full name"),
        _("Date"),
        _("Service"),
        _("Hours"),
        _("Objections until"),
    ]
    paper.draw(
        [
            f"<h2>{paper.text(_('Notice of hours of service'))}</h2>",
            f"<p>{paper.text(_('Printed on {day}. Whoever knows better, please tell the community office before the last day.', day=day_text(clock.today())))}</p>",
            paper.table(heads, rows, (18, 14, 12, 28, 16, 12)),
        ]
    )  # fmt: skip
