"""Choosing a password."""

from db.access import Viewer


def choose_own(viewer: Viewer) -> None:
    """The form with which somebody who came with a one-time password chooses their own."""
