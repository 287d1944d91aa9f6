"""Cells to plain text."""

import math
import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

# Han characters as they stand in names: unified, 〇, extensions A and B to H.
HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"

_BLANK_WORDS: Final = frozenset(
    ("", "-", "--", "—", "——", "/", "\\", "无", "暂无", "没有", "不详", "未知", "未填", "空", "N/A", "NA", "NULL", "NONE")
)  # fmt: skip


def _folding() -> dict[int, str | None]:
    table: dict[int, str | None] = {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
    # Text copied out of a PDF holds radicals and compatibility forms that look like the usual characters.
    for start, end in ((0x2F00, 0x2FD6), (0xF900, 0xFADA)):
        for odd in range(start, end):
            usual = unicodedata.normalize("NFKC", chr(odd))
            if usual != chr(odd):
                table[odd] = usual
    invisible = [range(0x20), range(0x7F, 0xA0), range(0x200B, 0x2010), range(0x202A, 0x202F)]
    invisible += [range(0x2060, 0x2070), range(0xFE00, 0xFE10), range(0xD800, 0xE000)]
    for code in (code for codes in invisible for code in codes):
        if not chr(code).isspace():
            table[code] = None
    table.update(dict.fromkeys((0xAD, 0x180E, 0xFEFF)))
    return table


_FOLDING: Final = _folding()
_FOLDED_BUT_PRINTABLE: Final = re.compile("[\u2f00-\u2fd5\uf900-\ufad9\ufe00-\ufe0f\uff01-\uff5e]")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−─━－~～"), "-")


def fold(raw: object) -> str:
    """Return a cell as one line of text with half-width characters and single spaces; never raises.

    Whole floats lose their ".0", a date or a datetime at midnight becomes ISO 8601, nothing and NaN
    become "". Zero-width and control characters, and halves of surrogate pairs, which no database
    takes, disappear.
    """
    text = raw if type(raw) is str else _written(raw)
    if text.isprintable() and "  " not in text and (text.isascii() or not _FOLDED_BUT_PRINTABLE.search(text)):
        return text.strip()
    return " ".join(text.translate(_FOLDING).split())


def _written(raw: object) -> str:
    if raw is None:
        return ""
    try:
        if isinstance(raw, bool):
            return "TRUE" if raw else "FALSE"
        if isinstance(raw, float):
            return _number(float(raw))
        if isinstance(raw, datetime):
            midnight = raw.time() == time.min
            return (raw.date() if midnight else raw).isoformat()
        if isinstance(raw, date | time):
            return raw.isoformat()
        if isinstance(raw, bytes | bytearray):
            return raw.decode("utf-8", "replace")
        return "".join(str(raw))
    except Exception:  # whatever a reader hands over as a cell, a text or nothing comes out
        return ""


def _number(number: float) -> str:
    if not math.isfinite(number):
        return ""
    if not number.is_integer() or abs(number) >= 1e21:
        return repr(number)
    # Spreadsheets keep and show 15 digits: the rest of the binary number is nobody's.
    return str(int(number if abs(number) < 1e15 else Decimal(f"{number:.15g}")))


def says_nothing(text: str) -> bool:
    """Whether a folded text stands for an empty cell ("", "无", "/")."""
    return len(text) < 5 and text.upper() in _BLANK_WORDS


def plain_dashes(text: str) -> str:
    """Return text with all kinds of dashes and waves as "-"."""
    return text if text.isascii() and "~" not in text else text.translate(_DASHES)
