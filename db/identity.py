"""Accounts and their sign-ins: the tables by which the application knows who is asking."""

import hashlib
import json
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, Text, and_, bindparam, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Field, Session, SQLModel

from db import clock
from db.access import Viewer
from db.engine import BYTEWISE
from db.errors import Refused
from db.fields import choice, flag, option, text
from db.record import Record, moment
from db.words import N_

IDLE = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)
DECIDED = "decided"
"""Where a session keeps the settings that were read with who asks: names with their JSON text."""

ROLE_OPTIONS = (
    option("staff", N_("Community worker"), "工作人员", "社区工作者", "网格员"),
    option("leader", N_("Leader"), "领导"),
    option("volunteer", N_("Volunteer"), "志愿者"),
    option("admin", N_("Administrator"), "管理员"),
)
LANGUAGE_OPTIONS = (
    option("", N_("As the browser says")),
    option("zh", N_("Chinese"), "中文"),
    option("en", N_("English"), "英文"),
)


class Account(Record, table=True):
    """Somebody who can sign in."""

    username: str = text(
        N_("Account name"),
        required=True,
        longest=40,
        unique=True,
        headings=("账号", "用户名", "登录名"),
        help=N_("Letters, digits, dot, dash. It is what one signs in with."),
    )
    name: str = text(N_("Full name"), required=True, longest=40, headings=("姓名", "名称"))
    role: str = choice(N_("Role"), ROLE_OPTIONS, required=True, default="staff", headings=("角色",))
    language: str = choice(N_("Language"), LANGUAGE_OPTIONS, headings=("语言",))
    active: bool = flag(N_("May sign in"), default=True, headings=("启用", "可登录"))
    resident_id: int | None = Field(default=None, index=True)
    password_hash: str = ""
    must_change: bool = True  # the password is a one-time one
    one_time_until: datetime | None = moment()
    password_changed_at: datetime | None = moment()
    demo: bool = False  # a sample account: it signs in only while LINLI_DEMO=1


class AccountArea(SQLModel, table=True):
    """An area whose people this account may see and act for."""

    __tablename__ = "account_area"

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    area_path: str = Field(primary_key=True, sa_type=BYTEWISE)


class StandIn(Record, table=True):
    """For some days an account sees and acts for the patch of somebody else. It ends by itself."""

    __tablename__ = "stand_in"
    __table_args__ = (Index("ix_stand_in_account", "account_id", "until"),)

    account_id: int = Field(foreign_key="account.id")
    area_path: str = Field(sa_type=BYTEWISE)
    for_name: str  # whose patch it is
    since: date
    until: date  # the last day
    note: str = ""
    given_by: int | None = None
    given_name: str = ""
    ended_at: datetime | None = moment()  # before its time
    ended_name: str = ""


class SignIn(SQLModel, table=True):
    """One browser signed in. The cookie holds a random token; only its hash is kept here."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account", "account_id", "ended_at"),)

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="account.id")
    started_at: datetime = moment(nullable=False)
    seen_at: datetime = moment(nullable=False)
    ended_at: datetime | None = moment()
    device: str = ""


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, account: Account, device: str = "") -> str:
    """Start a sign-in and return its token, which is known nowhere else."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        SignIn(
            token_hash=hash_token(token),
            account_id=account.id or 0,
            started_at=now,
            seen_at=now,
            device=device[:120],
        )
    )
    return token


def end_sessions(session: Session, account_id: int, *, but: str = "") -> None:
    """End every sign-in of the account, except the one whose token is `but`."""
    session.execute(
        update(SignIn)
        .where(
            SignIn.account_id == account_id,  # type: ignore[arg-type]
            SignIn.ended_at.is_(None),  # type: ignore[union-attr]
            SignIn.token_hash != hash_token(but),  # type: ignore[arg-type]
        )
        .values(ended_at=clock.now())
    )


