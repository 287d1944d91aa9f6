"""The monthly brief: written from the figures, edited, sent, taken along; and what was corrected since."""

from collections.abc import Mapping
from html import escape

import streamlit as st

import components.charts.screen  # noqa: F401 what it says of periods that are none
from components import brief_paper, live
from components.activities import words
from components.brief_edit import changed_numbers, edit, start_editing
from components.brief_pen import reading_text
from components.care import paper
from components.charts import seen
from components.i18n import LANGUAGES, _, day_text, language, listed, moment_text, month_text, n_, speaking
from components.kept import Kept
from components.navigation import link, page_link
from components.office import DONE
from components.office import KINDS as TRAIL_KINDS
from components.page import number_in_address
from components.register.values import plain
from components.words import say
from db import clock
from db.access import Viewer
from db.errors import Refused
from db.insight import brief_corrections, brief_facts, briefs, charts, periods
from db.insight.brief_corrections import Corrected
from db.insight.brief_links import Number
from db.insight.briefs import Earlier, Told
from db.insight.charts import Place
from db.insight.figures import FIGURES
from db.system.community import SETTINGS
from db.words import N_

TOPICS = (*charts.TOPICS, briefs.TOPIC)
TRAIL_KINDS["brief"] = N_("Brief")
DONE.update(
    {
        "brief.draft": N_("wrote a brief"), "brief.send": N_("sent a brief"), "brief.export": N_("took a brief along"),
        "brief.discard": N_("gave up a draft of a brief"),
    }
)  # fmt: skip


def draw(viewer: Viewer) -> None:
    """The page for what the address asks for."""
    kept = Kept(viewer, live.follow(*TOPICS))
    on_paper = bool(st.query_params.get("paper"))
    if not on_paper:
        st.title(_("Monthly brief"))
    try:
        _screen(kept, on_paper)
    except Refused as refused:
        say(refused)
        page_link(_("All briefs"), "brief", icon=":material/arrow_back:")


def _screen(kept: Kept, on_paper: bool) -> None:
    number = number_in_address("id")
    told = kept.read(briefs.brief, brief_id=number) if number is not None else None
    if told is not None and on_paper:
        _print(told, _corrected(kept, told))
        return
    places = kept.read(charts.places)
    if not places:
        st.info(_("There is no area yet for which a brief could be written."))
        return
    area = told.place.id if told is not None else number_in_address("area") or places[0].id
    place = next((one for one in places if one.id == area), told.place if told is not None else None)
    if place is None:
        raise Refused("area.not_found")
    months = kept.read(briefs.months, area_id=place.id)
    asked = told.period.key if told is not None else st.query_params.get("month", "") or months[0]
    month = asked if _over(asked) else months[0]
    _choices(places, place, months, month)
    words.said()
    if month != asked:
        _not_over(asked, month)
    if told is None:
        found = kept.read(briefs.latest, area_id=place.id, month=month)
        told = kept.read(briefs.brief, brief_id=found) if found is not None else None
    if told is None:
        _nothing(kept.viewer, place, month)
    elif st.query_params.get("edit") and not told.sent and kept.viewer.reaches("brief.edit", told.place.path):
        edit(kept.viewer, told)
        return
    else:
        _one(kept, told)
    _earlier(kept, place, told)


def _choices(places: tuple[Place, ...], place: Place, months: tuple[str, ...], month: str) -> None:
    names = seen.names_of((*places, place))
    one, two = st.columns(2)
    st.session_state["brief_area"] = place.id
    one.selectbox(_("Area"), list(names), key="brief_area", format_func=names.__getitem__, on_change=_choose)
    said = {key: month_text(periods.parse(key).first) for key in (*months, month)}
    st.session_state["brief_month"] = month
    two.selectbox(
        _("Which month"), list(said), key="brief_month", format_func=said.__getitem__, on_change=_choose
    )


def _over(asked: str) -> bool:
    """Whether it is a month that is over, of which a brief can be written."""
    try:
        brief_facts.month_of(asked)
    except Refused:
        return False
    return True


def _not_over(asked: str, month: str) -> None:
    """Why another month is shown than the address asks for."""
    last = month_text(periods.parse(month).first)
    running = periods.of(clock.today())
    if asked == running.key:
        said = _("{month} is not over yet; its brief can be written from {day} on. This is the one of {last}.",
                 month=month_text(running.first), day=day_text(running.back(-1).first), last=last)  # fmt: skip
    else:
        said = _("There is no brief of that time: briefs are written of months that are over. This is the one of {last}.", last=last)  # fmt: skip
    st.info(plain(said), icon=":material/event_upcoming:")


