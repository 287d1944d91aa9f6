"""The monthly brief: written from the figures, edited, sent, taken along; and what was corrected since."""

from html import escape

import streamlit as st

import components.charts.screen  # noqa: F401 what it says of periods that are none
from components import brief_paper, live
from components.activities import words
from components.brief_edit import edit, start_editing
from components.brief_pen import reading_text
from components.care import paper
from components.charts import seen
from components.i18n import LANGUAGES, _, day_text, language, moment_text, month_text, n_, speaking
from components.kept import Kept
from components.navigation import link, page_link
from components.office import DONE
from components.office import KINDS as TRAIL_KINDS
from components.page import number_in_address
from components.register.values import plain
from components.words import say
from db.access import Viewer
from db.errors import Refused
from db.insight import brief_facts, briefs, charts, periods
from db.insight.brief_links import Number
from db.insight.briefs import Corrected, Earlier, Told
from db.insight.charts import Place
from db.insight.figures import FIGURES
from db.system.community import SETTINGS
from db.words import N_

TOPICS = (*charts.TOPICS, briefs.TOPIC)
TRAIL_KINDS["brief"] = N_("Brief")
DONE.update(
    {
        "brief.draft": N_("wrote a brief"), "brief.send": N_("sent a brief"), "brief.export": N_("took a brief along"),
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
        _print(told)
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
    month = told.period.key if told is not None else st.query_params.get("month", "") or months[0]
    brief_facts.month_of(month)
    _choices(places, place, months, month)
    words.said()
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
    with st.container(horizontal=True, vertical_alignment="center", key="brief_ways"):
        if may and not told.sent:
            st.button(
                _("Edit"), icon=":material/edit:", key="brief_edit", on_click=start_editing, args=(told,)
            )
            _send(viewer, told)
        st.download_button(
            _("Download .docx"), icon=":material/download:", key="brief_docx", mime=brief_paper.MIME, on_click="ignore",
            file_name=brief_paper.file_name(told),
            data=lambda: brief_paper.docx(briefs.take_along(viewer, brief_id=told.id)),
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
    with st.container(border=True, key="card_brief"):
        st.html(_body(viewer, told))
    _corrections(kept, told)


def _send(viewer: Viewer, told: Told) -> None:
    with st.popover(_("Send it"), icon=":material/send:"):
        st.markdown(
            _(
                "It goes to the inbox of everybody who leads, works in or administers this whole area, and stays as it is from then on."
            )
        )
        st.button(
            _("Send now"), type="primary", icon=":material/send:", key="brief_send", on_click=words.press, width="stretch",
            args=(briefs.send, viewer), kwargs={"brief_id": told.id, "version": told.version, "done": _sent},
        )  # fmt: skip


def _sent(count: int) -> str:
    if not count:
        return _("Kept as sent. Nobody else reads briefs of this area, so nobody was told.")
    return n_("Sent to {count} person.", "Sent to {count} people.", count)


def _body(viewer: Viewer, told: Told) -> str:
    """The brief, each number with the way to its rows."""
    with speaking(told.language):
        tag = brief_paper.LANGUAGE_TAGS[told.language]
        parts = [f'<div class="linli-brief" lang="{tag}"><h2>{escape(told.title)}</h2>']
        parts.append(f'<p class="note">{escape(brief_paper.as_of(told))}</p>')
        for name, (heading, text) in _headed(told):
            parts.append(f"<h3>{escape(heading)}</h3>")
            linked = _linked(viewer, told, name, text)
            parts += [f"<p>{line.strip()}</p>" for line in briefs.lines(linked)]
        if told.figures:
            parts += [
                f"<h3>{escape(_(brief_paper.TABLE_HEADING))}</h3>",
                brief_paper.table(_table(viewer, told)),
            ]
        return "".join([*parts, "</div>"])


def _headed(told: Told) -> list[tuple[str, tuple[str, str]]]:
    named = [name for name in briefs.SECTIONS if told.sections.get(name, "").strip()]
    return list(zip(named, brief_paper.sections(told), strict=True))


def _linked(viewer: Viewer, told: Told, section: str, text: str) -> str:
    """A section as safe HTML, its numbers as links."""
    parts, at = [], 0
    for found in briefs.numbers_in(told, section):
        parts.append(escape(text[at : found.start]))
        parts.append(_link(viewer, told, found.number))
        at = found.end
    return "".join([*parts, escape(text[at:])])


def _link(viewer: Viewer, told: Told, number: Number) -> str:
    if number.figure and number.figure not in FIGURES:  # a later version does not know it any more
        return escape(number.text)
    if not number.figure:
        return _anchor(link(number.page, **(number.params or {})), number.text, "")
    return _way(viewer, told, number.text, number.figure, number.area_id, number.period, rest=number.rest)


def _way(
    viewer: Viewer, told: Told, text: str, code: str, area_id: int, period: str, *, rest: bool = False
) -> str:
    """A number that leads to its rows, for those who may open them; else to its chart."""
    figure = FIGURES[code]
    asked = seen.rows_of(code, area_id, period, rest=rest)
    opens = viewer.reaches(figure.action, told.place.path) and viewer.reaches(figure.rows, told.place.path)
    if not opens:
        asked = {"area": area_id, "last": period, "part": figure.chapter}
    said = f"{_(figure.label)}, {month_text(periods.parse(period).first)}"
    return _anchor(link("charts", **asked), text, said)


def _anchor(href: str, text: str, said: str) -> str:
    about = f' title="{escape(said)}" aria-label="{escape(f"{text}: {said}")}"' if said else ""
    return f'<a href="{escape(href)}" target="_self"{about}>{escape(text)}</a>'


def _table(viewer: Viewer, told: Told) -> list[list[str]]:
    """The small table with its ways to the rows."""
    head, *_rows = brief_paper.rows(told)
    found = [head]
    for code, cells in told.figures.items():
        if code in FIGURES:
            row = [brief_paper.figure_label(code)]
            for period, cell in zip(told.columns, cells, strict=True):
                text = reading_text(FIGURES[code], cell)
                row.append(text if text == "–" else _way(viewer, told, text, code, told.place.id, period.key))
            found.append(row)
    return found


# What was corrected since


def _corrections(kept: Kept, told: Told) -> None:
    found: tuple[Corrected, ...] = kept.answer(
        "brief.corrections",
        told.id,
        told.version,
        ask=lambda: briefs.corrections(kept.viewer, brief_id=told.id),
    )
    day = day_text(told.as_of)
    if not found:
        st.caption(_("Figures as of {day}; nothing was corrected since.", day=day))
        return
    said = n_("Figures as of {day}; {count} was corrected since", "Figures as of {day}; {count} were corrected since",
              len(found), day=day)  # fmt: skip
    with st.expander(said, icon=":material/published_with_changes:", expanded=told.sent):
        for one in found:
            figure = FIGURES[one.figure]
            where = [one.place.name] if one.place.id != told.place.id else []
            title = " · ".join([_(figure.label), *where, month_text(one.period.first)])
            was, now = reading_text(figure, one.was), reading_text(figure, one.now)
            st.markdown(plain(_("{title}: {was} in the brief, now {now}", title=title, was=was, now=now)))
        if told.sent:
            st.caption(_("The brief stays as it was sent. A new version has the figures of today."))
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


def _print(told: Told) -> None:
    with st.container(key="screen_back"):
        page_link(_("Back"), "brief", icon=":material/arrow_back:", id=told.id)
    paper.draw(brief_paper.html(told))
