"""A dialog whose title is in the reader's language: decorators are read before there is a reader."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from components.i18n import _

P = ParamSpec("P")


def dialog(title: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Like `st.dialog`, with a title marked by `N_`."""

    def decorate(body: Callable[P, None]) -> Callable[P, None]:
        @wraps(body)
        def opened(*args: P.args, **kwargs: P.kwargs) -> None:
            st.dialog(_(title))(body)(*args, **kwargs)

        return opened

    return decorate
