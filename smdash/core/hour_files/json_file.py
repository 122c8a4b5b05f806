"""Hours as JSON: a list of objects with ``start`` and ``end`` (UTC), ``activity``, and what else is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.hour_files.rows import Bad, FileEntry, Found, Names, Row, dump, load, made, read_moment, text_in
from smdash.core.text import clean
from smdash.locale import gettext as _

_TEXTS = ("activity", "note", "brand", "campaign", "member", "uid")


def write(entries: Sequence[FileEntry]) -> bytes:
    """Times with milliseconds; what is not known is left out."""
    return dump(
        [
            {"start": encode(one.started_at), "end": encode(one.ended_at)}
            | {field: clean(value) for field in _TEXTS if (value := getattr(one, field)) is not None}
            for one in entries
        ]
    )


def read(data: bytes, zone: tzinfo, names: Names) -> Iterator[Found]:
    """The entries, numbered from 1. Raises InputError for what is no list."""
    return _entries(load(data), zone, names)


def _entries(values: list[object], zone: tzinfo, names: Names) -> Iterator[Found]:
    for number, value in enumerate(values, start=1):
        try:
            if not isinstance(value, dict):
                raise InputError(_("it is no object; expected one with start, end and activity"))
            texts = {field: text_in(value, field) for field in _TEXTS}
            started_at, bare = read_moment(value.get("start"), "start", zone)
            ended_at, end_bare = read_moment(value.get("end"), "end", zone)
            activity = names.need(texts.pop("activity") or "")
            yield Row(number, made(activity, started_at, ended_at, **texts), bare or end_bare)
        except InputError as problem:
            yield Bad(number, str(problem))
