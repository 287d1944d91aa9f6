"""Weather warnings and festivals: what holds, how far it is answered, raising one, calling it off."""

from datetime import timedelta

import streamlit as st

from components.care import pickers, words
from components.i18n import _, day_text, n_, own
from components.live import follow
from components.navigation import page_link
from components.register import form
from components.register.records import spec_default
from components.register.values import plain
from components.words import say, sentence
from db import clock, keeping, listing
from db.access import Viewer
from db.care import calls, feasts
from db.care.calls import OCCASIONS
from db.care.feasts import Proposal
from db.care.tables import OCCASION_OPTIONS
from db.errors import Refused
from db.listing import Listing, RecordView
from db.people.glance import group_choices
from db.register import Values

ICONS = {
    "heat": ":material/sunny:", "cold": ":material/ac_unit:", "storm": ":material/thunderstorm:",
    "flood": ":material/flood:", "festival": ":material/celebration:",
}  # fmt: skip
NEW = "new_occasions"
MOST = 50
_ASKED = "_occasion_off_asked"


def draw(viewer: Viewer) -> None:
    """What holds today, the form for a new one, and what was before."""
    if st.query_params.get("new") and viewer.can("occasion.create"):
        _new(viewer)
        return
    follow("care", "occasions")
    if viewer.can("occasion.create"):
        st.button(
            _("Raise a warning or festival"),
            icon=":material/campaign:",
            type="primary",
            key="occasion_new",
            on_click=_open,
        )
    refused = st.session_state.pop("_occasion_refused", None)
    if isinstance(refused, Refused):
        say(refused)
    if viewer.can("occasion.create"):
        for one in feasts.proposed(viewer):
            _proposal(viewer, one)
    progress = (
        {one.id: (one.answered, one.asked) for one in calls.banners(viewer)}
        if viewer.can("coverage.view")
        else {}
    )
    rows = listing.page(viewer, OCCASIONS, Listing(size=MOST)).rows
    groups = dict(group_choices(viewer))
    areas = pickers.areas(viewer, "area.view")
    for row in rows:
        _line(viewer, listing.get(viewer, OCCASIONS, row["id"]), progress, groups, areas)
    if not rows:
        st.write(_("No warning or festival has been raised here yet."))


def _open(feast: str = "") -> None:
    form.forget(NEW)
    st.query_params.from_dict({"tab": "occasions", "new": "1", **({"feast": feast} if feast else {})})


def _proposal(viewer: Viewer, one: Proposal) -> None:
    """A festival that comes: raising it is one tap, the form opens filled in."""
    feast = one.feast
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"feast_{feast.code}"
    ):
        days = (feast.day - clock.today()).days
        said = n_("in {count} day", "in {count} days", days)
        st.markdown(
            f":material/calendar_month: **{plain(own(feast.name))}** · {plain(day_text(feast.day))} · {plain(said)}  \n"
            f":gray[{plain(_('Proposed by the calendar for {area}. Nothing happens until somebody raises it.', area=one.area))}]",
            width="stretch",
        )  # fmt: skip
        with st.container(horizontal=True, width="content", gap="xsmall"):
            st.button(
                _("Raise it …"), icon=":material/campaign:", key=f"feast_raise_{feast.code}", on_click=_open,
                args=(feast.code,),
            )  # fmt: skip
            st.button(
                _("Not this time"), icon=":material/close:", type="tertiary", key=f"feast_dismiss_{feast.code}",
                on_click=_dismiss, args=(viewer, one),
            )  # fmt: skip


def _dismiss(viewer: Viewer, one: Proposal) -> None:
    try:
        feasts.dismiss(viewer, code=one.feast.code, day=one.feast.day)
    except Refused as refused:
        st.session_state["_occasion_refused"] = refused


def _of_calendar(viewer: Viewer) -> Values:
    """What the form begins with for the festival that the address names; nothing without one."""
    asked = st.query_params.get("feast")
    found = next((one for one in feasts.proposed(viewer) if one.feast.code == asked), None) if asked else None
    if found is None:
        return {}
    feast = found.feast
    return {"kind": "festival", "name": own(feast.name), "area_id": found.area_id, "since": feast.since,
            "until": feast.until, "due_days": feast.due_days}  # fmt: skip


def _back() -> None:
    form.forget(NEW)
    st.query_params.from_dict({"tab": "occasions"})


