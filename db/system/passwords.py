"""Passwords: what makes a good one, one-time ones, and changing one's own."""

import importlib.util
import re
import runpy
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select, update

from db import engine, identity, parsing
from db.access import Viewer
from db.errors import Refused
from db.identity import Account
from db.register import REGISTERS
from db.system import community, signing, throttle
from db.work import Work, unit

LEAST = 10
MOST_BYTES = 72  # bcrypt reads no further
ONE_TIME_DAYS = timedelta(days=7)
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike: 0 o, 1 l i

_A = Account.__table__.c  # type: ignore[attr-defined]

_RUNS = ("0123456789012345", "9876543210987654", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_MORE_COMMON = {"administrator", "nihao", "woaizhongguo", "shequ", "wangge", "jiayou", "jintian", "linli"}


def check(password: str, own: Iterable[str] = ()) -> None:
    """Whether this may be somebody's password; `own` are words that belong to the account.

    Refused `password.spaces` (at either end), `password.short` (`least` characters), `password.long`
    (`most` bytes; `bytes` it has; a Chinese character takes three), `password.common`,
    `password.own_data` (without those words it would be too short). There are no rules about kinds of characters: NIST SP 800-63B, 3.1.1.2.
    """
    if password != password.strip():
        raise Refused("password.spaces")
    if len(password) < LEAST:
        raise Refused("password.short", least=LEAST)
    size = len(password.encode())
    if size > MOST_BYTES:
        raise Refused("password.long", most=MOST_BYTES, bytes=size)
    folded = _folded(password)
    rest = folded
    for word in sorted({_folded(word) for word in own}, key=len, reverse=True):
        if len(word) > 1:
            rest = rest.replace(word, "")
    if rest != folded and len(rest) < LEAST:
        raise Refused("password.own_data")
    if _is_common(folded):
        raise Refused("password.common")


def _folded(text: str) -> str:
    return parsing.fold(text).casefold().replace(" ", "")


def _is_common(folded: str) -> bool:
    """A password that many have, one with digits and signs put around it, a run, or a few signs repeated."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    if folded in common() or (len(core) > 2 and core in common()):
        return True
    return len(set(folded)) < 4 or any(folded in run or folded[::-1] in run for run in _RUNS)


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The 30,000 most usual passwords of zxcvbn, read when somebody first chooses one.

    Only this list of the package is kept: importing the package would hold five times as much.
    """
    spec = importlib.util.find_spec("zxcvbn")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package zxcvbn is not installed")
    file = Path(next(iter(spec.submodule_search_locations))) / "frequency_lists.py"
    return frozenset(runpy.run_path(str(file))["FREQUENCY_LISTS"]["passwords"]) | _MORE_COMMON


def one_time() -> str:
    """A password to read out over the telephone: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def own_words(work: Work, account_id: int) -> list[str]:
    """What belongs to an account and must not be its password: names, the community, the linked resident."""
    account = work.session.execute(
        select(_A.username, _A.name, _A.resident_id).where(_A.id == account_id)
    ).one()
    words = [account.username, account.name, str(community.get(work, "community_name")), "linli", "邻里"]
    residents = REGISTERS.get("residents")
    if account.resident_id and residents is not None:
        row = work.session.execute(
            select(residents.column("phone"), residents.column("id_number"), residents.column("born")).where(
                residents.column("id") == account.resident_id
            )
        ).first()
        if row is not None:
            words += [*str(row.phone or "").split("、"), str(row.id_number or "")]
            words += [f"{row.born:%Y%m%d}", f"{row.born:%y%m%d}"] if row.born else []
    return [word for word in words if word]


def set_own(who: Viewer, *, current: str, new: str) -> None:
    """Choose one's own password. All other sign-ins of the account end; this one goes on.

    Whoever came in with a one-time password need not repeat it. Hashing takes a fifth of a second, so it
    happens between two units of work. Refused `password.wrong`, `signin.throttled`, `password.same`, and
    what `check` refuses.
    """
    with engine.writing() as session:
        viewer = identity.refresh(session, who)
        throttle.take(session, "own", viewer.username)
    account_id = viewer.account_id
    if account_id is None:
        raise Refused("signin.needed")
    with unit(who, "me.view", write=False) as work:
        hashed = work.session.execute(select(_A.password_hash).where(_A.id == account_id)).scalar_one()
        own = own_words(work, account_id)
    must_change = bool(viewer.facts["must_change"])
    if not must_change and not signing.matches("", current.strip(), hashed or signing.DUMMY):
        with unit(who, "me.view", write=True) as work:
            work.log("account", account_id, work.viewer.username, action="password.wrong")
        raise Refused("password.wrong")
    check(new, own)
    if signing.matches("", new, hashed or signing.DUMMY):
        raise Refused("password.same")
    made = signing.hash_password(new)
    with unit(who, "me.view", write=True) as work:
        changed = work.session.execute(
            update(Account)
            .where(_A.id == account_id, _A.password_hash == hashed)
            .values(
                password_hash=made, must_change=False, one_time_until=None, password_changed_at=work.now,
                changed_at=work.now,
            )
        )  # fmt: skip
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise Refused("password.wrong")
        identity.end_sessions(work.session, account_id, but=work.viewer.session_id)
        throttle.give_back(work.session, "own", work.viewer.username)
        work.log("account", account_id, work.viewer.username, action="password.changed")
