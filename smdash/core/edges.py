"""What a member types to give a time entry its times: ``09:10-11:00 a note``, ``+15m``, ``-10m``, or when one began.

Wall times are those of a zone on a local day; instants are UTC. Nothing that is read lies in the future.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.clock import duration_minutes, parse_when, start_of_day
from smdash.core.entries import is_too_long
from smdash.core.errors import InputError
from smdash.core.formats import clock_time
from smdash.locale import gettext as _

ONE_DAY = timedelta(days=1)
# A time of day that is still to come was yesterday's where that is no longer ago than this.
LAST_NIGHT = timedelta(hours=12)
# A stretch that ends earlier on the clock than it began is a night where it begins and ends at such hours.
EVENING, DAWN = 18, 6

_CLOCK = r"\d{1,2}[:.]\d{2}"
_AMOUNT = r"\d{1,3}(?:[.,]\d{1,2})?\s?(?:h|j|jam)(?:\s?\d{1,3}\s?(?:m|min|mnt)?)?|\d{1,4}\s?(?:m|min|mnt)?"
_SHIFT = rf"[+\-−](?:{_AMOUNT})"
_SIDE = rf"{_CLOCK}|now|sekarang|{_SHIFT}"
_NOTE = r"(?:\s+(?P<note>\S.*))?"
_ALONE = re.compile(rf"(?P<end>{_SHIFT}){_NOTE}", re.IGNORECASE)
_RANGE = re.compile(rf"(?P<start>{_SIDE})?\s*[-–—]\s*(?P<end>{_SIDE})?{_NOTE}", re.IGNORECASE)
_LENGTH = re.compile(rf"(?P<start>{_CLOCK})(?:\s+(?P<amount>{_AMOUNT})(?!\S))?{_NOTE}", re.IGNORECASE)
_AGO = re.compile(rf"-?\s?(?P<amount>{_AMOUNT})", re.IGNORECASE)


class Edges(NamedTuple):
    """An entry's two ends; one that runs has no end, and one that is not written yet may lack both."""

    start: datetime | None = None
    end: datetime | None = None


class Typed(NamedTuple):
    """The ends that shall be (UTC), and the note that was typed behind them; nothing where none was."""

    start: datetime | None
    end: datetime | None
    note: str | None


def edges_text(old: Edges, zone: tzinfo) -> str:
    """The ends as they are typed: ``09:10-11:00``; of one that runs ``09:10-``."""
    return "-".join(clock_time(one, zone) if one else "" for one in old)


def parse_edges(text: str, day: date, old: Edges, zone: tzinfo, now: datetime) -> Typed:
    """Read the times of an entry that begins on this local *day*; what is not named stays as it is.

    ``09:10-11:00``, ``09:10-`` and ``-11:00`` name ends, ``09:10 45m`` a start and how long; ``+15m`` and ``-10m`` move
    the end, before a dash the start. A wall time that is the old one's keeps its seconds. Raises InputError for what is
    no time, ends before it begins or in the future, is longer than an entry may be, or leaves no start.
    """
    typed = " ".join(text.split())
    match = _ALONE.fullmatch(typed) or _RANGE.fullmatch(typed) or _LENGTH.fullmatch(typed)
    named = match.groupdict() if match else {}
    if not (named.get("start") or named.get("end")):
        raise InputError(
            _("“{text}” is no time of an entry; expected one such as 09:10-11:00, 09:10 45m, +15m or -10m").format(
                text=text.strip()
            )
        )
    start, end = old
    if side := named.get("start"):
        start = _side(side, day, old.start, zone, now)
    if start is None:
        raise InputError(_("“{text}” does not say when it began; expected 09:10-11:00").format(text=text.strip()))
    if amount := named.get("amount"):
        end = start + _amount(amount)
    elif side := named.get("end"):
        end = _end(side, start, old.end, zone, now)
    _refuse(text, start, end, now)
    return Typed(start, end, named.get("note"))


def _refuse(text: str, start: datetime, end: datetime | None, now: datetime) -> None:
    if max(start, end or start) > now:
        raise InputError(_("“{text}” is still to come; an entry ends now at the latest").format(text=text.strip()))
    if end is not None and end <= start:
        raise InputError(_("“{text}” ends before it begins").format(text=text.strip()))
    if is_too_long(start, end or now):
        raise InputError(_("“{text}” is longer than the 24 hours that an entry may last").format(text=text.strip()))


def _side(side: str, day: date, old: datetime | None, zone: tzinfo, now: datetime) -> datetime:
    if side.lower() in ("now", "sekarang"):
        return now
    if side[0] in "+-−":
        if old is None:
            raise InputError(_("“{text}” has no time to count from; expected one such as 09:10").format(text=side))
        return old + _shift(side)
    if old is not None and _as_typed(side) == clock_time(old, zone) and old.astimezone(zone).date() == day:
        return old
    if _as_typed(side) == "24:00":
        return start_of_day(day + ONE_DAY, zone)
    return parse_when(f"{day.isoformat()} {_as_typed(side)}", zone, now)


def _end(side: str, start: datetime, old: datetime | None, zone: tzinfo, now: datetime) -> datetime:
    day = start.astimezone(zone).date()
    if old is not None and _as_typed(side) == clock_time(old, zone) and old > start and not is_too_long(start, old):
        return old
    end = _side(side, day, old, zone, now)
    if end <= start and re.fullmatch(_CLOCK, side):
        # A clock that is set back shows an hour twice.
        end = max(end, end.astimezone(zone).replace(fold=1).astimezone(UTC))
    first, last = start.astimezone(zone), end.astimezone(zone)
    is_night = first.hour >= EVENING and (last.hour < DAWN or (last.hour, last.minute) == (DAWN, 0))
    if end <= start and re.fullmatch(_CLOCK, side) and (is_night or (last.hour, last.minute) == (0, 0)):
        return _side(side, day + ONE_DAY, None, zone, now)
    return end


def _as_typed(clock: str) -> str:
    return clock.replace(".", ":").zfill(5)


def _amount(text: str) -> timedelta:
    return timedelta(minutes=duration_minutes(text) or 0)


def _shift(text: str) -> timedelta:
    return _amount(text[1:]) * (1 if text[0] == "+" else -1)


def parse_since(text: str, zone: tzinfo, now: datetime, old: datetime | None = None) -> datetime:
    """Read a moment that is over (UTC): ``09:10``, ``15m`` (ago), ``2026-11-23 09:10``, ``now``.

    A time of day that is still to come is yesterday's where that is not long ago. With *old*, the moment that is
    moved, ``+15m`` and ``-10m`` count from there. Raises InputError for what is no time, and for one in the future.
    """
    typed = " ".join(text.split())
    if old is not None and typed[:1] in ("+", "-", "−") and re.fullmatch(_SHIFT, typed, re.IGNORECASE):
        moment = old + _shift(typed)
    elif old is not None and re.fullmatch(_CLOCK, typed) and _as_typed(typed) == clock_time(old, zone):
        moment = old
    elif ago := _AGO.fullmatch(typed):
        moment = now - _amount(ago["amount"])
    else:
        moment = parse_when(typed, zone, now)
        if moment > now and re.fullmatch(_CLOCK, typed):
            day = now.astimezone(zone).date() - ONE_DAY
            before = parse_when(f"{day.isoformat()} {_as_typed(typed)}", zone, now)
            moment = before if now - before <= LAST_NIGHT else moment
    if moment > now:
        raise InputError(_("“{text}” is still to come; expected a time that is over").format(text=text.strip()))
    return moment