def _line(
    viewer: Viewer, one: RecordView, progress: dict[int, tuple[int, int]], groups: dict[str, str], areas: dict[int, str]
) -> None:  # fmt: skip
    values, today = one.values, clock.today()
    holds = values["ended_on"] is None and values["since"] <= today <= values["until"]
    with st.container(border=True, key=f"occasion_{one.id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{ICONS.get(values['kind'], '')} **{plain(own(values['name']))}**", width="content")
            _state(values)
            days = _(
                "{since} until {until}", since=day_text(values["since"]), until=day_text(values["until"])
            )
            st.caption(plain(days), width="content")
        where = areas.get(values["area_id"], "")
        within = n_("contact within {count} day", "contact within {count} days", int(values["due_days"]))
        if not values["due_days"]:
            within = _("contact on the first day")
        whom = words.whom_words(values, groups, where)
        st.markdown(words.fact(_("For whom"), f"{whom} · {within}"))
        if one.id in progress:
            answered, asked = progress[one.id]
            said = n_(
                "{answered} of {count} contacted", "{answered} of {count} contacted", asked, answered=answered
            )
            st.progress(answered / asked if asked else 1.0, text=plain(said))
        if holds or (values["ended_on"] is None and values["since"] > today):
            with st.container(horizontal=True):
                if holds and answered_open(progress.get(one.id)):
                    page_link(_("Who is due"), "visits", icon=":material/group:", tab="due", occasion=one.id)
                if viewer.can("occasion.edit"):
                    st.button(
                        _("Call off"), icon=":material/cancel:", key=f"occasion_off_{one.id}",
                        on_click=_ask, args=(one.id,),
                        help=_("It is over: what is still open because of it ends."),
                    )  # fmt: skip
            if st.session_state.get(_ASKED) == one.id:
                _sure(viewer, one)


def _ask(occasion_id: int | None) -> None:
    st.session_state[_ASKED] = occasion_id


def _sure(viewer: Viewer, one: RecordView) -> None:
    """What calling off means, and the last word."""
    name = plain(own(one.values["name"]))
    st.warning(
        _("Call off “{name}”? Whoever was not contacted yet because of it is no longer asked for.", name=name)
    )
    with st.container(horizontal=True):
        st.button(
            _("Yes, call it off"), type="primary", key=f"occasion_off_yes_{one.id}", on_click=_call_off,
            args=(viewer, one.id),
        )  # fmt: skip
        st.button(_("No, it still holds"), key=f"occasion_off_no_{one.id}", on_click=_ask, args=(None,))


def answered_open(progress: tuple[int, int] | None) -> bool:
    """Whether somebody is still to be contacted."""
    return progress is not None and progress[0] < progress[1]


def _state(values: Values) -> None:
    today = clock.today()
    if values["ended_on"] is not None:
        st.badge(plain(_("called off on {day}", day=day_text(values["ended_on"]))), color="gray")
    elif values["until"] < today:
        st.badge(_("over"), color="gray")
    elif values["since"] > today:
        st.badge(_("announced"), color="blue")
    else:
        st.badge(_("holds"), color="green" if values["kind"] == "festival" else "red")


def _call_off(viewer: Viewer, occasion_id: int) -> None:
    _ask(None)
    try:
        ended = calls.call_off(viewer, occasion_id=occasion_id)
    except Refused as refused:
        st.session_state["_occasion_refused"] = refused
    else:
        st.toast(n_("Called off: {count} contact is no longer asked for.",
                    "Called off: {count} contacts are no longer asked for.", ended))  # fmt: skip


def _new(viewer: Viewer) -> None:
    """What, where, for whom; how many it would concern is said while one types."""
    st.button(
        _("Back to the list"),
        icon=":material/arrow_back:",
        type="tertiary",
        key="occasion_back",
        on_click=_back,
    )
    st.subheader(_("Raise a warning or festival"))
    today = clock.today()
    now = {field: spec_default(OCCASIONS, field) for field in OCCASIONS.specs}
    now.update(
        since=today, until=today + timedelta(days=2), due_days=1, match="all", kind=OCCASION_OPTIONS[0].code
    )
    mine = [int(path.rstrip("/").rsplit("/", 1)[-1]) for path in viewer.areas]
    now["area_id"] = next((one for one in mine if one in pickers.areas(viewer, "occasion.create")), None)
    now.update(_of_calendar(viewer))
    specs = {name: spec for name, spec in OCCASIONS.specs.items() if name != "ended_on"}
    typed = form.draw(
        viewer, OCCASIONS, specs, now, form=NEW, problems=st.session_state.get(f"{NEW}__problems"),
        pickers={"area_id": pickers.area(OCCASIONS, "occasion.create"), "groups": pickers.groups(OCCASIONS)},
    )  # fmt: skip
    values = {
        name: parsed.value
        for name, value in typed.items()
        if not (parsed := specs[name].parse(value)).problem
    }
    concerned = calls.concerned(viewer, values={**now, **values})
    st.info(
        n_("It would concern {count} person in care.", "It would concern {count} people in care.", concerned),
        icon=":material/group:",
    )  # fmt: skip
    with st.container(key="save_bar_occasions"):
        saved = st.button(_("Raise it"), type="primary", key="occasion_save")
    if saved:
        try:
            with st.spinner(_("Opening the contacts …")):
                keeping.create(viewer, OCCASIONS, typed)
        except Refused as refused:
            st.session_state[f"{NEW}__problems"] = refused.facts.get("problems", {})
            st.session_state[f"{NEW}__refused"] = sentence(refused)
        else:
            st.toast(
                n_(
                    "Raised. {count} person is to be contacted.",
                    "Raised. {count} people are to be contacted.",
                    concerned,
                )
            )
            _back()
        st.rerun()
    said = st.session_state.pop(f"{NEW}__refused", "")
    if said:
        st.error(said)
