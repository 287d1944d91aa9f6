"""Who a row of a ledger is: by the whole ID number, else by the name with birth date, telephone or home."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import null, select

from db import parsing
from db.importing.columns import ReadRow
from db.importing.engine import MANY_AT_ONCE, among, portions
from db.importing.plans import Candidate, Change, PlannedRow, Remark
from db.people import finding
from db.people.ledger_dates import agrees
from db.people.ledger_places import Home, Spot
from db.people.tables import FindKey, Resident
from db.sealing import ring
from db.work import Work

_R = Resident.__table__.c  # type: ignore[attr-defined]
_KEY = FindKey.__table__.c  # type: ignore[attr-defined]

NO_PHONES: frozenset[str] = frozenset()
GONE = ("merged", "withdrawn")


@dataclass(slots=True)
class PersonRow(PlannedRow):
    """A row of a residents' ledger: besides its values where the person lives and which groups are named."""

    spot: Spot | None = None
    missing: str = ""
    home: Home | None = None
    groups: tuple[int, ...] = ()
    stair: str = ""  # the words for a stair of which no room is named
    moves: bool = False  # the home or area changes

    def note(self, *changes: Change) -> None:
        self.changes += changes


class Known(NamedTuple):
    """Somebody registered, as far as telling people apart needs it."""

    id: int
    name: str
    born: date | None
    phones: frozenset[str]
    id_number: str | None
    household_id: int | None
    address: str
    place: str
    reached: bool


class Match(NamedTuple):
    """Who it is: `known`, or nobody, or (`doubt`, a code) several."""

    known: Known | None = None
    candidates: tuple[Candidate, ...] = ()
    doubt: str = ""
    elsewhere: bool = False


NOBODY = Match()


