"""Finds the table in a sheet: where its headings are, which rows are data, and which are not."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from db.errors import Refused
from db.workbook.reading import MOST_DATA_ROWS, Cell, Row, Sheet, Workbook

MARK = "Linli"  # heading of the status column, and name of the legend sheet, that annotating adds

_HINT = re.compile(
    r"^[（(【\[*＊]*(必填|选填|必须|必选|可选|可不填|非必填|如[:：]|例[:：如]|例如|示例|样例|格式|填写|请填|请选|请按|填表说明|"
    r"说明[:：]|下拉|单选|多选|文本格式|yyyy|required|optional|e\.g\.|example|format|\d+位|男[/／、或]女|是[/／、或]否)",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"^[（(【\[]*(示例|样例|举例|example)", re.IGNORECASE)
_SUBTOTAL = re.compile(
    r"^.{0,14}(合计|小计|总计|共计|累计|subtotal|total)[:：]?[\d人户名个,.]*$", re.IGNORECASE
)
_TRAILING = re.compile(
    r"^(注|备注|说明|填表|制表|审核|审批|负责人|填报|经办|盖章|以上|附件?|联系人|日期|单位)[人员日期单位（(]*[一-鿿）)]*[:：\d]"
)
_KNOWN = re.compile(
    r"姓名|性别|身份证|证件|电话|手机|地址|住址|备注|序号|编号|日期|门牌|楼栋|楼号|单元|室|网格|小区|建筑|关系|类别|类型|民族|"
    r"户号|户籍|面貌|婚姻|文化|单位|健康|name|phone|address|date|gender|sex|remark",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\d{5,}|^\d+([./年-]\d+)*|[。；;!！]|^[男女是否有无]$|^[√✓×]$|^\d+[栋幢号]")
_RUNNING = re.compile(r"(序号|编号|no|number)$")
LONGEST_HEADING = 30
LONGEST_LONE_CELL = 15  # more text alone in a row is a remark, not a name
DEEPEST_HEADER = 40  # filled rows above which headings are looked for


@dataclass(frozen=True)
class Table:
    """A table in a sheet. Rows are numbered from 1 as in the file, columns from 0.

    `columns` are the headings ('' where a column has none, or is our own status column);
    `header_rows` is 1, or 2 where groups stand above the headings; `skipped` tells which rows after
    the headings are no data and why: hint, subtotal, repeated_header, section, note, numbered (only a running number).
    `others` are the tables with the same headings on other visible sheets.
    """

    sheet: Sheet = field(repr=False)
    header_row: int
    header_rows: int
    columns: tuple[str, ...]
    score: float
    rows: tuple[int, ...] = field(repr=False)
    skipped: tuple[tuple[int, str], ...] = field(repr=False)
    others: tuple["Table", ...] = field(default=(), repr=False)

    @property
    def above(self) -> int:
        """How many filled rows stand above the headings: a title, who filled it in."""
        return sum(any(cell is not None for cell in row) for row in self.sheet.rows[: self.header_row - 1])

    @property
    def first_row(self) -> int:
        """The first row of data, or the row below the headings when there is none."""
        return self.rows[0] if self.rows else self.header_row + self.header_rows


def fold_heading(text: str) -> str:
    """Return a heading as it is compared: half-width, lower case, without spaces, stars and punctuation."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if c.isalnum() or c in "()")


def find_table(workbook: Workbook, known: Iterable[str] = ()) -> Table:
    """Return the best table on a visible sheet, with the sheets that carry on the same headings.

    `known` are headings that the caller expects; they help, and are not needed.

    Raises Refused: file.no_table, file.only_hidden, file.too_many_rows.
    """
    found = candidates(workbook, known)
    visible = [table for table in found if not table.sheet.hidden]
    if not visible:
        if found:
            raise Refused("file.only_hidden", sheet=found[0].sheet.name)
        raise Refused("file.no_table")
    best = visible[0]
    same: dict[int, Table] = {}
    for table in visible:
        if table.columns == best.columns and table.sheet is not best.sheet:
            same.setdefault(id(table.sheet), table)
    others = [same[id(sheet)] for sheet in workbook.sheets if id(sheet) in same]
    if len(best.rows) + sum(len(t.rows) for t in others) > MOST_DATA_ROWS:
        raise Refused("file.too_many_rows", limit=MOST_DATA_ROWS, sheet=best.sheet.name)
    return replace(best, others=tuple(others))


def candidates(workbook: Workbook, known: Iterable[str] = (), per_sheet: int = 3) -> list[Table]:
    """Return the rows that may be headings, best first, hidden sheets last; for the user to choose from."""
    expected = {fold_heading(text) for text in known}
    tables = [table for sheet in workbook.sheets for table in _in_sheet(sheet, expected, per_sheet)]
    return sorted(tables, key=lambda table: (table.sheet.hidden, -table.score))


