"""All figures that leaders read: what each means, where it comes from, and who may see it and open its rows.

The map, the charts, the brief and the lists take their figures from here, and so does the page that explains them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from db.insight.coverage import MEASURES
from db.insight.participation import DEFINITIONS
from db.words import N_

Kind = Literal["count", "share", "days", "hours", "visits", "yuan"]
"""How it is told. Days and yuan are told for each of what is counted below the line; hours are kept in minutes (`lead`
in hours), visits a week in thousandths, yuan in fen."""

CHAPTERS: Final[dict[str, str]] = {
    "care": N_("Care"), "posts": N_("Responsibility"), "shifts": N_("Shifts and hours"), "volunteers": N_("Volunteers"),
    "activities": N_("Activities"), "people": N_("Population"),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One figure.

    `above` is the base figure that is told, `below` what it is a part of, or is shared among. `better` says whether
    high or low is good, "" when it is neither. `action` is needed to read it, `rows` to open the rows behind it (and to
    be told small counts). `rest` is what is missing from a share, which its rows can be asked for as well. `rows_label`
    says what the rows are, where the figure is something that they share.
    """

    code: str
    chapter: str
    label: str
    definition: str
    comes_from: str
    source: str
    above: str
    below: str = ""
    kind: Kind = "count"
    better: Literal["high", "low", ""] = ""
    action: str = ""
    rows: str = ""
    rest: str = ""
    rest_label: str = ""
    rest_definition: str = ""
    target: str = ""
    rows_label: str = ""

    @property
    def opens(self) -> str:
        """The base figure whose rows are behind it."""
        return self.below if self.kind in ("days", "yuan") else self.above


_VISITS = N_("Visits that stand; corrected and struck ones do not count.")
_CARE = N_("Who was in care, how often they were to be seen, and their visits, day by day.")
_SHIFTS = N_("Shifts up to today that were not called off, and their places.")
_HOURS = N_("Hours of service that were approved.")
_ATTENDANCE = N_("Attendance of people who live here, by where they live.")


def _of_map(code: str, above: str, below: str = "", kind: Kind = "count", **more: str) -> Figure:
    """A figure that the map shows as well."""
    measure = MEASURES[code]
    return Figure(
        code, "care", measure.label, measure.definition, _CARE, "care", above, below, kind, measure.better,
        "visit.view", "visit.view", **more,
    )  # fmt: skip


