"""Bringing a ledger into a register: which column means what, a dry run, and then all of it or nothing.

    upload = files.opened(path_or_bytes, name, meanings)  read, table found
    proposed = mapping(viewer, RESIDENTS, upload.table)   column → field, to be corrected by the user
    found = plan(viewer, RESIDENTS, upload, proposed)     the dry run; writes nothing
    marks.annotated(found, say, legend)                   the same workbook with colours and comments
    done = apply(viewer, found, choices, progress)        one transaction
    undo(viewer, done.import_id)                          while nobody has edited its records

Works for any register; one with an import of its own (residents: `db.people.ledger`) names it in `importer`.
"""

from db.importing.doing import apply, check, imports, mapping, meanings, plan, remember, undo
from db.importing.engine import Importer, choices_differ
from db.importing.files import Upload, opened
from db.importing.plans import Choices, Done, PastImport, Plan, PlannedRow, Progress, Remark, Stopped

__all__ = [
    "Choices",
    "Done",
    "Importer",
    "PastImport",
    "Plan",
    "PlannedRow",
    "Progress",
    "Remark",
    "Stopped",
    "Upload",
    "apply",
    "check",
    "choices_differ",
    "imports",
    "mapping",
    "meanings",
    "opened",
    "plan",
    "remember",
    "undo",
]
