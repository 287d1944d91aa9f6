"""Finding a resident in one line: part of a name, initials, a number or its last four digits, an address."""

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from db import access, parsing
from db.access import below, prefix_end
from db.errors import Refused
from db.people.tables import FindKey, Household, Resident
from db.register import Hit, Through, Values
from db.sealing import ring
from db.territory.areas import Area
from db.work import Work

Columns = ReadOnlyColumnCollection[str, Column[Any]]

Key = tuple[str, str, int]  # token, place, resident
Fingerprint = Callable[[str, str], str]

FEW = 300
AT_ONCE = 500
GONE = ("merged", "withdrawn")  # found by nothing
_WHOLE = 2**64 - 1

_RESIDENT: Columns = Resident.__table__.c  # type: ignore[attr-defined]
_KEY: Columns = FindKey.__table__.c  # type: ignore[attr-defined]
_HOME: Columns = Household.__table__.c  # type: ignore[attr-defined]
_AREA: Columns = Area.__table__.c  # type: ignore[attr-defined]


@lru_cache(maxsize=4096)
def home_key(stair: str, room: str) -> str:
    """Sorts the homes of a building as one walks: stair, then floor and room."""
    return f"{_padded(stair, 3)}|{_padded(room, 5)}"


def _padded(text: str, width: int) -> str:
    return re.sub(r"\d+", lambda digits: digits.group().zfill(width), text) if text else ""


def place_of(area_path: str, stair: str = "", room: str = "") -> str:
    """Where a home lies, as one text that sorts: "/00001/00004/00017/003|00402"."""
    return area_path + home_key(stair, room) if stair or room else area_path


def name_key(name: str, initials: str) -> str:
    """Sorts names by the reading of the family name, then of the given name."""
    return f"{initials[:1]}{name[:1]}{initials[1:]}{name}"


def tokens(
    name: str, initials: str, id_number: str | None, phone: str | None, fingerprint: Fingerprint | None = None
) -> set[str]:
    """Everything by which a resident is found. Numbers only as keyed hashes; one letter is found by `name_key`.

    `fingerprint` is that of the key ring, for those who ask very often.
    """
    found = parsing.name_tokens(name)
    found.update(["~" + initials[:end] for end in range(2, len(initials) + 1)])
    hashed = fingerprint or ring().fingerprint
    if id_number:
        found.add("#" + hashed("whole", id_number))
        found.add("#" + hashed("last4", id_number[-4:]))
    for number in (phone or "").split("、"):
        if number:
            digits = number if number.isascii() and number.isdigit() else re.sub(r"\D", "", number)
            found.add("#" + hashed("whole", digits))
            found.add("#" + hashed("last4", digits[-4:]))
    return found


def keys(work: Work, people: Iterable[Values]) -> set[Key]:
    """The find keys of these residents (whole records), with those of the records merged into them."""
    places = {one["id"]: one["place"] for one in people if one["status"] not in GONE}
    found = {
        (token, one["place"], one["id"])
        for one in people
        if one["id"] in places
        for token in tokens(one["name"], one["initials"], one["id_number"], one["phone"])
    }
    ids = sorted(places)
    for start in range(0, len(ids), AT_ONCE):
        merged = work.session.execute(
            select(
                _RESIDENT.merged_into,
                _RESIDENT.name,
                _RESIDENT.initials,
                _RESIDENT.id_number,
                _RESIDENT.phone,
            ).where(_RESIDENT.merged_into.in_(ids[start : start + AT_ONCE]))
        )
        for into, *by in merged:
            found.update((token, places[into], into) for token in tokens(*by))
    return found


def index(work: Work, resident_id: int, before: Values | None, values: Values) -> None:
    """Write the find keys of one resident anew. `before` is the whole record as it was, None for a new one."""
    if before is not None:
        forget(work, resident_id, before)
    new = keys(work, [{**values, "id": resident_id}])
    if new:
        rows = [{"token": token, "place": place, "resident_id": one} for token, place, one in sorted(new)]
        work.session.execute(insert(FindKey), rows)


def forget(work: Work, resident_id: int, values: Values) -> None:
    """Delete the find keys that a resident with these values has."""
    drop(work, keys(work, [{**values, "id": resident_id}]))


