"""The first start: an administrator where there is none yet, whoever holds the code that the console shows."""

import hmac
import json
import secrets

from sqlalchemy import delete, insert, select

from db import clock, engine, keeping
from db.access import Viewer, system
from db.errors import Refused
from db.identity import Account, Setting
from db.sealing import ring
from db.system import community, passwords, signing, throttle
from db.system.accounts import ACCOUNTS
from db.work import Work, command, query, unit

CODE = "setup_code"
STEP = "setup_step"
STEPS = ("community", "areas")

_A = Account.__table__.c  # type: ignore[attr-defined]
_S = Setting.__table__.c  # type: ignore[attr-defined]


def done() -> bool:
    """Whether somebody administers this database."""
    with engine.reading() as session:
        return session.execute(select(_A.id).where(_A.role == "admin").limit(1)).first() is not None


def new_code() -> str:
    """Make the one-time code anew and return it; only its keyed hash is kept. Refused `setup.done`."""
    code = "-".join("".join(secrets.choice(passwords.ALPHABET) for _ in range(4)) for _ in range(3))
    with engine.writing() as session:
        if session.execute(select(_A.id).where(_A.role == "admin").limit(1)).first() is not None:
            raise Refused("setup.done")
        session.execute(delete(Setting).where(_S.name == CODE))
        session.execute(insert(Setting).values(name=CODE, value=json.dumps(_hash(code))))
    return code


def _hash(code: str) -> str:
    plain = "".join(sign for sign in code.strip().lower() if sign.isalnum())
    return ring().fingerprint("setup", plain)


def check_code(code: str, *, address: str = "") -> None:
    """Whether this is the code that the console shows. Refused `setup.done`, `setup.code`, `signin.throttled`."""
    with engine.writing() as session:
        throttle.take(session, "setup", address)
        kept = session.execute(select(_S.value).where(_S.name == CODE)).scalar()
    if done():
        raise Refused("setup.done")
    if not hmac.compare_digest(json.loads(kept) if kept else "", _hash(code)):
        raise Refused("setup.code")


def create_administrator(code: str, *, username: str, name: str, password: str, address: str = "") -> int:
    """Make the first administrator, with a password of their own. Of two who try at once, one succeeds.

    Refused `setup.done`, `setup.code`, `signin.throttled`, `form.invalid`, and what `passwords.check` refuses.
    """
    check_code(code, address=address)
    passwords.check(password, [username, name, "linli", "邻里"])
    hashed = signing.hash_password(password)
    with unit(system(), "account.create", write=True) as work:
        kept = work.session.execute(select(_S.value).where(_S.name == CODE).with_for_update()).scalar()
        taken = work.session.execute(select(_A.id).where(_A.role == "admin").limit(1)).first()
        if taken is not None or kept is None:
            raise Refused("setup.done")
        values = {"username": username, "name": name, "role": "admin", "active": True}
        account_id = keeping.create(work, ACCOUNTS, values)
        account = work.session.get_one(Account, account_id)
        account.password_hash, account.must_change, account.password_changed_at = hashed, False, clock.now()
        work.session.add(account)
        work.session.execute(delete(Setting).where(_S.name == CODE))
        community.keep(work, STEP, STEPS[0])
    return account_id


@query("settings.edit")
def step(work: Work) -> str:
    """What the administrator has still to do: "community", "areas", or "" when all is set up."""
    kept = work.session.execute(select(_S.value).where(_S.name == STEP)).scalar()
    return str(json.loads(kept)) if kept else ""


@command("settings.edit")
def finish_step(work: Work, *, finished: str) -> None:
    """Go on to the next step. What is finished stays finished, however often this is called."""
    kept = work.session.execute(select(_S.value).where(_S.name == STEP)).scalar()
    if kept is None or json.loads(kept) != finished:
        return
    after = STEPS[STEPS.index(finished) + 1 :]
    community.keep(work, STEP, after[0] if after else None)
    work.log("setting", None, STEP, {STEP: (finished, after[0] if after else "")})


def may_continue(viewer: Viewer | None) -> bool:
    """Whether this viewer is an administrator in the middle of setting up."""
    return (
        viewer is not None
        and viewer.can("settings.edit")
        and not viewer.facts["must_change"]
        and bool(step(viewer))
    )
