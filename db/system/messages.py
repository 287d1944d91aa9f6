"""Messages to people: one mechanism for all rooms. Each has an inbox; what goes out besides is in `delivering`.

    messages.declare("shift.open", title=N_("Who can come on {day}?"), body=N_("{title}: {free} places."), group=True)
    sent = messages.send(work, to=people, kind="shift.open", subject="shift:7", facts={...}, capped=True)

A message is kept as its kind and facts, so that everybody reads it in their own language. Outside goes only a
sentence without any facts, and a link: who is meant, where they live and why is nobody's business there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, Index, delete, event, func, insert, select, text, update
from sqlmodel import Field, Session, SQLModel

from db import access, clock
from db.engine import BYTEWISE
from db.identity import Account
from db.record import moment
from db.system import channels, community
from db.system.channels import Delivery, MailAddress, own_key
from db.system.jobs import every, plain
from db.words import N_
from db.work import Work, command, query, unit

WEEK = timedelta(days=7)
KEPT = timedelta(days=180)
PAGE = 30
MOST_UNREAD = 99


class Message(SQLModel, table=True):
    """What one person is told."""

    __table_args__ = (
        Index("ix_message_account", "account_id", "id"),
        Index("ix_message_unread", "account_id", "read_at", "id"),
        Index("ix_message_person", "to_key", "made_at"),
        Index("ix_message_area", "area_path"),
        Index("ix_message_phone", "needs_phone", "area_path", "id"),
        Index("ix_message_called", "called_at"),
        Index("ix_message_subject", "subject"),
        Index("ix_message_made", "made_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    to_key: str = Field(sa_type=BYTEWISE)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    name: str
    kind: str
    subject: str = Field(default="", sa_type=BYTEWISE)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    link: str = ""
    area_path: str = Field(default="", sa_type=BYTEWISE)
    capped: bool = False
    made_at: datetime = moment(nullable=False)
    made_by: int | None = None
    made_name: str = ""
    read_at: datetime | None = moment()
    needs_phone: bool = False  # somebody is still to call
    phone_known: bool = False
    called_at: datetime | None = moment()
    called_by: int | None = None
    called_name: str = ""
    called_result: str = ""


_M, _A = Message.__table__.c, Account.__table__.c  # type: ignore[attr-defined]
_D, _E = Delivery.__table__.c, MailAddress.__table__.c  # type: ignore[attr-defined]

WhenCalled = Callable[[Work, str, str, str], None]


@dataclass(frozen=True)
class Kind:
    """A kind of message. `title` and `body` are filled from the facts; `outside` has none."""

    title: str
    body: str
    outside: str
    group: bool  # the robots of the office's groups say it too, once
    when_called: WhenCalled | None  # hears key, subject and result of a call


_kinds: dict[str, Kind] = {}
_on_sent: list[Callable[[], None]] = []

OUTSIDE = N_("There is a message for you in Linli.")


def declare(
    kind: str, *, title: str, body: str, outside: str = OUTSIDE, group: bool = False,
    when_called: WhenCalled | None = None,
) -> None:  # fmt: skip
    """Make a kind of message known. With `outside` empty it stays in the inbox.

    Facts that are dates, as ISO text, are written in the reader's way. `when_called` works in the unit of work of
    whoever called, and may refuse.
    """
    if "{" in outside:
        raise ValueError(f"{kind}: what goes outside carries no facts")
    _kinds[kind] = Kind(title, body, outside, group, when_called)


def kind_of(kind: str) -> Kind:
    """A kind, or what stands for one that this version does not know any more."""
    return _kinds.get(kind) or Kind(N_("A message"), "", OUTSIDE, False, None)


def on_sent(function: Callable[[], None]) -> Callable[[], None]:
    """Call `function` after each commit that left something to be sent."""
    _on_sent.append(function)
    return function


# Telling somebody


@dataclass(frozen=True)
class Addressee:
    """Whom to tell. `key` stays the same for a person: "v31" (volunteer), "r17" (resident)."""

    key: str
    name: str
    account_id: int | None = None
    phone_known: bool = False


@dataclass(frozen=True)
class Sent:
    """How many were told: in the inbox of an account, by mail besides or instead, by a call that somebody must make.

    `held_back` are the keys of those who got as many as they may within seven days: they are not told.
    """

    inbox: int = 0
    mail: int = 0
    phone: int = 0
    held_back: tuple[str, ...] = ()


def send(
    work: Work, *, to: Sequence[Addressee], kind: str, subject: str, facts: Mapping[str, Any], link: str = "",
    area_path: str = "", capped: bool = False, urgent: bool = False,
) -> Sent:  # fmt: skip
    """Tell people something, in the transaction of what it is about.

    `subject` names that, such as "shift:7" (see `moot`); `link` is an address within the application ("/shifts?id=7");
    staff of `area_path` call whoever has neither an account nor mail. `capped`: not more than the setting
    `message_cap` within seven days for each. `urgent`: goes out at night too.
    """
    if kind not in _kinds:
        raise KeyError(f"no such message: {kind}")
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"{link} is no page of the application")
    people = list({one.key: one for one in to}.values())
    held_back = _at_their_cap(work, people) if capped else set()
    told = [one for one in people if one.key not in held_back]
    accounts = _accounts(work, told)
    mails = _with_mail(work, told, accounts)
    rows: list[dict[str, Any]] = []
    for one in told:
        account_id = one.account_id if one.account_id in accounts else None
        rows.append(
            {
                "to_key": one.key, "account_id": account_id, "name": one.name, "kind": kind, "subject": subject,
                "facts": plain(dict(facts)), "link": link, "area_path": area_path, "capped": capped,
                "made_at": work.now, "made_by": work.viewer.account_id, "made_name": work.viewer.name,
                "needs_phone": account_id is None and one.key not in mails, "phone_known": one.phone_known,
                "called_name": "", "called_result": "",
            }
        )  # fmt: skip
    if rows:
        _write(work, _kinds[kind], rows, mails, urgent)
    sent = Sent(
        inbox=sum(row["account_id"] is not None for row in rows),
        mail=len(mails) if _kinds[kind].outside else 0,
        phone=sum(row["needs_phone"] for row in rows),
        held_back=tuple(sorted(held_back)),
    )
    changes = {
        "people": (None, len(rows)),
        "by_phone": (None, sent.phone),
        "held_back": (None, len(held_back)),
    }
    work.log(
        "message", None, subject or kind, {name: pair for name, pair in changes.items() if pair[1]},
        area_path=area_path, reason=kind, action="message.send",
    )  # fmt: skip
    work.touch("messages")
    return sent


def _at_their_cap(work: Work, people: list[Addressee]) -> set[str]:
    """Who got as many capped messages within seven days as they may."""
    keys = sorted(one.key for one in people)
    if work.session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        for key in keys:
            work.session.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"message {key}"}
            )
    most = int(community.get(work, "message_cap"))
    if most == 0:
        return set(keys)
    return set(
        work.session.execute(
            select(_M.to_key)
            .where(_M.to_key.in_(keys), _M.capped.is_(True), _M.made_at > work.now - WEEK)
            .group_by(_M.to_key)
            .having(func.count() >= most)
        ).scalars()
    )


def _accounts(work: Work, people: list[Addressee]) -> set[int]:
    """The accounts among them that can sign in."""
    ids = [one.account_id for one in people if one.account_id is not None]
    return set(work.session.execute(select(_A.id).where(_A.id.in_(ids), _A.active.is_(True))).scalars())


def _with_mail(work: Work, people: list[Addressee], accounts: set[int]) -> set[str]:
    """The keys of those who have a mail address, where mail goes out at all."""
    if channels.mail_channel(work) is None:
        return set()
    by_key = {
        mail_key(one.key, one.account_id if one.account_id in accounts else None): one.key for one in people
    }
    found = work.session.execute(select(_E.to_key).where(_E.to_key.in_(list(by_key)))).scalars()
    return {by_key[key] for key in found}


def mail_key(key: str, account_id: int | None) -> str:
    """Under which key the mail address of a person is kept."""
    return own_key(account_id) if account_id is not None else key


def _write(work: Work, kind: Kind, rows: list[dict[str, Any]], mails: set[str], urgent: bool) -> None:
    """The messages, and what of them waits to go out."""
    made = work.session.execute(insert(Message).returning(_M.id, _M.to_key), rows).all()
    ids = {row.to_key: row.id for row in made}
    ways: list[tuple[int, int]] = []
    if kind.outside:
        mail = channels.mail_channel(work) if mails else None
        ways += [(ids[key], mail) for key in sorted(mails) if mail is not None]
        if kind.group:
            first = min(ids.values())
            ways += [(first, office) for office in channels.office_channels(work)]
    if not ways:
        return
    at = work.now if urgent else after_the_night(work.session, work.now)
    work.session.execute(
        insert(Delivery),
        [
            {
                "message_id": message_id, "channel_id": channel_id, "urgent": urgent, "state": "waiting",
                "attempts": 0, "made_at": work.now, "next_try_at": at, "problem": "", "detail": "",
            }
            for message_id, channel_id in ways
        ],
    )  # fmt: skip
    event.listen(work.session, "after_commit", _wake, once=True)


def _wake(_session: Session) -> None:
    for function in _on_sent:
        function()


def after_the_night(session: Session, at: datetime) -> datetime:
    """`at`, or the end of the quiet time that it lies in (settings `quiet_from`, `quiet_until`)."""
    start, end = (int(community.get(session, name)) for name in ("quiet_from", "quiet_until"))
    local = at.astimezone(clock.PLACE)
    over_midnight = start > end
    quiet = local.hour >= start or local.hour < end if over_midnight else start <= local.hour < end
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if over_midnight and local.hour >= start else 0)
    return datetime.combine(day, time(end), clock.PLACE).astimezone(at.tzinfo)


def moot(work: Work, subject: str) -> int:
    """What `subject` was about is settled: nobody need call about it any more, and what still waits does not go out.

    Returns how many messages that concerned. Inboxes keep them.
    """
    about = select(_M.id).where(_M.subject == subject)
    calls = work.session.execute(
        update(Message)
        .where(_M.subject == subject, _M.needs_phone.is_(True))
        .values(needs_phone=False, called_result="moot")
    )
    waits = work.session.execute(
        update(Delivery)
        .where(_D.message_id.in_(about), _D.state == "waiting")
        .values(state="dropped")
        .execution_options(synchronize_session=False)
    )
    many = int(calls.rowcount) + int(waits.rowcount)  # type: ignore[attr-defined]
    work.log("message", None, subject, {"dropped": (None, many)}, action="message.moot")
    if many:
        work.touch("messages")
    return many


# The inbox


@dataclass(frozen=True)
class Entry:
    """A message as its reader has it. `facts` fill the texts of the kind."""

    id: int
    kind: Kind
    facts: dict[str, Any]
    link: str
    made_at: datetime
    made_name: str
    read: bool


@dataclass(frozen=True)
class Inbox:
    """One page, the newest first; `older` is where the next one begins."""

    entries: tuple[Entry, ...]
    older: int | None


@query("inbox.view")
def inbox(work: Work, *, before: int | None = None) -> Inbox:
    """The messages to the viewer's own account."""
    asked = select(_M.id, _M.kind, _M.facts, _M.link, _M.made_at, _M.made_name, _M.read_at).where(
        _M.account_id == work.viewer.account_id
    )
    if before is not None:
        asked = asked.where(_M.id < before)
    rows = work.session.execute(asked.order_by(_M.id.desc()).limit(PAGE + 1)).all()
    entries = tuple(
        Entry(row.id, kind_of(row.kind), row.facts, row.link, row.made_at, row.made_name, row.read_at is not None)
        for row in rows[:PAGE]
    )  # fmt: skip
    return Inbox(entries, entries[-1].id if len(rows) > PAGE else None)


