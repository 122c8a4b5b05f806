"""Campaigns as calendars have them (RFC 5545): an event is a campaign, those related to it its phases and milestones.

All-day events are whole local days of the team's; timed ones keep their instants, and times without a zone are the
team's. What repeats is one campaign an occurrence, within a bounded span. What smdash itself wrote is known again.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from smdash.core import ics
from smdash.core.clock import day_span, is_plausible, start_of_day
from smdash.core.errors import InputError
from smdash.core.records import CampaignKind, Phase
from smdash.core.text import NAME_LIMIT, clean, clean_name
from smdash.locale import gettext as _

# What repeats is worked out for so many days before and after today; what is over for longer is left out.
BEFORE, AFTER = timedelta(days=30), timedelta(days=400)
# Campaigns of a calendar, and of one event that repeats, and phases (or milestones) of a campaign; a team runs dozens.
MOST, MOST_OF_SERIES, MOST_PARTS = 500, 100, 100
# Events of a file; each takes a millisecond to read.
MOST_EVENTS = 20_000
MARK = "X-SMDASH-"
_OWN = re.compile(r"campaign-(\d{1,18})\.([0-9a-f]{8,40})@smdash")
_LONGEST_UID = 200
# What a campaign's note may be (characters).
LONGEST_NOTE = 2_000
# What people call the kinds in their calendars, in the languages of smdash.
_KINDS = {
    "contest": CampaignKind.CONTEST, "giveaway": CampaignKind.CONTEST, "lomba": CampaignKind.CONTEST,
    "kontes": CampaignKind.CONTEST, "promotion": CampaignKind.PROMOTION, "promo": CampaignKind.PROMOTION,
    "promosi": CampaignKind.PROMOTION, "discount": CampaignKind.DISCOUNT, "sale": CampaignKind.DISCOUNT,
    "diskon": CampaignKind.DISCOUNT, "launch": CampaignKind.LAUNCH, "peluncuran": CampaignKind.LAUNCH,
    "event": CampaignKind.EVENT, "acara": CampaignKind.EVENT,
}  # fmt: skip


class Bad(NamedTuple):
    """An event that could not be read: the line where it begins (0: of none), its UID or nothing, and what is wrong."""

    number: int
    uid: str
    reason: str


class Due(NamedTuple):
    """A milestone as a calendar has it."""

    name: str
    due_at: datetime
    done: bool = False


class Entry(NamedTuple):
    """A campaign that a calendar has.

    ``uid`` tells it from the others of that calendar: of what repeats it has the day or instant behind it. ``title`` is
    its name, with its month or day where the calendar has the name several times. ``own`` is the id of the campaign of
    this database that smdash wrote it from, as it was ``as_of`` then.
    """

    uid: str
    name: str
    title: str
    kind: CampaignKind
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    phases: tuple[Phase, ...] = ()
    milestones: tuple[Due, ...] = ()
    own: int | None = None
    as_of: datetime | None = None


class Found(NamedTuple):
    """What a calendar holds. ``name`` is what it calls itself; ``bad`` are the events that could not be read.

    ``spared`` are their UIDs, so that what is known of them stays; ``cancelled`` those that it says are off. Without
    *whole* nothing is off for not being there, since it is not known what is lost. ``outside`` counts events that are
    over for long, or have no occurrence in the span.
    """

    name: str
    entries: tuple[Entry, ...]
    bad: tuple[Bad, ...] = ()
    spared: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    outside: int = 0
    whole: bool = True

    def is_spared(self, uid: str) -> bool:
        """Whether a campaign of that UID is of an event that could not be read."""
        return uid in self.spared or uid.rpartition(" ")[0] in self.spared


class _Part(NamedTuple):
    """An event or a to-do, with the line where it begins and the UID of what it is a part of."""

    number: int
    event: Any
    parent: str

    def bad(self, problem: Exception) -> Bad:
        """What to say where it can't be used."""
        return Bad(self.number, clean_name(str(self.event.get("UID", ""))), ics.reason(problem))


