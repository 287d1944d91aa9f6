"""Two invented ledgers as files: one as one would wish, one with every kind of mess that offices send.

`python -m db.sample.ledgers` writes them to samples/, the same bytes every time. The people in them live in
buildings of the sample community, and some of them are registered there.
"""

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from db.people import bulk
from db.people.groups import DEFAULT_GROUPS
from db.people.tables import MARRIAGE_OPTIONS, PARTY_OPTIONS, RELATION_OPTIONS, SCHOOL_OPTIONS
from db.register import Values
from db.sample import messes
from db.sample.build import SEED
from db.sample.community import invent_people
from db.sample.people import People
from db.sample.places import Building, Community, Place
from db.territory.sample_plan import COMMUNITY_NAME, NUMERALS, sample_plan

FOLDER: Final = Path(__file__).resolve().parents[2] / "samples"
CLEAN: Final = "ledger-clean.xlsx"
MESSY: Final = "ledger-messy.xlsx"
DAY: Final = date(2026, 11, 20)

CLEAN_ROWS: Final = 200
CLEAN_HEADINGS: Final = (
    "姓名", "身份证号", "性别", "出生日期", "联系电话", "楼栋", "单元", "门牌", "所属网格", "与户主关系", "人员类型",
    "重点类别", "户籍地址", "民族", "政治面貌", "婚姻", "文化程度", "工作单位", "备注",
)  # fmt: skip
MESSY_HEADINGS: Final = (
    "序号", "姓  名", "性别", "身份证号码", "出生年月", "现住址", "联系方式", "与户主\n关系", "人员类别", "人户分离",
    "政治面貌", "原工作单位", "健康状况", "备注",
)  # fmt: skip
HINTS: Final = (
    "", "（必填）", "男/女", "（18位，请用文本格式）", "格式：1950-01-01", "例：12栋3单元402室", "可填多个，用顿号隔开", "",
    "独居、空巢、残疾等，可多选", "是/否", "", "", "", "",
)  # fmt: skip

_WORDS: Final = {
    option.code: option.also[0]
    for options in (RELATION_OPTIONS, PARTY_OPTIONS, MARRIAGE_OPTIONS, SCHOOL_OPTIONS)
    for option in options
    if option.also
}
_GROUPS: Final = {group.code: group.words[0] for group in DEFAULT_GROUPS}
_STAYS: Final = {"permanent": "常住", "floating": "流动", "elsewhere": "人户分离"}


