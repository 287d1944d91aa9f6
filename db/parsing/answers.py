"""Sex, and yes or no."""

from typing import Final, TypeVar

from db.parsing.result import NOTHING, Parsed
from db.parsing.text import fold, says_nothing

T = TypeVar("T")

_SEXES: Final[dict[str, Parsed[str]]] = {
    **dict.fromkeys(("男", "男性", "男士", "男孩", "先生", "1", "M", "MALE"), Parsed("male")),
    **dict.fromkeys(("女", "女性", "女士", "女孩", "小姐", "2", "F", "FEMALE"), Parsed("female")),
    # GB/T 2261.1: 0 unknown, 9 not stated.
    **dict.fromkeys(("0", "9", "未说明", "未知的性别", "未说明的性别"), NOTHING),
}
_ANSWERS: Final[dict[str, Parsed[bool]]] = {
    **dict.fromkeys(("是", "是的", "有", "对", "√", "✓", "✔", "☑", "1", "Y", "YES", "T", "TRUE"), Parsed(True)),
    **dict.fromkeys(("否", "不是", "不", "无", "没有", "×", "✗", "✘", "☐", "0", "N", "NO", "F", "FALSE"), Parsed(False)),
}  # fmt: skip


def sex(raw: object) -> Parsed[str]:
    """Read "male" or "female"; problem sex.wrong. Codes 1 and 2 are those of GB/T 2261.1."""
    return _known(raw, _SEXES, "sex.wrong")


def yes_no(raw: object) -> Parsed[bool]:
    """Read yes or no; problem yes_no.wrong. "无" is no, an empty cell nothing."""
    return _known(raw, _ANSWERS, "yes_no.wrong")


def _known(raw: object, answers: dict[str, Parsed[T]], problem: str) -> Parsed[T]:
    text = fold(raw).replace(" ", "").upper()
    if known := answers.get(text):
        return known
    return NOTHING if says_nothing(text) else Parsed(None, problem)
