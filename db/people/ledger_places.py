"""Where the rows of a ledger say that people live: addresses to buildings and homes, and what is missing of them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from db import parsing
from db.importing.engine import portions
from db.importing.plans import Choices, Missing, Remark
from db.parsing import Address
from db.people.tables import Household
from db.territory.areas import Area, Level, building_number
from db.work import Work

_A = Area.__table__.c  # type: ignore[attr-defined]
_L = Level.__table__.c  # type: ignore[attr-defined]
_H = Household.__table__.c  # type: ignore[attr-defined]

_BARE = re.compile(r"[A-Za-z甲乙丙丁戊新老东西南北]?[0-9]{1,4}[A-Za-z]?")
_STAIR_AND_ROOM = re.compile(
    r"[1-9][-－—][0-9]{3,4}(室)?"
)  # beside a building of its own: not building and room
_CLEARLY_BUILDING = re.compile(r"[栋幢座#＃]|号楼|楼[0-9]")
_UNITS = ("楼", "栋", "幢", "座")
_BARE_STAIR = re.compile(r"[0-9]{1,2}|[A-Za-z甲乙丙丁戊东西南北中]")
_GRID_NUMBER = re.compile(r"(?:第|网格)?([0-9]{1,3}|[一二三四五六七八九十百]{1,4})(?:号)?(?:网格|片区|片)?")


class Written(NamedTuple):
    """Where a row says somebody lives; `where` is None when no building can be read from it.

    `problem` is about the cell of the address (of the building or room when there is none); with a `where`
    only that cell is left out. `note` says what deserves a look.
    """

    where: Address | None
    estate: str = ""
    problem: str = ""
    note: str = ""


def written(address: str, building: str, stair: str, room: str) -> Written:
    """Building, stair and room from columns of their own (门牌 may hold "3-402"), from one address, or from both.

    Beside a building the address gives the stair and room that have no column. Problems
    `address.unreadable`, `import.room_without_building`, `import.building_differs` (the two name different
    buildings: neither is believed); note `import.address_differs` (the columns, with a room, were believed).
    """
    if building:
        own = _in_columns(building, stair, room)
        return _with_address(own, building, stair, address) if address and own.where else own
    found = _read(address)
    if found.where and not found.where.room and (stair or room):
        return _read(f"{address}{_marked(stair)}{room}")
    if found.where or address:
        return found
    found = _read(room)
    return found if found.where else Written(None, problem="import.room_without_building")


def _in_columns(building: str, stair: str, room: str) -> Written:
    whole = parsing.address(room).value
    front = _front(building)
    own = _read(front)
    if own.where and whole and whole.stair and whole.building == own.where.building:
        return Written(whole, own.estate)
    found = _read(f"{front}{_marked(stair)}{room}")
    if found.where:
        return found
    if own.where:
        return Written(Address(own.where.building, stair.removesuffix("单元"), room), own.estate)
    return Written(Address(building, stair.removesuffix("单元"), room))


def _with_address(own: Written, building: str, stair: str, address: str) -> Written:
    """What the columns say, with what the address adds to them or holds against them."""
    here, said = own.where, _read(address)
    assert here is not None
    there = said.where
    if there is not None and there.building == here.building:
        differs = _differ(here.stair, there.stair) or _differ(here.room, there.room)
        if differs and here.room:
            return own._replace(note="import.address_differs")
        if differs:
            return Written(None, problem="import.building_differs")
        both = Address(here.building, here.stair or there.stair, here.room or there.room)
        return Written(both, own.estate or said.estate)
    if here.room:
        names_another = there is not None and bool(_CLEARLY_BUILDING.search(address))
        return own._replace(note="import.address_differs") if names_another else own
    if there is None or _STAIR_AND_ROOM.fullmatch(parsing.fold(address)):
        for between in dict.fromkeys((_marked(stair), "")):
            joined = _read(f"{_front(building)}{between}{address}")
            found = joined.where
            if found and found.building == here.building and not _differ(here.stair, found.stair):
                return Written(found._replace(stair=found.stair or here.stair), own.estate)
    if there is None:
        return own._replace(problem="address.unreadable")
    if there.room or there.stair or _CLEARLY_BUILDING.search(address):
        return Written(None, problem="import.building_differs")
    return own  # a street and its number


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _front(building: str) -> str:
    return f"{building}栋" if _BARE.fullmatch(building) else building


def _marked(stair: str) -> str:
    return f"{stair}单元" if _BARE_STAIR.fullmatch(stair) else stair


def _read(text: str) -> Written:
    found = parsing.address(text)
    if found.value is None:
        return Written(None, problem=found.problem or "address.unreadable" if text else "")
    return Written(found.value, found.rest[0] if found.rest else "")


@lru_cache(maxsize=4096)
def grid_key(text: str) -> str:
    """The name of a grid as it is compared: "第七网格", "7网格" and "07" are the same."""
    plain = parsing.fold(text).replace(" ", "")
    found = _GRID_NUMBER.fullmatch(plain)
    if found is None:
        return plain
    from db.parsing.addresses import _number

    digits = found[1] if found[1].isdigit() else _number(found[1])
    return f"#{int(digits)}"


@dataclass(frozen=True, slots=True)
class Spot:
    """An area of the tree."""

    id: int
    parent_id: int | None
    name: str
    number: str
    level: str
    area_path: str
    closed: bool
    reached: bool  # the viewer may bring people in here


@dataclass(slots=True)
class Home:
    """A home in a building: one that is there (`id`), or one to be made when the import is applied."""

    id: int | None
    area_id: int | None
    missing: str  # the key of the building when that is missing itself
    stair: str
    room: str
    number: str
    place: str = ""
    area_path: str = ""
    address: str = ""
    version: int = 1
    closed: bool = False
    fill: str = ""  # the household number that the file adds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Home) and self._same() == other._same()

    def _same(self) -> tuple[object, ...]:
        return self.id, self.area_id, self.missing, self.stair, self.room, self.number


@dataclass(slots=True)
class Found:
    """What became of what a row says: an area, or the key of a missing one, or remarks that refuse the row."""

    spot: Spot | None = None
    missing: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass
class Wanted:
    """A missing place, while the rows that name it are being counted."""

    key: str
    level: str
    name: str
    number: str
    grids: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    closed_id: int | None = None


class Places:
    """The areas that a ledger speaks of."""

    def __init__(self, work: Work, choices: Choices) -> None:
        self.work = work
        self.choices = choices
        levels = work.session.execute(select(_L.code, _L.holds_homes).order_by(_L.position)).all()
        self.home_levels = [row.code for row in levels if row.holds_homes]
        above = [row.code for row in levels if not row.holds_homes]
        self.building_level = self.home_levels[0] if self.home_levels else ""
        self.grid_level = above[-1] if above else ""
        self.over_grid = above[-2] if len(above) > 1 else ""
        self.others: dict[int, Spot] = {}
        self.grids: dict[str, list[Spot]] = {}
        self.buildings: dict[str, list[Spot]] = {}
        self.wanted: dict[str, Wanted] = {}
        self.cache: dict[tuple[Written, str], Found] = {}

    def load(self, buildings: Iterable[str]) -> None:
        """Fetch the areas above the homes, and the buildings with these numbers or names."""
        for spot in self._fetch(_A.level.not_in(self.home_levels)):
            self.others[spot.id] = spot
            if not spot.closed:
                for key in {spot.name, grid_key(spot.name)}:
                    self.grids.setdefault(key, []).append(spot)
        for some in portions(sorted(set(buildings))):
            names = [name for one in some for name in (one, f"{one}栋", f"{one}幢", f"{one}号楼")]
            clause = or_(_A.number.in_(some), _A.name.in_(names))
            for spot in self._fetch(_A.level.in_(self.home_levels) & clause):
                for key in {spot.number, spot.name, building_number(spot.name)} - {""}:
                    known = self.buildings.setdefault(key, [])
                    if all(one.id != spot.id for one in known):
                        known.append(spot)

    def _fetch(self, clause: ColumnElement[bool]) -> list[Spot]:
        rows = self.work.session.execute(
            select(_A.id, _A.parent_id, _A.name, _A.number, _A.level, _A.area_path, _A.closed_on).where(
                clause
            )
        )
        reaches = self.work.viewer.reaches
        return [
            Spot(
                row.id, row.parent_id, row.name, row.number, row.level, row.area_path,
                row.closed_on is not None, reaches("resident.import", row.area_path),
            )
            for row in rows
        ]  # fmt: skip

    def find(self, asked: Written, grid: str) -> Found:
        """The area that a row means; the same object for the same words."""
        key = (asked, grid)
        found = self.cache.get(key)
        if found is None:
            found = self.cache[key] = self._building(asked, grid) if asked.where else self._grid(grid)
        if found.missing:
            wanted = self.wanted[found.missing]
            wanted.rows += 1
            wanted.grids[grid] += 1
        return found

    def _grid(self, grid: str) -> Found:
        if not grid:
            return Found(remarks=(Remark("import.no_place", "refused"),))
        spot = self._known_grid(grid)
        if spot is not None:
            return self._if_reached(spot)
        if self.grids.get(grid_key(grid)) or self.grids.get(grid):
            return Found(remarks=(Remark("import.outside", "refused"),))
        self._want_grid(grid)
        return self._waiting(f"grid:{grid_key(grid)}", Remark("import.grid_missing", "refused", None, grid))

    def _known_grid(self, grid: str) -> Spot | None:
        """The one grid of this name, within the viewer's areas when there are several."""
        known = self.grids.get(grid) or self.grids.get(grid_key(grid)) or []
        reached = [spot for spot in known if spot.reached]
        if len(known) == 1:
            return known[0]
        return reached[0] if len(reached) == 1 else None

    def _building(self, asked: Written, grid: str) -> Found:
        assert asked.where is not None
        name = asked.where.building
        known = self.buildings.get(name, [])
        there = self._narrowed([spot for spot in known if not spot.closed], asked.estate, grid)
        if len(there) > 1:
            return Found(remarks=(Remark("import.place_several", "refused", None, name, {"building": name}),))
        if there:
            found = self._if_reached(there[0])
            lies_in = self._known_grid(grid) if grid else None
            if lies_in is not None and found.spot and not found.spot.area_path.startswith(lies_in.area_path):
                real = self.others.get(found.spot.parent_id or 0)
                facts = {"grid": real.name if real else ""}
                found.remarks += (Remark("import.grid_differs", "note", None, grid, facts),)
            return found
        key = f"building:{name}"
        if key not in self.wanted:
            wanted = Wanted(key, self.building_level, *_called(name))
            wanted.closed_id = known[0].id if len(known) == 1 else None
            self.wanted[key] = wanted
        if grid and self._known_grid(grid) is None:
            self._want_grid(grid)
        return self._waiting(key, Remark("import.place_missing", "refused", None, name, {"building": name}))

    def _narrowed(self, spots: list[Spot], estate: str, grid: str) -> list[Spot]:
        """Several buildings of one number: those the viewer reaches, in the grid named, in the estate named."""
        lies_in = self._known_grid(grid) if grid else None
        tests = (
            lambda spot: spot.reached,
            lambda spot: lies_in is not None and spot.area_path.startswith(lies_in.area_path),
            lambda spot: bool(estate) and any(self._is_named(one, estate) for one in self._above(spot)),
        )
        for test in tests:
            if len(spots) > 1:
                spots = [spot for spot in spots if test(spot)] or spots
        return spots

    def _above(self, spot: Spot) -> list[Spot]:
        ids = [int(part) for part in spot.area_path.split("/") if part]
        return [self.others[one] for one in ids if one in self.others]

    @staticmethod
    def _is_named(spot: Spot, estate: str) -> bool:
        return spot.name in estate or estate in spot.name

    @staticmethod
    def _if_reached(spot: Spot) -> Found:
        return Found(spot) if spot.reached else Found(remarks=(Remark("import.outside", "refused"),))

    def _want_grid(self, grid: str) -> None:
        key = f"grid:{grid_key(grid)}"
        self.wanted.setdefault(key, Wanted(key, self.grid_level, grid, ""))

    def _waiting(self, key: str, why: Remark) -> Found:
        """A place that is missing: the row waits for the user's tick."""
        return Found(missing=key, remarks=() if key in self.choices.places else (why,))

    def parent_of(self, key: str) -> int | str | None:
        """Where a missing place would lie: an area's id, the key of another missing place, None if unknown."""
        chosen = self.choices.places.get(key)
        if chosen is not None:
            return chosen
        wanted = self.wanted[key]
        if key.startswith("grid:"):
            over = [
                s for s in self.others.values() if s.level == self.over_grid and s.reached and not s.closed
            ]
            return over[0].id if len(over) == 1 else None
        grid = next((grid for grid, _ in wanted.grids.most_common() if grid), "")
        if grid:
            spot = self._known_grid(grid)
            return spot.id if spot is not None else f"grid:{grid_key(grid)}"
        only = [s for s in self.others.values() if s.level == self.grid_level and s.reached and not s.closed]
        return only[0].id if len(only) == 1 else None

    def waits(self, key: str) -> Remark | None:
        """Why a ticked place still cannot be made: it is not known where it lies."""
        parent = self.parent_of(key)
        if parent is None or (isinstance(parent, str) and parent not in self.choices.places):
            return Remark("import.parent_needed", "refused")
        return self.waits(parent) if isinstance(parent, str) else None

    def missing(self) -> tuple[Missing, ...]:
        """What is offered to be made, grids first."""
        found = []
        for one in sorted(self.wanted.values(), key=lambda one: (one.key[0] != "g", len(one.name), one.name)):
            parent = self.parent_of(one.key)
            grid = next((grid for grid, _ in one.grids.most_common() if grid), "")
            found.append(
                Missing(
                    one.key, one.level, one.name, one.number, grid,
                    parent if isinstance(parent, int) else None,
                    parent if isinstance(parent, str) else "", one.rows, one.closed_id,
                )
            )  # fmt: skip
        return tuple(found)

    def parents(self) -> tuple[tuple[int, str], ...]:
        """Areas in which a missing place could lie."""
        open_ones = [spot for spot in self.others.values() if spot.reached and not spot.closed]
        return tuple((spot.id, spot.name) for spot in sorted(open_ones, key=lambda spot: spot.area_path))


