"""What happened while a member was away, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import formats
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext

# From this long on away, a desk that opens says what came meanwhile.
WORTH_TELLING = timedelta(hours=2)


class Since(NamedTuple):
    """What happened after *left* (UTC). Counts are of mentions and of deliveries of posts.

    ``given`` and ``taken``: mentions that others gave to the member and have not taken back, and those of the member
    that somebody else has now. ``freed`` and ``frozen``: names of who froze and why, in their order. ``phases`` are
    those that began or ended: campaign, phase, whether it began.
    """

    left: datetime
    arrived: int
    still_open: int
    answered: int
    done: int
    overdue: int
    given: int
    taken: int
    notes: int
    out: int
    failed: int
    unknown: int
    to_approve: int
    freezes: tuple[str, ...]
    phases: tuple[tuple[str, str, bool], ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened that anybody would want to know."""
        return not any(self[1:])


def sentences(one: Since) -> Iterator[str]:
    """A sentence for each thing that happened, the pressing ones first; none where nothing did."""
    if one.arrived:
        words = ngettext("{n} mention came in; {open} of them wait", "{n} mentions came in; {open} of them wait",
                         one.arrived)  # fmt: skip
        yield words.format(n=formats.number(one.arrived), open=formats.number(one.still_open))
    counted = (
        (one.overdue, ngettext("{n} mention is past its goal", "{n} mentions are past their goals", one.overdue)),
        (one.given, ngettext("{n} mention was given to you", "{n} mentions were given to you", one.given)),
        (one.taken, ngettext("{n} of yours has another holder now", "{n} of yours have other holders now", one.taken)),
        (one.notes, ngettext("{n} note tells you something", "{n} notes tell you something", one.notes)),
        (one.to_approve, ngettext("{n} post waits for your approval", "{n} posts wait for your approval",
                                  one.to_approve)),
        (one.unknown, ngettext("of {n} delivery it is not known whether it went out",
                               "of {n} deliveries it is not known whether they went out", one.unknown)),
        (one.failed, ngettext("{n} delivery failed", "{n} deliveries failed", one.failed)),
        (one.out, ngettext("{n} delivery went out", "{n} deliveries went out", one.out)),
        (one.answered, ngettext("{n} mention was answered", "{n} mentions were answered", one.answered)),
        (one.done, ngettext("{n} mention was set to done", "{n} mentions were set to done", one.done)),
    )  # fmt: skip
    yield from (words.format(n=formats.number(count)) for count, words in counted if count)
    yield from one.freezes
    for campaign, phase, began in one.phases:
        words = _("{campaign}: {phase} has begun") if began else _("{campaign}: {phase} is over")
        yield words.format(campaign=one_line(campaign), phase=one_line(phase))


def heading(one: Since, now: datetime, zone: tzinfo) -> str:
    """Since when, and how long that is."""
    return _("since {moment}, {span}").format(
        moment=formats.short_moment(one.left, zone), span=formats.in_words(max(now - one.left, timedelta()))
    )
