"""Figures of a page on LinkedIn and of its posts, which are an administrator's to see.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics and
/organization-lookup-api (networkSizes). Figures are of a post's whole life.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smdash.platforms.base import Measured
from smdash.platforms.items import objects
from smdash.platforms.linkedin_calls import elements, encoded, organization, urn_of
from smdash.platforms.oauth_calls import Caller, object_of

_AT_ONCE = 50
_NAMES = {
    "likeCount": "likes",
    "shareCount": "shares",
    "commentCount": "replies",
    "impressionCount": "views",
    "uniqueImpressionsCount": "reach",
    "clickCount": "clicks",
}
# The two kinds of posts have a list each.
_LISTS = {"urn:li:share:": ("shares", "share"), "urn:li:ugcPost:": ("ugcPosts", "ugcPost")}


async def measure(call: Caller, remote_ids: Sequence[str]) -> list[Measured]:
    """The page's followers, and the figures of these posts as far as LinkedIn tells them. Raises PlatformError."""
    page = await organization(call)
    path = f"/rest/networkSizes/{encoded(page)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    size = object_of(await call.get(path)).get("firstDegreeSize")
    found = [Measured("followers", size, call.now)] if type(size) is int and size >= 0 else []
    for start, (name, key) in _LISTS.items():
        wanted = [one for one in dict.fromkeys(remote_ids) if one.startswith(start)]
        for at in range(0, len(wanted), _AT_ONCE):
            some = wanted[at : at + _AT_ONCE]
            listed = ",".join(map(encoded, some))
            answer = await call.get(
                f"/rest/organizationalEntityShareStatistics?q=organizationalEntity"
                f"&organizationalEntity={encoded(page)}&{name}=List({listed})&count={_AT_ONCE}"
            )
            for one in objects(elements(answer)):
                urn = urn_of(one.get(key))
                if urn in some:
                    found += _figures(one.get("totalShareStatistics"), call, urn)
    return found


def _figures(statistics: Any, call: Caller, urn: str | None) -> list[Measured]:
    values = statistics if isinstance(statistics, dict) else {}
    return [
        Measured(name, value, call.now, urn)
        for key, name in _NAMES.items()
        if type(value := values.get(key)) is int and value >= 0
    ]
