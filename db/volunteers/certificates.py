"""Certificates of service: issued from approved and locked hours, numbered without gaps, void but never gone.

What a paper says was true when it was issued and stays as it was. Whoever holds one can ask the public page whether
its number is real: it answers with number, hours and validity, and with nobody's name.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, and_, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from db import access, clock, engine, parsing, places
from db.access import within
from db.errors import Refused
from db.system import throttle
from db.system.community import get
from db.volunteers.fitness import key_of, volunteer_of
from db.volunteers.hours import SHORT, TOPIC, shown_name
from db.volunteers.signing_up import own
from db.volunteers.tables import Certificate, CertificateCounter, Hours, Volunteer
from db.work import Work, command, query, unit

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
CODE_LENGTH = 12
MOST = 200
BY_HAND = "（手工补录）"  # the paper is in Chinese

_C = Certificate.__table__.c  # type: ignore[attr-defined]
_H = Hours.__table__.c  # type: ignore[attr-defined]
_N = CertificateCounter.__table__.c  # type: ignore[attr-defined]
_V = Volunteer.__table__.c  # type: ignore[attr-defined]
_ALL = select(Certificate.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Content:
    """What a certificate of a period would say: kinds of work with minutes, credited and made up by hand apart."""

    credited: tuple[tuple[str, int], ...]
    by_hand: tuple[tuple[str, int], ...]

    @property
    def minutes(self) -> int:
        return sum(minutes for _what, minutes in self.credited)

    @property
    def minutes_by_hand(self) -> int:
        return sum(minutes for _what, minutes in self.by_hand)


def content_of(work: Work, volunteer_id: int, since: date, until: date) -> Content:
    """What is approved and locked in a period. What a correction takes away from that is gone as soon as it is approved."""
    locked_before = select(_H.id).where(_H.public_until < clock.today())
    rows = work.session.execute(
        select(_H.what, _H.origin, _H.minutes)
        .where(
            _H.volunteer_id == volunteer_id, _H.state == "approved", _H.day >= since, _H.day <= until,
            or_(_H.public_until < clock.today(), and_(_H.minutes < 0, _H.corrects.in_(locked_before))),
        )
        .order_by(_H.day, _H.id)
    ).all()  # fmt: skip
    piles: dict[bool, dict[str, int]] = {False: {}, True: {}}
    for row in rows:
        pile = piles[row.origin == "by_hand"]
        pile[row.what] = pile.get(row.what, 0) + row.minutes
    credited, by_hand = (
        tuple((what, minutes) for what, minutes in piles[hand].items() if minutes > 0)
        for hand in (False, True)
    )
    return Content(credited, by_hand)


def hours_text(minutes: int) -> str:
    """Minutes as hours, without more digits than there are: 12, 12.5, 12.25."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def content_text(content: Content) -> str:
    """As it stands on the paper, one kind of work on a line."""
    return "\n".join(
        f"{what}{mark} {hours_text(minutes)} 小时"
        for pile, mark in ((content.credited, ""), (content.by_hand, BY_HAND))
        for what, minutes in pile
    )


@query("certificate.issue")
def preview(work: Work, *, volunteer_id: int, since: date, until: date) -> Content:
    """What a certificate would say. Refused `record.not_found`, `area.outside`."""
    _volunteer(work, volunteer_id)
    return content_of(work, volunteer_id, since, until)


def _volunteer(work: Work, volunteer_id: int) -> Any:
    volunteer = volunteer_of(work, volunteer_id)
    if volunteer is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches("certificate.issue", volunteer.area_path):
        raise Refused("area.outside")
    return volunteer


