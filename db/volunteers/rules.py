"""What the office set for shifts: how much one person does, and which rules are hard."""

import json
from dataclasses import dataclass
from functools import lru_cache

from db.clashing import Limits
from db.fields import Option
from db.system.community import SETTINGS, SettingSpec, decided
from db.words import N_
from db.work import Work

_SHIFTS = N_("Shifts")
_HARD = (Option("hard", N_("Refused")), Option("soft", N_("Only said")))

RULES: dict[str, tuple[str, str]] = {
    "travel": (N_("Too little time for the way between two services"), "hard"),
    "rest": (N_("Too little rest between two services"), "hard"),
    "day": (N_("Too many hours in a day"), "hard"),
    "week": (N_("Too many hours in a week"), "hard"),
    "own_week": (N_("More hours in a week than the volunteer wants"), "hard"),
    "skill": (N_("A skill or its certificate is missing"), "hard"),
    "age": (N_("Too young or too old for the work"), "hard"),
    "floor": (N_("More stairs than the volunteer climbs"), "hard"),
    "visits_sex": (N_("The volunteer visits only women, or only men"), "hard"),
    "unwanted": (N_("Two who are not to be together"), "hard"),
    "available": (N_("Outside the hours the volunteer named"), "soft"),
    "area": (N_("Outside the areas the volunteer serves in"), "soft"),
}
"""The rules that can be set, with their default. That nobody is in two places, and that places are not
over-booked, cannot be set."""

_NUMBERS = (
    ("shift_travel", N_("Minutes for the way between two places"), 15, 0, 180),
    ("shift_rest", N_("Minutes of rest between two services"), 0, 0, 720),
    ("shift_day_hours", N_("Hours of service in a day, at most"), 8, 1, 24),
    ("shift_week_hours", N_("Hours of service in a week, at most"), 40, 1, 100),
)

SETTINGS.update(
    {
        name: SettingSpec(name, label, _SHIFTS, "number", default, least=least, most=most, topics=("settings", "shifts"))
        for name, label, default, least, most in _NUMBERS
    }
)  # fmt: skip
SETTINGS.update(
    {
        f"shift_rule_{code}": SettingSpec(
            f"shift_rule_{code}", label, _SHIFTS, "choice", default, options=_HARD, topics=("settings", "shifts")
        )
        for code, (label, default) in RULES.items()
    }
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    limits: Limits
    soft: frozenset[str]

    def hard(self, code: str) -> bool:
        return code not in self.soft


def rules_of(work: Work) -> Rules:
    """What holds now."""
    return _rules(decided(work))


@lru_cache(maxsize=16)
def _rules(kept_rows: tuple[tuple[str, str], ...]) -> Rules:
    kept = {name: json.loads(value) for name, value in kept_rows}
    soft = frozenset(
        code for code, (_label, default) in RULES.items() if kept.get(f"shift_rule_{code}", default) == "soft"
    )  # fmt: skip
    travel, rest, day, week = (
        int(kept.get(name, default)) for name, _label, default, _least, _most in _NUMBERS
    )
    return Rules(Limits(rest, travel, day * 60, week * 60, soft), soft)
