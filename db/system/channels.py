"""The ways on which messages go out: robots of the office's groups and mail. Set up by an administrator.

The address of a robot lets anybody write into the group, so it is sealed at rest, never shown whole again, and
in no log. What is sent and when is in `delivering`; what is said to whom in `messages`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from sqlalchemy import Index, UniqueConstraint, delete, func, select, update
from sqlmodel import Field, SQLModel

from db import audit, parsing
from db.engine import BYTEWISE
from db.errors import Refused
from db.fields import Option, choice, flag, option, sealed, text
from db.record import Record, moment
from db.words import N_
from db.work import Work, command, query

SORT_OPTIONS = (
    option("wecom", N_("WeCom robot")),
    option("dingtalk", N_("DingTalk robot")),
    option("feishu", N_("Feishu robot")),
    option("mail", N_("Mail")),
    option("other", N_("A gateway of our own")),
)
WHOM_OPTIONS = (
    option("office", N_("The office's group")),
    option("person", N_("Each person, at their own mail address")),
)
SECURE_OPTIONS = (
    Option("ssl", N_("Encrypted from the start (usually port 465)")),
    Option("starttls", N_("Encrypted after the greeting (usually port 587)")),
    Option("insecure", N_("Not encrypted")),
)
SECONDS = 10
"""So long a receiver may take."""
RETRIED = timedelta(days=1)


class Channel(Record, table=True):
    """One way out. `address` is how apprise writes it."""

    name: str = text(N_("Name"), required=True, longest=40)
    sort: str = choice(N_("Kind"), SORT_OPTIONS, required=True)
    whom: str = choice(N_("For whom"), WHOM_OPTIONS, required=True, default="office")
    address: str | None = sealed("channel.address", N_("Web address"), "text", sensitivity="identity")
    hint: str = ""  # as much of the address as may be shown
    active: bool = flag(N_("In use"), default=True)
    last_ok_at: datetime | None = moment()
    last_problem: str = ""  # a code for the reader
    last_detail: str = ""
    last_problem_at: datetime | None = moment()
    told_at: datetime | None = moment()  # when the administrators heard of it last


class MailAddress(SQLModel, table=True):
    """Where somebody wants to have messages by mail."""

    __tablename__ = "mail_address"

    to_key: str = Field(primary_key=True, sa_type=BYTEWISE)
    address: str | None = sealed("mail_address.address", N_("Mail address"), "text", sensitivity="contact")
    changed_at: datetime = moment(nullable=False)


class Delivery(SQLModel, table=True):
    """One message on one way: waiting, sending, sent, gave_up or dropped."""

    __table_args__ = (
        UniqueConstraint("message_id", "channel_id"),
        Index("ix_delivery_next", "state", "next_try_at"),
        Index("ix_delivery_channel", "channel_id", "state", "made_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    channel_id: int = Field(foreign_key="channel.id")
    urgent: bool = False  # also at night
    state: str = "waiting"
    attempts: int = 0  # whoever raised it last is the one who sends
    made_at: datetime = moment(nullable=False)
    next_try_at: datetime = moment(nullable=False)
    taken_at: datetime | None = moment()
    sent_at: datetime | None = moment()
    problem: str = ""
    detail: str = ""


_C, _D, _M = Channel.__table__.c, Delivery.__table__.c, MailAddress.__table__.c  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ChannelView:
    """A channel as an administrator sees it. `waiting` and `gave_up` count what was not sent within a day."""

    id: int
    version: int
    name: str
    sort: str
    whom: str
    hint: str
    active: bool
    last_ok_at: datetime | None
    last_problem: str
    last_detail: str
    last_problem_at: datetime | None
    waiting: int
    gave_up: int

    @property
    def failing(self) -> bool:
        """Whether the last thing that happened was a problem."""
        return self.last_problem_at is not None and (
            self.last_ok_at is None or self.last_ok_at < self.last_problem_at
        )


@query("channel.edit")
def channels(work: Work) -> list[ChannelView]:
    """All channels with how they do, the ones in use first."""
    counts = {
        (row.channel_id, row.state): int(row.many)
        for row in work.session.execute(
            select(_D.channel_id, _D.state, func.count().label("many"))
            .where(_D.state.in_(("waiting", "sending", "gave_up")), _D.made_at > work.now - RETRIED)
            .group_by(_D.channel_id, _D.state)
        )
    }
    names = [name for name in ChannelView.__dataclass_fields__ if name in _C]
    rows = work.session.execute(
        select(*(_C[name] for name in names))
        .where(_C.withdrawn_at.is_(None))
        .order_by(_C.active.desc(), _C.id)
    )
    return [
        ChannelView(
            **row._mapping,
            waiting=counts.get((row.id, "waiting"), 0) + counts.get((row.id, "sending"), 0),
            gave_up=counts.get((row.id, "gave_up"), 0),
        )
        for row in rows
    ]


@command("channel.edit")
def add_channel(work: Work, *, name: str, sort: str, whom: str, typed: Mapping[str, str]) -> int:
    """Set up a way out and return its id. `typed`: see `address_of`.

    Refused `channel.name`, `channel.whom`, and what `address_of` refuses.
    """
    kept = _named(name)
    if whom not in {"office", "person"} or (whom == "person" and sort != "mail"):
        raise Refused("channel.whom")
    address, hint = address_of(sort, whom, typed)
    channel = Channel(name=kept, sort=sort, whom=whom, address=address, hint=hint)
    work.session.add(channel)
    work.session.flush()
    work.log(
        "channel", channel.id, kept,
        {"name": (None, kept), "sort": (None, sort), "whom": (None, whom), "web_address": (None, audit.CHANGED)},
    )  # fmt: skip
    work.touch("channels")
    return channel.id or 0


@command("channel.edit")
def change_channel(
    work: Work,
    *,
    channel_id: int,
    version: int,
    name: str,
    active: bool,
    typed: Mapping[str, str] | None = None,
) -> None:
    """Rename, switch off or on; `typed` replaces the address. Refused as `add_channel`, `record.not_found`,
    `record.changed`."""
    channel = work.session.get(Channel, channel_id)
    if channel is None:
        raise Refused("record.not_found")
    if channel.version != version:
        raise Refused("record.changed", version=channel.version, theirs={}, record_id=channel_id)
    changed: dict[str, tuple[Any, Any]] = {}
    for field, new in (("name", _named(name)), ("active", active)):
        if getattr(channel, field) != new:
            changed[field] = (getattr(channel, field), new)
            setattr(channel, field, new)
    if typed is not None:
        channel.address, channel.hint = address_of(channel.sort, channel.whom, typed)
        changed["web_address"] = (audit.CHANGED, audit.CHANGED)
        channel.last_problem, channel.last_detail, channel.last_problem_at = "", "", None
    if not changed:
        return
    channel.version, channel.changed_at = version + 1, work.now
    work.session.add(channel)
    work.log("channel", channel_id, channel.name, changed)
    work.touch("channels")


@command("channel.edit")
def try_again(work: Work, *, channel_id: int) -> int:
    """Let what was given up within the last day wait once more; returns how much that is."""
    done = work.session.execute(
        update(Delivery)
        .where(_D.channel_id == channel_id, _D.state == "gave_up", _D.made_at > work.now - RETRIED)
        .values(state="waiting", attempts=0, next_try_at=work.now)
    )
    many = int(done.rowcount)  # type: ignore[attr-defined]
    work.log("channel", channel_id, changes={"again": (None, many)})
    work.touch("channels")
    return many


def _named(name: str) -> str:
    kept = parsing.fold(name)
    if not 0 < len(kept) <= 40:
        raise Refused("channel.name")
    return kept


# What an administrator pastes → how apprise writes it

_ROBOT_KEY = r"[A-Za-z0-9_-]{8,128}"
_HOST = re.compile(r"(?=.{1,200}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
ROBOTS = {
    "wecom": ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send", "key"),
    "dingtalk": ("oapi.dingtalk.com", "/robot/send", "access_token"),
    "feishu": ("open.feishu.cn", "/open-apis/bot/v2/hook/", ""),
}
"""Host, path and the parameter that holds the token; "" where it ends the path."""


def address_of(sort: str, whom: str, typed: Mapping[str, str]) -> tuple[str, str]:
    """What apprise is told, and as much of it as may be shown.

    `typed` holds `url` and, for DingTalk, `secret`; for mail `server`, `port`, `secure`, `user`, `password`,
    `sender` and, for the office, `to`. Refused `channel.sort`, `channel.robot` (with `host`), `channel.secret`,
    `channel.gateway`, `channel.server`, `channel.port`, `mail.address` (with `value`).
    """
    said = {name: str(value).strip() for name, value in typed.items()}
    if sort in ROBOTS:
        return _robot(sort, said)
    if sort == "mail":
        return _mail(whom, said)
    if sort == "other":
        return _gateway(said.get("url", ""))
    raise Refused("channel.sort")


def _robot(sort: str, said: Mapping[str, str]) -> tuple[str, str]:
    host, path, parameter = ROBOTS[sort]
    wrong = Refused("channel.robot", host=host)
    try:
        url = urlsplit(said.get("url", ""))
    except ValueError:
        raise wrong from None
    if url.scheme != "https" or url.netloc.lower() != host or not url.path.startswith(path):
        raise wrong
    token = (
        parse_qs(url.query).get(parameter, [""])[0] if parameter else url.path.removeprefix(path).strip("/")
    )
    if not re.fullmatch(_ROBOT_KEY, token):
        raise wrong
    hint = f"{host} …{token[-4:]}"
    if sort == "wecom":
        return f"wecombot://_/?key={token}&redirect=no", hint
    if sort == "feishu":
        return f"feishu://_/?token={token}&redirect=no", hint
    secret = said.get("secret", "")
    if secret and not re.fullmatch(r"[A-Za-z0-9]{8,128}", secret):
        raise Refused("channel.secret")
    return f"dingtalk://_/?token={token}&redirect=no" + (f"&secret={secret}" if secret else ""), hint


def _mail(whom: str, said: Mapping[str, str]) -> tuple[str, str]:
    server, port, secure = said.get("server", ""), said.get("port", ""), said.get("secure", "ssl")
    if not _HOST.fullmatch(server):
        raise Refused("channel.server")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise Refused("channel.port")
    if secure not in {one.code for one in SECURE_OPTIONS}:
        raise Refused("channel.server")
    sender = checked_mail(said.get("sender", ""))
    user, password = said.get("user", ""), said.get("password", "")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    told = {"smtp": server, "mode": secure, "from": sender, "format": "text", "cto": str(SECONDS)}
    if whom == "office":
        told["to"] = checked_mail(said.get("to", ""))
    scheme = "mailto" if secure == "insecure" else "mailtos"
    return f"{scheme}://{login}{server}:{int(port)}/?{urlencode(told)}", f"{sender} · {server}:{int(port)}"


def _gateway(typed: str) -> tuple[str, str]:
    wrong = Refused("channel.gateway")
    try:
        url = urlsplit(typed)
        port = url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.hostname or "") or len(typed) > 1000:
        raise wrong
    login = f"{url.username}:{url.password or ''}@" if url.username else ""
    place = f"{url.hostname}:{port}" if port else str(url.hostname)
    told = [*((f"-{name}", value) for name, value in parse_qsl(url.query)), ("redirect", "no")]
    scheme = "jsons" if url.scheme == "https" else "json"
    return (
        f"{scheme}://{login}{place}{url.path or '/'}?{urlencode(told, quote_via=quote)}",
        f"{url.scheme}://{place}/…",
    )


def checked_mail(address: str) -> str:
    """A mail address as it is kept. Refused `mail.address` with `value`."""
    kept = parsing.fold(address)
    if len(kept) > 120 or not _MAIL.fullmatch(kept):
        raise Refused("mail.address", value=kept[:60])
    return kept


def addressed(address: str, to: str) -> str:
    """The address of a mail channel, to one person."""
    return f"{address}&{urlencode({'to': to})}"


# Where people want their mail


def own_key(account_id: int | None) -> str:
    """The key under which an account's mail address is kept."""
    return f"a{account_id}"