@command("certificate.issue")
def issue(work: Work, *, volunteer_id: int, since: date, until: date) -> int:
    """Issue a certificate of a period and return its id; asked for twice on a day, it is the same one.

    Refused `record.not_found`, `area.outside`, `certificate.own`, `certificate.period`, `certificate.nothing`.
    """
    volunteer = _volunteer(work, volunteer_id)
    if volunteer.account_id is not None and volunteer.account_id == work.viewer.account_id:
        raise Refused("certificate.own")
    if not since <= until <= clock.today():
        raise Refused("certificate.period")
    places.hold_still(work, [key_of(volunteer_id)])
    content = content_of(work, volunteer_id, since, until)
    if not content.minutes and not content.minutes_by_hand:
        raise Refused("certificate.nothing")
    same = work.session.execute(
        select(_C.id).where(
            _C.volunteer_id == volunteer_id, _C.since == since, _C.until == until, _C.issued_on == clock.today(),
            _C.minutes == content.minutes, _C.minutes_by_hand == content.minutes_by_hand, _C.voided_at.is_(None),
        )
    ).scalar()  # fmt: skip
    return int(same) if same is not None else _issue(work, volunteer, since, until, content)


def _issue(work: Work, volunteer: Any, since: date, until: date, content: Content) -> int:
    issuer = str(get(work, "community_name"))
    serial = _serial(work, issuer)
    certificate_id: int = work.connection.execute(
        insert(Certificate.__table__)  # type: ignore[attr-defined]
        .values(
            version=1, made_at=work.now, changed_at=work.now, extra={}, serial=serial, code=_new_code(),
            volunteer_id=volunteer.id, number=volunteer.number, name=volunteer.name, content=content_text(content),
            since=since, until=until, minutes=content.minutes, minutes_by_hand=content.minutes_by_hand, issuer=issuer,
            issued_on=clock.today(), issued_by=work.viewer.name, voided_why="", area_path=volunteer.area_path,
        )
        .returning(_C.id)
    ).scalar_one()  # fmt: skip
    work.log(
        "certificate",
        certificate_id,
        serial,
        {"minutes": (None, content.minutes)},
        area_path=volunteer.area_path,
    )
    work.touch(TOPIC)
    return certificate_id


def _serial(work: Work, issuer: str) -> str:
    """The next number of this year. Counted in the transaction that uses it: none is missing, none comes twice."""
    year = clock.today().year
    maker = sqlite.insert if work.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    number = work.connection.execute(
        maker(CertificateCounter.__table__)  # type: ignore[attr-defined]
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": _N.last + 1})
        .returning(_N.last)
    ).scalar_one()  # fmt: skip
    prefix = str(get(work, "certificate_prefix")) or issuer.removesuffix("社区") or "邻里"
    return f"{prefix}-{year}-{number:06d}"


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _place in range(CODE_LENGTH))


def code_text(code: str) -> str:
    """A code as it is printed: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _void(work: Work, certificate_id: int, why: str) -> Any:
    """Declare it void, once. Refused `record.not_found`, `area.outside`, `hours.why`, `certificate.voided`."""
    row = work.session.execute(_ALL.where(_C.id == certificate_id)).first()
    if row is None:
        raise Refused("record.not_found")
    if not work.viewer.reaches("certificate.issue", row.area_path):
        raise Refused("area.outside")
    if len(why.strip()) < SHORT:
        raise Refused("hours.why")
    done: CursorResult[Any] = work.connection.execute(
        update(Certificate.__table__)  # type: ignore[attr-defined]
        .where(_C.id == certificate_id, _C.voided_at.is_(None))
        .values(voided_at=work.now, voided_why=why.strip()[:200], version=_C.version + 1, changed_at=work.now)
    )
    if done.rowcount != 1:
        raise Refused("certificate.voided")
    work.log(
        "certificate", certificate_id, row.serial, {"voided": (False, True)}, area_path=row.area_path,
        reason=why.strip()[:200],
    )  # fmt: skip
    work.touch(TOPIC)
    return row


@command("certificate.issue")
def void(work: Work, *, certificate_id: int, why: str) -> None:
    """Declare a certificate void; it stays, and the public page says so. Refused as `_void`."""
    _void(work, certificate_id, why)


@command("certificate.issue")
def reissue(work: Work, *, certificate_id: int, why: str) -> int:
    """Void one and issue another for the same period, from what counts now. Refused as `_void` and `issue`."""
    row = _void(work, certificate_id, why)
    new_id = issue(work, volunteer_id=row.volunteer_id, since=row.since, until=row.until)
    work.session.execute(update(Certificate).where(_C.id == certificate_id).values(replaced_by=new_id))
    return new_id


@dataclass(frozen=True)
class Paper:
    """A certificate with everything that stands on it. `replacement`: the serial of the one issued instead."""

    id: int
    serial: str
    code: str
    volunteer_id: int
    name: str
    number: str
    content: tuple[str, ...]
    since: date
    until: date
    minutes: int
    minutes_by_hand: int
    issuer: str
    issued_on: date
    issued_by: str
    voided_at: datetime | None
    voided_why: str
    replacement: str


def _papers(work: Work, rows: Sequence[Any]) -> list[Paper]:
    ids = [row.replaced_by for row in rows if row.replaced_by]
    serials = {
        row.id: row.serial for row in work.session.execute(select(_C.id, _C.serial).where(_C.id.in_(ids)))
    }
    return [
        Paper(
            row.id, row.serial, row.code, row.volunteer_id, row.name or "", row.number, tuple(row.content.split("\n")),
            row.since, row.until, row.minutes, row.minutes_by_hand, row.issuer, row.issued_on, row.issued_by,
            row.voided_at, row.voided_why, serials.get(row.replaced_by, ""),
        )
        for row in rows
    ]  # fmt: skip


@query("certificate.issue")
def issued(work: Work) -> list[Paper]:
    """The certificates of the viewer's areas, newest first."""
    mine = within(work.viewer, "certificate.issue", _C.area_path)
    return _papers(work, work.session.execute(_ALL.where(mine).order_by(_C.id.desc()).limit(MOST)).all())


