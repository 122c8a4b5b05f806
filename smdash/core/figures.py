"""Figures of what went out, and of those who follow, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.locale import gettext as _


class Figure(NamedTuple):
    """The newest value of a figure, and when it was so (UTC)."""

    name: str
    value: int
    at: datetime


class Followers(NamedTuple):
    """How many follow an account, as of when (UTC); ``change`` in seven days, where that is known."""

    value: int
    at: datetime
    change: int | None


def sentence(figures: Iterable[Figure], zone: tzinfo) -> str:
    """All figures of one delivery with the time of the newest: ``likes: 12, shares: 3 (Mon 23 Nov 14:05 WIB)``."""
    ordered = sorted(figures, key=lambda one: (labels.figure_order(one.name), one.name))
    counted = ", ".join(
        _("{figure}: {value}").format(figure=labels.figure(one.name), value=formats.number(one.value))
        for one in ordered
    )
    at = formats.short_moment(max(one.at for one in ordered), zone)
    return _("{figures} ({time})").format(figures=counted, time=at)


def followers(one: Followers) -> str:
    """How many follow, and how that changed: ``followers: 1,234 (+5 in 7 days)``."""
    value = formats.number(one.value)
    if one.change is None:
        return _("followers: {value}").format(value=value)
    return _("followers: {value} ({change} in 7 days)").format(value=value, change=formats.change(one.change))
