"""A figure of one period by group of people or by kind: bars, each with its records."""

from collections.abc import Sequence

import streamlit as st

from components.charts import pictures, words
from components.charts.plan import Chart
from components.charts.seen import Seen, show
from components.i18n import _, language
from components.kept import Kept
from components.map import picked
from db.insight import segments
from db.insight.figures import FIGURES
from db.insight.segments import Segment


def offered(kept: Kept, seen: Seen, chart: Chart) -> bool:
    """Whether the figure of a chart is told by segment to this reader."""
    figure = chart.first
    return segments.offered(chart.key) and kept.viewer.reaches(figure.rows, seen.here.path)


def label(chart: Chart) -> str:
    """By what it is told."""
    return _("By group") if FIGURES[chart.key].source in segments.BY_GROUP else _("By kind")


def draw(kept: Kept, seen: Seen, chart: Chart, threshold: int) -> None:
    """The bars of the period looked at."""
    found = kept.read(segments.by_segment, code=chart.key, area_id=seen.here.id, period=seen.last.key)
    figure = FIGURES[chart.key]
    if not found:
        st.info(_("There is nothing to tell apart in this period."))
        return
    names = [name(one) for one in found]
    texts = [words.said(figure, one.reading, threshold) for one in found]
    period = words.period_text(seen.last, so_far=False)
    picture = pictures.beside(
        f"{_(figure.label)} · {seen.here.name} · {period}", names, [one.reading.value(figure) or 0 for one in found], texts,
        percent=figure.kind == "share",
    )  # fmt: skip
    key = f"chart_segments_{seen.here.id}_{seen.last.key}_{chart.key}"
    st.plotly_chart(
        picture, key=key, alt=", ".join(f"{one}: {text}" for one, text in zip(names, texts, strict=True)),
        config=pictures.config(f"{_(figure.label)} {seen.here.name} {seen.last.key}"), selection_mode="points",
        on_select=lambda: _open(kept, seen, chart, found, key),
    )  # fmt: skip
    choice = st.selectbox(
        _("Show the records of"), range(len(found)), index=None, key=f"{key}_which", placeholder=_("Choose one"),
        format_func=lambda at: f"{names[at]}: {texts[at]}",
    )  # fmt: skip
    if choice is not None:
        show(kept.viewer, chart.key, seen.here, seen.last, bar=found[choice].code)
        st.rerun()
    if FIGURES[chart.key].source in segments.BY_GROUP:
        st.caption(_("Who belongs to several groups is counted in each; who belongs to none, in none."))


def name(one: Segment) -> str:
    """What a segment is called in the reader's language."""
    return one.name_en if language() == "en" and one.name_en else _(one.name)


def _open(kept: Kept, seen: Seen, chart: Chart, found: Sequence[Segment], key: str) -> None:
    at = picked(st.session_state.get(key))
    if at is not None and at < len(found):
        show(kept.viewer, chart.key, seen.here, seen.last, bar=found[at].code)
