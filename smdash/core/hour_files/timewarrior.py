"""Timewarrior's ``timew export``: a JSON list of intervals with compact UTC stamps, tags and an annotation.

One tag is the activity; brand, campaign and uid are tags such as ``brand:Kopi Senja``. Stamps have whole seconds. Its
``id`` only counts back from the newest, so an interval is known by its start, of which a person has one at a time.
Source: timew-export(1), and src/Interval.cpp of Timewarrior.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from smdash.core.errors import InputError
from smdash.core.hour_files.rows import (
    Bad,
    FileEntry,
    Found,
    Names,
    Passed,
    Row,
    dump,
    load,
    made,
    read_tags,
    text_in,
    words_in,
    write_tags,
)
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _

_STAMP = "%Y%m%dT%H%M%SZ"


def write(entries: Sequence[FileEntry]) -> bytes:
    """The intervals, the oldest first; their ids count down to 1, as Timewarrior's do."""
    intervals = []
    for number, one in enumerate(entries):
        tags = [one.activity, *write_tags(one, with_note=False), *([f"uid:{one.uid}"] if one.uid else [])]
        interval: dict[str, Any] = {
            "id": len(entries) - number,
            "start": _stamp(one.started_at),
            "end": _stamp(one.ended_at),
            "tags": [clean(tag) for tag in tags],
        }
        if one.note:
            interval["annotation"] = clean(one.note)
        intervals.append(interval)
    return dump(intervals)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_STAMP)


def read(data: bytes, _zone: tzinfo, names: Names) -> Iterator[Found]:
    """The intervals, numbered from 1 in the file's order. Raises InputError for what is no such list."""
    return _intervals(_values(data), names)


def _values(data: bytes) -> list[object]:
    """What stands in the list; old versions wrote annotations that are no JSON, which costs their own line alone."""
    try:
        return load(data)
    except InputError:
        lines = [line.strip().rstrip(",") for line in data.decode("utf-8", "replace").splitlines()]
        found = [_line(line) for line in lines if line.startswith("{")]
        if not any(isinstance(one, dict) for one in found):
            raise
        return found


def _line(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _intervals(values: list[object], names: Names) -> Iterator[Found]:
    for number, value in enumerate(values, start=1):
        try:
            if not isinstance(value, Mapping):
                raise InputError(_("it is no interval that can be read; expected what “timew export” writes"))
            if value.get("end") is None:
                yield Passed(number, _("it is still running; stop it and import it then"))
                continue
            started_at, ended_at = _instant(value, "start"), _instant(value, "end")
            tags = read_tags(words_in(value, "tags"), names)
            note = tags.with_note(text_in(value, "annotation"))
            uid = tags.uid or f"timew-{_stamp(started_at)}"
            yield Row(
                number,
                made(tags.activity, started_at, ended_at, note=note, brand=tags.brand, campaign=tags.campaign, uid=uid),
            )
        except InputError as problem:
            yield Bad(number, str(problem))


def _instant(value: Mapping[str, Any], field: str) -> datetime:
    text = value.get(field)
    try:
        if isinstance(text, str) and re.fullmatch(r"\d{8}T\d{6}Z", text, re.ASCII):
            return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise InputError(
        _("“{field}” is “{text}”; expected a stamp such as 20261123T070500Z").format(
            field=field, text=clean_name(str(text))
        )
    )
