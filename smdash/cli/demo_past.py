"""The demo's weeks before this one: posts that went out, what their networks counted then, and who followed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from smdash.cli import demo_content as content
from smdash.core.clock import day_span
from smdash.core.equal_age import AGES
from smdash.core.records import Category
from smdash.platforms import demo_figures
from smdash.platforms.demo_scene import mix
from smdash.store import metrics, teams
from smdash.store.driver import Connection
from smdash.store.metrics import Reading

if TYPE_CHECKING:
    from smdash.cli.demo_team import Writer

# So many weeks lie behind this one.
WEEKS = 6
# Of so many of them the hours are known as well: each is two hundred entries.
HOURS_WEEKS = 3
# Local hours at which something went out on each day from Monday; some are used again and again.
_HOURS = ((9, 19), (12.5,), (9, 18.5), (12.5, 19), (19,), (10,), ())
# How well posts do, by category (0 to 9).
_APPEAL = {Category.EDUCATION: 7, Category.QUOTE: 3, Category.SOFT_SELL: 5, Category.HARD_SELL: 2, Category.OTHER: 4}
# How long after an age the service came to ask.
_LATE = timedelta(minutes=25)


def posts(writer: Writer, now: datetime, zone: tzinfo, seed: int) -> None:
    """What went out in those weeks."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    turn = 0
    for back in range(7 * WEEKS, 0, -1):
        start = day_span(monday - timedelta(days=back), zone).start
        for hour in _HOURS[(7 - back) % 7]:
            pool = (*content.POOL, content.CAMPAIGN_POOL[content.LAST_CALL]._replace(campaign=None))
            draft = pool[mix(seed, 0, turn, 21) % len(pool)]
            writer.add(draft._replace(body=draft.body.format(n=turn)), start + timedelta(hours=hour), "sent")
            turn += 1


def appeal(category: Category, number: int) -> int:
    """How well a post does (0 to 9): as its category, more or less."""
    return min(max(_APPEAL[category] + number % 5 - 2, 0), 9)


def figures(conn: Connection, now: datetime, zone: tzinfo) -> None:
    """What the service would have been told since then, had it asked. The caller holds the write lock."""
    for account in teams.accounts(conn):
        if not demo_figures.tells(account.platform):
            continue
        readings = [
            Reading("", "followers", demo_figures.followers(account.platform, at), at)
            for at in (now - timedelta(days=back) for back in range(7 * WEEKS, -1, -7))
        ]
        for one in metrics.outs(conn, account.id, now - timedelta(days=7 * WEEKS + 14)):
            for at in _captures(one.sent_at, now):
                readings += [
                    Reading(one.remote_id, name, value, at)
                    for name, value in demo_figures.figures(account.platform, one.remote_id, at)
                ]
        metrics.write(conn, account.id, readings, zone)


def _captures(sent_at: datetime, now: datetime) -> Iterator[datetime]:
    """When a post was measured: around the ages that posts are compared at, and last of all just now."""
    yield from (at for age in AGES if (at := sent_at + timedelta(hours=age.hours) + _LATE) < now)
    if sent_at <= now:
        yield now
