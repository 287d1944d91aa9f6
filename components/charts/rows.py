"""The records behind a figure: `/charts?show=rows&figure=…&area=…&period=…`."""

from typing import Any, Final

import streamlit as st

from components.charts import groups, today, words
from components.charts.seen import OF_ROWS
from components.i18n import _, day_text, moment_text, n_, number_text
from components.kept import Kept
from components.navigation import page_link
from components.page import number_in_address, put_in_address, show_more, shown, stand_at
from components.register.values import plain
from db.care.tables import KIND_OPTIONS, RESULT_OPTIONS
from db.errors import Refused
from db.insight import behind, now, segments
from db.insight.behind import Behind, Row
from db.insight.figures import Figure
from db.insight.now import NOW
from db.territory.areas import ROLE_OPTIONS
from db.volunteers.tables import STATUS_OPTIONS

KINDS: Final = {one.code: one.label for one in KIND_OPTIONS}
RESULTS: Final = {one.code: one.label for one in RESULT_OPTIONS}
ROLES: Final = {one.code: one.label for one in ROLE_OPTIONS}
STATES: Final = {one.code: one.label for one in STATUS_OPTIONS}
ICONS: Final = {
    "person": ":material/person:", "visit": ":material/door_front:", "shift": ":material/event:", "hours": ":material/timer:",
    "volunteer": ":material/volunteer_activism:", "session": ":material/celebration:", "attendance": ":material/how_to_reg:",
    "area": ":material/account_tree:", "post": ":material/badge:",
}  # fmt: skip
PAGES: Final = {
    "person": ("residents", "resident.view"), "visit": ("residents", "resident.view"), "shift": ("roster", "shift.edit"),
    "hours": ("hours", "hours.approve"), "volunteer": ("volunteers", "volunteer.view"), "session": ("activities", "activity.view"),
    "attendance": ("activities", "activity.view"), "area": ("map", "coverage.view"), "post": ("posts", "post.view"),
}  # fmt: skip
PARAMETER: Final = {"shift": "shift", "area": "area"}


def draw(kept: Kept) -> None:
    """What the address asks for. Refused as `behind.rows`."""
    asked = {name: st.query_params.get(name, "") for name in ("figure", "area", "period", "rest", "bar")}
    _way_back()
    area_id = number_in_address("area")
    if area_id is None:
        raise Refused("area.not_found")
    name = "charts_rows_" + "_".join(asked.values())
    most = shown(name, behind.PAGE)
    found = kept.read(
        behind.rows, figure=asked["figure"], area_id=area_id, period=asked["period"],
        rest=bool(asked["rest"]), part=asked["bar"], limit=most,
    )  # fmt: skip
    figure = found.figure
    st.title(_(figure.rest_label if asked["rest"] else figure.rows_label or figure.label))
    when = _("today") if figure.code in NOW else words.period_text(found.period)
    st.markdown(plain(" · ".join(one for one in (found.area, when, _which(kept, asked)) if one)))
    st.markdown(f"**{_counted(found)}**")
    _both_sides(figure, bool(asked["rest"]))
    st.caption(plain(_(figure.rest_definition if asked["rest"] else figure.definition)))
    if figure.source == "care" and found.period.over:
        st.caption(
            _(
                "As of the end of {day}: whoever was seen since then stands here all the same.",
                day=day_text(found.period.last),
            )
        )
    if not found.rows:
        st.info(_("There is nothing behind it."))
    with st.container(key="wrap_charts", gap="small"):
        for row in found.rows:
            _row(kept, row)
    if found.count > len(found.rows):
        show_more(name, most + behind.PAGE)


def _which(kept: Kept, asked: dict[str, str]) -> str:
    """The bar or segment that was chosen, by its name."""
    code, bar, area_id = asked["figure"], asked["bar"], int(asked["area"])
    if not bar:
        return ""
    if code in NOW:
        bars = kept.read(now.bars, code=code, area_id=area_id)
        return next((today.label(code, one) for one in bars if one.part == bar), "")
    found = kept.read(segments.by_segment, code=code, area_id=area_id, period=asked["period"])
    return next((groups.name(one) for one in found if one.code == bar), "")


def _way_back() -> None:
    """To where one came from: the charts as they stood, a brief, or what was corrected."""
    page, _colon, number = st.query_params.get("back", "").partition(":")
    if page == "brief" and number.isdecimal():
        page_link(_("Back to the brief"), "brief", icon=":material/arrow_back:", id=number)
    elif page == "figures":
        page_link(
            _("Back to what was corrected"), "figures", icon=":material/arrow_back:", part="corrected",
            area=st.query_params.get("area", ""),
        )  # fmt: skip
    else:
        st.button(
            _("Back to the charts"), key="charts_back", type="tertiary", icon=":material/arrow_back:", on_click=_back
        )  # fmt: skip


def _back() -> None:
    put_in_address(dict.fromkeys(OF_ROWS))


