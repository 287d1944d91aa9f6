"""`/figures`: what every figure means, where it comes from and who may see it; and what was corrected afterwards."""

from collections.abc import Iterable
from typing import Final

import streamlit as st

from components import live
from components.charts import words
from components.charts.seen import names_of, rows_of
from components.i18n import _, day_text, listed, n_, number_text
from components.kept import Kept
from components.navigation import page_link
from components.page import choose_part, number_in_address
from components.register.values import plain
from components.words import say
from db.access import ROLES, Viewer
from db.errors import Refused
from db.insight import charts, closing
from db.insight.closing import Correction
from db.insight.coverage import MEASURES
from db.insight.figures import CHAPTERS, FIGURES, Figure
from db.insight.now import NOW
from db.words import N_

KINDS: Final = {
    "count": N_("a number"), "share": N_("a share in per cent"), "days": N_("days on average"), "hours": N_("hours"),
    "visits": N_("visits a week"), "yuan": N_("yuan for each person"),
}  # fmt: skip
BETTER: Final = {"high": N_("The higher, the better."), "low": N_("The lower, the better.")}


def draw(viewer: Viewer) -> None:
    """The page for what the address asks for."""
    kept = Kept(viewer, live.follow(*charts.TOPICS))
    st.title(_("What the figures mean"))
    part = choose_part("figures", {"": _("All figures"), "corrected": _("What was corrected")})
    page_link(_("Back to the charts"), "charts", icon=":material/arrow_back:")
    try:
        if part:
            _corrected(kept)
        else:
            _all()
    except Refused as refused:
        say(refused)


def _all() -> None:
    """Every figure, from the code that counts it."""
    asked = st.text_input(_("Find a figure"), key="figures_find", icon=":material/search:").strip().lower()
    st.caption(_("The map, the charts, the brief and the lists use these definitions and no others."))
    found = 0
    for chapter, label in CHAPTERS.items():
        figures = [one for one in (*FIGURES.values(), *NOW.values()) if one.chapter == chapter]
        shown = [one for one in figures if asked in f"{_(one.label)} {_(one.definition)}".lower()]
        if shown:
            st.subheader(_(label), anchor=False)
        for one in shown:
            _one(one)
        found += len(shown)
    found += _of_the_map(asked)
    if not found:
        st.info(_("No figure is called that. Try another word."))


def _one(figure: Figure) -> None:
    facts = [_("Told as {kind}.", kind=_(KINDS[figure.kind]))]
    if figure.better:
        facts.append(_(BETTER[figure.better]))
    facts.append(_("Comes from: {source}", source=_(figure.comes_from)))
    facts.append(_("Read by: {roles}.", roles=_roles(figure.action)))
    if figure.rows != figure.action:
        facts.append(_("Its records, and small numbers, only by: {roles}.", roles=_roles(figure.rows)))
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{plain(_(figure.label))}**")
        st.markdown(plain(_(figure.definition)))
        st.caption(plain(" ".join(facts)))


def _of_the_map(asked: str) -> int:
    """Those that the map alone shows."""
    shown = [
        one for code, one in MEASURES.items()
        if code not in FIGURES and asked in f"{_(one.label)} {_(one.definition)}".lower()
    ]  # fmt: skip
    if shown:
        st.subheader(_("On the map"), anchor=False)
    for one in shown:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{plain(_(one.label))}**")
            st.markdown(plain(_(one.definition)))
            st.caption(
                plain(_("Comes from: {source}", source=_("Residents and posts, as they are today.")) + " "
                      + _("Read by: {roles}.", roles=_roles("coverage.view")) + " "
                      + _("Its records, and small numbers, only by: {roles}.", roles=_roles("resident.view")))
            )  # fmt: skip
    return len(shown)


def _roles(action: str) -> str:
    """Who may do it: only those roles whose accounts look at charts."""
    return listed(
        _(role.label) for role in ROLES.values() if action in role.actions and "chart.view" in role.actions
    )


def _corrected(kept: Kept) -> None:
    """What the records say otherwise than on the day on which a month was closed."""
    places = kept.read(charts.places)
    if not places:
        st.info(_("No area with figures belongs to you yet. Ask an administrator for one."))
        return
    names = names_of(places)
    asked = number_in_address("area")
    here = asked if asked in names else places[0].id
    st.session_state["figures_area"] = here
    st.selectbox(
        _("Area"),
        list(names),
        key="figures_area",
        format_func=names.__getitem__,
        on_change=_keep_area,
        width=260,
    )
    st.caption(
        _("When a month, a quarter or a year is over, its figures are kept as they stood. What is entered or corrected "
          "later changes the charts, and is listed here, so that a brief that was sent can be understood.")
    )  # fmt: skip
    path = next(one.path for one in places if one.id == here)
    allowed = [one for one in FIGURES.values() if kept.viewer.reaches(one.rows, path)]
    found = kept.read(closing.corrections, area_id=here, names=tuple(_bases(allowed)))
    if not found:
        st.success(_("Nothing was corrected since: every figure is as it was when its month was closed."))
        return
    st.markdown(f"**{n_('{count} figure was corrected', '{count} figures were corrected', len(found))}**")
    for one in found:
        _line(one, here, allowed)


def _bases(figures: Iterable[Figure]) -> list[str]:
    return sorted(
        {one.above for one in figures if one.kind not in ("days", "yuan")}
        | {one.below for one in figures if one.below}
    )


def _line(one: Correction, area_id: int, allowed: list[Figure]) -> None:
    figure = next((each for each in allowed if one.name == each.above and not each.below), None)
    figure = figure or next((each for each in allowed if one.name == each.above), None)
    label = (
        _((figure.below and figure.rows_label) or figure.label)
        if figure is not None
        else _(_BASES.get(one.name, one.name))
    )
    values = [_value(figure, number) for number in (one.was, one.now)]
    said = f"**{plain(words.period_text(one.period))} · {plain(label)}**: {values[0]} → {values[1]}"
    with st.container(border=True, gap="xsmall"):
        st.markdown(said)
        st.caption(
            _(
                "Closed on {day}, corrected on {later}.",
                day=day_text(one.closed_on),
                later=day_text(one.corrected_on),
            )
        )
        if figure is not None and figure.opens == one.name:
            page_link(
                _("Show them"), "charts", icon=":material/arrow_forward:", **rows_of(figure.code, area_id, one.period.key, back="figures")
            )  # fmt: skip


_BASES: Final = {
    "expecting": N_("Areas that expect somebody responsible"), "shifts": N_("Shifts that began"), "places": N_("Places of shifts"),
    "led": N_("Shifts with enough people"), "served": N_("Approved hours"),
}  # fmt: skip


def _value(figure: Figure | None, number: int) -> str:
    if figure is not None and figure.kind == "hours":
        return _("{number} h", number=number_text(round(number / 60, 1)))
    if figure is not None and figure.kind == "visits":
        return number_text(round(number / 1000, 1))
    return number_text(number)


def _keep_area() -> None:
    st.query_params["area"] = str(st.session_state["figures_area"])
