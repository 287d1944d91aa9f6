"""What comes of a survey: needs, how many ask for each, what each is turned into, and who was told."""

import streamlit as st

from components.activities import words
from components.activities.needs_words import NEED_COLOURS, NEEDS, act, badge, option
from components.i18n import _, moment_text, n_
from components.navigation import page_link
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.activities import needs_turned, programme
from db.activities.needs import Sheet
from db.activities.needs_questions import CHOOSING
from db.activities.needs_turned import LONGEST, TELLING, NeedView, Turned
from db.errors import Refused
from db.insight import needs as figures
from db.insight.needs import Figure

NONE = 0
MOST = 200


def draw(viewer: Viewer, sheet: Sheet) -> None:
    """The needs, then how to make one of an option."""
    told = st.session_state.pop("_need_told", None)
    if told is not None:
        st.success(told, icon=":material/campaign:")
    asked = figures.asked_for(viewer, survey_id=sheet.id)
    found = needs_turned.of_survey(viewer, survey_id=sheet.id)
    if not found:
        st.info(
            _("Nothing has come of this survey yet. Make a need of an answer or a theme: then it stays linked to whoever asked."),
            icon=":material/flag:",
        )  # fmt: skip
    for one in found:
        _need(viewer, sheet, one, asked[one.id])
    if viewer.can("need.edit"):
        _make(viewer, sheet, found)


def _need(viewer: Viewer, sheet: Sheet, one: NeedView, asked: Figure) -> None:
    with st.container(border=True, key=f"card_need_{one.id}", gap="small"):
        st.markdown(f"**{plain(one.title)}** {badge(NEED_COLOURS[one.state], _(NEEDS[one.state]))}")
        said = _("{count} asked for it", count=asked.text)
        if viewer.can("answer.view") and asked.value:
            narrow = (
                {"theme": one.theme_id} if one.theme_id else {"answer": f"{one.question_id}:{one.choice}"}
            )
            page_link(said, "needs", icon=":material/group:", survey=sheet.id, part="answers", **narrow)
        else:
            st.markdown(said)
        if one.activity_id is not None:
            page_link(
                _("Activity: {title}", title=plain(one.activity)), "activities", icon=":material/celebration:", id=one.activity_id
            )  # fmt: skip
        for label, text in (
            (_("Activity"), one.activity if one.activity_id is None else ""), (_("Service"), one.service), (_("Proposal"), one.proposal), (_("Note"), one.note),
        ):  # fmt: skip
            if text:
                st.markdown(f":gray[{label}] {plain(text)}")
        if one.told_at is not None:
            st.caption(
                n_("{count} person was told on {moment}.", "{count} people were told on {moment}.", one.told,
                   moment=moment_text(one.told_at))
            )  # fmt: skip
        if not sheet.mine:
            return
        with st.container(horizontal=True, vertical_alignment="center", key=f"tap_need_{one.id}"):
            change = st.button(_("Say what comes of it"), icon=":material/edit:", key=f"need_change_{one.id}")
            if one.activity_id is None and one.state in ("open", "planned") and viewer.can("activity.create"):
                page_link(
                    _("Plan an activity for it"), "activities", icon=":material/add:", new=1, need=one.id
                )
        if change:
            _change(viewer, one)


def _activities(viewer: Viewer, one: NeedView) -> dict[int, str]:
    """What a need can be linked to: none, what is coming or running, and what it is linked to already."""
    found = programme.overview(viewer, limit=MOST)
    if one.activity_id is not None and one.activity_id not in {card.id for card in found}:
        found = [programme.card(viewer, activity_id=one.activity_id), *found]
    return {NONE: _("None of ours")} | {card.id: f"{card.title} · {words.when(card)}" for card in found}


def _make(viewer: Viewer, sheet: Sheet, found: list[NeedView]) -> None:
    known = {(one.question_id, one.choice) for one in found if one.question_id}
    offered = {
        f"{question.id}:{code}": f"{option(question, code)} — {question.label}"
        for question in sheet.questions
        if question.kind in CHOOSING
        for code in question.codes
        if (question.id, code) not in known
    }
    if not offered:
        return
    with st.expander(_("Make a need of an answer"), icon=":material/add:"):
        chosen = st.selectbox(
            _("Which answer"), list(offered), format_func=offered.__getitem__, key="need_of", index=None
        )
        st.caption(_("Themes become needs under “In their words”."))
        st.button(
            _("Make it a need"), icon=":material/flag:", key="need_make", type="primary", disabled=chosen is None,
            on_click=_made, args=(viewer, sheet, chosen or ""),
        )  # fmt: skip


def _made(viewer: Viewer, sheet: Sheet, chosen: str) -> None:
    question, _colon, choice = chosen.partition(":")
    act(needs_turned.make, viewer, survey_id=sheet.id, question_id=int(question), choice=choice)


def _change(viewer: Viewer, one: NeedView) -> None:
    @st.dialog(_("What comes of it"))
    def dialog() -> None:
        key = f"need_{one.id}"
        title = st.text_input(_("Title"), one.title, key=f"{key}_title", max_chars=LONGEST)
        state = st.segmented_control(
            _("How far it is"), list(NEEDS), default=one.state, format_func=lambda code: _(NEEDS[code]), key=f"{key}_state",
            required=True,
        )  # fmt: skip
        known = _activities(viewer, one)
        linked: int = st.selectbox(
            _("Activity"), list(known), list(known).index(one.activity_id or NONE), key=f"{key}_linked",
            format_func=known.__getitem__, help=_("Type to search among what is coming or running."),
        )  # fmt: skip
        activity = st.text_input(
            _("Activity in words"), "" if one.activity_id and known[one.activity_id].startswith(one.activity) else one.activity,
            key=f"{key}_activity", max_chars=LONGEST,
            placeholder=_("for example: calligraphy on Wednesdays") if linked == NONE else known[linked],
        )  # fmt: skip
        service = st.text_input(_("Service"), one.service, key=f"{key}_service", max_chars=LONGEST)
        proposal = st.text_input(_("Proposal"), one.proposal, key=f"{key}_proposal", max_chars=LONGEST)
        note = st.text_input(_("Note"), one.note, key=f"{key}_note", max_chars=LONGEST)
        tell = False
        if state in TELLING and state != one.state:
            many = needs_turned.would_tell(viewer, need_id=one.id)
            tell = st.toggle(
                n_("Tell the {count} person who asked", "Tell the {count} people who asked", many), True, key=f"{key}_tell",
                help=_("In the inbox of their account; whoever has none is on the list of calls of their area."),
            )  # fmt: skip
        if st.button(_("Save"), type="primary", key=f"{key}_save"):
            to = Turned(title, str(state), linked or None, activity, service, proposal, note)
            try:
                sent = needs_turned.change(viewer, need_id=one.id, version=one.version, to=to, tell=tell)
            except Refused as refused:
                say(refused)
            else:
                if tell:
                    st.session_state["_need_told"] = _(
                        "Told: {inbox} in their inbox, {phone} are on the list of calls.",
                        inbox=sent.inbox, phone=sent.phone,
                    )  # fmt: skip
                st.rerun()

    dialog()