def read(data: bytes, zone: tzinfo, today: date, *, kind: CampaignKind, database: str = "") -> Found:
    """The campaigns of a calendar; *kind* is for events that name none, *database* the id of ours.

    Raises InputError for what is no calendar, and for one with too many events.
    """
    events = ics.Events(data)
    reading = _Reading(zone, today, kind, database)
    reading.whole = events.is_whole and events.method in ("", "PUBLISH")
    for number, block in events:
        reading.take(number, block, events)
    for number, block in events.todos():
        reading.take(number, block, events, "VTODO")
    return reading.result(events.name, cancels=events.method == "CANCEL")


class _Reading:
    """One reading of a calendar; what it finds gathers here."""

    def __init__(self, zone: tzinfo, today: date, kind: CampaignKind, database: str) -> None:
        self._zone, self._today, self._kind, self._database = zone, today, kind, database
        self._series: dict[str, list[_Part]] = {}
        self._todos: list[_Part] = []
        self._bad: list[Bad] = []
        self._spared: set[str] = set()
        self._cancelled: set[str] = set()
        self._outside = self._count = 0
        self.whole = True

    def take(self, number: int, block: bytes | None, events: ics.Events, kind: str = "VEVENT") -> None:
        """Read an event or a to-do."""
        self._count += 1
        if self._count > MOST_EVENTS:
            raise InputError(_("the calendar has more than {most} events").format(most=MOST_EVENTS))
        try:
            event = events.parse(block, kind)
            part = _Part(number, event, _parent(event))
            if kind == "VTODO":
                self._todos.append(part)
            else:
                self._series.setdefault(_uid(event), []).append(part)
        except (InputError, *ics.BROKEN) as problem:
            self._refuse(number, problem, ics.uid_in(block))

    def _refuse(self, number: int, problem: Exception, uid: str) -> None:
        self._bad.append(Bad(number, clean_name(uid), ics.reason(problem)))
        if uid:
            self._spared.add(_short(uid))
        else:
            self.whole = False

    def result(self, name: str, *, cancels: bool) -> Found:
        """All that was found; *cancels* says that the calendar names what is off."""
        parts: dict[str, list[_Part]] = {}
        entries: dict[str, Entry] = {}
        of: dict[str, list[str]] = {}
        for uid, several in self._series.items():
            parent = several[0].parent
            if parent in self._series and parent != uid and not self._series[parent][0].parent:
                parts.setdefault(parent, []).extend(several)
                continue
            try:
                made = self._entries(uid, [part.event for part in several], cancels)
            except (InputError, *ics.BROKEN) as problem:
                self._refuse(several[0].number, problem, uid)
                continue
            of[uid] = [one.uid for one in made]
            entries |= {one.uid: one for one in made}
        for parent, several in parts.items():
            self._add_phases(several, of.get(parent, []), entries)
        for todo in self._todos:
            self._add_milestone(todo, of.get(todo.parent, []), entries)
        found = sorted(entries.values(), key=lambda one: (one.starts_at, one.name, one.uid))
        if len(found) > MOST:
            sentence = _("it has {n} campaigns; the first {most} are taken").format(n=len(found), most=MOST)
            self._bad.append(Bad(0, "", sentence))
            self.whole = False
        return Found(
            name,
            _titled(found[:MOST], self._zone),
            tuple(sorted(self._bad)),
            frozenset(self._spared),
            frozenset(self._cancelled),
            self._outside,
            self.whole,
        )

    def _entries(self, uid: str, events: Sequence[Any], cancels: bool) -> list[Entry]:
        """The campaigns of the events of one UID. Raises InputError, and what BROKEN names."""
        repeats = ics.repeats(events)
        first = self._today - BEFORE
        made: list[Entry] = []
        off = 0
        found = ics.occurrences(events, first, self._today + AFTER)
        if len(found) > MOST_OF_SERIES:
            sentence = _("it repeats {n} times within {days} days; expected {most} times at most")
            raise InputError(sentence.format(n=len(found), days=(BEFORE + AFTER).days, most=MOST_OF_SERIES))
        # Of several without a day of their own the last one counts, as of a changed event that is there twice.
        for event in found if repeats else found[-1:]:
            key = f"{uid} {_day_key(event)}" if repeats else uid
            if cancels or ics.is_cancelled(event):
                self._cancelled.add(key)
                off += 1
                continue
            entry = self._entry(key, event)
            if entry.ends_at > start_of_day(first, self._zone) or event.get(f"{MARK}AS-OF") is not None:
                made.append(entry)
        self._outside += not made and not off
        return made

    def _entry(self, uid: str, event: Any) -> Entry:
        name = _name(event)
        start, end = self._span(event)
        note = clean(ics.text_of(event, "DESCRIPTION"), limit=LONGEST_NOTE).strip()
        own, as_of = None, None
        if (ours := _OWN.fullmatch(uid)) and ours[2] == self._database:
            own, as_of = int(ours[1]), _as_of(event)
        return Entry(uid, name, name, self._kind_of(event), start, end, note, own=own, as_of=as_of)

    def _kind_of(self, event: Any) -> CampaignKind:
        """The first of its categories that names a kind, else the calendar's."""
        words = (word.strip().casefold() for word in ics.categories(event))
        return next((_KINDS[word] for word in words if word in _KINDS), self._kind)

    def _span(self, event: Any) -> tuple[datetime, datetime]:
        """Its first instant and the first one after it (UTC). Raises InputError, and what BROKEN names."""
        start, end = ics.start_of(event), event.end
        begins, ends = self._instant(start), self._instant(end)
        if ends < begins:
            raise InputError(_("it ends before it starts; check DTSTART and DTEND"))
        if ends == begins and not isinstance(start, datetime):
            # Some write the last day where the first one after it belongs.
            ends = day_span(start, self._zone).end
        if ends == begins:
            raise InputError(_("it has no length; expected an end (DTEND or DURATION)"))
        return begins, ends

    def _instant(self, value: date | datetime) -> datetime:
        if not isinstance(value, datetime):
            if not 1970 < value.year < 2999:
                raise InputError(_("{day} is too far away").format(day=value.isoformat()))
            return start_of_day(value, self._zone)
        instant = (value if value.tzinfo is not None else value.replace(tzinfo=self._zone)).astimezone(UTC)
        if not is_plausible(instant):
            raise InputError(_("{day} is too far away").format(day=value.date().isoformat()))
        return instant.replace(microsecond=0)

    def _add_phases(self, parts: Sequence[_Part], of: Sequence[str], entries: dict[str, Entry]) -> None:
        """Give what belongs to a campaign to the one of its occurrences that it lies in."""
        for part in parts:
            try:
                if ics.is_cancelled(part.event):
                    continue
                phase = Phase(_name(part.event), *self._span(part.event))
                uid = next(
                    (
                        uid
                        for uid in of
                        if entries[uid].starts_at <= phase.starts_at and phase.ends_at <= entries[uid].ends_at
                    ),
                    None,
                )
                if uid is None:
                    raise InputError(
                        _("“{phase}” belongs to a campaign (RELATED-TO), and lies outside it").format(phase=phase.name)
                    )
                known = entries[uid].phases
                if any(phase.name == one.name for one in known):
                    raise InputError(_("the phase “{phase}” is there twice").format(phase=phase.name))
                _refuse_more(known)
                entries[uid] = entries[uid]._replace(phases=tuple(sorted((*known, phase), key=_by_time)))
            except (InputError, *ics.BROKEN) as problem:
                self._bad.append(part.bad(problem))

    def _add_milestone(self, part: _Part, of: Sequence[str], entries: dict[str, Entry]) -> None:
        """Give a to-do to the campaign that it belongs to; others are no milestones."""
        if not of or ics.is_cancelled(part.event):
            return
        try:
            found = part.event.get("DUE")
            if found is None or isinstance(found, list):
                raise InputError(_("“{field}” is missing, or there twice").format(field="DUE"))
            due = found.dt
            at = self._instant(due if isinstance(due, datetime) else due + timedelta(days=1))
            done = str(part.event.get("STATUS", "")).upper() == "COMPLETED"
            mine = [uid for uid in of if at <= entries[uid].ends_at] or list(of[-1:])
            one = Due(_name(part.event), at, done)
            known = entries[mine[0]].milestones
            _refuse_more(known)
            entries[mine[0]] = entries[mine[0]]._replace(
                milestones=tuple(sorted((*known, one), key=lambda due: (due.due_at, due.name)))
            )
        except (InputError, *ics.BROKEN) as problem:
            self._bad.append(part.bad(problem))


