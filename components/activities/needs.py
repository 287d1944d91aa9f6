"""The screens of `/needs`: all surveys, one survey with its parts, asking somebody, one reply."""

from collections.abc import Callable

import streamlit as st

from components.activities import (
    needs_door,
    needs_edit,
    needs_link,
    needs_outcome,
    needs_results,
    needs_texts,
)
from components.activities.needs_words import (
    OUTCOMES,
    SOURCES,
    SURVEY_COLOURS,
    SURVEYS,
    answer,
    badge,
    said_no,
)
from components.i18n import _, day_text, moment_text
from components.live import follow
from components.navigation import page_link
from components.page import choose_part, number_in_address
from components.register import lists
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.activities import needs, needs_asking
from db.activities.needs import Sheet
from db.activities.needs_asking import Said
from db.activities.needs_rows import ANSWERS
from db.errors import Refused
from db.listing import RecordView
from db.register import Values
from db.words import N_


def draw(viewer: Viewer) -> None:
    """The screen that the address asks for."""
    try:
        if (reply_id := number_in_address("reply")) is not None and viewer.can("answer.view"):
            _reply(viewer, reply_id)
        elif "new" in st.query_params and viewer.can("need.edit"):
            needs_edit.new(viewer)
        elif (survey_id := number_in_address("survey")) is not None:
            _survey(viewer, survey_id)
        else:
            _all(viewer)
    except Refused as refused:
        st.title(_("Needs"))
        say(refused)
        page_link(_("All surveys"), "needs", icon=":material/arrow_back:")


def _all(viewer: Viewer) -> None:
    follow(needs.TOPIC)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(_("Needs"))
        if viewer.can("need.edit"):
            page_link(_("New survey"), "needs", icon=":material/add:", new=1)
    found = needs.surveys(viewer)
    if not found:
        st.info(
            _("Nobody has been asked yet. A survey takes a few minutes: begin with the questions that are proposed."),
            icon=":material/quiz:",
        )  # fmt: skip
    for sheet in found:
        with st.container(border=True, key=f"card_survey_{sheet.id}", gap="small"):
            st.markdown(
                f"**{plain(sheet.plan.title)}** {state(sheet)}  \n:gray[{plain(' · '.join(whom(sheet)))}]"
            )
            if viewer.can("need.ask") and sheet.state == "open":
                _far(viewer, sheet)
            asking = viewer.can("need.ask") and sheet.state == "open"
            with st.container(key=f"tap_{'go' if asking else 'see'}_survey_{sheet.id}"):
                page_link(
                    _("Ask people") if asking else _("Open the survey"), "needs", survey=sheet.id,
                    icon=":material/door_front:" if asking else ":material/arrow_forward:",
                )  # fmt: skip


def _far(viewer: Viewer, sheet: Sheet) -> None:
    far = needs_asking.progress(viewer, survey_id=sheet.id)
    st.markdown(_("Asked **{asked}** of **{meant}** in my patch", asked=far.asked, meant=far.meant))
    st.caption(
        _("{answered} answered, {declined} did not want to, {missed} not met",
          answered=far.answered, declined=far.declined, missed=far.not_met)
    )  # fmt: skip


def state(sheet: Sheet) -> str:
    """The state of a survey, in Markdown."""
    said = badge(SURVEY_COLOURS[sheet.state], _(SURVEYS[sheet.state]))
    if sheet.state == "open" and sheet.plan.until is not None:
        said += " " + badge("gray", _("until {day}", day=day_text(sheet.plan.until)))
    return said


def whom(sheet: Sheet) -> list[str]:
    """Whom a survey asks, in words."""
    plan = sheet.plan
    parts = ["、".join(sheet.areas)]
    if plan.age_from is not None and plan.age_to is None:
        parts.append(_("{age} and older", age=plan.age_from))
    elif plan.age_to is not None:
        parts.append(_("aged {low} to {high}", low=plan.age_from or 0, high=plan.age_to))
    return parts