@query("inbox.view")
def own_mail(work: Work) -> str | None:
    """The viewer's own mail address for messages, "" for none; None where no mail goes out to people."""
    if mail_channel(work) is None:
        return None
    key = own_key(work.viewer.account_id)
    return work.session.execute(select(_M.address).where(_M.to_key == key)).scalar() or ""


@command("inbox.view")
def keep_own_mail(work: Work, *, address: str) -> None:
    """Have one's messages by mail too; "" to have them in Linli alone. Refused `mail.address`."""
    keep_mail(work, own_key(work.viewer.account_id), address)
    work.log(
        "mail_address", work.viewer.account_id, work.viewer.name, {"mail": (audit.CHANGED, audit.CHANGED)}
    )


def keep_mail(work: Work, key: str, address: str) -> None:
    """Write where the person `key` has mail. For commands that log it themselves. Refused `mail.address`."""
    kept = checked_mail(address) if address.strip() else ""
    work.session.execute(delete(MailAddress).where(_M.to_key == key))
    if kept:
        work.session.add(MailAddress(to_key=key, address=kept, changed_at=work.now))
        work.session.flush()


def mail_channel(work: Work) -> int | None:
    """The channel by which people get mail: the oldest that is in use."""
    return work.session.execute(
        select(_C.id)
        .where(_C.active.is_(True), _C.whom == "person", _C.withdrawn_at.is_(None))
        .order_by(_C.id)
        .limit(1)
    ).scalar()


def office_channels(work: Work) -> list[int]:
    """The channels of the office's groups that are in use."""
    return list(
        work.session.execute(
            select(_C.id)
            .where(_C.active.is_(True), _C.whom == "office", _C.withdrawn_at.is_(None))
            .order_by(_C.id)
        ).scalars()
    )
