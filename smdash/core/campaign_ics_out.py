"""Campaigns written as a calendar (RFC 5545), with their phases as events and their milestones as to-dos of their own.

What belongs to a campaign names it (RELATED-TO); ``core.campaign_ics`` reads the same back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from smdash.core.campaign_ics import MARK, Due
from smdash.core.clock import encode, start_of_day
from smdash.core.records import CampaignKind, Phase
from smdash.core.text import clean_name


class Shown(NamedTuple):
    """A campaign as it is written into a calendar; ``key`` is its UID there."""

    key: str
    name: str
    kind: CampaignKind
    starts_at: datetime
    ends_at: datetime
    note: str
    phases: tuple[Phase, ...]
    milestones: tuple[Due, ...]


def own_uid(campaign_id: int, database: str) -> str:
    """What a campaign of this database is called in calendars."""
    return f"campaign-{campaign_id}.{database}@smdash"


def write(campaigns: Sequence[Shown], zone: tzinfo, now: datetime, *, name: str) -> bytes:
    """A calendar of these; *name* is what calendars call it. Whole days of the zone are written as days."""
    from icalendar import Calendar, Event, Todo
    from icalendar.prop import vText

    calendar = Calendar()
    calendar.add("prodid", "-//smdash//smdash//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(clean_name(name)))
    stamp = now.astimezone(UTC).replace(microsecond=0)

    def part(of: Shown, label: str, component: Any) -> Any:
        digest = hashlib.sha256(label.encode()).hexdigest()[:12]
        component.add("uid", f"{component.name.lower()}-{digest}.{of.key}")
        component.add("dtstamp", stamp)
        component.add("summary", f"{of.name} · {label}")
        # Without the parameter icalendar would not take the escapes back when it reads.
        component.add(f"{MARK}NAME", vText(label, params={"VALUE": "TEXT"}))
        component.add("related-to", of.key, parameters={"RELTYPE": "PARENT"})
        return component

    for one in campaigns:
        event = Event()
        event.add("uid", one.key)
        event.add("dtstamp", stamp)
        event.add("summary", one.name)
        _add_span(event, one.starts_at, one.ends_at, zone)
        event.add("categories", [one.kind.value])
        if one.note:
            event.add("description", one.note)
        event.add(f"{MARK}AS-OF", vText(encode(now), params={"VALUE": "TEXT"}))
        calendar.add_component(event)
        for phase in one.phases:
            event = part(one, phase.name, Event())
            _add_span(event, phase.starts_at, phase.ends_at, zone)
            calendar.add_component(event)
        for number, due in enumerate(one.milestones):
            todo = part(one, due.name, Todo())
            # Several may have the same name.
            todo["UID"] = vText(f"{number}.{todo['UID']}")
            todo.add("due", due.due_at.astimezone(UTC))
            todo.add("status", "COMPLETED" if due.done else "NEEDS-ACTION")
            calendar.add_component(todo)
    found: bytes = calendar.to_ical()
    return found


def _add_span(event: Any, start: datetime, end: datetime, zone: tzinfo) -> None:
    first, after = (at.astimezone(zone).date() for at in (start, end))
    if first < after and start_of_day(first, zone) == start and start_of_day(after, zone) == end:
        event.add("dtstart", first)
        event.add("dtend", after)
    else:
        event.add("dtstart", start.astimezone(UTC))
        event.add("dtend", end.astimezone(UTC))
