"""Accounts: who may sign in, in which role, for which areas."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import column, delete, func, insert, select, table, true, update

from db import identity, keeping, settings
from db.access import ROLES, Viewer, outermost
from db.errors import Refused
from db.identity import Account, AccountArea, SignIn
from db.listing import row_of
from db.register import (
    REGISTERS,
    Computed,
    Register,
    Section,
    Sort,
    Values,
    field_filter,
    register,
)
from db.system import passwords, signing
from db.words import N_
from db.work import Work, command, query, unit

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")

_A = Account.__table__.c  # type: ignore[attr-defined]
_H = AccountArea.__table__.c  # type: ignore[attr-defined]
_S = SignIn.__table__.c  # type: ignore[attr-defined]

# The tree of areas stands a floor above: of it only names and paths are read here.
_AREA = table(
    "area", column("id"), column("name"), column("area_path"), column("position"), column("closed_on")
)


def _fill_areas(work: Work, rows: list[Values]) -> list[list[str]]:
    """The names of the areas held. Whoever acts everywhere in their role holds none by name."""
    found = work.session.execute(
        select(_H.account_id, _AREA.c.name)
        .join(_AREA, _AREA.c.area_path == _H.area_path)
        .where(_H.account_id.in_([row["id"] for row in rows]))
        .order_by(_H.area_path)
    )
    names: dict[int, list[str]] = {}
    for row in found:
        names.setdefault(row.account_id, []).append(row.name)
    return [names.get(row["id"], []) for row in rows]


def _fill_seen(work: Work, rows: list[Values]) -> list[datetime | None]:
    found = work.session.execute(
        select(_S.account_id, func.max(_S.seen_at).label("seen_at"))
        .where(_S.account_id.in_([row["id"] for row in rows]))
        .group_by(_S.account_id)
    )
    seen = {row.account_id: row.seen_at for row in found}
    return [seen.get(row["id"]) for row in rows]


def before_save(work: Work, before: Values | None, values: Values) -> None:
    """Names are lower case and unlike; roles are not raised beyond one's own; one administrator stays."""
    if "username" in values:
        values["username"] = values["username"].lower()
        _check_username(work, values["username"], before["id"] if before else None)
    role = str(values.get("role", before["role"] if before else "staff"))
    if before is None or role != before["role"]:
        _check_role(work.viewer, before, role)
    if before is not None and before["role"] == "admin" and before["active"]:
        _keep_an_administrator(work, before["id"], role, values.get("active", True))


def _check_username(work: Work, username: str, own_id: int | None) -> None:
    if not USERNAME.fullmatch(username):
        raise Refused("form.invalid", problems={"username": "account.username"})
    taken = select(_A.id).where(func.lower(_A.username) == username, _A.id != (own_id or 0))
    if work.session.execute(taken.limit(1)).first() is not None:
        raise Refused("account.name_taken", name=username)


def _check_role(viewer: Viewer, before: Values | None, role: str) -> None:
    """Nobody gives a role that may do what they themselves may not; so nobody raises their own."""
    own = set(ROLES[viewer.role].actions)
    beyond = set(ROLES[role].actions) - own
    if before is not None:
        beyond |= set(ROLES[before["role"]].actions) - own
    if beyond:
        raise Refused("account.role_above")


def _keep_an_administrator(work: Work, account_id: int, role: str, active: bool) -> None:
    if role == "admin" and active:
        return
    able = true() if settings.read().demo else _A.demo.is_(False)
    others = work.session.execute(
        select(_A.id)
        .where(_A.role == "admin", _A.active.is_(True), able)
        .order_by(_A.id)
        .with_for_update()  # of two administrators who demote each other, one is refused
    ).scalars()
    if not [one for one in others if one != account_id]:
        raise Refused("account.last_admin")


def after_save(work: Work, account_id: int, before: Values | None, values: Values) -> None:
    """A new role, or none any more, starts with signing in again."""
    if before is not None and ({"role", "username"} & set(values) or values.get("active") is False):
        identity.end_sessions(work.session, account_id)


