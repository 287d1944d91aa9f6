"""Reached in time, or not: the one definition that the map, the start page, the lists and the preview of a rule share.

By the rule alone: somebody in care is reached in time while the day by which their rule asks for the next contact is not
over. Everybody else in care is not, also whoever no rule fits. "Overdue" is wider: the deadline of a warning or of
an event may be over, too, also for people who are not in care.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, not_

from db.care.tables import Due

_D = Due.__table__.c  # type: ignore[attr-defined]


def in_time(day: date) -> ColumnElement[bool]:
    """Rows of `care_due`: in care and reached in time, as of `day`."""
    return and_(_D.care_since.is_not(None), _by_rule(day))


def not_in_time(day: date) -> ColumnElement[bool]:
    """Rows of `care_due`: in care and not reached in time, as of `day`."""
    return and_(_D.care_since.is_not(None), not_(_by_rule(day)))


def _by_rule(day: date) -> ColumnElement[bool]:
    # Without a rule there is no such day: the first half is then false, and so is the whole.
    return and_(_D.every_days > 0, _D.due_on >= day)


def missed(row: Any, day: date) -> bool:
    """The same as `not_in_time` for a row that was read: `care_since`, `every_days`, `due_on`."""
    if row["care_since"] is None:
        return False
    return not row["every_days"] or row["due_on"] is None or row["due_on"] < day
