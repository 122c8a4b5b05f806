"""Hours as CSV for spreadsheets: a line an entry, with nothing in it that a spreadsheet would run.

``minutes`` is for whoever adds up: it may be rounded, the times beside it never are. A file of somebody else's needs
``start``, ``activity`` and either ``end`` or ``minutes``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from smdash.core import csv_text
from smdash.core.clock import parse_duration
from smdash.core.errors import InputError
from smdash.core.hour_files.rows import Bad, FileEntry, Found, Names, Row, made, read_moment
from smdash.core.plan_csv import time_text
from smdash.core.text import clean
from smdash.locale import gettext as _

COLUMNS = ("start", "end", "minutes", "activity", "note", "brand", "campaign", "member", "uid")
_NEEDED = ("start", "activity")


def write(entries: Sequence[FileEntry], zone: tzinfo, *, separator: str = ",", step: int = 0) -> bytes:
    """A header and a line an entry; times are wall times in *zone* with their offset.

    With a *step* (minutes) the column ``minutes`` is rounded to its multiples, half of one up.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in entries:
        cells = (
            time_text(one.started_at, zone), time_text(one.ended_at, zone),
            _minutes(one.ended_at - one.started_at, step), one.activity, one.note, one.brand, one.campaign, one.member,
            one.uid,
        )  # fmt: skip
        writer.writerow([csv_text.neutral(clean(cell or "")) for cell in cells])
    return out.getvalue().encode()


def _minutes(length: timedelta, step: int) -> str:
    if step:
        minutes = length / timedelta(minutes=step)
        return str(int(minutes + 0.5) * step)
    return f"{length.total_seconds() / 60:.2f}".rstrip("0").rstrip(".")


def read(data: bytes, zone: tzinfo, names: Names) -> Iterator[Found]:
    """The lines of a file, by number. Raises InputError for what is no such file at all."""
    text = csv_text.decode(data)
    rows = csv_text.Rows(text, *csv_text.separator(text, COLUMNS))
    header = next(rows, None)
    if header is None or isinstance(header, Bad):
        raise InputError(_("there is no line of headings; expected: {columns}").format(columns=", ".join(COLUMNS)))
    columns = [csv_text.heading(cell) for cell in header[1]]
    lacking = [name for name in _NEEDED if name not in columns]
    if not lacking and "end" not in columns and "minutes" not in columns:
        lacking = ["end"]
    twice = sorted({name for name in columns if name in COLUMNS and columns.count(name) > 1})
    if lacking or twice:
        what = _("the column “{name}” is missing") if lacking else _("the column “{name}” is there twice")
        raise InputError(
            _("line {line}: {reason}").format(
                line=header[0],
                reason=_("{what}; expected headings such as {columns}").format(
                    what=what.format(name=(lacking or twice)[0]), columns=", ".join(COLUMNS)
                ),
            )
        )
    return _lines(rows, columns, zone, names)


def _lines(rows: csv_text.Rows, columns: list[str], zone: tzinfo, names: Names) -> Iterator[Found]:
    # Only our own files have that column, and only there an apostrophe in front is ours.
    own = "uid" in columns
    for row in rows:
        if isinstance(row, Bad):
            yield row
            continue
        number, cells = row
        try:
            csv_text.refuse_odd(cells, len(columns))
            found = {name: cell for name, cell in zip(columns, cells, strict=False) if name in COLUMNS}
            yield _row(number, {name: csv_text.restored(cell) for name, cell in found.items()} if own else found,
                       zone, names)  # fmt: skip
        except InputError as problem:
            yield Bad(number, str(problem))


def _row(number: int, cells: dict[str, str], zone: tzinfo, names: Names) -> Row:
    started_at, bare = read_moment(cells["start"], "start", zone)
    ended_at, end_bare = _end(cells, started_at, zone)
    return Row(
        number,
        made(
            names.need(cells.get("activity", "")), started_at, ended_at, note=cells.get("note"),
            brand=cells.get("brand"), campaign=cells.get("campaign"), member=cells.get("member"), uid=cells.get("uid"),
        ),
        bare or end_bare,
    )  # fmt: skip


def _end(cells: dict[str, str], started_at: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    if cells.get("end", "").strip() or not cells.get("minutes", "").strip():
        return read_moment(cells.get("end", ""), "end", zone)
    return started_at + parse_duration(cells["minutes"]), False