@query("volunteer.self")
def mine(work: Work) -> list[Paper]:
    """The viewer's own certificates, newest first. Refused `volunteer.none`."""
    me = own(work).id
    rows = work.session.execute(_ALL.where(_C.volunteer_id == me).order_by(_C.id.desc()).limit(MOST)).all()
    return _papers(work, rows)


@query("hours.view")
def paper(work: Work, *, certificate_id: int) -> Paper:
    """One certificate, for its volunteer and for who issues them. Refused `record.not_found`."""
    row = work.session.execute(_ALL.where(_C.id == certificate_id)).first()
    if row is None:
        raise Refused("record.not_found")
    volunteer = volunteer_of(work, row.volunteer_id)
    me = work.viewer.account_id
    is_mine = volunteer is not None and me is not None and volunteer.account_id == me
    if not is_mine and not work.viewer.reaches("certificate.issue", row.area_path):
        raise Refused("record.not_found")
    return _papers(work, [row])[0]


@dataclass(frozen=True)
class Choice:
    """A volunteer to choose from."""

    id: int
    number: str
    name: str


@query("hours.enter")
def volunteers(work: Work) -> list[Choice]:
    """The volunteers of the viewer's areas by number: for certificates and hours made up by hand."""
    rows = work.session.execute(
        select(_V.id, _V.number, _V.name)
        .where(_V.withdrawn_at.is_(None), within(work.viewer, "hours.enter", _V.area_path))
        .order_by(_V.number)
    )
    return [Choice(row.id, row.number, shown_name(work, row.name)) for row in rows]


@dataclass(frozen=True)
class Verified:
    """All that the public page tells of a certificate."""

    serial: str
    minutes: int
    minutes_by_hand: int
    valid: bool


def verify(code: str, address: str) -> Verified | None:
    """What the public page answers to anybody; None when no certificate has this code.

    Refused `signin.throttled` (seconds) when one address asks too often.
    """
    with engine.writing() as session:
        throttle.take(session, "verify", address)
        throttle.sweep(session)
    asked = "".join(sign for sign in parsing.fold(code).upper() if sign in LETTERS)
    if len(asked) != CODE_LENGTH:
        return None
    with unit(access.system(), "certificate.issue", write=False) as work:
        row = work.session.execute(
            select(_C.serial, _C.minutes, _C.minutes_by_hand, _C.voided_at).where(_C.code == asked)
        ).first()
    return Verified(row.serial, row.minutes, row.minutes_by_hand, row.voided_at is None) if row else None


@query("me.view")
def public_address(work: Work) -> str:
    """Where others reach Linli, as an administrator said; "" when nobody did."""
    return str(get(work, "public_address")).rstrip("/")
