"""How a value of a field is written on the screen."""

from datetime import date, datetime
from typing import Any

from components.i18n import _, day_text, listed, moment_text, number_text
from db.fields import FieldSpec


def shown(spec: FieldSpec | None, value: Any) -> str:
    """The value as text in the reader's language; "" when there is none."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return listed(shown(spec, one) for one in value)
    if isinstance(value, datetime):
        return moment_text(value)
    if hasattr(value, "isoformat"):
        return day_text(value)
    if spec is not None and spec.options:
        return choice_label(spec, str(value))
    if isinstance(value, (int, float)):
        return number_text(value)
    if spec is not None and spec.kind == "day":
        return _day(str(value))
    return str(value)


def _day(text: str) -> str:
    """A day of the audit trail, where it is kept as ISO text."""
    try:
        return day_text(date.fromisoformat(text))
    except ValueError:
        return text


def choice_label(spec: FieldSpec, code: str) -> str:
    """The label of a choice. The words of custom fields are the administrator's own and are not translated."""
    for one in spec.options:
        if one.code == code:
            return one.label if spec.custom else _(one.label) if code else "–"
    return code


def label(spec: FieldSpec) -> str:
    return spec.label if spec.custom else _(spec.label)


def told(title: str, before: str, after: str) -> str:
    """One change of a record as one reads it."""
    if not before:
        return _("{field}: {value}", field=title, value=after or "–")
    return _("{field}: {before} → {after}", field=title, before=before, after=after or "–")


def plain(text: str) -> str:
    """Text for a place that reads Markdown, with nothing in it that Markdown would act on."""
    for mark in "\\`*_{}[]()<>#+-.!|~$:":
        text = text.replace(mark, "\\" + mark)
    return text