def _called(name: str) -> tuple[str, str]:
    """What a missing building would be called, and its number: "12" is 12栋; 综合楼 is that already."""
    own = building_number(name)
    if name[-1:] in _UNITS or (own and not name.isdigit()):
        return name, own
    number = building_number(f"{name}栋")
    return f"{name}栋" if number == name else name, number


class Homes:
    """The households that a ledger speaks of."""

    def __init__(self, work: Work, area_ids: Iterable[int]) -> None:
        self.known: dict[tuple[int | str, str, str], list[Home]] = {}
        self.rooms: dict[tuple[int | str, str], list[Home]] = {}
        for some in portions(sorted(set(area_ids))):
            rows = work.session.execute(
                select(
                    _H.id, _H.area_id, _H.stair, _H.room, _H.number, _H.place, _H.area_path, _H.address, _H.version,
                    _H.closed_on,
                )
                .where(_H.area_id.in_(some))
                .order_by(_H.closed_on.is_not(None), _H.id)
            )  # fmt: skip
            for row in rows:
                self._add(
                    Home(
                        row.id, row.area_id, "", row.stair, row.room, row.number, row.place, row.area_path,
                        row.address, row.version, row.closed_on is not None,
                    )
                )  # fmt: skip

    def _add(self, home: Home) -> None:
        where = home.area_id or home.missing
        self.known.setdefault((where, home.stair, home.room), []).append(home)
        self.rooms.setdefault((where, home.room), []).append(home)

    def find(self, spot: Spot | None, missing: str, where: Address, number: str) -> tuple[Home | None, bool]:
        """The home of an address, made when there is none; whether several would have fitted. None without a room."""
        if not where.room:
            return None, False
        area: int | str = spot.id if spot is not None else missing
        homes = self.known.get((area, where.stair, where.room), [])
        if not homes and not where.stair and len(self.rooms.get((area, where.room), [])) == 1:
            homes = self.rooms[area, where.room]  # the only home with this room number, in whatever stair
        same = [home for home in homes if (home.fill or home.number) == number] if number else homes
        if same:
            return same[0], len(same) > 1 and not number and not same[0].closed and not same[1].closed
        unnumbered = [home for home in homes if not home.number and not home.fill]
        if unnumbered:
            if unnumbered[0].id is None:
                unnumbered[0].number = number
            else:
                unnumbered[0].fill = number
            return unnumbered[0], False
        home = Home(None, spot.id if spot is not None else None, missing, where.stair, where.room, number)
        self._add(home)
        return home, False


def to_make(homes: Mapping[tuple[int | str, str, str], list[Home]]) -> list[Home]:
    """The homes that are not there yet."""
    return [home for some in homes.values() for home in some if home.id is None]
