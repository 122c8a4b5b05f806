"""Every publisher of the registry against faults in whatever it asks: looking for a post never says that it is not there.

What happens to the write itself is each network's own test (``publishing.spoiled_write``); ``test_none_is_left_out`` sees
to it that each has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from smdash.core.errors import PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials, Platform
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Publisher

from . import publishing
from .faulty import FAULTS, serve
from .test_faults import ADAPTERS, DEADLINE, HANDLE, NOW, OPTIONS, SLOW, TLS, TOKEN, judge

PUBLISHERS = [one for one in ADAPTERS if one.abilities.publish or one.abilities.reply]
# That a thing is gone is an answer to who looks for it; 204 is how some say that there is nothing.
ANSWERS = {"404", "404 in HTML", "410", "204"}
MET = [name for name in FAULTS if name not in SLOW]


def outgoing(platform: Platform, url: str, kind: OutgoingKind) -> Outgoing:
    account = Credentials(platform.name, "kopi", url, TOKEN, HANDLE, options=OPTIONS)
    to = None if kind is OutgoingKind.POST else Addressee("7", MentionKind.COMMENT, "rina", thread_key="7")
    return Outgoing(kind, account, "post-0123abcd", NOW, NOW, "Jam 8", to)


def publisher(platform: Platform) -> Publisher:
    assert platform.load is not None
    return cast("Publisher", platform.load())


async def _ended(call: Callable[[], Awaitable[Any]]) -> PlatformError | object:
    try:
        return await call()
    except PlatformError as error:
        judge(error)
        return error


@pytest.mark.parametrize("fault", MET)
async def test_what_is_asked_in_vain_is_said_and_nothing_concluded(fault: str) -> None:
    async with serve(FAULTS[fault]) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:

        async def one(platform: Platform) -> None:
            made = publisher(platform)
            for kind in (OutgoingKind.POST, OutgoingKind.REPLY):
                out = outgoing(platform, server.url, kind)
                before = len(server.requests)
                found = await _ended(lambda out=out: made.find(out, client))  # type: ignore[misc]
                asked = len(server.requests) - before
                assert isinstance(found, PlatformError) or not asked or fault in ANSWERS, (platform.name, kind, found)
                sent = await _ended(lambda out=out: made.publish(out, client))  # type: ignore[misc]
                assert isinstance(sent, PlatformError), (platform.name, kind, sent)
                wrote = any(request.method != "GET" for request in server.requests[before:])
                assert wrote or not sent.arrived, (platform.name, kind, sent)
                assert fault not in publishing.REFUSALS or not sent.arrived, (platform.name, kind, sent)
            out = outgoing(platform, server.url, OutgoingKind.POST)
            there = await _ended(lambda: made.is_there(out, "7", client))
            assert isinstance(there, PlatformError) or fault in ANSWERS or there is True, (platform.name, there)

        # One after the other: who asked what is told by the requests.
        for platform in PUBLISHERS:
            await asyncio.wait_for(one(platform), 8 * DEADLINE + 2)


async def test_who_never_answers_is_waited_for_no_longer_than_the_deadline() -> None:
    async def one(platform: Platform, kind: OutgoingKind) -> None:
        made = publisher(platform)
        async with serve(FAULTS["never answers"]) as server, Client(deadline_s=DEADLINE, tls=TLS) as client:
            out = outgoing(platform, server.url, kind)
            found = await _ended(lambda: made.find(out, client))
            assert isinstance(found, PlatformError) or not server.requests, (platform.name, kind)
            for call in (lambda: made.publish(out, client), lambda: made.is_there(out, "7", client)):
                assert isinstance(await _ended(call), PlatformError), (platform.name, kind)

    kinds = (OutgoingKind.POST, OutgoingKind.REPLY)
    calls = asyncio.gather(*(one(platform, kind) for platform in PUBLISHERS for kind in kinds))
    await asyncio.wait_for(calls, 6 * DEADLINE + 3)


def test_none_is_left_out() -> None:
    """A new publisher needs its own cases of a spoiled write, or of a spoiled upload where the write is none of its own."""
    here = Path(__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in here.glob("test_*.py")]
    for platform in PUBLISHERS:
        name = type(publisher(platform)).__name__
        theirs = [text for text in texts if f"import {name}\n" in text and "publishing.Network(" in text]
        assert any("publishing.spoiled_" in text for text in theirs), platform.name
