"""What a check has found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SHOWN = 5


@dataclass
class Findings:
    """What is wrong: a sentence for each kind, with the records it concerns."""

    wrong: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, what: str, record: Any) -> None:
        self.wrong.setdefault(what, []).append(record)

    def lines(self) -> Iterator[str]:
        for what, records in self.wrong.items():
            shown = ", ".join(str(record) for record in records[:SHOWN])
            yield f"✗ {what}: {len(records)} ({shown}{', …' if len(records) > SHOWN else ''})"


class Undone(Exception):
    """Ends a transaction in which something was only worked out to compare."""
