"""A browser's half of Streamlit's socket protocol, without the browser: open a page, touch a widget, wait for the run to end."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

RUN_SECONDS = 60


@dataclass(frozen=True)
class Timing:
    """One interaction: `seconds` from sending it to the end of the run, `size` in bytes received, `runs` of the script.

    `picture`: the seconds until the first chart had come, 0 when none did.
    """

    seconds: float
    size: int
    runs: int
    picture: float = 0.0


class Session:
    """One open window. Made by `Server.open`; its coroutines run on the loop of the rig."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, base: str, path: str, cookies: dict[str, str]
    ) -> None:
        self._loop = loop
        self._base = base
        self._cookies = cookies
        self._go(path)
        self._states: dict[str, WidgetState] = {}
        self._known: set[str] = set()
        self._pictures: set[str] = set()
        self._socket: websockets.ClientConnection | None = None
        self.page_hash = ""
        self.elements: dict[tuple[int, ...], Any] = {}
        self.error = ""
        self.alarm = ""  # what the page itself says went wrong
        self.by_itself: dict[str, float] = {}  # fragments that the browser runs again, with their seconds

    def _go(self, path: str) -> None:
        parts = urlsplit(path)
        self.page_name = parts.path.strip("/")
        self.query = parts.query

    async def connect(self) -> Timing:
        """Open the socket and let the first run finish."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        self._socket = await websockets.connect(
            self._base.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            additional_headers=headers if self._cookies else None,
            origin=websockets.Origin(self._base),
            max_size=None,
            compression=None,
        )
        return await self.run()

    async def ask(
        self, once: WidgetState | None = None, fragment: str = "", *, by_itself: bool = False
    ) -> None:
        """Ask for a run as things stand, and wait for nothing. `once` is a click: sent with this run only."""
        assert self._socket is not None
        ask = BackMsg()
        rerun = ask.rerun_script
        rerun.query_string = self.query
        rerun.page_script_hash = self.page_hash
        if not self.page_hash:
            rerun.page_name = self.page_name
        rerun.fragment_id = fragment
        rerun.is_auto_rerun = by_itself
        rerun.widget_states.widgets.extend(self._states.values())
        if once is not None:
            rerun.widget_states.widgets.append(once)
        rerun.cached_message_hashes.extend(self._known)
        rerun.context_info.timezone = "Asia/Shanghai"
        rerun.context_info.locale = "zh-CN"
        rerun.context_info.url = f"{self._base}/{self.page_name}"
        await self._socket.send(ask.SerializeToString())

    async def run(
        self, once: WidgetState | None = None, fragment: str = "", *, by_itself: bool = False
    ) -> Timing:
        """Ask for a run and wait for its end."""
        assert self._socket is not None
        started = time.perf_counter()
        await self.ask(once, fragment, by_itself=by_itself)
        size, runs, picture = 0, 0, 0.0
        messages = []
        while True:
            data = await asyncio.wait_for(self._socket.recv(), RUN_SECONDS)
            assert isinstance(data, bytes)
            size += len(data)
            message = ForwardMsg.FromString(data)
            messages.append(message)
            if not picture and self._is_picture(message):
                picture = time.perf_counter() - started
            if message.WhichOneof("type") == "script_finished":
                runs += 1
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
        seconds = time.perf_counter() - started
        for message in messages:
            self._read(message, bool(fragment))
        return Timing(seconds, size, runs, picture)

    def _is_picture(self, message: ForwardMsg) -> bool:
        """Whether this is a chart, or says that one which came before is shown again."""
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            if message.delta.new_element.WhichOneof("type") != "plotly_chart":
                return False
            self._pictures.add(message.hash)
            return True
        return kind == "ref_hash" and message.ref_hash in self._pictures

    def _read(self, message: ForwardMsg, fragment: bool) -> None:
        kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._known.add(message.hash)
        if kind == "new_session":
            self.page_hash = message.new_session.page_script_hash
            if not fragment:
                self.elements.clear()
                self.by_itself.clear()
            self.error = self.alarm = ""
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash or self.page_hash
        elif kind == "auto_rerun":
            self.by_itself[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for stopped in message.stop_auto_rerun.fragment_ids:
                self.by_itself.pop(stopped, None)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind == "exception":
                self.error = f"{element.exception.type}: {element.exception.message}"
            elif kind == "alert" and element.alert.format == Alert.ERROR:
                self.alarm = element.alert.body
            self.elements[tuple(message.metadata.delta_path)] = getattr(element, kind) if kind else None
        elif kind == "delta" and message.delta.add_block.expandable.id:  # what is drawn when it is unfolded
            self.elements[tuple(message.metadata.delta_path)] = message.delta.add_block.expandable

    async def look(self, seconds: float) -> int:
        """Stay open for so long as a browser does: run what is to be run again by itself. Returns how often it redrew."""
        redrawn, started = 0, time.perf_counter()
        await asyncio.sleep(random.random())  # browsers do not tick together
        while time.perf_counter() - started < seconds:
            tick = time.perf_counter()
            for fragment in list(self.by_itself):
                timing = await self.run(fragment=fragment, by_itself=True)
                redrawn += timing.runs > 1
            every = min(self.by_itself.values(), default=1.0)
            redrawn += await self.told(min(tick + every, started + seconds) - time.perf_counter())
        return redrawn

    async def told(self, seconds: float) -> int:
        """Take what the server sends by itself, asking nothing; how often it was a page drawn anew."""
        assert self._socket is not None
        redrawn, until = 0, time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            try:
                data = await asyncio.wait_for(self._socket.recv(), left)
            except TimeoutError:
                break
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            whole = message.WhichOneof("type") == "new_session" and not message.metadata.run.fragment_ids
            redrawn += whole
            self._read(message, not whole)
        return redrawn

    def find(self, name: str) -> Any:
        """The widget drawn last with this label or key. KeyError when there is none."""
        for element in self.elements.values():
            identity = getattr(element, "id", "")
            if identity and (getattr(element, "label", None) == name or identity.endswith(f"-{name}")):
                return element
        raise KeyError(name)

    def texts(self) -> list[str]:
        """What is written on the screen, in order of drawing."""
        return [element.body for element in self.elements.values() if hasattr(element, "body")]

    def state_of(self, name: str, value: Any) -> WidgetState:
        """The message that a widget named `name` now holds `value`; True is a click on a button."""
        element = self.find(name)
        state = WidgetState(id=element.id)
        kind = type(element).__name__
        if kind in ("Button", "DownloadButton"):
            state.trigger_value = True
        elif kind in ("Checkbox", "Expandable"):
            state.bool_value = value
        elif kind == "NumberInput":
            state.double_value = value
        elif kind == "Slider":
            state.double_array_value.data.extend(value)
        elif isinstance(value, (list, tuple)):
            state.string_array_value.data.extend(value)
        else:
            state.string_value = value
        return state

    def interact(self, name: str, value: Any = True) -> Timing:
        """Click the button or fill the widget called `name`."""
        return self.wait(self.interacted(name, value))

    async def interacted(self, name: str, value: Any = True) -> Timing:
        """The same, for many sessions at once."""
        state = self.state_of(name, value)
        if state.WhichOneof("value") == "trigger_value":
            return await self.run(once=state)
        self._states[state.id] = state
        return await self.run()

    def visit(self, path: str) -> Timing:
        """Go to another page or another query of the same page, in the same window."""
        self._go(path)
        self._states.clear()
        self.page_hash = ""
        return self.wait(self.run())

    def wait(self, work: Any) -> Any:
        """Run a coroutine on the rig's loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(RUN_SECONDS * 2)

    async def closed(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            await self._socket.close()

    def close(self) -> None:
        """Close the window."""
        self.wait(self.closed())
