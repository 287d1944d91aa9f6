"""Making a survey without code: what it says, whom it asks, its questions, opening and closing."""

from datetime import timedelta
from typing import Any

import streamlit as st

from components.activities.needs_words import QUESTIONS, option, press
from components.i18n import _, listed
from components.navigation import go, page_link
from components.register.values import plain
from components.words import say
from db import clock
from db.access import Viewer
from db.activities import needs
from db.activities.needs import LONGEST_INTRO, LONGEST_TITLE, Plan, Sheet
from db.activities.needs_questions import CHOOSING, LONGEST_QUESTION, MOST_OPTIONS, Asked
from db.errors import Refused

USUAL_DAYS = 21


def new(viewer: Viewer) -> None:
    """The form for a new survey."""
    page_link(_("All surveys"), "needs", icon=":material/arrow_back:")
    st.title(_("New survey"))
    areas = needs.areas_to_ask(viewer)
    only = areas[:1] if len(areas) == 1 or viewer.scope("need.edit") == "areas" else []
    plan = _plan(viewer, Plan("", tuple(one[0] for one in only)), "new", frozen=False)
    starter = st.toggle(
        _("Begin with the questions that are proposed"), True, key="survey_new_starter",
        help=_("Six questions about classes, help and what is missing. Each can be changed."),
    )  # fmt: skip
    if st.button(
        _("Save and go on to the questions"), type="primary", icon=":material/check:", key="survey_new_save"
    ):
        try:
            made = needs.make(viewer, plan=plan, starter=starter)
        except Refused as refused:
            say(refused)
        else:
            go("needs", survey=made)


def _plan(viewer: Viewer, now: Plan, key: str, *, frozen: bool) -> Plan:
    """The fields of a survey. `frozen`: whom it asks stays."""
    key = f"survey_{key}"
    title = st.text_input(_("Title"), now.title, key=f"{key}_title", max_chars=LONGEST_TITLE)
    intro = st.text_area(
        _("What is said first"), now.intro, key=f"{key}_intro", max_chars=LONGEST_INTRO, height=90,
        help=_("Who asks, and what becomes of the answers. It stands above the questions."),
    )  # fmt: skip
    areas = dict(needs.areas_to_ask(viewer))
    groups = dict(needs.groups_to_ask(viewer))
    chosen = st.multiselect(
        _("Where people are asked"), list(areas), [one for one in now.area_ids if one in areas], disabled=frozen,
        format_func=lambda one: areas[one], key=f"{key}_areas",
    )  # fmt: skip
    groups_chosen = st.multiselect(
        _("Only people of these groups"), list(groups), [one for one in now.groups if one in groups], disabled=frozen,
        format_func=lambda one: groups[one], key=f"{key}_groups", placeholder=_("Everybody"),
    )  # fmt: skip
    with st.container(horizontal=True):
        low = st.number_input(
            _("From the age of"), 0, 120, now.age_from, key=f"{key}_from", disabled=frozen, width=180
        )
        high = st.number_input(
            _("Up to the age of"), 0, 120, now.age_to, key=f"{key}_to", disabled=frozen, width=180
        )
    self_fill = st.toggle(
        _("People may also fill it in by themselves, by a link"), now.self_fill, key=f"{key}_self"
    )
    return Plan(
        title, tuple(chosen), intro, now.until, tuple(groups_chosen), int(low) if low is not None else None,
        int(high) if high is not None else None, self_fill,
    )  # fmt: skip


def draw(viewer: Viewer, sheet: Sheet) -> None:
    """The questions in their order, and what can be done with the survey."""
    draft = sheet.state == "draft"
    if draft:
        st.caption(_("Questions can be changed until the survey is opened."))
    for at, question in enumerate(sheet.questions, start=1):
        _question(viewer, sheet, at, question)
    if draft and st.button(_("Add a question"), icon=":material/add:", key="question_add"):
        _change(viewer, sheet, None)
    with st.expander(_("Title, and whom it asks"), icon=":material/tune:"):
        plan = _plan(viewer, sheet.plan, str(sheet.id), frozen=not draft)
        if st.button(_("Save"), key="survey_save", icon=":material/check:"):
            try:
                needs.change(viewer, survey_id=sheet.id, version=sheet.version, plan=plan)
            except Refused as refused:
                say(refused)
            else:
                st.rerun()
    _open_and_close(viewer, sheet)


