"""Posts: who holds which area, in which role, from when to when, with a deputy."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlmodel import Field

from db import clock, keeping, parsing
from db.access import below, within
from db.engine import BYTEWISE
from db.errors import Refused
from db.fields import Option, choice, day, option, ref, sealed, text
from db.identity import Account
from db.listing import row_of, value_in_clear
from db.record import Record
from db.register import Computed, Filter, Register, Section, Sort, Values, field_filter, register
from db.territory.areas import ROLE_OPTIONS, Area, Level, building_number
from db.words import N_
from db.work import Work, command, query


class Post(Record, table=True):
    """One person's responsibility for one area. A post that ended stays as history."""

    area_id: int = ref(N_("Area"), "area.id", required=True, nullable=False,
                       headings=("区域", "所属网格", "网格", "楼栋", "负责区域"))  # fmt: skip
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)
    role: str = choice(N_("Position"), ROLE_OPTIONS, required=True, default="building_lead", index=True,
                       headings=("职务", "角色", "岗位"))  # fmt: skip
    holder: str = text(
        N_("Holder"), required=True, longest=40, headings=("姓名", "负责人", "网格员", "楼长", "楼栋长")
    )
    holder_key: str = Field(
        default="", index=True
    )  # the same person across posts: account, else resident, else name
    account_id: int | None = ref(
        N_("Account"), "account.id", help=N_("Only when the holder signs in. A holder need not have an account.")
    )  # fmt: skip
    resident_id: int | None = Field(default=None, index=True)
    phone: str | None = sealed("post.phone", N_("Telephone"), "phone", sensitivity="contact",
                               headings=("联系电话", "电话", "手机"))  # fmt: skip
    deputy: str = text(N_("Deputy"), longest=40, headings=("副手", "代理人", "替班"))
    deputy_phone: str | None = sealed("post.deputy_phone", N_("Telephone of the deputy"), "phone", sensitivity="contact",
                                      headings=("副手电话", "代理人电话", "替班电话"))  # fmt: skip
    since: date | None = day(N_("From"), required=True, index=True, headings=("开始日期", "任职日期"))
    until: date | None = day(N_("Until"), index=True, headings=("结束日期", "离任日期"),
                             help=N_("The last day. Empty: until further notice."))  # fmt: skip
    note: str = text(N_("Note"), long=True, headings=("备注",))


_P = Post.__table__.c  # type: ignore[attr-defined]
_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_ACCOUNT = Account.__table__.c  # type: ignore[attr-defined]

MOST_CHOICES = 5000

STATE_OPTIONS = (
    option("active", N_("In office")),
    option("coming", N_("Begins later")),
    option("ended", N_("Ended")),
)


def active_on(when: date) -> ColumnElement[bool]:
    """The posts that are held on that day; `since` and `until` both count as days in office."""
    return and_(_P.since <= when, or_(_P.until.is_(None), _P.until >= when), _P.withdrawn_at.is_(None))


