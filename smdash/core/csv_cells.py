"""Cells of CSV files: what a spreadsheet would run is neutralised on the way out, and put back on the way in."""

from __future__ import annotations

import re

# What spreadsheets take for a formula (OWASP, "CSV Injection"), behind any blanks and quotes; the wide forms too.
_RUN = re.compile(r"['\s]*[=+\-@＝＋－＠\t\r\n]")


def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it; ``restored`` takes it back."""
    return f"'{cell}" if _RUN.match(cell) else cell


def restored(cell: str) -> str:
    """What ``neutral`` was given."""
    return cell[1:] if cell[:1] == "'" and _RUN.match(cell, 1) else cell
