"""Importing from the command line: `python -m db import-ledger ledger.xlsx` shows the dry run, `--apply` does it.

Whoever can type commands on the server acts as the application itself, with every right; `--by` says who
it was, for the audit trail.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TextIO

from db import importing
from db.access import Viewer, system
from db.errors import Refused
from db.importing import marks
from db.importing.plans import OUTCOMES, Choices, Plan
from db.importing.words import OUTCOME_LABELS, REFUSALS
from db.register import REGISTERS, Register

ROOMS = ("db.people.residents", "db.people.households", "db.territory.posts", "db.system.accounts")
MOST_SHOWN = 20


def parser() -> argparse.ArgumentParser:
    """The arguments of `python -m db import-ledger`."""
    made = argparse.ArgumentParser(prog="python -m db import-ledger", description=__doc__)
    made.add_argument("file", nargs="?", type=Path, help=".xlsx, .xls or .csv")
    made.add_argument("--register", default="residents", help="which register (residents)")
    made.add_argument("--sheet", default="", help="the sheet, where another than the one found is meant")
    made.add_argument("--header", type=int, default=0, help="the row of headings, from 1")
    made.add_argument(
        "--column", action="append", default=[], metavar="NUMBER=FIELD",
        help="what a column means, counted from 1: --column 3=phone; --column 3= leaves it out",
    )  # fmt: skip
    made.add_argument(
        "--apply", action="store_true", help="bring the rows in; otherwise only say what would happen"
    )
    made.add_argument(
        "--make-places", action="store_true", help="make every missing building and grid whose place is known"
    )
    made.add_argument(
        "--without-number",
        action="store_true",
        help="register new people whose ID number is damaged without it",
    )
    made.add_argument(
        "--annotated", type=Path, metavar="FILE", help="write the workbook with colours and comments"
    )
    made.add_argument("--undo", type=int, metavar="IMPORT", help="take a whole import back")
    made.add_argument("--by", "--as", dest="by", default="", help="who does it, for the audit trail")
    return made


def main(
    arguments: Sequence[str], say: marks.Say = str, out: TextIO = sys.stdout, complain: TextIO | None = None
) -> int:
    """Run the command and return the exit code: 0 done, 1 refused. `say` translates; refusals go to `complain`."""
    asked = parser().parse_args(arguments)
    for room in ROOMS:
        import_module(room)
    viewer = system(asked.by) if asked.by else system()
    try:
        register = REGISTERS.get(asked.register)
        if register is None:
            raise Refused("import.not_importable")
        if asked.undo:
            importing.undo(viewer, asked.undo)
            print(say("The import was undone."), file=out)
        elif asked.file is None:
            _past(viewer, register, out)
        else:
            _import(viewer, register, asked, say, out)
    except Refused as refused:
        print(sentence(refused, say), file=complain or out)
        return 1
    return 0


def sentence(refused: Refused, say: marks.Say = str) -> str:
    """A refusal in words."""
    text = say(REFUSALS.get(refused.code, str(refused)))
    for name, fact in refused.facts.items():
        text = text.replace(
            "{" + name + "}", "、".join(map(say, fact)) if isinstance(fact, list) else str(fact)
        )
    return text


def _past(viewer: Viewer, register: Register, out: TextIO) -> None:
    for one in importing.imports(viewer, register):
        state = f", undone {one.undone_at:%Y-%m-%d %H:%M}" if one.undone_at else ""
        print(
            f"{one.id:>5}  {one.at:%Y-%m-%d %H:%M}  {one.actor}  {one.filename}  {one.counts}{state}",
            file=out,
        )


def _import(
    viewer: Viewer, register: Register, asked: argparse.Namespace, say: marks.Say, out: TextIO
) -> None:
    meanings = importing.meanings(viewer, register)
    upload = importing.opened(asked.file, known=[word for one in meanings.values() for word in one.headings])
    if asked.sheet or asked.header:
        table = upload.table
        upload = upload.at(asked.sheet or table.sheet.name, asked.header or table.header_row)
    chosen = {**importing.mapping(viewer, register, upload.table).columns, **_columns(asked.column)}
    for number, heading in enumerate(upload.table.columns):
        name = chosen.get(number, "")
        print(
            f"{number + 1:>3}  {heading or '-'}  →  {say(meanings[name].label) if name in meanings else '-'}",
            file=out,
        )
    choices = Choices(without_number=asked.without_number)
    plan = importing.plan(viewer, register, upload, chosen, choices)
    if asked.make_places and plan.missing:
        known = {one.key for one in plan.missing if one.parent_id is not None}
        ticked = {one.key: None for one in plan.missing if one.key in known or one.parent_key in known}
        plan = importing.plan(viewer, register, upload, chosen, Choices({}, ticked, asked.without_number))
    report(plan, say, out)
    if asked.annotated:
        asked.annotated.write_bytes(marks.annotated(plan, say))
        print(asked.annotated, file=out)
    if asked.apply:
        done = importing.apply(viewer, plan, progress=_bar(out))
        print(f"\n#{done.import_id}: {_counts(done.counts, say)}", file=out)


def _columns(texts: Sequence[str]) -> dict[int, str]:
    found = {}
    for text in texts:
        number, equals, name = text.partition("=")
        if not equals or not number.isdigit() or int(number) < 1:
            raise Refused("import.column_unknown", name=text)
        found[int(number) - 1] = name
    return found


def report(plan: Plan, say: marks.Say, out: TextIO) -> None:
    """What the dry run found: counts, missing places, and the first rows that need somebody."""
    print(_counts(plan.counts, say), file=out)
    for one in plan.missing:
        print(f"  + {one.name} ({one.rows})", file=out)
    rows = [row for row in plan.rows if row.outcome in ("doubtful", "refused")]
    for row in rows[:MOST_SHOWN]:
        why = " ".join(marks.sentence(one, say) for one in row.remarks)
        print(f"  {row.sheet} {row.number}: {why}", file=out)
    if len(rows) > MOST_SHOWN:
        print(f"  … {len(rows) - MOST_SHOWN}", file=out)


def _counts(counts: Mapping[str, int], say: marks.Say) -> str:
    return ", ".join(f"{say(OUTCOME_LABELS[one])} {counts[one]}" for one in OUTCOMES)


def _bar(out: TextIO) -> importing.Progress:
    def show(share: float, counts: Mapping[str, int]) -> None:
        filled = int(share * 30)
        print(
            f"\r[{'#' * filled}{'.' * (30 - filled)}] {counts.get('done', 0)}/{counts.get('of', 0)}",
            end="",
            file=out,
            flush=True,
        )

    return show
