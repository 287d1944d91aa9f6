"""Lists of names from WeChat, as they arrive."""

import pytest

from db.parsing.chains import Entry, Match, Person, cells, match, read

PEOPLE = [
    Person(1, "张桂梅", "13800001111"),
    Person(2, "李建国", "13800002222"),
    Person(3, "王芳", "13800003333"),
    Person(4, "王芳", "13900004444"),
    Person(5, "欧阳建国", ""),
    Person(6, "阿依古丽·买买提", ""),
    Person(7, "李建华", "13800007777"),
    Person(8, "Anna Lund", ""),
]

HELL = """#接龙
12月3日（周四）上午 敬老院陪伴，需要8人
例 张三 13800000000 带水杯

1. 张桂梅
2、李建国 13800002222 +1
３．王芳（3333）🌹🌹
4）代报 欧阳建国
5.  阿依古丽·买买提[强][强]
⑥ 李建华 报名
7️⃣ 张桂梅
8. 王阿姨（李建国代报）
9 zgm
10.张桂美 12-3-402
11. 李建国代王芳报名
12. 李建国 取消
13.
14. 李 明、陈晨
"""


def names(text: str) -> list[str]:
    return [one.name for one in read(text)]


def test_a_chain_that_went_through_many_hands() -> None:
    found = read(HELL)
    assert [one.name for one in found] == [
        "张桂梅", "李建国", "王芳", "欧阳建国", "阿依古丽·买买提", "李建华", "张桂梅", "王阿姨", "zgm", "张桂美", "王芳", "李建国",
        "李明", "陈晨",
    ]  # fmt: skip
    second, third = found[1], found[2]
    assert (second.phone, second.more) == ("13800002222", 1)
    assert third.remark == "3333"
    assert [one.by for one in found if one.name in ("王阿姨",)] == ["李建国"]
    assert [one.by for one in found if one.name == "王芳"] == ["", "李建国"]
    assert [one.name for one in found if one.leaves] == ["李建国"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张桂梅\n李建国\n", ["张桂梅", "李建国"]),
        ("1.张桂梅 2.李建国 3.王芳", ["张桂梅", "李建国", "王芳"]),
        ("接龙：周六义诊\n1 张桂梅\n2 李建国", ["张桂梅", "李建国"]),
        ("【1】张桂梅\n【2】李建国", ["张桂梅", "李建国"]),
        ("(1)张桂梅\n(2) 李建国", ["张桂梅", "李建国"]),
        ("No.1 张桂梅", ["张桂梅"]),
        ("①张桂梅②李建国", ["张桂梅", "李建国"]),
        ("1. 张桂梅和李建国", ["张桂梅", "李建国"]),
        ("1. 张桂梅 138 0000 1111", ["张桂梅"]),
        ("1. Anna Lund", ["Anna Lund"]),
        ("", []),
        ("\n\n#接龙\n例 张三\n", []),
        ("1. 😀😀\n2. 👍", []),
        ("1. 张\u200b桂梅\r\n", ["张桂梅"]),
        ("1. 张*梅", ["张*梅"]),
    ],
)  # fmt: skip
def test_forms_of_lists(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "remark"),
    [
        ("3. 李桂英 带水", ["李桂英"], "带水"),
        ("3. 李桂英，素食", ["李桂英"], "素食"),
        ("3. 李桂英、带两把伞", ["李桂英"], "带两把伞"),
        ("3. 李桂英 要坐轮椅 家属陪同", ["李桂英"], "要坐轮椅; 家属陪同"),
        ("3. 李桂英（素食） 已交钱 50元", ["李桂英"], "素食; 已交钱"),
        ("3. 李桂英 晚到十分钟左右", ["李桂英"], "晚到十分钟左右"),
        ("3. 李桂英 高血压 女 78岁", ["李桂英"], "高血压"),
        ("3. 李桂英 13800001111 带水", ["李桂英"], "带水"),
        ("带水 李桂英", ["李桂英"], "带水"),
        ("4. 阿依古丽·买买提·吐尔逊江·阿卜杜拉 要坐轮椅", ["阿依古丽·买买提·吐尔逊江·阿卜杜拉"], "要坐轮椅"),
        ("1. 王芳 不吃辣 李建国", ["王芳", "李建国"], "不吃辣"),
        ("1. 张三 李四", ["张三", "李四"], ""),
        ("1. 张三+1", ["张三"], ""),
        ("1. 张三、李四", ["张三", "李四"], ""),
        ("1. 张三 小李 钱学森", ["张三", "小李", "钱学森"], ""),
        ("1. 张三、尕娃", ["张三", "尕娃"], ""),
    ],
)  # fmt: skip
def test_what_is_said_behind_a_name_is_no_second_person(text: str, expected: list[str], remark: str) -> None:
    found = read(text)
    assert [one.name for one in found] == expected
    assert found[0].remark == remark


