"""The handover of a patch: what is open there, on one page to print, and who stands in from when to when."""

from datetime import date, timedelta

import streamlit as st

from components.care import paper
from components.care.agenda import why_words
from components.care.to_call import WHY_CALL
from components.care.words import word
from components.i18n import _, day_text, listed, n_
from components.live import follow
from components.register.values import plain
from components.territory.dialogs import dialog
from components.territory.words import ROLES
from components.words import problem, register_sentences, say
from db import clock
from db.access import Viewer
from db.care import standing_in
from db.care.agenda import Line
from db.care.calls import ToCall
from db.care.standing_in import LONGEST, Handover, Standing, Told
from db.errors import Refused
from db.fields import PROBLEMS
from db.people.residents import area_options
from db.words import N_
from db.work import unit

USUAL = timedelta(days=2)  # three days, the first and the last included
WIDTHS = (26, 37, 37)

register_sentences(
    {
        "standing_in.nobody": N_("This colleague cannot stand in: the account is gone or records no visits."),
        "standing_in.own": N_("{name} acts in {area} anyway. Nothing needs to be arranged."),
        "standing_in.twice": N_("{name} stands in there already, until {until}. End that first, or choose other days."),
        "standing_in.over": N_("This is over already."),
    }
)  # fmt: skip
PROBLEMS.update(
    {
        "standing_in.past": N_("The first day lies in the past."),
        "standing_in.long": N_("Not longer than a year."),
    }
)


def draw(viewer: Viewer) -> None:
    """Choose a patch and a period; below it, what is open there."""
    with st.container(key="screen_handover"):
        st.title(_("Handover"))
        areas = _areas(viewer)
        if not areas:
            st.info(_("No area has been given to you yet. Ask an administrator."))
            return
        area_id, since, until = _asked(areas)
        follow("care", "accounts")
        try:
            _standing(viewer, area_id, since, until)
        except Refused as refused:
            say(refused)
    try:
        found = standing_in.handover(viewer, area_id=area_id, since=since, until=until)
    except Refused as refused:
        say(refused)
        for code in dict(refused.facts.get("problems", {})).values():
            st.caption(problem(code))
        return
    paper.draw(_paper(found))


def _areas(viewer: Viewer) -> dict[int, str]:
    with unit(viewer, "visit.create", write=False) as work:
        return {int(one.code): one.label for one in area_options("visit.create")(work)}


def _asked(areas: dict[int, str]) -> tuple[int, date, date]:
    """The patch and the days: of the address, changed by the widgets."""
    asked = st.query_params.get("area", "")
    start = int(asked) if asked.isdecimal() and len(asked) < 18 and int(asked) in areas else next(iter(areas))
    ids = list(areas)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        area_id = st.selectbox(
            _("Patch"), ids, index=ids.index(start), format_func=areas.__getitem__, key="handover_area",
            on_change=_turn, width=260,
        )  # fmt: skip
        today = clock.today()
        since = st.date_input(_("From"), today, key="handover_since", min_value=today, width=160)
        until = st.date_input(
            _("Until"), since + USUAL, key="handover_until", min_value=since, width=160,
            max_value=since + timedelta(days=LONGEST),
        )  # fmt: skip
    return area_id, since, until


def _turn() -> None:
    st.query_params["area"] = str(st.session_state["handover_area"])


def _standing(viewer: Viewer, area_id: int, since: date, until: date) -> None:
    """Who stands in here now or later, and the way to arrange it."""
    for one in standing_in.arranged(viewer, area_id=area_id):
        with st.container(
            horizontal=True, vertical_alignment="center", border=True, key=f"standing_{one.id}"
        ):
            st.markdown(_said(one), width="stretch")
            if one.may_end:
                st.button(
                    _("End it"),
                    icon=":material/event_busy:",
                    key=f"end_{one.id}",
                    on_click=_end,
                    args=(viewer, one.id),
                )
    refused = st.session_state.pop("_handover_refused", None)
    if isinstance(refused, Refused):
        say(refused)
    if viewer.can("care.assign") and st.button(
        _("Arrange a stand-in"), icon=":material/swap_horiz:", key="arrange"
    ):
        _arrange(viewer, area_id, since, until)


def _said(one: Standing) -> str:
    said = _(
        "**{name}** stands in for **{whose}** ({area}), {since} to {until}", name=plain(one.name),
        whose=plain(one.for_name or one.area), area=plain(one.area), since=day_text(one.since),
        until=day_text(one.until),
    )  # fmt: skip
    return said + (f"  \n:small[{plain(one.note)}]" if one.note else "")


def _end(viewer: Viewer, stand_in_id: int) -> None:
    try:
        standing_in.end(viewer, stand_in_id=stand_in_id)
    except Refused as refused:
        st.session_state["_handover_refused"] = refused


