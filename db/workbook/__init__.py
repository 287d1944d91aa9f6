"""Files that people bring: reading a messy ledger, finding its table, and writing workbooks back.

Pure functions on files and rows; no database and no screen.

    reading.read(path_or_bytes, filename)   any upload -> Workbook, or Refused("file....")
    layout.find_table(workbook)             title rows, merged headings, hints, sub-totals -> Table
    mapping.propose(table, fields)          which column is which, with confidences
    writing.write_xlsx(...)                 exports that never carry a formula
    annotating.annotate(...)                the same workbook with colours and comments
"""