@dataclass
class Matcher:
    """Finds the registered people that rows may mean, with a few questions to the database for all rows."""

    work: Work
    by_number: dict[str, list[Known]] = field(default_factory=dict)
    by_name: dict[str, list[Known]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def load(self, rows: Sequence[ReadRow]) -> None:
        """Fetch whoever has an ID number or a name of these rows."""
        if self.work.session.execute(select(_R.id).limit(1)).first() is None:
            return
        keys = ring()
        tokens = {
            "#" + keys.fingerprint("whole", number): number
            for number in {row.get("id_number") for row in rows}
            if number
        }
        for some in portions(sorted(tokens), MANY_AT_ONCE):
            with_number = among(self.work, _KEY.token, some) & (_KEY.resident_id == _R.id)
            for token, known in self._known(with_number, _KEY.token, numbers=False):
                self.by_number.setdefault(tokens[token], []).append(known)
        for several in self.by_number.values():
            several.sort(key=lambda known: known.id)
        names = {
            row.get("name") for row in rows if row.has("name") and row.get("id_number") not in self.by_number
        }
        name_keys = {finding.name_key(name, parsing.initials(name)) for name in names}
        for some in portions(sorted(name_keys)):
            for _key, known in self._known(among(self.work, _R.name_key, some), _R.name_key):
                if known.name in names:
                    self.by_name.setdefault(known.name, []).append(known)

    def _known(self, clause: Any, by: Any, *, numbers: bool = True) -> Iterable[tuple[str, Known]]:
        """Registered people, each with the value of `by`; without `numbers` their sealed values stay sealed."""
        reaches = self.work.viewer.reaches
        everywhere = self.work.viewer.scope("resident.import") == "all"
        sealed = (_R.phone, _R.id_number) if numbers else (null().label("phone"), null().label("id_number"))
        rows = self.work.session.execute(
            select(
                by, _R.id, _R.name, _R.born, *sealed, _R.household_id, _R.address, _R.place
            ).where(clause, _R.status.not_in(GONE))
        )  # fmt: skip
        for found_by, record_id, name, born, phone, number, home, address, place in rows.all():
            phones = frozenset(phone.split("、")) if phone else NO_PHONES
            reached = everywhere or reaches("resident.import", place)
            where = self._once(address), self._once(place)
            yield found_by, Known(record_id, name, born, phones, number, home, *where, reached)

    def _once(self, text: str) -> str:
        """Equal texts as one: whole families have the same address."""
        return self.texts.setdefault(text, text)

    def match(
        self, row: ReadRow, home: Home | None, building: Spot | None = None, said: Remark | None = None
    ) -> Match:
        """Who this row is. One is that one; several are for the user to choose from.

        `said` is what is not sure about the date of birth of the row.
        """
        number = row.get("id_number")
        found = self.by_number.get(number) if number else None
        if found is not None:
            reached = [one for one in found if one.reached]
            if not reached:
                return Match(elsewhere=True)
            if len(reached) > 1:
                return Match(
                    candidates=_candidates([(one, ()) for one in reached]), doubt="import.several_match"
                )
            return Match(known=reached[0])
        return self._by_name(row, home, number, building, said)

    def _by_name(
        self, row: ReadRow, home: Home | None, number: str | None, building: Spot | None, said: Remark | None
    ) -> Match:
        namesakes = self.by_name.get(str(row.get("name", "")))
        if not namesakes:
            return NOBODY
        born = row.get("born") or (parsing.id_birth(number) if number else None)
        phones = frozenset(str(row.get("phone", "")).split("、")) - {""}

        def differs(one: Known) -> bool:
            return one.born is not None and (born is None or not agrees(born, one.born, said))

        same: list[tuple[Known, tuple[str, ...]]] = []
        near: list[tuple[Known, tuple[str, ...]]] = []
        other_number: list[tuple[Known, tuple[str, ...]]] = []
        for one in namesakes:
            if not one.reached:
                continue
            because = tuple(
                code
                for code, fits in (
                    ("same_birth_date", one.born is not None and not differs(one)),
                    ("same_phone", bool(phones & one.phones)),
                    ("same_home", home is not None and home.id is not None and one.household_id == home.id),
                )
                if fits
            )
            if not because:
                lives_here = building is not None and one.place.startswith(building.area_path)
                if lives_here and not (number and one.id_number) and (born is None or not differs(one)):
                    near.append((one, ()))
                continue
            if number and one.id_number:
                if "same_home" in because and "same_birth_date" in because:
                    other_number.append((one, because))
                continue
            same.append((one, because))
        if len(same) > 1:
            return Match(candidates=_candidates(same), doubt="import.several_match")
        if same:
            one = same[0][0]
            if born is not None and differs(one):
                return Match(candidates=_candidates(same), doubt="import.birth_date_differs")
            return Match(known=one)
        if other_number:
            return Match(candidates=_candidates(other_number), doubt="import.number_differs")
        if near:
            return Match(candidates=_candidates(near), doubt="import.same_building")
        return NOBODY


def _candidates(found: Iterable[tuple[Known, tuple[str, ...]]]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            one.id,
            one.name,
            " ".join((one.address, one.born.isoformat() if one.born else "")).strip(),
            because,
        )
        for one, because in found
    )


class Twins:
    """People who stand in the file twice."""

    def __init__(self, rows: Iterable[ReadRow]) -> None:
        self.numbers: dict[str, int] = {}
        self.others: dict[tuple[Any, ...], int] = {}
        self.without_number = {row.get("name") for row in rows if not row.has("id_number")}

    def row_before(self, row: ReadRow, spot: Spot | None, home: Home | None) -> int | None:
        """The earlier row with the same person: the ID number, or the name with birth date and place, or telephone."""
        number, name = row.get("id_number"), row.get("name")
        if number:
            if number in self.numbers:
                return self.numbers[number]
            self.numbers[number] = row.number
            if name not in self.without_number:
                return None
        born, phone = row.get("born"), row.get("phone")
        place = id(home) if home is not None else spot.id if spot is not None else None
        keys: list[tuple[Any, ...]] = []
        if born and place is not None:
            keys.append((name, born, place))
        if phone and (number or not keys):
            keys.append((name, phone))
        if home is not None and not number and not keys:
            keys.append((name, place))
        if not number:
            found = next((self.others[key] for key in keys if key in self.others), None)
            if found is not None:
                return found
        for key in keys:  # a later row without the number may be the same person
            self.others.setdefault(key, row.number)
        return None
