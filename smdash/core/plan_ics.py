"""The plan as a calendar (RFC 5545), for people who look at it in theirs; written and read by icalendar.

What a calendar has no field for stands in properties named ``X-SMDASH-…``. An event of somebody else's needs a start
with a time of day, and a description or a summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from smdash.core import ics, plan
from smdash.core.errors import InputError
from smdash.core.plan import Bad, Line
from smdash.core.plan_csv import read_line, time_text
from smdash.core.records import Post, PostState
from smdash.core.text import clean, clean_name, one_line
from smdash.locale import gettext as _

# RFC 5545, 3.8.1.11.
_STATUS = {PostState.READY: "CONFIRMED", PostState.CANCELLED: "CANCELLED", PostState.EXPIRED: "CANCELLED"}
_STATES = {"CANCELLED": "cancelled", "TENTATIVE": "draft"}
_MARK = "X-SMDASH-"
_OWN_UID = re.compile(r"([a-z][0-9a-f]{20,40})@smdash")
# The columns that have no field of their own in a calendar.
_OWN = ("accounts", "format", "campaign", "offer", "offer_until", "state", "key")
_SUMMARY_LIMIT = 80


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
    events = ics.Events(data)
    for number, block in events:
        try:
            try:
                cells, floating, uid = _cells(events.parse(block), category)
            except ics.BROKEN as problem:
                raise ics.unreadable(problem) from problem
            line = read_line(number, cells, zone, accounts=accounts, category=category)
        except InputError as problem:
            yield Bad(number, str(problem))
            continue
        if line.key is None and uid:
            # Many a calendar drops what it doesn't know, but none the UID: a post of ours that comes back is no other.
            own = _OWN_UID.fullmatch(uid)
            line = line._replace(key=own[1] if own else plan.foreign_key("u", uid))
        yield line._replace(zoneless=floating)


def _cells(event: Any, category: str) -> tuple[dict[str, str], bool, str]:
    """The cells of a post, whether its time has no zone, and the event's UID.

    Raises InputError, and what BROKEN names.
    """
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        raise InputError(_("it repeats; only single events are taken in, so export its days one by one"))
    start = ics.start_of(event)
    if not isinstance(start, datetime):
        raise InputError(_("“{field}” has no time of day").format(field="DTSTART"))
    cells = {column: ics.text_of(event, _MARK + column.replace("_", "-")) for column in _OWN}
    cells["body"] = ics.text_of(event, "DESCRIPTION").strip() or ics.text_of(event, "SUMMARY")
    cells["category"] = _category(event, category)
    cells["due_at"] = start.isoformat()
    if not cells["state"]:
        # What somebody still wonders about must not go out.
        cells["state"] = _STATES.get(ics.text_of(event, "STATUS").upper(), "")
    return cells, start.tzinfo is None, _uid(event)


def _uid(event: Any) -> str:
    """What tells an event from others: a changed day of a series has the UID of the series."""
    uid, day = ics.text_of(event, "UID").strip(), event.get("RECURRENCE-ID")
    return f"{uid} {day.dt.isoformat()}" if uid and day is not None else uid


def _category(event: Any, default: str) -> str:
    """The first of its categories that is one of ours; a calendar's own colours and tags are none."""
    from smdash.core.records import Category

    for name in ics.categories(event):
        word = re.sub(r"[\s-]+", "_", name.strip().casefold())
        if word in list(Category):
            return word
    return default
