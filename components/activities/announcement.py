"""The public page `/activity`: what, when, where, for whom, and how one signs up. No sign-in, no script, no names."""

from datetime import datetime
from html import escape

from babel.dates import format_date

from components import public
from components.public import say
from db import clock
from db.activities.public import Announcement, announcement
from db.words import N_

MOST_DATES = 20
LONGEST = 40


def answer(code: str, lang: str) -> tuple[int, str]:
    """Status and page for the code of a poster, in "zh-CN" or "en"."""
    spoken = public.spoken(lang)
    found = announcement(code.strip()[:LONGEST])
    if found is None:
        said = say(N_("There is no activity with this code. Ask the community office."), spoken)
        title = say(N_("Activity"), spoken)
        return 404, public.page(lang, title, f'<div class="answer void" role="status"><p>{said}</p></div>')
    return 200, public.page(lang, escape(found.title), _state(found, spoken) + _facts(found, spoken))


def _state(found: Announcement, spoken: str) -> str:
    if found.stage == "cancelled":
        kind, said = "void", say(N_("Called off: {why}"), spoken, why=found.why or "–")
    elif found.stage == "done":
        kind, said = "", say(N_("This is over."), spoken)
    elif found.lottery:
        kind, said = "valid", say(N_("Places are drawn by lot."), spoken)
    elif found.free and not found.waiting:
        kind, said = "valid", say(N_("There are places left: {count}"), spoken, count=found.free)
    else:
        kind, said = "", say(N_("All places are taken; one can stand in line."), spoken)
    how = say(
        N_("Sign up at the community office, with your grid worker, or with a volunteer you know."), spoken
    )
    more = f'<p class="quiet">{how}</p>' if found.stage not in ("cancelled", "done") else ""
    return f'<div class="answer {kind}" role="status"><p class="says">{said}</p>{more}</div>'


def when(at: datetime, ends: datetime, spoken: str) -> str:
    """A date in words: 11月30日 周一 09:00–10:30."""
    begins, over = at.astimezone(clock.PLACE), ends.astimezone(clock.PLACE)
    form, locale = ("M月d日 EEE", "zh_Hans_CN") if spoken == "zh" else ("EEE d MMM", "en")
    return f"{format_date(begins.date(), form, locale=locale)} {begins:%H:%M}–{over:%H:%M}"


def ages(found: Announcement, spoken: str) -> str:
    """For whom, by age; "" for everybody."""
    if found.age_from and found.age_to:
        return say(N_("From {least} to {most} years"), spoken, least=found.age_from, most=found.age_to)
    if found.age_from:
        return say(N_("From {least} years on"), spoken, least=found.age_from)
    return say(N_("Up to {most} years"), spoken, most=found.age_to) if found.age_to else ""


def _facts(found: Announcement, spoken: str) -> str:
    dates = [escape(when(*one, spoken)) for one in found.dates[:MOST_DATES]]
    if len(found.dates) > MOST_DATES:
        dates.append("…")
    rows = [
        (N_("When"), "<br>".join(dates)),
        (N_("Where"), escape(" · ".join(one for one in (found.area, found.where) if one))),
        (N_("For whom"), ages(found, spoken)),
        (N_("What it is about"), escape(found.about)),
        (N_("What to bring"), escape(found.materials)),
        (N_("Cost"), say(N_("{yuan} yuan"), spoken, yuan=found.cost) if found.cost else say(N_("Free of charge"), spoken)),
    ]  # fmt: skip
    if found.closes_at is not None and found.stage not in ("cancelled", "done"):
        closes = found.closes_at.astimezone(clock.PLACE)
        rows.append((N_("Sign up until"), f"{closes:%Y-%m-%d %H:%M}"))
    if found.companion:
        rows.append((N_("Company"), say(N_("Somebody may come along"), spoken)))
    listed = "".join(f"<dt>{say(label, spoken)}</dt><dd>{value}</dd>" for label, value in rows if value)
    return f'<div class="answer"><dl>{listed}</dl></div>'
