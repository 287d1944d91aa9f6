"""What is printed: small tables of text on A4, nothing in them that a browser would act on."""

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from components import style
from components.i18n import _


def text(*parts: str) -> str:
    """Texts on lines of their own, safe in HTML; empty ones are left out."""
    return "<br>".join(escape(part) for part in parts if part)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int] = ()) -> str:
    """A table, its columns as wide as `widths` says in per cent.

    The heads are texts; the cells are safe HTML from `text`, `bold` or `boxes`.
    """
    columns = "".join(f'<col style="width: {width}%">' for width in widths)
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def bold(said: str) -> str:
    return f"<strong>{escape(said)}</strong>"


def who(name: str, *parts: str) -> str:
    """A person with what stands below the name."""
    return f'<div class="who">{bold(name)}<br>{text(*parts)}</div>'


def boxes(labels: Iterable[str]) -> str:
    """Boxes to tick with a pen."""
    return " ".join(f'<span class="box">☐ {escape(label)}</span>' for label in labels)


def line(label: str) -> str:
    """A line to write on."""
    return f'<div class="line">{escape(label)}</div>'


def blank(label: str) -> str:
    """A label with room to write behind it."""
    return f'<span class="box">{escape(label)} ____________</span>'


def heading(said: str) -> str:
    return f"<h3>{escape(said)}</h3>"


def draw(parts: Iterable[str]) -> None:
    """The paper, and how to print it."""
    style.paper()
    with st.container(key="screen_print"):
        st.caption(
            ":material/print: " + _("Choose “Print” in the browser's menu: only the sheet goes on paper.")
        )  # fmt: skip
    with st.container(border=True, key="paper"):
        st.html("".join(parts))
