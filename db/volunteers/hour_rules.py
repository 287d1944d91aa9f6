"""What the office set for hours of service, and how time at a shift becomes minutes that count."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from db.fields import Option
from db.system.community import SETTINGS, SettingSpec, decided
from db.words import N_
from db.work import Work

_HOURS = N_("Hours of service")
ROUNDINGS = {"quarter": 15, "half": 30, "minute": 1}
_ROUNDING = (
    Option("quarter", N_("Down to whole quarters of an hour")),
    Option("half", N_("Down to whole half hours")),
    Option("minute", N_("To the minute")),
)

_NUMBERS: tuple[tuple[str, str, int, int, int, str], ...] = (
    ("hours_tolerance", N_("Minutes late or early away that are not taken off"), 5, 0, 30, ""),
    ("hours_cap", N_("Hours of a day that count, at most"), 8, 1, 24, ""),
    ("hours_notice_days", N_("Days that approved hours are on the notice, before they are locked"), 7, 1, 60, ""),
    ("hours_bulk", N_("Entries by one person within an hour that count as many at once"), 10, 2, 200,
     N_("Of those from paper or made up by hand. Each of them then carries a warning.")),
    ("hours_late_days", N_("Days after which an entry counts as long afterwards"), 7, 1, 90, ""),
    ("hours_one_approver", N_("Percent of a month's approvals by one person that are too many"), 80, 30, 100,
     N_("Said from the 30th approval of a month on. 100: never.")),
    ("no_show_days", N_("Days after which a no-show is forgotten"), 90, 14, 365, ""),
    ("no_show_notice", N_("Unexcused no-shows from which the volunteer is reminded"), 2, 1, 20, ""),
    ("no_show_request", N_("Unexcused no-shows from which the office confirms each sign-up"), 3, 2, 20, ""),
)  # fmt: skip

SETTINGS.update(
    {
        name: SettingSpec(
            name, label, _HOURS, "number", default, least=least, most=most, help=help, topics=("settings", "hours")
        )
        for name, label, default, least, most, help in _NUMBERS
    }
)  # fmt: skip
SETTINGS["hours_rounding"] = SettingSpec(
    "hours_rounding", N_("How hours are rounded"), _HOURS, "choice", "quarter", options=_ROUNDING,
    topics=("settings", "hours"),
)  # fmt: skip
SETTINGS["certificate_prefix"] = SettingSpec(
    "certificate_prefix", N_("What the numbers of certificates begin with"), _HOURS, "text", "", most=12,
    help=N_("Empty: the name of the community."),
)  # fmt: skip


@dataclass(frozen=True)
class HourRules:
    """Minutes, days, percent, numbers, as set."""

    rounding: int
    tolerance: int
    cap: int
    notice_days: int
    bulk: int
    late_days: int
    one_approver: int
    no_show_days: int
    no_show_notice: int
    no_show_request: int


def hour_rules(work: Work) -> HourRules:
    """What holds now."""
    return _rules(decided(work))


@lru_cache(maxsize=16)
def _rules(rows: tuple[tuple[str, str], ...]) -> HourRules:
    kept = {name: json.loads(value) for name, value in rows}

    def number(name: str) -> int:
        return int(kept.get(name, SETTINGS[name].default))

    return HourRules(
        ROUNDINGS[kept.get("hours_rounding", "quarter")], number("hours_tolerance"), number("hours_cap") * 60,
        number("hours_notice_days"), number("hours_bulk"), number("hours_late_days"), number("hours_one_approver"),
        number("no_show_days"), number("no_show_notice"), number("no_show_request"),
    )  # fmt: skip


def counted(
    in_at: datetime, out_at: datetime, starts_at: datetime, ends_at: datetime, rules: HourRules
) -> int:
    """The minutes that count of a stay from `in_at` to `out_at` at a shift planned from `starts_at` to `ends_at`.

    Only time within the plan counts, which leaves out the way there and back. Who comes or leaves within the
    tolerance is taken to have come and left as planned. Then it is rounded down.
    """
    grace = timedelta(minutes=rules.tolerance)
    came = starts_at if in_at <= starts_at + grace else in_at
    left = ends_at if out_at >= ends_at - grace else out_at
    if out_at <= in_at or in_at >= ends_at or out_at <= starts_at or left <= came:
        return 0
    return round_down(int((left - came) // timedelta(minutes=1)), rules)


def round_down(minutes: int, rules: HourRules) -> int:
    return minutes // rules.rounding * rules.rounding
