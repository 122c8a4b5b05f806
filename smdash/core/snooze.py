"""Reading times as members type them in two languages: how long a mention is put aside (``3h``, ``besok 9``, ``balas``)
and when a post is due instead.

A wall time is one of the given zone. A day without a time means its morning; a time without a day is the next one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.clock import LATEST, parse_when
from smdash.core.errors import InputError
from smdash.core.records import Snooze
from smdash.locale import gettext as _

# Whoever names a day without a time means the beginning of work.
MORNING = "09:00"
LONGEST = timedelta(days=366)

_HARD = ("hard", "pasti")
_REPLY = ("reply", "balas", "balasan", "until reply", "sampai balas", "sampai dibalas")
_UNITS = {
    "m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "mnt": "m", "menit": "m",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "j": "h", "jam": "h",
    "d": "d", "day": "d", "days": "d", "hari": "d",
    "w": "w", "wk": "w", "week": "w", "weeks": "w", "minggu": "w", "mgg": "w",
}  # fmt: skip
_AMOUNT = re.compile(r"([0-9]{1,5}(?:[.,][0-9]{1,2})?)\s*([a-z]+)\s*")
# A day by the number of days from today.
_DAYS = {
    "today": 0, "hari ini": 0, "tomorrow": 1, "tmr": 1, "besok": 1, "bsk": 1, "esok": 1, "lusa": 2,
    "day after tomorrow": 2,
}  # fmt: skip
_WEEKDAYS = {
    "mon": 0, "monday": 0, "senin": 0, "sen": 0, "tue": 1, "tues": 1, "tuesday": 1, "selasa": 1, "sel": 1,
    "wed": 2, "wednesday": 2, "rabu": 2, "rab": 2, "thu": 3, "thur": 3, "thurs": 3, "thursday": 3, "kamis": 3, "kam": 3,
    "fri": 4, "friday": 4, "jumat": 4, "jum'at": 4, "jum": 4, "sat": 5, "saturday": 5, "sabtu": 5, "sab": 5,
    "sun": 6, "sunday": 6, "minggu": 6, "ahad": 6, "min": 6,
}  # fmt: skip
_NEXT_WEEK = ("next week", "minggu depan", "pekan depan")
_NEXT = ("next", "depan")
_PARTS = {
    "morning": "09:00", "pagi": "09:00", "noon": "12:00", "siang": "12:00", "afternoon": "15:00", "sore": "16:00",
    "evening": "19:00", "night": "19:00", "malam": "19:00",
}  # fmt: skip
_FILLERS = frozenset(
    {"at", "on", "jam", "pukul", "pkl", "pada", "hari", "this", "ini", "in", "dalam", "until", "sampai"}
)
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*(am|pm|pagi|siang|sore|malam)?")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What only an exact time looks like is refused for its own reason.
_EXACT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]", re.IGNORECASE)


class SnoozeAsked(NamedTuple):
    """How a mention comes back, and when (UTC); a time is missing only where its author's writing is waited for."""

    how: Snooze
    until: datetime | None


def parse_snooze(text: str, zone: tzinfo, now: datetime) -> SnoozeAsked:
    """Read what a member typed. Raises InputError for what is no time, is over, or is more than a year away."""
    words = text.casefold().split()
    hard = False
    for place in (0, -1):
        if words and words[place] in _HARD:
            hard = True
            del words[place]
    if " ".join(words) in _REPLY:
        if hard:
            raise InputError(_("“{text}” has no time to come back at for certain; name one").format(text=text.strip()))
        return SnoozeAsked(Snooze.REPLY, None)
    until = _relative(" ".join(word for word in words if word not in ("in", "dalam")), zone, now)
    if until is None:
        until = _absolute(words, text, zone, now)
        if until is None:
            raise InputError(
                _("“{text}” is not a time; expected one such as 3h, 2d, tomorrow 9, Mon 09:00 or reply").format(
                    text=text.strip()
                )
            )
    _refuse_far(until, text, now)
    return SnoozeAsked(Snooze.HARD if hard else Snooze.UNTIL, until)


def parse_new_time(text: str, old: datetime, zone: tzinfo, now: datetime) -> datetime:
    """Read the time that something due at *old* is moved to: ``besok 9``, ``Fri 14:00``, ``15:30``, ``3h``, ``now``.

    A day without a time keeps the old time of day, and a time without a day stays on the old day while that is to
    come. Raises InputError for what is no time, is over, or is more than a year away.
    """
    words = text.casefold().split()
    if words in (["now"], ["sekarang"]):
        return now
    until = _relative(" ".join(word for word in words if word not in ("in", "dalam")), zone, now)
    if until is None:
        was = old.astimezone(zone)
        until = _absolute(words, text, zone, now, kept=f"{was.hour:02d}:{was.minute:02d}", kept_day=was.date())
    if until is None:
        raise InputError(
            _("“{text}” is not a time; expected one such as 3h, tomorrow 9, Fri 14:00 or 15:30").format(
                text=text.strip()
            )
        )
    _refuse_far(until, text, now)
    return until


