"""All entries of service time as a ledger: to search and to export, never to change."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, false, or_, select
from sqlalchemy import cast as sql_cast

from db.care.visits import in_areas
from db.fields import Option
from db.people import residents
from db.register import Computed, Filter, Register, Sort, Values, field_filter, register
from db.volunteers.hours import shown_name
from db.volunteers.tables import WARNING_OPTIONS, Hours, Volunteer
from db.words import N_
from db.work import Work

_H = Hours.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]


def _carrying(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """Entries with one of these warnings. They are kept as a list of codes in JSON."""
    known = [one.code for one in WARNING_OPTIONS if one.code in codes]
    return or_(false(), *(sql_cast(_H.warnings, String).contains(f'"{code}"') for code in known))


def _search(_work: Work, text: str) -> ColumnElement[bool]:
    """By the volunteer's name or number, or what was done."""
    who = select(_V.id).where(or_(_V.name.contains(text, autoescape=True), _V.number == text.upper()))
    return or_(_H.volunteer_id.in_(who), _H.what.contains(text, autoescape=True))


def _names(work: Work, rows: list[Values]) -> list[str]:
    ids = {row["volunteer_id"] for row in rows}
    found = {
        row.id: f"{row.number} {shown_name(work, row.name)}"
        for row in work.session.execute(select(_V.id, _V.number, _V.name).where(_V.id.in_(ids)))
    }
    return [found.get(row["volunteer_id"], "") for row in rows]


def _correcting(_work: Work, rows: list[Values]) -> list[str]:
    return ["yes" if row["corrects"] else "" for row in rows]


HOURS = register(
    Register(
        name="hours",
        table=Hours,
        title=N_("Hours of service"),
        one=N_("Entry of hours"),
        action="hours",
        label="what",
        carries=("volunteer_id", "corrects"),
        columns=("who", "day", "what", "minutes", "origin", "state", "correction", "warnings", "public_until"),
        sections=(),
        sorts=(
            Sort("newest", N_("Last day first"), ("day",), descending=True),
            Sort("oldest", N_("First day first"), ("day",)),
        ),
        search=_search,
        search_help=N_("Name or number of a volunteer, or what was done"),
        filters=(
            field_filter(Hours, "state"),
            field_filter(Hours, "origin"),
            Filter("warning", N_("Warnings"), _carrying, lambda _work: WARNING_OPTIONS),
            Filter("area", N_("Area"), in_areas(_H.area_path), residents.area_options("hours.view")),
        ),
        computed=(
            Computed("who", N_("Volunteer"), _names, ("volunteer_id",), sensitivity="name"),
            Computed("correction", N_("Correction"), _correcting, ("corrects",),
                     options=(Option("yes", N_("Yes")), Option("", "–"))),
        ),
        importable=False,
        topics=("hours",),
    )
)  # fmt: skip
