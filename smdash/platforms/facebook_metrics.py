"""Figures of a Facebook page and its posts.

Followers, reactions, comments and shares are fields of the page and the posts. Views, reach and clicks are insights
(https://developers.facebook.com/docs/graph-api/reference/insights): only for pages with a hundred likes, made once a
day, for two years. Names of insights die for all versions at once, with "invalid metric": ``page_fans`` and the plain
``*_impressions`` on 2025-11-15, ``page_impressions_unique``, ``page_posts_impressions*``, ``post_impressions*_unique``
and ``page_video_views`` on 2026-06-15 (/documentation/pages-api/platforminsights/page/deprecated-metrics). So each name
that is refused is left out and the others are asked for without it. That posts know ``post_media_view`` is unverified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Measured
from smdash.platforms.items import objects
from smdash.platforms.meta_graph import Graph, at, moment
from smdash.platforms.meta_token import PageCalls

# By the network's name: the name that ours has.
_PAGE_INSIGHTS = {"page_media_view": "views", "page_total_media_view_unique": "reach"}
_POST_INSIGHTS = {"post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks"}
_POST_FIELDS = "shares,reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE, ErrorKind.QUOTA, ErrorKind.AUTH})


async def measure(calls: PageCalls, remote_ids: Sequence[str], now: datetime) -> list[Measured]:
    """The page's own figures, and those of these posts; what is gone or not told is left out. Raises PlatformError."""
    graph = calls.graph
    found = [*await _followers(calls, now)]
    found += await _insights(graph, calls.page_id, dict(_PAGE_INSIGHTS), "day", None, now)
    wanted = dict(_POST_INSIGHTS)
    for remote_id in remote_ids:
        counts = await _counts(graph, remote_id, now)
        if counts is not None:
            found += counts
            found += await _insights(graph, remote_id, wanted, "lifetime", remote_id, now)
    return found


async def _followers(calls: PageCalls, now: datetime) -> list[Measured]:
    told = await calls.graph.get(at(calls.page_id), {"fields": "id,followers_count,fan_count"})
    count = _count(told.get("followers_count"))
    count = _count(told.get("fan_count")) if count is None else count
    return [] if count is None else [Measured("followers", count, now)]


async def _counts(graph: Graph, remote_id: str, now: datetime) -> list[Measured] | None:
    """What a post's own fields say; nothing where it is gone."""
    try:
        told = await graph.get(at(remote_id), {"fields": f"id,{_POST_FIELDS}"})
    except PlatformError as error:
        if error.kind in _PASSING:
            raise
        return None
    shares = told.get("shares")
    counts = {
        "shares": _count(shares.get("count")) if isinstance(shares, dict) else 0,
        "likes": _total(told.get("reactions")),
        "replies": _total(told.get("comments")),
    }
    return [Measured(name, value, now, remote_id) for name, value in counts.items() if value is not None]


def _total(value: object) -> int | None:
    summary = value.get("summary") if isinstance(value, dict) else None
    return _count(summary.get("total_count")) if isinstance(summary, dict) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


async def _insights(
    graph: Graph, node: str, wanted: dict[str, str], period: str, remote_id: str | None, now: datetime
) -> list[Measured]:
    """The figures of these names; those that are refused are taken out of *wanted*, for the posts that follow."""
    if not wanted:
        return []
    try:
        items = await _asked(graph, node, ",".join(wanted), period)
    except PlatformError as error:
        if error.kind in _PASSING:
            raise
        if error.kind is ErrorKind.PERMISSION:
            wanted.clear()
            return []
        items = []
        for name in list(wanted) if len(wanted) > 1 else ():
            try:
                items += await _asked(graph, node, name, period)
            except PlatformError as refused:
                if refused.kind in _PASSING:
                    raise
                del wanted[name]
    return list(_read(items, wanted, remote_id, now))


async def _asked(graph: Graph, node: str, metric: str, period: str) -> list[dict[str, Any]]:
    page = await graph.page(at(node, "insights"), {"metric": metric, "period": period})
    return objects(page.items)


def _read(
    items: list[dict[str, Any]], wanted: dict[str, str], remote_id: str | None, now: datetime
) -> Iterator[Measured]:
    for item in items:
        name, values = item.get("name"), objects(item.get("values"))
        if not isinstance(name, str) or name not in wanted or not values:
            continue
        # The last one is the latest; a breakdown's parts make its sum.
        last = values[-1]
        value = last.get("value")
        parts = list(value.values()) if isinstance(value, dict) else [value]
        counts = [count for part in parts if (count := _count(part)) is not None]
        if counts:
            ended = moment(last.get("end_time"))
            yield Measured(wanted[name], sum(counts), ended if ended is not None and ended <= now else now, remote_id)