def _survey(viewer: Viewer, survey_id: int) -> None:
    sheet = needs.survey(viewer, survey_id=survey_id)
    resident = number_in_address("resident")
    if resident is not None and viewer.can("need.ask"):
        needs_door.draw(viewer, sheet, resident)
        return
    follow(needs.TOPIC)
    with st.container(key="screen_head", gap="small"):
        page_link(_("All surveys"), "needs", icon=":material/arrow_back:")
        st.title(plain(sheet.plan.title))
        st.markdown(f"{state(sheet)} :gray[{plain(' · '.join(whom(sheet)))}]")
        said_no()
        parts = {name: part for name, part in PARTS.items() if _offered(viewer, sheet, name)}
        if not parts:
            return
        order = {("" if at == 0 else name): name for at, name in enumerate(parts)}
        part = choose_part("needs", {shown: _(parts[name][0]) for shown, name in order.items()})
    parts[order[part]][2](viewer, sheet)


def _offered(viewer: Viewer, sheet: Sheet, name: str) -> bool:
    _label, action, _draw = PARTS[name]
    if not viewer.can(action) or (name in ("edit", "link") and not sheet.mine):
        return False
    return sheet.state == "open" if name in ("ask", "link") else name == "edit" or sheet.state != "draft"


def _ledger(viewer: Viewer, _sheet: Sheet) -> None:
    lists.draw(viewer, ANSWERS, opens=_ways, line=_line, fixed=True)


def _ways(_viewer: Viewer, rows: list[Values]) -> list[lists.Way]:
    return [("needs", {"reply": row["id"]}) for row in rows]


def _line(row: Values) -> str:
    said = f" · {row['said']}" if row["said"] else ""
    return f"**{plain(row['person'])}** {plain(_(OUTCOMES[row['outcome']]) + said)}"


def _reply(viewer: Viewer, reply_id: int) -> None:
    """One reply, and what the same person was asked before and after."""
    survey_id, resident_id, one = needs_asking.reply(viewer, reply_id=reply_id)
    page_link(_("All answers"), "needs", icon=":material/arrow_back:", survey=survey_id, part="answers")
    st.title(plain(one.survey))
    found = [one]
    if resident_id is not None:
        with st.container(horizontal=True):
            page_link(_("Open the person"), "residents", icon=":material/person:", id=resident_id)
            if viewer.can("need.ask"):
                page_link(
                    _("Ask again"), "needs", icon=":material/replay:", survey=survey_id, resident=resident_id
                )
        found = needs_asking.replies(viewer, survey_id=survey_id, resident_id=resident_id)
    for said in found:
        _said(said)


def _said(one: Said) -> None:
    with st.container(border=True, gap="xsmall"):
        mark = " " + badge("orange", _("replaced on {moment}", moment=moment_text(one.replaced_at))) if one.replaced_at else ""  # fmt: skip
        st.markdown(f"**{plain(_(OUTCOMES[one.outcome]))}**{mark}")
        how = [moment_text(one.at), one.by_name or _(SOURCES[one.source])]
        st.caption(plain(" · ".join(how)))
        for question, codes in one.answers:
            st.markdown(f":gray[{plain(question.label)}]  \n{plain(answer(question, codes))}")


def actions(viewer: Viewer, record: RecordView) -> None:
    """On a person's page: ask them, where an open survey is for them."""
    if not viewer.can("need.ask") or record.values["status"] != "resident":
        return
    for survey_id, title, outcome in needs_asking.open_for(viewer, resident_id=record.id):
        mark = " ✓" if outcome == "answered" else ""
        page_link(
            _("Ask: {title}", title=plain(title)) + mark, "needs", icon=":material/quiz:", survey=survey_id,
            resident=record.id,
        )  # fmt: skip


# name: label, what one must be allowed to do, what draws it
PARTS: dict[str, tuple[str, str, Callable[[Viewer, Sheet], None]]] = {
    "ask": (N_("Ask people"), "need.ask", needs_door.whom),
    "results": (N_("Results"), "need.view", needs_results.draw),
    "texts": (N_("In their words"), "answer.view", needs_texts.draw),
    "turned": (N_("What comes of it"), "need.view", needs_outcome.draw),
    "answers": (N_("All answers"), "answer.view", _ledger),
    "link": (N_("Link and codes"), "need.ask", needs_link.draw),
    "edit": (N_("Questions"), "need.edit", needs_edit.draw),
}
