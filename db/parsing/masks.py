"""Names and numbers with most of them hidden, in the forms that offices ask for."""

import re
from typing import Final

from db.parsing.names import COMPOUND_SURNAMES

MASK_FORMS: Final = ("usual", "last4", "none", "all")

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_SHOWN_IN_NAMES: Final = frozenset(" ·-")


def mask_name(name: str, form: str = "usual") -> str:
    """Mask a name: 张*华, 张*, 欧阳*, of several words the first letter of each.

    A name has no last four that could be shown without showing it whole: "last4" shows its last character.
    """
    if form == "usual":
        return _usual_name(name)
    if form == "last4":
        return _stars(name[:-1]) + name[-1:] if len(name) > 1 else _stars(name)
    return _none_or_all(name, form)


def _usual_name(name: str) -> str:
    if len(name) < 2:
        return name
    if any(sign in _SHOWN_IN_NAMES for sign in name) or name.isascii():
        return "".join(
            sign if sign in _SHOWN_IN_NAMES or index == 0 or name[index - 1] in _SHOWN_IN_NAMES else "*"
            for index, sign in enumerate(name)
        )
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[0]
    given = name[len(surname) :]
    return surname + ("*" if len(given) == 1 else "*" * (len(given) - 1) + given[-1])


def mask_phone(phone: str, form: str = "usual") -> str:
    """Mask a telephone number: 138****1234, of a landline the last four are shown."""
    if form == "usual" and _MOBILE.fullmatch(phone):
        return f"{phone[:3]}****{phone[7:]}"
    return _last_four(phone) if form in ("usual", "last4") else _none_or_all(phone, form)


def mask_id(id_number: str, form: str = "usual") -> str:
    """Mask an ID number: 320113********1234. One that is not whole shows no more than its last four."""
    if form == "usual" and len(id_number) == 18:
        return f"{id_number[:6]}********{id_number[14:]}"
    return _last_four(id_number) if form in ("usual", "last4") else _none_or_all(id_number, form)


def _last_four(text: str) -> str:
    return _stars(text[:-4]) + text[-4:] if len(text) > 6 else _stars(text)


def _none_or_all(text: str, form: str) -> str:
    if form == "none":
        return text
    if form == "all":
        return _stars(text)
    raise ValueError(f"no mask form {form!r}; there are {', '.join(MASK_FORMS)}")


def _stars(text: str) -> str:
    return "".join(sign if sign in " ·-" else "*" for sign in text)
