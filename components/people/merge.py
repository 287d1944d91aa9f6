"""Two records side by side, and the list of pairs that may be one person."""

from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.navigation import go, page_link
from components.people.record import open_merge
from components.register.values import label, plain, shown
from components.words import say, warning
from db import listing
from db.access import Viewer
from db.errors import Refused
from db.fields import FieldSpec
from db.listing import Listing
from db.people import doubles, merging
from db.people.doubles import Pair, Person
from db.people.merging import TOGETHER, Compared, Comparison
from db.people.residents import RESIDENTS


def screen(viewer: Viewer) -> None:
    """`?merge=5`: choose the other record; `?merge=5&with=9`: both side by side."""
    one, other = st.query_params.get("merge", ""), st.query_params.get("with", "")
    if not one.isdecimal():
        st.query_params.clear()
        st.rerun()
    st.button(
        _("Back to the record"), icon=":material/arrow_back:", type="tertiary", key="merge_back",
        on_click=lambda: st.query_params.from_dict({"id": one}),
    )  # fmt: skip
    st.title(_("Merge two records"))
    try:
        if other.isdecimal():
            _side_by_side(viewer, merging.compare(viewer, kept_id=int(one), other_id=int(other)))
        else:
            _choose_other(viewer, int(one))
    except Refused as refused:
        say(refused)


def _choose_other(viewer: Viewer, resident_id: int) -> None:
    record = listing.get(viewer, RESIDENTS, resident_id)
    st.write(_("Which record is also {name}?", name=plain(record.label)))
    text = st.text_input(
        _("Search"), value=record.label, key=f"merge_q_{resident_id}", type="search", live=True,
        placeholder=_(RESIDENTS.search_help),
    )  # fmt: skip
    found = listing.page(viewer, RESIDENTS, Listing(search=text or "", size=12))
    rows = [row for row in found.rows if row["id"] != resident_id]
    if not rows:
        st.write(_("Nobody else fits. Search for part of the name, a number, or an address."))
    for row in rows:
        words = " · ".join(
            str(part) for part in (row["name"], row.get("age"), row.get("address"), row.get("phone")) if part
        )
        st.button(
            plain(words), icon=":material/person:", type="tertiary", key=f"merge_with_{row['id']}",
            on_click=open_merge, args=(resident_id, row["id"]),
        )  # fmt: skip


def _side_by_side(viewer: Viewer, side: Comparison) -> None:
    specs = side.kept.specs
    different = [one for one in side.fields if not one.equal]
    names = (side.kept.label, side.other.label)
    st.write(
        _(
            "The first record stays. Whatever points to the other one points to it afterwards, and the numbers of both find it. You can take it back."
        )
    )
    st.button(
        _("Swap: let the other one stay"), icon=":material/swap_horiz:", key="merge_swap", on_click=open_merge,
        args=(side.other.id, side.kept.id),
    )  # fmt: skip
    choose: dict[str, str] = {}
    with st.container(border=True):
        left, right = st.columns(2)
        left.markdown(
            f"**{_('Stays')}: {plain(names[0]) or '–'}**  \n:gray[{plain(side.addresses[0])} · #{side.kept.id}]"
        )
        right.markdown(
            f"**{_('Goes')}: {plain(names[1]) or '–'}**  \n:gray[{plain(side.addresses[1])} · #{side.other.id}]"
        )
    st.subheader(
        n_(
            "{count} difference",
            "{count} differences",
            len(different) + (side.addresses[0] != side.addresses[1]),
        )
    )
    if side.addresses[0] != side.addresses[1]:
        choose["home"] = _choice(_("Home"), "home", side, list(side.addresses), both=False)
    decide = [one for one in different if one.mine and one.theirs]
    alone = [one for one in different if not (one.mine and one.theirs)]
    for one in decide:
        choose[one.name] = _field(side, one, specs[one.name])
    if alone:
        with st.expander(
            n_(
                "{count} field is filled in on one side only and is kept",
                "{count} fields are filled in on one side only and are kept",
                len(alone),
            )
        ):
            for one in alone:
                choose[one.name] = _field(side, one, specs[one.name])
    same = [one for one in side.fields if one.equal]
    if same:
        with st.expander(
            n_("{count} field is the same in both", "{count} fields are the same in both", len(same))
        ):
            for one in same:
                value = _("the same, hidden") if one.sealed else shown(specs[one.name], one.mine)
                st.markdown(f":gray[{plain(label(specs[one.name]))}] {plain(value)}")
    _buttons(viewer, side, choose)


def _field(side: Comparison, one: Compared, spec: FieldSpec) -> str:
    values = [shown(spec, value) for value in (one.mine, one.theirs)]
    return _choice(label(spec), one.name, side, values, both=spec.kind in TOGETHER)


