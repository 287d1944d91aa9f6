"""Pictures of today: who lives here, in which groups, who waits how long, who carries how much, whom nothing reached."""

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from components.charts import pictures
from components.charts.seen import show
from components.i18n import _, day_text, language, n_, number_text
from components.kept import Kept, once
from components.map import Picture, picked
from components.register.values import plain
from db import clock
from db.access import Viewer
from db.insight import now
from db.insight.charts import Place
from db.insight.now import AGES, NOW, Bar
from db.people.tables import LIVING_OPTIONS
from db.words import N_

WAYS = {"": N_("Picture"), "table": N_("Table")}
LIVING = {one.code: one.label for one in LIVING_OPTIONS}


@st.fragment
def draw(kept: Kept, here: Place, code: str) -> None:
    """One picture, in a frame of its own. Nothing for who may not see what is behind it."""
    if st.query_params.get("show"):
        st.rerun()
    figure = NOW[code]
    if not kept.viewer.reaches(figure.action, here.path):
        return
    bars = kept.read(now.bars, code=code, area_id=here.id)
    with st.container(border=True, key=f"chart_{code}"):
        st.subheader(plain(_sentence(code, bars) if bars else _(figure.label)), anchor=False)
        way: str = st.segmented_control(
            _("How to look at it"), list(WAYS), key=f"as_{code}", default="", format_func=lambda one: _(WAYS[one]),
            label_visibility="collapsed", required=True,
        )  # fmt: skip
        if not bars:
            st.info(_("Nobody."))
        elif way == "table":
            _table(kept.viewer, here, code, bars)
        else:
            _picture(kept, here, code, bars)
        facts = [_(figure.comes_from), _("As of {day}", day=day_text(clock.today()))]
        if not _vague(bars):
            facts.insert(1, n_("{count} record", "{count} records", sum(bar.count for bar in bars)))
        st.caption(_(figure.definition) + "  \n" + " · ".join(facts))


def _vague(bars: Sequence[Bar]) -> bool:
    return any(bar.told is not None and bar.told[0] < bar.told[1] for bar in bars)


def label(code: str, bar: Bar) -> str:
    """What a bar is called."""
    if code == "groups":
        return bar.name_en if language() == "en" and bar.name_en else bar.name
    if code == "pyramid":
        return f"{_step(int(bar.part[:-1]))} · {_sexes()[bar.part[-1]]}"
    if code == "waiting":
        return {
            "1": _("up to 7 days"), "8": _("8 to 30 days"), "31": _("more than 30 days"), "none": _("no rule fits"),
        }[bar.part]  # fmt: skip
    if code == "carried":
        least = int(bar.part)
        later = [one for one in now.LOADS if one > least]
        return _("nobody in care") if not least else (
            _("{first} to {last} people", first=least, last=later[0] - 1) if later else _("{first} people and more", first=least)
        )  # fmt: skip
    return _(LIVING[bar.part]) if bar.part in LIVING else _("not noted")


def number(bar: Bar) -> str:
    """How many, as far as the reader may know: 34, ≈34, <5."""
    if bar.told is None or bar.told[0] == bar.told[1]:
        return number_text(bar.count)
    return f"≈{number_text(bar.count)}" if bar.told[0] else f"<{bar.told[1] + 1}"


def _sexes() -> dict[str, str]:
    return {"f": _("Women"), "m": _("Men")}


def _step(age: int) -> str:
    return _("{age} and over", age=age) if age == AGES[-1] else f"{age}–{age + 4}"


