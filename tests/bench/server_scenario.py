"""What the least possible interaction costs under Streamlit's own server and under ours."""

from pathlib import Path
from typing import Any

from tests.bench.rig import Cost, served, table

TINY = Path(__file__).with_name("tiny_app.py")
KINDS = ("streamlit without uvloop", "streamlit", "linli")
SESSIONS = 50


def run(seconds: float = 8) -> tuple[str, dict[str, Any]]:
    """Measure; returns a Markdown report and the figures."""
    alone: list[Cost] = []
    crowd: list[Cost] = []
    memory: dict[str, int] = {}
    for kind in KINDS:
        with served(script=TINY, kind=kind) as server:
            one = server.open()
            alone.append(
                server.measure(kind, lambda _n, one=one: one.interact("Count"), times=200, seconds=seconds)
            )
            assert f"Clicks: {alone[-1].interactions + 5}" in one.texts(), one.texts()
            memory[kind] = int(server.memory_per_session(server.open, SESSIONS - 1))
            crowd.append(
                server.together(
                    kind, lambda session, _n: session.interacted("Count"), server.sessions, seconds
                )
            )
    report = "\n\n".join(
        (
            "One session, one click after the other:",
            table(alone, "linli"),
            f"{SESSIONS} sessions, each clicking as soon as it is answered:",
            table(crowd, "linli"),
            "Memory for each further open session, KB: "
            + ", ".join(f"{kind} {size / 1024:.0f}" for kind, size in memory.items()),
        )
    )
    return report, {
        "one session": [cost.row() for cost in alone],
        f"{SESSIONS} sessions": [cost.row() for cost in crowd],
        "bytes a session": memory,
    }