def _in_state(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    today = clock.today()
    states = {"active": active_on(today), "coming": _P.since > today, "ended": _P.until < today}
    return or_(false(), *(states[code] for code in codes if code in states))


def _with_deputy(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(_P.deputy == "" if code == "none" else _P.deputy != "" for code in codes))


def _held_by(_work: Work, keys: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(_P.holder_key == key for key in keys))


def _holder_options(work: Work) -> list[Option]:
    """Everybody who holds something, once: the name by which posts know them."""
    rows = work.session.execute(
        select(_P.holder_key, func.max(_P.holder).label("holder"))
        .where(within(work.viewer, "post.view", _P.area_path), _P.withdrawn_at.is_(None))
        .group_by(_P.holder_key)
        .order_by(func.max(_P.holder))
        .limit(MOST_CHOICES)
    )
    return [Option(row.holder_key, row.holder) for row in rows]


def _expected(_work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    """The post that the level of its area expects; such areas count as held on the map."""
    expects = (
        select(_A.id)
        .join(Level, _L.code == _A.level)
        .where(_A.id == _P.area_id, _L.role == _P.role, _A.closed_on.is_(None))
        .exists()
    )
    return or_(false(), *(expects if code == "yes" else ~expects for code in codes))


def _in_areas(work: Work, codes: Sequence[str]) -> ColumnElement[bool]:
    ids = [int(code) for code in codes if code.isdecimal() and len(code) < 18]
    paths = work.session.execute(select(_A.area_path).where(_A.id.in_(ids))).scalars().all()
    return or_(false(), *(below(_P.area_path, path) for path in paths))


def _area_options(work: Work) -> list[Option]:
    return _areas(work, "post.view", _L.holds_homes.is_(False))


def _areas_to_hold(work: Work) -> list[Option]:
    """The open areas that somebody may hold. Buildings bear the name of what they lie in: numbers repeat."""
    return _areas(work, "post.edit", or_(_L.role != "", _L.holds_homes))


def _areas(work: Work, action: str, which: ColumnElement[bool]) -> list[Option]:
    parent = Area.__table__.alias("parent")  # type: ignore[attr-defined]
    rows = work.session.execute(
        select(_A.id, _A.name, _L.holds_homes, parent.c.name.label("parent"))
        .join(Level, _L.code == _A.level)
        .outerjoin(parent, parent.c.id == _A.parent_id)
        .where(_A.closed_on.is_(None), within(work.viewer, action, _A.area_path), which)
        .order_by(_L.position, parent.c.area_path, _A.position, _A.id)
        .limit(MOST_CHOICES)
    )
    return [
        Option(str(row.id), f"{row.parent} · {row.name}" if row.holds_homes and row.parent else row.name)
        for row in rows
    ]


def _account_options(work: Work) -> list[Option]:
    """The names of everybody who works here and can sign in."""
    rows = work.session.execute(
        select(_ACCOUNT.id, _ACCOUNT.name)
        .where(_ACCOUNT.active.is_(True), _ACCOUNT.role != "volunteer")
        .order_by(_ACCOUNT.name)
        .limit(MOST_CHOICES)
    )
    return [Option(str(row.id), row.name) for row in rows]


def areas_called(work: Work, written: str) -> list[int]:
    """The open areas that a ledger may mean by a code, a name, "第一网格 · 3栋" or a building's number."""
    parts = [part for part in re.split(r"[·/>]", parsing.fold(written)) if part.strip()]
    if not parts:
        return []
    name = parts[-1].strip()
    number = building_number(name)
    parent = Area.__table__.alias("parent")  # type: ignore[attr-defined]
    clauses = [or_(_A.code == name, _A.name == name, and_(_A.number == number, _A.number != ""))]
    if len(parts) > 1:
        clauses.append(parent.c.name == parts[-2].strip())
    found = work.session.execute(
        select(_A.id)
        .outerjoin(parent, parent.c.id == _A.parent_id)
        .where(_A.closed_on.is_(None), within(work.viewer, "post.view", _A.area_path), *clauses)
        .limit(20)
    )
    return list(found.scalars())


def _fill_area(work: Work, rows: list[Values]) -> list[str]:
    parent = Area.__table__.alias("parent")  # type: ignore[attr-defined]
    found = work.session.execute(
        select(_A.id, _A.name, parent.c.name.label("parent"))
        .outerjoin(parent, parent.c.id == _A.parent_id)
        .where(_A.id.in_({row["area_id"] for row in rows}))
    )
    names = {row.id: f"{row.parent} · {row.name}" if row.parent else row.name for row in found}
    return [names.get(row["area_id"], "") for row in rows]


def _fill_level(work: Work, rows: list[Values]) -> list[str]:
    found = work.session.execute(
        select(_A.id, _L.label)
        .join(Level, _L.code == _A.level)
        .where(_A.id.in_({row["area_id"] for row in rows}))
    )
    labels = {row.id: row.label for row in found}
    return [labels.get(row["area_id"], "") for row in rows]


def search(_work: Work, written: str) -> ColumnElement[bool]:
    """Part of the holder's, the deputy's or the area's name; several words must all fit."""
    clauses = []
    for word in parsing.fold(written).split():
        areas = select(_A.id).where(or_(_A.name.icontains(word, autoescape=True), _A.code == word))
        clauses.append(
            or_(
                _P.holder.icontains(word, autoescape=True),
                _P.deputy.icontains(word, autoescape=True),
                _P.area_id.in_(areas),
            )
        )
    return and_(true(), *clauses)


def before_save(work: Work, before: Values | None, values: Values) -> None:
    """Path and holder key follow; the area is open, the days are in order, and nobody else holds it then.

    Refused `area.not_found`, `area.closed`, `post.dates`, and `post.taken` with who holds it from when to when.
    """

    def now(name: str) -> Any:
        return values.get(name, before[name] if before else None)

    # Locked, so that two people cannot fill the same post at the same moment.
    area = work.session.execute(
        select(_A.name, _A.area_path, _A.closed_on).where(_A.id == now("area_id")).with_for_update()
    ).first()
    if area is None or not work.viewer.reaches(work.action, area.area_path):
        raise Refused("area.not_found")
    if area.closed_on is not None and (
        before is None or values.get("area_id", before["area_id"]) != before["area_id"]
    ):
        raise Refused("area.closed", name=area.name)
    values["area_path"] = area.area_path
    holder = parsing.fold(now("holder"))
    values["holder_key"] = holder_key(holder, now("account_id"), now("resident_id"))
    note_holder(work, values["holder_key"], before["holder_key"] if before else "")
    since, until = now("since"), now("until")
    if until is not None and until < since:
        raise Refused("post.dates", since=since, until=until)
    meanwhile = [_P.withdrawn_at.is_(None), _P.until.is_(None) | (_P.until >= since)]
    if until is not None:
        meanwhile.append(_P.since <= until)
    other = work.session.execute(
        select(_P.id, _P.holder, _P.since, _P.until)
        .where(
            _P.area_id == now("area_id"), _P.role == now("role"), _P.id != (before["id"] if before else 0),
            *meanwhile,
        )
        .limit(1)
    ).first()  # fmt: skip
    if other is not None:
        raise Refused(
            "post.taken", post_id=other.id, holder=other.holder, since=other.since, until=other.until, area=area.name
        )  # fmt: skip


def holder_key(holder: str, account_id: int | None, resident_id: int | None) -> str:
    """The same text for the same person: the account, else the resident, else the name."""
    if account_id:
        return f"a{account_id}"
    return f"r{resident_id}" if resident_id else f"n{holder}"


def note_holder(work: Work, *keys: str) -> None:
    """Say that these holders (`holder_key`, "" for none) may hold something else now than before."""
    work.known.setdefault("holders", set()).update(key for key in keys if key)


def noted_holders(work: Work) -> set[str]:
    """The holders that `note_holder` was told of in this unit of work."""
    noted: set[str] = work.known.get("holders", set())
    return noted


POSTS = register(
    Register(
        name="posts",
        table=Post,
        title=N_("Who is responsible"),
        one=N_("Post"),
        action="post",
        label="holder",
        columns=("area", "level", "role", "holder", "deputy", "since", "until", "phone"),
        sections=(
            Section(N_("What"), ("area_id", "role", "since", "until")),
            Section(N_("Holder and deputy"), ("holder", "phone", "deputy", "deputy_phone", "account_id")),
            Section(N_("More"), ("note",)),
        ),
        sorts=(
            Sort("area", N_("By area"), ("area_path", "role")),
            Sort("holder", N_("By holder"), ("holder_key",)),
            Sort("newest", N_("Latest in office first"), ("since",), descending=True),
        ),
        search=search,
        search_help=N_("Name of the holder, the deputy or the area"),
        filters=(
            Filter("area", N_("Area"), _in_areas, _area_options),
            field_filter(Post, "role"),
            Filter("status", N_("Status"), _in_state, lambda _work: STATE_OPTIONS),
            Filter("holder", N_("Holder"), _held_by, _holder_options),
            Filter(
                "deputy", N_("Deputy"), _with_deputy,
                lambda _work: (Option("none", N_("Has none")), Option("named", N_("Has one"))),
            ),
            Filter(
                "expected", N_("As its area expects"), _expected,
                lambda _work: (Option("yes", N_("Yes")), Option("no", N_("No"))),
            ),
        ),
        defaults={"status": ("active",)},
        computed=(
            Computed("area", N_("Area"), _fill_area, ("area_id",)),
            Computed("level", N_("Level"), _fill_level, ("area_id",)),
        ),
        before_save=before_save,
        choices={"area_id": _areas_to_hold, "account_id": _account_options},
        match=("area_id", "role", "since"),
        resolve={"area_id": areas_called},
        topics=("posts",),
    )
)  # fmt: skip


@command("post.edit")
def end(work: Work, *, post_id: int, day: date, reason: str = "") -> None:
    """The holder's last day is `day`. Refused `record.not_found`, `post.dates`."""
    row = row_of(work, POSTS, post_id, "post.edit", lock=True)
    keeping.edit(work, POSTS, post_id, row["version"], {"until": day}, reason=reason)


@command("post.edit")
def hand_over(
    work: Work, *, post_id: int, holder: str, from_day: date, deputy: str = "", phone: str = "",
    account_id: int | None = None, note: str = "",
) -> int:  # fmt: skip
    """Somebody else holds the post from `from_day` on; the one before stays as history. Returns the new post.

    Refused `record.not_found`, `form.invalid`, `post.handover_day` (not after the first day of the one
    before), `post.same_holder`, `post.taken`, `area.closed`.
    """
    row = row_of(work, POSTS, post_id, "post.edit", lock=True)
    if from_day <= row["since"]:
        raise Refused("post.handover_day", since=row["since"])
    if holder_key(parsing.fold(holder), account_id, None) == row["holder_key"]:
        raise Refused("post.same_holder", holder=row["holder"])
    last = from_day - timedelta(days=1)
    if row["until"] is None or row["until"] > last:
        keeping.edit(work, POSTS, post_id, row["version"], {"until": last})
    same = bool(deputy) and parsing.fold(deputy) == row["deputy"]  # then the number is the same as well
    return keeping.create(
        work,
        POSTS,
        {
            "area_id": row["area_id"], "role": row["role"], "holder": holder, "since": from_day, "deputy": deputy,
            "deputy_phone": value_in_clear(row, POSTS, "deputy_phone", POSTS.specs["deputy_phone"]) if same else None,
            "phone": phone, "account_id": account_id, "note": note,
        },
    )  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """Who holds or held an area."""

    post_id: int
    area_id: int
    role: str
    holder: str
    deputy: str
    since: date
    until: date | None


def _holders(work: Work, *clauses: ColumnElement[bool]) -> list[Holder]:
    rows = work.session.execute(
        select(_P.id.label("post_id"), _P.area_id, _P.role, _P.holder, _P.deputy, _P.since, _P.until)
        .where(within(work.viewer, "post.view", _P.area_path), _P.withdrawn_at.is_(None), *clauses)
        .order_by(_P.since.desc(), _P.id.desc())
    )
    return [Holder(**row._mapping) for row in rows]


@query("post.view")
def holders(work: Work, *, area_ids: Iterable[int], when: date | None = None) -> dict[int, list[Holder]]:
    """Who holds these areas today, or on the day `when`."""
    found: dict[int, list[Holder]] = {}
    for one in _holders(work, _P.area_id.in_(set(area_ids)), active_on(when or clock.today())):
        found.setdefault(one.area_id, []).append(one)
    return found


@query("post.view")
def history(work: Work, *, area_id: int) -> list[Holder]:
    """Everybody who held or will hold an area, the latest first."""
    return _holders(work, _P.area_id == area_id)


@query("post.edit")
def staff(work: Work) -> list[Option]:
    """The accounts that a holder can be linked to: id and name, nothing else."""
    return _account_options(work)
