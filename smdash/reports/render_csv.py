"""A report as CSV (RFC 4180) for spreadsheets: a table after the other, each with its headings.

The first two cells of each line name the section and the table; headings are the keys of the columns, whatever the
language, and figures are plain numbers. What a spreadsheet would run is neutralised.
"""

from __future__ import annotations

import csv
import io

from smdash.core.csv_text import neutral
from smdash.core.text import clean
from smdash.reports.document import Cell, Document


def render(document: Document) -> str:
    """All tables of the report; a section without any has no lines."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for section in document.sections:
        if section.facts:
            writer.writerow(["section", "table", "name", "value"])
            for fact in section.facts:
                writer.writerow([section.key, "figures", fact.key, _value(fact.cell)])
        for table in section.tables:
            writer.writerow(["section", "table", *(column.key for column in table.columns)])
            for row in table.rows:
                writer.writerow([section.key, table.key, *map(_value, row)])
    return out.getvalue()


def _value(cell: Cell) -> str:
    if isinstance(cell.value, int | float):
        return str(cell.value)
    return "" if cell.value is None else neutral(clean(cell.value))