def _refuse_more(parts: Sequence[object]) -> None:
    if len(parts) >= MOST_PARTS:
        raise InputError(_("its campaign has {most} of these already").format(most=MOST_PARTS))


def _by_time(phase: Phase) -> tuple[datetime, datetime, str]:
    return phase.starts_at, phase.ends_at, phase.name


def _name(event: Any) -> str:
    """Its name, without what smdash put before it for people's calendars. Raises InputError where it has none."""
    name = clean_name(ics.text_of(event, f"{MARK}NAME") or ics.text_of(event, "SUMMARY"))
    if not name:
        raise InputError(_("“{field}” is missing").format(field="SUMMARY"))
    return name


def _uid(event: Any) -> str:
    """The event's own name, or one of its contents. Raises InputError, and what BROKEN names."""
    own = ics.text_of(event, "UID").strip()
    return _short(own) if own else _hashed(f"{ics.start_of(event)} {ics.text_of(event, 'SUMMARY')}")


def _short(uid: str) -> str:
    return uid if len(uid) <= _LONGEST_UID and clean_name(uid) == uid else _hashed(uid)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _day_key(event: Any) -> str:
    """Which occurrence of its series it is, wherever it was moved to, in one word."""
    named = event.get("RECURRENCE-ID")
    at = named.dt if named is not None and not isinstance(named, list) else ics.start_of(event)
    if isinstance(at, datetime) and at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    return str(at.isoformat())