def _both_sides(figure: Figure, rest: bool) -> None:
    """What makes up a share, and what is missing from it: one tap from each other."""
    if not figure.rest:
        return
    sides = {"": _(figure.rows_label or figure.label), "1": _(figure.rest_label)}
    side = "1" if rest else ""
    stand_at("charts_side", side)
    st.segmented_control(
        _("Which side"), list(sides), key="charts_side", default=side, format_func=sides.__getitem__, label_visibility="collapsed",
        required=True, on_change=lambda: put_in_address({"rest": st.session_state["charts_side"]}),
    )  # fmt: skip


def _counted(found: Behind) -> str:
    """How many rows, and what they add up to where that is something else."""
    kind = found.rows[0].kind if found.rows else "record"
    count = found.count
    text = {
        "person": n_("{count} person", "{count} people", count), "visit": n_("{count} visit", "{count} visits", count),
        "shift": n_("{count} shift", "{count} shifts", count), "hours": n_("{count} entry of hours", "{count} entries of hours", count),
        "volunteer": n_("{count} volunteer", "{count} volunteers", count), "session": n_("{count} date", "{count} dates", count),
        "attendance": n_("{count} time", "{count} times", count), "area": n_("{count} area", "{count} areas", count),
        "post": n_("{count} person responsible", "{count} people responsible", count),
    }.get(kind) or words.records(count)  # fmt: skip
    if found.figure.above in ("minutes", "minutes_by_hand", "top_served"):
        text += " · " + _("{number} h", number=number_text(round(found.total / 60, 1)))
    elif found.figure.above == "taken" and found.total != count:
        text += " · " + n_("{count} place taken", "{count} places taken", found.total)
    elif found.figure.above == "weekly":
        text += " · " + _("{number} visits a week", number=number_text(round(found.total / 1000, 1)))
    return text


def _row(kept: Kept, row: Row) -> None:
    address, action = PAGES[row.kind]
    name = f"**{plain(row.name or '–')}**"
    said = " · ".join(one for one in (name, *_facts(row)) if one)
    if kept.viewer.can(action) and row.opens is not None:
        params: dict[str, Any] = {
            PARAMETER.get(row.kind, "id"): row.opens,
            **({"tab": "Visits"} if row.kind == "visit" else {}),
        }
        page_link(said, address, icon=ICONS[row.kind], **params)
    else:
        st.markdown(f"{ICONS[row.kind]} {said}")


def _facts(row: Row) -> list[str]:
    facts: dict[str, Any] = dict(row.facts)
    said: list[str] = []
    if "starts_at" in facts:
        said.append(moment_text(facts["starts_at"]))
    elif row.kind in ("visit", "hours", "attendance") and row.day:
        said.append(day_text(row.day))
    if row.kind == "visit":
        said += [
            _(KINDS.get(facts["kind"], facts["kind"])),
            _(RESULTS.get(facts["result"], facts["result"])),
            plain(facts["visitor"]),
        ]
    if row.kind == "shift":
        said.append(
            _(
                "{taken} of {minimum} to {capacity} people",
                taken=facts["taken"],
                minimum=facts["minimum"],
                capacity=facts["capacity"],
            )
        )
    if row.kind == "hours":
        said += [plain(facts["what"]), _("{number} h", number=number_text(round(facts["minutes"] / 60, 2)))]
    if row.kind == "volunteer" and "status" in facts:
        said += [_("since {day}", day=day_text(row.day)), _(STATES.get(facts["status"], facts["status"]))]
    if facts.get("title"):
        said.append(plain(facts["title"]))
    if facts.get("grid"):
        said.append(plain(facts["grid"]))
    if facts.get("address"):
        said.append(plain(facts["address"]))
    if facts.get("where"):
        said.append(plain(facts["where"]))
    if facts.get("seen"):
        said.append(_("last seen on {day}", day=day_text(facts["seen"])))
    if "unseen" in facts and "since" not in facts:
        said.append(n_("{count} day ago", "{count} days ago", facts["unseen"]))
    elif "unseen" in facts:
        said.append(n_("{count} day before", "{count} days before", facts["unseen"]))
    if facts.get("every"):
        said.append(n_("due every day", "due every {count} days", facts["every"]))
    if facts.get("over"):
        said.append(f"**{n_('overdue by {count} day', 'overdue by {count} days', facts['over'])}**")
    if facts.get("holder") and row.kind == "person":
        said.append(_("responsible: {name}", name=plain(facts["holder"])))
    if facts.get("since"):
        said.append(_("met since, on {day}", day=day_text(facts["since"])))
    if facts.get("times"):
        said.append(n_("{count} time", "{count} times", facts["times"]))
    if row.kind == "post":
        said += [
            _(ROLES.get(facts["role"], facts["role"])),
            n_("{count} person in care", "{count} people in care", facts["many"]),
        ]
    if row.kind == "area":
        said.append(plain(facts["holder"]) if facts["holder"] else _("nobody responsible"))
    return said
