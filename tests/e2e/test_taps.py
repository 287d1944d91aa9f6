"""A tap counts, whatever happens to the page at that moment: told of a change, ticking by itself, being drawn anew."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from db import changes, engine
from db.audit import AuditEntry
from tests.bench.client import Session
from tests.bench.people import at_database, cookie
from tests.bench.rig import Server

pytestmark = pytest.mark.browser  # no browser, but the server and the sample that those tests have

RENEW = "tap_feed_renew"
DELAYS = (0.0, 0.004, 0.01, 0.02, 0.04, 0.08)
"""Seconds between what happens to the page and the tap: before, while and after the script begins."""


@pytest.fixture
def window(sample: Path, server: Server) -> Iterator[Session]:
    """The volunteer of the sample, at the part of the page in which each tap leaves exactly one entry."""
    with at_database(sample):
        opened = server.open("/my-shifts", cookie("volunteer"))
        opened.interact("feed_open")
        yield opened


def entries() -> int:
    with engine.reading() as session:
        return int(session.execute(select(func.count()).select_from(AuditEntry)).scalar_one())


async def listen(window: Session) -> None:
    """Take what comes until nothing more does, as a browser would."""
    assert window._socket is not None
    while True:
        try:
            data = await asyncio.wait_for(window._socket.recv(), 0.6)
        except TimeoutError:
            return
        assert isinstance(data, bytes)
        message = ForwardMsg.FromString(data)
        whole = message.WhichOneof("type") == "new_session" and not message.metadata.run.fragment_ids
        window._read(message, not whole)


async def tapped(window: Session, button: WidgetState, watching: str, what: str, delay: float) -> None:
    """One tap, `delay` seconds after `what` happened to the page."""
    if what != "ticks":
        with engine.writing() as session:
            changes.bump(session, ["shifts"])
    if what != "is told":
        await window.ask(fragment=watching, by_itself=True)
    await asyncio.sleep(delay if what != "is told" else 0.3 + 3 * delay)  # within half a second it is told
    await window.ask(once=button)
    await listen(window)


@pytest.mark.parametrize("what", ["ticks", "is told", "ticks and redraws"])
def test_no_tap_is_lost_while_the_page(window: Session, what: str) -> None:
    button = window.state_of(RENEW, True)
    (watching,) = window.by_itself
    for delay in DELAYS:
        before, until = entries(), time.monotonic() + 20
        window.wait(tapped(window, button, watching, what, delay))
        while entries() == before and time.monotonic() < until:
            window.wait(listen(window))
        assert entries() == before + 1, f"the tap {delay} s later was lost"
