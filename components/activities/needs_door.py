"""Asking at the door: the next person in walking order, one screen of large targets, and nothing tapped is lost."""

import secrets
from contextlib import suppress
from typing import Any

import streamlit as st

from components.activities.needs_words import OUTCOMES, option, said_no
from components.i18n import _, moment_text
from components.navigation import go, page_link
from components.register.values import plain
from components.words import problem, say
from db.access import Viewer
from db.activities import needs_asking
from db.activities.needs import LONGEST_ANSWER, Sheet
from db.activities.needs_asking import Person
from db.activities.needs_questions import Asked
from db.errors import Refused


def whom(viewer: Viewer, sheet: Sheet) -> None:
    """How far it is, and whom to ask next."""
    saved = st.query_params.get("saved", "")
    if saved in OUTCOMES:
        st.success(_("Saved: {outcome}", outcome=_(OUTCOMES[saved])), icon=":material/check:")
    far = needs_asking.progress(viewer, survey_id=sheet.id)
    st.markdown(_("Asked **{asked}** of **{meant}** in my patch", asked=far.asked, meant=far.meant))
    st.caption(
        _("{answered} answered, {declined} did not want to, {missed} not met",
          answered=far.answered, declined=far.declined, missed=far.not_met)
    )  # fmt: skip
    text = st.text_input(
        _("Somebody else"), key=f"need_who_{sheet.id}", type="search", live=True, label_visibility="collapsed",
        placeholder=_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
    )  # fmt: skip
    after = st.query_params.get("after", "")
    found = needs_asking.people(
        viewer, survey_id=sheet.id, search=text or "", after=int(after) if after.isdecimal() and len(after) < 18 else None
    )  # fmt: skip
    if not found:
        if (text or "").strip():
            st.write(_("Nobody whom this survey asks fits."))
        else:
            st.success(_("Everybody in your patch was asked, or tried today."), icon=":material/spa:")
        return
    if not (text or "").strip():
        st.subheader(_("Next, as one walks"))
    for at, one in enumerate(found):
        _one(sheet, one, first=at == 0)


def _one(sheet: Sheet, one: Person, *, first: bool) -> None:
    with st.container(border=True, key=f"card_ask_{one.id}", gap="small"):
        st.markdown(f"**{plain(one.name)}** {plain(one.address)}")
        if one.outcome and one.at is not None:
            st.caption(f"{_(OUTCOMES[one.outcome])} · {moment_text(one.at)}")
        with st.container(key=f"tap_{'go' if first else 'see'}_ask_{one.id}"):
            label = _("Ask again") if one.outcome in needs_asking.MET else _("Ask")
            page_link(label, "needs", icon=":material/edit_note:", survey=sheet.id, resident=one.id)


def _key(sheet: Sheet, resident_id: int, name: object) -> str:
    return f"ask_{sheet.id}_{resident_id}_{name}"


def draw(viewer: Viewer, sheet: Sheet, resident_id: int) -> None:
    """The questionnaire for one person."""
    page_link(sheet.plan.title, "needs", icon=":material/arrow_back:", survey=sheet.id, after=resident_id)
    person = needs_asking.person(viewer, survey_id=sheet.id, resident_id=resident_id)
    if sheet.state != "open":
        say(Refused("need.not_open"))
        return
    st.title(plain(person.name))
    st.markdown(f":material/location_on: {plain(person.address)}")
    if _key(sheet, resident_id, "token") not in st.session_state:
        _start(viewer, sheet, person)
    kept_at = st.session_state.get(_key(sheet, resident_id, "kept_at"))
    if kept_at is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(":material/edit_note: " + plain(_("You began this on {moment}. It is as you left it.", moment=moment_text(kept_at))))  # fmt: skip
            st.button(
                _("Start afresh"), type="tertiary", key="ask_afresh", on_click=_afresh, args=(viewer, sheet, resident_id)
            )  # fmt: skip
    elif person.outcome == "answered":
        st.info(_("Answered already. What you change replaces it; the old answer stays readable."))
    if sheet.plan.intro:
        st.caption(plain(sheet.plan.intro))
    problems: dict[int, str] = st.session_state.get(_key(sheet, resident_id, "problems"), {})
    for at, question in enumerate(sheet.questions, start=1):
        _question(viewer, sheet, resident_id, at, question, problems.get(question.id, ""))
    said_no()
    with st.container(key="save_bar_ask"):
        if st.button(_("Save"), type="primary", icon=":material/check:", key="ask_save", width="stretch"):
            _save(viewer, sheet, resident_id, "answered")
    with st.container(key="big_ask_not", gap="small"):
        for outcome, icon in (
            ("declined", ":material/do_not_disturb:"),
            ("not_met", ":material/door_front:"),
        ):
            if st.button(_(OUTCOMES[outcome]), icon=icon, key=f"ask_{outcome}", width="stretch"):
                _save(viewer, sheet, resident_id, outcome)