@pytest.mark.parametrize("name", ["李和平", "李福来", "张与时", "欧阳和平", "王晚霞", "孙会能"])
def test_a_name_may_hold_signs_that_elsewhere_say_something(name: str) -> None:
    assert names(f"1. {name}") == [name]
    assert names(f"1. 王芳、{name}") == ["王芳", name]
    assert names(f"1. {name} 王芳") == [name, "王芳"]


def test_whoever_wrote_it_for_somebody_is_kept() -> None:
    (one,) = read("1. 张桂梅 李建国代报")
    assert (one.name, one.by) == ("张桂梅", "李建国")


def test_numbers_and_companions() -> None:
    one = read("1. 张桂梅 138-0000-1111 加2人")[0]
    assert (one.phone, one.more) == ("13800001111", 2)
    assert read("1. 王芳 尾号4444")[0].last == "4444"
    assert read("1. 王芳（+1）")[0].more == 1
    assert [(one.name, one.more) for one in read("1. 张桂梅、李建国 +1")] == [("张桂梅", 1), ("李建国", 0)]


def test_nothing_breaks_the_reader() -> None:
    for text in (
        "（" * 500,
        "1." * 900,
        "+" * 300,
        "代" * 200,
        "\x00\ud800",
        "1. " + "张" * 5000,
        "*" * 50,
        "[" * 99,
    ):
        assert isinstance(read(text), list)


def said(name: str, **values: str) -> Match:
    return match(Entry(1, name, name, **values), PEOPLE)


def test_only_whole_numbers_and_names_are_sure() -> None:
    assert said("张桂梅") == Match("sure", (1,))
    assert said("", phone="13800002222") == Match("sure", (2,))
    assert said("王芳") == Match("doubtful", (3, 4))
    assert said("王芳", last="4444") == Match("sure", (4,))
    assert said("王芳", phone="13800003333") == Match("sure", (3,))
    assert said("张桂梅", phone="13800002222") == Match("doubtful", (2,))
    assert said("张桂梅", last="9999") == Match("doubtful", (1,))
    assert said("anna lund").state == "unknown"


def test_what_looks_alike_is_asked() -> None:
    assert said("zgm") == Match("doubtful", (1,))
    assert said("张桂美") == Match("doubtful", (1,))
    assert said("王阿姨") == Match("doubtful", (3, 4))
    assert said("张*梅") == Match("doubtful", (1,))
    assert said("桂梅") == Match("doubtful", (1,))
    assert said("李建") == Match("unknown")
    assert said("赵六") == Match("unknown")


def test_cells_of_a_table() -> None:
    found = cells([(2, "张桂梅", "13800001111"), (3, " 李 建国", ""), (4, "", "")])
    assert [(one.line, one.name, one.phone) for one in found] == [
        (2, "张桂梅", "13800001111"),
        (3, "李建国", ""),
    ]


def test_a_given_name_alone_is_asked() -> None:
    people = [
        Person(1, "张海"),
        Person(2, "李海"),
        Person(3, "张海燕"),
        Person(4, "欧阳海"),
        Person(5, "欧阳建国"),
    ]
    found = read("1. 海来不了\n2. 建国\n3. 好\n4. 海")
    assert [(one.name, one.leaves) for one in found] == [("海", True), ("建国", False), ("海", False)]
    assert match(found[0], people) == Match("doubtful", (1, 2, 4))
    assert match(found[1], people) == Match("doubtful", (5,))
