"""CSV (RFC 4180) as spreadsheets write and read it: cells that none of them runs, and rows with their numbers.

What a spreadsheet would run is neutralised on the way out, and put back on the way in. Spreadsheets differ in how they
save: with commas, semicolons (where a comma parts decimals) or tabs, with a byte order mark or in UTF-16. All of these
are read; bytes that are no Unicode stay as lone surrogates, so that their line can be named.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator

from smdash.core.errors import InputError
from smdash.core.plan import Bad
from smdash.core.text import clean_name
from smdash.locale import gettext as _

# What spreadsheets take for a formula (OWASP, "CSV Injection"), behind any blanks and quotes; the wide forms too.
_RUN = re.compile(r"['\s]*[=+\-@＝＋－＠\t\r\n]")
_SEPARATORS = (",", ";", "\t")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_MOST_CELL = 100_000


def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it; ``restored`` takes it back."""
    return f"'{cell}" if _RUN.match(cell) else cell


def restored(cell: str) -> str:
    """What ``neutral`` was given."""
    return cell[1:] if cell[:1] == "'" and _RUN.match(cell, 1) else cell


def heading(cell: str) -> str:
    """A heading as columns are named here: small letters, an underscore for a blank."""
    return clean_name(restored(cell)).casefold().replace(" ", "_")


def refuse_odd(cells: list[str], columns: int) -> None:
    """Raise InputError for a row with bytes that are no UTF-8, or with more cells than there are columns."""
    if any(_NOT_UTF8.search(cell) for cell in cells):
        raise InputError(_("it has letters that are not UTF-8; save the file as “CSV UTF-8” and import it again"))
    # Even where the last ones are empty: a text that was cut at its comma must not go out.
    if len(cells) > columns:
        raise InputError(
            _("it has {n} cells; expected {most}: is a text with a comma or semicolon without quotes?").format(
                n=len(cells), most=columns
            )
        )


def decode(data: bytes) -> str:
    """The text; bytes that are no UTF-8 stay as lone surrogates, so that their line can be named."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def separator(text: str, columns: Collection[str]) -> tuple[str, int]:
    """What parts the cells, and how many lines to pass over: a first line such as ``sep=;`` says it outright."""
    first, _break, rest = text.partition("\n")
    if said := re.fullmatch(r'"?sep=(.)"?\r?', first):
        return said[1], 1
    names = first if first.strip() else rest.lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=lambda one: sum(heading(cell.strip('"')) in columns for cell in names.split(one))), 0


class Rows(Iterator["tuple[int, list[str]] | Bad"]):
    """Numbered rows; the number is that of the row's first line. Empty lines are passed over."""

    def __init__(self, text: str, separator: str, skip: int) -> None:
        self._source = io.StringIO(text, newline="")
        for _line in range(skip):
            self._source.readline()
        self._skipped = skip
        self._reader = csv.reader(self._source, delimiter=separator, strict=True)
        self._over = False

    def __next__(self) -> tuple[int, list[str]] | Bad:
        while not self._over:
            number = self._reader.line_num + self._skipped + 1
            # The limit is the whole process's, and nothing else here reads CSV.
            before = csv.field_size_limit(_MOST_CELL)
            try:
                cells = next(self._reader)
            except csv.Error as problem:
                return self._bad(number, str(problem))
            finally:
                csv.field_size_limit(before)
            if any(cell.strip() for cell in cells):
                return number, cells
        raise StopIteration

    def _bad(self, number: int, problem: str) -> Bad:
        if "field larger" in problem or "end of data" in problem:
            # Where the cell ends is anybody's guess; lines of a text must not be taken for posts.
            self._over = True
            return Bad(number, _("a quotation mark is opened and not closed; nothing from here on was read"))
        return Bad(number, _("a quotation mark stands inside a cell; write it twice, and the cell in quotes"))