def refresh(session: Session, viewer: Viewer) -> Viewer:
    """The viewer as the database knows them this moment.

    Refused `signin.ended` when the sign-in was ended, lay idle too long or the account is inactive.
    """
    if viewer.account_id is None:
        return viewer
    asked = {"token": hash_token(viewer.session_id), "today": clock.today()}
    rows = session.connection().execute(_WHO, asked).all()
    if not rows or rows[0].id != viewer.account_id or not rows[0].active:
        raise Refused("signin.ended")
    decided: dict[str, str] = json.loads(rows[0].decided)
    session.info[DECIDED] = decided
    limit = timedelta(minutes=int(decided["idle_minutes"])) if "idle_minutes" in decided else IDLE
    if clock.now() - rows[0].seen_at > limit:
        raise Refused("signin.idle")
    areas = {path for row in rows for path in (row.area_path, row.borrowed)}
    return _viewer(rows[0], areas, viewer.session_id, viewer.browser)


def viewer_of(session: Session, account: Account, token: str) -> Viewer:
    """The viewer of an account, for a sign-in that has just begun."""
    areas = session.execute(
        select(AccountArea.area_path).where(AccountArea.account_id == account.id)  # type: ignore[call-overload]
    ).scalars()
    borrowed = session.execute(
        select(_T.area_path).where(_T.account_id == account.id, _stands_in(clock.today()))
    ).scalars()
    return _viewer(account, {*areas, *borrowed}, token)


def _stands_in(day: Any) -> ColumnElement[bool]:
    """The stand-ins that hold on `day`; the first and the last day both count."""
    return and_(_T.since <= day, _T.until >= day, _T.ended_at.is_(None))


def _viewer(account: Any, areas: set[str | None], token: str, browser: str = "") -> Viewer:
    return Viewer(
        account_id=account.id,
        username=account.username,
        name=account.name,
        role=account.role,
        areas=tuple(sorted(area for area in areas if area)),
        language=account.language,
        session_id=token,
        resident_id=account.resident_id,
        facts={"must_change": account.must_change},
        browser=browser,
    )


class Setting(SQLModel, table=True):
    """What an administrator decided for this community: one value per name, as JSON text."""

    name: str = Field(primary_key=True)
    value: str


def setting(session: Session, name: str, default: str) -> str:
    return (
        session.execute(
            select(Setting.value).where(Setting.name == name)  # type: ignore[call-overload]
        ).scalar()
        or default
    )


def idle_limit(session: Session) -> timedelta:
    """How long a sign-in may lie idle (setting `idle_minutes`)."""
    minutes = setting(session, "idle_minutes", "")
    return timedelta(minutes=int(minutes)) if minutes else IDLE


_A, _S = Account.__table__.c, SignIn.__table__.c  # type: ignore[attr-defined]
_T = StandIn.__table__.c  # type: ignore[attr-defined]


class _together(GenericFunction[str]):
    """Names and values of all rows as the text of one JSON object."""

    type = Text()
    inherit_cache = True


@compiles(_together, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **keywords: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **keywords)})"


@compiles(_together, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **keywords: Any) -> str:
    return f"coalesce(json_object_agg({compiler.process(element.clauses, **keywords)})::text, '{{}}')"


# Everything about who asks, in one question: it is asked in each unit of work.
_WHO = (
    select(
        _A.id, _A.username, _A.name, _A.role, _A.language, _A.active, _A.resident_id, _A.must_change,
        _S.seen_at, AccountArea.__table__.c.area_path, _T.area_path.label("borrowed"),  # type: ignore[attr-defined]
        select(_together(Setting.name, Setting.value)).scalar_subquery().label("decided"),
    )
    .select_from(SignIn.__table__.join(Account.__table__, _A.id == _S.account_id))  # type: ignore[attr-defined]
    .outerjoin(AccountArea, AccountArea.account_id == _A.id)
    .outerjoin(StandIn, and_(_T.account_id == _A.id, _stands_in(bindparam("today", type_=_T.since.type))))
    .where(_S.token_hash == bindparam("token"), _S.ended_at.is_(None))
)  # fmt: skip
