"""The words of a residents' ledger: groups, relations, and remarks that say more than the columns."""

import re
from typing import Any, NamedTuple

from sqlalchemy import select

from db import parsing
from db.importing.columns import Read
from db.parsing import Parsed
from db.parsing.result import NOTHING
from db.parsing.text import fold, says_nothing
from db.people.tables import Group
from db.work import Work

_G = Group.__table__.c  # type: ignore[attr-defined]

_BRACKETS = re.compile(r"\(([^()]*)\)")
_WITH_DEGREE = re.compile(r"([^()]+?)(?:\(([^()]+)\)|([一二三四1-4]级))")
_OF_THE_HEAD = re.compile(r"^(?:户主)?(?:之|的)|^[系其]")
# Not when it is somebody else of whom the remark speaks: 老伴已故, 儿子搬走.
_HAS_LEFT = re.compile(
    r"(?<![偶伴夫妻子女儿父母亲孙已])(?<!家人)"
    r"(?:已故|已亡|已?(?:去世|病故|亡故|过世|死亡|搬走|搬离|搬出|迁出|迁走))"
)


class InUse(NamedTuple):
    """A group in use: whether its people are in care, and every word for it."""

    id: int
    code: str
    name: str
    name_en: str
    cares: bool
    words: frozenset[str]


def groups_in_use(work: Work) -> list[InUse]:
    rows = work.session.execute(
        select(_G.id, _G.code, _G.name, _G.name_en, _G.cares, _G.words)
        .where(_G.closed.is_(False))
        .order_by(_G.position, _G.id)
    )
    return [
        InUse(
            row.id, row.code, row.name, row.name_en, row.cares,
            frozenset({row.code, row.name, row.name_en, *parts(row.name), *parts(row.words)} - {""}),
        )
        for row in rows
    ]  # fmt: skip


def parts(text: str) -> list[str]:
    for mark in "，、；;/|＋+ \n":
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def member(group: InUse, cell: Any) -> Parsed[tuple[int, ...]]:
    """A column that stands for one group: yes (or a word for the group) is a member; no says nothing."""
    if fold(cell) in group.words:
        return Parsed((group.id,))
    parsed = parsing.yes_no(cell)
    return Parsed((group.id,) if parsed.value else None, problem=parsed.problem)


def looks_member(group: InUse, text: str) -> bool:
    return text in group.words or (bool(text) and parsing.yes_no(text).problem is None)


def named_groups(groups: list[InUse], cell: Any) -> Parsed[tuple[int, ...]]:
    """The groups named in a cell; words that no group has are a problem (`rest`), also when others are known.

    What stands in brackets behind a group, or its degree (残疾（二级）, 残疾二级), is noted and not kept.
    """
    text = fold(cell)
    if says_nothing(text):
        return NOTHING
    found: dict[int, None] = {}
    unknown: list[str] = []
    beside: list[str] = []

    def ids_of(word: str) -> list[int]:
        return [group.id for group in groups if word in group.words]

    for part in [text] if ids_of(text) else parts(_BRACKETS.sub(_closed_up, text)):
        word, more = part, ""
        ids = ids_of(part)
        if not ids and (match := _WITH_DEGREE.fullmatch(part)):
            word, more = match[1].strip(), (match[2] or match[3]).strip()
            ids = ids_of(word)
        if not ids:  # 高龄独居: the age is known from the date of birth
            ids = ids_of(word.removeprefix("高龄"))
        found.update(dict.fromkeys(ids))
        if ids and more:
            others = [ids_of(one) for one in more.split("-")]
            found.update(dict.fromkeys(one for some in others for one in some))
            if not all(others):
                beside.append(part)
        elif not ids and not says_nothing(part):
            unknown.append(part)
    if unknown:
        return Parsed(tuple(found) or None, problem="import.group_unknown", rest=("、".join(unknown),))
    note = "import.group_degree" if beside else None
    return Parsed(tuple(found) or None, note=note, rest=("、".join(beside),) if beside else ())


def _closed_up(match: re.Match[str]) -> str:
    """Words in brackets without the marks at which a cell is divided."""
    return "(" + "-".join(parts(match[1])) + ")"


def relation(read: Read) -> Read:
    """The relation to the head as people write it: 户 主, 之子, 户主之女."""

    def read_relation(cell: Any) -> Parsed[Any]:
        parsed = read(cell)
        if parsed.problem is None:
            return parsed
        again = read(_OF_THE_HEAD.sub("", fold(cell).replace(" ", "")))
        return again if again.problem is None and again.value else parsed

    return read_relation


def has_left(note: str) -> str:
    """The words in a remark that say that the person died or moved away, "" when there are none."""
    match = _HAS_LEFT.search(note)
    return match[0] if match else ""


def more_phones(kept: str | None, given: str) -> str:
    """The telephones on file with those of a ledger that are not among them."""
    there = kept.split("、") if kept else []
    known = {one.replace("-", "") for one in there}
    return "、".join(there + [one for one in given.split("、") if one.replace("-", "") not in known])


def with_words(note: str | None, words: str) -> str:
    """A remark in which these words stand, at its end when they were not in it."""
    return words if not note else note if words in note else f"{note}；{words}"
