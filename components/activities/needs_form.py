"""The public page `/needs-form`: people fill in a survey by themselves. No sign-in, no script, nothing of any person.

What was typed stays when something is missing.
"""

import secrets
from collections.abc import Mapping, Sequence
from html import escape

from components import public
from components.activities.needs_words import option
from components.public import say
from components.words import SENTENCES
from db.activities import needs_public
from db.activities.needs import LONGEST_ANSWER
from db.activities.needs_public import Form
from db.activities.needs_questions import Asked
from db.errors import Refused
from db.fields import PROBLEMS
from db.words import N_

LONGEST_CODE = 40
MOST_BYTES = 100_000
MOST_FIELDS = 500

Given = Mapping[str, Sequence[str]]
"""The fields of a form as they were sent."""


def show(code: str, address: str, lang: str) -> tuple[int, str]:
    """Status and page for a code ("" asks for one), asked for from `address`, in "zh-CN" or "en"."""
    return _answer(code, address, lang, None)


def take(given: Given, address: str, lang: str) -> tuple[int, str]:
    """Status and page after somebody sent the form."""
    return _answer((given.get("c") or [""])[0], address, lang, given)


def _answer(code: str, address: str, lang: str, given: Given | None) -> tuple[int, str]:
    spoken = public.spoken(lang)
    code = code.strip()[:LONGEST_CODE]
    if not code:
        return _page(lang, say(N_("Fill in a survey"), spoken), _code_form(spoken))
    problems: dict[int, str] = {}
    try:
        form = needs_public.form(code, address)
        if form is None:
            said = _box(
                N_("There is no survey with this code. Compare it with the paper."), spoken, wrong=True
            )
            return _page(lang, say(N_("Fill in a survey"), spoken), said + _code_form(spoken), 404)
        if given is not None:
            try:
                answers = {one.id: _given(one, given) for one in form.questions}
                needs_public.send(code, address, answers, (given.get("t") or [""])[0])
            except Refused as refused:
                if refused.code != "form.invalid":
                    raise
                problems = refused.facts.get("problems") or {0: ""}
            else:
                thanks = _box(N_("Thank you! Your answers have arrived."), spoken)
                more = say(N_("You can close this page."), spoken)
                return _page(lang, escape(form.title), f'{thanks}<p class="quiet">{more}</p>')
    except Refused as refused:
        text = SENTENCES.get(refused.code, SENTENCES["error.unexpected"])
        status = 429 if refused.code == "signin.throttled" else 410
        said = _box(text, spoken, wrong=True, **refused.facts)
        return _page(lang, say(N_("Fill in a survey"), spoken), said, status)
    return _page(
        lang, escape(form.title), _form(form, code, spoken, given, problems), 422 if problems else 200
    )


def _page(lang: str, title: str, body: str, status: int = 200) -> tuple[int, str]:
    return status, public.page(lang, title, body)


def _box(text: str, spoken: str, *, wrong: bool = False, **facts: object) -> str:
    kind = "says no" if wrong else "says"
    return f'<div class="{kind}" role="status">{say(text, spoken, **facts)}</div>'


def _code_form(spoken: str) -> str:
    return (
        '<form method="get" action="/needs-form"><div class="field">'
        f'<label for="c">{say(N_("Code on the paper (12 letters and digits)"), spoken)}</label>'
        f'<input type="text" id="c" name="c" maxlength="{LONGEST_CODE}" autocomplete="off" autocapitalize="characters" required></div>'
        f'<button type="submit">{say(N_("Go on"), spoken)}</button></form>'
    )


def _given(question: Asked, given: Given) -> object:
    said = list(given.get(f"q{question.id}", ()))
    if question.kind in ("several",):
        return said
    return (said or [""])[0] or None


def _form(form: Form, code: str, spoken: str, given: Given | None, problems: dict[int, str]) -> str:
    intro = f"<p>{escape(form.intro)}</p>" if form.intro else ""
    whose = (
        N_("Your answers go to {community} with your name. Only those who look after your area read them.")
        if form.personal
        else N_("Your answers go to {community} without your name.")
    )
    token = ((given or {}).get("t") or [secrets.token_urlsafe(12)])[0]
    wrong = _box(N_("Something is still missing or too long. Nothing that you filled in is lost."), spoken, wrong=True) if problems else ""  # fmt: skip
    fields = "".join(
        _field(at, one, spoken, list((given or {}).get(f"q{one.id}", ())), problems.get(one.id, ""))
        for at, one in enumerate(form.questions, start=1)
    )
    return (
        f'{intro}<p class="quiet">{say(whose, spoken, community=form.community or "–")}</p>{wrong}'
        f'<form method="post" action="/needs-form"><input type="hidden" name="c" value="{escape(code, quote=True)}">'
        f'<input type="hidden" name="t" value="{escape(token[:40], quote=True)}">{fields}'
        f'<button type="submit">{say(N_("Send the answers"), spoken)}</button></form>'
    )


def _field(at: int, question: Asked, spoken: str, said: list[str], wrong: str) -> str:
    name = f"q{question.id}"
    must = f' <span class="must">{say(N_("(needed)"), spoken)}</span>' if question.required else ""
    label = f"{at}. {escape(question.label)}{must}"
    problem = f'<p class="wrong">{say(PROBLEMS[wrong], spoken, value="")}</p>' if wrong in PROBLEMS else ""
    if question.kind == "text":
        text = escape("".join(said[:1]))
        return (
            f'<div class="field"><label for="{name}">{label}</label>'
            f'<textarea id="{name}" name="{name}" maxlength="{LONGEST_ANSWER}">{text}</textarea>{problem}</div>'
        )
    kind = "checkbox" if question.kind == "several" else "radio"
    ones = "".join(
        f'<div class="one"><input type="{kind}" id="{name}-{code}" name="{name}" value="{code}"{" checked" if code in said else ""}>'
        f'<label for="{name}-{code}">{escape(option(question, code, spoken))}</label></div>'
        for code in question.codes
    )
    return f"<fieldset><legend>{label}</legend>{ones}{problem}</fieldset>"
