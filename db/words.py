"""Marks a text for translation where it is declared; the screen translates it where it is drawn."""

from collections.abc import Mapping


def N_(text: str) -> str:
    """Return `text` unchanged. gettext collects it; `components.i18n._` translates it for the reader."""
    return text


SHIPPED: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
"""By language: what a community was given as data to begin with → the same in that language."""


def shipped(words: Mapping[str, str]) -> None:
    """Name texts that are stored as data, with their English. Until somebody changes one, each reader has it in
    their language; what an office typed itself stays as it is."""
    for text, english in words.items():
        SHIPPED["en"][text], SHIPPED["zh"][english] = english, text
