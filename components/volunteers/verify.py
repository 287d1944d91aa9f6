"""The public page `/verify`: whoever holds a certificate asks whether its number is real. No sign-in, no script.

It tells number, hours and validity, and nothing of the person.
"""

from html import escape

from components.i18n import translate
from db.errors import Refused
from db.volunteers import certificates
from db.volunteers.certificates import Verified, hours_text
from db.words import N_

LONGEST = 40

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
  body {{ margin: 0; background: #f3f7f7; color: #1c2b2e; font: 1.1rem/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }}
  main {{ max-width: 32rem; margin: 0 auto; padding: 2rem 1.2rem; }}
  h1 {{ font-size: 1.6rem; line-height: 1.3; margin: 0 0 .5rem; }}
  label {{ display: block; font-weight: 600; margin: 1.4rem 0 .4rem; }}
  input, button {{ box-sizing: border-box; width: 100%; font: inherit; padding: .8rem; border-radius: .5rem; }}
  input {{ border: 2px solid #4a5b60; background: #fff; letter-spacing: .08em; text-transform: uppercase; }}
  button {{ margin-top: .8rem; border: 0; background: #0f6b75; color: #fff; font-weight: 600; min-height: 3.2rem; }}
  input:focus-visible, button:focus-visible {{ outline: 3px solid #f0b429; outline-offset: 2px; }}
  .answer {{ margin-top: 1.4rem; padding: 1rem 1.2rem; border-radius: .5rem; background: #fff; border-left: .5rem solid #4a5b60; }}
  .valid {{ border-color: #1b7f4b; }} .void {{ border-color: #b3261e; }}
  .answer p {{ margin: 0 0 .3rem; }} .answer .says {{ font-size: 1.3rem; font-weight: 700; }}
  dl {{ display: grid; grid-template-columns: auto 1fr; gap: .2rem 1rem; margin: .4rem 0 0; }} dt {{ color: #4a5b60; }} dd {{ margin: 0; }}
  .quiet {{ color: #4a5b60; font-size: 1rem; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="quiet">{intro}</p>
{answer}
<form method="get" action="/verify">
<label for="code">{label}</label>
<input id="code" name="code" value="{code}" maxlength="{longest}" autocomplete="off" autocapitalize="characters" spellcheck="false" required>
<button type="submit">{button}</button>
</form>
</main>
</body>
</html>
"""


def answer(code: str, address: str, lang: str) -> tuple[int, str]:
    """Status and page for `code` ("" for the empty form), asked for from `address`, in "zh-CN" or "en"."""
    spoken = "en" if lang == "en" else "zh"
    code = code.strip()[:LONGEST]
    status, said = (200, "") if not code else _answer(code, address, spoken)
    return status, _PAGE.format(
        lang=lang,
        title=_say(N_("Check a certificate of hours"), spoken),
        intro=_say(N_("This page tells whether a certificate is real: number, hours and validity. It shows no names."), spoken),
        label=_say(N_("Code on the certificate (12 letters and digits)"), spoken),
        button=_say(N_("Check the certificate"), spoken),
        code=escape(code, quote=True),
        longest=LONGEST,
        answer=said,
    )  # fmt: skip


def _say(text: str, spoken: str, **facts: object) -> str:
    """In the reader's language, safe in HTML."""
    said = translate(text, spoken)
    return escape(said.format(**facts) if facts else said)


def _answer(code: str, address: str, spoken: str) -> tuple[int, str]:
    try:
        found = certificates.verify(code, address)
    except Refused as refused:
        seconds = refused.facts.get("seconds", 60)
        said = _say(
            N_("Too many tries. Please wait {seconds} seconds and try again."), spoken, seconds=seconds
        )
        return 429, f'<div class="answer" role="status"><p>{said}</p></div>'
    if found is None:
        said = _say(N_("There is no certificate with this code"), spoken)
        more = _say(
            N_("Compare the code with the paper. If it is the same, ask the community office."), spoken
        )
        return 404, f'<div class="answer void" role="status"><p class="says">{said}</p><p>{more}</p></div>'
    return 200, _found(found, spoken)


def _found(found: Verified, spoken: str) -> str:
    says = N_("This certificate is valid") if found.valid else N_("This certificate is void")
    rows = [
        (N_("Number"), escape(found.serial)),
        (N_("Hours"), _say(N_("{hours} h"), spoken, hours=hours_text(found.minutes))),
    ]
    if found.minutes_by_hand:
        rows.append(
            (N_("Made up by hand"), _say(N_("{hours} h"), spoken, hours=hours_text(found.minutes_by_hand)))
        )
    facts = "".join(f"<dt>{_say(label, spoken)}</dt><dd>{value}</dd>" for label, value in rows)
    kind = "valid" if found.valid else "void"
    return f'<div class="answer {kind}" role="status"><p class="says">{_say(says, spoken)}</p><dl>{facts}</dl></div>'