def _parent(event: Any) -> str:
    """The UID of what it is a part of, or an empty text."""
    for related in ics.several(event.get("RELATED-TO")):
        if str(related.params.get("RELTYPE", "PARENT")).upper() == "PARENT":
            return _short(str(related).strip())
    return ""


def _as_of(event: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(ics.text_of(event, f"{MARK}AS-OF"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _titled(entries: Iterable[Entry], zone: tzinfo) -> tuple[Entry, ...]:
    """The entries with titles that are all different: the name, its month, or its day where a month is not enough."""
    entries = list(entries)
    times = Counter(one.name for one in entries)
    months = Counter((one.name, _month(one, zone)) for one in entries)
    by_day = {name for (name, _month_of), count in months.items() if count > 1}
    taken: set[str] = {one.name for one in entries if times[one.name] == 1}
    titled = []
    for one in entries:
        if times[one.name] > 1:
            month, day = _month(one, zone), one.starts_at.astimezone(zone).date().isoformat()
            one = one._replace(title=free(marked(one.name, day if one.name in by_day else month), taken))
            taken.add(one.title)
        titled.append(one)
    return tuple(titled)


def _month(entry: Entry, zone: tzinfo) -> str:
    return f"{entry.starts_at.astimezone(zone):%Y-%m}"


def marked(name: str, mark: str) -> str:
    """A name with something behind it, within what names may have."""
    return f"{name[: NAME_LIMIT - len(mark) - 1].rstrip()} {mark}"


def free(name: str, taken: Iterable[str]) -> str:
    """The name, or where it is taken the name with the first number behind it that is not."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = marked(name, f"({number})")
    return found
