"""Which numbers in an edited text are still those that were written there, so that they lead to their rows again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from db.insight.charts import Reading

AROUND: Final = 8
"""So many signs before and after a number are remembered."""
ENOUGH: Final = 2
"""A short number is the same one when so many signs beside it stayed: another 3 elsewhere is not."""
PLACE: Final = 4
"""A number stands in the place of another when so many signs beside it are the same."""
LONG: Final = 3
"""A number of so many digits is known by itself."""

_DIGITS = re.compile(r"\d")
_WRITTEN = re.compile(r"\d+(?:[.,]\d+)*%?")


@dataclass(frozen=True)
class Number:
    """A number in a brief: how it is written, in which section, what stands beside it, and what it is.

    `figure`, `area_id`, `period`, `rest` and `bar` are what its rows are asked by (`db.insight.behind.rows`), `reading`
    what it was when it was written. Without a figure, `page` and `params` say where it leads;
    without a page it leads nowhere.
    """

    section: str
    text: str
    before: str = ""
    after: str = ""
    figure: str = ""
    area_id: int = 0
    period: str = ""
    rest: bool = False
    reading: Reading | None = None
    page: str = ""
    params: Mapping[str, str] | None = None
    bar: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def read(kept: Mapping[str, Any]) -> Number:
    """From JSON."""
    reading = kept["reading"]
    return Number(**{**kept, "reading": None if reading is None else reading_of(reading)})


def reading_of(kept: Mapping[str, Any]) -> Reading:
    above, among = kept["above"], kept["below"]
    return Reading((above[0], above[1]), None if among is None else (among[0], among[1]))


@dataclass(frozen=True)
class Found:
    """Where a number stands in a text."""

    start: int
    end: int
    number: Number


def find(section: str, text: str, numbers: Sequence[Number]) -> list[Found]:
    """The numbers of a section that stand in its text, in their order. Each stands for one place.

    Of several places with the same figures those come first whose surroundings stayed as they were; where nothing of
    them is left, a short number is not taken for the one that stood there.
    """
    weighed = []
    for at, number in enumerate(numbers):
        if number.section == section and number.text:
            for start in _places(number.text, text):
                end = start + len(number.text)
                same = _tail(text[:start], number.before) + _tail(text[end:][::-1], number.after[::-1])
                at_edge = (not number.before and not text[:start].strip()) or (
                    not number.after and end == len(text)
                )
                if same >= ENOUGH or at_edge or len(_DIGITS.findall(number.text)) >= LONG:
                    weighed.append((-same, start, at))
    found: dict[int, Found] = {}
    taken: list[tuple[int, int]] = []
    for _same, start, at in sorted(weighed):
        end = start + len(numbers[at].text)
        if at not in found and all(end <= first or start >= last for first, last in taken):
            found[at] = Found(start, end, numbers[at])
            taken.append((start, end))
    return sorted(found.values(), key=lambda one: one.start)


def _places(written: str, text: str) -> Iterator[int]:
    """Where a number stands by itself, not as a part of a longer one."""
    start = text.find(written)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(written) :]
        if not before.isdigit() and before not in (",", ".") and not re.match(r"\d|[.,]\d|%", after):
            yield start
        start = text.find(written, start + 1)


def _tail(text: str, other: str) -> int:
    """How many signs at the end are the same."""
    same = 0
    while same < min(len(text), len(other)) and text[-1 - same] == other[-1 - same]:
        same += 1
    return same


def around(number: Number, text: str, start: int) -> Number:
    """The number with what stands beside it now."""
    end = start + len(number.text)
    return replace(number, before=text[max(0, start - AROUND) : start], after=text[end : end + AROUND])


def again(numbers: Sequence[Number], sections: Mapping[str, str]) -> list[Number]:
    """The numbers, with the surroundings that they have in the edited text. Those that are gone are kept: a sentence
    that comes back is linked again.
    """
    there = {
        id(one.number): around(one.number, text, one.start)
        for section, text in sections.items()
        for one in find(section, text, numbers)
    }
    return [there.get(id(number), number) for number in numbers]


def changed(section: str, text: str, numbers: Sequence[Number]) -> list[tuple[str, str]]:
    """The numbers of a section that do not stand in its text any more, each with what stands in its place now: "" for
    nothing.
    """
    found = find(section, text, numbers)
    there = {id(one.number) for one in found}
    free = [
        one
        for one in _WRITTEN.finditer(text)
        if all(one.end() <= place.start or one.start() >= place.end for place in found)
    ]
    told = []
    for number in numbers:
        if number.section != section or not number.text or id(number) in there:
            continue
        same = [(_beside(text, one, number), one) for one in free]
        best = max(same, key=lambda each: each[0], default=None)
        if best is not None and best[0] >= PLACE:
            free.remove(best[1])
            told.append((number.text, best[1].group()))
        else:
            told.append((number.text, ""))
    return told


def _beside(text: str, one: "re.Match[str]", number: Number) -> int:
    """How many signs around a number in the text are those that stood around `number`."""
    return _tail(text[: one.start()], number.before) + _tail(text[one.end() :][::-1], number.after[::-1])
