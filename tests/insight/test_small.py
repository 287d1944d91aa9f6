"""Small counts: whoever puts all published figures together still cannot tell a hidden one."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.insight import small
from db.insight.small import Span

SMALL = 3
Tree = Any  # a count, or a list of trees


def published(tree: Tree, fill: list[int]) -> tuple[int, Span, tuple[Any, ...]]:
    """Value, span and everything published of a tree whose hidden leaves (-1) hold `fill` in order."""
    if isinstance(tree, int):
        value = fill.pop(0) if tree < 0 else tree
        span = small.leaf(value, SMALL)
        return value, span, (span,)
    parts = [published(part, fill) for part in tree]
    span = small.together((value, span) for value, span, _ in parts)
    return sum(value for value, _, _ in parts), span, (span, *(each for _, _, all_ in parts for each in all_))


def hidden(tree: Tree) -> int:
    return int(tree < 0) if isinstance(tree, int) else sum(hidden(part) for part in tree)


leaves = st.sampled_from([-1, -1, -1, SMALL, SMALL + 7])
trees = st.lists(st.one_of(leaves, st.lists(leaves, min_size=1, max_size=3)), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(tree=trees.filter(lambda tree: hidden(tree) <= 6), data=st.data())
def test_every_hidden_count_could_be_anything(tree: Tree, data: st.DataObject) -> None:
    worlds: dict[Any, list[tuple[int, ...]]] = {}
    for fill in product(range(SMALL), repeat=hidden(tree)):
        value, (low, high), everything = published(tree, list(fill))
        assert low <= value <= high
        worlds.setdefault(everything, []).append(fill)
    for possible in worlds.values():
        for leaf in zip(*possible, strict=True):
            assert set(leaf) == set(range(SMALL))


def test_subtraction_from_the_exact_sum_would_tell() -> None:
    """The control: with exact sums, as one would naively publish them, a single hidden count is known."""
    worlds: dict[int, set[int]] = {}
    for secret in range(SMALL):
        worlds.setdefault(7 + 9 + secret, set()).add(secret)
    assert all(len(possible) == 1 for possible in worlds.values())


@settings(max_examples=200, deadline=None)
@given(wholes=st.lists(st.sampled_from([-1, *range(SMALL, 2 * SMALL + 3)]), min_size=1, max_size=3))
def test_a_part_and_its_rest_stay_hidden_together(wholes: list[int]) -> None:
    """Whoever knows how many are in care, and the shares, cannot tell how few have a carer or have none."""
    pairs = [
        [(each, part) for each in (range(SMALL) if whole < 0 else [whole]) for part in range(each + 1)]
        for whole in wholes
    ]
    worlds: dict[Any, list[tuple[tuple[int, int], ...]]] = {}
    for world in product(*pairs):
        spans = [small.leaf_part(part, whole, SMALL) for whole, part in world]
        whole_spans = [small.leaf(whole, SMALL) for whole, _ in world]
        published = (
            tuple(spans), small.together((part, span) for (_, part), span in zip(world, spans, strict=True)),
            tuple(whole_spans), small.together((whole, span) for (whole, _), span in zip(world, whole_spans, strict=True)),
        )  # fmt: skip
        worlds.setdefault(published, []).append(world)
    for (spans, _, _, _), possible in worlds.items():
        for index, (low, high) in enumerate(spans):
            seen = {world[index][1] for world in possible}
            assert len(seen) == high - low + 1


@pytest.mark.parametrize(
    ("span", "text"), [((12, 12), "12"), ((0, 4), "<5"), ((0, 8), "<9"), ((30, 34), "≈32"), ((0, 0), "0")]
)
def test_figures_as_everybody_reads_them(span: Span, text: str) -> None:
    assert small.said(span, 5) == text
