"""`python -m db demo --live`."""

import argparse
import time
from random import Random

from db import clock
from db.commands.console import say
from db.sample import living

KINDS = {"home": "at home", "phone": "by telephone", "video": "by video", "met": "met outside"}
RESULTS = {"well": "well", "needs": "needs something", "not_met": "not met"}


def live(asked: argparse.Namespace) -> None:
    """Let the sample community live until Ctrl-C, or for `asked.count` visits. Refused `sample.not_empty`."""
    living.start()
    random = Random()  # noqa: S311 any day is different
    say("Visits arrive now; open the map and watch. Ctrl-C ends it.")
    done = 0
    try:
        while asked.count is None or done < asked.count:
            if done:
                time.sleep(asked.every)
            found = living.visit(random)
            if found is None:
                say("Nobody is in care here.")
                return
            done += 1
            say(_line(found))
    except KeyboardInterrupt:
        say("")
    say(f"{done} visits were recorded.")


def _line(one: living.Visited) -> str:
    more = f" +{one.people - 1}" if one.people > 1 else ""
    at = one.at.astimezone(clock.PLACE)
    return f"{at:%H:%M:%S}  {one.grid}  {one.address}  {one.name}{more}  ({one.visitor}) {KINDS[one.kind]}: {RESULTS[one.result]}"
