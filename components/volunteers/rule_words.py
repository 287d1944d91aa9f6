"""The rule of a series in words, and which weekdays it names."""

from components.i18n import _
from components.volunteers import words
from db.volunteers.series import DAYS
from db.words import N_

NTH = {"1": N_("first"), "2": N_("second"), "3": N_("third"), "4": N_("fourth"), "-1": N_("last")}


def parts(rule: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in rule.split(";") if "=" in one)


def weekdays(rule: str) -> list[int]:
    """The weekdays of a weekly rule, 0 for Monday; none of another rule."""
    its = parts(rule)
    if its.get("FREQ") != "WEEKLY":
        return []
    return [DAYS.index(one) for one in its.get("BYDAY", "").split(",") if one in DAYS]


def rule_text(rule: str) -> str:
    """ "Mon Wed Fri, every second week"; a rule that is not one of ours as it stands."""
    its = parts(rule)
    days = weekdays(rule)
    if days:
        said = " ".join(words.weekday(one) for one in days)
        every = its.get("INTERVAL", "1")
        return said if every == "1" else _("{days}, every {every} weeks", days=said, every=every)
    by = its.get("BYDAY", "")
    if its.get("FREQ") == "MONTHLY" and by[-2:] in DAYS and by[:-2] in NTH:
        return _("{which} {day} of the month", which=_(NTH[by[:-2]]), day=words.weekday(DAYS.index(by[-2:])))
    return _("every day") if its.get("FREQ") == "DAILY" and len(its) == 1 else rule