def write(folder: Path = FOLDER) -> None:
    """Write both ledgers into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    known, namesakes, strangers = _people()
    _write_clean(folder / CLEAN, known[:40], strangers[: CLEAN_ROWS - 40])
    _write_messy(folder / MESSY, known[40:], namesakes, strangers[CLEAN_ROWS - 40 :])


def _people() -> tuple[list[Values], list[Values], list[Values]]:
    """People whom the sample knows, some whose name several bear, and whole households of others who moved
    into homes that stand empty.
    """
    where = _where()
    people = People(Random(SEED), DAY)  # noqa: S311 invented people need no secret
    rows, homes = invent_people(people, where)
    random = Random(SEED + 2)  # noqa: S311
    here = [row for row in rows if row["status"] == "resident" and row["id_number"] and row["phone"]]
    known = [
        _lived(row, where.buildings[row["_building"]], homes[row["_home"]])
        for row in random.sample(here, 140)
    ]
    bearers = Counter(row["name"] for row in here)
    common = [row for row in here if 2 <= bearers[row["name"]] <= 4]
    namesakes = [
        _lived(row, where.buildings[row["_building"]], homes[row["_home"]])
        for row in random.sample(common, 6)
    ]
    taken = {(home["area_id"], home["stair"], home["room"]) for home in homes}
    strangers: list[Values] = []
    for building in where.buildings:
        for home in _all_homes(building):
            if (building.id, home["stair"], home["room"]) not in taken:
                strangers += [_lived(row, building, home) for row in people.household()]
    while len(strangers) < 400:  # and some who came to live with others
        building = random.choice(where.buildings)
        home = random.choice(_all_homes(building))
        person = people.household()[0]
        strangers.append(_lived({**person, "relation": "other"}, building, home))
    return known, namesakes, strangers


def _where() -> Community:
    """The sample community without a database; the ids are places in lists."""
    plan = sample_plan()
    codes = [code for code, _name, _ring in plan.grids]
    grids = tuple(Place(place, f"/g{place}/", name) for place, (_code, name, _ring) in enumerate(plan.grids))
    buildings = tuple(
        Building(place, f"/b{place}/", one.name, one.number, codes.index(one.grid_code), one)
        for place, one in enumerate(plan.buildings)
    )
    return Community(0, "/", COMMUNITY_NAME, grids, buildings)


def _all_homes(building: Building) -> list[Values]:
    plan = building.plan
    return [
        {"stair": str(stair), "room": f"{floor}{door:02}"}
        for stair in range(1, plan.stairs + 1)
        for floor in range(1, plan.floors + 1)
        for door in range(1, plan.doors_per_floor + 1)
    ]


def _lived(row: Values, building: Building, home: Values) -> Values:
    grid = f"第{NUMERALS[building.grid]}网格"
    return {
        **row, "building": building.number, "stair": home["stair"], "room": home["room"], "grid": grid,
        "registered_at": row["registered_at"] or f"{COMMUNITY_NAME}{building.name}{home['stair']}单元{home['room']}室",
        "address": bulk.home_columns(building, home)["address"],
    }  # fmt: skip


def _write_clean(file: Path, known: list[Values], strangers: list[Values]) -> None:
    """A ledger as one would wish: one sheet, one row of headings, everything in its own column."""
    people = [_changed(person, place) for place, person in enumerate(known)] + strangers
    with _book(file) as book:
        sheet = book.add_worksheet("居民台账")
        for column, heading in enumerate(CLEAN_HEADINGS):
            sheet.write_string(0, column, heading, book.add_format({"bold": True, "bg_color": "#DDE8F5"}))
        for line, person in enumerate(people, start=1):
            for column, value in enumerate(_clean_cells(person)):
                sheet.write_string(line, column, value)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(CLEAN_HEADINGS), 14)
        sheet.set_column(1, 1, 22)


def _changed(person: Values, place: int) -> Values:
    """Every fourth of those who are known has a new telephone number."""
    return {**person, "phone": f"1395550{place:04}"} if place % 4 == 0 else person


def _clean_cells(person: Values) -> tuple[str, ...]:
    return (
        person["name"], person["id_number"] or "", _sex(person), person["born"].isoformat(), person["phone"] or "",
        f"{person['building']}栋", person["stair"], person["room"], person["grid"],
        _WORDS.get(person["relation"], ""), _STAYS[person["stay"]], _groups(person), person["registered_at"],
        person["ethnic"], _WORDS.get(person["party"], ""), _WORDS.get(person["marriage"], ""),
        _WORDS.get(person["school"], ""), person["employer"], "",
    )  # fmt: skip


def _sex(person: Values) -> str:
    return "女" if person["sex"] == "female" else "男"


def _groups(person: Values) -> str:
    return "、".join(_GROUPS[code] for code, _since, _source in person["groups"])


def _book(file: Path) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(str(file))
    book.set_properties({"title": COMMUNITY_NAME, "author": "Linli", "created": datetime(2026, 11, 20)})  # noqa: DTZ001
    return book


def _write_messy(file: Path, known: list[Values], namesakes: list[Values], strangers: list[Values]) -> None:
    """Title rows, hints, sub-totals, several sheets and one that is hidden; see `messes` for the cells."""
    random = Random(SEED + 3)  # noqa: S311
    main, other = _messy_people(random, known, namesakes, strangers)
    with _book(file) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        title = book.add_format({"bold": True, "align": "center", "font_size": 16})
        notes = book.add_worksheet("填表说明")
        for line, text in enumerate(messes.INSTRUCTIONS):
            notes.write_string(line, 0, text)
        sheet = book.add_worksheet("居民台账")
        last = _heading(book, sheet, title, f"{COMMUNITY_NAME}居民基本信息台账（2026年第四季度）")
        _fill(sheet, day, random, main, last + 1)
        second = book.add_worksheet("补充登记")
        last = _heading(book, second, title, "补充登记（10-12网格）")
        _fill(second, day, random, other, last + 1)
        hidden = book.add_worksheet("旧数据勿删")
        for column, heading in enumerate(("姓名", "身份证号", "电话")):
            hidden.write_string(0, column, heading)
        for line, person in enumerate(main[:20], start=1):
            hidden.write_string(line, 0, person["name"])
        hidden.hide()
        figures = book.add_worksheet("统计表")
        figures.merge_range(0, 0, 0, 3, "人数统计", title)
        for line, words in enumerate(
            (("网格", "人数"), ("第一网格", "1023"), ("第二网格", "987"), ("合计", "2010")), start=1
        ):
            figures.write_row(line, 0, words)
        sheet.activate()


def _messy_people(
    random: Random, known: list[Values], namesakes: list[Values], strangers: list[Values]
) -> tuple[list[Values], list[Values]]:
    """Known people with changes, strangers, some twice, some in buildings that there are not."""
    people = [messes.changed(random, person, place) for place, person in enumerate(known)]
    people += [
        messes.moved_to_nowhere(person) if place % 16 == 5 else person
        for place, person in enumerate(strangers[:185])
    ]
    people += [messes.known_by_name_alone(one, home) for one, home in zip(namesakes, strangers, strict=False)]
    random.shuffle(people)
    for place in (20, 90, 160):  # the same person again, further down
        people.insert(
            place + 30, {**people[place], "phone": "13955512345" if place == 90 else people[place]["phone"]}
        )
    return people[:230], people[230:]


def _heading(book: xlsxwriter.Workbook, sheet: Worksheet, title: Format, words: str) -> int:
    """Two title rows across all columns, the headings and a row of hints; returns the last of these rows."""
    width = len(MESSY_HEADINGS) - 1
    sheet.merge_range(0, 0, 0, width, words, title)
    sheet.merge_range(1, 0, 1, width, "填报单位：红星社区居委会　　填报日期：2026.11.20　　填报人：陈晓燕")
    bold = book.add_format({"bold": True, "text_wrap": True, "border": 1})
    grey = book.add_format({"italic": True, "font_color": "#888888"})
    for column, heading in enumerate(MESSY_HEADINGS):
        sheet.write_string(2, column, heading, bold)
        sheet.write_string(3, column, HINTS[column], grey)
    sheet.set_column(1, width, 16)
    return 3


def _fill(sheet: Worksheet, day: Format, random: Random, people: list[Values], line: int) -> None:
    for number, person in enumerate(people, start=1):
        for column, value in enumerate(
            messes.cells(random, number, person, _sex(person), _groups(person), _WORDS)
        ):
            _write_cell(sheet, line, column, value, day)
        line += 1
        if number % 60 == 0:
            sheet.write_string(line, 1, "小计")
            sheet.write_formula(line, 2, f"=COUNTA(B{line - 59}:B{line})", None, 60)
            line += 1
        if number == 120:  # as on the second page of what was printed
            for column, heading in enumerate(MESSY_HEADINGS):
                sheet.write_string(line + 1, column, heading)
            line += 2
    sheet.write_string(line + 1, 0, f"合计：{len(people)}人")
    sheet.write_string(line + 2, 0, "审核人：　　　　　　　　联系电话：025-58800000")


def _write_cell(sheet: Worksheet, line: int, column: int, value: Any, day: Format) -> None:
    if isinstance(value, date):
        sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
    elif isinstance(value, (int, float)):
        sheet.write_number(line, column, value)
    elif value:
        sheet.write_string(line, column, value)


if __name__ == "__main__":
    write()
