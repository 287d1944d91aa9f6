"""Recording a visit at the door: large buttons, one thumb, and nothing that was typed is lost."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from components.care import words
from components.i18n import _, day_text, moment_text
from components.navigation import go, page_link
from components.register.values import plain
from components.words import problem, say
from db import clock, listing
from db.access import Viewer
from db.care import drafts, rhythms, visits
from db.care.visits import LONGEST_AGO, LONGEST_TEXT, Seen
from db.errors import Refused
from db.listing import Listing, RecordView
from db.people import households
from db.people.residents import RESIDENTS
from db.register import Values

EMPTY: Values = {
    "kind": "home", "result": "", "reason": None, "observed": [], "mood": None, "needs": "", "note": "",
    "next_step": "", "others": [], "day": None,
}  # fmt: skip
FOUND = 8
SEEN_IN_LINE = 20  # characters of a text that a telephone shows in one line
_FIELD_OF = {"visit.reason": "reason", "visit.needs": "needs"}


@dataclass(frozen=True)
class Form:
    """One open form: where its widgets live, what happens with each change, who else lives in the home."""

    prefix: str
    changed: Callable[[], None]
    others: dict[int, str] = field(default_factory=dict)

    def key(self, name: str) -> str:
        return f"{self.prefix}_{name}"

    def values(self) -> Values:
        """What stands in the form now."""
        return {name: st.session_state.get(self.key(name), empty) for name, empty in EMPTY.items()}

    def fill(self, values: Values) -> None:
        for name, empty in EMPTY.items():
            st.session_state[self.key(name)] = values.get(name, empty)

    def hold(self) -> None:
        """Keep what stands in fields that are not drawn now: Streamlit forgets the widgets it did not draw."""
        self.fill(self.values())

    def forget(self) -> None:
        for key in [key for key in st.session_state if str(key).startswith(f"{self.prefix}_")]:
            del st.session_state[key]

    @property
    def is_open(self) -> bool:
        return self.key("kind") in st.session_state


def draw(viewer: Viewer, resident_id: int) -> None:
    """The form for a visit to this person."""
    try:
        person = listing.get(viewer, RESIDENTS, resident_id)
    except Refused as refused:
        st.title(_("Record a visit"))
        say(refused)
        return
    if person.values["status"] != "resident":
        st.title(_("Record a visit"))
        say(Refused("visit.gone", name=plain(person.label)))
        return
    form = Form(f"visit_{resident_id}", lambda: _keep(viewer, resident_id, form), _household(viewer, person))
    if not form.is_open:
        _start(viewer, resident_id, form)
    _who(viewer, person)
    kept_at = st.session_state.get(form.key("kept_at"))
    if kept_at is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                ":material/edit_note: "
                + plain(_("You began this on {moment}. It is as you left it.", moment=moment_text(kept_at)))
            )
            st.button(
                _("Start afresh"), type="tertiary", key="visit_afresh",
                on_click=_afresh, args=(viewer, resident_id, form),
            )  # fmt: skip
    before = st.session_state.pop(form.key("refused"), None)
    fields(viewer, form, problems_of(before))
    with st.container(key="save_bar_visit"):
        if before is not None:
            say(before)
        chosen = st.session_state.get(form.key("result"))
        if st.button(
            _("Save"), type="primary", icon=":material/check:", key="visit_save", width="stretch",
            disabled=not chosen, help=None if chosen else _("First say how it went."),
        ):  # fmt: skip
            _save(viewer, resident_id, form)


def _who(viewer: Viewer, person: RecordView) -> None:
    st.title(plain(person.label))
    parts = [f":material/location_on: {plain(person.values['address'])}"] if person.values["address"] else []
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(" · ".join(parts) or _("Record a visit"), width="content")
        why = rhythms.why(viewer, resident_id=person.id)
        if why is not None and why.due is not None:
            said, colour = words.due_words(why.due)
            st.badge(plain(said), color=colour, icon=":material/event:")
            if why.due["last_on"] is not None:
                st.caption(_("last contact {ago}", ago=words.ago(why.due["last_on"])), width="content")


def _household(viewer: Viewer, person: RecordView) -> dict[int, str]:
    """Who else lives in the same home."""
    household_id = person.values.get("household_id")
    if not household_id:
        return {}
    return {
        one.id: one.name
        for one in households.household(viewer, household_id=int(household_id))
        if one.id != person.id and one.status == "resident"
    }


def _start(viewer: Viewer, resident_id: int, form: Form) -> None:
    """Fill the form with what was half typed, or with nothing."""
    kept = drafts.draft(viewer, resident_id=resident_id)
    values = dict(kept.values) if kept is not None else {}
    day = date.fromisoformat(values["day"]) if values.get("day") else clock.today()
    if kept is not None:
        if not values.get("day"):
            day = kept.day  # "today" was the day on which it was typed
        st.session_state[form.key("kept_at")] = kept.saved_at
    known = {code for code, _words, _worry in visits.observations(viewer)}
    values["observed"] = [code for code in values.get("observed", ()) if code in known]
    values["others"] = [one for one in values.get("others", ()) if one in form.others]
    values["day"] = day
    form.fill(values)
    st.session_state[form.key("token")] = values.get("token") or secrets.token_urlsafe(12)


def _keep(viewer: Viewer, resident_id: int, form: Form) -> None:
    values = form.values()
    day = values["day"]
    values["day"] = day.isoformat() if day is not None and day != clock.today() else None
    values["token"] = st.session_state.get(form.key("token"), "")
    with suppress(Refused):  # the form itself says what is wrong
        drafts.keep(viewer, resident_id=resident_id, values=values)


def _afresh(viewer: Viewer, resident_id: int, form: Form) -> None:
    with suppress(Refused):
        drafts.drop(viewer, resident_id=resident_id)
    form.forget()


def fields(viewer: Viewer, form: Form, problems: dict[str, str]) -> None:
    """Kind, result, and whatever else there is to say."""
    form.hold()
    codes = words.codes("kind")
    st.segmented_control(
        _("Kind"), codes, key=form.key("kind"), required=True, on_change=form.changed, label_visibility="collapsed",
        format_func=lambda code: f"{words.KIND_ICONS[code]} {words.word('kind', code)}",
    )  # fmt: skip
    _result(form)
    _wrong(problems, "kind", "result")
    result = st.session_state[form.key("result")]
    if result == "not_met":
        st.pills(
            _("Why not met"), words.codes("reason"), key=form.key("reason"), on_change=form.changed,
            format_func=lambda code: words.word("reason", code),
        )  # fmt: skip
        _wrong(problems, "reason")
    if result == "needs" or st.session_state[form.key("needs")]:
        _line(form, "needs", _("What is needed?"), LONGEST_TEXT, problems)
    if form.others:
        st.pills(
            _("Others of this home: also not met") if result == "not_met" else _("Others of this home: also seen, well"),
            list(form.others), selection_mode="multi", key=form.key("others"), on_change=form.changed,
            format_func=lambda one: plain(form.others[one]),
        )  # fmt: skip
    if result != "not_met":
        _observed(viewer, form)
        _wrong(problems, "observed")
    _line(form, "note", _("Note"), LONGEST_TEXT, problems)
    _line(form, "next_step", _("Next step"), 200, problems)
    st.date_input(
        _("Day"), key=form.key("day"), format="YYYY-MM-DD", max_value=clock.today(), on_change=form.changed,
        min_value=clock.today() - LONGEST_AGO,
    )  # fmt: skip
    day = st.session_state[form.key("day")]
    if day is not None and day < clock.today():
        st.caption(f":orange[:material/history: {plain(_('Entered later, for {day}: the visit will say so.', day=day_text(day)))}]")  # fmt: skip


def problems_of(refused: Refused | None) -> dict[str, str]:
    """What is wrong, by field."""
    if refused is None:
        return {}
    if refused.code in _FIELD_OF:
        return {_FIELD_OF[refused.code]: "field.required"}
    return dict(refused.facts.get("problems", {}))


def _result(form: Form) -> None:
    """Three large buttons, one below the other where the screen is narrow."""
    chosen = st.session_state[form.key("result")]
    with st.container(key="big_result"):
        for column, code in zip(st.columns(3, gap="small"), words.codes("result"), strict=True):
            column.button(
                words.word("result", code), key=f"visit_result_{code}", width="stretch", on_click=_chosen, args=(form, code),
                icon=":material/check:" if chosen == code else words.RESULT_ICONS[code],
                type="primary" if chosen == code else "secondary",
            )  # fmt: skip


def _chosen(form: Form, code: str) -> None:
    st.session_state[form.key("result")] = code
    form.changed()


def _observed(viewer: Viewer, form: Form) -> None:
    listed = visits.observations(viewer)
    ticked = set(st.session_state[form.key("observed")] or ())
    if ticked - {code for code, _words, _worry in listed}:  # closed since, or in the visit that is corrected
        offered = {one[0] for one in listed} | ticked
        listed = [one for one in visits.observations(viewer, closed=True) if one[0] in offered]
    said = {
        code: f":material/warning: {plain(text)}" if worry else plain(text) for code, text, worry in listed
    }
    if said:
        st.pills(
            _("Observed"), list(said), selection_mode="multi", key=form.key("observed"), on_change=form.changed,
            format_func=lambda code: said.get(code, code),
        )  # fmt: skip
    st.pills(
        _("Mood"), words.codes("mood"), key=form.key("mood"), on_change=form.changed,
        format_func=lambda code: words.word("mood", code),
    )  # fmt: skip


def _line(form: Form, name: str, label: str, longest: int, problems: dict[str, str]) -> None:
    """A text that is kept while one types, not only when one leaves the field."""
    st.text_input(
        label, key=form.key(name), max_chars=longest, live="500ms", on_change=form.changed, autocomplete="off"
    )
    typed = str(st.session_state[form.key(name)] or "")
    if len(typed) > SEEN_IN_LINE:
        st.caption(plain(typed))  # the field shows one line of it
    _wrong(problems, name)


def _wrong(problems: dict[str, str], *names: str) -> None:
    for name in names:
        if name in problems:
            st.caption(f":red[{plain(problem(problems[name]))}]")


def seen_by(form: Form, resident_id: int) -> tuple[Seen, Values]:
    """What the form says about the person, and its other values."""
    values = form.values()
    met = values["result"] != "not_met"
    seen = Seen(
        resident_id, values["result"] or "", "" if met else values["reason"] or "",
        tuple(values["observed"] or ()) if met else (), (values["mood"] or "") if met else "",
        (values["needs"] or "").strip(), (values["note"] or "").strip(), (values["next_step"] or "").strip(),
    )  # fmt: skip
    return seen, values


def _save(viewer: Viewer, resident_id: int, form: Form) -> None:
    seen, values = seen_by(form, resident_id)
    also = [
        Seen(one, "not_met" if seen.result == "not_met" else "well", seen.reason)
        for one in values["others"] or ()
    ]
    try:
        ids = visits.record(
            viewer, seen=[seen, *also], kind=values["kind"] or "home", day=values["day"],
            token=st.session_state.get(form.key("token"), ""),
        )  # fmt: skip
        drafts.drop(viewer, resident_id=resident_id)
    except Refused as refused:
        st.session_state[form.key("refused")] = refused
        st.rerun()  # the fields stand above and are marked in the next run
    form.forget()
    go("visits", saved=ids[0], also=len(also) or None)


def choose(viewer: Viewer) -> None:
    """Whom did you see? For a visit that begins with nobody."""
    st.title(_("Record a visit"))
    text = st.text_input(
        _("Whom did you see?"), key="visit_who", type="search", live=True,
        placeholder=_("Name, initials, ID number, telephone or its last four digits, address such as 12-3-402"),
    )  # fmt: skip
    if not (text or "").strip():
        return
    rows: Sequence[Values] = listing.page(viewer, RESIDENTS, Listing(search=text, size=FOUND)).rows
    if not rows:
        st.write(_("Nothing fits. Check the spelling, search for less, or take filters away."))
    for row in rows:
        with st.container(border=True):
            page_link(
                f"**{plain(row['name'])}** {plain(row['address'] or '')}", "visits", icon=":material/person:",
                new=1, resident=row["id"],
            )  # fmt: skip


def read_day(values: Values) -> date | None:
    """The day that stands in a form."""
    day: Any = values["day"]
    return day if isinstance(day, date) else None
