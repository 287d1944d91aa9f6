"""What posts need beyond the register's own screens: choosing an area and an account, handing over, ending."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import streamlit as st

from components.i18n import _, day_text
from components.navigation import go, page_link
from components.register.screen import Extras
from components.register.values import label, plain
from components.territory import holes
from components.territory.dialogs import dialog
from components.territory.words import ROLES
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.fields import Option
from db.listing import RecordView
from db.territory import areas, posts
from db.territory.posts import POSTS
from db.words import N_
from db.work import unit

EARLIEST = date(1950, 1, 1)


def _options(viewer: Viewer, field: str) -> list[Option]:
    action = "post.create" if viewer.can("post.create") else "post.edit"
    with unit(viewer, action, write=False) as work:
        return list(POSTS.choices[field](work))


def _pick(viewer: Viewer, key: str, value: Any, field: str, empty: str) -> int | None:
    options: Iterable[Option] = _options(viewer, field)
    names = {int(one.code): one.label for one in options}
    written = str(value or "")
    now = int(written) if written.isdecimal() and len(written) < 18 else None
    if now is not None and now not in names:
        # A closed area, or one outside the viewer's areas, keeps its holder's record readable.
        names[now] = _name_of(viewer, field, now)
    first: dict[str, Any] = (
        {} if key in st.session_state else {"index": list(names).index(now) if now else None}
    )
    spec = POSTS.specs[field]
    chosen: int | None = st.selectbox(
        label(spec) + (" *" if spec.required else ""), list(names), key=key, format_func=names.__getitem__,
        placeholder=_(empty), help=_(spec.help) if spec.help else None, **first,
    )  # fmt: skip
    return chosen


def _name_of(viewer: Viewer, field: str, record_id: int) -> str:
    if field == "area_id":
        try:
            return areas.one(viewer, area_id=record_id).name
        except Refused:
            return f"#{record_id}"
    return _("An account that is no longer in use")


def pick_area(viewer: Viewer, key: str, value: Any) -> int | None:
    """The area as a box that one types into: "3栋" leaves few."""
    return _pick(viewer, key, value, "area_id", N_("Type a name or number"))


def pick_account(viewer: Viewer, key: str, value: Any) -> int | None:
    """The account of the holder, if they have one."""
    return _pick(viewer, key, value, "account_id", N_("None"))


def pick_since(_viewer: Viewer, key: str, value: Any) -> date | None:
    """The first day in office: today, unless another is chosen."""
    first: dict[str, Any] = {} if key in st.session_state else {"value": value or clock.today()}
    if isinstance(first.get("value"), str):
        first["value"] = POSTS.specs["since"].parse(value).value or clock.today()
    spec = POSTS.specs["since"]
    chosen: date | None = st.date_input(
        label(spec) + " *", key=key, format="YYYY-MM-DD", min_value=EARLIEST, **first
    )
    return chosen


def header(viewer: Viewer, record: RecordView) -> None:
    """Whose post, and which."""
    values = record.values
    st.title(plain(record.label))
    trail = areas.trails(viewer, area_ids=[values["area_id"]]).get(values["area_id"], ())
    role = str(values["role"])
    st.caption(f"{_(ROLES.get(role, role))} · {plain(' › '.join(trail))}")


def actions(viewer: Viewer, record: RecordView) -> None:
    """Handing over and ending, for a post that goes on. `?do=hand_over` opens the dialog at once."""
    asked = st.query_params.get("do")
    if asked:
        del st.query_params["do"]
    until = record.values.get("until")
    if not viewer.can("post.edit") or (until and until < clock.today()):
        return
    if st.button(_("Hand over"), icon=":material/swap_horiz:", key="post_hand_over") or asked == "hand_over":
        hand_over(viewer, record)
    elif st.button(_("End"), icon=":material/event_available:", key="post_end"):
        end(viewer, record)


@dialog(N_("Hand over"))
def hand_over(viewer: Viewer, record: RecordView) -> None:
    """Who takes over, and from when. The post before stays as history."""
    values = record.values
    st.write(_("{holder} held it from {since}.", holder=plain(record.label), since=day_text(values["since"])))
    until = values.get("until")
    first = max(until + timedelta(days=1) if until else clock.today(), values["since"] + timedelta(days=1))
    with st.form("hand_over", border=False):
        holder = st.text_input(_("New holder") + " *", max_chars=40)
        phone = st.text_input(_("Telephone"), placeholder="13800001111")
        deputy = st.text_input(_("Deputy"), value=values.get("deputy") or "", max_chars=40)
        account = pick_account(viewer, "hand_over_account", None)
        from_day = st.date_input(_("First day"), value=first, format="YYYY-MM-DD")
        if st.form_submit_button(_("Hand over"), type="primary"):
            try:
                new = posts.hand_over(
                    viewer, post_id=record.id, holder=holder, from_day=from_day, deputy=deputy, phone=phone,
                    account_id=account,
                )  # fmt: skip
            except Refused as refused:
                say(refused)
            else:
                st.toast(_("Saved."))
                go("posts", id=new)


@dialog(N_("End"))
def end(viewer: Viewer, record: RecordView) -> None:
    """The last day of a holder whom nobody follows yet."""
    with st.form("end_post", border=False):
        day = st.date_input(
            _("Last day of {holder}", holder=record.label), value=clock.today(), format="YYYY-MM-DD"
        )
        reason = st.text_input(_("Why"), max_chars=120)
        if st.form_submit_button(_("End"), type="primary"):
            try:
                posts.end(viewer, post_id=record.id, day=day, reason=reason)
            except Refused as refused:
                say(refused)
            else:
                st.toast(_("Saved."))
                st.rerun()


def earlier(viewer: Viewer, record: RecordView) -> None:
    """Everybody who held the same area, the latest first."""
    for one in posts.history(viewer, area_id=record.values["area_id"]):
        holder_line(one, here=one.post_id == record.id)


def holder_line(one: posts.Holder, *, here: bool = False) -> None:
    """One holder of an area: role, name, from when to when."""
    until = day_text(one.until) if one.until else _("further notice")
    days = _("{since} until {until}", since=day_text(one.since), until=until)
    deputy = " · " + _("deputy {name}", name=plain(one.deputy)) if one.deputy else ""
    text = f"**{plain(one.holder)}** {_(ROLES.get(one.role, one.role))} · {days}{deputy}"
    if here:
        st.markdown(text)
    else:
        page_link(text, "posts", id=one.post_id)


EXTRAS = Extras(
    pickers={"area_id": pick_area, "account_id": pick_account, "since": pick_since},
    header=header,
    actions=actions,
    tabs={N_("Holders of this area"): earlier},
    above=holes.draw,
)
