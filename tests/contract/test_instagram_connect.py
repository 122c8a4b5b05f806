"""Instagram and Threads by their consent pages: the address, the trade, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms import long_lived
from smdash.platforms.base import Credentials, MemoryVault
from smdash.platforms.client import Client
from smdash.platforms.connect import Attempt, CodeFlow, Grant, Opened
from smdash.platforms.instagram_connect import InstagramConnect, ThreadsConnect
from smdash.platforms.registry import find

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "rahasia-0123456789"
APP = Credentials(
    "instagram",
    "kopi",
    options={"app_id": "99", "redirect_uri": "https://kopi.example/"},
    secrets={"app_secret": SECRET},
)
BOTH = [InstagramConnect(), ThreadsConnect()]


@pytest.mark.parametrize("connector", BOTH, ids=["instagram", "threads"])
async def test_the_consent_page(connector: CodeFlow) -> None:
    attempt = Attempt()
    async with Client(transport=httpx.MockTransport(lambda _request: httpx.Response(500))) as client:
        opened = await connector.authorize_url(APP, attempt, client, NOW)
        with pytest.raises(PlatformError, match="app's id and secret") as caught:
            await connector.authorize_url(Credentials("instagram", "kopi"), attempt, client, NOW)
    assert caught.value.kind is ErrorKind.REJECTED
    query = parse_qs(urlsplit(opened.url).query)
    assert query["state"] == [attempt.state] and query["client_id"] == ["99"] and SECRET not in opened.url
    assert query["redirect_uri"] == ["https://kopi.example/"] and len(query["scope"][0].split(",")) >= 5


async def trade(connector: CodeFlow, answers: Callable[[httpx.Request], httpx.Response]) -> Grant:
    async with Client(transport=httpx.MockTransport(answers)) as client:
        return await connector.exchange(APP, Attempt(), Opened("https://x.example/"), "kode-123#_", client, NOW)


@pytest.mark.parametrize("in_list", [True, False])
@pytest.mark.parametrize("connector", BOTH, ids=["instagram", "threads"])
async def test_the_trade(connector: CodeFlow, in_list: bool) -> None:
    asked: list[httpx.Request] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.method == "POST":
            told = {"access_token": "token-of-an-hour", "user_id": "1", "permissions": "a,b"}
            return httpx.Response(200, json={"data": [told]} if in_list else told)
        assert request.url.params["access_token"] == "token-of-an-hour"
        return httpx.Response(200, json={"access_token": "token-of-sixty-days", "expires_in": 5_184_000})

    grant = await trade(connector, answers)
    sent = parse_qs(asked[0].content.decode())
    assert sent["code"] == ["kode-123"] and sent["client_secret"] == [SECRET]
    assert (grant.scopes, grant.expires_at) == (("a", "b"), NOW + timedelta(days=60))
    vault = MemoryVault()
    vault.save(grant.session)
    found = long_lived.of(Credentials("instagram", "kopi", vault=vault))
    assert (found.access, found.expires_at) == ("token-of-sixty-days", NOW + timedelta(days=60))


@pytest.mark.parametrize("connector", BOTH, ids=["instagram", "threads"])
async def test_a_trade_that_fails(connector: CodeFlow) -> None:
    flat = {"error_type": "OAuthException", "code": 400, "error_message": "Invalid authorization code"}
    cases = [
        (httpx.Response(400, json=flat), ErrorKind.AUTH),
        (httpx.Response(400, json={"error": {"message": "expired", "code": 190}}), ErrorKind.AUTH),
        (httpx.Response(500, text="<html>"), ErrorKind.SERVER),
        (httpx.Response(200, json={"access_token": ""}), ErrorKind.SERVER),
    ]
    for answer, kind in cases:
        with pytest.raises(PlatformError) as caught:
            await trade(connector, lambda _request, answer=answer: answer)
        assert caught.value.kind is kind and SECRET not in str(caught.value)


def test_what_the_registry_says() -> None:
    for name in ("instagram", "threads"):
        platform = find(name)
        assert platform.connect is not None and isinstance(platform.connect(), CodeFlow)
        assert platform.receive is not None and platform.abilities.push
        assert all(need.key.replace("_", "").isalnum() for need in platform.needs)
