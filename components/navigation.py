"""The pages of the application as data: their addresses, who may open them, where they stand in the menu."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components import session, unread
from components.i18n import _
from components.register.values import plain
from db.access import ROLES, Viewer
from db.words import N_

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class PageInfo:
    """One screen. `action` is what a viewer must be allowed to do to open it."""

    address: str
    file: str
    label: str
    action: str
    section: str
    icon: str
    in_menu: bool = True


TODAY, PEOPLE, HELPERS, TOGETHER, TERRITORY, OFFICE, OWN = (
    N_("Today"), N_("People and homes"), N_("Volunteers"), N_("Activities"), N_("Neighbourhood"), N_("Office"), N_("Myself"),
)  # fmt: skip

PAGES: tuple[PageInfo, ...] = (
    PageInfo("", "pages/insight/my_day.py", N_("My day"), "day.view", TODAY, ":material/today:"),
    PageInfo("map", "pages/insight/map.py", N_("Coverage map"), "coverage.view", TODAY, ":material/map:"),
    PageInfo("charts", "pages/insight/charts.py", N_("Charts"), "chart.view", TODAY, ":material/bar_chart:"),
    PageInfo(
        "figures",
        "pages/insight/figures.py",
        N_("What the figures mean"),
        "chart.view",
        TODAY,
        ":material/menu_book:",
        in_menu=False,
    ),
    PageInfo(
        "brief", "pages/insight/brief.py", N_("Monthly brief"), "brief.view", TODAY, ":material/description:"
    ),
    PageInfo("visits", "pages/care/visits.py", N_("Visits"), "visit.view", TODAY, ":material/door_front:"),
    PageInfo(
        "round-sheets", "pages/care/sheets.py", N_("Round sheets"), "visit.import", TODAY, ":material/print:"
    ),
    PageInfo(
        "handover", "pages/care/handover.py", N_("Handover"), "visit.create", TODAY, ":material/swap_horiz:"
    ),
    PageInfo(
        "residents", "pages/people/residents.py", N_("Residents"), "resident.view", PEOPLE, ":material/group:"
    ),
    PageInfo(
        "households",
        "pages/people/households.py",
        N_("Households"),
        "household.view",
        PEOPLE,
        ":material/home:",
    ),
    PageInfo(
        "import",
        "pages/people/ledger.py",
        N_("Import a ledger"),
        "resident.import",
        PEOPLE,
        ":material/upload_file:",
    ),
    PageInfo(
        "shifts",
        "pages/volunteers/shifts.py",
        N_("Shifts"),
        "shift.view",
        HELPERS,
        ":material/event_available:",
    ),
    PageInfo(
        "my-shifts",
        "pages/volunteers/my_shifts.py",
        N_("My shifts"),
        "volunteer.self",
        HELPERS,
        ":material/event:",
    ),
    PageInfo(
        "roster",
        "pages/volunteers/roster.py",
        N_("Roster"),
        "shift.edit",
        HELPERS,
        ":material/calendar_view_week:",
    ),
    PageInfo(
        "volunteers",
        "pages/volunteers/volunteers.py",
        N_("Volunteers"),
        "volunteer.view",
        HELPERS,
        ":material/volunteer_activism:",
    ),
    PageInfo(
        "work",
        "pages/volunteers/work.py",
        N_("Kinds of work"),
        "work.edit",
        HELPERS,
        ":material/construction:",
    ),
    PageInfo(
        "hours",
        "pages/volunteers/hours.py",
        N_("Hours of service"),
        "hours.approve",
        HELPERS,
        ":material/timer:",
    ),
    PageInfo(
        "activities",
        "pages/activities/activities.py",
        N_("Activities"),
        "activity.view",
        TOGETHER,
        ":material/celebration:",
    ),
    PageInfo(
        "participation",
        "pages/insight/participation.py",
        N_("Participation"),
        "activity.export",
        TOGETHER,
        ":material/groups:",
    ),
    PageInfo("needs", "pages/activities/needs.py", N_("Needs"), "need.view", TOGETHER, ":material/quiz:"),
    PageInfo(
        "venues",
        "pages/activities/venues.py",
        N_("Places to meet"),
        "venue.view",
        TOGETHER,
        ":material/meeting_room:",
    ),
    PageInfo(
        "posts",
        "pages/territory/posts.py",
        N_("Who is responsible"),
        "post.view",
        TERRITORY,
        ":material/badge:",
    ),
    PageInfo(
        "areas", "pages/territory/areas.py", N_("Areas"), "area.view", TERRITORY, ":material/account_tree:"
    ),
    PageInfo(
        "accounts",
        "pages/system/accounts.py",
        N_("Accounts"),
        "account.view",
        OFFICE,
        ":material/manage_accounts:",
    ),
    PageInfo("audit", "pages/system/audit.py", N_("Audit trail"), "audit.view", OFFICE, ":material/policy:"),
    PageInfo(
        "settings", "pages/system/settings.py", N_("Settings"), "settings.edit", OFFICE, ":material/settings:"
    ),
    PageInfo("inbox", "pages/system/inbox.py", N_("Messages"), "inbox.view", OWN, ":material/mail:"),
    PageInfo("me", "pages/system/me.py", N_("My account"), "me.view", OWN, ":material/account_circle:"),
)

BY_ADDRESS = {page.address: page for page in PAGES}


def choose(viewer: Viewer | None) -> StreamlitPage:
    """The page that the address asks for, and the menu of what this viewer may open.

    All pages are known from the first run, so a deep link is never lost; what is not in the menu is hidden. The menu
    is Streamlit's own: on a telephone it folds itself away once a page is chosen. `app.py` has set the icon of the
    browser's tab before; otherwise the browser would fetch that of the page from outside.
    """
    inside = viewer if viewer is not None and not viewer.facts["must_change"] else None
    made = {info.address: _page(info, inside) for info in PAGES}
    st.session_state["_pages"] = made
    sections: dict[str, list[StreamlitPage]] = {}
    for info in PAGES:
        sections.setdefault(_(info.section), []).append(made[info.address])
    return st.navigation(sections, position="sidebar" if inside is not None else "hidden", expanded=True)


def _page(info: PageInfo, viewer: Viewer | None) -> StreamlitPage:
    """Streamlit's page, made anew for each run."""
    shown = viewer is not None and info.in_menu and viewer.can(info.action)
    waiting = unread.mark(viewer) if viewer is not None and shown and info.address == "inbox" else ""
    return st.Page(
        ROOT / info.file, title=_(info.label) + waiting, icon=info.icon, url_path=info.address or None,
        default=info.address == "", visibility="visible" if shown else "hidden",
    )  # fmt: skip


