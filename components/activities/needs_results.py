"""The results of a survey: bars with their figures, by segment with how many were asked; a number opens its rows."""

from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from components.activities.needs_words import QUESTIONS, option
from components.i18n import _, n_
from components.navigation import page_link
from components.register.values import plain
from db.access import Viewer
from db.activities.needs import Sheet
from db.activities.needs_questions import Asked
from db.insight import needs as figures
from db.insight.needs import SEGMENTS, Figure, Results, Segment, Tally
from db.insight.small import whole_percent


def draw(viewer: Viewer, sheet: Sheet) -> None:
    """How many were asked and answered, each question, one of them by segment."""
    found = figures.results(viewer, survey_id=sheet.id)
    _sums(sheet, found)
    st.caption(
        _("Asked is who was met, whether they answered or not. Shares are of those who answered the question. Figures are of your areas.")
    )  # fmt: skip
    if not found.rows:
        st.caption(
            n_("Counts below {count} are not told.", "Counts below {count} are not told.", found.small)
        )
    for tally in found.tallies:
        _tally(sheet, tally, found)
    _segments(viewer, sheet, found)


def _sums(sheet: Sheet, found: Results) -> None:
    with st.container(horizontal=True, gap="medium", key="wrap_sums"):
        for label, figure, asked in (
            (_("To be asked"), found.meant, None),
            (_("Asked"), found.asked, ("answered", "declined")),
            (_("Answered"), found.answered, ("answered",)),
            (_("Did not want to answer"), found.declined, ("declined",)),
            (_("Not met"), found.not_met, ("not_met",)),
            (_("Filled in without a name"), found.nameless, None),
        ):
            with st.container(width="content", gap=None):
                text = f"**{figure.text}** {label}"
                if found.rows and asked and figure.value:
                    page_link(text, "needs", survey=sheet.id, part="answers", outcome=list(asked))
                else:
                    st.markdown(text)


def _tally(sheet: Sheet, tally: Tally, found: Results) -> None:
    question = tally.question
    with st.container(border=True, key=f"card_tally_{question.id}", gap="xsmall"):
        st.markdown(f"**{plain(question.label)}**")
        st.caption(
            plain(f"{_(QUESTIONS[question.kind])} · {_('answered: {count}', count=tally.answered.text)}")
        )
        if question.kind == "text":
            if found.rows:
                page_link(
                    _("Read what they said"), "needs", icon=":material/chat:", survey=sheet.id, part="texts"
                )
            return
        for code, figure in tally.bars:
            _bar(sheet, question, code, figure, tally.answered, found.rows)
        if question.kind == "scale" and tally.answered.value:
            known = [(int(code), one.value) for code, one in tally.bars]
            if all(value is not None for _code, value in known):
                mean = sum(code * (value or 0) for code, value in known) / tally.answered.value
                st.caption(_("On average {mean}", mean=f"{mean:.1f}"))


def _share(figure: Figure, whole: Figure) -> int | None:
    if figure.value is None or not whole.value:
        return None
    return whole_percent(figure.value / whole.value)


def _bar(sheet: Sheet, question: Asked, code: str, figure: Figure, whole: Figure, rows: bool) -> None:
    share = _share(figure, whole)
    said = f"{plain(option(question, code))} · **{figure.text}**" + (
        f" · {share}%" if share is not None else ""
    )
    with st.container(gap=None, key=f"wrap_bar_{question.id}_{code}"):
        if rows and figure.value:
            page_link(said, "needs", survey=sheet.id, part="answers", answer=f"{question.id}:{code}")
        else:
            st.markdown(said)
        width = share or 0
        st.html(
            '<div aria-hidden="true" style="background:var(--linli-line);border-radius:.3rem;height:.8rem">'
            f'<div style="background:var(--linli-brand);border-radius:.3rem;height:.8rem;width:{width}%"></div></div>'
        )


def _segments(viewer: Viewer, sheet: Sheet, found: Results) -> None:
    questions = {one.question.id: one.question for one in found.tallies if one.question.kind != "text"}
    if not questions:
        return
    st.subheader(_("By segment"))
    with st.container(horizontal=True):
        question_id = st.selectbox(
            _("Question"), list(questions), format_func=lambda one: questions[one].label, key="needs_question"
        )
        kind = st.selectbox(
            _("Segment"), list(SEGMENTS), format_func=lambda one: _(SEGMENTS[one]), key="needs_segment"
        )
    question = questions[question_id]
    lines = figures.by_segment(viewer, survey_id=sheet.id, question_id=question_id, kind=kind)
    if not lines:
        st.write(_("Nobody was asked yet."))
        return
    st.html(_table(sheet, question, kind, lines, found.rows))
    if kind == "group":
        st.caption(_("Whoever is in several groups counts in each."))
    st.caption(_("Only people with a name; they stand where they belong today."))


def _table(sheet: Sheet, question: Asked, kind: str, lines: list[Segment], rows: bool) -> str:
    """The segments as a table that a screen reader reads, and that scrolls sideways within itself."""

    def link(figure: Figure, **params: Any) -> str:
        if not rows or not figure.value:
            return escape(figure.text)
        query = urlencode({"survey": sheet.id, "part": "answers", **params}, doseq=True)
        return f'<a href="/needs?{query}" target="_self" style="color:var(--linli-link)">{escape(figure.text)}</a>'

    def cell(figure: Figure, whole: Figure, **params: Any) -> str:
        share = _share(figure, whole)
        said = f' <span style="color:var(--linli-quiet)">{share}%</span>' if share is not None else ""
        return f'<td style="{_CELL}text-align:right">{link(figure, **params)}{said}</td>'

    heads = [_("Segment"), _("Asked"), _("Answered"), *(option(question, code) for code in question.codes)]
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(one)}</th>' for one in heads)
    body = ""
    for line in lines:
        here = {kind: line.code} if line.code else {}
        asked = (
            link(line.asked, **here, outcome=["answered", "declined"]) if here else escape(line.asked.text)
        )
        cells = "".join(
            cell(figure, line.answered, **here, answer=f"{question.id}:{code}")
            for code, figure in zip(question.codes, line.bars, strict=True)
        )
        body += (
            f'<tr><th scope="row" style="{_CELL}">{escape(_(line.label))}</th>'
            f'<td style="{_CELL}text-align:right">{asked}</td>'
            f'<td style="{_CELL}text-align:right">{escape(line.answered.text)}</td>{cells}</tr>'
        )
    label = escape(_("{question} by segment", question=question.label))
    return (
        f'<div role="region" aria-label="{label}" tabindex="0" style="overflow-x:auto">'
        f'<table style="border-collapse:collapse;min-width:100%;font-size:.95rem"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


_CELL = "padding:.45rem .6rem;border-bottom:1px solid var(--linli-line);text-align:left;white-space:nowrap;font-weight:400;"
