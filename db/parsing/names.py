"""Names of people: reading them, finding them by initials and by parts."""

import os
import re
from typing import Final

from db.parsing.result import Parsed
from db.parsing.text import HAN, fold, says_nothing

LONGEST_NAME: Final = 40

_COMPOUND: Final = (
    "欧阳 司马 上官 诸葛 东方 尉迟 皇甫 公孙 慕容 司徒 令狐 长孙 宇文 夏侯 轩辕 呼延 端木 南宫 百里 东郭 独孤 万俟 "
    "澹台 闻人 赫连 钟离 鲜于 闾丘 濮阳 淳于 单于 太叔 申屠 仲孙 拓跋 完颜 公冶 宗政 太史 公羊 第五 纳兰 司空 西门"
)
COMPOUND_SURNAMES: Final = frozenset(_COMPOUND.split())
SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁"
    "岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾"
    "尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞"
    "敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖"
    "漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯茹诺战慕危玉银亢嵇公哈湛"
    "宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植富尧闭才由"
)
"""What a name may begin with. Rare ones are missing: who bears one is asked about, not refused."""

# Surnames whose usual reading begins with another letter than the character's usual one.
_SURNAME_LETTERS: Final = {
    "万俟": "mq", "尉迟": "yc", "长孙": "zs", "单于": "cy", "澹台": "tt",
    "单": "s", "曾": "z", "仇": "q", "解": "x", "查": "z", "区": "o", "朴": "p", "任": "r", "华": "h",
    "乐": "y", "翟": "z", "种": "c", "缪": "m", "覃": "q", "召": "s", "折": "s", "隗": "w", "阚": "k", "句": "g",
    "秘": "b", "繁": "p", "重": "c", "蔚": "y", "尉": "w", "莘": "s", "乜": "n", "藏": "z", "么": "y", "牟": "m",
    "盖": "g", "祭": "z", "员": "y", "冼": "x", "洗": "x", "谌": "c",
}  # fmt: skip

_USUAL: Final = re.compile(f"[{HAN}]{{2,4}}")
# 计小花 and 王小计 are people: a total stands alone, behind what it adds up, or before a figure.
_SUBTOTAL: Final = re.compile(
    r"(?:.*[页表栋幢楼组格片区元户人数])?[合小总共累]计(?:人数|户数|[:(].*|.*[0-9].*)?|(?:sub-?\s?|grand )?totals?(?:\b.*)?",
    re.IGNORECASE,
)
_SEVERAL: Final = re.compile(r"[/、,;|\\]")
_BETWEEN_HAN: Final = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_DOT: Final = re.compile(r"\s*[·•‧∙⋅・･]\s*")
_DOT_BETWEEN_HAN: Final = re.compile(rf"(?<=[{HAN}])\s?[.。]\s?(?=[{HAN}])")
_REMARK: Final = re.compile(r"\s*\(([^()]*)\)$")
_DIGIT: Final = re.compile(r"[0-9]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_NO_PART_OF_TOKENS: Final = re.compile(r"[\s·•.・'’-]+")


def person_name(raw: object) -> Parsed[str]:
    """Read the name of a person: without spaces between Chinese characters, with "·" in minority names.

    Problems: name.empty, name.digits, name.too_long (over 40 characters), name.subtotal (a row of
    totals), name.several, name.masked (张*梅). With note name.remark `rest` holds what stood in brackets behind the name.
    """
    text = fold(raw)
    if says_nothing(text):
        return Parsed(None, "name.empty")
    if _USUAL.fullmatch(text) and "计" not in text:
        return Parsed(text)
    text = _BETWEEN_HAN.sub("", text)
    if _SUBTOTAL.fullmatch(text):
        return Parsed(None, "name.subtotal")
    remark = ""
    if match := _REMARK.search(text):
        remark, text = match[1].strip(), text[: match.start()]
    text = _DOT_BETWEEN_HAN.sub("·", _DOT.sub("·", text))
    if not text:
        return Parsed(None, "name.empty")
    if _DIGIT.search(text):
        return Parsed(None, "name.digits")
    if len(text) > LONGEST_NAME:
        return Parsed(None, "name.too_long")
    if _SEVERAL.search(text):
        return Parsed(None, "name.several")
    if "*" in text:
        return Parsed(None, "name.masked")
    return Parsed(text, note="name.remark", rest=(remark,)) if remark else Parsed(text)


class _Letters(dict[str, str]):
    """The first letter of each Chinese character's usual reading, looked up once; "" for other characters."""

    def __missing__(self, character: str) -> str:
        # Single characters need no dictionary of phrases: 44 MB and half of the time to load it saved.
        os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
        os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
        from pypinyin import Style, lazy_pinyin  # a quarter of a second that only this needs

        letter = ""
        if _HAN_CHARACTER.fullmatch(character):
            readings = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
            letter = readings[0][:1] if readings else ""
        self[character] = letter
        return letter


_HAN_CHARACTER: Final = re.compile(f"[{HAN}]")
_LETTERS: Final = _Letters()


def initials(name: str) -> str:
    """Return the first letters by which a name is searched, in lower case: 张桂梅 is "zgm", Anna Lund "al".

    Surnames have their own readings (单 s, 尉迟 yc); characters that pypinyin does not know are left out.
    """
    if name.isascii():
        return "".join(word[0] for word in _WORD.findall(name)).lower()
    surname = name[:2]
    known = _SURNAME_LETTERS.get(surname)
    if known is None:
        surname = name[:1]
        known = _SURNAME_LETTERS.get(surname)
    if known is not None:
        return known + _letters(name[len(surname) :])
    return _letters(name)


def _letters(text: str) -> str:
    found = "".join([_LETTERS[character] for character in text])
    if len(found) == len(text):
        return found
    spelled = (
        word[0].lower()
        if not _HAN_CHARACTER.match(word)
        else "".join([_LETTERS[character] for character in word])
        for word in _WORD_OR_HAN.findall(text)
    )
    return "".join(spelled)


_WORD_OR_HAN: Final = re.compile(rf"[{HAN}]+|(?:(?![{HAN}])[^\W\d_])+")


def name_tokens(name: str) -> set[str]:
    """Return what a name is found by in the index: its characters and its pairs of neighbours, case folded."""
    text = _token_text(name)
    tokens = set(text)
    tokens.update(map(str.__add__, text, text[1:]))
    return tokens


def query_tokens(text: str) -> list[str]:
    """Return the tokens that a name with `text` in it must all have: its pairs, or its single character."""
    text = _token_text(text)
    if len(text) < 2:
        return [text] if text else []
    return list(dict.fromkeys(map(str.__add__, text, text[1:])))


def _token_text(text: str) -> str:
    text = fold(text)
    return text if _USUAL.fullmatch(text) else _NO_PART_OF_TOKENS.sub("", text).casefold()
