"""Which tests run beside which: `pytest -n 3 --dist loadfile` takes as long as the slowest of three processes.

Three for two cores: half of their time they wait for a server, a browser or PostgreSQL. Long files begin first, so
that none is left for the end, and files that share what is dear to make, a server with a browser or the sample
community, stay in one process.
"""

from collections import Counter
from typing import Any

import pytest

TOGETHER = {
    "tests/test_cli.py": "the sample community",
    "tests/test_sample.py": "the sample community",
    "tests/test_sample_ledgers.py": "the sample community",
}
LONG = ("tests/e2e", "the sample community", "tests/test_server.py", "tests/test_workbook_fuzz.py")


def unit_of(nodeid: str) -> str:
    """What goes to one process: a file, or several that share something."""
    file = nodeid.split("::", 1)[0]
    return "tests/e2e" if file.startswith("tests/e2e/") else TOGETHER.get(file, file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Counter(unit_of(item.nodeid) for item in items)
    place = {unit: LONG.index(unit) if unit in LONG else len(LONG) for unit in tests}
    items.sort(key=lambda item: (place[unit := unit_of(item.nodeid)], -tests[unit], unit))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByUnit(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    config.option.loadscopereorder = False
    return ByUnit(config, log)
