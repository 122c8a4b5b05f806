"""The plan as a calendar (RFC 5545), for people who look at it in theirs; written and read by icalendar.

What a calendar has no field for stands in properties named ``X-SMDASH-…``. An event of somebody else's needs a start
with a time of day, and a description or a summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo

from smdash.core import plan
from smdash.core.errors import InputError
from smdash.core.plan import Bad, Line
from smdash.core.plan_csv import read_line, time_text
from smdash.core.records import Post, PostState
from smdash.core.text import clean, clean_name, one_line
from smdash.locale import gettext as _

# RFC 5545, 3.8.1.11.
_STATUS = {PostState.READY: "CONFIRMED", PostState.CANCELLED: "CANCELLED", PostState.EXPIRED: "CANCELLED"}
_MARK = "X-SMDASH-"
# The columns that have no field of their own in a calendar.
_OWN = ("accounts", "format", "campaign", "offer", "offer_until", "state", "key")
_SUMMARY_LIMIT = 80
_BEGIN = re.compile(rb"BEGIN:VEVENT\s*", re.IGNORECASE)
_END = re.compile(rb"END:VEVENT\s*", re.IGNORECASE)
_ZONE = re.compile(rb"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE[ \t]*\r?$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
# What icalendar raises for a broken property, at the parse or when its value is asked for.
_BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)


def write(posts: Sequence[Post], zone: tzinfo, now: datetime, *, name: str) -> bytes:
    """A calendar of those posts that have a time; *name* is what calendars call it."""
    from icalendar import Calendar, Event
    from icalendar.prop import vText

    calendar = Calendar()
    calendar.add("prodid", "-//smdash//smdash//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(clean_name(name)))
    for post in posts:
        if post.due_at is None:
            continue
        content = plan.of_post(post)
        event = Event()
        event.add("uid", f"{post.key or f'post-{post.id}'}@smdash")
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", post.due_at)
        summary = one_line(content.body.partition("\n")[0])
        event.add("summary", summary if len(summary) <= _SUMMARY_LIMIT else summary[: _SUMMARY_LIMIT - 1] + "…")
        event.add("description", content.body)
        event.add("categories", [post.category.value])
        event.add("status", _STATUS.get(post.state, "TENTATIVE"))
        values = (
            plan.write_accounts(content.accounts), post.format.value, content.campaign, content.offer,
            time_text(post.offer_until, zone), post.shown, plan.file_key(post),
        )  # fmt: skip
        for column, value in zip(_OWN, values, strict=True):
            if value:
                # Without the parameter icalendar would not take the escapes back when it reads.
                event.add(_MARK + column.replace("_", "-"), vText(clean(value), params={"VALUE": "TEXT"}))
        calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found


def read(data: bytes, zone: tzinfo, *, accounts: tuple[str, ...] = (), category: str = "") -> Iterator[Line | Bad]:
    """The events of a calendar, numbered by the line where each begins.

    *accounts* and *category* are for events that name none. Raises InputError for what is no calendar.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not re.match(rb"\s*BEGIN:VCALENDAR", data, re.IGNORECASE):
        raise InputError(_("it is no calendar: expected BEGIN:VCALENDAR in its first line"))
    zones = b"".join(found[0] + b"\n" for found in _ZONE.finditer(data))
    for number, block in _events(data):
        if block is None:
            yield Bad(number, _("the event has no end; expected END:VEVENT"))
            continue
        try:
            yield _line(number, (zones if b"TZID" in block else b"") + block, zone, accounts, category)
        except InputError as problem:
            yield Bad(number, str(problem))


def _events(data: bytes) -> Iterator[tuple[int, bytes | None]]:
    begun, lines = 0, list[bytes]()
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        if _BEGIN.fullmatch(line):
            if begun:
                yield begun, None
            begun, lines = number, []
        if begun:
            lines.append(line)
            if _END.fullmatch(line):
                yield begun, b"".join(lines)
                begun = 0
    if begun:
        yield begun, None


def _line(number: int, block: bytes, zone: tzinfo, accounts: tuple[str, ...], category: str) -> Line:
    from icalendar import Calendar

    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(_("it has letters that are not UTF-8; expected UTF-8, as RFC 5545 says")) from problem
    try:
        event = Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n").walk("VEVENT")[0]
        start, floating = _start(event)
        cells = {column: _text(event, _MARK + column.replace("_", "-")) for column in _OWN}
        cells["body"] = _text(event, "DESCRIPTION").strip() or _text(event, "SUMMARY")
        cells["category"] = _category(event, category)
        uid = _text(event, "UID").strip()
    except _BROKEN as problem:
        raise InputError(_("it can't be read: {problem}").format(problem=clean_name(str(problem)))) from problem
    cells["due_at"] = start.isoformat()
    if not cells["state"] and _text(event, "STATUS").upper() == "CANCELLED":
        cells["state"] = "cancelled"
    line = read_line(number, cells, zone, accounts=accounts, category=category)
    if line.key is None and uid:
        line = line._replace(key=plan.foreign_key("u", uid))
    return line._replace(zoneless=floating)


def _start(event: object) -> tuple[datetime, bool]:
    """When it begins, and whether that is without a zone. Raises InputError."""
    found = event.get("DTSTART")  # type: ignore[attr-defined]
    if found is None or isinstance(found, list):
        raise InputError(_("“{field}” is missing, or there twice").format(field="DTSTART"))
    if event.get("RRULE") is not None or event.get("RDATE") is not None:  # type: ignore[attr-defined]
        raise InputError(_("it repeats; only single events are taken in, so export its days one by one"))
    at = found.dt
    if not isinstance(at, datetime):
        raise InputError(_("“{field}” has no time of day").format(field="DTSTART"))
    if at.tzinfo is None and (named := found.params.get("TZID")):
        raise InputError(_("there is no time zone “{name}”").format(name=clean_name(str(named))))
    return at, at.tzinfo is None


def _category(event: object, default: str) -> str:
    """The first of its categories that is one of ours; a calendar's own colours and tags are none."""
    from smdash.core.records import Category

    found = event.get("CATEGORIES")  # type: ignore[attr-defined]
    for one in found if isinstance(found, list) else [found] if found is not None else []:
        for name in getattr(one, "cats", [one]):
            word = re.sub(r"[\s-]+", "_", str(name).strip().casefold())
            if word in list(Category):
                return word
    return default


def _text(event: object, name: str) -> str:
    found = event.get(name)  # type: ignore[attr-defined]
    if found is None:
        return ""
    if isinstance(found, list):
        raise InputError(_("“{field}” is missing, or there twice").format(field=name))
    return str(found)