def _choose() -> None:
    """Another area or month."""
    st.query_params.from_dict(
        {"area": str(st.session_state["brief_area"]), "month": st.session_state["brief_month"]}
    )


def _nothing(viewer: Viewer, place: Place, month: str) -> None:
    """No brief yet: it is written in one tap."""
    said = month_text(periods.parse(month).first)
    with st.container(border=True, key="card_none"):
        st.markdown(plain(_("There is no brief of {area} for {month} yet.", area=place.name, month=said)))
        st.caption(_("It is written from the figures of the month: what was done, what became better, where the net tore, what is asked for. You can change every word before you send it."))  # fmt: skip
        if viewer.reaches("brief.edit", place.path):
            st.button(
                _("Write the brief"), type="primary", icon=":material/edit_note:", key="tap_write", on_click=_write,
                args=(viewer, place.id, month),
            )  # fmt: skip
    _by_itself(viewer)


def _write(viewer: Viewer, area_id: int, month: str) -> None:
    words.act(briefs.draft, viewer, area_id=area_id, month=month, done=_open)


def _open(brief_id: int) -> str:
    st.query_params.from_dict({"id": str(brief_id)})
    return ""


def _by_itself(viewer: Viewer) -> None:
    """Administrators are told where the day is set on which drafts are made."""
    if viewer.can("settings.edit"):
        page_link(_(SETTINGS["brief_day"].label), "settings", icon=":material/event_repeat:")


# One brief


def _one(kept: Kept, told: Told) -> None:
    viewer = kept.viewer
    may = viewer.reaches("brief.edit", told.place.path)
    if told.sent:
        state = words.tag("green", _("Was sent"), ":material/mark_email_read:")
        when = _("{moment} by {name}", moment=moment_text(told.sent_at), name=told.sent_name)
    else:
        state = words.tag("orange", _("Still a draft"), ":material/edit_note:")
        when = _(
            "last changed {moment} by {name}", moment=moment_text(told.changed_at), name=told.changed_name
        )
    st.markdown(f"{state} :gray[{plain(when)}]")
    _versions(kept, told)
    found = _corrected(kept, told)
    with st.container(horizontal=True, vertical_alignment="center", key="brief_ways"):
        if may and not told.sent:
            st.button(
                _("Edit"), icon=":material/edit:", key="brief_edit", on_click=start_editing, args=(told,)
            )
            _send(kept, told)
        st.download_button(
            _("Download .docx"), icon=":material/download:", key="brief_docx", mime=brief_paper.MIME, on_click="ignore",
            file_name=brief_paper.file_name(told),
            data=lambda: brief_paper.docx(briefs.take_along(viewer, brief_id=told.id), found),
        )  # fmt: skip
        page_link(_("Print"), "brief", icon=":material/print:", id=told.id, paper=1)
        if may and told.language != briefs.language_of(viewer):  # the Chinese catalogue says: in Chinese
            st.button(
                _("Write it in English"), icon=":material/translate:", key="brief_translate", on_click=_write,
                args=(viewer, told.place.id, told.period.key),
            )  # fmt: skip
        elif may and told.sent:
            st.button(
                _("Write a new version"), icon=":material/note_add:", key="brief_new", on_click=_write,
                args=(viewer, told.place.id, told.period.key),
            )  # fmt: skip
        if may and not told.sent:
            _give_up(viewer, told)
    with st.container(border=True, key="card_brief"):
        st.html(_body(viewer, told, found))
    _corrections(told, found)


def _versions(kept: Kept, told: Told) -> None:
    """Who got it, and which version of the month it is."""
    if told.sent:
        names = kept.read(briefs.got, brief_id=told.id)
        if names:
            st.caption(plain(_("Sent to: {names}.", names=listed(names))))
    if told.newer is not None:
        st.warning(
            _("A newer version of this brief was sent. It replaces this one."), icon=":material/history:"
        )
        page_link(_("Open the newer version"), "brief", icon=":material/arrow_forward:", id=told.newer)


