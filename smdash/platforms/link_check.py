"""Whether anything answers behind a web address: of the links in posts, and of a post that went out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.links import Found, Outcome
from smdash.platforms.addresses import is_private_host, parse_url, same_owner

if TYPE_CHECKING:
    from smdash.platforms.client import Client

DEADLINE_S = 10.0
_HEADERS = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"}
_GONE = (404, 410)
# What waiting does not mend, or what nobody but us could open.
_DEAD = frozenset({"name", "refused", "tls", "private"})


async def look(url: str, client: Client, *, owner_typed: bool = False) -> Found:
    """What is behind an address; its body is not read. The client's rules for addresses of strangers hold.

    A page that is asked for by HEAD is refused by many servers, or answered otherwise, so it is asked for as people do.
    """
    try:
        answer = await client.get(
            url, owner_typed=owner_typed, headers=_HEADERS, deadline_s=DEADLINE_S, without_body=True
        )
    except PlatformError as problem:
        said = problem.reason or ("cut" if problem.kind is not ErrorKind.REJECTED else "address")
        return Found(Outcome.DEAD if said in _DEAD else Outcome.UNSURE, said)
    if answer.status in _GONE:
        return Found(Outcome.DEAD, str(answer.status))
    if answer.ok or answer.status in (300, 304):
        return Found(Outcome.OK, str(answer.status))
    return Found(Outcome.UNSURE, str(answer.status))


async def page_answers(url: str, account_url: str, client: Client) -> bool | None:
    """``answers`` for pages on the open internet; what stands inside a private network is no page of the public's."""
    try:
        host = parse_url(url).host
    except PlatformError:
        return None
    if await asyncio.to_thread(is_private_host, host):
        return True
    return await answers(url, account_url, client)


async def answers(url: str, account_url: str, client: Client) -> bool | None:
    """Whether a post's own address answers; nothing where that can't be told. 404 and 410 say that it is gone.

    The address may be private only where it is on the account's own server, which the owner typed.
    """
    try:
        typed = bool(account_url) and same_owner(parse_url(account_url), parse_url(url))
    except PlatformError:
        return None
    found = await look(url, client, owner_typed=typed)
    if found.detail.isdecimal():
        return None if found.detail >= "500" else int(found.detail) not in _GONE
    return None
