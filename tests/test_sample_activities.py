"""The sample community has a year of activities, and people who never came to any."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db import access, clock
from db.activities.need_tables import Need
from db.activities.tables import Activity, Attendance, Guest, Meeting, Taken, Venue
from db.commands import places as checking
from db.commands.findings import Findings
from db.identity import Account
from db.people.tables import Resident
from db.slots import Booking, Slot
from db.volunteers.tables import Volunteer
from db.work import unit
from tests.sample_template import at_home, sample_once

_A = Activity.__table__.c  # type: ignore[attr-defined]
_T = Attendance.__table__.c  # type: ignore[attr-defined]
_M = Meeting.__table__.c  # type: ignore[attr-defined]
_N = Need.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]
_S = Slot.__table__.c  # type: ignore[attr-defined]
_G = Guest.__table__.c  # type: ignore[attr-defined]
_R = Resident.__table__.c  # type: ignore[attr-defined]
_K = Taken.__table__.c  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    return sample_once(tmp_path_factory, template)


@pytest.fixture
def sample(folder: Path) -> Iterator[None]:
    with at_home(folder):
        yield


def rows(asked: Any) -> list[Any]:
    with unit(access.system(), "activity.view", write=False) as work:
        return list(work.session.execute(asked).all())


def test_a_year_of_everything(sample: None) -> None:
    kinds = Counter(row.kind for row in rows(select(_A.kind).where(_A.ends_on < clock.today())))
    classes = rows(select(_A.id).where(_A.kind == "class"))
    assert len(classes) == 12 and kinds["outing"] == 2 and kinds["talk"] == 3
    quarters = rows(select(_A.quarter).where(_A.kind == "birthday").distinct())
    assert len(quarters) == 4
    assert rows(select(func.count()).select_from(Venue))[0][0] == 4
    assert {row.state for row in rows(select(_A.state).distinct())} == {"draft", "announced", "cancelled"}


def test_what_is_to_come_is_partly_full(sample: None) -> None:
    waiting = rows(
        select(_S.title, _S.taken, _S.capacity, _S.waiting).where(_S.kind == "activity", _S.waiting > 0)
    )
    assert len(waiting) == 1 and {row.taken == row.capacity for row in waiting} == {True}


def test_many_come_and_most_of_those_alone_never(sample: None) -> None:
    marks = Counter(row.mark for row in rows(select(_T.mark)))
    assert marks["came"] > 2000 and marks["missed"] > 50 and marks["excused"] > 50
    alone = rows(
        select(_R.id, _K.times)
        .outerjoin(Taken, _K.resident_id == _R.id)
        .where(_R.living == "alone", _R.status == "resident")
    )
    never = sum(row.times is None for row in alone)
    assert len(alone) > never > 0.8 * len(alone)


def test_birthday_guests_got_their_gifts(sample: None) -> None:
    given = rows(
        select(func.count()).select_from(Guest).join(Activity, _A.id == _G.activity_id)
        .where(_A.kind == "birthday", _G.gift_at.is_not(None))
    )  # fmt: skip
    assert given[0][0] >= 60


def test_a_need_led_to_a_class_and_the_volunteer_takes_part(sample: None) -> None:
    (need,) = rows(select(_N.activity_id, _A.title).join(Activity, _A.id == _N.activity_id))
    assert need.title.startswith("书法班")
    (own,) = rows(
        select(_V.id).join(Account, _V.account_id == Account.id).where(Account.username == "volunteer")
    )
    key = f"v{own.id}"
    since = clock.today() - timedelta(days=14)
    came = rows(select(_T.slot_id).where(_T.person_key == key, _T.mark == "came", _T.on >= since))
    for one in came:  # and stands among those who had a place: they are asked how it was
        assert rows(select(_B.id).where(_B.person_key == key, _B.live == 1, _B.slot_id == one.slot_id))
    assert came
    assert rows(
        select(_B.id)
        .join(Slot, _S.id == _B.slot_id)
        .where(_B.person_key == key, _B.live == 1, _S.kind == "activity")
    )


def test_counters_and_last_seen_follow_from_the_rows(sample: None) -> None:
    findings = Findings()
    checking.look(findings)
    assert not findings.wrong