def _send(kept: Kept, told: Told) -> None:
    """To whom it goes, what no longer leads to its rows, and once more the question: it is final."""
    viewer, ask = kept.viewer, f"_brief_sure_{told.id}_{told.version}"
    with st.popover(_("Send it"), icon=":material/send:"):
        names = kept.read(briefs.readers, brief_id=told.id)
        if names:
            st.markdown(plain(_("It will go to: {names}.", names=listed(names))))
        else:
            st.markdown(
                _("Nobody else leads, works in or administers this whole area: it is only kept as sent.")
            )
        changed_numbers(told)
        st.caption(_("Once sent it stays as it is: nobody can change or take it back."))
        if not st.session_state.get(ask):
            st.button(
                _("Send now"), type="primary", icon=":material/send:", key="brief_send", on_click=_sure, args=(ask,),
                width="stretch",
            )  # fmt: skip
            return
        st.markdown(f"**{_('Really send it?')}**")
        st.button(
            _("Yes, send it"), type="primary", icon=":material/send:", key="brief_send_yes", on_click=words.press, width="stretch",
            args=(briefs.send, viewer),
            kwargs={"brief_id": told.id, "version": told.version, "done": lambda count: _sent(count, names)},
        )  # fmt: skip


def _sure(ask: str) -> None:
    st.session_state[ask] = True


def _sent(count: int, names: tuple[str, ...]) -> str:
    if not count:
        return _("Kept as sent. Nobody else reads briefs of this area, so nobody was told.")
    return n_(
        "Sent to {count} person: {names}.", "Sent to {count} people: {names}.", count, names=listed(names)
    )


def _give_up(viewer: Viewer, told: Told) -> None:
    """A draft is proposed anew, or given up; what was typed then gives way, so each is asked once more."""
    with st.popover(_("More"), icon=":material/more_horiz:"):
        st.caption(
            _(
                "Writes the whole text anew from the figures of today. What was typed into this draft is replaced."
            )
        )
        st.button(
            _("Restore the proposed text"), key="brief_redraft", icon=":material/restart_alt:", on_click=words.press,
            args=(briefs.redraft, viewer), width="stretch",
            kwargs={"brief_id": told.id, "version": told.version, "done": lambda _version: _("The text is as proposed again.")},
        )  # fmt: skip
        st.caption(_("Takes the draft out of all lists. Another one can be written at any time."))
        st.button(
            _("Give up this draft"), key="brief_discard", icon=":material/delete:", on_click=_discard, args=(viewer, told),
            width="stretch",
        )  # fmt: skip


def _discard(viewer: Viewer, told: Told) -> None:
    if words.act(
        briefs.discard,
        viewer,
        brief_id=told.id,
        version=told.version,
        done=lambda _none: _("The draft was given up."),
    ):
        st.query_params.from_dict({"area": str(told.place.id), "month": told.period.key})


def _body(viewer: Viewer, told: Told, found: tuple[Corrected, ...]) -> str:
    """The brief, each number with the way to its rows; those that are otherwise now say so."""
    now = {(one.figure, one.place.id, one.period.key): one for one in found}
    with speaking(told.language):
        tag = brief_paper.LANGUAGE_TAGS[told.language]
        parts = [f'<div class="linli-brief" lang="{tag}"><h2>{escape(told.title)}</h2>']
        parts.append(f'<p class="note">{escape(brief_paper.state(told))}</p>')
        for name, (heading, text) in _headed(told):
            parts.append(f"<h3>{escape(heading)}</h3>")
            linked = _linked(viewer, told, name, text, now)
            parts += [f"<p>{line.strip()}</p>" for line in briefs.lines(linked)]
        if told.figures:
            parts += [
                f"<h3>{escape(_(brief_paper.TABLE_HEADING))}</h3>",
                brief_paper.table(_table(viewer, told, now)),
            ]
        parts += [f'<p class="note">{escape(note)}</p>' for note in brief_paper.notes(told, ())]
        return "".join([*parts, "</div>"])


def _headed(told: Told) -> list[tuple[str, tuple[str, str]]]:
    named = [name for name in briefs.SECTIONS if told.sections.get(name, "").strip()]
    return list(zip(named, brief_paper.sections(told), strict=True))


_Now = Mapping[tuple[str, int, str], Corrected]
"""What is otherwise now, by figure, area and period."""


def _linked(viewer: Viewer, told: Told, section: str, text: str, now: _Now) -> str:
    """A section as safe HTML, its numbers as links."""
    parts, at = [], 0
    for found in briefs.numbers_in(told, section):
        parts.append(escape(text[at : found.start]))
        parts.append(_link(viewer, told, found.number, now))
        at = found.end
    return "".join([*parts, escape(text[at:])])


