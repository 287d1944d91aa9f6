"""The registers of `/visits`: what is due, and what was visited. Rows lead to the person, or to the visit."""

import streamlit as st

from components.care import words
from components.i18n import _, day_text, n_
from components.live import follow, stamp
from components.register import lists
from components.register.lists import Way
from components.register.values import plain
from components.words import say
from db import clock
from db.access import Viewer
from db.care import loads
from db.care.agenda import DUES
from db.care.visits import VISITS
from db.errors import Refused
from db.register import Values

SHOWN = (
    "care", "people", "areas", "posts", "rules", "occasions", "settings", "register.due", "register.visits",
    "register.residents",
)  # fmt: skip
"""Whatever moves when something changes that the two lists show: what is due, visits, names, filters, own fields."""


def dues(viewer: Viewer) -> None:
    """Everybody who is due, with a way to name somebody else for those in the list."""
    follow("care")
    lists.draw(viewer, DUES, opens=_to_person, line=_due_line, fixed=True, stamp=stamp(*SHOWN) or ())
    if viewer.can("care.assign"):
        _assign(viewer)


def visited(viewer: Viewer) -> None:
    """What was recorded."""
    follow("care")
    lists.draw(viewer, VISITS, opens=_to_visit, line=_visit_line, fixed=True, stamp=stamp(*SHOWN) or ())


def _to_person(_viewer: Viewer, rows: list[Values]) -> list[Way]:
    return [("residents", {"id": row["resident_id"], "tab": "Visits"}) for row in rows]


def _to_visit(_viewer: Viewer, rows: list[Values]) -> list[Way]:
    return [("visits", {"tab": "visits", "id": row["id"]}) for row in rows]


def _due_line(row: Values) -> str:
    """Who, where, how pressing, and when last seen."""
    late = row["next_on"] < clock.today()
    due = words.late_words(row["next_on"])
    parts = [row["address"], words.word("colour", row["colour"]) if row["colour"] else ""]
    seen = _("last contact {ago}", ago=words.ago(row["last_on"])) if row["last_on"] else _("no contact yet")
    tried = n_("{count} attempt", "{count} attempts", row["attempts"]) if row["attempts"] else ""
    said = plain(" · ".join(part for part in parts if part))
    more = plain(" · ".join(part for part in (seen, tried, row["holder"]) if part))
    return f"**{plain(row['person'])}** {said} · {f':red[{plain(due)}]' if late else plain(due)} · {more}"


def _visit_line(row: Values) -> str:
    """Who, when, how, with what result, by whom."""
    parts = [row["address"], day_text(row["day"]), words.word("kind", row["kind"]), words.word("result", row["result"]),
             row["visitor"], row["next_step"]]  # fmt: skip
    return f"**{plain(row['person'])}** " + plain(" · ".join(part for part in parts if part))


def _assign(viewer: Viewer) -> None:
    """All of the list, or some of them, to somebody else, for a reason."""
    box = st.expander(
        _("Give people of this list to somebody else"), icon=":material/swap_horiz:", key="assign", on_change="rerun"
    )  # fmt: skip
    if not box.open:
        return
    with box:
        found = loads.to_assign(viewer, wanted=lists.asked())
        names = {resident_id: f"{name} · {address}" for resident_id, name, address in found}
        if not names:
            st.write(_("Nobody is in the list."))
            return
        some = st.segmented_control(
            _("Who?"), [False, True], key="assign_some", required=True, default=False,
            format_func=lambda some: _("Some of them") if some else n_("All {count} of the list", "All {count} of the list", len(names)),
        )  # fmt: skip
        chosen = list(names)
        if some:
            chosen = st.multiselect(
                _("Choose people"), list(names), key="assign_who", format_func=names.__getitem__, placeholder=_("Choose")
            )  # fmt: skip
        carer = st.selectbox(
            _("Who looks after them from now on?"), loads.holders(viewer), index=None, key="assign_carer",
            accept_new_options=True, placeholder=_("Choose, or write a name"),
        )  # fmt: skip
        reason = st.text_input(_("Why?"), key="assign_reason", max_chars=200)
        if st.button(
            n_("Give {count} person to {name}", "Give {count} people to {name}", len(chosen), name=carer or "…"),
            type="primary", key="assign_go", disabled=not chosen or not carer,
        ):  # fmt: skip
            _give(viewer, chosen, carer or "", reason)


def _give(viewer: Viewer, residents: list[int], carer: str, reason: str) -> None:
    try:
        changed = loads.assign(viewer, residents=residents, carer=carer, reason=reason)
    except Refused as refused:
        say(refused)
        return
    for key in ("assign_who", "assign_carer", "assign_reason", "assign_some"):
        st.session_state.pop(key, None)
    st.toast(n_("{count} person has somebody else now.", "{count} people have somebody else now.", changed))
    st.rerun()
