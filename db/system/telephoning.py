"""The list of those whom no message reaches: whom to call about what, and what came of it in one tap."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from db.access import within
from db.errors import Refused
from db.system.messages import PAGE, WEEK, Kind, Message, kind_of
from db.words import N_
from db.work import Work, command, query

MOST_CALLS = 100

RESULTS = {
    "reached": N_("Reached"),
    "yes": N_("Said yes"),
    "no": N_("Said no"),
    "not_reached": N_("Not reached"),
}
"""What can come of a call. After `not_reached` the person stays on the list."""
DONE = tuple(result for result in RESULTS if result != "not_reached")

_M = Message.__table__.c  # type: ignore[attr-defined]

Telephone = Callable[[Work, str, str], str]
Having = Callable[[Work, Collection[int]], set[int]]
_telephones: dict[str, Telephone] = {}
_having: dict[str, Having] = {}


def telephone(prefix: str, having: Having) -> Callable[[Telephone], Telephone]:
    """The function that knows the telephone of people whose key begins with `prefix`: (work, key, reason) → number.

    It checks the right of the viewer and records the look itself. `having`: who of these has one now (ids).
    """

    def known(function: Telephone) -> Telephone:
        _telephones[prefix] = function
        _having[prefix] = having
        return function

    return known


@dataclass(frozen=True)
class Call:
    """Whom to call about what. After a call `result` says what came of it, `called_name` who called and when."""

    id: int
    name: str
    kind: Kind
    facts: dict[str, Any]
    link: str
    made_at: datetime
    phone_known: bool
    result: str
    called_at: datetime | None
    called_name: str


@dataclass(frozen=True)
class Calls:
    """Who is still to be called, the longest waiting first, and who was called within a week, the last first."""

    waiting: tuple[Call, ...]
    more: bool
    done: tuple[Call, ...]


@query("message.phone")
def calls(work: Work) -> Calls:
    """The telephone list of the viewer's areas."""
    mine = within(work.viewer, "message.phone", _M.area_path)
    asked = select(Message.__table__).where(mine)  # type: ignore[attr-defined]
    waiting = work.session.execute(
        asked.where(_M.needs_phone.is_(True)).order_by(_M.id).limit(MOST_CALLS + 1)
    ).all()
    done = work.session.execute(
        asked.where(_M.called_at > work.now - WEEK, _M.called_result.in_(DONE))
        .order_by(_M.called_at.desc())
        .limit(PAGE)
    ).all()
    shown = waiting[:MOST_CALLS]
    have = _with_telephone(work, shown)
    return Calls(
        tuple(_call(row, row.to_key in have) for row in shown), len(waiting) > MOST_CALLS,
        tuple(_call(row, row.phone_known) for row in done),
    )  # fmt: skip


def _with_telephone(work: Work, rows: Sequence[Any]) -> set[str]:
    """The keys of those who have a telephone now, also when it was added after they were written to."""
    found: set[str] = set()
    for prefix, having in _having.items():
        keys = {row.to_key for row in rows if row.to_key.startswith(prefix)}
        ids = {int(key.removeprefix(prefix)) for key in keys if key.removeprefix(prefix).isdecimal()}
        found |= {f"{prefix}{one}" for one in having(work, ids)} if ids else set()
    return found


def _call(row: Any, phone_known: bool) -> Call:
    return Call(
        row.id, row.name, kind_of(row.kind), row.facts, row.link, row.made_at, phone_known,
        row.called_result, row.called_at, row.called_name,
    )  # fmt: skip


@command("message.phone")
def called(work: Work, *, message_id: int, result: str) -> None:
    """Note what came of a call. Refused `record.not_found`, `call.result`, `call.done` (with `name`), and what the
    room refuses that the message comes from."""
    if result not in RESULTS:
        raise Refused("call.result")
    row = _to_call(work, message_id)
    done = work.session.execute(
        update(Message)
        .where(_M.id == message_id, _M.needs_phone.is_(True))
        .values(
            needs_phone=result == "not_reached", called_at=work.now, called_by=work.viewer.account_id,
            called_name=work.viewer.name, called_result=result,
        )
    )  # fmt: skip
    if done.rowcount == 0:  # type: ignore[attr-defined]
        raise Refused("call.done", name=row.called_name)
    work.log(
        "message", message_id, row.name, {"call": (row.called_result or None, result)}, area_path=row.area_path,
        reason=row.kind, action="message.called",
    )  # fmt: skip
    work.touch("messages")
    heard = kind_of(row.kind).when_called
    if heard is not None:
        heard(work, row.to_key, row.subject, result)


@command("message.phone")
def call_again(work: Work, *, message_id: int) -> None:
    """Put somebody back on the list who was ticked by mistake.

    Refused `record.not_found`, `call.kept` where something followed from what was ticked.
    """
    row = _to_call(work, message_id)
    if row.called_result not in RESULTS or (
        kind_of(row.kind).when_called is not None and row.called_result in ("yes", "no")
    ):
        raise Refused("call.kept")
    work.session.execute(
        update(Message).where(_M.id == message_id).values(needs_phone=True, called_result="", called_at=None)
    )
    work.log(
        "message", message_id, row.name, {"call": (row.called_result, None)}, area_path=row.area_path,
        reason=row.kind, action="message.called",
    )  # fmt: skip
    work.touch("messages")


@command("message.phone")
def number_to_call(work: Work, *, message_id: int, reason: str) -> str:
    """The telephone of somebody on the list. Who looked and why is recorded.

    Refused `record.not_found`, `call.no_number`, `reveal.reason`, and what the room refuses that knows it.
    """
    row = _to_call(work, message_id)
    reason = reason.strip()
    if len(reason) < 2:
        raise Refused("reveal.reason")
    known = next((one for prefix, one in _telephones.items() if row.to_key.startswith(prefix)), None)
    number = known(work, row.to_key, reason) if known is not None else ""
    if not number:
        raise Refused("call.no_number")
    work.log(
        "message", message_id, row.name, area_path=row.area_path, reason=reason[:200], action="message.number"
    )
    return number


def _to_call(work: Work, message_id: int) -> Any:
    """A message of the telephone list. Refused `record.not_found`."""
    row = work.session.execute(
        select(_M.to_key, _M.name, _M.kind, _M.subject, _M.area_path, _M.called_name, _M.called_result).where(
            _M.id == message_id,
            within(work.viewer, "message.phone", _M.area_path),
            or_(_M.needs_phone.is_(True), _M.called_result != ""),
        )
    ).first()
    if row is None:
        raise Refused("record.not_found")
    return row