def _link(viewer: Viewer, told: Told, number: Number, now: _Now) -> str:
    if number.figure and number.figure not in FIGURES:  # a later version does not know it any more
        return escape(number.text)
    hidden = number.page == "residents" and not viewer.reaches("resident.view", told.place.path)
    if hidden or not (number.figure or number.page):
        return escape(number.text)
    if not number.figure:
        return _anchor(link(number.page, **(number.params or {})), number.text, "")
    return _way(
        viewer, told, number.text, number.figure, number.area_id, number.period, now, rest=number.rest, bar=number.bar
    )  # fmt: skip


def _way(
    viewer: Viewer, told: Told, text: str, code: str, area_id: int, period: str, now: _Now, *, rest: bool = False,
    bar: str = "",
) -> str:  # fmt: skip
    """A number that leads to its rows, for those who may open them; else to its chart."""
    figure = FIGURES[code]
    asked = seen.rows_of(code, area_id, period, rest=rest, bar=bar, back=f"brief:{told.id}")
    opens = viewer.reaches(figure.action, told.place.path) and viewer.reaches(figure.rows, told.place.path)
    if not opens:
        asked = {"area": area_id, "last": period, "part": figure.chapter}
    said = f"{_(figure.label)}, {month_text(periods.parse(period).first)}"
    changed = now.get((code, area_id, period))
    since = brief_paper.corrected(told, (changed,)) if changed is not None else []
    return _anchor(link("charts", **asked), text, since[0] if since else said, since=bool(since))


def _anchor(href: str, text: str, said: str, *, since: bool = False) -> str:
    about = ' class="since"' if since else ""
    about += f' title="{escape(said)}" aria-label="{escape(f"{text}: {said}")}"' if said else ""
    return f'<a href="{escape(href)}" target="_self"{about}>{escape(text)}</a>'


def _table(viewer: Viewer, told: Told, now: _Now) -> list[list[str]]:
    """The small table with its ways to the rows."""
    head, *_rows = brief_paper.rows(told)
    found = [head]
    for code, cells in told.figures.items():
        if code in FIGURES:
            row = [brief_paper.figure_label(code)]
            for period, cell in zip(told.columns, cells, strict=True):
                text = reading_text(FIGURES[code], cell)
                row.append(
                    text if text == "–" else _way(viewer, told, text, code, told.place.id, period.key, now)
                )
            found.append(row)
    return found


# What was corrected since


def _corrected(kept: Kept, told: Told) -> tuple[Corrected, ...]:
    found: tuple[Corrected, ...] = kept.answer(
        "brief.corrections",
        told.id,
        told.version,
        ask=lambda: brief_corrections.corrections(kept.viewer, brief_id=told.id),
    )
    return found


def _corrections(told: Told, found: tuple[Corrected, ...]) -> None:
    day, changed = day_text(told.as_of), brief_paper.corrected(told, found)
    if not changed:
        st.caption(_("Figures as of {day}; nothing was corrected since.", day=day))
        return
    said = n_("Figures as of {day}; {count} was corrected since", "Figures as of {day}; {count} were corrected since",
              len(changed), day=day)  # fmt: skip
    with st.expander(said, icon=":material/published_with_changes:", expanded=told.sent):
        for line in changed:
            st.markdown(plain(line))
        if told.sent:
            st.caption(
                _(
                    "The brief stays as it was sent; its numbers that are otherwise now bear a star. A new version has the figures of today."
                )
            )
        else:
            st.caption(
                _("The draft keeps the figures of its day. Change them in the text where they matter.")
            )


# Earlier ones


def _earlier(kept: Kept, place: Place, told: Told | None) -> None:
    others = [one for one in kept.read(briefs.earlier, area_id=place.id) if told is None or one.id != told.id]
    if not others:
        return
    st.subheader(_("Other briefs of this area"))
    with st.container(key="wrap_briefs", gap="xsmall"):
        for one in others:
            page_link(_line(one), "brief", icon=":material/description:", id=one.id)


def _line(one: Earlier) -> str:
    said = month_text(periods.parse(one.month).first)
    if one.language != language():
        said += f" · {LANGUAGES[one.language]}"
    if one.number > 1:
        said += " · " + _("version {number}", number=one.number)
    if not one.sent:
        return f"**{plain(said)}** · {_('Still a draft')}"
    sent = _("sent {moment} by {name}", moment=moment_text(one.at), name=one.by)
    return f"**{plain(said)}** · {plain(sent)}"


# On paper


def _print(told: Told, found: tuple[Corrected, ...]) -> None:
    with st.container(key="screen_back"):
        page_link(_("Back"), "brief", icon=":material/arrow_back:", id=told.id)
    paper.draw(brief_paper.html(told, found))
