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
    target = age.seconds
    before = None if around.before is None or around.before_s is None else (around.before, around.before_s)
    after = None if around.after is None or around.after_s is None else (around.after, around.after_s)
    if before and after and after[1] - before[1] <= age.gap_s:
        if after[1] <= before[1]:
            return float(after[0])
        share = (target - before[1]) / (after[1] - before[1])
        return before[0] + (after[0] - before[0]) * share
    near = [one for one in (before, after) if one is not None and abs(one[1] - target) <= age.near_s]
    return float(min(near, key=lambda one: abs(one[1] - target))[0]) if near else None


def is_young(age: Age, old: timedelta) -> bool:
    """Whether a post is not that old yet, so that its figure is still to come."""
    return old.total_seconds() < age.seconds