@query("inbox.view")
def unread(work: Work) -> int:
    """How many messages the viewer has not read; counted up to 100."""
    some = (
        select(_M.id)
        .where(_M.account_id == work.viewer.account_id, _M.read_at.is_(None))
        .limit(MOST_UNREAD + 1)
        .subquery()
    )
    return int(work.session.execute(select(func.count()).select_from(some)).scalar_one())


@command("inbox.view")
def read(work: Work, *, upto: int, only: bool = False) -> None:
    """Mark as read what is as old as the message `upto`, or that message only.

    When somebody reads what is theirs is nobody's business: it is not in the audit trail.
    """
    which = _M.id == upto if only else _M.id <= upto
    done = work.connection.execute(
        update(Message)
        .where(_M.account_id == work.viewer.account_id, _M.read_at.is_(None), which)
        .values(read_at=work.now)
    )
    if done.rowcount:
        work.touch("messages")


@every(minutes=24 * 60, name="messages.old")
def forget_old() -> None:
    """After half a year nobody needs a message any more."""
    with unit(access.system(), "settings.edit", write=True) as work:
        old = select(_M.id).where(_M.made_at < work.now - KEPT)
        work.session.execute(
            delete(Delivery).where(_D.message_id.in_(old)).execution_options(synchronize_session=False)
        )
        gone = work.session.execute(delete(Message).where(_M.made_at < work.now - KEPT))
        work.log("message", None, changes={"dropped": (None, int(gone.rowcount))}, action="message.old")  # type: ignore[attr-defined]
