"""Lists of names as people send them: a WeChat 接龙 that went through many hands, lines of names, cells of a table.

    read(text)               -> entries: name, number, how many more, who wrote it for whom
    match(entry, people)     -> whom it means: for sure, or perhaps, or nobody

Only a whole number and a whole name are sure; all that merely looks alike is asked.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from db.parsing.names import COMPOUND_SURNAMES, SURNAMES, initials
from db.parsing.text import HAN, fold

MOST_LINES: Final = 500
LONGEST_LINE: Final = 200
MOST_CANDIDATES: Final = 6

_CIRCLED: Final = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_NUMBERED: Final = re.compile(
    r"^\s*(?:[(\[【]?\s*(?:no\.?)?\s*(\d{1,3})\s*(?:[.、,:。·)\]】-]+(?!\d{1,2}(?!\d))|\s+(?=\D)|(?=[^\d\s.月日号点时年栋幢楼岁人位名个:/-]))|[" + _CIRCLED + "])\\s*", re.I
)  # fmt: skip
_SEVERAL: Final = re.compile(r"(?<=\S)\s+(?=\d{1,3}[.、)]\s*[^\d\s])|(?<=\S)(?=[" + _CIRCLED + "])")
_HEAD: Final = re.compile(
    r"^\s*(?:#|接龙|例[\s::如子]|例$|示例|格式|样例|模板|姓名|报名|时间|地点|活动|通知|请)"
)
_SMILEY: Final = re.compile(r"\[[" + HAN + r"A-Za-z]{1,5}\]")
_BRACKETS: Final = re.compile(r"[(（【\[《<]([^()（）【】\[\]《》<>]*)[)）】\]》>]?")
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_MORE: Final = re.compile(r"[+加]\s*(\d{1,2}|[一二两三四五])(?:\s*[人位个])?(?!\d)")
_LAST: Final = re.compile(r"(?:尾号|后四位|尾数)?\s*(?<![\d-])(\d{4})(?![\d-])")
_ADDRESS: Final = re.compile(r"\d+\s*[-栋幢号楼]\s*\d*(?:\s*[-单元室号]\s*\d*)*")
_FOR: Final = re.compile(rf"^(?P<by>[{HAN}·]{{2,4}}?)?\s*(?:代报名?|代|帮|替|帮忙报)\s*[::]?\s*(?P<who>[{HAN}·]{{2,8}}?)\s*(?:报名?|接龙|报一下|参加)?$")  # fmt: skip
_BY: Final = re.compile(rf"^(?P<by>[{HAN}·]{{2,8}}?)?(?:代报名?|代|帮报|代接龙)$")
_LEAVES: Final = re.compile(r"取消|退出|不来了|来不了|去不了|不参加|请假|不能来|划掉|撤回")
_CHATTER: Final = re.compile(
    rf"(?:我?(?:报名|参加|可以|能来|接龙|准时到|收到|签到)|志愿者|谢谢.*|^[到来]|(?<=[{HAN}]{{3}})[到来])$"
)  # 李福来 is a name, 李桂英来 says that she comes
_BETWEEN: Final = re.compile(rf"\s*([、,;/&]|(?<=[{HAN}]{{2}})[和与](?=[{HAN}]{{2}})|\s)\s*")  # not in 李和平
_REMARK: Final = re.compile(
    r"[带要有会晚已不没无想可能请需自等也还先再去吃坐早准我你他她是在女男共各两俩]|(?:马上|高血[压糖脂]|糖尿|方便|党员|老党员|老伴|老人"
    r"|钱[已款交付未]|全家|白天|时间|路上|车位|水杯|温水|素食|家属|夫妻|儿子|孩子|朋友|明天|后天|上午|下午|中午|来[晚得自]|花生)"
)
"""How what is said behind a name begins."""
_GIVEN: Final = re.compile(rf"(?![好是到来在有人否行可的我你他她不没去加收请无谢赞同例上下等])[{HAN}]")
"""A given name of one character alone, as in “海来不了”."""
_NAME: Final = re.compile(
    rf"[{HAN}·]{{2,10}}|[{HAN}]+(?:·[{HAN}]+){{1,6}}|[{HAN}]\*+[{HAN}]?|[A-Za-z][A-Za-z .'-]{{0,38}}"
)
_HONOURED: Final = re.compile(
    rf"^([{HAN}]{{1,2}}?)(?:阿姨|叔叔?|老师|大姐|姐|大哥|哥|奶奶|爷爷|师傅|医生|书记|主任|女士|先生|同学|伯伯?|婶)$"
)
_SPACED: Final = re.compile(rf"(?<![{HAN}])([{HAN}]) +([{HAN}]{{1,2}})(?![{HAN}])")
_COUNTS: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}


@dataclass(frozen=True)
class Entry:
    """Somebody on a list. `line` counts from 1; two people on one line share it. `more` come along without a name."""

    line: int
    raw: str
    name: str
    phone: str = ""  # eleven digits
    last: str = ""  # four digits
    more: int = 0
    by: str = ""  # who wrote it for them
    remark: str = ""
    leaves: bool = False  # wants to be taken off


@dataclass(frozen=True)
class Person:
    """Somebody who may be meant. `phone` in digits, "" when there is none or it is not to be used."""

    id: int
    name: str
    phone: str = ""


@dataclass(frozen=True)
class Match:
    """Whom an entry means: `sure` with one id, `doubtful` with those who may be meant, `unknown` with nobody."""

    state: str
    ids: tuple[int, ...] = ()


def read(text: str) -> list[Entry]:
    """The people of a pasted list, in its order. Headings, examples and lines without a name are left out.

    Where lines are numbered only those count; otherwise each line does. At most 500 lines are read.
    """
    lines: list[tuple[int, str, bool]] = []
    for number, raw in enumerate(text.splitlines()[:MOST_LINES], start=1):
        for piece in _SEVERAL.split(_emoji_numbers(raw)[:LONGEST_LINE]):
            said = _SMILEY.sub(" ", fold(_without_pictures(piece)))
            found = _NUMBERED.match(said)
            rest = said[found.end() :] if found else said
            if rest.strip():
                lines.append((number, rest, found is not None))
    numbered = any(has for _number, _rest, has in lines)
    entries: list[Entry] = []
    for number, rest, has in lines:
        if numbered != has or (not has and _HEAD.match(rest)):
            continue
        if has and re.match(r"(?:例|示例|样例)(?:[\s::如]|$)", rest):
            continue
        entries += _people(number, rest)
    return entries


def cells(rows: Iterable[tuple[int, str, str]]) -> list[Entry]:
    """The people of a table: (row, the cell of the name, the cell of the number)."""
    found: list[Entry] = []
    for row, name, phone in rows:
        found += _people(row, _SMILEY.sub(" ", f"{fold(name)} {fold(phone)}"))
    return found


def _emoji_numbers(raw: str) -> str:
    """1️⃣ is how WeChat writes 1."""
    return re.sub("([0-9])\ufe0f?\u20e3", r"\1. ", raw)


def _without_pictures(text: str) -> str:
    """Text without emoji; circled numbers stay."""
    return "".join(
        " " if sign not in _CIRCLED and unicodedata.category(sign) in ("So", "Sk", "Cs", "Cn", "Co") else sign
        for sign in text
    )


def _people(line: int, text: str) -> list[Entry]:
    raw, remarks, by, more = text.strip(), [], "", 0
    for found in _BRACKETS.findall(text):
        said = found.strip()
        if (for_whom := _BY.match(said)) is not None:
            by = for_whom["by"] or by
        elif said:
            remarks.append(said)
    text = _BRACKETS.sub(" ", text)
    phone = ""
    if (mobile := _MOBILE.search(text)) is not None:
        phone = "".join(mobile.groups())
        text = text.replace(mobile[0], " ")
    for source in (text, *remarks):
        if (plus := _MORE.search(source)) is not None:
            more += _COUNTS.get(plus[1]) or int(plus[1]) if not plus[1].isdigit() else int(plus[1])
    text = _MORE.sub(" ", text)
    leaves = bool(_LEAVES.search(raw))
    text = _LEAVES.sub(" ", text)
    text = _ADDRESS.sub(" ", text)
    last = ""
    if (digits := _LAST.search(text)) is not None:
        last = digits[1]
        text = text.replace(digits[0], " ")
    text = re.sub(r"尾号|后四位|电话|手机|:", " ", text)
    text = re.sub(r"\d+\s*岁?", " ", text)
    if (instead := _FOR.match(" ".join(text.split()).strip(" .。,!~-"))) is not None:
        by, text = instead["by"] or by, instead["who"]
    names, said = _names(text)
    if not names and _GIVEN.fullmatch(alone := text.strip(" .。,!~-")):
        names = [alone]
    for word in said:
        if (for_whom := _BY.match(word)) is not None and for_whom["by"]:
            by = for_whom["by"]
        else:
            remarks.append(word)
    entry = Entry(line, raw[:LONGEST_LINE], "", phone, last, more, by, "; ".join(remarks)[:80], leaves)
    if not names:
        return [entry] if phone else []
    one = len(names) == 1
    return [
        replace(entry, name=name, phone=phone if one else "", last=last if one else "", more=more if one or not number else 0)
        for number, name in enumerate(names)
    ]  # fmt: skip


def _names(text: str) -> tuple[list[str], list[str]]:
    """The names on what is left of a line, and what else is said there."""
    if re.fullmatch(r"\s*[A-Za-z][A-Za-z .'-]*\s*", text):
        return [" ".join(text.split())], []
    text = _SPACED.sub(r"\1\2", text)  # 李 明
    parts = ["", *_BETWEEN.split(text)]
    names, said = list[str](), list[str]()
    for sign, part in zip(parts[::2], parts[1::2], strict=True):
        piece = _CHATTER.sub("", part.strip(" .。!~-_*#@\"'"))
        if not _NAME.fullmatch(piece):
            said += [piece] if len(piece) > 2 else []
        elif names and not _plausible(piece, strict=sign in ("", " ", ",", ";")):
            said.append(piece)
        else:
            names.append(piece)
    if len(names) > 1 and not _plausible(names[0], strict=False):
        said.insert(0, names.pop(0))
    return names, said


def _plausible(word: str, *, strict: bool) -> bool:
    """Whether a word that stands beside a name is one more name: not “带水”; `strict`: only what a name looks like."""
    if word.isascii():
        return word[0].isupper() or not strict
    if _REMARK.match(word) or _BY.match(word) or (len(word) > 4 and "·" not in word):
        return False
    known = word[0] in SURNAMES or word[:2] in COMPOUND_SURNAMES or "·" in word
    return not strict or known or (word[0] in "小老阿" and word[1] in SURNAMES)


def match(entry: Entry, people: Sequence[Person]) -> Match:
    """Whom an entry means, by number, whole name, name with the last digits; by what looks alike only perhaps."""
    if entry.phone:
        by_number = [one for one in people if one.phone == entry.phone]
        named = [one for one in by_number if one.name == entry.name]
        if len(named) == 1 or (len(by_number) == 1 and not entry.name):
            return Match("sure", ((named or by_number)[0].id,))
        if by_number:
            return _doubtful(by_number)
    same = [one for one in people if entry.name and one.name.replace(" ", "") == entry.name.replace(" ", "")]
    last = entry.last or entry.phone[-4:]
    if last and len(same) > 1:
        same = [one for one in same if one.phone.endswith(last)] or same
    if len(same) == 1:
        known = same[0].phone
        differs = bool(last and known and not known.endswith(last))
        return _doubtful(same) if differs else Match("sure", (same[0].id,))
    return _doubtful(same or _alike(entry.name, people))


def _doubtful(people: Sequence[Person]) -> Match:
    return Match("doubtful" if people else "unknown", tuple(one.id for one in people[:MOST_CANDIDATES]))


def _alike(name: str, people: Sequence[Person]) -> list[Person]:
    """Who may be meant by something that is nobody's name: initials, 张阿姨, 张*梅, 桂梅 or 海, one character that differs."""
    if not name:
        return []
    if name.isascii():
        letters = name.replace(" ", "").lower()
        return [one for one in people if initials(one.name) == letters]
    if "*" in name:
        shape = re.compile(
            re.sub(r"\\\*(?:\\\*)*", f"[{HAN}]{{1,2}}", re.escape(name)) + ("" if name[-1] != "*" else "$")
        )
        return [one for one in people if shape.fullmatch(one.name)]
    if (honoured := _HONOURED.match(name)) is not None:
        return [one for one in people if one.name.startswith(honoured[1])]
    sound = initials(name)
    close = [
        one
        for one in people
        if len(one.name) == len(name) > 1 and one.name[0] == name[0]
        and sum(a != b for a, b in zip(one.name, name, strict=True)) == 1
    ]  # fmt: skip
    same_sound = [one for one in close if initials(one.name) == sound]
    given = [one for one in people if _given(one.name) == name]
    return same_sound or given or (close if len(name) > 2 else [])


def _given(name: str) -> str:
    """A Chinese name without the surname, "" of others."""
    if name.isascii() or not 2 <= len(name) <= 4:
        return ""
    return name[2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1 :]