def _sentence(code: str, bars: Sequence[Bar]) -> str:
    """What is seen."""
    total = sum(bar.count for bar in bars)
    if code == "pyramid":
        old = sum(bar.count for bar in bars if int(bar.part[:-1]) >= 60)
        very = sum(bar.count for bar in bars if int(bar.part[:-1]) >= 80)
        return _("{old} of {total} people are 60 or older, {very} of them 80 or older",
                 old=number_text(old), total=number_text(total), very=number_text(very))  # fmt: skip
    if code == "waiting":
        long = sum(bar.count for bar in bars if bar.part == "31")
        return n_("Today {count} person is overdue", "Today {count} people are overdue", total) + (
            n_(", {count} of them for more than 30 days", ", {count} of them for more than 30 days", long)
            if long
            else ""
        )
    most = max(bars, key=lambda bar: bar.count)
    if code == "carried":
        return n_(
            "{count} person is responsible for somebody or for an area",
            "{count} people are responsible for somebody or for an area",
            total,
        )
    if code == "never" and _vague(bars):
        living = next((number(bar) for bar in bars if bar.part == "alone"), "0")
        return _(
            "About {total} people were never seen at anything; of those who live alone {alone}",
            total=number_text(total),
            alone=living,
        )
    if code == "never":
        alone = sum(bar.count for bar in bars if bar.part == "alone")
        return n_(
            "{count} person was never seen at anything", "{count} people were never seen at anything", total
        ) + (n_(", {count} of them lives alone", ", {count} of them live alone", alone) if alone else "")
    return _("The largest group: {name}, {count}", name=label(code, most), count=number_text(most.count))


def _drawn(here: Place, code: str, bars: Sequence[Bar]) -> Picture:
    title = f"{_(NOW[code].label)} · {here.name}"
    if code == "pyramid":
        counts = {bar.part: bar.count for bar in bars}
        return pictures.pyramid(
            title, [_step(age) for age in AGES], [counts.get(f"{age}f", 0) for age in AGES],
            [counts.get(f"{age}m", 0) for age in AGES], _sexes(),
        )  # fmt: skip
    return pictures.beside(
        title,
        [label(code, bar) for bar in bars],
        [bar.count if bar.told is None or bar.told[0] else 0 for bar in bars],
        [number(bar) for bar in bars],
    )


def _picture(kept: Kept, here: Place, code: str, bars: Sequence[Bar]) -> None:
    viewer = kept.viewer
    figure = once(
        "charts", clock.today(), language(), here.id, here.name, code, tuple(bars), ask=lambda: _drawn(here, code, bars), large=True
    )  # fmt: skip
    key = f"chart_now_{here.id}_{code}"
    st.plotly_chart(
        figure, key=key, alt=_sentence(code, bars), config=pictures.config(f"{_(NOW[code].label)} {here.name}"),
        selection_mode="points", on_select=lambda: _open(viewer, here, code, bars, key),
    )  # fmt: skip


def _open(viewer: Viewer, here: Place, code: str, bars: Sequence[Bar], key: str) -> None:
    at = picked(st.session_state.get(key))
    if at is None:
        return
    part = f"{AGES[at // 2]}{'fm'[at % 2]}" if code == "pyramid" else bars[at].part if at < len(bars) else ""
    if part:
        show(viewer, code, here, None, bar=part)


def _table(viewer: Viewer, here: Place, code: str, bars: Sequence[Bar]) -> None:
    key = f"charts_table_{code}_{here.id}"
    count = _("How many")
    if viewer.reaches(NOW[code].rows, here.path):
        st.caption(_("Tap a number to see what is behind it."))
    st.dataframe(
        pa.table({_(NOW[code].label): [label(code, bar) for bar in bars], count: [number(bar) for bar in bars]}), key=key,
        hide_index=True, height=min(500, 38 + 35 * len(bars)), selection_mode="single-cell",
        on_select=lambda: _cell(viewer, here, code, bars, key), column_config={count: st.column_config.TextColumn(alignment="right")},
    )  # fmt: skip


def _cell(viewer: Viewer, here: Place, code: str, bars: Sequence[Bar], key: str) -> None:
    for row, _column in st.session_state[key]["selection"]["cells"]:
        show(viewer, code, here, None, bar=bars[int(row)].part)