def table_at(workbook: Workbook, sheet_name: str, header_row: int) -> Table:
    """Return the table whose headings the user says are in this row (from 1) of this sheet.

    Raises Refused: file.no_sheet, file.no_table.
    """
    sheet = next((sheet for sheet in workbook.sheets if sheet.name == sheet_name), None)
    if sheet is None or not 1 <= header_row <= len(sheet.rows):
        raise Refused("file.no_sheet", sheet=sheet_name, row=header_row)
    if not any(isinstance(cell, str) for cell in sheet.rows[header_row - 1]):
        raise Refused("file.no_table")
    top = header_row - 1
    return _table(sheet, top, 2 if _is_pair(sheet, top) else 1, 0.0)


def data_rows(table: Table) -> Iterator[tuple[int, Row]]:
    """Yield (row number in the file, cells as many as there are columns) for each row of data."""
    width = len(table.columns)
    blank = (None,) * width
    own = [column for column, heading in enumerate(table.columns) if not heading and _is_own(table, column)]
    for number in table.rows:
        row = table.sheet.rows[number - 1]
        row = (row + blank)[:width] if len(row) != width else row
        if own:
            row = tuple(None if column in own else cell for column, cell in enumerate(row))
        yield number, row


def all_rows(table: Table) -> Iterator[tuple[str, int, Row]]:
    """Yield (sheet name, row number, cells) of the table and of the sheets that carry it on."""
    for part in (table, *table.others):
        for number, row in data_rows(part):
            yield part.sheet.name, number, row


def _is_own(table: Table, column: int) -> bool:
    row = table.sheet.rows[table.header_row - 1]
    return column < len(row) and row[column] == MARK


def _in_sheet(sheet: Sheet, known: set[str], most: int) -> list[Table]:
    if sheet.name == MARK:
        return []
    filled = [index for index, row in enumerate(sheet.rows) if row][: DEEPEST_HEADER + 1]
    scored = []
    for position, index in enumerate(filled[:DEEPEST_HEADER]):
        below = [sheet.rows[i] for i in filled[position + 1 : position + 11]]
        score = _header_score(sheet.rows[index], below, known)
        if score > 0:
            scored.append((score, -index))
    found: list[Table] = []
    for score, minus in sorted(scored, reverse=True):
        top, height = _first_of_its_kind(sheet, *_block(sheet, -minus), sorted(-one for _, one in scored))
        if any(table.header_row == top + 1 for table in found):
            continue
        table = _table(sheet, top, height, score)
        if table.rows:
            found.append(replace(table, score=score + 2 * math.log10(1 + len(table.rows))))
        if len(found) == most:
            break
    return found


def _block(sheet: Sheet, top: int) -> tuple[int, int]:
    """The first row and the height of the headings of which row `top` is one."""
    if _is_pair(sheet, top):
        return top, 2
    if top and _is_pair(sheet, top - 1):
        return top - 1, 2
    return top, 1


def _first_of_its_kind(sheet: Sheet, top: int, height: int, others: Sequence[int]) -> tuple[int, int]:
    """The headings of which these are a repetition (a new page, after a sub-total), or these themselves."""
    filled = [cell for row in sheet.rows[top : top + height] for cell in row if cell is not None]
    for other in others:
        first, high = _block(sheet, other)
        if first + high > top:
            break
        headings = {
            fold_heading(str(c)) for row in sheet.rows[first : first + high] for c in row if c is not None
        }
        if len(filled) > 1 and _repeats(filled, headings):
            return first, high
    return top, height


def _header_score(row: Row, below: Sequence[Row], known: set[str]) -> float:
    filled = [cell for cell in row if cell is not None and cell != MARK]
    texts = [fold_heading(str(cell)) for cell in filled if _could_be_heading(cell)]
    if not texts or not below or (len(filled) == 1 and max(len(r) for r in below) > 1):
        return 0.0
    score = len(set(texts)) - 2.0 * (len(filled) - len(texts)) - (len(texts) - len(set(texts)))
    score += sum(0.5 for text in texts if _KNOWN.search(text)) + sum(2.0 for text in texts if text in known)
    if len(texts) >= 2 or _KNOWN.search(texts[0]) or texts[0] in known:
        return score
    return 0.0