def _question(
    viewer: Viewer, sheet: Sheet, resident_id: int, at: int, question: Asked, wrong: str
) -> None:  # fmt: skip
    key = _key(sheet, resident_id, question.id)
    label = f"**{at}. {plain(question.label)}**" + (" :red[＊]" if question.required else "")
    keep: dict[str, Any] = {"on_change": _keep, "args": (viewer, sheet, resident_id)}
    if question.kind == "text":
        st.text_area(label, key=key, max_chars=LONGEST_ANSWER, height=90, **keep)
    else:
        mode: Any = "multi" if question.kind == "several" else "single"
        with st.container(key=f"big_q_{question.id}"):
            st.pills(
                label, question.codes, key=key, selection_mode=mode, width="stretch",
                format_func=lambda code: code if question.kind == "scale" else plain(option(question, code)), **keep,
            )  # fmt: skip
    if wrong:
        st.caption(f":red[{plain(problem(wrong))}]")


def _values(sheet: Sheet, resident_id: int) -> dict[int, Any]:
    return {one.id: st.session_state.get(_key(sheet, resident_id, one.id)) for one in sheet.questions}


def _start(viewer: Viewer, sheet: Sheet, person: Person) -> None:
    """Fill the form with what was half typed, with what was answered before, or with nothing."""
    kept = needs_asking.draft(viewer, survey_id=sheet.id, resident_id=person.id)
    values: dict[str, Any] = {}
    if kept is not None:
        values = kept.values
        st.session_state[_key(sheet, person.id, "kept_at")] = kept.saved_at
    elif person.outcome == "answered":
        before = needs_asking.answers_now(viewer, survey_id=sheet.id, resident_id=person.id)
        values = {str(name): value for name, value in before.items()}
    for one in sheet.questions:
        value = values.get(str(one.id))
        if one.kind == "several":
            value = [code for code in value or () if code in one.codes]
        elif one.kind != "text":
            value = value if value in one.codes else None
        st.session_state[_key(sheet, person.id, one.id)] = (
            value if value is not None or one.kind != "text" else ""
        )
    st.session_state[_key(sheet, person.id, "token")] = values.get("token") or secrets.token_urlsafe(12)


def _keep(viewer: Viewer, sheet: Sheet, resident_id: int) -> None:
    values: dict[str, Any] = {str(name): value for name, value in _values(sheet, resident_id).items()}
    values["token"] = st.session_state.get(_key(sheet, resident_id, "token"), "")
    with suppress(Refused):  # the form itself says what is wrong
        needs_asking.keep(viewer, survey_id=sheet.id, resident_id=resident_id, values=values)


def _forget(sheet: Sheet, resident_id: int) -> None:
    start = _key(sheet, resident_id, "")
    for key in [key for key in st.session_state if str(key).startswith(start)]:
        del st.session_state[key]


def _afresh(viewer: Viewer, sheet: Sheet, resident_id: int) -> None:
    with suppress(Refused):
        needs_asking.drop(viewer, survey_id=sheet.id, resident_id=resident_id)
    _forget(sheet, resident_id)


def _save(viewer: Viewer, sheet: Sheet, resident_id: int, outcome: str) -> None:
    try:
        needs_asking.record(
            viewer, survey_id=sheet.id, resident_id=resident_id, outcome=outcome, answers=_values(sheet, resident_id),
            token=st.session_state.get(_key(sheet, resident_id, "token"), ""),
        )  # fmt: skip
    except Refused as refused:
        st.session_state[_key(sheet, resident_id, "problems")] = refused.facts.get("problems", {})
        st.session_state["_needs_refused"] = refused
        st.rerun()
    else:
        _forget(sheet, resident_id)
        go("needs", survey=sheet.id, after=resident_id, saved=outcome)
