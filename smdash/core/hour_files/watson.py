"""Watson's frames: ``watson log --json``, and the file ``frames`` in which it keeps them itself.

The project is the activity (or one of the tags is); note, brand and campaign are tags such as ``note:Server mati``.
Source: frames_to_json in watson/utils.py, and Frame.dump in watson/frames.py of Watson.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from smdash.core.clock import is_plausible
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
    read_moment,
    read_tags,
    text_in,
    words_in,
    write_tags,
)
from smdash.core.plan_csv import time_text
from smdash.core.text import clean
from smdash.locale import gettext as _

# What Watson calls the frame that runs.
_CURRENT = "current"
_PLACES = ("start", "stop", "project", "id", "tags")


def write(entries: Sequence[FileEntry], zone: tzinfo) -> bytes:
    """The frames as ``watson log --json`` gives them; times are local ones in *zone* with their offset."""
    return dump(
        [
            {
                "id": clean(one.uid or ""),
                "project": one.activity,
                "start": time_text(one.started_at, zone),
                "stop": time_text(one.ended_at, zone),
                "tags": [clean(tag) for tag in write_tags(one, with_note=True)],
            }
            for one in entries
        ]
    )


def read(data: bytes, zone: tzinfo, names: Names) -> Iterator[Found]:
    """The frames, numbered from 1. Raises InputError for what is no such list."""
    return _frames(load(data), zone, names)


def _frames(values: list[object], zone: tzinfo, names: Names) -> Iterator[Found]:
    for number, value in enumerate(values, start=1):
        try:
            if isinstance(value, list) and len(value) >= len(_PLACES) - 1:
                value = dict(zip(_PLACES, value, strict=False))
            if not isinstance(value, Mapping):
                raise InputError(_("it is no frame that can be read; expected what “watson log --json” writes"))
            uid = text_in(value, "id")
            if uid == _CURRENT or value.get("stop") is None:
                yield Passed(number, _("it is still running; stop it and import it then"))
                continue
            (started_at, bare), (ended_at, end_bare) = (_instant(value.get(one), one, zone) for one in _PLACES[:2])
            tags = read_tags(words_in(value, "tags"), names, text_in(value, "project") or "")
            entry = made(
                tags.activity, started_at, ended_at, note=tags.with_note(), brand=tags.brand, campaign=tags.campaign,
                uid=uid,
            )  # fmt: skip
            yield Row(number, entry, bare or end_bare)
        except InputError as problem:
            yield Bad(number, str(problem))


def _instant(value: object, field: str, zone: tzinfo) -> tuple[datetime, bool]:
    """Its own file has seconds since 1970, what it writes for others has ISO 8601."""
    if type(value) is int or (type(value) is float and value == value):
        try:
            found = datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            found = None
        if found is None or not is_plausible(found):
            raise InputError(_("its time is too far away; expected a year from 1970 to 2999"))
        return found, False
    return read_moment(value, field, zone)
