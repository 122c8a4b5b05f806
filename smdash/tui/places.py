"""What takes the room between header and strip. A new screen of the desk is one module and one entry here."""

from __future__ import annotations

import importlib
from typing import NamedTuple

from smdash.locale import noop
from smdash.tui.widgets.reading import Reading


class Place(NamedTuple):
    """``words`` stand in the header. ``pane`` is the class in ``module`` that fills the room; the desk and the inbox

    are made of the four panes and have none.
    """

    name: str
    words: str
    module: str = ""
    pane: str = ""

    def make(self) -> Reading:
        """The pane, imported when the place is first opened: most desks stay on their four."""
        made: Reading = getattr(importlib.import_module(self.module), self.pane)()
        return made


# In the order of the header.
PLACES = (
    Place("desk", noop("Desk")),
    Place("inbox", noop("Inbox")),
    Place("calendar", noop("Calendar"), "smdash.tui.panes.calendar", "Calendar"),
    Place("campaigns", noop("Campaigns"), "smdash.tui.panes.campaign_plan", "CampaignPlan"),
    Place("week", noop("Hours"), "smdash.tui.panes.week", "HoursWeek"),
    Place("insights", noop("Insights"), "smdash.tui.panes.insights", "InsightsPane"),
)
BY_NAME = {place.name: place for place in PLACES}
NAMES = tuple(BY_NAME)
