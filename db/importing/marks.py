"""The workbook that somebody brought, given back with the result of the dry run on it."""

from collections.abc import Callable, Iterator, Mapping

from db.importing.plans import Plan, PlannedRow, Remark
from db.importing.words import LEGEND, REMARKS
from db.workbook import annotating
from db.workbook.annotating import Note

Say = Callable[[str], str]
_LEVELS = {"refused": "refused", "doubtful": "doubtful", "left_out": "doubtful"}


def sentence(remark: Remark, say: Say = str) -> str:
    """A remark in words. `say` translates."""
    facts = {"value": remark.value, **remark.facts}
    text = say(REMARKS.get(remark.code, remark.code))
    for name, fact in facts.items():
        text = text.replace("{" + name + "}", str(fact))
    return text


def annotated(plan: Plan, say: Say = str, legend: Mapping[str, str] = LEGEND) -> bytes:
    """The same workbook with colours and comments, as .xlsx; to be mended and imported again.

    Every row that is new, changed, doubtful or refused says so in a last column; unchanged rows without
    remarks stay as they are. `say` translates sentences and labels.
    """
    table = plan.upload.table
    headers = {part.sheet.name: part.header_row for part in (table, *table.others)}
    words = {level: say(word) for level, word in legend.items()}
    return annotating.annotate(plan.upload.data, plan.upload.filename, _notes(plan, say), words, headers)


def _notes(plan: Plan, say: Say) -> Iterator[Note]:
    for row in plan.rows:
        level = row.outcome if row.outcome != "unchanged" else "changed"
        if row.outcome != "unchanged":
            yield Note(row.number, None, level, _summary(plan, row, say), row.sheet)
        for remark in row.remarks:
            text = sentence(remark, say)
            yield Note(row.number, remark.column, _LEVELS.get(remark.level, level), text, row.sheet)


def _summary(plan: Plan, row: PlannedRow, say: Say) -> str:
    """What changes in a row, in a few words."""
    said = [
        f"{say(plan.labels.get(one.name, one.name))}: {say(one.old) or '—'} → {say(one.new) or '—'}"
        for one in row.changes
    ]
    return "; ".join(said)