@dialog(N_("Arrange a stand-in"))
def _arrange(viewer: Viewer, area_id: int, since: date, until: date) -> None:
    """Who, for whom, from when to when: the colleague sees and acts for the patch on these days only."""
    colleagues = dict(standing_in.colleagues(viewer))
    holders = standing_in.holders_of(viewer, area_id=area_id)
    st.write(_("From the first to the last day the colleague sees the people of this patch and records visits there. "
               "It ends by itself."))  # fmt: skip
    if not colleagues:
        st.info(
            _(
                "No colleague has an account yet. An administrator makes one under “Accounts”, as a community worker."
            )
        )
        return
    deputies = [
        one for one in standing_in.deputies_of(viewer, area_id=area_id) if one not in colleagues.values()
    ]
    if deputies:
        st.info(
            plain(_("Named as deputy: {names}. Without an account this page is on paper for them: print it.", names=listed(deputies))),
            icon=":material/badge:",
        )  # fmt: skip
    with st.form("arrange_form", border=False):
        account = st.selectbox(
            _("Who stands in"), list(colleagues), index=None, format_func=colleagues.__getitem__,
            key="arrange_account", placeholder=_("Choose"),
        )  # fmt: skip
        for_name = st.selectbox(
            _("For whom"), holders, index=0 if holders else None, key="arrange_for", accept_new_options=True, placeholder=_("Choose"),
        )  # fmt: skip
        first = st.date_input(_("First day"), since, key="arrange_since", min_value=clock.today())
        last = st.date_input(_("Last day"), until, key="arrange_until", min_value=clock.today())
        note = st.text_area(_("What the colleague should know"), key="arrange_note", max_chars=500)
        sent = st.form_submit_button(_("Arrange"), type="primary")
    if not sent:
        return
    if account is None:
        st.error(_("Choose who stands in."))
        return
    try:
        standing_in.arrange(
            viewer,
            account_id=account,
            area_id=area_id,
            since=first,
            until=last,
            for_name=for_name or "",
            note=note,
        )
    except Refused as refused:
        say(refused)
        for code in dict(refused.facts.get("problems", {})).values():
            st.caption(problem(code))
        return
    st.rerun()


def _paper(found: Handover) -> list[str]:
    """The page itself."""
    parts = [
        "<h2>" + paper.text(_("Handover: {area}", area=found.area)) + "</h2>",
        "<p>" + paper.text(f"{day_text(found.since)} – {day_text(found.until)}") + "</p>",
    ]
    for holder, deputy in found.posts:
        said = _("Responsible: {holder}", holder=holder)
        if deputy:
            said += " · " + _("Deputy: {deputy}", deputy=deputy)
        parts.append("<p>" + paper.text(said) + "</p>")
    if found.urgent:
        parts.append(paper.heading(_("To be reached at once ({count})", count=len(found.urgent))))
        parts.append(
            paper.table(
                [_("Who"), _("Why"), _("Call in this order")],
                [[_who(found, line), _why(line), _to_call(calls)] for line, calls in found.urgent],
                WIDTHS,
            )
        )
    for title, lines in (
        (N_("Asked for by an event or a warning ({count})"), found.called),
        (N_("Overdue ({count})"), found.overdue),
        (N_("Due in these days ({count})"), found.due),
    ):
        if lines:
            parts.append(paper.heading(_(title, count=len(lines))))
            parts.append(
                paper.table([_("Who"), _("Why"), _("Due on")],
                            [[_who(found, line), _why(line), _when(line)] for line in lines], WIDTHS)
            )  # fmt: skip
    if found.told:
        parts.append(paper.heading(_("Left to do after the last visits ({count})", count=len(found.told))))
        parts.append(
            paper.table(
                [_("Who"), _("Last visit"), _("What was noted")], [_told(one) for one in found.told], WIDTHS
            )
        )
    if found.more:
        parts.append("<p>" + paper.text(n_("{count} more is not listed.", "{count} more are not listed.", found.more)) + "</p>")  # fmt: skip
    if len(parts) == 2 + len(found.posts):
        parts.append("<p>" + paper.text(_("Nothing is open here in these days.")) + "</p>")
    return parts


def _who(found: Handover, line: Line) -> str:
    return paper.who(line.name, line.address, found.phones.get(line.resident_id, ""))


def _why(line: Line) -> str:
    return paper.text(why_words(line.why))


def _when(line: Line) -> str:
    return paper.text(day_text(line.next_on) if line.next_on and line.next_on.year < 9000 else "–")


def _to_call(calls: list[ToCall]) -> str:
    said = []
    others = [one for one in calls if one.why != "self"]  # the person's own number stands beside the name
    for number, one in enumerate(others, start=1):
        relation = _(ROLES[one.relation]) if one.relation in ROLES else one.relation
        facts = [relation, _(WHY_CALL[one.why]), one.phone]
        said.append(f"{number}. {one.name} " + " · ".join(fact for fact in facts if fact))
    return paper.text(*said) or "–"


def _told(one: Told) -> list[str]:
    noted = [
        f"{label}: {said}"
        for label, said in ((_("Next step"), one.next_step), (_("Needs"), one.needs), (_("Note"), one.note))
        if said
    ]
    visit = f"{day_text(one.day)} · {word('kind', one.kind)} · {word('result', one.result)}"
    return [
        paper.who(one.name, one.address),
        paper.text(visit, one.visitor),
        paper.text(*noted),
    ]
