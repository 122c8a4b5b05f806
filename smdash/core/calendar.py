"""Weeks and months as a calendar shows them, in local days: a day is a date, however many hours it has."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo

from smdash.core.clock import Span, day_span, start_of_day

DAY = timedelta(days=1)


def week_days(day: date, week_start: int) -> list[date]:
    """The seven days of the week that holds *day*; *week_start* counts from Monday (0) to Sunday (6)."""
    first = day - timedelta(days=(day.weekday() - week_start) % 7)
    return [first + at * DAY for at in range(7)]


def month_weeks(day: date, week_start: int) -> list[list[date]]:
    """The whole weeks that hold the days of *day*'s month: four to six."""
    last = day.replace(day=monthrange(day.year, day.month)[1])
    weeks = [week_days(day.replace(day=1), week_start)]
    while weeks[-1][-1] < last:
        weeks.append([one + timedelta(days=7) for one in weeks[-1]])
    return weeks


def month_later(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_span(first: date, last: date, zone: tzinfo) -> Span:
    """From the first instant of *first* to the end of *last*."""
    return Span(start_of_day(first, zone), start_of_day(last + DAY, zone))


def hours_of(day: date, zone: tzinfo) -> float:
    """How many hours a local day has: 24, but where the clocks change."""
    start, end = day_span(day, zone)
    return (end - start) / timedelta(hours=1)


def days_later(instant: datetime, days: int, zone: tzinfo) -> datetime:
    """The same wall time some days later; one that the clocks skip there is moved by what they skip."""
    wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    return (wall + days * DAY).replace(tzinfo=zone).astimezone(UTC)
