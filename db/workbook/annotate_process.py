"""Run by `process.answers`: puts colours, comments and the status column on a workbook with openpyxl."""

import io
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from db.workbook.read_process import answer, limit


def annotate(request: dict[str, Any]) -> bytes:
    """Return the annotated workbook; values stay what they were, formulas become their last values."""
    from openpyxl import load_workbook
    from openpyxl.formatting.formatting import ConditionalFormattingList

    workbook = load_workbook(io.BytesIO(request["data"]), data_only=True, keep_links=False, keep_vba=False)
    workbook.defined_names.clear()
    if request["mark"] in workbook.sheetnames:
        del workbook[request["mark"]]
    for sheet in workbook.worksheets:
        sheet.conditional_formatting = ConditionalFormattingList()
        sheet.legacy_drawing = None
        if sheet.title in request["sheets"]:
            mark(sheet, request["sheets"][sheet.title], request["fills"], request["mark"])
    add_legend(workbook, request)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def mark(sheet: Any, marks: dict[str, Any], colours: dict[str, str], heading: str) -> None:
    """Colour the cells, add the comments and write the status column of one sheet."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    fills = solid(colours)
    for (row, column), level in marks["fills"].items():
        if level in fills:
            sheet.cell(row + 1, column + 1).fill = fills[level]
    for (row, column), text in marks["comments"].items():
        cell = sheet.cell(row + 1, column + 1)
        if type(cell).__name__ != "Cell":
            continue  # the covered part of merged cells carries no comment
        before = cell.comment.text + "\n" if cell.comment is not None else ""
        cell.comment = Comment(before + text, heading, height=90, width=240)
    header, column = marks["header"]
    top = write_text(sheet, header, column, heading)
    if top is not None:
        top.font = Font(bold=True)
    for row, (level, text) in marks["status"].items():
        cell = write_text(sheet, row, column, text)
        if cell is not None and level in fills:
            cell.fill = fills[level]
    if column < 16_384:
        sheet.column_dimensions[sheet.cell(1, column + 1).column_letter].width = 40


def write_text(sheet: Any, row: int, column: int, text: str) -> Any:
    """Write `text` as text, whatever it begins with; None where merged cells cover the place."""
    cell = sheet.cell(row + 1, column + 1)
    if type(cell).__name__ != "Cell":
        return None
    cell.value = "".join(c for c in text if c >= " " or c in "\n\t")
    cell.data_type = "s"
    return cell


def solid(colours: dict[str, str]) -> dict[str, Any]:
    """Return a fill for each level."""
    from openpyxl.styles import PatternFill

    return {level: PatternFill("solid", fgColor=colour.strip("#")) for level, colour in colours.items()}


def add_legend(workbook: Any, request: dict[str, Any]) -> None:
    """Add the sheet that says which colour means what."""
    sheet = workbook.create_sheet(request["mark"])
    for row, (level, fill) in enumerate(solid(request["fills"]).items()):
        write_text(sheet, row, 0, request["legend"].get(level, level)).fill = fill
    sheet.column_dimensions["A"].width = 40


def main() -> None:
    """Annotate within the limits given as arguments; every failure is an answer."""
    limit(int(sys.argv[1]), int(sys.argv[2]))
    warnings.simplefilter("ignore")
    request = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 (what our own parent wrote)
    try:
        answer("workbook", annotate(request))
        answer("done")
    except MemoryError:
        answer("refused", "file.too_heavy", {})
    except Exception:  # whatever a strange workbook makes openpyxl raise, the parent writes it anew
        answer("refused", "file.damaged", {})


if __name__ == "__main__":
    main()
