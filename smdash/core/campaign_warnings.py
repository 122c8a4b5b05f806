"""What can't wait in a campaign, told in time: the pane's warnings, and when a missing piece is urgent.

No more is imported here than the desk's first paint needs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core import formats
from smdash.core.records import Campaign, Category, Phase
from smdash.locale import gettext as _
from smdash.locale import ngettext

# A phase that begins within these needs a post now; one that begins within a week should have one.
SOON = timedelta(days=2)
WEEK = timedelta(days=7)
# What is not ready this long before it goes out, or before it was asked for, can't wait.
NEAR = timedelta(days=1)
# How long after its end the offers of a campaign that are out still are told of.
AFTER = timedelta(days=14)


class Warnings(NamedTuple):
    """What can't wait in one campaign. ``empty`` is a phase without a post that runs or begins soon.

    ``bare`` says that it begins soon, or runs, without phases and without a post. ``unready`` counts posts that are not
    approved or drafts still, a day before their time at most, or were not approved in time; ``assets`` what was asked
    for and is due by then, ``milestones`` those that are overdue, ``live`` the posts that offer something still after
    the campaign's end. ``empties`` is how many phases are without a post.
    """

    empty: Phase | None = None
    empties: int = 0
    bare: bool = False
    unready: int = 0
    assets: int = 0
    milestones: int = 0
    live: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.urgent or self.milestones or self.live)

    @property
    def urgent(self) -> int:
        """How many pieces are missing that can't wait."""
        return self.empties + self.bare + self.unready + self.assets


class Warned(NamedTuple):
    """A campaign with what can't wait in it."""

    campaign: Campaign
    warnings: Warnings

    def is_late(self, now: datetime) -> bool:
        """Whether something should have been there by now."""
        empty = self.warnings.empty
        runs = self.warnings.bare and self.campaign.starts_at <= now
        return runs or (empty is not None and empty.starts_at <= now) or bool(self.warnings.milestones)


def is_out_of_date(
    category: Category, offer: str | None, offer_until: datetime | None, ends_at: datetime, now: datetime
) -> bool:
    """Whether a post sells something that is over: its campaign is, and its offer does not go on for longer."""
    if category is not Category.HARD_SELL and not offer and offer_until is None:
        return False
    return ends_at <= now and (offer_until or ends_at) <= now


def empty_words(phase: Phase | None, now: datetime) -> str:
    """What to say of a phase (or, without any, of a campaign) that has no post: ``last call in 2d, no post yet``."""
    if phase is None:
        return _("no post yet")
    if phase.starts_at > now:
        return _("{phase} in {span}, no post yet").format(
            phase=phase.name, span=formats.short_span(phase.starts_at - now)
        )
    return _("{phase} runs, no post in it").format(phase=phase.name)


def words(found: Warnings, now: datetime) -> list[str]:
    """The warnings, the most pressing first, each as short as a line of a pane needs it."""
    said = []
    if found.empty is not None:
        said.append(empty_words(found.empty, now))
    elif found.bare:
        said.append(empty_words(None, now))
    if rest := found.urgent - (found.empty is not None or found.bare):
        if said:
            said.append(ngettext("{n} more missing", "{n} more missing", rest).format(n=rest))
        else:
            said.append(ngettext("{n} missing", "{n} missing", rest).format(n=rest))
    if found.milestones:
        said.append(
            ngettext("{n} milestone overdue", "{n} milestones overdue", found.milestones).format(n=found.milestones)
        )
    if found.live:
        said.append(ngettext("{n} offer still live", "{n} offers still live", found.live).format(n=found.live))
    return said
