"""Signing in and out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import bcrypt
from sqlalchemy import func, select, update

from db import clock, engine, identity, settings
from db.access import ROLES, Viewer, system
from db.errors import Refused
from db.identity import SEEN_EVERY, Account, SignIn
from db.system import throttle
from db.work import Work, command, query, unit

_A = Account.__table__.c  # type: ignore[attr-defined]
_S = SignIn.__table__.c  # type: ignore[attr-defined]

COST = 12  # each step doubles the time that one guess takes

# The hash of nothing that anybody knows: an unknown name costs the same time as a known one. It is written
# down because making one costs every start a third of a second.
DUMMY = "$2b$12$.8fQj/CglLl8S0LcYsaiI.UBA/2KE00d00PqNAQc.DTzRQtEoV/ZC"

Check = Callable[[str, str, str], bool]


def hash_password(password: str) -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(COST)).decode()


def matches(_username: str, password: str, hashed: str) -> bool:
    return bcrypt.checkpw(password.encode()[:72], hashed.encode())


def sign_in(
    username: str, password: str, *, address: str = "", device: str = "", check: Check = matches
) -> tuple[Viewer, str]:
    """The viewer and the token of a new sign-in.

    Refused `signin.throttled` (with `seconds`) and `signin.wrong`, which is the same for an unknown
    name, a wrong password, an inactive account and an expired one-time password.
    """
    name = username.strip().lower()
    if not name or not password:
        raise Refused("signin.wrong")
    with engine.writing() as session:
        throttle.take(session, "address", address)
        throttle.take(session, "name", name)
        throttle.take(session, "pair", f"{name} {address}")
        throttle.sweep(session)
        account = session.execute(select(Account).where(func.lower(_A.username) == name)).scalar()
        hashed = account.password_hash if account and account.password_hash else DUMMY
    right = check(name, password, hashed)
    if account is None or not right or not _may_sign_in(account):
        _note_failure(account)
        raise Refused("signin.wrong")
    with engine.writing() as session:
        found = select(Account).where(_A.id == account.id, _A.password_hash == hashed, _A.active.is_(True))
        still = session.execute(found.with_for_update()).scalar()
        if still is None:  # deactivated, or given another password, while this one was being checked
            raise Refused("signin.wrong")
        throttle.give_back(session, "name", name)
        throttle.give_back(session, "pair", f"{name} {address}")
        token = identity.open_session(session, still, device)
        session.flush()
        viewer = identity.viewer_of(session, still, token)
    with unit(viewer, "me.view", write=True) as work:
        work.log("account", account.id, account.username, action="signin.done")
    return viewer, token


def _note_failure(account: Account | None) -> None:
    """Written for unknown names too, so that the time it takes tells nothing.

    What was typed is not kept: people type their password where the name belongs.
    """
    with unit(system(), "me.view", write=True) as work:
        work.log(
            "account",
            account.id if account else None,
            account.username if account else "",
            action="signin.failed",
        )


def _may_sign_in(account: Account) -> bool:
    if not account.active or (account.demo and not settings.read().demo):
        return False
    return not (account.must_change and account.one_time_until and account.one_time_until < clock.now())


def resume(token: str, *, in_use: bool = True) -> Viewer:
    """The viewer of a sign-in that is still open. Refused `signin.ended`, `signin.idle`.

    Notes that the sign-in is in use, at most once a minute; not when a page only redraws by itself.
    """
    with engine.reading() as session:
        row = session.execute(
            select(_S.account_id, _S.seen_at, _A.username, _A.demo)
            .join(Account, _A.id == _S.account_id)
            .where(_S.token_hash == identity.hash_token(token), _S.ended_at.is_(None))
        ).first()
        if row is None or (row.demo and not settings.read().demo):
            raise Refused("signin.ended")
        asked = Viewer(row.account_id, row.username, "", "volunteer", session_id=token)
        viewer = identity.refresh(session, asked)
    if in_use and clock.now() - row.seen_at > SEEN_EVERY:
        with engine.writing() as session:
            session.execute(
                update(SignIn).where(_S.token_hash == identity.hash_token(token)).values(seen_at=clock.now())
            )
    return viewer


def sample_accounts() -> list[str]:
    """The names of the sample accounts that are shown, one for each role: none unless LINLI_DEMO=1. They are public."""
    if not settings.read().demo:
        return []
    with engine.reading() as session:
        found = (
            select(_A.username)
            .where(_A.demo.is_(True), _A.active.is_(True))
            .order_by(_A.id)
            .limit(len(ROLES))
        )
        return list(session.execute(found).scalars())


@command("me.view")
def sign_out(work: Work) -> None:
    """End this sign-in. Its cookie opens nothing any more."""
    work.session.execute(
        update(SignIn)
        .where(_S.token_hash == identity.hash_token(work.viewer.session_id))
        .values(ended_at=work.now)
    )
    work.log("account", work.viewer.account_id, work.viewer.username, action="signin.out")


@command("me.view")
def sign_out_everywhere(work: Work, *, but_here: bool = False) -> None:
    """End all sign-ins of this account, this one too unless `but_here`."""
    identity.end_sessions(
        work.session, work.viewer.account_id or 0, but=work.viewer.session_id if but_here else ""
    )
    work.log("account", work.viewer.account_id, work.viewer.username, action="signin.out_everywhere")


@query("me.view")
def open_sign_ins(work: Work) -> list[dict[str, Any]]:
    """One's own open sign-ins: started_at, seen_at, device, `here`."""
    rows = work.session.execute(
        select(_S.token_hash, _S.started_at, _S.seen_at, _S.device)
        .where(_S.account_id == work.viewer.account_id, _S.ended_at.is_(None))
        .order_by(_S.seen_at.desc())
    )
    here = identity.hash_token(work.viewer.session_id)
    idle_since: datetime = work.now - identity.idle_limit(work.session)
    return [
        {
            "started_at": row.started_at,
            "seen_at": row.seen_at,
            "device": row.device,
            "here": row.token_hash == here,
        }
        for row in rows
        if row.seen_at > idle_since
    ]


@command("me.view")
def set_language(work: Work, *, language: str) -> None:
    """The language of this account: "zh", "en", or "" for what the browser says."""
    if language not in ("", "zh", "en"):
        raise Refused("form.invalid", problems={"language": "field.not_a_choice"})
    work.session.execute(
        update(Account)
        .where(_A.id == work.viewer.account_id)
        .values(language=language, version=_A.version + 1)
    )
    work.log(
        "account",
        work.viewer.account_id,
        work.viewer.username,
        {"language": (work.viewer.language, language)},
        action="account.language",
    )
