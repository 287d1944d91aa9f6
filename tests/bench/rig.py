"""Starts a server in a process of its own, opens windows on it, and measures what they cost."""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.bench.client import Session, Timing

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90

OURS = "import sys, server; from pathlib import Path; sys.exit(server.main(Path(sys.argv[1])))"
STREAMLIT = "import sys; from streamlit.web.cli import main; sys.argv[0] = 'streamlit'; main()"
WITHOUT_UVLOOP = "import sys; sys.modules['uvloop'] = None; " + STREAMLIT


@dataclass(frozen=True)
class Cost:
    """What a number of interactions cost. Times in milliseconds, sizes in bytes."""

    name: str
    interactions: int
    median: float
    p95: float
    cpu: float
    a_second: float
    size: int

    def row(self) -> dict[str, Any]:
        """The figures, rounded, as JSON takes them."""
        return {
            key: round(value, 2) if isinstance(value, float) else value for key, value in asdict(self).items()
        }


class Server:
    """A running server: open windows on it and measure."""

    def __init__(self, base: str, process: psutil.Process, loop: asyncio.AbstractEventLoop) -> None:
        self.base = base
        self.process = process
        self.loop = loop
        self.sessions: list[Session] = []

    def open(self, path: str = "/", cookies: dict[str, str] | None = None) -> Session:
        """Open a window at `path` and wait until it has been drawn."""
        session = Session(self.loop, self.base, path, cookies or {})
        session.wait(session.connect())
        self.sessions.append(session)
        return session

    def cpu(self) -> float:
        """Processor seconds that the server has used so far, in all its threads."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Resident bytes."""
        return self.process.memory_info().rss

    def measure(
        self, name: str, step: Callable[[int], Timing], times: int = 60, seconds: float = 20, warm: int = 5
    ) -> Cost:
        """Do `step(n)` one after the other, `times` times or for `seconds`, whichever ends first."""
        for n in range(warm):
            step(n)
        timings = []
        cpu, started = self.cpu(), time.perf_counter()
        for n in range(times):
            timings.append(step(warm + n))
            if time.perf_counter() - started > seconds:
                break
        return cost(name, timings, self.cpu() - cpu, time.perf_counter() - started)

    def together(
        self,
        name: str,
        step: Callable[[Session, int], Awaitable[Timing]],
        sessions: list[Session],
        seconds: float = 8,
    ) -> Cost:
        """Let all `sessions` do `step(session, n)` again and again at the same time, for `seconds`."""

        async def one(session: Session, until: float) -> list[Timing]:
            timings, n = [], 0
            while time.perf_counter() < until:
                timings.append(await step(session, n))
                n += 1
            return timings

        async def everyone() -> list[Timing]:
            until = time.perf_counter() + seconds
            lists = await asyncio.gather(*(one(session, until) for session in sessions))
            return [timing for timings in lists for timing in timings]

        cpu, started = self.cpu(), time.perf_counter()
        timings = asyncio.run_coroutine_threadsafe(everyone(), self.loop).result(seconds * 10 + 60)
        return cost(name, timings, self.cpu() - cpu, time.perf_counter() - started)

    def memory_per_session(self, opened: Callable[[], Session], count: int = 40) -> float:
        """Bytes that each open window adds, as the slope of resident memory over `count` windows.

        The first quarter is left out: the allocator grows in steps at first.
        """
        marks = []
        for number in range(count):
            opened()
            if number >= count // 4:
                marks.append((number, self.memory()))
        return statistics.linear_regression(*zip(*marks, strict=True)).slope


def cost(name: str, timings: list[Timing], cpu: float, wall: float) -> Cost:
    """Sum up timings that took `cpu` processor seconds and `wall` seconds together."""
    millis = sorted(timing.seconds * 1000 for timing in timings)
    return Cost(
        name=name,
        interactions=len(millis),
        median=statistics.median(millis),
        p95=millis[int(len(millis) * 0.95)],
        cpu=cpu * 1000 / len(millis),
        a_second=len(millis) / wall,
        size=int(statistics.median(timing.size for timing in timings)),
    )


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(kind: str, script: Path, port: int) -> list[str]:
    """How to start `script`: "linli" is our server, "streamlit" and "streamlit without uvloop" are its own."""
    if kind == "linli":
        return [sys.executable, "-c", OURS, str(script)]
    code = WITHOUT_UVLOOP if kind == "streamlit without uvloop" else STREAMLIT
    return [
        sys.executable,
        "-c",
        code,
        "run",
        str(script),
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
    ]


@contextmanager
def served(
    database_url: str = "",
    *,
    script: Path = ROOT / "app.py",
    kind: str = "linli",
    data_dir: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """A server on a free port of the loopback, stopped at the end.

    Without `database_url` and `data_dir` it starts on an empty database in a folder that goes with it.
    """
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="linli-bench-", ignore_cleanup_errors=True) as folder:
        data = data_dir or Path(folder)
        settings = {
            "LINLI_PORT": str(port),
            "LINLI_ADDRESS": "127.0.0.1",
            "LINLI_DATA_DIR": str(data),
            "LINLI_DATABASE_URL": database_url or f"sqlite:///{data / 'linli.db'}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        told = Path(folder) / "server.log"
        with told.open("wb") as out:
            process = subprocess.Popen(
                command(kind, script.resolve(), port),
                cwd=ROOT if kind == "linli" else folder,  # where Streamlit alone finds no settings of ours
                env={**os.environ, **settings, **(environment or {})},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        server = None
        try:
            wait_until_up(base, process, told)
            server = Server(base, psutil.Process(process.pid), loop)
            yield server
        finally:
            for session in server.sessions if server else []:
                session.close()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_up(base: str, process: subprocess.Popen[bytes], told: Path) -> None:
    """Wait for Streamlit's own health check. RuntimeError with what the server said when it does not come up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start: {told.read_text(errors='replace')[-3000:]}")


def table(costs: list[Cost], against: str = "") -> str:
    """The figures as a Markdown table; ratios of the median, and of processor time, to the row named `against`.

    On a machine that does other things as well the second says more.
    """
    reference = next((cost for cost in costs if cost.name == against), None)
    head = (
        "| | median ms | p95 ms | cpu ms | a second | bytes | n | ratio | cpu ratio |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    lines = [
        f"| {c.name} | {c.median:.1f} | {c.p95:.1f} | {c.cpu:.1f} | {c.a_second:.0f} | {c.size} | {c.interactions} |"
        + (f" {c.median / reference.median:.2f} | {c.cpu / reference.cpu:.2f} |" if reference else " | |")
        for c in costs
    ]
    return "\n".join([head, *lines])
