"""New shifts in one form: which work, which days, which times, how many weeks. What would be made is said at once."""

import secrets
from datetime import date, time, timedelta

import streamlit as st

from components.care.pickers import areas
from components.i18n import _, day_text, n_, number_text
from components.navigation import go, page_link
from components.register.values import plain
from components.volunteers import choosing, notes, words
from components.words import register_sentences, say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.volunteers import roster, series, work_kinds, workdays
from db.volunteers.roster import monday_of
from db.volunteers.series import Dates, Pattern
from db.volunteers.tables import HOLIDAY_OPTIONS, MODE_OPTIONS
from db.words import N_

TIMES = tuple(time.fromisoformat(one) for one in ("08:00", "08:30", "09:00", "10:00", "13:30", "14:00", "15:00", "16:00", "18:00", "19:00"))  # fmt: skip
WEEKS = (1, 2, 4, 8, 13, 26, 52)
REPEATS = {
    "1": N_("Each week"), "2": N_("Every second week"), "month": N_("Once a month, on the same weekday as the first day"),
}  # fmt: skip
HOLIDAYS = {one.code: one.label for one in HOLIDAY_OPTIONS}
MODES = {one.code: one.label for one in MODE_OPTIONS}
LISTED = 12

register_sentences(
    {
        "series.rule": N_("Choose at least one weekday."),
        "series.dates": N_("The last day lies after the first one, and at most 13 months later."),
        "series.many": N_("That would be {count} shifts; at most {most} are made at once. Choose fewer weeks."),
        "series.nothing": N_("Not one shift would be made: all days fall out, or are there already."),
        "series.none": N_("This shift does not repeat. Change only this one."),
        "regular.already": N_("This volunteer has a regular place in this series already."),
        "regular.pause": N_("The pause ends before it begins."),
    }
)  # fmt: skip


def draw(viewer: Viewer) -> None:
    """The form, what it would make, and the button."""
    week = st.query_params.get("week", "")
    page_link(_("Roster"), "roster", icon=":material/arrow_back:", week=week)
    st.title(_("New shifts"))
    known, kinds = areas(viewer, "shift.create"), work_kinds.kinds(viewer)
    if not known:
        st.info(_("No area has been given to you yet. Ask an administrator."))
        return
    if not kinds:
        st.info(_("There is no kind of work yet. Add one first."))
        return
    st.session_state.setdefault("new_token", secrets.token_urlsafe(8))
    left, right = st.columns([3, 2], gap="large")
    with left:
        patterns = _patterns(viewer, kinds, known)
    with right, st.container(border=True):
        st.subheader(_("What will be made"))
        _outlook(viewer, patterns)