def parse_planned(text: str, zone: tzinfo, now: datetime) -> datetime:
    """Read a time that something new is planned for: as ``parse_when`` and ``parse_new_time`` do.

    Raises InputError for what is no time.
    """
    try:
        return parse_when(text, zone, now)
    except InputError as problem:
        try:
            return parse_new_time(text, now, zone, now)
        except InputError:
            raise problem from None


def _refuse_far(until: datetime, text: str, now: datetime) -> None:
    if until <= now:
        raise InputError(_("“{text}” is over already; choose a time that is still to come").format(text=text.strip()))
    if until > now + LONGEST:
        raise InputError(_("“{text}” is more than a year away; choose an earlier time").format(text=text.strip()))


def _relative(typed: str, zone: tzinfo, now: datetime) -> datetime | None:
    """``3h``, ``1h30m``, ``2d``: days and weeks keep the wall time, hours and minutes are counted."""
    days = minutes = 0.0
    at = 0
    while at < len(typed):
        found = _AMOUNT.match(typed, at)
        unit = _UNITS.get(found[2]) if found else None
        if found is None or unit is None:
            return None
        amount = float(found[1].replace(",", "."))
        if unit in "dw":
            days += amount * (7 if unit == "w" else 1)
        else:
            minutes += amount * (60 if unit == "h" else 1)
        at = found.end()
    if not at:
        return None
    if days > 10_000 or minutes > 10_000 * 1440:
        return LATEST
    whole = int(days)
    local = now.astimezone(zone)
    # A wall time that the clocks skip on that day is moved by what they skip.
    moved = (local.replace(tzinfo=None) + timedelta(days=whole)).replace(tzinfo=zone).astimezone(UTC) if whole else now
    return moved + timedelta(days=days - whole, minutes=minutes)


def _absolute(
    words: list[str], text: str, zone: tzinfo, now: datetime, *, kept: str = MORNING, kept_day: date | None = None
) -> datetime | None:
    """A day, a time of day, or both; *kept* and *kept_day* are meant where the one or the other is not named."""
    today = now.astimezone(zone).date()
    for count in range(min(len(words), 4), 0, -1):
        for head, rest in ((words[:count], words[count:]), (words[-count:], words[:-count])):
            named = _day(" ".join(word for word in head if word not in _FILLERS) or " ".join(head), today)
            clock = _clock(rest)
            if named is None or clock is None:
                continue
            day, weekly, default = named
            at = clock or default or kept
            until = _instant(day, at, text, zone, now)
            return _instant(day + timedelta(days=7), at, text, zone, now) if weekly and until <= now else until
    clock = _clock(words)
    # A bare number may mean anything, so it is no time.
    if not clock or (len(words) == 1 and words[0].isdecimal()):
        try:
            return parse_when(text, zone, now)
        except InputError:
            if _EXACT.match(text.strip()):
                raise
            return None
    if kept_day is not None and kept_day > today:
        return _instant(kept_day, clock, text, zone, now)
    until = _instant(today, clock, text, zone, now)
    return until if until > now else _instant(today + timedelta(days=1), clock, text, zone, now)


def _day(named: str, today: date) -> tuple[date, bool, str] | None:
    """The day of a phrase, whether it is the next of its name, and the time that it names itself, or an empty text."""
    if named in _DAYS:
        return today + timedelta(days=_DAYS[named]), False, ""
    if named in _NEXT_WEEK:
        return today + timedelta(days=7 - today.weekday()), False, ""
    if named in ("tonight", "nanti malam", "malam"):
        return today, False, _PARTS["malam"]
    if named.startswith("nanti ") and named[6:] in _PARTS:
        return today, False, _PARTS[named[6:]]
    if named in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS[named] - today.weekday()) % 7), True, ""
    pair = named.split()
    if len(pair) == 2 and (pair[0] in _NEXT or pair[1] in _NEXT):
        weekday = _WEEKDAYS.get(pair[1] if pair[0] in _NEXT else pair[0])
        if weekday is not None:
            return today + timedelta(days=7 - today.weekday() + weekday), False, ""
    if _DATE.fullmatch(named):
        try:
            return date.fromisoformat(named), False, ""
        except ValueError:
            return None
    return None


def _clock(words: list[str]) -> str | None:
    """``HH:MM`` of what is left beside the day, empty where nothing is, and nothing where it is no time of day."""
    left = [word for word in words if word not in _FILLERS]
    typed = " ".join(left)
    if not typed:
        return ""
    if typed in _PARTS:
        return _PARTS[typed]
    found = _CLOCK.fullmatch(typed)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None if half in ("am", "pm") or hour > 23 else f"{hour:02d}:{minute:02d}"
        if half in ("am", "pagi"):
            hour %= 12
        elif half == "malam" and hour == 12:
            return None  # the midnight that begins the day, or the one that ends it
        elif half != "siang" or hour < 10:
            hour = hour % 12 + 12
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def _instant(day: date, clock: str, text: str, zone: tzinfo, now: datetime) -> datetime:
    """A wall time of a day. Raises InputError for one that the zone's clocks skip."""
    return parse_when(f"{day.isoformat()} {clock}", zone, now)
