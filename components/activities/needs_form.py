"""The public page `/needs-form`: people fill in a survey by themselves. No sign-in, no script, nothing of any person.

What was typed stays when something is missing.
"""

import secrets
from collections.abc import Mapping, Sequence
from html import escape

from components.activities.needs_words import option
from components.i18n import translate
from components.words import SENTENCES
from db.activities import needs_public
from db.activities.needs import LONGEST_ANSWER, Asked
from db.activities.needs_public import Form
from db.errors import Refused
from db.fields import PROBLEMS
from db.words import N_

LONGEST_CODE = 40
MOST_BYTES = 100_000
MOST_FIELDS = 500

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
  body {{ margin: 0; background: #f3f7f7; color: #1c2b2e; font: 1.15rem/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }}
  main {{ max-width: 36rem; margin: 0 auto; padding: 1.6rem 1.1rem 3rem; }}
  h1 {{ font-size: 1.6rem; line-height: 1.3; margin: 0 0 .5rem; }}
  fieldset, .field {{ border: 0; margin: 1.4rem 0 0; padding: 1rem; border-radius: .6rem; background: #fff; }}
  legend, .field > label {{ font-weight: 700; padding: 0; float: left; width: 100%; margin-bottom: .5rem; }}
  .one {{ display: flex; align-items: center; gap: .8rem; min-height: 3rem; clear: both; border-top: 1px solid #dbe5e5; }}
  .one input {{ width: 1.5rem; height: 1.5rem; flex: none; accent-color: #0f6b75; }}
  .one label {{ flex: 1; padding: .5rem 0; }}
  textarea, input[type=text], button {{ box-sizing: border-box; width: 100%; font: inherit; padding: .8rem; border-radius: .5rem; clear: both; }}
  textarea, input[type=text] {{ border: 2px solid #4a5b60; background: #fff; min-height: 3.2rem; }}
  textarea {{ min-height: 6rem; }}
  button {{ margin-top: 1.4rem; border: 0; background: #0f6b75; color: #fff; font-weight: 600; min-height: 3.4rem; }}
  :focus-visible {{ outline: 3px solid #b36b00; outline-offset: 2px; }}
  .says {{ margin: 1rem 0 0; padding: 1rem 1.2rem; border-radius: .5rem; background: #fff; border-left: .5rem solid #1b7f4b; font-weight: 600; }}
  .no {{ border-color: #b3261e; }} .wrong {{ color: #b3261e; font-weight: 600; margin: .3rem 0 0; clear: both; }}
  .quiet {{ color: #4a5b60; font-size: 1rem; }} .must {{ color: #b3261e; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""

Given = Mapping[str, Sequence[str]]
"""The fields of a form as they were sent."""


def show(code: str, address: str, lang: str) -> tuple[int, str]:
    """Status and page for a code ("" asks for one), asked for from `address`, in "zh-CN" or "en"."""
    return _answer(code, address, lang, None)


def take(given: Given, address: str, lang: str) -> tuple[int, str]:
    """Status and page after somebody sent the form."""
    return _answer((given.get("c") or [""])[0], address, lang, given)


def _answer(code: str, address: str, lang: str, given: Given | None) -> tuple[int, str]:
    spoken = "en" if lang == "en" else "zh"
    code = code.strip()[:LONGEST_CODE]
    if not code:
        return _page(lang, _say(N_("Fill in a survey"), spoken), _code_form(spoken))
    problems: dict[int, str] = {}
    try:
        form = needs_public.form(code, address)
        if form is None:
            said = _box(
                N_("There is no survey with this code. Compare it with the paper."), spoken, wrong=True
            )
            return _page(lang, _say(N_("Fill in a survey"), spoken), said + _code_form(spoken), 404)
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
                more = _say(N_("You can close this page."), spoken)
                return _page(lang, escape(form.title), f'{thanks}<p class="quiet">{more}</p>')
    except Refused as refused:
        text = SENTENCES.get(refused.code, SENTENCES["error.unexpected"])
        status = 429 if refused.code == "signin.throttled" else 410
        said = _box(text, spoken, wrong=True, **refused.facts)
        return _page(lang, _say(N_("Fill in a survey"), spoken), said, status)
    return _page(
        lang, escape(form.title), _form(form, code, spoken, given, problems), 422 if problems else 200
    )


def _page(lang: str, title: str, body: str, status: int = 200) -> tuple[int, str]:
    return status, _PAGE.format(lang=lang, title=title, body=body)


def _say(text: str, spoken: str, **facts: object) -> str:
    """In the reader's language, safe in HTML."""
    said = translate(text, spoken)
    return escape(said.format(**facts) if facts else said)


def _box(text: str, spoken: str, *, wrong: bool = False, **facts: object) -> str:
    kind = "says no" if wrong else "says"
    return f'<div class="{kind}" role="status">{_say(text, spoken, **facts)}</div>'


def _code_form(spoken: str) -> str:
    return (
        '<form method="get" action="/needs-form"><div class="field">'
        f'<label for="c">{_say(N_("Code on the paper (12 letters and digits)"), spoken)}</label>'
        f'<input type="text" id="c" name="c" maxlength="{LONGEST_CODE}" autocomplete="off" autocapitalize="characters" required></div>'
        f'<button type="submit">{_say(N_("Go on"), spoken)}</button></form>'
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
        f'{intro}<p class="quiet">{_say(whose, spoken, community=form.community or "–")}</p>{wrong}'
        f'<form method="post" action="/needs-form"><input type="hidden" name="c" value="{escape(code, quote=True)}">'
        f'<input type="hidden" name="t" value="{escape(token[:40], quote=True)}">{fields}'
        f'<button type="submit">{_say(N_("Send the answers"), spoken)}</button></form>'
    )


def _field(at: int, question: Asked, spoken: str, said: list[str], wrong: str) -> str:
    name = f"q{question.id}"
    must = f' <span class="must">{_say(N_("(needed)"), spoken)}</span>' if question.required else ""
    label = f"{at}. {escape(question.label)}{must}"
    problem = f'<p class="wrong">{_say(PROBLEMS[wrong], spoken, value="")}</p>' if wrong in PROBLEMS else ""
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
