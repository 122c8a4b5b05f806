"""Figures of an account of Mastodon and of its statuses.

Followers stand in the account (https://docs.joinmastodon.org/methods/accounts/#verify_credentials), the others in each
status. Several statuses in one call (``GET /api/v1/statuses?id[]=``, https://docs.joinmastodon.org/methods/statuses/)
are had from 4.3 on; older servers, and others that speak the API, are asked for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.answers import check
from smdash.platforms.base import Credentials, Measured
from smdash.platforms.items import objects
from smdash.platforms.mastodon_calls import get, status_path, unexpected
from smdash.platforms.mastodon_records import identifier

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# What servers take in one call.
_AT_ONCE = 20
_OF_ACCOUNT = {"followers_count": "followers"}
_OF_STATUS = {
    "favourites_count": "likes",
    "reblogs_count": "shares",
    "replies_count": "replies",
    "quotes_count": "quotes",
}


async def measure(credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime) -> list[Measured]:
    """The account's followers, and the figures of these statuses; those that are gone have none.

    Raises PlatformError.
    """
    answer = check(await get(client, credentials, "/api/v1/accounts/verify_credentials"), now)
    account = answer.json()
    if not isinstance(account, dict) or identifier(account.get("id")) is None:
        raise unexpected(answer)
    found = list(_figures(account, _OF_ACCOUNT, now, None))
    wanted = list(dict.fromkeys(remote_ids))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        statuses = await _several(credentials, some, client, now)
        if statuses is None:
            statuses = [one for remote_id in some for one in await _one(credentials, remote_id, client, now)]
        for status in statuses:
            remote_id = identifier(status.get("id"))
            if remote_id in some:
                found += _figures(status, _OF_STATUS, now, remote_id)
    return found


async def _several(
    credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
) -> list[dict[str, Any]] | None:
    """The statuses of these ids that are there; nothing where the server doesn't know the call."""
    answer = await get(client, credentials, "/api/v1/statuses", {"id[]": list(remote_ids)})
    if answer.status in (400, 404, 405, 422):
        return None
    found = check(answer, now).json()
    return objects(found) if isinstance(found, list) else None


async def _one(credentials: Credentials, remote_id: str, client: Client, now: datetime) -> list[dict[str, Any]]:
    try:
        found = check(await get(client, credentials, status_path(remote_id)), now).json()
    except PlatformError as error:
        if error.kind is not ErrorKind.GONE:
            raise
        return []
    return objects([found])


def _figures(
    one: Mapping[str, Any], names: Mapping[str, str], now: datetime, remote_id: str | None
) -> Iterable[Measured]:
    for theirs, ours in names.items():
        value = one.get(theirs)
        # Some servers hide how many follow by a number below zero.
        if type(value) is int and 0 <= value < 2**53:
            yield Measured(ours, value, now, remote_id)
