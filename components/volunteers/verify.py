"""The public page `/verify`: whoever holds a certificate asks whether its number is real. No sign-in, no script.

It tells number, hours and validity, and nothing of the person.
"""

from html import escape

from components import public
from components.public import say
from db.errors import Refused
from db.volunteers import certificates
from db.volunteers.certificates import Verified, hours_text
from db.words import N_

LONGEST = 40

_FORM = """<p class="quiet">{intro}</p>
{answer}
<form method="get" action="/verify">
<label class="above" for="code">{label}</label>
<input id="code" class="text code" name="code" value="{code}" maxlength="{longest}" autocomplete="off" autocapitalize="characters" spellcheck="false" required>
<button type="submit">{button}</button>
</form>"""


def answer(code: str, address: str, lang: str) -> tuple[int, str]:
    """Status and page for `code` ("" for the empty form), asked for from `address`, in "zh-CN" or "en"."""
    spoken = public.spoken(lang)
    code = code.strip()[:LONGEST]
    status, said = (200, "") if not code else _answer(code, address, spoken)
    body = _FORM.format(
        intro=say(N_("This page tells whether a certificate is real: number, hours and validity. It shows no names."), spoken),
        label=say(N_("Code on the certificate (12 letters and digits)"), spoken),
        button=say(N_("Check the certificate"), spoken),
        code=escape(code, quote=True),
        longest=LONGEST,
        answer=said,
    )  # fmt: skip
    return status, public.page(lang, say(N_("Check a certificate of hours"), spoken), body)


def _answer(code: str, address: str, spoken: str) -> tuple[int, str]:
    try:
        found = certificates.verify(code, address)
    except Refused as refused:
        seconds = refused.facts.get("seconds", 60)
        said = say(
            N_("Too many tries. Please wait {seconds} seconds and try again."), spoken, seconds=seconds
        )
        return 429, f'<div class="answer" role="status"><p>{said}</p></div>'
    if found is None:
        said = say(N_("There is no certificate with this code"), spoken)
        more = say(
            N_("Compare the code with the paper. If it is the same, ask the community office."), spoken
        )
        return 404, f'<div class="answer void" role="status"><p class="says">{said}</p><p>{more}</p></div>'
    return 200, _found(found, spoken)


def _found(found: Verified, spoken: str) -> str:
    says = N_("This certificate is valid") if found.valid else N_("This certificate is void")
    rows = [
        (N_("Number"), escape(found.serial)),
        (N_("Hours"), say(N_("{hours} h"), spoken, hours=hours_text(found.minutes))),
    ]
    if found.minutes_by_hand:
        rows.append(
            (N_("Made up by hand"), say(N_("{hours} h"), spoken, hours=hours_text(found.minutes_by_hand)))
        )
    facts = "".join(f"<dt>{say(label, spoken)}</dt><dd>{value}</dd>" for label, value in rows)
    kind = "valid" if found.valid else "void"
    return f'<div class="answer {kind}" role="status"><p class="says">{say(says, spoken)}</p><dl>{facts}</dl></div>'