def _could_be_heading(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    return (
        0 < len(text) <= LONGEST_HEADING
        and not _VALUE.search(text)
        and not _HINT.match(text)
        and any(map(str.isalpha, text))
    )


def _is_pair(sheet: Sheet, top: int) -> bool:
    """Whether the rows `top` and `top + 1` are groups and, under them, headings."""
    if top + 1 >= len(sheet.rows):
        return False
    upper, lower = sheet.rows[top], sheet.rows[top + 1]
    if sum(cell is not None for cell in upper) < 2 or not all(
        _could_be_heading(c) for c in lower if c is not None
    ):
        return False
    first = next((cell for cell in upper if cell is not None), None)
    if isinstance(first, str) and _SUBTOTAL.match(first.replace(" ", "")):
        return False
    under_a_group = 0
    for column, cell in enumerate(lower):
        if cell is None:
            continue
        following = lower[column + 1] if column + 1 < len(lower) else None
        starts_group = _at(upper, column) is not None
        if starts_group and (_at(upper, column + 1) is not None or following is None):
            return False
        under_a_group += not starts_group
    return under_a_group > 0


def _at(row: Row, column: int) -> Cell:
    return row[column] if column < len(row) else None


def _table(sheet: Sheet, top: int, height: int, score: float) -> Table:
    columns = _headings(sheet, top, height)
    titles = {fold_heading(str(cell)) for row in sheet.rows[:top] for cell in row if cell is not None}
    headings = {fold_heading(str(c)) for row in sheet.rows[top : top + height] for c in row if c is not None}
    wide = {first for first, left, _, right in sheet.merged if right - left >= 2}
    rows: list[int] = []
    skipped: list[tuple[int, str]] = []
    for index in range(top + height, len(sheet.rows)):
        row = sheet.rows[index]
        if not row:
            continue
        reason = _why_no_data(row, index in wide, titles, headings, near_top=not rows)
        if not reason and _only_numbered(row, columns):
            reason = "numbered"
        if reason:
            skipped.append((index + 1, reason))
        else:
            rows.append(index + 1)
    if rows:
        widest = max(len(sheet.rows[number - 1]) for number in rows)
        columns += ("",) * (widest - len(columns))
    columns = tuple("" if heading == MARK else heading for heading in columns)
    own_is_last = _at(sheet.rows[top], len(columns) - 1) == MARK
    return Table(
        sheet, top + 1, height, columns[:-1] if own_is_last else columns, score, tuple(rows), tuple(skipped)
    )


def _headings(sheet: Sheet, top: int, height: int) -> tuple[str, ...]:
    upper = sheet.rows[top]
    lower = sheet.rows[top + 1] if height == 2 else ()
    groups: list[Cell] = list(upper) + [None] * (len(lower) - len(upper))
    if height == 2:
        spans = {(first, left): right for first, left, last, right in sheet.merged if first == last}
        for column, cell in enumerate(lower):
            # A group reaches as far as its merged cells, or over the blanks that have a heading below.
            if column and groups[column] is None and cell is not None:
                start = next((c for c in range(column, -1, -1) if _at(upper, c) is not None), None)
                if start is not None and spans.get((top, start), column) >= column:
                    groups[column] = groups[column - 1] if column - 1 > start else upper[start]
    headings = []
    for column, group in enumerate(groups):
        parts = [_one_line(cell) for cell in (group, _at(lower, column)) if cell is not None]
        headings.append(" ".join(dict.fromkeys(parts)))
    return tuple(headings)


def _one_line(cell: Cell) -> str:
    text = str(cell)
    cjk_break = re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", text)  # 姓　名 and 联系\n电话
    return " ".join(cjk_break.split())


def _why_no_data(row: Row, wide: bool, titles: set[str], headings: set[str], near_top: bool) -> str | None:
    filled = [cell for cell in row if cell is not None]
    first = (
        next((cell for cell in filled if isinstance(cell, str)), "").replace(" ", "").replace("\u3000", "")
    )
    if _SUBTOTAL.match(first):
        return "subtotal"
    if len(filled) > 1 and _repeats(filled, headings):
        return "repeated_header"
    if len(filled) == 1 and first:
        if fold_heading(first) in titles:
            return "repeated_header"
        if wide:
            return "note" if len(first) > LONGEST_LONE_CELL or _TRAILING.match(first) else "section"
        if len(first) > LONGEST_LONE_CELL and len(headings) > 3 and not (near_top and _HINT.match(first)):
            return "note"
    if len(filled) <= 4 and _TRAILING.match(first):
        return "note"
    if near_top and _is_hint(filled, first):
        return "hint"
    return None


def _only_numbered(row: Row, columns: Sequence[str]) -> bool:
    """Whether nothing but the running number of a form is filled in."""
    column = len(row) - 1
    alone = all(cell is None for cell in row[:column])
    return alone and column < len(columns) and bool(_RUNNING.match(fold_heading(columns[column])))


def _repeats(filled: Sequence[Cell], headings: set[str]) -> bool:
    first = filled[0]
    if not isinstance(first, str) or fold_heading(first) not in headings:
        return False
    same = sum(isinstance(cell, str) and fold_heading(cell) in headings for cell in filled)
    return same >= max(2, 0.7 * len(filled))


def _is_hint(filled: Sequence[Cell], first: str) -> bool:
    if _EXAMPLE.match(first):
        return True
    if len(filled) > 2 and list(filled) == list(range(1, len(filled) + 1)):
        return True  # the row of column numbers under official headings
    hints = sum(isinstance(cell, str) and bool(_HINT.match(cell)) for cell in filled)
    return hints * 3 >= len(filled) or (hints > 1 and bool(_HINT.match(first)))