def link(address: str, **params: Any) -> str:
    """The URL of a page with its parameters, to be sent or stored."""
    query = urlencode({name: value for name, value in params.items() if value not in (None, "")}, doseq=True)
    return f"/{address}" + (f"?{query}" if query else "")


def page_link(
    label: str, address: str, *, icon: str | None = None, help: str | None = None, **params: Any
) -> None:
    """Draw a link to a page of the application that opens without a reload."""
    query = {
        name: value if isinstance(value, list) else str(value)
        for name, value in params.items()
        if value not in (None, "")
    }
    st.page_link(
        st.session_state["_pages"][address],
        label=label,
        icon=icon or "",
        help=help,
        query_params=query or None,
    )


def go(address: str, **params: Any) -> None:
    """Leave for another page."""
    query = {name: str(value) for name, value in params.items() if value not in (None, "")}
    st.switch_page(st.session_state["_pages"][address], query_params=query)


def below_menu(viewer: Viewer) -> None:
    """Who is signed in, and the way out: in the side bar, below the menu."""
    with st.sidebar:
        st.caption(f"{plain(viewer.name)} · {_(ROLES[viewer.role].label)}")
        st.button(
            _("Sign out"),
            icon=":material/logout:",
            key="sign_out",
            on_click=session.sign_out,
            width="stretch",
        )
