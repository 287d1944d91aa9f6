"""Sending what waits: after each commit that left something, and once a minute; never in anybody's transaction.

A process takes a delivery by an update that only one can win, sends it, and writes what came back. When it is killed
in between, another one takes the delivery again after LOST_AFTER. Killed in the moment between the receiver's yes and
the write, the receiver gets it twice: robots and mail servers know no way to ask, and a message lost is worse.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from db import access, changes, clock, engine
from db.access import Viewer
from db.errors import Refused
from db.identity import Account
from db.system import community, jobs, messages
from db.system.channels import Channel, Delivery, MailAddress, addressed, checked_mail
from db.system.messages import Addressee, Message, after_the_night, kind_of, mail_key
from db.system.outside import Answer, hand_over
from db.words import N_
from db.work import Work, unit

log = logging.getLogger("linli.messages")

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""How long to wait after each try; after the last one it is given up."""
TRIES = len(PAUSES) + 1
LOST_AFTER = timedelta(minutes=2)
STALE = timedelta(days=1)
"""What could not go out for so long is no news any more."""
THREADS = 4
AT_ONCE = 200
PATIENCE = 2
"""So many failures in a row, and a channel is left alone until the next minute."""
TELL_EVERY = timedelta(days=1)

_C, _D, _M = Channel.__table__.c, Delivery.__table__.c, Message.__table__.c  # type: ignore[attr-defined]
_A, _E = Account.__table__.c, MailAddress.__table__.c  # type: ignore[attr-defined]

Translate = Callable[[str, str], str]
_translate: Translate = lambda text, _language: text  # noqa: E731 until the screens say how

TRIAL = N_("This is a test message. Whoever reads it sees that the way from Linli to here works.")
FAILED = "channel.failed"
messages.declare(
    FAILED,
    title=N_("Messages do not go out by “{channel}”"),
    body=N_("It was tried five times. Look at it in the settings; what concerns people is in their inbox."),
    outside="",
)


def speak(translate: Translate) -> None:
    """How a text is said in a language. The words belong to the screens."""
    global _translate
    _translate = translate


@dataclass(frozen=True)
class _Taken:
    """A delivery that this process sends, with all that it needs for it."""

    id: int
    attempts: int
    urgent: bool
    channel_id: int
    address: str
    title: str
    body: str


def deliver() -> int:
    """Send what waits, through several channels at once; returns how many were taken by their receivers."""
    waiting = _waiting()
    with ThreadPoolExecutor(THREADS, "messages") as threads:
        return sum(threads.map(lambda one: _through(*one), waiting.items()))


def _waiting() -> dict[int, list[int]]:
    """What is to be sent now, by channel, the longest waiting first. At night only what is urgent."""
    now = clock.now()
    with engine.reading() as session:
        asked = select(_D.id, _D.channel_id).where(_free()).order_by(_D.next_try_at, _D.id).limit(AT_ONCE)
        if after_the_night(session, now) != now:
            asked = asked.where(_D.urgent.is_(True))
        found: dict[int, list[int]] = {}
        for row in session.execute(asked):
            found.setdefault(row.channel_id, []).append(row.id)
    return found


def _free() -> ColumnElement[bool]:
    now = clock.now()
    return or_(
        and_(_D.state == "waiting", _D.next_try_at <= now),
        and_(_D.state == "sending", _D.next_try_at <= now, _D.taken_at < now - LOST_AFTER),
    )


def _through(channel_id: int, ids: list[int]) -> int:
    """Send through one channel, one after the other; returns how many were taken."""
    sent = failed = 0
    for delivery_id in ids:
        if jobs.stopping() or failed >= PATIENCE:
            break
        try:
            taken = _take(delivery_id)
            if taken is None:
                continue
            answer = hand_over(taken.address, taken.title, taken.body)
            _keep(taken, answer)
        except Exception:
            log.exception("A message could not be sent through channel %s", channel_id)
            failed += 1
            continue
        sent, failed = (sent + 1, 0) if answer.ok else (sent, failed + 1)
    return sent


def _take(delivery_id: int) -> _Taken | None:
    """Make it ours, unless another process was faster or there is no reason to send it any more."""
    with engine.writing() as session:
        row = session.execute(
            select(
                _D.attempts, _D.urgent, _D.made_at, _D.channel_id, _M.kind, _M.link, _M.to_key, _M.account_id,
                _C.whom, _C.active, _C.address, _A.language,
            )
            .select_from(
                Delivery.__table__.join(Message.__table__, _M.id == _D.message_id)  # type: ignore[attr-defined]
                .join(Channel.__table__, _C.id == _D.channel_id)  # type: ignore[attr-defined]
                .outerjoin(Account.__table__, _A.id == _M.account_id)  # type: ignore[attr-defined]
            )
            .where(_D.id == delivery_id, _free())
        ).first()  # fmt: skip
        if row is None:
            return None
        now = clock.now()
        mine = and_(_D.id == delivery_id, _D.attempts == row.attempts, _free())
        address, language = row.address or "", "zh"
        if row.whom == "person":
            to = session.execute(
                select(_E.address).where(_E.to_key == mail_key(row.to_key, row.account_id))
            ).scalar()
            address, language = addressed(address, to) if to else "", row.language or "zh"
        end: dict[str, Any] = {}
        if not row.active or not address:
            end = {"state": "dropped"}
        elif row.made_at < now - STALE:
            end = {"state": "gave_up", "problem": "outside.late", "detail": ""}
        values: dict[str, Any] = end or {"state": "sending", "attempts": row.attempts + 1, "taken_at": now}
        won = session.execute(update(Delivery).where(mine).values(**values))
        if end or won.rowcount != 1:  # type: ignore[attr-defined]
            return None
        title = f"邻里 · {community.get(session, 'community_name') or 'Linli'}"
        base = str(community.get(session, "public_address")).rstrip("/")
    said = _translate(kind_of(row.kind).outside, language)
    if base.startswith(("http://", "https://")):
        said += f"\n{base}{row.link or '/inbox'}"
    return _Taken(delivery_id, row.attempts + 1, row.urgent, row.channel_id, address, title, said)


