"""Hours as a calendar (RFC 5545): an event an entry, its activity among the categories; icalendar writes and reads it.

Calendars know whole seconds; where an entry has more, properties named ``X-SMDASH-…`` carry it, as they do what a
calendar has no field for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from smdash.core import ics, labels
from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.hour_files.rows import Bad, FileEntry, Found, Names, Passed, Row, made, read_moment
from smdash.core.text import clean, clean_name, one_line
from smdash.locale import gettext as _

_MARK = "X-SMDASH-"
_UID_END = "@smdash"
_SUMMARY_LIMIT = 80


def write(entries: Sequence[FileEntry], now: datetime, *, name: str) -> bytes:
    """A calendar that others show as *name*; times are UTC."""
    from icalendar import Calendar, Event
    from icalendar.prop import vText

    calendar = Calendar()
    calendar.add("prodid", "-//smdash//smdash//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(clean_name(name)))
    for one in entries:
        event = Event()
        event.add("uid", f"{clean(one.uid or '')}{_UID_END}")
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", one.started_at.replace(microsecond=0))
        event.add("dtend", one.ended_at.replace(microsecond=0))
        said = one_line(clean((one.note or "").partition("\n")[0]))
        summary = f"{labels.activity(one.activity)}: {said}" if said else labels.activity(one.activity)
        event.add("summary", summary if len(summary) <= _SUMMARY_LIMIT else summary[: _SUMMARY_LIMIT - 1] + "…")
        event.add("categories", [one.activity])
        values = {"BRAND": one.brand, "CAMPAIGN": one.campaign, "MEMBER": one.member}
        if one.started_at.microsecond or one.ended_at.microsecond:
            values |= {"START": encode(one.started_at), "END": encode(one.ended_at)}
        if one.note:
            event.add("description", clean(one.note))
        for mark, value in values.items():
            if value:
                # Without the parameter icalendar would not take the escapes back when it reads.
                event.add(_MARK + mark, vText(clean(value), params={"VALUE": "TEXT"}))
        calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found


def read(data: bytes, zone: tzinfo, names: Names) -> Iterator[Found]:
    """The events, numbered by the line where each begins. Raises InputError for what is no calendar."""
    return _entries(ics.Events(data), zone, names)


def _entries(events: ics.Events, zone: tzinfo, names: Names) -> Iterator[Found]:
    for number, block in events:
        try:
            try:
                event = events.parse(block)
                if ics.text_of(event, "STATUS").upper() == "CANCELLED":
                    yield Passed(number, _("it was called off"))
                    continue
                yield _row(number, event, zone, names)
            except ics.BROKEN as problem:
                raise ics.unreadable(problem) from problem
        except InputError as problem:
            yield Bad(number, str(problem))


def _row(number: int, event: Any, zone: tzinfo, names: Names) -> Row:
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        raise InputError(_("it repeats; only single events are taken in, so export its days one by one"))
    own = {mark: ics.text_of(event, _MARK + mark) for mark in ("BRAND", "CAMPAIGN", "MEMBER", "START", "END")}
    started_at, bare = _moment(ics.start_of(event), "DTSTART", zone)
    ended_at = _end(event, started_at, zone)
    if own["START"] and own["END"]:
        exact = tuple(read_moment(own[mark], mark, zone)[0] for mark in ("START", "END"))
        # Somebody may have moved the event in their calendar since.
        if tuple(at.replace(microsecond=0) for at in exact) == (started_at, ended_at):
            started_at, ended_at = exact
    activity, by_summary = _activity(event, names)
    note = ics.text_of(event, "DESCRIPTION")
    if not note and not by_summary and not _is_ours(event):
        note = ics.text_of(event, "SUMMARY")
    entry = made(
        activity, started_at, ended_at, note=note, brand=own["BRAND"], campaign=own["CAMPAIGN"],
        member=own["MEMBER"], uid=_uid(event),
    )  # fmt: skip
    return Row(number, entry, bare)


def _moment(at: object, field: str, zone: tzinfo) -> tuple[datetime, bool]:
    if not isinstance(at, datetime):
        raise InputError(_("“{field}” has no time of day").format(field=field))
    if at.tzinfo is None:
        return read_moment(at.isoformat(), field, zone)
    return at.astimezone(UTC), False


def _end(event: Any, started_at: datetime, zone: tzinfo) -> datetime:
    """Its end, or what its duration makes it. Raises InputError for neither."""
    found = event.get("DTEND")
    if found is not None and not isinstance(found, list):
        at = found.dt
        if isinstance(at, datetime) and at.tzinfo is None and (named := found.params.get("TZID")):
            raise InputError(_("there is no time zone “{name}”").format(name=clean_name(str(named))))
        return _moment(at, "DTEND", zone)[0]
    length = event.get("DURATION")
    if length is None or isinstance(length, list) or not isinstance(length.dt, timedelta):
        raise InputError(_("“{field}” is missing, or there twice").format(field="DTEND"))
    ended_at: datetime = started_at + length.dt
    return ended_at


def _activity(event: Any, names: Names) -> tuple[str, bool]:
    """The activity that its categories name, else its summary, and whether it was that. Raises InputError."""
    words = ics.categories(event)
    summary = ics.text_of(event, "SUMMARY")
    found = next((key for key in map(names.find, words) if key), None)
    if found is not None:
        return found, False
    if key := names.find(summary):
        return key, True
    raise InputError(names.unknown(word for word in (*words, summary) if word))


def _is_ours(event: Any) -> bool:
    return ics.text_of(event, "UID").endswith(_UID_END)


def _uid(event: Any) -> str | None:
    """What tells an event from others: a changed day of a series has the UID of the series."""
    uid, day = ics.text_of(event, "UID").strip().removesuffix(_UID_END), event.get("RECURRENCE-ID")
    return f"{uid} {day.dt.isoformat()}" if uid and day is not None else uid or None
