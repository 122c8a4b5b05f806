"""Files of hours: one module a format, each with a writer and a reader that are pure.

A reader yields what it finds one by one: an entry, what is wrong with it, or why it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smdash.core.hour_files.rows import FileEntry, Found, Names

FORMATS = ("csv", "json", "ics", "timewarrior", "watson")
# Those that hold the hours of one person.
OF_ONE = frozenset({"timewarrior", "watson"})
# Those that know no parts of a second.
WHOLE_SECONDS = frozenset({"timewarrior"})
# Those whose entries are numbered by the line in the file.
BY_LINE = frozenset({"csv", "ics"})
_HEAD = 20_000
_STAMP = re.compile(rb'"(?:start|end)"\s*:\s*"\d{8}T\d{6}Z"')
_WATSON = re.compile(rb'"project"\s*:|^\s*\[\s*\[')


def of_name(name: str) -> str | None:
    """The format that a file's name tells."""
    ending = name.casefold().rpartition(".")[2] if "." in name else ""
    return {"csv": "csv", "tsv": "csv", "json": "json", "ics": "ics", "ical": "ics"}.get(ending)


def detect(data: bytes) -> str:
    """The format that a file's beginning tells; CSV where it tells nothing."""
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode().lstrip()
    if head.upper().startswith(b"BEGIN:VCALENDAR"):
        return "ics"
    if not head.startswith((b"[", b"{")):
        return "csv"
    if _STAMP.search(head):
        return "timewarrior"
    return "watson" if _WATSON.search(head) else "json"


def write(
    kind: str,
    entries: Sequence[FileEntry],
    zone: tzinfo,
    now: datetime,
    *,
    name: str = "",
    separator: str = ",",
    step: int = 0,
) -> bytes:
    """The entries as a file. *separator* and *step* (minutes to round to) are for CSV, *name* is a calendar's."""
    if kind == "csv":
        from smdash.core.hour_files import csv_file

        return csv_file.write(entries, zone, separator=separator, step=step)
    if kind == "ics":
        from smdash.core.hour_files import ics_file

        return ics_file.write(entries, now, name=name)
    if kind == "timewarrior":
        from smdash.core.hour_files import timewarrior

        return timewarrior.write(entries)
    if kind == "watson":
        from smdash.core.hour_files import watson

        return watson.write(entries, zone)
    from smdash.core.hour_files import json_file

    return json_file.write(entries)


def read(kind: str, data: bytes, zone: tzinfo, names: Names) -> Iterator[Found]:
    """What a file holds; times without a zone are wall times in *zone*. Raises InputError for what is no such file."""
    if kind == "csv":
        from smdash.core.hour_files import csv_file

        return csv_file.read(data, zone, names)
    if kind == "ics":
        from smdash.core.hour_files import ics_file

        return ics_file.read(data, zone, names)
    if kind == "timewarrior":
        from smdash.core.hour_files import timewarrior

        return timewarrior.read(data, zone, names)
    if kind == "watson":
        from smdash.core.hour_files import watson

        return watson.read(data, zone, names)
    from smdash.core.hour_files import json_file

    return json_file.read(data, zone, names)