def _open_and_close(viewer: Viewer, sheet: Sheet) -> None:
    with st.container(border=True, key="survey_state"):
        if sheet.state == "open":
            st.markdown(_("People are being asked."))
            with st.container(horizontal=True):
                st.button(
                    _("Close the survey"), icon=":material/lock:", key="survey_close", on_click=press,
                    args=(needs.close, viewer), kwargs={"survey_id": sheet.id},
                )  # fmt: skip
                st.button(
                    _("Back to draft"), icon=":material/undo:", key="survey_back", on_click=press,
                    args=(needs.back_to_draft, viewer), kwargs={"survey_id": sheet.id},
                    help=_("Only while nobody was asked yet."),
                )  # fmt: skip
        today = clock.today()
        planned = sheet.plan.until or today + timedelta(days=USUAL_DAYS)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            until: Any = st.date_input(
                _("Answers are taken until"), max(planned, today), min_value=today, format="YYYY-MM-DD",
                key=f"survey_until_{sheet.id}", width=200,
            )  # fmt: skip
            label = _("Change the last day") if sheet.state == "open" else _("Open the survey for answers")
            if st.button(
                label, icon=":material/event:", key="survey_open", type="secondary" if sheet.state == "open" else "primary"
            ):  # fmt: skip
                try:
                    needs.open_survey(viewer, survey_id=sheet.id, until=until or today)
                except Refused as refused:
                    say(refused)
                else:
                    go("needs", survey=sheet.id)


def _question(viewer: Viewer, sheet: Sheet, at: int, question: Asked) -> None:
    with st.container(border=True, key=f"question_{question.id}", gap="small"):
        need = " :red[＊]" if question.required else ""
        offered = listed(option(question, code) for code in question.codes)
        st.markdown(
            f"**{at}. {plain(question.label)}**{need}  \n:gray[{plain(_(QUESTIONS[question.kind]))}"
            + (f" · {plain(offered)}]" if offered else "]")
        )
        if sheet.state != "draft":
            return
        facts = {"survey_id": sheet.id, "question_id": question.id}
        with st.container(horizontal=True, gap="xsmall"):
            for up, icon, label in (
                (True, ":material/arrow_upward:", _("Up")), (False, ":material/arrow_downward:", _("Down")),
            ):  # fmt: skip
                st.button(
                    label, icon=icon, key=f"question_{'up' if up else 'down'}_{question.id}", on_click=press,
                    args=(needs.move_question, viewer), kwargs={**facts, "up": up},
                    disabled=at == (1 if up else len(sheet.questions)),
                )  # fmt: skip
            if st.button(_("Change"), icon=":material/edit:", key=f"question_change_{question.id}"):
                _change(viewer, sheet, question)
            st.button(
                _("Take out"), icon=":material/close:", key=f"question_out_{question.id}", on_click=press,
                args=(needs.remove_question, viewer), kwargs=facts,
            )  # fmt: skip


def _change(viewer: Viewer, sheet: Sheet, question: Asked | None) -> None:
    @st.dialog(_("Question"))
    def dialog() -> None:
        now = question or Asked(0, "one", "")
        key = f"ask_question_{now.id}"
        label = st.text_input(_("Question"), now.label, key=f"{key}_label", max_chars=LONGEST_QUESTION)
        kinds = list(QUESTIONS)
        kind = st.selectbox(
            _("Kind"),
            kinds,
            kinds.index(now.kind),
            format_func=lambda one: _(QUESTIONS[one]),
            key=f"{key}_kind",
        )
        lines = ""
        if kind in CHOOSING:
            lines = st.text_area(
                _("Choices, one per line"), "\n".join(text for _code, text in now.options), key=f"{key}_options",
                help=_("2 to {most} choices", most=MOST_OPTIONS),
            )  # fmt: skip
        required = st.toggle(_("Must be answered"), now.required, key=f"{key}_required")
        if st.button(_("Save"), type="primary", key=f"{key}_save"):
            codes = {text: code for code, text in now.options}
            options = tuple((codes.get(line.strip(), ""), line) for line in lines.splitlines())
            said = Asked(now.id, kind, label, options, required)
            try:
                if question is None:
                    needs.add_question(viewer, survey_id=sheet.id, question=said)
                else:
                    needs.change_question(viewer, survey_id=sheet.id, question=said)
            except Refused as refused:
                say(refused)
            else:
                st.rerun()

    dialog()
