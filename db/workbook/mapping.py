"""Proposes which column of a table holds which field, by the heading and by what stands below it."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from db.parsing.text import fold
from db.workbook.layout import Table, fold_heading

SAMPLE = 200  # filled cells per column that are looked at, taken evenly from the whole table
SURE = 0.8  # a confidence below this is worth a second look by the user
LEAST = 0.45
THE_VERY_WORD = 0.95  # how well a heading must name a field to be it although the column only counts
_RUNNING = frozenset(("序号", "编号", "行号", "no", "number"))
LEAST_UNNAMED = 0.8  # share of cells that must look like a field that the heading does not name


@dataclass(frozen=True)
class Target:
    """A field that a column may hold.

    `headings` are what ledgers call it, the usual name first; `looks` tells whether a cell's
    folded text looks like a value of this field (None where anything may stand there).
    """

    name: str
    headings: tuple[str, ...]
    looks: Callable[[str], bool] | None = None
    required: bool = False


@dataclass(frozen=True)
class Proposal:
    """`columns` maps each column to a field's name or None; `confidence`, 0 to 1, is given for those mapped.

    `missing` are the required fields for which no column was found.
    """

    columns: dict[int, str | None]
    confidence: dict[int, float]
    missing: tuple[str, ...]

    @property
    def doubtful(self) -> tuple[int, ...]:
        """The mapped columns that the user should look at."""
        return tuple(column for column, value in self.confidence.items() if value < SURE)


def propose(table: Table, fields: Sequence[Target]) -> Proposal:
    """Give each field the column that fits it best, and each column at most one field."""
    samples = _samples(table)
    scores: list[tuple[float, int, int]] = []
    for column, heading in enumerate(table.columns):
        by_content: list[tuple[float, int, int]] = []
        counts = _counts_rows(table, column)
        for order, target in enumerate(fields):
            named = _heading_score(heading, target.headings)
            if counts and named < THE_VERY_WORD:
                continue
            share = _share(samples[column], target.looks, LEAST_UNNAMED if not named else 0.0)
            score = _together(named, share)
            if score >= LEAST:
                (scores if named else by_content).append((score, -order, column))
        # Content alone decides only for a column that one field alone fits.
        if len(by_content) == 1:
            scores += by_content
    columns: dict[int, str | None] = dict.fromkeys(range(len(table.columns)))
    confidence: dict[int, float] = {}
    taken: set[str] = set()
    for score, minus_order, column in sorted(scores, key=lambda s: (-s[0], -s[1], s[2])):
        name = fields[-minus_order].name
        if columns[column] is None and name not in taken:
            columns[column] = name
            confidence[column] = round(score, 2)
            taken.add(name)
    missing = tuple(target.name for target in fields if target.required and target.name not in taken)
    return Proposal(columns, dict(sorted(confidence.items())), missing)


def _counts_rows(table: Table, column: int) -> bool:
    """Whether a column only numbers the rows: 1, 2, 3 …"""
    cells = [
        row[column]
        for row in (table.sheet.rows[number - 1] for number in table.rows[:SAMPLE])
        if column < len(row)
    ]
    numbers = [int(text) for text in map(fold, cells) if text.isdecimal() and len(text) < 7]
    if len(numbers) < (1 if fold_heading(table.columns[column]) in _RUNNING else 5) or len(
        numbers
    ) < 0.9 * len(cells):
        return False
    steps = [after - before for before, after in pairwise(numbers)]
    return steps.count(1) >= 0.9 * len(steps) and (len(steps) >= 4 or numbers[0] == 1)


def headings_key(columns: Sequence[str]) -> str:
    """Return a key under which to remember the mapping of a file with these headings, in this order."""
    folded = "\n".join(fold_heading(heading) for heading in columns).rstrip("\n")
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def _samples(table: Table) -> list[Counter[str]]:
    """For each column how often a text stands in the cells that are looked at."""
    found: list[Counter[str]] = [Counter() for _ in table.columns]
    taken = [0] * len(found)
    step = max(1, len(table.rows) // (SAMPLE * 2))
    for number in table.rows[::step]:
        for column, cell in enumerate(table.sheet.rows[number - 1][: len(found)]):
            if cell is not None and taken[column] < SAMPLE:
                found[column][fold(cell)] += 1
                taken[column] += 1
    return found


def _share(sample: Counter[str], looks: Callable[[str], bool] | None, least: float) -> float | None:
    """Which share of the cells looks like a field; 0 as soon as it is sure to be below `least`."""
    if looks is None or not sample:
        return None
    total = sample.total()
    left = total
    for text, count in sample.items():
        if not looks(text):
            left -= count
            if left / total < least:
                return 0.0
    return left / total


def _together(named: float, share: float | None) -> float:
    if share is None:
        return named * 0.95
    if not named:
        return 0.6 * share if share >= LEAST_UNNAMED else 0.0
    if share < 0.3:
        # 地址 is the address and not 户籍地址, even where hardly a cell can be read.
        return max(named * (0.5 + share), 0.7 if named == 1.0 else 0.0)
    return named * (0.75 + 0.25 * share)


def _heading_score(heading: str, synonyms: Sequence[str]) -> float:
    """How well a heading names the field: 1 the very word, 0 nothing in common."""
    whole = fold_heading(heading)
    if not whole:
        return 0.0
    plain = re.sub(r"\(.*?\)", "", whole).replace("(", "").replace(")", "")
    last = fold_heading(heading.split(" ")[-1]) if " " in heading else ""
    best = 0.0
    for synonym in synonyms:
        word = fold_heading(synonym)
        if word == whole:
            return 1.0
        if word == plain:
            best = max(best, 0.97)
        elif word == last:
            best = max(best, 0.95)
        elif len(word) > 1 and word in whole:
            best = max(best, 0.5 + 0.45 * len(word) / len(whole))
        elif len(plain) > 1 and plain in word:
            best = max(best, 0.5 + 0.4 * len(plain) / len(word))
        elif len(word) > 2 and _may_be_close(plain, word):
            close = SequenceMatcher(None, plain, word).ratio()
            best = max(best, 0.8 * close) if close >= 0.7 else best
    return best


def _may_be_close(one: str, other: str) -> bool:
    """Rules out, without comparing, what cannot have 0.7 in common."""
    return 2 * min(len(one), len(other)) >= 0.7 * (len(one) + len(other)) and not set(one).isdisjoint(other)
