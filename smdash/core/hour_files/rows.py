"""An entry as files carry it, whatever the format; and what is wrong with one that can't be taken in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from smdash.core import formats, labels, plan
from smdash.core.clock import is_plausible
from smdash.core.entries import is_too_long
from smdash.core.errors import InputError
from smdash.core.plan import Bad as Bad
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _

# Tags of other programs that carry what they have no field for.
_MARKS = ("brand", "campaign", "note", "uid")
_UID_LIMIT = 200


class FileEntry(NamedTuple):
    """A finished entry; times are UTC. ``member`` is a login, ``uid`` names the entry in every file that it is in."""

    activity: str
    started_at: datetime
    ended_at: datetime
    note: str | None = None
    brand: str | None = None
    campaign: str | None = None
    member: str | None = None
    uid: str | None = None


class Row(NamedTuple):
    """An entry of a file: ``number`` is that of its line, or its place in a list. ``zoneless`` times had no zone."""

    number: int
    entry: FileEntry
    zoneless: bool = False


class Passed(NamedTuple):
    """One that is left out on purpose, and why."""

    number: int
    reason: str


Found = Row | Bad | Passed


class Names:
    """What activities are called: by their keys, by the words that people see, and as somebody mapped them."""

    def __init__(self, known: Sequence[str], mapped: Mapping[str, str] | None = None) -> None:
        self.known = tuple(known)
        self._keys: dict[str, str] = {}
        for key in known:
            self._keys |= {_folded(labels.activity(key)): key, _folded(key): key}
        self._mapped = {tag.strip().casefold(): key for tag, key in (mapped or {}).items()}

    def find(self, word: str) -> str | None:
        """The activity that a word names."""
        return self._mapped.get(word.strip().casefold()) or self._keys.get(_folded(word))

    def need(self, word: str) -> str:
        """Like ``find``. Raises InputError with the known ones."""
        found = self.find(word)
        if found is None:
            raise InputError(self.unknown([word]))
        return found

    def unknown(self, words: Iterable[str]) -> str:
        """What to say of words none of which names an activity."""
        named = ", ".join(clean_name(word) for word in words) or "–"
        return _("no activity is called “{name}”; known: {known}; or say which one it is: --map TAG=ACTIVITY").format(
            name=named, known=", ".join(self.known)
        )


def _folded(word: str) -> str:
    return re.sub(r"[\s,_-]+", "_", word.strip().casefold())


class Tags(NamedTuple):
    """What the words of another program's entry say."""

    activity: str
    brand: str | None
    campaign: str | None
    note: str | None
    uid: str | None
    others: tuple[str, ...]

    def with_note(self, note: str | None = None) -> str | None:
        """The note, and the words that mean nothing here: none of them is lost."""
        said = note or self.note
        others = ", ".join(self.others)
        return f"{said} ({others})" if said and others else said or others or None


def read_tags(words: Iterable[str], names: Names, project: str | None = None) -> Tags:
    """Sort the words; a *project* that names an activity goes first. Raises InputError for no activity, and for two."""
    marked: dict[str, str] = {}
    activities: list[str] = []
    others: list[str] = []
    told = None if project is None else names.find(project)
    every = list(words) if project is None or told else [project, *words]
    for word in every:
        mark, colon, value = word.partition(":")
        if colon and mark in _MARKS and value.strip() and mark not in marked:
            marked[mark] = value
        elif told is None and (key := names.find(word)):
            if key not in activities:
                activities.append(key)
        elif word.strip():
            others.append(word)
    if told is None and len(activities) > 1:
        raise InputError(
            _("it has the tags of {n} activities ({names}); expected one").format(
                n=len(activities), names=", ".join(activities)
            )
        )
    if told is None and not activities:
        raise InputError(names.unknown(word for word in every if word.partition(":")[0] not in _MARKS))
    return Tags(
        told or activities[0], marked.get("brand"), marked.get("campaign"), marked.get("note"), marked.get("uid"),
        tuple(others),
    )  # fmt: skip


def write_tags(entry: FileEntry, *, with_note: bool) -> list[str]:
    """The tags that ``read_tags`` takes apart, but for the activity itself."""
    note = entry.note if with_note else None
    values = (entry.brand, entry.campaign, note)
    return [f"{mark}:{value}" for mark, value in zip(_MARKS, values, strict=False) if value]


def made(
    activity: str,
    started_at: datetime,
    ended_at: datetime,
    *,
    note: str | None = None,
    brand: str | None = None,
    campaign: str | None = None,
    member: str | None = None,
    uid: str | None = None,
) -> FileEntry:
    """The entry with its texts cleaned. Raises InputError where it can't have been so."""
    if not (is_plausible(started_at) and is_plausible(ended_at)):
        raise InputError(_("its time is too far away; expected a year from 1970 to 2999"))
    if ended_at <= started_at:
        raise InputError(_("it ends before it begins, or at once; expected an end after its start"))
    if is_too_long(started_at, ended_at):
        raise InputError(
            _("it lasts {hours} hours; expected 24 at most, each day by itself").format(
                hours=formats.hours((ended_at - started_at).total_seconds() / 60)
            )
        )
    text = clean(note) if note else ""
    return FileEntry(
        activity,
        _whole(started_at),
        _whole(ended_at),
        text if text.strip() else None,
        clean_name(brand or "") or None,
        clean_name(campaign or "") or None,
        clean_name(member or "") or None,
        clean(uid or "", limit=_UID_LIMIT).strip() or None,
    )


def _whole(instant: datetime) -> datetime:
    """The store keeps milliseconds."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def read_moment(text: object, field: str, zone: tzinfo) -> tuple[datetime, bool]:
    """A time of a file, and whether it had no zone and so is wall time in *zone*. Raises InputError."""
    at, bare = plan.read_time(text, field, zone) if isinstance(text, str) else (None, False)
    if at is None:
        raise InputError(_("“{field}” is missing; expected a time such as 2026-11-23 14:30").format(field=field))
    return at, bare


def text_in(value: Mapping[str, Any], field: str) -> str | None:
    """A text of an object, or nothing. Raises InputError for anything else."""
    found = value.get(field)
    if found is not None and not isinstance(found, str):
        raise InputError(_("“{field}” is no text").format(field=field))
    return found


def words_in(value: Mapping[str, Any], field: str) -> list[str]:
    """A list of texts of an object, or an empty one. Raises InputError for anything else."""
    found = value.get(field)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InputError(_("“{field}” is no list of texts").format(field=field))
    return found


def load(data: bytes) -> list[Any]:
    """The list in a JSON file. Raises InputError."""
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InputError(
            _("it is no JSON that can be read: {problem}").format(problem=clean_name(str(problem)))
        ) from problem
    if not isinstance(found, list):
        raise InputError(_("it is no list of entries; expected JSON that begins with ["))
    return found


def dump(values: Sequence[Any]) -> bytes:
    """A list as JSON, an entry a line."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in values)
    return f"[\n{lines}\n]\n".encode() if values else b"[]\n"
