"""Signing up a whole list for an activity: a WeChat 接龙 or a workbook, looked through before anything is done.

Names are matched with the residents of the viewer's areas. Only those are read who may be meant by somebody on the
list, through the find keys: the list of a hundred thousand is never read.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from db import clock, parsing, places
from db.access import within
from db.activities import guests, people, signing_up
from db.activities.judging import judge
from db.clashing import Clash
from db.parsing.chains import Entry, Person
from db.people import finding
from db.people.ages import age_on
from db.people.tables import Resident
from db.slots import Booking
from db.volunteers.pasted import Applied, Row, look_through, put_down
from db.work import Work, command, query

EACH = 40
"""So many residents at most are looked at for one name that is nobody's, or for one number."""
AT_ONCE = 300

_R = Resident.__table__.c  # type: ignore[attr-defined]
_B = Booking.__table__.c  # type: ignore[attr-defined]


def _who_may_be_meant(work: Work, entries: Sequence[Entry]) -> dict[int, Any]:
    """The residents of the viewer's areas whose name or number is, or is like, one of the list."""
    if work.viewer.sees("name") != "clear":
        return {}
    names = {entry.name.replace(" ", "") for entry in entries if entry.name}
    found = _read(work, _R.name_key, {finding.name_key(one, parsing.initials(one)) for one in names})
    there = {row.name for row in found.values()}
    asked = [one for one in sorted(names - there) if len(one) > 1 and "*" not in one]
    numbers = {entry.phone for entry in entries if entry.phone}
    others: set[int] = set()
    for text in (*asked, *sorted(numbers)):
        others.update(_like(work, text))
    return found | _read(work, _R.id, others - set(found))


def _like(work: Work, text: str) -> Iterable[int]:
    """Who is found by typing this, or by the first or the last two characters of a name of three."""
    for word in (text, text[:2], text[-2:]) if len(text) == 3 and not text.isascii() else (text,):
        hit = finding.reach(work, word)
        if hit.through is None:
            continue
        yield from work.session.execute(
            select(hit.through.record_id).where(hit.through.where).limit(EACH)
        ).scalars()


def _read(work: Work, column: Any, wanted: set[Any]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    some = sorted(wanted)
    for start in range(0, len(some), AT_ONCE):
        rows = work.session.execute(
            select(_R.id, _R.name, _R.phone, _R.address, _R.born)
            .where(
                column.in_(some[start : start + AT_ONCE]),
                _R.status == "resident",
                within(work.viewer, "activity.sign_up", _R.place),
            )
            .order_by(_R.place, _R.id)
        )
        found.update((row.id, row) for row in rows)
    return found


@query("activity.sign_up")
def dry_run(
    work: Work, *, activity_id: int, entries: Sequence[Entry], chosen: Mapping[int, int | None] | None = None,
    slot_id: int | None = None,
) -> list[Row]:  # fmt: skip
    """What signing up these people would do, in their order. `chosen` says who is meant by doubtful ones, by their
    number in the list. Nothing is written. Refused as `signing_up.sign_up`.
    """
    activity = signing_up.announced(work, activity_id)
    slot = signing_up.slot_for(work, activity, slot_id)
    rows = _who_may_be_meant(work, entries)
    rows |= _read(work, _R.id, {one for one in (chosen or {}).values() if one} - set(rows))
    has = set(
        work.session.execute(
            select(_B.resident_id).where(_B.slot_id == slot.id, _B.live == 1, _B.resident_id.is_not(None))
        ).scalars()
    )
    sees, today = work.viewer.sees("contact") != "none", clock.today()

    def against(resident_id: int) -> Sequence[Clash]:
        person = people.resident(work, resident_id)
        return judge(work, slot, person.key if person else "")

    return look_through(
        entries,
        [Person(one, row.name, _digits(row.phone) if sees else "") for one, row in rows.items()],
        {one: (row.address or "", age_on(row.born, today) if row.born else None) for one, row in rows.items()},
        has=has, lottery=slot.mode == "lottery" and slot.drawn_at is None,
        free=slot.capacity - slot.taken if not slot.waiting else 0, judge=against, chosen=chosen,
    )  # fmt: skip


def _digits(phone: str | None) -> str:
    return "".join(sign for sign in (phone or "").split("、")[0] if sign.isdigit())


@command("activity.sign_up")
def apply(
    work: Work, *, activity_id: int, resident_ids: Sequence[int], slot_id: int | None = None,
    remarks: Mapping[int, str] | None = None,
) -> Applied:  # fmt: skip
    """Sign these residents up in this order; when the places are gone the rest stand in line. `remarks` stay with whoever
    is signed up, beside what is noted of them already.

    Each is judged again; who cannot is left out and said. Who does not live in the own areas is passed over.
    """
    activity = signing_up.announced(work, activity_id)
    rows = _read(work, _R.id, set(resident_ids))
    wanted = [one for one in dict.fromkeys(resident_ids) if one in rows]
    keys = [person.key for one in wanted if (person := people.resident(work, one)) is not None]
    places.hold_still(work, keys)

    def sign_up(resident_id: int) -> str:
        state = signing_up.sign_up(
            work, activity_id=activity_id, resident_id=resident_id, slot_id=slot_id
        ).state
        guests.remark(work, activity, resident_id, (remarks or {}).get(resident_id, ""))
        return state

    return put_down({one: rows[one].name for one in wanted}, wanted, sign_up)