FIGURES: Final[dict[str, Figure]] = {
    figure.code: figure
    for figure in (
        _of_map(
            "in_time", "in_time", "in_care", "share", rest="late", rest_label=MEASURES["late"].label,
            rest_definition=MEASURES["late"].definition, target="in_time", rows_label=N_("People reached in time"),
        ),
        _of_map("late", "late"),
        _of_map("unseen", "days", "in_care", "days", rows_label=MEASURES["in_care"].label),
        _of_map("in_care", "in_care"),
        _of_map("tried", "tried"),
        _of_map("load", "weekly", kind="visits", rows_label=MEASURES["in_care"].label),
        Figure(
            "contacts", "care", N_("Times somebody was met"),
            N_("Visits in which somebody was really met or spoken to, of whatever kind."),
            _VISITS, "visits", "contacts", action="visit.view", rows="visit.view",
        ),
        Figure(
            "attempts", "care", N_("Failed attempts"), N_("Visits in which nobody was met: they count for nothing."),
            _VISITS, "visits", "attempts", better="low", action="visit.view", rows="visit.view",
        ),
        Figure(
            "held", "posts", MEASURES["held"].label,
            N_("Of the open areas whose level expects somebody responsible (such as grids and buildings): the share "
               "where somebody held that post at the end of the period. The areas are those that there are today."),
            N_("Posts, with the days on which they began and ended."), "posts", "held", "expecting", "share", "high",
            "post.view", "post.view", rest="holes", rest_label=N_("Areas with nobody responsible"),
            rest_definition=N_("Open areas whose level expects somebody responsible, where nobody held that post at the end of the period."),
            rows_label=N_("Areas that somebody holds"),
        ),
        Figure(
            "filled", "shifts", N_("Shifts with enough people"),
            N_("Of the shifts up to today: the share that had at least as many people as they need."),
            _SHIFTS, "shifts", "filled", "shifts", "share", "high", "shift.view", "shift.view", rest="unfilled", rest_label=N_("Shifts that lacked people"),
            rest_definition=N_("Shifts that began with fewer people than they need."),
            target="filled", rows_label=N_("Shifts that had enough people"),
        ),
        Figure(
            "places", "shifts", N_("Places taken"),
            N_("Of all places of the shifts up to today: the share that somebody took."),
            _SHIFTS, "shifts", "taken", "places", "share", "high", "shift.view", "shift.view",
        ),
        Figure(
            "lead", "shifts", N_("Days ahead"),
            N_("Of the shifts that had enough people: how many days before they began the last one needed had signed up, "
               "on average."),
            _SHIFTS, "shifts", "lead", "led", "days", "high", "shift.view", "shift.view",
        ),
        Figure(
            "hours", "shifts", N_("Credited hours"),
            N_("Hours of service that rest on somebody having been seen at a shift: by code, ticked, or from its paper sheet."),
            _HOURS, "hours", "minutes", kind="hours", action="hours.view", rows="hours.view",
        ),
        Figure(
            "hours_by_hand", "shifts", N_("Hours made up by hand"),
            N_("Hours of service that were entered by hand, without a shift. They are never credited."),
            _HOURS, "hours", "minutes_by_hand", kind="hours", action="hours.view", rows="hours.view",
        ),
        Figure(
            "serving", "volunteers", N_("Volunteers who served"),
            N_("Different people with approved hours in the period. Hours that were corrected to nothing are none."),
            _HOURS, "hours", "serving", better="high", action="hours.view", rows="hours.view",
        ),
        Figure(
            "joined", "volunteers", N_("New volunteers"),
            N_("Volunteers who have been so since a day in the period; applications that were not accepted do not count."),
            N_("The volunteers' register."), "joining", "joined", better="high",
            action="volunteer.view", rows="volunteer.view",
        ),
        Figure(
            "paused", "volunteers", N_("Volunteers who pause"),
            N_("Volunteers whose status is a pause. Of earlier months it is known only from the day on which they were closed."),
            N_("The volunteers' register."), "volunteers", "paused",
            action="volunteer.view", rows="volunteer.view",
        ),
        Figure(
            "concentration", "volunteers", N_("Hours of the busiest tenth"),
            N_("Of all approved hours: the share that the tenth of the volunteers with most hours served. The higher, the "
               "more depends on few."),
            _HOURS, "hours", "top_served", "served", "share", "low", "hours.view", "hours.view",
        ),
        Figure(
            "dates", "activities", N_("Activities held"),
            N_("Dates of classes, parties, outings and other activities up to today, each counted; none of what was called off or never announced."),
            N_("Activities that were not called off, by where they are organised."), "sessions", "dates",
            action="activity.view", rows="activity.view",
        ),
        Figure(
            "attendances", "activities", N_("Times somebody came"),
            N_("Each time somebody who lives here came to a date of an activity."),
            _ATTENDANCE, "attendance", "attendances", better="high", action="activity.export", rows="activity.attend",
        ),
        Figure(
            "participants", "activities", N_("Took part"), DEFINITIONS["participants"],
            _ATTENDANCE, "attendance", "participants", better="high", action="activity.export", rows="activity.attend",
        ),
        Figure(
            "first", "activities", N_("For the first time"), DEFINITIONS["first"],
            _ATTENDANCE, "attendance", "first", better="high", action="activity.export", rows="activity.attend",
        ),
        Figure(
            "cost", "activities", N_("Cost per person"), DEFINITIONS["cost"],
            _ATTENDANCE, "attendance", "spent", "participants", "yuan", "low", "activity.export", "activity.attend",
        ),
    )
}  # fmt: skip

BASES: Final[Mapping[str, tuple[str, ...]]] = {
    "care": ("in_care", "in_time", "late", "days", "tried", "weekly"),
}
