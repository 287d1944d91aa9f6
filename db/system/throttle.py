"""Buckets that refill with time, against guessing of passwords. Nobody is locked out for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel

from db import clock
from db.errors import Refused
from db.record import moment
from db.sealing import ring


class Bucket(SQLModel, table=True):
    """What is left of the tries of one name or address."""

    __tablename__ = "throttle_bucket"

    key: str = Field(primary_key=True)  # a keyed hash of the name or address
    tokens: float
    at: datetime = moment(nullable=False)


LIMITS = {
    "pair": (6, 30.0),  # one name from one address: six tries at once, then one every thirty seconds
    "name": (60, 5.0),  # one name from everywhere: wide, so that an outsider keeps nobody from signing in
    "address": (30, 5.0),  # an office sits behind one address
    "own": (6, 30.0),  # the current password, asked again before it is changed
    "calendar": (120, 1.0),  # calendars of many telephones come from one address
    "setup": (10, 10.0),  # the code that the console shows
    "check": (6, 30.0),  # the six digits at a shift, tried by one volunteer
    "verify": (20, 10.0),  # certificates asked for from one address
    "needs": (40, 10.0),  # forms of surveys, opened and sent from one address
}
FULL_AGAIN = timedelta(seconds=max(size * refill for size, refill in LIMITS.values()))
SWEPT_AT_ONCE = 100


def take(session: Session, kind: str, text: str) -> None:
    """Use up one try. Refused `signin.throttled` with `seconds` until the next when none is left."""
    size, refill = LIMITS[kind]
    key = ring().fingerprint(f"throttle.{kind}", text)
    now = clock.now()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # An update that changes nothing locks the row: nobody sweeps it away before it is read.
    session.execute(
        insert(Bucket)
        .values(key=key, tokens=float(size), at=now)
        .on_conflict_do_update(index_elements=["key"], set_={"key": key})
    )
    bucket = session.get_one(Bucket, key, with_for_update=True)
    waited = max(0.0, (now - bucket.at).total_seconds())  # a clock that was set back locks nobody out
    filled = min(float(size), bucket.tokens + waited / refill)
    if filled < 1:
        raise Refused("signin.throttled", seconds=int((1 - filled) * refill) + 1)
    bucket.tokens, bucket.at = filled - 1, now
    session.add(bucket)


def give_back(session: Session, kind: str, text: str) -> None:
    """A right password gives its tries back."""
    bucket = session.get(Bucket, ring().fingerprint(f"throttle.{kind}", text))
    if bucket is not None:
        bucket.tokens = float(LIMITS[kind][0])
        session.add(bucket)


def sweep(session: Session) -> None:
    """Remove some of the buckets that must be full again: they say the same as none.

    Call it last in a transaction. Buckets that somebody else uses at this moment are passed over.
    """
    session.flush()  # the tries of just now
    bucket = Bucket.__table__.c  # type: ignore[attr-defined]
    full = (
        select(bucket.key)
        .where(bucket.at < clock.now() - FULL_AGAIN)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    keys = list(session.execute(full).scalars())
    if keys:
        session.execute(
            delete(Bucket).where(bucket.key.in_(keys)).execution_options(synchronize_session=False)
        )