def drop(work: Work, gone: Collection[Key]) -> None:
    """Delete find keys. They are worked out anew to be deleted: an index over residents would cost more than all keys."""
    if not gone:
        return
    work.wrote()
    work.connection.execute(
        delete(FindKey).where(
            _KEY.token == bindparam("a_token"), _KEY.place == bindparam("a_place"),
            _KEY.resident_id == bindparam("an_id"),
        ),
        [{"a_token": token, "a_place": place, "an_id": one} for token, place, one in sorted(gone)],
    )  # fmt: skip


def differences(work: Work, step: int = 1) -> Iterator[int]:
    """The ids of residents whose find keys are not what their records say, in ascending order.

    Looks at every `step`-th id; ids that nobody has are told too when keys have them. Both sides are added up
    as one number for each resident, so that a million are compared in a few megabytes. Residents whose
    numbers cannot be opened are passed over.
    """
    last = work.session.execute(select(func.coalesce(func.max(_RESIDENT.id), 0))).scalar_one()
    most = work.session.execute(select(func.coalesce(func.max(_KEY.resident_id), 0))).scalar_one()
    sums = array("Q", bytes(8 * (max(last, most) + 1)))
    every = _KEY.resident_id % step == 0 if step > 1 else true()
    kept = select(_KEY.token, _KEY.place, _KEY.resident_id).where(every)
    for token, place, resident_id in work.session.execute(kept.execution_options(yield_per=5000)):
        sums[resident_id] = (sums[resident_id] + hash((token, place))) & _WHOLE
    named = ("id", "status", "place", "name", "initials")
    columns = [*(_RESIDENT[name] for name in named), *(
        type_coerce(_RESIDENT[name], LargeBinary).label(name) for name in ("id_number", "phone")
    )]  # fmt: skip
    for start in range(0, last + 1, AT_ONCE * step):
        inside = and_(_RESIDENT.id >= start, _RESIDENT.id < start + AT_ONCE * step)
        rows = work.session.execute(
            select(*columns).where(inside, _RESIDENT.id % step == 0 if step > 1 else true())
        )
        people = []
        for row in rows.mappings():
            try:
                people.append(_opened(row))
            except Refused:
                sums[row["id"]] = 0
        try:
            wanted = keys(work, people)
        except Refused:  # a number of somebody merged
            wanted = {key for one in people for key in _keys_if_open(work, one, sums)}
        for token, place, resident_id in wanted:
            sums[resident_id] = (sums[resident_id] - hash((token, place))) & _WHOLE
    yield from (resident_id for resident_id, left in enumerate(sums) if left)


def _opened(row: Mapping[Any, Any]) -> Values:
    values = dict(row)
    for name in ("id_number", "phone"):
        values[name] = ring().open(bytes(values[name]), f"resident.{name}") if values[name] else None
    return values


def _keys_if_open(work: Work, one: Values, sums: "array[int]") -> set[Key]:
    try:
        return keys(work, [one])
    except Refused:
        sums[one["id"]] = 0
        return set()


def reach(work: Work, text: str) -> Hit:
    """What one types into the search box, as a way to residents. Several words must all fit."""
    folded = parsing.fold(text)
    token = _number_token(folded)
    if token is not None:
        return _by_number(work, token)
    hits = [_word(work, word) for word in folded.split()]
    leading = next((hit.through for hit in hits if hit.through is not None), None)
    others = [hit.where if hit.through is leading else hit.clause(_RESIDENT.id) for hit in hits]
    return Hit(and_(true(), *others), leading, any(hit.narrow for hit in hits))


def search(work: Work, text: str) -> ColumnElement[bool]:
    """The same as one condition on residents."""
    return reach(work, text).clause(_RESIDENT.id)


def _word(work: Work, word: str) -> Hit:
    token = _number_token(word)
    if token is not None:
        return _by_number(work, token)
    if parsing.looks_like_address(word):
        return Hit(_at_address(work, word), narrow=True)
    if work.viewer.sees("name") != "clear":
        return _family_name(work, word)
    if re.fullmatch(r"[A-Za-z]+", word):
        letters = word.lower()
        initials = (
            _one_letter(work, letters) if len(word) == 1 else Hit(true(), _through(work, "~" + letters))
        )
        named = _named(work, word)
        if named.through is None or not _any(work, named.through):
            return initials
        return Hit(or_(initials.clause(_RESIDENT.id), named.clause(_RESIDENT.id)))
    return _named(work, word)