def _keep(taken: _Taken, answer: Answer) -> None:
    """`_settle`, and once more when the database is busy: what was sent must not be sent again."""
    for left in (2, 1, 0):
        try:
            return _settle(taken, answer)
        except Refused as refused:
            if refused.code != "system.busy" or not left:
                raise
    return None


def _settle(taken: _Taken, answer: Answer) -> None:
    """Write what came back: sent, another try later, or given up and told to the administrators."""
    now = clock.now()
    given_up = not answer.ok and taken.attempts >= TRIES
    with engine.writing() as session:
        values: dict[str, Any] = {"problem": answer.problem, "detail": answer.detail}
        if answer.ok:
            values |= {"state": "sent", "sent_at": now}
        elif given_up:
            values |= {"state": "gave_up"}
        else:
            again = now + PAUSES[taken.attempts - 1]
            values |= {
                "state": "waiting",
                "next_try_at": again if taken.urgent else after_the_night(session, again),
            }
        session.execute(
            update(Delivery)
            .where(_D.id == taken.id, _D.attempts == taken.attempts, _D.state == "sending")
            .values(**values)
        )
        session.execute(update(Channel).where(_C.id == taken.channel_id).values(**_noted(answer)))
        changes.bump(session, ["channels"])
    changes.look_again()
    if given_up:
        _tell(taken.channel_id)


def _noted(answer: Answer) -> dict[str, Any]:
    if answer.ok:
        return {"last_ok_at": clock.now()}
    return {"last_problem": answer.problem, "last_detail": answer.detail, "last_problem_at": clock.now()}


def _tell(channel_id: int) -> None:
    """The administrators find in their inbox that a channel does not work, once a day at most."""
    with unit(access.system(), "channel.edit", write=True) as work:
        channel = work.session.get(Channel, channel_id)
        if channel is None:
            return
        work.log("channel", channel_id, channel.name, action="channel.gave_up")
        if channel.told_at is not None and channel.told_at > work.now - TELL_EVERY:
            return
        channel.told_at = work.now
        work.session.add(channel)
        messages.send(
            work, to=_administrators(work), kind=FAILED, subject=f"channel:{channel_id}",
            facts={"channel": channel.name}, link="/settings?part=channels",
        )  # fmt: skip


def _administrators(work: Work) -> list[Addressee]:
    rows = work.session.execute(select(_A.id, _A.name).where(_A.role == "admin", _A.active.is_(True)))
    return [Addressee(f"a{row.id}", row.name, row.id) for row in rows]


def try_out(who: Viewer | None, *, channel_id: int, to: str = "") -> Answer:
    """Send a test through a channel and say what came back. `to`: the mail address, where people get mail.

    Refused `access.denied`, `record.not_found`, `mail.address`.
    """
    with unit(who, "channel.edit", write=False) as work:
        channel = work.session.get(Channel, channel_id)
        if channel is None or not channel.address:
            raise Refused("record.not_found")
        address, name = channel.address, channel.name
        if channel.whom == "person":
            address = addressed(address, checked_mail(to))
        title = f"邻里 · {community.get(work, 'community_name') or 'Linli'}"
        language = work.viewer.language or "zh"
    answer = hand_over(address, title, _translate(TRIAL, language))
    with unit(who, "channel.edit", write=True) as work:
        work.session.execute(update(Channel).where(_C.id == channel_id).values(**_noted(answer)))
        work.log("channel", channel_id, name, {"ok": (None, answer.ok)}, action="channel.test")
        work.touch("channels")
    return answer


# When it is done

_busy = threading.Lock()
_again = threading.Event()


@messages.on_sent
@jobs.every(minutes=1, name="messages.deliver")
def deliver_soon() -> None:
    """Have it done in a thread of its own: a receiver that does not answer keeps nobody else waiting."""
    if not jobs.here():
        return
    _again.set()
    if not _busy.locked():
        threading.Thread(target=_deliver_all, name="messages", daemon=True).start()


def _deliver_all() -> None:
    while _again.is_set() and _busy.acquire(blocking=False):
        try:
            _again.clear()
            deliver()
        except Exception:
            log.exception("What waits could not be sent")
        finally:
            _busy.release()
