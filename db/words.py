"""Marks a text for translation where it is declared; the screen translates it where it is drawn."""


def N_(text: str) -> str:
    """Return `text` unchanged. gettext collects it; `components.i18n._` translates it for the reader."""
    return text