ACCOUNTS = register(
    Register(
        name="accounts",
        table=Account,
        title=N_("Accounts"),
        one=N_("Account"),
        action="account",
        path="",
        columns=("name", "username", "role", "areas", "active", "last_seen"),
        sections=(
            Section(N_("Who"), ("name", "username")),
            Section(N_("What they may do"), ("role", "active")),
            Section(N_("More"), ("language",)),
        ),
        sorts=(
            Sort("name", N_("By name"), ("name",)),
            Sort("username", N_("Account name"), ("username",)),
            Sort("newest", N_("Newest first"), ("made_at",), descending=True),
        ),
        filters=(field_filter(Account, "role"), field_filter(Account, "active")),
        search_help=N_("Name or account name"),
        computed=(
            Computed("areas", N_("Areas"), _fill_areas),
            Computed("last_seen", N_("Last seen"), _fill_seen),
        ),
        before_save=before_save,
        when_withdrawn=lambda: {"active": False},
        after_save=after_save,
        match=("username",),
        topics=("accounts",),
    )
)


@dataclass(frozen=True)
class AccountFacts:
    """What an administrator sees of an account beside its form. `open` counts its open sign-ins."""

    id: int
    username: str
    name: str
    role: str
    active: bool
    demo: bool
    areas: tuple[int, ...]
    area_names: tuple[str, ...]
    open: int
    last_seen: datetime | None
    has_password: bool
    one_time_until: datetime | None
    resident_id: int | None


@query("account.view")
def facts(work: Work, *, account_id: int) -> AccountFacts:
    """An account with its areas and sign-ins. Refused `record.not_found`."""
    row = row_of(work, ACCOUNTS, account_id, "account.view")
    areas = work.session.execute(
        select(_AREA.c.id, _AREA.c.name)
        .join(AccountArea, _H.area_path == _AREA.c.area_path)
        .where(_H.account_id == account_id)
        .order_by(_AREA.c.area_path)
    ).all()
    seen = work.session.execute(select(func.max(_S.seen_at)).where(_S.account_id == account_id)).scalar()
    still = work.session.execute(
        select(func.count()).where(
            _S.account_id == account_id,
            _S.ended_at.is_(None),
            _S.seen_at > work.now - identity.idle_limit(work.session),
        )
    ).scalar_one()
    return AccountFacts(
        id=account_id, username=row["username"], name=row["name"], role=row["role"], active=row["active"],
        demo=row["demo"], areas=tuple(one.id for one in areas), area_names=tuple(one.name for one in areas),
        open=still, last_seen=seen, has_password=bool(row["password_hash"]),
        one_time_until=row["one_time_until"] if row["must_change"] else None, resident_id=row["resident_id"],
    )  # fmt: skip


@query("account.view")
def area_choices(work: Work) -> dict[int, str]:
    """The areas that can be held, in the order of the tree, each named with the one it lies in: "第一网格 › 12栋"."""
    rows = work.session.execute(
        select(_AREA.c.id, _AREA.c.name, _AREA.c.area_path, _AREA.c.position).where(
            _AREA.c.closed_on.is_(None)
        )
    ).all()
    steps = {row.id: [int(step) for step in row.area_path.split("/") if step] for row in rows}
    place = {row.id: (row.position, row.id) for row in rows}
    names = {row.id: row.name for row in rows}
    ordered = sorted(names, key=lambda one: [place.get(step, (0, step)) for step in steps[one]])
    return {
        one: " › ".join(names[step] for step in steps[one][-2:] if step in names and steps[one].index(step))
        or names[one]
        for one in ordered
    }


def create_account(
    who: Viewer, *, values: Values, area_ids: Sequence[int] = (), resident_id: int | None = None
) -> tuple[int, str]:
    """Make an account and return its id and a one-time password, which is known nowhere else.

    Refused `form.invalid`, `account.name_taken`, `account.role_above`, `area.not_found`.
    """
    with unit(who, "account.create", write=False):
        pass
    password = passwords.one_time()
    hashed = signing.hash_password(password)  # takes a fifth of a second: outside the writing transaction
    with unit(who, "account.create", write=True) as work:
        account_id = keeping.create(work, ACCOUNTS, values)
        _keep_one_time(work, account_id, hashed)
        _keep_areas(work, account_id, str(values.get("username", "")).lower(), area_ids)
        if resident_id is not None:
            link_resident(work, account_id=account_id, resident_id=resident_id)
    return account_id, password


