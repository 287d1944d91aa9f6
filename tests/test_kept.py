"""What is shown again is read once, however many ask at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from components import kept
from components.kept import Kept
from tests.conftest import Town


def test_fifty_who_ask_at_once_are_answered_by_one_reading(database: str) -> None:
    asked: list[int] = []
    together = threading.Barrier(50)

    def read() -> int:
        asked.append(1)
        time.sleep(0.05)
        return 7

    def map_open(_number: int) -> int:
        together.wait()
        return kept.once("figures", (4, 2), ask=read)

    with ThreadPoolExecutor(50) as maps:
        assert set(maps.map(map_open, range(50))) == {7}
    assert len(asked) == 1


def test_a_reading_that_failed_is_tried_again(database: str) -> None:
    def fail() -> int:
        raise OSError("the database does not answer")

    with pytest.raises(OSError, match="does not answer"):
        kept.once("figures", ask=fail)
    assert kept.once("figures", ask=lambda: 1) == 1


def test_an_answer_holds_for_one_reader_and_until_a_counter_moves(town: Town) -> None:
    def told(viewer: object, stamp: tuple[int, ...], answer: str) -> str:
        return Kept(viewer, stamp).answer("list", ask=lambda: answer)  # type: ignore[arg-type]

    assert told(town.shen, (1,), "first") == "first"
    assert told(town.shen, (1,), "later") == "first"
    assert told(town.qiu, (1,), "of Qiu") == "of Qiu"
    assert told(town.shen, (2,), "after a change") == "after a change"
    assert told(town.shen, (), "while nobody knows") == "while nobody knows"


def test_only_the_last_answers_are_kept(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_usual", kept._Store(2))
    for number in range(3):
        kept.once(number, ask=lambda: "first")
    assert [kept.once(number, ask=lambda: "again") for number in (2, 1, 0)] == ["first", "first", "again"]
