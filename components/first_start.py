"""The set-up page: what a server shows that nobody administers yet, and the first administrator's first steps."""

from weakref import WeakSet

import streamlit as st
from sqlalchemy import Engine

from components import passwords, session, startup, welcome
from components.i18n import _, language
from components.navigation import go
from components.register.values import plain
from components.territory import uploads
from components.words import problem, register_sentences, say
from db import engine
from db.access import Viewer
from db.errors import Refused
from db.people import groups
from db.system import community, first_start
from db.territory import areas, levels, start
from db.territory.start import NewGrid
from db.words import N_
from db.work import unit

register_sentences(
    {
        "setup.code": N_("This is not the code. It stands in the window in which the server was started."),
        "setup.done": N_("Linli is set up already. Reload the page and sign in."),
        "setup.name": N_("Write what the community is called."),
    }
)

STEPS = (N_("Set-up code"), N_("Administrator"), N_("Community"), N_("Areas"))
LEVELS = {
    "subdistrict": N_("Subdistrict"),
    "community": N_("Community"),
    "grid": N_("Grid"),
    "block": N_("Block"),
    "building": N_("Building"),
}
_CODE = "_setup_code"
_TENS = "零一二三四五六七八九十"

_administered: "WeakSet[Engine]" = WeakSet()
_finished: "WeakSet[Engine]" = WeakSet()


def needed() -> bool:
    """Whether to draw the set-up page: nobody administers this database yet, or its first administrator goes on.

    Both answers can only turn from yes to no, so a no is remembered.
    """
    database = engine.current()
    if database in _finished:
        return False
    if database not in _administered:
        if not first_start.done():
            return True
        _administered.add(database)
    viewer = session.viewer_of_run()
    if viewer is None or not viewer.can("settings.edit"):
        return False
    if first_start.may_continue(viewer):
        return True
    _finished.add(database)
    return False


def draw() -> None:
    """The steps of setting up: code, administrator, community, areas."""
    viewer = session.viewer_of_run()
    _left, middle, _right = st.columns([1, 3, 1])
    with middle:
        st.title(_("Set up Linli"))
        if viewer is None:
            startup.announce()
            _administrator() if _CODE in st.session_state else _code()
            welcome.languages()
        elif first_start.step(viewer) == "community":
            _community(viewer)
        else:
            _areas(viewer)


def _where(step: int) -> None:
    """Which step this is, of which."""
    names = [f"**{_(name)}**" if place == step else _(name) for place, name in enumerate(STEPS)]
    st.markdown(" › ".join(f"{place}\\. {name}" for place, name in enumerate(names, start=1)))


def _address() -> str:
    return st.context.ip_address or "local"


def _code() -> None:
    _where(0)
    st.write(_("Nobody administers this database yet. The window in which the server runs shows a code."))
    with st.form("setup_code"):
        code = st.text_input(
            _("Set-up code"), key="setup_code_typed", placeholder="abcd-efgh-jkmn", autocomplete="off"
        )
        pressed = st.form_submit_button(_("Continue"), type="primary")
    if pressed:
        try:
            first_start.check_code(code, address=_address())
        except Refused as refused:
            say(refused)
        else:
            st.session_state[_CODE] = code
            st.rerun()


def _administrator() -> None:
    _where(1)
    st.write(
        _("The administrator makes the other accounts. Use your own name: the records say who did what.")
    )
    st.caption(passwords.rules())
    with st.form("setup_administrator"):
        name = st.text_input(_("Your name"), key="setup_name", max_chars=40)
        under = {"name": st.empty()}
        username = st.text_input(
            _("Account name"), key="setup_username", max_chars=40, autocomplete="username"
        )
        st.caption(
            _("What one signs in with: 2 to 40 letters a-z, digits, dots or dashes, beginning with a letter or digit.")
        )  # fmt: skip
        under["username"] = st.empty()
        new, again = passwords.two_fields("setup")
        pressed = st.form_submit_button(_("Create the administrator"), type="primary")
    if not pressed:
        return
    try:
        if new != again:
            raise Refused("password.differ")
        first_start.create_administrator(
            st.session_state[_CODE], username=username, name=name, password=new, address=_address()
        )
        session.sign_in(username, new)
    except Refused as refused:
        say(refused)
        for field, code in refused.facts.get("problems", {}).items():
            if field in under:
                under[field].caption(f":red[{plain(problem(code))}]")
        if refused.code == "setup.code":  # the server was started anew meanwhile
            del st.session_state[_CODE]
    else:
        st.session_state.pop(_CODE, None)
        st.rerun()


