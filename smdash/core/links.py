"""What a look at an address of a post can say, and when it is looked at again. All pure; times are UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from smdash.locale import gettext as _
from smdash.locale import noop

# The addresses of posts that are due within this time are looked at, and once more within the last half hour.
AHEAD = timedelta(hours=24)
LAST = timedelta(minutes=30)
# After one that was not good it is looked again: somebody may be mending it.
AGAIN = timedelta(minutes=30)
AGAIN_SOON = timedelta(minutes=10)
# For how long it is kept what was found behind an address that no coming post names.
KEPT = timedelta(days=31)

_REASONS = {
    "name": noop("its name is not known"),
    "refused": noop("nobody answers there"),
    "tls": noop("its certificate is not valid"),
    "private": noop("it lies inside a private network"),
    "address": noop("it is not a web address"),
    "time": noop("it does not answer in time"),
    "redirects": noop("it redirects without end"),
    "cut": noop("it broke off"),
}


class Outcome(StrEnum):
    """``dead`` is what nobody can open; ``unsure`` can't be told: programs are often refused where people aren't."""

    OK = "ok"
    DEAD = "dead"
    UNSURE = "unsure"


class Found(NamedTuple):
    """What was found behind an address. ``detail`` is a status or one of a few words (``reason`` puts it into ours)."""

    outcome: Outcome
    detail: str


class Link(NamedTuple):
    """An address, when it was looked at last, and what was found; nothing where it was not looked at yet."""

    url: str
    outcome: Outcome | None
    detail: str
    checked_at: datetime | None
    next_at: datetime | None


def reason(detail: str) -> str:
    """What *detail* means to a person."""
    if detail.isdecimal():
        return _("it answers {status}").format(status=detail)
    return _(_REASONS.get(detail, _REASONS["cut"]))


def is_due(link: Link | None, due_at: datetime, now: datetime) -> bool:
    """Whether an address of a post that is due at *due_at* is to be looked at now."""
    if link is None or link.checked_at is None:
        return True
    if now - link.checked_at > AHEAD:
        return True
    if now >= due_at - LAST > link.checked_at:
        return True
    return link.next_at is not None and link.next_at <= now


def next_look(outcome: Outcome, due_at: datetime, now: datetime) -> datetime | None:
    """When it is looked again before the last half hour, or within that; nothing after a good look."""
    if outcome is Outcome.OK:
        return None
    return now + (AGAIN_SOON if due_at - now <= LAST else AGAIN)
