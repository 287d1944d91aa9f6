"""What time it is. Tests set it; nobody else asks the operating system."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PLACE = ZoneInfo("Asia/Shanghai")

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, in UTC."""
    return _fixed or datetime.now(UTC)


def today() -> date:
    """The calendar day in the community."""
    return now().astimezone(PLACE).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block it is `moment` (aware). For tests and for building samples of the past."""
    global _fixed
    before, _fixed = _fixed, moment
    try:
        yield
    finally:
        _fixed = before