def _community(viewer: Viewer) -> None:
    _where(2)
    with st.form("setup_community"):
        name = st.text_input(
            _("Name of the community"), key="setup_community_name", max_chars=60, placeholder="红星社区",
            value=community.community_name(viewer),
        )  # fmt: skip
        with st.expander(_("What the levels of your areas are called")):
            st.caption(_("From the top down. You change and add levels later, under “Areas”."))
            labels = {
                code: st.text_input(_("Level {number}", number=place), _(word), key=f"setup_level_{code}", max_chars=20)
                for place, (code, word) in enumerate(LEVELS.items(), start=1)
            }  # fmt: skip
        pressed = st.form_submit_button(_("Continue"), type="primary")
    if pressed:
        try:
            if not name.strip():
                raise Refused("setup.name")
            with unit(viewer, "settings.edit", write=True) as work:
                community.change_setting(work, name="community_name", value=name)
                start.start(work, community=name)
                for level in levels.levels(work):
                    levels.change_level(
                        work, code=level.code, label=labels.get(level.code, level.label),
                        holds_homes=level.holds_homes, role=level.role,
                    )  # fmt: skip
                groups.start_groups(work)
                first_start.finish_step(work, finished="community")
        except Refused as refused:
            say(refused)
        else:
            st.rerun()


def _areas(viewer: Viewer) -> None:
    _where(3)
    tree = areas.tree(viewer)
    below = [row for row in tree if row.parent_id is not None]
    if below:
        st.success(_("{count} areas are there: {names}", count=len(below), names=plain(_some(below))))
    ways = {
        "hand": _("Build by hand"),
        "shapes": _("From a file of drawn shapes (GeoJSON)"),
        "ledger": _("From a ledger"),
    }
    way = st.radio(
        _("How do you want to enter the areas?"), list(ways), format_func=ways.__getitem__, key="setup_way"
    )
    if way == "hand" and below:
        st.write(_("You add further grids and buildings later, under “Areas”."))
    elif way == "hand":
        _by_hand(viewer, next(row.id for row in tree if row.parent_id is None))
    elif way == "shapes":
        uploads.upload(viewer)
    else:
        st.write(
            _("The import finds the buildings in the addresses and offers to make those that are missing.")
        )
        if st.button(
            _("Import a ledger"), type="secondary" if below else "primary", icon=":material/upload_file:",
            key="setup_import",
        ):  # fmt: skip
            first_start.finish_step(viewer, finished="areas")
            go("import")
    st.divider()
    if st.button(
        _("Finish") if below else _("Later: I do it under “Areas”"), type="primary" if below else "secondary",
        key="setup_finish",
    ):  # fmt: skip
        first_start.finish_step(viewer, finished="areas")
        go("areas" if below else "")


def _some(rows: list[areas.AreaRow]) -> str:
    names = [row.name for row in rows[:6]]
    return "、".join(names) + ("…" if len(rows) > 6 else "")


def _by_hand(viewer: Viewer, community_id: int) -> None:
    count = st.number_input(_("Number of grids"), 1, 40, 4, key="setup_grids")
    with st.form("setup_areas"):
        st.caption(
            _("Buildings as one writes them: 1-12栋, or 甲1栋、5-8栋. Leave empty what you do not know yet.")
        )
        grids = []
        for place in range(1, int(count) + 1):
            left, right = st.columns([1, 2])
            name = left.text_input(
                _("Grid {number}", number=place),
                f"第{_chinese(place)}网格" if language() == "zh" else _("Grid {number}", number=place),
                key=f"setup_grid_{place}",
                max_chars=60,
            )
            buildings = right.text_input(
                _("Buildings of grid {number}", number=place), key=f"setup_buildings_{place}",
                placeholder=f"{place * 12 - 11}-{place * 12}栋",
            )  # fmt: skip
            grids.append(NewGrid(name, buildings))
        pressed = st.form_submit_button(_("Make these areas"), type="primary")
    if pressed:
        try:
            start.build(viewer, community_id=community_id, grids=grids)
        except Refused as refused:
            say(refused)
        else:
            st.rerun()


def _chinese(number: int) -> str:
    """A number up to 99 as grids are numbered: 十二."""
    tens, ones = divmod(number, 10)
    said = ("" if tens == 1 else _TENS[tens]) + "十" if tens else ""
    return said + (_TENS[ones] if ones or not tens else "")