def _choice(title: str, name: str, side: Comparison, values: list[str], *, both: bool) -> str:
    """Which value stays. At first the one that says something."""
    words = {"keep": values[0] or _("(empty)"), "other": values[1] or _("(empty)")}
    if both and values[0] and values[1]:
        words["both"] = _("Keep both")
    start = "other" if not values[0] else "keep"
    left, right = st.columns([1, 4], vertical_alignment="center")
    left.markdown(f"**{plain(title)}**")
    chosen = right.radio(
        title, list(words), index=list(words).index(start), format_func=lambda one: plain(words[one]), horizontal=True,
        key=f"merge_{side.kept.id}_{side.other.id}_{name}", label_visibility="collapsed",
    )  # fmt: skip
    return chosen or "keep"


def _buttons(viewer: Viewer, side: Comparison, choose: dict[str, str]) -> None:
    with st.container(horizontal=True, key="save_bar_merge"):
        if st.button(_("Merge"), type="primary", icon=":material/merge:", key="merge_go"):
            merging.merge(
                viewer, keep_id=side.kept.id, other_id=side.other.id, choose=choose,
                versions=(side.kept.version, side.other.version),
            )  # fmt: skip
            st.toast(_("Merged. You can take it back on the record."))
            go("residents", id=side.kept.id)
        if st.button(_("These are two people"), icon=":material/compare_arrows:", key="merge_not_same"):
            merging.not_same(viewer, one_id=side.kept.id, other_id=side.other.id)
            st.toast(_("Noted. This pair is not proposed again."))
            go("residents", id=side.kept.id)


def above_list(viewer: Viewer) -> None:
    """The way to the pairs that may be one person."""
    if viewer.can("resident.merge"):
        page_link(_("Possible duplicates"), "residents", icon=":material/people_outline:", duplicates=1)


def proposals(viewer: Viewer) -> None:
    """`?duplicates=1`: pairs that may be one person."""
    st.button(
        _("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="doubles_back",
        on_click=st.query_params.clear,
    )  # fmt: skip
    st.title(_("Possible duplicates"))
    st.write(_("Same name and date of birth, or same name and telephone. Nothing is merged by itself."))
    names = dict(doubles.areas_to_search(viewer))
    asked = st.query_params.get("area", "")
    chosen = int(asked) if asked.isdecimal() and int(asked) in names else 0
    st.selectbox(
        _("Area"), [0, *names], key="doubles_area", index=[0, *names].index(chosen), on_change=_in_area,
        format_func=lambda one: names[one] if one else _("All my areas"),
    )  # fmt: skip
    try:
        found = doubles.proposals(viewer, area_id=chosen or None)
    except Refused as refused:
        say(refused)
        return
    if found.more:
        st.info(
            _("There are too many people to look through at once. Choose an area to see all of its pairs.")
        )
    pairs = found.pairs
    if not pairs:
        st.success(_("No two records in your areas look like one person."), icon=":material/check:")
        return
    st.caption(n_("{count} pair", "{count} pairs", len(pairs)))
    for pair in pairs:
        _pair(viewer, pair)


def _in_area() -> None:
    chosen = st.session_state["doubles_area"]
    if chosen:
        st.query_params["area"] = str(chosen)
    else:
        st.query_params.pop("area", None)


def _pair(viewer: Viewer, pair: Pair) -> None:
    with st.container(border=True, key=f"pair_{pair.first.id}_{pair.second.id}"):
        st.markdown(
            f"**{plain(pair.first.name)}** · {plain('、'.join(warning(code) for code in pair.because))}"
        )
        left, right = st.columns(2)
        for column, person in ((left, pair.first), (right, pair.second)):
            with column:
                page_link(_person(person), "residents", icon=":material/person:", id=person.id)
        with st.container(horizontal=True):
            st.button(
                _("Compare"), icon=":material/compare:", key=f"compare_{pair.first.id}_{pair.second.id}",
                on_click=open_merge, args=(pair.first.id, pair.second.id),
            )  # fmt: skip
            st.button(
                _("These are two people"), icon=":material/compare_arrows:", type="tertiary",
                key=f"two_{pair.first.id}_{pair.second.id}", on_click=_two, args=(viewer, pair),
            )  # fmt: skip


def _person(person: Person) -> str:
    parts: list[Any] = [person.address, person.born.isoformat() if person.born else "", f"#{person.id}"]
    return plain(" · ".join(str(part) for part in parts if part))


def _two(viewer: Viewer, pair: Pair) -> None:
    try:
        merging.not_same(viewer, one_id=pair.first.id, other_id=pair.second.id)
    except Refused as refused:
        say(refused)