def reset_password(who: Viewer, *, account_id: int) -> str:
    """Give an account a one-time password, valid for seven days, and end its sign-ins.

    Refused `record.not_found`, `account.role_above`, and `account.own_reset`: it would sign one out before
    one has read it.
    """
    with unit(who, "account.edit", write=False) as work:
        if account_id == work.viewer.account_id:
            raise Refused("account.own_reset")
        _check_role(work.viewer, None, row_of(work, ACCOUNTS, account_id, "account.edit")["role"])
    password = passwords.one_time()
    hashed = signing.hash_password(password)
    with unit(who, "account.edit", write=True) as work:
        row = row_of(work, ACCOUNTS, account_id, "account.edit", lock=True)
        _check_role(work.viewer, None, row["role"])
        _keep_one_time(work, account_id, hashed)
        identity.end_sessions(work.session, account_id)
        work.log("account", account_id, row["name"], action="password.reset")
        work.touch("accounts")
    return password


def _keep_one_time(work: Work, account_id: int, hashed: str) -> None:
    work.session.execute(
        update(Account)
        .where(_A.id == account_id)
        .values(
            password_hash=hashed,
            must_change=True,
            one_time_until=work.now + passwords.ONE_TIME_DAYS,
            version=_A.version + 1,
            changed_at=work.now,
        )
    )


@command("account.edit")
def set_areas(work: Work, *, account_id: int, area_ids: Sequence[int]) -> None:
    """The account holds exactly these areas, from its next click on. Refused `area.not_found`."""
    row = row_of(work, ACCOUNTS, account_id, "account.edit", lock=True)
    _keep_areas(work, account_id, row["name"], area_ids)


def _keep_areas(work: Work, account_id: int, label: str, area_ids: Sequence[int]) -> None:
    found = work.session.execute(
        select(_AREA.c.id, _AREA.c.name, _AREA.c.area_path).where(
            _AREA.c.id.in_(list(area_ids)), _AREA.c.closed_on.is_(None)
        )
    ).all()
    if len(found) != len(set(area_ids)):
        raise Refused("area.not_found")
    paths = set(outermost(tuple(row.area_path for row in found)))
    before = _fill_areas(work, [{"id": account_id}])[0]
    have = set(work.session.execute(select(_H.area_path).where(_H.account_id == account_id)).scalars())
    if have == paths:
        return
    work.session.execute(delete(AccountArea).where(_H.account_id == account_id))
    if paths:
        rows: list[dict[str, Any]] = [{"account_id": account_id, "area_path": path} for path in sorted(paths)]
        work.session.execute(insert(AccountArea), rows)
    after = _fill_areas(work, [{"id": account_id}])[0]
    work.log("account", account_id, label, {"areas": (before, after)}, action="account.areas")
    work.touch("accounts")
    work.touch("register.accounts")


@command("account.edit")
def end_sign_ins(work: Work, *, account_id: int) -> None:
    """Sign an account out of every window."""
    row = row_of(work, ACCOUNTS, account_id, "account.edit")
    identity.end_sessions(work.session, account_id)
    work.log("account", account_id, row["name"], action="signin.out_everywhere")
    work.touch("accounts")


@command("account.edit")
def link_resident(work: Work, *, account_id: int, resident_id: int | None) -> None:
    """Say which resident this account belongs to, or that it belongs to none. Refused `record.not_found`."""
    row = row_of(work, ACCOUNTS, account_id, "account.edit", lock=True)
    if resident_id is not None:
        row_of(work, REGISTERS["residents"], resident_id, "resident.view")
    if row["resident_id"] == resident_id:
        return
    work.session.execute(
        update(Account)
        .where(_A.id == account_id)
        .values(resident_id=resident_id, version=_A.version + 1, changed_at=work.now)
    )
    work.log("account", account_id, row["name"], {"resident_id": (row["resident_id"], resident_id)})
    work.touch("accounts")


@query("account.view")
def people(work: Work) -> list[tuple[int, str, str]]:
    """Every account as (id, name, account name), for pickers."""
    rows = work.session.execute(select(_A.id, _A.name, _A.username).order_by(_A.name, _A.id))
    return [(row.id, row.name, row.username) for row in rows]
