"""Insights in words: each topic's figures as sentences, tables and what a chart is drawn from.

Screen and command line say the same. Names of accounts are as the store has them: whoever draws them takes care.
"""

from __future__ import annotations

from collections.abc import Callable

from smdash.core import insight_aims, insight_posts, insight_work
from smdash.core.insight_parts import Said, Topic
from smdash.core.insights import Insights
from smdash.locale import gettext as _
from smdash.locale import noop


def topics(found: Insights, *, of_account: bool = False) -> tuple[Topic, ...]:
    """All topics, in their order; *of_account*: only one account's figures were read."""
    return tuple(Topic(key, _(title), *say(found, of_account)) for key, title, say in _TOPICS)


_TOPICS: tuple[tuple[str, str, Callable[[Insights, bool], Said]], ...] = (
    ("reach", noop("Reach"), insight_posts.reach),
    ("engagement", noop("Engagement"), insight_posts.engagement),
    ("best_hours", noop("Best hours"), insight_posts.best_hours),
    ("response", noop("Response times"), insight_work.response),
    ("volume", noop("Volume"), insight_work.volume),
    ("hours", noop("Hours and outcome"), insight_work.hours),
    ("aims", noop("The three aims"), insight_aims.aims),
)
KEYS = tuple(key for key, _title, _say in _TOPICS)
