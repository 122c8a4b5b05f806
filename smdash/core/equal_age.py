"""Figures of posts at an equal age: what a post had 24 hours and 7 days after it went out, from captures around then.

A post of yesterday has fewer likes than one of last month whatever is in them, so posts are compared as old as each
other. Captures come when the service asks; between the last before an age and the first after it is interpolated, and
a single one counts where it is near. Beyond that nothing is made up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

_HOUR = 3_600


class Age(NamedTuple):
    """An age that posts are compared at (hours), and in seconds: how near a single capture must be to stand for it, and

    how far two may lie apart to be interpolated between.
    """

    hours: int
    near_s: int
    gap_s: int

    @property
    def seconds(self) -> int:
        return self.hours * _HOUR


# A network that charges is asked once a day, hence a day (and a little) between two captures of a young post.
DAY = Age(24, 2 * _HOUR, 26 * _HOUR)
WEEK = Age(168, 12 * _HOUR, 72 * _HOUR)
AGES = (DAY, WEEK)
# A post older than this has no capture to come that says anything of an age.
OLDEST = timedelta(seconds=WEEK.seconds + WEEK.gap_s)


class Around(NamedTuple):
    """A figure's last capture up to an age and its first from there on, with the post's age then (seconds)."""

    before: int | None = None
    before_s: int | None = None
    after: int | None = None
    after_s: int | None = None


def says(age: Age, at_s: float) -> bool:
    """Whether a capture of a post *at_s* seconds old can say anything of that age."""
    return at_s >= 0 and abs(at_s - age.seconds) <= age.gap_s


def at(age: Age, around: Around) -> float | None:
    """The figure at that age, or nothing where it is not known."""
    before, before_s, after, after_s = around
    target = age.hours * _HOUR
    if before is not None and before_s is not None and after is not None and after_s is not None:
        gap = after_s - before_s
        if 0 < gap <= age.gap_s:
            return before + (after - before) * (target - before_s) / gap
    near = [
        (abs(at_s - target), value)
        for value, at_s in ((before, before_s), (after, after_s))
        if value is not None and at_s is not None and abs(at_s - target) <= age.near_s
    ]
    return float(min(near)[1]) if near else None


def is_young(age: Age, old: timedelta) -> bool:
    """Whether a post is not that old yet, so that its figure is still to come."""
    return old.total_seconds() < age.seconds
