"""Marks a text for translation where it is declared; the screen translates it where it is drawn."""


def N_(text: str) -> str:
    """Return `text` unchanged. gettext collects it; `components.i18n._` translates it for the reader."""
    return text


SHIPPED: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
"""By language: what a community was given as data to begin with → the same in that language."""


def shipped(text: str, english: str) -> str:
    """Return `text`, which is stored as data. As long as nobody changes it, each reader has it in their language."""
    SHIPPED["en"][text], SHIPPED["zh"][english] = english, text
    return text
