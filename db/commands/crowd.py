"""`python -m db bench-data N`."""

import argparse
import time

from db import migrations
from db.commands.console import Bar, say
from db.sample import crowd
from db.sample.build import PASSWORD

MOST = crowd.MOST


def bench_data(asked: argparse.Namespace) -> None:
    """Fill an empty database with many invented residents."""
    migrations.upgrade()
    began = time.monotonic()
    with Bar("Moving in") as bar:
        communities = crowd.fill(asked.number, bar.show)
    say(
        f"{asked.number:,} residents in {communities} communities, in {time.monotonic() - began:.0f} seconds. "
        f"Accounts admin, staff, leader, volunteer; password {PASSWORD} (while LINLI_DEMO=1)."
    )