def _patterns(viewer: Viewer, kinds: dict[int, str], known: dict[int, str]) -> list[Pattern]:
    """One template for each time that was chosen."""
    kind_id = st.selectbox(_("Kind of work"), list(kinds), format_func=lambda one: kinds[one], key="new_kind")
    asked = st.query_params.get("area", "")
    first = list(known).index(int(asked)) if asked.isdecimal() and int(asked) in known else 0
    area_id = st.selectbox(
        _("Area"), list(known), index=first, format_func=lambda one: known[one], key="new_area"
    )
    weekdays = st.pills(
        _("Weekdays"),
        range(7),
        default=range(5),
        selection_mode="multi",
        key="new_days",
        wrap=True,
        format_func=words.weekday,
    )
    times = st.pills(
        _("Times"), TIMES, selection_mode="multi", key="new_times", wrap=True, format_func=lambda one: f"{one:%H:%M}",
        help=_("Each time is a shift on each of the days."),
    )  # fmt: skip
    other = st.text_input(_("Other times"), key="new_other", placeholder="07:15 20:30", help=_("Hours and minutes, with spaces between them."))  # fmt: skip
    times = sorted({*times, *_typed(other)})
    weeks = st.pills(
        _("For how long"), WEEKS, default=4, key="new_weeks", wrap=True, required=True,
        format_func=lambda count: n_("{count} week", "{count} weeks", count),
    )  # fmt: skip
    since = st.date_input(
        _("From which day"), _start(), key="new_since", format="YYYY-MM-DD", min_value=clock.today()
    )
    until = since + timedelta(days=7 * weeks - 1)
    visits = kind_id in work_kinds.visiting(viewer)
    resident_id = _visited(viewer) if visits else None
    with st.expander(_("Place, number of people, holidays, regular places"), icon=":material/tune:"):
        where = st.text_input(
            _("Place"), key="new_where", max_chars=60, placeholder=_("for example: activity room")
        )
        one, two, three = st.columns(3)
        asked_of_kind = _("as the work says")
        minutes = one.number_input(
            _("Minutes"), 10, 1440, None, 10, key="new_minutes", placeholder=asked_of_kind
        )
        minimum = two.number_input(_("At least"), 1, 200, None, key="new_minimum", placeholder=asked_of_kind)
        capacity = three.number_input(
            _("At most"), 1, 200, None, key="new_capacity", placeholder=asked_of_kind
        )
        mode = st.selectbox(
            _("How one signs up"), ["", *MODES], key="new_mode", format_func=lambda code: _(MODES[code]) if code else asked_of_kind
        )  # fmt: skip
        if mode == "lottery":
            st.caption(_("Lots are drawn a day before each shift."))
        holidays = st.radio(_("On public holidays"), list(HOLIDAYS), key="new_holidays", format_func=lambda code: _(HOLIDAYS[code]))  # fmt: skip
        repeat = st.selectbox(
            _("Repeats"), list(REPEATS), key="new_repeat", format_func=lambda code: _(REPEATS[code])
        )
        people = roster.who_can_be_asked(viewer)
        regular_ids = st.multiselect(
            _("Regular places"), list(people), key="new_regulars", format_func=lambda one: people[one],
            placeholder=_("Who comes each time"),
        )  # fmt: skip
        if not visits:
            resident_id = _elder(viewer)
        note = st.text_input(_("Note"), key="new_note", max_chars=200)
    if repeat == "month":
        rule = series.monthly(min((since.day - 1) // 7 + 1, 4), since.weekday())
    else:
        rule = series.weekly(weekdays, int(repeat)) if weekdays else ""
    return [
        Pattern(
            kind_id, area_id, rule, at, since, until, where.strip(), "", minutes, minimum, capacity, mode, holidays,
            resident_id, note.strip(), tuple(regular_ids),
        )
        for at in times
    ]  # fmt: skip


def _visited(viewer: Viewer) -> int | None:
    """Who is visited, for work that visits somebody; what follows when nobody is chosen."""
    with st.container(border=True):
        st.markdown(f":material/elderly: **{_('Who is visited')}**")
        found = _elder(viewer)
        if found is None:
            st.warning(
                _("Nobody is chosen yet: volunteers will not see whom they visit, and the office has to tell them. It can "
                  "be chosen later too, where the shift is changed.")
            )  # fmt: skip
    return found


def _elder(viewer: Viewer) -> int | None:
    """Who is visited, for work of that kind."""
    chosen: tuple[int, str] | None = st.session_state.get("new_elder")
    found = choosing.resident(viewer, "new") if viewer.can("resident.view") and chosen is None else None
    if found is not None:
        from db import listing
        from db.people.residents import RESIDENTS

        st.session_state["new_elder"] = (found, listing.get(viewer, RESIDENTS, found).label)
        st.rerun()
    if chosen is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("Visits {name}", name=plain(chosen[1])), width="content")
        if st.button(_("Nobody"), key="new_no_elder", type="tertiary"):
            del st.session_state["new_elder"]
            st.rerun()
    return chosen[0]


def _start() -> date:
    """The Monday that the roster showed when it is to come, else the next one."""
    try:
        monday = monday_of(date.fromisoformat(st.query_params.get("week", "")))
    except (ValueError, OverflowError):
        monday = clock.today()
    return monday if monday > clock.today() else monday_of(clock.today()) + timedelta(days=7)


def _typed(text: str) -> list[time]:
    """The times that somebody typed; what is none is said."""
    found = []
    for word in text.replace("：", ":").replace("，", " ").replace("、", " ").replace(",", " ").split():
        hour, _colon, minute = word.partition(":")
        try:
            found.append(time(int(hour), int(minute or 0)))
        except ValueError:
            st.caption(f":red[{plain(_('{word} is no time.', word=word))}]")
    return found


def _outlook(viewer: Viewer, patterns: list[Pattern]) -> None:
    if not patterns:
        st.caption(_("Choose at least one time."))
        return
    try:
        found = series.outlook(viewer, patterns=patterns)
    except Refused as refused:
        say(refused)
        return
    count = n_("{count} shift", "{count} shifts", found.shifts)
    st.markdown(f"### {count}")
    st.write(
        _("{places} places on {days} days, from {first} to {last}.", places=number_text(found.places),
          days=len(found.dates.days), first=day_text(found.dates.days[0]), last=day_text(found.dates.days[-1]))
        if found.dates.days
        else _("Not one shift would be made: all days fall out, or are there already.")
    )  # fmt: skip
    days_said(found.dates)
    if found.already:
        st.warning(
            n_("{count} shift of this work is there at the same time already.",
               "{count} shifts of this work are there at the same times already.", found.already)
        )  # fmt: skip
    if st.button(
        n_("Make {count} shift", "Make {count} shifts", found.shifts), type="primary", icon=":material/check:",
        key="new_make", width="stretch", disabled=not found.shifts,
    ):  # fmt: skip
        _make(viewer, patterns)


def days_said(dates: Dates) -> None:
    """What falls out, what comes in, and what nobody can know yet."""
    for day, name in dates.left_out[:LISTED]:
        st.caption(
            f"✕ {words.day_of_year(day)} "
            + (_(workdays.NAMES.get(name, name)) if name else _("no working day"))
        )
    if len(dates.left_out) > LISTED:
        st.caption(n_("and {count} more", "and {count} more", len(dates.left_out) - LISTED))
    for day in dates.added[:LISTED]:
        st.caption(f"＋ {words.day_of_year(day)} " + _("make-up working day"))
    for year in dates.unknown:
        st.caption(
            ":orange[:material/info: "
            + _("The holidays of {year} are not published yet: only weekends, 1 January, 1 May and 1–3 October are known. Look again when they are.", year=year)
            + "]"
        )  # fmt: skip


def _make(viewer: Viewer, patterns: list[Pattern]) -> None:
    """Make them, once for each time the form was opened."""
    if st.session_state.pop("new_token", None) is None:
        return
    try:
        made = series.lay(viewer, patterns=patterns)
    except Refused as refused:
        st.session_state["new_token"] = secrets.token_urlsafe(8)
        say(refused)
        return
    for key in [key for key in st.session_state if str(key).startswith("new_")]:
        del st.session_state[key]
    said = [n_("{count} shift made.", "{count} shifts made.", made.shifts)]
    if made.booked.count:
        said.append(n_("{count} regular place given.", "{count} regular places given.", made.booked.count))
    notes.leave(*said, warning=notes.missed(made.booked, work_kinds.skill_words(viewer)))
    go("roster", week=monday_of(patterns[0].since).isoformat())
