"""What a look at a calendar changes in the team's campaigns: a pure decision over what the calendar said before.

Of each campaign it is kept what its calendar said last. Where only the calendar changed something, that counts; where
only a person did, theirs stays; where both did, the person's stays, and it is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.campaign_ics import Entry, Found, free
from smdash.core.records import Campaign, CampaignKind, Phase
from smdash.locale import gettext as _
from smdash.locale import noop

# A phase's or milestone's name and times.
Times = tuple[str, datetime, datetime]
_FIELDS = {
    "name": noop("its name"),
    "kind": noop("its kind"),
    "dates": noop("its dates"),
    "note": noop("its note"),
    "phases": noop("its phases"),
    "milestones": noop("its milestones"),
}


class Said(NamedTuple):
    """What a calendar said of a campaign last. ``name`` is its SUMMARY, ``given`` what the campaign was called for it.

    ``gone`` is the line that its note got when the event was gone, or a space where there is none; empty while it is
    there.
    """

    name: str
    given: str
    kind: CampaignKind
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    phases: tuple[Phase, ...] = ()
    milestones: tuple[tuple[str, datetime], ...] = ()
    gone: str = ""


class Known(NamedTuple):
    """A campaign of the desk as the decision needs it.

    ``uid`` and ``said`` are of the calendar that is looked at. ``milestones`` are those here. ``belongs`` says that
    somebody's work belongs to it (posts, hours), ``changed_at`` when somebody last changed it.
    """

    campaign: Campaign
    uid: str
    said: Said | None
    milestones: tuple[tuple[str, datetime], ...] = ()
    belongs: bool = False
    changed_at: datetime | None = None


class New(NamedTuple):
    """A campaign that is to be made, under a name that is free."""

    entry: Entry
    name: str

    @property
    def said(self) -> Said:
        return _said(self.entry, self.name)


class Edit(NamedTuple):
    """What is to be done with a campaign: ``changes`` by field, and what is kept of the calendar (nothing: as it was).

    ``back`` says that it was taken away by the calendar and is there again; ``uid`` is its present one.
    """

    known: Known
    changes: Mapping[str, object]
    said: Said | None
    uid: str
    back: bool = False

    @property
    def is_change(self) -> bool:
        return bool(self.changes) or self.back


class Decision(NamedTuple):
    """All that is to be written. ``gone`` are to be called off, ``stranded`` stay, since something belongs to them.

    ``told`` are sentences for people; ``off`` counts campaigns that are in the calendar and were called off here.
    """

    new: tuple[New, ...] = ()
    edits: tuple[Edit, ...] = ()
    gone: tuple[Known, ...] = ()
    stranded: tuple[Known, ...] = ()
    unchanged: int = 0
    told: tuple[str, ...] = ()
    off: int = 0

    @property
    def changed(self) -> int:
        return sum(edit.is_change for edit in self.edits)

    @property
    def is_nothing(self) -> bool:
        return not (self.new or self.edits or self.gone or self.stranded)


def decide(
    found: Found,
    known: Sequence[Known],
    own: Mapping[int, Known],
    taken: Collection[str],
    *,
    since: datetime,
    in_step: bool = True,
) -> Decision:
    """What *found* changes. *known* are the calendar's campaigns, *own* those that the file names by their own id.

    *taken* are the names of all campaigns. What ended before *since* is left alone; with *in_step* what the calendar
    has no more goes.
    """
    by_uid = {one.uid: one for one in known}
    wanted = {entry.uid for entry in found.entries}
    loose = [one for one in known if one.uid not in wanted]
    names = set(taken)
    new: list[New] = []
    edits: list[Edit] = []
    told: list[str] = []
    unchanged = off = 0
    # Those that are known first: one of them may give up a name that a new one has.
    for entry in sorted(found.entries, key=lambda entry: entry.uid not in by_uid):
        mine = by_uid.get(entry.uid) or _renamed(entry, loose)
        if mine is None and entry.own is not None and entry.own in own:
            edit = _own(own[entry.own], entry, names, told)
        elif mine is None:
            name = free(entry.title, names)
            names.add(name)
            new.append(New(entry, name))
            continue
        else:
            if mine in loose:
                loose.remove(mine)
            edit = _merged(mine, entry, names, told)
        if edit is None or not edit.is_change:
            unchanged += 1
            off += mine is not None and edit is None and mine.campaign.cancelled_at is not None
        if edit is not None:
            edits.append(edit)
    gone: list[Known] = []
    stranded: list[Known] = []
    for one in loose:
        off = one.uid in found.cancelled or (in_step and found.whole and not found.is_spared(one.uid))
        if not off or one.campaign.ends_at <= since or one.campaign.cancelled_at or (one.said and one.said.gone):
            continue
        if one.belongs:
            stranded.append(one)
            sentence = _("“{campaign}” is not in the calendar any more; it stays, since something belongs to it")
            told.append(sentence.format(campaign=one.campaign.name))
        else:
            gone.append(one)
    return Decision(tuple(new), tuple(edits), tuple(gone), tuple(stranded), unchanged, tuple(told), off)


def _renamed(entry: Entry, loose: Sequence[Known]) -> Known | None:
    """The campaign of an event that began to repeat, or ceased to: its UID is another one, its time the same."""
    root = entry.uid.rpartition(" ")[0]
    for one in loose:
        if one.said is not None and one.said.starts_at == entry.starts_at:
            other = one.uid.rpartition(" ")[0]
            if one.uid == root or other == entry.uid:
                return one
    return None


def _merged(known: Known, entry: Entry, names: set[str], told: list[str]) -> Edit | None:
    """What a new look at an event changes in its campaign; nothing where all is as it was."""
    campaign, said = known.campaign, known.said
    if said is None:
        # Without a memory of what it said all that differs may be a person's.
        said = _said(entry, campaign.name)
    back = bool(campaign.cancelled_at and said.gone)
    if campaign.cancelled_at and not back:
        return None
    changes, kept = _compared(known, entry, said, names)
    if (
        said.gone.strip()
        and "note" not in changes
        and (without := _without(campaign.note or "", said.gone)) is not None
    ):
        changes["note"] = without
    if kept:
        told.append(_kept_words(campaign.name, kept))
    given = str(changes.get("name", said.given))
    after = _said(entry, given)
    if not changes and not back and after == known.said and entry.uid == known.uid:
        return None
    return Edit(known, changes, after, entry.uid, back)


def _own(known: Known, entry: Entry, names: set[str], told: list[str]) -> Edit | None:
    """What an event that smdash wrote changes in the campaign that it was written from."""
    campaign = known.campaign
    if campaign.cancelled_at is not None:
        told.append(_("“{campaign}” was called off here, and stays so").format(campaign=campaign.name))
        return None
    ours = Said(
        campaign.name, campaign.name, campaign.kind, campaign.starts_at, campaign.ends_at, campaign.note or "",
        campaign.phases, known.milestones,
    )  # fmt: skip
    changes, _none = _compared(known, entry, ours, names)
    if not changes:
        return None
    if entry.as_of is None or (known.changed_at is not None and known.changed_at > entry.as_of):
        told.append(_kept_words(campaign.name, sorted(changes, key=list(_FIELDS).index)))
        return None
    return Edit(known, changes, None, known.uid)


def _compared(known: Known, entry: Entry, said: Said, names: set[str]) -> tuple[dict[str, object], list[str]]:
    """What the calendar changed by field, and the fields that a person changed as well."""
    campaign = known.campaign
    changes: dict[str, object] = {}
    kept: list[str] = []
    if entry.name != said.name:
        others = names - {campaign.name}
        if campaign.name == said.given:
            changes["name"] = name = free(entry.title, others)
            names.discard(campaign.name)
            names.add(name)
        elif campaign.name != entry.name:
            kept.append("name")
    note = campaign.note or ""
    if said.gone.strip() and (without := _without(note, said.gone)) is not None:
        note = without
    dates = campaign.starts_at, campaign.ends_at
    rows: tuple[tuple[str, object, object, object], ...] = (
        ("kind", said.kind, entry.kind, campaign.kind),
        ("dates", (said.starts_at, said.ends_at), (entry.starts_at, entry.ends_at), dates),
        ("note", said.note, entry.note, note),
        ("phases", _phases(said.phases), _phases(entry.phases), _phases(campaign.phases)),
        ("milestones", sorted(said.milestones), _dues(entry), sorted(known.milestones)),
    )
    for field, before, theirs, ours in rows:
        if theirs in (before, ours):
            continue
        if field == "dates" and ours == before:
            dates = entry.starts_at, entry.ends_at
        if ours == before and (field != "phases" or _fit(entry.phases, *dates)):
            changes[field] = theirs
        else:
            kept.append(field)
    return changes, kept


def _fit(phases: Sequence[Phase], start: datetime, end: datetime) -> bool:
    """Whether phases lie within dates."""
    return all(start <= phase.starts_at and phase.ends_at <= end for phase in phases)


def _phases(phases: Sequence[Phase]) -> list[Times]:
    return sorted((phase.name, phase.starts_at, phase.ends_at) for phase in phases)


def _dues(entry: Entry) -> list[tuple[str, datetime]]:
    return sorted((due.name, due.due_at) for due in entry.milestones)


def _said(entry: Entry, given: str) -> Said:
    return Said(
        entry.name, given, entry.kind, entry.starts_at, entry.ends_at, entry.note, entry.phases, tuple(_dues(entry))
    )


def _without(note: str, line: str) -> str | None:
    """The note without the line that it got; nothing where that is not its end any more."""
    if note == line:
        return ""
    return note.removesuffix(f"\n{line}") if note.endswith(f"\n{line}") else None


def _kept_words(name: str, fields: Sequence[str]) -> str:
    sentence = _("“{campaign}”: the calendar changed {fields}, and so did somebody here; it stays as it is here")
    return sentence.format(campaign=name, fields=", ".join(_(_FIELDS[field]) for field in fields))
