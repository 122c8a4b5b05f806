"""Figures over the registry: who says that it measures does, and every trouble is one of a few kinds."""

from __future__ import annotations

import json
from typing import Any, cast

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import registry
from smdash.platforms.base import Credentials, Measured, Measurer, MemoryVault, Platform
from smdash.platforms.client import Client
from tests.conftest import NOW

MEASURING = [one for one in registry.all_platforms() if one.abilities.metrics]
# Ids as each network gives them, of posts that nobody has.
IDS = ["1790000000000000001", "17900_2", "urn:li:share:7000000000000000001", "at://did:plc:kopi/app.bsky.feed.post/3k"]


# What an account may leave out, but figures need.
CHOICES = {"chat", "client_id", "client_secret"}


def credentials(platform: Platform) -> Credentials:
    texts = {
        need.key: "@kopi" if need.key == "chat" else "123456"
        for need in platform.needs
        if need.required or need.key in CHOICES
    }
    secret = {need.key for need in platform.needs if need.secret}
    return Credentials(
        platform.name,
        "kopi",
        platform.default_url or "https://kopi.example",
        "123456:sesame-open-0123456789",
        "kopi.example",
        MemoryVault(),
        {key: text for key, text in texts.items() if key not in secret},
        {key: f"secret-{text}" for key, text in texts.items() if key in secret},
    )


async def measured(platform: Platform, answer: Any) -> list[Measured]:
    assert platform.load is not None
    adapter = cast("Measurer", platform.load())
    async with Client(transport=httpx.MockTransport(answer)) as client:
        return list(await adapter.measure(credentials(platform), IDS, client, NOW))


def test_who_says_so_has_the_call_and_others_do_not_hide_it() -> None:
    names = {one.name for one in MEASURING}
    assert {"facebook_page", "instagram", "x", "linkedin", "threads", "mastodon", "bluesky", "youtube"} <= names
    for one in registry.all_platforms():
        if one.load is not None and not one.hidden:
            assert hasattr(one.load(), "measure") == one.abilities.metrics, one.name


@pytest.mark.parametrize("platform", MEASURING, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (401, {ErrorKind.AUTH}),
        (429, {ErrorKind.RATE, ErrorKind.QUOTA}),
        (503, {ErrorKind.SERVER}),
        (200, {ErrorKind.SERVER, ErrorKind.AUTH}),
    ],
)
async def test_troubles_are_of_a_kind(platform: Platform, status: int, kinds: set[ErrorKind]) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=["no", "object"] if status == 200 else {"error": "no"})

    with pytest.raises(PlatformError) as caught:
        await measured(platform, answer)
    assert caught.value.kind in kinds


@pytest.mark.parametrize("platform", MEASURING, ids=lambda one: one.name)
async def test_a_line_that_breaks_is_the_networks_trouble(platform: Platform) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut", request=request)

    with pytest.raises(PlatformError) as caught:
        await measured(platform, answer)
    assert caught.value.kind is ErrorKind.NETWORK


class Bluesky:
    """A server that knows some posts; ``calls`` are the numbers of addresses that were asked for at once."""

    def __init__(self, count: int) -> None:
        self.posts = {f"at://did:plc:kopi/app.bsky.feed.post/{n}": n for n in range(count)}
        self.calls: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit(".", 1)[-1]
        if method == "createSession":
            made = {"did": "did:plc:kopi", "handle": "kopi.example", "accessJwt": "a-1", "refreshJwt": "r-1"}
            return httpx.Response(200, json=made)
        if method == "getProfile":
            return httpx.Response(200, json={"did": "did:plc:kopi", "followersCount": 9, "future": [1]})
        uris = request.url.params.get_list("uris")
        self.calls.append(len(uris))
        if any(not one.startswith("at://") for one in uris) or len(uris) > 25:
            return httpx.Response(400, json={"error": "InvalidRequest"})
        known = [
            {"uri": one, "likeCount": self.posts[one], "repostCount": "?", "replyCount": -1, "quoteCount": None}
            for one in uris
            if one in self.posts
        ]
        return httpx.Response(200, content=json.dumps({"posts": [*known, 5, {"uri": "at://stranger"}]}).encode())


async def test_bluesky_tells_many_posts_and_what_is_gone_or_no_number_is_left_out() -> None:
    server = Bluesky(30)
    adapter = cast("Measurer", registry.find("bluesky").load())  # type: ignore[misc]
    async with Client(transport=httpx.MockTransport(server)) as client:
        asked = [*server.posts, "at://did:plc:kopi/app.bsky.feed.post/gone", "no address"]
        found = await adapter.measure(credentials(registry.find("bluesky")), asked, client, NOW)
    assert server.calls == [25, 6]
    assert (found[0].name, found[0].value, found[0].remote_id) == ("followers", 9, None)
    assert {one.remote_id: (one.name, one.value) for one in found[1:]} == {
        uri: ("likes", n) for uri, n in server.posts.items()
    }
