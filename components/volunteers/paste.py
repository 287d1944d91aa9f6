"""A pasted list on the screen: each person with what will become of it, doubtful ones to choose, then all at once.

For shifts and activities alike: who hands in an `Into` says what differs.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.i18n import _, n_
from components.register.values import plain
from components.words import register_sentences, say
from db.errors import Refused
from db.parsing.chains import Entry
from db.volunteers import pasted
from db.volunteers.pasted import Applied, Candidate, Row
from db.words import N_
from db.workbook.reading import MESSAGES

register_sentences(
    {
        **MESSAGES,
        "list.long": N_("There are more than {most} people on this list. Take a part of it, then the next."),
    }
)

# state: sign, word, colour
STATES = {
    "ready": ("✓", N_("will be signed up"), "green"),
    "waits": ("+", N_("will stand in line: no place left"), "blue"),
    "doubtful": ("?", N_("who is meant?"), "orange"),
    "clash": ("!", N_("cannot"), "red"),
    "unknown": ("✕", N_("nobody of this name"), "red"),
    "already": ("=", N_("has a place already"), "gray"),
    "double": ("=", N_("stands further up already"), "gray"),
    "leaves": ("−", N_("wants to be taken off: do it by hand"), "orange"),
}
GOING = ("ready", "waits")
OPEN = ("doubtful", "unknown", "clash", "leaves")
"""What somebody has to look at."""
EXAMPLE = "#接龙\n1. 张桂梅\n2. 李建国 13800000000\n3. 王秀英 带水"


@dataclass(frozen=True)
class Into:
    """Where the people of a list are signed up, and what is said differently there."""

    key: str
    look_through: Callable[[Sequence[Entry], Mapping[int, int | None]], list[Row]]
    apply: Callable[[Mapping[int, str]], Applied]  # by person: the remark that stood beside the name
    clash: Callable[[str, dict[str, Any]], str]  # one thing that stands against somebody
    refusal: Callable[[Refused], str]
    nobody: str  # "no such volunteer"
    find: Callable[[str], None]  # draws the search; whoever is found is put into the session under this key
    leave: Callable[..., None]  # (*said, warning="") for the next screen
    lots: bool = False  # nobody has a place before lots are drawn


def draw(into: Into) -> None:
    """The text or file, the look through, the button."""
    text = st.text_area(_("The list"), key=f"{into.key}_text", height=180, placeholder=EXAMPLE) or ""
    file = None
    if not text.strip():
        st.caption(_("Paste the WeChat list (接龙) as it is, or choose an Excel file with names. Nothing is done before you have looked through it."))  # fmt: skip
        with st.container(key="tap_look"):
            if st.button(_("Look through"), key="paste_look", icon=":material/search:", width="stretch"):
                st.warning(_("The list is still empty. Paste it into the box above, or choose a file."))
        file = st.file_uploader(_("Or a file"), type=["xlsx", "xls", "csv", "txt"], key=f"{into.key}_file")
        if file is None:
            return
    try:
        entries = (
            pasted.entries_in(file.getvalue(), file.name) if file is not None else pasted.entries_of(text)
        )
    except Refused as refused:
        say(refused)
        return
    if not entries:
        st.warning(_("No names were found in it. One line for each person is best: a name, and a telephone number where it helps."))  # fmt: skip
        return
    keys = _keys(into.key, entries)
    chosen = {number: st.session_state.get(key) for number, key in enumerate(keys)}
    try:
        rows = into.look_through(entries, chosen)
    except Refused as refused:
        st.error(plain(into.refusal(refused)))
        return
    _rows(into, rows, keys)
    going = {
        row.person_id: row.entry.remark for row in rows if row.state in GOING and row.person_id is not None
    }
    if not going:
        _nobody_left(rows)
        return
    with st.container(key="save_bar_paste"), st.container(key="tap_paste"):
        st.button(
            n_("Sign {count} person up", "Sign {count} people up", len(going)), key="paste_apply", type="primary",
            icon=":material/group_add:", width="stretch", on_click=_apply, args=(into, text, going, _not_done(into, rows)),
        )  # fmt: skip


def _keys(key: str, entries: Sequence[Entry]) -> list[str]:
    """Under which it is kept who is meant: by the name, so that it stays with it when a line comes in above."""
    times = Counter[str]()
    found = []
    for entry in entries:
        said = entry.name or entry.phone
        found.append(f"{key}_who_{said}_{times[said]}")
        times[said] += 1
    return found


def _rows(into: Into, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """How many of each; what somebody has to look at one by one, the others close together."""
    counts = Counter(row.state for row in rows)
    st.markdown(" ".join(_tag(into, state, counts[state]) for state in STATES if counts[state]))
    plain_ones = []
    for row, key in zip(rows, keys, strict=True):
        if row.state in OPEN or key in st.session_state:
            _row(into, row, key)
        else:
            plain_ones.append("  \n".join(_said(into, row)))
    if plain_ones:
        with st.container(key="pasted_plain", border=True):
            st.markdown("\n\n".join(plain_ones))


def _tag(into: Into, state: str, count: int = 0) -> str:
    sign, word, colour = STATES[state]
    said = into.nobody if state == "unknown" else _(word)
    return f":{colour}-badge[{sign} {count or ''} {plain(said)}]"


def _said(into: Into, row: Row) -> list[str]:
    """Who it is, what will become of it, what stands against it, and what was written."""
    about = next((_about(one) for one in row.candidates if one.id == row.person_id), "")
    name = f"**{plain(row.name or row.entry.raw)}**"
    # most are ready: of them the sign is enough, the word stands above
    said = [
        f":green[{STATES['ready'][0]}] {name}" if row.state == "ready" else f"{name} {_tag(into, row.state)}"
    ]
    if about:
        said[0] += f" :gray[{plain(about)}]"
    if row.entry.raw not in (row.name, row.entry.name):
        said.append(f":gray[{plain(_('line {number}: {said}', number=row.entry.line, said=row.entry.raw))}]")
    said += [plain(into.clash(code, facts)) for code, facts in row.clashes]
    return said + [f":orange[{plain(one)}]" for one in _more(row.entry)]


def _about(one: Candidate) -> str:
    """What tells somebody from others of the same name."""
    said = [one.about] if one.about else []
    if one.age is not None:
        said.append(n_("{count} year old", "{count} years old", one.age))
    return " · ".join(said)


def _more(entry: Entry) -> list[str]:
    said = []
    if entry.more:
        said.append(n_("{count} more without a name: ask who", "{count} more without a name: ask who", entry.more))  # fmt: skip
    if entry.by:
        said.append(_("written by {name}", name=entry.by))
    return said


def _row(into: Into, row: Row, key: str) -> None:
    """One that is to be looked at: choose who is meant, or find somebody by another name."""
    with st.container(key=f"pasted_{row.number}", border=True, gap="small"):
        st.markdown("  \n".join(_said(into, row)))
        if row.candidates and (row.state == "doubtful" or key in st.session_state):
            labels = {
                one.id: " · ".join(said for said in (one.name, _about(one)) if said) for one in row.candidates
            }
            st.radio(
                _("Who is meant?"), [*labels, 0], index=None, key=key, label_visibility="collapsed",
                format_func=lambda one: plain(labels[one]) if one else _("nobody of these: leave out"),
            )  # fmt: skip
        if row.state in ("doubtful", "unknown"):
            finding = st.expander(
                _("Find by another name"), icon=":material/search:", key=f"{key}_finding", on_change="rerun", type="compact"
            )  # fmt: skip
            if finding.open:
                with finding:
                    into.find(key)


def _nobody_left(rows: Sequence[Row]) -> None:
    """Why there is nothing to press."""
    if all(row.state in ("already", "double") for row in rows):
        st.info(_("Everybody on this list has or wants a place already. Nothing is left to do."))
    else:
        st.info(_("Nobody can be signed up yet. Say above who is meant, or find them by another name."))


def _not_done(into: Into, rows: Sequence[Row]) -> list[str]:
    """Who is not signed up with the others, and of whom something is to be asked: it is said once more at the end."""
    said = []
    for row in rows:
        name = row.name or row.entry.raw
        if row.state in OPEN:
            why = [into.clash(code, facts) for code, facts in row.clashes]
            word = into.nobody if row.state == "unknown" else _(STATES[row.state][1])
            said.append(_with(name, " ".join(why) or word))
        elif row.entry.more:
            said.append(_with(name, _more(row.entry)[0]))
    return said


def _with(name: str, said: str) -> str:
    return _("{field}: {value}", field=name, value=said)


def _apply(into: Into, text: str, going: Mapping[int, str], not_done: list[str]) -> None:
    """Sign up those whom the button counted; what was written since is looked through first."""
    if (st.session_state.get(f"{into.key}_text") or "") != text:
        return
    try:
        done = into.apply(going)
    except Refused as refused:
        into.leave(warning=plain(into.refusal(refused)))
        return
    count = len(done.booked)
    said = [
        n_("{count} person takes part in the draw.", "{count} people take part in the draw.", count) if into.lots
        else n_("{count} person has a place now.", "{count} people have a place now.", count)
    ]  # fmt: skip
    if done.waiting:
        said.append(n_("{count} stands in line.", "{count} stand in line.", len(done.waiting)))
    if done.already:
        said.append(n_("{count} had one before.", "{count} had one before.", len(done.already)))
    lines = [*(_with(name, into.refusal(why)) for name, why in done.refused), *not_done]
    into.leave(*said, warning="  \n".join(plain(one) for one in [_("Still to do:"), *lines] if lines))
    st.query_params.pop("part", None)
