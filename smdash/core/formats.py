"""How numbers, times and durations are written, in the language in use.

Lists get the short forms (``3m``, ``2d 09:54``); details get whole ones. Babel and humanize are imported where a
whole form is asked for: the short ones must not cost the start anything.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from smdash.locale import gettext as _
from smdash.locale import language, noop, pgettext

_WEEKDAYS = (noop("Mon"), noop("Tue"), noop("Wed"), noop("Thu"), noop("Fri"), noop("Sat"), noop("Sun"))
_MONTHS = (
    noop("Jan"),
    noop("Feb"),
    noop("Mar"),
    noop("Apr"),
    noop("May"),
    noop("Jun"),
    noop("Jul"),
    noop("Aug"),
    noop("Sep"),
    noop("Oct"),
    noop("Nov"),
    noop("Dec"),
)


def short_age(age: timedelta) -> str:
    """``now``, ``3m``, ``2h``, ``4d``: at most four cells."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return pgettext("age", "now")
    if minutes < 60:
        return pgettext("age", "{n}m").format(n=minutes)
    if minutes < 24 * 60:
        return pgettext("age", "{n}h").format(n=minutes // 60)
    return pgettext("age", "{n}d").format(n=min(minutes // (24 * 60), 999))


def short_span(span: timedelta) -> str:
    """``25m``, ``2h 35m``, ``3d``: how long something lasts or is late.

    From an hour on it moves in steps of five minutes: a screen full of them must not be sent anew every minute.
    """
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return pgettext("age", "{n}m").format(n=minutes)
    if minutes < 24 * 60:
        return pgettext("span", "{h}h {m}m").format(h=minutes // 60, m=f"{minutes % 60 // 5 * 5:02d}")
    return pgettext("age", "{n}d").format(n=minutes // (24 * 60))


def countdown(left: timedelta) -> str:
    """``18d`` above two weeks, ``2d 09:54`` above an hour, ``12:05`` (minutes and seconds) in the last one."""
    seconds = max(int(left.total_seconds()), 0)
    days, rest = divmod(seconds, 86_400)
    if days >= 14:
        return pgettext("age", "{n}d").format(n=days)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}"
    if days:
        return pgettext("countdown", "{days}d {clock}").format(days=days, clock=clock)
    if seconds >= 3_600:
        return pgettext("countdown", "{h}h {m}m").format(h=rest // 3600, m=f"{rest % 3600 // 60:02d}")
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def minutes_seconds(span: timedelta) -> str:
    """``0:40``: a stretch of minutes that one watches."""
    seconds = int(span.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"


def hours_minutes(span: timedelta) -> str:
    """``0:42``: hours and minutes of a running activity."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def decimal(value: float, places: int = 1) -> str:
    """``7.5``, in Bahasa Indonesia ``7,5``."""
    text = f"{value:.{places}f}"
    return text.replace(".", ",") if language() == "id" else text


def hours(minutes: float) -> str:
    """Minutes as hours with one decimal."""
    return decimal(minutes / 60)


def clock_time(instant: datetime, zone: tzinfo) -> str:
    """``14:30`` in the zone."""
    local = instant.astimezone(zone)
    return f"{local.hour:02d}:{local.minute:02d}"


def short_day(instant: datetime, zone: tzinfo) -> str:
    """``Mon 23 Nov`` in the zone."""
    return date_words(instant.astimezone(zone).date())


def date_words(day: date) -> str:
    """``Mon 23 Nov``."""
    return f"{weekday(day)} {day.day} {_(_MONTHS[day.month - 1])}"


def days_words(first: date, last: date) -> str:
    """``23–29 Nov 2026``, or ``30 Nov – 6 Dec 2026``."""
    end = f"{last.day} {month_year(last)}"
    if first.year != last.year:
        return f"{first.day} {month_year(first)} – {end}"
    return f"{first.day}–{end}" if first.month == last.month else f"{first.day} {_(_MONTHS[first.month - 1])} – {end}"


def weekday(day: date) -> str:
    """``Mon``."""
    return _(_WEEKDAYS[day.weekday()])


def weekday_day(day: date) -> str:
    """``Mon 23``."""
    return f"{weekday(day)} {day.day}"


def day_month(day: date) -> str:
    """``23 Nov``."""
    return f"{day.day} {_(_MONTHS[day.month - 1])}"


def month_short(day: date) -> str:
    """``Nov``."""
    return _(_MONTHS[day.month - 1])


def month_year(day: date) -> str:
    """``Nov 2026``."""
    return f"{_(_MONTHS[day.month - 1])} {day.year}"


def zone_name(instant: datetime, zone: tzinfo) -> str:
    """``WIB``, ``WITA``, ``WIT``, or whatever the zone is called at that time."""
    return instant.astimezone(zone).tzname() or ""


def short_moment(instant: datetime, zone: tzinfo) -> str:
    """``Mon 23 Nov 14:05 WIB``."""
    return f"{short_day(instant, zone)} {clock_time(instant, zone)} {zone_name(instant, zone)}"


def begin_words(instant: datetime, zone: tzinfo) -> str:
    """When something begins: ``Mon 23 Nov`` where that is a midnight, else with the time of day."""
    local = instant.astimezone(zone)
    return short_moment(instant, zone) if local.time() != time() else date_words(local.date())


def end_words(instant: datetime, zone: tzinfo) -> str:
    """When something ends: its last day where that is a midnight, else with the time of day."""
    local = instant.astimezone(zone)
    return short_moment(instant, zone) if local.time() != time() else date_words(local.date() - timedelta(days=1))


def whole_moment(instant: datetime, zone: tzinfo) -> str:
    """A full date and time with its zone, as Babel writes it."""
    from babel.dates import format_datetime

    local = instant.astimezone(zone)
    written: str = format_datetime(local, "EEEE, d MMMM y, HH:mm", locale=language())
    return f"{written} {local.tzname() or ''}".rstrip()


def number(value: int) -> str:
    """``1,234``, in Bahasa Indonesia ``1.234``."""
    text = f"{value:,}"
    return text.replace(",", ".") if language() == "id" else text


def change(value: int) -> str:
    """``+1,234``, ``−5`` or ``±0``."""
    return ("+" if value > 0 else "−" if value < 0 else "±") + number(abs(value))


def in_words(span: timedelta) -> str:
    """``3 hours``, in the language in use (humanize)."""
    import humanize

    if language() == "id":
        humanize.i18n.activate("id_ID")
    else:
        humanize.i18n.deactivate()
    return humanize.naturaldelta(span)


def ago(instant: datetime, now: datetime) -> str:
    """``3 hours ago`` in words."""
    if instant > now:
        return _("in {span}").format(span=in_words(instant - now))
    return _("{span} ago").format(span=in_words(now - instant))