def _one_letter(work: Work, letter: str) -> Hit:
    """Names whose reading begins with a letter lie together; many of them are met soon on any walk of the list."""
    inside = and_(_RESIDENT.name_key >= letter, _RESIDENT.name_key < prefix_end(letter))
    some = select(_RESIDENT.id).where(inside).limit(FEW).subquery()
    few = work.session.execute(select(func.count()).select_from(some)).scalar_one() < FEW
    return Hit(inside, narrow=few)


def _by_number(work: Work, token: str) -> Hit:
    """Only for those who see numbers, masked at least: for others a search would tell whose number it is."""
    if "none" in (work.viewer.sees("identity"), work.viewer.sees("contact")):
        return Hit(false())
    return Hit(true(), _through(work, token))


def _family_name(work: Work, word: str) -> Hit:
    """Who sees names masked searches by the part that is shown."""
    if len(word) != 1:
        return Hit(false())
    return Hit(_RESIDENT.name.startswith(word, autoescape=True), _through(work, word.lower()))


def _number_token(text: str) -> str | None:
    """The find key of a whole number or of its last four digits; None when the text is no such number."""
    compact = re.sub(r"[\s-]", "", text).upper()
    keys = ring()
    if re.fullmatch(r"\d{3}[\dX]", compact) and "-" not in text:
        return "#" + keys.fingerprint("last4", compact)
    if re.fullmatch(r"\d{14}(\d{3}[\dX]|\d)", compact):
        whole = parsing.id_number(compact).value or compact
        return "#" + keys.fingerprint("whole", whole)
    if re.fullmatch(r"(\+?86)?1\d{10}|0\d{9,11}|\d{7,8}", compact) and not parsing.looks_like_address(text):
        digits = compact.removeprefix("+").removeprefix("86") if len(compact) > 12 else compact
        return "#" + keys.fingerprint("whole", digits)
    return None


def _through(work: Work, token: str) -> Through:
    inside = and_(_KEY.token == token, access.within(work.viewer, "resident.view", _KEY.place))
    return Through(inside, _KEY.resident_id, _KEY.place)


def _any(work: Work, through: Through) -> bool:
    return work.session.execute(select(through.record_id).where(through.where).limit(1)).first() is not None


def _named(work: Work, word: str) -> Hit:
    pairs = parsing.query_tokens(word)
    if not pairs:
        return Hit(false())
    if len(pairs) == 1:
        return Hit(true(), _through(work, pairs[0]))
    rarest = min(pairs, key=lambda pair: _how_many(work, pair)) if len(pairs) < 6 else pairs[0]
    return Hit(_RESIDENT.name.icontains(word, autoescape=True), _through(work, rarest))


def _how_many(work: Work, token: str) -> int:
    """How many keys a token has, as far as it matters for choosing the rarer one."""
    some = select(_KEY.resident_id).where(_KEY.token == token).limit(FEW).subquery()
    return int(work.session.execute(select(func.count()).select_from(some)).scalar_one())


def _at_address(work: Work, word: str) -> ColumnElement[bool]:
    asked = parsing.address(word).value
    if asked is None:
        return false()
    buildings = work.session.execute(
        select(_AREA.id, _AREA.area_path).where(
            or_(_AREA.number == asked.building, _AREA.name == asked.building),
            _AREA.closed_on.is_(None),
        )
    ).all()
    if not buildings:
        return false()
    if asked.room and not asked.stair:
        homes = select(_HOME.id).where(
            _HOME.area_id.in_([building.id for building in buildings]), _HOME.room == asked.room
        )
        return _RESIDENT.household_id.in_(homes)
    return or_(*(_in_home(building.area_path, asked) for building in buildings))


def _in_home(path: str, asked: parsing.Address) -> ColumnElement[bool]:
    if not asked.stair:
        return below(_RESIDENT.place, path)
    if not asked.room:
        start = path + _padded(asked.stair, 3) + "|"
        return and_(_RESIDENT.place >= start, _RESIDENT.place < prefix_end(start))
    return _RESIDENT.place == place_of(path, asked.stair, asked.room)


def by_number(work: Work, number: str) -> Iterable[int]:
    """The ids of residents, in any area, that have or had this whole ID or telephone number."""
    token = "#" + ring().fingerprint("whole", number)
    return work.session.execute(select(_KEY.resident_id).where(_KEY.token == token)).scalars()
